"""Recovery and reflection: the person's own time, told in dates, never shorter than the profile says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.services.reflection import interview_allowed, standing
from tests.stories import checked, close_case, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOREIGN = {"sex": "MALE", "birth_year": 1990, "citizenships": ["BD"]}
START: dict[str, Any] = {
    "started_at": "2026-03-05T10:00:00+01:00",
    "basis": "offered",
    "explained_at": "2026-03-05T09:30:00+01:00",
    "explained_language": "sq",
}
REASON = "E kërkoi vetë, në zyrë."


async def begin(world: World, case: dict[str, Any], **changes: Any) -> str:
    """Begin a period; returns its id."""
    async with world.api("demo.njl") as api:
        return str(checked(await api.post(f"/cases/{case['id']}/reflection", json={**START, **changes}))["id"])


async def take(
    world: World, case: dict[str, Any], period: str, step: str, version: int = 1, **given: Any
) -> httpx.Response:
    """Take one step of a period."""
    async with world.api("demo.njl") as api:
        return await api.post(
            f"/cases/{case['id']}/reflection/{period}/{step}", json=given, headers={"If-Match": f'"{version}"'}
        )


async def test_a_period_begins_with_its_ends_from_the_profile(world: World) -> None:
    case = await register_case(world, identity=FOREIGN)
    again = str(uuid7())
    for _ in range(2):
        assert await begin(world, case, id=again) == again
    async with world.api("demo.njl") as api:
        found = checked(await api.get(f"/cases/{case['id']}/reflection"))
        assert found["now"]["running"]
        assert found["now"]["foreign"]
        assert found["now"]["not_before"].startswith("2026-04-04T")
        assert found["now"]["expected_until"].startswith("2026-06-05T")
        assert found["minimum"] == {"duration": "P30D", "source": "003:4688", "to_confirm": True}
        assert found["expected"]["to_confirm"]
        story = checked(await api.get(f"/cases/{case['id']}/story"))
        assert sorted(t["bound"] for t in story["tasks"] if t["event"] == "REFLECTION_ENDED") == ["max", "min"]
        assert story["help_phase"] == "REFLECTION"
        second = await api.post(f"/cases/{case['id']}/reflection", json=START)
        assert (second.status_code, second.json()["code"]) == (409, "reflection.running_already")
    written = [e for e in await world.audit_entries("reflection.record") if case["id"] in map(str, e["case_ids"])]  # type: ignore[arg-type]
    assert [e["outcome"] for e in written] == ["done", "repeated", "refused"]
    read = [e for e in await world.audit_entries("reflection.read") if case["id"] in map(str, e["case_ids"])]  # type: ignore[arg-type]
    assert read


async def test_a_foreign_person_keeps_the_minimum_whoever_asks(world: World) -> None:
    case = await register_case(world, identity=FOREIGN)
    period = await begin(world, case)
    early = {"ended_at": "2026-04-03T10:00:00+02:00", "person_asked": True, "reason": REASON}
    for manner in ("person", "interview"):
        refused = await take(world, case, period, "end", manner=manner, **early)
        assert (refused.status_code, refused.json()["code"]) == (422, "reflection.foreign_minimum")
        assert "04.04.2026" in refused.json()["detail"]
        assert "003:4688" in refused.json()["detail"]
    kept = checked(await take(world, case, period, "end", ended_at="2026-04-05T10:00:00+02:00", manner="term"))
    assert (kept["now"]["running"], kept["now"]["manner"]) == (False, "term")
    again = await take(world, case, period, "end", 2, ended_at="2026-04-06T10:00:00+02:00", manner="term")
    assert (again.status_code, again.json()["code"]) == (409, "reflection.not_running")


async def test_a_national_ends_it_early_on_their_own_wish_alone(world: World) -> None:
    case = await register_case(world)
    period = await begin(world, case)
    day = {"ended_at": "2026-03-12T10:00:00+01:00"}
    for given, code in (
        ({"manner": "term"}, "reflection.before_minimum"),
        ({"manner": "person", "reason": REASON}, "reflection.wish_missing"),
        ({"manner": "interview", "person_asked": True}, "reflection.reason_missing"),
        ({"manner": "person", "person_asked": True, "reason": REASON, "ended_at": "2026-03-04T10:00:00+01:00"},
         "reflection.before_last_step"),
    ):  # fmt: skip
        refused = await take(world, case, period, "end", **{**day, **given})
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    ended = checked(await take(world, case, period, "end", manner="person", person_asked=True, reason=REASON, **day))
    assert not ended["now"]["running"]
    async with world.superuser() as connection:
        notes = await connection.execute(
            text("select data_class, body from casework.note where case_id = :id"), {"id": case["id"]}
        )
        ((data_class, body),) = notes.all()
    assert data_class == "casework"
    assert REASON.encode() not in bytes(body)
    inside = await _start(world, case, started_at="2026-03-10T10:00:00+01:00")
    assert (inside.status_code, inside.json()["code"]) == (422, "reflection.inside_the_last")


async def _start(world: World, case: dict[str, Any], **changes: Any) -> httpx.Response:
    async with world.api("demo.njl") as api:
        return await api.post(f"/cases/{case['id']}/reflection", json={**START, **changes})


async def test_a_pause_moves_the_ends_and_the_task_stands_still(world: World) -> None:
    case = await register_case(world, identity=FOREIGN)
    period = await begin(world, case)
    backwards = await take(
        world, case, period, "pause", paused_from="2026-03-15T10:00:00+01:00",
        paused_until="2026-03-14T10:00:00+01:00", reason="Spital",
    )  # fmt: skip
    assert (backwards.status_code, backwards.json()["code"]) == (422, "reflection.pause_backwards")
    paused = checked(await take(world, case, period, "pause", paused_from="2026-03-15T10:00:00+01:00", reason="Spital"))
    assert paused["now"]["paused_since"].startswith("2026-03-15T")
    async with world.superuser() as connection:
        states = text("select state, paused_at is not null from casework.task where case_id = :id and event = :event")
        given = {"id": case["id"], "event": "REFLECTION_ENDED"}
        assert {tuple(row) for row in await connection.execute(states, given)} == {("paused", True)}
    twice = await take(world, case, period, "pause", 2, paused_from="2026-03-16T10:00:00+01:00", reason="Spital")
    assert (twice.status_code, twice.json()["code"]) == (409, "reflection.paused_already")
    on = checked(await take(world, case, period, "resume", 2, at="2026-03-25T10:00:00+01:00"))
    assert on["now"]["not_before"].startswith("2026-04-14T")
    assert on["now"]["expected_until"].startswith("2026-06-15T")
    async with world.superuser() as connection:
        due = text(
            "select state, due_at::date::text from casework.task where case_id = :id and event = :event order by due_at"
        )
        assert [tuple(row) for row in await connection.execute(due, given)] == [
            ("open", "2026-04-14"),
            ("open", "2026-06-15"),
        ]
    early = await take(world, case, period, "end", 3, ended_at="2026-04-10T10:00:00+02:00", manner="term")
    assert early.json()["code"] == "reflection.foreign_minimum"
    nothing = await take(world, case, period, "resume", 3, at="2026-03-26T10:00:00+01:00")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "reflection.not_paused")
    stale = await take(world, case, period, "resume", 1, at="2026-03-26T10:00:00+01:00")
    assert stale.status_code == 412


async def test_more_time_moves_the_expected_end(world: World) -> None:
    case = await register_case(world)
    period = await begin(world, case)
    short = await take(world, case, period, "prolong", until="2026-05-01T10:00:00+02:00", reason="Pret")
    assert (short.status_code, short.json()["code"]) == (422, "reflection.not_longer")
    longer = checked(await take(world, case, period, "prolong", until="2026-09-01T10:00:00+02:00", reason="Pret"))
    assert longer["now"]["expected_until"].startswith("2026-09-01T")


async def test_the_permit_lasts_as_long_as_the_period_must(world: World) -> None:
    national = await register_case(world)
    refused = await take(
        world, national, await begin(world, national), "permit", permit="applied", at="2026-03-06T10:00:00+01:00"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "reflection.permit_of_national")
    case = await register_case(world, identity=FOREIGN)
    period = await begin(world, case)
    given = {"at": "2026-03-10T10:00:00+01:00"}
    for wrong, code in (
        ({"permit": "granted"}, "reflection.permit_until_missing"),
        ({"permit": "granted", "until": "2026-03-09T10:00:00+01:00"}, "reflection.permit_backwards"),
        ({"permit": "granted", "until": "2026-03-25T10:00:00+01:00"}, "reflection.permit_before_minimum"),
        ({"permit": "applied", "until": "2026-06-25T10:00:00+01:00"}, "reflection.permit_until_needless"),
    ):
        answer = await take(world, case, period, "permit", **given, **wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    none = await take(world, case, period, "permit", permit="ended", **given)
    assert (none.status_code, none.json()["code"]) == (409, "reflection.no_permit")
    made = checked(await take(world, case, period, "permit", permit="granted", until="2026-09-10T10:00:00Z", **given))
    assert (made["now"]["permit"], made["now"]["permit_until"][:10]) == ("granted", "2026-09-10")
    soon = await take(world, case, period, "permit", 2, permit="ended", at="2026-03-20T10:00:00+01:00")
    assert soon.json()["code"] == "reflection.permit_before_minimum"
    late = {"permit": "ended", "at": "2026-05-20T10:00:00+02:00"}
    unassessed = await take(world, case, period, "permit", 2, **late)
    assert (unassessed.status_code, unassessed.json()["code"]) == (409, "reflection.risk_assessment_first")
    async with world.superuser() as connection:
        await connection.execute(
            text(
                "insert into casework.case_event (id, case_id, kind, occurred_at, org_id, account_id, facts)"
                " select :id, id, 'RISK_ASSESSED', timestamptz '2026-05-10 10:00+02', opened_org_id, opened_by, '{}'"
                " from casework.case_file where id = :case"
            ),
            {"id": uuid7(), "case": case["id"]},
        )
    assert checked(await take(world, case, period, "permit", 2, **late))["now"]["permit"] == "ended"


async def test_a_mistaken_period_is_taken_back_and_leaves_no_trace_in_status_and_tasks(world: World) -> None:
    case = await register_case(world, identity=FOREIGN)
    period = await begin(world, case)
    gone = checked(await take(world, case, period, "retract", reason="Rasti i gabuar"))
    assert not gone["now"]["started_at"]
    assert gone["periods"][0]["standing"] is None
    again = await take(world, case, period, "pause", 2, paused_from="2026-03-15T10:00:00+01:00", reason="x")
    assert (again.status_code, again.json()["code"]) == (409, "reflection.taken_back")
    async with world.api("demo.njl") as api:
        story = checked(await api.get(f"/cases/{case['id']}/story"))
    assert not [t for t in story["tasks"] if t["event"] == "REFLECTION_ENDED"]
    assert story["help_phase"] is None
    await begin(world, case)


async def test_an_interview_inside_the_period_needs_the_persons_own_request(world: World) -> None:
    case = await register_case(world)
    await begin(world, case)
    at = datetime(2026, 3, 20, tzinfo=UTC)
    async with world.acting("demo.njl", "case.read") as unit:
        unit.quiet = True
        assert (await standing(unit, case["id"])).running
        assert not await interview_allowed(unit, case["id"], at, person_asked=False)
        assert await interview_allowed(unit, case["id"], at, person_asked=True)
        assert await interview_allowed(unit, case["id"], at - timedelta(days=16), person_asked=False)


async def test_who_may_not_and_what_is_not_there(world: World) -> None:
    case = await register_case(world)
    period = await begin(world, case)
    async with world.api("demo.agimi.drejtuese") as api:
        assert (await api.get(f"/cases/{case['id']}/reflection")).status_code == 404
    async with world.api("demo.ap") as api:
        assert checked(await api.get(f"/cases/{case['id']}/reflection"))["now"]["running"]
        assert (await api.post(f"/cases/{case['id']}/reflection", json=START)).status_code == 403
    unknown = await take(world, case, str(uuid7()), "resume", at="2026-03-25T10:00:00+01:00")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reflection.unknown")
    other = await register_case(world)
    for changes, code in (
        ({"started_at": "2026-03-01T10:00:00+01:00"}, "reflection.before_case"),
        ({"started_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "field.in_future"),
        ({"explained_language": "xx"}, "field.unknown_code"),
        ({"basis": "forced"}, "field.unknown_choice"),
    ):
        refused = await _start(world, other, **changes)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    await close_case(world, other)
    closed = await _start(world, other)
    assert (closed.status_code, closed.json()["code"]) == (409, "reflection.case_closed")
    assert period


async def test_by_hand_the_milestone_is_no_longer_recorded(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        given = {"code": "REFLECTION_STARTED", "occurred_at": "2026-03-05T10:00:00Z"}
        refused = await api.post(f"/cases/{case['id']}/milestones", json=given)
    assert (refused.status_code, refused.json()["code"]) == (422, "milestone.not_by_hand")


async def test_the_pages_lead_from_the_start_to_the_end(world: World) -> None:
    case = await register_case(world, identity=FOREIGN)
    async with world.browser("demo.njl") as browser:
        page = await browser.get(f"/cases/{case['id']}/reflection")
        assert "Vendos personi" in page.text
        assert f"/cases/{case['id']}/reflection/start" in page.text
    period = await begin(world, case)
    async with world.browser("demo.njl") as browser:
        page = await browser.get(f"/cases/{case['id']}/reflection")
        assert "30 ditë" in page.text
        assert "për t’u konfirmuar" in page.text
        assert "Jo para" in page.text
        for step in ("pause", "prolong", "end", "permit", "retract"):
            shown = await browser.get(f"/cases/{case['id']}/reflection/{period}/{step}")
            assert shown.status_code == 200
    async with world.browser("demo.ap") as browser:
        followed = await browser.get(f"/cases/{case['id']}/reflection")
        assert followed.status_code == 200
        assert "/reflection/start" not in followed.text
