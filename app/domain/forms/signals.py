"""Recording a signal and deciding what becomes of it."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.domain.forms.fields import (
    CodeOf,
    Form,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OptionalShort,
    OrganisationOf,
    PlaceOf,
    Shown,
    blank_is_none,
)

Outcome = Literal["case_opened", "passed_on", "counselled", "no_indication", "not_enough", "same_as_other"]


class RecordSignal(Form):
    """A report from a channel; it may be anonymous and say little."""

    concept: ClassVar[str] = "signals"

    id: Annotated[NewId | None, Shown("hidden")] = None
    channel: Annotated[str, CodeOf("signal_channel")]
    source: Annotated[str | None, CodeOf("detection_source"), BeforeValidator(blank_is_none)] = None
    received_at: Moment
    immediate_danger: bool | None = None
    urgency: Annotated[str, CodeOf("urgency")]
    place: Annotated[str | None, PlaceOf("municipality"), BeforeValidator(blank_is_none)] = None
    persons: Annotated[int | None, Field(ge=1, le=500), BeforeValidator(blank_is_none)] = None
    sex: Annotated[str | None, CodeOf("sex"), BeforeValidator(blank_is_none)] = None
    child_suspected: bool | None = None
    suspected_forms: Annotated[tuple[str, ...], CodeOf("form_of_exploitation"), Field(max_length=20)] = ()
    summary: LongText
    anonymous: bool = False
    reporter_contact: OptionalShort = None


class TriageSignal(Form):
    """What was decided about a signal, with the counselling given."""

    concept: ClassVar[str] = "signals"

    outcome: Outcome
    passed_to_org_id: Annotated[UUID | None, OrganisationOf(answers_referrals=True), BeforeValidator(blank_is_none)] = (
        None
    )
    counselling: Annotated[tuple[str, ...], CodeOf("information_topic"), Field(max_length=20)] = ()
    note: OptionalLong = None
