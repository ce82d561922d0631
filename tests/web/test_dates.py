"""Dates, spans, chips and numbers, as people say them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.dates import DueChip, clock, day, due_chip, exact, month, night, number, span, spoken, weekday

# Tuesday, 24 November 2026, 11:15 in Tirana
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)

_MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("when", "until", "sq", "en"),
    [
        (datetime(2026, 11, 24, 15, 30, tzinfo=UTC), True, "sot deri në 16:30", "today by 16:30"),
        (datetime(2026, 11, 24, 7, 40, tzinfo=UTC), False, "sot në 08:40", "today at 08:40"),
        (datetime(2026, 11, 25, 10, 10, tzinfo=UTC), True, "nesër deri në 11:10", "tomorrow by 11:10"),
        (datetime(2026, 11, 23, 16, 2, tzinfo=UTC), False, "dje në 17:02", "yesterday at 17:02"),
        (date(2026, 11, 25), True, "nesër", "tomorrow"),
        (date(2026, 11, 24), False, "sot", "today"),
        (date(2026, 11, 23), False, "dje", "yesterday"),
        (date(2026, 11, 26), True, "e enjte, 26 nëntor", "Thursday, 26 November"),
        (datetime(2026, 11, 30, 9, 0, tzinfo=UTC), True, "e hënë, 30 nëntor", "Monday, 30 November"),
        (date(2026, 12, 1), True, "1 dhjetor", "1 December"),
        (date(2026, 11, 18), False, "e mërkurë, 18 nëntor", "Wednesday, 18 November"),
        (date(2026, 9, 25), False, "25 shtator", "25 September"),
        (date(2027, 1, 6), False, "6 janar 2027", "6 January 2027"),
    ],
)
def test_a_date_is_said_as_people_say_it(when: date, until: bool, sq: str, en: str) -> None:
    assert spoken(when, NOW, "sq", until=until) == sq
    assert spoken(when, NOW, "en", until=until) == en


def test_the_day_is_the_readers_day_not_the_servers() -> None:
    late_evening = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # 00:30 on the 25th in Tirana
    assert spoken(late_evening, NOW, "sq") == "nesër në 00:30"
    assert spoken(late_evening, NOW, "en", tz="Atlantic/Reykjavik") == "today at 23:30"


def test_the_clock_follows_summer_time() -> None:
    assert clock(datetime(2026, 7, 1, 10, 0, tzinfo=UTC)) == "12:00"
    assert clock(datetime(2026, 12, 1, 10, 0, tzinfo=UTC)) == "11:00"


@pytest.mark.parametrize(
    ("length", "sq", "en"),
    [
        (timedelta(seconds=5), "1 minutë", "1 minute"),
        (timedelta(minutes=59), "59 minuta", "59 minutes"),
        (timedelta(hours=1), "1 orë", "1 hour"),
        (timedelta(hours=23, minutes=59), "23 orë", "23 hours"),
        (timedelta(days=1), "1 ditë", "1 day"),
        (timedelta(days=59), "59 ditë", "59 days"),
        (timedelta(days=214), "7 muaj", "7 months"),
        (timedelta(days=800), "2 vjet", "2 years"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(length: timedelta, sq: str, en: str) -> None:
    assert (span(length, "sq"), span(length, "en")) == (sq, en)


@pytest.mark.parametrize(
    ("due_at", "chip"),
    [
        (NOW - timedelta(days=2), DueChip("late", "Vonuar 2 ditë", True)),
        (NOW - timedelta(hours=5), DueChip("late", "Vonuar 5 orë", True)),
        (NOW - timedelta(seconds=1), DueChip("late", "Vonuar 1 minutë", True)),
        (datetime(2026, 11, 24, 15, 30, tzinfo=UTC), DueChip("today", "Sot deri në 16:30", True)),
        (NOW, DueChip("today", "Sot deri në 11:15", True)),
        (date(2026, 11, 24), DueChip("today", "Sot", True)),
        (date(2026, 11, 23), DueChip("late", "Vonuar 11 orë", True)),
        (date(2026, 11, 22), DueChip("late", "Vonuar 1 ditë", True)),
        (datetime(2026, 11, 25, 7, 40, tzinfo=UTC), DueChip("ahead", "Nesër deri në 08:40", True)),
        (date(2026, 11, 26), DueChip("ahead", "E enjte, 26 nëntor", True)),
    ],
)
def test_a_chip_says_how_a_deadline_stands(due_at: date, chip: DueChip) -> None:
    assert due_chip(due_at, NOW, "sq", to_confirm=True) == chip


def test_a_met_deadline_is_done_and_no_longer_in_question() -> None:
    past = NOW - timedelta(days=9)
    assert due_chip(past, NOW, "sq", True, NOW - timedelta(hours=2)) == DueChip("done", "U krye sot në 09:15", False)
    assert due_chip(past, NOW, "en", True, True) == DueChip("done", "Done", False)
    assert due_chip(past, NOW, "en", False, False).tone == "late"


def test_names_of_days_months_and_numbers_follow_the_language() -> None:
    that = date(2026, 11, 26)
    assert weekday(that, "sq") == "e enjte, 26 nëntor"
    assert (night(that, "sq"), month(that, "sq")) == ("enj 26", "nëntor 2026")
    assert (day(that, "en"), night(that, "en"), month(that, "en")) == ("26 November 2026", "Thu 26", "November 2026")
    assert number(1234.5, "sq") == "1\u00a0234,5"
    assert number(1234.5, "en") == "1,234.5"
    assert exact(datetime(2026, 11, 24, 16, 17, tzinfo=UTC)) == "24.11.2026, 17:17"


@settings(max_examples=200, deadline=None)
@given(_MOMENTS, _MOMENTS, st.sampled_from(["sq", "en"]))
def test_a_deadline_is_late_exactly_when_it_is_past(due_at: datetime, now: datetime, lang: str) -> None:
    chip = due_chip(due_at, now, lang)
    assert (chip.tone == "late") == (due_at < now)
    assert (chip.tone == "today") <= (clock(due_at) in chip.text)
    assert chip.text[0] == chip.text[0].upper()
    assert "{" not in chip.text
