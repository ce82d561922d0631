"""Services delivered: `/api/v1/services`, `/api/v1/cases/{id}/services`."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.api.routing import After, ConceptRouter, Limit, Listed, Out, Unit
from app.domain.forms.deliveries import CorrectDelivery, RecordDelivery
from app.services import deliveries

router = ConceptRouter("/services", "services")
case_router = ConceptRouter("/cases", "services")


class DeliveryOut(Out):
    """One service delivered to one person, or refused by them."""

    id: UUID
    service_type: str
    package: str | None
    phase: str
    setting: str
    delivered_on: date
    quantity: Decimal
    unit: str
    outcome: str
    refusal_reason: str | None
    data_class: str
    org_id: UUID
    recorded_at: datetime
    note: str | None


class SheetRowOut(Out):
    """One service of a month; days without a record are left out, they are not zero."""

    service_type: str
    unit: str
    days: dict[int, Decimal]
    quantity: Decimal
    deliveries: int
    refusals: int


@router.act("POST", "", action="service.record", status_code=201, summary="Record a service for one or for a group")
async def record(unit: Unit, form: RecordDelivery) -> dict[str, list[UUID]]:
    """Record it for every named person or for none of them."""
    return {"ids": await deliveries.record_delivery(unit, form)}


@router.act("POST", "/{delivery_id}/correction", action="service.record", status_code=201, summary="Correct a record")
async def correct(unit: Unit, delivery_id: UUID, form: CorrectDelivery) -> dict[str, UUID]:
    """Put a new record in the place of one of ours, or take it back."""
    return {"id": await deliveries.correct_delivery(unit, delivery_id, form)}


@router.act("GET", "/month", action="service.read", summary="The month sheet of the caller's organisation")
async def month(unit: Unit, first_day: date) -> list[SheetRowOut]:
    """Return what was delivered in the month of `first_day`, counted by service and day."""
    return [SheetRowOut.model_validate(row) for row in await deliveries.month_sheet(unit, first_day)]


@case_router.act("GET", "/{case_id}/services", action="service.read", summary="The services of a case")
async def listed(unit: Unit, case_id: UUID, after: After = None, limit: Limit = 50) -> Listed[DeliveryOut]:
    """Return the standing records the caller may see, the newest first."""
    rows = await deliveries.list_deliveries(unit, case_id, after=after, limit=limit)
    items = [DeliveryOut.model_validate(row) for row in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)
