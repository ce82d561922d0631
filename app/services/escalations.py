"""Overdue tasks that have risen to the Responsible Authority: what is late, at whom, of which case; never content.

The program raises them after the grace of the profile (`escalation`); the authority looks at each and passes it back
with a note for the care team. What is done meanwhile ends by itself in the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, text, tuple_, update

from app.domain.forms.escalations import PassBack
from app.domain.ids import uuid7
from app.domain.problems import Conflict, NotFound
from app.domain.procedures import DeadlineRule
from app.domain.profile import Profile
from app.services.events import standing_events
from app.services.tasks import After
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_event, case_file
from app.storage.tasks import escalation, task

TABLE = "casework.escalation"
AT_MOST = 200
"""Tasks raised in one run of a duty; the next run takes the next ones."""

# By index: open tasks with an end, the longest overdue first; none that is raised already or was passed back just now.
_OVERDUE = text(
    "select t.id as task_id, t.jurisdiction, t.case_id, t.org_id, t.rule, t.event, t.due_at, t.to_confirm"
    " from casework.task t where t.jurisdiction = :jurisdiction and t.state = 'open' and t.bound = 'max'"
    " and t.rule = any(:rules) and t.due_at <= now() - cast(cast(:after as text) as interval)"
    " and not exists (select 1 from casework.escalation e where e.task_id = t.id and (e.state = 'raised'"
    " or (e.state = 'passed_back' and (cast(:again as text) is null"
    " or e.answered_at > now() - cast(cast(:again as text) as interval)))))"
    " order by t.due_at limit :most"
)


async def escalate(unit: UnitOfWork) -> int:
    """Raise what is overdue beyond the grace of the profile; returns how many tasks. Run by the program itself."""
    profile = unit.profile
    rules = [rule.id for rule in profile.deadline_rules.values() if rule.escalates]
    given = {
        "jurisdiction": unit.actor.jurisdiction,
        "rules": rules,
        "after": profile.escalation.after or "PT0H",
        "again": profile.escalation.again,
        "most": AT_MOST,
    }
    rows = (await unit.execute(_OVERDUE, given)).mappings().all()
    if rows:
        await unit.execute(insert(escalation), [{"id": uuid7(), **row} for row in rows])
        cases = [row["case_id"] for row in rows]
        unit.audit("system.maintain", subject_kind="escalation", cases=cases, duty="escalate", raised=len(rows))
    return len(rows)


async def list_escalations(unit: UnitOfWork, *, after: After | None = None, limit: int = 25) -> Sequence[RowMapping]:
    """Return what has risen and waits for the authority, the longest overdue first, by key; codes and dates only."""
    unit.require("board.read")
    query = (
        select(
            escalation,
            case_file.c.code.label("case_code"),
            case_file.c.is_child,
            case_file.c.status,
            case_file.c.profile_version,
        )
        .join(case_file, case_file.c.id == escalation.c.case_id)
        .where(escalation.c.jurisdiction == unit.actor.jurisdiction, escalation.c.state == "raised")
        .order_by(escalation.c.due_at, escalation.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(escalation.c.due_at, escalation.c.id) > (after.due_at, after.id))
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    unit.audit("board.read", cases=[row["case_id"] for row in rows], shown=len(rows), view="escalated")
    return rows


async def count_escalations(unit: UnitOfWork, at_most: int = 1000) -> int:
    """Return how many overdue tasks wait for the authority, counted up to `at_most`."""
    few = (
        select(escalation.c.id)
        .where(escalation.c.jurisdiction == unit.actor.jurisdiction, escalation.c.state == "raised")
        .limit(at_most)
        .subquery()
    )
    return int((await unit.execute(select(func.count()).select_from(few))).scalar_one())


async def read_escalation(unit: UnitOfWork, escalation_id: UUID) -> RowMapping:
    """Return one that has risen, for the page that passes it back; `NotFound` where there is none."""
    unit.require("escalation.answer")
    query = (
        select(escalation, case_file.c.code.label("case_code"), case_file.c.profile_version)
        .join(case_file, case_file.c.id == escalation.c.case_id)
        .where(escalation.c.id == escalation_id)
    )
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    if row is None:
        raise NotFound("escalation.unknown")
    unit.audit("board.read", subject_kind="escalation", subject_id=escalation_id, cases=[row["case_id"]])
    return row


async def pass_back(unit: UnitOfWork, escalation_id: UUID, form: PassBack) -> RowMapping:
    """The authority has looked at it and gives it back with a note; the task itself stays as it is.

    The note is sealed under the case's key: who works with the case reads it beside the task.
    """
    row = await read_escalation(unit, escalation_id)
    if row["state"] != "raised":
        raise Conflict(f"escalation.{row['state']}", case_id=row["case_id"])
    sealed = await unit.seal_for_case(row["case_id"], TABLE, escalation_id, {"note": form.note})
    answered = update(escalation).where(escalation.c.id == escalation_id, escalation.c.state == "raised")
    await unit.execute(
        answered.values(state="passed_back", answered_at=unit.now, answered_by=unit.actor.account_id, **sealed)
    )
    unit.audit(
        "escalation.answer",
        subject_kind="escalation",
        subject_id=escalation_id,
        cases=[row["case_id"]],
        changed=["state", "answered_at", "answered_by", "note"],
        event=row["event"],
    )
    found = await unit.execute(select(escalation).where(escalation.c.id == escalation_id))
    answered_row: RowMapping = found.mappings().one()
    return answered_row


@dataclass(frozen=True, slots=True)
class Deadline:
    """One task of a case with the rule that made it, and how often it rose.

    `rule` None: no rule of the profile, such as a follow-up agreed with the person. `said` is what the authority wrote
    last. `since` is when the event happened that began it, None where the reader does not see that event.
    """

    row: RowMapping
    rule: DeadlineRule | None
    since: datetime | None
    raised: int
    waiting: bool
    said: str | None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Every task of a case: open and paused first, then met and called off; the earliest due first."""

    case: RowMapping
    profile: Profile
    tasks: Sequence[Deadline]


_ORDER: Mapping[str, int] = {"open": 0, "paused": 1, "met": 2, "cancelled": 3}


async def read_deadlines(unit: UnitOfWork, case_id: UUID) -> Deadlines:
    """Return the tasks of a case with their rules, sources and marks, and what the authority wrote to each."""
    case = await unit.case(case_id, "task.read")
    rows = (await unit.execute(select(task).where(task.c.case_id == case_id))).mappings().all()
    events = (await unit.execute(select(case_event).where(case_event.c.case_id == case_id))).mappings()
    begun = {event["id"]: event["occurred_at"] for event in standing_events(events)}
    query = select(escalation).where(escalation.c.case_id == case_id).order_by(escalation.c.raised_at)
    risen: dict[UUID, list[RowMapping]] = {}
    for one in (await unit.execute(query)).mappings():
        risen.setdefault(one["task_id"], []).append(one)
    profile = unit.profile_of(case)
    found: list[Deadline] = []
    for row in sorted(rows, key=lambda one: (_ORDER[one["state"]], one["due_at"], one["id"])):
        own = risen.get(row["id"], [])
        last = next((one for one in reversed(own) if one["note"] is not None), None)
        said = (await unit.open_for_case(case_id, TABLE, {**last}, "note"))["note"] if last is not None else None
        waiting = any(one["state"] == "raised" for one in own)
        rule = profile.deadline_rules.get(row["rule"])
        found.append(Deadline(row, rule, begun.get(row["from_event_id"]), len(own), waiting, said))
    unit.audit("task.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(found))
    return Deadlines(case, profile, found)
