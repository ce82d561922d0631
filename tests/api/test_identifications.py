"""Initial identification: begun by one officer, joined by others, answered in the case's version, explained."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import (
    CHILD,
    PERSON,
    answer_indicators,
    checked,
    decide_identification,
    person_of,
    record_exploitation,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = {"started_at": "2026-03-02T11:30:00+01:00"}
ANSWER = {"set_id": "al-sop-initial", "set_version": "0.1.0"}


async def aids(world: World, identification: dict[str, Any], login: str = "demo.njl") -> dict[str, dict[str, Any]]:
    async with world.api(login) as api:
        found = checked(await api.get(f"/identifications/{identification['id']}/aids"))
        return {one["rule_id"]: one for one in found}


async def test_one_officer_begins_alone_and_is_the_first_to_take_part(world: World) -> None:
    case = await register_case(world, identity=CHILD)
    made = await start_identification(
        world,
        case,
        place="AL-01-01",
        border_circumstances=["BCP", "DOCUMENTS_CHECKED"],
        circumstances="I vetëm te kufiri, pa dokumente.",
        sets=["al-sop-initial", "unodc-begging"],
    )
    assert (made["state"], made["result"], made["version"]) == ("started", None, 1)
    async with world.api("demo.njl") as api:
        read = checked(await api.get(f"/identifications/{made['id']}"))
        assert read["circumstances"] == "I vetëm te kufiri, pa dokumente."
        assert [(o["organisation"], o["role"]) for o in read["officers"]] == [("Mobile unit Berat", "social_worker")]
        listed = checked(await api.get(f"/cases/{case['id']}/identifications"))["items"]
        assert [one["id"] for one in listed] == [made["id"]]
        assert "circumstances" not in listed[0]


async def test_a_child_makes_the_notice_to_child_protection_due(world: World) -> None:
    child, adult = await register_case(world, identity=CHILD), await register_case(world)
    for case in (child, adult):
        await start_identification(world, case)
    async with world.superuser() as connection:
        query = text("select event from casework.task where case_id = :id and state = 'open'")
        due = {
            case["id"]: set((await connection.execute(query, {"id": case["id"]})).scalars()) for case in (child, adult)
        }
    assert "CHILD_PROTECTION_NOTIFIED" in due[child["id"]]
    assert "CHILD_PROTECTION_NOTIFIED" not in due[adult["id"]]
    assert all("INITIAL_ID_DECIDED" in events for events in due.values())


async def test_the_sets_are_those_of_the_age_and_of_the_cases_version(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        offered = {one["id"]: one for one in checked(await api.get(f"/cases/{case['id']}/indicator-sets"))}
    assert "ilo-labour-adult" in offered
    assert not {"ilo-labour-child", "unodc-children", "ilo-sexual-adult"} & offered.keys()
    first = offered["al-sop-initial"]
    assert (first["version"], first["status"], len(first["indicators"])) == ("0.1.0", "provisional", 37)
    asked = {one["code"]: one["answers"] for one in offered["al-2005-screening"]["indicators"]}
    assert asked["A01"] == ["yes", "no", "unknown", "not_asked"]
    assert asked["C02"][-3:] == ["OTHER", "unknown", "not_asked"]


async def test_the_latest_answer_of_an_indicator_counts_and_nothing_is_written_twice(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    await answer_indicators(world, made, "AI09", "AI12")
    again = await answer_indicators(world, made, "AI09", "AI12")
    assert again["version"] == 2
    await answer_indicators(world, made, "AI12", answer="no")
    async with world.api("demo.njl") as api:
        read = checked(await api.get(f"/identifications/{made['id']}"))
        assert {one["code"]: one["answer"] for one in read["answers"]} == {"AI09": "yes", "AI12": "no"}
        page = checked(await api.get(f"/identifications/{made['id']}/observations?limit=2"))
        rest = checked(await api.get(f"/identifications/{made['id']}/observations?limit=2&after={page['next']}"))
        assert [len(page["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]


async def test_an_answer_given_earlier_but_sent_later_does_not_overwrite(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    await answer_indicators(world, made, "AI16", answer="no")
    late = {**ANSWER, "observed_at": "2026-03-02T11:40:00+01:00", "answers": [{"code": "AI16", "answer": "yes"}]}
    async with world.api("demo.njl") as api:
        checked(await api.put(f"/identifications/{made['id']}/observations", json=late))
        read = checked(await api.get(f"/identifications/{made['id']}"))
    assert [one["answer"] for one in read["answers"]] == ["no"]


async def test_another_list_is_opened_by_answering_it(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    assert made["sets"] == ["al-sop-initial"]
    made = await answer_indicators(world, made, "C02", answer="BOYFRIEND", set_id="al-2005-screening")
    assert made["sets"] == ["al-sop-initial", "al-2005-screening"]
    counted = (await aids(world, made))["al-2005-abc"]["counted"]
    assert [(one["source"], one["code"]) for one in counted] == [("al-2005-screening", "C02")]


async def test_the_aids_say_what_counts_what_is_missing_and_who_decides(world: World) -> None:
    case = await register_case(world)
    made = await start_identification(world, case)
    await answer_indicators(world, made, "AI09", "AI12")
    await answer_indicators(world, made, "AI16", answer="unknown")
    found = await aids(world, made)
    threshold = found["al-vmt-threshold"]
    assert (threshold["count"], threshold["threshold"], threshold["result"]) == (2, 3, "NO_FINDING")
    assert [one["text"] for one in threshold["missing"]] == ["1 more indicator is needed."]
    assert threshold["counted"][0] == {
        "source": "al-sop-initial",
        "version": "0.1.0",
        "code": "AI09",
        "text": "Somebody else keeps the documents.",
    }
    assert {"of": "al-sop-initial", "mark": "provisional", "text": "provisional"} in threshold["marks"]
    assert (threshold["version"], threshold["profile_version"]) == ("0.1.0", "0.1.0")
    assert "002:107" in threshold["source"]
    assert found["legal-elements"]["elements"] == {"act": "open", "means": "open", "purpose": "open"}
    await record_exploitation(world, case, forms=["LAB_WORKPLACE"], acts=["RECRUITMENT"], means=[])
    legal = (await aids(world, made))["legal-elements"]
    assert legal["elements"] == {"act": "recorded", "means": "open", "purpose": "recorded"}
    assert [one["text"] for one in legal["missing"]] == ["The means are missing."]
    assert all("not a victim" not in str(one).lower() for one in found.values())
    assert {one["decides"] for one in found.values()} == {"You decide, with your reason."}


async def test_means_are_not_asked_of_a_child(world: World) -> None:
    case = await register_case(world, identity=CHILD)
    await record_exploitation(world, case)
    made = await start_identification(world, case)
    legal = (await aids(world, made))["legal-elements"]
    assert legal["elements"] == {"act": "recorded", "means": "not_required", "purpose": "recorded"}
    assert (legal["branch"], legal["result"]) == ("child", "ELEMENTS_PRESENT")


async def test_facts_that_show_an_intent_are_written_down_under_the_version(world: World) -> None:
    made = await start_identification(world, await register_case(world), sets=["ilo-labour-adult"])
    made = await answer_indicators(world, made, "DR01", "DR02", set_id="ilo-labour-adult")
    assert (await aids(world, made))["ilo-combination"]["result"] == "NO_FINDING"
    async with world.api("demo.njl") as api:
        path = f"/identifications/{made['id']}/intent"
        stale = await api.put(path, json={"facts": "Bileta."}, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["changes"][0]["fields"]) == (412, ["answers"])
        version = {"If-Match": f'"{made["version"]}"'}
        checked(await api.put(path, json={"facts": "Bileta e blerë nga burri."}, headers=version))
        assert checked(await api.get(f"/identifications/{made['id']}"))["intent_facts"] == "Bileta e blerë nga burri."
    found = (await aids(world, made))["ilo-combination"]
    assert (found["result"], found["suggested_status"]) == ("POSSIBLE_NOT_YET_EXPLOITED", "AT_RISK")


async def test_the_police_join_later_and_see_until_the_decision(world: World) -> None:
    case = await register_case(world)
    made = await start_identification(world, case)
    police = await world.organisation("DEMO-POLICI-BERAT")
    async with world.api("demo.polici") as api:
        assert (await api.get(f"/identifications/{made['id']}")).status_code == 404
    async with world.api("demo.njl") as api:
        path = f"/identifications/{made['id']}/officers"
        checked(await api.post(path, json={"org_id": str(police), "role": "police"}))
        twice = await api.post(path, json={"org_id": str(police), "role": "police"})
        assert twice.json()["code"] == "identification.already_officer"
    async with world.api("demo.polici") as api:
        assert case["id"] in [one["id"] for one in checked(await api.get("/cases"))["items"]]
        officers = checked(await api.get(f"/identifications/{made['id']}/officers"))
        assert [(one["role"], one["name"]) for one in officers] == [("social_worker", "Mira Demo"), ("police", None)]
        person = await api.get(f"/cases/{case['id']}/person")
        assert (person.status_code, person.json()["code"]) == (403, "case.class_locked")
    made = await answer_indicators(world, made, "AI09", "AI12", "AI16", login="demo.polici")
    async with world.api("demo.njl") as api:
        read = checked(await api.get(f"/identifications/{made['id']}"))
        assert {one["org_id"] for one in read["answers"]} == {str(police)}
        assert [one["name"] for one in read["officers"]] == ["Mira Demo", None, "Arben Demo"]
        assert len(checked(await api.get(f"/identifications/{made['id']}/officers"))) == 3
    await decide_identification(world, made)
    async with world.api("demo.polici") as api:
        assert (await api.get(f"/identifications/{made['id']}")).status_code == 404
        assert (await api.get(f"/cases/{case['id']}")).status_code == 404


async def test_a_named_officer_alone_sees_and_may_decide(world: World) -> None:
    case = await register_case(world)
    made = await start_identification(world, case)
    service = await world.organisation("DEMO-SHSSH-BERAT")
    account, _ = await person_of(world, "demo.identifikim")
    async with world.api("demo.njl") as api:
        path = f"/identifications/{made['id']}/officers"
        wrong = await api.post(
            path, json={"org_id": str(await world.organisation("DEMO-AGIMI")), "account_id": account}
        )
        assert (wrong.json()["field"], wrong.json()["code"]) == ("account_id", "identification.person_elsewhere")
        given = {"org_id": str(service), "account_id": account, "until": "2999-01-01T00:00:00Z"}
        checked(await api.post(path, json=given))
    async with world.superuser() as connection:
        query = text("select org_id, account_id, data_classes from casework.case_grant where source_id = :id")
        assert [tuple(row) for row in await connection.execute(query, {"id": made["id"]})] == [
            (None, UUID(account), ["milestones", "identification"])
        ]
    async with world.api("demo.identifikim") as api:
        others = await api.post(
            f"/identifications/{made['id']}/officers",
            json={"org_id": str(await world.organisation("DEMO-POLICI-BERAT"))},
        )
        assert (others.status_code, others.json()["code"]) == (403, "identification.only_lead_adds")
    decided = await decide_identification(
        world, made, "AT_RISK", login="demo.identifikim", decision_reason="Rrethana të rrezikshme."
    )
    assert decided["state"] == "decided"
    async with world.api("demo.identifikim") as api:
        assert (await api.get(f"/identifications/{made['id']}")).status_code == 404


async def test_who_is_kept_from_the_case_cannot_join(world: World) -> None:
    case = await register_case(world)
    made = await start_identification(world, case)
    police = await world.organisation("DEMO-POLICI-BERAT")
    async with world.acting("demo.njl", "access.deny") as unit:
        await unit.execute(
            text(
                "insert into casework.case_denial (id, case_id, org_id, reason, denied_by)"
                " values (:id, :case, :org, 'conflict_of_interest', :by)"
            ),
            {"id": uuid7(), "case": case["id"], "org": police, "by": unit.actor.account_id},
        )
        unit.quiet = True
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/identifications/{made['id']}/officers", json={"org_id": str(police)})
    assert (answer.status_code, answer.json()["code"]) == (422, "identification.officer_denied")


@pytest.mark.parametrize(("identity", "status"), [(PERSON, 422), (CHILD, 201)])
async def test_an_adults_no_to_the_police_is_kept(world: World, identity: dict[str, Any], status: int) -> None:
    case = await register_case(world, identity=identity)
    made = await start_identification(world, case)
    no = {"purpose": "POLICE", "answer": "refused", "given_at": "2026-03-02T10:56:00+01:00"}
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/consents", json=no))
        joining = {"org_id": str(await world.organisation("DEMO-POLICI-BERAT"))}
        answer = await api.post(f"/identifications/{made['id']}/officers", json=joining)
        assert answer.status_code == status, answer.text
        assert status == 201 or answer.json()["code"] == "identification.person_said_no"
        other = {"org_id": str(await world.organisation("DEMO-SHSSH-BERAT"))}
        assert (await api.post(f"/identifications/{made['id']}/officers", json=other)).status_code == 201


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, "until", "identification.until_past"),
        ({"joined_at": "2026-03-02T08:00:00Z"}, "joined_at", "identification.joined_before_start"),
        ({"joined_at": "2999-01-01T00:00:00Z"}, "joined_at", "field.in_future"),
        ({"org_id": str(uuid7())}, "org_id", "organisation.unknown"),
        ({"role": "spy"}, "role", "field.unknown_choice"),
    ],
)
async def test_a_wrong_officer_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    made = await start_identification(world, await register_case(world))
    given = {"org_id": str(await world.organisation("DEMO-POLICI-BERAT")), **change}
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/identifications/{made['id']}/officers", json=given)
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"started_at": "2999-01-01T00:00:00Z"}, "started_at", "field.in_future"),
        ({"started_at": "2026-03-02T11:30:00"}, "started_at", "field.no_offset"),
        ({"place": "AL-01"}, "place", "field.unknown_place"),
        ({"border_circumstances": ["DOCUMENTS_CHECKED"]}, "border_circumstances", "field.child_only"),
        ({"sets": ["ilo-sexual-adult"]}, "sets", "indicator.unknown_set"),
        ({"sets": ["unodc-children"]}, "sets", "indicator.unknown_set"),
        ({"interpreter": "maybe"}, "interpreter", "field.unknown_choice"),
        ({"circumstances": "a\u0000b"}, "circumstances", "field.nul_byte"),
        ({"from_identification": str(uuid7())}, "from_identification", "identification.not_of_case"),
    ],
)
async def test_a_wrong_start_names_the_field_and_keeps_nothing(
    world: World, change: dict[str, Any], field: str, code: str
) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/identifications", json={**START, **change})
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)
        assert checked(await api.get(f"/cases/{case['id']}/identifications"))["items"] == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"set_version": "0.0.9"}, "set_version", "indicator.other_version"),
        ({"set_id": "no-such"}, "set_id", "indicator.unknown_set"),
        ({"set_id": "ilo-sexual-adult"}, "set_id", "indicator.unknown_set"),
        ({"answers": [{"code": "XX", "answer": "yes"}]}, "answers.0.code", "indicator.unknown_code"),
        ({"answers": [{"code": "AI41", "answer": "yes"}]}, "answers.0.code", "indicator.other_age"),
        ({"answers": [{"code": "AI09", "answer": "perhaps"}]}, "answers.0.answer", "indicator.unknown_answer"),
        ({"answers": [{"code": "AI09", "answer": "SELF"}]}, "answers.0.answer", "indicator.unknown_answer"),
        (
            {"answers": [{"code": "AI09", "answer": "yes"}, {"code": "AI09", "answer": "no"}]},
            "answers.1.code",
            "indicator.twice",
        ),
        ({"observed_at": "2999-01-01T00:00:00Z"}, "observed_at", "field.in_future"),
        ({"officer_id": str(uuid7())}, "officer_id", "identification.unknown_officer"),
    ],
)
async def test_wrong_answers_name_the_field_and_keep_nothing(
    world: World, change: dict[str, Any], field: str, code: str
) -> None:
    made = await start_identification(world, await register_case(world))
    given = {**ANSWER, "answers": [{"code": "AI09", "answer": "yes"}], **change}
    async with world.api("demo.njl") as api:
        answer = await api.put(f"/identifications/{made['id']}/observations", json=given)
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)
        assert len(answer.json()["detail"]) > 10
        assert checked(await api.get(f"/identifications/{made['id']}"))["answers"] == []


async def test_repeating_begins_once_and_an_id_of_something_else_is_refused(world: World) -> None:
    case, other = await register_case(world), await register_case(world)
    one = str(uuid7())
    first, second = [await start_identification(world, case, id=one) for _ in range(2)]
    assert first == second
    async with world.api("demo.njl") as api:
        taken = await api.post(f"/cases/{other['id']}/identifications", json={**START, "id": one})
        assert (taken.status_code, taken.json()["code"]) == (409, "request.id_taken")
    async with world.api("demo.agimi.drejtuese") as api:
        mine = await register_case(world, login="demo.agimi.drejtuese")
        taken = await api.post(f"/cases/{mine['id']}/identifications", json={**START, "id": one})
        assert (taken.status_code, taken.json()["code"]) == (409, "request.id_taken")


async def test_others_cannot_tell_it_exists(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    tries = [("GET", ""), ("GET", "/aids"), ("GET", "/officers"), ("GET", "/observations")]
    async with world.api("demo.menaxhere") as api:
        for method, tail in tries:
            for one in (made["id"], uuid7()):
                answer = await api.request(method, f"/identifications/{one}{tail}")
                assert (answer.status_code, answer.json()["code"]) == (404, "identification.unknown")
        put = await api.put(f"/identifications/{made['id']}/observations", json={**ANSWER, "answers": []})
        assert put.status_code == 404
    async with world.api("demo.agimi") as api:
        assert (await api.get(f"/identifications/{made['id']}")).json()["code"] == "policy.role"
    denied = [entry for entry in await world.audit_entries("identification.read") if entry["outcome"] == "denied"]
    assert len(denied) >= 8


async def test_texts_stand_sealed_and_every_look_is_written_down(world: World) -> None:
    case = await register_case(world)
    made = await start_identification(world, case, circumstances="Rrethana të padëgjuara")
    given = {**ANSWER, "answers": [{"code": "AI09", "answer": "yes", "note": "Shënim i padëgjuar"}]}
    async with world.api("demo.njl") as api:
        checked(await api.put(f"/identifications/{made['id']}/observations", json=given))
        notes = checked(await api.get(f"/identifications/{made['id']}/observations"))["items"]
        assert [one["note"] for one in notes] == ["Shënim i padëgjuar"]
        await api.get(f"/identifications/{made['id']}")
    async with world.superuser() as connection:
        for table in ("identification", "observation"):
            rows = (await connection.execute(text(f"select * from casework.{table}"))).all()
            assert rows
            assert all("padëgjuar".encode() not in bytes(str(row), "utf-8") for row in rows)
    entries = [
        (entry["action"], entry["changed"], entry["data_classes"])
        for action in ("identification.record", "identification.read")
        for entry in await world.audit_entries(action)
        if str(entry["subject_id"]) == made["id"]
    ]
    assert entries == [
        ("identification.record", [], ["identification"]),
        ("identification.record", ["answers"], ["identification"]),
        ("identification.read", [], ["identification"]),
        ("identification.read", [], ["identification"]),
    ]
