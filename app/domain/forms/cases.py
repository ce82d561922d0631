"""Registering a person: urgent needs and danger first, then who the person is, as far as they want to say."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Form,
    Known,
    Moment,
    NewId,
    OptionalLong,
    OptionalShort,
    PlaceOf,
    ShortText,
    Shown,
    blank_is_none,
)


class UrgentNeeds(Form):
    """Danger and urgent needs, asked before anything else and independent of any status."""

    concept: ClassVar[str] = "registration"

    danger: Known = "not_asked"
    needs: Annotated[tuple[str, ...], CodeOf("need_domain"), Field(max_length=30)] = ()
    met: Annotated[tuple[str, ...], CodeOf("need_domain"), Field(max_length=30)] = ()
    note: OptionalLong = None


class Contact(Form):
    """A way to reach the person, and whether using it is safe."""

    concept: ClassVar[str] = "registration"

    kind: Literal["phone", "message", "email", "through_other"] = "phone"
    value: ShortText
    safe: Literal["yes", "no", "unknown"] = "unknown"
    safe_when: OptionalShort = None


class IdentityDocument(Form):
    """An identity document, as far as it was seen."""

    concept: ClassVar[str] = "registration"

    kind: Literal["identity_card", "passport", "birth_certificate", "residence_permit", "asylum_card", "other"] = (
        "identity_card"
    )
    number: ShortText
    country: Annotated[str | None, CodeOf("country"), BeforeValidator(blank_is_none)] = None


Year = Annotated[int | None, Field(ge=1900, le=2100), BeforeValidator(blank_is_none)]
Month = Annotated[int | None, Field(ge=1, le=12), BeforeValidator(blank_is_none)]
Day = Annotated[int | None, Field(ge=1, le=31), BeforeValidator(blank_is_none)]
Age = Annotated[int | None, Field(ge=0, le=120), BeforeValidator(blank_is_none)]


class Identity(Form):
    """Who the person is: kept in the vault only, every part may be unknown."""

    concept: ClassVar[str] = "registration"

    given_names: OptionalShort = None
    family_names: OptionalShort = None
    aliases: Annotated[tuple[ShortText, ...], Field(max_length=10)] = ()
    sex: Annotated[str, CodeOf("sex")] = "UNKNOWN"
    gender: Annotated[str | None, CodeOf("gender", sensitive=True), BeforeValidator(blank_is_none)] = None
    birth_year: Year = None
    birth_month: Month = None
    birth_day: Day = None
    estimated_from: Age = None
    estimated_to: Age = None
    age_basis: OptionalShort = None
    age_doubted: bool = False
    birth_place: OptionalShort = None
    citizenships: Annotated[tuple[str, ...], CodeOf("country"), Field(max_length=5), Shown("autocomplete")] = ()
    documents: Annotated[tuple[IdentityDocument, ...], Field(max_length=5)] = ()
    contacts: Annotated[tuple[Contact, ...], Field(max_length=8)] = ()


class RegisterCase(Form):
    """A person is registered and a case file opened, by one officer alone where need be."""

    concept: ClassVar[str] = "registration"

    id: NewId | None = None
    signal_id: UUID | None = None
    person_id: UUID | None = None
    urgent: UrgentNeeds = UrgentNeeds()
    first_contact_at: Moment
    urgency: Annotated[str, CodeOf("urgency")] = "STANDARD"
    municipality: Annotated[str | None, PlaceOf("municipality"), BeforeValidator(blank_is_none)] = None
    detection_source: Annotated[str | None, CodeOf("detection_source"), BeforeValidator(blank_is_none)] = None
    without_identity: bool = False
    identity: Identity = Identity()
    languages: Annotated[tuple[str, ...], CodeOf("language"), Field(max_length=6)] = ()
    interpreter_needed: bool = False


class CorrectPerson(Form):
    """A correction of who the person is; the earlier state stays in the vault's history."""

    concept: ClassVar[str] = "registration"

    identity: Identity
    languages: Annotated[tuple[str, ...] | None, CodeOf("language")] = None
    interpreter_needed: bool | None = None
    reason: Literal["mistake", "new_information", "document_seen", "age_assessed"] = "new_information"


class SearchPersons(Form):
    """A search before registering; never part of an address, never written down."""

    concept: ClassVar[str] = "search"

    text: OptionalShort = None
    birth_year: Year = None
    document: OptionalShort = None


class DecideDuplicate(Form):
    """A person decides whether two records are of the same person."""

    concept: ClassVar[str] = "search"

    same: bool


class CompleteRegistration(Form):
    """What the case file says of where the person was found, and by whom: completed later, or put right."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"municipality": "AL-06-02", "detection_source": "MOBILE_UNIT"}]}
    )
    concept: ClassVar[str] = "registration"

    municipality: Annotated[str | None, PlaceOf("municipality"), BeforeValidator(blank_is_none)] = None
    detection_source: Annotated[str | None, CodeOf("detection_source"), BeforeValidator(blank_is_none)] = None
