"""Routing rules of a profile: what they propose for a person, and what a provider does not follow.

A rule holds where every condition of `when` holds; what nobody knows is neither yes nor no, and the rule is then
an open question. Rules propose and warn. Going another way is possible with a reason, and the reason is kept; no rule
keeps anybody from help.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.domain.problems import Invalid
from app.domain.procedures import RoutingRule

Fact = frozenset[str] | bool | int | None
"""Codes that hold (any of a rule's codes among them meets it), yes or no, a number; None where nobody knows."""
Facts = Mapping[str, Fact]

SHELTERS: Final = frozenset({"SHELTER_STATE", "SHELTER_NGO", "CHILD_PROTECTION_HOUSE"})
"""Kinds of organisation between which a rule of placement chooses; others give other services."""

SITUATIONS: Final = frozenset({"before", "leaving", "placement", "provider", "licence_valid"})
"""Conditions that are true of an act and not of a person: without the act the rule is not about anything."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What one rule says. `holds` False: a condition (`unknown`) is not known, so it may apply."""

    rule: RoutingRule
    holds: bool
    unknown: tuple[str, ...] = ()

    @property
    def to_confirm(self) -> bool:
        """True where nobody has confirmed the rule."""
        return self.rule.status != "found"


@dataclass(frozen=True, slots=True)
class Deviation:
    """A provider, or an act, that does not follow a rule. `wanted`: what it proposes, `about` which part of it."""

    rule: RoutingRule
    about: Literal["placement", "search_attribute", "forbid", "approval", "require"]
    wanted: tuple[str, ...]


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list, frozenset)) else (value,)


def meets(wanted: Any, fact: Fact) -> bool | None:
    """Say whether a fact meets a condition; None where the fact is not known."""
    if fact is None:
        return None
    if isinstance(fact, frozenset):
        return bool(fact & {str(one) for one in _listed(wanted)})
    return fact in _listed(wanted)


def advice(rules: Iterable[RoutingRule], facts: Facts) -> tuple[Advice, ...]:
    """Return the rules that hold or may hold, in their order; those with a condition that does not hold are left out.

    A condition about an act (`SITUATIONS`) that is not among the facts does not hold.
    """
    found: list[Advice] = []
    for rule in rules:
        answers = {
            name: meets(wanted, facts[name]) if name in facts else (False if name in SITUATIONS else None)
            for name, wanted in rule.when.items()
        }
        if False in answers.values():
            continue
        unknown = tuple(name for name, answer in answers.items() if answer is None)
        found.append(Advice(rule, not unknown, unknown))
    return tuple(found)


def proposals(given: Iterable[Advice], part: str) -> tuple[str, ...]:
    """Return what the rules that hold propose for one part (`notify`, `add_services` ...), each code once."""
    found = [str(code) for one in given if one.holds for code in _listed(one.rule.then.get(part, ()))]
    return tuple(dict.fromkeys(found))


def placement_deviations(given: Collection[Advice], kind: str, admits: Collection[str]) -> tuple[Deviation, ...]:
    """Return the rules that hold and that a shelter of `kind` does not follow.

    Where two rules propose different shelters, following one is enough. A shelter that states nobody it admits is not
    judged by whom it admits.
    """
    if kind not in SHELTERS:
        return ()
    holding = [one.rule for one in given if one.holds]
    found: list[Deviation] = []
    placing = [rule for rule in holding if "placement" in rule.then]
    if placing and not any(kind in _listed(rule.then["placement"]) for rule in placing):
        found += [Deviation(rule, "placement", tuple(_listed(rule.then["placement"]))) for rule in placing]
    stated = {code for code in admits if code.startswith("ADMITS_")}
    for rule in holding:
        wanted = tuple(_listed(rule.then.get("search_attribute", ())))
        if wanted and stated and not stated & set(wanted):
            found.append(Deviation(rule, "search_attribute", wanted))
    return tuple(found)


def forbidden(given: Collection[Advice], list_id: str, code: str | None) -> tuple[Deviation, ...]:
    """Return the rules that hold and speak against a code of a list, such as living with the family."""
    found: list[Deviation] = []
    for one in given:
        against = one.rule.then.get("forbid")
        codes = _listed(against.get(list_id, ())) if isinstance(against, Mapping) else ()
        if one.holds and code is not None and code in codes:
            found.append(Deviation(one.rule, "forbid", (code,)))
    return tuple(found)


def missing(
    given: Collection[Advice], part: Literal["approval", "require"], have: Collection[str]
) -> tuple[Deviation, ...]:
    """Return the rules that hold and ask for an approval, or a step, that is not there yet."""
    found: list[Deviation] = []
    for one in given:
        lacking = tuple(str(code) for code in _listed(one.rule.then.get(part, ())) if code not in have)
        if one.holds and lacking:
            found.append(Deviation(one.rule, part, lacking))
    return tuple(found)


def check_reason(deviations: Collection[Deviation], reason: str | None, field: str) -> None:
    """Refuse going another way without saying why; raises Invalid on `field` naming the rules."""
    if deviations and not (reason or "").strip():
        rules = ", ".join(dict.fromkeys(one.rule.id for one in deviations))
        raise Invalid.one(field, "routing.reason_missing", rules=rules)
