"""Placements: reserve, admit, be away, move, discharge; never two persons in one bed on one night."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select, update
from sqlalchemy.exc import IntegrityError

from app.domain.children import MOVES_ON_LEAVING
from app.domain.forms.fields import check_codes
from app.domain.forms.placements import Discharge, MoveBed, PlacementStep, ReserveBed
from app.domain.ids import uuid7
from app.domain.placements import Act, Resident, State, check_admission, possible, step
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Invalid, NotFound
from app.services.beds import one_bed
from app.services.best_interest import record_move
from app.services.events import record_event
from app.services.routing_advice import check_leaving, check_stay
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_file
from app.storage.database import constraint_name
from app.storage.organisations import organisation
from app.storage.placements import placement, placement_event

TABLE = "casework.placement"
EVENTS = "casework.placement_event"
_ONE_PERSON = "ex_placement_one_person_a_bed_a_night"


def today(unit: UnitOfWork) -> date:
    """Return the day in the jurisdiction's zone."""
    return unit.now.astimezone(ZoneInfo(unit.profile.timezone)).date()


async def reserve_bed(unit: UnitOfWork, form: ReserveBed) -> RowMapping:
    """Hold a bed for a case the shelter sees; lapses after `hours`. Whoever comes second gets a clear no.

    Admission rules of the shelter never block: what does not fit is said, and kept with the reason given.
    """
    check_codes(form, unit.profile)
    case = await unit.case(form.case_id, "case.read")
    placement_id = form.id or uuid7()
    already = await _find(unit, placement_id)
    if already is not None:
        cases = [already["case_id"]]
        unit.audit(
            "placement.record", subject_kind="placement", subject_id=placement_id, cases=cases, outcome="repeated"
        )
        return already
    if form.starts_on < today(unit):
        raise Invalid.one("starts_on", "placement.in_past")
    if form.ends_on is not None and form.ends_on <= form.starts_on:
        raise Invalid.one("ends_on", "field.reversed")
    chosen = await one_bed(unit, form.bed_id)
    if not chosen["in_use"]:
        raise Conflict("bed.out_of_use")
    await release_lapsed(unit)
    admits = await _admits(unit, chosen)
    warnings = check_admission(admits, _resident(case), form.override_reason or "")
    await check_stay(unit, case, await _kind(unit), admits, form.override_reason, placement_id)
    sealed = await unit.seal_for_case(form.case_id, TABLE, placement_id, {"note": form.note})
    unit.add(
        placement,
        id=placement_id,
        case_id=form.case_id,
        org_id=unit.actor.org_id,
        bed_id=form.bed_id,
        bed_number=chosen["number"],
        referral_id=form.referral_id,
        account_id=unit.actor.account_id,
        state=State.RESERVED.value,
        starts_on=form.starts_on,
        ends_on=form.ends_on,
        reserved_at=unit.now,
        reserved_until=unit.now + timedelta(hours=form.hours),
        override_warnings=list(warnings),
        note=sealed["note"],
        version=1,
    )
    await _event(unit, placement_id, form.case_id, "reserve", note=form.override_reason, to_bed=form.bed_id)
    await _flush(unit)
    _audit(unit, placement_id, form.case_id, 1, "reserve")
    return await _placement(unit, placement_id)


async def _flush(unit: UnitOfWork) -> None:
    try:
        await unit.flush()
    except IntegrityError as error:
        raise _taken(error) from error


def _taken(error: IntegrityError) -> Exception:
    return Conflict("placement.bed_taken", "bed_id") if constraint_name(error) == _ONE_PERSON else error


async def _admits(unit: UnitOfWork, chosen: RowMapping) -> list[str]:
    found = (await unit.execute(select(organisation.c.admits).where(organisation.c.id == unit.actor.org_id))).scalar()
    return [*(found or []), *chosen["attributes"]]


async def _kind(unit: UnitOfWork) -> str:
    found = select(organisation.c.kind).where(organisation.c.id == unit.actor.org_id)
    return str((await unit.execute(found)).scalar_one())


def _resident(case: CaseRow) -> Resident:
    foreign = case["citizenship_group"] not in ("OWN_COUNTRY", "UNKNOWN")
    return Resident(sex=case["sex"], is_child=case["is_child"], foreign=foreign)


