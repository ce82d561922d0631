"""Code lists: the closed vocabularies of a jurisdiction, each value with labels, source and conditions of use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Age = Literal["adult", "child", "unknown"]
"""Age of the person on the date of the event; `unknown` is treated as `child` until shown otherwise."""

Status = Literal["found", "to_confirm", "provisional", "design_choice"]
"""How far a fact is confirmed: the source says it; somebody must confirm it; to be replaced; our own decision."""

Refused = Literal["unknown", "other_profile", "heading", "child_only", "adult_only"]
"""Why a code cannot be chosen: not in the list, of another jurisdiction, a heading, or of the other age."""

AttributeValue = str | int | bool | tuple[str, ...] | None

DEFAULT_LANGUAGE = "sq"


@dataclass(frozen=True, slots=True)
class Label:
    """One text in several languages; Albanian and English are always there, Serbian where given."""

    texts: Mapping[str, str]

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the text in `language`, in Albanian where that language has none."""
        return self.texts.get(language) or self.texts[DEFAULT_LANGUAGE]

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class TermSource:
    """Where the Albanian term stands: `reference` such as `002:107`, `CLDR` or `own translation`.

    `form` is `verbatim` or `adapted` where the term is quoted; `quote` holds the words as printed.
    """

    reference: str
    form: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """One value of a code list, as one jurisdiction names it (`label` is already that jurisdiction's wording).

    `attributes` are the further facts that the list declares, such as the `unit` of a service type;
    `maps` says by export vocabulary which fields and values stand for this code, `lossy` where meaning is lost.
    `sensitive` marks a special category of personal data: kept only where needed, never in statistics extracts.
    """

    code: str
    label: Label
    definition_en: str
    valid_for: tuple[str, ...]
    source: TermSource
    parent: str | None = None
    child_only: bool = False
    adult_only: bool = False
    group: bool = False
    sensitive: bool = False
    status: Status | None = None
    note: str | None = None
    aliases: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    maps: Mapping[str, Mapping[str, str | int | tuple[str, ...]]] = field(default_factory=dict)
    lossy: tuple[str, ...] = ()

    def refused_for(self, jurisdiction: str, age: Age | None) -> Refused | None:
        """Return why this value cannot be chosen there for a person of that age, None where it can."""
        if jurisdiction not in self.valid_for:
            return "other_profile"
        if self.group:
            return "heading"
        if self.child_only and age == "adult":
            return "child_only"
        if self.adult_only and age in ("child", "unknown"):
            return "adult_only"
        return None


@dataclass(frozen=True, slots=True, eq=False)
class CodeList:
    """A list of codes in the order of the picker; `values` holds every code, also those of other jurisdictions.

    `multi`: several values may be chosen. `required_for`: ages for which a legal element needs a value of this list.
    `transitions` are the allowed next codes where the list is a life cycle.
    """

    id: str
    title: Label
    version: str
    source: str
    values: Mapping[str, Code]
    status: Status | None = None
    note: str | None = None
    rules: tuple[str, ...] = ()
    multi: bool = False
    sensitive: bool = False
    required_for: tuple[Age, ...] = ()
    transitions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, code: object) -> bool:
        return code in self.values

    def __iter__(self) -> Iterator[Code]:
        return iter(self.values.values())

    def __len__(self) -> int:
        return len(self.values)

    def get(self, code: str) -> Code | None:
        """Return the value of `code`, None where the list has none."""
        return self.values.get(code)

    def children(self, parent: str | None) -> tuple[Code, ...]:
        """Return the values directly below `parent`; the top level for None."""
        return tuple(value for value in self if value.parent == parent)
