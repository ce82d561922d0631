"""Indicator sets: versioned checklists whose answers the decision aids read.

The key of an answer is (set, code): the same code in two sets is another question.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.domain.code_lists import Age, Label, Status

Strength = Literal["STRONG", "MEDIUM", "WEAK"]
AppliesTo = Literal["adult", "child", "both"]
Observed = Literal["yes", "no", "unknown", "not_asked"]
"""Answer to an indicator; only `yes` counts, and `not_asked` is never read as `no`."""


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """One answer of a question that is not yes or no; it counts as the indicator where `indicator` is true."""

    code: str
    text: Label
    indicator: bool


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question of a set. `dimension` is the legal element or ILO dimension it points to."""

    code: str
    group: str
    dimension: str
    text: Label
    applies_to: AppliesTo
    strength: Strength | None = None
    key: str | None = None
    item_source: str | None = None
    answers: tuple[AnswerChoice, ...] = ()

    def applies(self, age: Age) -> bool:
        """True where the question is meant for a person of that age; unknown age uses the child's questions."""
        return self.applies_to in ("both", "adult" if age == "adult" else "child")

    def counts(self, answer: str) -> bool:
        """True where an answer counts: `yes`, or the code of an answer choice that is marked as an indicator."""
        return answer == "yes" or any(choice.code == answer and choice.indicator for choice in self.answers)


@dataclass(frozen=True, slots=True)
class Heading:
    """A group or dimension of a set."""

    code: str
    text: Label


@dataclass(frozen=True, slots=True, eq=False)
class IndicatorSet:
    """A checklist in one version. `warning` and `replace_by` are shown wherever the set is used."""

    id: str
    title: Label
    version: str
    status: Status
    source: str
    dimensions: Mapping[str, Heading]
    groups: Mapping[str, Heading]
    indicators: Mapping[str, Indicator]
    status_note: str | None = None
    notes: tuple[str, ...] = ()
    rule_ids: tuple[str, ...] = ()
    warning: Label | None = None
    replace_by: Label | None = None
    sensitive: bool = False
    valid_for: tuple[str, ...] = field(default=("AL", "XK"))
    valid_from: date | None = None
    valid_to: date | None = None

    def __iter__(self) -> Iterator[Indicator]:
        return iter(self.indicators.values())

    def __len__(self) -> int:
        return len(self.indicators)

    def get(self, code: str) -> Indicator | None:
        """Return the indicator of `code` in this version, None where it has none."""
        return self.indicators.get(code)

    def in_force(self, day: date) -> bool:
        """True where an identification that begins on this day may use the set; the last day counts."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def part_of(self, indicator: Indicator) -> Heading:
        """Return the heading under which a question is asked: its dimension in a weighted set, its group elsewhere."""
        return self.dimensions[indicator.dimension] if indicator.strength else self.groups[indicator.group]

    def for_age(self, age: Age) -> tuple[Indicator, ...]:
        """Return the questions for a person of that age, in the order of the form."""
        return tuple(indicator for indicator in self if indicator.applies(age))
