"""Services delivered: for one person or for a group, in one act."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.domain.forms.fields import CodeOf, Form, NewId, OptionalLong, blank_is_none

OptionalCode = BeforeValidator(blank_is_none)
Quantity = Annotated[Decimal | None, Field(gt=0, le=9999, max_digits=6, decimal_places=2), OptionalCode]


class RecordDelivery(Form):
    """One service for one or several persons; what is left open is taken from the profile."""

    concept: ClassVar[str] = "deliveries"

    id: NewId | None = None
    case_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=60)]
    service_type: Annotated[str, CodeOf("service_type")]
    delivered_on: date
    quantity: Quantity = None
    unit: Annotated[str | None, CodeOf("service_unit"), OptionalCode] = None
    setting: Annotated[str | None, CodeOf("service_setting"), OptionalCode] = None
    phase: Annotated[str | None, CodeOf("service_phase"), OptionalCode] = None
    package: Annotated[str | None, CodeOf("service_package"), OptionalCode] = None
    outcome: Literal["delivered", "refused"] = "delivered"
    refusal_reason: Annotated[str | None, CodeOf("refusal_reason"), OptionalCode] = None
    note: OptionalLong = None


class CorrectDelivery(Form):
    """A correction takes the place of a record; `void` takes it back."""

    concept: ClassVar[str] = "deliveries"

    quantity: Quantity = None
    delivered_on: Annotated[date | None, OptionalCode] = None
    void: bool = False
    correction_reason: Literal["wrong_person", "wrong_service", "wrong_day", "wrong_quantity", "entered_twice"]
