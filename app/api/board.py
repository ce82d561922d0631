"""The Responsible Authority's board: `/api/v1/board`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.api.routing import ConceptRouter, Limit, Out, Unit
from app.domain.forms.board import BoardFilter, View
from app.services import board

router = ConceptRouter("/board", "board")

Key = Annotated[str | None, Query(max_length=120, description="`next` of the page before.")]


class BoardQuery(BoardFilter):
    """Which cases, in which view, from where on."""

    view: View = "open"
    after: Annotated[str | None, Field(max_length=120, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Rows on a page, 1 to 100.")] = 25


class StageOut(Out):
    """How many open cases stand in a stage (or group of stages), and how many of them are past due."""

    key: str
    cases: int
    late: int


class CountsOut(Out):
    """The numbers of the board; each counts open cases, `unanswered` referrals."""

    late: int
    soon: int
    unanswered: int
    unanswered_late: int
    undecided: int
    open: int
    closed: int
    children: int
    statuses: dict[str, int]
    stages: list[StageOut]


class BoardCase(Out):
    """One case as the board shows it: no identity. `next_*` say what is due next and from whom."""

    id: UUID
    code: str
    status: str
    stage: str
    stage_at: datetime | None
    opened_at: datetime
    is_child: bool
    county: str | None
    urgency: str
    responsible_org_id: UUID
    next_due_at: datetime | None
    next_event: str | None
    next_org_id: UUID | None


class BoardPage(Out):
    """One page of cases, the most urgent first; give `next` as `after` for the next one."""

    items: list[BoardCase]
    next: str | None = None


class UnansweredOut(Out):
    """A referral that waits for its answer, without its message."""

    id: UUID
    case_id: UUID
    case_code: str
    sender_org_id: UUID
    receiver_org_id: UUID
    state: str
    purposes: list[str]
    urgency: str
    sent_at: datetime | None
    answer_due_at: datetime | None
    answer_due_to_confirm: bool


class UnansweredPage(Out):
    """One page of referrals, the most overdue first."""

    items: list[UnansweredOut]
    next: str | None = None


@router.act("GET", "", action="board.read", summary="Where the cases stand, in numbers")
async def counts(unit: Unit) -> CountsOut:
    """Return maintained counters: they cost the same whatever the number of cases."""
    return CountsOut.model_validate(await board.read_counts(unit))


@router.act("GET", "/cases", action="board.read", summary="Cases by urgency, late first")
async def cases(unit: Unit, wanted: Annotated[BoardQuery, Query()]) -> BoardPage:
    """Return cases without identity: what is awaited, from whom, by when."""
    after = board.Place.read(wanted.after)
    page = await board.list_cases(unit, wanted.view, wanted, after=after, limit=wanted.limit)
    items = [BoardCase.model_validate(dict(row)) for row in page.rows]
    return BoardPage(items=items, next=page.next.text() if page.next else None)


@router.act("GET", "/referrals", action="board.read", summary="Referrals without an answer")
async def unanswered(unit: Unit, after: Key = None, limit: Limit = 25) -> UnansweredPage:
    """Return the referrals nobody has answered yet, the most overdue first."""
    rows, following = await board.list_unanswered(unit, after=board.Place.read(after), limit=limit)
    items = [UnansweredOut.model_validate(dict(row)) for row in rows]
    return UnansweredPage(items=items, next=following.text() if following else None)
