"""Deadlines: what is due when, worked out from the events of a case and the rules of its profile version.

Nothing here has a clock or stops anybody: a deadline is shown, with its mark `to confirm`, and reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.code_lists import Status
from app.domain.durations import later, parse_duration
from app.domain.procedures import Bound, DeadlineRule, PauseRule


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """A dated event of a case; `event` is a code of `case_event`.

    `thread` joins events that belong together, such as the id of the referral for `REFERRAL_SENT` and
    `REFERRAL_ANSWERED`; an event without one belongs to the case as a whole and answers any thread.
    """

    id: UUID
    event: str
    at: datetime
    thread: UUID | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What decides whether a rule applies. `adult_since`: day from which the person is an adult.

    It is the eighteenth birthday, `date.min` for an adult without a birth date, None where the person is a child
    or the age is in doubt. `foreign` is None where the citizenship is not known; the rules for foreign nationals
    then apply, for they protect.
    """

    adult_since: date | None
    foreign: bool | None

    def is_child(self, day: date) -> bool:
        """True where the person is a child, or treated as one, on that day."""
        return self.adult_since is None or day < self.adult_since


@dataclass(frozen=True, slots=True)
class DueTask:
    """What one rule asks for after one event. `bound` max: do it by `due_at`; min: not before `due_at`.

    `event` is the event that meets it; `met_at` and `met_by` say when and by which event it was met. `paused_since`:
    its time stands still since then.
    """

    rule_id: str
    version: str
    event: str
    from_event: str
    from_event_id: UUID
    from_at: datetime
    due_at: datetime
    bound: Bound
    status: Status
    met_at: datetime | None
    met_by: UUID | None
    paused_since: datetime | None = None

    @property
    def to_confirm(self) -> bool:
        """True where nobody has confirmed the rule; it is then labelled so wherever the task is shown."""
        return self.status != "found"

    def state(self, now: datetime) -> Literal["open", "paused", "late", "met", "met_late", "met_early"]:
        """Return how the task stands at `now`; `met_early` is a minimum that was not kept."""
        if self.paused_since is not None:
            return "paused"
        if self.met_at is None:
            return "late" if self.bound == "max" and lateness(self.due_at, now) else "open"
        if self.bound == "min":
            return "met_early" if self.met_at < self.due_at else "met"
        return "met_late" if lateness(self.due_at, self.met_at) else "met"


