"""Every route times every role: who does not hold the action is refused, who holds it is never refused for the policy.

The routes are walked, not listed: a new one is part of this test when its router is. FastAPI keeps included routers out
of `app.routes`, so the walk goes over the routers themselves.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from app.api import routers as api_routers
from app.api.routing import ConceptRouter
from app.domain.ids import uuid7
from app.domain.policy import ACTIONS, PEOPLE, SECOND_FACTOR_ROLES, Reach, Role, may
from app.http.routes import ActionRoute
from app.services.credentials import tokens
from app.services.demonstration_people import PEOPLE as DEMONSTRATION
from app.services.unit_of_work import UnitOfWork
from app.texts import text as say
from app.web import routers as web_routers
from app.web.routing import PageRouter, csrf_token
from tests.stories import PERSON, register_case
from tests.world import World, role_login

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHOUT_A_ROUTE = {
    "intake.verify",
    "system.maintain",
    "statistics.read_internal",
    "statistics.read_own_services",
}
"""Actions of the program itself; everything else somebody must be able to do."""
POLICY_SENTENCES = tuple(say(f"problems.policy.{code}", "sq") for code in ("role", "second_factor", "change_password"))
ENDS_THE_SESSION = {"session.end", "session.revoke", "session.switch", "session.prove", "session.refresh"}
"""Actions after which a session may be another one: each of their routes is tried with a session of its own."""
LEADS_TO_THE_DOOR = {"session.end", "session.prove"}
"""Actions that end at the sign-in page, or at the page of the second factor, where they succeed."""
ROLES = sorted(PEOPLE)


@dataclass(frozen=True)
class Entry:
    """One route and method: where, what it does, and through which door (`api` or `page`)."""

    door: str
    method: str
    path: str
    route: ActionRoute

    @property
    def address(self) -> str:
        """An address of the route with ids that nobody has."""
        return re.sub(r"\{([a-z_]+)\}", lambda found: _made_up(found.group(1)), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.route.action})"


def _made_up(name: str) -> str:
    return str(uuid7()) if name == "id" or name.endswith("_id") else "X"


def reachable(role: Role, entry: Entry) -> bool:
    """True where the role may see the page that the form of this entry stands on."""
    page = getattr(entry.route, "page", None) or entry.path
    shown = [other for other in PAGES if other.method == "GET" and other.path == page]
    return not entry.route.unsafe or not shown or may(role, shown[0].route.action)


def entries(door: str) -> Iterator[Entry]:
    """Walk the routes of one door."""
    for router in api_routers() if door == "api" else web_routers():
        prefix = "/api/v1" if door == "api" and router.prefix not in ("", "/") else ""
        for route in router.routes:
            assert isinstance(route, ActionRoute), route
            for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Entry(door, method, prefix + route.path, route)


API, PAGES = list(entries("api")), list(entries("page"))


def forget(world: World, login: str) -> None:
    """Have somebody sign in anew the next time."""
    for known in [key for key in world._sessions if key.startswith(f"{login}:")]:
        del world._sessions[known]


@asynccontextmanager
async def caller(world: World, login: str, door: str, *, second_factor: bool = True) -> AsyncIterator[Any]:
    """Something that calls an entry as somebody, with a body that says nothing."""
    kind = "api" if door == "api" else "browser"
    transport = httpx.ASGITransport(app=world.app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://besa.test") as client:

        async def call(entry: Entry) -> httpx.Response:
            if entry.route.action in ENDS_THE_SESSION:
                forget(world, login)
            token, session_id, account_id = await world._session(login, kind, second_factor)
            if door == "page":
                client.cookies.set("besa", token)
                data = {"csrf_token": csrf_token(token)} if entry.route.unsafe else None
                response = await client.request(entry.method, entry.address, data=data)
            else:
                signed = tokens.issue(
                    world.program.signing_keys,
                    account_id=account_id,
                    session_id=session_id,
                    version=1,
                    now=datetime.now(UTC),
                )
                headers = {"Authorization": f"Bearer {signed}", "Accept-Language": "sq"}
                body: dict[str, Any] | None = {} if entry.route.unsafe else None
                response = await client.request(entry.method, entry.address, json=body, headers=headers)
            if entry.route.action in ENDS_THE_SESSION:
                forget(world, login)
            return response

        yield call


def refused_by_policy(entry: Entry, answer: httpx.Response) -> bool:
    """True where the answer refuses for the role, the second factor or the first password."""
    if answer.status_code == 401:
        return True
    if answer.status_code == 303 and entry.route.action in LEADS_TO_THE_DOOR:
        return False
    if answer.status_code == 303:
        return answer.headers["location"].split("?")[0] in ("/sign-in", "/second-factor", "/password")
    return answer.status_code == 403 and any(sentence in answer.text for sentence in POLICY_SENTENCES)


async def violations(world: World, role: Role, door: str) -> list[str]:
    """Return every route of a door that treats the role otherwise than the policy says."""
    found = []
    async with caller(world, role_login(role), door) as call:
        for entry in API if door == "api" else PAGES:
            rule = ACTIONS[entry.route.action]
            answer = await call(entry)
            refused = refused_by_policy(entry, answer) and rule.reach is not Reach.OPEN
            allowed = may(role, rule.name)
            if refused is allowed and (reachable(role, entry) or not allowed):
                found.append(f"{entry}: {role} {'is refused' if refused else 'gets through'} ({answer.status_code})")
            if answer.status_code >= 500:
                found.append(f"{entry}: {answer.status_code} for {role}")
    return found


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_of_the_interface_follows_the_policy(world: World, role: Role) -> None:
    assert len(API) > 60
    found = await violations(world, role, "api")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ROLES)
async def test_every_page_follows_the_policy(world: World, role: Role) -> None:
    assert len(PAGES) > 40
    found = await violations(world, role, "page")
    assert not found, "\n".join(found)


async def test_nobody_signed_in_comes_no_further_than_the_door(world: World) -> None:
    found = []
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://besa.test") as client:
        for entry in API + PAGES:
            if ACTIONS[entry.route.action].reach is Reach.OPEN:
                continue
            body: dict[str, Any] = {"json": {}} if entry.door == "api" and entry.route.unsafe else {}
            answer = await client.request(entry.method, entry.address, **body)
            led = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            if not (led if entry.door == "page" else answer.status_code == 401):
                found.append(f"{entry}: {answer.status_code}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("door", ["api", "page"])
@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR])
async def test_without_the_second_factor_only_the_way_to_it_is_open(world: World, role: Role, door: str) -> None:
    assert role in SECOND_FACTOR_ROLES
    found = []
    async with caller(world, role_login(role), door, second_factor=False) as call:
        for entry in API if door == "api" else PAGES:
            rule = ACTIONS[entry.route.action]
            if rule.reach is Reach.OPEN or not may(role, rule.name):
                continue
            answer = await call(entry)
            if refused_by_policy(entry, answer) is not rule.second_factor:
                found.append(f"{entry}: {answer.status_code}")
    assert not found, "\n".join(found)


async def test_without_the_guard_the_matrix_fails_and_the_database_still_shows_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await register_case(world, "demo.njl")
    monkeypatch.setattr(UnitOfWork, "require", lambda self, action: self._actor)
    assert await violations(world, Role.STATISTICIAN, "api") != []
    secrets = [case["id"], case["code"], PERSON["given_names"], PERSON["family_names"]]
    strangers = (
        Role.STATISTICIAN,
        Role.ADMINISTRATOR,
        Role.FIRST_RESPONDER,
        Role.SHELTER_MANAGER,
        Role.HOTLINE_OPERATOR,
    )
    read = [e for e in API + PAGES if e.method == "GET" and ACTIONS[e.route.action].reach is not Reach.OPEN]

    async def tells(login: str) -> list[str]:
        found = []
        for door in ("api", "page"):
            async with caller(world, login, door) as call:
                for entry in (e for e in read if e.door == door):
                    aimed = Entry(door, "GET", entry.path.replace("{case_id}", str(case["id"])), entry.route)
                    answer = await call(aimed)
                    told = answer.text.replace(aimed.path, "").replace(f"/{case['id']}/", "/")
                    if answer.status_code < 300 and any(secret in told for secret in secrets):
                        found.append(str(aimed))
        return found

    assert len(await tells("demo.njl")) > 5, "who opened the case is told"
    for role in strangers:
        assert await tells(role_login(role)) == [], role


async def test_every_action_can_be_done_somewhere() -> None:
    done = {entry.route.action for entry in API + PAGES}
    assert sorted(set(ACTIONS) - done) == sorted(WITHOUT_A_ROUTE)


async def test_every_role_has_somebody_in_the_demonstration() -> None:
    assert {p.role for p in DEMONSTRATION if p.jurisdiction == "AL"} == PEOPLE


@pytest.mark.parametrize("action", [None, "", "case.reed"])
async def test_a_route_without_an_action_of_the_policy_is_not_built(action: str | None) -> None:
    async def handler() -> dict[str, str]:
        return {}

    with pytest.raises(RuntimeError, match="no action of the policy"):
        ConceptRouter("/x", "x").act("GET", "", action=action)(handler)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="no action of the policy"):
        PageRouter().page("/x", action=action)(handler)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="no action of the policy"):
        APIRouter(route_class=ActionRoute).get("/x")(handler)


async def test_only_a_route_of_the_door_checks_its_caller_itself() -> None:
    async def handler() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="only an open action"):
        PageRouter().act("/x", action="case.read", own_units=True)(handler)
