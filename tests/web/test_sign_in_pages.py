"""The door as a person meets it: the first sign-in to its end, cookies, the way back, the way out."""

import base64
import dataclasses
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.services.credentials import totp
from app.services.demonstration_people import PEOPLE
from tests.people import PASSWORD, Insider, clock, insider, next_code
from tests.web.test_signal_pages import hidden
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN = "dritë e vonë mbi lumin Osum"


@asynccontextmanager
async def visitor(
    world: World, *, base: str = "http://besa.test", address: str = "192.0.2.33", app: FastAPI | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at an address of its own."""
    transport = httpx.ASGITransport(app=app or world.app, client=(address, 4000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield client


async def enter(browser: httpx.AsyncClient, who: Insider, path: str = "/sign-in", **changes: str) -> httpx.Response:
    """Type login and password and press the button."""
    page = (await browser.get(path)).text
    typed = {"csrf_token": hidden(page, "csrf_token"), "next": hidden(page, "next")}
    return await browser.post("/sign-in", data={**typed, "login": who.login, "password": who.password, **changes})


async def send(browser: httpx.AsyncClient, path: str, data: dict[str, str], to: str | None = None) -> httpx.Response:
    """Fill in the form of a page and send it."""
    page = (await browser.get(path)).text
    found = {name: hidden(page, name) for name in ("csrf_token", "next") if f'name="{name}"' in page}
    return await browser.post(to or path, data={**found, **data})


async def whole(world: World, browser: httpx.AsyncClient, who: Insider) -> None:
    """Sign in to the end."""
    assert (await enter(browser, who)).status_code == 303
    assert (await send(browser, "/second-factor", {"code": await next_code(world, who)})).status_code == 303


async def test_the_first_sign_in_leads_from_the_one_time_password_to_the_page_one_wanted(world: World) -> None:
    who = await insider(world, telephone=False, first=True)
    async with visitor(world) as browser:
        door = await browser.get("/signals")
        assert door.headers["location"] == "/sign-in?next=/signals"
        answer = await enter(browser, who, door.headers["location"])
        assert answer.headers["location"] == "/second-factor?next=/signals"
        answer = await browser.get(answer.headers["location"])
        assert answer.headers["location"] == "/password?next=/signals"

        page = await browser.get(answer.headers["location"])
        assert "Zgjidhni fjalëkalimin tuaj" in page.text
        assert 'href="/signals"' not in page.text, "no rooms before the sign-in is complete"
        form = {"current": who.password, "new": OWN, "again": OWN}
        answer = await send(browser, "/password?next=/signals", form, to="/password")
        assert answer.headers["location"].startswith("/second-factor?next=/signals"), answer.text
        answer = await browser.get(answer.headers["location"])
        assert answer.headers["location"] == "/second-factor/new?next=/signals"

        page = await browser.get(answer.headers["location"])
        assert "<svg" in page.text
        assert "style=" not in page.text
        typed = re.search(r'class="besa-secret"[^>]*>([A-Z2-7 ]{39})<', page.text)
        assert typed is not None
        secret = base64.b32decode(typed.group(1).replace(" ", ""))
        assert (await browser.get("/second-factor/new")).text.count(typed.group(1)) == 1, "the same until confirmed"
        wrong = await send(browser, "/second-factor/new", {"code": "12345"})
        assert wrong.status_code == 422
        code = totp.code_at(secret, await clock(world))
        codes = await send(browser, "/second-factor/new?next=/signals", {"code": code}, to="/second-factor/new")
        assert codes.status_code == 200
        shown = re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", codes.text)
        assert len(shown) == 10
        assert 'href="/signals"' in codes.text

        assert (await browser.get("/signals")).status_code == 200
        out = await browser.post("/sign-out", data={"csrf_token": hidden(codes.text, "csrf_token")})
        assert out.headers["location"] == "/sign-in?done=signed_out"
        assert (await browser.get("/signals")).status_code == 303
    who.password, who.codes = OWN, tuple(shown)
    async with visitor(world) as browser:
        assert (await enter(browser, who)).headers["location"] == "/second-factor"
        again = await send(browser, "/second-factor", {"code": code})
        assert again.status_code == 422, "the code that connected the telephone is used up"
        passed = await send(browser, "/second-factor/recovery", {"code": who.codes[0]})
        assert passed.headers["location"] == "/"


async def test_a_wrong_password_keeps_the_name_and_tells_nothing(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as browser:
        wrong = await enter(browser, who, password="gabim krejt i madh")
        unknown = await enter(browser, who, login="askush.fare")
    assert wrong.status_code == unknown.status_code == 422
    assert f'value="{who.login}"' in wrong.text
    assert "gabim krejt" not in wrong.text
    assert "set-cookie" not in wrong.headers
    assert wrong.text.replace(who.login, "?") == unknown.text.replace("askush.fare", "?")
    assert 'href="#login"' in wrong.text


async def test_waiting_is_said_with_the_time(world: World) -> None:
    who = await insider(world)
    async with visitor(world, address="203.0.113.77") as browser:
        answers = [await enter(browser, who, password="gabim krejt i madh") for _ in range(7)]
    assert [a.status_code for a in answers] == [422] * 6 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2
    assert "Provoni përsëri pas" in answers[-1].text


async def test_a_planted_session_is_not_taken_over(world: World) -> None:
    attacker, victim = await insider(world), await insider(world)
    async with visitor(world) as theirs, visitor(world) as browser:
        await whole(world, theirs, attacker)
        planted = theirs.cookies["besa"]
        browser.cookies.set("besa", planted, domain="besa.test", path="/")
        answer = await enter(browser, victim)
        assert answer.status_code == 303
        fresh = answer.cookies["besa"]
        assert fresh != planted
        assert (await theirs.get("/signals")).headers["location"].startswith("/sign-in"), "the planted one has ended"
        answer = await send(browser, "/second-factor", {"code": await next_code(world, victim)})
        assert answer.cookies["besa"] not in (fresh, planted)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/a",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/sign-out",
        "/signals\r\nSet-Cookie: a=b",
        "signals",
        "/" + "x" * 600,
    ],
)
async def test_the_way_on_never_leads_elsewhere(world: World, elsewhere: str) -> None:
    async with visitor(world) as browser:
        page = (await browser.get("/sign-in", params={"next": elsewhere})).text
        assert hidden(page, "next") == "/"
        data = {"person": "demo.statistika", "next": elsewhere, "csrf_token": hidden(page, "csrf_token")}
        answer = await browser.post("/sign-in/demo", data=data)
        assert answer.headers["location"] == "/"


async def test_a_post_from_another_site_neither_signs_in_nor_out(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as browser:
        typed = {"login": who.login, "password": who.password}
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            refused = await browser.post("/sign-in", data=typed, headers=headers)
            assert refused.status_code == 403
            assert "besa" not in refused.cookies
        await whole(world, browser, who)
        for path in ("/sign-out", "/lock", "/account/sessions/end-others", "/sign-in", "/sign-in/demo"):
            refused = await browser.post(path, data={**typed, "person": "demo.njl", "csrf_token": "x" * 43})
            assert refused.status_code == 403, path
        assert (await browser.get("/signals")).status_code == 200


async def test_cookies_are_out_of_reach_and_bound_to_the_host_over_tls(world: World) -> None:
    who = await insider(world)
    for base, name, secure in (("http://besa.test", "besa", False), ("https://besa.test", "__Host-besa", True)):
        async with visitor(world, base=base) as browser:
            await enter(browser, who)
            answer = await send(browser, "/second-factor/recovery", {"code": who.codes[int(secure)]})
            cookies = {c.split("=")[0]: c.lower() for c in answer.headers.get_list("set-cookie")}
        session, device = cookies[name], cookies[f"{name}_device"]
        for cookie in (session, device):
            assert "httponly" in cookie
            assert "path=/" in cookie
            assert "domain" not in cookie
            assert ("secure" in cookie) is secure
        assert "samesite=lax" in session
        assert "max-age" not in session
        assert "samesite=strict" in device


async def test_one_click_signs_in_as_each_role_and_only_in_a_demonstration(world: World) -> None:
    async with visitor(world) as browser:
        page = (await browser.get("/sign-in?language=en")).text
        people = re.findall(r'name="person" value="([^"]+)"', page)
        assert sorted(people) == sorted(person.login for person in PEOPLE)
        assert "Administrator" in page
        token = hidden(page, "csrf_token")
        answer = await browser.post("/sign-in/demo", data={"person": "demo.menaxhere", "csrf_token": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert (await browser.get("/cases")).status_code in (200, 404)
        assert (await browser.get("/signals")).status_code == 200
    async with visitor(world) as browser:
        token = hidden((await browser.get("/sign-in")).text, "csrf_token")
        nobody = await browser.post("/sign-in/demo", data={"person": "besa", "csrf_token": token})
        assert nobody.status_code == 422
    real = create_app(dataclasses.replace(world.program, demonstration=False))
    async with visitor(world, app=real) as browser:
        page = (await browser.get("/sign-in")).text
        assert "/sign-in/demo" not in page
        refused = await browser.post("/sign-in/demo", data={"person": "demo.menaxhere"})
        assert refused.status_code == 404
        assert "besa" not in refused.cookies
    who = await insider(world)
    async with visitor(world) as browser:
        token = hidden((await browser.get("/sign-in")).text, "csrf_token")
        assert (await browser.post("/sign-in/demo", data={"person": who.login, "csrf_token": token})).status_code == 422


async def test_half_a_sign_in_opens_no_page(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as browser:
        await enter(browser, who)
        for path in ("/signals", "/account", "/account/recovery-codes"):
            assert (await browser.get(path)).headers["location"] == f"/second-factor?next={path}"
        assert (await browser.get("/second-factor/new")).headers["location"] == "/second-factor?next=/second-factor/new"
        page = (await browser.get("/second-factor")).text
        assert 'href="/signals"' not in page
        assert 'inputmode="numeric"' in page
        assert 'autocomplete="one-time-code"' in page


async def test_devices_are_listed_and_signed_out_from_afar(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as telephone, visitor(world) as desk:
        telephone.headers["User-Agent"] = "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
        await enter(telephone, who)
        await send(telephone, "/second-factor/recovery", {"code": who.codes[0]})
        await enter(desk, who)
        await send(desk, "/second-factor/recovery", {"code": who.codes[1]})
        page = (await desk.get("/account")).text
        assert "Firefox · Android" in page
        assert "kjo pajisje" in page
        assert "8 kode" in page
        path = re.search(r'action="(/account/sessions/[0-9a-f-]+/end)"', page)
        assert path is not None
        ended = await desk.post(path.group(1), data={"csrf_token": hidden(page, "csrf_token")})
        assert ended.headers["location"] == "/account?done=session_ended"
        assert (await telephone.get("/signals")).status_code == 303
        assert (await desk.get("/signals")).status_code == 200
        again = await desk.post(path.group(1), data={"csrf_token": hidden(page, "csrf_token")})
        assert again.status_code == 404
        other = await insider(world)
        async with visitor(world) as theirs:
            await whole(world, theirs, other)
            foreign = await theirs.post(
                path.group(1), data={"csrf_token": hidden((await theirs.get("/account")).text, "csrf_token")}
            )
            assert foreign.status_code == 404


async def test_a_new_password_signs_the_other_devices_out(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as other, visitor(world) as browser:
        await enter(other, who)
        await send(other, "/second-factor/recovery", {"code": who.codes[0]})
        await whole(world, browser, who)
        before = browser.cookies["besa"]
        form = {"current": who.password, "new": OWN, "again": OWN}
        wrong = await send(browser, "/password", {**form, "current": "jo ky fjalëkalim"})
        assert (wrong.status_code, 'href="#current"' in wrong.text) == (422, True)
        for change, field in (({"new": "123", "again": "123"}, "new"), ({"again": "tjetër"}, "again"),
                              ({"new": who.password, "again": who.password}, "new")):  # fmt: skip
            refused = await send(browser, "/password", {**form, **change})
            assert (refused.status_code, f'href="#{field}"' in refused.text) == (422, True), change
            assert OWN not in refused.text
        done = await send(browser, "/password", form)
        assert done.headers["location"] == "/account?done=password_changed"
        assert browser.cookies["besa"] != before
        assert (await browser.get("/signals")).status_code == 200
        assert (await other.get("/signals")).status_code == 303
    async with visitor(world) as browser:
        assert (await enter(browser, who)).status_code == 422
        assert (await enter(browser, who, password=OWN)).status_code == 303


async def test_new_codes_and_a_new_telephone_ask_the_password_again(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as browser:
        await whole(world, browser, who)
        assert (await send(browser, "/account/recovery-codes", {"password": "jo ky"})).status_code == 422
        made = await send(browser, "/account/recovery-codes", {"password": PASSWORD})
        codes = re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", made.text)
        assert len(codes) == 10
        assert not set(codes) & set(who.codes)
        page = (await browser.get("/second-factor/new")).text
        typed = re.search(r'class="besa-secret"[^>]*>([A-Z2-7 ]{39})<', page)
        assert typed is not None
        who.secret = base64.b32decode(typed.group(1).replace(" ", ""))
        form = {"code": who.code(await clock(world))}
        assert (await send(browser, "/second-factor/new", form)).status_code == 422
        assert (await send(browser, "/second-factor/new", {**form, "password": PASSWORD})).status_code == 200
    async with visitor(world) as browser:
        await enter(browser, who)
        assert (await send(browser, "/second-factor", {"code": await next_code(world, who)})).status_code == 303


async def test_a_role_is_changed_on_the_page_and_the_session_gets_a_new_token(world: World) -> None:
    who = await insider(world)
    async with world.api("demo.admin") as admin:
        version = (await admin.get(f"/accounts/{who.id}")).headers["etag"]
        body = {"role": "shelter_staff", "org_id": str(await world.organisation("DEMO-AGIMI"))}
        await admin.post(f"/accounts/{who.id}/roles", json=body, headers={"If-Match": version})
    async with visitor(world) as browser:
        await whole(world, browser, who)
        before = browser.cookies["besa"]
        page = (await browser.get("/account")).text
        path = re.search(r'action="(/account/roles/[0-9a-f-]+)"', page)
        assert path is not None
        answer = await browser.post(path.group(1), data={"csrf_token": hidden(page, "csrf_token")})
        assert answer.headers["location"] == "/?done=role_switched"
        assert browser.cookies["besa"] != before
        assert "Qendra Agimi" in (await browser.get("/account")).text
        token = hidden((await browser.get("/account")).text, "csrf_token")
        strange = await browser.post(f"/account/roles/{who.id}", data={"csrf_token": token})
        assert strange.status_code == 404


async def test_language_and_contrast_are_remembered_on_the_device(world: World) -> None:
    async with visitor(world) as browser:
        assert "Sign in" in (await browser.get("/sign-in?language=en&contrast=more")).text
        again = (await browser.get("/sign-in")).text
        assert "<title>Sign in" in again
        assert 'data-contrast="more"' in again
        assert "<title>Hyrja" in (await browser.get("/sign-in?language=sq&contrast=standard")).text
        assert 'data-contrast="more"' not in (await browser.get("/sign-in?language=xx")).text


async def test_choosing_a_language_at_the_door_keeps_the_way_on(world: World) -> None:
    async with visitor(world) as browser:
        page = (await browser.get("/sign-in?next=/signals")).text
        assert 'href="?next=/signals&amp;language=en"' in page
        assert hidden((await browser.get("/sign-in?next=/signals&language=en")).text, "next") == "/signals"


async def test_the_language_of_the_account_follows_the_person(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as browser:
        await whole(world, browser, who)
        assert (await send(browser, "/account", {"language": "en"}, to="/account/language")).status_code == 303
        assert "My account" in (await browser.get("/account")).text
    async with visitor(world) as browser:
        await enter(browser, who)
        assert "Second step" in (await browser.get("/second-factor")).text


async def test_a_sign_of_life_and_the_lock(world: World) -> None:
    who = await insider(world)
    async with visitor(world) as browser:
        await whole(world, browser, who)
        assert (await browser.get("/stay")).status_code == 204
        token = hidden((await browser.get("/signals")).text, "csrf_token")
        locked = await browser.post(
            "/lock", data={"csrf_token": token}, headers={"Referer": "http://besa.test/signals?state=received"}
        )
        assert locked.headers["location"] == "/sign-in?next=/signals&done=locked"
        assert (await browser.get("/stay")).status_code == 303
