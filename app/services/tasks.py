"""What is due for whom: lists late first, the tasks of a case, and milestones recorded by hand, which meet them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, tuple_, update

from app.domain.forms.case_closing import RecordMilestone
from app.domain.forms.fields import check_past
from app.domain.ids import uuid7
from app.domain.milestones import check_milestone
from app.domain.policy import DataClass
from app.domain.problems import Invalid
from app.domain.victim_status import Kind, StatusEvent, check_event
from app.services.events import record_event, status_event
from app.services.notes import keep_note
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_event, case_file
from app.storage.tasks import task

Scope = Literal["organisation", "me"]
ANSWER = "REFERRAL_ANSWERED"
"""What meets the task of answering a referral."""

CASE_TRAITS = (
    case_file.c.code.label("case_code"),
    case_file.c.sex,
    case_file.c.age_group,
    case_file.c.is_child,
    case_file.c.age_in_doubt,
    case_file.c.languages,
    case_file.c.interpreter_needed,
)
"""What a list says of the case beside its code: few traits, never a name."""


@dataclass(frozen=True, slots=True)
class After:
    """Key of the last row of the page before: when it is due, and its id."""

    due_at: datetime
    id: UUID

    @classmethod
    def read(cls, due: str, after: UUID | None) -> "After | None":
        """Return the key of a page's address, None for the first page; raises `Invalid` where it is no key."""
        if after is None:
            return None
        try:
            due_at = datetime.fromisoformat(due)
        except ValueError as error:
            raise Invalid.one("after", "field.malformed") from error
        if due_at.tzinfo is None:
            raise Invalid.one("after", "field.malformed")
        return cls(due_at, after)


async def list_tasks(
    unit: UnitOfWork,
    *,
    scope: Scope = "organisation",
    after: After | None = None,
    limit: int = 50,
    answers: bool = True,
) -> Sequence[RowMapping]:
    """Return the open tasks of the actor's organisation (or the actor), late first, by key.

    Minimum periods (`bound` min) are nothing to do and are left out. Tasks of a case the actor cannot see, such as
    the answer to a referral, come without its traits. `answers` False leaves those out: they stand in the queue.
    """
    query = (
        select(task, *CASE_TRAITS)
        .outerjoin(case_file, case_file.c.id == task.c.case_id)
        .where(task.c.org_id == unit.actor.org_id, task.c.state == "open", task.c.bound == "max")
        .order_by(task.c.due_at, task.c.id)
        .limit(limit)
    )
    if not answers:
        query = query.where(task.c.event != ANSWER)
    if scope == "me":
        query = query.where(task.c.account_id == unit.actor.account_id)
    if after is not None:
        query = query.where(tuple_(task.c.due_at, task.c.id) > (after.due_at, after.id))
    rows = (await unit.execute(query)).mappings().all()
    unit.audit("task.read", cases=[row["case_id"] for row in rows], shown=len(rows))
    found: Sequence[RowMapping] = rows
    return found


async def count_due(unit: UnitOfWork, until: datetime, at_most: int = 100, *, answers: bool = True) -> int:
    """Return how many tasks of the actor's organisation are due before `until`, counted up to `at_most`."""
    few = (
        select(task.c.id)
        .where(
            task.c.org_id == unit.actor.org_id,
            task.c.state == "open",
            task.c.bound == "max",
            task.c.due_at < until,
            *(() if answers else (task.c.event != ANSWER,)),
        )
        .limit(at_most)
        .subquery()
    )
    return int((await unit.execute(select(func.count()).select_from(few))).scalar_one())


async def tasks_of(unit: UnitOfWork, case_id: UUID) -> Sequence[RowMapping]:
    """Return the open tasks of one case, minimum periods included, the earliest due first."""
    query = select(task).where(task.c.case_id == case_id, task.c.state == "open").order_by(task.c.due_at, task.c.id)
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def cancel_open(unit: UnitOfWork, case_id: UUID) -> int:
    """Cancel what is still due in a case that is being closed; returns how many tasks."""
    found = await unit.execute(
        update(task).where(task.c.case_id == case_id, task.c.state == "open").values(state="cancelled")
    )
    return int(found.rowcount)


async def move_open(unit: UnitOfWork, case_id: UUID, from_org: UUID, to_org: UUID, to_account: UUID) -> None:
    """Pass what one organisation owes in a case to who takes the case on."""
    await unit.execute(
        update(task)
        .where(task.c.case_id == case_id, task.c.state == "open", task.c.org_id == from_org)
        .values(org_id=to_org, account_id=to_account)
    )


async def add_task(
    unit: UnitOfWork, case: RowMapping, *, rule: str, event: str, from_event_id: UUID, due_at: datetime
) -> None:
    """Add a task that no rule of the profile makes, for who is responsible for the case."""
    await unit.execute(
        insert(task).values(
            id=uuid7(),
            jurisdiction=case["jurisdiction"],
            case_id=case["id"],
            org_id=case["responsible_org_id"],
            account_id=case["responsible_account_id"],
            rule=rule,
            profile_version=case["profile_version"],
            event=event,
            from_event_id=from_event_id,
            due_at=due_at,
            bound="max",
            to_confirm=rule != "closure.follow_up",
        )
    )


async def record_milestone(unit: UnitOfWork, case_id: UUID, form: RecordMilestone) -> UUID:
    """Record a step taken outside the program; it meets the tasks that wait for it. Returns the event's id.

    The same client-made id again returns the same event. Steps of the status go through the rules of the status:
    what is out of order is refused (409). The note is sealed and read by the care team only.
    """
    case = await unit.case(case_id, "milestone.record", lock=True)
    if form.id is not None and await _recorded(unit, case_id, form.id):
        unit.audit(
            "milestone.record", subject_kind="case_event", subject_id=form.id, cases=[case_id], outcome="repeated"
        )
        return form.id
    check_past("occurred_at", form.occurred_at, unit.now)
    profile = unit.profile_of(case)
    closed = case["state"] == "closed"
    check_milestone(form.code, form.occurred_at, profile, case["is_child"], case["opened_at"], closed)
    await _check_status(unit, case_id, form)
    facts: dict[str, Any] = {}
    if form.note is not None:
        facts["note"] = str(await keep_note(unit, case_id, form.note, DataClass.CASEWORK))
    event_id = await record_event(unit, case, form.code, form.occurred_at, event_id=form.id, **facts)
    unit.audit(
        "milestone.record",
        subject_kind="case_event",
        subject_id=event_id,
        cases=[case_id],
        classes=["milestones", *(["casework"] if form.note else [])],
        kind=form.code,
    )
    return event_id


async def _recorded(unit: UnitOfWork, case_id: UUID, event_id: UUID) -> bool:
    query = select(case_event.c.id).where(case_event.c.id == event_id, case_event.c.case_id == case_id)
    return (await unit.execute(query)).first() is not None


async def _check_status(unit: UnitOfWork, case_id: UUID, form: RecordMilestone) -> None:
    if form.code not in {kind.value for kind in Kind}:
        return
    kinds = [kind.value for kind in Kind]
    query = select(case_event).where(case_event.c.case_id == case_id, case_event.c.kind.in_(kinds))
    before = [status_event(row) for row in (await unit.execute(query)).mappings()]
    new = StatusEvent(uuid7(), Kind(form.code), min(form.occurred_at, unit.now), unit.now)
    check_event(before, new, unit.now)
