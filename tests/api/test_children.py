"""What a child is owed: age, who is with the child, guardian, best interest before each move, worker, visits."""

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
    etag_of,
    person_of,
    record_exploitation,
    register_case,
    share_with_shelter,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGE: dict[str, Any] = {
    "assessed_at": "2026-03-04T10:00:00+01:00",
    "basis": "PSYCHOSOCIAL_INTERVIEW",
    "result": "in_doubt",
    "years_from": 16,
    "years_to": 19,
    "benefit_of_doubt": True,
}
GUARDIAN: dict[str, Any] = {
    "appointed_at": "2026-03-06T12:00:00+01:00",
    "name": "Luan Kujdestari",
    "relation": "APPOINTED_GUARDIAN",
    "decision_body": "COURT",
    "decision_number": "112/2026",
    "contact": "+355 69 111 1111",
    "contact_safe": "yes",
}
BEST: dict[str, Any] = {
    "assessed_at": "2026-03-03T09:00:00+01:00",
    "move": "placement",
    "options": ["SHELTER_NGO", "FOSTER_FAMILY"],
    "child_heard": "yes",
    "child_view": "Dua të rri me motrën.",
    "conclusion": "SHELTER_NGO",
    "reasoning": "Motra është atje.",
    "participants": ["CHILD_PROTECTION_UNIT"],
}


async def rows(world: World, statement: str, **given: Any) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        return [dict(row) for row in (await connection.execute(text(statement), given)).mappings()]


async def a_child(world: World) -> dict[str, Any]:
    return await register_case(world, identity=CHILD)


async def refused(world: World, path: str, body: dict[str, Any], login: str = "demo.njl") -> tuple[int, str, Any]:
    async with world.api(login) as api:
        answer = await api.post(path, json=body)
    return answer.status_code, answer.json()["code"], answer.json().get("field")


# -- age --------------------------------------------------------------------------------------------------------------


async def test_a_doubt_is_a_child_and_a_later_assessment_leaves_the_earlier(world: World) -> None:
    case = await register_case(world, identity={**PERSON, "birth_year": 2006, "birth_month": None})
    path = f"/cases/{case['id']}/child"
    async with world.api("demo.njl") as api:
        assert checked(await api.get(path))["child"] is False
        first = checked(await api.post(f"{path}/age-assessments", json=AGE))
        assert first["treated_as_child"] is True
        page = checked(await api.get(path))
        assert (page["child"], page["in_doubt"]) == (True, True)
        weak = {**AGE, "result": "adult", "basis": "APPEARANCE", "years_from": 20, "years_to": 25}
        weak |= {"benefit_of_doubt": False, "assessed_at": "2026-03-05T10:00:00+01:00"}
        assert checked(await api.post(f"{path}/age-assessments", json=weak))["treated_as_child"] is True
        assert checked(await api.get(path))["child"] is True, "looks end nothing"
        firm = {**weak, "basis": "CIVIL_REGISTRY", "assessed_at": "2026-03-10T10:00:00+01:00"}
        assert checked(await api.post(f"{path}/age-assessments", json=firm))["treated_as_child"] is False
        page = checked(await api.get(path))
        assert (page["child"], page["in_doubt"], len(page["ages"])) == (False, False, 3)
        # a child at one event, an adult at the next
        there = {"observed_at": "2026-03-06T10:00:00+01:00", "status": "SEPARATED_CHILD", "note": "Me dajën."}
        checked(await api.post(f"{path}/separations", json=there))
        late = {**there, "observed_at": "2026-03-12T10:00:00+01:00"}
        answer = await api.post(f"{path}/separations", json=late)
        assert (answer.status_code, answer.json()["code"]) == (409, "child.adult.separation")
    assert (
        len(
            await rows(
                world,
                "select * from vault.person_version v join casework.case_file c on c.person_id ="
                " v.person_id where c.id = :id",
                id=case["id"],
            )
        )
        >= 2
    )
    entries = await world.audit_entries("person.correct")
    assert any(e["case_ids"] == [_uuid(case)] and e["detail"]["reason"] == "age_assessed" for e in entries)  # type: ignore[index]