async def _event(
    unit: UnitOfWork,
    placement_id: UUID,
    case_id: UUID,
    act: str,
    *,
    reason: str | None = None,
    note: str | None = None,
    from_bed: UUID | None = None,
    to_bed: UUID | None = None,
    org_id: UUID | None = None,
) -> None:
    event_id = uuid7()
    sealed = await unit.seal_for_case(case_id, EVENTS, event_id, {"note": note})
    unit.add(
        placement_event,
        id=event_id,
        placement_id=placement_id,
        case_id=case_id,
        org_id=org_id or unit.actor.org_id,
        account_id=unit.actor.account_id,
        act=act,
        at=unit.now,
        reason=reason,
        from_bed_id=from_bed,
        to_bed_id=to_bed,
        **sealed,
    )


def _audit(unit: UnitOfWork, placement_id: UUID, case_id: UUID, version: int, act: str) -> None:
    unit.audit(
        "placement.record",
        subject_kind="placement",
        subject_id=placement_id,
        version=version,
        cases=[case_id],
        changed=["state"],
        act=act,
    )


async def _find(unit: UnitOfWork, placement_id: UUID, *, lock: bool = False) -> RowMapping | None:
    query = select(placement).where(placement.c.id == placement_id)
    row: RowMapping | None = (await unit.execute(query.with_for_update() if lock else query)).mappings().first()
    return row


async def _placement(unit: UnitOfWork, placement_id: UUID, *, lock: bool = False) -> RowMapping:
    row = await _find(unit, placement_id, lock=lock)
    if row is None:
        raise NotFound("placement.unknown")
    return row


async def read_placement(unit: UnitOfWork, placement_id: UUID) -> tuple[RowMapping, list[dict[str, Any]]]:
    """Return a stay in the actor's shelter and its steps, the oldest first; notes open where the case is seen."""
    row = await _placement(unit, placement_id)
    query = select(placement_event).where(placement_event.c.placement_id == placement_id)
    rows = list((await unit.execute(query.order_by(placement_event.c.at, placement_event.c.id))).mappings())
    seen = any(event["note"] for event in rows) and await unit.may_see(row["case_id"], DataClass.MILESTONES)
    events = [
        {**event, **(await unit.open_for_case(row["case_id"], EVENTS, dict(event), "note") if seen else {"note": None})}
        for event in rows
    ]
    unit.audit("placement.read", subject_kind="placement", subject_id=placement_id, cases=[row["case_id"]])
    return row, events


async def stay_of(unit: UnitOfWork, case_id: UUID) -> RowMapping | None:
    """Return the stay by which a case holds a bed of the actor's shelter, None where it holds none."""
    query = (
        select(placement)
        .where(placement.c.case_id == case_id, placement.c.state.in_([s.value for s in State if possible(s)]))
        .order_by(placement.c.id.desc())
        .limit(1)
    )
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    unit.audit("placement.read", subject_kind="placement", subject_id=row["id"] if row else None, cases=[case_id])
    return row


async def take_step(unit: UnitOfWork, placement_id: UUID, form: PlacementStep, expected: int | None) -> RowMapping:
    """Admit, note an absence or a return, or give a reservation up; guarded by the version."""
    row = await _placement(unit, placement_id, lock=True)
    await unit.check_version(placement_id, row["version"], expected)
    act = Act(form.act)
    after = step(State(row["state"]), act, unit.now, row["reserved_until"])
    values: dict[str, object] = {"state": after.value}
    if act is Act.ADMIT:
        values |= {"admitted_at": unit.now, "reserved_until": None}
    if act is Act.CANCEL:
        values |= {"ends_on": row["starts_on"]}
    await _change(unit, row, values)
    await _event(unit, placement_id, row["case_id"], form.act, note=form.reason)
    if act is Act.ADMIT:
        case = await unit.case(row["case_id"], "case.read")
        await record_move(unit, case, "placement", form.best_interest_reason, placement_id=placement_id)
        await record_event(unit, case, "ADMITTED", unit.now, subject_kind="placement", subject_id=placement_id)
    _audit(unit, placement_id, row["case_id"], row["version"] + 1, form.act)
    return await _placement(unit, placement_id)


