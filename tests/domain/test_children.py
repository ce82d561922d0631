"""A guardian is never the suspect; each move uses its assessment up; acts for children are for children."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.children import (
    BestInterest,
    Candidate,
    NotForAdults,
    check_best_interest,
    check_child,
    check_guardian,
    check_moment,
    check_separation,
    fresh,
)
from app.domain.problems import Invalid

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RELATIONS = [("PARENT", True, True, "PARENT"), ("OTHER_RELATIVE", True, False, "OTHER_RELATIVE"),
             ("APPOINTED_GUARDIAN", False, False, "GUARDIAN"), ("FOSTER_CARER", False, False, None)]  # fmt: skip


@settings(max_examples=200)
@given(
    st.sampled_from(RELATIONS),
    st.booleans(),
    st.sampled_from(["", "Tezja; dyshohet daja."]),
    st.frozensets(st.sampled_from(["FAMILY_INVOLVED", "HEALTH"])),
    st.frozensets(st.sampled_from(["PARENT", "OTHER_RELATIVE", "GUARDIAN", "STRANGER"])),
)
def test_nobody_who_may_be_the_exploiter_becomes_the_guardian(
    relation: tuple[str, bool, bool, str | None],
    suspected: bool,
    other: str,
    domains: frozenset[str],
    recruiters: frozenset[str],
) -> None:
    code, family, parent, recruiter = relation
    candidate = Candidate(code, family, parent, recruiter, suspected, other)
    unsafe = suspected or (family and "FAMILY_INVOLVED" in domains)
    named = recruiter in recruiters and (parent or not other)
    try:
        check_guardian(candidate, domains, recruiters)
    except Invalid:
        assert unsafe or named
    else:
        assert not unsafe
        assert not named


moments = st.integers(0, 100).map(lambda hours: NOW + timedelta(hours=hours))


@settings(max_examples=200)
@given(st.lists(st.tuples(moments, st.booleans()), max_size=6), st.one_of(st.none(), moments), moments)
def test_only_what_was_assessed_after_the_last_move_covers_the_next(
    made: list[tuple[datetime, bool]], last: datetime | None, at: datetime
) -> None:
    known = [BestInterest(UUID(int=n), when, "placement", gone) for n, (when, gone) in enumerate(made)]
    found = fresh(known, last, at)
    usable = [one for one in known if not one.superseded and one.assessed_at <= at]
    usable = [one for one in usable if last is None or one.assessed_at > last]
    assert (found is None) == (not usable)
    if found is not None:
        assert found.assessed_at == max(one.assessed_at for one in usable)
        assert fresh(known, found.assessed_at, at) is None, "the move uses it up"


@pytest.mark.parametrize("act", ["separation", "guardian", "best_interest", "worker", "visit"])
def test_an_adult_is_refused_naming_the_act(act: str) -> None:
    check_child(True, act)
    with pytest.raises(NotForAdults) as refused:
        check_child(False, act)
    assert (refused.value.code, refused.value.status) == (f"child.adult.{act}", 409)


def test_a_best_interest_assessment_needs_the_worker_and_the_childs_words() -> None:
    check_best_interest(["CHILD_PROTECTION_UNIT"], ["CHILD_PROTECTION_UNIT"], "yes", "Dua te nëna.")
    check_best_interest(["CHILD_PROTECTION_UNIT"], ["CHILD_PROTECTION_UNIT"], "not_able", None)
    with pytest.raises(Invalid) as refused:
        check_best_interest(["SCHOOL"], ["CHILD_PROTECTION_UNIT"], "yes", " ")
    assert [error.field for error in refused.value.errors] == ["participants", "child_view"]


def test_an_unaccompanied_minor_is_foreign_and_nothing_is_dated_before_the_case() -> None:
    check_separation(alone=True, foreign_only=False, own_citizen=True)
    check_separation(alone=True, foreign_only=True, own_citizen=False)
    with pytest.raises(Invalid):
        check_separation(alone=True, foreign_only=True, own_citizen=True)
    check_moment("at", NOW, NOW)
    with pytest.raises(Invalid):
        check_moment("at", NOW - timedelta(seconds=1), NOW)
