"""Reading referrals: the receiver's queue, what was sent, and one referral as each side may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, or_, select, tuple_

from app.domain.policy import DataClass
from app.domain.referrals import (
    AWAITING_ANSWER,
    TAKEN_ON,
    Act,
    Party,
    State,
    Timing,
    minimum_visible,
    possible,
    timing,
    visible,
)
from app.services.referral_steps import EVENTS, TABLE, may_take_back, referral_key, side_of, the_referral
from app.services.referrals import minimum_of
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file
from app.storage.encryption import associated, unseal_json
from app.storage.referrals import referral, referral_event

Box = Literal["waiting", "with_us", "ended", "sent"]
"""waiting: for our answer, what is due first on top; with_us: taken on; ended: came to us and is over; sent: by us."""

_ENDED = tuple(s.value for s in State if s not in AWAITING_ANSWER | TAKEN_ON | {State.DRAFTED})
_SEALED = ("message", "feedback", "wrapped_key", "key_version")


@dataclass(frozen=True, slots=True)
class Step:
    """One step with its time; `message` is open to the two sides only."""

    row: RowMapping
    message: str | None


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral as the actor may see it.

    `side`: sender, receiver, or None for who only works with the case. `minimum` is None where the receiver may no
    longer see it. `open_classes`: what the receiver may open now; `possible`: what the actor's side can do next.
    """

    row: RowMapping
    side: Party | None
    minimum: Mapping[str, Any] | None
    message: str | None
    feedback: str | None
    steps: Sequence[Step]
    open_classes: frozenset[DataClass]
    possible: tuple[Act, ...]
    timing: Timing


def shown_minimum(row: RowMapping, org_id: UUID) -> Mapping[str, Any] | None:
    """Return the minimum data set of a sent referral; a receiver sees it from the sending until the end."""
    if row["receiver_org_id"] == org_id and not minimum_visible(State(row["state"])):
        return None
    minimum: Mapping[str, Any] = row["minimum"]
    return minimum or None


async def list_referrals(
    unit: UnitOfWork, box: Box, *, after: UUID | None = None, limit: int = 50
) -> Sequence[RowMapping]:
    """Return one box of referrals by key, without anything sealed; every case shown is written down.

    The queue stands in the order in which answers are due, everything else the newest first.
    """
    org_id = unit.actor.org_id
    columns = [c for c in referral.c if c.name not in _SEALED]
    queue = tuple_(referral.c.answer_due_at, referral.c.id)
    conditions: list[ColumnElement[bool]] = [_in_box(box, org_id)]
    if after is not None and box == "waiting":
        last = select(referral.c.answer_due_at, referral.c.id).where(referral.c.id == after).scalar_subquery()
        conditions.append(queue > last)
    elif after is not None:
        conditions.append(referral.c.id < after)
    order = (referral.c.answer_due_at, referral.c.id) if box == "waiting" else (referral.c.id.desc(),)
    query = select(*columns).where(and_(*conditions)).order_by(*order).limit(limit)
    if box == "sent":
        # A draft has no minimum data set yet; its sender knows the case by its code.
        query = query.add_columns(case_file.c.code.label("case_code")).outerjoin(
            case_file, and_(case_file.c.id == referral.c.case_id, referral.c.state == State.DRAFTED.value)
        )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    unit.audit(
        "referral.read",
        subject_kind="referral",
        cases=[row["case_id"] for row in rows],
        shown=len(rows),
        box=box,
        referrals=[str(row["id"]) for row in rows],
    )
    return rows


def _in_box(box: Box, org_id: UUID) -> ColumnElement[bool]:
    if box == "sent":
        return referral.c.sender_org_id == org_id
    states = {
        "waiting": [s.value for s in AWAITING_ANSWER],
        "with_us": [s.value for s in TAKEN_ON],
        "ended": _ENDED,
    }[box]
    return and_(referral.c.receiver_org_id == org_id, referral.c.state.in_(states))


async def referrals_of(unit: UnitOfWork, case_id: UUID) -> Sequence[RowMapping]:
    """Return the referrals of a case, the newest first, for who works with it."""
    await unit.case(case_id, "referral.read")
    columns = [c for c in referral.c if c.name not in _SEALED]
    # A draft is its sender's own.
    own = or_(referral.c.state != State.DRAFTED.value, referral.c.sender_org_id == unit.actor.org_id)
    query = select(*columns).where(referral.c.case_id == case_id, own).order_by(referral.c.id.desc())
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    unit.audit("referral.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(rows))
    return rows


async def read_referral(unit: UnitOfWork, referral_id: UUID) -> Referral:
    """Return one referral as the actor may see it; `NotFound` for any organisation it does not concern."""
    row = await the_referral(unit, referral_id)
    state = State(row["state"])
    side = await side_of(unit, row)
    seen = await unit.visible_classes(row["case_id"])
    opened = visible(state, [DataClass(c) for c in row["shared_classes"]])
    minimum = shown_minimum(row, unit.actor.org_id)
    if state is State.DRAFTED:
        minimum = minimum_of(await unit.case(row["case_id"], "referral.read"), row)
    steps = await _steps(unit, row, readable=side is not None)
    unit.audit(
        "referral.read",
        subject_kind="referral",
        subject_id=referral_id,
        cases=[row["case_id"]],
        classes=["milestones"],
    )
    message = None
    if DataClass.MILESTONES in seen and (side is Party.SENDER or (side is Party.RECEIVER and opened)):
        message = (await unit.open_for_case(row["case_id"], TABLE, dict(row), "message"))["message"]
    return Referral(
        row=row,
        side=side,
        minimum=minimum,
        message=message,
        feedback=_feedback(unit, row) if side is not None else None,
        steps=steps,
        open_classes=opened & seen if side is Party.RECEIVER else opened,
        possible=await _possible(unit, row, side),
        timing=timing((Act(step.row["act"]), step.row["at"]) for step in steps),
    )


async def _possible(unit: UnitOfWork, row: RowMapping, side: Party | None) -> tuple[Act, ...]:
    state = State(row["state"])
    acts = list(possible(state, side)) if side is not None else []
    if side is Party.RECEIVER and state is State.SENT:
        # Asking and passing on open it first by themselves.
        acts += [Act.ASK, Act.REDIRECT]
    if side is None and Act.WITHDRAW in possible(state, Party.SENDER) and await may_take_back(unit, row):
        acts.append(Act.WITHDRAW)
    return tuple(acts)


async def _steps(unit: UnitOfWork, row: RowMapping, *, readable: bool) -> list[Step]:
    query = select(referral_event).where(referral_event.c.referral_id == row["id"]).order_by(referral_event.c.number)
    found: list[Step] = []
    for step in (await unit.execute(query)).mappings():
        message = None
        if readable and step["message"] is not None:
            message = unseal_json(referral_key(unit, row), step["message"], associated(EVENTS, "message", step["id"]))
        found.append(Step(step, message))
    return found


def _feedback(unit: UnitOfWork, row: RowMapping) -> str | None:
    if row["feedback"] is None:
        return None
    opened: str = unseal_json(referral_key(unit, row), row["feedback"], associated(TABLE, "feedback", row["id"]))
    return opened
