"""Urgent needs after registration: asked again, met when nothing is open, told on the page of the case."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import REGISTRATION, checked, close_case, referred_case, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = "2026-03-02T13:20:00+01:00"
LATER = "2026-03-02T16:00:00+01:00"


async def waiting(world: World, case_id: str) -> list[tuple[str, str]]:
    """Return (rule, state) of the tasks that wait for the urgent needs."""
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select rule, state from casework.task where case_id = :id and event = 'URGENT_NEEDS_MET'"),
            {"id": case_id},
        )
        return [tuple(row) for row in rows]


async def met_events(world: World, case_id: str) -> int:
    async with world.superuser() as connection:
        query = text("select count(*) from casework.case_event where case_id = :id and kind = 'URGENT_NEEDS_MET'")
        return int((await connection.execute(query, {"id": case_id})).scalar_one())


async def test_needs_are_asked_again_until_nothing_is_open(world: World) -> None:
    case = await register_case(world)
    path = f"/cases/{case['id']}/urgent-needs"
    assert await waiting(world, case["id"]) == [("AL-D01", "open")]
    async with world.api("demo.njl") as api:
        first = checked(await api.get(path))["items"]
        assert [(one["needs"], one["met"], one["open"], one["danger"]) for one in first] == [
            (["HEALTH"], [], ["HEALTH"], "no")
        ]
        body = {"id": str(uuid7()), "assessed_at": NOW, "danger": "yes", "needs": ["HEALTH", "BASIC_NEEDS"],
                "met": ["BASIC_NEEDS"], "note": "Mjekja vjen në 16."}  # fmt: skip
        made, again = [await api.post(path, json=body) for _ in range(2)]
        assert (made.status_code, made.json()) == (201, again.json())
        assert (made.json()["open"], made.json()["note"]) == (["HEALTH"], "Mjekja vjen në 16.")
        assert checked(await api.get(f"/cases/{case['id']}"))["immediate_danger"] is True
        assert await waiting(world, case["id"]) == [("AL-D01", "open")]

        done = {"assessed_at": LATER, "danger": "no", "needs": ["HEALTH"], "met": ["HEALTH"]}
        assert checked(await api.post(path, json=done))["open"] == []
        assert await waiting(world, case["id"]) == [("AL-D01", "met")]
        assert await met_events(world, case["id"]) == 1
        checked(await api.post(path, json={**done, "assessed_at": "2026-03-02T17:00:00+01:00"}))
        assert await met_events(world, case["id"]) == 1, "what was met is not met again"
        now = checked(await api.get(f"/cases/{case['id']}"))
        assert (now["immediate_danger"], now["version"]) == (False, case["version"] + 2)
    async with world.superuser() as connection:
        notes = await connection.execute(
            text("select note from casework.urgent_needs where case_id = :id and note is not null"), {"id": case["id"]}
        )
        assert all(b"Mjekja" not in bytes(note) for note in notes.scalars())
    entries: list[dict[str, Any]] = await world.audit_entries("urgent_needs.record")
    about = [e for e in entries if case["id"] in map(str, e["case_ids"])]
    assert [e["outcome"] for e in about] == ["done", "repeated", "done", "done"]
    assert about[0]["changed"] == ["immediate_danger"]


async def test_somebody_without_urgent_needs_leaves_no_deadline_open(world: World) -> None:
    case = await register_case(world, urgent={"danger": "no", "needs": []})
    async with world.api("demo.njl") as api:
        body = {"assessed_at": NOW, "danger": "no"}
        checked(await api.post(f"/cases/{case['id']}/urgent-needs", json=body))
    assert await waiting(world, case["id"]) == [("AL-D01", "met")]


async def test_what_is_written_late_changes_nothing_of_today(world: World) -> None:
    case = await register_case(world)
    path = f"/cases/{case['id']}/urgent-needs"
    async with world.api("demo.njl") as api:
        checked(await api.post(path, json={"assessed_at": LATER, "danger": "yes", "needs": ["SAFETY"]}))
        early = {"assessed_at": NOW, "danger": "no", "needs": ["HEALTH"], "met": ["HEALTH"]}
        checked(await api.post(path, json=early))
        assert checked(await api.get(f"/cases/{case['id']}"))["immediate_danger"] is True
        assert [one["danger"] for one in checked(await api.get(path))["items"]] == ["yes", "no", "no"]
    assert await met_events(world, case["id"]) == 0


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"met": ["MENTAL_HEALTH"]}, "met", "case.met_without_need"),
        ({"assessed_at": "2020-01-01T00:00:00Z"}, "assessed_at", "urgent_needs.before_case"),
        ({"assessed_at": "2999-01-01T00:00:00Z"}, "assessed_at", "field.in_future"),
        ({"needs": ["NO_SUCH"], "met": []}, "needs", "field.unknown_code"),
        ({"danger": "maybe"}, "danger", "field.unknown_choice"),
        ({"note": "x" * 10_001}, "note", "field.too_long"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    case = await register_case(world)
    body = {"assessed_at": NOW, "danger": "no", "needs": ["HEALTH"], "met": ["HEALTH"], **change}
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/urgent-needs", json=body)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["field"].split(".")[0], answer.json()["code"]) == (field, code)


async def test_who_may_and_when(world: World) -> None:
    case, _ = await referred_case(world)
    path, body = f"/cases/{case['id']}/urgent-needs", {"assessed_at": NOW, "danger": "no"}
    async with world.api("demo.agimi") as api:
        assert len(checked(await api.get(path))["items"]) == 1
        assert (await api.post(path, json=body)).status_code == 201
    async with world.api("demo.ura.drejtuese") as api:
        unknown = await api.post(path, json=body)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "case.unknown")
    async with world.api("demo.ap") as api:
        assert (await api.post(path, json=body)).status_code == 403
    other = await register_case(world)
    await close_case(world, other)
    async with world.api("demo.njl") as api:
        closed = await api.post(f"/cases/{other['id']}/urgent-needs", json=body)
        assert (closed.status_code, closed.json()["code"]) == (409, "urgent_needs.closed")


async def test_the_pages_tell_what_is_open_and_take_the_next_answer(world: World) -> None:
    case = await register_case(world, urgent={**REGISTRATION["urgent"], "danger": "yes"})
    async with world.browser("demo.njl") as browser:
        whole = (await browser.get(f"/cases/{case['id']}")).text
        assert "Ka rrezik" in whole and "Ende nevojitet:" in whole
        assert f'href="/cases/{case["id"]}/urgent-needs"' in whole
        path = f"/cases/{case['id']}/urgent-needs"
        assert f'href="{path}">Plotëso nevojat urgjente' in whole, "the deadline leads to where it is met"
        page = (await browser.get(path)).text
        assert "Një nevojë urgjente është ende e hapur." in page
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        given = {"csrf_token": token, "once": str(uuid4()), "danger": "no", "needs": ["HEALTH"], "note": "Pa pritur"}
        wrong = await browser.post(path, data={**given, "met": ["SAFETY"], "assessed_at": "2026-03-02T13:20"})
        assert wrong.status_code == 422 and "Pa pritur" in wrong.text
        right = {**given, "once": str(uuid4()), "met": ["HEALTH"], "assessed_at": "2026-03-02T13:20"}
        saved = await browser.post(path, data=right)
        assert saved.headers["location"].endswith("done=urgent_needs_recorded"), saved.text
        assert "Asnjë nevojë urgjente nuk është e hapur." in (await browser.get(path)).text
