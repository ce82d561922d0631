"""Cases in words: who it is without a name, what happened, what is due and where it is done."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import RowMapping

from app.domain.case_tracks import Day, Point
from app.domain.milestones import BY_HAND, REVEAL_REVIEWED
from app.domain.policy import Role, may
from app.domain.profile import Profile
from app.services.case_story import Story
from app.texts import has_text, text

Names = Mapping[UUID, Mapping[str, str]]
Row = Mapping[str, Any] | RowMapping

_FINDINGS = {"INITIAL_ID_DECIDED": "initial", "FORMAL_DECIDED": "formal", "RECONSIDERED": "formal"}
_REASONS = {"CLOSED": "closure_reason", "identity_revealed": "break_glass_reason"}
_ENDED_AS = {"withdrawn": "CANCELLED", "revoked": "CANCELLED", "expired": "NOT_ANSWERED"}
_SAID_ALREADY = frozenset({"REFERRAL_SENT", "identity_revealed", "authority_assigned", "authority_ended"})
"""Events whose title or line names the organisation already."""
_PAGES = {
    "URGENT_NEEDS_MET": ("/cases/{case}/urgent-needs", "urgent_needs.record"),
    "INITIAL_ID_DECIDED": ("/cases/{case}/identification", "identification.record"),
    "REFERRAL_SENT": ("/cases/{case}/referrals/new", "referral.send"),
    "GUARDIAN_APPOINTED": ("/cases/{case}/child/guardian", "child.record"),
    "BEST_INTEREST_ASSESSED": ("/cases/{case}/child/best-interest", "child.record"),
    "CHILD_MONITORED": ("/cases/{case}/monitoring", "child.monitor"),
    "RISK_ASSESSED": ("/cases/{case}/risk/new", "risk.record"),
    "risk_confirmed": ("/cases/{case}/risk", "risk.confirm"),
    "ADMITTED": ("/cases/{case}/referrals/new", "referral.send"),
    "COMPETENT_BODY_NOTIFIED": ("/cases/{case}/proceedings", "proceedings.read"),
    "REFLECTION_ENDED": ("/cases/{case}/reflection", "reflection.read"),
    "PERMIT_GRANTED": ("/cases/{case}/reflection", "reflection.read"),
    "FORMAL_INTERVIEWED": ("/cases/{case}/formal", "formal.read"),
    "FORMAL_DECIDED": ("/cases/{case}/formal", "formal.read"),
    "RECONSIDERED": ("/cases/{case}/formal", "formal.read"),
}
"""Where a task is done and by which action, if not by recording a step by hand."""


def short_code(code: str) -> str:
    """Return the part of a case code that people say: `R8TD7K` of `AL-26-R8TD7K`."""
    return code.rsplit("-", 1)[-1]


def lower(words: str) -> str:
    """Return words with a small first letter, for the middle of a line; abbreviations stay."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def organisation(names: Names, org_id: UUID | None, language: str) -> str:
    """Return the name of an organisation, empty where it is not known."""
    found = names.get(org_id, {}) if org_id is not None else {}
    return found.get(language) or found.get("sq", "")


def who(row: Row, profile: Profile, language: str) -> str:
    """Return who it is without a name: `Grua, 25–29 vjeç`."""
    sex = row["sex"] if row["sex"] in ("FEMALE", "MALE") else "UNKNOWN"
    word = text(f"cases.person.{sex}_{'child' if row['is_child'] else 'adult'}", language)
    if row["age_in_doubt"]:
        return f"{word}, {text('cases.traits.in_doubt', language)}"
    if row["age_group"] in ("AGE_UNKNOWN", "CHILD", "ADULT"):
        return f"{word}, {text('cases.traits.age_unknown', language)}" if row["age_group"] == "AGE_UNKNOWN" else word
    band = profile.label("age_group", row["age_group"], language).replace("-", "–")
    return f"{word}, {text('cases.traits.age', language, band=band)}"


