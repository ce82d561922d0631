"""A woman asks for formal status: the mobile unit writes her request down on the phone; in the office a team is named,
one stands aside, she is heard, the reasons are weighed and signed by each with a code; the letter reaches her."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import DESKTOP, box, follow, picture, press, says, somebody, titled
from tests.formal_stories import POLICE, SOCIAL, potential_victim
from tests.stories import PERSON

pytestmark = pytest.mark.browser

POLICE_OFFICE, SOCIAL_OFFICE = "Sektori i trafiqeve, Berat", "Shërbimi Social, Berat"


def test_a_woman_asks_for_formal_status(running: Site, chromium_browser: Browser) -> None:
    case = running.run(potential_victim(running.world, identity={**PERSON, "given_names": "Lindita"}))
    with somebody(running, chromium_browser, "demo.njl") as mira:
        mira.goto(f"{running.url}/cases/{case['id']}")
        follow(mira, re.compile("^Identifikimi formal"))
        asked(mira)
        named(mira, POLICE_OFFICE, "Sokol Demo")
        named(mira, SOCIAL_OFFICE, "Blerim Demo")
        assert check(mira) == []
        picture(mira, "formal-2-team")

        with (
            somebody(running, chromium_browser, SOCIAL, DESKTOP) as blerim,
            somebody(running, chromium_browser, POLICE, DESKTOP) as sokol,
        ):
            for page in (blerim, sokol):
                says(page, "Intervistat dhe vendimet e mia")
                follow(page, re.compile("Thoni nëse keni konflikt interesi"))
                page.get_by_label("Nuk kam konflikt interesi").check()
                press(page, "Deklaro")
            heard(blerim)
            for element in ("Veprimi", "Mjetet", "Qëllimi"):
                found(blerim, element)
            proposed(blerim)
            signed(blerim, sokol)
            follow(blerim, re.compile("Merrni vendimin"))
            says(blerim, "Vendimi do të jetë")
            press(blerim, "Merr vendimin")
            letter(blerim)
        given_to_her(running, mira, case["id"])


def asked(mira: Page) -> None:
    """She says it herself, with a woman as officer; it is explained to her that she may take it back."""
    says(mira, "Nuk është kërkuar.")
    follow(mira, "Shëno kërkesën e personit")
    titled(mira, "Personi kërkon identifikimin formal")
    says(mira, "Shpjegoni më parë")
    mira.get_by_label("Vetë personi").check()
    mira.get_by_label("Me shkrim").check()
    mira.get_by_label("Me një grua").check()
    picture(mira, "formal-1-request")
    assert check(mira) == []
    press(mira, "Shëno kërkesën")


def named(mira: Page, organisation: str, person: str) -> None:
    """Choose the organisation, then the person, who sees the case from now on."""
    titled(mira, "Ekipi")
    box(mira, "Organizata").select_option(label=organisation)
    press(mira, "Vazhdo")
    mira.get_by_label(re.compile(person)).check()
    press(mira, "Cakto")


def heard(blerim: Page) -> None:
    """Two officers, one interview, so that she need not tell it twice."""
    follow(blerim, re.compile("Bëni intervistën"))
    titled(blerim, "Shëno intervistën")
    for officer in ("Blerim Demo", "Sokol Demo"):
        blerim.get_by_label(re.compile(officer)).check()
    box(blerim, "Çfarë u tha").fill("Tregoi vetë, me dy pushime.")
    picture(blerim, "formal-3-interview")
    assert check(blerim) == []
    press(blerim, "Shëno intervistën")


def found(blerim: Page, element: str) -> None:
    """What was found on one element, why, and where in the file; the page goes on to the next by itself."""
    says(blerim, f"Shëno gjetjen për: {element}")
    blerim.get_by_label("U gjet", exact=True).check()
    box(blerim, "Arsyet").fill("Tregimi dhe shënimet përputhen.")
    blerim.get_by_label(re.compile("^\\s*Intervista 1")).check()
    if element == "Mjetet":
        picture(blerim, "formal-4-ground")
        assert check(blerim) == []
    press(blerim, "Shëno gjetjen")


def proposed(blerim: Page) -> None:
    """The proposal with its reasons and the act of law; it leads to the signing."""
    follow(blerim, "Kthehu")
    follow(blerim, re.compile("Propozoni vendimin"))
    blerim.get_by_label("Njihet si viktimë e trafikimit (VT)").check()
    box(blerim, "Arsyet").fill("Të tre elementet u gjetën.")
    blerim.get_by_label("Kodi Penal, neni 110/a").check()
    press(blerim, "Propozo")


def signs(page: Page) -> None:
    """Read what is signed, and sign with the code that the made-up telephone shows."""
    titled(page, "Lexoni dhe nënshkruani")
    says(page, "Të tre elementet u gjetën.", "Tregimi dhe shënimet përputhen.")
    shown = re.search(r"\d{6}", page.get_by_text("telefoni i sajuar tregon").inner_text())
    assert shown
    page.get_by_label("Dakord", exact=True).check()
    box(page, "Kodi nga telefoni juaj").fill(shown[0])


def signed(blerim: Page, sokol: Page) -> None:
    """Each reads the same content and signs in person; until both have, there is no decision, and whose is missing is
    said."""
    signs(blerim)
    picture(blerim, "formal-5-sign")
    assert check(blerim) == []
    press(blerim, "Nënshkruaj")
    follow(blerim, "Kthehu")
    says(blerim, "Prisni nënshkrimet e të tjerëve")
    sokol.goto(sokol.url.split("/cases/")[0])
    follow(sokol, re.compile("Lexoni dhe nënshkruani"))
    # A wrong code is refused where it stands, and nothing else is asked again
    signs(sokol)
    right = box(sokol, "Kodi nga telefoni juaj").input_value()
    box(sokol, "Kodi nga telefoni juaj").fill("000000")
    press(sokol, "Nënshkruaj")
    expect(sokol.get_by_role("alert")).to_be_visible()
    assert right
    signs(sokol)
    press(sokol, "Nënshkruaj")
    blerim.reload()


def letter(blerim: Page) -> None:
    """The letter in her language, kept as it was made."""
    titled(blerim, "Letra e vendimit")
    blerim.get_by_label("shqip", exact=True).check()
    press(blerim, "Përgatit letrën")
    expect(blerim.get_by_role("link", name=re.compile("Letra në"))).to_be_visible()
    picture(blerim, "formal-6-letter")
    assert check(blerim) == []


def given_to_her(running: Site, mira: Page, case_id: str) -> None:
    """Mira hands it over and explains it; the status is said on the case, and what may be done against it."""
    mira.goto(f"{running.url}/cases/{case_id}/formal")
    follow(mira, re.compile("Dorëzoni letrën"))
    mira.get_by_label("Dorazi").check()
    mira.get_by_label("Personit", exact=True).check()
    box(mira, "Në cilën gjuhë u fol?").select_option(label="shqip")
    mira.get_by_label("U shpjegua me gojë").check()
    picture(mira, "formal-7-hand-over")
    assert check(mira) == []
    press(mira, "Shëno dorëzimin")
    follow(mira, "Kthehu")
    says(mira, "Dorëzuar", "Shëno ankimin")
    picture(mira, "formal-8-overview")
    follow(mira, "Kthehu")
    expect(mira.get_by_text(re.compile("^\\s*Viktimë trafikimi")).first).to_be_visible()
