"""Decision aids: they explain what was observed and what is missing; a person decides.

Only `yes` counts; `no`, `unknown` and `not_asked` are kept apart and count the same: nothing.
Answers that do not apply to the age, codes of another version and codes given twice are left out.
No result says "not a victim": the lowest is NO_FINDING. Outside its jurisdiction a rule has no result at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.domain.aid_rules import (
    AidRule,
    AllGroups,
    Branch,
    CountThreshold,
    DecisionList,
    DecisionRow,
    Element,
    LegalElements,
    StrengthCounts,
    StrengthMinimum,
)
from app.domain.code_lists import Age, Label, Status
from app.domain.expressions import holds
from app.domain.indicator_sets import Indicator, IndicatorSet
from app.domain.profile import Profile


@dataclass(frozen=True, slots=True)
class AidInput:
    """What is known when an aid is asked.

    `answers`: indicator set -> indicator -> `yes`, `no`, `unknown`, `not_asked` or the code of an answer choice.
    `act`, `means`, `purpose`: codes recorded for the exploitation (lists `act`, `means`, `form_of_exploitation`).
    `intent_stated`: the officer has written down which facts show an intent to exploit.
    `act_recorded`: an act is known; where None it is read from `act`.
    `positive`: dimensions found positive elsewhere, in place of those worked out from the answers.
    """

    age: Age
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    act: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()
    intent_stated: bool = False
    act_recorded: bool | None = None
    positive: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that counted: an indicator of a set, or a value of a code list."""

    source: str
    code: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What would still be needed: `more` further units, or a whole group, element or row of that name."""

    what: Literal["count", "group", "element"]
    name: str | None
    more: int


@dataclass(frozen=True, slots=True)
class Strengths:
    """Indicators observed in one dimension by strength, and whether that makes the dimension positive."""

    strong: int
    medium: int
    weak: int
    positive: bool


@dataclass(frozen=True, slots=True)
class AidResult:
    """What an aid says and why. `result` is a code of `aid_result`, None where the rule gives none.

    `marks` are the marks of the rule and of every set that counted, so that a provisional one is always shown.
    `attention` asks the officer to ask more and look again; `hint` says what. `label` is for research export only.
    """

    rule_id: str
    version: str
    source: str
    profile: tuple[str, str]
    branch: Branch
    result: str | None
    suggested_status: str | None
    counted: tuple[Observation, ...]
    missing: tuple[Missing, ...]
    count: int | None
    threshold: int | None
    dimensions: Mapping[str, Strengths]
    positive: tuple[str, ...]
    row: str | None
    attention: bool
    hint: Label | None
    label: str | None
    marks: tuple[tuple[str, Status], ...]


def branch_of(age: Age) -> Branch:
    """Return the branch of a rule: unknown age is the child's, until the age is shown."""
    return "adult" if age == "adult" else "child"


def assess(profile: Profile, rule_id: str, given: AidInput, **params: Any) -> AidResult:
    """Return what one decision aid says; `params` put other parameters in place of the rule's, for a trial.

    Raises UnknownEntry for an unknown rule, TypeError for a parameter that the rule does not have.
    """
    rule = profile.aid(rule_id)
    body = replace(rule.body, **params) if params else rule.body
    if profile.jurisdiction not in rule.jurisdictions:
        return _result(profile, rule, given, None)
    match body:
        case CountThreshold():
            return _count_threshold(profile, rule, body, given)
        case AllGroups():
            return _all_groups(profile, rule, body, given)
        case LegalElements():
            return _legal_elements(profile, rule, body, given)
        case StrengthCounts():
            return _strength_counts(profile, rule, body, given)
        case DecisionList():
            return _decision_list(profile, rule, body, given)


def offered(profile: Profile) -> tuple[AidRule, ...]:
    """Return the aids that the profile offers, in the order of the data."""
    return tuple(rule for rule in profile.aids.values() if rule.enabled and profile.jurisdiction in rule.jurisdictions)


def observed(chosen: IndicatorSet, answers: Mapping[str, str], age: Age) -> tuple[Indicator, ...]:
    """Return the indicators of a set that count for a person of that age, in the order of the form."""
    return tuple(
        indicator
        for indicator in chosen
        if indicator.applies(age) and indicator.counts(answers.get(indicator.code, "not_asked"))
    )


