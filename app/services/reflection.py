"""Recovery and reflection periods of a case: their start, pauses, end, and the permit of a foreign person.

The person decides. No service, shelter or information step asks for a period; an interview does (`standing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.reflection import (
    EndReflection,
    PauseReflection,
    ProlongReflection,
    RecordPermit,
    ResumeReflection,
    RetractReflection,
    StartReflection,
)
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Invalid, NotFound
from app.domain.reflection import (
    NONE,
    VALID_PERMIT,
    Manner,
    Permit,
    ReflectionView,
    Step,
    StepKind,
    check_end,
    check_pause,
    check_permit,
    check_prolong,
    check_resume,
    check_start,
    read_period,
)
from app.domain.reflection import interview_allowed as allowed
from app.services.events import facts_of, record_event, standing_events
from app.services.notes import keep_note
from app.services.reference import require_organisation
from app.services.tasks import check_status, take_back
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_event
from app.storage.reflection import reflection, reflection_step

EVENTS = {
    StepKind.PAUSED: "REFLECTION_PAUSED",
    StepKind.RESUMED: "REFLECTION_RESUMED",
    StepKind.PROLONGED: "reflection_prolonged",
    StepKind.ENDED: "REFLECTION_ENDED",
}
"""The event of the case that each step of a period is."""
PERMIT_EVENTS = {
    Permit.APPLIED: "permit_applied",
    Permit.GRANTED: "PERMIT_GRANTED",
    Permit.RENEWED: "PERMIT_GRANTED",
    Permit.REFUSED: "permit_refused",
    Permit.ENDED: "permit_ended",
}


@dataclass(frozen=True, slots=True)
class Period:
    """One period with its steps, the oldest first. `row` None: known from events alone, such as one taken over.

    `view` None: it was recorded by mistake and taken back.
    """

    row: RowMapping | None
    steps: Sequence[RowMapping]
    view: ReflectionView | None


@dataclass(frozen=True, slots=True)
class Reflections:
    """Every period of a case, the newest first, and where the person stands now."""

    case: RowMapping
    periods: Sequence[Period]
    now: ReflectionView


async def standing(unit: UnitOfWork, case_id: UUID) -> ReflectionView:
    """Return the period that runs, the last one where none does, an empty view where there never was one.

    For other use cases of a case the actor sees: it checks no action and writes nothing down.
    """
    return _standing(await _periods(unit, await unit.case(case_id, "case.read")))


async def interview_allowed(unit: UnitOfWork, case_id: UUID, at: datetime, person_asked: bool) -> bool:
    """True where an interview at that moment lies in no period of the case, or the person asked for it."""
    found = await _periods(unit, await unit.case(case_id, "case.read"))
    return all(allowed(period.view, at, person_asked) for period in found if period.view is not None)


def _standing(periods: Sequence[Period]) -> ReflectionView:
    views = [period.view for period in periods if period.view is not None]
    return next((view for view in views if view.running), views[0] if views else NONE)


async def _periods(unit: UnitOfWork, case: CaseRow) -> list[Period]:
    """Return the periods of a case, the newest first; one of which only events tell counts like any other."""
    rules, zone = unit.profile_of(case).reflection, unit.profile_of(case).timezone
    rows = (await unit.execute(select(reflection).where(reflection.c.case_id == case["id"]))).mappings().all()
    query = select(reflection_step).where(reflection_step.c.case_id == case["id"])
    steps = (await unit.execute(query.order_by(reflection_step.c.at, reflection_step.c.id))).mappings().all()
    found: list[tuple[datetime, Period]] = []
    for row in rows:
        own = [step for step in steps if step["reflection_id"] == row["id"]]
        view = read_period(rules, row["started_at"], row["foreign_national"], map(_step, own), zone)
        found.append((row["started_at"], Period(row, own, view)))
    told = select(case_event).where(
        case_event.c.case_id == case["id"],
        case_event.c.kind.in_(("REFLECTION_STARTED", "REFLECTION_ENDED", "RETRACTED")),
        case_event.c.subject_kind.is_(None),
    )
    events = standing_events((await unit.execute(told.order_by(case_event.c.occurred_at))).mappings())
    for n, event in enumerate(events):
        if event["kind"] == "REFLECTION_STARTED":
            after = next((one for one in events[n + 1 :] if one["kind"] == "REFLECTION_ENDED"), None)
            ends = [Step(after["id"], StepKind.ENDED, after["occurred_at"])] if after is not None else []
            view = read_period(rules, event["occurred_at"], facts_of(case).foreign, ends, zone)
            found.append((event["occurred_at"], Period(None, [], view)))
    return [period for _, period in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _step(row: RowMapping) -> Step:
    return Step(row["id"], StepKind(row["kind"]), row["at"], row["until"], row["code"])


async def read_reflection(unit: UnitOfWork, case_id: UUID) -> Reflections:
    """Return the periods of a case with their steps."""
    case = await unit.case(case_id, "reflection.read")
    periods = await _periods(unit, case)
    unit.audit("reflection.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(periods))
    return Reflections(case, periods, _standing(periods))


async def start_reflection(unit: UnitOfWork, case_id: UUID, form: StartReflection) -> UUID:
    """Begin a period; the same client-made id again returns the same period."""
    case = await unit.case(case_id, "reflection.record", lock=True)
    if form.id is not None and await _find(unit, case_id, form.id) is not None:
        unit.audit(
            "reflection.record", subject_kind="reflection", subject_id=form.id, cases=[case_id], outcome="repeated"
        )
        return form.id
    check_codes(form, unit.profile_of(case))
    _check_open(case)
    for name, at in (("started_at", form.started_at), ("explained_at", form.explained_at)):
        check_past(name, at, unit.now)
        if at < case["opened_at"]:
            raise Invalid.one(name, "reflection.before_case")
    foreign = facts_of(case).foreign
    profile = unit.profile_of(case)
    now = _standing(await _periods(unit, case))
    check_start(profile.reflection, now, form.started_at, case["is_child"], foreign)
    await check_status(unit, case_id, "REFLECTION_STARTED", form.started_at)
    explained_by = unit.actor.org_id
    if form.explained_org_id is not None:
        explained_by = (await require_organisation(unit, form.explained_org_id, "explained_org_id"))["id"]
    made = form.id or uuid7()
    await unit.execute(
        insert(reflection).values(
            **form.model_dump(include={"started_at", "basis", "explained_at", "explained_language", "interpreter"}),
            id=made,
            jurisdiction=case["jurisdiction"],
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            foreign_national=foreign,
            explained_org_id=explained_by,
            profile_version=case["profile_version"],
        )
    )
    await record_event(
        unit,
        case,
        "REFLECTION_STARTED",
        form.started_at,
        subject_kind="reflection",
        subject_id=made,
        basis=form.basis,
        foreign=foreign,
        language=form.explained_language,
    )
    _audit(unit, case_id, made, 1, ["started_at", "basis"], step="started")
    return made


def _check_open(case: RowMapping) -> None:
    if case["state"] == "closed":
        raise Conflict("reflection.case_closed", case_id=case["id"])


async def _find(unit: UnitOfWork, case_id: UUID, reflection_id: UUID) -> RowMapping | None:
    query = select(reflection).where(reflection.c.id == reflection_id, reflection.c.case_id == case_id)
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    return row


def unknown() -> NotFound:
    """Return the refusal of a period that is not one of this case."""
    return NotFound("reflection.unknown")


async def _begin(
    unit: UnitOfWork, case_id: UUID, reflection_id: UUID, expected: int | None
) -> tuple[RowMapping, RowMapping, ReflectionView]:
    """Return case, period and its view for a step, under its version."""
    case = await unit.case(case_id, "reflection.record", lock=True)
    period = next((p for p in await _periods(unit, case) if p.row is not None and p.row["id"] == reflection_id), None)
    if period is None or period.row is None:
        raise unknown()
    await unit.check_version(reflection_id, period.row["version"], expected)
    _check_open(case)
    if period.view is None:
        raise Conflict("reflection.taken_back")
    return case, period.row, period.view


async def pause(
    unit: UnitOfWork, case_id: UUID, reflection_id: UUID, form: PauseReflection, expected: int | None
) -> None:
    """Let the period stand still, with a reason; its end moves by as long. A pause may be over already."""
    case, row, view = await _begin(unit, case_id, reflection_id, expected)
    check_past("paused_from", form.paused_from, unit.now)
    if form.paused_until is not None:
        check_past("paused_until", form.paused_until, unit.now)
    check_pause(view, form.paused_from, form.paused_until)
    await _take(unit, case, row, StepKind.PAUSED, form.paused_from, reason=form.reason)
    if form.paused_until is not None:
        await _take(unit, case, row, StepKind.RESUMED, form.paused_until)


async def resume(
    unit: UnitOfWork, case_id: UUID, reflection_id: UUID, form: ResumeReflection, expected: int | None
) -> None:
    """Let the period go on."""
    case, row, view = await _begin(unit, case_id, reflection_id, expected)
    check_past("at", form.at, unit.now)
    check_resume(view, form.at)
    await _take(unit, case, row, StepKind.RESUMED, form.at)


async def prolong(
    unit: UnitOfWork, case_id: UUID, reflection_id: UUID, form: ProlongReflection, expected: int | None
) -> None:
    """Give the person more time than the profile expects."""
    case, row, view = await _begin(unit, case_id, reflection_id, expected)
    check_prolong(view, form.until)
    await _take(unit, case, row, StepKind.PROLONGED, unit.now, until=form.until, reason=form.reason)


async def end(unit: UnitOfWork, case_id: UUID, reflection_id: UUID, form: EndReflection, expected: int | None) -> None:
    """End the period; before its minimum only on the person's own wish, of a foreign person as the profile says."""
    case, row, view = await _begin(unit, case_id, reflection_id, expected)
    check_past("ended_at", form.ended_at, unit.now)
    rules = unit.profile_of(case).reflection
    check_end(rules, view, form.ended_at, Manner(form.manner), form.person_asked, form.reason or "")
    days = (form.ended_at - row["started_at"]).days
    await _take(
        unit,
        case,
        row,
        StepKind.ENDED,
        form.ended_at,
        code=form.manner,
        reason=form.reason,
        manner=form.manner,
        days=days,
        foreign=row["foreign_national"],
    )


