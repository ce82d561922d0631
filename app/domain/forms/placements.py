"""Beds of a shelter, and a person's stay in one of them."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from app.domain.forms.fields import CodeOf, Form, NewId, OptionalLong, OptionalShort, Shown, blank_is_none

OptionalDay = Annotated[date | None, BeforeValidator(blank_is_none)]
OptionalId = Annotated[UUID | None, BeforeValidator(blank_is_none)]
DischargeReason = Literal[
    "planned_move", "to_family", "to_other_shelter", "own_choice", "returned_country", "contact_lost", "other"
]
OutOfUse = Literal["repair", "cleaning", "missing", "room_closed", "other"]
"""Why nobody sleeps in a bed; a code, since what is said about a bed belongs to no case whose key could seal it."""
BedName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=12, pattern=r"^\w[\w ./-]*$")]
"""What stands on a bed or a door, such as `4B`: too short for a sentence, and an address is never kept."""
OptionalBedName = Annotated[BedName | None, BeforeValidator(blank_is_none)]


class AddBed(Form):
    """A bed as the shelter calls it; no name of a person and no address."""

    concept: ClassVar[str] = "placements"

    id: NewId | None = None
    label: Annotated[BedName, Field(examples=["4B"])]
    room: Annotated[OptionalBedName, Field(examples=["4"])] = None
    attributes: Annotated[tuple[str, ...], CodeOf("shelter_attribute"), Field(max_length=40)] = ()


class ChangeBed(Form):
    """Rename a bed, or take it out of use with a reason."""

    concept: ClassVar[str] = "placements"

    label: Annotated[BedName, Field(examples=["4B"])]
    room: Annotated[OptionalBedName, Field(examples=["4"])] = None
    attributes: Annotated[tuple[str, ...], CodeOf("shelter_attribute"), Field(max_length=40)] = ()
    in_use: bool = True
    out_of_use_reason: Annotated[OutOfUse | None, BeforeValidator(blank_is_none)] = None


class ReserveBed(Form):
    """Hold a bed for somebody; the reservation lapses by itself."""

    concept: ClassVar[str] = "placements"

    id: NewId | None = None
    case_id: UUID
    bed_id: UUID
    referral_id: OptionalId = None
    starts_on: date
    ends_on: OptionalDay = None
    hours: Annotated[int, Field(ge=1, le=72)] = 24
    override_reason: OptionalShort = None
    note: OptionalLong = None


class PlacementStep(Form):
    """Admit, leave for some time, come back, or give the reservation up."""

    concept: ClassVar[str] = "placements"

    act: Literal["admit", "leave", "return", "cancel"]
    reason: OptionalShort = None
    best_interest_reason: OptionalLong = None


class MoveBed(Form):
    """Move to another bed of the same shelter, from tonight on."""

    concept: ClassVar[str] = "placements"

    bed_id: UUID


class Discharge(Form):
    """The end of a stay, and where the person goes, as far as they want to say."""

    concept: ClassVar[str] = "placements"

    reason: Annotated[DischargeReason, Shown("radios")]
    accommodation_after: Annotated[str | None, CodeOf("accommodation_kind"), BeforeValidator(blank_is_none)] = None
    assistance_ends: bool = False
    approvals: Annotated[tuple[str, ...], CodeOf("organisation_kind"), Field(max_length=6)] = ()
    best_interest_reason: OptionalLong = None
    note: OptionalLong = None
