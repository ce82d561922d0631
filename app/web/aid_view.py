"""Decision aids as the page shows them: the count in words, what is there, what is open, who decides; no verdict."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping

from app.domain.aid_rules import AidRule, AllGroups, CountThreshold, DecisionList, LegalElements, StrengthCounts
from app.domain.code_lists import Age
from app.domain.indicator_sets import IndicatorSet
from app.domain.profile import Profile
from app.services.aids import Explanation, observed_text
from app.texts import text

Card = dict[str, Any]
Answers = Mapping[str, Mapping[str, RowMapping]]


def cards(
    profile: Profile,
    found: Sequence[Explanation],
    opened: Iterable[IndicatorSet],
    answers: Answers,
    age: Age,
    language: str,
) -> tuple[Card, list[Card]]:
    """Return the card of the whole (threshold and legal elements) and those of the other aids whose lists were opened.

    `opened` are the sets of the identification, `answers` the ones that count.
    """
    sets = {chosen.id: chosen for chosen in opened}
    kinds = [(profile.aid(one.rule_id), one) for one in found]
    threshold = next((one for rule, one in kinds if isinstance(rule.body, CountThreshold)), None)
    legal = next((one for rule, one in kinds if isinstance(rule.body, LegalElements)), None)
    others = [_other(profile, rule, one, language) for rule, one in kinds if _used(profile, rule, sets)]
    return _whole(profile, threshold, legal, sets, answers, age, language), others


def _whole(
    profile: Profile,
    threshold: Explanation | None,
    legal: Explanation | None,
    sets: Mapping[str, IndicatorSet],
    answers: Answers,
    age: Age,
    language: str,
) -> Card:
    present = _present(sets, answers, age, language)
    if threshold is not None:
        found, needed = threshold.count or 0, threshold.threshold or 0
        said = "enough" if found >= needed else "below"
        several = "_of" if found < len(present) else ""
        says = text(f"aids.card.{said}{several}", language, n=needed, found=found)
    else:
        says = text("aids.card.no_threshold", language)
    cited = [one for one in (threshold, legal) if one is not None]
    return {
        "id": "aids",
        "below": threshold is not None and (threshold.count or 0) < (threshold.threshold or 0),
        "title": text("aids.card.title", language),
        "result": text("aids.counted.indicator", language, n=len(present)),
        "says": says,
        "you": text("aids.you_decide", language),
        "present_title": text("aids.counted.title", language),
        "present": present,
        "elements_title": text("aids.card.elements", language),
        "elements": _elements(legal, sets, answers, age, language),
        "open_title": text("aids.card.open", language),
        "open": _open(sets, answers, age, language),
        "source": " ".join([*(_source(one, language) for one in cited), text("aids.card.never", language)]),
    }


def _present(sets: Mapping[str, IndicatorSet], answers: Answers, age: Age, language: str) -> list[str]:
    return [
        observed_text(indicator, _answer(answers, chosen.id, indicator.code), language)
        for chosen in sets.values()
        for indicator in chosen.for_age(age)
        if indicator.counts(_answer(answers, chosen.id, indicator.code))
    ]


def _answer(answers: Answers, set_id: str, code: str) -> str:
    row = answers.get(set_id, {}).get(code)
    return "not_asked" if row is None else str(row["answer"])


def _elements(
    legal: Explanation | None, sets: Mapping[str, IndicatorSet], answers: Answers, age: Age, language: str
) -> list[dict[str, Any]]:
    """Return the legal elements: recorded in a situation, pointed to by indicators, or open."""
    if legal is None:
        return []
    pointed = dict.fromkeys(("ACT", "MEANS", "PURPOSE"), 0)
    for chosen in sets.values():
        for indicator in chosen.for_age(age):
            if indicator.dimension in pointed and indicator.counts(_answer(answers, chosen.id, indicator.code)):
                pointed[indicator.dimension] += 1
    found = []
    for element, stands in legal.elements.items():
        hints = pointed[element.upper()]
        if stands == "open" and hints:
            said = text("aids.element.pointed", language, n=hints)
        else:
            said = text(f"aids.element.{stands}", language)
        found.append({"term": text(f"aids.element.{element}", language), "text": said, "open": stands == "open"})
    return found


def _open(sets: Mapping[str, IndicatorSet], answers: Answers, age: Age, language: str) -> list[str]:
    """Return what could still be asked, by group, and how much is not known."""
    found, unknown = [], 0
    for chosen in sets.values():
        waiting: dict[str, int] = {}
        asked = chosen.for_age(age)
        for indicator in asked:
            answer = _answer(answers, chosen.id, indicator.code)
            unknown += answer == "unknown"
            if answer == "not_asked":
                part = chosen.part_of(indicator).text.text(language)
                waiting[part] = waiting.get(part, 0) + 1
        if len(sets) > 1 and sum(waiting.values()) == len(asked):
            found.append(text("aids.card.list_not_asked", language, set=chosen.title.text(language)))
            continue
        found += [text("aids.card.not_asked", language, n=n, group=part) for part, n in waiting.items()]
    return found + ([text("aids.card.unknown", language, n=unknown)] if unknown else [])


def kept_rows(profile: Profile, kept: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    """Return what the aids said when it was decided: rule with version, what counted, what it pointed to."""
    rows = []
    for one in kept:
        rule = profile.aids.get(one["rule"])
        if rule is None or one["result"] is None:
            continue
        if isinstance(rule.body, LegalElements):
            lacking = [text(f"aids.missing.{missing['name']}", language) for missing in one["missing"]]
            rows.append(
                {"term": _named(rule, one, language), "text": " ".join(lacking) or text("aids.missing.none", language)}
            )
            continue
        if not one["counted"]:
            continue
        said = [text("aids.counted.indicator", language, n=len(one["counted"]))]
        if one["threshold"] is not None:
            said.append(text("aids.counted.threshold", language, threshold=one["threshold"]))
        if one["suggested_status"]:
            label = profile.label("victim_status", one["suggested_status"], language)
            said.append(text("aids.suggested", language, status=label))
        rows.append({"term": _named(rule, one, language), "text": " · ".join(said)})
    return rows


def _named(rule: AidRule, kept: Mapping[str, Any], language: str) -> str:
    return f"{rule.title.text(language)}, {rule.id} {kept['version']}"


def _source(one: Explanation, language: str) -> str:
    marks = sorted({mark.text for mark in one.marks if mark.mark != "found"})
    tail = f" ({', '.join(marks)})" if marks else ""
    return f"{one.title}, {one.rule_id} {one.version}{tail}. {text('aids.source', language, source=one.source)}."


def _used(profile: Profile, rule: AidRule, sets: Mapping[str, IndicatorSet]) -> bool:
    """True for an aid beside the whole whose own lists were opened; the ILO dimensions stand in their combination."""
    match rule.body:
        case AllGroups():
            return rule.body.set in sets
        case DecisionList():
            counting = profile.aid(rule.body.dimension_rule).body
            named = counting.sets.values() if isinstance(counting, StrengthCounts) else ()
            return any(set_id in sets for by_branch in named for set_id in by_branch.values())
        case _:
            return False


def _other(profile: Profile, rule: AidRule, one: Explanation, language: str) -> Card:
    elements: list[dict[str, Any]] = []
    if isinstance(rule.body, DecisionList):
        counting = profile.aid(rule.body.dimension_rule).body
        assert isinstance(counting, StrengthCounts)
        elements = [
            {
                "term": _dimension(profile, counting, name, language),
                "text": text(f"aids.dimension.{'positive' if name in one.positive else 'open'}", language),
                "open": name not in one.positive,
            }
            for name in counting.dimensions
        ]
    suggested = text("aids.suggested", language, status=one.suggested_label) if one.suggested_label else ""
    says = [suggested, one.hint or ""] if one.attention or one.hint else [suggested]
    return {
        "id": f"aid-{one.rule_id}",
        "title": one.title,
        "result": text("aids.counted.indicator", language, n=len(one.counted)),
        "says": " ".join(part for part in says if part),
        "you": one.decides,
        "present_title": text("aids.counted.title", language),
        "present": [counted.text for counted in one.counted],
        "elements_title": text("aids.card.dimensions", language),
        "elements": elements,
        "open_title": text("aids.missing.title", language),
        "open": [lacking.text for lacking in one.missing],
        "source": _source(one, language),
    }


def _dimension(profile: Profile, counting: StrengthCounts, name: str, language: str) -> str:
    """Return the name of an ILO dimension as the first of its sets prints it."""
    for by_branch in counting.sets.values():
        for set_id in by_branch.values():
            chosen = profile.indicator_sets.get(set_id)
            if chosen is not None and name in chosen.dimensions:
                return chosen.dimensions[name].text.text(language)
    return name
