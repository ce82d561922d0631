"""Pages of initial identification: saved at any point, a colleague's answer never overwritten, decided by a person."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stories import (
    CHILD,
    answer_indicators,
    checked,
    decide_identification,
    record_exploitation,
    register_case,
    start_identification,
)
from tests.web.test_signal_pages import hidden
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def page_of(browser: httpx.AsyncClient, address: str) -> tuple[str, dict[str, Any]]:
    """Return a page and the hidden values of its first form after the frame's."""
    page = (await browser.get(address)).text
    names = ("csrf_token", "once", "version", "known", "set_id", "set_version")
    values = {name: hidden(page, name) for name in names if f'name="{name}" value="' in page}
    return page, values


def chosen(page: str) -> dict[str, str]:
    """Return the answers a page shows as chosen, by name."""
    return dict(re.findall(r'name="(a\.[A-Z0-9]+)" value="([a-zA-Z_]+)" checked', page))


async def test_it_begins_with_the_profiles_own_list_and_others_can_be_opened(world: World) -> None:
    case = await register_case(world, identity=CHILD)
    new = f"/cases/{case['id']}/identification/new?step=4"
    async with world.browser("demo.njl") as browser:
        page, values = await page_of(browser, new)
        assert "Hapi 4 nga 4" in page
        assert re.findall(r'name="sets" value="([a-z0-9-]+)" checked', page) == ["al-sop-initial"]
        given = {**values, "started_at": "2026-03-02T11:30", "sets": ["al-sop-initial"], "place": "AL-01-01"}
        began = await browser.post(new, data=given)
        assert began.status_code == 303, began.text
        page, _ = await page_of(browser, began.headers["location"])
        assert set(chosen(page).values()) == {"not_asked"}
        assert len(chosen(page)) == 42
        other = (await browser.get(began.headers["location"].split("?")[0] + "?set=unodc-begging")).text
        assert hidden(other, "set_id") == "unodc-begging"
        listed = (await browser.get(f"/cases/{case['id']}/identification")).text
        assert "Vazhdo identifikimin" in listed


async def test_answers_are_saved_at_any_point_and_the_aid_stands_beside(world: World) -> None:
    case = await register_case(world)
    await record_exploitation(world, case, forms=["LAB_WORKPLACE"], acts=["RECRUITMENT"], means=[])
    made = await start_identification(world, case)
    here = f"/identifications/{made['id']}"
    async with world.browser("demo.njl") as browser:
        page, values = await page_of(browser, here)
        answers = chosen(page) | {"a.AI09": "yes", "a.AI16": "unknown"}
        saved = await browser.post(here, data={**values, **answers})
        assert saved.headers["location"] == (f"{here}?set=al-sop-initial&done=answers_saved#group-recruitment")
        page, values = await page_of(browser, here)
        assert (chosen(page)["a.AI09"], chosen(page)["a.AI16"]) == ("yes", "unknown")
        aid = page[page.index('id="aids"') :]
        assert "1 tregues i vënë re" in aid
        assert "Dokumentet ia mban dikush tjetër." in aid
        assert "Dyshimi i arsyeshëm kërkon të paktën 3." in aid
        assert "Vendosni ju, me arsyen tuaj." in aid
        assert "1 tregues „Nuk dihet“" in aid
        assert "al-vmt-threshold 0.1.0" in aid
        assert "Burimi: 002:107" in aid
        noted = await browser.post(here, data={**values, **chosen(page), "note.AI09": "I mban punëdhënësi."})
        assert noted.status_code == 303
        assert "I mban punëdhënësi." in (await browser.get(here)).text


