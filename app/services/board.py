"""The Responsible Authority's board: where every case stands, what is late, what is undecided; never who it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select, text, tuple_

from app.domain.forms.board import BoardFilter, View
from app.domain.forms.fields import check_codes
from app.domain.problems import Invalid
from app.services.cases import LISTED
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file
from app.storage.referrals import referral

FORMAL = ("FORMAL_REQUESTED", "FORMAL_INTERVIEW")
"""Stages of a formal procedure whose decision is open."""
STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("INITIAL_ID", ("INITIAL_ID",)),
    ("REFERRED", ("REFERRED",)),
    ("IN_ASSISTANCE", ("IN_ASSISTANCE",)),
    ("FORMAL", ("FORMAL_REQUESTED", "FORMAL_INTERVIEW", "FORMAL_DECIDED")),
    ("FOLLOW_UP", ("FOLLOW_UP",)),
    ("REOPENED", ("REOPENED",)),
)
"""The boxes of the stages row, from left to right, and the stages each of them counts."""

Phase = Literal["due", "undecided", "rest"]
_ORDER: tuple[Phase, ...] = ("due", "undecided", "rest")
_PHASES: Mapping[View, tuple[Phase, ...]] = {
    "late": ("due",),
    "soon": ("due",),
    "undecided": ("due", "rest"),
    "open": ("due", "undecided", "rest"),
}
"""How a view walks: cases with something due, by when; then cases without, the undecided first."""

_COLUMNS = (
    *LISTED,
    case_file.c.next_due_at,
    case_file.c.next_event,
    case_file.c.next_org_id,
    case_file.c.stage_at,
)
_OPEN = text("case_file.state <> 'closed'")
_UNDECIDED = text("(case_file.status = 'NOT_ASSESSED' or case_file.stage in ('FORMAL_REQUESTED', 'FORMAL_INTERVIEW'))")
"""Written out, not as parameters, so that the partial indexes of the board fit whichever plan is chosen."""


@dataclass(frozen=True, slots=True)
class StageCount:
    """One box of the stages row. `late`: how many of its cases are past due."""

    key: str
    cases: int
    late: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers on top of the board; each counts cases, the referrals excepted."""

    late: int
    soon: int
    unanswered: int
    unanswered_late: int
    undecided: int
    open: int
    closed: int
    statuses: Mapping[str, int] = field(default_factory=dict)
    children: int = 0
    stages: tuple[StageCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The key after which the next page begins: in which phase, with which due time and id."""

    phase: Phase
    id: UUID
    due_at: datetime | None = None

    def text(self) -> str:
        """Return the key as it stands in an address; it holds no personal data."""
        due = "" if self.due_at is None else self.due_at.isoformat()
        return f"{self.phase}~{self.id}~{due}"

    @classmethod
    def read(cls, given: str | None) -> "Place | None":
        """Return the place a key names, None for the first page; raises `Invalid` for anything else."""
        if not given:
            return None
        parts = given.split("~")
        try:
            phase, key, due = parts
            walked = next(known for known in _ORDER if known == phase)
            moment = datetime.fromisoformat(due) if due else None
            if moment is not None and moment.tzinfo is None:
                raise ValueError(due)
            return cls(walked, UUID(key), moment)
        except (ValueError, StopIteration) as error:
            raise Invalid.one("after", "field.malformed") from error


@dataclass(frozen=True, slots=True)
class Page:
    """Cases of a view in their order, and where the next page begins; `next` None on the last."""

    rows: Sequence[RowMapping]
    next: Place | None


def end_of_tomorrow(now: datetime, timezone: str) -> datetime:
    """Return the end of tomorrow in the jurisdiction's zone."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return datetime.combine(today + timedelta(days=2), time(), ZoneInfo(timezone))


async def read_counts(unit: UnitOfWork) -> Counts:
    """Return the counters, maintained by differences: they cost the same at ten cases and at a million."""
    unit.require("board.read")
    query = text("select measure, value, cases from casework.board_counts(:until)")
    found: dict[str, dict[str, int]] = {}
    rows = await unit.execute(query.bindparams(until=end_of_tomorrow(unit.now, unit.profile.timezone)))
    for measure, value, cases in rows:
        of = found.setdefault(measure, {})
        of[value] = of.get(value, 0) + int(cases)
    stages, late, referrals = found.get("stage", {}), found.get("late", {}), found.get("referral", {})
    unit.audit("board.read", counters=True)
    return Counts(
        late=sum(late.values()),
        soon=found.get("soon", {}).get("case", 0),
        unanswered=referrals.get("unanswered", 0),
        unanswered_late=referrals.get("late", 0),
        undecided=found.get("undecided", {}).get("case", 0),
        open=sum(n for state, n in found.get("state", {}).items() if state != "closed"),
        closed=found.get("state", {}).get("closed", 0),
        statuses={code: n for code, n in found.get("status", {}).items() if n},
        children=found.get("age", {}).get("child", 0),
        stages=tuple(
            StageCount(key, sum(stages.get(s, 0) for s in of), sum(late.get(s, 0) for s in of)) for key, of in STAGES
        ),
    )


async def list_cases(
    unit: UnitOfWork, view: View, wanted: BoardFilter, *, after: Place | None = None, limit: int = 25
) -> Page:
    """Return the cases of a view, the most urgent first, by key; codes, dates and providers, no identity.

    Cases with something due come by when it is due, late first; then those without a deadline, the undecided first.
    """
    unit.require("board.read")
    check_codes(wanted, unit.profile)
    found: list[tuple[Phase, RowMapping]] = []
    for phase in _PHASES[view]:
        if after is not None and _ORDER.index(after.phase) > _ORDER.index(phase):
            continue
        at = after if after is not None and after.phase == phase else None
        query = _walk(unit, view, phase, at).where(*_conditions(wanted)).limit(limit + 1 - len(found))
        found += [(phase, row) for row in (await unit.execute(query)).mappings()]
        if len(found) > limit:
            break
    rows = [row for _, row in found[:limit]]
    unit.audit("board.read", cases=[row["id"] for row in rows], shown=len(rows), view=view)
    if len(found) <= limit:
        return Page(rows, None)
    phase, last = found[limit - 1]
    return Page(rows, Place(phase, last["id"], last["next_due_at"]))


def _walk(unit: UnitOfWork, view: View, phase: Phase, after: Place | None) -> Select[Any]:
    query = select(*_COLUMNS).where(case_file.c.jurisdiction == unit.actor.jurisdiction, _OPEN)
    due = case_file.c.next_due_at
    if view == "undecided":
        query = query.where(_UNDECIDED)
    if phase == "due":
        query = query.where(due.is_not(None)).order_by(due, case_file.c.id)
        if view == "late":
            query = query.where(due < unit.now)
        elif view == "soon":
            query = query.where(due >= unit.now, due < end_of_tomorrow(unit.now, unit.profile.timezone))
        if after is not None:
            query = query.where(tuple_(due, case_file.c.id) > (after.due_at, after.id))
        return query
    # Ordered by the empty column too: only then the index of what is due gives the order.
    query = query.where(due.is_(None)).order_by(due, case_file.c.id)
    if phase == "undecided":
        query = query.where(_UNDECIDED)
    elif view == "open":
        query = query.where(case_file.c.status != "NOT_ASSESSED", case_file.c.stage.not_in(FORMAL))
    return query if after is None else query.where(case_file.c.id > after.id)


def _conditions(wanted: BoardFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.code is not None:
        found.append(case_file.c.code == wanted.code.upper())
    if wanted.county is not None:
        found.append(case_file.c.county == wanted.county)
    if wanted.provider is not None:
        of = wanted.provider
        found.append(or_(case_file.c.next_org_id == of, case_file.c.responsible_org_id == of))
    if wanted.status is not None:
        found.append(case_file.c.status == wanted.status)
    if wanted.age is not None:
        found.append(case_file.c.is_child.is_(wanted.age == "child"))
    if wanted.stage is not None:
        found.append(case_file.c.stage.in_(dict(STAGES).get(wanted.stage, (wanted.stage,))))
    return found


async def list_unanswered(
    unit: UnitOfWork, *, after: Place | None = None, limit: int = 25
) -> tuple[Sequence[RowMapping], Place | None]:
    """Return the referrals that wait for an answer, the most overdue first, by key; without their message."""
    unit.require("board.read")
    columns = (
        referral.c.id,
        referral.c.case_id,
        referral.c.sender_org_id,
        referral.c.receiver_org_id,
        referral.c.state,
        referral.c.purposes,
        referral.c.urgency,
        referral.c.sent_at,
        referral.c.answer_due_at,
        referral.c.answer_due_to_confirm,
        case_file.c.code.label("case_code"),
        case_file.c.is_child,
        case_file.c.status,
        case_file.c.county,
    )
    waiting = referral.c.state.in_(("sent", "acknowledged", "info_requested"))
    query = (
        select(*columns)
        .join(case_file, case_file.c.id == referral.c.case_id)
        .where(and_(referral.c.jurisdiction == unit.actor.jurisdiction, waiting))
        .order_by(referral.c.answer_due_at, referral.c.id)
        .limit(limit + 1)
    )
    if after is not None and after.due_at is not None:
        later = tuple_(referral.c.answer_due_at, referral.c.id) > (after.due_at, after.id)
        query = query.where(or_(later, referral.c.answer_due_at.is_(None)))
    elif after is not None:
        query = query.where(referral.c.answer_due_at.is_(None), referral.c.id > after.id)
    found = (await unit.execute(query)).mappings().all()
    rows = found[:limit]
    unit.audit("board.read", cases=[row["case_id"] for row in rows], shown=len(rows), view="unanswered")
    more = len(found) > limit
    return rows, Place("due", rows[-1]["id"], rows[-1]["answer_due_at"]) if more else None
