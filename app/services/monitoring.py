"""Monitoring visits of the child-rights agency: what it saw, and when it comes again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select

from app.domain.children import check_moment
from app.domain.forms.children import RecordVisit
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import uuid7
from app.domain.problems import Forbidden, Invalid
from app.services.child_age import day_of, require_child
from app.services.child_records import by_us, check_corrects, found, history
from app.services.child_workers import MONITORED, monitors_of
from app.services.events import record_event
from app.services.unit_of_work import UnitOfWork
from app.storage.children import monitoring_visit
from app.storage.organisations import organisation
from app.storage.tasks import task

TABLE = "casework.monitoring_visit"
NEXT_VISIT = "child.next_visit"
"""The task of a visit that was agreed, beside what a rule of the profile asks for."""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The visits that the actor may see, and whether recording them is the task of the actor's organisation."""

    case: RowMapping
    visits: Sequence[Mapping[str, Any]]
    ours: bool


async def _is_ours(unit: UnitOfWork, case: RowMapping) -> bool:
    query = select(organisation.c.kind).where(organisation.c.id == unit.actor.org_id)
    return (await unit.execute(query)).scalar() in monitors_of(unit.profile_of(case))


async def record_visit(unit: UnitOfWork, case_id: UUID, form: RecordVisit) -> RowMapping:
    """Record a visit; only an organisation whose task it is by the profile. A closed case can be visited too."""
    case = await unit.case(case_id, "child.monitor")
    row_id = form.id or uuid7()
    already = await found(unit, monitoring_visit, case_id, row_id)
    if already is not None:
        unit.audit("child.monitor", subject_kind="visit", subject_id=row_id, cases=[case_id], outcome="repeated")
        return already
    profile = unit.profile_of(case)
    if not await _is_ours(unit, case):
        raise Forbidden("child_monitor.not_your_task", case_id=case_id)
    check_codes(form, profile, age="child")
    check_past("visited_at", form.visited_at, unit.now)
    check_moment("visited_at", form.visited_at, case["opened_at"])
    await require_child(unit, case, form.visited_at, "visit")
    if form.next_visit_on is not None and form.next_visit_on <= day_of(profile, unit.now):
        raise Invalid.one("next_visit_on", "child_monitor.next_in_past")
    if "OTHER_CONCERN" in form.findings and form.note is None:
        raise Invalid.one("note", "field.missing")
    await check_corrects(unit, monitoring_visit, case_id, form.corrects)
    unit.add(
        monitoring_visit,
        id=row_id,
        case_id=case_id,
        **by_us(unit),
        **form.model_dump(include={"visited_at", "child_seen", "next_visit_on", "corrects"}),
        findings=list(form.findings),
        **await unit.seal_for_case(case_id, TABLE, row_id, {"note": form.note}),
    )
    event_id = await record_event(unit, case, MONITORED, form.visited_at, subject_kind="visit", subject_id=row_id)
    if form.next_visit_on is not None:
        end = datetime.combine(form.next_visit_on, time(23, 59), tzinfo=ZoneInfo(profile.timezone))
        unit.add(
            task,
            id=uuid7(),
            jurisdiction=case["jurisdiction"],
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=None,
            rule=NEXT_VISIT,
            profile_version=case["profile_version"],
            event=MONITORED,
            from_event_id=event_id,
            due_at=end,
            bound="max",
            to_confirm=False,
        )
    unit.audit(
        "child.monitor",
        subject_kind="visit",
        subject_id=row_id,
        cases=[case_id],
        findings=list(form.findings),
    )
    row = await found(unit, monitoring_visit, case_id, row_id)
    assert row is not None
    return row


async def list_visits(unit: UnitOfWork, case_id: UUID) -> Monitoring:
    """Return the visits of a case: the agency its own, the care team all, with their notes open."""
    case = await unit.case(case_id, "child.monitor")
    rows = await history(unit, monitoring_visit, case_id, "visited_at", "note")
    unit.audit("child.monitor", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(rows))
    return Monitoring(case, rows, await _is_ours(unit, case))
