"""Pages of consent and information: the words first, the answer kept, a yes taken back on one page."""

import re
from typing import Any

import httpx
import pytest

from tests.stories import CHILD, TOLD, checked, give_consent, referred_case, register_case
from tests.web.test_signal_pages import hidden
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def opened(browser: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
    return answer.text


async def sent(browser: httpx.AsyncClient, path: str, page: str, **typed: Any) -> httpx.Response:
    """Submit a form of `page` with its hidden token and, where it has one, its version."""
    once = {"csrf_token": hidden(page, "csrf_token")}
    if 'name="version"' in page and "version" not in typed:
        once["version"] = hidden(page, "version")
    return await browser.post(path, data={**once, **typed})


async def test_the_words_come_before_the_answer(world: World) -> None:
    case = await register_case(world, interpreter_needed=True)
    agimi = await world.organisation("DEMO-AGIMI")
    async with world.browser("demo.njl") as browser:
        ask = await opened(browser, f"/cases/{case['id']}/consents/ask?purpose=REFERRAL_NAMED_BODY")
        assert "Qendra Agimi" in ask
        query = f"purpose=REFERRAL_NAMED_BODY&recipient_org_id={agimi}&data_classes=milestones&data_classes=health"
        path = f"/cases/{case['id']}/consents/new?{query}"
        page = await opened(browser, path)
        assert "Ju pyesim nëse mund t’i japim disa të dhëna për ju kësaj ane" in page
        assert "shëndeti: ilaçet, alergjitë, vizitat" in page
        typed = {
            "purpose": "REFERRAL_NAMED_BODY",
            "recipient_org_id": str(agimi),
            "data_classes": ["milestones", "health"],
            "text_version": "1.0",
            "answer": "given",
            "form": "ORAL_INTERPRETED",
            "language": "sq",
            "interpreter": "present",
            "basis": "ADULT_CONSENT",
            "given_at": "2026-03-02T10:55",
            "conditions": "Vetëm ilaçet.",
        }
        wrong = await sent(browser, path, page, **typed, told=TOLD[:2])
        assert wrong.status_code == 422
        assert 'href="#told"' in wrong.text
        assert "Vetëm ilaçet." in wrong.text
        assert "Ju pyesim" in wrong.text
        done = await sent(browser, path, page, **typed, told=TOLD)
        assert done.headers["location"] == f"/cases/{case['id']}/consents?done=consent_recorded"
        ledger = await opened(browser, done.headers["location"])
        assert "Po: ecuria, shëndeti për Qendra Agimi" in ledger
        assert "Vetëm ilaçet." in ledger
        assert "Ende pa pyetur: Regjistrim në bazën kombëtare" in ledger


async def test_the_sheet_on_paper_has_the_code_and_no_name(world: World) -> None:
    case = await register_case(world)
    async with world.browser("demo.njl") as browser:
        sheet = await opened(browser, f"/cases/{case['id']}/consents/sheet?purpose=POLICE&language=en")
        assert case["code"] in sheet
        assert "Hoxhaj" not in sheet
        assert "The help does not depend on it." in sheet


async def test_a_child_is_asked_in_other_words(world: World) -> None:
    case = await register_case(world, identity=CHILD)
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, f"/cases/{case['id']}/consents/new?purpose=SERVICES")
        assert "Çfarë mendon ti?" in page
        assert 'name="assent"' in page
        assert 'value="MEDIA"' not in await opened(browser, f"/cases/{case['id']}/consents/ask")


async def test_a_yes_is_taken_back_on_a_page_that_says_what_ends(world: World) -> None:
    case, accepted = await referred_case(world)
    async with world.browser("demo.njl") as browser:
        ledger = await opened(browser, f"/cases/{case['id']}/consents")
        found = re.search(r'href="(/cases/[^"]+/withdraw)"', ledger)
        assert found is not None
        page = await opened(browser, found.group(1))
        assert "Qendra Agimi nuk e sheh më rastin" in page
        stale = await sent(browser, found.group(1), page, version="7")
        assert stale.status_code == 412
        done = await sent(browser, found.group(1), page)
        assert done.status_code == 303
        assert "U tërhoq: " in await opened(browser, done.headers["location"])
    async with world.browser("demo.agimi") as browser:
        assert f"Personi e tërhoqi pëlqimin për rastin {case['code']}" in await opened(browser, "/referrals")
        over = await opened(browser, f"/referrals/{accepted['id']}")
        assert "Ky referim ka mbaruar" in over
        assert case["code"] not in over


async def test_information_is_recorded_and_shown(world: World) -> None:
    case = await register_case(world)
    path = f"/cases/{case['id']}/information"
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, path)
        assert "Të drejtat nuk janë shpjeguar ende." in page
        typed = {"given_at": "2026-03-02T10:40", "topics": ["RIGHTS"], "language": "sq", "interpreter": "not_needed"}
        wrong = await sent(browser, path, page, **{**typed, "topics": []}, note="Pyeti për fëmijët.")
        assert wrong.status_code == 422
        assert "Pyeti për fëmijët." in wrong.text
        done = await sent(browser, path, page, **typed, note="Pyeti për fëmijët.")
        shown = await opened(browser, done.headers["location"])
        assert "Të drejtat janë shpjeguar." in shown
        assert "Pyeti për fëmijët." in shown


async def test_who_may_not_look_gets_no_page(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    async with world.browser("demo.menaxhere") as browser:
        for page in ("consents", "consents/ask", "consents/new", "consents/sheet", "information"):
            await opened(browser, f"/cases/{case['id']}/{page}", 404)
    async with world.browser("demo.ap") as browser:
        await opened(browser, f"/cases/{case['id']}/consents", 403)
    async with world.api("demo.njl") as api:
        checked(await api.get(f"/cases/{case['id']}/consents"))
