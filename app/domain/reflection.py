"""Recovery and reflection: the person's own time, in which nobody presses for an interview or a decision.

Source: the profile's `reflection` (minimum and expected length, each with its source and mark); plan 2008, 003:4688,
:4820-4822 (at least 30 days for foreign persons, citing the Convention), :4316-4348 (no interview before its end).
Help never waits for it and nothing in the services asks for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.deadlines import Pause, extended
from app.domain.durations import later, parse_duration
from app.domain.problems import Conflict, FieldError, Invalid
from app.domain.procedures import Reflection


class StepKind(StrEnum):
    """What happens to a period after its start."""

    PAUSED = "paused"
    RESUMED = "resumed"
    PROLONGED = "prolonged"
    ENDED = "ended"
    PERMIT = "permit"
    RETRACTED = "retracted"


class Manner(StrEnum):
    """How a period ends: by its term, on the person's wish, or by the formal interview the person asked for."""

    TERM = "term"
    PERSON = "person"
    INTERVIEW = "interview"


class Permit(StrEnum):
    """What became of the residence permit of a foreign person."""

    APPLIED = "applied"
    GRANTED = "granted"
    RENEWED = "renewed"
    REFUSED = "refused"
    ENDED = "ended"


VALID_PERMIT = frozenset({Permit.GRANTED, Permit.RENEWED})


@dataclass(frozen=True, slots=True)
class Step:
    """One dated step. `code` is a `Manner` or a `Permit`; `until` the new end, or until when the permit is valid."""

    id: UUID
    kind: StepKind
    at: datetime
    until: datetime | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ReflectionView:
    """A period as its steps leave it; without `started_at` there is none.

    `not_before`: the end of the minimum, `expected_until`: the expected end; both moved by pauses, None where the
    profile has no number. `foreign` None: the citizenship is not known. `permit_until` belongs to a valid permit.
    """

    started_at: datetime | None = None
    foreign: bool | None = None
    not_before: datetime | None = None
    expected_until: datetime | None = None
    paused_since: datetime | None = None
    ended_at: datetime | None = None
    manner: str | None = None
    permit: str | None = None
    permit_until: datetime | None = None
    last_at: datetime | None = None
    timezone: str = "UTC"

    @property
    def running(self) -> bool:
        """True from the start until an end is recorded; a pause is part of the period."""
        return self.started_at is not None and self.ended_at is None

    def covers(self, at: datetime) -> bool:
        """True where `at` lies inside the period."""
        return self.started_at is not None and self.started_at <= at and (self.ended_at is None or at < self.ended_at)


NONE = ReflectionView()


def read_period(
    rules: Reflection, started_at: datetime, foreign: bool | None, steps: Iterable[Step], timezone: str
) -> ReflectionView | None:
    """Return the period as its steps leave it; None where it was recorded by mistake and taken back.

    The order in which steps are given does not matter. An end is by what is recorded, never by the calendar alone.
    """
    known = sorted(steps, key=lambda step: (step.at, step.id))
    if any(step.kind is StepKind.RETRACTED for step in known):
        return None
    zone = ZoneInfo(timezone)
    pauses: list[Pause] = []
    view = ReflectionView(started_at=started_at, foreign=foreign, last_at=started_at, timezone=timezone)
    prolonged: datetime | None = None
    for step in known:
        if step.kind is not StepKind.PERMIT:
            view = replace(view, last_at=step.at)
        if step.kind is StepKind.PAUSED and view.paused_since is None:
            view = replace(view, paused_since=step.at)
        elif step.kind is StepKind.RESUMED and view.paused_since is not None:
            pauses.append(Pause(view.paused_since, step.at))
            view = replace(view, paused_since=None)
        elif step.kind is StepKind.PROLONGED:
            prolonged = step.until
        elif step.kind is StepKind.ENDED and view.ended_at is None:
            view = replace(view, ended_at=step.at, manner=step.code, paused_since=None)
        elif step.kind is StepKind.PERMIT:
            until = step.until if step.code in VALID_PERMIT else None
            view = replace(view, permit=step.code, permit_until=until)
    expected = _end(started_at, rules.expected_duration, pauses, zone)
    if prolonged is not None:
        expected = prolonged if expected is None else max(expected, prolonged)
    return replace(view, not_before=_end(started_at, rules.min_duration, pauses, zone), expected_until=expected)


def _end(started_at: datetime, duration: str | None, pauses: Iterable[Pause], zone: ZoneInfo) -> datetime | None:
    if duration is None:
        return None
    return extended(started_at, later(started_at, parse_duration(duration), zone), pauses)[0]


def interview_allowed(view: ReflectionView, at: datetime, person_asked: bool) -> bool:
    """True where an interview on that day presses nobody: outside a period, or asked for by the person."""
    return person_asked or not view.covers(at)


