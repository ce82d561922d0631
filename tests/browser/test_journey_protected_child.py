"""A begging child some days later, on the phone of the mobile unit: who brought the child offers himself as guardian;
the page says why he cannot be, keeps what was typed, and takes the guardian whom the court appointed."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import box, choose, follow, picture, press, says, somebody, titled
from tests.stories import CHILD, record_exploitation, register_case

pytestmark = pytest.mark.browser


def test_the_uncle_does_not_become_the_guardian(running: Site, chromium_browser: Browser) -> None:
    case = running.run(register_case(running.world, identity=CHILD))
    running.run(record_exploitation(running.world, case, recruiter_relationships=["OTHER_RELATIVE"]))
    with somebody(running, chromium_browser, "demo.njl") as mira:
        mira.goto(f"{running.url}/cases/{case['id']}/child")
        titled(mira, "Fëmija")
        says(mira, "Asnjë kujdestar.")
        picture(mira, "guard-1-child")
        assert check(mira) == []
        follow(mira, "Shëno kujdestarin")
        box(mira, "Emri i kujdestarit").fill("Daja")
        mira.get_by_label("I afërm tjetër").check()
        choose(mira, "Kush e vendosi?", "Gjykat")
        press(mira, "Ruaj")
        expect(mira.get_by_role("alert")).to_be_visible()
        expect(box(mira, "Emri i kujdestarit")).to_have_value("Daja")
        picture(mira, "guard-2-refused")
        assert check(mira) == []

        box(mira, "Emri i kujdestarit").fill("Luan Kujdestari")
        mira.get_by_label("Kujdestar i caktuar nga gjykata").check()
        press(mira, "Ruaj")
        titled(mira, "Fëmija")
        says(mira, "Luan Kujdestari")
        expect(mira.get_by_text(re.compile("Asnjë kujdestar"))).to_have_count(0)
        picture(mira, "guard-3-appointed")
