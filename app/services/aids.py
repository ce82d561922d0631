"""Decision aids over what a case holds: what counts, what is missing, which rule says so; a person decides.

Nothing here is a verdict on a person: the lowest result is "no finding", and every explanation ends with who decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import RowMapping

from app.domain.aid_rules import AidRule, CountThreshold, Element, LegalElements
from app.domain.aids import AidInput, AidResult, Missing, Observation, Strengths, assess, offered
from app.domain.code_lists import Age
from app.domain.indicator_sets import Indicator
from app.domain.profile import Profile
from app.services.case_facts import age_word
from app.services.exploitations import standing
from app.services.unit_of_work import UnitOfWork
from app.texts import text

Answers = Mapping[str, Mapping[str, str]]
"""Indicator set -> indicator -> answer."""

Standing = Literal["recorded", "open", "not_required"]
"""How a legal element stands: recorded in a situation, still open, or not asked for (means of a child)."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that counted, in words; `version` is the set's, None for a value of a code list."""

    source: str
    version: str | None
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """What would still be needed, with its sentence."""

    what: str
    name: str | None
    more: int
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of the rule or of a set that counted: as the source says, provisional, to confirm, own choice."""

    of: str
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One aid, explained in one language. `elements` stands for the aid of the legal elements alone."""

    rule_id: str
    title: str
    version: str
    source: str
    source_quote: str | None
    profile_version: str
    branch: str
    result: str | None
    result_label: str | None
    suggested_status: str | None
    suggested_label: str | None
    count: int | None
    threshold: int | None
    counted: tuple[Counted, ...]
    missing: tuple[Lacking, ...]
    elements: Mapping[str, Standing]
    dimensions: Mapping[str, Strengths]
    positive: tuple[str, ...]
    attention: bool
    hint: str | None
    marks: tuple[Mark, ...]
    decides: str


async def aid_input(unit: UnitOfWork, case: RowMapping, answers: Answers, *, intent_stated: bool = False) -> AidInput:
    """Return what the aids are given: the answers, and the acts, means and forms of the standing situations."""
    rows = await standing(unit, case["id"])

    def every(column: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code for row in rows for code in row[column]))

    return AidInput(
        age=cast(Age, age_word(case["is_child"], case["age_group"])),
        answers=answers,
        act=every("acts"),
        means=every("means"),
        purpose=every("forms"),
        intent_stated=intent_stated,
    )


def results(profile: Profile, given: AidInput) -> list[AidResult]:
    """Return what every aid that the profile offers says."""
    return [assess(profile, rule.id, given) for rule in offered(profile)]


def threshold_of(profile: Profile, given: AidInput) -> tuple[int, int | None]:
    """Return (found, needed) of the threshold that the profile sets for VMT; needed is None where it sets none."""
    for rule in offered(profile):
        if isinstance(rule.body, CountThreshold):
            result = assess(profile, rule.id, given)
            return result.count or 0, result.threshold
    return 0, None


def kept(result: AidResult) -> dict[str, Any]:
    """Return a result as it is stored with a decision: codes and numbers only."""
    return {
        "rule": result.rule_id,
        "version": result.version,
        "profile_version": result.profile[1],
        "branch": result.branch,
        "result": result.result,
        "suggested_status": result.suggested_status,
        "count": result.count,
        "threshold": result.threshold,
        "counted": [f"{one.source}/{one.code}" for one in result.counted],
        "missing": [{"what": one.what, "name": one.name, "more": one.more} for one in result.missing],
        "positive": list(result.positive),
    }


def explain(profile: Profile, result: AidResult, answers: Answers, language: str) -> Explanation:
    """Return a result in words: labels from the profile, sentences from the texts, answers where they say more."""
    rule = profile.aid(result.rule_id)
    status = result.suggested_status
    return Explanation(
        rule_id=rule.id,
        title=rule.title.text(language),
        version=result.version,
        source=result.source,
        source_quote=rule.source_quote,
        profile_version=result.profile[1],
        branch=result.branch,
        result=result.result,
        result_label=profile.label("aid_result", result.result, language) if result.result else None,
        suggested_status=status,
        suggested_label=profile.label("victim_status", status, language) if status else None,
        count=result.count,
        threshold=result.threshold,
        counted=tuple(_counted(profile, one, answers, language) for one in result.counted),
        missing=tuple(_lacking(profile, rule, one, language) for one in result.missing),
        elements=_elements(rule, result),
        dimensions=result.dimensions,
        positive=result.positive,
        attention=result.attention,
        hint=result.hint.text(language) if result.hint else None,
        marks=tuple(Mark(of, mark, text(f"aids.mark.{mark}", language)) for of, mark in result.marks),
        decides=text("aids.you_decide", language),
    )


def observed_text(indicator: Indicator, answer: str, language: str) -> str:
    """Return an indicator as it was observed: the question with its answer where it is not yes or no."""
    chosen = next((choice.text.text(language) for choice in indicator.answers if choice.code == answer), None)
    said = indicator.text.text(language)
    return said if chosen is None else f"{said} {chosen}"


def _counted(profile: Profile, one: Observation, answers: Answers, language: str) -> Counted:
    chosen = profile.indicator_sets.get(one.source)
    if chosen is None:
        return Counted(one.source, None, one.code, profile.label(one.source, one.code, language))
    said = observed_text(chosen.indicators[one.code], answers.get(one.source, {}).get(one.code, ""), language)
    return Counted(one.source, chosen.version, one.code, said)


def _lacking(profile: Profile, rule: AidRule, one: Missing, language: str) -> Lacking:
    if one.what == "count":
        said = text(f"aids.missing.{one.name}", language, n=one.more)
    elif one.what == "element":
        said = text(f"aids.missing.{one.name}", language)
    else:
        set_id = getattr(rule.body, "set", "")
        group = profile.set(set_id).groups[one.name or ""].text.text(language)
        said = text("aids.missing.in_group", language, n=one.more, group=group)
    return Lacking(one.what, one.name, one.more, said)


def _elements(rule: AidRule, result: AidResult) -> dict[str, Standing]:
    if not isinstance(rule.body, LegalElements):
        return {}
    counted = {one.source for one in result.counted}
    required = rule.body.required[result.branch]

    def stands(element: Element, code_list: str) -> Standing:
        if code_list in counted:
            return "recorded"
        return "open" if element in required else "not_required"

    return {element: stands(element, source.code_list) for element, source in rule.body.elements.items()}
