"""Milestones that a person records by hand: steps outside the program that its deadline rules wait for.

A step recorded by mistake is taken back with a reason; the record of it stays.

Source: the code list case_event and the deadline rules of the profiles. Steps that another capability records
(a signal, an identification, a referral, an admission, a closure) are never recorded here a second time.
"""

from datetime import datetime
from typing import Final

from app.domain.problems import Conflict, FieldError, Forbidden, Invalid
from app.domain.profile import Profile

BY_HAND: Final = (
    "URGENT_NEEDS_MET",
    "CHILD_PROTECTION_NOTIFIED",
    "RA_NOTIFIED",
    "POLICE_NOTIFIED",
    "NEEDS_ASSESSED",
    "PLAN_SIGNED",
    "PLAN_REVIEWED",
    "CIRCUMSTANCE_CHANGED",
    "PERSON_INFORMED",
    "REINTEGRATION_STARTED",
    "RETURN_DECIDED",
    "RETURN_NOTICE_GIVEN",
    "RETURNED",
    "FOLLOW_UP_DONE",
)
"""Codes of case_event, in the order of the picker."""

FOR_CHILDREN: Final = frozenset({"CHILD_PROTECTION_NOTIFIED"})

REVEAL_REVIEWED: Final = "reveal_reviewed"
"""Our own: the responsible organisation has looked at why an identity was revealed (design, data protection)."""

AFTER_CLOSURE: Final = frozenset({"FOLLOW_UP_DONE", "RETURNED", "PERSON_INFORMED", REVEAL_REVIEWED})
"""What may still be recorded on a closed case: contact and looking after it go on."""


def offered(profile: Profile, is_child: bool) -> tuple[str, ...]:
    """Return the milestones that can be recorded for such a person in this jurisdiction."""
    own = [code for code in BY_HAND if profile.is_selectable("case_event", code)]
    return (*(code for code in own if is_child or code not in FOR_CHILDREN), REVEAL_REVIEWED)


def check_milestone(
    code: str, occurred_at: datetime, profile: Profile, is_child: bool, first: datetime, closed: bool
) -> None:
    """Refuse a milestone of another kind, of a child for an adult, before the case began, or on a closed case.

    `first`: the first contact of the case. Raises Invalid naming every wrong field.
    """
    errors: list[FieldError] = []
    if code not in (*BY_HAND, REVEAL_REVIEWED):
        errors.append(FieldError("code", "milestone.not_by_hand", {}))
    elif code not in offered(profile, is_child):
        errors.append(
            FieldError("code", "milestone.for_children" if code in FOR_CHILDREN else "milestone.not_here", {})
        )
    elif closed and code not in AFTER_CLOSURE:
        errors.append(FieldError("code", "milestone.case_closed", {}))
    if occurred_at < first:
        errors.append(FieldError("occurred_at", "milestone.before_case", {}))
    if errors:
        raise Invalid(errors)


def check_retraction(code: str, *, ours: bool, taken_back: bool, reason: str) -> None:
    """Refuse to take back what nobody recorded by hand, what others recorded, or what was taken back already.

    `ours`: recorded by the actor's organisation, or it answers for the case. Raises Forbidden, Conflict or Invalid.
    """
    if code not in (*BY_HAND, REVEAL_REVIEWED):
        raise Conflict("milestone.not_taken_back_here")
    if not ours:
        raise Forbidden("milestone.of_others")
    if taken_back:
        raise Conflict("milestone.taken_back_already")
    if not reason.strip():
        raise Invalid.one("reason", "milestone.reason_missing")
