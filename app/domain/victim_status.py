"""Victim status: what the dated events of identification add up to today.

Sources: design, casework ("Life cycles": Victim status; principle 3, events, not overwrites); the code list
victim_status with its rules ("Status never falls back silently: a correction is a new event with a reason"; "Withdrawal
from the formal procedure is a case_event; the person stays VMT"); seeds 002:105-107.

The status gates nothing: no service asks for it. It is derived anew from all events each time, so that an event that
arrives late, from a phone that was offline, gives the same result as one that came in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.problems import Conflict, FieldError, Invalid


class Status(StrEnum):
    """Codes of the list victim_status."""

    NOT_ASSESSED = "NOT_ASSESSED"
    NO_INDICATION = "NO_INDICATION"
    AT_RISK = "AT_RISK"
    VMT = "VMT"
    VT = "VT"
    NOT_RECOGNISED = "NOT_RECOGNISED"


class Kind(StrEnum):
    """What happened; the names of case_event where it has one. RETRACTED takes back an event entered by mistake."""

    INITIAL_ID_DECIDED = "INITIAL_ID_DECIDED"
    FORMAL_REQUESTED = "FORMAL_REQUESTED"
    REFLECTION_STARTED = "REFLECTION_STARTED"
    REFLECTION_ENDED = "REFLECTION_ENDED"
    FORMAL_INTERVIEWED = "FORMAL_INTERVIEWED"
    FORMAL_DECIDED = "FORMAL_DECIDED"
    FORMAL_WITHDRAWN = "FORMAL_WITHDRAWN"
    APPEALED = "APPEALED"
    RECONSIDERED = "RECONSIDERED"
    RETRACTED = "RETRACTED"


class FormalStage(StrEnum):
    """Where the formal procedure stands; NONE where the person has asked for none, which is their right."""

    NONE = "none"
    REQUESTED = "requested"
    IN_REFLECTION = "in_reflection"
    INTERVIEWED = "interviewed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    APPEALED = "appealed"
    RECONSIDERED = "reconsidered"


INITIAL_RESULTS: Final = (Status.NO_INDICATION, Status.AT_RISK, Status.VMT)
"""Results of initial identification, from the weakest to the strongest."""

FORMAL_RESULTS: Final = (Status.NOT_RECOGNISED, Status.VT)

_RESULTS: Mapping[Kind, tuple[Status, ...]] = {
    Kind.INITIAL_ID_DECIDED: INITIAL_RESULTS,
    Kind.FORMAL_DECIDED: FORMAL_RESULTS,
    Kind.RECONSIDERED: FORMAL_RESULTS,
}

_DECIDED = frozenset({FormalStage.DECIDED, FormalStage.RECONSIDERED})
_UNDER_WAY = frozenset({FormalStage.REQUESTED, FormalStage.INTERVIEWED})
_FORMAL: Mapping[Kind, tuple[frozenset[FormalStage], FormalStage]] = {
    Kind.FORMAL_REQUESTED: (frozenset({FormalStage.NONE, FormalStage.WITHDRAWN}) | _DECIDED, FormalStage.REQUESTED),
    Kind.FORMAL_INTERVIEWED: (_UNDER_WAY, FormalStage.INTERVIEWED),
    Kind.FORMAL_DECIDED: (frozenset({FormalStage.INTERVIEWED}), FormalStage.DECIDED),
    Kind.FORMAL_WITHDRAWN: (_UNDER_WAY, FormalStage.WITHDRAWN),
    Kind.APPEALED: (_DECIDED, FormalStage.APPEALED),
    Kind.RECONSIDERED: (_DECIDED | {FormalStage.APPEALED}, FormalStage.RECONSIDERED),
}
"""From which stages an event moves the formal procedure, and where to."""

_REFLECTION_FROM = frozenset({FormalStage.NONE, FormalStage.REQUESTED, FormalStage.WITHDRAWN})
"""Reflection is the person's own time: before the request, after it or without one."""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One dated event; times aware and in UTC. `supersedes` corrects an earlier event by its id, with a reason."""

    id: UUID
    kind: Kind
    occurred_at: datetime
    recorded_at: datetime
    result: Status | None = None
    reason: str = ""
    supersedes: UUID | None = None


