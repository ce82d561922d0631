"""Programs that send signals: how an administrator registers one, and what it sends."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Form,
    LongText,
    Moment,
    NewId,
    OptionalShort,
    OrganisationOf,
    PlaceOf,
    ShortText,
    blank_is_none,
)
from app.domain.forms.signals import SignalDetails


class RegisterClient(Form):
    """A program (the hotline's software, the app) that sends signals of one channel for one organisation."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "Raporto dhe Shpëto",
                    "org_id": "01890f3e-0000-7000-8000-000000000000",
                    "channel": "APP_RAPORTO",
                }
            ]
        },
    )
    concept: ClassVar[str] = "intake"

    name: ShortText
    org_id: Annotated[UUID, OrganisationOf()]
    channel: Annotated[str, CodeOf("signal_channel")]


class RegisterKey(Form):
    """The public half of an Ed25519 key: 32 bytes in base64, or the PEM that OpenSSL writes. Never the private half."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}]},
    )
    concept: ClassVar[str] = "intake"

    public_key: Annotated[LongText, Field(max_length=1000)]


class IntakeSignal(Form):
    """A signal as a program sends it. The channel is the program's own; `id` is made by the program, once a signal."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "019508d4-7a6e-7c1e-9d5e-3f1f6a2b4c5d",
                    "received_at": "2026-03-02T10:00:00+01:00",
                    "urgency": "URGENT",
                    "place": "AL-01-01",
                    "child_suspected": True,
                    "summary": "Një fëmijë lyp te stacioni, e ruan një burrë.",
                    "anonymous": True,
                    "details": {"app_reference": "RSH-1042"},
                }
            ]
        },
    )
    concept: ClassVar[str] = "signals"

    id: NewId
    received_at: Moment
    urgency: Annotated[str, CodeOf("urgency")]
    immediate_danger: bool | None = None
    place: Annotated[str | None, PlaceOf("municipality"), BeforeValidator(blank_is_none)] = None
    persons: Annotated[int | None, Field(ge=1, le=500)] = None
    sex: Annotated[str | None, CodeOf("sex")] = None
    child_suspected: bool | None = None
    suspected_forms: Annotated[tuple[str, ...], CodeOf("form_of_exploitation"), Field(max_length=20)] = ()
    summary: LongText
    anonymous: bool = False
    reporter_contact: OptionalShort = None
    details: SignalDetails = SignalDetails()