def check_start(
    rules: Reflection, current: ReflectionView, started_at: datetime, is_child: bool, foreign: bool | None
) -> None:
    """Refuse a second period beside a running one, one that begins inside the last, or one the profile does not know.

    Raises Conflict or Invalid. What no source says (`who` None) is allowed.
    """
    if current.running:
        raise Conflict("reflection.running_already")
    if current.ended_at is not None and started_at < current.ended_at:
        raise Invalid.one("started_at", "reflection.inside_the_last")
    groups = ("child" if is_child else "adult", "national" if foreign is False else "foreign")
    if any(rules.who.get(group) is False for group in groups):
        raise Conflict("reflection.not_for_group")


def _day(view: ReflectionView, at: datetime | None) -> str:
    """Return a day as a sentence names it: `24.11.2026`, in the zone of the jurisdiction."""
    return "" if at is None else f"{at.astimezone(ZoneInfo(view.timezone)):%d.%m.%Y}"


def _check_order(view: ReflectionView, name: str, at: datetime) -> None:
    if not view.running:
        raise Conflict("reflection.not_running")
    if view.last_at is not None and at < view.last_at:
        raise Invalid.one(name, "reflection.before_last_step")


def check_pause(view: ReflectionView, since: datetime, until: datetime | None) -> None:
    """Refuse a pause of a period that does not run, or that ends before it begins. Raises Conflict or Invalid."""
    _check_order(view, "paused_from", since)
    if view.paused_since is not None:
        raise Conflict("reflection.paused_already")
    if until is not None and until <= since:
        raise Invalid.one("paused_until", "reflection.pause_backwards")


def check_resume(view: ReflectionView, at: datetime) -> None:
    """Refuse to go on with what was not interrupted. Raises Conflict or Invalid."""
    _check_order(view, "at", at)
    if view.paused_since is None:
        raise Conflict("reflection.not_paused")


def check_prolong(view: ReflectionView, until: datetime) -> None:
    """Refuse a prolongation that does not lengthen the period. Raises Conflict or Invalid."""
    if not view.running:
        raise Conflict("reflection.not_running")
    if view.expected_until is not None and until <= view.expected_until:
        raise Invalid.one("until", "reflection.not_longer")


def check_end(
    rules: Reflection, view: ReflectionView, at: datetime, manner: Manner, person_asked: bool, reason: str
) -> None:
    """Refuse an end that takes from the person what is theirs. Raises Conflict or Invalid.

    Before the minimum a period ends on the person's own recorded wish only, and not even then where the profile says
    `never`: a foreign person keeps it, and may leave, work with whom they want or be interviewed on their own request
    meanwhile. An unknown citizenship is protected like a foreign one.
    """
    _check_order(view, "ended_at", at)
    errors: list[FieldError] = []
    if manner is not Manner.TERM and not person_asked:
        errors.append(FieldError("person_asked", "reflection.wish_missing", {}))
    if manner is not Manner.TERM and not reason.strip():
        errors.append(FieldError("reason", "reflection.reason_missing", {}))
    if view.not_before is not None and at < view.not_before:
        params = {"until": _day(view, view.not_before), "source": rules.min_source}
        if rules.early_end["national" if view.foreign is False else "foreign"] == "never":
            errors.append(FieldError("ended_at", "reflection.foreign_minimum", params))
        elif manner is Manner.TERM:
            errors.append(FieldError("ended_at", "reflection.before_minimum", params))
    if errors:
        raise Invalid(errors)


def check_permit(
    rules: Reflection, view: ReflectionView, permit: Permit, at: datetime, until: datetime | None, risk_assessed: bool
) -> None:
    """Refuse a permit of a national, one without an end, and one that would end before the minimum of the period.

    `risk_assessed`: a risk assessment is on record since the period began; where the profile asks for one before the
    permit ends, it is missing otherwise. Raises Conflict or Invalid.
    """
    if view.started_at is None:
        raise Conflict("reflection.not_running")
    if view.foreign is False:
        raise Conflict("reflection.permit_of_national")
    errors: list[FieldError] = []
    early = {"until": _day(view, view.not_before), "source": rules.min_source}
    if permit in VALID_PERMIT:
        if until is None:
            errors.append(FieldError("until", "reflection.permit_until_missing", {}))
        elif until <= at:
            errors.append(FieldError("until", "reflection.permit_backwards", {}))
        elif view.not_before is not None and until < view.not_before:
            errors.append(FieldError("until", "reflection.permit_before_minimum", early))
    elif until is not None:
        errors.append(FieldError("until", "reflection.permit_until_needless", {}))
    if permit is Permit.ENDED:
        if view.permit not in VALID_PERMIT:
            raise Conflict("reflection.no_permit")
        if view.not_before is not None and at < view.not_before:
            errors.append(FieldError("at", "reflection.permit_before_minimum", early))
        elif rules.end_of_permit_needs is not None and not risk_assessed:
            raise Conflict("reflection.risk_assessment_first", source=rules.end_of_permit_needs)
    if errors:
        raise Invalid(errors)
