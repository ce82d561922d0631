"""Consent: what the person said about whose eyes may see what, and how it was asked."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Day,
    Form,
    Interpreter,
    Moment,
    NewId,
    OptionalLong,
    OptionalShort,
    OrganisationOf,
    Shown,
    blank_is_none,
)

Shareable = Literal["milestones", "identity", "casework", "identification", "health", "legal"]
"""Data classes that a consent or a referral can name; the address of a shelter is never among them."""

Told = Literal["purpose", "recipients", "data", "voluntary", "withdrawal", "retention", "rights"]
"""What the person was told (HTCDS 2.0, con_Consent checklist; own wording)."""


class RecordConsent(Form):
    """A yes, a not now, or a basis that stands without asking: one entry of the ledger."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "REFERRAL_NAMED_BODY",
                    "answer": "given",
                    "recipient_org_id": "01920f8a-5c0e-7a51-9a53-0a5c6a8e2f10",
                    "data_classes": ["milestones", "identity", "health"],
                    "language": "sq",
                    "text_version": "1.0",
                    "form": "WRITTEN",
                    "told": ["purpose", "recipients", "data", "voluntary", "withdrawal"],
                    "basis": "ADULT_CONSENT",
                    "given_at": "2026-03-02T10:55:00+01:00",
                },
                {"purpose": "POLICE", "answer": "refused", "given_at": "2026-03-02T10:56:00+01:00"},
            ]
        }
    )
    concept: ClassVar[str] = "consents"

    id: Annotated[NewId | None, Shown("hidden")] = None
    purpose: Annotated[str, CodeOf("consent_purpose")]
    recipient_org_id: Annotated[UUID | None, OrganisationOf(), BeforeValidator(blank_is_none)] = None
    recipient_kind: Annotated[str | None, CodeOf("organisation_kind"), BeforeValidator(blank_is_none)] = None
    recipient_country: Annotated[
        str | None, CodeOf("country"), Shown("autocomplete"), BeforeValidator(blank_is_none)
    ] = None
    data_classes: Annotated[tuple[Shareable, ...], Field(max_length=6)] = ()
    conditions: OptionalLong = None
    answer: Literal["given", "refused", "not_asked"]
    given_at: Moment
    valid_until: Annotated[Day | None, BeforeValidator(blank_is_none)] = None
    form: Annotated[str | None, CodeOf("consent_form"), BeforeValidator(blank_is_none)] = None
    language: Annotated[str | None, CodeOf("language"), Shown("autocomplete"), BeforeValidator(blank_is_none)] = None
    interpreter: Interpreter = "not_needed"
    text_version: OptionalShort = None
    told: Annotated[tuple[Told, ...], Field(max_length=7)] = ()
    witness: OptionalShort = None
    basis: Annotated[str | None, CodeOf("consent_basis"), BeforeValidator(blank_is_none)] = None
    basis_note: OptionalLong = None
    assent: Annotated[Literal["agrees", "disagrees", "not_able"] | None, BeforeValidator(blank_is_none)] = None
    guardian_name: OptionalShort = None
    guardian_relation: Annotated[
        Literal["guardian", "parent", "legal_representative", "other"] | None, BeforeValidator(blank_is_none)
    ] = None
    guardian_appointment: OptionalShort = None
    guardian_suspected: bool = False
    best_interest_note: OptionalLong = None


class WithdrawConsent(Form):
    """The person takes a yes back. Nothing has to be explained; how it was said may be noted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"form": "ORAL_WITNESSED"}]})
    concept: ClassVar[str] = "consents"

    form: Annotated[str | None, CodeOf("consent_form"), BeforeValidator(blank_is_none)] = None
