"""Recording a signal, deciding what becomes of it, counselling and following up; the public's own short form."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Day,
    Form,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OptionalShort,
    OrganisationOf,
    PlaceOf,
    ShortText,
    Shown,
    blank_is_none,
)

Outcome = Literal["case_opened", "passed_on", "counselled", "no_indication", "not_enough", "same_as_other"]


class SignalDetails(BaseModel):
    """Answers to the channel's own questions, by the code of the question; which there are is data of the profile."""

    model_config = ConfigDict(extra="allow", frozen=True)

    __pydantic_extra__: dict[str, int | ShortText | Annotated[tuple[ShortText, ...], Field(max_length=60)] | None] = (
        Field(init=False)
    )

    def answers(self) -> dict[str, Any]:
        """Return the answers by code."""
        return dict(self.__pydantic_extra__ or {})


class RecordSignal(Form):
    """A report from a channel; it may be anonymous and say little."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "channel": "BORDER_CHECK",
                    "received_at": "2026-03-02T10:00:00+01:00",
                    "urgency": "URGENT",
                    "place": "AL-06-02",
                    "child_suspected": True,
                    "summary": "Një vajzë pa dokumente, e shoqëruar nga një burrë që flet për të.",
                    "details": {"crossing_point": "Kakavijë", "circumstances": ["ACCOMPANIED", "LEAVING"]},
                }
            ]
        },
    )
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
    details: SignalDetails = SignalDetails()


class TriageSignal(Form):
    """What was decided about a signal, with the counselling given."""

    concept: ClassVar[str] = "signals"

    outcome: Outcome
    passed_to_org_id: Annotated[UUID | None, OrganisationOf(answers_referrals=True), BeforeValidator(blank_is_none)] = (
        None
    )
    counselling: Annotated[tuple[str, ...], CodeOf("information_topic"), Field(max_length=20)] = ()
    note: OptionalLong = None


class RecordCounselling(Form):
    """Counselling given to a reporter: of which kinds, on what, in which language."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "happened_at": "2026-03-02T10:05:00+01:00",
                    "counselling": ["SAFETY_ADVICE"],
                    "topics": ["SERVICES"],
                    "language": "sq",
                }
            ]
        },
    )
    concept: ClassVar[str] = "signals"

    id: Annotated[NewId | None, Shown("hidden")] = None
    happened_at: Moment
    counselling: Annotated[tuple[str, ...], CodeOf("counselling_kind"), Field(min_length=1, max_length=20)]
    topics: Annotated[tuple[str, ...], CodeOf("information_topic"), Field(max_length=20)] = ()
    language: Annotated[str, CodeOf("language")]
    note: OptionalLong = None


class RecordFollowUp(Form):
    """What came of asking again; `next_on` is the day to try once more."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"happened_at": "2026-03-05T09:00:00+01:00", "outcome": "NOT_REACHED"}]},
    )
    concept: ClassVar[str] = "signals"

    id: Annotated[NewId | None, Shown("hidden")] = None
    happened_at: Moment
    outcome: Annotated[str, CodeOf("signal_follow_up")]
    next_on: Annotated[Day | None, BeforeValidator(blank_is_none)] = None
    note: OptionalLong = None


LONGEST_REPORT = 5000
"""Characters of what the public may write at once."""


class PublicReport(Form):
    """What anybody may write without signing in. `website` is a trap for programs: people leave it empty."""

    concept: ClassVar[str] = "report"

    id: Annotated[NewId | None, Shown("hidden")] = None
    what: Annotated[LongText, Field(max_length=LONGEST_REPORT)]
    where: OptionalShort = None
    place: Annotated[str | None, PlaceOf("municipality"), BeforeValidator(blank_is_none)] = None
    danger: Literal["now", "not_now", "unknown"] = "unknown"
    who: Literal["self", "child", "adult", "several", "unknown"] = "unknown"
    may_contact: Literal["yes", "no"] = "no"
    contact: OptionalShort = None
    safe_how: OptionalShort = None
    website: Annotated[str, Field(max_length=500)] = ""
