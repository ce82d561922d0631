"""Beds of the actor's shelter: add, change, list, and who holds them on which nights."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, and_, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.domain.forms.fields import check_codes
from app.domain.forms.placements import AddBed, ChangeBed
from app.domain.ids import uuid7
from app.domain.placements import HOLDS_A_BED
from app.domain.problems import Conflict, Invalid, NotFound
from app.services.unit_of_work import UnitOfWork
from app.storage.database import constraint_name
from app.storage.placements import bed, placement

HOLDING = [state.value for state in HOLDS_A_BED]


async def list_beds(unit: UnitOfWork) -> list[RowMapping]:
    """Return every bed of the actor's shelter, by label."""
    rows = (await unit.execute(select(bed).order_by(bed.c.label))).mappings().all()
    unit.audit("bed.read", subject_kind="bed", shown=len(rows))
    return list(rows)


async def one_bed(unit: UnitOfWork, bed_id: UUID, *, lock: bool = False) -> RowMapping:
    """Return a bed of the actor's shelter; `NotFound` for any other."""
    query = select(bed).where(bed.c.id == bed_id)
    row: RowMapping | None = (await unit.execute(query.with_for_update() if lock else query)).mappings().first()
    if row is None:
        raise NotFound("bed.unknown")
    return row


async def add_bed(unit: UnitOfWork, form: AddBed) -> UUID:
    """Add a bed; its label is unique in the shelter. Returns its id."""
    check_codes(form, unit.profile)
    bed_id = form.id or uuid7()
    unit.add(
        bed,
        id=bed_id,
        org_id=unit.actor.org_id,
        label=form.label,
        room=form.room,
        attributes=list(form.attributes),
        in_use=True,
        version=1,
    )
    await _flush(unit)
    unit.audit("bed.manage", subject_kind="bed", subject_id=bed_id, version=1)
    return bed_id


async def _flush(unit: UnitOfWork) -> None:
    try:
        await unit.flush()
    except IntegrityError as error:
        if constraint_name(error) == "uq_bed_org_id_label":
            raise Invalid.one("label", "bed.label_taken") from error
        raise


async def change_bed(unit: UnitOfWork, bed_id: UUID, form: ChangeBed, expected: int | None) -> int:
    """Change a bed under its version; out of use needs a reason and nobody in it. Returns the new version."""
    check_codes(form, unit.profile)
    row = await one_bed(unit, bed_id, lock=True)
    await unit.check_version(bed_id, row["version"], expected)
    if not form.in_use and form.out_of_use_reason is None:
        raise Invalid.one("out_of_use_reason", "field.missing")
    if not form.in_use:
        held = select(placement.c.id).where(placement.c.bed_id == bed_id, placement.c.state.in_(HOLDING)).limit(1)
        if (await unit.execute(held)).scalar() is not None:
            raise Conflict("bed.held")
    values = {
        "label": form.label,
        "room": form.room,
        "attributes": list(form.attributes),
        "in_use": form.in_use,
        "out_of_use_reason": None if form.in_use else form.out_of_use_reason,
    }
    changed = [name for name, value in values.items() if row[name] != value]
    try:
        await unit.execute(update(bed).where(bed.c.id == bed_id).values(**values, version=row["version"] + 1))
    except IntegrityError as error:
        if constraint_name(error) == "uq_bed_org_id_label":
            raise Invalid.one("label", "bed.label_taken") from error
        raise
    unit.audit("bed.manage", subject_kind="bed", subject_id=bed_id, version=row["version"] + 1, changed=changed)
    return int(row["version"]) + 1


async def held_between(unit: UnitOfWork, first: date, nights: int) -> list[RowMapping]:
    """Return the placements of the shelter that hold a bed on one of `nights` nights from `first` on."""
    last = first + timedelta(days=nights)
    query = select(placement).where(
        placement.c.state.in_(HOLDING),
        and_(placement.c.starts_on < last, or_(placement.c.ends_on.is_(None), placement.c.ends_on > first)),
    )
    rows = (await unit.execute(query.order_by(placement.c.bed_number, placement.c.starts_on))).mappings().all()
    unit.audit("placement.read", subject_kind="placement", cases=[row["case_id"] for row in rows], shown=len(rows))
    return list(rows)