def _observations(set_id: str, indicators: Iterable[Indicator]) -> tuple[Observation, ...]:
    return tuple(Observation(set_id, indicator.code) for indicator in indicators)


def _result(profile: Profile, rule: AidRule, given: AidInput, result: str | None, **more: Any) -> AidResult:
    counted: tuple[Observation, ...] = more.pop("counted", ())
    used = {one.source for one in counted} | set(more.pop("sets", ()))
    marks: list[tuple[str, Status]] = [(rule.id, rule.status)]
    if rule.interpretation_status:
        marks.append((rule.id, rule.interpretation_status))
    marks += [(chosen.id, chosen.status) for chosen in profile.indicator_sets.values() if chosen.id in used]
    if "row_status" in more:
        marks.append((f"{rule.id}/{more['row']}", more.pop("row_status")))
    empty: dict[str, Any] = {
        "missing": (),
        "count": None,
        "threshold": None,
        "dimensions": {},
        "positive": (),
        "row": None,
        "attention": False,
        "hint": None,
        "label": None,
    }
    return AidResult(
        rule_id=rule.id,
        version=rule.version,
        source=rule.source,
        profile=(profile.jurisdiction, profile.version),
        branch=branch_of(given.age),
        result=result,
        suggested_status=rule.suggested_status.get(result) if result else None,
        counted=counted,
        marks=tuple(dict.fromkeys(marks)),
        **(empty | more),
    )


def _count_threshold(profile: Profile, rule: AidRule, body: CountThreshold, given: AidInput) -> AidResult:
    """Count in each set alone, for checklists overlap; the set with most decides, the first where two are level."""
    best: tuple[int, str | None, tuple[Indicator, ...]] = (0, None, ())
    for set_id in body.sets:
        chosen = profile.indicator_sets.get(set_id)
        if chosen is None:
            continue
        found = observed(chosen, given.answers.get(set_id, {}), given.age)
        units = {getattr(one, "code" if body.unit == "indicator" else body.unit) for one in found}
        if len(units) > best[0]:
            best = (len(units), set_id, found)
    count, best_set, found = best
    met = count >= body.minimum
    return _result(
        profile,
        rule,
        given,
        body.met if met else body.not_met,
        counted=_observations(best_set, found) if best_set else (),
        sets=[set_id for set_id in body.sets if set_id in given.answers],
        missing=() if met else (Missing("count", body.unit, body.minimum - count),),
        count=count,
        threshold=body.minimum,
    )


def _all_groups(profile: Profile, rule: AidRule, body: AllGroups, given: AidInput) -> AidResult:
    chosen = profile.set(body.set)
    needed = body.groups[branch_of(given.age)]
    found = [one for one in observed(chosen, given.answers.get(body.set, {}), given.age) if one.group in needed]
    lacking = {group: body.minimum_per_group - sum(one.group == group for one in found) for group in needed}
    missing = tuple(Missing("group", group, more) for group, more in lacking.items() if more > 0)
    return _result(
        profile,
        rule,
        given,
        body.not_met if missing else body.met,
        counted=_observations(body.set, found),
        sets=[body.set],
        missing=missing,
        count=len(found),
    )


def _legal_elements(profile: Profile, rule: AidRule, body: LegalElements, given: AidInput) -> AidResult:
    recorded: dict[Element, tuple[str, ...]] = {"act": given.act, "means": given.means, "purpose": given.purpose}
    counted: list[Observation] = []
    there: set[Element] = set()
    for element, source in body.elements.items():
        for code in dict.fromkeys(recorded[element]):
            if code not in source.not_counted and profile.is_selectable(source.code_list, code, given.age):
                counted.append(Observation(source.code_list, code))
                there.add(element)
    missing = tuple(
        Missing("element", element, 1) for element in body.required[branch_of(given.age)] if element not in there
    )
    result = body.none_present if not there else body.some_present if missing else body.all_present
    return _result(profile, rule, given, result, counted=tuple(counted), missing=missing)


