"""Victim status: the same events give the same status in any order, and nothing falls back unsaid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.problems import Conflict, Invalid
from app.domain.victim_status import (
    FORMAL_RESULTS,
    INITIAL_RESULTS,
    FormalStage,
    Kind,
    Status,
    StatusEvent,
    StatusView,
    check_event,
    check_initial_result,
    derive,
    identification_stage,
)

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
NOW = START + timedelta(days=300)
CODE_LISTS = Path(__file__).parents[2] / "app/jurisdictions/shared/0.1.0/codelists"

INIT, REQ, R_ON, R_OFF = Kind.INITIAL_ID_DECIDED, Kind.FORMAL_REQUESTED, Kind.REFLECTION_STARTED, Kind.REFLECTION_ENDED
TALK, DEC, OUT = Kind.FORMAL_INTERVIEWED, Kind.FORMAL_DECIDED, Kind.FORMAL_WITHDRAWN
APP, REC, BACK = Kind.APPEALED, Kind.RECONSIDERED, Kind.RETRACTED
VMT, VT, NOT, RISK, NONE = Status.VMT, Status.VT, Status.NOT_RECOGNISED, Status.AT_RISK, Status.NO_INDICATION


def event(day: int, kind: Kind, result: Status | None = None, corrects: int | None = None) -> StatusEvent:
    """Return the event of a day, recorded on that day; its id is the day, corrections give a reason."""
    at = START + timedelta(days=day)
    reason = "gabim në regjistrim" if corrects is not None or kind in (REC, BACK) else ""
    supersedes = None if corrects is None else UUID(int=corrects)
    return StatusEvent(UUID(int=day), kind, at, at, result, reason, supersedes)


def story(*steps: tuple[Kind, Status] | Kind) -> list[StatusEvent]:
    return [
        event(day, *step) if isinstance(step, tuple) else event(day, step) for day, step in enumerate(steps, start=1)
    ]


def test_the_statuses_are_those_of_the_code_list() -> None:
    values = yaml.safe_load((CODE_LISTS / "victim_status.yaml").read_text(encoding="utf-8"))["values"]
    assert [str(status) for status in Status] == [value["code"] for value in values]


def test_the_stages_are_those_of_the_code_list() -> None:
    values = yaml.safe_load((CODE_LISTS / "case_stage.yaml").read_text(encoding="utf-8"))["values"]
    track = {value["code"] for value in values if value["track"] == "identification"}
    views = [StatusView(procedure=stage) for stage in FormalStage if stage is not FormalStage.IN_REFLECTION]
    assert {identification_stage(view) for view in [*views, StatusView(initial=VMT)]} == track


def test_the_track_says_signalled_until_somebody_was_found_or_not() -> None:
    assert identification_stage(derive([])) == "SIGNALLED"
    assert identification_stage(derive(story((INIT, NONE)))) == "INITIAL_ID"
    assert identification_stage(derive(story((INIT, VMT), R_ON))) == "INITIAL_ID"
    assert identification_stage(derive(story((INIT, VMT), REQ, R_ON))) == "FORMAL_REQUESTED"


@pytest.mark.parametrize(
    ("events", "status", "stage", "day"),
    [
        ([], Status.NOT_ASSESSED, "none", None),
        (story((INIT, VMT)), VMT, "none", 1),
        (story((INIT, NONE), (INIT, RISK), (INIT, VMT)), VMT, "none", 3),
        (story((INIT, VMT), REQ), VMT, "requested", 1),
        (story((INIT, VMT), R_ON), VMT, "in_reflection", 1),
        (story((INIT, VMT), R_ON, REQ), VMT, "in_reflection", 1),
        (story((INIT, VMT), REQ, R_ON, R_OFF), VMT, "requested", 1),
        (story((INIT, VMT), R_ON, R_OFF), VMT, "none", 1),
        (story((INIT, VMT), REQ, R_ON, TALK), VMT, "interviewed", 1),
        (story((INIT, VMT), REQ, TALK, (DEC, VT)), VT, "decided", 4),
        (story((INIT, VMT), REQ, TALK, (DEC, NOT)), NOT, "decided", 4),
        (story((INIT, VMT), REQ, TALK, OUT), VMT, "withdrawn", 1),
        (story((INIT, VMT), REQ, OUT, REQ, TALK, (DEC, VT)), VT, "decided", 6),
        (story((INIT, VMT), REQ, TALK, (DEC, NOT), APP), NOT, "appealed", 4),
        (story((INIT, VMT), REQ, TALK, (DEC, NOT), APP, (REC, VT)), VT, "reconsidered", 6),
        (story((INIT, VMT), REQ, TALK, (DEC, NOT), REQ), NOT, "requested", 4),
        (story((INIT, VMT), REQ, TALK, (DEC, NOT), (INIT, VMT)), VMT, "decided", 5),
        (story((INIT, VMT), REQ, TALK, (DEC, NOT), (INIT, RISK)), NOT, "decided", 4),
        (story(REQ, TALK, (DEC, VT), (INIT, VMT)), VT, "decided", 3),
        (story(REQ, TALK, (DEC, VT), (REC, NOT)), NOT, "reconsidered", 4),
    ],
)
def test_stories(events: list[StatusEvent], status: Status, stage: str, day: int | None) -> None:
    view = derive(events)
    assert (view.status, view.formal_stage) == (status, stage)
    assert view.event == (None if day is None else UUID(int=day))
    assert view.since == (None if day is None else START + timedelta(days=day))


@pytest.mark.parametrize(
    "events",
    [
        story((INIT, VMT), (INIT, NONE)),
        story((INIT, VMT), (INIT, RISK)),
        story((INIT, VMT), TALK),
        story((INIT, VMT), R_ON, TALK),
        story((INIT, VMT), REQ, (DEC, VT)),
        story((INIT, VMT), REQ, REQ),
        story((INIT, VMT), OUT),
        story((INIT, VMT), APP),
        story((INIT, VMT), R_OFF),
        story((INIT, VMT), R_ON, R_ON),
        story((INIT, VMT), REQ, TALK, R_ON),
        story(REQ, TALK, (DEC, VT), REQ),
    ],
)
def test_what_has_no_effect_is_set_aside_and_refused_when_recorded(events: list[StatusEvent]) -> None:
    *before, last = events
    view = derive(events)
    assert view.set_aside == (last.id,)
    assert replace(view, set_aside=()) == derive(before)
    with pytest.raises(Conflict) as refused:
        check_event(before, last, NOW)
    assert refused.value.code == ("status.falls_back" if last.kind is INIT else "status.out_of_order")


def test_a_correction_with_its_reason_may_lower_the_status() -> None:
    wrong, right = event(1, INIT, VMT), event(3, INIT, NONE, corrects=1)
    assert derive([wrong, right]).status is NONE
    assert derive([wrong, replace(right, reason=" ")]).status is VMT
    assert derive([wrong, replace(right, supersedes=None)]).status is VMT


def test_a_correction_of_a_correction_replaces_both() -> None:
    events = [event(1, INIT, VMT), event(2, INIT, NONE, corrects=1), event(3, INIT, RISK, corrects=2)]
    assert derive(events).status is RISK


def test_a_retraction_takes_an_event_back_and_a_retracted_correction_brings_it_back() -> None:
    wrong, right = event(1, INIT, VMT), event(2, INIT, NONE, corrects=1)
    assert derive([wrong, event(3, BACK, corrects=1)]).status is Status.NOT_ASSESSED
    assert derive([wrong, right, event(3, BACK, corrects=2)]).status is VMT
    assert derive([wrong, event(3, BACK, corrects=1), event(4, BACK, corrects=3)]).status is VMT


def test_a_correction_is_recorded_after_what_it_corrects_and_of_its_kind() -> None:
    early = replace(event(1, INIT, NONE, corrects=2), recorded_at=START)
    assert derive([event(2, INIT, VMT), early]).set_aside == (early.id,)
    itself = event(3, INIT, VMT, corrects=3)
    assert derive([itself]).set_aside == (itself.id,)
    other_kind = event(3, TALK, corrects=2)
    assert derive([event(2, INIT, VMT), other_kind]).status is VMT


def test_a_finding_that_comes_in_late_is_taken_and_outweighs_the_weaker_later_one() -> None:
    weaker = event(5, INIT, RISK)
    late = replace(event(3, INIT, VMT), recorded_at=START + timedelta(days=9))
    view = check_event([weaker], late, NOW)
    assert (view.status, view.since) == (VMT, late.occurred_at)
    assert view.set_aside == (weaker.id,)


def test_what_happens_now_can_be_recorded_now() -> None:
    assert check_event([], event(300, INIT, VMT), NOW).status is VMT


def test_taking_back_the_request_under_an_interview_is_refused() -> None:
    with pytest.raises(Conflict) as refused:
        check_event(story((INIT, VMT), REQ, TALK), event(9, BACK, corrects=2), NOW)
    assert refused.value.code == "status.out_of_order"


@pytest.mark.parametrize(
    ("new", "field", "code"),
    [
        (event(301, INIT, VMT), "occurred_at", "status.in_future"),
        (event(2, INIT), "result", "status.wrong_result"),
        (event(2, INIT, VT), "result", "status.wrong_result"),
        (event(2, REQ, VMT), "result", "status.wrong_result"),
        (event(2, DEC, VMT), "result", "status.wrong_result"),
        (replace(event(2, INIT, NONE, corrects=1), reason=""), "reason", "status.reason_missing"),
        (replace(event(2, REC, VT), reason=""), "reason", "status.reason_missing"),
        (event(2, INIT, NONE, corrects=7), "supersedes", "status.corrects_nothing"),
        (event(2, BACK), "supersedes", "status.corrects_nothing"),
        (event(2, REQ, corrects=1), "supersedes", "status.corrects_nothing"),
    ],
)
def test_a_malformed_event_is_refused(new: StatusEvent, field: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_event([event(1, INIT, VMT)], new, NOW)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]


def _event(number: int, kind: Kind, day: int, recorded: int, result: int, corrects: int, reason: str) -> StatusEvent:
    results = {INIT: INITIAL_RESULTS, DEC: FORMAL_RESULTS, REC: FORMAL_RESULTS}.get(kind)
    return StatusEvent(
        id=UUID(int=number),
        kind=kind,
        occurred_at=START + timedelta(days=day),
        recorded_at=START + timedelta(days=recorded),
        result=results[result % len(results)] if results else None,
        reason=reason,
        supersedes=UUID(int=corrects) if corrects >= 0 else None,
    )


def histories(corrections: bool) -> st.SearchStrategy[list[StatusEvent]]:
    kinds = [kind for kind in Kind if corrections or kind is not BACK]
    drawn = st.tuples(
        st.sampled_from(kinds),
        st.integers(0, 8),
        st.integers(8, 16),
        st.integers(0, 5),
        st.integers(-6, 9) if corrections else st.just(-1),
        st.sampled_from(["", "arsye"]),
    )
    return st.lists(drawn, max_size=10).map(lambda rows: [_event(at, *row) for at, row in enumerate(rows)])


@settings(max_examples=200)
@given(histories(corrections=True), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_status(events: list[StatusEvent], random: Random) -> None:
    shuffled = [*events, *events[:2]]
    random.shuffle(shuffled)
    assert derive(shuffled) == derive(events)


RANK = [Status.NOT_ASSESSED, *INITIAL_RESULTS, VT]


@settings(max_examples=200)
@given(histories(corrections=False))
def test_no_path_falls_back_silently(events: list[StatusEvent]) -> None:
    """In the order of happening the status only rises, except by a formal decision or a reasoned reconsideration."""
    told = sorted(events, key=lambda one: (one.occurred_at, one.recorded_at, one.id))
    before = derive([])
    for at in range(len(told)):
        after = derive(told[: at + 1])
        if after.status is NOT:
            assert before.status is NOT or told[at].kind in (DEC, REC)
        elif before.status is NOT:
            assert after.status in (VMT, VT)
        else:
            assert RANK.index(after.status) >= RANK.index(before.status)
        if before.status is VT and after.status is not VT:
            assert told[at].kind is REC
            assert told[at].reason
        before = after


@settings(max_examples=200)
@given(histories(corrections=False), st.data())
def test_a_correction_reads_as_if_it_had_been_recorded_right_at_once(
    events: list[StatusEvent], data: st.DataObject
) -> None:
    wrong = data.draw(st.sampled_from([*events, event(90, INIT, VMT)]))
    everything = [*(one for one in events if one.id != wrong.id), wrong]
    right = replace(wrong, id=UUID(int=99), recorded_at=NOW, reason="arsye", supersedes=wrong.id)
    if wrong.kind is INIT:
        right = replace(right, result=data.draw(st.sampled_from(INITIAL_RESULTS)))
    plain = replace(right, supersedes=None)
    corrected = derive([*everything, right])
    left = replace(corrected, set_aside=tuple(one for one in corrected.set_aside if one != wrong.id))
    assert left == derive([one for one in [*everything, plain] if one.id != wrong.id])


@settings(max_examples=200)
@given(histories(corrections=True))
def test_what_is_accepted_has_its_effect(events: list[StatusEvent]) -> None:
    accepted: list[StatusEvent] = []
    for one in events:
        try:
            view = check_event(accepted, one, NOW)
        except (Conflict, Invalid):
            continue
        accepted.append(one)
        assert view == derive(accepted)
        lost = [other for other in accepted if other.id in view.set_aside]
        assert all(other.kind is INIT for other in lost)
        assert one not in lost


REASON = "tre tregues të pranishëm"
OFFICER = UUID(int=5)


@pytest.mark.parametrize(
    ("result", "counts", "threshold"),
    [
        (VMT, {"al-sop-initial": 3}, 3),
        (VMT, {"al-sop-initial": 1, "unodc-general": 4}, 3),
        (VMT, {}, None),
        (RISK, {}, 3),
        (NONE, {"al-sop-initial": 9}, 3),
    ],
)
def test_results_the_officer_may_give(result: Status, counts: dict[str, int], threshold: int | None) -> None:
    check_initial_result(result, counts, threshold, decision_reason=REASON)


def _codes(result: Status, counts: dict[str, int], decision: str, override: str, by: UUID | None) -> Sequence[str]:
    with pytest.raises(Invalid) as refused:
        check_initial_result(result, counts, 3, decision_reason=decision, override_reason=override, override_by=by)
    return [error.code for error in refused.value.errors]


def test_vmt_below_the_threshold_needs_a_named_explained_override() -> None:
    two_lists = {"al-sop-initial": 2, "unodc-general": 2}
    assert _codes(VMT, two_lists, "arsye", " ", OFFICER) == ["identification.below_threshold"]
    assert _codes(VMT, two_lists, "arsye", "rrezik i qartë", None) == ["identification.override_unnamed"]
    check_initial_result(
        VMT, two_lists, 3, decision_reason=REASON, override_reason="rrezik i qartë", override_by=OFFICER
    )
    with pytest.raises(Invalid) as refused:
        check_initial_result(VMT, {}, 3, decision_reason=REASON)
    assert refused.value.params == {"found": 0, "needed": 3}


def test_every_decision_gives_its_reason() -> None:
    assert _codes(NONE, {}, "  ", "", None) == ["identification.reason_missing"]
    assert _codes(VT, {}, "arsye", "", None) == ["status.wrong_result"]
