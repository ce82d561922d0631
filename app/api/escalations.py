"""What is overdue: `/api/v1/board/escalations`, and the deadlines of a case: `/api/v1/cases/{case_id}/deadlines`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.routing import After, ConceptRouter, Limit, Out, Unit
from app.api.tasks import task_key
from app.domain.forms.escalations import PassBack
from app.services import escalations

router = ConceptRouter("/board/escalations", "escalations")
of_case = ConceptRouter("/cases/{case_id}/deadlines", "escalations")


class EscalationOut(Out):
    """An overdue task that has risen: of which case, which step, who owes it, by which rule; no content."""

    id: UUID
    case_id: UUID
    case_code: str
    org_id: UUID
    event: str
    rule: str
    due_at: datetime
    to_confirm: bool
    raised_at: datetime
    is_child: bool
    status: str


class EscalationPage(Out):
    """One page, the longest overdue first; `waiting` counts all of them, up to a thousand."""

    waiting: int
    items: list[EscalationOut]
    next: UUID | None = None
    next_due: datetime | None = None


class AnsweredOut(Out):
    """How it stands now."""

    id: UUID
    state: str
    answered_at: datetime | None


class DeadlineOut(Out):
    """One task of a case with its rule. `status` of the rule: found, to_confirm ...; `said`: the authority's note."""

    id: UUID
    event: str
    org_id: UUID
    state: str
    bound: str
    due_at: datetime
    to_confirm: bool
    since: datetime | None
    met_at: datetime | None
    paused_at: datetime | None
    rule: str
    duration: str | None
    source: str | None
    status: str | None
    raised: int
    waiting: bool
    said: str | None


@router.act("GET", "", action="board.read", summary="Overdue tasks that wait for the authority")
async def listed(
    unit: Unit,
    after: After = None,
    after_due: Annotated[datetime | None, Query(description="`next_due` of the page before.")] = None,
    limit: Limit = 25,
) -> EscalationPage:
    """Return what is overdue beyond the grace of the profile, without content, the longest overdue first."""
    rows = await escalations.list_escalations(unit, after=task_key(after, after_due), limit=limit)
    items = [EscalationOut.model_validate(dict(row)) for row in rows]
    waiting = await escalations.count_escalations(unit)
    if len(items) < limit:
        return EscalationPage(waiting=waiting, items=items)
    return EscalationPage(waiting=waiting, items=items, next=items[-1].id, next_due=items[-1].due_at)


@router.act("POST", "/{escalation_id}/pass-back", action="escalation.answer", summary="Pass an overdue task back")
async def pass_back(unit: Unit, escalation_id: UUID, form: PassBack) -> AnsweredOut:
    """Say what you have seen to; who works with the case reads the note beside the task."""
    return AnsweredOut.model_validate(dict(await escalations.pass_back(unit, escalation_id, form)))


@of_case.act("GET", "", action="task.read", summary="The deadlines of a case with their rules")
async def deadlines(unit: Unit, case_id: UUID) -> list[DeadlineOut]:
    """Return every task of a case, open ones first, each with its rule, source and mark."""
    found = await escalations.read_deadlines(unit, case_id)
    return [
        DeadlineOut(
            **{
                name: one.row[name]
                for name in (
                    *("id", "event", "org_id", "state", "bound", "due_at", "to_confirm", "met_at", "paused_at"),
                    "rule",
                )
            },
            since=one.since,
            duration=one.rule.duration if one.rule else None,
            source=one.rule.source if one.rule else None,
            status=one.rule.status if one.rule else None,
            raised=one.raised,
            waiting=one.waiting,
            said=one.said,
        )
        for one in found.tasks
    ]
