"""Services delivered: record for one or for a group, correct by a new record, list, and the month sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select, text, update

from app.domain.case_life import help_track
from app.domain.deliveries import check_day, check_outcome, complete
from app.domain.forms.deliveries import CorrectDelivery, RecordDelivery
from app.domain.forms.fields import check_codes
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid, NotFound
from app.services.events import HELP_KINDS, events_of, help_event, record_event
from app.services.placements import today
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.deliveries import service_delivery

TABLE = "casework.service_delivery"


async def record_delivery(unit: UnitOfWork, form: RecordDelivery) -> list[UUID]:
    """Record one service for each named person; returns the records' ids in the order of the cases.

    Never asks for a status or for cooperation. A refusal is kept with its reason and changes nothing else for the
    person. The same client-made id again records nothing new.
    """
    check_outcome(form.outcome, form.refusal_reason)
    if len(set(form.case_ids)) != len(form.case_ids):
        raise Invalid.one("case_ids", "delivery.person_twice")
    group = form.id or uuid7()
    if form.id is not None:
        before = await _group(unit, group)
        if before:
            unit.audit(
                "service.record",
                subject_kind="delivery",
                subject_id=group,
                cases=[row["case_id"] for row in before],
                outcome="repeated",
            )
            return [row["id"] for row in before]
    cases = [await unit.case(case_id, "case.read") for case_id in form.case_ids]
    zone = ZoneInfo(unit.profile.timezone)
    check_day(form.delivered_on, today(unit), [case["opened_at"].astimezone(zone).date() for case in cases])
    made = [await _record_one(unit, form, case, group, len(cases) > 1) for case in cases]
    unit.audit(
        "service.record",
        subject_kind="delivery",
        subject_id=group,
        cases=form.case_ids,
        service_type=form.service_type,
        persons_served=len(cases),
        outcome_kind=form.outcome,
    )
    return made


async def _group(unit: UnitOfWork, group: UUID) -> list[RowMapping]:
    query = select(service_delivery.c.id, service_delivery.c.case_id).where(service_delivery.c.group_id == group)
    return list((await unit.execute(query.order_by(service_delivery.c.id))).mappings())


async def _record_one(unit: UnitOfWork, form: RecordDelivery, case: CaseRow, group: UUID, together: bool) -> UUID:
    profile = unit.profile_of(case)
    check_codes(form, profile, age="child" if case["is_child"] else "adult")
    service = profile.code("service_type", form.service_type)
    story = await events_of(unit, case["id"])
    helped = help_track(help_event(row) for row in story if row["kind"] in HELP_KINDS)
    whole = complete(
        service, unit=form.unit, setting=form.setting, phase=form.phase, default_phase=helped.phase or "INITIAL"
    )
    delivery_id = uuid7()
    sealed = await unit.seal_for_case(case["id"], TABLE, delivery_id, {"note": form.note})
    unit.add(
        service_delivery,
        id=delivery_id,
        case_id=case["id"],
        jurisdiction=case["jurisdiction"],
        org_id=unit.actor.org_id,
        account_id=unit.actor.account_id,
        group_id=group,
        service_type=form.service_type,
        package=form.package,
        phase=whole.phase,
        setting=whole.setting,
        delivered_on=form.delivered_on,
        recorded_at=unit.now,
        quantity=form.quantity or Decimal(1),
        unit=whole.unit,
        outcome=form.outcome,
        refusal_reason=form.refusal_reason,
        data_class=whole.data_class.value,
        note=sealed["note"],
    )
    if form.outcome == "delivered":
        await _tell(unit, case, form, delivery_id, whole.data_class.value, [row["kind"] for row in story])
    return delivery_id


async def _tell(
    unit: UnitOfWork, case: CaseRow, form: RecordDelivery, delivery_id: UUID, data_class: str, kinds: Sequence[str]
) -> None:
    """Add the service to the story of the case; the first one ever is a milestone of its own."""
    at = moment_of(unit, form.delivered_on)
    if "FIRST_SERVICE_DELIVERED" not in kinds:
        await record_event(unit, case, "FIRST_SERVICE_DELIVERED", at)
    await record_event(
        unit,
        case,
        "SERVICE_DELIVERED",
        at,
        data_class=data_class,
        subject_kind="delivery",
        subject_id=delivery_id,
        service_type=form.service_type,
    )


def moment_of(unit: UnitOfWork, day: date) -> datetime:
    """Return a moment for a day: now where it is today, noon of the day otherwise."""
    if day == today(unit):
        return unit.now
    return datetime.combine(day, time(12), ZoneInfo(unit.profile.timezone))


async def correct_delivery(unit: UnitOfWork, delivery_id: UUID, form: CorrectDelivery) -> UUID:
    """Correct one of our records by a new one that takes its place, or take it back; returns the new id."""
    query = select(service_delivery).where(service_delivery.c.id == delivery_id)
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    if row is None or row["org_id"] != unit.actor.org_id:
        raise NotFound("delivery.unknown")
    if row["superseded_by"] is not None:
        raise Conflict("delivery.already_corrected")
    if not form.void and form.quantity is None and form.delivered_on is None:
        raise Invalid.one("quantity", "delivery.nothing_corrected")
    if form.delivered_on is not None:
        case = await unit.case(row["case_id"], "case.read")
        opened = case["opened_at"].astimezone(ZoneInfo(unit.profile.timezone)).date()
        check_day(form.delivered_on, today(unit), [opened])
    new_id = uuid7()
    # whatever a record holds goes with it, also what is added to it later; only what is corrected is named below
    kept = {name: value for name, value in row.items() if name not in ("note", "superseded_by")}
    said = await unit.open_for_case(row["case_id"], TABLE, dict(row), "note")
    sealed = await unit.seal_for_case(row["case_id"], TABLE, new_id, said)
    unit.add(
        service_delivery,
        **kept
        | {
            "id": new_id,
            "account_id": unit.actor.account_id,
            "delivered_on": form.delivered_on or row["delivered_on"],
            "recorded_at": unit.now,
            "quantity": form.quantity or row["quantity"],
            "outcome": "void" if form.void else row["outcome"],
            "corrects": delivery_id,
            "correction_reason": form.correction_reason,
        },
        **sealed,
    )
    replaced = await unit.execute(
        update(service_delivery)
        .where(service_delivery.c.id == delivery_id, service_delivery.c.superseded_by.is_(None))
        .values(superseded_by=new_id)
    )
    if replaced.rowcount != 1:
        raise Conflict("delivery.already_corrected")
    unit.audit(
        "service.record",
        subject_kind="delivery",
        subject_id=new_id,
        cases=[row["case_id"]],
        changed=["outcome"] if form.void else [n for n in ("quantity", "delivered_on") if getattr(form, n) is not None],
        reason=form.correction_reason,
    )
    return new_id


async def list_deliveries(
    unit: UnitOfWork, case_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return the standing records of a case that the actor may see, the newest first, notes opened; paged by key."""
    await unit.case(case_id, "case.read")
    query = (
        select(service_delivery)
        .where(service_delivery.c.case_id == case_id, service_delivery.c.superseded_by.is_(None))
        .where(service_delivery.c.outcome != "void")
        .order_by(service_delivery.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(service_delivery.c.id < after)
    rows = (await unit.execute(query)).mappings().all()
    unit.audit(
        "service.read",
        subject_kind="delivery",
        cases=[case_id],
        classes={row["data_class"] for row in rows},
        shown=len(rows),
    )
    return [{**row, **await unit.open_for_case(case_id, TABLE, row, "note")} for row in rows]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One service of a month: how much on each day that has a record, and what the month adds up to."""

    service_type: str
    unit: str
    days: dict[int, Decimal]
    quantity: Decimal
    deliveries: int
    refusals: int


async def month_sheet(unit: UnitOfWork, first_day: date) -> list[SheetRow]:
    """Return the month of the actor's organisation, also of persons whose case it no longer sees: counts only."""
    rows = (
        (await unit.execute(text("select * from casework.month_sheet(:first)"), {"first": first_day})).mappings().all()
    )
    sheet: dict[tuple[str, str], SheetRow] = {}
    for row in rows:
        key = (row["service_type"], row["unit"])
        before = sheet.get(key, SheetRow(*key, {}, Decimal(0), 0, 0))
        day = row["delivered_on"].day
        sheet[key] = SheetRow(
            *key,
            {**before.days, day: before.days.get(day, Decimal(0)) + row["quantity"]},
            before.quantity + row["quantity"],
            before.deliveries + row["deliveries"],
            before.refusals + row["refusals"],
        )
    unit.audit("service.read", subject_kind="month_sheet", shown=len(sheet), month=first_day.strftime("%Y-%m"))
    return [sheet[key] for key in sorted(sheet)]