async def test_a_page_that_only_showed_an_answer_overwrites_nobody(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    here = f"/identifications/{made['id']}"
    async with world.browser("demo.njl") as browser:
        page, values = await page_of(browser, here)
        await answer_indicators(world, made, "AI12")
        saved = await browser.post(here, data={**values, **chosen(page), "a.AI09": "yes"})
        assert saved.status_code == 303
        now = chosen((await browser.get(here)).text)
        assert (now["a.AI09"], now["a.AI12"]) == ("yes", "yes")
        page, values = await page_of(browser, here)
        await browser.post(here, data={**values, **chosen(page), "a.AI12": "not_asked"})
        assert chosen((await browser.get(here)).text)["a.AI12"] == "not_asked"


async def test_a_question_with_its_own_answers_shows_them(world: World) -> None:
    made = await start_identification(world, await register_case(world), sets=["al-2005-screening"])
    here = f"/identifications/{made['id']}"
    async with world.browser("demo.njl") as browser:
        page, values = await page_of(browser, here)
        assert "agjenci rekrutimi" in page
        await browser.post(here, data={**values, "a.C02": "BOYFRIEND"})
        shown = (await browser.get(here)).text
        assert "Kush e pagoi transportin? i dashuri" in shown
        assert "Rregulli A-B-C i pyetësorit të vitit 2005" in shown
        refused = await browser.post(here, data={**values, "once": str(uuid4()), "a.C02": "perhaps"})
        assert refused.status_code == 422
        assert "nuk është përgjigje e këtij treguesi" in refused.text


async def test_the_facts_of_an_intent_are_kept_with_the_ilo_list(world: World) -> None:
    made = await start_identification(world, await register_case(world), sets=["ilo-labour-adult"])
    made = await answer_indicators(world, made, "DR01", "DR02", set_id="ilo-labour-adult")
    here = f"/identifications/{made['id']}"
    async with world.browser("demo.njl") as browser:
        page, values = await page_of(browser, f"{here}?set=ilo-labour-adult")
        assert "Shënoni cilat fakte tregojnë qëllimin" not in page
        given = {**values, "set": "ilo-labour-adult", "facts": "Bileta e blerë nga burri."}
        saved = await browser.post(f"{here}/intent", data=given)
        assert saved.status_code == 303, saved.text
        page = (await browser.get(saved.headers["location"])).text
        assert "Bileta e blerë nga burri." in page
        assert "Statusi i propozuar: Person në rrezik trafikimi" in page


async def test_whoever_joins_is_told_first_what_they_will_see(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    here = f"/identifications/{made['id']}/officers"
    police = await world.organisation("DEMO-POLICI-BERAT")
    async with world.browser("demo.njl") as browser:
        assert "Mira Demo" in (await browser.get(here)).text
        page, values = await page_of(browser, f"{here}?org={police}")
        for words in ("Policia, Berat do të shohë", "Nuk do të shohë", "Emri, dokumentet, kontaktet", "Arben Demo"):
            assert words in page
        given = {**values, "org_id": str(police), "role": "police", "account_id": "", "until": "2020-01-01T00:00"}
        wrong = await browser.post(f"{here}?org={police}", data=given)
        assert wrong.status_code == 422
        assert "Kjo datë ka kaluar." in wrong.text
        joined = await browser.post(f"{here}?org={police}", data={**given, "once": str(uuid4()), "until": ""})
        assert joined.status_code == 303, joined.text
        assert "Policia, Berat" in (await browser.get(here)).text
    async with world.browser("demo.polici") as browser:
        page = (await browser.get(f"/identifications/{made['id']}")).text
        assert "2 pjesëmarrës" in page
        assert "Kush e pa?" in page


async def test_the_officer_decides_and_what_was_typed_stays(world: World) -> None:
    case = await register_case(world)
    made = await answer_indicators(world, await start_identification(world, case), "AI09")
    here = f"/identifications/{made['id']}/decide"
    async with world.browser("demo.njl") as browser:
        page, values = await page_of(browser, here)
        assert "Shpjegimi kur treguesit janë më pak" in page
        given = {
            **values,
            "result": "VMT",
            "decided_at": "2026-03-02T13:00",
            "decision_reason": "Plagë të dukshme.",
            "refused_by_person": "no",
            "corrects": "",
        }
        refused = await browser.post(here, data=given)
        assert refused.status_code == 422
        assert "Lista ka 1 tregues nga 3" in refused.text
        assert "Plagë të dukshme." in refused.text
        decided = await browser.post(
            here, data={**given, "once": str(uuid4()), "override_reason": "Frika është e qartë."}
        )
        assert decided.status_code == 303, decided.text
        shown = (await browser.get(decided.headers["location"])).text
        for words in ("Viktimë e mundshme trafikimi", "Plagë të dukshme.", "Frika është e qartë.", "Pragu: 3"):
            assert words in shown
        assert 'type="radio"' not in shown


async def test_above_the_threshold_nothing_is_explained(world: World) -> None:
    made = await answer_indicators(
        world, await start_identification(world, await register_case(world)), "AI09", "AI12", "AI16"
    )
    async with world.browser("demo.njl") as browser:
        page = (await browser.get(f"/identifications/{made['id']}/decide")).text
    assert "Shpjegimi kur treguesit janë më pak" not in page
    assert "ndaj kjo mjafton" in page


async def test_a_weaker_finding_is_sent_to_the_correction(world: World) -> None:
    case = await register_case(world)
    first = await answer_indicators(world, await start_identification(world, case), "AI09", "AI12", "AI16")
    await decide_identification(world, first)
    async with world.browser("demo.njl") as browser:
        new = f"/cases/{case['id']}/identification/new"
        page, values = await page_of(browser, new)
        assert "Po, merr përgjigjet që u dhanë më parë" in page
        began = await browser.post(
            new, data={**values, "started_at": "2026-03-03T09:00", "from_identification": first["id"]}
        )
        second = began.headers["location"].split("?")[0]
        assert chosen((await browser.get(second)).text)["a.AI12"] == "yes"
        page, values = await page_of(browser, f"{second}/decide")
        assert "Po, korrigjon „Viktimë e mundshme trafikimi“" in page
        given = {**values, "result": "AT_RISK", "decided_at": "2026-03-03T10:00", "decision_reason": "Fakte të reja."}
        refused = await browser.post(f"{second}/decide", data={**given, "corrects": ""})
        assert refused.status_code == 409
        assert "Statusi nuk ulet nga një gjetje e re." in refused.text
        decided = await browser.post(f"{second}/decide", data={**given, "once": str(uuid4()), "corrects": first["id"]})
        assert decided.status_code == 303, decided.text
        old = (await browser.get(f"/identifications/{first['id']}")).text
        assert "Ky vendim është korrigjuar." in old


async def test_a_child_is_not_asked_whether_it_refuses(world: World) -> None:
    made = await start_identification(world, await register_case(world, identity=CHILD))
    async with world.browser("demo.njl") as browser:
        assert "A e refuzoi personi" not in (await browser.get(f"/identifications/{made['id']}/decide")).text


async def test_who_loses_sight_by_deciding_goes_home(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    async with world.api("demo.njl") as api:
        police = str(await world.organisation("DEMO-POLICI-BERAT"))
        checked(await api.post(f"/identifications/{made['id']}/officers", json={"org_id": police}))
    here = f"/identifications/{made['id']}/decide"
    async with world.browser("demo.polici") as browser:
        _, values = await page_of(browser, here)
        given = {"result": "AT_RISK", "decided_at": "2026-03-02T13:00", "decision_reason": "Pa prova të tjera."}
        decided = await browser.post(here, data={**values, **given})
        assert (decided.status_code, decided.headers["location"]) == (303, "/?done=identification_decided")


async def test_others_see_no_page_of_it(world: World) -> None:
    made = await start_identification(world, await register_case(world))
    async with world.browser("demo.menaxhere") as browser:
        for tail in ("", "/officers", "/decide"):
            assert (await browser.get(f"/identifications/{made['id']}{tail}")).status_code == 404
