"""An officer knows the family: she is kept away from the case before it comes to her house, and nothing tells her that
it exists. Her colleague helps the boy in her place; every attempt of hers is written down."""

from typing import Any

import pytest

from tests.journeys.log import log_of
from tests.stories import CHILD, CONSENT, act_on, checked, etag_of, person_of, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_officer_with_a_conflict_of_interest(world: World) -> None:
    # A boy is registered. Vjosa of the shelter is a relative of the man who sent him begging.
    case = await register_case(world, identity=CHILD)
    relative, _ = await person_of(world, "demo.agimi")
    async with world.api("demo.njl") as api:
        # The boy agrees, and it is in his best interest: the shelter may know what it needs to.
        consent = {
            **CONSENT,
            "recipient_org_id": str(await world.organisation("DEMO-AGIMI")),
            "basis": "CHILD_BEST_INTEREST",
            "assent": "agrees",
            "best_interest_note": "Ekipi dhe njësia e mbrojtjes së fëmijëve vendosën sot.",
        }
        checked(await api.post(f"/cases/{case['id']}/consents", json=consent))
        need = {
            "needs": ["ACCOMMODATION", "GUARDIANSHIP"],
            "urgency": "EMERGENCY",
            "receiver_org_id": consent["recipient_org_id"],
        }
        draft = checked(await api.post(f"/cases/{case['id']}/referrals", json=need))
        # Before anything is sent, Vjosa is kept away.
        denied = {"account_id": relative, "reason": "family_tie"}
        denial = checked(await api.post(f"/cases/{case['id']}/denials", json=denied))
        sent = checked(await api.post(f"/referrals/{draft['id']}/send", headers=etag_of(draft)))

    await she_sees_nothing_of_it(world, case, sent)

    # Her colleague Drita takes the boy on; for Vjosa nothing changes by it.
    await act_on(world, sent, "accept", "demo.agimi.drejtuese")
    async with world.api("demo.agimi.drejtuese") as api:
        assert checked(await api.get(f"/cases/{case['id']}"))["is_child"]
    await she_sees_nothing_of_it(world, case, sent)

    # Every attempt is kept.
    entries = await log_of(world, "referral.answer")
    assert any(e["outcome"] == "denied" and str(e["account_id"]) == relative for e in entries)
    kept = [e for e in await log_of(world, "access.deny") if case["id"] in map(str, e["case_ids"])]
    assert [e["outcome"] for e in kept] == ["done"]

    # It was a mistake, it turns out: the denial ends, and she sees the case like everybody of her house.
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/denials/{denial['id']}/end"))
    async with world.api("demo.agimi") as api:
        assert checked(await api.get(f"/cases/{case['id']}"))["id"] == case["id"]


async def she_sees_nothing_of_it(world: World, case: dict[str, Any], sent: dict[str, Any]) -> None:
    """Not in the queue, not by its address, not in a list, not by searching for the boy's name."""
    async with world.api("demo.agimi") as api:
        for box in ("waiting", "with_us", "ended"):
            assert sent["id"] not in [item["id"] for item in checked(await api.get(f"/referrals?box={box}"))["items"]]
        refused = await api.post(f"/referrals/{sent['id']}/accept", headers=etag_of(sent))
        assert (refused.status_code, refused.json()["code"]) == (404, "referral.unknown")
        for path in ("", "/person", "/referrals", "/consents", "/information"):
            assert (await api.get(f"/cases/{case['id']}{path}")).status_code == 404, path
        assert case["id"] not in [item["id"] for item in checked(await api.get("/cases"))["items"]]
        hits = checked(await api.post("/persons/search", json={"text": "Arjan"}))
        assert case["id"] not in [hit["case_id"] for hit in hits]
