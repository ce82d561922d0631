"""What the pages of an identification show: lists, questions with their answers, aids, and how a page is read back."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import RowMapping
from starlette.datastructures import FormData

from app.domain.forms.identification import RecordAnswers
from app.domain.indicator_sets import Indicator, IndicatorSet
from app.domain.victim_status import INITIAL_RESULTS
from app.http.problems import as_invalid
from app.services.identification_answers import NONE_YET, NOT_ASKED, possible_answers
from app.services.identifications import Identification, age_of, explanations, sets_for
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import dates
from app.web.aid_view import Card, cards
from app.web.forms import FormState

_ANSWER, _NOTE = "a.", "note."


async def aid_cards(unit: UnitOfWork, found: Identification, language: str) -> tuple[Card, list[Card]]:
    """Return the aids of an identification as cards: the whole, and those of other lists that were opened."""
    profile = unit.profile_of(found.case)
    said = await explanations(unit, found.case, found.row, found.answers, language)
    return cards(profile, said, opened(unit, found), found.answers, age_of(found.case), language)


def opened(unit: UnitOfWork, found: Identification) -> list[IndicatorSet]:
    """Return the lists that were opened, in the order they were."""
    known = unit.profile_of(found.case).indicator_sets
    return [known[one] for one in found.row["sets"] if one in known]


def offered_to(unit: UnitOfWork, found: Identification) -> tuple[IndicatorSet, ...]:
    """Return the lists in force when the identification began, and those it has opened."""
    row = found.row
    return sets_for(unit.profile_of(found.case), age_of(found.case), row["started_at"], row["sets"])


def shown_set(unit: UnitOfWork, found: Identification, wanted: str | None) -> IndicatorSet:
    """Return the list to show: the one asked for where it is offered, else the first that was opened."""
    offered = {one.id: one for one in offered_to(unit, found)}
    if wanted in offered:
        return offered[wanted]
    first = next((one for one in opened(unit, found)), None)
    return first or next(iter(offered.values()))


def lists_of(unit: UnitOfWork, found: Identification, chosen: IndicatorSet, language: str) -> dict[str, Any]:
    """Return the lists opened with how much of each is answered, and those that could be opened."""
    age = age_of(found.case)
    there = list(dict.fromkeys([*(one.id for one in opened(unit, found)), chosen.id]))
    offered = offered_to(unit, found)

    def item(one: IndicatorSet) -> dict[str, Any]:
        asked = one.for_age(age)
        given = found.answers.get(one.id, {})
        answered = sum(1 for i in asked if i.code in given and given[i.code]["answer"] != NOT_ASKED)
        return {
            "id": one.id,
            "title": one.title.text(language),
            "current": one.id == chosen.id,
            "progress": text("identification.read.answered", language, n=answered, total=len(asked)),
        }

    return {
        "opened": [item(one) for one in offered if one.id in there],
        "others": [item(one) for one in offered if one.id not in there],
        "source": _source(chosen, language),
    }


def _source(chosen: IndicatorSet, language: str) -> str:
    tail = text("aids.replace_by", language, text=chosen.replace_by.text(language)) if chosen.replace_by else ""
    mark = text(f"aids.mark.{chosen.status}", language)
    return f"{chosen.title.text(language)}, {chosen.id} {chosen.version}, {mark}. {tail}".strip()


def questions(
    unit: UnitOfWork, found: Identification, chosen: IndicatorSet, language: str, state: FormState
) -> list[dict[str, Any]]:
    """Return the questions of a list by group, with the answer given, typed or not asked yet."""
    given = found.answers.get(chosen.id, {})
    groups: dict[str, dict[str, Any]] = {}
    for indicator in chosen.for_age(age_of(found.case)):
        name = f"{_ANSWER}{indicator.code}"
        kept = str(given[indicator.code]["answer"]) if indicator.code in given else NOT_ASKED
        typed = state.values.get(name) if state.values is not None else None
        value = str(typed) if typed in possible_answers(indicator) else kept
        part = chosen.part_of(indicator)
        group = groups.setdefault(
            part.code,
            {
                "id": f"group-{part.code.lower()}",
                "title": part.text.text(language),
                "items": [],
                "noted": [],
                "answered": 0,
                "open": False,
            },
        )
        group["items"].append(_item(indicator, name, value, language))
        group["answered"] += kept != NOT_ASKED
        if indicator.counts(kept):
            group["noted"].append(_note_field(indicator, language, state))
    found_groups = list(groups.values())
    for group in found_groups:
        group["open"] = state.values is not None
    waiting = next((group for group in found_groups if not group["answered"]), None)
    if waiting is not None:
        waiting["open"] = True
    return found_groups


def next_group(chosen: IndicatorSet, form: RecordAnswers) -> str:
    """Return where to go on after saving: the first group of which nothing is answered, else what the aids say."""
    shown = [
        (chosen.part_of(chosen.indicators[one.code]).code, one.answer)
        for one in form.answers
        if one.code in chosen.indicators
    ]
    answered = {group for group, answer in shown if answer != NOT_ASKED}
    return next((f"group-{group.lower()}" for group, _ in shown if group not in answered), "aids")


def _item(indicator: Indicator, name: str, value: str, language: str) -> dict[str, Any]:
    plain = {"name": name, "code": indicator.code, "text": indicator.text.text(language), "value": value}
    if not indicator.answers:
        return plain | {"row": {"term": plain["text"], "text": text(f"layout.indicator.{value}", language)}}
    options: list[dict[str, Any]] = [
        {"value": choice.code, "label": choice.text.text(language)} for choice in indicator.answers
    ]
    options += [
        {"value": one, "label": text(f"layout.indicator.{one}", language), "quiet": True}
        for one in ("unknown", NOT_ASKED)
    ]
    said = next((one["label"] for one in options if one["value"] == value), value)
    field = {"name": name, "kind": "radios", "label": plain["text"], "value": value, "options": options}
    return plain | {"field": field, "row": {"term": plain["text"], "text": said}}


def _note_field(indicator: Indicator, language: str, state: FormState) -> dict[str, Any]:
    name = f"{_NOTE}{indicator.code}"
    return {
        "name": name,
        "code": indicator.code,
        "kind": "textarea",
        "rows": 2,
        "label": indicator.text.text(language),
        "value": state.values.get(name) if state.values is not None else None,
    }


def read_answers(given: FormData) -> RecordAnswers:
    """Read the answers of a posted page; raises `Invalid` naming every broken field."""
    codes = [str(name)[len(_ANSWER) :] for name in given if str(name).startswith(_ANSWER)]
    try:
        return RecordAnswers.model_validate(
            {
                "set_id": given.get("set_id", ""),
                "set_version": given.get("set_version", ""),
                "officer_id": given.get("officer_id") or None,
                "answers": [
                    {"code": code, "answer": given[f"{_ANSWER}{code}"], "note": given.get(f"{_NOTE}{code}")}
                    for code in codes
                ],
            }
        )
    except ValidationError as error:
        raise as_invalid(error) from error


def known_of(given: FormData) -> UUID:
    """Return the last observation the posted page showed; before all of them where it does not say."""
    try:
        return UUID(str(given.get("known", "")))
    except ValueError:
        return NONE_YET


def decided_options(
    unit: UnitOfWork, found: Identification, every: Iterable[RowMapping], language: str
) -> dict[str, list[dict[str, Any]]]:
    """Return the choices of the decision: results in the profile's words, and the decisions it may put right."""
    profile = unit.profile_of(found.case)
    return {
        "result": [
            {"value": one.value, "label": profile.label("victim_status", one.value, language)}
            for one in reversed(INITIAL_RESULTS)
        ],
        "corrects": [
            {"value": "", "label": text("identification.decide.new_finding", language)},
            *(
                {
                    "value": str(row["id"]),
                    "label": text(
                        "identification.decide.corrects",
                        language,
                        result=profile.label("victim_status", row["result"], language),
                        when=dates.spoken(row["decided_at"], unit.now, language, tz=profile.timezone),
                    ),
                }
                for row in every
                if row["state"] == "decided"
            ),
        ],
    }
