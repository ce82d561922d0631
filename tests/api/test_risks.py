"""Risk: rated together in Kosovo, described without a level in Albania, danger at once, and what rules propose then."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import (
    CHILD,
    PERSON,
    add_bed,
    checked,
    draft_referral,
    etag_of,
    person_of,
    register_case,
    share_with_shelter,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

RISK: dict[str, Any] = {
    "assessed_at": "2026-03-03T10:00:00+01:00",
    "purpose": "PERIODIC",
    "level": "NOT_RATED",
    "domains": ["TRAFFICKER_ACCESS"],
    "measures": "Numri i telefonit u ndryshua.",
    "person_view": "Kam frikë natën.",
    "next_review_on": "2999-06-02",
}
HERE: dict[str, Any] = {"municipality": None, "languages": ["sq"]}


async def rows(world: World, statement: str, **given: Any) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        return [dict(row) for row in (await connection.execute(text(statement), given)).mappings()]


async def in_kosovo(world: World, **identity: Any) -> dict[str, Any]:
    return await register_case(world, "demo.xk.qps", identity={**PERSON, "citizenships": ["XK"], **identity}, **HERE)


async def named(world: World, *logins: str) -> list[dict[str, str]]:
    found = []
    for login in logins:
        account_id, org_id = await person_of(world, login)
        found.append({"org_id": org_id, "account_id": account_id})
    return found


async def rate(world: World, case: dict[str, Any], level: str, *others: str, **changes: Any) -> dict[str, Any]:
    body = {**RISK, "level": level, "assessors": await named(world, *others), **changes}
    async with world.api("demo.xk.qps") as api:
        made: dict[str, Any] = checked(await api.post(f"/cases/{case['id']}/risk-assessments", json=body))
        return made


async def word(world: World, case: dict[str, Any], risk: dict[str, Any], login: str) -> dict[str, Any]:
    async with world.api(login) as api:
        path = f"/cases/{case['id']}/risk-assessments/{risk['id']}/confirm"
        made: dict[str, Any] = checked(await api.post(path, json={}))
        return made


async def rated(world: World, level: str, **identity: Any) -> dict[str, Any]:
    case = await in_kosovo(world, **identity)
    made = await rate(world, case, level, "demo.xk.hetues", "demo.xk.avokate")
    for login in ("demo.xk.hetues", "demo.xk.avokate"):
        made = await word(world, case, made, login)
    assert made["state"] == "confirmed"
    return case


async def test_without_a_scale_a_risk_is_described_and_counts_at_once(world: World) -> None:
    case = await register_case(world)
    path = f"/cases/{case['id']}/risk-assessments"
    async with world.api("demo.njl") as api:
        given = {**RISK, "id": str(uuid7()), "immediate_danger": True}
        made = checked(await api.post(path, json=given))
        assert (made["state"], made["seats"], made["measures"]) == ("confirmed", [], RISK["measures"])
        assert checked(await api.post(path, json=given))["id"] == made["id"]
        found = checked(await api.get(path))
        assert (found["levels"], found["level"], found["immediate_danger"]) == (["NOT_RATED"], "NOT_RATED", True)
        assert found["items"][0]["person_view"] == RISK["person_view"]
        assert [one["confirmed_at"] is not None for one in found["items"][0]["assessors"]] == [True]
        checked(await api.post(path, json={**RISK, "assessed_at": "2026-03-04T10:00:00+01:00"}))
        assert checked(await api.get(path))["immediate_danger"] is False
    events = await rows(world, "select facts from casework.case_event where case_id = :id and kind = 'RISK_ASSESSED'"
                        " order by occurred_at", id=case["id"])  # fmt: skip
    assert [e["facts"]["danger"] for e in events] == [True, False]
    kept = await rows(world, "select measures from casework.risk_assessment where case_id = :id", id=case["id"])
    assert all(b"telefonit" not in bytes(row["measures"]) for row in kept)
    tasks = await rows(world, "select state from casework.task where case_id = :id and rule = 'risk.next_review'"
                       " order by state", id=case["id"])  # fmt: skip
    assert [t["state"] for t in tasks] == ["met", "open"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"level": "HIGH"}, "field.other_profile", "level"),
        ({"level": "IMMEDIATE_DANGER"}, "risk.level_not_here", "level"),
        ({"next_review_on": "2026-03-04"}, "risk.review_past", "next_review_on"),
        ({"domains": ["OTHER"], "measures": None}, "field.missing", "measures"),
        ({"assessed_at": "2025-01-01T10:00:00Z"}, "child.before_case", "assessed_at"),
    ],
)
async def test_a_risk_that_cannot_be_is_refused(world: World, changes: dict[str, Any], code: str, field: str) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/risk-assessments", json={**RISK, **changes})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)


async def test_a_level_holds_when_each_has_said_yes(world: World) -> None:
    case = await in_kosovo(world)
    path = f"/cases/{case['id']}/risk-assessments"
    async with world.api("demo.xk.qps") as api:
        alone = await api.post(path, json={**RISK, "level": "HIGH"})
        assert (alone.status_code, alone.json()["code"]) == (422, "risk.assessor_missing")
        assert alone.json()["missing"] == ["POLICE_ANTI_TRAFFICKING", "VICTIM_ADVOCACY_OFFICE"]
    async with world.api("demo.xk.hetues") as api:
        assert (await api.get(path)).status_code == 404
    made = await rate(world, case, "HIGH", "demo.xk.hetues", "demo.xk.avokate", immediate_danger=True)
    assert (made["state"], made["seats"]) == ("proposed", ["POLICE_ANTI_TRAFFICKING", "VICTIM_ADVOCACY_OFFICE"])
    async with world.api("demo.xk.qps") as api:
        found = checked(await api.get(path))
        assert (found["level"], found["immediate_danger"]) == (None, True), "a danger waits for nobody"
        again = await api.post(f"{path}/{made['id']}/confirm", json={})
        assert (again.status_code, again.json()["code"]) in ((403, "policy.role"), (409, "risk.spoken"))
    assert (await word(world, case, made, "demo.xk.hetues"))["state"] == "proposed"
    async with world.api("demo.xk.hetues") as api:
        twice = await api.post(f"{path}/{made['id']}/confirm", json={})
        assert (twice.status_code, twice.json()["code"]) == (409, "risk.spoken")
    assert (await word(world, case, made, "demo.xk.avokate"))["state"] == "confirmed"
    async with world.api("demo.xk.qps") as api:
        found = checked(await api.get(path))
        assert found["level"] == "HIGH"
        assert "XK-R01" in {one["rule_id"] for one in found["advice"] if one["to_confirm"]}
    tasks = await rows(world, "select state from casework.task where case_id = :id and event = 'risk_confirmed'",
                       id=case["id"])  # fmt: skip
    assert [t["state"] for t in tasks] == ["met", "met"]


async def test_for_a_child_a_social_worker_rates_too_and_one_no_ends_it(world: World) -> None:
    case = await in_kosovo(world, **{k: v for k, v in CHILD.items() if k != "citizenships"}, birth_year=None,
                           birth_month=None)  # fmt: skip
    made = await rate(world, case, "LOW", "demo.xk.hetues", "demo.xk.avokate")
    assert made["seats"] == ["POLICE_ANTI_TRAFFICKING", "VICTIM_ADVOCACY_OFFICE", "CENTRE_SOCIAL_WORK"]
    path = f"/cases/{case['id']}/risk-assessments/{made['id']}"
    async with world.api("demo.xk.hetues") as api:
        said = checked(await api.post(f"{path}/object", json={"reason": "Trafikanti u lirua dje."}))
        assert said["state"] == "disputed"
    async with world.api("demo.xk.avokate") as api:
        late = await api.post(f"{path}/confirm", json={})
        assert (late.status_code, late.json()["code"]) == (409, "risk.state.disputed")
    async with world.api("demo.xk.qps") as api:
        found = checked(await api.get(f"/cases/{case['id']}/risk-assessments"))
        assert found["level"] is None
        assert [o["objection"] for o in found["items"][0]["assessors"] if o["objection"]] == ["Trafikanti u lirua dje."]


async def test_the_database_lets_no_level_hold_before_all_have_said_yes(world: World) -> None:
    case = await in_kosovo(world)
    made = await rate(world, case, "LOW", "demo.xk.hetues", "demo.xk.avokate")
    async with world.acting("demo.xk.qps", "case.read") as unit:
        unit.quiet = True
        savepoint = await unit.connection.begin_nested()
        with pytest.raises(Exception, match="row-level security"):
            await unit.connection.execute(
                text("update casework.risk_assessment set state = 'confirmed' where id = :id"), {"id": UUID(made["id"])}
            )
        await savepoint.rollback()
        done = await unit.connection.execute(
            text("update casework.risk_assessor set confirmed_at = now() where risk_assessment_id = :id"
                 " and account_id <> iam.actor()"), {"id": UUID(made["id"])})  # fmt: skip
        assert done.rowcount == 0, "nobody speaks for somebody else"


async def test_a_high_risk_asks_for_the_state_shelter_and_another_way_needs_a_reason(world: World) -> None:
    case = await rated(world, "HIGH")
    body = {
        "needs": ["ACCOMMODATION"],
        "urgency": "URGENT",
        "receiver_org_id": str(await world.organisation("DEMO-PRANVERA", "XK")),
    }
    path = f"/cases/{case['id']}/referrals"
    async with world.api("demo.xk.qps") as api:
        silent = await api.post(path, json=body)
        assert (silent.status_code, silent.json()["code"], silent.json()["field"]) == (
            422,
            "routing.reason_missing",
            "deviation_reason",
        )
        assert "XK-R01" in silent.json()["detail"]
        state = {**body, "receiver_org_id": str(await world.organisation("DEMO-STREHA", "XK"))}
        checked(await api.post(path, json=state))
        checked(await api.post(path, json={**body, "needs": ["LEGAL"]}))
        made = checked(await api.post(path, json={**body, "deviation_reason": "Fëmijët e saj janë atje."}))
    kept = await rows(world, "select * from casework.routing_deviation where case_id = :id", id=case["id"])
    assert [(k["rules"], k["subject_kind"], str(k["subject_id"])) for k in kept] == [
        (["XK-R01"], "referral", made["id"])
    ]
    assert b"atje" not in bytes(kept[0]["reason"])
    events = await rows(world, "select facts from casework.case_event where case_id = :id"
                        " and kind = 'routing_deviated'", id=case["id"])  # fmt: skip
    assert [e["facts"] for e in events] == [{"rules": ["XK-R01"]}]


async def test_a_bed_in_a_shelter_the_rules_do_not_propose_needs_a_reason(world: World) -> None:
    case = await rated(world, "HIGH")
    await share_with_shelter(world, case["id"], "DEMO-PRANVERA")
    bed = await add_bed(world, f"P-{uuid7().hex[-6:]}", "demo.xk.pranvera")
    body = {"case_id": case["id"], "bed_id": bed, "starts_on": (date.today() + timedelta(days=2)).isoformat()}
    async with world.api("demo.xk.pranvera") as api:
        silent = await api.post("/placements", json=body)
        assert (silent.status_code, silent.json()["code"]) == (422, "routing.reason_missing")
        held = checked(await api.post("/placements", json={**body, "override_reason": "Strehimorja është plot."}))
        assert held["state"] == "reserved"


async def test_leaving_the_state_shelter_for_good_says_who_approved_or_why(world: World) -> None:
    case = await rated(world, "HIGH")
    await share_with_shelter(world, case["id"], "DEMO-STREHA")
    bed = await add_bed(world, f"S-{uuid7().hex[-6:]}", "demo.xk.streha")
    async with world.api("demo.xk.streha") as api:
        body = {"case_id": case["id"], "bed_id": bed, "starts_on": (date.today() + timedelta(days=1)).isoformat()}
        held = checked(await api.post("/placements", json=body))
        stay = checked(await api.post(f"/placements/{held['id']}/steps", json={"act": "admit"}, headers=etag_of(held)))
        path = f"/placements/{held['id']}/discharge"
        silent = await api.post(path, json={"reason": "own_choice"}, headers=etag_of(stay))
        assert (silent.json()["code"], silent.json()["field"]) == ("routing.reason_missing", "note")
        given = {"reason": "own_choice", "approvals": ["PROSECUTION", "POLICE_ANTI_TRAFFICKING"]}
        assert checked(await api.post(path, json=given, headers=etag_of(stay)))["state"] == "discharged"


async def test_a_foreign_person_in_albania_is_proposed_the_state_shelter(world: World) -> None:
    case = await register_case(world, identity={**PERSON, "citizenships": ["SY"]})
    async with world.api("demo.njl") as api:
        answer = await api.post(
            f"/cases/{case['id']}/referrals",
            json={
                "needs": ["ACCOMMODATION"],
                "urgency": "URGENT",
                "receiver_org_id": str(await world.organisation("DEMO-AGIMI")),
            },
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "routing.reason_missing")
    assert (await draft_referral(world, case, deviation_reason="Pranë spitalit."))["state"] == "drafted"


async def test_every_word_and_look_is_written_down(world: World) -> None:
    case = await rated(world, "LOW")
    async with world.api("demo.xk.qps") as api:
        checked(await api.get(f"/cases/{case['id']}/risk-assessments"))
    for action, count in (("risk.record", 1), ("risk.confirm", 2), ("risk.read", 1)):
        found = [e for e in await world.audit_entries(action) if UUID(case["id"]) in e["case_ids"]]  # type: ignore[operator]
        assert len(found) == count, action
