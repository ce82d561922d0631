"""The two tracks of a case as days: what the law says about the person, and the help, which never waits for it.

Source: the design's page "a case on one page" and the look's component `tracks`: newest on top; what lies ahead comes
from open tasks; from the last step of the status on, its line is dotted while the status waits for somebody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.procedures import Bound
from app.domain.victim_status import FormalStage, Status, StatusView


class Track(StrEnum):
    """Which of the two lines a point stands on."""

    STATUS = "status"
    HELP = "help"


STATUS_KINDS = frozenset(
    {
        "SIGNAL_RECEIVED",
        "INITIAL_ID_STARTED",
        "INITIAL_ID_DECIDED",
        "RA_NOTIFIED",
        "POLICE_NOTIFIED",
        "FORMAL_REQUESTED",
        "FORMAL_INTERVIEWED",
        "FORMAL_DECIDED",
        "FORMAL_WITHDRAWN",
        "APPEALED",
        "RECONSIDERED",
        "RETRACTED",
        "FORMAL_LETTER_GIVEN",
        "formal_member_named",
        "formal_member_left",
        "formal_no_conflict",
        "formal_conflict_declared",
        "formal_interviewed_again",
        "formal_proposed",
        "formal_signed",
        "formal_signatures_voided",
        "formal_proposal_returned",
        "formal_reopened",
        "officer_joined",
        "identity_revealed",
        "reveal_reviewed",
        "authority_assigned",
    }
)
"""Events of the status track; every other event is help or the work around it."""

SERVICE_KINDS = frozenset({"SERVICE_DELIVERED", "FIRST_SERVICE_DELIVERED"})
"""Events that come in numbers: those of one day and one kind of service are told together; that it was the first is
told where the service itself is not shown."""

When = Literal["ahead", "waits", "past"]


def track_of(kind: str) -> Track:
    """Return the track an event, or a task that waits for it, stands on."""
    return Track.STATUS if kind in STATUS_KINDS else Track.HELP


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the case as the tracks see it. `corrects`: the earlier event it takes the place of; `thread`: its
    referral, consent or the like."""

    id: UUID
    kind: str
    at: datetime
    org_id: UUID
    facts: Mapping[str, Any] = field(default_factory=dict)
    corrects: UUID | None = None
    thread: UUID | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """An open task: `kind` is the event that meets it; bound `min` means not before."""

    kind: str
    due_at: datetime
    org_id: UUID
    bound: Bound
    to_confirm: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One point on a track. `open`: it waits or lies ahead. `count`: how many like it that day."""

    kind: str
    at: datetime
    open: bool = False
    org_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    bound: Bound = "max"
    to_confirm: bool = False
    corrected: bool = False
    thread: UUID | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the case with its points on both tracks. `when` says how the lines beside it are drawn."""

    day: date
    when: When
    today: bool
    status: tuple[Point, ...]
    help: tuple[Point, ...]


_NEXT: Mapping[FormalStage, str] = {
    FormalStage.REQUESTED: "FORMAL_INTERVIEWED",
    FormalStage.INTERVIEWED: "FORMAL_DECIDED",
    FormalStage.APPEALED: "RECONSIDERED",
}


def waiting_for(status: StatusView, *, closed: bool) -> str | None:
    """Return the event the status waits for, None where it waits for nothing.

    A potential victim waits for nobody: the person may ask for the formal procedure whenever they want to, and until
    then the line is open (`FORMAL_REQUESTED`).
    """
    if closed:
        return None
    if status.procedure in _NEXT:
        return _NEXT[status.procedure]
    if status.status is Status.NOT_ASSESSED:
        return "INITIAL_ID_DECIDED"
    return "FORMAL_REQUESTED" if status.status is Status.VMT else None


def tracks(
    events: Iterable[Happened], expected: Iterable[Expected], waiting: str | None, now: datetime, timezone: str
) -> list[Day]:
    """Return the days of a case, the farthest ahead first, then today and back to the first day.

    Tasks that are past due are not drawn: they stand in the list of what is to be done, with who owes them.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    days: dict[date, list[Point]] = {}
    for point in _told_together(events, zone):
        days.setdefault(point.at.astimezone(zone).date(), []).append(point)
    for task in expected:
        on = task.due_at.astimezone(zone).date()
        if task.due_at > now:
            ahead = Point(task.kind, task.due_at, True, task.org_id, bound=task.bound, to_confirm=task.to_confirm)
            days.setdefault(on, []).append(ahead)
    if waiting is not None:
        days.setdefault(today, []).append(Point(waiting, now, True))
    status_days = [
        on for on, points in days.items() if any(not p.open and track_of(p.kind) is Track.STATUS for p in points)
    ]
    last_status = max(status_days, default=None)
    return [_day(on, days[on], today, waiting is not None, last_status) for on in sorted(days, reverse=True)]


def _day(on: date, points: Sequence[Point], today: date, waits: bool, last_status: date | None) -> Day:
    when: When = "past"
    if on > today:
        when = "ahead"
    elif waits and (last_status is None or on > last_status):
        when = "waits"
    ordered = sorted(points, key=lambda point: (point.open, point.at), reverse=True)
    split = {t: tuple(p for p in ordered if track_of(p.kind) is t) for t in Track}
    return Day(on, when, on == today, split[Track.STATUS], split[Track.HELP])


def _told_together(events: Iterable[Happened], zone: ZoneInfo) -> list[Point]:
    """Return the points of what happened: corrected events left out, services of a day and kind as one."""
    known = list(events)
    replaced = {event.corrects for event in known if event.corrects is not None}
    services: dict[tuple[date, object], Point] = {}
    firsts: dict[date, Point] = {}
    points: list[Point] = []
    for event in known:
        if event.id in replaced or event.kind == "RETRACTED":
            continue
        point = _point(event)
        on = event.at.astimezone(zone).date()
        if event.kind == "FIRST_SERVICE_DELIVERED":
            firsts[on] = point
        elif event.kind == "SERVICE_DELIVERED":
            key = (on, event.facts.get("service_type"))
            services[key] = replace(services[key], count=services[key].count + 1) if key in services else point
        else:
            points.append(point)
    told = {on for on, _ in services}
    return [*points, *services.values(), *(point for on, point in firsts.items() if on not in told)]


def _point(event: Happened) -> Point:
    return Point(
        event.kind,
        event.at,
        org_id=event.org_id,
        facts=event.facts,
        corrected=event.corrects is not None,
        thread=event.thread,
    )
