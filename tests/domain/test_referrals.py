"""Referrals: no step out of order, nothing shown too early or too long, nothing beyond consent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.consent import Answer, Consent, Receiver, Recipient
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Forbidden, Invalid
from app.domain.referrals import (
    AWAITING_ANSWER,
    MINIMUM_DATA_SET,
    OPEN,
    STATUS_CODE,
    TAKEN_ON,
    Act,
    Details,
    Party,
    State,
    TakenOn,
    check_first_yes,
    check_openable,
    check_sharing,
    is_unanswered,
    lapses,
    minimum_visible,
    possible,
    sharing_purpose,
    step,
    timing,
    visible,
)

NOW = datetime(2025, 11, 26, 12, tzinfo=UTC)
FULL = Details(reason="NO_CAPACITY", text="…", redirected_to=UUID(int=7))

CODE_LIST = Path(__file__).parents[2] / "app/jurisdictions/shared/0.1.0/codelists/referral_status.yaml"


def test_the_steps_are_those_of_the_code_list() -> None:
    published = yaml.safe_load(CODE_LIST.read_text(encoding="utf-8"))["transitions"]
    steps: dict[str, set[str]] = {}
    for state in State:
        for act in possible(state):
            by = next(party for party in Party if act in possible(state, party))
            code = STATUS_CODE[step(state, act, by, FULL)]
            if code != STATUS_CODE[state]:
                steps.setdefault(STATUS_CODE[state], set()).add(code)
    assert steps == {code: set(following) for code, following in published.items() if following}


S, R, Y, P = Party.SENDER, Party.RECEIVER, Party.SYSTEM, Party.PERSON


@pytest.mark.parametrize(
    "story",
    [
        [(Act.SEND, S), (Act.ACKNOWLEDGE, R), (Act.ACCEPT, R), (Act.START_SERVICE, R), (Act.COMPLETE, R), "completed"],
        [(Act.SEND, S), (Act.ACCEPT, R), (Act.COMPLETE, R), "completed"],
        [(Act.SEND, S), (Act.ACKNOWLEDGE, R), (Act.ASK, R), (Act.ANSWER, S), (Act.DECLINE, R), "declined"],
        [(Act.SEND, S), (Act.ACKNOWLEDGE, R), (Act.REDIRECT, R), "redirected"],
        [(Act.SEND, S), (Act.ACCEPT, R), (Act.START_SERVICE, R), (Act.REVOKE, Y), "revoked"],
        [(Act.SEND, S), (Act.EXPIRE, Y), "expired"],
        [(Act.SEND, S), (Act.ACCEPT, R), (Act.WITHDRAW, P), "withdrawn"],
        [(Act.WITHDRAW, S), "withdrawn"],
    ],
)
def test_stories_to_their_end(story: list[tuple[Act, Party] | str]) -> None:
    state = State.DRAFTED
    for act in story[:-1]:
        assert not isinstance(act, str)
        state = step(state, *act, FULL)
    assert state == story[-1]
    assert possible(state) == ()


@settings(max_examples=200)
@given(st.sampled_from(State), st.sampled_from(Act), st.sampled_from(Party))
def test_a_step_is_taken_or_refused_naming_what_is_possible(state: State, act: Act, by: Party) -> None:
    if act in possible(state, by):
        assert step(state, act, by, FULL) in State
    else:
        with pytest.raises((Conflict, Forbidden)) as refused:
            step(state, act, by, FULL)
        assert refused.value.params["possible"] == possible(state, by)
        assert isinstance(refused.value, Forbidden) == (act in possible(state))


def test_refusals_say_where_the_referral_stands() -> None:
    with pytest.raises(Conflict) as refused:
        step(State.DECLINED, Act.ACCEPT, R)
    assert refused.value.code == "referral.state.declined"
    with pytest.raises(Forbidden) as forbidden:
        step(State.SENT, Act.ACCEPT, S)
    assert forbidden.value.code == "referral.only_receiver"


@pytest.mark.parametrize(
    ("state", "act", "by", "details", "code"),
    [
        (State.SENT, Act.DECLINE, R, Details(), "referral.decline_reason_missing"),
        (State.SENT, Act.DECLINE, R, Details(reason="OTHER", text=" "), "referral.reason_text_missing"),
        (State.ACKNOWLEDGED, Act.REDIRECT, R, Details(), "referral.redirected_to_missing"),
        (State.ACKNOWLEDGED, Act.ASK, R, Details(), "referral.question_missing"),
        (State.INFO_REQUESTED, Act.ANSWER, S, Details(), "referral.answer_missing"),
        (State.IN_SERVICE, Act.COMPLETE, R, None, "referral.feedback_missing"),
    ],
)
def test_what_an_act_brings_with_it(state: State, act: Act, by: Party, details: Details | None, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        step(state, act, by, details)
    assert refused.value.code == code


def test_a_decline_with_a_reason_needs_no_text() -> None:
    assert step(State.SENT, Act.DECLINE, R, Details(reason="NO_CAPACITY")) is State.DECLINED


SHARED = frozenset({DataClass.IDENTITY, DataClass.HEALTH})


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(Act), st.sampled_from(Party)), max_size=12), st.sets(st.sampled_from(DataClass))
)
def test_nothing_before_acceptance_and_nothing_after_the_end(
    acts: list[tuple[Act, Party]], shared: set[DataClass]
) -> None:
    state, accepted = State.DRAFTED, False
    for act, by in acts:
        if act not in possible(state, by):
            continue
        state = step(state, act, by, FULL)
        accepted = accepted or act is Act.ACCEPT
        assert visible(state, shared) in (frozenset(), frozenset(shared) - {DataClass.SHELTER_LOCATION})
        if not accepted or not possible(state):
            assert visible(state, shared) == frozenset()
        assert minimum_visible(state) == (state is not State.DRAFTED and state in OPEN)


def test_after_acceptance_the_shared_classes_are_seen() -> None:
    for state in State:
        assert visible(state, SHARED) == (SHARED if state in TAKEN_ON else frozenset())
    assert "identity" not in MINIMUM_DATA_SET
    known = {"code", "age_group", "child", "sex", "languages", "interpreter", "needs", "services", "urgency", "safety"}
    assert known == MINIMUM_DATA_SET


@pytest.mark.parametrize("state", State)
def test_only_what_waits_for_an_answer_is_late(state: State) -> None:
    assert is_unanswered(state, NOW, NOW) == (state in AWAITING_ANSWER)
    assert not is_unanswered(state, NOW + timedelta(seconds=1), NOW)
    assert not lapses(state, NOW, True, NOW)
    assert lapses(state, NOW, False, NOW) == (state in AWAITING_ANSWER)


AGIMI = Receiver("agimi")
YES = Consent(
    id=UUID(int=1),
    purpose="REFERRAL_NAMED_BODY",
    answer=Answer.GIVEN,
    basis="ADULT_CONSENT",
    valid_from=NOW - timedelta(days=1),
    recipient=Recipient("organisation", "agimi"),
    data_classes=frozenset({DataClass.IDENTITY, DataClass.CASEWORK}),
)


def test_sharing_names_the_entry_behind_each_class() -> None:
    covered = check_sharing([DataClass.CASEWORK, DataClass.IDENTITY], [YES], AGIMI, NOW, is_child=False)
    assert covered == {DataClass.IDENTITY: YES.id, DataClass.CASEWORK: YES.id}
    assert check_sharing([], [], AGIMI, NOW, is_child=False) == {}


def test_sharing_beyond_consent_names_every_class() -> None:
    with pytest.raises(Invalid) as refused:
        check_sharing(list(DataClass), [YES], AGIMI, NOW, is_child=False)
    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("data_classes.milestones", "referral.beyond_consent"),
        ("data_classes.identification", "referral.beyond_consent"),
        ("data_classes.health", "referral.beyond_consent"),
        ("data_classes.legal", "referral.beyond_consent"),
        ("data_classes.shelter_location", "referral.shelter_location"),
    ]
    assert refused.value.errors[2].params == {"data_class": "health"}


def test_an_adults_yes_does_not_carry_a_child() -> None:
    with pytest.raises(Invalid):
        check_sharing([DataClass.IDENTITY], [YES], AGIMI, NOW, is_child=True)


def test_nothing_of_a_case_goes_without_its_milestones() -> None:
    check_openable([])
    check_openable([DataClass.MILESTONES, DataClass.HEALTH])
    with pytest.raises(Invalid) as refused:
        check_openable([DataClass.HEALTH])
    assert refused.value.code == "referral.milestones_first"


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [("BORDER_POLICE", "POLICE"), ("PROSECUTION", "PROSECUTION"), ("SHELTER_NGO", "REFERRAL_NAMED_BODY")],
)
def test_each_kind_of_receiver_needs_a_consent_of_its_purpose(kind: str, purpose: str) -> None:
    assert sharing_purpose(kind) == purpose


def test_the_police_need_their_own_consent() -> None:
    with pytest.raises(Invalid):
        check_sharing([DataClass.IDENTITY], [YES], AGIMI, NOW, is_child=False, purpose="POLICE")


def test_times_are_measured_from_sending() -> None:
    hour = timedelta(hours=1)
    story = [(Act.START_SERVICE, NOW + 30 * hour), (Act.SEND, NOW), (Act.ACCEPT, NOW + 3 * hour)]
    story += [(Act.REDIRECT, NOW + 40 * hour)]
    measured = timing(story)
    assert (measured.seconds_to_answer, measured.seconds_to_service) == (3 * 3600, 30 * 3600)
    assert timing([(Act.SEND, NOW)]).seconds_to_answer is None
    assert timing([]).seconds_to_service is None


@pytest.mark.parametrize(
    ("needs", "others", "refused"),
    [
        (["ACCOMMODATION"], [TakenOn(["ACCOMMODATION"], NOW + timedelta(hours=1))], True),
        # sent after the other was accepted: a move
        (["ACCOMMODATION"], [TakenOn(["ACCOMMODATION"], NOW - timedelta(hours=1))], False),
        # a doctor beside a bed is no second bed
        (["HEALTH"], [TakenOn(["ACCOMMODATION"], NOW + timedelta(hours=1))], False),
        (["ACCOMMODATION"], [TakenOn(["HEALTH"], NOW + timedelta(hours=1))], False),
        (["ACCOMMODATION"], [], False),
    ],
)
def test_of_two_places_asked_at_once_the_first_yes_stands(
    needs: list[str], others: list[TakenOn], refused: bool
) -> None:
    if not refused:
        check_first_yes(State.SENT, needs, NOW, others)
        return
    with pytest.raises(Conflict) as told:
        check_first_yes(State.SENT, needs, NOW, others)
    assert told.value.code == "referral.place_found"
    assert set(told.value.params["possible"]) == {"acknowledge", "decline"}