async def move_bed(unit: UnitOfWork, placement_id: UUID, form: MoveBed, expected: int | None) -> RowMapping:
    """Move to another bed from tonight on.

    The nights already slept stay with the old bed: they become a closed stay of their own, and this one goes on.
    """
    row = await _placement(unit, placement_id, lock=True)
    await unit.check_version(placement_id, row["version"], expected)
    step(State(row["state"]), Act.MOVE, unit.now, row["reserved_until"])
    chosen = await one_bed(unit, form.bed_id)
    if form.bed_id == row["bed_id"]:
        raise Invalid.one("bed_id", "placement.same_bed")
    if not chosen["in_use"]:
        raise Conflict("bed.out_of_use")
    await release_lapsed(unit)
    day = today(unit)
    values: dict[str, object] = {"bed_id": form.bed_id, "bed_number": chosen["number"]}
    if row["starts_on"] < day:
        unit.add(
            placement,
            id=uuid7(),
            case_id=row["case_id"],
            org_id=row["org_id"],
            bed_id=row["bed_id"],
            bed_number=row["bed_number"],
            referral_id=row["referral_id"],
            account_id=unit.actor.account_id,
            state=State.DISCHARGED.value,
            starts_on=row["starts_on"],
            ends_on=day,
            admitted_at=row["admitted_at"],
            discharged_at=unit.now,
            discharge_reason="moved_bed",
            override_warnings=[],
            version=1,
        )
        values["starts_on"] = day
    await _change(unit, row, values)
    await _event(unit, placement_id, row["case_id"], "move", from_bed=row["bed_id"], to_bed=form.bed_id)
    _audit(unit, placement_id, row["case_id"], row["version"] + 1, "move")
    return await _placement(unit, placement_id)


async def discharge(unit: UnitOfWork, placement_id: UUID, form: Discharge, expected: int | None) -> RowMapping:
    """End a stay with its reason; the bed is free from tonight on."""
    check_codes(form, unit.profile)
    row = await _placement(unit, placement_id, lock=True)
    await unit.check_version(placement_id, row["version"], expected)
    after = step(State(row["state"]), Act.DISCHARGE, unit.now, reason=form.reason)
    sealed = await unit.seal_for_case(row["case_id"], TABLE, placement_id, {"note": form.note})
    values: dict[str, object] = {
        "state": after.value,
        "ends_on": max(today(unit), row["starts_on"]),
        "discharged_at": unit.now,
        "discharge_reason": form.reason,
        "accommodation_after": form.accommodation_after,
    }
    if form.note is not None:
        values |= sealed
    await _change(unit, row, values)
    await _event(unit, placement_id, row["case_id"], "discharge", reason=form.reason)
    case = await unit.case(row["case_id"], "case.read")
    goes_to, kind = form.accommodation_after, await _kind(unit)
    await check_leaving(unit, case, kind, form.approvals, goes_to, form.note, placement_id)
    if form.reason in MOVES_ON_LEAVING:
        why = form.best_interest_reason
        await record_move(unit, case, MOVES_ON_LEAVING[form.reason], why, placement_id=placement_id)
    await record_event(
        unit,
        case,
        "EXITED" if form.assistance_ends else "discharged",
        unit.now,
        subject_kind="placement",
        subject_id=placement_id,
        reason=form.reason,
    )
    _audit(unit, placement_id, row["case_id"], row["version"] + 1, "discharge")
    return await _placement(unit, placement_id)


async def _change(unit: UnitOfWork, row: RowMapping, values: dict[str, object]) -> None:
    try:
        await unit.execute(
            update(placement).where(placement.c.id == row["id"]).values(**values, version=row["version"] + 1)
        )
    except IntegrityError as error:
        raise _taken(error) from error


async def release_lapsed(unit: UnitOfWork) -> int:
    """Let lapsed reservations of this shelter (for the program: of every shelter) go; returns how many."""
    lapsed = (
        update(placement)
        .where(placement.c.state == State.RESERVED.value, placement.c.reserved_until <= unit.now)
        .values(state=State.EXPIRED.value, ends_on=placement.c.starts_on, version=placement.c.version + 1)
        .returning(placement.c.id, placement.c.case_id, placement.c.org_id)
    )
    rows = (await unit.execute(lapsed)).mappings().all()
    for row in rows:
        await _event(unit, row["id"], row["case_id"], "expire", org_id=row["org_id"])
    return len(rows)


async def expire_reservations(unit: UnitOfWork) -> int:
    """Release every lapsed reservation of the jurisdiction, as the program itself; returns how many."""
    count = await release_lapsed(unit)
    if count:
        unit.audit("system.maintain", subject_kind="placement", expired=count)
    else:
        unit.quiet = True
    return count


async def case_codes(unit: UnitOfWork, ids: list[UUID]) -> dict[UUID, str]:
    """Return the codes of the cases the actor sees."""
    if not ids:
        return {}
    rows = await unit.execute(select(case_file.c.id, case_file.c.code).where(case_file.c.id.in_(ids)))
    return {row.id: row.code for row in rows}
