"""The life of a case: open, closed with a reason, reopened; who is responsible; and the track of help beside it.

Sources: design, casework ("Life cycles": Case, and the service track that "runs beside it and never waits"; Closure;
"The Responsible Authority follows a case until it is resolved"); the code lists case_stage, case_event,
closure_reason and service_phase.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.problems import Conflict, FieldError, Forbidden, Invalid
from app.domain.victim_status import Status


class LifeKind(StrEnum):
    """What changes the life of a case."""

    OPENED = "opened"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One dated event; `reason` is a code of closure_reason at a closure, a text otherwise.

    `organisation` and `person` are responsible from an opening or a hand-over on.
    """

    id: UUID
    kind: LifeKind
    occurred_at: datetime
    recorded_at: datetime
    reason: str = ""
    organisation: UUID | None = None
    person: UUID | None = None


@dataclass(frozen=True, slots=True)
class CaseLife:
    """Where a case stands: open or closed since when and why, and who is responsible for it."""

    is_open: bool = True
    since: datetime | None = None
    reason: str = ""
    reopened: bool = False
    organisation: UUID | None = None
    person: UUID | None = None


def life(events: Iterable[LifeEvent]) -> CaseLife:
    """Return where the events have brought the case, whatever order they are given in.

    A closure of a closed case and a reopening of an open one have no effect. A case keeps its responsible
    organisation while it is closed, so that somebody answers when the person comes back.
    """
    view = CaseLife()
    by_id = {event.id: event for event in events}
    for event in sorted(by_id.values(), key=lambda event: (event.occurred_at, event.recorded_at, event.id)):
        if event.kind is LifeKind.OPENED:
            since = event.occurred_at if view.since is None else view.since
            view = replace(view, since=since, organisation=event.organisation, person=event.person)
        elif event.kind is LifeKind.HANDED_OVER:
            view = replace(view, organisation=event.organisation, person=event.person)
        elif event.kind is LifeKind.CLOSED and view.is_open:
            view = replace(view, is_open=False, since=event.occurred_at, reason=event.reason)
        elif event.kind is LifeKind.REOPENED and not view.is_open:
            view = replace(view, is_open=True, since=event.occurred_at, reason=event.reason, reopened=True)
    return view


TRANSFER_REASONS: Final = frozenset({"TRANSFERRED", "OTHER_MECHANISM"})
"""Closure reasons that name who goes on."""

GOES_ON_ELSEWHERE: Final = TRANSFER_REASONS | {"RETURNED_COUNTRY"}
"""Closure reasons after which help goes on elsewhere (closure_reason: htcds ClosedReferred)."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A closure as it is asked for. `goes_to`: who takes over; `same_as`: the case a duplicate is joined with."""

    reason: str
    text: str = ""
    goes_to: str = ""
    same_as: UUID | None = None


def check_close(case: CaseLife, closing: Closing, status: Status, open_referrals: int, placed: bool) -> None:
    """Refuse a closure that would leave somebody in the air. Raises Conflict or Invalid.

    A case with open referrals or a bed is not closed; nobody who is a potential victim or a victim is closed as
    "no indication" (closure_reason NO_INDICATION follows the status of that name).
    """
    if not case.is_open:
        raise Conflict("case.already_closed")
    if open_referrals:
        raise Conflict("case.open_referrals", n=open_referrals)
    if placed:
        raise Conflict("case.still_placed")
    errors: list[FieldError] = []
    if not closing.reason.strip():
        errors.append(_error("reason", "closure_reason_missing"))
    if closing.reason == "OTHER" and not closing.text.strip():
        errors.append(_error("text", "closure_text_missing"))
    if closing.reason in TRANSFER_REASONS and not closing.goes_to.strip():
        errors.append(_error("goes_to", "transfer_unnamed"))
    if closing.reason == "DUPLICATE" and closing.same_as is None:
        errors.append(_error("same_as", "duplicate_unnamed"))
    if closing.reason == "NO_INDICATION" and status is not Status.NO_INDICATION:
        errors.append(_error("reason", "not_without_indication"))
    if errors:
        raise Invalid(errors)


def check_reopen(case: CaseLife, reason: str) -> None:
    """Reopening is always possible and always says why. Raises Conflict or Invalid."""
    if case.is_open:
        raise Conflict("case.not_closed")
    if not reason.strip():
        raise Invalid([_error("reason", "reopening_reason_missing")])


@dataclass(frozen=True, slots=True)
class HandOver:
    """Responsibility as it is passed on: to a named person of a named organisation, with a reason."""

    organisation: UUID | None
    person: UUID | None
    reason: str


def check_hand_over(
    case: CaseLife, by_organisation: UUID, hand_over: HandOver, person_works_there: bool, person_denied: bool
) -> None:
    """Only who is responsible passes a case on, and only to a named person who may work on it.

    `person_works_there`: the person has a valid role in that organisation; `person_denied`: a conflict of interest
    keeps the person from this case (design, data protection: denials beat grants). Raises Forbidden, Conflict or
    Invalid.
    """
    if case.organisation != by_organisation:
        raise Forbidden("case.not_responsible")
    if not case.is_open:
        raise Conflict("case.already_closed")
    errors: list[FieldError] = []
    if hand_over.organisation is None:
        errors.append(_error("organisation", "receiver_missing"))
    if hand_over.person is None:
        errors.append(_error("person", "receiver_missing"))
    elif (hand_over.organisation, hand_over.person) == (case.organisation, case.person):
        errors.append(_error("person", "already_responsible"))
    elif not person_works_there:
        errors.append(_error("person", "receiver_elsewhere"))
    elif person_denied:
        errors.append(_error("person", "receiver_denied"))
    if not hand_over.reason.strip():
        errors.append(_error("reason", "hand_over_reason_missing"))
    if errors:
        raise Invalid(errors)


