"""What a signal of one channel holds beside what every signal does: the channel's own few questions, which are data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.domain.code_lists import Label, Status
from app.domain.problems import FieldError, Invalid

if TYPE_CHECKING:
    from app.domain.profile import Profile

DetailKind = Literal["text", "number", "yes_no", "code", "codes", "indicators"]
"""One line, a count, yes/no/unknown, one code, several codes, indicators of a set that were noticed."""
DetailValue = str | int | tuple[str, ...]
YES_NO = ("yes", "no", "unknown")
LONGEST_TEXT = 200
LARGEST_NUMBER = 10_000


@dataclass(frozen=True, slots=True)
class DetailField:
    """One question that only some channels ask. `list` or `set` says where its answers stand.

    `only` and `leave_out` narrow a code list to what such a channel can mean.
    """

    code: str
    kind: DetailKind
    channels: tuple[str, ...]
    label: Label
    source: str
    status: Status
    hint: Label | None = None
    list: str | None = None
    set: str | None = None
    only: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()

    @property
    def several(self) -> bool:
        """True where several answers may be given."""
        return self.kind in ("codes", "indicators")


@dataclass(frozen=True, slots=True)
class HelpNumber:
    """A telephone number shown before anything is asked."""

    number: str
    label: Label
    source: str
    status: Status


@dataclass(frozen=True, slots=True)
class PublicReport:
    """How a jurisdiction takes reports from the public: channel, urgency, whose queue, languages, numbers to call.

    `queue` names organisations of the directory in order of preference; another of `queue_kind` stands in for them.
    """

    channel: str
    urgency_in_danger: str
    urgency_otherwise: str
    queue_kind: str
    queue: tuple[str, ...]
    languages: tuple[str, ...]
    numbers: tuple[HelpNumber, ...]
    source: str
    status: Status


def details_of(profile: "Profile", channel: str | None) -> tuple[DetailField, ...]:
    """Return the questions of a channel, in the order of the form; none for an unknown channel."""
    return tuple(one for one in profile.signal_details if channel in one.channels)


def choices_of(profile: "Profile", field: DetailField, language: str) -> list[tuple[str, str]]:
    """Return what may be answered to a question of codes or indicators, with its words, in the order of the form."""
    if field.kind == "indicators" and field.set is not None:
        return [(one.code, one.text.text(language)) for one in profile.set(field.set)]
    if field.list is None:
        return []
    return [
        (code.code, code.label.text(language))
        for code in profile.selectable(field.list)
        if (not field.only or code.code in field.only) and code.code not in field.leave_out
    ]


def check_details(profile: "Profile", channel: str, given: Mapping[str, object]) -> dict[str, DetailValue]:
    """Return the answers to the channel's own questions, without those left empty.

    Raises `Invalid` naming each wrong field as `details.CODE`.
    """
    known = {one.code: one for one in details_of(profile, channel)}
    kept: dict[str, DetailValue] = {}
    errors: list[FieldError] = []
    for code, value in given.items():
        field = known.get(code)
        if value is None or value in ("", (), [], "not_asked"):
            continue
        if field is None:
            errors.append(FieldError(f"details.{code}", "signal.detail_not_of_channel", {"channel": channel}))
            continue
        wrong = _wrong(profile, field, value)
        if wrong is not None:
            errors.append(FieldError(f"details.{code}", *wrong))
            continue
        kept[code] = tuple(dict.fromkeys(value)) if isinstance(value, list | tuple) else value  # type: ignore[assignment]
    if errors:
        raise Invalid(errors)
    return kept


def _wrong(profile: "Profile", field: DetailField, value: object) -> tuple[str, dict[str, object]] | None:
    """Return code and facts of what is wrong with an answer, None where it is right."""
    if field.kind == "text":
        if not isinstance(value, str):
            return "field.malformed", {}
        return ("field.too_long", {"max_length": LONGEST_TEXT}) if len(value) > LONGEST_TEXT else None
    if field.kind == "number":
        if not isinstance(value, int):
            return "field.malformed", {}
        return None if 0 <= value <= LARGEST_NUMBER else ("field.too_large", {"le": LARGEST_NUMBER})
    if field.kind == "yes_no":
        return None if value in YES_NO else ("field.unknown_choice", {})
    if field.several != isinstance(value, list | tuple):
        return "field.malformed", {}
    answers: Sequence[object] = value if isinstance(value, list | tuple) else (value,)
    possible = {code for code, _ in choices_of(profile, field, "sq")}
    unknown = [one for one in answers if one not in possible]
    return ("field.unknown_choice", {}) if unknown else None
