"""Form of the code lists, indicator sets, sources and export vocabularies."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.code_lists import Age, Status
from app.domain.indicator_sets import AppliesTo, Strength
from app.jurisdictions.schema.base import Jurisdiction, Key, Many, Strict, Text, Texts, Version


class ProfileTexts(Texts):
    """Another official wording in one jurisdiction."""

    term_source: Text
    term_form: Literal["verbatim", "adapted"] | None = None
    term_quote: Text | None = None


class CodeFile(BaseModel):
    """One value of a code list; further keys must be declared in the list's `attributes`."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    code: Key
    label: Texts
    label_by_profile: dict[Jurisdiction, ProfileTexts] = Field(default_factory=dict)
    definition_en: Text
    valid_for: Many[Jurisdiction] = Field(min_length=1)
    parent: Key | None = None
    child_only: bool = False
    adult_only: bool = False
    group: bool = False
    sensitive: bool = False
    status: Status | None = None
    note: Text | None = None
    aliases: Many[Text] = ()
    map: dict[Key, dict[Key, str | int | Many[str]]] = Field(default_factory=dict)
    lossy: Many[Key] = ()
    term_source: Text
    term_form: Literal["verbatim", "adapted"] | None = None
    term_quote: Text | None = None


class CodeListFile(Strict):
    """A file of `codelists/`; the file is named after the list."""

    id: Key
    title: Texts
    version: Version
    source: Text
    values: Many[CodeFile] = Field(min_length=1)
    status: Status | None = None
    note: Text | None = None
    rules: Many[Text] = ()
    levels: Literal[1, 2] = 1
    multi: bool = False
    sensitive: bool = False
    required_for: Many[Age] = ()
    transitions: dict[Key, Many[Key]] = Field(default_factory=dict)
    attributes: dict[Key, str | Many[str]] = Field(default_factory=dict)
    code_system: Text | None = None
    code_pattern: Text | None = None
    members_from: Literal["iso-3166-1"] | None = None
    priority_codes: Many[Key] = ()


class HeadingFile(Strict):
    """A group or dimension of an indicator set."""

    code: Key
    text: Texts


class AnswerFile(Strict):
    """One answer of a question that is not yes or no."""

    code: Key
    text: Texts
    indicator: bool


class IndicatorFile(Strict):
    """One question of an indicator set."""

    code: Key
    group: Key
    dimension: Key
    text: Texts
    applies_to: AppliesTo
    strength: Strength | None = None
    key: Key | None = None
    item_source: Text | None = None
    answers: Many[AnswerFile] = ()


class IndicatorSetFile(Strict):
    """A file of `indicators/`; the file is named after the set."""

    id: Key
    title: Texts
    version: Version
    status: Status
    source: Text
    notes: Many[Text]
    dimensions: Many[HeadingFile]
    groups: Many[HeadingFile]
    count: int
    indicators: Many[IndicatorFile]
    status_note: Text | None = None
    rule_ids: Many[Key] = ()
    replace_by: Texts | None = None
    warning: Texts | None = None
    enabled_by_default: bool = True
    sensitive: bool = False
    valid_for: Many[Jurisdiction] = ("AL", "XK")
    valid_from: date | None = None
    valid_to: date | None = None


class SourceFile(Strict):
    """A document that references point to by key."""

    key: Key
    title: Texts


class SourcesFile(Strict):
    """`sources.yaml`."""

    version: Version
    documents: Many[SourceFile]


class TargetFile(BaseModel):
    """An export vocabulary; its notes are free, its field and value lists are checked in `references.py`."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    name: Text
    status: Status
    attribution: Text | None = None


class TargetsFile(Strict):
    """`targets.yaml`."""

    id: Key
    version: Version
    note: Text
    targets: dict[Key, TargetFile]
