"""What is due for whom: lists late first, the tasks of a case, and milestones recorded by hand, which meet them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, tuple_, update

from app.domain.forms.case_closing import RecordMilestone, RetractMilestone
from app.domain.forms.fields import check_past
from app.domain.ids import uuid7
from app.domain.milestones import BY_HAND, REVEAL_REVIEWED, check_milestone, check_retraction
from app.domain.policy import DataClass
from app.domain.problems import Invalid, NotFound
from app.domain.victim_status import Kind, StatusEvent, check_event
from app.services.events import record_event, recount, standing_events, status_event
from app.services.notes import keep_note
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_event, case_file
from app.storage.tasks import task

Scope = Literal["organisation", "me"]
FOLLOW_UP = "closure.follow_up"
"""The rule of a follow-up that was agreed with the person at a closure."""
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
    """Return the open tasks of one case, minimum periods and what stands still included, the earliest due first."""
    left = task.c.state.in_(("open", "paused"))
    query = select(task).where(task.c.case_id == case_id, left).order_by(task.c.due_at, task.c.id)
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def cancel_open(unit: UnitOfWork, case_id: UUID, rule: str) -> int:
    """Cancel what one rule still asks for in a case; returns how many tasks."""
    left = (task.c.case_id == case_id, task.c.rule == rule, task.c.state.in_(("open", "paused")))
    found = await unit.execute(update(task).where(*left).values(state="cancelled"))
    return int(found.rowcount)


async def move_open(unit: UnitOfWork, case_id: UUID, from_org: UUID, to_org: UUID, to_account: UUID) -> None:
    """Pass what one organisation owes in a case to who takes the case on."""
    await unit.execute(
        update(task)
        .where(task.c.case_id == case_id, task.c.state.in_(("open", "paused")), task.c.org_id == from_org)
        .values(org_id=to_org, account_id=to_account)
    )


async def add_task(
    unit: UnitOfWork,
    case: RowMapping,
    *,
    rule: str,
    event: str,
    from_event_id: UUID,
    due_at: datetime,
    to_confirm: bool = False,
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
            to_confirm=to_confirm,
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
    await check_status(unit, case_id, form.code, form.occurred_at)
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


async def check_status(
    unit: UnitOfWork, case_id: UUID, kind: str, occurred_at: datetime, corrects: UUID | None = None
) -> None:
    """Refuse an event of the status that is out of its order (409); other events pass. `corrects`: with a reason."""
    if kind not in {known.value for known in Kind}:
        return
    kinds = [known.value for known in Kind]
    query = select(case_event).where(case_event.c.case_id == case_id, case_event.c.kind.in_(kinds))
    before = [status_event(row) for row in (await unit.execute(query)).mappings()]
    if corrects is not None and corrects not in {event.id for event in before}:
        return
    at, reason = min(occurred_at, unit.now), "given" if corrects else ""
    check_event(before, StatusEvent(uuid7(), Kind(kind), at, unit.now, None, reason, corrects), unit.now)


async def milestones_of(unit: UnitOfWork, case_id: UUID) -> Sequence[RowMapping]:
    """Return the steps recorded by hand that stand, the newest first, each with whether the actor may take it back."""
    query = select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.occurred_at.desc())
    rows = standing_events((await unit.execute(query)).mappings())
    return [row for row in rows if row["kind"] in (*BY_HAND, REVEAL_REVIEWED)]


async def retract_milestone(unit: UnitOfWork, case_id: UUID, event_id: UUID, form: RetractMilestone) -> UUID:
    """Take back a step recorded by mistake: the record stays, its effects go. Returns the id of the taking back.

    What it had met is due again unless another step of the kind meets it; what it had made due is called off; status,
    stage and help are derived without it. The reason is sealed and read by the care team.
    """
    case = await unit.case(case_id, "milestone.retract", lock=True)
    query = select(case_event).where(case_event.c.id == event_id, case_event.c.case_id == case_id)
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    if row is None:
        raise NotFound("milestone.unknown")
    later = select(case_event.c.id).where(case_event.c.corrects == event_id, case_event.c.kind == Kind.RETRACTED.value)
    ours = unit.actor.org_id in (row["org_id"], case["responsible_org_id"])
    taken_back = (await unit.execute(later)).first() is not None
    check_retraction(row["kind"], ours=ours, taken_back=taken_back, reason=form.reason)
    await check_status(unit, case_id, Kind.RETRACTED.value, unit.now, event_id)
    note_id = await keep_note(unit, case_id, form.reason, DataClass.CASEWORK)
    made = await take_back(unit, case, row, note_id)
    unit.audit(
        "milestone.retract",
        subject_kind="case_event",
        subject_id=event_id,
        cases=[case_id],
        classes=["milestones", "casework"],
        kind=row["kind"],
    )
    return made


async def take_back(unit: UnitOfWork, case: RowMapping, row: RowMapping, note_id: UUID | None) -> UUID:
    """Record that an event is taken back, and let its tasks follow; the caller has checked and audits it."""
    facts: dict[str, Any] = {} if note_id is None else {"note": str(note_id)}
    made = await record_event(
        unit,
        case,
        Kind.RETRACTED.value,
        unit.now,
        data_class=row["data_class"],
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        corrects=row["id"],
        reasoned=True,
        **facts,
    )
    started = (task.c.case_id == case["id"], task.c.from_event_id == row["id"], task.c.state != "cancelled")
    await unit.execute(update(task).where(*started).values(state="cancelled"))
    query = select(case_event).where(case_event.c.case_id == case["id"], case_event.c.kind == row["kind"])
    gone = select(case_event.c.corrects).where(case_event.c.case_id == case["id"], case_event.c.kind == "RETRACTED")
    others = (
        await unit.execute(query.where(case_event.c.id.not_in(gone)).order_by(case_event.c.occurred_at))
    ).mappings()
    left = others.all()
    met = select(task).where(task.c.case_id == case["id"], task.c.met_event_id == row["id"])
    for owed in (await unit.execute(met)).mappings().all():
        other = next((one for one in left if one["id"] != owed["from_event_id"] and _meets(one, owed)), None)
        values = {
            "state": "met" if other else "open",
            "met_at": other and other["occurred_at"],
            "met_event_id": other and other["id"],
        }
        await unit.execute(update(task).where(task.c.id == owed["id"]).values(values))
    await recount(unit, case, None)
    return made


def _meets(event: RowMapping, owed: RowMapping) -> bool:
    return owed["subject_id"] in (None, event["subject_id"])
