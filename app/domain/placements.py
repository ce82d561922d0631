"""Placements: a bed reserved, a person admitted, away, back and discharged; nights; whom a shelter takes in.

Sources: design, casework ("Life cycles": Placement; Invariants: "Two people never hold one bed on one night", "No
service, shelter or information step checks cooperation or status"); the code list shelter_attribute.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.problems import Conflict, Invalid


class State(StrEnum):
    """The stored state of a placement."""

    RESERVED = "reserved"
    ADMITTED = "admitted"
    ABSENT = "absent"
    DISCHARGED = "discharged"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What can be done with a placement; each act is kept as an event with its time. MOVE changes the bed alone."""

    ADMIT = "admit"
    LEAVE = "leave"
    RETURN = "return"
    MOVE = "move"
    DISCHARGE = "discharge"
    EXPIRE = "expire"
    CANCEL = "cancel"


HOLDS_A_BED = frozenset({State.RESERVED, State.ADMITTED, State.ABSENT})
"""States in which the bed is nobody else's; whoever is away for some nights keeps it."""

_STEPS: Mapping[State, Mapping[Act, State]] = {
    State.RESERVED: {
        Act.ADMIT: State.ADMITTED,
        Act.MOVE: State.RESERVED,
        Act.CANCEL: State.CANCELLED,
        Act.EXPIRE: State.EXPIRED,
    },
    State.ADMITTED: {Act.LEAVE: State.ABSENT, Act.MOVE: State.ADMITTED, Act.DISCHARGE: State.DISCHARGED},
    State.ABSENT: {Act.RETURN: State.ADMITTED, Act.MOVE: State.ABSENT, Act.DISCHARGE: State.DISCHARGED},
}


def possible(state: State) -> tuple[Act, ...]:
    """Return the acts that `state` allows."""
    return tuple(_STEPS.get(state, {}))


def step(state: State, act: Act, now: datetime, expires_at: datetime | None = None, reason: str = "") -> State:
    """Return the state after `act`.

    Raises Conflict `placement.state.<state>` where the state does not allow it (`params["possible"]` says what it
    does), where a reservation is used after its end or ended before it; Invalid where a discharge has no reason.
    """
    after = _STEPS.get(state, {}).get(act)
    if after is None:
        raise Conflict(f"placement.state.{state}", possible=tuple(map(str, possible(state))))
    over = is_over(expires_at, now)
    if act in (Act.ADMIT, Act.MOVE) and state is State.RESERVED and over:
        raise Conflict("placement.reservation_over")
    if act is Act.EXPIRE and not over:
        raise Conflict("placement.reservation_running")
    if act is Act.DISCHARGE and not reason.strip():
        raise Invalid.one("reason", "placement.discharge_reason_missing")
    return after


def is_over(expires_at: datetime | None, now: datetime) -> bool:
    """True where a reservation has reached its end; one without an end never does."""
    return expires_at is not None and now >= expires_at


@dataclass(frozen=True, slots=True)
class Resident:
    """What a shelter is asked about a person; sex is a code of the list of that name. The status is not asked."""

    sex: str
    is_child: bool
    with_children: bool = False
    foreign: bool = False
    unaccompanied: bool = False
    disability: bool = False


_ADMITS = "ADMITS_"
_BY_SEX_AND_AGE: Mapping[tuple[str, bool], str] = {
    ("FEMALE", False): "ADMITS_WOMEN",
    ("MALE", False): "ADMITS_MEN",
    ("FEMALE", True): "ADMITS_GIRLS",
    ("MALE", True): "ADMITS_BOYS",
}


def unsuitable(attributes: Collection[str], resident: Resident) -> tuple[str, ...]:
    """Return the attributes of shelter_attribute that the person needs and the shelter does not state.

    A shelter that states nobody it admits is not judged, nor one that states no sex and age for those. Whether
    somebody is a potential victim, a victim or at risk is never looked at: a bed does not wait for a status.
    """
    stated = {attribute for attribute in attributes if attribute.startswith(_ADMITS)}
    if not stated:
        return ()
    missing: list[str] = []
    profiles = set(_BY_SEX_AND_AGE.values())
    wanted = [code for (sex, child), code in _BY_SEX_AND_AGE.items() if child == resident.is_child]
    if resident.sex in ("FEMALE", "MALE"):
        wanted = [_BY_SEX_AND_AGE[resident.sex, resident.is_child]]
    if stated & profiles and not stated & set(wanted):
        missing += wanted
    asked = {
        "ADMITS_WITH_CHILDREN": resident.with_children,
        "ADMITS_FOREIGN": resident.foreign,
        "ADMITS_UNACCOMPANIED": resident.unaccompanied,
        "ADMITS_DISABILITY": resident.disability,
    }
    missing += [attribute for attribute, needed in asked.items() if needed and attribute not in stated]
    return tuple(missing)


def check_admission(attributes: Collection[str], resident: Resident, override_reason: str = "") -> tuple[str, ...]:
    """Return what is unsuitable, to be kept with the placement; never block where somebody says why it must be.

    Raises Invalid `placement.unsuitable` on `override_reason` where nothing is said; `params["attributes"]` are the
    codes that are missing.
    """
    missing = unsuitable(attributes, resident)
    if missing and not override_reason.strip():
        raise Invalid.one("override_reason", "placement.unsuitable", attributes=missing)
    return missing
