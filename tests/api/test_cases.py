"""Registering and finding a person: urgent needs first, unknown parts allowed, identity in the vault only."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.services import cases
from tests.stories import CHILD, PERSON, REGISTRATION, checked, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_person_is_registered_and_listed(world: World) -> None:
    made = await register_case(world)
    assert made["code"].startswith("AL-26-")
    assert made["status"] == "NOT_ASSESSED"
    assert (made["age_group"], made["is_child"]) == ("Y5_25_29", False)
    async with world.api("demo.njl") as api:
        listed = checked(await api.get("/cases"))
        assert made["id"] in [item["id"] for item in listed["items"]]
        person = checked(await api.get(f"/cases/{made['id']}/person"))
        assert person["identity"]["family_names"] == "Hoxhaj"
    entries = [e for e in await world.audit_entries("case.register") if made["id"] in map(str, e["case_ids"])]
    assert len(entries) == 1


async def test_somebody_whose_age_is_unknown_is_treated_as_a_child(world: World) -> None:
    unknown = await register_case(world, identity={"sex": "UNKNOWN"})
    assert unknown["is_child"] and unknown["age_in_doubt"]
    child = await register_case(world, identity=CHILD)
    assert child["is_child"] and not child["age_in_doubt"]


async def test_an_adult_may_be_helped_without_a_name(world: World) -> None:
    made = await register_case(
        world, without_identity=True, identity={"sex": "MALE", "estimated_from": 30, "age_basis": "dukja"}
    )
    async with world.api("demo.njl") as api:
        answer = await api.get(f"/cases/{made['id']}/person")
        assert (answer.status_code, answer.json()["code"]) == (404, "person.without_identity")
        named = await api.post("/cases", json={**REGISTRATION, "without_identity": True})
        assert named.json()["code"] == "case.identity_given"


async def test_repeating_a_registration_opens_one_case(world: World) -> None:
    case_id = str(uuid7())
    first = await register_case(world, id=case_id)
    second = await register_case(world, id=case_id)
    assert first == second
    async with world.superuser() as connection:
        found = await connection.execute(
            text("select count(*) from casework.case_file where id = :id"), {"id": case_id}
        )
        assert found.scalar() == 1


async def test_search_finds_other_spellings_and_tells_outsiders_only_whom_to_ask(world: World) -> None:
    made = await register_case(world, identity={**PERSON, "given_names": "Xhevahire", "family_names": "Çela"})
    async with world.api("demo.njl") as api:
        hits = checked(await api.post("/persons/search", json={"text": "Xhevahire Cela", "birth_year": 1999}))
        assert hits[0]["case_id"] == made["id"]
        assert hits[0]["identity"]["given_names"] == "Xhevahire"
    async with world.api("demo.menaxhere") as api:
        outside = checked(await api.post("/persons/search", json={"text": "Xhevahire Cela"}))
        assert outside
        assert outside[0]["ask"]["en"] == "Mobile unit Berat"
        assert outside[0]["identity"] is None and outside[0]["case_id"] is None
    entries = await world.audit_entries("person.search")
    assert all("Xhevahire" not in str(e) for e in entries)


async def test_who_answers_every_word_is_found_among_any_number_who_answer_one(world: World) -> None:
    wanted = {**PERSON, "given_names": "Zamira", "family_names": "Prenga", "birth_year": 1991}
    async with world.api("demo.njl") as api:
        made = await register_case(world, identity=wanted)
        for at in range(70):
            namesake = {"given_names": f"Vera{chr(97 + at % 26)}", "birth_year": 1991} if at % 2 else {}
            await register_case(world, identity={**wanted, "given_names": f"Lule{chr(97 + at % 26)}", **namesake})
        for asked in ({"text": "Prenga Zamira"}, {"text": "Zamira Prenga", "birth_year": 1991}):
            hits = checked(await api.post("/persons/search", json=asked))
            assert hits[0]["case_id"] == made["id"]
            assert len(hits) > 1


async def test_a_code_that_chance_gave_twice_is_no_defect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await register_case(world)
    with monkeypatch.context() as chance:
        chance.setattr(cases, "case_code", lambda jurisdiction, year: first["code"])
        async with world.api("demo.njl") as api:
            refused = await api.post("/cases", json=REGISTRATION)
            assert (refused.status_code, refused.json()["code"]) == (409, "database.busy")
    assert (await register_case(world))["code"] != first["code"]


async def test_a_likely_duplicate_is_proposed_and_decided_by_a_person(world: World) -> None:
    who = {**PERSON, "given_names": "Gjergjina", "family_names": "Dedaj"}
    await register_case(world, identity=who)
    second = await register_case(world, identity={**who, "given_names": "Gergjina"})
    async with world.api("demo.njl") as api:
        proposed = checked(await api.get(f"/cases/{second['id']}/duplicates"))
        assert len(proposed) == 1
        assert proposed[0]["reasons"]
        path = f"/cases/{second['id']}/duplicates/{proposed[0]['id']}"
        decided = await api.post(path, json={"same": True}, headers={"If-Match": '"1"'})
        assert checked(decided)["state"] == "same"
        assert checked(await api.get(f"/cases/{second['id']}/duplicates")) == []


async def test_a_correction_keeps_history_and_refuses_a_stale_version(world: World) -> None:
    made = await register_case(world)
    async with world.api("demo.njl") as api:
        path = f"/cases/{made['id']}/person"
        body = {"identity": {**PERSON, "birth_day": 17}, "reason": "document_seen"}
        assert checked(await api.put(path, json=body, headers={"If-Match": '"1"'}))["version"] == 2
        stale = await api.put(path, json=body, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        assert stale.json()["changes"][0]["fields"] == ["birth_day"]
    async with world.superuser() as connection:
        kept = await connection.execute(text("select changed from vault.person_version"))
        assert ["birth_day"] in [row[0] for row in kept]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"identity": {**PERSON, "birth_year": 2090}}, "identity.birth_year", "age.birth_in_future"),
        ({"identity": {**PERSON, "birth_month": 2, "birth_day": 31}}, "identity.birth_day", "age.no_such_day"),
        ({"identity": {"birth_month": 2}}, "identity.birth_year", "age.day_without_year"),
        ({"identity": {**PERSON, "citizenships": ["ZZ"]}}, "identity.citizenships", "field.unknown_code"),
        ({"first_contact_at": "2999-01-01T00:00:00Z"}, "first_contact_at", "field.in_future"),
        ({"first_contact_at": "0016-03-03T16:30:51-22:46"}, "first_contact_at", "field.year"),
        ({"urgent": {"needs": [], "met": ["HEALTH"]}}, "urgent.met", "case.met_without_need"),
        ({"person_id": str(uuid4())}, "person_id", "person.unknown"),
    ],
)
async def test_bad_input_names_the_field_and_writes_nothing(
    world: World, change: dict[str, object], field: str, code: str
) -> None:
    async with world.superuser() as connection:
        before = (await connection.execute(text("select count(*) from vault.person"))).scalar()
    async with world.api("demo.njl") as api:
        answer = await api.post("/cases", json={**REGISTRATION, **change})
        assert answer.status_code == 422, answer.text
        assert (answer.json()["field"], answer.json()["code"]) == (field, code)
    async with world.superuser() as connection:
        assert (await connection.execute(text("select count(*) from vault.person"))).scalar() == before


async def test_somebody_elses_case_cannot_be_told_from_an_unknown_one(world: World) -> None:
    made = await register_case(world)
    async with world.api("demo.menaxhere") as api:
        theirs, unknown = await api.get(f"/cases/{made['id']}"), await api.get(f"/cases/{uuid7()}")
        assert (theirs.status_code, theirs.json()["code"]) == (404, "case.unknown")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "case.unknown")


async def test_the_authority_sees_milestones_and_no_identity(world: World) -> None:
    made = await register_case(world)
    async with world.api("demo.ap") as api:
        assert checked(await api.get(f"/cases/{made['id']}"))["code"] == made["code"]
        refused = await api.get(f"/cases/{made['id']}/person")
        assert (refused.status_code, refused.json()["code"]) == (403, "case.class_locked")


async def test_what_is_due_follows_from_the_registration(world: World) -> None:
    made = await register_case(world)
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select rule, event, to_confirm, state from casework.task where case_id = :id"), {"id": made["id"]}
        )
        assert ("AL-D01", "URGENT_NEEDS_MET", True, "open") in [tuple(row) for row in rows]


async def test_what_a_search_found_is_not_kept_to_be_asked_again(world: World) -> None:
    made = await register_case(world, identity={**PERSON, "given_names": "Xhemile", "family_names": "Dedgjonaj"})
    asked, key = {"text": "Xhemile Dedgjonaj"}, {"Idempotency-Key": "a-search-sent-twice"}
    async with world.api("demo.njl") as api:
        assert checked(await api.post("/persons/search", json=asked, headers=key))[0]["case_id"] == made["id"]
        async with world.superuser() as connection:
            await connection.execute(
                text("update casework.case_grant set valid_to = now() where case_id = :id"), {"id": made["id"]}
            )
        again = await api.post("/persons/search", json=asked, headers=key)
    assert "idempotent-replayed" not in again.headers
    assert all(hit["identity"] is None for hit in checked(again))