@dataclass(frozen=True, slots=True)
class StatusView:
    """Today's reading of the events.

    `since` and `event` say when and by which event the status was reached; `initial` is the strongest standing result
    of initial identification. `procedure` is the formal procedure without the reflection that may run beside it.
    `set_aside` are events without effect: out of order, corrections without a reason, weaker later findings.
    """

    status: Status = Status.NOT_ASSESSED
    since: datetime | None = None
    event: UUID | None = None
    initial: Status = Status.NOT_ASSESSED
    procedure: FormalStage = FormalStage.NONE
    reflecting: bool = False
    set_aside: tuple[UUID, ...] = ()

    @property
    def formal_stage(self) -> FormalStage:
        """The one stage to show: reflection goes before a request that waits for its end."""
        waiting = self.reflecting and self.procedure in _REFLECTION_FROM
        return FormalStage.IN_REFLECTION if waiting else self.procedure


def _recorded(event: StatusEvent) -> tuple[datetime, UUID]:
    return event.recorded_at, event.id


def _fitting_result(event: StatusEvent) -> bool:
    allowed = _RESULTS.get(event.kind)
    return event.result is None if allowed is None else event.result in allowed


def _well_formed(event: StatusEvent, by_id: Mapping[UUID, StatusEvent]) -> bool:
    """True where the result belongs to the kind and a correction names an earlier event of its kind and a reason."""
    if not _fitting_result(event):
        return False
    reasoned = bool(event.reason.strip())
    if event.supersedes is None:
        return event.kind is not Kind.RETRACTED and (reasoned or event.kind is not Kind.RECONSIDERED)
    corrected = by_id.get(event.supersedes)
    if corrected is None or event.kind not in (Kind.RETRACTED, corrected.kind):
        return False
    return reasoned and _recorded(corrected) < _recorded(event)


def _standing(events: Iterable[StatusEvent]) -> list[StatusEvent]:
    """Return the events that no correction replaced, in no particular order.

    A correction keeps replacing its event when it is itself corrected; only a retraction brings that event back.
    Events are looked at from the last recorded to the first, so each correction is judged before what it corrects.
    """
    replaced: set[UUID] = set()
    retracted: set[UUID] = set()
    standing: list[StatusEvent] = []
    for event in sorted(events, key=_recorded, reverse=True):
        if event.id in retracted:
            continue
        if event.supersedes is not None:
            (retracted if event.kind is Kind.RETRACTED else replaced).add(event.supersedes)
        if event.kind is not Kind.RETRACTED and event.id not in replaced:
            standing.append(event)
    return standing


def _reached(view: StatusView, event: StatusEvent, status: Status) -> StatusView:
    if status is view.status:
        return view
    return replace(view, status=status, since=event.occurred_at, event=event.id)


def _after_initial(view: StatusView, event: StatusEvent, result: Status) -> StatusView | None:
    """A finding raises the status or leaves it; a weaker later one has no effect.

    After a formal refusal a new finding of VMT counts again; after VT nothing here changes the status.
    """
    ranks = (Status.NOT_ASSESSED, *INITIAL_RESULTS)
    if ranks.index(result) < ranks.index(view.initial):
        return None
    found = replace(view, initial=result)
    if view.status is Status.VT or (view.status is Status.NOT_RECOGNISED and result is not Status.VMT):
        return found
    return _reached(found, event, result)


def _apply(view: StatusView, event: StatusEvent) -> StatusView | None:
    """Return the view after one standing event, None where the event has no effect.

    After VT there is nothing to ask for anew; only a reconsideration, which always gives a reason, changes it.
    """
    if event.kind is Kind.INITIAL_ID_DECIDED and event.result is not None:
        return _after_initial(view, event, event.result)
    if event.kind is Kind.REFLECTION_STARTED:
        possible = not view.reflecting and view.procedure in _REFLECTION_FROM
        return replace(view, reflecting=True) if possible else None
    if event.kind is Kind.REFLECTION_ENDED:
        return replace(view, reflecting=False) if view.reflecting else None
    before, after = _FORMAL[event.kind]
    asked_again = event.kind is Kind.FORMAL_REQUESTED and view.status is Status.VT
    if view.procedure not in before or asked_again:
        return None
    reflecting = view.reflecting and event.kind is not Kind.FORMAL_INTERVIEWED
    moved = replace(view, procedure=after, reflecting=reflecting)
    return moved if event.result is None else _reached(moved, event, event.result)


