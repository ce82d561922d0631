"""Telling the person about rights, services and what changed, in a language they understand, from the first contact."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Form,
    Interpreter,
    Moment,
    NewId,
    OptionalLong,
    Shown,
    blank_is_none,
)


class RecordInformation(Form):
    """What a person was told, when, in which language and by whom."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "given_at": "2026-03-02T10:40:00+01:00",
                    "topics": ["RIGHTS", "SERVICES", "LEGAL_AID"],
                    "language": "sq",
                    "interpreter": "not_needed",
                    "child_friendly": False,
                }
            ]
        }
    )
    concept: ClassVar[str] = "information"

    id: Annotated[NewId | None, Shown("hidden")] = None
    given_at: Moment
    topics: Annotated[tuple[str, ...], CodeOf("information_topic"), Field(min_length=1, max_length=20)]
    language: Annotated[str, CodeOf("language"), Shown("autocomplete")]
    interpreter: Interpreter = "not_needed"
    child_friendly: bool = False
    guardian_present: Annotated[bool | None, BeforeValidator(blank_is_none)] = None
    note: OptionalLong = None
