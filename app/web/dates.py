"""Dates, times and numbers as people say them, in Albanian and English.

The clock is always passed in (`now`, aware). A `datetime` is a moment and is told in the zone of the reader;
a `date` is a whole day. Hours are written HH:mm, names of days and months come from CLDR.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from app.texts import text

ZONE = "Europe/Tirane"  # the name in the time zone database; Kosovo keeps the same hours

Tone = Literal["late", "today", "ahead", "done"]

_WEEK = timedelta(days=6)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
# From here on a span is told in the next larger unit: nobody counts "75 days"
_DAYS_UNTIL_MONTHS = 60
_DAYS_UNTIL_YEARS = 730


@dataclass(frozen=True, slots=True)
class DueChip:
    """What a deadline chip shows: its tone, its words, and whether the dashed tail "to confirm" follows."""

    tone: Tone
    text: str
    confirm: bool = False


def clock(moment: datetime, tz: str = ZONE) -> str:
    """Return the time of day of `moment` as HH:mm on 24 hours."""
    return f"{moment.astimezone(ZoneInfo(tz)):%H:%M}"


def day(when: date, lang: str, tz: str = ZONE) -> str:
    """Return the date in full: `24 nëntor 2026`."""
    return format_date(_local_day(when, tz), "d MMMM y", locale=lang)


def weekday(when: date, lang: str, tz: str = ZONE) -> str:
    """Return day of the week and date: `e enjte, 26 nëntor`."""
    return format_date(_local_day(when, tz), "EEEE, d MMMM", locale=lang)


def night(when: date, lang: str) -> str:
    """Return a date as short as a bed plan needs it: `enj 26`."""
    return format_date(when, "EEE d", locale=lang)


def month(first: date, lang: str) -> str:
    """Return month and year: `nëntor 2026`."""
    return format_date(first, "MMMM y", locale=lang)


def exact(moment: datetime, tz: str = ZONE) -> str:
    """Return a moment for logs and sources, the same in every language: `24.11.2026, 17:17`."""
    return f"{moment.astimezone(ZoneInfo(tz)):%d.%m.%Y, %H:%M}"


def number(value: int | float | Decimal, lang: str) -> str:
    """Return a number with the language's separators: `1 234,5` (no-break space) or `1,234.5`."""
    return format_decimal(value, locale=lang)


def spoken(when: date, now: datetime, lang: str, tz: str = ZONE, *, until: bool = False) -> str:
    """Return `when` as one says it at `now`: `sot deri në 16:30`, `nesër`, `e enjte, 26 nëntor`, `24 nëntor 2027`.

    The hour is said for yesterday, today and tomorrow, and only of a `datetime`; `until` makes it a deadline
    (`deri në`). Six days around today have the name of the day, other years their year.
    """
    today = _local_day(now, tz)
    that = _local_day(when, tz)
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((that - today).days)
    if near is not None:
        if not isinstance(when, datetime):
            return text(f"dates.{near}", lang)
        return text(f"dates.{near}_{'by' if until else 'at'}", lang, clock=clock(when, tz))
    if abs(that - today) <= _WEEK:
        return weekday(that, lang, tz)
    pattern = "d MMMM" if that.year == today.year else "d MMMM y"
    return format_date(that, pattern, locale=lang)


def span(length: timedelta, lang: str) -> str:
    """Return a length of time in its largest whole unit, at least one minute: `5 orë`, `2 ditë`, `7 muaj`."""
    if length < _HOUR:
        unit, n = "minutes", max(1, length // timedelta(minutes=1))
    elif length < _DAY:
        unit, n = "hours", length // _HOUR
    elif length.days < _DAYS_UNTIL_MONTHS:
        unit, n = "days", length.days
    elif length.days < _DAYS_UNTIL_YEARS:
        unit, n = "months", int(length.days / 30.44)
    else:
        unit, n = "years", int(length.days / 365.25)
    return text(f"dates.span.{unit}", lang, n=n)


_LENGTHS = {"H": "hours", "D": "days", "W": "weeks", "M": "months", "Y": "years"}


def length(duration: str | None, lang: str) -> str:
    """Return a duration of a profile (`PT24H`, `P30D`, `P3M`) in words; empty for None, unchanged if mixed."""
    if duration is None:
        return ""
    number = duration.removeprefix("P").removeprefix("T")[:-1]
    if not number.isdigit():
        return duration
    return text(f"dates.length.{_LENGTHS[duration[-1]]}", lang, n=int(number))


def due_chip(
    due_at: date,
    now: datetime,
    lang: str,
    to_confirm: bool = False,
    met: datetime | bool | None = None,
    tz: str = ZONE,
) -> DueChip:
    """Return the chip of a deadline as it stands at `now`.

    A `date` is due until its end. `met` (true, or the moment) makes it done, whatever the clock says.
    `to_confirm`: no official text confirms the number of days yet; it is said, and blocks nobody.
    """
    if met:
        when = spoken(met, now, lang, tz) if isinstance(met, datetime) else None
        words = text("dates.met_when", lang, when=when) if when else text("dates.met", lang)
        return DueChip("done", words, False)
    ends = _end_of(due_at, tz)
    if ends < now:
        return DueChip("late", text("dates.late", lang, span=span(now - ends, lang)), to_confirm)
    tone: Tone = "today" if _local_day(due_at, tz) == _local_day(now, tz) else "ahead"
    return DueChip(tone, _capital(spoken(due_at, now, lang, tz, until=True)), to_confirm)


def _local_day(when: date, tz: str) -> date:
    return when.astimezone(ZoneInfo(tz)).date() if isinstance(when, datetime) else when


def _end_of(when: date, tz: str) -> datetime:
    if isinstance(when, datetime):
        return when
    midnight = datetime(when.year, when.month, when.day, tzinfo=ZoneInfo(tz))
    return midnight + _DAY


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
