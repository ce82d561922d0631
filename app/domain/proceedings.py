"""Proceedings against the person: which were begun before identification, what became of them, what a body is told.

Source: plan 000:501-510 (proceedings begun, the person later identified as VMT or VT: reported and counted), 002:337;
routing rule `legal_event: VICTIM_PROSECUTION_STARTED`. Milestones only: no evidence, no content of a file.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.domain.problems import Conflict, FieldError, Invalid
from app.domain.profile import Profile

EVENTS: Final = "legal_event"
IDENTIFIED: Final = frozenset({"VMT", "VT"})


def begun_before(begun_on: date, identified_on: date | None) -> bool | None:
    """True where proceedings were begun before the day on which the person was identified; None while nobody was."""
    return None if identified_on is None else begun_on < identified_on


def part(profile: Profile, code: str) -> str | None:
    """Return how a legal event belongs to proceedings against the person: begun, detained, step; None where not."""
    known = profile.code_list(EVENTS).get(code)
    return None if known is None else known.attributes.get("against_person")  # type: ignore[return-value]


def outcome_of(profile: Profile, code: str) -> str:
    """Return what a legal event comes to: pending, dropped, not_punished, acquitted, convicted."""
    return str(profile.code(EVENTS, code).attributes["outcome"])


def beginnings(profile: Profile) -> tuple[str, ...]:
    """Return the codes with which proceedings against the person begin."""
    return tuple(c.code for c in profile.selectable(EVENTS) if part(profile, c.code) in ("begun", "detained"))


def steps(profile: Profile) -> tuple[str, ...]:
    """Return the codes of what may become of them."""
    return tuple(c.code for c in profile.selectable(EVENTS) if part(profile, c.code) == "step")


def check_begun(profile: Profile, kind: str, begun_on: date, today: date, body_kind: str, other_said: bool) -> None:
    """Refuse what is no beginning, lies ahead, is led by nobody competent, or an unnamed other offence. Raises Invalid.

    `other_said`: another offence is said in a few words, or the category is a named one.
    """
    errors: list[FieldError] = []
    if kind not in beginnings(profile):
        errors.append(FieldError("kind", "proceedings.not_a_beginning", {}))
    if begun_on > today:
        errors.append(FieldError("begun_on", "field.in_future", {}))
    if body_kind not in profile.non_punishment.bodies:
        errors.append(FieldError("body_org_id", "proceedings.not_competent", {}))
    if not other_said:
        errors.append(FieldError("offence_text", "proceedings.offence_unsaid", {}))
    if errors:
        raise Invalid(errors)


def check_step(begun_on: date, on_day: date, today: date) -> None:
    """Refuse a step before the beginning or in the future. Raises Invalid."""
    if on_day > today:
        raise Invalid.one("on_day", "field.in_future")
    if on_day < begun_on:
        raise Invalid.one("on_day", "proceedings.before_beginning")


def check_outcome(profile: Profile, event: str) -> None:
    """Refuse a legal event that says nothing about proceedings against the person. Raises Invalid."""
    if event not in steps(profile):
        raise Invalid.one("event", "proceedings.not_a_step")


def notice(
    profile: Profile, case_code: str, status: str, identified_on: date | None, has_reference: bool
) -> Mapping[str, Any]:
    """Return exactly what a competent body is told: codes and one date, no name and nothing of the file.

    The body knows the person from its own proceedings; its own reference number, where known, tells it which. Raises
    Conflict where the person is not identified: there is nothing to tell.
    """
    if status not in IDENTIFIED or identified_on is None:
        raise Conflict("proceedings.not_identified")
    return {
        "case_code": case_code,
        "status": status,
        "identified_on": identified_on.isoformat(),
        "legal_basis": list(profile.non_punishment.acts),
        "to_confirm": profile.non_punishment.status != "found",
        "their_reference": has_reference,
    }