def _uuid(case: dict[str, Any]) -> UUID:
    return UUID(case["id"])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"result": "adult", "years_from": None, "years_to": None}, "age_assessment.years_missing", "years_from"),
        ({"result": "adult", "years_from": 19, "years_to": 21}, "age_assessment.adult_with_doubt", "result"),
        ({"result": "child", "years_from": 19}, "age_assessment.child_of_adult_years", "result"),
        ({"years_from": 19, "years_to": 12}, "age.range_reversed", "years_to"),
        ({"basis": "MEDICAL_EXAMINATION", "agreed": "refused"}, "age_assessment.medical_without_consent", "agreed"),
        ({"basis": "NOTHING"}, "field.unknown_code", "basis"),
        ({"assessed_at": "2999-01-01T10:00:00Z"}, "field.in_future", "assessed_at"),
    ],
)
async def test_an_age_that_cannot_be_is_refused(world: World, changes: dict[str, Any], code: str, field: str) -> None:
    case = await a_child(world)
    got = await refused(world, f"/cases/{case['id']}/child/age-assessments", {**AGE, **changes})
    assert got == (422, code, field)


# -- guardian ---------------------------------------------------------------------------------------------------------


async def test_a_guardian_is_appointed_sealed_and_ended(world: World) -> None:
    case = await a_child(world)
    path = f"/cases/{case['id']}/child"
    async with world.api("demo.njl") as api:
        given = {**GUARDIAN, "id": str(uuid7())}
        made = checked(await api.post(f"{path}/guardians", json=given))
        assert checked(await api.post(f"{path}/guardians", json=given))["id"] == made["id"], "sent twice is one"
        assert checked(await api.get(path))["guardians"][0]["name"] == "Luan Kujdestari"
        again = await api.post(f"{path}/guardians", json=GUARDIAN)
        assert (again.status_code, again.json()["code"]) == (409, "guardian.stands_already")
        end = {"ended_at": "2026-04-01T09:00:00+02:00", "reason": "CONFLICT_OF_INTEREST"}
        assert (await api.post(f"{path}/guardians/{made['id']}/end", json=end)).status_code == 428
        ended = checked(await api.post(f"{path}/guardians/{made['id']}/end", json=end, headers=etag_of(made)))
        assert ended["end_reason"] == "CONFLICT_OF_INTEREST"
        late = await api.post(f"{path}/guardians/{made['id']}/end", json=end, headers={"If-Match": '"2"'})
        assert late.json()["code"] == "guardian.ended"
    kept = await rows(world, "select * from casework.guardian_identity where case_id = :id", id=case["id"])
    assert b"Luan" not in bytes(kept[0]["name"])
    events = {
        r["kind"] for r in await rows(world, "select kind from casework.case_event where case_id = :id", id=case["id"])
    }
    assert {"GUARDIAN_APPOINTED", "guardian_ended"} <= events


async def test_the_name_of_a_guardian_is_for_who_sees_the_identity(world: World) -> None:
    case = await a_child(world)
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/child/guardians", json=GUARDIAN))
    await share_with_shelter(world, case["id"], classes="milestones,casework")
    async with world.api("demo.agimi") as api:
        found = checked(await api.get(f"/cases/{case['id']}/child"))["guardians"][0]
        assert (found["name"], found["contact"], found["relation"]) == (None, None, "APPOINTED_GUARDIAN")
        answer = await api.post(f"/cases/{case['id']}/child/guardians", json=GUARDIAN)
        assert (answer.status_code, answer.json()["code"]) == (403, "case.class_locked")


