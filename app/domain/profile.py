"""A jurisdiction profile: everything that differs from country to country, in one version, as immutable data.

A case keeps the jurisdiction and the profile version it was worked under; `app.jurisdictions.loader` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.domain.aid_rules import AidRule
from app.domain.code_lists import Age, Code, CodeList, Label, Refused, Status
from app.domain.indicator_sets import IndicatorSet
from app.domain.procedures import (
    ChildParticipants,
    ChildRules,
    DeadlineRule,
    EscalationRule,
    Form,
    FormalIdentification,
    LegalAct,
    Letter,
    NonPunishment,
    OwnTerms,
    PauseRule,
    Principle,
    Reflection,
    RiskScale,
    RoutingRule,
    Stage,
    Step,
    Team,
)
from app.domain.signals import DetailField, PublicReport

PlaceLevel = Literal["country", "nuts2", "county", "region", "municipality"]


class UnknownEntry(LookupError):
    """A profile has no such list, code, set, place, organisation, rule or version; names what was asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """An administrative unit; never an address. `parent` is a code of the same profile."""

    code: str
    level: PlaceLevel
    name: Label
    parent: str | None
    nuts2: str | None = None
    nuts3: str | None = None
    aliases: tuple[str, ...] = ()
    note: str | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """An act that an institution rests on; `since` and `until` are years, months or dates where they are known."""

    act: str
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OrganisationEntry:
    """An institution of the directory. `kind` is a code of `organisation_kind`; shelters carry no address.

    `sources` may say `own knowledge, unverified`: such an entry is `to_confirm` before use.
    """

    code: str
    kind: str
    name: Label
    aliases: tuple[str, ...]
    parent: str | None
    sources: tuple[str, ...]
    status: Literal["active", "planned", "historical"]
    county: str | None = None
    region: str | None = None
    municipality: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    legal_basis: tuple[LegalBasis, ...] = ()
    ownership: Literal["state", "non_state"] | None = None
    capacity: int | None = None
    admits: tuple[str, ...] = ()
    admits_ages: tuple[Literal["adult", "child"], ...] = ()
    services: tuple[str, ...] = ()
    risk_levels: tuple[str, ...] = ()
    serves_counties: tuple[str, ...] = ()
    signal_channel: bool = False
    channel: str | None = None
    note: str | None = None
    facts: Mapping[str, Any] | None = None

    @property
    def to_confirm(self) -> bool:
        """True where some part of the entry is our own knowledge and not yet verified."""
        return any("own knowledge" in source for source in self.sources)


