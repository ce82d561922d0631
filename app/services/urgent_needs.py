"""Urgent needs after registration: asked again at any time, met as soon as nothing of them is open."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, select, update

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.urgent_needs import AssessUrgentNeeds
from app.domain.ids import uuid7
from app.domain.problems import Conflict
from app.domain.urgent_needs import become_met, check_assessment, still_open
from app.services.events import record_event
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file, urgent_needs
from app.storage.tasks import task

TABLE = "casework.urgent_needs"
MET = "URGENT_NEEDS_MET"


@dataclass(frozen=True, slots=True)
class Assessment:
    """How it stood at one moment, with the note open."""

    row: RowMapping
    note: str | None

    @property
    def open(self) -> tuple[str, ...]:
        """The needs (`need_domain`) that were not met then."""
        return still_open(self.row["needs"], self.row["met"])


@dataclass(frozen=True, slots=True)
class Assessed:
    """Every assessment of a case, the newest first."""

    case: RowMapping
    items: tuple[Assessment, ...]


async def assess_urgent_needs(unit: UnitOfWork, case_id: UUID, form: AssessUrgentNeeds) -> Assessment:
    """Record danger and urgent needs of a moment; the same client-made id again returns the same assessment.

    Where nothing is open any more, the case hears that its urgent needs are met, which meets the task that waits. An
    answer about danger is kept on the case where this is its newest assessment. Raises Conflict (`urgent_needs.closed`)
    on a closed case.
    """
    case = await unit.case(case_id, "urgent_needs.record", lock=True)
    check_codes(form, unit.profile_of(case), age="child" if case["is_child"] else "adult")
    check_past("assessed_at", form.assessed_at, unit.now)
    needs_id = form.id or uuid7()
    known = await _rows(unit, case_id)
    already = next((row for row in known if row["id"] == needs_id), None)
    if already is not None:
        unit.audit(
            "urgent_needs.record", subject_kind="urgent_needs", subject_id=needs_id, cases=[case_id], outcome="repeated"
        )
        return await _opened(unit, case_id, already)
    if case["state"] == "closed":
        raise Conflict("urgent_needs.closed")
    check_assessment(form.needs, form.met, form.assessed_at, case["opened_at"])
    unit.add(
        urgent_needs,
        id=needs_id,
        case_id=case_id,
        org_id=unit.actor.org_id,
        account_id=unit.actor.account_id,
        assessed_at=form.assessed_at,
        danger=form.danger,
        needs=list(form.needs),
        met=list(form.met),
        **await unit.seal_for_case(case_id, TABLE, needs_id, {"note": form.note}),
    )
    changed: list[str] = []
    newest = not known or known[0]["assessed_at"] <= form.assessed_at
    if newest:
        changed = await _keep_danger(unit, case, form.danger)
        before = still_open(known[0]["needs"], known[0]["met"]) if known else ()
        open_now = still_open(form.needs, form.met)
        if become_met(open_now, before, await _waiting(unit, case_id)):
            await record_event(
                unit, case, MET, form.assessed_at, subject_kind="urgent_needs", subject_id=needs_id, met=len(form.met)
            )
    unit.audit(
        "urgent_needs.record",
        subject_kind="urgent_needs",
        subject_id=needs_id,
        cases=[case_id],
        changed=changed,
        needs=len(form.needs),
        met=len(form.met),
    )
    return await _opened(unit, case_id, next(row for row in await _rows(unit, case_id) if row["id"] == needs_id))


async def list_urgent_needs(unit: UnitOfWork, case_id: UUID) -> Assessed:
    """Return every assessment that the reader may see, the newest first."""
    case = await unit.case(case_id, "urgent_needs.read")
    items = [await _opened(unit, case_id, row) for row in await _rows(unit, case_id)]
    unit.audit("urgent_needs.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(items))
    return Assessed(case, tuple(items))


async def newest_urgent_needs(unit: UnitOfWork, case_id: UUID) -> RowMapping | None:
    """Return the newest assessment without its note, for the page of the case; None where the reader sees none."""
    rows = await _rows(unit, case_id)
    if not rows:
        return None
    unit.audit("urgent_needs.read", subject_kind="urgent_needs", subject_id=rows[0]["id"], cases=[case_id])
    return rows[0]


async def _rows(unit: UnitOfWork, case_id: UUID) -> list[RowMapping]:
    query = (
        select(urgent_needs)
        .where(urgent_needs.c.case_id == case_id)
        .order_by(urgent_needs.c.assessed_at.desc(), urgent_needs.c.id.desc())
    )
    return list((await unit.execute(query)).mappings())


async def _opened(unit: UnitOfWork, case_id: UUID, row: RowMapping) -> Assessment:
    return Assessment(row, (await unit.open_for_case(case_id, TABLE, dict(row), "note"))["note"])


async def _waiting(unit: UnitOfWork, case_id: UUID) -> bool:
    query = select(task.c.id).where(task.c.case_id == case_id, task.c.event == MET, task.c.state == "open").limit(1)
    return (await unit.execute(query)).first() is not None


async def _keep_danger(unit: UnitOfWork, case: RowMapping, danger: str) -> list[str]:
    """Keep on the case whether there is danger now; an answer that is open says nothing new."""
    said = {"yes": True, "no": False}.get(danger)
    if said is None or said == case["immediate_danger"]:
        return []
    await unit.execute(
        update(case_file)
        .where(case_file.c.id == case["id"])
        .values(immediate_danger=said, version=case_file.c.version + 1)
    )
    return ["immediate_danger"]
