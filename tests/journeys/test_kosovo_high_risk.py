"""A journey in Kosovo: a girl whose father had her beg, rated together, placed where the level says, at once.

The centre for social work registers her; investigator, victims' advocate and social worker rate the danger, each for
themself; the rules propose the state shelter; she is admitted at night before anybody could assess what is best for
her, and the assessment is owed. Nothing of it waits for a status.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.stories import CHILD, add_bed, checked, etag_of, person_of, register_case, share_with_shelter
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TONIGHT = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()
GIRL: dict[str, Any] = {**CHILD, "given_names": "Besarta", "sex": "FEMALE", "citizenships": ["XK"]}


async def test_a_girl_at_high_risk_is_placed_where_the_level_says(world: World) -> None:
    case = await register_case(world, "demo.xk.qps", identity=GIRL, municipality=None)
    here = f"/cases/{case['id']}"
    people = [await person_of(world, login) for login in ("demo.xk.hetues", "demo.xk.avokate")]
    async with world.api("demo.xk.qps") as qps:
        # Her father took what she earned: he is no guardian, whatever he says
        situation = {
            "forms": ["BEG_BY_CHILD"],
            "acts": ["HARBOURING"],
            "recruiter_relationships": ["PARENT"],
            "narrative": "Babai e çon çdo mëngjes te kryqëzimi.",
        }
        checked(await qps.post(f"{here}/exploitations", json=situation))
        father = {
            "appointed_at": "2026-03-02T14:00:00+01:00",
            "name": "Babai",
            "relation": "PARENT",
            "decision_body": "COURT",
        }
        refused = await qps.post(f"{here}/child/guardians", json=father)
        assert (refused.status_code, refused.json()["code"]) == (422, "guardian.parent_recruited")
        guardian = {**father, "name": "Avokate Demo", "relation": "LEGAL_REPRESENTATIVE", "decision_number": "7/2026"}
        checked(await qps.post(f"{here}/child/guardians", json=guardian))

        # The danger counts at once, the level when all three have said yes
        risk = {
            "assessed_at": "2026-03-02T15:00:00+01:00",
            "purpose": "PLACEMENT",
            "level": "HIGH",
            "immediate_danger": True,
            "domains": ["FAMILY_INVOLVED", "TRAFFICKER_ACCESS", "CHILD_SAFETY"],
            "measures": "Patrulla te shkolla.",
            "assessors": [{"org_id": org_id, "account_id": account_id} for account_id, org_id in people],
        }
        rated = checked(await qps.post(f"{here}/risk-assessments", json=risk))
        assert (rated["state"], len(rated["seats"])) == ("proposed", 3)
        assert checked(await qps.get(f"{here}/risk-assessments"))["immediate_danger"] is True
    for login in ("demo.xk.hetues", "demo.xk.avokate"):
        async with world.api(login) as assessor:
            rated = checked(await assessor.post(f"{here}/risk-assessments/{rated['id']}/confirm", json={}))
    assert rated["state"] == "confirmed"

    # The rules name the state shelter and speak of begging by parents; the shelter takes her in that night
    async with world.api("demo.xk.qps") as qps:
        found = checked(await qps.get(f"{here}/risk-assessments"))
        assert {"XK-R01", "XK-R03", "XK-R05", "XK-R08"} <= {one["rule_id"] for one in found["advice"]}
        need = {"needs": ["ACCOMMODATION", "SAFETY"], "urgency": "EMERGENCY"}
        elsewhere = {**need, "receiver_org_id": str(await world.organisation("DEMO-PRANVERA", "XK"))}
        silent = await qps.post(f"{here}/referrals", json=elsewhere)
        assert (silent.status_code, silent.json()["field"]) == (422, "deviation_reason")
        proposed = {**need, "receiver_org_id": str(await world.organisation("DEMO-STREHA", "XK"))}
        checked(await qps.post(f"{here}/referrals", json=proposed))
    await share_with_shelter(world, case["id"], "DEMO-STREHA")
    bed = await add_bed(world, "Journey-1", "demo.xk.streha")
    async with world.api("demo.xk.streha") as shelter:
        wanted = {"case_id": case["id"], "bed_id": bed, "starts_on": TONIGHT}
        held = checked(await shelter.post("/placements", json=wanted))
        night = {"act": "admit", "best_interest_reason": "Natë; policia e solli, asnjë vend tjetër i sigurt."}
        stay = checked(await shelter.post(f"/placements/{held['id']}/steps", json=night, headers=etag_of(held)))
        assert stay["state"] == "admitted"

    # The worker finds the task; the shelter never saw why the child is in danger
    async with world.api("demo.xk.qps") as qps:
        due = [task["event"] for task in checked(await qps.get("/tasks"))["items"] if task["case_id"] == case["id"]]
        assert "BEST_INTEREST_ASSESSED" in due
        page = checked(await qps.get(f"{here}/child"))
        assert page["moves"][0]["reason_not_yet"] == night["best_interest_reason"]
        assert "guardian" not in page["missing"]
        assert checked(await qps.get(here))["status"] == "NOT_ASSESSED", "help waited for no status"
    async with world.api("demo.xk.streha") as shelter:
        assert (await shelter.get(f"{here}/risk-assessments")).status_code == 403
