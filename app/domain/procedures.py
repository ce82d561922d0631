"""Procedures of a jurisdiction as data: stages, steps, forms, teams, deadlines, routing.

None of it is a gate: help never waits for a step, and a deadline marked `to_confirm` blocks nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.domain.code_lists import Label, Status

Place = Literal["territory", "border", "any"]
Bound = Literal["max", "min"]
AppliesTo = Literal["all", "adult", "child", "foreign"]
SignatureRule = Literal["all", "majority"]
"""When signatures carry a proposal: no required member dissents, or more agree than dissent."""
Severity = Literal["soft"]
"""Every deadline is soft: it is shown and reported, and stops nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A heading over steps, in the usual order."""

    code: str
    order: int
    label: Label


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the procedure: who does it (codes of `organisation_kind`), its documents and its event."""

    step: str
    order: int
    performed_by: tuple[str, ...]
    source: str
    status: Status
    child_also: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    event: str | None = None
    package_phase: str | None = None
    child_only: bool = False
    optional_for: str | None = None
    police_required: bool | None = None
    decision_aids: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    notify_child: tuple[str, ...] = ()
    risk_levels: tuple[str, ...] = ()
    repeat: str | None = None
    team: str | None = None
    signatures: str | None = None
    needs: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. `required`: always, optional, adult, child, on_answer or a condition (`if_...`).

    `store` says where the value lives: `case`, `vault` (identity) or `aggregate`.
    """

    field: str
    type: str
    required: str
    store: Literal["case", "vault", "aggregate"]
    list: str | None = None
    multiple: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the procedure with the fields it must have at least."""

    code: str
    document_kind: str
    title: Label
    fields: tuple[FormField, ...]
    version: str
    status: Status
    source: str
    repeatable: bool = False
    printable_one_page: bool = False
    data_rule: str | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Who decides a formal identification together; kinds of organisation, by place and age."""

    place: Place
    age: Literal["adult", "child"]
    required: tuple[str, ...]
    optional: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Appeal:
    """How long the person may appeal, an ISO 8601 duration from the handing over; None = no number found."""

    duration: str | None
    status: Status
    source: str


@dataclass(frozen=True, slots=True)
class FormalIdentification:
    """Rules of the formal procedure. `starts_after` is a code of `case_event`.

    `requested_by`: who may ask for it, for an adult and for a child. `signatures`: when a proposal is carried.
    """

    name: Label
    teams: tuple[Team, ...]
    status: Status
    source: str
    voluntary_for_adults: bool | None
    starts_after: str | None = None
    early_start: str | None = None
    wish_of_person: str | None = None
    requested_by: Mapping[Literal["adult", "child"], tuple[str, ...]] = field(default_factory=dict)
    signatures: SignatureRule = "all"
    appeal: Appeal | None = None


@dataclass(frozen=True, slots=True)
class LetterPart:
    """A paragraph of a letter; `when` is the result it belongs to, `any` for every one. Placeholders: `{code}` ..."""

    code: str
    when: str
    text: Label
    heading: Label | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of the procedure: its title and paragraphs in every language of the pages."""

    code: str
    title: Label
    parts: tuple[LetterPart, ...]
    version: str
    status: Status
    source: str

    def parts_for(self, result: str) -> tuple[LetterPart, ...]:
        """Return the paragraphs of a letter with this result, in order."""
        return tuple(part for part in self.parts if part.when in ("any", result))


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """From one event to another within (`max`) or not before (`min`) an ISO 8601 duration; None = no number found.

    Events are codes of `case_event`. A rule whose duration is None is always disabled.
    """

    id: str
    version: str
    from_event: str
    to_event: str
    duration: str | None
    bound: Bound
    recurring: bool
    applies_to: AppliesTo
    severity: Severity
    status: Status
    enabled: bool
    source: str
    note: str | None = None
    escalates: bool = True
    """False: overdue, it is shown and never rises to the authority, such as an expected end that is no duty."""


@dataclass(frozen=True, slots=True)
class PauseRule:
    """While one event is not followed by another, time stands still: for the named deadline rules, or for all (empty).

    Events are codes of `case_event`.
    """

    from_event: str
    until_event: str
    rules: tuple[str, ...]
    status: Status
    source: str


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """How long after its deadline an open task rises to the Responsible Authority (None: at once), and how long after
    the authority has passed it back it rises again (None: it does not)."""

    after: str | None
    again: str | None
    status: Status
    source: str


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """Terms that no source gives, as ISO 8601 durations: until the reason of a revealed identity is looked at, until
    somebody named to rate a risk says their word, and how long they see the case for it."""

    reveal_review: str
    risk_word: str
    risk_access: str
    status: Status
    source: str

    @property
    def to_confirm(self) -> bool:
        """True until the competent authority has confirmed them."""
        return self.status != "found"


EarlyEnd = Literal["own_wish", "never"]
"""Whether a reflection period may end before its minimum: on the person's own recorded wish, or not at all."""


@dataclass(frozen=True, slots=True)
class Reflection:
    """Recovery and reflection period: minimum and expected length as ISO 8601 durations, each with its mark.

    `who` says for whom there is such a period (None: no source says it); `early_end` for nationals and foreign
    nationals. A permit belongs to the period of a foreign national.
    """

    min_duration: str | None
    min_status: Status
    min_source: str
    expected_duration: str | None
    expected_status: Status
    expected_source: str
    who: Mapping[str, bool | None]
    who_status: Status
    source: str
    early_end: Mapping[Literal["national", "foreign"], EarlyEnd]
    early_end_status: Status
    early_end_source: str
    formal_interview_before_end: str | None = None
    permit: str | None = None
    permit_duration: str | None = None
    permit_status: Status = "to_confirm"
    permit_source: str | None = None
    end_of_permit_needs: str | None = None


@dataclass(frozen=True, slots=True)
class NonPunishment:
    """Who is told where proceedings run against a victim, and on which acts (`legal_frame`) non-punishment rests."""

    acts: tuple[str, ...]
    bodies: tuple[str, ...]
    status: Status
    source: str


@dataclass(frozen=True, slots=True)
class ChildRules:
    """Who is a child and what then holds; `status` marks each rule."""

    under_age: int
    in_doubt_is_child: bool
    means_required: bool
    consent_is_condition: bool
    source: str
    status: Mapping[str, Status]


@dataclass(frozen=True, slots=True)
class ChildParticipants:
    """Who must take part wherever a child is concerned (kinds of organisation)."""

    required: tuple[str, ...]
    guardian_or_representative: bool
    interview: Mapping[str, str | bool]
    source: str
    status: Status
    psychologist: str | None = None
    not_allowed: str | None = None


@dataclass(frozen=True, slots=True)
class RiskScale:
    """Levels of risk (codes of `risk_level`); None where the jurisdiction has no scale. `flag` stands outside it."""

    levels: tuple[str, ...] | None
    flag: str
    status: Status
    note: str | None = None
    source: str | None = None

    def is_high(self, level: str | None) -> bool:
        """True for the flag and for the highest level of the scale, whose levels rise."""
        return level is not None and level in (self.flag, *(self.levels or ())[-1:])


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """When the facts of `when` hold, `then` is proposed to the officer; codes of the lists on both sides."""

    id: str
    when: Mapping[str, Any]
    then: Mapping[str, Any]
    source: str
    status: Status
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LegalAct:
    """An act of law that the profile rests on."""

    code: str
    title: Label
    source: str
    status: Status
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Principle:
    """A principle of the procedure, shown as it stands."""

    code: str
    text: Label
    source: str
