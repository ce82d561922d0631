"""Levels of risk: who rates them together, when a rating stands, and which one stands now.

Which levels there are and who rates is the profile's (`risk_scale`; the step with `risk_levels`): in Kosovo an
investigator and a victims' advocate, for a child a social worker as well. Where there is no scale, a risk is described
without a level. Immediate danger stands outside every scale and waits for nobody's confirmation.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.problems import Conflict, FieldError, Invalid
from app.domain.profile import Profile

NOT_RATED = "NOT_RATED"
EVENT = "RISK_ASSESSED"


def levels_of(profile: Profile) -> tuple[str, ...]:
    """Return the levels that can be chosen in a jurisdiction, `NOT_RATED` last."""
    return (*(profile.risk_scale.levels or ()), NOT_RATED)


def seats_of(profile: Profile, is_child: bool) -> tuple[str, ...]:
    """Return the kinds of organisation that rate together, empty where the jurisdiction has no scale."""
    if not profile.risk_scale.levels:
        return ()
    step = next((one for one in profile.steps.values() if one.event == EVENT and one.risk_levels), None)
    if step is None:
        return ()
    return (*step.performed_by, *(step.child_also if is_child else ()))


@dataclass(frozen=True, slots=True)
class Assessor:
    """One person who rates: for which kind of organisation, at which organisation, and what they said."""

    kind: str
    account_id: UUID
    confirmed: bool = False
    objected: bool = False


def check_rating(
    profile: Profile, level: str, domains: Collection[str], measures: str | None, review: date | None, today: date
) -> None:
    """Refuse a level unknown here, a rating without reasons, and a review in the past. Raises Invalid."""
    errors: list[FieldError] = []
    if level not in levels_of(profile):
        errors.append(FieldError("level", "risk.level_not_here", {}))
    if level != NOT_RATED and not domains:
        errors.append(FieldError("domains", "risk.domains_missing", {}))
    if "OTHER" in domains and not (measures or "").strip():
        errors.append(FieldError("measures", "field.missing", {}))
    if review is not None and review <= today:
        errors.append(FieldError("next_review_on", "risk.review_past", {}))
    if errors:
        raise Invalid(errors)


def check_assessors(level: str, seats: Collection[str], assessors: Collection[Assessor]) -> None:
    """Refuse a level that is not rated by everybody who has to. Raises Invalid naming who is missing.

    Without a level nobody else is needed: a danger is written down by whoever sees it.
    """
    if level == NOT_RATED:
        return
    named = [one.kind for one in assessors]
    missing = [seat for seat in seats if seat not in named]
    errors: list[FieldError] = []
    if missing:
        errors.append(FieldError("assessors", "risk.assessor_missing", {"missing": missing}))
    if len({one.account_id for one in assessors}) < len(assessors):
        errors.append(FieldError("assessors", "risk.assessor_twice", {}))
    if errors:
        raise Invalid(errors)


def state_after(level: str, seats: Collection[str], assessors: Collection[Assessor]) -> str:
    """Return how a rating stands: `confirmed` where everybody who has to has said yes, `disputed` after an objection,
    `proposed` else."""
    if any(one.objected for one in assessors):
        return "disputed"
    if level == NOT_RATED:
        return "confirmed"
    agreed = {one.kind for one in assessors if one.confirmed}
    return "confirmed" if set(seats) <= agreed else "proposed"


def check_word(state: str, mine: Assessor | None) -> None:
    """Refuse the word of somebody who does not rate, who spoke already, or on a rating that is not open.

    Raises Conflict.
    """
    if mine is None:
        raise Conflict("risk.not_an_assessor")
    if mine.confirmed or mine.objected:
        raise Conflict("risk.spoken")
    if state != "proposed":
        raise Conflict(f"risk.state.{state}")


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating as it stands in the file."""

    id: UUID
    assessed_at: datetime
    recorded_at: datetime
    level: str
    immediate_danger: bool
    state: str


def standing(ratings: Iterable[Rating]) -> Rating | None:
    """Return the rating that holds: the latest confirmed one; what is proposed or disputed holds nothing."""
    confirmed = [one for one in ratings if one.state == "confirmed"]
    return max(confirmed, key=lambda one: (one.assessed_at, one.recorded_at), default=None)


def danger_now(ratings: Iterable[Rating]) -> bool | None:
    """True where the latest word says immediate danger; that one counts before anybody has confirmed it.

    None where nobody has looked. Only a confirmed rating takes a danger back.
    """
    ordered = sorted(ratings, key=lambda one: (one.assessed_at, one.recorded_at))
    flag: bool | None = None
    for one in ordered:
        if one.immediate_danger:
            flag = True
        elif one.state == "confirmed":
            flag = False
    return flag