async def record_permit(
    unit: UnitOfWork, case_id: UUID, reflection_id: UUID, form: RecordPermit, expected: int | None
) -> None:
    """Record what became of the residence permit; it goes on after the period, and never ends before its minimum."""
    case, row, view = await _begin(unit, case_id, reflection_id, expected)
    check_past("at", form.at, unit.now)
    if form.at < case["opened_at"]:
        raise Invalid.one("at", "reflection.before_case")
    permit = Permit(form.permit)
    assessed = select(case_event).where(
        case_event.c.case_id == case_id, case_event.c.kind.in_(("RISK_ASSESSED", "RETRACTED"))
    )
    risks = standing_events((await unit.execute(assessed)).mappings())
    known = any(event["occurred_at"] >= row["started_at"] for event in risks)
    check_permit(unit.profile_of(case).reflection, view, permit, form.at, form.until, known)
    await _keep(unit, row, StepKind.PERMIT, form.at, until=form.until, code=form.permit)
    await record_event(
        unit,
        case,
        PERMIT_EVENTS[permit],
        form.at,
        subject_kind="reflection",
        subject_id=reflection_id,
        due_at=form.until if permit in VALID_PERMIT else None,
        permit=form.permit,
    )
    await _changed(unit, row, f"permit_{form.permit}")


