"""A begging child at a border town: help and identification begin with one officer of a mobile unit; the police join
later, add what they saw, and see nothing more once it is decided."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.stories import checked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BORDER_TOWN = "AL-05-01"
SEEN_BY_THE_UNIT = {"AI31": "yes", "AI38": "yes", "AI23": "unknown", "AI17": "not_asked"}
SEEN_BY_THE_POLICE = {"AI39": "yes", "AI40": "yes"}


def answers(seen: dict[str, str], **note: str) -> dict[str, Any]:
    return {
        "set_id": "al-sop-initial",
        "set_version": "0.1.0",
        "answers": [{"code": code, "answer": answer, "note": note.get(code)} for code, answer in seen.items()],
    }


async def signalled(world: World) -> str:
    """A guard of the bus station calls the helpline, which passes the signal on to the mobile unit."""
    async with world.api("demo.linja") as api:
        signal = checked(
            await api.post(
                "/signals",
                json={
                    "channel": "HELPLINE_116006",
                    "received_at": "2026-03-02T09:10:00+01:00",
                    "urgency": "URGENT",
                    "place": BORDER_TOWN,
                    "child_suspected": True,
                    "suspected_forms": ["BEG_BY_CHILD"],
                    "summary": "Një djalë lyp te autobusët e kufirit; një burrë i merr paratë.",
                },
            )
        )
        passed = {"outcome": "passed_on", "passed_to_org_id": str(await world.organisation("DEMO-NJL-BERAT"))}
        checked(await api.post(f"/signals/{signal['id']}/triage", json=passed, headers={"If-Match": '"1"'}))
        return str(signal["id"])


async def registered(api: httpx.AsyncClient, signal_id: str) -> dict[str, Any]:
    """The officer meets the child: food and safety first, a name only as far as the child says one."""
    case: dict[str, Any] = checked(
        await api.post(
            "/cases",
            json={
                "signal_id": signal_id,
                "urgent": {"danger": "yes", "needs": ["BASIC_NEEDS", "SAFETY"], "met": ["BASIC_NEEDS"]},
                "first_contact_at": "2026-03-02T10:20:00+01:00",
                "urgency": "URGENT",
                "municipality": BORDER_TOWN,
                "identity": {
                    "given_names": "Arjan",
                    "sex": "MALE",
                    "estimated_from": 9,
                    "estimated_to": 12,
                    "age_basis": "dukja dhe fjala e tij",
                },
                "languages": ["sq"],
            },
        )
    )
    assert case["is_child"]
    return case


async def test_a_begging_child_at_a_border_town(world: World) -> None:
    signal_id = await signalled(world)
    police = await world.organisation("DEMO-POLICI-BERAT")
    async with world.api("demo.njl") as njl, world.api("demo.polici") as officer:
        case = await registered(njl, signal_id)
        path = f"/cases/{case['id']}"

        # What was done to the child, without asking for means
        checked(
            await njl.post(
                f"{path}/exploitations",
                json={
                    "forms": ["BEG_BY_CHILD"],
                    "acts": ["TRANSPORTATION", "HARBOURING"],
                    "scope": "TRANSNATIONAL_OUT",
                    "countries": ["AL", "GR"],
                    "place": BORDER_TOWN,
                    "from_year": 2025,
                    "ongoing": True,
                    "recruiter_relationships": ["OTHER_RELATIVE"],
                    "control_methods": ["TAKES_EARNINGS"],
                    "narrative": "Thotë se «xhaxhai» ia merr paratë çdo mbrëmje.",
                },
            )
        )

        # Identification by one officer alone, at the border
        started = checked(
            await njl.post(
                f"{path}/identifications",
                json={
                    "started_at": "2026-03-02T10:45:00+01:00",
                    "place": BORDER_TOWN,
                    "border_circumstances": ["BCP", "ACCOMPANIED"],
                    "circumstances": "Burri u largua kur pa njësinë.",
                },
            )
        )
        here = f"/identifications/{started['id']}"
        due = {task["event"] for task in await tasks_of(world, case)}
        assert {"CHILD_PROTECTION_NOTIFIED", "INITIAL_ID_DECIDED"} <= due
        made = checked(await njl.put(f"{here}/observations", json=answers(SEEN_BY_THE_UNIT, AI31="Dy orë.")))
        threshold = await aid(njl, here, "al-vmt-threshold")
        assert (threshold["count"], threshold["missing"][0]["more"]) == (2, 1)
        legal = await aid(njl, here, "legal-elements")
        assert (legal["result"], legal["elements"]["means"]) == ("ELEMENTS_PRESENT", "not_required")

        # The police see nothing until they are asked to join
        for address in (path, here, f"{path}/exploitations"):
            assert (await officer.get(address)).status_code == 404
        checked(await njl.post(f"{here}/officers", json={"org_id": str(police), "role": "border_police"}))
        seen = checked(await officer.get(here))
        assert seen["circumstances"] == "Burri u largua kur pa njësinë."
        assert (await officer.get(f"{path}/person")).status_code == 403
        checked(await officer.put(f"{here}/observations", json=answers(SEEN_BY_THE_POLICE)))
        stale = await njl.post(
            f"{here}/decision",
            json={
                "result": "VMT",
                "decided_at": "2026-03-02T12:00:00+01:00",
                "decision_reason": "Lyp për dikë tjetër dhe nuk është me prindërit.",
            },
            headers={"If-Match": f'"{made["version"]}"'},
        )
        assert stale.status_code == 412

        # The officer of the unit decides, having looked again
        now = checked(await njl.get(here))
        threshold = await aid(njl, here, "al-vmt-threshold")
        assert (threshold["count"], threshold["suggested_status"]) == (4, "VMT")
        checked(
            await njl.post(
                f"{here}/decision",
                json={
                    "result": "VMT",
                    "decided_at": "2026-03-02T12:00:00+01:00",
                    "decision_reason": "Lyp për dikë tjetër dhe nuk është me prindërit.",
                },
                headers={"If-Match": f'"{now["version"]}"'},
            )
        )
        assert checked(await njl.get(path))["status"] == "VMT"
        assert len(checked(await njl.get(f"{here}/observations"))["items"]) == 5
        for address in (path, here):
            assert (await officer.get(address)).status_code == 404

    await follows(world, case, started["id"])


async def tasks_of(world: World, case: dict[str, Any]) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        found = await connection.execute(text("select * from casework.task where case_id = :id"), {"id": case["id"]})
        return [dict(row) for row in found.mappings()]


async def aid(api: httpx.AsyncClient, here: str, rule: str) -> dict[str, Any]:
    found = {one["rule_id"]: one for one in checked(await api.get(f"{here}/aids"))}
    chosen: dict[str, Any] = found[rule]
    return chosen


async def follows(world: World, case: dict[str, Any], identification_id: str) -> None:
    """The deadline is met, what comes next is due, figures can count the child, and the log says who saw it."""
    states = {task["event"]: task["state"] for task in await tasks_of(world, case)}
    assert states["INITIAL_ID_DECIDED"] == "met"
    assert states["REFERRAL_SENT"] == states["RA_NOTIFIED"] == states["CHILD_PROTECTION_NOTIFIED"] == "open"
    async with world.superuser() as connection:
        decided = await connection.execute(
            text("select facts from casework.case_event where case_id = :id and kind = 'INITIAL_ID_DECIDED'"),
            {"id": case["id"]},
        )
        facts = decided.scalar_one()
        assert (facts["result"], facts["age"], facts["threshold_met"]) == ("VMT", "child", True)
        shown = await connection.execute(
            text("select main_form, forms from casework.case_file where id = :id"), {"id": case["id"]}
        )
        assert tuple(shown.one()) == ("BEG_BY_CHILD", ["BEG_BY_CHILD"])
    police = str(await world.organisation("DEMO-POLICI-BERAT"))
    log = [e for e in await world.audit_entries("identification.read") if str(e["subject_id"]) == identification_id]
    assert [e["outcome"] for e in log if str(e["org_id"]) == police].count("done") == 1
    assert all(case["id"] in str(e["case_ids"]) for e in log if e["outcome"] == "done")
    async with world.api("demo.ap") as authority:
        assert checked(await authority.get(f"/cases/{case['id']}"))["status"] == "VMT"
        assert (await authority.get(f"/identifications/{identification_id}")).status_code == 403
