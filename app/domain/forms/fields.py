"""The kinds of fields a form is made of, and the check of its codes against a profile."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.domain.code_lists import Age
from app.domain.ids import is_uuid7
from app.domain.problems import FieldError, Invalid
from app.domain.profile import Profile


def _clean(value: str) -> str:
    """Refuse what PostgreSQL or UTF-8 cannot carry: NUL bytes and lone surrogates."""
    if "\0" in value:
        raise PydanticCustomError("nul_byte", "the text holds a NUL byte")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("lone_surrogate", "the text holds half a character") from None
    return value.strip()


def _not_blank(value: str) -> str:
    if not value:
        raise PydanticCustomError("blank", "the text is empty")
    return value


def _version_7(value: UUID) -> UUID:
    if not is_uuid7(value):
        raise PydanticCustomError("uuid7", "the id is not a UUID of version 7")
    return value


_D = TypeVar("_D", bound=date)

EARLIEST, LATEST = 1900, 9000
"""Years outside of which a date is a mistake in writing; the calendar's ends cannot be moved between zones."""


def _sensible(value: _D) -> _D:
    if not EARLIEST <= value.year <= LATEST:
        raise PydanticCustomError("year", "the year cannot be meant")
    return value


def blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


ShortText = Annotated[str, Field(max_length=200), AfterValidator(_clean), AfterValidator(_not_blank)]
"""One line, at most 200 characters."""
LongText = Annotated[str, Field(max_length=10_000), AfterValidator(_clean), AfterValidator(_not_blank)]
"""Narrative, at most 10 000 characters; always stored encrypted."""
OptionalShort = Annotated[
    Annotated[str, Field(max_length=200), AfterValidator(_clean)] | None, BeforeValidator(blank_is_none)
]
OptionalLong = Annotated[
    Annotated[str, Field(max_length=10_000), AfterValidator(_clean)] | None, BeforeValidator(blank_is_none)
]
NewId = Annotated[UUID, AfterValidator(_version_7)]
"""An id the client made (UUIDv7), so that sending the same record twice records it once."""
Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
"""A point in time with its offset, within the years that can be meant."""
Day = Annotated[date, AfterValidator(_sensible)]
"""A day of the calendar, within the same years."""

Known = Literal["yes", "no", "unknown", "not_asked"]
"""An answer that may be open; `not_asked` is the start and never counted."""
Interpreter = Literal["not_needed", "present", "telephone", "needed_absent"]


@dataclass(frozen=True, slots=True)
class CodeOf:
    """The field holds a code (or several) of this code list of the case's profile."""

    list: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """The field holds a place code of the profile: `municipality`, `county` or any."""

    level: str = "municipality"


@dataclass(frozen=True, slots=True)
class OrganisationOf:
    """The field holds the id of an organisation; `answers_referrals` narrows the choice on the page."""

    answers_referrals: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """How a page shows the field where its type does not say it: `textarea`, `hidden`, `radios`, `autocomplete`."""

    kind: str


class Form(BaseModel):
    """What one act records. Unknown fields are refused; instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concept: ClassVar[str] = ""
    """File of `app/texts` with the labels of the fields."""


def notes(form: type[BaseModel], name: str, kind: type[Any]) -> Any:
    """Return the annotation of class `kind` on field `name`, or None."""
    return next((note for note in form.model_fields[name].metadata if isinstance(note, kind)), None)


def _codes(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list, frozenset)):
        yield from (item for item in value if isinstance(item, str))


def check_codes(form: BaseModel, profile: Profile, *, age: Age | None = None) -> None:
    """Check every code and place of `form` against `profile`; raises `Invalid` naming each wrong field.

    `age` is the person's at the date of the act: child-only values are refused for an adult and adult-only ones
    for a child or a person whose age is unknown; None checks no age.
    """
    errors = list(_code_errors(form, profile, age, ""))
    if errors:
        raise Invalid(errors)


def _code_errors(form: BaseModel, profile: Profile, age: Age | None, prefix: str) -> Iterator[FieldError]:
    for name in type(form).model_fields:
        value = getattr(form, name)
        path = f"{prefix}{name}"
        listed = notes(type(form), name, CodeOf)
        placed = notes(type(form), name, PlaceOf)
        if isinstance(value, BaseModel):
            yield from _code_errors(value, profile, age, f"{path}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for index, item in enumerate(value):
                yield from _code_errors(item, profile, age, f"{path}.{index}.")
        elif listed is not None:
            for code in _codes(value):
                yield from _one_code(profile, listed.list, code, age, path)
        elif placed is not None and value is not None:
            place = profile.places.get(value)
            if place is None or (placed.level != "any" and place.level != placed.level):
                yield FieldError(path, "field.unknown_place", {"code": value})


def _one_code(profile: Profile, list_id: str, code: str, age: Age | None, path: str) -> Iterator[FieldError]:
    refused = profile.refusal(list_id, code, age)
    if refused == "unknown":
        yield FieldError(path, "field.unknown_code", {"code": code, "list": list_id})
    elif refused is not None:
        yield FieldError(path, f"field.{refused}", {"code": code})


def check_past(field: str, moment: datetime, now: datetime) -> None:
    """Refuse a date in the future (two minutes of clock difference are forgiven); raises `Invalid`."""
    if (moment - now).total_seconds() > 120:
        raise Invalid.one(field, "field.in_future")
