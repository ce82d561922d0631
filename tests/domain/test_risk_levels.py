"""A level holds when everybody who rates has said yes; danger counts before, and waits for nobody."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.problems import Conflict, Invalid
from app.domain.risk_levels import (
    NOT_RATED,
    Assessor,
    Rating,
    check_assessors,
    check_rating,
    check_word,
    danger_now,
    levels_of,
    seats_of,
    standing,
    state_after,
)
from app.jurisdictions.loader import profiles

AL, XK = profiles().current("AL"), profiles().current("XK")
KINDS = ["POLICE_ANTI_TRAFFICKING", "VICTIM_ADVOCACY_OFFICE", "CENTRE_SOCIAL_WORK", "SHELTER_NGO"]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
assessors = st.lists(
    st.builds(
        Assessor,
        st.sampled_from(KINDS),
        st.integers(0, 3).map(lambda n: UUID(int=n)),
        confirmed=st.booleans(),
        objected=st.booleans(),
    ),
    max_size=5,
)


def test_who_rates_and_with_which_levels_is_the_profiles() -> None:
    assert (levels_of(AL), seats_of(AL, True)) == ((NOT_RATED,), ())
    assert levels_of(XK) == ("LOW", "MEDIUM", "HIGH", NOT_RATED)
    assert seats_of(XK, False) == ("POLICE_ANTI_TRAFFICKING", "VICTIM_ADVOCACY_OFFICE")
    assert seats_of(XK, True) == (*seats_of(XK, False), "CENTRE_SOCIAL_WORK")


@settings(max_examples=200)
@given(assessors, st.booleans())
def test_no_level_holds_without_each_yes_and_one_no_ends_it(people: list[Assessor], child: bool) -> None:
    seats = seats_of(XK, child)
    state = state_after("HIGH", seats, people)
    agreed = {one.kind for one in people if one.confirmed}
    if any(one.objected for one in people):
        assert state == "disputed"
    else:
        assert (state == "confirmed") == (set(seats) <= agreed)


@settings(max_examples=100)
@given(assessors, st.booleans())
def test_a_level_names_everybody_who_has_to_rate_and_nobody_twice(people: list[Assessor], child: bool) -> None:
    seats = seats_of(XK, child)
    check_assessors(NOT_RATED, seats, people)
    whole = set(seats) <= {one.kind for one in people}
    once = len({one.account_id for one in people}) == len(people)
    try:
        check_assessors("LOW", seats, people)
    except Invalid:
        assert not (whole and once)
    else:
        assert whole
        assert once


ratings = st.lists(
    st.builds(
        Rating,
        st.integers(0, 99).map(lambda n: UUID(int=n)),
        st.integers(0, 20).map(lambda n: NOW + timedelta(hours=n)),
        st.integers(0, 20).map(lambda n: NOW + timedelta(hours=n)),
        st.sampled_from(["LOW", "HIGH", NOT_RATED]),
        st.booleans(),
        st.sampled_from(["proposed", "confirmed", "disputed"]),
    ),
    max_size=6,
)


@settings(max_examples=200)
@given(ratings)
def test_the_latest_confirmed_rating_holds_and_danger_waits_for_nobody(given_ones: list[Rating]) -> None:
    holds = standing(given_ones)
    confirmed = [one for one in given_ones if one.state == "confirmed"]
    assert (holds is None) == (not confirmed)
    if holds is not None:
        assert all((o.assessed_at, o.recorded_at) <= (holds.assessed_at, holds.recorded_at) for o in confirmed)
    last = max(given_ones, key=lambda one: (one.assessed_at, one.recorded_at), default=None)
    times = [(one.assessed_at, one.recorded_at) for one in given_ones]
    if last is not None and last.immediate_danger and len(set(times)) == len(times):
        assert danger_now(given_ones) is True
    if not any(one.immediate_danger for one in given_ones):
        assert danger_now(given_ones) is (False if confirmed else None)


@pytest.mark.parametrize(
    ("profile", "level", "domains", "measures", "review", "field"),
    [
        (AL, "HIGH", ["HEALTH"], None, None, "level"),
        (XK, "IMMEDIATE_DANGER", ["HEALTH"], None, None, "level"),
        (XK, "HIGH", [], None, None, "domains"),
        (XK, NOT_RATED, ["OTHER"], " ", None, "measures"),
        (AL, NOT_RATED, [], None, date(2026, 3, 1), "next_review_on"),
    ],
)
def test_a_rating_that_cannot_be_is_refused(
    profile: object, level: str, domains: list[str], measures: str | None, review: date | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_rating(profile, level, domains, measures, review, date(2026, 3, 1))  # type: ignore[arg-type]  # a profile
    assert [error.field for error in refused.value.errors] == [field]


def test_each_speaks_once_and_for_themself() -> None:
    mine = Assessor("SHELTER_NGO", UUID(int=1))
    check_word("proposed", mine)
    for state, who, code in (
        ("proposed", None, "risk.not_an_assessor"),
        ("proposed", Assessor("X", UUID(int=1), confirmed=True), "risk.spoken"),
        ("disputed", mine, "risk.state.disputed"),
        ("confirmed", mine, "risk.state.confirmed"),
    ):
        with pytest.raises(Conflict) as refused:
            check_word(state, who)
        assert refused.value.code == code
