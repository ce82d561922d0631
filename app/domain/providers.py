"""Which organisation suits a need: reasons for and against, said aloud; they order a list and never block anybody.

What a provider has not said about itself (languages, whom it admits) is no reason against it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

USUAL_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "SAFETY": frozenset({"POLICE", "POLICE_ANTI_TRAFFICKING", "SHELTER_STATE", "SHELTER_NGO"}),
    "ACCOMMODATION": frozenset({"SHELTER_STATE", "SHELTER_NGO", "CHILD_PROTECTION_HOUSE"}),
    "BASIC_NEEDS": frozenset({"MUNICIPAL_SOCIAL", "CENTRE_SOCIAL_WORK", "DAY_CENTRE", "NGO", "MOBILE_UNIT"}),
    "HEALTH": frozenset({"HEALTH"}),
    "MENTAL_HEALTH": frozenset({"MENTAL_HEALTH", "SHELTER_NGO", "SHELTER_STATE"}),
    "SUBSTANCE_USE": frozenset({"MENTAL_HEALTH", "HEALTH"}),
    "LEGAL": frozenset({"LEGAL_AID", "VICTIM_ADVOCACY_OFFICE"}),
    "COMPENSATION": frozenset({"LEGAL_AID", "VICTIM_ADVOCACY_OFFICE"}),
    "RESIDENCE": frozenset({"BORDER_POLICE", "LEGAL_AID"}),
    "GUARDIANSHIP": frozenset({"CHILD_PROTECTION_UNIT", "CENTRE_SOCIAL_WORK", "MUNICIPAL_SOCIAL"}),
    "FAMILY": frozenset({"CHILD_PROTECTION_UNIT", "CENTRE_SOCIAL_WORK", "MUNICIPAL_SOCIAL"}),
    "INCOME": frozenset({"MUNICIPAL_SOCIAL", "CENTRE_SOCIAL_WORK"}),
}
"""Kinds of organisations that usually answer a need; our own design, to be confirmed, and only an order of a list."""

SHELTER_NEED: Final = "ACCOMMODATION"
_ADMITS: Final[Mapping[tuple[bool, str], str]] = {
    (False, "FEMALE"): "ADMITS_WOMEN",
    (False, "MALE"): "ADMITS_MEN",
    (True, "FEMALE"): "ADMITS_GIRLS",
    (True, "MALE"): "ADMITS_BOYS",
}
_BY_STATUS: Final[Mapping[str, str]] = {"VMT": "ADMITS_VMT", "VT": "ADMITS_VT", "AT_RISK": "ADMITS_AT_RISK"}
_ABOUT_STATUS: Final = frozenset(_BY_STATUS.values())
_WEIGHT: Final = {True: 2, False: -3, None: 0}


@dataclass(frozen=True, slots=True)
class Provider:
    """What an organisation says about itself; empty where it says nothing. `free_beds`: tonight, None without beds."""

    kind: str
    services: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    admits: frozenset[str] = frozenset()
    county: str | None = None
    free_beds: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person needs, in codes. `services`: service types that answer the needs, those asked for among them."""

    needs: frozenset[str]
    services: frozenset[str]
    languages: frozenset[str]
    child: bool
    sex: str
    status: str
    foreign: bool | None
    county: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: it fits, it does not, or (None) the provider has not said. `params` fill its sentence."""

    code: str
    fits: bool | None
    params: Mapping[str, int | str]


def reasons(provider: Provider, wanted: Wanted) -> tuple[Reason, ...]:
    """Return every reason for and against, the telling ones first."""
    found = [*_what_it_does(provider, wanted), *_whom_it_takes(provider, wanted), *_where(provider, wanted)]
    return tuple(sorted(found, key=lambda reason: (reason.fits is None, reason.fits is True)))


def suitability(given: Collection[Reason]) -> int:
    """Return a number to order providers by, the more suitable the higher; shown to nobody."""
    return sum(_WEIGHT[reason.fits] for reason in given)


def _what_it_does(provider: Provider, wanted: Wanted) -> Iterator[Reason]:
    if provider.services and wanted.services:
        yield Reason("services", bool(provider.services & wanted.services), {})
    else:
        usual = [need for need in wanted.needs if provider.kind in USUAL_KINDS.get(need, frozenset())]
        known = [need for need in wanted.needs if need in USUAL_KINDS]
        if known:
            yield Reason("kind", bool(usual), {})
    if wanted.languages:
        spoken = None if not provider.languages else bool(provider.languages & wanted.languages)
        yield Reason("languages", spoken, {})


def _whom_it_takes(provider: Provider, wanted: Wanted) -> Iterator[Reason]:
    if SHELTER_NEED not in wanted.needs or provider.kind not in USUAL_KINDS[SHELTER_NEED]:
        return
    who = _ADMITS.get((wanted.child, wanted.sex))
    if who is not None:
        yield Reason(who.lower(), None if not provider.admits else who in provider.admits, {})
    status = _BY_STATUS.get(wanted.status)
    if status is not None and provider.admits & _ABOUT_STATUS:
        yield Reason(status.lower(), status in provider.admits, {})
    if wanted.foreign and provider.admits:
        yield Reason("admits_foreign", "ADMITS_FOREIGN" in provider.admits, {})
    if provider.free_beds is not None:
        yield Reason("beds", provider.free_beds > 0, {"n": provider.free_beds})


def _where(provider: Provider, wanted: Wanted) -> Iterator[Reason]:
    if provider.county is not None and wanted.county is not None:
        # Far away is no reason against: at times it is what makes a place safe.
        yield Reason("county", True if provider.county == wanted.county else None, {})
