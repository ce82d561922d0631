"""Form of `rules.yaml`: the decision aids, one model per kind of rule."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.aid_rules import Branch, Element, Unit
from app.domain.code_lists import Status
from app.jurisdictions.schema.base import Jurisdiction, Key, Many, Strict, Text, Texts, Version


class MetNotMet(Strict):
    """The two results of a rule that is met or not."""

    met: Key
    not_met: Key


class MetNotMetStatus(Strict):
    """The status that is proposed with each result; null proposes none."""

    met: Key | None
    not_met: Key | None


class RuleHead(Strict):
    """What every rule has."""

    id: Key
    title: Texts
    jurisdiction: Many[Jurisdiction] = Field(min_length=1)
    source: Text
    source_quote: Text | None = None
    status: Status
    status_by_profile: dict[Jurisdiction, Status] = Field(default_factory=dict)
    status_note: Text | None = None
    interpretation_status: Status | None = None
    notes: Many[Text]


class CountThresholdParams(Strict):
    """Parameters of `count_threshold`."""

    minimum: int = Field(ge=1)
    configurable: bool
    unit: Unit
    unit_options: Many[Unit]
    sets: Many[Key] = Field(min_length=1)
    combine_sets: Literal["best_single_set"]


class CountThresholdFile(RuleHead):
    """At least so many units in one set."""

    kind: Literal["count_threshold"]
    params: CountThresholdParams
    results: MetNotMet
    suggested_status: MetNotMetStatus


class AllGroupsParams(Strict):
    """Parameters of `all_groups`."""

    set: Key
    minimum_per_group: int = Field(ge=1)
    groups: dict[Branch, Many[Key]]


class AllGroupsFile(RuleHead):
    """Something in every group."""

    kind: Literal["all_groups"]
    params: AllGroupsParams
    results: MetNotMet
    suggested_status: MetNotMetStatus


class ElementFile(Strict):
    """A legal element: any value of a code list."""

    codelist: Key
    not_counted: Many[Key] = ()


class ElementsParams(Strict):
    """Parameters of `elements`."""

    elements: dict[Element, ElementFile]
    required: dict[Branch, Many[Element]]
    ignore: Many[Text]


class ElementsResults(Strict):
    """The three results of `elements`."""

    all: Key
    some: Key
    none: Key


class ElementsStatus(Strict):
    """The status that is proposed with each result of `elements`."""

    all: Key | None
    some: Key | None
    none: Key | None


class ElementsFile(RuleHead):
    """Act, means and purpose."""

    kind: Literal["elements"]
    params: ElementsParams
    results: ElementsResults
    suggested_status: ElementsStatus


class StrengthMinimumFile(Strict):
    """One way for a dimension to be positive."""

    strong_min: int = 0
    medium_min: int = 0
    weak_min: int = 0
    medium_or_weak_min: int = 0


class StrengthParams(Strict):
    """Parameters of `strength_counts`; `formula` repeats `positive_if_any` for the reader."""

    sets: dict[Key, dict[Branch, Key]]
    dimensions: Many[Key]
    positive_if_any: Many[StrengthMinimumFile] = Field(min_length=1)
    formula: Text


class StrengthFile(RuleHead):
    """Strong, medium and weak indicators of one dimension."""

    kind: Literal["strength_counts"]
    params: StrengthParams


class RowFile(Strict):
    """One row of a decision list."""

    row: Key
    when: Text
    result: Key
    status: Status
    attention: bool
    hint: Texts | None = None
    note: Text | None = None


class ResearchRowFile(Strict):
    """One label for research export."""

    label: Key
    when: Text
    status: Status


class ResearchFile(Strict):
    """`brochure_labels` of a decision list."""

    note: Text
    rows: Many[ResearchRowFile]
    not_defined: Text


class DecisionParams(Strict):
    """Parameters of `decision_list`."""

    inputs: Many[Key]
    dimension_rule: Key
    order: Text
    adult: Many[RowFile] = Field(min_length=1)
    child: Many[RowFile] = Field(min_length=1)
    brochure_labels: ResearchFile


class DecisionFile(RuleHead):
    """Rows over the dimensions; the first that matches decides."""

    kind: Literal["decision_list"]
    params: DecisionParams
    suggested_status: dict[Key, Key | None]


class AgeInputFile(Strict):
    """How the age of the person is read."""

    values: Many[Literal["adult", "child", "unknown"]]
    unknown_is: Literal["child"]
    source: Text


RuleFile = Annotated[
    CountThresholdFile | AllGroupsFile | ElementsFile | StrengthFile | DecisionFile, Field(discriminator="kind")
]


class RulesFile(Strict):
    """`rules.yaml`."""

    id: Key
    version: Version
    title: Texts
    principles: Many[Text]
    age_input: AgeInputFile
    results_codelist: Key
    rules: Many[RuleFile]
