"""Recovery and reflection: the start of a period, its pauses, its end, and the permit that belongs to it."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict

from app.domain.forms.fields import (
    CodeOf,
    Form,
    Interpreter,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OrganisationOf,
    Shown,
    blank_is_none,
)

OptionalMoment = Annotated[Moment | None, BeforeValidator(blank_is_none)]


class StartReflection(Form):
    """The period begins: on which basis, and in which language and by whom it was explained."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "started_at": "2026-03-05T10:00:00+01:00",
                    "basis": "offered",
                    "explained_at": "2026-03-05T09:30:00+01:00",
                    "explained_language": "sq",
                    "interpreter": "not_needed",
                }
            ]
        }
    )
    concept: ClassVar[str] = "reflection.start"

    id: Annotated[NewId | None, Shown("hidden")] = None
    started_at: Moment
    basis: Literal["request", "offered", "law"]
    explained_at: Moment
    explained_language: Annotated[str, CodeOf("language"), Shown("autocomplete")]
    interpreter: Interpreter = "not_needed"
    explained_org_id: Annotated[UUID | None, OrganisationOf(), BeforeValidator(blank_is_none)] = None
    """Who explained it, where it was another organisation than the one that records it."""


class PauseReflection(Form):
    """The period stands still; without an end the pause goes on."""

    concept: ClassVar[str] = "reflection.pause"

    paused_from: Moment
    paused_until: OptionalMoment = None
    reason: LongText


class ResumeReflection(Form):
    """The period goes on after a pause."""

    concept: ClassVar[str] = "reflection.resume"

    at: Moment


class ProlongReflection(Form):
    """The person gets more time."""

    concept: ClassVar[str] = "reflection.prolong"

    until: Moment
    reason: LongText


class EndReflection(Form):
    """The period ends: by its term, on the person's wish, or by the interview the person asked for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ended_at": "2026-06-05T10:00:00+02:00", "manner": "term"}]}
    )
    concept: ClassVar[str] = "reflection.end"

    ended_at: Moment
    manner: Literal["term", "person", "interview"]
    person_asked: bool = False
    """The person asked for it themself; needed where the period does not end by its term."""
    reason: OptionalLong = None


class RecordPermit(Form):
    """What became of the residence permit of a foreign person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"permit": "granted", "at": "2026-03-20T10:00:00+01:00", "until": "2026-09-20T10:00:00+02:00"}]
        }
    )
    concept: ClassVar[str] = "reflection.permit"

    permit: Literal["applied", "granted", "renewed", "refused", "ended"]
    at: Moment
    until: OptionalMoment = None


class RetractReflection(Form):
    """A period recorded by mistake is taken back, and why."""

    concept: ClassVar[str] = "reflection.retract"

    reason: LongText
