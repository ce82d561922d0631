"""In Kosovo: a woman whom the trafficker still looks for is rated by investigator and victims' advocate together. The
rules propose the state shelter; her children live elsewhere, and the centre for social work says why she goes there."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import DESKTOP, box, follow, picture, press, says, somebody, titled
from tests.stories import PERSON, register_case

pytestmark = pytest.mark.browser


def test_a_high_risk_is_rated_together_and_the_placement_has_its_reason(
    running: Site, chromium_browser: Browser
) -> None:
    identity = {**PERSON, "given_names": "Valbona", "citizenships": ["XK"]}
    case = running.run(register_case(running.world, "demo.xk.qps", identity=identity, municipality=None))
    here = f"{running.url}/cases/{case['id']}"
    with somebody(running, chromium_browser, "demo.xk.qps", DESKTOP) as arta:
        arta.goto(f"{here}/risk")
        rated(arta)
        for login in ("demo.xk.hetues", "demo.xk.avokate"):
            says(arta, "Asnjë nivel nuk është konfirmuar ende.")
            with somebody(running, chromium_browser, login) as assessor:
                assessor.goto(f"{here}/risk")
                says(assessor, "Pritet fjala juaj")
                picture(assessor, "kosovo-2-word")
                assert check(assessor) == []
                press(assessor, "Po, pajtohem")
            arta.reload()
        says(arta, "Niveli që vlen", "Çfarë propozojnë rregullat")
        expect(arta.get_by_text(re.compile("XK-R01")).first).to_be_visible()
        picture(arta, "kosovo-3-rules")
        assert check(arta) == []
        chosen(running, arta, case["id"])


def rated(arta: Page) -> None:
    """Danger first, then what threatens her, what is done, and who rates."""
    follow(arta, "Vlerëso rrezikun")
    titled(arta, "Vlerësimi i rrezikut")
    arta.get_by_label("I lartë").check()
    arta.get_by_label(re.compile("Trafikanti e di")).check()
    for seat, name in (("seat-0", "Driton Demo"), ("seat-1", "Teuta Demo")):
        person = arta.locator(f"#{seat}")
        person.select_option(label=person.locator("option", has_text=name).first.text_content())
    box(arta, "Pse vlerësohet tani?").select_option(label="Vendosje në strehëz")
    box(arta, "Çfarë masash u morën?").fill("Policia e di ku është ai.")
    picture(arta, "kosovo-1-rating")
    assert check(arta) == []
    press(arta, "Ruaj")


def chosen(running: Site, arta: Page, case_id: str) -> None:
    """Another house is chosen: the rule that this does not follow is named, and without a reason nothing goes on."""
    arta.goto(f"{running.url}/cases/{case_id}/referrals/new")
    arta.get_by_label("Strehim", exact=True).check()
    arta.get_by_label("Urgjente", exact=True).check()
    picture(arta, "kosovo-4-need")
    press(arta, "Zgjidh institucionin")
    arta.get_by_label(re.compile("Shtëpia Pranvera")).check()
    picture(arta, "kosovo-5-receiver")
    assert check(arta) == []
    press(arta, "Shih çfarë do të shohin")
    expect(arta.get_by_role("alert")).to_be_visible()
    arta.get_by_label(re.compile("Shtëpia Pranvera")).check()
    box(arta, "Pse një rrugë tjetër nga ajo e propozuar?").fill("Dy fëmijët e saj janë atje.")
    press(arta, "Shih çfarë do të shohin")
    titled(arta, re.compile("Çfarë do të shohë"))
