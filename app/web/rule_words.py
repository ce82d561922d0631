"""Routing rules in words: what is proposed, by which rule, from which source, and whether it is to be confirmed."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.code_lists import Label
from app.domain.profile import Profile
from app.domain.routing_rules import Advice, Deviation
from app.texts import text

_LISTS = {
    **dict.fromkeys(
        ("placement", "case_manager", "monitor", "first", "parallel", "notify", "approval", "link"), "organisation_kind"
    ),
    "add_services": "service_type",
    "fallback_services": "service_type",
    "fallback_accommodation": "accommodation_kind",
    "search_attribute": "shelter_attribute",
    "identity": "",
}
"""Which code list the codes of a part of a rule belong to; what is not here is not about choosing a place or people."""


def _labels(profile: Profile, list_id: str, value: Any, language: str) -> str:
    codes = value if isinstance(value, tuple) else (value,)
    return ", ".join(profile.label(list_id, str(code), language) for code in codes)


def _required(profile: Profile, codes: Any, language: str) -> str:
    """Return what a rule needs first: a service or a step, whichever list knows the code."""
    listed = codes if isinstance(codes, tuple) else (codes,)
    found = []
    for code in listed:
        list_id = next((one for one in ("service_type", "sop_step") if code in profile.code_list(one)), None)
        if list_id is not None:
            found.append(profile.label(list_id, code, language))
    return ", ".join(found)


def _proposals(advice: Advice, profile: Profile, language: str) -> list[str]:
    said: list[str] = []
    for part, value in advice.rule.then.items():
        key = f"risks.rule.{part}"
        if isinstance(value, Label):
            said.append(value.text(language))
        elif part == "identity":
            said.append(text(key, language))
        elif part in _LISTS:
            said.append(text(key, language, what=_labels(profile, _LISTS[part], value, language)))
        elif part == "require":
            what = _required(profile, value, language)
            said += [text(key, language, what=what)] if what else []
        elif part == "checklist":
            said.append(text(key, language, what=profile.set(str(value)).title.text(language)))
        elif part == "forbid" and isinstance(value, Mapping):
            lists = [(list_id, codes) for list_id, codes in value.items() if list_id in profile.code_lists]
            what = ", ".join(_labels(profile, list_id, codes, language) for list_id, codes in lists)
            said.append(text(key, language, what=what))
    return said


def rule_lines(given: Iterable[Advice], profile: Profile, language: str) -> list[dict[str, str]]:
    """Return the rules that propose something, each with its source: [{text, source, confirm}]."""
    lines = []
    for one in given:
        said = _proposals(one, profile, language)
        if said:
            lines.append(
                {
                    "text": ". ".join(said),
                    "source": text("risks.rule.source", language, rule=one.rule.id, source=one.rule.source),
                    "confirm": text("risks.rule.to_confirm", language) if one.to_confirm else "",
                }
            )
    return lines


def deviation_words(deviations: Iterable[Deviation], profile: Profile, language: str) -> list[str]:
    """Return, for each rule that is not followed, what it proposes."""
    lists = {
        "placement": "organisation_kind",
        "approval": "organisation_kind",
        "search_attribute": "shelter_attribute",
        "forbid": "accommodation_kind",
    }
    found = []
    for one in deviations:
        if one.about in lists:
            what = _labels(profile, lists[one.about], one.wanted, language)
            found.append(text("risks.rule.deviates", language, rule=one.rule.id, what=what))
    return found
