"""A foreign man exploited in construction refuses identification: he is helped all the same, and counted once without
a name; nobody of the police is told, and his refusal takes nothing from him."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.stories import checked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASON = "Tre tregues u panë në kantier; ai vetë nuk dëshiron të identifikohet."


async def test_a_man_who_refuses_identification_is_helped_and_counted_once(world: World) -> None:
    async with world.api("demo.njl") as njl:
        # He wants a doctor and a place to sleep, and gives no name
        case = checked(
            await njl.post(
                "/cases",
                json={
                    "urgent": {"danger": "no", "needs": ["HEALTH", "ACCOMMODATION"], "met": ["HEALTH"]},
                    "first_contact_at": "2026-03-05T18:00:00+01:00",
                    "urgency": "URGENT",
                    "municipality": "AL-01-01",
                    "without_identity": True,
                    "identity": {
                        "sex": "MALE",
                        "estimated_from": 30,
                        "estimated_to": 38,
                        "age_basis": "fjala e tij",
                        "citizenships": ["NP"],
                    },
                    "languages": ["ne"],
                    "interpreter_needed": True,
                },
            )
        )
        path = f"/cases/{case['id']}"
        assert not case["is_child"]

        # What he tells is recorded; a child-only act is refused, for he is a grown man
        situation = {
            "forms": ["LAB_WORKPLACE"],
            "acts": ["RECRUITMENT", "TRANSFER"],
            "means": ["DECEPTION", "ABUSE_OF_VULNERABILITY"],
            "scope": "TRANSNATIONAL_IN",
            "countries": ["NP", "AL"],
            "from_year": 2025,
            "from_month": 9,
            "to_year": 2026,
            "to_month": 2,
            "ongoing": False,
            "sectors": ["ISIC_F"],
            "recruitment_channels": ["EMPLOYMENT_AGENCY"],
            "recruitment_promises": ["FALSE_JOB"],
            "recruiter_relationships": ["AGENCY"],
            "control_methods": ["WITHHOLDS_DOCUMENTS", "DEBT_BONDAGE"],
            "narrative": "Pasaporta te drejtuesi i kantierit, pa pagë prej pesë muajsh.",
        }
        wrong = await njl.post(f"{path}/exploitations", json={**situation, "acts": ["SALE"]})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "acts")
        checked(await njl.post(f"{path}/exploitations", json=situation))

        # The officer notes what is seen, by telephone interpreter, without police
        started = checked(
            await njl.post(
                f"{path}/identifications",
                json={
                    "started_at": "2026-03-05T18:30:00+01:00",
                    "interpreter": "telephone",
                    "sets": ["al-sop-initial", "ilo-labour-adult"],
                },
            )
        )
        here = f"/identifications/{started['id']}"
        for set_id, codes in (("al-sop-initial", ("AI06", "AI09", "AI22")), ("ilo-labour-adult", ("DR01", "DR02"))):
            answers = [{"code": code, "answer": "yes"} for code in codes]
            given = {"set_id": set_id, "set_version": "0.1.0", "answers": answers}
            started = checked(await njl.put(f"{here}/observations", json=given))
        aids = {one["rule_id"]: one for one in checked(await njl.get(f"{here}/aids"))}
        assert aids["al-vmt-threshold"]["suggested_status"] == "VMT"
        assert aids["legal-elements"]["result"] == "ELEMENTS_PRESENT"
        assert "DR" in aids["ilo-combination"]["positive"]

        # He says no to the police, and they cannot be let in
        no = {"purpose": "POLICE", "answer": "refused", "given_at": "2026-03-05T18:50:00+01:00"}
        checked(await njl.post(f"{path}/consents", json=no))
        police = {"org_id": str(await world.organisation("DEMO-POLICI-BERAT")), "role": "police"}
        refused = await njl.post(f"{here}/officers", json=police)
        assert (refused.status_code, refused.json()["code"]) == (422, "identification.person_said_no")

        # He refuses; the finding is kept as a notification without identity
        decided = checked(
            await njl.post(
                f"{here}/decision",
                json={
                    "result": "VMT",
                    "decided_at": "2026-03-05T19:15:00+01:00",
                    "decision_reason": REASON,
                    "refused_by_person": "yes",
                },
                headers={"If-Match": f'"{started["version"]}"'},
            )
        )
        assert (decided["result"], decided["refused_by_person"]) == ("VMT", "yes")
        assert (await njl.get(f"{path}/person")).status_code == 404
        now = checked(await njl.get(path))
        assert (now["status"], now["state"]) == ("VMT", "open")

        # The help never asked for any of it
        served = {"case_ids": [case["id"]], "service_type": "HEALTH_CARE", "delivered_on": "2026-03-05"}
        checked(await njl.post("/services", json=served))
        assert checked(await njl.get(path))["stage"] == "IN_ASSISTANCE"

    await nobody_is_named(world, case)


async def nobody_is_named(world: World, case: dict[str, Any]) -> None:
    """He stands once in what figures count, with no person behind him, and the police see nothing of it."""
    async with world.superuser() as connection:
        row = (
            (
                await connection.execute(
                    text("select * from casework.case_file where id = :id"),
                    {"id": case["id"]},
                )
            )
            .mappings()
            .one()
        )
        assert (row["person_id"], row["without_identity"], row["main_form"]) == (None, True, "LAB_WORKPLACE")
        events = await connection.execute(
            text("select facts from casework.case_event where case_id = :id and kind = 'INITIAL_ID_DECIDED'"),
            {"id": case["id"]},
        )
        [facts] = events.scalars().all()
        assert (facts["result"], facts["refused"], facts["age"]) == ("VMT", True, "adult")
        tasks = await connection.execute(
            text("select event, state from casework.task where case_id = :id"), {"id": case["id"]}
        )
        states = {task.event: task.state for task in tasks}
        assert states["INITIAL_ID_DECIDED"] == "met"
        assert states["REFERRAL_SENT"] == "open"
    async with world.api("demo.polici") as police:
        assert (await police.get(f"/cases/{case['id']}")).status_code == 404