async def retract(
    unit: UnitOfWork, case_id: UUID, reflection_id: UUID, form: RetractReflection, expected: int | None
) -> None:
    """Take back a period that was recorded by mistake; its record and its steps stay readable."""
    case, row, _ = await _begin(unit, case_id, reflection_id, expected)
    note_id = await keep_note(unit, case_id, form.reason, DataClass.CASEWORK)
    query = select(case_event).where(case_event.c.case_id == case_id, case_event.c.subject_id == reflection_id)
    events = standing_events((await unit.execute(query)).mappings())
    for event in sorted(events, key=lambda one: (one["occurred_at"], one["id"]), reverse=True):
        await check_status(unit, case_id, "RETRACTED", unit.now, event["id"])
        await take_back(unit, case, event, note_id)
    await _keep(unit, row, StepKind.RETRACTED, unit.now, note_id=note_id)
    await _changed(unit, row, "retracted")


async def _take(
    unit: UnitOfWork,
    case: RowMapping,
    row: RowMapping,
    kind: StepKind,
    at: datetime,
    *,
    until: datetime | None = None,
    code: str | None = None,
    reason: str | None = None,
    **facts: Any,
) -> None:
    note_id = await keep_note(unit, case["id"], reason, DataClass.CASEWORK) if reason else None
    await _keep(unit, row, kind, at, until=until, code=code, note_id=note_id)
    if note_id is not None:
        facts["note"] = str(note_id)
    await record_event(unit, case, EVENTS[kind], at, subject_kind="reflection", subject_id=row["id"], **facts)
    await _changed(unit, row, kind.value)


async def _keep(
    unit: UnitOfWork,
    row: RowMapping,
    kind: StepKind,
    at: datetime,
    *,
    until: datetime | None = None,
    code: str | None = None,
    note_id: UUID | None = None,
) -> None:
    await unit.execute(
        insert(reflection_step).values(
            id=uuid7(),
            reflection_id=row["id"],
            case_id=row["case_id"],
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            kind=kind.value,
            at=at,
            until=until,
            code=code,
            note_id=note_id,
        )
    )


async def _changed(unit: UnitOfWork, row: RowMapping, step: str) -> None:
    # In the database, for one act may take two steps.
    made = update(reflection).where(reflection.c.id == row["id"]).values(version=reflection.c.version + 1)
    version = int((await unit.execute(made.returning(reflection.c.version))).scalar_one())
    _audit(unit, row["case_id"], row["id"], version, [step], step=step)


def _audit(
    unit: UnitOfWork, case_id: UUID, reflection_id: UUID, version: int, changed: Sequence[str], step: str
) -> None:
    unit.audit(
        "reflection.record",
        subject_kind="reflection",
        subject_id=reflection_id,
        version=version,
        cases=[case_id],
        changed=changed,
        step=step,
    )
