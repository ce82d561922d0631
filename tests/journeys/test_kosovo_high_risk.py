"""A journey in Kosovo: a girl whose father had her beg, rated together, placed where the level says, at once.

The centre for social work registers her; investigator, victims' advocate and social worker rate the danger, each for
themself; the rules propose the state shelter; she is admitted at night before anybody could assess what is best for
her, and the assessment is owed. Nothing of it waits for a status.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from tests.journeys.log import log_of
from tests.stories import CHILD, CONSENT, PERSON, act_on, add_bed, checked, etag_of, person_of, register_case
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
        assert silent.json()["code"] == "routing.reason_missing"
        assert checked(await qps.get(f"{here}/referrals")) == []
    best = {"basis": "CHILD_BEST_INTEREST", "assent": "agrees", "best_interest_note": "QPS dhe përfaqësuesja."}
    referral = await referred(world, case, "DEMO-STREHA", "demo.xk.streha", need, **best)
    bed = await add_bed(world, "Journey-1", "demo.xk.streha")
    async with world.api("demo.xk.streha") as shelter:
        wanted = {"case_id": case["id"], "bed_id": bed, "starts_on": TONIGHT, "referral_id": referral["id"]}
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


async def referred(
    world: World, case: dict[str, Any], to: str, shelter: str, need: dict[str, Any], **consent: Any
) -> dict[str, Any]:
    """The person agrees, the centre for social work asks, the shelter says yes; returns the referral."""
    org_id = str(await world.organisation(to, "XK"))
    async with world.api("demo.xk.qps") as qps:
        told = {**CONSENT, "recipient_org_id": org_id, **consent}
        checked(await qps.post(f"/cases/{case['id']}/consents", json=told))
        draft = checked(await qps.post(f"/cases/{case['id']}/referrals", json={**need, "receiver_org_id": org_id}))
    return await act_on(world, await act_on(world, draft, "send", "demo.xk.qps"), "accept", shelter)


async def test_a_woman_goes_where_her_children_are_and_why_is_said(world: World) -> None:
    identity = {**PERSON, "given_names": "Valbona", "citizenships": ["XK"]}
    case = await register_case(world, "demo.xk.qps", identity=identity, municipality=None)
    here = f"/cases/{case['id']}"
    people = [await person_of(world, login) for login in ("demo.xk.hetues", "demo.xk.avokate")]
    risk = {
        "assessed_at": "2026-03-02T15:00:00+01:00",
        "purpose": "PLACEMENT",
        "level": "HIGH",
        "domains": ["TRAFFICKER_ACCESS"],
        "measures": "Policia e di ku është ai.",
        "assessors": [{"org_id": org_id, "account_id": account_id} for account_id, org_id in people],
    }
    async with world.api("demo.xk.qps") as qps:
        # One person alone rates nobody, and the one who writes it down cannot say yes for the others
        alone = await qps.post(f"{here}/risk-assessments", json={**risk, "assessors": risk["assessors"][:1]})
        assert (alone.status_code, alone.json()["code"]) == (422, "risk.assessor_missing")
        assert alone.json()["missing"] == ["VICTIM_ADVOCACY_OFFICE"]
        rated = checked(await qps.post(f"{here}/risk-assessments", json=risk))
        assert checked(await qps.get(f"{here}/risk-assessments"))["level"] is None
    for login in ("demo.xk.hetues", "demo.xk.avokate"):
        async with world.api(login) as assessor:
            assert checked(await assessor.get(f"{here}/risk-assessments"))["level"] is None
            checked(await assessor.post(f"{here}/risk-assessments/{rated['id']}/confirm", json={}))
    async with world.api("demo.xk.qps") as qps:
        found = checked(await qps.get(f"{here}/risk-assessments"))
        assert found["level"] == "HIGH"
        [rule] = [one for one in found["advice"] if one["rule_id"] == "XK-R01"]
        assert rule["to_confirm"] and rule["source"]

    # Her children live in Pranvera House. The rule proposes; the people decide, and say why.
    why = "Dy fëmijët e saj janë atje prej një viti."
    need = {"needs": ["ACCOMMODATION"], "urgency": "URGENT", "deviation_reason": why}
    referral = await referred(world, case, "DEMO-PRANVERA", "demo.xk.pranvera", need)
    bed = await add_bed(world, "Journey-2", "demo.xk.pranvera")
    async with world.api("demo.xk.pranvera") as house:
        # The house said yes to that reason; it is not asked for another
        wanted = {"case_id": case["id"], "bed_id": bed, "starts_on": TONIGHT, "referral_id": referral["id"]}
        held = checked(await house.post("/placements", json=wanted))
        stay = checked(
            await house.post(f"/placements/{held['id']}/steps", json={"act": "admit"}, headers=etag_of(held))
        )
        assert stay["state"] == "admitted"
        assert why not in str(checked(await house.get(f"/referrals/{referral['id']}")))

    # The reason stands sealed, the event says which rule, and the log by whom
    async with world.superuser() as connection:
        query = text("select rules, reason from casework.routing_deviation where case_id = :id")
        [(rules, reason)] = (await connection.execute(query, {"id": case["id"]})).all()
    assert rules == ["XK-R01"]
    assert why.encode() not in bytes(reason)
    confirmed = [e for e in await log_of(world, "risk.confirm") if case["id"] in map(str, e["case_ids"])]
    assert {str(e["account_id"]) for e in confirmed} == {account_id for account_id, _ in people}
