"""A period is what its steps leave of it; time that does not count moves its ends, and nobody shortens it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.deadlines import Pause, extended
from app.domain.problems import Conflict, Invalid
from app.domain.reflection import (
    NONE,
    Manner,
    ReflectionView,
    Step,
    StepKind,
    check_end,
    check_start,
    interview_allowed,
    read_period,
)
from app.jurisdictions.loader import profiles

ZONE = "Europe/Tirane"
START = datetime(2026, 3, 5, 9, tzinfo=UTC)
DAYS = st.integers(min_value=0, max_value=200)


def after(days: int) -> datetime:
    return START + timedelta(days=days)


def step(n: int, kind: StepKind, days: int, **given_values: object) -> Step:
    return Step(UUID(int=n), kind, after(days), **given_values)  # type: ignore[arg-type]


def period(*steps: Step, foreign: bool | None = True) -> ReflectionView:
    made = read_period(profiles().current("AL").reflection, START, foreign, steps, ZONE)
    assert made is not None
    return made


@settings(max_examples=100)
@given(st.lists(st.tuples(DAYS, st.integers(min_value=1, max_value=20)), max_size=6), st.randoms())
def test_pauses_only_ever_move_the_ends_further_whatever_order_they_are_told_in(
    told: list[tuple[int, int]], order: object
) -> None:
    steps: list[Step] = []
    at = 0
    for n, (gap, length) in enumerate(told):
        at += gap % 20 + 1
        steps += [step(2 * n + 1, StepKind.PAUSED, at), step(2 * n + 2, StepKind.RESUMED, at + length)]
        at += length
    plain, moved = period(), period(*steps)
    assert plain.not_before is not None and moved.not_before is not None
    assert plain.expected_until is not None and moved.expected_until is not None
    assert moved.not_before >= plain.not_before
    assert moved.expected_until >= plain.expected_until
    shuffled = list(steps)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert period(*shuffled) == moved


@settings(max_examples=100)
@given(st.lists(st.tuples(DAYS, st.integers(min_value=0, max_value=50)), max_size=8))
def test_time_that_does_not_count_is_added_once_however_the_pauses_overlap(given_pauses: list[tuple[int, int]]) -> None:
    pauses = [Pause(after(since), after(since + length)) for since, length in given_pauses]
    due_at, standing = extended(START, after(30), pauses)
    counted = sum(
        not any(p.since <= after(day) < (p.until or after(999)) for p in pauses) for day in range((due_at - START).days)
    )
    assert (standing, counted) == (None, 30)
    assert extended(START, after(30), reversed(pauses)) == (due_at, None)


def test_a_pause_that_goes_on_stands_still_and_one_after_the_end_changes_nothing() -> None:
    assert extended(START, after(30), [Pause(after(10))]) == (after(30), after(10))
    assert extended(START, after(30), [Pause(after(40))]) == (after(30), None)
    assert extended(START, after(30), [Pause(after(-5), after(5))]) == (after(35), None)


@given(DAYS)
@settings(max_examples=60)
def test_a_foreign_person_never_has_less_than_the_minimum_whoever_asks(day: int) -> None:
    rules = profiles().current("AL").reflection
    for foreign in (True, None):
        view = period(foreign=foreign)
        assert view.not_before is not None
        for manner in Manner:
            if after(day) >= view.not_before:
                check_end(rules, view, after(day), manner, True, "E kërkoi vetë")
            else:
                with pytest.raises(Invalid, match=r"reflection\.foreign_minimum"):
                    check_end(rules, view, after(day), manner, True, "E kërkoi vetë")


def test_a_national_ends_it_on_their_own_wish_and_not_by_a_term_that_is_not_over() -> None:
    rules = profiles().current("AL").reflection
    view = period(foreign=False)
    check_end(rules, view, after(3), Manner.PERSON, True, "E kërkoi vetë")
    with pytest.raises(Invalid, match=r"reflection\.before_minimum"):
        check_end(rules, view, after(3), Manner.TERM, False, "")
    with pytest.raises(Invalid, match=r"reflection\.wish_missing"):
        check_end(rules, view, after(3), Manner.INTERVIEW, False, "U thirr")
    with pytest.raises(Conflict, match=r"reflection\.not_running"):
        check_end(rules, NONE, after(3), Manner.TERM, False, "")


def test_an_interview_presses_nobody() -> None:
    view = period(step(1, StepKind.PAUSED, 5), step(2, StepKind.ENDED, 40, code="term"))
    for day, free in ((-1, True), (0, False), (10, False), (39, False), (40, True)):
        assert interview_allowed(view, after(day), False) == free
        assert interview_allowed(view, after(day), True)
    assert interview_allowed(NONE, START, False)


def test_one_period_at_a_time_and_a_mistaken_one_is_none() -> None:
    rules = profiles().current("AL").reflection
    with pytest.raises(Conflict, match=r"reflection\.running_already"):
        check_start(rules, period(), after(3), False, True)
    ended = period(step(1, StepKind.ENDED, 40, code="term"))
    with pytest.raises(Invalid, match=r"reflection\.inside_the_last"):
        check_start(rules, ended, after(39), False, True)
    check_start(rules, ended, after(41), True, None)
    assert read_period(rules, START, True, [step(1, StepKind.RETRACTED, 2)], ZONE) is None
