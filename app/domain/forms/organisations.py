"""Organisations an administrator looks after: names and facts, never an address or a telephone number."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from app.domain.forms.fields import CodeOf, Form, OptionalShort, PlaceOf, ShortText, blank_is_none


class ChangeOrganisation(Form):
    """The facts of an organisation; a code is never changed."""

    concept: ClassVar[str] = "organisations"

    name_sq: ShortText
    name_en: ShortText
    name_sr: OptionalShort = None
    kind: Annotated[str, CodeOf("organisation_kind"), Field(examples=["NGO"])]
    county: Annotated[str | None, PlaceOf("any"), BeforeValidator(blank_is_none)] = None
    answers_referrals: bool = False
    languages: Annotated[tuple[str, ...], CodeOf("language"), Field(max_length=40)] = ()
    services: Annotated[tuple[str, ...], CodeOf("service_type"), Field(max_length=60)] = ()
    admits: Annotated[tuple[str, ...], CodeOf("shelter_attribute"), Field(max_length=40)] = ()
    active: bool = True


class AddOrganisation(ChangeOrganisation):
    """A new organisation; without `code` one is made."""

    code: Annotated[
        Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{1,39}$", examples=["OJQ-DRITA"])] | None,
        BeforeValidator(blank_is_none),
    ] = None
