"""The rules of the formal identification: seats, signatures, interviews, proposals, dates, and what is signed."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.formal_identification import (
    Interview,
    Member,
    Vote,
    appeal_until,
    canonical,
    check_decided_at,
    check_interview,
    check_proposal,
    digest,
    elements_of,
    missing_signatures,
    moment,
    outcome,
    required_members,
    team_of,
    text_digest,
    vacant,
)
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid
from app.domain.procedures import Appeal, Team
from app.jurisdictions.loader import profiles

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
TEAM = Team("any", "adult", ("POLICE", "SOCIAL", "CHILD"), ("SHELTER",))
KINDS = (*TEAM.required, *TEAM.optional)
members = st.lists(
    st.builds(
        Member,
        id=st.builds(uuid7),
        kind=st.sampled_from(KINDS),
        account_id=st.one_of(st.none(), st.builds(uuid7)),
        declaration=st.sampled_from(("open", "none", "declared")),
        removed=st.booleans(),
    ),
    max_size=7,
)


@given(members, st.data())
@settings(max_examples=200, deadline=None)
def test_a_proposal_is_carried_only_with_every_seat_filled_and_every_required_member_agreeing(
    given_members: list[Member], data: st.DataObject
) -> None:
    signed = data.draw(
        st.lists(st.sampled_from(given_members), unique_by=lambda m: m.id) if given_members else st.just([])
    )
    votes = [Vote(m.id, data.draw(st.booleans())) for m in signed]
    stands = outcome("all", TEAM, given_members, votes)
    needed = required_members(TEAM, given_members)
    agreed = {vote.member_id for vote in votes if vote.agrees}
    complete = not vacant(TEAM, given_members) and {m.id for m in needed} <= {v.member_id for v in votes}
    assert (stands == "open") is (not complete)
    assert (stands == "open") is bool(missing_signatures(TEAM, given_members, votes))
    assert (stands == "carried") is (complete and {m.id for m in needed} <= agreed)
    # who left, has a conflict or no account is never counted on
    assert all(m.takes_part and m.account_id and m.kind in TEAM.required for m in needed)
    # the order of signatures changes nothing, and one more dissent never carries what was not carried
    assert outcome("all", TEAM, given_members, votes[::-1]) == stands
    if stands != "carried" and needed:
        assert outcome("all", TEAM, given_members, [*votes, Vote(needed[0].id, False)]) != "carried"


def test_under_a_majority_one_dissent_of_three_does_not_stop_and_a_tie_does() -> None:
    team = [Member(uuid7(), kind, uuid7(), "none") for kind in TEAM.required]
    votes = [Vote(team[0].id, True), Vote(team[1].id, True), Vote(team[2].id, False)]
    assert outcome("majority", TEAM, team, votes) == "carried"
    assert outcome("all", TEAM, team, votes) == "returned"
    two = replace(TEAM, required=("POLICE", "SOCIAL"))
    assert outcome("majority", two, team[:2], [Vote(team[0].id, True), Vote(team[1].id, False)]) == "returned"


def test_a_member_who_declared_a_conflict_leaves_the_seat_empty() -> None:
    team = [Member(uuid7(), kind, uuid7(), "none") for kind in TEAM.required]
    assert vacant(TEAM, team) == ()
    gone = [replace(team[0], declaration="declared"), *team[1:]]
    assert vacant(TEAM, gone) == ("POLICE",)
    assert not gone[0].may_act and not replace(team[0], declaration="open").may_act
    assert missing_signatures(TEAM, gone, [Vote(m.id, True) for m in gone]) == ("POLICE",)


@pytest.mark.parametrize("jurisdiction", ["AL", "XK"])
def test_the_profile_says_who_decides_and_a_child_is_never_asked_for_means(jurisdiction: str) -> None:
    profile = profiles().current(jurisdiction)
    assert elements_of(profile, child=False) == ("act", "means", "purpose")
    assert elements_of(profile, child=True) == ("act", "purpose")
    adult, child = team_of(profile, "territory", False), team_of(profile, "territory", True)
    assert set(adult.required) < set(child.required)
    assert set(profile.child_participants.required) <= set(child.required)
    assert profile.formal.signatures == "all"
    assert profile.letter("FORMAL_DECISION").status == "to_confirm"
    for result in ("VT", "NOT_RECOGNISED"):
        codes = [part.code for part in profile.letter("FORMAL_DECISION").parts_for(result)]
        assert f"RESULT_{result}" in codes and f"SERVICES_{result}" in codes and len(codes) == len(set(codes))


HELD = Interview(
    occurred_at=START,
    number=1,
    officer_kinds=frozenset({"POLICE"}),
    child=False,
    guardian="not_needed",
    best_interest=None,
    further_reason=None,
    person_asked=False,
    asked_note=None,
)


def refused(interview: Interview, reflecting: bool = False) -> list[tuple[str, str]]:
    """Return (field, code) of what an interview is refused for."""
    try:
        check_interview(interview, START, reflecting, profiles().current("AL").child_participants)
    except Invalid as wrong:
        return [(error.field, error.code) for error in wrong.errors]
    return []


def test_an_interview_names_everything_that_is_missing() -> None:
    assert refused(HELD) == []
    assert refused(replace(HELD, occurred_at=START - timedelta(seconds=1))) == [
        ("occurred_at", "formal.interview_before_request")
    ]
    assert refused(HELD, reflecting=True) == [("person_asked_earlier", "formal.inside_reflection")]
    asked = replace(HELD, person_asked=True)
    assert refused(replace(asked, asked_note=" "), reflecting=True) == [("asked_note", "formal.inside_reflection")]
    assert refused(replace(asked, asked_note="Me shkrim."), reflecting=True) == []
    assert refused(replace(HELD, number=2)) == [("further_reason", "formal.further_reason_missing")]
    child = replace(HELD, child=True, guardian="absent")
    assert [code for _, code in refused(child)] == [
        "formal.child_protection_missing",
        "formal.guardian_missing",
        "formal.best_interest_missing",
    ]
    kinds = frozenset({"CHILD_PROTECTION_UNIT"})
    assert refused(replace(child, guardian="representative", best_interest="Po.", officer_kinds=kinds)) == []


FINDINGS = st.dictionaries(st.sampled_from(("act", "means", "purpose")), st.sampled_from(("present", "not_shown")))


@given(FINDINGS, st.booleans(), st.integers(0, 2))
def test_no_adult_is_recognised_without_means_and_no_child_is_asked_for_them(
    findings: dict[str, str], child: bool, interviews: int
) -> None:
    elements = ("act", "purpose") if child else ("act", "means", "purpose")

    def possible(result: str) -> bool:
        try:
            check_proposal(result, elements, findings, interviews)
        except (Conflict, Invalid):
            return False
        return True

    assert possible("VT") is (interviews > 0 and all(findings.get(e) == "present" for e in elements))
    assert possible("NOT_RECOGNISED") is (interviews > 0 and all(e in findings for e in elements))
    if not child and interviews and findings.get("means") != "present":
        with pytest.raises(Invalid) as wrong:
            check_proposal("VT", ("means", "act", "purpose"), findings, interviews)
        assert wrong.value.code == "formal.means_missing"


@given(st.lists(st.integers(0, 100)), st.lists(st.integers(0, 100)), st.lists(st.integers(0, 100)), st.integers(0, 100))
def test_a_decision_never_lies_before_what_it_rests_on(
    interviews: list[int], signed: list[int], decisions: list[int], at: int
) -> None:
    def days(numbers: list[int]) -> list[datetime]:
        return [START + timedelta(days=n) for n in numbers]

    latest = max([*interviews, *signed, *decisions], default=0)
    refused_for = None
    try:
        check_decided_at(START + timedelta(days=at), days(interviews), days(signed), days(decisions))
    except Invalid as wrong:
        refused_for = wrong.field
    assert refused_for == ("decided_at" if at < latest else None)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=12,
    ).map(lambda value: {"value": value})
)
@settings(max_examples=150, deadline=None)
def test_equal_content_has_equal_bytes_whatever_the_order_of_its_keys(content: dict[str, Any]) -> None:
    try:
        written = canonical(content)
    except UnicodeEncodeError:
        return
    assert json.loads(written) == content
    shuffled = json.loads(json.dumps(content), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert canonical(shuffled) == written
    assert digest(written) == hashlib.sha256(written).hexdigest()
    assert canonical({**content, "more": 1}) != written


def test_the_canonical_form_is_what_the_document_says() -> None:
    assert canonical({"b": 1, "a": ["ë", None, True]}) == '{"a":["ë",null,true],"b":1}'.encode()
    summer = timezone(timedelta(hours=2))
    assert moment(datetime(2026, 4, 2, 10, 0, 0, 5, summer)) == "2026-04-02T08:00:00.000005Z"
    assert text_digest(None) is None
    assert text_digest("ë") == hashlib.sha256("ë".encode()).hexdigest()
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


def test_the_time_to_appeal_counts_from_the_handing_over_and_no_number_is_no_end() -> None:
    rule = Appeal("P30D", "to_confirm", "demo value")
    assert appeal_until(rule, START, "Europe/Tirane") == datetime(2026, 3, 31, 9, tzinfo=UTC), "summer time in between"
    assert appeal_until(replace(rule, duration=None), START, "Europe/Tirane") is None
    assert appeal_until(None, START, "Europe/Tirane") is None
