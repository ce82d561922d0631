"""Deadlines as data: tasks stand still with the case, come back when a step is taken back, and rise when overdue."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import checked, close_case, hand_over, record_milestone, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def tasks_of(world: World, case: dict[str, Any]) -> dict[str, tuple[str, datetime]]:
    """Return state and due time of each task of a case by the event that meets it."""
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select event, state, due_at from casework.task where case_id = :id"), {"id": case["id"]}
        )
        return {row[0]: (row[1], row[2]) for row in rows}


async def retract(world: World, case: dict[str, Any], event: str, login: str = "demo.njl", **given: Any) -> Any:
    """Take back a milestone."""
    async with world.api(login) as api:
        path = f"/cases/{case['id']}/milestones/{event}/retract"
        return await api.post(path, json={"reason": "Rasti i gabuar", **given})


async def test_a_closed_case_owes_nothing_and_a_reopened_one_goes_on_where_it_stood(world: World) -> None:
    case = await register_case(world)
    state, before = (await tasks_of(world, case))["URGENT_NEEDS_MET"]
    assert state == "open"
    closed = await close_case(world, case, follow_up_agreed=True, follow_up_on="2030-06-01")
    owed = await tasks_of(world, case)
    assert owed["URGENT_NEEDS_MET"] == ("paused", before)
    assert owed["FOLLOW_UP_DONE"][0] == "open"
    async with world.api("demo.njl") as api:
        again = {"If-Match": f'"{closed["version"]}"'}
        checked(await api.post(f"/cases/{case['id']}/reopen", json={"reason": "U kthye"}, headers=again))
        listed = checked(await api.get("/tasks", params={"limit": 100}))["items"]
        assert "URGENT_NEEDS_MET" in [t["event"] for t in listed if t["case_id"] == case["id"]]
    owed = await tasks_of(world, case)
    assert owed["URGENT_NEEDS_MET"] == ("open", before)  # it was overdue before the closure, and is no later now
    assert owed["FOLLOW_UP_DONE"][0] == "cancelled"


async def test_a_closure_before_the_deadline_moves_it_by_as_long(world: World) -> None:
    now = datetime.now(UTC)
    case = await register_case(world, first_contact_at=(now - timedelta(minutes=60)).isoformat())
    _, before = (await tasks_of(world, case))["URGENT_NEEDS_MET"]
    closed = await close_case(world, case, closed_at=(now - timedelta(minutes=30)).isoformat())
    async with world.api("demo.njl") as api:
        again = {"If-Match": f'"{closed["version"]}"'}
        checked(await api.post(f"/cases/{case['id']}/reopen", json={"reason": "U kthye"}, headers=again))
    state, after = (await tasks_of(world, case))["URGENT_NEEDS_MET"]
    assert state == "open"
    assert timedelta(minutes=29) < after - before < timedelta(minutes=32)


async def test_a_step_taken_back_is_owed_again_and_stays_on_record(world: World) -> None:
    case = await register_case(world)
    made = (await record_milestone(world, case, "URGENT_NEEDS_MET"))["id"]
    assert (await tasks_of(world, case))["URGENT_NEEDS_MET"][0] == "met"
    gone = await retract(world, case, made)
    assert gone.status_code == 201
    assert (await tasks_of(world, case))["URGENT_NEEDS_MET"][0] == "open"
    async with world.api("demo.njl") as api:
        story = checked(await api.get(f"/cases/{case['id']}/story"))
    assert [e["corrects"] for e in story["events"] if e["kind"] == "RETRACTED"] == [made]
    assert made in [e["id"] for e in story["events"]]
    assert not [p for d in story["tracks"] for p in d["help"] if p["kind"] == "URGENT_NEEDS_MET" and not p["open"]]
    twice = await retract(world, case, made)
    assert (twice.status_code, twice.json()["code"]) == (409, "milestone.taken_back_already")
    entry = (await world.audit_entries("milestone.retract"))[0]
    assert (entry["subject_id"], entry["detail"]) == (entry["subject_id"], {"kind": "URGENT_NEEDS_MET"})
    async with world.superuser() as connection:
        kept = await connection.execute(text("select body from casework.note where case_id = :id"), {"id": case["id"]})
        assert b"gabuar" not in bytes(kept.scalar_one())


async def test_another_step_of_the_kind_keeps_the_task_met_and_what_was_made_due_is_called_off(world: World) -> None:
    case = await register_case(world)
    signed = (await record_milestone(world, case, "PLAN_SIGNED"))["id"]
    first = (await record_milestone(world, case, "PLAN_REVIEWED", occurred_at="2026-03-03T10:00:00+01:00"))["id"]
    second = (await record_milestone(world, case, "PLAN_REVIEWED", occurred_at="2026-03-04T10:00:00+01:00"))["id"]
    query = text("select from_event_id::text, state from casework.task where case_id = :id and event = :event")
    given = {"id": case["id"], "event": "PLAN_REVIEWED"}
    async with world.superuser() as connection:
        found = {tuple(row) for row in await connection.execute(query, given)}
    assert found == {(signed, "met"), (first, "met"), (second, "open")}
    await retract(world, case, second)
    async with world.superuser() as connection:
        found = {tuple(row) for row in await connection.execute(query, given)}
    assert found == {(signed, "met"), (first, "open"), (second, "cancelled")}
    await record_milestone(world, case, "PLAN_REVIEWED", occurred_at="2026-03-05T10:00:00+01:00")
    await retract(world, case, first)
    async with world.superuser() as connection:
        found = {tuple(row) for row in await connection.execute(query, given)}
    assert {(signed, "met"), (first, "cancelled")} < found


async def test_what_moved_the_help_back_moves_it_no_longer(world: World) -> None:
    case = await register_case(world)
    wrong = (await record_milestone(world, case, "REINTEGRATION_STARTED"))["id"]
    async with world.api("demo.njl") as api:
        assert checked(await api.get(f"/cases/{case['id']}/story"))["help_phase"] == "REINTEGRATION"
        await retract(world, case, wrong)
        assert checked(await api.get(f"/cases/{case['id']}/story"))["help_phase"] is None


async def test_what_is_not_ones_own_or_not_by_hand_is_not_taken_back(world: World) -> None:
    case = await register_case(world)
    made = (await record_milestone(world, case, "POLICE_NOTIFIED"))["id"]
    unknown = await retract(world, case, str(uuid7()))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "milestone.unknown")
    async with world.api("demo.njl") as api:
        story = checked(await api.get(f"/cases/{case['id']}/story"))
    contact = next(e["id"] for e in story["events"] if e["kind"] == "FIRST_CONTACT")
    by_program = await retract(world, case, contact)
    assert (by_program.status_code, by_program.json()["code"]) == (409, "milestone.not_taken_back_here")
    blank = await retract(world, case, made, reason=" ")
    assert blank.status_code == 422
    of_others = await retract(world, case, made, login="demo.ap")
    assert (of_others.status_code, of_others.json()["code"]) == (403, "milestone.of_others")
    assert (await retract(world, case, made, login="demo.polici")).status_code == 404
    await hand_over(world, case)
    assert (await retract(world, case, made, login="demo.menaxhere")).status_code == 201


async def test_the_page_offers_the_way_back(world: World) -> None:
    case = await register_case(world)
    made = (await record_milestone(world, case, "POLICE_NOTIFIED"))["id"]
    async with world.browser("demo.njl") as browser:
        shown = await browser.get(f"/cases/{case['id']}/milestones")
        assert f"/cases/{case['id']}/milestones/{made}/retract" in shown.text
        asked = await browser.get(f"/cases/{case['id']}/milestones/{made}/retract")
        assert "Merr mbrapsht një hap" in asked.text
        assert "U njoftua policia" in asked.text


async def test_a_recurring_rule_begins_anew_with_what_meets_it(world: World) -> None:
    case = await register_case(world)
    for code, day in (("PLAN_SIGNED", "03"), ("PLAN_REVIEWED", "04"), ("PLAN_REVIEWED", "05"), ("PLAN_SIGNED", "06")):
        await record_milestone(world, case, code, occurred_at=f"2026-{day}-10T10:00:00Z")
    async with world.superuser() as connection:
        query = text(
            "select due_at::date::text, state from casework.task where case_id = :id and event = 'PLAN_REVIEWED'"
            " order by due_at"
        )
        found = [tuple(row) for row in await connection.execute(query, {"id": case["id"]})]
    assert found == [
        ("2026-06-10", "met"),
        ("2026-07-10", "met"),
        ("2026-08-10", "cancelled"),
        ("2026-09-10", "open"),
    ]
