"""Age: what is known of it, whether somebody is a child on a date, and the age group of a table.

Sources: design, casework (Invariants: "Child = under 18 on the date of the event"; Person: "age in doubt = treated as a
child until shown otherwise"); the code list age_group ("Ages are completed years at the date of the event"); Council of
Europe Convention on Action against Trafficking, art. 10 (3), the presumption of childhood.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.problems import FieldError, Invalid

ADULT_AT: Final = 18
"""Completed years."""

OLDEST: Final = 120
"""Completed years beyond which an age is a mistake in writing."""

AGE_UNKNOWN: Final = "AGE_UNKNOWN"
"""The code of every set of age_group for a person of whose age nothing is known."""


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date as far as it is known: the year, the month with it, the day with both."""

    year: int
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class EstimatedAge:
    """An estimate: completed years `years_from` to `years_to` (both included) on the date `on`, and its basis."""

    years_from: int
    years_to: int
    on: date
    basis: str


@dataclass(frozen=True, slots=True)
class AgeKnowledge:
    """What is known of a person's age; both None where nothing is. `doubted`: somebody has reason to doubt it."""

    birth: BirthDate | None = None
    estimate: EstimatedAge | None = None
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the person is to be treated as a child; `in_doubt` where that is a presumption."""

    child: bool
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class Band:
    """One age group of a set: completed years `min_age` to `max_age`, both included, None without an end."""

    code: str
    min_age: int
    max_age: int | None = None


def completed_years(birth: date, on: date) -> int:
    """Return the completed years on a date; somebody born on 29 February is a year older on 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _years_before(day: date, years: int) -> date:
    """Return the last birth date of somebody who has completed `years` on `day`; 28 February for a missing 29th."""
    year = day.year - years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def _birth_range(knowledge: AgeKnowledge) -> tuple[date, date] | None:
    """Return the first and the last possible birth date, None where nothing is known."""
    birth, estimate = knowledge.birth, knowledge.estimate
    if birth is not None:
        first_month, last_month = birth.month or 1, birth.month or 12
        last_day = birth.day or monthrange(birth.year, last_month)[1]
        return date(birth.year, first_month, birth.day or 1), date(birth.year, last_month, last_day)
    if estimate is not None:
        earliest = _years_before(estimate.on, estimate.years_to + 1) + timedelta(days=1)
        return earliest, _years_before(estimate.on, estimate.years_from)
    return None


def age_range(knowledge: AgeKnowledge, on: date) -> tuple[int, int] | None:
    """Return the least and the most completed years on a date, None where nothing is known; not below 0."""
    births = _birth_range(knowledge)
    if births is None:
        return None
    earliest, latest = births
    return max(0, completed_years(latest, on)), max(0, completed_years(earliest, on))


def is_child_at(knowledge: AgeKnowledge, on: date) -> Answer:
    """Say whether the person is treated as a child on a date: certainly under 18, or in doubt.

    In doubt is whoever may be under 18, whose stated age somebody doubts, or of whose age nothing is known.
    """
    years = age_range(knowledge, on)
    if years is not None and years[1] < ADULT_AT:
        return Answer(child=True, in_doubt=False)
    doubt = years is None or years[0] < ADULT_AT or knowledge.doubted
    return Answer(child=doubt, in_doubt=doubt)


def age_group(knowledge: AgeKnowledge, on: date, bands: Iterable[Band]) -> str:
    """Return the code of the band on a date, AGE_UNKNOWN where nothing is known.

    Whoever is presumed a child is counted as one. Where the years known lie in several bands, the least age decides:
    it is the only one of which it is sure that it is completed.
    """
    years = age_range(knowledge, on)
    if years is None:
        return AGE_UNKNOWN
    presumed = is_child_at(knowledge, on).child
    age = min(years[0], ADULT_AT - 1) if presumed else years[0]
    fitting = (band for band in bands if band.min_age <= age and (band.max_age is None or age <= band.max_age))
    return next((band.code for band in fitting), AGE_UNKNOWN)


def check_age(knowledge: AgeKnowledge, today: date) -> None:
    """Refuse what cannot be: a date that does not exist or lies ahead, an age over 120. Raises Invalid."""
    errors: list[FieldError] = []
    if knowledge.birth is not None and knowledge.estimate is not None:
        errors.append(_error("estimate", "two_sources"))
    if knowledge.birth is not None:
        errors += _birth_errors(knowledge.birth, today)
    if knowledge.estimate is not None:
        errors += _estimate_errors(knowledge.estimate, today)
    if errors:
        raise Invalid(errors)


def _error(name: str, code: str) -> FieldError:
    return FieldError(name, f"age.{code}", {})


def _birth_errors(birth: BirthDate, today: date) -> list[FieldError]:
    if birth.month is None and birth.day is not None:
        return [_error("birth.month", "day_without_month")]
    if birth.month is not None and not 1 <= birth.month <= 12:
        return [_error("birth.month", "no_such_month")]
    if birth.year > today.year:
        return [_error("birth.year", "birth_in_future")]
    if today.year - birth.year > OLDEST + 1:
        return [_error("birth.year", "too_old")]
    if birth.day is not None and not 1 <= birth.day <= monthrange(birth.year, birth.month or 1)[1]:
        return [_error("birth.day", "no_such_day")]
    if (birth.year, birth.month or 1, birth.day or 1) > (today.year, today.month, today.day):
        return [_error("birth.day" if birth.day else "birth.month", "birth_in_future")]
    latest = date(birth.year, birth.month or 12, birth.day or monthrange(birth.year, birth.month or 12)[1])
    return [_error("birth.year", "too_old")] if completed_years(latest, today) > OLDEST else []


def _estimate_errors(estimate: EstimatedAge, today: date) -> list[FieldError]:
    errors: list[FieldError] = []
    if estimate.years_from < 0 or estimate.years_from > OLDEST:
        errors.append(_error("estimate.years_from", "too_old" if estimate.years_from > OLDEST else "below_zero"))
    elif estimate.years_to > OLDEST:
        errors.append(_error("estimate.years_to", "too_old"))
    elif estimate.years_to < estimate.years_from:
        errors.append(_error("estimate.years_to", "range_reversed"))
    if estimate.on > today:
        errors.append(_error("estimate.on", "estimated_in_future"))
    elif completed_years(estimate.on, today) > OLDEST:
        errors.append(_error("estimate.on", "too_old"))
    if not estimate.basis.strip():
        errors.append(_error("estimate.basis", "basis_missing"))
    return errors