def traits(row: Row, profile: Profile, language: str) -> str:
    """Return who it is and how one talks with them: `Grua, 25–29 vjeç · arabisht, me përkthyes`."""
    named = [profile.label("language", code, language) for code in row["languages"]]
    spoken = [lower(name) for name in named] if language == "sq" else named
    if row.get("interpreter_needed"):
        spoken.append(text("cases.traits.interpreter", language))
    return " · ".join(part for part in (who(row, profile, language), ", ".join(spoken)) if part)


def status_words(status: str, profile: Profile, language: str) -> dict[str, str]:
    """Return the status of the person as a tag: VMT and VT look the same, with their code behind the words."""
    label = profile.label("victim_status", status, language)
    if status not in ("VMT", "VT"):
        return {"text": label, "tag": "plain"}
    return {"text": text("cases.facts.status_code", language, label=label, code=status), "tag": "status"}


def status_short(status: str, profile: Profile, language: str) -> dict[str, str]:
    """Return the status for a narrow column: the code where everybody knows it."""
    if status in ("VMT", "VT"):
        return {"text": status, "tag": "status"}
    return {"text": profile.label("victim_status", status, language), "tag": "plain"}


def help_words(story: Story, profile: Profile, language: str) -> str:
    """Return where the help stands: its phase while help goes on, the stage otherwise."""
    stage = story.case["stage"]
    if story.help.phase is not None and stage not in ("CLOSED", "CLOSED_TRANSFERRED", "FOLLOW_UP", "REFERRED"):
        return profile.label("service_phase", story.help.phase, language)
    shown = stage if profile.code("case_stage", stage).attributes["track"] != "identification" else story.help.stage
    return profile.label("case_stage", shown, language)


# -- what is due ------------------------------------------------------------------------------------------------------


def task_do(event: str, language: str) -> str:
    """Return what to do, verb first."""
    return text(f"tasks.do.{event}" if has_text(f"tasks.do.{event}") else "tasks.do.other", language)


def task_what(event: str | None, language: str) -> str:
    """Return what is awaited, as a thing."""
    return text(f"tasks.what.{event}" if has_text(f"tasks.what.{event}") else "tasks.what.other", language)


def task_href(task: Row, role: Role) -> str:
    """Return the page where a task is done, the case itself for who only follows."""
    event, case_id = task["event"], task["case_id"]
    if event == "REFERRAL_ANSWERED" and may(role, "referral.read"):
        return f"/referrals/{task['subject_id']}" if task["subject_id"] else "/referrals"
    page, action = _PAGES.get(event, ("", ""))
    if page and may(role, action):
        return page.format(case=case_id)
    if event in (*BY_HAND, REVEAL_REVIEWED) and may(role, "milestone.record"):
        return f"/cases/{case_id}/milestones?code={event}"
    return f"/cases/{case_id}"


# -- what happened ----------------------------------------------------------------------------------------------------


def event_title(kind: str, profile: Profile, language: str) -> str:
    """Return what an event is called: by the code list, or by our own words where it has none."""
    known = profile.code_list("case_event").get(kind)
    if known is not None:
        return known.label.text(language)
    return text(f"events.{kind}" if has_text(f"events.{kind}") else "events.unknown", language)


def _label(profile: Profile, list_id: str, code: Any, language: str) -> str:
    found = profile.code_list(list_id).get(str(code))
    return found.label.text(language) if found is not None else ""


def _title(point: Point, story: Story, profile: Profile, language: str) -> str:
    facts = point.facts
    if point.kind in _FINDINGS and facts.get("result"):
        return status_words(str(facts["result"]), profile, language)["text"]
    if point.kind == "SERVICE_DELIVERED" and facts.get("service_type"):
        what = _label(profile, "service_type", facts["service_type"], language)
        return text("events.times", language, n=point.count, what=what)
    if point.kind == "handed_over":
        to = organisation(story.names, UUID(str(facts["to_org"])), language)
        return text("events.handed_over", language, organisation=to)
    return event_title(point.kind, profile, language)


