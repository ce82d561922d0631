"""One story of everything, so that every page has something to show."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.services.escalations import escalate
from app.services.unit_of_work import System, unit_of_work
from tests.formal_stories import act, proposed
from tests.formal_stories import decided as formally_decided
from tests.stories import (
    CHILD,
    PERSON,
    add_bed,
    answer_indicators,
    checked,
    decide_identification,
    draft_referral,
    etag_of,
    give_consent,
    hand_over,
    person_of,
    record_exploitation,
    record_milestone,
    referred_case,
    register_case,
    send_referral,
    start_identification,
)
from tests.world import World

GUARDIAN = {
    "appointed_at": "2026-03-06T12:00:00+01:00",
    "name": "Luan Kujdestari",
    "relation": "APPOINTED_GUARDIAN",
    "decision_body": "COURT",
    "decision_number": "112/2026",
}
BEST_INTEREST = {
    "assessed_at": "2026-03-03T09:00:00+01:00",
    "move": "placement",
    "options": ["SHELTER_NGO", "FOSTER_FAMILY"],
    "child_heard": "yes",
    "child_view": "Dua të rri me motrën.",
    "conclusion": "SHELTER_NGO",
    "reasoning": "Motra është atje.",
    "participants": ["CHILD_PROTECTION_UNIT"],
}
RISK = {
    "assessed_at": "2026-03-03T10:00:00+01:00",
    "purpose": "PERIODIC",
    "level": "NOT_RATED",
    "domains": ["TRAFFICKER_ACCESS"],
    "measures": "Numri i telefonit u ndryshua.",
}
VISIT = {
    "visited_at": "2026-04-10T11:00:00+02:00",
    "child_seen": "alone",
    "findings": ["SAFE_AND_CARED", "NO_SCHOOL"],
}
SIGNAL = {
    "channel": "HELPLINE_116006",
    "received_at": "2026-03-01T18:20:00+01:00",
    "urgency": "URGENT",
    "place": "AL-01-01",
    "child_suspected": True,
    "summary": "Një fëmijë lyp te stacioni i autobusit, e ruan një burrë.",
}

REFLECTION = {
    "started_at": "2026-03-05T10:00:00+01:00",
    "basis": "offered",
    "explained_at": "2026-03-05T09:30:00+01:00",
    "explained_language": "sq",
}


async def everything(world: World) -> dict[str, str]:
    """Make the stories through the JSON interface; returns the ids that addresses of pages need."""
    async with world.api("demo.njl") as api:
        signal = checked(await api.post("/signals", json=SIGNAL))
    boy = await register_case(world, identity=CHILD, signal_id=signal["id"])
    situation = await record_exploitation(world, boy)
    identification = await start_identification(world, boy, sets=["al-sop-initial", "unodc-begging"])
    identification = await answer_indicators(world, identification, "AI02", "AI22", "AI23")
    guardian, worker = await _protected(world, boy)
    decided = await start_identification(world, await register_case(world))
    decided = await answer_indicators(world, decided, "AI02", "AI22", "AI23", "AI32")
    await decide_identification(world, decided)

    step = await record_milestone(world, boy, "POLICE_NOTIFIED")
    async with world.api("demo.njl") as api:
        period = checked(await api.post(f"/cases/{boy['id']}/reflection", json=REFLECTION))

    woman, accepted = await referred_case(world, identity={**PERSON, "given_names": "Arta"})
    bed, _free = await add_bed(world, "1A"), await add_bed(world, "1B")
    today = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()
    async with world.api("demo.agimi") as api:
        held = checked(await api.post("/placements", json={"case_id": woman["id"], "bed_id": bed, "starts_on": today}))
        checked(await api.post(f"/placements/{held['id']}/steps", json={"act": "admit"}, headers=etag_of(held)))
        service = {"case_ids": [woman["id"]], "service_type": "FOOD", "delivered_on": today, "note": "Darkë"}
        checked(await api.post("/services", json=service))

    waiting_case = await register_case(world, identity={**PERSON, "given_names": "Drita", "family_names": "Shehu"})
    consent = await give_consent(world, waiting_case)
    waiting = await send_referral(world, waiting_case)
    draft = await draft_referral(world, await _with_consent(world), "DEMO-URA")
    async with world.superuser() as connection:
        # one answer is late, so that the board and the queue have something to say
        await connection.execute(
            text("update casework.task set due_at = now() - interval '2 days' where subject_id = :id"),
            {"id": waiting["id"]},
        )
        entry = await connection.execute(text("select id from audit.entry where action = 'case.register' limit 1"))
        entry_id = str(entry.scalar_one())
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        await escalate(unit)
    async with world.api("demo.ap") as api:
        overdue = checked(await api.get("/board/escalations"))["items"][0]
    formal_case, procedure = await proposed(world, identity={**PERSON, "given_names": "Lule"})
    _, decided_procedure = await formally_decided(world, identity={**PERSON, "given_names": "Mimoza"})
    await act(world, decided_procedure, "letters", letter_language="sq")
    legal_case, proceeding_id = await _prosecuted(world)
    account_id, org_id = await person_of(world, "demo.menaxhere")
    async with world.api("demo.admin") as api:
        sends = {"name": "Raporto dhe Shpëto", "org_id": org_id, "channel": "APP_RAPORTO"}
        client = checked(await api.post("/intake/clients", json=sends))
        public = {"public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}
        checked(await api.post(f"/intake/clients/{client['id']}/keys", json=public))
    return {
        "signal_id": signal["id"],
        "client_id": client["id"],
        "jurisdiction": "xk",
        "case_id": boy["id"],
        "sheltered_case": woman["id"],
        "event_id": step["id"],
        "escalation_id": overdue["id"],
        "legal_case": legal_case,
        "proceeding_id": proceeding_id,
        "reflection_id": period["id"],
        "exploitation_id": situation["id"],
        "identification_id": identification["id"],
        "placement_id": held["id"],
        "bed_id": bed,
        "consent_id": consent["id"],
        "consent_case": waiting_case["id"],
        "referral_id": waiting["id"],
        "accepted_referral": accepted["id"],
        "draft_referral": draft["id"],
        "account_id": account_id,
        "org_id": org_id,
        "entry_id": entry_id,
        "table_id": "T2",
        "guardian_id": guardian["id"],
        "worker_id": worker["id"],
        "code": "F2",
        "formal_case": formal_case["id"],
        "procedure_id": procedure,
        "decided_procedure": decided_procedure,
    }


async def _protected(world: World, child: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Give a child everything its page can show; returns (guardian, assignment of the worker)."""
    here = f"/cases/{child['id']}"
    worker, njmf = await person_of(world, "demo.njmf")
    agency = str(await world.organisation("DEMO-FEMIJET"))
    async with world.api("demo.njl") as api:
        guardian = checked(await api.post(f"{here}/child/guardians", json=GUARDIAN))
        there = {"observed_at": "2026-03-02T12:00:00+01:00", "status": "SEPARATED_CHILD", "note": "Me dajën."}
        checked(await api.post(f"{here}/child/separations", json=there))
        checked(await api.post(f"{here}/child/best-interest", json=BEST_INTEREST))
        given = {"worker_org_id": njmf, "worker_account_id": worker, "since": "2026-03-02T12:00:00+01:00"}
        assigned = checked(await api.post(f"{here}/child/workers", json=given))
        age = {"assessed_at": "2026-03-04T10:00:00+01:00", "basis": "APPEARANCE", "result": "child", "years_from": 11}
        checked(await api.post(f"{here}/child/age-assessments", json=age))
        await api.post(f"{here}/child/monitors", json={"agency_org_id": agency})
        checked(await api.post(f"{here}/risk-assessments", json={**RISK, "immediate_danger": True}))
    async with world.api("demo.femijet") as api:
        checked(await api.post(f"{here}/monitoring-visits", json=VISIT))
    return guardian, assigned


async def _prosecuted(world: World) -> tuple[str, str]:
    """Return a case of an identified woman against whom proceedings were begun before, and those proceedings."""
    case = await register_case(world)
    begun = await answer_indicators(world, await start_identification(world, case), "AI02", "AI22", "AI23", "AI32")
    await decide_identification(world, begun)
    async with world.api("demo.njl") as api:
        await hand_over(world, checked(await api.get(f"/cases/{case['id']}")))
    given = {
        "kind": "VICTIM_PROSECUTION_STARTED",
        "begun_on": "2026-02-10",
        "phase": "INVESTIGATION",
        "offence": "THEFT",
        "body_org_id": str(await world.organisation("DEMO-POLICI-BERAT")),
    }
    async with world.api("demo.menaxhere") as api:
        return case["id"], checked(await api.post(f"/cases/{case['id']}/proceedings", json=given))["id"]


async def _with_consent(world: World) -> dict[str, str]:
    case = await register_case(world)
    await give_consent(world, case, "DEMO-URA")
    return case
