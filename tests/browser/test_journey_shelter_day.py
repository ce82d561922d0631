"""An ordinary day in a shelter, on the telephone by the door: who is here, who is out, what was given to whom, one
record put right, one no respected, one goodbye; in the evening the month sheet says what was recorded."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import at_the_door, box, follow, go_to, picture, press, says, somebody, titled, unfold
from tests.stories import PERSON, add_bed, checked, etag_of, referred_case
from tests.world import World

pytestmark = pytest.mark.browser

TODAY = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()


async def two_stay_and_one_comes(world: World) -> dict[str, Any]:
    """Besa and Drita slept here; Mira was referred and is on her way."""
    for name, bed in (("Besa", "3A"), ("Drita", "3B")):
        case, _ = await referred_case(world, identity={**PERSON, "given_names": name})
        wanted = {"case_id": case["id"], "bed_id": await add_bed(world, bed), "starts_on": TODAY}
        async with world.api("demo.agimi") as api:
            held = checked(await api.post("/placements", json=wanted))
            checked(await api.post(f"/placements/{held['id']}/steps", json={"act": "admit"}, headers=etag_of(held)))
    await add_bed(world, "4A")
    coming, _ = await referred_case(world, identity={**PERSON, "given_names": "Mira"})
    return coming


def test_an_ordinary_day_in_a_shelter(running: Site, chromium_browser: Browser) -> None:
    coming = running.run(two_stay_and_one_comes(running.world))
    with somebody(running, chromium_browser, None) as page:
        at_the_door(running, page, "Punonjës i qendrës")
        she_arrives(page, coming["code"])
        meals = lunch_for_the_house(page)
        a_no_and_a_correction(page)
        she_goes_home(page)
        what_the_day_adds_up_to(page, meals)


def she_arrives(page: Page, code: str) -> None:
    """A bed is held for Mira, and then it is hers."""
    go_to(page, "Rastet")
    follow(page, code)
    follow(page, "Rezervo një shtrat")
    page.get_by_label("4A").check()
    press(page, "Rezervo")
    says(page, "Shtrati u rezervua.")
    press(page, "Prano")
    says(page, "Në qendër")
    go_to(page, "Qendra")
    titled(page, "Sot në qendër")
    expect(page.get_by_role("group", name=re.compile("Mira"))).to_be_visible()
    picture(page, "day-1-morning")
    assert check(page) == []


def lunch_for_the_house(page: Page) -> int:
    """Besa goes out, her bed is kept; lunch for everybody who is here, in one act. Returns the meals of this month."""
    page.get_by_role("group", name=re.compile("Besa")).get_by_label("Jashtë").check()
    press(page, "Ruaj praninë")
    says(page, "Prania u ruajt.")
    meals = meals_this_month(page)
    page.get_by_label("Ushqim").check()
    for name in ("Drita", "Mira"):
        page.get_by_role("group", name="Kush", exact=True).get_by_label(name, exact=True).check()
    press(page, "Regjistro për 2 veta")
    says(page, "Shërbimi u regjistrua.")
    picture(page, "day-2-lunch")
    return meals + 2


def a_no_and_a_correction(page: Page) -> None:
    """Drita would rather not talk today; a way written down as four was two."""
    follow(page, re.compile("Drita, 3B"))
    follow(page, "Hap rastin")
    follow(page, "Regjistro shërbim")
    unfold(page, "Regjistro një shërbim")
    box(page, "Shërbimi").select_option(label="Asistencë psikologjike")
    page.get_by_label("Jo, personi e refuzoi").check()
    press(page, "Ruaj")
    expect(page.get_by_role("alert")).to_be_visible()
    box(page, "Pse e refuzoi personi?").select_option(label="Ka nevojë për kohë")
    picture(page, "day-3-refusal")
    press(page, "Ruaj")
    says(page, "Shërbimi u regjistrua.", "Ka nevojë për kohë")

    unfold(page, "Regjistro një shërbim")
    box(page, "Shërbimi").select_option(label="Transport")
    box(page, "Sa").first.fill("4")
    press(page, "Ruaj")
    way = page.get_by_role("listitem").filter(has_text="Transport").first
    way.locator("summary").click()
    way.get_by_label(re.compile(r"^\s*Sa\b")).fill("2")
    way.get_by_label("Sasi e gabuar").check()
    way.get_by_role("button", name="Korrigjo").click()
    says(page, "Regjistrimi u korrigjua.")
    expect(page.get_by_role("listitem").filter(has_text="Transport").first).to_contain_text("2 ")
    picture(page, "day-4-services")
    assert check(page) == []


def she_goes_home(page: Page) -> None:
    """Drita's family waits at the door; the page asks why, and where to only if she wants to say."""
    follow(page, "Kthehu")
    follow(page, "Qëndrimi")
    unfold(page, "Mbyll qëndrimin")
    page.get_by_label("Kthim në familje").check()
    picture(page, "day-5-goodbye")
    press(page, "Mbyll qëndrimin")
    says(page, "U ruajt.", "Doli")
    assert check(page) == []
    go_to(page, "Qendra")
    expect(page.get_by_role("group", name=re.compile("Drita"))).to_have_count(0)


def what_the_day_adds_up_to(page: Page, meals: int) -> None:
    """The month sheet: the lunch of two, the two ways, no talk where there was none."""
    follow(page, "Fleta mujore")
    picture(page, "day-6-month")
    assert check(page) == []
    says(page, f"Ushqim: {meals}", "Transport: 2", "Asistencë psikologjike: 0")


def meals_this_month(page: Page) -> int:
    """Look up how many meals the month sheet has so far, and come back."""
    follow(page, "Fleta mujore")
    titled(page, re.compile("^Fleta mujore"))
    said = re.search(r"Ushqim: (\d+)", page.inner_text("main"))
    follow(page, "Kthehu")
    titled(page, "Sot në qendër")
    return int(said.group(1)) if said else 0
