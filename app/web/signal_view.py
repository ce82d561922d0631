"""What pages of signals show: channels to choose from, the channel's own questions, its answers, steps and counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData

from app.domain.profile import Profile
from app.domain.signals import YES_NO, DetailField, choices_of, details_of
from app.services.signal_steps import Step
from app.services.signal_work import ChannelCount
from app.services.signals import Signal
from app.texts import text
from app.web import dates
from app.web.forms import FormState

PREFIX = "details."
_SELECT_FROM = 8
"""From so many choices on a single answer is chosen from a list."""


def channel_groups(profile: Profile, language: str) -> list[dict[str, Any]]:
    """Return the channels to choose from: those counted apart, those of people at their work, all others."""
    groups: dict[str, list[dict[str, str]]] = {"apart": [], "own": [], "other": []}
    for code in profile.selectable("signal_channel"):
        apart, asks = code.attributes.get("count_apart"), details_of(profile, code.code)
        place = "apart" if apart else "own" if asks or code.attributes.get("proactive") else "other"
        groups[place].append({"code": code.code, "label": code.label.text(language)})
    return [{"title": text(f"signals.channel.{name}", language), "channels": found} for name, found in groups.items()]


def detail_fields(profile: Profile, channel: str, language: str, state: FormState) -> list[dict[str, Any]]:
    """Return the channel's own questions as fields of a form."""
    return [_field(profile, one, language, state) for one in details_of(profile, channel)]


def _field(profile: Profile, one: DetailField, language: str, state: FormState) -> dict[str, Any]:
    name = f"{PREFIX}{one.code}"
    values = state.values
    typed = None if values is None else values.getlist(name) if one.several else values.get(name)
    field: dict[str, Any] = {
        "name": name,
        "label": one.label.text(language),
        "optional_mark": not one.several,
        "required": False,
        "error": state.error(name, language),
        "value": typed,
    }
    if one.hint is not None:
        field["hint"] = one.hint.text(language)
    if one.kind in ("text", "number"):
        return field | {"kind": one.kind, "autocomplete": "off"}
    if one.kind == "yes_no":
        options = [{"value": v, "label": text(f"layout.known.{v}", language), "quiet": v == "unknown"} for v in YES_NO]
        return field | {"kind": "radios", "options": options}
    options = [{"value": code, "label": said} for code, said in choices_of(profile, one, language)]
    if one.several:
        return field | {"kind": "checkboxes", "options": options, "columns": one.kind == "codes" and len(options) > 6}
    return field | {"kind": "select" if len(options) >= _SELECT_FROM else "radios", "options": options}


def read_details(profile: Profile, channel: str, given: FormData) -> dict[str, object]:
    """Return the answers that a page sent to the channel's own questions, those left empty not among them."""
    found: dict[str, object] = {}
    for one in details_of(profile, channel):
        name = f"{PREFIX}{one.code}"
        if one.several:
            found[one.code] = [str(value) for value in given.getlist(name) if value]
            continue
        typed = str(given.get(name, "")).strip()
        if typed:
            found[one.code] = int(typed) if one.kind == "number" and typed.isdecimal() else typed
    return {code: value for code, value in found.items() if value}


def details_said(profile: Profile, found: Signal, language: str) -> list[dict[str, str]]:
    """Return the answers to the channel's own questions in words; none where they are not for the reader."""
    said = []
    given: Mapping[str, Any] = found.details or {}
    for one in profile.signal_details:
        if one.code not in given or found.row["channel"] not in one.channels:
            continue
        value = given[one.code]
        words = dict(choices_of(profile, one, language))
        if one.kind == "yes_no":
            words = {v: text(f"layout.known.{v}", language) for v in YES_NO}
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        said.append({"term": one.label.text(language), "text": "; ".join(str(words.get(str(v), v)) for v in values)})
    return said


def step_said(profile: Profile, step: Step, now: datetime, language: str) -> dict[str, Any]:
    """Return one step in words: what was done, when, what came of it."""
    row = step.row
    parts = [dates.spoken(row["happened_at"], now, language, tz=profile.timezone)]
    if row["kind"] == "counselled":
        parts += [profile.label("counselling_kind", code, language) for code in row["counselling"]]
        parts += [profile.label("information_topic", code, language) for code in row["topics"]]
        parts.append(profile.label("language", row["language"], language))
    else:
        parts.append(profile.label("signal_follow_up", row["outcome"], language))
        if row["next_on"] is not None:
            parts.append(text("signals.steps.next_on", language, day=row["next_on"].strftime("%d.%m.%Y")))
    return {"title": text(f"signals.steps.{row['kind']}", language), "meta": " · ".join(parts), "note": step.note}


def count_table(profile: Profile, counts: Sequence[ChannelCount], language: str) -> dict[str, Any]:
    """Return counts as rows of a table: a channel, its months, its outcomes, its total; and the footing."""
    rows = []
    for code in profile.code_list("signal_channel"):
        own = [one for one in counts if one.channel == code.code]
        if not own and not (code.attributes.get("count_apart") and profile.is_selectable("signal_channel", code.code)):
            continue
        rows.append(
            {
                "label": code.label.text(language),
                "months": [sum(one.signals for one in own if one.month == month) for month in range(1, 13)],
                "outcomes": _outcomes(own, language),
                "total": sum(one.signals for one in own),
            }
        )
    months = [sum(one.signals for one in counts if one.month == month) for month in range(1, 13)]
    return {"rows": rows, "months": months, "outcomes": _outcomes(counts, language), "total": sum(months)}


def _outcomes(counts: Sequence[ChannelCount], language: str) -> list[dict[str, Any]]:
    found: dict[str | None, int] = {}
    for one in counts:
        found[one.outcome] = found.get(one.outcome, 0) + one.signals
    return [
        {
            "label": text("signals.counts.open" if code is None else f"signals.choices.outcome.{code}", language),
            "signals": number,
        }
        for code, number in sorted(found.items(), key=lambda item: item[0] or "")
    ]
