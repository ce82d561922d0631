"""Tokens for programs: given for password and code, renewed once, void with their session."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from jose import jws
from sqlalchemy import text

from app.domain.problems import NotFound, Unavailable
from app.services import api_tokens
from app.services.credentials import tokens
from app.services.unit_of_work import unit_of_work
from tests.people import Insider, clock, insider, next_code, token_request
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def signed_in(world: World, who: Insider) -> dict[str, str]:
    async with world.api() as api:
        answer = await token_request(world, api, who)
        assert answer.status_code == 201, answer.text
        found: dict[str, str] = answer.json()
        return found


async def status(world: World, token: str, path: str = "/session") -> tuple[int, str]:
    async with world.api() as api:
        answer = await api.get(path, headers=bearer(token))
        return answer.status_code, answer.json().get("code", "")


async def test_password_and_code_give_tokens_and_the_session_says_who(world: World) -> None:
    who = await insider(world)
    made = await signed_in(world, who)
    assert (made["token_type"], made["expires_in"]) == ("Bearer", 600)
    async with world.api() as api:
        me = (await api.get("/session", headers=bearer(made["access_token"]))).json()
    assert me["account_id"] == str(who.id)
    assert (me["role"], me["org_code"], me["jurisdiction"]) == ("case_manager", "DEMO-BASHKI-BERAT", "AL")
    assert me["data_classes"] == ["casework", "health", "identification", "identity", "legal", "milestones"]
    assert me["second_factor"] is True
    assert [role["role"] for role in me["roles"]] == ["case_manager"]
    assert (await status(world, made["access_token"], "/signals"))[0] == 200


async def test_what_is_wrong_is_not_told(world: World) -> None:
    who = await insider(world)
    asked = {
        "unknown": {"login": "askush.fare", "password": "a b c d e f g h"},
        "password": {"login": who.login, "password": "tjetër fjalëkalim krejt"},
        "code": {"login": who.login, "password": who.password, "code": "000000"},
        "no code": {"login": who.login, "password": who.password},
        "nul": {"login": "a\0b", "password": "\0"},
    }
    answers = {}
    async with world.api() as api:
        for name, body in asked.items():
            answers[name] = await api.post("/tokens", json=body)
    assert {a.status_code for a in answers.values()} == {401}
    assert {a.json()["code"] for a in answers.values()} == {"sign_in.wrong"}
    assert len({a.json()["detail"] for a in answers.values()}) == 1


async def test_success_and_failure_are_written_down_without_what_was_typed(world: World) -> None:
    who = await insider(world)
    await signed_in(world, who)
    async with world.api() as api:
        await token_request(world, api, who, password="gabim i madh fare")
        await api.post("/tokens", json={"login": "emri.askujt", "password": "gabim"})
    entries = await world.audit_entries("session.start")
    done = [e for e in entries if e["outcome"] == "done" and e["account_id"] == who.id]
    assert len(done) == 1
    assert done[0]["subject_kind"] == "session"
    refused = [e for e in entries if e["outcome"] == "refused"]
    assert who.id in [e["subject_id"] for e in refused]
    assert None in [e["subject_id"] for e in refused]
    assert all(who.login not in str(e) and "emri.askujt" not in str(e) for e in entries)


async def test_a_code_is_good_once_and_an_older_one_not_at_all(world: World) -> None:
    who = await insider(world)
    code = await next_code(world, who)
    async with world.api() as api:
        assert (await token_request(world, api, who, code=code)).status_code == 201
        assert (await token_request(world, api, who, code=code)).status_code == 401
        earlier = who.code(await clock(world))
        assert (await token_request(world, api, who, code=earlier)).status_code == 401


async def test_a_refresh_token_is_good_once_and_its_copy_ends_the_session(world: World) -> None:
    first = await signed_in(world, await insider(world))
    async with world.api() as api:
        # A program sends its expired access token along: that must not keep it from renewing.
        answer = await api.post(
            "/tokens/refresh", json={"refresh_token": first["refresh_token"]}, headers=bearer("x.y.z")
        )
        second = answer.json()
        assert answer.status_code == 200
        assert second["refresh_token"] != first["refresh_token"]
        assert second["session_id"] == first["session_id"]
        assert (await status(world, second["access_token"]))[0] == 200
        stolen = await api.post("/tokens/refresh", json={"refresh_token": first["refresh_token"]})
        assert (stolen.status_code, stolen.json()["code"]) == (401, "token.invalid")
        for token in (first["access_token"], second["access_token"]):
            assert await status(world, token) == (401, "session.required")
        after = await api.post("/tokens/refresh", json={"refresh_token": second["refresh_token"]})
        assert after.status_code == 401
    refused = [e for e in await world.audit_entries("session.refresh") if e["outcome"] == "refused"]
    assert [e["detail"]["code"] for e in refused][-2:] == ["token.reused", "token.revoked"]
    assert {str(e["subject_id"]) for e in refused[-2:]} == {first["session_id"]}


async def test_an_unknown_or_expired_refresh_token_is_refused(world: World) -> None:
    made = await signed_in(world, await insider(world))
    async with world.superuser() as connection:
        await connection.execute(
            text("update iam.refresh_token set expires_at = now() where session_id = :id"), {"id": made["session_id"]}
        )
    async with world.api() as api:
        for token in (made["refresh_token"], "nothing", "a\0b"):
            answer = await api.post("/tokens/refresh", json={"refresh_token": token})
            assert (answer.status_code, answer.json()["code"]) == (401, "token.invalid")
    assert (await status(world, made["access_token"]))[0] == 200


async def test_signing_out_ends_a_valid_token_at_once(world: World) -> None:
    made = await signed_in(world, await insider(world))
    async with world.api() as api:
        assert (await api.delete("/tokens/current", headers=bearer(made["access_token"]))).status_code == 204
        assert await status(world, made["access_token"]) == (401, "session.required")
        assert (await api.post("/tokens/refresh", json={"refresh_token": made["refresh_token"]})).status_code == 401


async def test_a_suspended_account_and_an_ended_role_end_a_valid_token_at_once(world: World) -> None:
    for path in ("suspend", "roles/{role}/end"):
        who = await insider(world)
        made = await signed_in(world, who)
        async with world.api("demo.admin") as admin:
            person = (await admin.get(f"/accounts/{who.id}")).json()
            address = path.format(role=person["roles"][0]["id"])
            done = await admin.post(f"/accounts/{who.id}/{address}", headers={"If-Match": f'"{person["version"]}"'})
            assert done.status_code == 200, done.text
        assert await status(world, made["access_token"]) == (401, "session.required")
        async with world.api() as api:
            assert (await api.post("/tokens/refresh", json={"refresh_token": made["refresh_token"]})).status_code == 401
            assert (await token_request(world, api, who, code=await next_code(world, who))).status_code in (401, 403)


async def test_a_session_that_has_run_out_is_over_whatever_the_token_says(world: World) -> None:
    made = await signed_in(world, await insider(world))
    async with world.superuser() as connection:
        await connection.execute(
            text("update iam.session set expires_at = now() where id = :id"), {"id": made["session_id"]}
        )
    assert (await status(world, made["access_token"]))[0] == 401


def _forged_with_public_key(world: World, claims: dict[str, object]) -> str:
    # The library alone would take this: a shared secret that everybody knows.
    public = world.program.signing_keys.public_pem(world.program.signing_keys.signing()[0]) or ""
    secret = public.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "").strip()
    kid = world.program.signing_keys.signing()[0]
    return str(jws.sign(claims, secret, headers={"kid": kid, "typ": tokens.TYPE}, algorithm="HS256"))


def _unsigned(world: World, claims: dict[str, object]) -> str:
    signed = _forged_with_public_key(world, claims)
    return f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{signed.split('.')[1]}."


@pytest.mark.parametrize("forge", [_forged_with_public_key, _unsigned])
async def test_a_forged_token_is_refused(world: World, forge: Callable[[World, dict[str, object]], str]) -> None:
    made = await signed_in(world, await insider(world))
    good = tokens.read(made["access_token"], world.program.signing_keys, datetime.now(UTC))
    now = int(datetime.now(UTC).timestamp())
    claims: dict[str, object] = {
        "iss": tokens.ISSUER, "aud": tokens.AUDIENCE, "sub": str(good.sub), "sid": str(good.sid),
        "jti": str(good.jti), "ver": 1, "iat": now, "nbf": now, "exp": now + 600,
    }  # fmt: skip
    assert (await status(world, forge(world, claims)))[0] == 401


async def test_an_expired_token_and_one_of_a_browser_session_are_refused(world: World) -> None:
    who = await insider(world)
    made = await signed_in(world, who)
    good = tokens.read(made["access_token"], world.program.signing_keys, datetime.now(UTC))
    old = tokens.issue(
        world.program.signing_keys, account_id=good.sub, session_id=good.sid, version=1,
        now=datetime.now(UTC) - timedelta(minutes=11),
    )  # fmt: skip
    assert await status(world, old) == (401, "token.expired")
    _, browser_session, account_id = await world._session("demo.njl", "browser")
    stolen = tokens.issue(
        world.program.signing_keys, account_id=account_id, session_id=browser_session, version=1, now=datetime.now(UTC)
    )
    assert await status(world, stolen) == (401, "session.required")


async def test_who_has_not_finished_the_first_sign_in_gets_no_token(world: World) -> None:
    async with world.api() as api:
        fresh = await token_request(world, api, await insider(world, telephone=False, first=True))
        assert (fresh.status_code, fresh.json()["code"]) == (403, "policy.change_password")
        unproved = await token_request(world, api, await insider(world, telephone=False))
        assert (unproved.status_code, unproved.json()["code"]) == (403, "sign_in.enrol_first")
        figures = await insider(world, "statistician", org="INSTAT", telephone=False)
        assert (await token_request(world, api, figures)).status_code == 201
    async with world.superuser() as connection:
        query = (
            "select count(*) from iam.session s join iam.assignment a on a.id = s.assignment_id"
            " where s.kind = 'api' and s.second_factor_at is null and s.revoked_at is null and a.role = 'case_manager'"
        )
        left = await connection.execute(text(query))
        assert left.scalar_one() == 0


async def test_the_role_is_chosen_among_those_held(world: World) -> None:
    who = await insider(world)
    async with world.api("demo.admin") as admin:
        org = str(await world.organisation("DEMO-AGIMI"))
        version = (await admin.get(f"/accounts/{who.id}")).headers["etag"]
        given = await admin.post(
            f"/accounts/{who.id}/roles", json={"role": "shelter_staff", "org_id": org}, headers={"If-Match": version}
        )
        assert given.status_code == 201, given.text
    role = next(r["id"] for r in given.json()["roles"] if r["role"] == "shelter_staff")
    async with world.api() as api:
        made = await token_request(world, api, who, assignment_id=role)
        assert made.status_code == 201, made.text
        me = (await api.get("/session", headers=bearer(made.json()["access_token"]))).json()
        assert (me["role"], len(me["roles"])) == ("shelter_staff", 2)
        _, _, somebody = await world._session("demo.njl", "browser")
        other = await token_request(world, api, who, assignment_id=str(somebody), code=await next_code(world, who))
        assert (other.status_code, other.json()["code"]) == (403, "sign_in.no_role")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "x"}, "login"),
        ({"login": "x" * 201, "password": "x"}, "login"),
        ({"login": "x", "password": "x" * 1025}, "password"),
        ({"login": "x", "password": "x", "assignment_id": "7"}, "assignment_id"),
        ({"login": "x", "password": "x", "remember": True}, "remember"),
    ],
)
async def test_bad_input_names_the_field(world: World, body: dict[str, object], field: str) -> None:
    async with world.api() as api:
        answer: httpx.Response = await api.post("/tokens", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(("wanted", "role"), [("shelter_staff", "shelter_staff"), ("demo.xk.qps", "case_manager")])
async def test_a_demonstration_token_names_a_role_or_a_person(world: World, wanted: str, role: str) -> None:
    async with unit_of_work(world.program, None, "session.start") as unit:
        actor, made = await api_tokens.demonstration_token(unit, wanted)
    assert (actor.role, made.refresh_token, made.expires_in) == (role, None, 600)
    assert (await status(world, made.access_token))[0] == 200
    who = await insider(world)
    for refused, problem in (("queen", NotFound), (who.login, NotFound), ("system", NotFound)):
        with pytest.raises(problem):
            async with unit_of_work(world.program, None, "session.start") as unit:
                await api_tokens.demonstration_token(unit, refused)
    real = dataclasses.replace(world.program, demonstration=False)
    with pytest.raises(Unavailable):
        async with unit_of_work(real, None, "session.start") as unit:
            await api_tokens.demonstration_token(unit, wanted)
