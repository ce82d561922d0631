"""Asking for a data class: the responsible organisation gives it for a time or refuses; it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.stories import checked, hand_over, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKED = {"data_classes": ["casework"], "reason": "Më duhet plani për të vazhduar vizitat."}
IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


async def followed(world: World) -> dict[str, Any]:
    """A case that the mobile unit passed on and now only follows."""
    case = await register_case(world)
    return await hand_over(world, case, "demo.menaxhere", keep_working=False)


async def ask(world: World, case: dict[str, Any], **changes: Any) -> str:
    async with world.api("demo.njl") as api:
        made = checked(await api.post(f"/cases/{case['id']}/access-requests", json={**ASKED, **changes}))
        return str(made["id"])


async def state_of(world: World, case: dict[str, Any], data_class: str) -> dict[str, Any]:
    async with world.api("demo.njl") as api:
        classes = checked(await api.get(f"/cases/{case['id']}/story"))["classes"]
    return next(c for c in classes if c["data_class"] == data_class)


async def test_what_is_asked_for_is_given_for_a_time_and_to_one_person(world: World) -> None:
    case = await followed(world)
    assert (await state_of(world, case, "casework"))["ask"] == "request"
    request_id = await ask(world, case)
    assert (await state_of(world, case, "casework"))["asked"]
    async with world.api("demo.menaxhere") as api:
        waiting = checked(await api.get(f"/cases/{case['id']}/access-requests"))
        assert [(r["id"], r["reason"], r["asked_by"]) for r in waiting] == [(request_id, ASKED["reason"], "Mira Demo")]
        path = f"/cases/{case['id']}/access-requests/{request_id}/answer"
        given = {"answer": "grant", "data_classes": ["casework"], "until": IN_A_MONTH}
        assert checked(await api.post(path, json=given)) == {"state": "granted"}
        twice = await api.post(path, json=given)
        assert (twice.status_code, twice.json()["code"]) == (409, "access.answered")
    seen = await state_of(world, case, "casework")
    assert seen["state"] == "open" and seen["until"].startswith(IN_A_MONTH[:7])
    async with world.superuser() as connection:
        kept = await connection.execute(
            text("select reason from casework.access_request where id = :id"), {"id": request_id}
        )
        assert ASKED["reason"].encode() not in bytes(kept.scalar_one())
        grants = await connection.execute(
            text("select org_id, basis from casework.case_grant where source_id = :id"), {"id": request_id}
        )
        assert [tuple(r) for r in grants] == [(None, "care_team")]
        # what a month brings: access ends by itself
        await connection.execute(
            text("update casework.case_grant set valid_to = now() - interval '1 second' where source_id = :id"),
            {"id": request_id},
        )
    assert (await state_of(world, case, "casework"))["state"] == "locked"


async def test_a_request_is_refused_and_nothing_opens(world: World) -> None:
    case = await followed(world)
    request_id = await ask(world, case)
    async with world.api("demo.menaxhere") as api:
        path = f"/cases/{case['id']}/access-requests/{request_id}/answer"
        assert checked(await api.post(path, json={"answer": "refuse"})) == {"state": "refused"}
    seen = await state_of(world, case, "casework")
    assert (seen["state"], seen["asked"], seen["ask"]) == ("locked", False, "request")
    answers = [e for e in await world.audit_entries("access.grant") if str(e["subject_id"]) == request_id]
    assert answers[-1]["detail"]["answer"] == "refused"  # type: ignore[index]


async def test_access_that_was_given_ends_at_once(world: World) -> None:
    case = await followed(world)
    request_id = await ask(world, case)
    async with world.api("demo.menaxhere") as api:
        path = f"/cases/{case['id']}/access-requests/{request_id}/answer"
        given = {"answer": "grant", "data_classes": ["casework"], "until": IN_A_MONTH, "holder": "organisation"}
        checked(await api.post(path, json=given))
        grants = checked(await api.get(f"/cases/{case['id']}/grants"))
        wanted = next(g for g in grants if g["valid_to"])
        assert wanted["org_id"] is not None
        assert checked(await api.post(f"/cases/{case['id']}/grants/{wanted['id']}/end")) == {"state": "ended"}
        again = await api.post(f"/cases/{case['id']}/grants/{wanted['id']}/end")
        assert (again.status_code, again.json()["code"]) == (409, "access.ended")
        # the hand-over itself is no access on request
        own = next(
            g for g in grants if g["basis"] == "care_team" and g["valid_to"] is None and "legal" in g["data_classes"]
        )
        kept = await api.post(f"/cases/{case['id']}/grants/{own['id']}/end")
        assert (kept.status_code, kept.json()["code"]) == (409, "access.not_given")
    assert (await state_of(world, case, "casework"))["state"] == "locked"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"data_classes": ["legal"]}, "access.beyond_role", "data_classes"),
        ({"data_classes": []}, "field.missing", "data_classes"),
        ({"data_classes": ["shelter_location"]}, "field.unknown_choice", "data_classes.0"),
        ({"reason": "  "}, "field.missing", "reason"),
    ],
)
async def test_a_request_that_cannot_be_is_refused(
    world: World, changes: dict[str, Any], code: str, field: str
) -> None:
    case = await followed(world)
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/access-requests", json={**ASKED, **changes})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)


async def test_what_is_open_is_not_asked_for(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/access-requests", json=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (422, "access.open_already")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"data_classes": []}, "access.no_class", "data_classes"),
        ({"data_classes": ["health"]}, "access.not_asked", "data_classes"),
        ({"until": None}, "access.until_missing", "until"),
        ({"until": "2026-01-01"}, "access.until_past", "until"),
        ({"until": "2999-01-01"}, "access.until_too_far", "until"),
    ],
)
async def test_an_answer_that_gives_too_much_is_refused(
    world: World, changes: dict[str, Any], code: str, field: str
) -> None:
    case = await followed(world)
    request_id = await ask(world, case)
    given = {"answer": "grant", "data_classes": ["casework"], "until": IN_A_MONTH, **changes}
    async with world.api("demo.menaxhere") as api:
        answer = await api.post(f"/cases/{case['id']}/access-requests/{request_id}/answer", json=given)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)
    assert (await state_of(world, case, "casework"))["state"] == "locked"


async def test_only_who_answers_for_the_case_answers_a_request(world: World) -> None:
    case = await followed(world)
    request_id = await ask(world, case)
    given = {"answer": "grant", "data_classes": ["casework"], "until": IN_A_MONTH}
    path = f"/cases/{case['id']}/access-requests/{request_id}/answer"
    async with world.api("demo.njl") as api:
        own = await api.post(path, json=given)
        assert own.status_code == 403
    async with world.api("demo.agimi.drejtuese") as api:
        stranger = await api.post(path, json=given)
        assert (stranger.status_code, stranger.json()["code"]) == (404, "case.unknown")
    async with world.api("demo.menaxhere") as api:
        other = await api.post(f"/cases/{case['id']}/access-requests/{uuid4()}/answer", json=given)
        assert (other.status_code, other.json()["code"]) == (404, "access.unknown")
