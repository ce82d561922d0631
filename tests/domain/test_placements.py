"""Placements: one bed, one person, one night; a bed never waits for a status."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from app.domain.placements import (
    HOLDS_A_BED,
    Act,
    Resident,
    State,
    check_admission,
    possible,
    step,
    unsuitable,
)
from app.domain.problems import Conflict, Invalid
from app.texts import has_text

NOW = datetime(2025, 11, 26, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
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
