"""A begging child at a border town: the helpline takes the call, a mobile unit meets the child and decides alone; the
police join with what they saw at the border, and see nothing more once it is decided."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import DESKTOP, at_the_door, box, follow, go_to, picture, press, says, somebody, titled, unfold

pytestmark = pytest.mark.browser

FOR_SOMEBODY_ELSE = "Lyp ose shet në rrugë dhe paratë ia jep dikujt tjetër."
WITHOUT_PARENTS = "Fëmija nuk është me prindërit ose me kujdestarin ligjor."
NOT_PROVED = "I rrituri që shoqëron fëmijën nuk e provon dot lidhjen me të."


def yes(page: Page, observation: str) -> None:
    """Mark one observation as seen; its group is opened first where it is folded."""
    group = page.locator("details.besa-fold", has_text=observation)
    if group.get_attribute("open") is None:
        group.locator("summary").first.click()
    page.get_by_role("group", name=observation).get_by_label("Po", exact=True).check()


def test_a_begging_child_at_a_border_town(running: Site, chromium_browser: Browser) -> None:
    # A guard of the bus station calls the helpline. The operator writes it down and passes it on.
    with somebody(running, chromium_browser, "demo.linja", DESKTOP) as page:
        follow(page, "Regjistro një sinjal")
        follow(page, re.compile("116-006"))
        page.get_by_label("Urgjente", exact=True).check()
        box(page, "Bashkia").select_option(label="Dropull")
        page.get_by_role("group", name="A mund të jetë fëmijë?").get_by_label("Po").check()
        box(page, "Çfarë u tha ose u pa").fill("Një djalë lyp te autobusët e kufirit; një burrë i merr paratë.")
        press(page, "Ruaj sinjalin")
        says(page, "Sinjali u ruajt.")
        page.get_by_label("I kalohet një organizate tjetër").check()
        box(page, "Kalohet te").select_option(label="NJL Berat")
        assert check(page) == []
        press(page, "Ruaj vendimin")
        says(page, "I kalohet një organizate tjetër")

    with somebody(running, chromium_browser, None) as njl:
        at_the_door(running, njl, "Punonjës i njësisë lëvizëse")
        registered(njl)
        decided_without_hurry(njl)
        with somebody(running, chromium_browser, "demo.polici", DESKTOP) as police:
            joined(njl, police)
            decided(njl)
            # What was open to the police for the identification is open no more.
            police.reload()
            titled(police, "Nuk u gjet")


def registered(njl: Page) -> None:
    """Food and safety first, a name only as far as the child says one."""
    go_to(njl, "Sot")
    njl.get_by_role("link", name=re.compile("116-006")).first.click()
    follow(njl, "Regjistro personin")
    follow(njl, "Regjistro një person të ri")
    njl.get_by_label("Po, ka rrezik").check()
    needs = njl.get_by_role("group", name="Çfarë i duhet personit tani?")
    needs.get_by_label("Siguri").check()
    needs.get_by_label("Ushqim, veshje, higjienë").check()
    njl.get_by_role("group", name="Çfarë mori menjëherë?").get_by_label("Ushqim, veshje, higjienë").check()
    box(njl, "Bashkia").select_option(label="Dropull")
    picture(njl, "child-1-safety")
    press(njl, "Ruaj dhe vazhdo")

    titled(njl, "Personi")
    box(njl, "Emri").fill("Arjan")
    njl.get_by_label("Mashkull").check()
    box(njl, "Mosha e vlerësuar, nga").fill("9")
    box(njl, "Mosha e vlerësuar, deri në").fill("12")
    box(njl, "Mbi çfarë mbështetet vlerësimi?").fill("dukja dhe fjala e tij")
    press(njl, "Ruaj")

    titled(njl, "Çfarë i bënë personit")
    unfold(njl, "Lypje")
    njl.get_by_label("Lypja nga fëmijët").check()
    njl.get_by_label("Fshehja").check()
    njl.get_by_label("Nga vendi drejt jashtë").check()
    box(njl, "Filloi në vitin").fill("2025")
    picture(njl, "child-2-exploitation")
    press(njl, "Ruaj")


def decided_without_hurry(njl: Page) -> None:
    """Identification by one officer alone, at the border; the aid says what is missing, not what to decide."""
    titled(njl, "Fillo identifikimin fillestar")
    says(njl, "Personi trajtohet si fëmijë: njoftoni njësinë e mbrojtjes së fëmijëve.")
    press(njl, "Fillo")
    titled(njl, "Treguesit")
    yes(njl, FOR_SOMEBODY_ELSE)
    yes(njl, WITHOUT_PARENTS)
    press(njl, "Ruaj")
    says(njl, "Përgjigjet u ruajtën.")
    picture(njl, "child-3-indicators")
    assert check(njl) == []


def joined(njl: Page, police: Page) -> None:
    """The police are asked to join, and see no more than the officer was shown they would."""
    go_to(police, "Rastet")
    expect(police.get_by_text("Ende asnjë rast.")).to_be_visible()
    follow(njl, "1 pjesëmarrës")
    box(njl, "Organizata").select_option(label="Policia, Berat")
    press(njl, "Vazhdo")
    says(njl, "Policia, Berat do të shohë", "Nuk do të shohë")
    box(njl, "Si merr pjesë?").select_option(label="Polici kufitare")
    picture(njl, "child-4-joining")
    press(njl, "Shto")
    says(njl, "U shtua. Organizata e sheh rastin tani.")

    police.reload()
    follow(police, re.compile(r"AL-\d\d-"))
    expect(police.get_by_text("Arjan")).to_have_count(0)
    follow(police, "Identifikimi")
    follow(police, "Vazhdo identifikimin")
    yes(police, NOT_PROVED)
    press(police, "Ruaj")
    says(police, "Përgjigjet u ruajtën.")


def decided(njl: Page) -> None:
    """The officer looks again at what all have seen, decides, and gives the reason."""
    follow(njl, "Kthehu")
    press(njl, "Ruaj dhe vendos")
    titled(njl, "Vendosni ju")
    says(njl, "Ndihma vazhdon me çdo rezultat.")
    njl.get_by_label("Viktimë e mundshme trafikimi").check()
    box(njl, "Arsyeja juaj").fill("Lyp për dikë tjetër dhe nuk është me prindërit.")
    picture(njl, "child-5-decide")
    assert check(njl) == []
    press(njl, "Ruaj vendimin")
    titled(njl, "Identifikimi u vendos")
    follow(njl, "Kthehu")
    follow(njl, "Kthehu")
    says(njl, "Viktimë e mundshme trafikimi (VMT)", "Njofto njësinë e mbrojtjes së fëmijëve", "Referoje te shërbimet")
    picture(njl, "child-6-case")
    assert check(njl) == []
