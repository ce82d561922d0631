"""The story of a case: every step is an appended event, from which tasks, status and stage follow."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, or_, select, update

from app.domain.case_life import HelpEvent, HelpKind, help_track
from app.domain.deadlines import CaseEvent, CaseFacts, applies, due, extended, pauses_of
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.profile import Profile
from app.domain.victim_status import FormalStage, Kind, Status, StatusEvent, derive, identification_stage
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_event, case_file
from app.storage.tasks import task

_STATUS_KINDS = frozenset(kind.value for kind in Kind)
HELP_KINDS = frozenset(kind.value for kind in HelpKind)
"""Events that move the track of help."""
_ONE_THREAD = frozenset(
    {
        ("REFERRAL_SENT", "REFERRAL_ANSWERED"),
        ("INITIAL_ID_STARTED", "INITIAL_ID_DECIDED"),
        ("PROCEEDINGS_FLAGGED", "COMPETENT_BODY_NOTIFIED"),
    }
)
"""Events of which the second is about the same thing as the first: the answer to one referral meets no other one's
task. Elsewhere any event of the case does, such as the referral that follows a decision."""
_FORMAL_KINDS = frozenset({"FORMAL_REQUESTED", "FORMAL_INTERVIEWED", "FORMAL_DECIDED", "APPEALED", "RECONSIDERED"})


async def record_event(
    unit: UnitOfWork,
    case: CaseRow,
    kind: str,
    occurred_at: datetime,
    *,
    data_class: DataClass | str = DataClass.MILESTONES,
    subject_kind: str | None = None,
    subject_id: UUID | None = None,
    due_org_id: UUID | None = None,
    due_at: datetime | None = None,
    corrects: UUID | None = None,
    event_id: UUID | None = None,
    first: bool = False,
    **facts: Any,
) -> UUID:
    """Append one event to a case and let everything follow from it; returns the event's id.

    `kind` is a code of `case_event` (or the program's own where the list has none); `facts` hold codes and numbers
    only. `subject_id` joins events that belong together, such as those of one referral. `due_org_id` is who owes
    what the event makes due, the responsible organisation where None; `due_at` is when, where somebody chose or knows
    it, in place of the rule. Tasks that the event meets are met; tasks
    that it starts are made from the deadline rules of the case's own profile version; those it pauses stand still until
    the event that ends the pause (`deadline_pauses`); status and stage are derived
    anew where the event moves them. `event_id`: a client-made id, where the caller has looked for it before. `first`
    says that the case was opened in this transaction: no earlier task or event has to be looked for.
    """
    event_id = event_id or uuid7()
    unit.add(
        case_event,
        id=event_id,
        case_id=case["id"],
        kind=kind,
        occurred_at=occurred_at,
        recorded_at=unit.now,
        org_id=unit.actor.org_id,
        account_id=unit.actor.account_id,
        data_class=str(data_class),
        subject_kind=subject_kind,
        subject_id=subject_id,
        corrects=corrects,
        facts=facts,
    )
    again: set[str] = set()
    if not first:
        met = await _meet(unit, case["id"], kind, occurred_at, event_id, subject_id)
        again = await _again(unit, case, kind, met)
    started = _start(unit, case, kind, occurred_at, event_id, subject_id, due_org_id, due_at, again)
    if started and not first:
        await _met_before(unit, case["id"], started, occurred_at, event_id)
    if not first:
        await _pause(unit, case, kind)
    if kind in _STATUS_KINDS or kind in HELP_KINDS:
        await refresh_tracks(unit, case["id"])
    return event_id


async def _meet(
    unit: UnitOfWork, case_id: UUID, kind: str, at: datetime, event_id: UUID, subject_id: UUID | None
) -> set[str]:
    """Meet the tasks that wait for an event; returns the rules that had made them."""
    same_thread = or_(task.c.subject_id.is_(None), task.c.subject_id == subject_id)
    met = await unit.execute(
        update(task)
        .where(
            task.c.case_id == case_id,
            task.c.event == kind,
            task.c.state.in_(("open", "paused")),
            same_thread if subject_id is not None else and_(True),
        )
        .values(state="met", met_at=at, met_event_id=event_id, paused_at=None)
        .returning(task.c.rule)
    )
    return set(met.scalars())


async def _again(unit: UnitOfWork, case: CaseRow, kind: str, met: set[str]) -> set[str]:
    """Return the recurring rules that an event which met them starts anew; where it starts one over, the start before
    no longer counts."""
    rules = [rule for rule in unit.profile_of(case).deadline_rules.values() if rule.recurring]
    over = [rule.id for rule in rules if rule.from_event == kind != rule.to_event]
    if over:
        left = (task.c.case_id == case["id"], task.c.rule.in_(over), task.c.state.in_(("open", "paused")))
        await unit.execute(update(task).where(*left).values(state="cancelled"))
    return {rule.id for rule in rules if rule.id in met and rule.from_event != kind}


def _start(
    unit: UnitOfWork,
    case: CaseRow,
    kind: str,
    at: datetime,
    event_id: UUID,
    subject_id: UUID | None,
    due_org_id: UUID | None,
    due_at: datetime | None,
    again: Collection[str],
) -> list[str]:
    """Make the tasks that an event starts; returns the events that will meet them."""
    made = tasks_started(unit.profile_of(case), case, kind, at, event_id, subject_id, due_org_id, again)
    known = {} if due_at is None else {"due_at": due_at, "to_confirm": False}
    for row in made:
        unit.add(task, **(row | known if row["bound"] == "max" else row))
    return [row["event"] for row in made]


def tasks_started(
    profile: Profile,
    case: CaseRow,
    kind: str,
    at: datetime,
    event_id: UUID,
    subject_id: UUID | None,
    due_org_id: UUID | None,
    again: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Return the rows of the tasks that an event starts by the rules of the case's profile version.

    `again`: recurring rules whose task the event has just met; they begin anew.
    """
    facts = facts_of(case)
    made: list[dict[str, Any]] = []
    for rule in profile.deadline_rules.values():
        if (rule.from_event != kind and rule.id not in again) or not applies(rule, facts, at.date()):
            continue
        made.append(
            {
                "id": uuid7(),
                "jurisdiction": case["jurisdiction"],
                "case_id": case["id"],
                "org_id": due_org_id or case["responsible_org_id"],
                "account_id": None if due_org_id else case["responsible_account_id"],
                "rule": rule.id,
                "profile_version": case["profile_version"],
                "event": rule.to_event,
                "from_event_id": event_id,
                "subject_id": subject_id if (kind, rule.to_event) in _ONE_THREAD else None,
                "due_at": due(rule, at, profile.timezone),
                "bound": rule.bound,
                "to_confirm": rule.status != "found",
            }
        )
    return made


async def _met_before(unit: UnitOfWork, case_id: UUID, events: list[str], at: datetime, from_event_id: UUID) -> None:
    """Meet at once what an event recorded earlier, but happening later, has already met (a phone came back online)."""
    later = select(case_event.c.id, case_event.c.kind, case_event.c.occurred_at).where(
        case_event.c.case_id == case_id,
        case_event.c.kind.in_(events),
        case_event.c.occurred_at >= at,
        case_event.c.id != from_event_id,
    )
    for row in (await unit.execute(later.order_by(case_event.c.occurred_at))).mappings():
        await unit.execute(
            update(task)
            .where(task.c.from_event_id == from_event_id, task.c.event == row["kind"], task.c.state == "open")
            .values(state="met", met_at=row["occurred_at"], met_event_id=row["id"])
        )


async def _pause(unit: UnitOfWork, case: CaseRow, kind: str) -> None:
    """Stop or go on counting where the event begins or ends a pause of the profile."""
    profile = unit.profile_of(case)
    touched = [p for p in profile.deadline_pauses if kind in (p.from_event, p.until_event)]
    if touched:
        every = any(not pausing.rules for pausing in touched)
        await recount(unit, case, None if every else {rule for pausing in touched for rule in pausing.rules})


async def recount(unit: UnitOfWork, case: CaseRow, rules: set[str] | None) -> None:
    """Work out anew when the tasks of these rules (None: all) are due, and which of them stand still.

    A task whose time nobody took from a rule (an answer that its sender wants by a day) only stands still or goes on.
    """
    profile = unit.profile_of(case)
    kinds = {kind for p in profile.deadline_pauses for kind in (p.from_event, p.until_event)}
    query = select(case_event).where(case_event.c.case_id == case["id"])
    events = standing_events([*(await unit.execute(query)).mappings()])
    pausing = [CaseEvent(row["id"], row["kind"], row["occurred_at"]) for row in events if row["kind"] in kinds]
    starts = {row["id"]: row["occurred_at"] for row in events}
    left = select(task).where(task.c.case_id == case["id"], task.c.state.in_(("open", "paused")))
    for row in (await unit.execute(left if rules is None else left.where(task.c.rule.in_(rules)))).mappings().all():
        pauses = pauses_of(row["rule"], profile.deadline_pauses, pausing)
        since = next((pause.since for pause in pauses if pause.until is None), None)
        due_at, rule, from_at = row["due_at"], profile.deadline_rules.get(row["rule"]), starts.get(row["from_event_id"])
        chosen = rule is None or (rule.status != "found" and not row["to_confirm"])
        if rule is not None and from_at is not None and not chosen:
            by_rule = due(rule, from_at, profile.timezone)
            due_at = extended(from_at, by_rule, pauses)[0] if by_rule is not None else due_at
        changed = {"due_at": due_at, "paused_at": since, "state": "open" if since is None else "paused"}
        if any(row[key] != value for key, value in changed.items()):
            await unit.execute(update(task).where(task.c.id == row["id"]).values(changed))


def standing_events(rows: Iterable[RowMapping]) -> list[RowMapping]:
    """Return the events that nobody took back, without the taking back itself."""
    known = list(rows)
    gone = {row["corrects"] for row in known if row["kind"] == Kind.RETRACTED}
    return [row for row in known if row["id"] not in gone and row["kind"] != Kind.RETRACTED]


def facts_of(case: CaseRow) -> CaseFacts:
    """Return what decides which deadline rules apply to a case."""
    group = case["citizenship_group"]
    return CaseFacts(
        adult_since=None if case["is_child"] else date.min,
        foreign=None if group == "UNKNOWN" else group != "OWN_COUNTRY",
    )


async def refresh_tracks(unit: UnitOfWork, case_id: UUID) -> None:
    """Derive status and stage from the events the actor can see and keep them on the case file.

    Whoever answers a referral without seeing the case changes nothing here; the maintenance run of the program does.
    """
    rows = (
        (
            await unit.execute(
                select(case_event)
                .where(case_event.c.case_id == case_id, case_event.c.kind.in_(_STATUS_KINDS | HELP_KINDS))
                .order_by(case_event.c.occurred_at)
            )
        )
        .mappings()
        .all()
    )
    if not rows:
        return
    wanted = tracks_of(rows)
    changed = or_(
        case_file.c.status != wanted["status"],
        case_file.c.stage != wanted["stage"],
        case_file.c.status_at.is_distinct_from(wanted["status_at"]),
        case_file.c.stage_at.is_distinct_from(wanted["stage_at"]),
    )
    await unit.execute(update(case_file).where(case_file.c.id == case_id, changed).values(wanted))


def tracks_of(rows: Iterable[CaseRow]) -> dict[str, Any]:
    """Return status, stage and since when, as the case file keeps them, from the events of a case in any order."""
    rows = [row for row in rows if row["kind"] in _STATUS_KINDS | HELP_KINDS]
    status = derive(status_event(row) for row in rows if row["kind"] in _STATUS_KINDS)
    gone = {row["corrects"] for row in rows if row["kind"] == Kind.RETRACTED}
    rows = [row for row in rows if row["id"] not in gone]
    helped = help_track(help_event(row) for row in rows if row["kind"] in HELP_KINDS)
    if helped.stage in ("CLOSED", "CLOSED_TRANSFERRED", "REOPENED"):
        stage = helped.stage
    elif status.formal_stage not in (FormalStage.NONE, FormalStage.IN_REFLECTION, FormalStage.WITHDRAWN):
        stage = identification_stage(status)
    elif helped.stage != "NO_ASSISTANCE":
        stage = helped.stage
    else:
        stage = "INITIAL_ID"
    if stage == helped.stage:
        stage_at = helped.since
    else:
        stage_at = max((row["occurred_at"] for row in rows if row["kind"] in _FORMAL_KINDS), default=None)
    return {"status": status.status.value, "status_at": status.since, "stage": stage, "stage_at": stage_at}


def status_event(row: CaseRow) -> StatusEvent:
    """Return a case event as the status machine sees it; the reason's text stays sealed where it was written."""
    facts = row["facts"]
    result = facts.get("result")
    return StatusEvent(
        id=row["id"],
        kind=Kind(row["kind"]),
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        result=None if result is None else Status(result),
        reason="given" if facts.get("reasoned") else "",
        supersedes=row["corrects"],
    )


def help_event(row: CaseRow) -> HelpEvent:
    """Return a case event as the track of help sees it."""
    return HelpEvent(row["id"], HelpKind(row["kind"]), row["occurred_at"], str(row["facts"].get("reason", "")))


async def events_of(unit: UnitOfWork, case_id: UUID) -> list[RowMapping]:
    """Return the events of a case that the actor may see, the newest first."""
    query = (
        select(case_event)
        .where(case_event.c.case_id == case_id)
        .order_by(case_event.c.occurred_at.desc(), case_event.c.id.desc())
    )
    return list((await unit.execute(query)).mappings())
