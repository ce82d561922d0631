"""The duty queue: what is due first on top, by key, and what nobody answers expires and stays owed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.services.maintenance import DUTIES, catch_up
from app.services.referral_answers import expire_referrals
from app.services.unit_of_work import System, unit_of_work
from tests.stories import checked, draft_referral, etag_of, register_case, send_referral
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_nobody_answers_expires_and_stays_owed(world: World) -> None:
    case = await register_case(world)
    wanted = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    sent = await send_referral(world, case, answer_by=wanted)
    assert (sent["answer_due_at"][:16], sent["answer_due_to_confirm"]) == (wanted[:16], False)
    await _overdue(world, sent)
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        assert await expire_referrals(unit) == 1
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        assert await expire_referrals(unit) == 0
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        assert await catch_up(unit) >= 1
    assert DUTIES["referrals"] is expire_referrals
    async with world.api("demo.njl") as api:
        found = checked(await api.get(f"/referrals/{sent['id']}"))
        assert (found["state"], found["end_reason"]) == ("expired", "unanswered")
        assert checked(await api.get(f"/cases/{case['id']}"))["stage"] != "REFERRED"
        late = await api.post(f"/referrals/{sent['id']}/again")
        assert checked(late)["needs"] == ["ACCOMMODATION", "HEALTH"]
    async with world.superuser() as connection:
        owed = await connection.execute(
            text("select state from casework.task where subject_id = :id"), {"id": sent["id"]}
        )
        assert owed.scalars().all() == ["open"]
    async with world.api("demo.agimi") as api:
        refused = await api.post(f"/referrals/{sent['id']}/accept", headers=etag_of(found))
        assert (refused.status_code, refused.json()["code"]) == (409, "referral.state.expired")


async def _overdue(world: World, sent: dict[str, Any]) -> None:
    async with world.superuser() as connection:
        await connection.execute(
            text("update casework.referral set answer_due_at = now() - interval '1 hour' where id = :id"),
            {"id": sent["id"]},
        )


async def test_an_unconfirmed_deadline_ends_nothing_and_is_shown_to_all_three(world: World) -> None:
    case = await register_case(world)
    sent = await send_referral(world, case)
    assert sent["answer_due_to_confirm"]
    await _overdue(world, sent)
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        assert await expire_referrals(unit) == 0
    for login in ("demo.njl", "demo.agimi"):
        async with world.browser(login) as browser:
            shown = (await browser.get(f"/referrals/{sent['id']}")).text
            assert "besa-due--late" in shown
            assert "për t’u konfirmuar" in shown
    async with world.api("demo.ap") as api:
        waiting = checked(await api.get("/board/referrals?limit=100"))["items"]
        assert sent["id"] in [one["id"] for one in waiting]
    async with world.api("demo.njl") as api:
        back = await api.post(f"/referrals/{sent['id']}/withdraw", json={}, headers=etag_of(sent))
        assert checked(back)["state"] == "withdrawn"
        assert checked(await api.post(f"/referrals/{sent['id']}/again"))["state"] == "drafted"


async def test_an_answer_is_not_wanted_by_yesterday(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        given = {"needs": ["HEALTH"], "urgency": "URGENT", "answer_by": "2026-03-01T10:00:00Z"}
        refused = await api.post(f"/cases/{case['id']}/referrals", json=given)
    assert (refused.status_code, refused.json()["code"]) == (422, "referral.answer_by_past")


async def test_providers_come_with_reasons_and_none_is_kept_back(world: World) -> None:
    case = await register_case(world)
    draft = await draft_referral(world, case, needs=["ACCOMMODATION"])
    async with world.api("demo.njl") as api:
        offers = checked(await api.get(f"/referrals/{draft['id']}/providers"))
    names = [offer["code"] for offer in offers]
    assert {"DEMO-AGIMI", "DEMO-URA", "DEMO-POLICI-BERAT"} <= set(names)
    assert "DEMO-NJL-BERAT" not in names
    assert names.index("DEMO-AGIMI") < names.index("DEMO-POLICI-BERAT")
    police = next(offer for offer in offers if offer["code"] == "DEMO-POLICI-BERAT")
    assert not police["fits"]
    assert {"code": "kind", "fits": False} in police["reasons"]


async def test_each_list_names_its_cases_in_the_log_and_pages_by_key(world: World) -> None:
    cases = [await register_case(world) for _ in range(3)]
    for case in cases:
        await send_referral(world, case, to="DEMO-LISI")
    async with world.api("demo.njl") as api:
        first = checked(await api.get("/referrals?box=sent&limit=2"))
        second = checked(await api.get(f"/referrals?box=sent&limit=2&after={first['next']}"))
        shown = [item["case_id"] for item in first["items"] + second["items"]]
        assert shown[:3] == [case["id"] for case in reversed(cases)]
    entry = (await world.audit_entries("referral.read"))[-1]
    assert {str(i) for i in entry["case_ids"]} == set(shown[2:])  # type: ignore[attr-defined]


async def test_the_queue_pages_in_the_order_of_what_is_due(world: World) -> None:
    made = [await send_referral(world, await register_case(world), to="DEMO-URA") for _ in range(4)]
    async with world.superuser() as connection:
        await connection.execute(
            text("update casework.referral set answer_due_at = now() + interval '1 minute' where id = :id"),
            {"id": made[-1]["id"]},
        )
    async with world.api("demo.ura.drejtuese") as api:
        seen: list[str] = []
        path = "/referrals?box=waiting&limit=2"
        while path:
            page = checked(await api.get(path))
            seen += [item["id"] for item in page["items"]]
            path = f"/referrals?box=waiting&limit=2&after={page['next']}" if page["next"] else ""
    assert seen[0] == made[-1]["id"]
    assert len(seen) == len(set(seen))
    assert {one["id"] for one in made} <= set(seen)
