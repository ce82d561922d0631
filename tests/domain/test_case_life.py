"""The life of a case: nobody is closed away, responsibility always has a name, help never waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.case_life import (
    GOES_ON_ELSEWHERE,
    CaseLife,
    Closing,
    HandOver,
    HelpEvent,
    HelpKind,
    LifeEvent,
    LifeKind,
    check_close,
    check_hand_over,
    check_reopen,
    help_track,
    life,
)
from app.domain.problems import Conflict, Forbidden, Invalid
from app.domain.victim_status import Status

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
CODE_LISTS = Path(__file__).parents[2] / "app/jurisdictions/shared/0.1.0/codelists"
OURS, THEIRS, ANA, BESA = (UUID(int=number) for number in range(1, 5))


def codes(name: str) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = yaml.safe_load((CODE_LISTS / f"{name}.yaml").read_text(encoding="utf-8"))["values"]
    return values


def happened(day: int, kind: LifeKind, reason: str = "", organisation: UUID | None = None) -> LifeEvent:
    at = START + timedelta(days=day)
    person = None if organisation is None else ANA
    return LifeEvent(UUID(int=100 + day), kind, at, at, reason, organisation, person)


OPENED = happened(0, LifeKind.OPENED, organisation=OURS)
OPEN = life([OPENED])
CLOSED = life([OPENED, happened(5, LifeKind.CLOSED, "COMPLETED")])


def test_open_closed_reopened() -> None:
    assert CaseLife(True, START, organisation=OURS, person=ANA) == OPEN
    assert (CLOSED.is_open, CLOSED.reason, CLOSED.organisation) == (False, "COMPLETED", OURS)
    events = [OPENED, happened(5, LifeKind.CLOSED, "UNTRACEABLE"), happened(9, LifeKind.REOPENED, "u kthye")]
    again = life(events)
    assert (again.is_open, again.reopened, again.since) == (True, True, START + timedelta(days=9))


def test_a_second_closure_or_reopening_has_no_effect() -> None:
    twice = [OPENED, happened(5, LifeKind.CLOSED, "COMPLETED"), happened(6, LifeKind.CLOSED, "MOVED")]
    assert life(twice) == CLOSED
    assert life([OPENED, happened(3, LifeKind.REOPENED, "…")]) == OPEN


def test_a_hand_over_changes_who_is_responsible() -> None:
    handed = life([OPENED, happened(2, LifeKind.HANDED_OVER, "transferim", THEIRS)])
    assert (handed.organisation, handed.person, handed.since) == (THEIRS, ANA, START)


life_events = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(LifeKind), st.sampled_from([OURS, THEIRS])), max_size=8
).map(
    lambda rows: [replace(happened(day, kind, "…", org), id=UUID(int=at)) for at, (day, kind, org) in enumerate(rows)]
)


@settings(max_examples=200)
@given(life_events, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_life(events: list[LifeEvent], random: Random) -> None:
    shuffled = [*events, *events[:1]]
    random.shuffle(shuffled)
    assert life(shuffled) == life(events)


def refused(kind: type[Conflict] | type[Invalid] | type[Forbidden], act: Any, *args: Any) -> list[str]:
    with pytest.raises(kind) as problem:
        act(*args)
    return [error.code for error in getattr(problem.value, "errors", [problem.value])]


def test_a_case_is_closed_with_a_reason() -> None:
    check_close(OPEN, Closing("COMPLETED"), Status.VT, 0, False)
    check_close(OPEN, Closing("NO_INDICATION"), Status.NO_INDICATION, 0, False)
    check_close(OPEN, Closing("TRANSFERRED", goes_to="Bashkia Durrës"), Status.VMT, 0, False)


@pytest.mark.parametrize(
    ("closing", "code"),
    [
        (Closing(" "), "case.closure_reason_missing"),
        (Closing("OTHER"), "case.closure_text_missing"),
        (Closing("TRANSFERRED"), "case.transfer_unnamed"),
        (Closing("OTHER_MECHANISM", goes_to=" "), "case.transfer_unnamed"),
        (Closing("DUPLICATE"), "case.duplicate_unnamed"),
        (Closing("NO_INDICATION"), "case.not_without_indication"),
    ],
)
def test_what_a_closure_needs(closing: Closing, code: str) -> None:
    assert refused(Invalid, check_close, OPEN, closing, Status.VMT, 0, False) == [code]


def test_nobody_is_left_in_the_air() -> None:
    done = Closing("COMPLETED")
    assert refused(Conflict, check_close, CLOSED, done, Status.VMT, 0, False) == ["case.already_closed"]
    assert refused(Conflict, check_close, OPEN, done, Status.VMT, 2, False) == ["case.open_referrals"]
    assert refused(Conflict, check_close, OPEN, done, Status.VMT, 0, True) == ["case.still_placed"]


def test_reopening_says_why() -> None:
    check_reopen(CLOSED, "personi u kthye")
    assert refused(Conflict, check_reopen, OPEN, "…") == ["case.not_closed"]
    assert refused(Invalid, check_reopen, CLOSED, " ") == ["case.reopening_reason_missing"]


HAND_OVER = HandOver(THEIRS, BESA, "personi banon tani në Shkodër")


def test_responsibility_passes_to_a_named_person() -> None:
    check_hand_over(OPEN, OURS, HAND_OVER, True, False)
    check_hand_over(OPEN, OURS, replace(HAND_OVER, organisation=OURS), True, False)


@pytest.mark.parametrize(
    ("hand_over", "works_there", "denied", "expected"),
    [
        (HandOver(None, None, "…"), True, False, ["case.receiver_missing", "case.receiver_missing"]),
        (HandOver(OURS, ANA, "…"), True, False, ["case.already_responsible"]),
        (HAND_OVER, False, False, ["case.receiver_elsewhere"]),
        (HAND_OVER, True, True, ["case.receiver_denied"]),
        (replace(HAND_OVER, reason=" "), True, False, ["case.hand_over_reason_missing"]),
    ],
)
def test_what_a_hand_over_needs(hand_over: HandOver, works_there: bool, denied: bool, expected: list[str]) -> None:
    assert refused(Invalid, check_hand_over, OPEN, OURS, hand_over, works_there, denied) == expected


def test_only_who_is_responsible_hands_over_and_only_an_open_case() -> None:
    assert refused(Forbidden, check_hand_over, OPEN, THEIRS, HAND_OVER, True, False) == ["case.not_responsible"]
    assert refused(Conflict, check_hand_over, CLOSED, OURS, HAND_OVER, True, False) == ["case.already_closed"]


K = HelpKind


def track(*kinds: HelpKind, reason: str = "") -> list[HelpEvent]:
    return [HelpEvent(UUID(int=day), kind, START + timedelta(days=day), reason) for day, kind in enumerate(kinds)]


@pytest.mark.parametrize(
    ("events", "stage", "phase"),
    [
        ([], "NO_ASSISTANCE", None),
        (track(K.REFERRAL_SENT), "REFERRED", None),
        (track(K.REFERRAL_SENT, K.REFERRAL_ENDED), "NO_ASSISTANCE", None),
        (track(K.REFERRAL_SENT, K.REFERRAL_SENT, K.REFERRAL_ENDED), "REFERRED", None),
        (track(K.SERVICE_DELIVERED), "IN_ASSISTANCE", "INITIAL"),
        (track(K.REFERRAL_SENT, K.ADMITTED, K.REFERRAL_ENDED), "IN_ASSISTANCE", "INITIAL"),
        (track(K.ADMITTED, K.REFLECTION_STARTED), "IN_ASSISTANCE", "REFLECTION"),
        (track(K.ADMITTED, K.REFLECTION_STARTED, K.REFLECTION_ENDED), "IN_ASSISTANCE", "LONG_TERM"),
        (track(K.ADMITTED, K.REFLECTION_ENDED), "IN_ASSISTANCE", "INITIAL"),
        (track(K.ADMITTED, K.PLAN_SIGNED, K.SERVICE_DELIVERED), "IN_ASSISTANCE", "LONG_TERM"),
        (track(K.ADMITTED, K.PLAN_SIGNED, K.REINTEGRATION_STARTED), "IN_ASSISTANCE", "REINTEGRATION"),
        (track(K.ADMITTED, K.REINTEGRATION_STARTED, K.PLAN_SIGNED), "IN_ASSISTANCE", "REINTEGRATION"),
        (track(K.ADMITTED, K.RETURN_DECIDED), "IN_ASSISTANCE", "RETURN"),
        (track(K.ADMITTED, K.RETURN_DECIDED, K.REINTEGRATION_STARTED), "IN_ASSISTANCE", "REINTEGRATION"),
        (track(K.ADMITTED, K.EXITED), "FOLLOW_UP", "INITIAL"),
        (track(K.ADMITTED, K.EXITED, K.FOLLOW_UP_DONE, K.REFERRAL_SENT), "FOLLOW_UP", "INITIAL"),
        (track(K.ADMITTED, K.EXITED, K.SERVICE_DELIVERED), "IN_ASSISTANCE", "INITIAL"),
        (track(K.ADMITTED, K.FOLLOW_UP_DONE), "IN_ASSISTANCE", "INITIAL"),
        (track(K.CLOSED, K.EXITED), "CLOSED", None),
        (track(K.CLOSED, reason="TRANSFERRED"), "CLOSED_TRANSFERRED", None),
        (track(K.CLOSED, K.REOPENED), "REOPENED", None),
        (track(K.REOPENED), "NO_ASSISTANCE", None),
        (track(K.CLOSED, K.REOPENED, K.FOLLOW_UP_DONE), "FOLLOW_UP", None),
        (track(K.CLOSED, K.REOPENED, K.REFERRAL_SENT), "REFERRED", None),
    ],
)
def test_the_track_of_help(events: list[HelpEvent], stage: str, phase: str | None) -> None:
    view = help_track(events)
    assert (view.stage, view.phase) == (stage, phase)


def test_since_is_the_day_the_stage_was_reached() -> None:
    view = help_track(track(K.REFERRAL_SENT, K.ADMITTED, K.SERVICE_DELIVERED, K.SERVICE_DELIVERED))
    assert view.since == START + timedelta(days=1)
    assert view.open_referrals == 1


help_events = st.lists(st.tuples(st.sampled_from(HelpKind), st.integers(0, 9)), max_size=12).map(
    lambda rows: [
        HelpEvent(UUID(int=at), kind, START + timedelta(days=day), "MOVED") for at, (kind, day) in enumerate(rows)
    ]
)


@settings(max_examples=200)
@given(help_events, st.randoms(use_true_random=False))
def test_stage_and_phase_are_codes_and_order_never_matters(events: list[HelpEvent], random: Random) -> None:
    view = help_track(events)
    assert view.stage in {value["code"] for value in codes("case_stage") if value["track"] != "identification"}
    assert view.phase is None or view.phase in {value["code"] for value in codes("service_phase")}
    assert view.open_referrals >= 0
    shuffled = [*events, *events[:2]]
    random.shuffle(shuffled)
    assert help_track(shuffled) == view


def test_reasons_after_which_help_goes_on_elsewhere_are_those_of_the_list() -> None:
    elsewhere = {
        value["code"]
        for value in codes("closure_reason")
        if "ClosedReferred" in value.get("map", {}).get("htcds", {}).get("cas_Status", [])
    }
    assert elsewhere == GOES_ON_ELSEWHERE
