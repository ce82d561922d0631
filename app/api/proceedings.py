"""Proceedings against the person: `/api/v1/cases/{case_id}/proceedings`; in numbers: `/api/v1/board/proceedings`."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from app.api.routing import ConceptRouter, IfMatch, Limit, Out, Unit
from app.domain.forms.proceedings import (
    RecordNotice,
    RecordOutcome,
    RecordPhase,
    RecordProceeding,
    RetractProceeding,
)
from app.domain.problems import Invalid
from app.services import proceedings

router = ConceptRouter("/cases/{case_id}/proceedings", "proceedings")
board = ConceptRouter("/board/proceedings", "proceedings")


class StepOut(Out):
    """One dated step: a phase, or what became of the proceedings (`event` of legal_event)."""

    kind: str
    on_day: date
    phase: str | None
    event: str | None
    outcome: str | None


class NoticeOut(Out):
    """That the competent body was told, and exactly what."""

    id: UUID
    body_org_id: UUID
    channel: str
    sent_at: datetime
    person_told: str
    contents: dict[str, Any]


class ProceedingOut(Out):
    """Proceedings as they stand. `before`: begun before identification, None while nobody identified the person."""

    id: UUID
    version: int
    kind: str
    begun_on: date
    body_org_id: UUID
    offence: str
    offence_text: str | None
    their_reference: str | None
    before: bool | None
    phase: str
    outcome: str
    taken_back: bool
    steps: list[StepOut]
    notices: list[NoticeOut]


class ProceedingsOut(Out):
    """Every one of a case, the newest first."""

    identified_on: date | None
    items: list[ProceedingOut]


class PreviewOut(Out):
    """Exactly what the body would be told now."""

    body_org_id: UUID
    contents: dict[str, Any]
    their_reference: str | None


class Made(Out):
    """The id of what was recorded."""

    id: UUID


class OpenOut(Out):
    """A case with pending proceedings: how many, how old, whether the bodies were told; no content."""

    case_id: UUID
    code: str
    status: str
    is_child: bool
    open: int
    oldest_on: date
    begun_before: bool
    told: bool


class CountOut(Out):
    """Proceedings against identified persons, by outcome."""

    outcome: str
    begun_before: bool
    proceedings: int
    persons: int


class OpenPage(Out):
    """One page of cases, the oldest proceedings first, and the counts by outcome."""

    counts: list[CountOut]
    items: list[OpenOut]
    next: UUID | None = None
    next_on: date | None = None


async def _shown(unit: Unit, case_id: UUID) -> ProceedingsOut:
    found = await proceedings.read_proceedings(unit, case_id)
    return ProceedingsOut(
        identified_on=found.identified_on,
        items=[
            ProceedingOut(
                **{name: one.row[name] for name in ("id", "version", "kind", "begun_on", "body_org_id", "offence")},
                offence_text=one.details.get("offence_text"),
                their_reference=one.details.get("their_reference"),
                before=one.before,
                phase=one.phase,
                outcome=one.outcome,
                taken_back=one.taken_back,
                steps=[StepOut.model_validate(dict(step)) for step in one.steps],
                notices=[NoticeOut.model_validate(dict(notice)) for notice in one.notices],
            )
            for one in found.items
        ],
    )


@router.act("GET", "", action="proceedings.read", summary="Proceedings against the person")
async def read(unit: Unit, case_id: UUID) -> ProceedingsOut:
    """Return them with their steps and notices."""
    return await _shown(unit, case_id)


@router.act("POST", "", action="proceedings.record", status_code=201, summary="Record proceedings against the person")
async def begin(unit: Unit, case_id: UUID, form: RecordProceeding) -> Made:
    """Record milestones only; what was begun before identification is flagged by itself."""
    return Made(id=await proceedings.record_proceeding(unit, case_id, form))


@router.act("POST", "/{proceeding_id}/phase", action="proceedings.record", summary="Record their phase")
async def phase(unit: Unit, case_id: UUID, proceeding_id: UUID, form: RecordPhase, version: IfMatch) -> ProceedingsOut:
    """Record the phase that the proceedings have come to."""
    await proceedings.record_phase(unit, case_id, proceeding_id, form, version)
    return await _shown(unit, case_id)


@router.act("POST", "/{proceeding_id}/outcome", action="proceedings.record", summary="Record what became of them")
async def outcome(
    unit: Unit, case_id: UUID, proceeding_id: UUID, form: RecordOutcome, version: IfMatch
) -> ProceedingsOut:
    """Record that they were dropped, not punished, acquitted, convicted, or another step on the way."""
    await proceedings.record_outcome(unit, case_id, proceeding_id, form, version)
    return await _shown(unit, case_id)


@router.act("GET", "/{proceeding_id}/notice", action="proceedings.record", summary="What the body would be told")
async def preview(unit: Unit, case_id: UUID, proceeding_id: UUID) -> PreviewOut:
    """Return exactly what the competent body would be told now: no name, nothing of the file."""
    found = await proceedings.preview_notice(unit, case_id, proceeding_id)
    return PreviewOut(
        body_org_id=found.row["body_org_id"], contents=dict(found.contents), their_reference=found.their_reference
    )


@router.act(
    "POST", "/{proceeding_id}/notice", action="proceedings.record", status_code=201, summary="The body was told"
)
async def notify(unit: Unit, case_id: UUID, proceeding_id: UUID, form: RecordNotice, version: IfMatch) -> Made:
    """Record when and how the competent body was told; exactly what is kept with it."""
    return Made(id=await proceedings.record_notice(unit, case_id, proceeding_id, form, version))


@router.act("POST", "/{proceeding_id}/retract", action="proceedings.record", summary="Take back a mistaken record")
async def retract(
    unit: Unit, case_id: UUID, proceeding_id: UUID, form: RetractProceeding, version: IfMatch
) -> ProceedingsOut:
    """Take back a record made by mistake; it stays readable."""
    await proceedings.retract_proceeding(unit, case_id, proceeding_id, form, version)
    return await _shown(unit, case_id)


@board.act("GET", "", action="board.read", summary="Pending proceedings against identified persons, in numbers")
async def pending(
    unit: Unit,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    after_on: Annotated[date | None, Query(description="`next_on` of the page before.")] = None,
    limit: Limit = 25,
) -> OpenPage:
    """Return of which case, how many, how old; against whom, where and for what is not said."""
    if (after is None) != (after_on is None):
        raise Invalid.one("after_on" if after_on is None else "after", "field.missing")
    key = proceedings.After(after_on, after) if after is not None and after_on is not None else None
    rows = await proceedings.list_open(unit, after=key, limit=limit)
    items = [OpenOut.model_validate(dict(row)) for row in rows]
    counts = [CountOut.model_validate(dict(row)) for row in await proceedings.count_outcomes(unit)]
    if len(items) < limit:
        return OpenPage(counts=counts, items=items)
    return OpenPage(counts=counts, items=items, next=items[-1].case_id, next_on=items[-1].oldest_on)
