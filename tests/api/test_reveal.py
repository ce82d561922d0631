"""One identity: revealed to the authority for half an hour with a reason, or open to an assigned officer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.stories import checked, person_of, record_milestone, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHY = {"reason": "CHILD_MISSING", "text": "Policia kërkon të krahasojë një njoftim."}


async def status_of_identity(world: World, case: dict[str, Any], login: str = "demo.ap") -> int:
    async with world.api(login) as api:
        return (await api.get(f"/cases/{case['id']}/person")).status_code


async def test_a_reveal_opens_for_half_an_hour_and_closes_by_itself(world: World) -> None:
    case = await register_case(world)
    assert await status_of_identity(world, case) == 403
    async with world.api("demo.ap") as api:
        until = checked(await api.post(f"/cases/{case['id']}/reveal", json=WHY))["until"]
        left = datetime.fromisoformat(until) - datetime.now(UTC)
        assert timedelta(minutes=29) < left <= timedelta(minutes=30)
        person = checked(await api.get(f"/cases/{case['id']}/person"))
        assert person["identity"]["family_names"] == "Hoxhaj"
        twice = await api.post(f"/cases/{case['id']}/reveal", json=WHY)
        assert (twice.status_code, twice.json()["code"]) == (409, "reveal.open_already")
    # another case stays closed, and so does this one to everybody else
    other = await register_case(world)
    assert await status_of_identity(world, other) == 403
    assert await status_of_identity(world, case, "demo.xk.ak") == 404
    async with world.superuser() as connection:
        await connection.execute(
            text(
                "update casework.case_grant set valid_to = now() - interval '1 second'"
                " where case_id = :id and basis = 'reveal'"
            ),
            {"id": case["id"]},
        )
    assert await status_of_identity(world, case) == 403
    async with world.api("demo.ap") as api:
        checked(await api.post(f"/cases/{case['id']}/reveal", json=WHY))


async def test_the_responsible_organisation_sees_a_reveal_and_has_to_look_at_it(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.ap") as api:
        checked(await api.post(f"/cases/{case['id']}/reveal", json=WHY))
    async with world.api("demo.njl") as api:
        story = checked(await api.get(f"/cases/{case['id']}/story"))
        event = next(e for e in story["events"] if e["kind"] == "identity_revealed")
        assert (event["facts"]["reason"], event["facts"]["minutes"]) == ("CHILD_MISSING", 30)
        assert WHY["text"] not in str(story)
        assert "reveal_reviewed" in {t["event"] for t in story["tasks"]}
    await record_milestone(
        world, case, "reveal_reviewed", occurred_at=datetime.now(UTC).isoformat(), note="U pa, me arsye."
    )
    async with world.api("demo.njl") as api:
        story = checked(await api.get(f"/cases/{case['id']}/story"))
    assert "reveal_reviewed" not in {t["event"] for t in story["tasks"]}
    entries = [e for e in await world.audit_entries("identity.reveal") if case["id"] in map(str, e["case_ids"])]  # type: ignore[arg-type]
    assert [(e["purpose"], e["data_classes"], e["outcome"]) for e in entries] == [
        ("CHILD_MISSING", ["identity"], "done")
    ]
    assert len(entries[0]["person_ids"]) == 1  # type: ignore[arg-type]
    async with world.superuser() as connection:
        kept = await connection.execute(
            text("select reason_text from casework.case_grant where case_id = :id and basis = 'reveal'"),
            {"id": case["id"]},
        )
        assert WHY["text"].encode() not in bytes(kept.scalar_one())


async def test_a_reveal_without_a_reason_or_of_nobody_is_refused(world: World) -> None:
    case = await register_case(world)
    unnamed = await register_case(
        world, without_identity=True, identity={"sex": "MALE", "estimated_from": 30, "age_basis": "dukja"}
    )
    async with world.api("demo.ap") as api:
        for body, code, field in (
            ({**WHY, "text": " "}, "field.missing", "text"),
            ({**WHY, "reason": "CURIOUS"}, "field.unknown_code", "reason"),
        ):
            answer = await api.post(f"/cases/{case['id']}/reveal", json=body)
            assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)
        nobody = await api.post(f"/cases/{unnamed['id']}/reveal", json=WHY)
        assert (nobody.status_code, nobody.json()["code"]) == (404, "person.without_identity")
        unknown = await api.post(f"/cases/{uuid4()}/reveal", json=WHY)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "case.unknown")
    async with world.api("demo.njl") as api:
        refused = await api.post(f"/cases/{case['id']}/reveal", json=WHY)
        assert (refused.status_code, refused.json()["code"]) == (403, "policy.role")


async def test_an_assigned_officer_sees_the_identity_until_the_day(world: World) -> None:
    case = await register_case(world)
    account_id, _ = await person_of(world, "demo.ap")
    until = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
    given = {"account_id": account_id, "purpose": "national_register", "until": until}
    async with world.api("demo.ap") as api:
        path = f"/cases/{case['id']}/assignments"
        for changes, code in (
            ({"until": "2026-01-01"}, "access.until_past"),
            ({"until": "2999-01-01"}, "authority.until_too_far"),
            ({"account_id": (await person_of(world, "demo.njl"))[0]}, "authority.officer_unknown"),
        ):
            answer = await api.post(path, json={**given, **changes})
            assert (answer.status_code, answer.json()["code"]) == (422, code)
        made = checked(await api.post(path, json=given))
        assert await status_of_identity(world, case) == 200
        twice = await api.post(path, json=given)
        assert (twice.status_code, twice.json()["code"]) == (409, "authority.assigned_already")
        assert checked(await api.post(f"{path}/{made['id']}/end")) == {"state": "ended"}
        gone = await api.post(f"{path}/{made['id']}/end")
        assert (gone.status_code, gone.json()["code"]) == (404, "access.unknown")
    assert await status_of_identity(world, case) == 403
    kinds = {e["detail"].get("officer") for e in await world.audit_entries("authority.assign")}  # type: ignore[attr-defined]
    assert account_id in kinds
