"""Rules of the decision aids, as read from data; `app.domain.aids` applies them.

Every rule names its jurisdictions, its source and how far it is confirmed. Results are codes of `aid_result`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.domain.code_lists import Label, Status

Branch = Literal["adult", "child"]
Unit = Literal["indicator", "group", "dimension"]
Element = Literal["act", "means", "purpose"]


@dataclass(frozen=True, slots=True)
class CountThreshold:
    """At least `minimum` units observed in the best single one of `sets`."""

    minimum: int
    unit: Unit
    sets: tuple[str, ...]
    met: str
    not_met: str


@dataclass(frozen=True, slots=True)
class AllGroups:
    """At least `minimum_per_group` indicators in every group of the branch, within one set."""

    set: str
    minimum_per_group: int
    groups: Mapping[Branch, tuple[str, ...]]
    met: str
    not_met: str


@dataclass(frozen=True, slots=True)
class ElementSource:
    """Code list whose values make up one legal element; values of `not_counted` never do."""

    code_list: str
    not_counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LegalElements:
    """Act, means and purpose; `required` by branch (a child needs no means)."""

    elements: Mapping[Element, ElementSource]
    required: Mapping[Branch, tuple[Element, ...]]
    all_present: str
    some_present: str
    none_present: str


@dataclass(frozen=True, slots=True)
class StrengthMinimum:
    """One way for a dimension to be positive; 0 asks for nothing."""

    strong: int = 0
    medium: int = 0
    weak: int = 0
    medium_or_weak: int = 0


@dataclass(frozen=True, slots=True)
class StrengthCounts:
    """A dimension is positive where any of `positive_if_any` holds. `sets`: kind of exploitation -> branch -> set."""

    sets: Mapping[str, Mapping[Branch, str]]
    dimensions: tuple[str, ...]
    positive_if_any: tuple[StrengthMinimum, ...]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One row of a decision list; the first whose `when` holds decides. `attention`: ask more, look again."""

    row: str
    when: str
    result: str
    status: Status
    attention: bool
    hint: Label | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ResearchLabel:
    """A label of the brochure's worked example, kept for research export and never shown to users."""

    label: str
    when: str
    status: Status


@dataclass(frozen=True, slots=True)
class DecisionList:
    """Rows by branch over the dimensions of `dimension_rule` and two facts, `act_recorded` and `intent_stated`."""

    inputs: tuple[str, ...]
    dimension_rule: str
    rows: Mapping[Branch, tuple[DecisionRow, ...]]
    research_labels: tuple[ResearchLabel, ...]


RuleBody = CountThreshold | AllGroups | LegalElements | StrengthCounts | DecisionList


@dataclass(frozen=True, slots=True, eq=False)
class AidRule:
    """A decision aid in one version, with the settings of one profile already applied.

    `enabled` is false where the profile does not offer it. `interpretation_status` marks how the text is read.
    """

    id: str
    version: str
    title: Label
    jurisdictions: tuple[str, ...]
    source: str
    status: Status
    body: RuleBody
    enabled: bool
    suggested_status: Mapping[str, str | None]
    source_quote: str | None = None
    interpretation_status: Status | None = None
    status_note: str | None = None
    notes: tuple[str, ...] = ()
