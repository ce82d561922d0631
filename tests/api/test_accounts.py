"""People through the JSON interface: added, given roles, suspended, let in again; felt at once and audited."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.storage.encryption import associated, unseal_json
from tests.people import Insider, clock, insider, next_code, token_request
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def new_person(world: World, **changes: Any) -> dict[str, Any]:
    body = {
        "display_name": "Lule Prova",
        "login": f"lule.{uuid4().hex[:8]}",
        "role": "case_manager",
        "org_id": str(await world.organisation("DEMO-BASHKI-BERAT")),
    }
    return {**body, **changes}


def at(version: int | str) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


async def status_of(world: World, token: str) -> int:
    async with world.api() as api:
        return (await api.get("/session", headers={"Authorization": f"Bearer {token}"})).status_code


async def access(world: World, who: Insider) -> str:
    async with world.api() as api:
        answer = await token_request(world, api, who)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["access_token"])


async def test_a_person_is_added_with_a_password_for_once_and_listed_by_name(world: World) -> None:
    async with world.api("demo.admin") as api:
        made = await api.post("/accounts", json=await new_person(world, display_name="Çelë Ëmbël"))
        assert made.status_code == 201, made.text
        person = made.json()
        assert made.headers["etag"] == '"1"'
        assert len(person["one_time_password"]) == 19
        assert (person["must_change_password"], person["second_factor"], person["active"]) == (True, False, True)
        read = await api.get(made.headers["location"].removeprefix("/api/v1"))
        assert "one_time_password" not in read.json()
        assert {k: v for k, v in person.items() if k != "one_time_password"} == read.json()
        found = (await api.get("/accounts", params={"search": "embel cele"})).json()
        assert [p["id"] for p in found["items"]] == [person["id"]]
    async with world.superuser() as connection:
        kept = (await connection.execute(text("select * from iam.account where id = :id"), {"id": person["id"]})).one()
    assert person["one_time_password"] not in str(kept)
    assert kept.password_hash.startswith("$argon2id$")
    entry = (await world.audit_entries("account.manage"))[-1]
    assert entry["changed"] == ["display_name", "language", "login", "password", "roles"]
    assert str(entry["subject_id"]) == person["id"]
    assert "Çelë" not in str(entry)


async def test_the_list_goes_on_where_the_page_ended(world: World) -> None:
    async with world.api("demo.admin") as api:
        whole = (await api.get("/accounts?limit=100")).json()
        names = [p["display_name"] for p in whole["items"]]
        paged, after = [], ""
        while True:
            page = (await api.get(f"/accounts?limit=4{after}")).json()
            paged += page["items"]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
    assert [p["id"] for p in paged] == [p["id"] for p in whole["items"]]
    assert len({p["id"] for p in paged}) == len(paged) >= 15
    assert "Besa" not in names
    assert "Arta Demo" not in names, "people of another country are not there"


async def test_people_of_another_country_cannot_be_told_from_nobody(world: World) -> None:
    async with world.superuser() as connection:
        query = text("select id from iam.account where login = :login")
        kosovar = (await connection.execute(query, {"login": "demo.xk.qps"})).scalar_one()
        program = (await connection.execute(query, {"login": "besa"})).scalar_one()
    async with world.api("demo.admin") as api:
        for account_id in (kosovar, program, uuid7()):
            for method, path in (("GET", ""), ("POST", "/suspend"), ("POST", "/end-sessions")):
                answer = await api.request(method, f"/accounts/{account_id}{path}", headers=at(1))
                assert (answer.status_code, answer.json()["code"]) == (404, "account.unknown")
        body = await new_person(world, org_id=str(await world.organisation("DEMO-QPS", "XK")))
        foreign = await api.post("/accounts", json=body)
        assert (foreign.status_code, foreign.json()["field"]) == (422, "org_id")


async def test_who_works_in_two_countries_is_nobodys_alone(world: World) -> None:
    who = await insider(world)
    qps = await world.organisation("DEMO-QPS", "XK")
    async with world.superuser() as connection:
        await connection.execute(
            text("insert into iam.assignment (id, account_id, org_id, role, jurisdiction)"
                 " values (:id, :account, :org, 'case_manager', 'XK')"),
            {"id": uuid7(), "account": who.id, "org": qps},
        )  # fmt: skip
    async with world.api("demo.admin") as api:
        for path in ("suspend", "reset-password", "end-sessions"):
            answer = await api.post(f"/accounts/{who.id}/{path}", headers=at(1))
            assert (answer.status_code, answer.json()["code"]) == (409, "account.elsewhere")


async def test_suspending_ends_everything_at_once_and_opening_revives_no_session(world: World) -> None:
    who = await insider(world)
    token = await access(world, who)
    assert await status_of(world, token) == 200
    async with world.api("demo.admin") as api:
        suspended = await api.post(f"/accounts/{who.id}/suspend", headers=at(1))
        assert (suspended.status_code, suspended.json()["active"]) == (200, False)
        assert await status_of(world, token) == 401
        async with world.api() as door:
            assert (await token_request(world, door, who, code=await next_code(world, who))).status_code == 401
        again = await api.post(f"/accounts/{who.id}/suspend", headers=at(2))
        assert (again.status_code, again.json()["code"]) == (409, "account.suspended")
        opened = await api.post(f"/accounts/{who.id}/reactivate", headers=at(2))
        assert opened.json()["active"] is True
        assert await status_of(world, token) == 401


async def test_roles_are_given_for_a_time_and_end_at_once(world: World) -> None:
    who = await insider(world)
    today = (await clock(world)).date()
    agimi = str(await world.organisation("DEMO-AGIMI"))
    async with world.api("demo.admin") as api:
        address = f"/accounts/{who.id}/roles"
        later = {"role": "shelter_staff", "org_id": agimi, "valid_from": str(today + timedelta(days=3))}
        given = await api.post(address, json={**later, "valid_to": str(today + timedelta(days=3))}, headers=at(1))
        assert given.status_code == 201, given.text
        role = given.json()["roles"][-1]
        assert role["valid_from"] < role["valid_to"]
        token = await access(world, who)
        me = await world_session(world, token)
        assert [r["role"] for r in me["roles"]] == ["case_manager"], "a role to come is not held yet"
        for body, field, code in (
            ({**later, "valid_to": str(today)}, "valid_to", "field.reversed"),
            ({"role": "auditor", "org_id": agimi, "valid_to": "2020-01-01"}, "valid_to", "assignment.over"),
            ({"role": "system", "org_id": agimi}, "role", "field.unknown_choice"),
            ({"role": "queen", "org_id": agimi}, "role", "field.unknown_choice"),
            ({"role": "auditor", "org_id": str(uuid7())}, "org_id", "organisation.unknown"),
        ):
            wrong = await api.post(address, json=body, headers=at(2))
            assert (wrong.status_code, wrong.json()["field"], wrong.json()["code"]) == (422, field, code)
        held = await api.post(address, json=later, headers=at(2))
        assert (held.status_code, held.json()["code"]) == (409, "assignment.held")
        first = given.json()["roles"][0]["id"]
        ended = await api.post(f"{address}/{first}/end", headers=at(2))
        assert ended.status_code == 200, ended.text
        assert await status_of(world, token) == 401
        twice = await api.post(f"{address}/{first}/end", headers=at(3))
        assert (twice.status_code, twice.json()["code"]) == (409, "assignment.ended")
        other = await insider(world)
        mixed = await api.post(f"/accounts/{other.id}/roles/{first}/end", headers=at(1))
        assert (mixed.status_code, mixed.json()["code"]) == (404, "assignment.unknown")


async def world_session(world: World, token: str) -> dict[str, Any]:
    async with world.api() as api:
        found: dict[str, Any] = (await api.get("/session", headers={"Authorization": f"Bearer {token}"})).json()
        return found


async def test_an_administrator_changes_nothing_about_themself_that_opens_a_door(world: World) -> None:
    async with world.api("demo.admin") as api:
        own = (await api.get("/session")).json()
        address = f"/accounts/{own['account_id']}"
        person = (await api.get(address)).json()
        body = {"role": "case_manager", "org_id": str(await world.organisation("DEMO-AGIMI"))}
        for path, given in (
            ("roles", body),
            (f"roles/{person['roles'][0]['id']}/end", None),
            ("suspend", None),
            ("reset-password", None),
            ("reset-second-factor", None),
        ):
            answer = await api.post(f"{address}/{path}", json=given, headers=at(person["version"]))
            expected = "account.own_roles" if path.startswith("roles") else "account.own"
            assert (answer.status_code, answer.json()["code"]) == (409, expected)
    refused = [e for e in await world.audit_entries("account.manage") if e["outcome"] == "refused"]
    assert "account.own_roles" in [e["detail"]["code"] for e in refused]  # type: ignore[index]
    # The database refuses it as well, whoever forgets the check.
    async with world.acting("demo.admin", "account.manage") as unit:
        unit.quiet = True
        with pytest.raises(Exception, match="row-level security"):
            async with unit.connection.begin_nested():
                await unit.execute(
                    text("insert into iam.assignment (id, account_id, org_id, role, jurisdiction)"
                         " values (:id, :account, :org, 'case_manager', 'AL')"),
                    {"id": uuid7(), "account": unit.actor.account_id, "org": unit.actor.org_id},
                )  # fmt: skip


async def test_the_database_lets_people_change_their_own_account_only(world: World) -> None:
    who = await insider(world)
    async with world.acting("demo.njl", "session.read") as unit:
        unit.quiet = True
        statement = text("update iam.account set display_name = display_name where id = :id")
        assert (await unit.execute(statement, {"id": who.id})).rowcount == 0
        assert (await unit.execute(statement, {"id": unit.actor.account_id})).rowcount == 1
        seen = await unit.execute(text("select 1 from iam.session where account_id = :id"), {"id": who.id})
        assert seen.first() is None


async def test_a_reset_makes_a_password_for_once_and_ends_the_sessions(world: World) -> None:
    who = await insider(world)
    token = await access(world, who)
    async with world.api("demo.admin") as api:
        reset = await api.post(f"/accounts/{who.id}/reset-password", headers=at(1))
        assert reset.status_code == 200, reset.text
        assert (reset.json()["second_factor"], reset.json()["must_change_password"]) == (True, True)
        assert await status_of(world, token) == 401
        again = await api.post(f"/accounts/{who.id}/reset-second-factor", headers=at(2))
        assert again.json()["second_factor"] is False
        assert again.json()["one_time_password"] != reset.json()["one_time_password"]
    async with world.superuser() as connection:
        left = "select count(*) from iam.recovery_code where account_id = :id"
        assert (await connection.execute(text(left), {"id": who.id})).scalar() == 0
    entries = [e for e in await world.audit_entries("account.manage") if e["subject_id"] == who.id]
    assert [e["changed"] for e in entries[-2:]] == [["password"], ["password", "second_factor"]]


async def test_signing_somebody_out_everywhere(world: World) -> None:
    who = await insider(world)
    token = await access(world, who)
    async with world.api("demo.admin") as api:
        assert (await api.post(f"/accounts/{who.id}/end-sessions")).json() == {"ended": 1}
        assert (await api.post(f"/accounts/{who.id}/end-sessions")).json() == {"ended": 0}
    assert await status_of(world, token) == 401


async def test_a_change_is_guarded_by_version_and_says_what_changed(world: World) -> None:
    who = await insider(world)
    async with world.api("demo.admin") as api:
        address = f"/accounts/{who.id}"
        changed = await api.put(address, json={"display_name": "Prova e Re", "language": "en"}, headers=at(1))
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
        stale = await api.put(address, json={"display_name": "Tjetër", "language": "sq"}, headers=at(1))
        assert stale.status_code == 412
        assert stale.json()["changes"][0]["fields"] == ["display_name", "language"]
        missing = await api.put(address, json={"display_name": "Tjetër", "language": "sq"})
        assert missing.status_code == 428


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"login": "Ë!"}, "login", "field.malformed"),
        ({"login": "ab"}, "login", "field.malformed"),
        ({"login": "demo.njl"}, "login", "account.login_taken"),
        ({"login": "DEMO.NJL "}, "login", "account.login_taken"),
        ({"display_name": " "}, "display_name", "field.missing"),
        ({"display_name": "a\0b"}, "display_name", "field.nul_byte"),
        ({"language": "sr"}, "language", "field.unknown_choice"),
        ({"valid_to": "yesterday"}, "valid_to", "field.not_a_date"),
        ({"password": "x"}, "password", "field.unexpected"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    async with world.api("demo.admin") as api:
        answer: httpx.Response = await api.post("/accounts", json=await new_person(world, **change))
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)


async def test_the_same_request_adds_one_person(world: World) -> None:
    async with world.api("demo.admin") as api:
        body, key = await new_person(world), {"Idempotency-Key": str(uuid4())}
        first, second = [await api.post("/accounts", json=body, headers=key) for _ in range(2)]
        assert (first.status_code, second.status_code, second.json()["code"]) == (201, 409, "request.shown_once")
        async with world.superuser() as connection:
            found = await connection.execute(
                text("select id, response from iam.idempotency where idempotency_key = :key"),
                {"key": key["Idempotency-Key"]},
            )
            row_id, sealed = found.one()
        place = associated("iam.idempotency", "response", row_id)
        kept = unseal_json(world.program.keyring.installation_key("idempotency"), sealed, place)
        assert kept["body"] is None, "the password is not kept, not even sealed"
        other = await api.post("/accounts", json=body)
        assert (other.status_code, other.json()["code"]) == (422, "account.login_taken")


@pytest.mark.parametrize("login", ["demo.njl", "demo.ap", "demo.dpo", "demo.statistika"])
async def test_nobody_else_sees_or_changes_people(world: World, login: str) -> None:
    async with world.api(login) as api:
        for method, path in (("GET", "/accounts"), ("POST", "/accounts"), ("GET", f"/accounts/{uuid7()}")):
            answer = await api.request(method, path, json=None if method == "GET" else await new_person(world))
            assert (answer.status_code, answer.json()["code"]) == (403, "policy.role")
    async with world.api() as api:
        assert (await api.get("/accounts")).status_code == 401
