"""Deadlines: arithmetic on the calendar, tasks made of events, lateness."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import CaseEvent, CaseFacts, DueTask, applies, due, lateness, tasks_from_events
from app.domain.durations import Duration, later, parse_duration
from app.domain.procedures import DeadlineRule
from app.jurisdictions.loader import profiles

TIRANA = "Europe/Tirane"
ADULT = CaseFacts(adult_since=date.min, foreign=False)
CHILD = CaseFacts(adult_since=None, foreign=False)
PROFILES = profiles()
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(TIRANA))


def _rule(
    duration: str | None = "PT24H",
    start: str = "REFERRAL_SENT",
    end: str = "REFERRAL_ANSWERED",
    *,
    bound: Literal["max", "min"] = "max",
    recurring: bool = False,
    applies_to: Literal["all", "adult", "child", "foreign"] = "all",
    enabled: bool = True,
) -> DeadlineRule:
    return DeadlineRule(
        id="T-1",
        version="0.1.0",
        from_event=start,
        to_event=end,
        duration=duration,
        bound=bound,
        recurring=recurring,
        applies_to=applies_to,
        severity="soft",
        status="to_confirm",
        enabled=enabled,
        source="a test",
    )


def _event(number: int, event: str, at: datetime, thread: int | None = None) -> CaseEvent:
    return CaseEvent(UUID(int=number), event, at, None if thread is None else UUID(int=thread))


def _tasks(rule: DeadlineRule, *events: CaseEvent, facts: CaseFacts = ADULT) -> list[DueTask]:
    return tasks_from_events([rule], events, facts, TIRANA)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-01-31T09:30", "P1M", "2026-02-28T09:30"),
        ("2028-01-31T09:30", "P1M", "2028-02-29T09:30"),
        ("2026-08-31T09:30", "P3M", "2026-11-30T09:30"),
        ("2028-02-29T09:30", "P1Y", "2029-02-28T09:30"),
        ("2026-12-15T09:30", "P1M", "2027-01-15T09:30"),
        ("2026-03-01T10:00", "P30D", "2026-03-31T10:00"),  # over the change to summer time the hour stays
        ("2026-03-28T10:00", "PT24H", "2026-03-29T11:00"),  # but 24 hours are 24 hours
        ("2026-10-24T10:00", "PT24H", "2026-10-25T09:00"),
        ("2026-03-28T02:30", "P1D", "2026-03-29T03:30"),  # an hour that the day does not have
        ("2026-05-01T10:00", "P2W", "2026-05-15T10:00"),
        ("2026-05-01T10:00", "P1DT2H", "2026-05-02T12:00"),
        ("2026-05-01T10:00", "PT90M", "2026-05-01T11:30"),
    ],
)
def test_due(start: str, duration: str, end: str) -> None:
    assert due(_rule(duration), _at(start), TIRANA) == _at(end)


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "1D", "P-1D", "P1H", "PT1D", "P1.5D", "P1DT", "PT1S", "P1W2D"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO 8601 duration"):
        parse_duration(text)


def test_a_time_without_a_zone_has_no_deadline() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        later(datetime(2026, 1, 1), Duration(days=1), ZoneInfo(TIRANA))


@given(start=TIMES, hours=st.integers(0, 5000))
def test_hours_are_exact(start: datetime, hours: int) -> None:
    assert due(_rule(f"PT{hours}H"), start, TIRANA) == start + timedelta(hours=hours)


@given(start=TIMES, days=st.integers(0, 400))
def test_days_keep_the_hour_of_the_wall_clock(start: datetime, days: int) -> None:
    local = start.astimezone(ZoneInfo(TIRANA))
    end = later(start, Duration(days=days), ZoneInfo(TIRANA))
    wall = end.astimezone(ZoneInfo(TIRANA))
    assert wall.date() == local.date() + timedelta(days=days)
    skipped_hour = wall.utcoffset() != local.utcoffset() and wall.time() != local.time()
    assert wall.time() == local.time() or (skipped_hour and wall.hour == local.hour + 1)


@given(start=TIMES, months=st.integers(0, 60))
def test_months_land_in_the_month_on_the_day_or_its_last(start: datetime, months: int) -> None:
    zone = ZoneInfo(TIRANA)
    local, wall = start.astimezone(zone), later(start, Duration(months=months), zone).astimezone(zone)
    assert (wall.year * 12 + wall.month) - (local.year * 12 + local.month) == months
    assert wall.day == local.day or (wall.day < local.day and (wall + timedelta(days=1)).day == 1)


@given(start=TIMES, due_in=st.integers(-100, 100))
def test_lateness_is_never_negative(start: datetime, due_in: int) -> None:
    late = lateness(start + timedelta(hours=due_in), start)
    assert late == timedelta(hours=max(0, -due_in))


def test_a_task_is_open_then_late_then_met() -> None:
    sent = _event(1, "REFERRAL_SENT", _at("2026-05-01T10:00"))
    (task,) = _tasks(_rule(), sent)
    assert task.due_at == _at("2026-05-02T10:00")
    assert (task.event, task.from_event_id, task.met_at) == ("REFERRAL_ANSWERED", sent.id, None)
    assert task.to_confirm
    assert task.state(_at("2026-05-02T10:00")) == "open"
    assert task.state(_at("2026-05-02T10:01")) == "late"
    (met,) = _tasks(_rule(), sent, _event(2, "REFERRAL_ANSWERED", _at("2026-05-01T18:00")))
    assert (met.state(_at("2026-06-01T10:00")), met.met_by) == ("met", UUID(int=2))
    (met_late,) = _tasks(_rule(), sent, _event(2, "REFERRAL_ANSWERED", _at("2026-05-03T18:00")))
    assert met_late.state(_at("2026-06-01T10:00")) == "met_late"


def test_an_answer_meets_its_own_referral_only() -> None:
    first = _event(1, "REFERRAL_SENT", _at("2026-05-01T10:00"), thread=11)
    second = _event(2, "REFERRAL_SENT", _at("2026-05-01T11:00"), thread=12)
    answer = _event(3, "REFERRAL_ANSWERED", _at("2026-05-01T12:00"), thread=12)
    tasks = {task.from_event_id: task for task in _tasks(_rule(), first, second, answer)}
    assert tasks[first.id].met_by is None
    assert tasks[second.id].met_by == answer.id


def test_what_happened_before_does_not_meet_a_task_but_the_same_moment_does() -> None:
    rule = _rule("PT24H", "INITIAL_ID_DECIDED", "POLICE_NOTIFIED")
    decided = _event(5, "INITIAL_ID_DECIDED", _at("2026-05-01T10:00"))
    (before,) = _tasks(rule, _event(1, "POLICE_NOTIFIED", _at("2026-05-01T09:59")), decided)
    (same,) = _tasks(rule, _event(1, "POLICE_NOTIFIED", _at("2026-05-01T10:00")), decided)
    assert (before.met_by, same.met_by) == (None, UUID(int=1))


def test_a_minimum_is_not_lateness() -> None:
    rule = _rule("P30D", "REFLECTION_STARTED", "REFLECTION_ENDED", bound="min")
    start = _event(1, "REFLECTION_STARTED", _at("2026-05-01T10:00"))
    (task,) = _tasks(rule, start)
    assert task.state(_at("2027-05-01T10:00")) == "open"
    (early,) = _tasks(rule, start, _event(2, "REFLECTION_ENDED", _at("2026-05-20T10:00")))
    (kept,) = _tasks(rule, start, _event(2, "REFLECTION_ENDED", _at("2026-05-31T10:00")))
    now = _at("2026-07-01T10:00")
    assert (early.state(now), kept.state(now)) == ("met_early", "met")


def test_a_recurring_rule_begins_anew_with_every_event_that_meets_it() -> None:
    rule = _rule("P3M", "PLAN_SIGNED", "PLAN_REVIEWED", recurring=True)
    signed = _event(1, "PLAN_SIGNED", _at("2026-01-10T10:00"))
    reviews = [_event(2, "PLAN_REVIEWED", _at("2026-04-01T10:00")), _event(3, "PLAN_REVIEWED", _at("2026-07-20T10:00"))]
    tasks = _tasks(rule, signed, *reviews)
    assert [task.due_at for task in tasks] == [
        _at("2026-04-10T10:00"),
        _at("2026-07-01T10:00"),
        _at("2026-10-20T10:00"),
    ]
    now = _at("2026-08-01T10:00")
    assert [task.state(now) for task in tasks] == ["met", "met_late", "open"]


def test_a_new_plan_takes_the_place_of_the_one_before() -> None:
    rule = _rule("P3M", "PLAN_SIGNED", "PLAN_REVIEWED", recurring=True)
    first, second = (_event(number, "PLAN_SIGNED", _at(f"2026-0{number}-10T10:00")) for number in (1, 2))
    assert [task.from_event_id for task in _tasks(rule, first, second)] == [second.id]


def test_a_review_without_a_plan_starts_nothing() -> None:
    rule = _rule("P3M", "PLAN_SIGNED", "PLAN_REVIEWED", recurring=True)
    assert _tasks(rule, _event(1, "PLAN_REVIEWED", _at("2026-01-10T10:00"))) == []


def test_a_rule_from_an_event_to_the_same_event() -> None:
    rule = _rule("P1M", "RISK_ASSESSED", "RISK_ASSESSED", recurring=True)
    events = [_event(month, "RISK_ASSESSED", _at(f"2026-0{month}-10T10:00")) for month in (1, 2, 3)]
    assert [task.met_by for task in _tasks(rule, *events)] == [events[1].id, events[2].id, None]


@pytest.mark.parametrize(
    ("rule", "facts", "made"),
    [
        (_rule(applies_to="child"), CHILD, 1),
        (_rule(applies_to="child"), ADULT, 0),
        (_rule(applies_to="child"), CaseFacts(date(2026, 5, 2), False), 1),  # the birthday is the day after
        (_rule(applies_to="child"), CaseFacts(date(2026, 5, 1), False), 0),  # eighteen on that day
        (_rule(applies_to="adult"), CHILD, 0),
        (_rule(applies_to="adult"), ADULT, 1),
        (_rule(applies_to="foreign"), CaseFacts(date.min, True), 1),
        (_rule(applies_to="foreign"), CaseFacts(date.min, None), 1),  # not known: the protecting rule holds
        (_rule(applies_to="foreign"), CaseFacts(date.min, False), 0),
        (_rule(enabled=False), ADULT, 0),
        (_rule(None, enabled=False), ADULT, 0),
    ],
)
def test_whom_a_rule_is_for(rule: DeadlineRule, facts: CaseFacts, made: int) -> None:
    assert len(_tasks(rule, _event(1, "REFERRAL_SENT", _at("2026-05-01T00:30")), facts=facts)) == made
    assert applies(rule, facts, date(2026, 5, 1)) is bool(made)


def test_the_day_is_the_day_in_the_country() -> None:
    """23:30 in UTC on 30 April is already the first of May in Tirana, the day the person comes of age."""
    event = _event(1, "REFERRAL_SENT", datetime(2026, 4, 30, 23, 30, tzinfo=UTC))
    assert _tasks(_rule(applies_to="child"), event, facts=CaseFacts(date(2026, 5, 1), False)) == []


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "INITIAL_ID_STARTED",
                "INITIAL_ID_DECIDED",
                "RISK_ASSESSED",
                "PLAN_SIGNED",
                "PLAN_REVIEWED",
                "ADMITTED",
                "REFERRAL_SENT",
                "REFERRAL_ANSWERED",
                "REFLECTION_STARTED",
                "REFLECTION_ENDED",
            ]
        ),
        TIMES,
        st.sampled_from([None, 901, 902]),
    ),
    max_size=14,
).map(lambda rows: [_event(number, name, at, thread) for number, (name, at, thread) in enumerate(rows, start=1)])
FACTS = st.builds(CaseFacts, st.sampled_from([None, date.min, date(2026, 1, 1)]), st.sampled_from([True, False, None]))


@given(events=EVENTS, facts=FACTS, jurisdiction=st.sampled_from(["AL", "XK"]), data=st.data())
def test_tasks_of_any_history(
    events: list[CaseEvent], facts: CaseFacts, jurisdiction: str, data: st.DataObject
) -> None:
    profile = PROFILES.current(jurisdiction)
    rules = profile.deadline_rules
    tasks = tasks_from_events(rules.values(), events, facts, profile.timezone)
    shuffled = data.draw(st.permutations(events))
    assert tasks_from_events(rules.values(), shuffled, facts, profile.timezone) == tasks
    assert all(first.due_at <= second.due_at for first, second in pairwise(tasks))
    by_id = {event.id: event for event in events}
    assert len({(task.rule_id, task.from_event_id) for task in tasks}) == len(tasks)
    for task in tasks:
        rule = rules[task.rule_id]
        start = by_id[task.from_event_id]
        assert rule.enabled
        assert start.event in (rule.from_event, rule.to_event)
        assert task.due_at == due(rule, start.at, profile.timezone)
        assert task.due_at > start.at
        if task.met_by is not None:
            meeting = by_id[task.met_by]
            assert meeting.event == rule.to_event
            assert meeting.at == task.met_at
            assert meeting.at >= start.at
            assert meeting.id != start.id
            assert None in (meeting.thread, start.thread) or meeting.thread == start.thread


@given(events=EVENTS, facts=FACTS)
def test_at_most_one_open_task_of_a_recurring_rule_without_threads(events: list[CaseEvent], facts: CaseFacts) -> None:
    profile = PROFILES.current("AL")
    plain = [CaseEvent(event.id, event.event, event.at) for event in events]
    tasks = tasks_from_events(profile.deadline_rules.values(), plain, facts, profile.timezone)
    for rule in profile.deadline_rules.values():
        still_open = [task for task in tasks if task.rule_id == rule.id and task.met_at is None]
        assert not rule.recurring or len(still_open) <= 1


def test_every_deadline_of_the_profiles_is_soft_and_none_is_confirmed() -> None:
    for profile in PROFILES:
        assert {rule.severity for rule in profile.deadline_rules.values()} == {"soft"}
        assert {rule.status for rule in profile.deadline_rules.values()} == {"to_confirm"}