def _error(name: str, code: str) -> FieldError:
    return FieldError(name, f"case.{code}", {})


class HelpKind(StrEnum):
    """What moves the track of help; the names of case_event where it has one."""

    REFERRAL_SENT = "REFERRAL_SENT"
    REFERRAL_ENDED = "REFERRAL_ENDED"
    ADMITTED = "ADMITTED"
    SERVICE_DELIVERED = "SERVICE_DELIVERED"
    REFLECTION_STARTED = "REFLECTION_STARTED"
    REFLECTION_ENDED = "REFLECTION_ENDED"
    PLAN_SIGNED = "PLAN_SIGNED"
    REINTEGRATION_STARTED = "REINTEGRATION_STARTED"
    RETURN_DECIDED = "RETURN_DECIDED"
    EXITED = "EXITED"
    FOLLOW_UP_DONE = "FOLLOW_UP_DONE"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


@dataclass(frozen=True, slots=True)
class HelpEvent:
    """One dated event of help. `reason` is the closure reason at CLOSED."""

    id: UUID
    kind: HelpKind
    occurred_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HelpView:
    """`stage` is a code of case_stage (assistance or case track), `phase` of service_phase, None before any help.

    A referral is open from its sending to its end, whichever that is; REFERRED lasts until the first service.
    """

    stage: str = "NO_ASSISTANCE"
    phase: str | None = None
    since: datetime | None = None
    open_referrals: int = 0


_PHASES: Mapping[HelpKind, str] = {
    HelpKind.ADMITTED: "INITIAL",
    HelpKind.SERVICE_DELIVERED: "INITIAL",
    HelpKind.REFLECTION_STARTED: "REFLECTION",
    HelpKind.REFLECTION_ENDED: "LONG_TERM",
    HelpKind.PLAN_SIGNED: "LONG_TERM",
    HelpKind.REINTEGRATION_STARTED: "REINTEGRATION",
    HelpKind.RETURN_DECIDED: "RETURN",
}
_RESTARTS = frozenset({HelpKind.REFLECTION_STARTED, HelpKind.RETURN_DECIDED, HelpKind.REINTEGRATION_STARTED})
"""Events that set the phase whichever came before; the others only move it forward."""

_CLOSED = frozenset({"CLOSED", "CLOSED_TRANSFERRED"})
_PHASE_ORDER = (None, "INITIAL", "REFLECTION", "LONG_TERM", "REINTEGRATION", "RETURN")


def help_track(events: Iterable[HelpEvent]) -> HelpView:
    """Return stage and phase of help; the status of the person is no input, for help never waits for it."""
    view = HelpView()
    by_id = {event.id: event for event in events}
    for event in sorted(by_id.values(), key=lambda event: (event.occurred_at, event.id)):
        stage, referrals = _next_stage(view, event)
        since = view.since if stage == view.stage else event.occurred_at
        view = HelpView(stage, _next_phase(view.phase, event.kind), since, referrals)
    return view


def _next_stage(view: HelpView, event: HelpEvent) -> tuple[str, int]:
    """Return the stage after an event and how many referrals are open then; a closed case waits to be reopened."""
    stage, referrals = view.stage, view.open_referrals
    if event.kind is HelpKind.REOPENED:
        return ("REOPENED" if stage in _CLOSED else stage), referrals
    if stage in _CLOSED:
        return stage, referrals
    if event.kind is HelpKind.CLOSED:
        return ("CLOSED_TRANSFERRED" if event.reason in GOES_ON_ELSEWHERE else "CLOSED"), 0
    if event.kind in (HelpKind.ADMITTED, HelpKind.SERVICE_DELIVERED):
        return "IN_ASSISTANCE", referrals
    if event.kind is HelpKind.EXITED or (event.kind is HelpKind.FOLLOW_UP_DONE and stage == "REOPENED"):
        return "FOLLOW_UP", referrals
    if event.kind is HelpKind.REFERRAL_SENT:
        return ("REFERRED" if stage in ("NO_ASSISTANCE", "REOPENED") else stage), referrals + 1
    if event.kind is HelpKind.REFERRAL_ENDED:
        left = max(0, referrals - 1)
        return ("NO_ASSISTANCE" if stage == "REFERRED" and not left else stage), left
    return stage, referrals


def _next_phase(phase: str | None, kind: HelpKind) -> str | None:
    following = _PHASES.get(kind)
    if following is None or (kind is HelpKind.REFLECTION_ENDED and phase != "REFLECTION"):
        return phase
    forward = _PHASE_ORDER.index(following) > _PHASE_ORDER.index(phase)
    return following if forward or kind in _RESTARTS else phase
