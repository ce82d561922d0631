"""The officers' questions through the JSON interface: answered from the log, and written into it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from app.domain.ids import uuid7
from app.domain.policy import ACTIONS
from app.texts import LANGUAGES, has_text
from app.texts import text as say
from tests.stories import PERSON, REGISTRATION, checked, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def case(world: World) -> dict[str, Any]:
    """A case that its officer opened and read, and that a police officer tried to open."""
    made = await register_case(world)
    async with world.api("demo.njl") as api:
        checked(await api.get(f"/cases/{made['id']}"))
        checked(await api.get(f"/cases/{made['id']}/person"))
        checked(await api.get("/cases"))
    async with world.api("demo.polici") as api:
        assert (await api.get(f"/cases/{made['id']}")).status_code == 404
        assert (await api.get(f"/cases/{made['id']}/person")).status_code == 404
    return made


async def ask(api: httpx.AsyncClient, path: str = "entries", **question: Any) -> Any:
    """Return the answer to a question."""
    return checked(await api.get(f"/audit/{path}", params=question))


async def test_who_saw_a_case_names_every_access_and_every_attempt(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.dpo") as api:
        by_code = (await ask(api, about=case["code"].lower()))["items"]
        by_id = (await ask(api, about=case["id"]))["items"]
    seen = [(e["who"], e["action"], e["outcome"]) for e in by_code if e["action"] != "audit.read"]
    assert ("Mira Demo", "case.register", "done") in seen
    assert ("Mira Demo", "case.read", "done") in seen
    assert ("Mira Demo", "person.read", "done") in seen
    assert ("Mira Demo", "case.list", "done") in seen
    assert seen.count(("Arben Demo", "case.read", "denied")) == 1
    assert seen.count(("Arben Demo", "person.read", "denied")) == 1
    assert {e["id"] for e in by_code} <= {e["id"] for e in by_id}
    assert all(case["id"] in e["case_ids"] or e["subject_id"] == case["id"] for e in by_code)
    assert all(case["code"] in e["case_codes"] for e in by_code if case["id"] in e["case_ids"])
    assert [e["at"] for e in by_code] == sorted((e["at"] for e in by_code), reverse=True)


async def test_who_saw_a_person_follows_them_beyond_one_case(world: World, case: dict[str, Any]) -> None:
    async with world.superuser() as connection:
        query = text("select person_id from casework.case_file where id = :id")
        person = (await connection.execute(query, {"id": case["id"]})).scalar_one()
    async with world.api("demo.dpo") as api:
        found = (await ask(api, about=str(person)))["items"]
    assert {e["action"] for e in found if e["action"] != "audit.read"} == {"case.register", "person.read"}
    assert all(str(person) in e["person_ids"] or e["subject_id"] == str(person) for e in found)


async def test_what_somebody_opened_is_asked_by_login_or_account(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.auditues") as api:
        by_login = (await ask(api, account="demo.polici"))["items"]
        by_id = (await ask(api, account=by_login[0]["account_id"]))["items"]
    assert {e["who"] for e in by_login} == {"Arben Demo"}
    assert by_login == by_id
    assert {"case.read", "person.read"} <= {e["action"] for e in by_login}


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ({"action": "person.read"}, lambda e: e["action"] == "person.read"),
        ({"outcome": "denied"}, lambda e: e["outcome"] == "denied"),
        ({"data_class": "identity"}, lambda e: "identity" in e["data_classes"]),
        (
            {"action": "person.read", "outcome": "denied"},
            lambda e: (e["who"], e["action"]) == ("Arben Demo", "person.read"),
        ),
    ],
)
async def test_questions_narrow_the_answer(
    world: World, case: dict[str, Any], question: dict[str, str], holds: Any
) -> None:
    async with world.api("demo.dpo") as api:
        items = (await ask(api, **question))["items"]
    assert items
    assert all(holds(e) for e in items)


async def test_time_bounds_the_answer_on_both_sides(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.dpo") as api:
        every = (await ask(api, about=case["code"], limit=100))["items"]
        middle = every[1]["at"]
        before = (await ask(api, about=case["code"], until=middle))["items"]
        after = (await ask(api, about=case["code"], since=middle, until="2099-01-01T00:00:00Z"))["items"]
    assert all(e["at"] < middle for e in before)
    assert all(e["at"] >= middle for e in after)
    assert {e["id"] for e in every} <= {e["id"] for e in before + after}


async def test_pages_follow_each_other_without_gap_or_repetition(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.dpo") as api:
        whole = (await ask(api, account="demo.njl", limit=100))["items"]
        found, key = [], None
        while True:
            page = await ask(api, account="demo.njl", limit=2, **({"after": key} if key else {}))
            found += page["items"]
            key = page["next"]
            if key is None:
                break
    assert len(whole) >= 4
    assert [e["id"] for e in found] == [e["id"] for e in whole]


async def test_counts_say_how_much_how_many_and_how_often_denied(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.dpo") as api:
        items = (await ask(api, about=case["code"], until=_now(), limit=100))["items"]
        counted = await ask(api, "counts", about=case["code"], until=items[0]["at"])
    older = items[1:]
    assert counted == {
        "entries": len(older),
        "people": len({e["account_id"] for e in older}),
        "organisations": len({e["org_id"] for e in older}),
        "names_opened": sum("identity" in e["data_classes"] and e["outcome"] == "done" for e in older),
        "denied": sum(e["outcome"] == "denied" for e in older),
        "more": False,
    }
    assert counted["denied"] >= 2


async def test_asking_is_itself_in_the_log(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.dpo") as api:
        await ask(api, about=case["code"], account="demo.njl", outcome="done")
        asked = (await ask(api, action="audit.read", account="demo.dpo"))["items"][0]
        one = await ask(api, f"entries/{asked['id']}")
    assert one == asked
    assert asked["case_ids"] == [case["id"]]
    assert asked["subject_kind"] == "account"
    assert asked["detail"]["asked_outcome"] == "done"
    assert asked["detail"]["how"] == "entries"


@pytest.mark.parametrize(
    ("question", "field", "code"),
    [
        ({"about": "AL-26-ZZZZZZ"}, "about", "audit.unknown_case"),
        ({"about": "Fatmira"}, "about", "audit.not_a_code"),
        ({"account": "nobody.here"}, "account", "audit.unknown_account"),
        ({"account": str(uuid7())}, "account", "audit.unknown_account"),
        ({"action": "case.reed"}, "action", "field.unknown_choice"),
        ({"outcome": "perhaps"}, "outcome", "field.unknown_choice"),
        ({"data_class": "everything"}, "data_class", "field.unknown_choice"),
        ({"since": "2026-01-01T00:00:00"}, "since", "field.no_offset"),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "until", "audit.dates_reversed"),
        ({"limit": 0}, "limit", "field.too_small"),
        ({"colour": "red"}, "colour", "field.unexpected"),
        ({"about": "a\0b"}, "about", "field.nul_byte"),
    ],
)
async def test_a_question_that_cannot_be_asked_names_its_field(
    world: World, question: dict[str, Any], field: str, code: str
) -> None:
    async with world.api("demo.dpo") as api:
        answer = await api.get("/audit/entries", params=question)
    assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)


async def test_an_unknown_entry_or_page_is_told(world: World) -> None:
    async with world.api("demo.dpo") as api:
        for answer in (
            await api.get(f"/audit/entries/{uuid7()}"),
            await api.get("/audit/entries", params={"after": str(uuid7())}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "audit.unknown_entry")


async def test_to_whom_a_case_was_open_between_two_moments(world: World, case: dict[str, Any]) -> None:
    long_ago, later = "2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"
    async with world.api("demo.dpo") as api:
        found = await ask(api, "readable", about=case["code"], since=long_ago, until=later)
        assert [(h["organisation"]["en"], h["basis"]) for h in found["holders"]] == [("Mobile unit Berat", "opening")]
        assert "identity" in found["holders"][0]["data_classes"]
        none = await ask(api, "readable", about=case["code"], since=long_ago, until="2021-01-01T00:00:00Z")
        assert none["holders"] == []


async def test_what_was_open_to_a_colleague_between_two_moments(world: World, case: dict[str, Any]) -> None:
    long_ago, later = "2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"
    async with world.api("demo.dpo") as api:
        mine = await ask(api, "readable", account="demo.njl", since=long_ago, until=later)
        opened = next(c for c in mine["cases"] if c["code"] == case["code"])
        assert "legal" not in opened["data_classes"], "no class that the role can never see"
        assert opened["bases"] == ["opening"]
        first = await ask(api, "readable", account="demo.njl", since=long_ago, until=later, limit=1)
        assert len(first["cases"]) == 1
        police = await ask(api, "readable", account="demo.polici", since=long_ago, until=later)
        assert case["code"] not in {c["code"] for c in police["cases"]}
        authority = await ask(api, "readable", account="demo.ap", since=long_ago, until=later)
        assert (authority["nationwide"], mine["nationwide"]) == (True, False)
    async with world.superuser() as connection:
        await connection.execute(
            text(
                """insert into casework.case_denial (id, case_id, account_id, reason, valid_from, denied_by)
                select gen_random_uuid(), :case, id, 'CONFLICT', '2019-01-01', id from iam.account
                where login = 'demo.njl'"""
            ),
            {"case": case["id"]},
        )
    async with world.api("demo.dpo") as api:
        denied = await ask(api, "readable", account="demo.njl", since=long_ago, until=later)
        assert case["code"] not in {c["code"] for c in denied["cases"]}


@pytest.mark.parametrize(
    ("question", "field", "code"),
    [
        ({"about": "CODE"}, "since", "field.missing"),
        ({"account": "demo.njl", "since": "2026-01-01T00:00:00Z"}, "until", "field.missing"),
        ({"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}, "about", "audit.case_or_colleague"),
        (
            {"about": "CODE", "account": "demo.njl", "since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"},
            "about",
            "audit.case_or_colleague",
        ),
    ],
)
async def test_the_question_after_a_breach_needs_one_subject_and_two_moments(
    world: World, case: dict[str, Any], question: dict[str, str], field: str, code: str
) -> None:
    given = {k: case["code"] if v == "CODE" else v for k, v in question.items()}
    async with world.api("demo.dpo") as api:
        answer = await api.get("/audit/readable", params=given)
    assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)


async def test_the_log_holds_no_personal_data(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.njl") as api:
        await api.post("/persons/search", json={"text": PERSON["family_names"]})
    async with world.superuser() as connection:
        rows = [str(row) for row in await connection.execute(text("select * from audit.entry"))]
    assert len(rows) > 10
    told = [PERSON["given_names"], PERSON["family_names"], "+355 69", REGISTRATION["urgent"]["note"]]
    assert not [word for row in rows for word in told if word in row]


async def test_every_action_has_its_words(world: World) -> None:
    missing = [name for name in ACTIONS if not has_text(f"audit.actions.{name}")]
    assert missing == []
    for language in LANGUAGES:
        said = [say(f"audit.actions.{name}", language) for name in ACTIONS]
        assert len(said) == len(set(said)), "two actions with the same words"


def _now() -> str:
    return (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