def derive(events: Iterable[StatusEvent]) -> StatusView:
    """Return what the events add up to; the order they are given in never matters, each id counts once."""
    by_id = {event.id: event for event in events}
    usable = [event for event in by_id.values() if _well_formed(event, by_id)]
    view = StatusView()
    set_aside = {event.id for event in by_id.values()} - {event.id for event in usable}
    for event in sorted(_standing(usable), key=lambda event: (event.occurred_at, event.recorded_at, event.id)):
        after = _apply(view, event)
        if after is None:
            set_aside.add(event.id)
        else:
            view = after
    return replace(view, set_aside=tuple(sorted(set_aside)))


def check_event(events: Sequence[StatusEvent], new: StatusEvent, now: datetime) -> StatusView:
    """Return the view with `new` added; refuse it where it, or a formal step recorded before, would lose its effect.

    Raises Invalid for a future date, a wrong result or a correction without a reason; Conflict
    `status.falls_back` for a weaker later finding and `status.out_of_order` for a step the procedure does not allow.
    A finding that comes in late, from a phone that was offline, is never refused for outweighing a later one.
    """
    by_id = {event.id: event for event in (*events, new)}
    errors = _event_errors(new, by_id, now)
    if errors:
        raise Invalid(errors)
    before, after = derive(events), derive(by_id.values())
    lost = [by_id[event] for event in set(after.set_aside) - set(before.set_aside)]
    if any(event.kind is not Kind.INITIAL_ID_DECIDED for event in lost):
        raise Conflict("status.out_of_order")
    if new in lost:
        raise Conflict("status.falls_back")
    return after


def _event_errors(new: StatusEvent, by_id: Mapping[UUID, StatusEvent], now: datetime) -> list[FieldError]:
    errors: list[FieldError] = []
    if new.occurred_at > now:
        errors.append(FieldError("occurred_at", "status.in_future", {}))
    explained = new.supersedes is not None or new.kind in (Kind.RETRACTED, Kind.RECONSIDERED)
    if explained and not new.reason.strip():
        errors.append(FieldError("reason", "status.reason_missing", {}))
    elif not _fitting_result(new):
        errors.append(FieldError("result", "status.wrong_result", {}))
    elif not _well_formed(new, by_id):
        errors.append(FieldError("supersedes", "status.corrects_nothing", {}))
    return errors


def identification_stage(view: StatusView) -> str:
    """Return the code of case_stage on the identification track."""
    if view.procedure is not FormalStage.NONE:
        return _STAGE_CODE[view.procedure]
    return "SIGNALLED" if view.initial is Status.NOT_ASSESSED else "INITIAL_ID"


_STAGE_CODE: Mapping[FormalStage, str] = {
    FormalStage.REQUESTED: "FORMAL_REQUESTED",
    FormalStage.INTERVIEWED: "FORMAL_INTERVIEW",
    FormalStage.DECIDED: "FORMAL_DECIDED",
    FormalStage.APPEALED: "FORMAL_DECIDED",
    FormalStage.RECONSIDERED: "FORMAL_DECIDED",
    FormalStage.WITHDRAWN: "FORMAL_WITHDRAWN",
}


def check_initial_result(
    result: Status,
    aid_counts: Mapping[str, int],
    threshold: int | None,
    *,
    decision_reason: str,
    override_reason: str = "",
    override_by: UUID | None = None,
) -> None:
    """Check the officer's decision; raises Invalid.

    VMT below the threshold of the profile (AL: three elements, seed 002:107; the reading of "elements" is to be
    confirmed) needs an explained override by a named officer. `aid_counts` are the indicators found per checklist;
    two checklists overlap and are not added up (rules.yaml, best_single_set). At risk and no indication are always
    possible, above the threshold too: the aid proposes, the officer decides and says why.
    """
    errors: list[FieldError] = []
    if result not in INITIAL_RESULTS:
        errors.append(FieldError("result", "status.wrong_result", {}))
    if not decision_reason.strip():
        errors.append(FieldError("decision_reason", "identification.reason_missing", {}))
    found = max(aid_counts.values(), default=0)
    if result is Status.VMT and threshold is not None and found < threshold:
        params = {"found": found, "needed": threshold}
        if not override_reason.strip():
            errors.append(FieldError("override_reason", "identification.below_threshold", params))
        elif override_by is None:
            errors.append(FieldError("override_by", "identification.override_unnamed", {}))
    if errors:
        raise Invalid(errors)