def due(rule: DeadlineRule, from_time: datetime, timezone: str) -> datetime | None:
    """Return when a rule falls due after an event, in UTC; None where the rule has no duration.

    Hours are exact; days, months and years are counted on the wall clock of `timezone`.
    """
    if rule.duration is None:
        return None
    return later(from_time, parse_duration(rule.duration), ZoneInfo(timezone))


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count; `until` None where it goes on."""

    since: datetime
    until: datetime | None = None


def pauses_of(rule_id: str, rules: Iterable[PauseRule], events: Iterable[CaseEvent]) -> list[Pause]:
    """Return the times in which a deadline rule stands still, the earliest first; times that overlap are one."""
    known = sorted(events, key=lambda event: (event.at, event.id))
    found: list[Pause] = []
    for pausing in rules:
        if pausing.rules and rule_id not in pausing.rules:
            continue
        since: datetime | None = None
        for event in known:
            if event.event == pausing.from_event and since is None:
                since = event.at
            elif event.event == pausing.until_event and since is not None:
                found.append(Pause(since, event.at))
                since = None
        if since is not None:
            found.append(Pause(since))
    return _merged(found)


def _merged(pauses: Iterable[Pause]) -> list[Pause]:
    merged: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.since):
        last = merged[-1] if merged else None
        if last is None or (last.until is not None and pause.since > last.until):
            merged.append(pause)
        else:
            ends = None if last.until is None or pause.until is None else max(last.until, pause.until)
            merged[-1] = Pause(last.since, ends)
    return merged


def extended(from_at: datetime, due_at: datetime, pauses: Iterable[Pause]) -> tuple[datetime, datetime | None]:
    """Return when a task that began at `from_at` is due with the time of its pauses added, and since when it stands
    still now (None: it does not).

    Only what lies between start and end counts: a pause after the end changes nothing, one that reaches beyond the
    start counts from the start on.
    """
    for pause in _merged(pauses):
        since = max(pause.since, from_at)
        if since >= due_at or (pause.until is not None and pause.until <= from_at):
            continue
        if pause.until is None:
            return due_at, since
        due_at += pause.until - since
    return due_at, None


def lateness(due_at: datetime, now: datetime) -> timedelta:
    """Return how long `due_at` has passed at `now`; zero where it has not."""
    return max(now - due_at, timedelta(0))


def applies(rule: DeadlineRule, facts: CaseFacts, day: date) -> bool:
    """True where the rule is switched on and is for such a person on that day."""
    if not rule.enabled or rule.duration is None:
        return False
    match rule.applies_to:
        case "child":
            return facts.is_child(day)
        case "adult":
            return not facts.is_child(day)
        case "foreign":
            return facts.foreign is not False
        case "all":
            return True


def tasks_from_events(
    rules: Iterable[DeadlineRule],
    events: Iterable[CaseEvent],
    facts: CaseFacts,
    timezone: str,
    pausing: Iterable[PauseRule] = (),
) -> list[DueTask]:
    """Return every task the rules make of the events, met and open, the earliest due first.

    A task is met by the first event of its kind (in its thread) at or after its start. A recurring
    rule begins anew with every event that meets it; an event that starts it again takes the place of the start before.
    Age is that of the day of the starting event. The order in which events are given does not matter. `pausing` moves
    ends: the time between two such events does not count.
    """
    known, pausing = list(events), list(pausing)
    zone = ZoneInfo(timezone)
    tasks: list[DueTask] = []
    for rule in rules:
        ordered = _in_order(rule, known)
        still = pauses_of(rule.id, pausing, known)
        for position in _starts(rule, ordered):
            if applies(rule, facts, ordered[position].at.astimezone(zone).date()):
                tasks += _task(rule, ordered, position, timezone, still)
    return sorted(tasks, key=lambda task: (task.due_at, task.rule_id, task.from_event_id))


def _in_order(rule: DeadlineRule, events: list[CaseEvent]) -> list[CaseEvent]:
    """Return the events in time; of two at the same moment the one that starts the rule comes first."""
    return sorted(events, key=lambda event: (event.at, event.event != rule.from_event, event.id))


def _starts(rule: DeadlineRule, events: list[CaseEvent]) -> list[int]:
    """Return the positions of the events from which the rule counts."""
    starts: list[int] = []
    for position, event in enumerate(events):
        again = rule.recurring and event.event == rule.to_event
        if event.event == rule.from_event or (again and any(_joined(events[start], event) for start in starts)):
            starts.append(position)
    return starts


def _joined(first: CaseEvent, second: CaseEvent) -> bool:
    return first.thread is None or second.thread is None or first.thread == second.thread


def _task(
    rule: DeadlineRule, events: list[CaseEvent], position: int, timezone: str, still: list[Pause]
) -> list[DueTask]:
    """Return the task of one start; none where a recurring rule was started again before anything met it."""
    start = events[position]
    due_at = due(rule, start.at, timezone)
    if due_at is None:
        return []
    due_at, paused_since = extended(start.at, due_at, still)
    met: CaseEvent | None = None
    for event in events[position + 1 :]:
        if not _joined(start, event):
            continue
        if event.event == rule.to_event:
            met = event
            break
        if rule.recurring and event.event == rule.from_event:
            return []
    task = DueTask(
        rule_id=rule.id,
        version=rule.version,
        event=rule.to_event,
        from_event=start.event,
        from_event_id=start.id,
        from_at=start.at,
        due_at=due_at,
        bound=rule.bound,
        status=rule.status,
        met_at=met.at if met else None,
        met_by=met.id if met else None,
        paused_since=None if met else paused_since,
    )
    return [task]