def dimension_positive(ways: Iterable[StrengthMinimum], strong: int, medium: int, weak: int) -> bool:
    """True where these numbers of indicators reach any of the ways."""
    return any(
        strong >= way.strong and medium >= way.medium and weak >= way.weak and medium + weak >= way.medium_or_weak
        for way in ways
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """The dimensions as one kind of exploitation reads them, and what counted."""

    strengths: Mapping[str, Strengths]
    positive: tuple[str, ...]
    counted: tuple[Observation, ...]

    @property
    def weight(self) -> tuple[int, int]:
        return len(self.positive), len(self.counted)


def _readings(profile: Profile, body: StrengthCounts, given: AidInput) -> list[_Reading]:
    """Return one reading for each kind of exploitation.

    The sets for labour and for sexual exploitation are not added: they weigh the same facts differently.
    """
    readings = []
    for by_branch in body.sets.values():
        chosen = profile.indicator_sets.get(by_branch[branch_of(given.age)])
        if chosen is not None:
            found = observed(chosen, given.answers.get(chosen.id, {}), given.age)
            strengths = {name: _strengths(body, found, name) for name in body.dimensions}
            positive = tuple(name for name, one in strengths.items() if one.positive)
            readings.append(_Reading(strengths, positive, _observations(chosen.id, found)))
    return readings or [_Reading({}, (), ())]


def _strengths(body: StrengthCounts, found: Iterable[Indicator], dimension: str) -> Strengths:
    weights = [one.strength for one in found if one.dimension == dimension]
    strong, medium, weak = weights.count("STRONG"), weights.count("MEDIUM"), weights.count("WEAK")
    return Strengths(strong, medium, weak, dimension_positive(body.positive_if_any, strong, medium, weak))


def _strength_counts(profile: Profile, rule: AidRule, body: StrengthCounts, given: AidInput) -> AidResult:
    """Say which dimensions are positive; the rule itself has no result, the combination reads it."""
    best = max(_readings(profile, body, given), key=lambda reading: reading.weight)
    return _result(profile, rule, given, None, counted=best.counted, dimensions=best.strengths, positive=best.positive)


def _decision_list(profile: Profile, rule: AidRule, body: DecisionList, given: AidInput) -> AidResult:
    """Take the first row that holds; where two kinds of exploitation were asked, the one with the higher result.

    Doubt works in favour of protection: a reading with fewer positive dimensions may still say more.
    """
    counting = profile.aid(body.dimension_rule).body
    if not isinstance(counting, StrengthCounts):
        raise TypeError(f"{rule.id}: {body.dimension_rule} does not count strengths")
    if given.positive is None:
        readings = _readings(profile, counting, given)
    else:
        readings = [_Reading({}, tuple(name for name in counting.dimensions if name in given.positive), ())]
    branch = branch_of(given.age)
    ranks = {code.code: code.attributes["rank"] for code in profile.code_list("aid_result")}

    def facts(reading: _Reading) -> dict[str, bool]:
        known = {"act_recorded": _act_recorded(profile, given), "intent_stated": given.intent_stated}
        return known | {name: name in reading.positive for name in counting.dimensions}

    def decides(reading: _Reading) -> DecisionRow:
        return next(row for row in body.rows[branch] if holds(row.when, facts(reading)))

    best = max(readings, key=lambda reading: (ranks[decides(reading).result], reading.weight))
    row = decides(best)
    return _result(
        profile,
        rule,
        given,
        row.result,
        counted=best.counted,
        dimensions=best.strengths,
        positive=best.positive,
        row=row.row,
        row_status=row.status,
        attention=row.attention,
        hint=row.hint,
        label=_research_label(body, branch, facts(best)),
    )


def _act_recorded(profile: Profile, given: AidInput) -> bool:
    if given.act_recorded is not None:
        return given.act_recorded
    return any(profile.is_selectable("act", code, given.age) for code in given.act)


def _research_label(body: DecisionList, branch: Branch, facts: Mapping[str, bool]) -> str | None:
    """Return the label of the worked example; it knows adults only, and neither VR nor VD."""
    if branch != "adult" or facts["VR"] or facts["VD"]:
        return None
    return next((row.label for row in body.research_labels if holds(row.when, facts)), None)
