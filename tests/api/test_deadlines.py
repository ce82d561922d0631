"""Deadlines as data: tasks stand still with the case, come back when a step is taken back, and rise when overdue."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.services.escalations import escalate
from app.services.unit_of_work import System, unit_of_work
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


async def overdue(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a case with an overdue step, and that step as it has risen to the authority."""
    case = await register_case(world, first_contact_at=(datetime.now(UTC) - timedelta(days=3)).isoformat())
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        assert await escalate(unit) >= 1
    async with world.api("demo.ap") as api:
        page = checked(await api.get("/board/escalations?limit=100"))
    assert page["waiting"] >= len(page["items"])
    return case, next(one for one in page["items"] if one["case_id"] == case["id"])


async def test_what_is_overdue_rises_once_without_content_and_comes_back_with_a_note(world: World) -> None:
    case, risen = await overdue(world)
    assert (risen["event"], risen["rule"], risen["to_confirm"]) == ("URGENT_NEEDS_MET", "AL-D01", True)
    assert not {"note", "needs", "person_id"} & risen.keys()
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        unit.quiet = True
        assert await escalate(unit) == 0
    path = f"/board/escalations/{risen['id']}/pass-back"
    async with world.api("demo.njl") as api:
        assert (await api.post(path, json={"note": "x"})).status_code == 403
    async with world.api("demo.ap") as api:
        assert (await api.post(path, json={"note": " "})).status_code == 422
        assert checked(await api.post(path, json={"note": "Folëm me spitalin."}))["state"] == "passed_back"
        again = await api.post(path, json={"note": "Folëm me spitalin."})
        assert (again.status_code, again.json()["code"]) == (409, "escalation.passed_back")
        unknown = await api.post(f"/board/escalations/{uuid7()}/pass-back", json={"note": "x"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "escalation.unknown")
    async with world.api("demo.njl") as api:
        found = checked(await api.get(f"/cases/{case['id']}/deadlines"))
    (urgent,) = [one for one in found if one["event"] == "URGENT_NEEDS_MET"]
    assert (urgent["said"], urgent["raised"], urgent["waiting"]) == ("Folëm me spitalin.", 1, False)
    assert (urgent["status"], urgent["duration"], bool(urgent["source"])) == ("to_confirm", "PT2H", True)
    entry = next(e for e in await world.audit_entries("escalation.answer") if e["outcome"] == "done")
    assert case["id"] in map(str, entry["case_ids"])  # type: ignore[arg-type]
    async with world.superuser() as connection:
        kept = await connection.execute(
            text("select note from casework.escalation where id = :id"), {"id": risen["id"]}
        )
        assert b"spitalin" not in bytes(kept.scalar_one())
        await connection.execute(
            text("update casework.escalation set answered_at = now() - interval '8 days' where id = :id"),
            {"id": risen["id"]},
        )
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        assert await escalate(unit) == 1  # not done within the time of the profile: it rises again


async def test_what_is_done_or_stands_still_no_longer_waits(world: World) -> None:
    case, risen = await overdue(world)
    await record_milestone(world, case, "URGENT_NEEDS_MET", occurred_at=datetime.now(UTC).isoformat())
    other, stands = await overdue(world)
    await close_case(world, other, closed_at=datetime.now(UTC).isoformat())
    async with world.api("demo.ap") as api:
        waiting = [one["id"] for one in checked(await api.get("/board/escalations?limit=100"))["items"]]
        assert not {risen["id"], stands["id"]} & set(waiting)
        late = await api.post(f"/board/escalations/{risen['id']}/pass-back", json={"note": "x"})
        assert (late.status_code, late.json()["code"]) == (409, "escalation.ended")


async def test_an_expected_end_never_rises(world: World) -> None:
    profile = world.program.profile("AL")
    assert not profile.deadline_rules["AL-D11"].escalates
    assert profile.deadline_rules["AL-D01"].escalates
    assert profile.escalation.status == "to_confirm"


async def test_the_pages_of_what_is_overdue(world: World) -> None:
    case, risen = await overdue(world)
    async with world.browser("demo.ap") as browser:
        assert "/board/escalations" in (await browser.get("/board")).text
        listed = (await browser.get("/board/escalations")).text
        assert f"/board/escalations/{risen['id']}" in listed
        assert "për t’u konfirmuar" in listed
        assert "Fatmira" not in listed
        assert (await browser.get(f"/board/escalations/{risen['id']}")).status_code == 200
    async with world.browser("demo.njl") as browser:
        shown = (await browser.get(f"/cases/{case['id']}/deadlines")).text
        assert "AL-D01" in shown and "te Autoriteti Përgjegjës" in shown
