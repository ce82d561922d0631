"""Urgent needs: what is still open, and when they count as met.

Source: working notes 1.3 of the procedures (before and independent of any status); each assessment says the whole state
of that moment, so the newest one holds.
"""

from collections.abc import Iterable
from datetime import datetime

from app.domain.problems import FieldError, Invalid


def still_open(needs: Iterable[str], met: Iterable[str]) -> tuple[str, ...]:
    """Return the needs that nobody has met yet, in the order they were named."""
    done = set(met)
    return tuple(dict.fromkeys(code for code in needs if code not in done))


def check_assessment(needs: Iterable[str], met: Iterable[str], assessed_at: datetime, first: datetime) -> None:
    """Refuse what was met without being needed, and a moment before the case began (`first`: first contact).

    Raises Invalid naming every wrong field.
    """
    errors: list[FieldError] = []
    needed = set(needs)
    beside = [code for code in met if code not in needed]
    if beside:
        errors.append(FieldError("met", "case.met_without_need", {"value": beside[0]}))
    if assessed_at < first:
        errors.append(FieldError("assessed_at", "urgent_needs.before_case", {}))
    if errors:
        raise Invalid(errors)


def become_met(now_open: Iterable[str], before_open: Iterable[str], waiting: bool) -> bool:
    """True where nothing is open now and something was: a need of the assessment before, or a task that waits."""
    return not tuple(now_open) and (waiting or bool(tuple(before_open)))