def _said(point: Point, story: Story, profile: Profile, language: str) -> str:
    """Return the line below an event: by whom, to whom, for what; codes only, in words."""
    parts: list[str] = []
    facts = point.facts
    if point.kind in _FINDINGS:
        parts.append(text(f"events.{_FINDINGS[point.kind]}", language))
    referred = story.referrals.get(point.thread) if point.thread is not None else None
    if referred is not None:
        parts += [lower(_label(profile, "referral_purpose", code, language)) for code in referred["purposes"]]
        if point.kind == "REFERRAL_SENT":
            parts.append(organisation(story.names, referred["receiver_org_id"], language))
    if point.kind.startswith("REFERRAL_") and facts.get("outcome"):
        parts.append(lower(_outcome(str(facts["outcome"]), profile, language)))
    if point.kind in _REASONS:
        parts.append(lower(_label(profile, _REASONS[point.kind], facts.get("reason"), language)))
    if point.kind.startswith("consent_"):
        parts.append(lower(_label(profile, "consent_purpose", facts.get("purpose"), language)))
    if facts.get("minutes"):
        parts.append(text("events.minutes", language, n=facts["minutes"]))
    if point.kind == "authority_assigned" and facts.get("purpose"):
        parts.append(lower(text(f"case_life.authority.choices.purpose.{facts['purpose']}", language)))
    if point.kind == "access_given":
        parts += [lower(text(f"classes.{c}", language)) for c in facts.get("classes", ())]
        parts.append(organisation(story.names, UUID(str(facts["to_org"])), language))
    elif point.kind not in _SAID_ALREADY:
        parts.append(organisation(story.names, point.org_id, language))
    if point.corrected:
        parts.append(text("events.corrected", language))
    said = ", ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def _outcome(outcome: str, profile: Profile, language: str) -> str:
    """Return the state or answer of a referral in words, from the code list of their statuses."""
    for code in (outcome, outcome.upper(), _ENDED_AS.get(outcome, "")):
        found = _label(profile, "referral_status", code, language)
        if found:
            return found
    return ""


def _waits(point: Point, language: str) -> dict[str, Any]:
    key = f"events.waiting.{point.kind}"
    return {"title": text(f"{key}.title", language), "text": text(f"{key}.text", language), "open": True}


def _ahead(point: Point, story: Story, language: str) -> dict[str, Any]:
    if point.bound == "min":
        return {"title": text("events.ahead.min", language), "text": task_what(point.kind, language), "open": True}
    said = organisation(story.names, point.org_id, language)
    if point.to_confirm:
        said = f"{said} ({text('events.ahead.to_confirm', language)})"
    return {"title": task_what(point.kind, language), "text": said, "open": True}


def _event(point: Point, day: Day, story: Story, profile: Profile, language: str, now: datetime) -> dict[str, Any]:
    if not point.open:
        return {"title": _title(point, story, profile, language), "text": _said(point, story, profile, language)}
    return _ahead(point, story, language) if point.at > now else _waits(point, language)


def day_words(on: date, today: date, language: str) -> str:
    """Return the date of a day on the tracks: with its year only where it is another one."""
    pattern = "d MMMM" if on.year == today.year else "d MMMM y"
    said = format_date(on, pattern, locale=language)
    return f"{text('home.title', language)}, {said}" if on == today else said


def track_days(story: Story, profile: Profile, language: str, now: datetime) -> list[dict[str, Any]]:
    """Return the two tracks for the `tracks` macro; a line begins at its first node."""
    today = now.astimezone(ZoneInfo(profile.timezone)).date()
    first = {
        name: max((n for n, day in enumerate(story.days) if getattr(day, name)), default=-1)
        for name in ("status", "help")
    }
    return [
        {
            "date": day_words(day.day, today, language),
            "when": day.when,
            "today": day.today,
            "status": [_event(p, day, story, profile, language, now) for p in day.status],
            "help": [_event(p, day, story, profile, language, now) for p in day.help],
            "begins": [name for name, at in first.items() if at == n],
            "before": [name for name, at in first.items() if n > at],
        }
        for n, day in enumerate(story.days)
    ]
