"""The two tracks: help never waits for the status, what waits is dotted, what lies ahead comes from tasks."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.case_tracks import (
    SERVICE_KINDS,
    Expected,
    Happened,
    Track,
    track_of,
    tracks,
    waiting_for,
)
from app.domain.victim_status import FormalStage, Status, StatusView

ZONE = "Europe/Tirane"
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
ORG = UUID(int=1)


def happened(kind: str, at: datetime, **given: object) -> Happened:
    return Happened(uuid4(), kind, at, ORG, **given)  # type: ignore[arg-type]


def expected(kind: str, due_at: datetime, bound: str = "max") -> Expected:
    return Expected(kind, due_at, ORG, bound, True)  # type: ignore[arg-type]


def test_newest_stands_on_top_and_what_lies_ahead_above_it() -> None:
    days = tracks(
        [happened("FIRST_CONTACT", NOW - timedelta(days=61)), happened("PLAN_SIGNED", NOW - timedelta(days=36))],
        [expected("REFLECTION_ENDED", NOW + timedelta(days=43)), expected("PLAN_REVIEWED", NOW + timedelta(days=2))],
        None,
        NOW,
        ZONE,
    )
    assert [d.day for d in days] == [date(2027, 1, 6), date(2026, 11, 26), date(2026, 10, 19), date(2026, 9, 24)]
    assert [d.when for d in days] == ["ahead", "ahead", "past", "past"]
    assert all(point.open and point.to_confirm for day in days[:2] for point in day.help)


def test_the_status_waits_from_its_last_step_to_today_while_the_help_goes_on() -> None:
    days = tracks(
        [
            happened("INITIAL_ID_DECIDED", NOW - timedelta(days=60), facts={"result": "VMT"}),
            happened("ADMITTED", NOW - timedelta(days=60)),
            happened("PLAN_SIGNED", NOW - timedelta(days=30)),
        ],
        [],
        "FORMAL_REQUESTED",
        NOW,
        ZONE,
    )
    assert [(d.when, d.today) for d in days] == [("waits", True), ("waits", False), ("past", False)]
    assert days[0].status[0].open and days[0].status[0].kind == "FORMAL_REQUESTED"
    assert days[0].help == ()
    assert [p.kind for p in days[2].status] == ["INITIAL_ID_DECIDED"]
    assert [p.kind for p in days[2].help] == ["ADMITTED"]


def test_without_anything_waiting_today_is_not_drawn_for_nothing() -> None:
    days = tracks([happened("CLOSED", NOW - timedelta(days=9))], [], None, NOW, ZONE)
    assert [(d.when, d.today) for d in days] == [("past", False)]


def test_services_of_one_day_and_kind_are_told_together() -> None:
    morning = NOW - timedelta(hours=2)
    days = tracks(
        [
            happened("SERVICE_DELIVERED", morning, facts={"service_type": "FOOD"}),
            happened("SERVICE_DELIVERED", morning, facts={"service_type": "FOOD"}),
            happened("SERVICE_DELIVERED", morning, facts={"service_type": "COUNSELLING"}),
            happened("SERVICE_DELIVERED", morning - timedelta(days=1), facts={"service_type": "FOOD"}),
        ],
        [],
        None,
        NOW,
        ZONE,
    )
    assert [sorted((p.facts["service_type"], p.count) for p in d.help) for d in days] == [
        [("COUNSELLING", 1), ("FOOD", 2)],
        [("FOOD", 1)],
    ]


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    wrong = happened("INITIAL_ID_DECIDED", NOW - timedelta(days=2), facts={"result": "AT_RISK"})
    right = Happened(uuid4(), "INITIAL_ID_DECIDED", NOW - timedelta(days=2), ORG, {"result": "VMT"}, wrong.id)
    days = tracks([wrong, right], [], None, NOW, ZONE)
    assert [(p.facts["result"], p.corrected) for p in days[0].status] == [("VMT", True)]


def test_what_was_taken_back_is_not_drawn() -> None:
    wrong = happened("FORMAL_REQUESTED", NOW - timedelta(days=2))
    back = Happened(uuid4(), "RETRACTED", NOW - timedelta(days=1), ORG, {}, wrong.id)
    assert tracks([wrong, back], [], None, NOW, ZONE) == []


def test_what_is_late_stands_among_the_tasks_and_not_ahead() -> None:
    assert tracks([], [expected("RA_NOTIFIED", NOW - timedelta(hours=1))], None, NOW, ZONE) == []


def test_a_day_is_a_day_where_the_case_is() -> None:
    late_evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert tracks([happened("FIRST_CONTACT", late_evening)], [], None, NOW, ZONE)[0].day == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("view", "closed", "waits"),
    [
        (StatusView(), False, "INITIAL_ID_DECIDED"),
        (StatusView(Status.VMT), False, "FORMAL_REQUESTED"),
        (StatusView(Status.VMT), True, None),
        (StatusView(Status.AT_RISK), False, None),
        (StatusView(Status.NO_INDICATION), False, None),
        (StatusView(Status.VMT, procedure=FormalStage.REQUESTED), False, "FORMAL_INTERVIEWED"),
        (StatusView(Status.VMT, procedure=FormalStage.REQUESTED, reflecting=True), False, "FORMAL_INTERVIEWED"),
        (StatusView(Status.VMT, procedure=FormalStage.INTERVIEWED), False, "FORMAL_DECIDED"),
        (StatusView(Status.VMT, procedure=FormalStage.WITHDRAWN), False, "FORMAL_REQUESTED"),
        (StatusView(Status.VT, procedure=FormalStage.DECIDED), False, None),
        (StatusView(Status.NOT_RECOGNISED, procedure=FormalStage.APPEALED), False, "RECONSIDERED"),
    ],
)
def test_what_the_status_waits_for(view: StatusView, closed: bool, waits: str | None) -> None:
    assert waiting_for(view, closed=closed) == waits


KINDS = st.sampled_from(["FIRST_CONTACT", "INITIAL_ID_DECIDED", "SERVICE_DELIVERED", "ADMITTED", "POLICE_NOTIFIED"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(KINDS, st.integers(0, 90)), max_size=30), st.lists(st.integers(1, 90), max_size=5))
def test_every_step_is_drawn_once_in_its_place(steps: list[tuple[str, int]], ahead: list[int]) -> None:
    days = tracks(
        [happened(kind, NOW - timedelta(days=back)) for kind, back in steps],
        [expected("PLAN_REVIEWED", NOW + timedelta(days=n)) for n in ahead],
        "FORMAL_REQUESTED",
        NOW,
        ZONE,
    )
    assert [d.day for d in days] == sorted((d.day for d in days), reverse=True)
    points = [(p, t) for d in days for t, of in ((Track.STATUS, d.status), (Track.HELP, d.help)) for p in of]
    assert sum(p.count for p, _ in points if not p.open) == len(steps)
    assert all(track_of(p.kind) is t for p, t in points)
    assert sum(p.open for p, _ in points) == len(ahead) + 1
    assert SERVICE_KINDS.isdisjoint({p.kind for d in days for p in d.status})
    assert all(d.when == "ahead" for d in days if d.day > NOW.date())


def test_the_first_service_is_told_where_the_service_itself_is_not_shown() -> None:
    first = happened("FIRST_SERVICE_DELIVERED", NOW - timedelta(hours=2))
    service = happened("SERVICE_DELIVERED", NOW - timedelta(hours=2), facts={"service_type": "FOOD"})
    assert [p.kind for p in tracks([first], [], None, NOW, ZONE)[0].help] == ["FIRST_SERVICE_DELIVERED"]
    assert [p.kind for p in tracks([first, service], [], None, NOW, ZONE)[0].help] == ["SERVICE_DELIVERED"]