async def test_who_may_be_the_exploiter_is_refused_as_a_guardian(world: World) -> None:
    case = await a_child(world)
    path = f"/cases/{case['id']}/child/guardians"
    assert await refused(world, path, {**GUARDIAN, "suspected": True}) == (422, "guardian.suspected", "suspected")
    await record_exploitation(world, case, recruiter_relationships=["PARENT", "OTHER_RELATIVE"])
    parent = {**GUARDIAN, "relation": "PARENT", "other_person": "Nëna, jo babai."}
    assert await refused(world, path, parent) == (422, "guardian.parent_recruited", "relation")
    aunt = {**GUARDIAN, "relation": "OTHER_RELATIVE"}
    assert await refused(world, path, aunt) == (422, "guardian.relation_recruited", "other_person")
    risk = {"assessed_at": "2026-03-03T10:00:00+01:00", "purpose": "PERIODIC", "level": "NOT_RATED",
            "domains": ["FAMILY_INVOLVED"]}  # fmt: skip
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/risk-assessments", json=risk))
    excused = {**aunt, "other_person": "Tezja; dyshohet daja."}
    assert await refused(world, path, excused) == (422, "guardian.family_involved", "relation")


async def test_what_is_for_children_is_refused_for_an_adult_naming_why(world: World) -> None:
    case = await register_case(world)
    here = f"/cases/{case['id']}/child"
    njmf = str(await world.organisation("DEMO-NJMF-BERAT"))
    agency = str(await world.organisation("DEMO-FEMIJET"))
    for path, body, code in (
        ("guardians", GUARDIAN, "guardian"),
        ("best-interest", BEST, "best_interest"),
        ("separations", {"observed_at": "2026-03-02T12:00:00Z", "status": "SEPARATED_CHILD"}, "separation"),
        ("workers", {"worker_org_id": njmf, "since": "2026-03-02T12:00:00Z"}, "worker"),
        ("monitors", {"agency_org_id": agency}, "visit"),
    ):
        assert (await refused(world, f"{here}/{path}", body))[:2] == (409, f"child.adult.{code}")


async def test_an_unaccompanied_minor_is_a_foreign_one(world: World) -> None:
    case = await a_child(world)
    body = {"observed_at": "2026-03-02T12:00:00Z", "status": "UNACCOMPANIED_MINOR"}
    got = await refused(world, f"/cases/{case['id']}/child/separations", body)
    assert got == (422, "separation.not_foreign", "status")
    abroad = await register_case(world, identity={**CHILD, "citizenships": ["SY"]})
    async with world.api("demo.njl") as api:
        made = checked(await api.post(f"/cases/{abroad['id']}/child/separations", json=body))
        fixed = {**body, "status": "SEPARATED_CHILD", "corrects": made["id"]}
        checked(await api.post(f"/cases/{abroad['id']}/child/separations", json=fixed))
        again = await api.post(f"/cases/{abroad['id']}/child/separations", json=fixed)
        assert again.json()["code"] == "child.corrected_already"
        listed = checked(await api.get(f"/cases/{abroad['id']}/child"))["separations"]
    assert {one["status"]: one["superseded"] for one in listed} == {
        "SEPARATED_CHILD": False,
        "UNACCOMPANIED_MINOR": True,
    }


# -- best interest and moves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"participants": ["MENTAL_HEALTH"]}, "best_interest.worker_missing", "participants"),
        ({"child_view": None}, "best_interest.view_missing", "child_view"),
        ({"assessed_at": "2025-03-03T09:00:00Z"}, "child.before_case", "assessed_at"),
    ],
)
async def test_a_best_interest_assessment_without_its_parts_is_refused(
    world: World, changes: dict[str, Any], code: str, field: str
) -> None:
    case = await a_child(world)
    got = await refused(world, f"/cases/{case['id']}/child/best-interest", {**BEST, **changes})
    assert got == (422, code, field)


