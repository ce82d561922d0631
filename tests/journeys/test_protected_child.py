"""The weeks after a begging child was met at the border. His age is in doubt, so he is a child. The uncle who brought
him offers himself as guardian and is refused; a worker of child protection stands by the boy, what is best for him is
asked before he moves, and the agency for children's rights comes to look. No step of it waits for another to help."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from tests.journeys.log import log_of
from tests.stories import (
    CONSENT,
    act_on,
    add_bed,
    answer_indicators,
    checked,
    decide_identification,
    draft_referral,
    etag_of,
    person_of,
    record_exploitation,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()
BOY: dict[str, Any] = {
    "given_names": "Ardit",
    "sex": "MALE",
    "estimated_from": 16,
    "estimated_to": 19,
    "age_basis": "thotë se është 19",
    "citizenships": ["SY"],
}


def ago(**given: float) -> str:
    """Return a moment some time ago."""
    return (datetime.now(UTC) - timedelta(**given)).isoformat()


async def test_a_child_is_protected_step_by_step(world: World) -> None:
    case = await met_at_the_border(world)
    await his_age_is_in_doubt(world, case)
    await the_police_join_and_leave(world, case)
    guardian = await not_the_uncle(world, case)
    await the_worker_stands_by_him(world, case)
    stay = await he_is_taken_in_at_night(world, case)
    await what_is_best_before_he_moves(world, case, stay)
    await the_agency_comes_to_look(world, case)
    await nothing_is_forgotten(world, case, guardian)


async def met_at_the_border(world: World) -> dict[str, Any]:
    """He says that he is nineteen, as he was told to say. He looks sixteen; nobody has to decide that today."""
    case = await register_case(world, identity=BOY, municipality="AL-05-01", languages=["ar"], interpreter_needed=True)
    assert case["is_child"], "who may be a child is helped as a child"
    await record_exploitation(world, case, recruiter_relationships=["OTHER_RELATIVE"], place="AL-05-01")
    return case


async def his_age_is_in_doubt(world: World, case: dict[str, Any]) -> None:
    """A psychologist talks with him: between sixteen and nineteen. A look at his face later changes nothing of that."""
    path = f"/cases/{case['id']}/child"
    doubt = {
        "assessed_at": "2026-03-03T10:00:00+01:00",
        "basis": "PSYCHOSOCIAL_INTERVIEW",
        "result": "in_doubt",
        "years_from": 16,
        "years_to": 19,
        "benefit_of_doubt": True,
    }
    xray = {**doubt, "basis": "MEDICAL_EXAMINATION", "agreed": "refused"}
    face = {**doubt, "assessed_at": "2026-03-04T10:00:00+01:00", "basis": "APPEARANCE", "result": "adult"}
    face |= {"years_from": 20, "years_to": 22, "benefit_of_doubt": False}
    async with world.api("demo.njl") as mira:
        # He does not want to be examined: nobody does it, and nobody can write that it was done
        no = await mira.post(f"{path}/age-assessments", json=xray)
        assert (no.status_code, no.json()["code"]) == (422, "age_assessment.medical_without_consent")
        assert checked(await mira.post(f"{path}/age-assessments", json=doubt))["treated_as_child"] is True
        assert checked(await mira.post(f"{path}/age-assessments", json=face))["treated_as_child"] is True
        page = checked(await mira.get(path))
        assert (page["child"], page["in_doubt"], len(page["ages"])) == (True, True, 2)
        # He came with an uncle who does not care for him: a child apart from his parents, not simply accompanied
        there = {"observed_at": "2026-03-03T10:30:00+01:00", "status": "SEPARATED_CHILD", "note": "Me dajën."}
        checked(await mira.post(f"{path}/separations", json=there))


async def the_police_join_and_leave(world: World, case: dict[str, Any]) -> None:
    """The border police saw the crossing. They add it when they are asked; the door shuts with the decision."""
    begun = await start_identification(world, case, place="AL-05-01", border_circumstances=["BCP", "ACCOMPANIED"])
    begun = await answer_indicators(world, begun, "AI31", "AI38")
    async with world.api("demo.polici") as arben, world.api("demo.njl") as mira:
        assert (await arben.get(f"/cases/{case['id']}")).status_code == 404
        police = {"org_id": str(await world.organisation("DEMO-POLICI-BERAT")), "role": "border_police"}
        checked(await mira.post(f"/identifications/{begun['id']}/officers", json=police))
        begun = await answer_indicators(world, begun, "AI39", login="demo.polici")
        assert (await arben.get(f"/cases/{case['id']}/person")).status_code == 403, "what he saw needs no name"
        await decide_identification(world, begun)
        assert (await arben.get(f"/cases/{case['id']}")).status_code == 404
        assert checked(await mira.get(f"/cases/{case['id']}"))["status"] == "VMT"


async def not_the_uncle(world: World, case: dict[str, Any]) -> dict[str, Any]:
    """The uncle brings papers. A relative recruited the boy, so a relative has to be told apart from that one first."""
    path = f"/cases/{case['id']}/child/guardians"
    uncle = {
        "appointed_at": "2026-03-04T12:00:00+01:00",
        "name": "Daja",
        "relation": "OTHER_RELATIVE",
        "decision_body": "COURT",
    }
    async with world.api("demo.njl") as mira:
        no = await mira.post(path, json=uncle)
        assert (no.status_code, no.json()["code"], no.json()["field"]) == (
            422,
            "guardian.relation_recruited",
            "other_person",
        )
        assert checked(await mira.get(f"/cases/{case['id']}/child"))["guardians"] == []
        appointed = {
            **uncle,
            "name": "Luan Kujdestari",
            "relation": "APPOINTED_GUARDIAN",
            "decision_number": "112/2026",
        }
        made: dict[str, Any] = checked(await mira.post(path, json=appointed))
    return made


async def the_worker_stands_by_him(world: World, case: dict[str, Any]) -> None:
    """Entela of the child-protection unit sees the case from now on, and only she of her unit."""
    entela, njmf = await person_of(world, "demo.njmf")
    async with world.api("demo.njmf") as worker:
        assert (await worker.get(f"/cases/{case['id']}/child")).status_code == 404
        async with world.api("demo.njl") as mira:
            given = {"worker_org_id": njmf, "worker_account_id": entela, "since": "2026-03-04T14:00:00+01:00"}
            checked(await mira.post(f"/cases/{case['id']}/child/workers", json=given))
        page = checked(await worker.get(f"/cases/{case['id']}/child"))
        assert set(page["missing"]) == {"best_interest", "visit"}


async def he_is_taken_in_at_night(world: World, case: dict[str, Any]) -> dict[str, Any]:
    """The shelter has a bed now. Nobody lets him wait in the street for a form: why it was not done yet is written."""
    async with world.api("demo.njl") as mira:
        consent = {
            **CONSENT,
            "recipient_org_id": str(await world.organisation("DEMO-AGIMI")),
            "basis": "CHILD_BEST_INTEREST",
            "assent": "agrees",
            "best_interest_note": "Mori pjesë njësia e mbrojtjes së fëmijëve.",
        }
        checked(await mira.post(f"/cases/{case['id']}/consents", json=consent))
    # The rules propose the state shelter for a foreign child; why another one is written, and that is enough
    draft = await draft_referral(world, case, needs=["ACCOMMODATION"], deviation_reason="Pranë urgjencës.")
    sent = await act_on(world, draft, "send", "demo.njl")
    accepted = await act_on(world, sent, "accept", "demo.agimi")
    bed = await add_bed(world, "5A")
    async with world.api("demo.agimi") as vjosa:
        wanted = {"case_id": case["id"], "bed_id": bed, "starts_on": TODAY, "referral_id": accepted["id"]}
        held = checked(await vjosa.post("/placements", json=wanted))
        path = f"/placements/{held['id']}/steps"
        silent = await vjosa.post(path, json={"act": "admit"}, headers=etag_of(held))
        assert (silent.status_code, silent.json()["field"]) == (422, "best_interest_reason")
        said = {"act": "admit", "best_interest_reason": "Natë; asnjë vend tjetër i sigurt."}
        stay: dict[str, Any] = checked(await vjosa.post(path, json=said, headers=etag_of(held)))
        assert stay["state"] == "admitted"
        fed = {"case_ids": [case["id"]], "service_type": "FOOD", "delivered_on": TODAY}
        checked(await vjosa.post("/services", json=fed))
    return stay


async def what_is_best_before_he_moves(world: World, case: dict[str, Any], stay: dict[str, Any]) -> None:
    """In the morning Entela sits down with him and asks what he wants. The move to a family rests on that."""
    path = f"/cases/{case['id']}/child"
    async with world.superuser() as connection:
        # The night is over: what happened in it lies some hours back
        night = (
            "update casework.case_event set occurred_at = occurred_at - interval '6 hours'"
            " where case_id = :id and kind in ('ADMITTED', 'CHILD_MOVED_UNASSESSED')"
        )
        await connection.execute(text(night), {"id": case["id"]})
    async with world.api("demo.njmf") as entela:
        owed = [task["event"] for task in checked(await entela.get("/tasks"))["items"] if task["case_id"] == case["id"]]
        assert "BEST_INTEREST_ASSESSED" in owed
        best = {
            "assessed_at": ago(minutes=5),
            "move": "to_family",
            "options": ["SHELTER_NGO", "FOSTER_FAMILY"],
            "child_heard": "yes",
            "conclusion": "FOSTER_FAMILY",
            "reasoning": "Do një shtëpi me fëmijë të tjerë; familja flet gjuhën e tij.",
            "participants": ["CHILD_PROTECTION_UNIT"],
        }
        unheard = await entela.post(f"{path}/best-interest", json=best)
        assert (unheard.status_code, unheard.json()["code"]) == (422, "best_interest.view_missing")
        checked(await entela.post(f"{path}/best-interest", json={**best, "child_view": "Dua të shkoj në shkollë."}))
        assert checked(await entela.get(path))["best_interest_covers_next_move"] is True
    async with world.api("demo.agimi") as vjosa:
        gone = {"reason": "planned_move", "accommodation_after": "FOSTER_FAMILY"}
        left = checked(await vjosa.post(f"/placements/{stay['id']}/discharge", json=gone, headers=etag_of(stay)))
        assert left["state"] == "discharged"
    async with world.api("demo.njmf") as entela:
        moves = checked(await entela.get(path))["moves"]
        assert [(move["best_interest_id"] is None, move["reason_not_yet"] is None) for move in moves] == [
            (False, True),
            (True, False),
        ]


async def the_agency_comes_to_look(world: World, case: dict[str, Any]) -> None:
    """Alban of the agency sees dates and his own visits: no name, and nothing that the boy told."""
    agency = str(await world.organisation("DEMO-FEMIJET"))
    async with world.api("demo.njl") as mira:
        invited = await mira.post(f"/cases/{case['id']}/child/monitors", json={"agency_org_id": agency})
        assert invited.status_code < 300
    visit = {
        "visited_at": ago(minutes=2),
        "child_seen": "alone",
        "findings": ["SAFE_AND_CARED", "NO_SCHOOL"],
        "next_visit_on": "2999-02-01",
        "note": "Pret regjistrimin në shkollë.",
    }
    async with world.api("demo.femijet") as alban:
        checked(await alban.post(f"/cases/{case['id']}/monitoring-visits", json=visit))
        assert checked(await alban.get(f"/cases/{case['id']}/notes"))["items"] == []
        for closed in ("person", "exploitations", "identifications"):
            assert (await alban.get(f"/cases/{case['id']}/{closed}")).status_code in (403, 404), closed
        assert "Ardit" not in str(checked(await alban.get(f"/cases/{case['id']}")))


async def nothing_is_forgotten(world: World, case: dict[str, Any], guardian: dict[str, Any]) -> None:
    """The story of the case tells each step; the log tells who tried what, the refused uncle too."""
    async with world.superuser() as connection:
        query = text("select kind from casework.case_event where case_id = :id")
        kinds = set((await connection.execute(query, {"id": case["id"]})).scalars())
    assert kinds >= {
        "age_assessed",
        "INITIAL_ID_DECIDED",
        "GUARDIAN_APPOINTED",
        "CHILD_PROTECTION_NOTIFIED",
        "ADMITTED",
        "CHILD_MOVED_UNASSESSED",
        "BEST_INTEREST_ASSESSED",
        "CHILD_MONITORED",
    }
    tried = [e for e in await log_of(world, "child.record") if case["id"] in map(str, e["case_ids"])]
    codes = [e["detail"]["code"] for e in tried if e["outcome"] == "refused"]
    assert codes == [
        "age_assessment.medical_without_consent",
        "guardian.relation_recruited",
        "best_interest.view_missing",
    ]
    async with world.api("demo.njl") as mira:
        [stands] = checked(await mira.get(f"/cases/{case['id']}/child"))["guardians"]
        assert (stands["id"], stands["ended_at"]) == (guardian["id"], None)
