"""Age: a child until shown otherwise, on the date of the event."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.age import (
    AGE_UNKNOWN,
    AgeKnowledge,
    Answer,
    Band,
    BirthDate,
    EstimatedAge,
    age_group,
    age_range,
    check_age,
    completed_years,
    is_child_at,
)
from app.domain.problems import Invalid

TODAY = date(2025, 11, 26)
CODE_LIST = Path(__file__).parents[2] / "app/jurisdictions/shared/0.1.0/codelists/age_group.yaml"

CHILD, ADULT, PRESUMED = Answer(True, False), Answer(False, False), Answer(True, True)


def born(year: int, month: int | None = None, day: int | None = None, doubted: bool = False) -> AgeKnowledge:
    return AgeKnowledge(BirthDate(year, month, day), doubted=doubted)


def about(years_from: int, years_to: int | None = None, on: date = TODAY) -> AgeKnowledge:
    return AgeKnowledge(estimate=EstimatedAge(years_from, years_to or years_from, on, "thënë nga personi"))


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(2007, 11, 26), TODAY, 18),
        (date(2007, 11, 27), TODAY, 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_completed_years(birth: date, on: date, years: int) -> None:
    assert completed_years(birth, on) == years


@pytest.mark.parametrize(
    ("knowledge", "answer"),
    [
        (born(2007, 11, 26), ADULT),
        (born(2007, 11, 27), CHILD),
        (born(2007, 11), PRESUMED),
        (born(2007, 10), ADULT),
        (born(2007, 12), CHILD),
        (born(2007), PRESUMED),
        (born(2006), ADULT),
        (born(2008), CHILD),
        (about(17), CHILD),
        (about(16, 19), PRESUMED),
        (about(18, 20), ADULT),
        (born(2000, 1, 1, doubted=True), PRESUMED),
        (born(2015, 1, 1, doubted=True), CHILD),
        (AgeKnowledge(), PRESUMED),
    ],
)
def test_a_child_until_shown_otherwise(knowledge: AgeKnowledge, answer: Answer) -> None:
    assert is_child_at(knowledge, TODAY) == answer


def test_a_child_at_one_event_and_an_adult_at_the_next() -> None:
    person = born(2007, 3, 10)
    assert is_child_at(person, date(2025, 3, 9)) == CHILD
    assert is_child_at(person, date(2025, 3, 10)) == ADULT


def test_an_estimate_grows_older_with_its_range() -> None:
    person = about(16, on=date(2023, 6, 1))
    assert age_range(person, date(2023, 6, 1)) == (16, 16)
    assert age_range(person, date(2024, 1, 1)) == (16, 17)
    assert age_range(person, date(2025, 6, 1)) == (18, 18)
    assert is_child_at(person, date(2025, 5, 31)) == PRESUMED
    assert is_child_at(person, date(2025, 6, 1)) == ADULT


def bands(of_set: str) -> list[Band]:
    values = yaml.safe_load(CODE_LIST.read_text(encoding="utf-8"))["values"]
    return [
        Band(value["code"], value["min_age"], value["max_age"])
        for value in values
        if value["set"] == of_set and value["min_age"] is not None
    ]


@pytest.mark.parametrize(
    ("knowledge", "standard", "kosovo", "five_year"),
    [
        (born(2010, 5, 1), "CHILD", "XK_U18", "Y5_15_17"),
        (born(2007), "CHILD", "XK_U18", "Y5_15_17"),
        (born(2002, 12, 1), "ADULT", "XK_18_22", "Y5_20_24"),
        (born(2002), "ADULT", "XK_18_22", "Y5_20_24"),
        (about(41), "ADULT", "XK_O40", "Y5_40_44"),
        (about(17, 25), "CHILD", "XK_U18", "Y5_15_17"),
        (born(1999, 1, 1, doubted=True), "CHILD", "XK_U18", "Y5_15_17"),
        (AgeKnowledge(), AGE_UNKNOWN, AGE_UNKNOWN, AGE_UNKNOWN),
    ],
)
def test_age_groups(knowledge: AgeKnowledge, standard: str, kosovo: str, five_year: str) -> None:
    found = [age_group(knowledge, TODAY, bands(name)) for name in ("standard", "kosovo", "five_year")]
    assert found == [standard, kosovo, five_year]


def test_an_age_outside_every_band_is_unknown() -> None:
    assert age_group(about(30), TODAY, [Band("CHILD", 0, 17)]) == AGE_UNKNOWN


@pytest.mark.parametrize(
    "knowledge",
    [
        AgeKnowledge(),
        born(2025),
        born(2025, 11),
        born(2025, 11, 26),
        born(1905, 1, 1),
        about(0),
        about(120),
        born(2024, 2, 29),
    ],
)
def test_what_can_be(knowledge: AgeKnowledge) -> None:
    check_age(knowledge, TODAY)


@pytest.mark.parametrize(
    ("knowledge", "field", "code"),
    [
        (born(2026), "birth.year", "birth_in_future"),
        (born(2025, 12), "birth.month", "birth_in_future"),
        (born(2025, 11, 27), "birth.day", "birth_in_future"),
        (born(1903), "birth.year", "too_old"),
        (born(1904, 11, 26), "birth.year", "too_old"),
        (born(0), "birth.year", "too_old"),
        (born(2000, 13), "birth.month", "no_such_month"),
        (born(2000, 0), "birth.month", "no_such_month"),
        (born(2023, 2, 29), "birth.day", "no_such_day"),
        (born(2023, 2, 0), "birth.day", "no_such_day"),
        (born(2023, None, 5), "birth.month", "day_without_month"),
        (about(121), "estimate.years_from", "too_old"),
        (about(60, 130), "estimate.years_to", "too_old"),
        (about(-1), "estimate.years_from", "below_zero"),
        (about(20, 18), "estimate.years_to", "range_reversed"),
        (about(20, on=TODAY + timedelta(days=1)), "estimate.on", "estimated_in_future"),
        (about(20, on=date(1900, 1, 1)), "estimate.on", "too_old"),
        (AgeKnowledge(estimate=EstimatedAge(20, 20, TODAY, " ")), "estimate.basis", "basis_missing"),
        (AgeKnowledge(BirthDate(2000), about(25).estimate), "estimate", "two_sources"),
    ],
)
def test_what_cannot_be(knowledge: AgeKnowledge, field: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_age(knowledge, TODAY)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, f"age.{code}")]


dates = st.dates(date(1910, 1, 1), TODAY)


@settings(max_examples=200)
@given(dates, dates)
def test_knowing_less_never_makes_a_child_an_adult(birth: date, on: date) -> None:
    full = born(birth.year, birth.month, birth.day)
    for less in (born(birth.year, birth.month), born(birth.year), AgeKnowledge()):
        known, vague = is_child_at(full, on), is_child_at(less, on)
        assert vague.child or not known.child
        assert not (known.child is False and vague == CHILD)
        ages = age_range(less, on)
        assert ages is None or ages[0] <= max(0, completed_years(birth, on)) <= ages[1]


@settings(max_examples=200)
@given(dates, dates, dates)
def test_whoever_was_rightly_estimated_lies_in_the_range_ever_after(birth: date, seen: date, on: date) -> None:
    birth, seen, on = sorted((birth, seen, on))
    person = about(completed_years(birth, seen), on=seen)
    ages = age_range(person, on)
    assert ages is not None
    assert ages[0] <= completed_years(birth, on) <= ages[1] <= ages[0] + 1


@settings(max_examples=200)
@given(st.integers(-50, 3000), st.none() | st.integers(-1, 14), st.none() | st.integers(-1, 33))
def test_a_birth_date_is_refused_or_usable(year: int, month: int | None, day: int | None) -> None:
    knowledge = born(year, month, day)
    try:
        check_age(knowledge, TODAY)
    except Invalid:
        return
    ages = age_range(knowledge, TODAY)
    assert ages is not None
    assert 0 <= ages[0] <= ages[1] <= 121