async def test_a_move_that_cannot_wait_says_why_and_leaves_a_task(world: World) -> None:
    case = await a_child(world)
    worker, unit = await person_of(world, "demo.njmf")
    async with world.api("demo.njl") as api:
        given = {"worker_org_id": unit, "worker_account_id": worker, "since": "2026-03-02T12:00:00+01:00"}
        checked(await api.post(f"/cases/{case['id']}/child/workers", json=given))
    await share_with_shelter(world, case["id"])
    bed = await add_bed(world, f"F-{uuid7().hex[-6:]}")
    async with world.api("demo.agimi") as api:
        start = (date.today() + timedelta(days=1)).isoformat()
        held = checked(await api.post("/placements", json={"case_id": case["id"], "bed_id": bed, "starts_on": start}))
        path = f"/placements/{held['id']}"
        silent = await api.post(f"{path}/steps", json={"act": "admit"}, headers=etag_of(held))
        assert (silent.status_code, silent.json()["field"]) == (422, "best_interest_reason")
        said = {"act": "admit", "best_interest_reason": "Nata, rruga, asnjë vend tjetër."}
        stay = checked(await api.post(f"{path}/steps", json=said, headers=etag_of(held)))
        assert stay["state"] == "admitted"
    tasks = await rows(world, "select * from casework.task where case_id = :id and event = 'BEST_INTEREST_ASSESSED'",
                       id=case["id"])  # fmt: skip
    assert [(str(t["org_id"]), t["state"], t["to_confirm"]) for t in tasks] == [(unit, "open", True)]
    now = (await rows(world, "select now() - interval '1 second' as at"))[0]["at"].isoformat()
    async with world.api("demo.njmf") as api:
        page = checked(await api.get(f"/cases/{case['id']}/child"))
        assert page["moves"][0]["reason_not_yet"] == said["best_interest_reason"]
        assert "best_interest" in page["missing"]
    async with world.superuser() as connection:
        # the admission lies a minute back, so that the assessment is made after it
        await connection.execute(text("update casework.case_event set occurred_at = occurred_at - interval '1 minute'"
                                      " where case_id = :id and kind in ('ADMITTED', 'CHILD_MOVED_UNASSESSED')"),
                                 {"id": case["id"]})  # fmt: skip
    async with world.api("demo.njmf") as api:
        best = {**BEST, "assessed_at": now, "move": "to_family", "conclusion": "FOSTER_FAMILY"}
        checked(await api.post(f"/cases/{case['id']}/child/best-interest", json=best))
        assert checked(await api.get(f"/cases/{case['id']}/child"))["best_interest_covers_next_move"] is True
    async with world.api("demo.agimi") as api:
        gone = {"reason": "planned_move", "accommodation_after": "FOSTER_FAMILY"}
        checked(await api.post(f"{path}/discharge", json=gone, headers=etag_of(stay)))
    async with world.api("demo.njmf") as api:
        page = checked(await api.get(f"/cases/{case['id']}/child"))
        assert [move["best_interest_id"] is None for move in page["moves"]] == [False, True]
        assert page["best_interest_covers_next_move"] is False, "each move uses its assessment up"
    kept = await rows(world, "select reason_not_yet from casework.child_move where case_id = :id"
                      " and reason_not_yet is not null",
                      id=case["id"])  # fmt: skip
    assert all(b"Nata" not in bytes(row["reason_not_yet"]) for row in kept)


# -- worker and agency ------------------------------------------------------------------------------------------------


