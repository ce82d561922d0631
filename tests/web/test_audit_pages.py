"""Pages of the log: the questions in one click, the file for a spreadsheet, wrong questions kept on the page."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.stories import PERSON, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def case(world: World) -> dict[str, Any]:
    """A case that a police officer tried to open."""
    made = await register_case(world)
    async with world.api("demo.polici") as api:
        await api.get(f"/cases/{made['id']}")
    return made


def links(page: str) -> dict[str, str]:
    """Return the links of a page by their words."""
    found = re.findall(r'<a[^>]*href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {re.sub(r"<[^>]*>", "", words).strip(): unescape(href) for href, words in found}


async def test_the_log_shows_who_did_what_in_words(world: World, case: dict[str, Any]) -> None:
    async with world.browser("demo.dpo") as browser:
        page = (await browser.get("/audit")).text
        for words in ("Mira Demo", "Regjistroi një person", case["code"], "Arben Demo", "Hapi rastin", "U ndalua"):
            assert words in page
        assert PERSON["family_names"] not in page
        english = (await browser.get("/audit?language=en")).text
        assert "Registered a person" in english
        assert "This page is itself an entry in the log." in english


async def test_questions_are_one_click_away(world: World, case: dict[str, Any]) -> None:
    async with world.browser("demo.dpo") as browser:
        await browser.get("/audit?language=sq")
        page = (await browser.get("/audit")).text
        denied = (await browser.get(links(page)["Kush u përpoq pa leje"])).text
        assert "Arben Demo" in denied
        assert "Regjistroi një person" not in re.sub(r"<select.*?</select>", "", denied, flags=re.DOTALL)
        about = (await browser.get(links(page)[case["code"]])).text
        assert f"Kush e pa rastin {case['code']}" in about
        assert "Arben Demo" in about
        person = (await browser.get(links(about)["Kush e pa personin e këtij rasti"])).text
        assert "Kush e pa këtë person" in person
        by_user = (await browser.get(links(page)["Mira Demo"])).text
        assert "Çfarë hapi Mira Demo" in by_user
        breach = await browser.get(links(about)["Çfarë mund të ishte lexuar"])
        assert breach.status_code == 200
        assert "NJL Berat" in breach.text
        colleague = await browser.get(links(by_user)["Çfarë mund të ishte lexuar"])
        assert colleague.status_code == 200
        assert case["code"] in colleague.text


async def test_one_entry_is_shown_whole_and_leads_to_the_person(world: World, case: dict[str, Any]) -> None:
    async with world.browser("demo.dpo") as browser:
        page = (await browser.get(f"/audit?about={case['code']}&action=case.register")).text
        address = re.search(r'href="(/audit/[0-9a-f-]{36})"', page)
        assert address is not None
        entry = await browser.get(address.group(1))
        assert entry.status_code == 200
        assert "case.register" in entry.text
        assert "Kush e pa këtë person" in links(entry.text)


async def test_a_wrong_question_stays_on_the_page_with_its_field(world: World, case: dict[str, Any]) -> None:
    async with world.browser("demo.dpo") as browser:
        answer = await browser.get("/audit?about=AL-26-ZZZZZZ&outcome=denied")
        assert answer.status_code == 422
        assert 'value="AL-26-ZZZZZZ"' in answer.text
        assert 'href="#about"' in answer.text
        assert "Nuk ka rast me këtë kod." in answer.text
        reversed_dates = await browser.get(
            "/audit/readable?account=demo.njl&since=2026-02-01T00:00&until=2026-01-01T00:00"
        )
        assert reversed_dates.status_code == 422
        assert "Koha e dytë duhet të jetë pas së parës." in reversed_dates.text
    refused = [e for e in await world.audit_entries("audit.read") if e["outcome"] == "refused"]
    assert len(refused) == 2


async def test_the_file_opens_in_a_spreadsheet_and_holds_no_formula(world: World, case: dict[str, Any]) -> None:
    async with world.superuser() as connection:
        await connection.execute(text("update iam.account set display_name = '=1+1' where login = 'demo.polici'"))
    async with world.browser("demo.dpo") as browser:
        page = (await browser.get(f"/audit?about={case['code']}")).text
        answer = await browser.get(links(page)["CSV"])
    async with world.superuser() as connection:
        await connection.execute(text("update iam.account set display_name = 'Arben Demo' where login = 'demo.polici'"))
    assert answer.headers["content-disposition"] == 'attachment; filename="besa-audit.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["Koha", "Kush"]
    assert {row[1] for row in rows[1:]} >= {"'=1+1", "Mira Demo"}
    assert all(case["code"] in row[6] for row in rows[1:] if row[1] != "Besnik Demo")
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    asked = [str(e["detail"]) for e in await world.audit_entries("audit.read")]
    assert len([detail for detail in asked if "'how': 'export'" in detail]) == 1


async def test_long_logs_are_paged_by_key(world: World, case: dict[str, Any]) -> None:
    async with world.api("demo.linja") as api:
        for _ in range(55):
            await api.get("/signals")
    async with world.browser("demo.dpo") as browser:
        first = (await browser.get("/audit?account=demo.linja")).text
        second = (await browser.get(links(first)["Tjetrat"] if "Tjetrat" in links(first) else _next(first))).text
    ids = [set(re.findall(r'href="/audit/([0-9a-f-]{36})"', page)) for page in (first, second)]
    assert (len(ids[0]), len(ids[1]) >= 5) == (50, True)
    assert not ids[0] & ids[1]


def _next(page: str) -> str:
    found = re.search(r'href="([^"]*)" rel="next"', page)
    assert found is not None
    return unescape(found.group(1))
