"""The decision on an initial identification: the officer's, with a reason; the status never falls silently."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import (
    CHILD,
    answer_indicators,
    checked,
    decide_identification,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

THREE = ("AI09", "AI12", "AI16")
DECISION = {
    "result": "VMT",
    "decided_at": "2026-03-02T13:00:00+01:00",
    "decision_reason": "U pa dhe u dëgjua në takim.",
}


async def case_of(world: World, case: dict[str, Any]) -> dict[str, Any]:
    async with world.api("demo.njl") as api:
        found: dict[str, Any] = checked(await api.get(f"/cases/{case['id']}"))
        return found


async def refused(world: World, made: dict[str, Any], **change: Any) -> dict[str, Any]:
    """Return the problem that a decision meets; fails where it is accepted."""
    async with world.api("demo.njl") as api:
        answer = await api.post(
            f"/identifications/{made['id']}/decision",
            json={**DECISION, **change},
            headers={"If-Match": f'"{made["version"]}"'},
        )
        assert answer.status_code >= 400, answer.text
        problem: dict[str, Any] = answer.json()
        return problem


async def decided_events(world: World, case: dict[str, Any]) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        found = await connection.execute(
            text("select * from casework.case_event where case_id = :id and kind = 'INITIAL_ID_DECIDED' order by id"),
            {"id": case["id"]},
        )
        return [dict(row) for row in found.mappings()]


async def test_the_status_follows_from_the_decision_and_the_aids_are_kept_beside_it(world: World) -> None:
    case = await register_case(world)
    made = await answer_indicators(world, await start_identification(world, case), *THREE)
    decided = await decide_identification(world, made)
    assert (decided["state"], decided["result"], decided["refused_by_person"]) == ("decided", "VMT", "no")
    assert (await case_of(world, case))["status"] == "VMT"
    [event] = await decided_events(world, case)
    assert event["facts"] == {
        "result": "VMT",
        "age": "adult",
        "refused": False,
        "reasoned": True,
        "threshold_met": True,
    }
    async with world.api("demo.njl") as api:
        read = checked(await api.get(f"/identifications/{made['id']}"))
    assert read["decision_reason"] == DECISION["decision_reason"]
    kept = {one["rule"]: one for one in read["aid_results"]}
    assert (kept["al-vmt-threshold"]["count"], kept["al-vmt-threshold"]["version"]) == (3, "0.1.0")
    assert kept["al-vmt-threshold"]["counted"] == [f"al-sop-initial/{code}" for code in THREE]


async def test_the_deadline_is_met_and_what_follows_is_due(world: World) -> None:
    case = await register_case(world)
    await decide_identification(world, await start_identification(world, case), "AT_RISK")
    async with world.superuser() as connection:
        found = await connection.execute(
            text("select event, state from casework.task where case_id = :id"), {"id": case["id"]}
        )
        tasks = {row.event: row.state for row in found}
    assert tasks["INITIAL_ID_DECIDED"] == "met"
    assert (tasks["REFERRAL_SENT"], tasks["RA_NOTIFIED"]) == ("open", "open")


async def test_below_the_threshold_the_officer_explains(world: World) -> None:
    case = await register_case(world)
    made = await answer_indicators(world, await start_identification(world, case), "AI09")
    problem = await refused(world, made)
    assert (problem["field"], problem["code"]) == ("override_reason", "identification.below_threshold")
    assert "1 of the 3" in problem["detail"]
    await decide_identification(world, made, override_reason="Frika dhe plagët janë të qarta.")
    assert (await case_of(world, case))["status"] == "VMT"
    [event] = await decided_events(world, case)
    assert event["facts"]["threshold_met"] is False
    async with world.api("demo.njl") as api:
        assert checked(await api.get(f"/identifications/{made['id']}"))["override_reason"].startswith("Frika")


@pytest.mark.parametrize("result", ["AT_RISK", "NO_INDICATION"])
async def test_every_other_result_is_possible_above_the_threshold(world: World, result: str) -> None:
    case = await register_case(world)
    made = await answer_indicators(world, await start_identification(world, case), *THREE)
    await decide_identification(world, made, result)
    assert (await case_of(world, case))["status"] == result


async def test_kosovo_sets_no_threshold(world: World) -> None:
    case = await register_case(
        world, login="demo.xk.qps", municipality=None, identity={"sex": "MALE", "birth_year": 1990}
    )
    made = await start_identification(world, case, login="demo.xk.qps")
    assert made["sets"] == ["unodc-general"]
    await decide_identification(world, made, login="demo.xk.qps")
    async with world.superuser() as connection:
        facts = await connection.execute(
            text("select facts from casework.case_event where case_id = :id and kind = 'INITIAL_ID_DECIDED'"),
            {"id": case["id"]},
        )
        assert "threshold_met" not in facts.scalar_one()


async def test_an_adult_who_refuses_is_counted_without_a_name(world: World) -> None:
    case = await register_case(
        world, without_identity=True, identity={"sex": "MALE", "estimated_from": 30, "age_basis": "dukja"}
    )
    made = await answer_indicators(world, await start_identification(world, case), *THREE)
    decided = await decide_identification(world, made, refused_by_person="yes")
    assert decided["refused_by_person"] == "yes"
    [event] = await decided_events(world, case)
    assert event["facts"]["refused"] is True
    async with world.superuser() as connection:
        row = (
            await connection.execute(
                text("select person_id, without_identity, status from casework.case_file where id = :id"),
                {"id": case["id"]},
            )
        ).one()
    assert tuple(row) == (None, True, "VMT")


async def test_a_child_is_not_asked_to_refuse(world: World) -> None:
    made = await start_identification(world, await register_case(world, identity=CHILD))
    problem = await refused(world, made, result="AT_RISK", refused_by_person="yes")
    assert (problem["field"], problem["code"]) == ("refused_by_person", "identification.child_cannot_refuse")


async def test_a_weaker_finding_never_replaces_a_stronger_one_silently(world: World) -> None:
    case = await register_case(world)
    first = await answer_indicators(world, await start_identification(world, case), *THREE)
    await decide_identification(world, first)
    second = await start_identification(world, case)
    later = {"result": "NO_INDICATION", "decided_at": "2026-03-03T10:00:00+01:00"}
    problem = await refused(world, second, **later)
    assert (problem["status"], problem["code"]) == (409, "status.falls_back")
    assert (await case_of(world, case))["status"] == "VMT"
    await decide_identification(world, second, corrects=first["id"], **later)
    assert (await case_of(world, case))["status"] == "NO_INDICATION"
    events = await decided_events(world, case)
    assert events[1]["corrects"] == events[0]["id"]
    async with world.api("demo.njl") as api:
        old = checked(await api.get(f"/identifications/{first['id']}"))
        assert (old["state"], old["superseded_by"], old["result"]) == ("superseded", second["id"], "VMT")
    third = await start_identification(world, case)
    problem = await refused(world, third, corrects=first["id"])
    assert (problem["field"], problem["code"]) == ("corrects", "identification.not_correctable")


async def test_what_was_answered_is_taken_over_so_that_nobody_asks_twice(world: World) -> None:
    case = await register_case(world)
    first = await start_identification(world, case)
    async with world.api("demo.njl") as api:
        given = {
            "set_id": "al-sop-initial",
            "set_version": "0.1.0",
            "answers": [
                {"code": "AI09", "answer": "yes", "note": "E pa kolegia."},
                {"code": "AI12", "answer": "no"},
                {"code": "AI13", "answer": "not_asked"},
            ],
        }
        first = checked(await api.put(f"/identifications/{first['id']}/observations", json=given))
        await decide_identification(world, first, "AT_RISK")
        second = await start_identification(world, case, sets=["unodc-general"], from_identification=first["id"])
        assert second["sets"] == ["unodc-general", "al-sop-initial"]
        before = checked(await api.get(f"/identifications/{first['id']}"))
        taken = checked(await api.get(f"/identifications/{second['id']}/observations"))["items"]
        assert {(one["code"], one["answer"], one["note"]) for one in taken} == {
            ("AI09", "yes", "E pa kolegia."),
            ("AI12", "no", None),
        }
        when = {one["code"]: one["observed_at"] for one in before["answers"]}
        assert all(one["observed_at"] == when[one["code"]] for one in taken)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (
            {"decided_at": "2026-03-02T10:00:00+01:00", "override_reason": "x"},
            "decided_at",
            "identification.decided_before_start",
        ),
        ({"decided_at": "2999-01-01T00:00:00Z"}, "decided_at", "field.in_future"),
        ({"decision_reason": "  "}, "decision_reason", "field.missing"),
        ({"decision_reason": "a\u0000b"}, "decision_reason", "field.nul_byte"),
        ({"result": "VT"}, "result", "field.unknown_choice"),
        ({"refused_by_person": "maybe"}, "refused_by_person", "field.unknown_choice"),
        ({"corrects": str(uuid7())}, "corrects", "identification.not_correctable"),
        ({"name": "Somebody"}, "name", "field.unexpected"),
    ],
)
async def test_a_wrong_decision_names_the_field_and_decides_nothing(
    world: World, change: dict[str, Any], field: str, code: str
) -> None:
    case = await register_case(world)
    made = await start_identification(world, case)
    problem = await refused(world, made, **change)
    assert (problem["status"], problem["field"], problem["code"]) == (422, field, code)
    assert len(problem["detail"]) > 10
    assert (await case_of(world, case))["status"] == "NOT_ASSESSED"


async def test_answers_that_came_in_meanwhile_are_looked_at_before_deciding(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    await answer_indicators(world, made, *THREE)
    problem = await refused(world, made, result="NO_INDICATION")
    assert (problem["status"], problem["changes"][0]["fields"]) == (412, ["answers"])
    async with world.api("demo.njl") as api:
        unguarded = await api.post(f"/identifications/{made['id']}/decision", json=DECISION)
        assert unguarded.status_code == 428


async def test_two_officers_who_decide_at_once_decide_once(world: World) -> None:
    case = await register_case(world)
    made = await answer_indicators(world, await start_identification(world, case), *THREE)
    async with world.api("demo.njl") as api:
        path, version = f"/identifications/{made['id']}/decision", {"If-Match": f'"{made["version"]}"'}
        both = await asyncio.gather(
            *(api.post(path, json={**DECISION, "result": result}, headers=version) for result in ("VMT", "AT_RISK"))
        )
    assert sorted(one.status_code for one in both)[0] == 200
    assert sorted(one.status_code for one in both)[1] in (409, 412)
    assert len(await decided_events(world, case)) == 1


async def test_what_is_decided_takes_no_more_answers_officers_or_decisions(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    decided = await decide_identification(world, made, "AT_RISK")
    async with world.api("demo.njl") as api:
        path = f"/identifications/{made['id']}"
        answers = {"set_id": "al-sop-initial", "set_version": "0.1.0", "answers": [{"code": "AI09", "answer": "yes"}]}
        police = str(await world.organisation("DEMO-POLICI-BERAT"))
        tries = [
            await api.put(f"{path}/observations", json=answers),
            await api.post(f"{path}/officers", json={"org_id": police}),
            await api.put(f"{path}/intent", json={"facts": "x"}, headers={"If-Match": f'"{decided["version"]}"'}),
            await api.post(f"{path}/decision", json=DECISION, headers={"If-Match": f'"{decided["version"]}"'}),
        ]
        assert {(one.status_code, one.json()["code"]) for one in tries} == {(409, "identification.decided")}


async def test_a_closed_case_waits_to_be_reopened(world: World) -> None:
    case = await register_case(world)
    made = await start_identification(world, case)
    async with world.superuser() as connection:
        await connection.execute(
            text("update casework.case_file set state = 'closed' where id = :id"), {"id": case["id"]}
        )
    async with world.api("demo.njl") as api:
        start = {"started_at": "2026-03-02T11:30:00+01:00"}
        answers = {"set_id": "al-sop-initial", "set_version": "0.1.0", "answers": []}
        tries = [
            await api.post(f"/cases/{case['id']}/identifications", json=start),
            await api.post(f"/cases/{case['id']}/exploitations", json={"forms": ["LAB"]}),
            await api.put(f"/identifications/{made['id']}/observations", json=answers),
            await api.post(f"/identifications/{made['id']}/decision", json=DECISION, headers={"If-Match": '"1"'}),
        ]
        assert {(one.status_code, one.json()["code"]) for one in tries} == {(409, "case.already_closed")}


async def test_the_reason_stands_sealed_and_the_decision_is_written_down(world: World) -> None:
    case = await register_case(world)
    made = await start_identification(world, case)
    reasons = {"decision_reason": "Arsye e padëgjuar", "override_reason": "Shpjegim i padëgjuar"}
    await decide_identification(world, made, **reasons)
    async with world.superuser() as connection:
        rows = (await connection.execute(text("select * from casework.identification"))).all()
    assert all("padëgjuar".encode() not in bytes(str(row), "utf-8") for row in rows)
    entries = [
        entry
        for entry in await world.audit_entries("identification.decide")
        if str(entry["subject_id"]) == made["id"] and entry["outcome"] == "done"
    ]
    assert [entry["subject_version"] for entry in entries] == [2]
    assert "VMT" in str(entries[0]["detail"])
    assert "padëgjuar" not in str(entries)