@dataclass(frozen=True, slots=True)
class SetUse:
    """Which indicator sets a profile offers: at once, on choice, and which stay off until somebody checked them."""

    default: tuple[str, ...]
    available: tuple[str, ...]
    off_until_checked: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Languages:
    """Languages of pages, of law and of forms, by ISO 639-1 code."""

    ui: tuple[str, ...]
    official: tuple[str, ...]
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document that references such as `002:107` (document 002, line 107) point to."""

    key: str
    title: Label


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """A vocabulary that codes map to (HTCDS, CTDC, Eurostat ...): field -> allowed values, None = any."""

    key: str
    name: str
    status: Status
    fields: Mapping[str, tuple[str, ...] | None]
    attribution: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One version of one jurisdiction. Mappings are keyed by code or id, in the order of the data."""

    jurisdiction: str
    version: str
    title: Label
    status: Status
    warning: Label | None
    confirmed_by: str | None
    confirmed_on: date | None
    valid_from: date | None
    valid_to: date | None
    timezone: str
    languages: Languages
    terms: Mapping[str, str]
    code_lists: Mapping[str, CodeList]
    indicator_sets: Mapping[str, IndicatorSet]
    set_use: SetUse
    aids: Mapping[str, AidRule]
    places: Mapping[str, Place]
    organisations: Mapping[str, OrganisationEntry]
    legal_frame: tuple[LegalAct, ...]
    principles: tuple[Principle, ...]
    stages: tuple[Stage, ...]
    steps: Mapping[str, Step]
    forms: Mapping[str, Form]
    deadline_rules: Mapping[str, DeadlineRule]
    deadline_pauses: tuple[PauseRule, ...]
    escalation: EscalationRule
    own_terms: OwnTerms
    routing_rules: Mapping[str, RoutingRule]
    child: ChildRules
    child_participants: ChildParticipants
    formal: FormalIdentification
    letters: Mapping[str, Letter]
    reflection: Reflection
    non_punishment: NonPunishment
    risk_scale: RiskScale
    status_labels: tuple[str, ...]
    never_show: tuple[str, ...]
    reporting: Mapping[str, str]
    statistics: Mapping[str, Any]
    sources: Mapping[str, SourceDocument]
    targets: Mapping[str, ExportTarget]
    signal_details: tuple[DetailField, ...] = ()
    public_report: PublicReport | None = None

    def code_list(self, list_id: str) -> CodeList:
        """Return a code list; raises UnknownEntry."""
        found = self.code_lists.get(list_id)
        if found is None:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: no code list {list_id!r}")
        return found

    def code(self, list_id: str, code: str) -> Code:
        """Return one value of a code list; raises UnknownEntry."""
        found = self.code_list(list_id).get(code)
        if found is None:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: no code {code!r} in {list_id}")
        return found

    def label(self, list_id: str, code: str, language: str = "sq") -> str:
        """Return what this jurisdiction calls a code; raises UnknownEntry."""
        return self.code(list_id, code).label.text(language)

    def refusal(self, list_id: str, code: str, age: Age | None = None) -> Refused | None:
        """Return why a code cannot be chosen for a person of that age (None: any age), None where it can."""
        found = self.code_list(list_id).get(code)
        return "unknown" if found is None else found.refused_for(self.jurisdiction, age)

    def is_selectable(self, list_id: str, code: str, age: Age | None = None) -> bool:
        """True where the code may be chosen here for a person of that age; unknown age counts as child."""
        return self.refusal(list_id, code, age) is None

    def selectable(self, list_id: str, age: Age | None = None) -> tuple[Code, ...]:
        """Return the codes that may be chosen here for a person of that age, in the order of the picker."""
        return tuple(code for code in self.code_list(list_id) if code.refused_for(self.jurisdiction, age) is None)

    def set(self, set_id: str, version: str | None = None) -> IndicatorSet:
        """Return an indicator set, in `version` where given; raises UnknownEntry, also for another version."""
        found = self.indicator_sets.get(set_id)
        if found is None:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: no indicator set {set_id!r}")
        if version is not None and version != found.version:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: {set_id} has version {found.version} only")
        return found

    def offered_sets(self) -> tuple[IndicatorSet, ...]:
        """Return the sets an officer may open, the default ones first; unverified sets are not among them."""
        return tuple(self.indicator_sets[key] for key in (*self.set_use.default, *self.set_use.available))

    def aid(self, rule_id: str) -> AidRule:
        """Return the rule of a decision aid; raises UnknownEntry."""
        found = self.aids.get(rule_id)
        if found is None:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: no decision aid {rule_id!r}")
        return found

    def place(self, code: str) -> Place:
        """Return a place; raises UnknownEntry."""
        found = self.places.get(code)
        if found is None:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: no place {code!r}")
        return found

    def organisation(self, code: str) -> OrganisationEntry:
        """Return an organisation of the directory; raises UnknownEntry."""
        found = self.organisations.get(code)
        if found is None:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: no organisation {code!r}")
        return found

    def letter(self, code: str) -> Letter:
        """Return a letter of the procedure; raises UnknownEntry."""
        found = self.letters.get(code)
        if found is None:
            raise UnknownEntry(f"{self.jurisdiction} {self.version}: no letter {code!r}")
        return found

    def formal_team(self, place: Literal["territory", "border"], age: Age) -> Team:
        """Return who decides a formal identification there; unknown age needs the team of a child."""
        branch = "adult" if age == "adult" else "child"
        return next(team for team in self.formal.teams if team.place in (place, "any") and team.age == branch)

    def packages(self, phase: str, profiles: tuple[str, ...]) -> tuple[Code, ...]:
        """Return the service packages of a phase for the person's profiles (`service_profile`; they add up)."""
        return tuple(
            package
            for package in self.selectable("service_package")
            if package.attributes["phase"] == phase and package.attributes["profile"] in profiles
        )

    def cited(self, reference: str) -> tuple[SourceDocument, ...]:
        """Return the documents that a reference such as `002:107; 003:12` names."""
        return tuple(document for key, document in self.sources.items() if f"{key}:" in reference)


__all__ = ["Age", "Code", "CodeList", "Label", "OrganisationEntry", "Place", "Profile", "UnknownEntry"]
