"""An officer knows the family of a boy: she is kept away before the case comes to her house. Her colleague takes him
on; she sees nothing, not even by the address of his page."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import choose, follow, go_to, picture, press, says, somebody, titled
from tests.stories import CHILD, act_on, draft_referral, give_consent, register_case
from tests.world import World

pytestmark = pytest.mark.browser


async def a_boy_who_may_be_referred(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A boy is registered; he agrees that the shelter may know what it needs."""
    case = await register_case(world, identity={**CHILD, "given_names": "Ylli"})
    best = {"basis": "CHILD_BEST_INTEREST", "assent": "agrees", "best_interest_note": "Ekipi vendosi sot."}
    await give_consent(world, case, data_classes=["milestones", "identity", "casework"], **best)
    return case, await draft_referral(world, case)


def test_an_officer_with_a_conflict_of_interest(running: Site, chromium_browser: Browser) -> None:
    case, draft = running.run(a_boy_who_may_be_referred(running.world))
    with somebody(running, chromium_browser, "demo.njl") as njl:
        go_to(njl, "Rastet")
        follow(njl, case["code"])
        follow(njl, "Konflikt interesi")
        says(njl, "Askush nuk është përjashtuar.")
        press(njl, "Përjashto")
        expect(njl.get_by_role("alert")).to_be_visible()
        choose(njl, "Një person", "Vjosa Demo")
        njl.get_by_label("Lidhje familjare ose njohje").check()
        picture(njl, "conflict-1-denial")
        press(njl, "Përjashto")
        says(njl, "Përjashtimi vlen nga tani.", "Vjosa Demo")
        picture(njl, "conflict-2-denied")
        assert check(njl) == []
    running.run(act_on(running.world, draft, "send", "demo.njl"))

    with (
        somebody(running, chromium_browser, "demo.agimi") as vjosa,
        somebody(running, chromium_browser, "demo.agimi.drejtuese") as drita,
    ):
        # Nothing waits for Vjosa; for Drita it does, and she takes the boy on.
        go_to(vjosa, "Referimet")
        expect(vjosa.get_by_text(case["code"])).to_have_count(0)
        go_to(drita, "Referimet")
        drita.get_by_role("listitem").filter(has_text=case["code"].rpartition("-")[2]).get_by_role("link").first.click()
        press(drita, "Prano")
        says(drita, "E pranuat. Rasti është i hapur për ju.")
        follow(drita, re.compile("Hap rastin"))
        titled(drita, re.compile(case["code"]))

        # Not in her list, and not by the address she may have seen on Drita's screen: it does not exist for her.
        go_to(vjosa, "Rastet")
        expect(vjosa.get_by_text(case["code"])).to_have_count(0)
        vjosa.goto(drita.url)
        titled(vjosa, "Nuk u gjet")
        picture(vjosa, "conflict-3-nothing")
        assert check(vjosa) == []
