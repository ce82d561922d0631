"""Telling people their rights: recorded with language and topics, an event of the case, never a condition."""

from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import checked, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOLD: dict[str, Any] = {
    "given_at": "2026-03-02T10:40:00+01:00",
    "topics": ["RIGHTS", "SERVICES"],
    "language": "sq",
    "note": "E kuptoi mirë.",
}


async def test_rights_are_explained_once_and_change_is_told(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/information"
        assert checked(await api.get(path)) == {"rights_explained": False, "items": []}
        body = {**TOLD, "id": str(uuid7())}
        first, second = [await api.post(path, json=body) for _ in range(2)]
        assert (first.status_code, first.json()) == (201, second.json())
        change = {**TOLD, "topics": ["CHANGE_ARREST"], "given_at": "2026-03-04T09:00:00+01:00", "note": None}
        checked(await api.post(path, json=change))
        told = checked(await api.get(path))
        assert told["rights_explained"]
        assert [item["topics"] for item in told["items"]] == [["CHANGE_ARREST"], ["RIGHTS", "SERVICES"]]
        assert told["items"][1]["note"] == "E kuptoi mirë."
    async with world.superuser() as connection:
        rows = await connection.execute(
            text(
                "select kind from casework.case_event where case_id = :id and subject_kind = 'information' order by id"
            ),
            {"id": case["id"]},
        )
        assert rows.scalars().all() == ["RIGHTS_EXPLAINED", "PERSON_INFORMED"]
        notes = await connection.execute(text("select note from casework.information_given where note is not null"))
        assert all(b"kuptoi" not in bytes(n) for n in notes.scalars())
    entries = [e for e in await world.audit_entries("information.record") if case["id"] in map(str, e["case_ids"])]  # type: ignore[call-overload]
    assert [e["outcome"] for e in entries] == ["done", "repeated", "done"]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"topics": []}, "topics", "field.missing"),
        ({"topics": ["NO_SUCH"]}, "topics", "field.unknown_code"),
        ({"language": "zz"}, "language", "field.unknown_code"),
        ({"given_at": "2999-01-01T00:00:00Z"}, "given_at", "field.in_future"),
        ({"note": "x" * 10_001}, "note", "field.too_long"),
        ({"interpreter": "maybe"}, "interpreter", "field.unknown_choice"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/information", json={**TOLD, **change})
        assert answer.status_code == 422, answer.text
        assert (answer.json()["field"], answer.json()["code"]) == (field, code)


async def test_who_does_not_work_with_the_case_learns_nothing(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.menaxhere") as api:
        assert (await api.get(f"/cases/{case['id']}/information")).status_code == 404
        assert (await api.post(f"/cases/{case['id']}/information", json=TOLD)).status_code == 404
    async with world.api("demo.ap") as api:
        assert (await api.get(f"/cases/{case['id']}/information")).json()["code"] == "policy.role"
