"""One bed and two women, one woman and two shelters: whoever comes second is told so on the page, and what they had
chosen is still there."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import follow, go_to, picture, press, says, somebody, titled
from tests.stories import PERSON, add_bed, give_consent, referred_case, register_case, send_referral
from tests.world import World

pytestmark = pytest.mark.browser


def test_two_hands_of_one_shelter_reach_for_the_last_bed(running: Site, chromium_browser: Browser) -> None:
    async def two_women(world: World) -> list[dict[str, Any]]:
        await add_bed(world, "7Z")
        return [(await referred_case(world, identity={**PERSON, "given_names": n}))[0] for n in ("Liri", "Vera")]

    liri, vera = running.run(two_women(running.world))
    with (
        somebody(running, chromium_browser, "demo.agimi") as vjosa,
        somebody(running, chromium_browser, "demo.agimi.drejtuese") as drita,
    ):
        # Both have the page open, both see the bed.
        for page, case in ((vjosa, liri), (drita, vera)):
            go_to(page, "Rastet")
            follow(page, case["code"])
            follow(page, "Rezervo një shtrat")
            page.get_by_label("7Z").check()
        picture(vjosa, "race-1-reserve")
        assert check(vjosa) == []
        press(vjosa, "Rezervo")
        says(vjosa, "Shtrati u rezervua.")
        press(drita, "Rezervo")
        expect(drita.get_by_role("alert")).to_be_visible()
        says(drita, "Dikush tjetër e mban këtë shtrat në njërën nga këto netë. Zgjidhni një tjetër.")
        picture(drita, "race-2-taken")
        assert check(drita) == []
        # She takes the other bed, on the same page.
        drita.get_by_label("1B").check()
        press(drita, "Rezervo")
        says(drita, "Shtrati u rezervua.")


def test_two_shelters_say_yes_to_one_woman(running: Site, chromium_browser: Browser) -> None:
    async def asked_at_two(world: World) -> dict[str, Any]:
        case = await register_case(world, identity={**PERSON, "given_names": "Lule"})
        for shelter in ("DEMO-AGIMI", "DEMO-URA"):
            await give_consent(world, case, shelter)
            await send_referral(world, case, shelter)
        return case

    code = running.run(asked_at_two(running.world))["code"]
    with (
        somebody(running, chromium_browser, "demo.agimi.drejtuese") as agimi,
        somebody(running, chromium_browser, "demo.ura.drejtuese") as ura,
        somebody(running, chromium_browser, "demo.njl") as njl,
    ):
        for page in (agimi, ura):
            opened(page, code)
        press(agimi, "Prano")
        says(agimi, "E pranuat. Rasti është i hapur për ju.")
        press(ura, "Prano")
        says(ura, "Një institucion tjetër e pranoi i pari këtë person për strehim.")
        picture(ura, "race-3-second")
        assert check(ura) == []

        # The mobile unit sees where she is, and takes the other referral back; nothing waits at Ura any more.
        opened(njl, code, "Qendra Ura")
        titled(njl, "Referim për Qendra Ura")
        njl.locator("summary", has_text="Tërhiqe referimin").click()
        press(njl, "Tërhiqe")
        says(njl, "Referimi u tërhoq. Marrësi nuk e sheh më rastin.")
        go_to(ura, "Referimet")
        says(ura, "Asnjë referim nuk pret përgjigje.")
        picture(ura, "race-4-taken-back")


def opened(page: Page, code: str, whom: str = "") -> None:
    """Open a referral of the case from the list, where there are several the one to or from `whom`."""
    go_to(page, "Referimet")
    waiting = page.get_by_role("listitem").filter(has_text=code.rpartition("-")[2])
    (waiting.filter(has_text=whom) if whom else waiting).get_by_role("link").first.click()
