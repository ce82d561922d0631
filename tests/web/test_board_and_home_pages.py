"""The board and the homes: each role lands on its work, and nobody's name is there."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.ids import uuid7
from app.domain.policy import Role
from tests.stories import (
    CHILD,
    PERSON,
    give_consent,
    record_milestone,
    register_case,
    send_referral,
    start_identification,
)
from tests.web.test_case_pages import page
from tests.world import World, role_login

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = (PERSON["given_names"], PERSON["family_names"], CHILD["given_names"])


def ago(**given: float) -> str:
    return (datetime.now(UTC) - timedelta(**given)).isoformat()


async def test_the_board_shows_where_every_case_stands_and_no_identity(world: World) -> None:
    late = await register_case(world, identity=CHILD, first_contact_at=ago(days=2))
    soon = await register_case(world, first_contact_at=ago(minutes=10))
    undated = await register_case(world, first_contact_at=ago(days=1))
    await record_milestone(world, undated, "URGENT_NEEDS_MET", occurred_at=ago(hours=23))
    async with world.browser("demo.ap") as browser:
        shown = await page(browser, "/board")
        groups = re.findall(r'scope="colgroup">([^<]+)<', shown)
        assert [g.split(" (")[0] for g in groups] == [
            "Me afat të kaluar",
            "Sot dhe nesër",
            "Pa vendim për statusin, pa afat në profil",
        ]
        for case in (late, soon, undated):
            assert f"/cases/{case['id']}" in shown
        assert shown.index(late["id"]) < shown.index(soon["id"]) < shown.index(undated["id"])
        assert "Nevojat urgjente" in shown and "Vonuar" in shown and "fëmijë" in shown
        assert all(name not in shown for name in NAMES)
        counts = re.findall(r'href="/board\?view=(\w+)"[^>]*><b[^>]*>(?:<svg.*?</svg>)?(\d+)</b>', shown, re.S)
        assert dict(counts) == {"late": "1", "soon": "1", "unanswered": "0", "undecided": "3", "open": "3"}
        for view in ("late", "soon", "undecided", "open", "unanswered"):
            drilled = await page(browser, f"/board?view={view}")
            assert 'aria-current="true"' in drilled and all(name not in drilled for name in NAMES)
        children = await page(browser, "/board?age=child&county=AL-01")
        assert late["id"] in children and soon["id"] not in children
        assert "Asnjë rast nuk pret këtu." in await page(browser, "/board?county=AL-05")
        by_code = await page(browser, f"/board?code={soon['code']}")
        assert soon["id"] in by_code and late["id"] not in by_code


async def test_no_page_of_the_board_opens_the_vault(world: World) -> None:
    async with world.browser("demo.ap") as browser:
        for path in ("/board", "/board?view=open", "/board?view=unanswered"):
            await page(browser, path)
    entries = await world.audit_entries("board.read")
    assert entries and all(e["person_ids"] == [] and "identity" not in e["data_classes"] for e in entries)  # type: ignore[operator]
    reads = [e for e in await world.audit_entries("person.read") if e["role"] == "responsible_authority"]
    assert reads == []


async def test_a_referral_without_an_answer_stands_on_the_board_and_on_both_homes(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    sent = await send_referral(world, case)
    async with world.browser("demo.ap") as browser:
        shown = await page(browser, "/board?view=unanswered")
        assert f"/cases/{case['id']}" in shown and "Qendra Agimi" in shown
    async with world.browser("demo.njl") as browser:
        home = await page(browser, "/")
        assert "Presin përgjigje nga të tjerët" in home and f"/referrals/{sent['id']}" in home
    async with world.browser("demo.agimi.drejtuese") as browser:
        home = await page(browser, "/")
        assert "Presin përgjigjen tuaj" in home and home.count(f'href="/referrals/{sent["id"]}"') == 1
        assert all(name not in home for name in NAMES)


async def test_the_officer_lands_on_what_is_due(world: World) -> None:
    case = await register_case(world, first_contact_at=ago(hours=3))
    await start_identification(world, case, started_at=ago(hours=2))
    async with world.browser("demo.njl") as browser:
        home = await page(browser, "/")
        assert 'href="/search"' in home and "Regjistro një person" in home
        assert "Plotëso nevojat urgjente" in home and case["code"].rsplit("-", 1)[-1] in home
        assert f"/cases/{case['id']}/urgent-needs" in home
        assert all(name not in home for name in NAMES)
        tasks = await page(browser, "/tasks?scope=me")
        assert "Cakto rezultatin e identifikimit fillestar" in tasks
        assert tasks.index("Vonuar") < tasks.index("Cakto rezultatin")


async def test_tasks_are_paged_by_key(world: World) -> None:
    for _ in range(26):
        await register_case(world)
    async with world.browser("demo.njl") as browser:
        first = await page(browser, "/tasks")
        following = re.search(r'href="(/tasks\?[^"]+)" rel="next"', first)
        assert following is not None
        second = await page(browser, following.group(1).replace("&amp;", "&"))
        assert set(re.findall(r"/cases/([\w-]{36})", first)).isdisjoint(re.findall(r"/cases/([\w-]{36})", second))
        assert (await browser.get(f"/tasks?after={uuid7()}&due=soon")).status_code == 422


@pytest.mark.parametrize(
    ("role", "leads_to"),
    [
        (Role.SHELTER_STAFF, "/shelter"),
        (Role.SHELTER_MANAGER, "/shelter"),
        (Role.DATA_PROTECTION_OFFICER, "/audit"),
        (Role.AUDITOR, "/audit"),
        (Role.ADMINISTRATOR, "/people"),
        (Role.STATISTICIAN, "/statistics"),
        (Role.NATIONAL_COORDINATOR, "/statistics"),
        (Role.REGIONAL_COMMITTEE, "/statistics"),
        (Role.HOTLINE_OPERATOR, "/signals/new"),
        (Role.CASE_MANAGER, "/search"),
        (Role.FIRST_RESPONDER, "/search"),
        (Role.IDENTIFICATION_OFFICER, "/search"),
    ],
)
async def test_each_role_lands_on_its_work(world: World, role: Role, leads_to: str) -> None:
    async with world.browser(role_login(role)) as browser:
        home = await page(browser, "/")
        main = home[home.index('id="main"') : home.index("</main>")]
        assert f'href="{leads_to}"' in main


async def test_the_authority_lands_on_its_board(world: World) -> None:
    async with world.browser("demo.ap") as browser:
        answer = await browser.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/board")


async def test_nobody_signed_in_is_led_to_the_door_but_may_read_the_help(world: World) -> None:
    async with world.browser() as browser:
        assert (await browser.get("/")).headers["location"].startswith("/sign-in")
        words = await page(browser, "/help/glossary")
        assert "Viktimë e mundshme trafikimi (VMT)" in words and "Njësi lëvizëse (NJL)" in words
        assert "Viktimë e supozuar e trafikimit" in await page(browser, "/help/glossary?country=xk")
        english = await page(browser, "/help/data?language=en")
        assert "Every look leaves a trace" in english
    async with world.browser("demo.njl") as browser:
        assert 'aria-label="Kryesore"' in await page(browser, "/help/data")
