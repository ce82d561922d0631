"""A denial beats every grant, at once, and ends only by the hand of who answers for the case."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import checked, referred_case, register_case, send_referral
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def account_of(world: World, login: str) -> str:
    async with world.superuser() as connection:
        found = await connection.execute(text("select id from iam.account where login = :login"), {"login": login})
        return str(found.scalar_one())


async def test_one_officer_of_the_receiver_never_sees_the_case(world: World) -> None:
    case, accepted = await referred_case(world)
    officer = await account_of(world, "demo.agimi")
    async with world.api("demo.agimi") as api:
        assert (await api.get(f"/cases/{case['id']}")).status_code == 200
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/denials"
        made = checked(await api.post(path, json={"account_id": officer, "reason": "family_tie"}))
        again = await api.post(path, json={"account_id": officer, "reason": "family_tie"})
        assert (again.status_code, again.json()["code"]) == (409, "access.denied_already")
        listed = checked(await api.get(path))
        assert [(d["account_id"], d["reason"], d["valid_to"]) for d in listed] == [(officer, "family_tie", None)]
    async with world.api("demo.agimi") as api:
        assert (await api.get(f"/cases/{case['id']}")).status_code == 404
        assert (await api.get(f"/referrals/{accepted['id']}")).status_code == 404
        with_us = checked(await api.get("/referrals?box=with_us"))["items"]
        assert accepted["id"] not in [item["id"] for item in with_us]
        denied = await api.post(f"/cases/{case['id']}/denials", json={"account_id": officer, "reason": "other"})
        assert denied.status_code in (403, 404)
        assert (await api.post(f"/cases/{case['id']}/denials/{made['id']}/end")).status_code in (403, 404)
    async with world.api("demo.agimi.drejtuese") as api:
        assert (await api.get(f"/cases/{case['id']}")).status_code == 200
        other = await api.post(f"/cases/{case['id']}/denials/{made['id']}/end")
        assert (other.status_code, other.json()["code"]) == (403, "access.not_responsible")
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/denials/{made['id']}/end"))
        twice = await api.post(f"/cases/{case['id']}/denials/{made['id']}/end")
        assert (twice.status_code, twice.json()["code"]) == (409, "access.denial_ended")
    async with world.api("demo.agimi") as api:
        assert (await api.get(f"/cases/{case['id']}")).status_code == 200


async def test_an_organisation_kept_away_is_no_receiver(world: World) -> None:
    case = await register_case(world)
    ura = str(await world.organisation("DEMO-URA"))
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/denials", json={"org_id": ura, "reason": "suspected_involvement"}))
        body = {"needs": ["ACCOMMODATION"], "urgency": "URGENT"}
        refused = await api.post(f"/cases/{case['id']}/referrals", json={**body, "receiver_org_id": ura})
        assert (refused.status_code, refused.json()["code"]) == (422, "referral.kept_away")
        draft = checked(await api.post(f"/cases/{case['id']}/referrals", json=body))
        offers = checked(await api.get(f"/referrals/{draft['id']}/providers"))
        assert ura not in [offer["id"] for offer in offers]


async def test_nobody_responsible_is_kept_away_and_the_authority_may_deny(world: World) -> None:
    case = await register_case(world)
    njl = str(await world.organisation("DEMO-NJL-BERAT"))
    mira = await account_of(world, "demo.njl")
    teuta = await account_of(world, "demo.menaxhere")
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/denials"
        for body, field, code in (
            ({"org_id": njl}, "org_id", "access.responsible"),
            ({"account_id": mira}, "account_id", "access.responsible"),
            ({"account_id": str(uuid7())}, "account_id", "access.unknown_person"),
            ({"org_id": str(uuid7())}, "org_id", "organisation.unknown"),
            ({}, "account_id", "access.one_of_both"),
            ({"org_id": njl, "account_id": mira}, "account_id", "access.one_of_both"),
        ):
            answer = await api.post(path, json={**body, "reason": "conflict_of_interest"})
            assert answer.status_code == 422
            assert (answer.json()["field"], answer.json()["code"]) == (field, code)
    async with world.api("demo.ap") as api:
        body = {"account_id": teuta, "reason": "conflict_of_interest", "id": str(uuid7())}
        first = checked(await api.post(f"/cases/{case['id']}/denials", json=body))
        assert checked(await api.post(f"/cases/{case['id']}/denials", json=body)) == first


async def test_the_reason_is_read_only_by_who_may_deny(world: World) -> None:
    case = await register_case(world)
    await send_referral(world, case)
    async with world.api("demo.njl") as api:
        checked(
            await api.post(
                f"/cases/{case['id']}/denials",
                json={"account_id": await account_of(world, "demo.polici"), "reason": "person_asked"},
            )
        )
    async with world.acting("demo.agimi.drejtuese", "referral.read") as unit:
        unit.quiet = True
        seen = await unit.execute(text("select count(*) from casework.case_denial"))
        assert seen.scalar() == 0
        assert await unit.visible_classes(UUID(case["id"])) == frozenset()
