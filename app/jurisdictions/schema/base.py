"""What every file form is made of: words, keys, versions and texts in several languages."""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from app.domain.durations import parse_duration

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
Jurisdiction = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


T = TypeVar("T")
Many = Annotated[tuple[T, ...], BeforeValidator(_as_tuple)]
"""A sequence of the file, kept as a tuple."""


def _duration(value: str) -> str:
    parse_duration(value)
    return value


Duration = Annotated[str, AfterValidator(_duration)]


class Strict(BaseModel):
    """A mapping of a file; a key that is not named is an error, and no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Texts(Strict):
    """A text in Albanian and English, in Serbian (Latin script) where given."""

    sq: Text
    en: Text
    sr: Text | None = None