async def test_the_worker_sees_the_case_as_long_as_the_assignment_lasts(world: World) -> None:
    case = await a_child(world)
    path = f"/cases/{case['id']}/child"
    worker, unit = await person_of(world, "demo.njmf")
    async with world.api("demo.njmf") as api:
        assert (await api.get(path)).status_code == 404
    async with world.api("demo.njl") as api:
        given = {"worker_org_id": unit, "worker_account_id": worker, "since": "2026-03-02T12:00:00+01:00"}
        wrong = {**given, "worker_org_id": str(await world.organisation("DEMO-AGIMI"))}
        answer = await api.post(f"{path}/workers", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "child_worker.wrong_kind")
        stranger = {**given, "worker_account_id": (await person_of(world, "demo.polici"))[0]}
        answer = await api.post(f"{path}/workers", json=stranger)
        assert (answer.status_code, answer.json()["code"]) == (422, "child_worker.person_elsewhere")
        made = checked(await api.post(f"{path}/workers", json=given))
        assert (await api.post(f"{path}/workers", json=given)).json()["code"] == "child_worker.already"
    async with world.api("demo.njmf") as api:
        page = checked(await api.get(path))
        assert "worker" not in page["missing"]
        assert (await api.get(f"/cases/{case['id']}/person")).status_code == 200
    notified = await rows(world, "select * from casework.case_event where case_id = :id and kind ="
                          " 'CHILD_PROTECTION_NOTIFIED'", id=case["id"])  # fmt: skip
    assert len(notified) == 1
    async with world.api("demo.njl") as api:
        answer = await api.post(f"{path}/workers/{made['id']}/end", json={"reason": "other"}, headers=etag_of(made))
        assert answer.status_code == 204
    async with world.api("demo.njmf") as api:
        assert (await api.get(path)).status_code == 404


async def test_the_agency_sees_milestones_and_its_own_visits_only(world: World) -> None:
    case = await a_child(world)
    visit = {
        "visited_at": "2026-04-10T11:00:00+02:00",
        "child_seen": "alone",
        "findings": ["SAFE_AND_CARED", "NO_SCHOOL"],
        "next_visit_on": "2999-07-10",
        "note": "Dhoma është e pastër.",
    }
    agency = str(await world.organisation("DEMO-FEMIJET"))
    here = f"/cases/{case['id']}"
    assert (await refused(world, f"{here}/monitoring-visits", visit))[:2] == (403, "child_monitor.not_your_task")
    async with world.api("demo.femijet") as api:
        assert (await api.get(f"{here}/monitoring-visits")).status_code == 404
    async with world.api("demo.njl") as api:
        wrong = await api.post(
            f"{here}/child/monitors", json={"agency_org_id": str(await world.organisation("DEMO-AGIMI"))}
        )
        assert wrong.json()["code"] == "child_monitor.wrong_kind"
        assert (await api.post(f"{here}/child/monitors", json={"agency_org_id": agency})).status_code == 204
        twice = await api.post(f"{here}/child/monitors", json={"agency_org_id": agency})
        assert twice.json()["code"] == "child_monitor.already"
    async with world.api("demo.femijet") as api:
        made = checked(await api.post(f"{here}/monitoring-visits", json=visit))
        assert checked(await api.get(f"{here}/monitoring-visits"))["items"][0]["note"] == visit["note"]
        for closed in ("/child", "/risk-assessments", "/person", "/consents"):
            assert (await api.get(f"{here}{closed}")).status_code == 403, closed
        assert checked(await api.get(f"{here}/notes"))["items"] == []
        bad = {**visit, "next_visit_on": "2026-04-11"}
        assert (await api.post(f"{here}/monitoring-visits", json=bad)).json()["code"] == "child_monitor.next_in_past"
    async with world.api("demo.njl") as api:
        assert [v["id"] for v in checked(await api.get(f"{here}/child"))["visits"]] == [made["id"]]
    tasks = await rows(
        world, "select * from casework.task where case_id = :id and event = 'CHILD_MONITORED'", id=case["id"]
    )
    assert [(str(t["org_id"]), t["state"]) for t in tasks] == [(agency, "open")]


async def test_every_look_and_act_is_written_down(world: World) -> None:
    case = await a_child(world)
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/child/guardians", json=GUARDIAN))
        checked(await api.get(f"/cases/{case['id']}/child"))
    recorded = [e for e in await world.audit_entries("child.record") if _uuid(case) in e["case_ids"]]  # type: ignore[operator]
    assert recorded[0]["subject_kind"] == "guardian"
    assert "identity" in recorded[0]["data_classes"]  # type: ignore[operator]
    read = [e for e in await world.audit_entries("child.read") if _uuid(case) in e["case_ids"]]  # type: ignore[operator]
    assert "identity" in read[0]["data_classes"]  # type: ignore[operator]
