"""Age assessments: a doubt is a child, nothing erases, and only a firm finding ends the treatment as a child."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.age_assessments import Assessment, check_assessment, standing, treated_as
from app.domain.problems import Invalid

DAY = date(2026, 3, 1)
results = st.sampled_from(["child", "adult", "in_doubt"])
spans = st.one_of(st.none(), st.tuples(st.integers(0, 40), st.integers(0, 10)))


@st.composite
def assessments(draw: st.DrawFn) -> Assessment:
    span = draw(spans)
    return Assessment(
        id=UUID(int=draw(st.integers(0, 10**9))),
        result=draw(results),
        on=DAY + timedelta(days=draw(st.integers(0, 900))),
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 10**6))),
        firm=draw(st.booleans()),
        basis="x",
        years_from=None if span is None else span[0],
        years_to=None if span is None else span[0] + span[1],
        benefit_of_doubt=draw(st.booleans()),
        superseded=draw(st.booleans()),
    )


@settings(max_examples=200)
@given(assessments())
def test_only_a_firm_undoubted_adult_finding_ends_the_treatment_as_a_child_on_its_day(one: Assessment) -> None:
    ended = not treated_as(one, one.on).child
    firm = one.firm and not one.benefit_of_doubt and (one.years_from is None or one.years_from >= 18)
    sure_years = one.result == "child" and one.years_from is not None and one.years_from >= 18
    assert ended == ((one.result == "adult" and firm) or sure_years)


@settings(max_examples=200)
@given(st.lists(assessments(), max_size=8), st.integers(0, 900))
def test_the_latest_uncorrected_one_stands_whatever_the_order(given_ones: list[Assessment], after: int) -> None:
    on = DAY + timedelta(days=after)
    found = standing(given_ones, on)
    known = [one for one in given_ones if one.on <= on and not one.superseded]
    assert (found is None) == (not known)
    if found is not None:
        assert found in known
        assert all((one.on, one.recorded_at) <= (found.on, found.recorded_at) for one in known)
        again = standing(reversed(given_ones), on)
        assert again is not None
        assert (again.on, again.recorded_at) == (found.on, found.recorded_at)


@settings(max_examples=100)
@given(assessments(), st.integers(0, 3000))
def test_a_doubt_never_ends_by_time_alone_and_an_adult_stays_one(one: Assessment, later: int) -> None:
    first, then = treated_as(one, one.on), treated_as(one, one.on + timedelta(days=later))
    if not first.child:
        assert not then.child
    if one.result == "in_doubt":
        assert then.child


def test_a_child_grows_up() -> None:
    one = Assessment(UUID(int=1), "child", DAY, datetime(2026, 3, 1, tzinfo=UTC), True, "x", 16, 16)
    assert treated_as(one, DAY).child
    assert treated_as(one, date(2027, 6, 1)).in_doubt, "17 or 18: nobody knows the birthday"
    assert not treated_as(one, date(2029, 3, 2)).child


@pytest.mark.parametrize(
    ("result", "low", "high", "doubt", "medical", "agreed", "field"),
    [
        ("adult", None, None, False, False, "given", "years_from"),
        ("adult", 16, 17, False, False, "given", "result"),
        ("adult", 18, 20, True, False, "given", "result"),
        ("child", 18, None, False, False, "given", "result"),
        ("child", 12, 9, False, False, "given", "years_to"),
        ("in_doubt", None, 19, True, False, "given", "years_from"),
        ("in_doubt", 16, 19, True, True, "refused", "agreed"),
        ("in_doubt", 16, 19, True, True, "not_able", "agreed"),
    ],
)
def test_a_contradiction_is_refused(
    result: str, low: int | None, high: int | None, doubt: bool, medical: bool, agreed: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_assessment(result, low, high, doubt, medical, agreed)  # type: ignore[arg-type]  # str of a parametrisation
    assert [error.field for error in refused.value.errors] == [field]


def test_what_fits_is_taken() -> None:
    check_assessment("in_doubt", 16, 19, True, True, "court")
    check_assessment("child", None, None, False, False, "refused")
    check_assessment("adult", 19, None, False, False, "given")
