"""Placements: one bed, one person, one night; nights add up; a bed never waits for a status."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.placements import (
    HOLDS_A_BED,
    Act,
    Nights,
    Period,
    Resident,
    State,
    check_admission,
    check_period,
    clashes,
    count_nights,
    month,
    possible,
    step,
    unsuitable,
)
from app.domain.problems import Conflict, Invalid
from app.texts import has_text

NOW = datetime(2025, 11, 26, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
TODAY = NOW.date()
CODE_LIST = Path(__file__).parents[2] / "app/jurisdictions/shared/0.1.0/codelists/shelter_attribute.yaml"


def test_a_stay_from_reservation_to_discharge() -> None:
    state = State.RESERVED
    for act in (Act.ADMIT, Act.LEAVE, Act.RETURN, Act.MOVE, Act.LEAVE, Act.DISCHARGE):
        state = step(state, act, NOW, NOW + HOUR, "jeton me familjen")
    assert state is State.DISCHARGED
    assert possible(state) == ()


def test_a_reservation_ends_on_time() -> None:
    assert step(State.RESERVED, Act.ADMIT, NOW, NOW + HOUR) is State.ADMITTED
    assert step(State.RESERVED, Act.ADMIT, NOW) is State.ADMITTED
    assert step(State.RESERVED, Act.EXPIRE, NOW, NOW) is State.EXPIRED
    assert step(State.RESERVED, Act.CANCEL, NOW, NOW - HOUR) is State.CANCELLED
    for act, expires_at, code in (
        (Act.ADMIT, NOW, "placement.reservation_over"),
        (Act.MOVE, NOW, "placement.reservation_over"),
        (Act.EXPIRE, NOW + HOUR, "placement.reservation_running"),
        (Act.EXPIRE, None, "placement.reservation_running"),
    ):
        with pytest.raises(Conflict) as refused:
            step(State.RESERVED, act, NOW, expires_at)
        assert refused.value.code == code


def test_a_discharge_says_why() -> None:
    with pytest.raises(Invalid) as refused:
        step(State.ADMITTED, Act.DISCHARGE, NOW, reason=" ")
    assert (refused.value.field, refused.value.code) == ("reason", "placement.discharge_reason_missing")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_a_step_is_taken_or_refused_naming_what_is_possible(state: State, act: Act) -> None:
    over = NOW if act is Act.EXPIRE else None
    if act in possible(state):
        assert step(state, act, NOW, over, "…") in State
    else:
        with pytest.raises(Conflict) as refused:
            step(state, act, NOW, over, "…")
        assert refused.value.params["possible"] == possible(state)
        assert has_text(f"problems.{refused.value.code}")


def test_who_is_away_keeps_the_bed() -> None:
    assert {State.RESERVED, State.ADMITTED, State.ABSENT} == HOLDS_A_BED
    assert all(bool(possible(state)) == (state in HOLDS_A_BED) for state in State)


def period(start: int, end: int | None = None) -> Period:
    first = date(2025, 11, 1)
    return Period(first + timedelta(days=start), None if end is None else first + timedelta(days=end))


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (period(0, 3), period(3, 5), False),
        (period(0, 3), period(2, 5), True),
        (period(0), period(9, 10), True),
        (period(5), period(0, 5), False),
        (period(0), period(0), True),
        (period(2, 2), period(0, 9), False),
        (period(1, 2), period(0, 9), True),
    ],
)
def test_two_never_hold_one_night(one: Period, other: Period, both: bool) -> None:
    assert one.overlaps(other) == both
    assert other.overlaps(one) == both
    assert clashes([period(50, 60), one], other) == both


@pytest.mark.parametrize(
    ("stay", "absences", "nights"),
    [
        (Period(date(2025, 11, 10), date(2025, 11, 13)), [], Nights(3, 0)),
        (Period(date(2025, 11, 10), date(2025, 11, 10)), [], Nights(0, 0)),
        (Period(date(2025, 10, 20), date(2025, 12, 4)), [], Nights(30, 0)),
        (Period(date(2025, 11, 29)), [], Nights(2, 0)),
        (Period(date(2025, 12, 1)), [], Nights(0, 0)),
        (Period(date(2025, 9, 1), date(2025, 9, 5)), [], Nights(0, 0)),
        (Period(date(2025, 11, 10), date(2025, 11, 20)), [period(11, 14), period(13, 15)], Nights(6, 4)),
        (Period(date(2025, 11, 10), date(2025, 11, 20)), [period(17)], Nights(8, 2)),
    ],
)
def test_nights_of_november(stay: Period, absences: list[Period], nights: Nights) -> None:
    assert count_nights(stay, absences, month(2025, 11)) == nights


def test_a_month_reaches_over_the_turn_of_the_year() -> None:
    assert month(2025, 12) == Period(date(2025, 12, 1), date(2026, 1, 1))
    assert len(month(2024, 2).nights(month(2024, 2))) == 29


def test_nights_need_a_window_with_an_end() -> None:
    with pytest.raises(ValueError, match="window"):
        period(0).nights(period(0))


days = st.integers(-40, 80)
periods = st.tuples(days, st.none() | st.integers(0, 60)).map(
    lambda drawn: period(drawn[0], None if drawn[1] is None else drawn[0] + drawn[1])
)


@settings(max_examples=200)
@given(periods, periods)
def test_overlapping_is_sharing_a_night(one: Period, other: Period) -> None:
    years = Period(date(2025, 1, 1), date(2026, 12, 31))
    assert one.overlaps(other) == bool(one.nights(years) & other.nights(years))


@settings(max_examples=200)
@given(periods, st.lists(periods, max_size=3))
def test_the_months_of_a_year_add_up(stay: Period, absences: list[Period]) -> None:
    year = Period(date(2025, 1, 1), date(2026, 1, 1))
    months = [count_nights(stay, absences, month(2025, number)) for number in range(1, 13)]
    whole = count_nights(stay, absences, year)
    assert sum(part.present for part in months) == whole.present
    assert sum(part.absent for part in months) == whole.absent


def test_dates_of_a_stay() -> None:
    check_period(Period(TODAY), TODAY)
    check_period(Period(TODAY, TODAY), TODAY)
    with pytest.raises(Invalid) as refused:
        check_period(Period(TODAY + timedelta(days=1), TODAY), TODAY)
    assert [error.code for error in refused.value.errors] == ["placement.in_future", "placement.ends_before_start"]


WOMEN = {"ADMITS_WOMEN", "ADMITS_GIRLS", "ADMITS_WITH_CHILDREN", "OPENNESS_OPEN"}


@pytest.mark.parametrize(
    ("attributes", "resident", "missing"),
    [
        (WOMEN, Resident("FEMALE", False, with_children=True), ()),
        (WOMEN, Resident("FEMALE", True), ()),
        (WOMEN, Resident("MALE", False), ("ADMITS_MEN",)),
        (WOMEN, Resident("MALE", True, unaccompanied=True), ("ADMITS_BOYS", "ADMITS_UNACCOMPANIED")),
        (WOMEN, Resident("UNKNOWN", True), ()),
        ({"ADMITS_MEN"}, Resident("UNKNOWN", True), ("ADMITS_GIRLS", "ADMITS_BOYS")),
        (WOMEN, Resident("FEMALE", False, foreign=True, disability=True), ("ADMITS_FOREIGN", "ADMITS_DISABILITY")),
        ({"ADMITS_VMT"}, Resident("MALE", False), ()),
        ({"OPENNESS_OPEN"}, Resident("MALE", False, foreign=True), ()),
        (set(), Resident("MALE", True), ()),
    ],
)
def test_whom_a_shelter_takes_in(attributes: set[str], resident: Resident, missing: tuple[str, ...]) -> None:
    assert unsuitable(attributes, resident) == missing
    assert check_admission(attributes, resident, "nuk ka vend tjetër sonte") == missing
    if not missing:
        assert check_admission(attributes, resident) == ()
        return
    with pytest.raises(Invalid) as refused:
        check_admission(attributes, resident, " ")
    assert refused.value.code == "placement.unsuitable"
    assert refused.value.params == {"attributes": missing}


def test_a_bed_never_waits_for_a_status() -> None:
    asked = {field.name for field in fields(Resident)}
    assert asked == {"sex", "is_child", "with_children", "foreign", "unaccompanied", "disability"}
    for status in ("ADMITS_VMT", "ADMITS_VT", "ADMITS_AT_RISK"):
        person = Resident("FEMALE", False)
        assert unsuitable({"ADMITS_WOMEN"}, person) == unsuitable({"ADMITS_WOMEN", status}, person) == ()


def test_what_is_named_as_missing_is_a_code_of_the_list() -> None:
    listed = {value["code"] for value in yaml.safe_load(CODE_LIST.read_text(encoding="utf-8"))["values"]}
    everything = Resident("UNKNOWN", True, True, True, True, True)
    named = {*unsuitable({"ADMITS_MEN"}, everything), *unsuitable({"ADMITS_BOYS"}, Resident("FEMALE", False))}
    named |= set(unsuitable({"ADMITS_BOYS"}, Resident("MALE", False)))
    assert len(named) == 8
    assert named <= listed
