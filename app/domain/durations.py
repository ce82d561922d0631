"""ISO 8601 durations: hours and minutes are exact, days, weeks, months and years follow the calendar."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_FORM = re.compile(
    r"^P(?:(?P<weeks>\d+)W|(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?)$"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in calendar months and days, and in exact minutes."""

    months: int = 0
    days: int = 0
    minutes: int = 0

    @property
    def exact(self) -> bool:
        """True where no calendar is needed: the duration is hours and minutes only."""
        return not self.months and not self.days


def parse_duration(text: str) -> Duration:
    """Read an ISO 8601 duration such as `PT24H`, `P30D`, `P3M`, `P1Y`; raises ValueError for anything else."""
    match = _FORM.match(text)
    numbers = {name: int(value) for name, value in match.groupdict().items() if value} if match else {}
    if not numbers:
        raise ValueError(f"{text!r} is not an ISO 8601 duration of years, months, weeks, days, hours or minutes")
    return Duration(
        months=numbers.get("years", 0) * 12 + numbers.get("months", 0),
        days=numbers.get("weeks", 0) * 7 + numbers.get("days", 0),
        minutes=numbers.get("hours", 0) * 60 + numbers.get("minutes", 0),
    )


def later(start: datetime, duration: Duration, timezone: ZoneInfo) -> datetime:
    """Return `start` plus the duration, in UTC.

    Months and days are counted on the wall clock of `timezone`, so the hour of the day stays over a change of
    summer time; a day that the month does not have becomes its last day (31 January + P1M = 28 or 29 February).
    Raises ValueError where `start` has no time zone.
    """
    if start.tzinfo is None:
        raise ValueError("a time without a time zone has no deadline")
    if duration.exact:
        return start.astimezone(UTC) + timedelta(minutes=duration.minutes)
    local = start.astimezone(timezone)
    months = local.year * 12 + local.month - 1 + duration.months
    year, month = divmod(months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    moved = local.replace(year=year, month=month + 1, day=day, fold=0) + timedelta(days=duration.days)
    return moved.astimezone(UTC) + timedelta(minutes=duration.minutes)
