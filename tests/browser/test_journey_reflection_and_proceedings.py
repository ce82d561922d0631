"""The man from the building site has his own time: it is begun on a phone, and nobody ends it early. In the office the
case against him is written down, flagged by itself, and the police are told exactly what the page shows."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import DESKTOP, box, choose, follow, picture, press, says, somebody, titled
from tests.formal_stories import potential_victim
from tests.stories import checked, hand_over
from tests.world import World

pytestmark = pytest.mark.browser

WORKER = {"sex": "MALE", "birth_year": 1990, "citizenships": ["NP"]}


async def handed_over(world: World, case_id: str) -> None:
    """Let the municipality work on with the case, the legal side of it too."""
    async with world.api("demo.njl") as api:
        now = checked(await api.get(f"/cases/{case_id}"))
    await hand_over(world, now)


def test_he_keeps_his_time_and_the_police_are_told(running: Site, chromium_browser: Browser) -> None:
    case = running.run(potential_victim(running.world, identity=WORKER))
    here = f"{running.url}/cases/{case['id']}"
    with somebody(running, chromium_browser, "demo.njl") as mira:
        mira.goto(f"{here}/reflection")
        begun(mira)
        not_ended_early(mira)
    running.run(handed_over(running.world, case["id"]))
    with somebody(running, chromium_browser, "demo.menaxhere", DESKTOP) as teuta:
        teuta.goto(f"{here}/proceedings")
        flagged(teuta)
        told(teuta)


def begun(mira: Page) -> None:
    """It is explained to him in his language first; nothing depends on it."""
    says(mira, "Vendos personi.")
    follow(mira, re.compile("Fillo periudhën"))
    titled(mira, "Fillo periudhën")
    mira.get_by_label("Jepet me ligj").check()
    picture(mira, "time-1-start")
    assert check(mira) == []
    press(mira, "Fillo periudhën")
    says(mira, "Periudha vazhdon", "30 ditë")
    picture(mira, "time-2-running")
    assert check(mira) == []


def not_ended_early(mira: Page) -> None:
    """Somebody would like to end it today: the page says until when it is his, and by which source."""
    follow(mira, re.compile("Mbaro periudhën"))
    mira.get_by_label("E kërkoi vetë personi", exact=True).check()
    press(mira, "Mbaro periudhën")
    expect(mira.get_by_role("alert")).to_contain_text("Për shtetasin e huaj periudha nuk mbaron para")
    picture(mira, "time-3-refused")
    assert check(mira) == []


def flagged(teuta: Page) -> None:
    """Proceedings begun before he was identified: the program says so by itself."""
    follow(teuta, re.compile("Shëno një procedim"))
    titled(teuta, "Shëno një procedim")
    teuta.get_by_label("Ndjekje penale e filluar ndaj personit").check()
    choose(teuta, "Cili organ?", "Policia, Berat")
    box(teuta, "Kur filloi?").fill("2026-02-20")
    choose(teuta, "Në cilën fazë është?", "Hetim")
    choose(teuta, "Për çfarë lloj vepre?", "Qëndrim")
    box(teuta, "Numri i çështjes te organi").fill("K-77/2026")
    picture(teuta, "time-4-proceedings")
    assert check(teuta) == []
    press(teuta, "Ruaj")
    says(teuta, "Filloi para identifikimit")
    picture(teuta, "time-5-flagged")


def told(teuta: Page) -> None:
    """Before anything is sent the page shows every word that the police will read, and that is all of it."""
    follow(teuta, re.compile("Njofto organin"))
    says(teuta, "Pikërisht kjo i thuhet organit", "Asgjë tjetër")
    teuta.get_by_label("Me shkresë").check()
    teuta.locator("[name=person_told][value=yes]").check()
    picture(teuta, "time-6-notice")
    assert check(teuta) == []
    press(teuta, "Shëno që u njoftua")
    says(teuta, "Filloi para identifikimit. Organi është njoftuar.")
