"""What is due, late first and by key; notes of one class each, sealed, corrected by a new note."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import checked, decide_identification, hand_over, register_case, start_identification
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_tasks_come_late_first_by_key_and_each_case_is_written_down(world: World) -> None:
    for hours in (1, 5, 30):
        at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
        case = await register_case(world, first_contact_at=at)
        await start_identification(world, case, started_at=at)
    found: list[dict[str, Any]] = []
    key: dict[str, str] = {}
    async with world.api("demo.njl") as api:
        while True:
            page = checked(await api.get("/tasks", params={"limit": 2, **key}))
            found += page["items"]
            if page["next"] is None:
                break
            key = {"after": page["next"], "after_due": page["next_due"]}
        assert len({t["id"] for t in found}) == len(found) >= 6
        assert [t["due_at"] for t in found] == sorted(t["due_at"] for t in found)
        assert all(t["case_code"] for t in found)
        mine = checked(await api.get("/tasks", params={"scope": "me"}))["items"]
        assert {t["id"] for t in mine} == {t["id"] for t in found}
        half = await api.get("/tasks", params={"after": found[-1]["id"]})
        assert (half.status_code, half.json()["field"]) == (422, "after_due")
    named = {str(i) for e in await world.audit_entries("task.read") for i in e["case_ids"]}  # type: ignore[attr-defined]
    assert {t["case_id"] for t in found} <= named


async def test_tasks_of_others_are_not_listed(world: World) -> None:
    await register_case(world)
    async with world.api("demo.agimi") as api:
        assert checked(await api.get("/tasks"))["items"] == []
    async with world.api("demo.statistika") as api:
        assert (await api.get("/tasks")).status_code == 403


async def test_a_minimum_period_is_nothing_to_do(world: World) -> None:
    case = await register_case(world, identity={"sex": "MALE", "birth_year": 1990, "citizenships": ["BD"]})
    begun = await start_identification(world, case)
    await decide_identification(world, begun, override_reason="E tregoi vetë.")
    async with world.api("demo.njl") as api:
        given = {
            "started_at": "2026-03-05T10:00:00Z",
            "basis": "offered",
            "explained_at": "2026-03-05T10:00:00Z",
            "explained_language": "sq",
        }
        checked(await api.post(f"/cases/{case['id']}/reflection", json=given))
        story = checked(await api.get(f"/cases/{case['id']}/story"))
        assert sorted(t["bound"] for t in story["tasks"] if t["event"] == "REFLECTION_ENDED") == ["max", "min"]
        listed = checked(await api.get("/tasks", params={"limit": 100}))["items"]
        own = [t for t in listed if t["case_id"] == case["id"] and t["event"] == "REFLECTION_ENDED"]
        assert [t["bound"] for t in own] == ["max"]


NOTE = {"data_class": "casework", "body": "Flet mirë me përkthyesen."}


async def test_a_note_is_sealed_and_read_back(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/notes"
        again = str(uuid7())
        for _ in range(2):
            assert checked(await api.post(path, json={**NOTE, "id": again}))["id"] == again
        listed = checked(await api.get(path))["items"]
        assert [(n["body"], n["data_class"], n["corrected_by"]) for n in listed] == [(NOTE["body"], "casework", None)]
    async with world.superuser() as connection:
        kept = await connection.execute(text("select body from casework.note where id = :id"), {"id": again})
        assert NOTE["body"].encode() not in bytes(kept.scalar_one())
    reads = [e for e in await world.audit_entries("note.read") if case["id"] in map(str, e["case_ids"])]  # type: ignore[arg-type]
    assert reads[-1]["data_classes"] == ["casework"]


async def test_a_correction_is_a_new_note_and_both_stay(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/notes"
        first = checked(await api.post(path, json=NOTE))["id"]
        other = await api.post(path, json={**NOTE, "data_class": "health", "corrects": first})
        assert (other.status_code, other.json()["code"]) == (422, "note.other_class")
        second = checked(await api.post(path, json={**NOTE, "body": "Flet mirë.", "corrects": first}))["id"]
        listed = checked(await api.get(path))["items"]
        assert [(n["id"], n["corrects"], n["corrected_by"]) for n in listed] == [
            (second, first, None),
            (first, None, second),
        ]
        twice = await api.post(path, json={**NOTE, "corrects": first})
        assert (twice.status_code, twice.json()["code"]) == (409, "note.corrected")
        unknown = await api.post(path, json={**NOTE, "corrects": str(uuid7())})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "note.unknown")
    await hand_over(world, case)
    async with world.api("demo.menaxhere") as api:
        elsewhere = await api.post(path, json={**NOTE, "corrects": second})
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "note.of_others")


async def test_a_note_of_a_class_one_does_not_see_is_refused(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        refused = await api.post(f"/cases/{case['id']}/notes", json={**NOTE, "data_class": "legal"})
        assert (refused.status_code, refused.json()["code"]) == (403, "case.class_locked")
        unknown = await api.post(f"/cases/{case['id']}/notes", json={**NOTE, "data_class": "identity"})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "field.unknown_choice")


async def test_notes_are_read_by_class(world: World) -> None:
    case = await register_case(world)
    await hand_over(world, case)
    async with world.api("demo.menaxhere") as api:
        checked(await api.post(f"/cases/{case['id']}/notes", json={"data_class": "legal", "body": "Flet me avokaten."}))
        checked(await api.post(f"/cases/{case['id']}/notes", json=NOTE))
    async with world.api("demo.njl") as api:
        seen = checked(await api.get(f"/cases/{case['id']}/notes"))["items"]
        assert [n["data_class"] for n in seen] == ["casework"]
