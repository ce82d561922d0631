"""A foreign man exploited in construction: he gives no name and refuses to be identified. He is helped all the same,
and the police are not let in over his no."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.test_journey_begging_child import yes
from tests.browser.walk import at_the_door, box, follow, go_to, picture, press, says, somebody, titled, unfold

pytestmark = pytest.mark.browser

SEEN = ("Punon pa pagë ose me pagë shumë të ulët.", "Dokumentet ia mban dikush tjetër.")
IN_DEBT = "Ka borxh për udhëtimin, dokumentet ose punën dhe duhet ta shlyejë me punë."


def test_a_man_who_refuses_identification_is_helped(running: Site, chromium_browser: Browser) -> None:
    with somebody(running, chromium_browser, None) as njl:
        at_the_door(running, njl, "Punonjës i njësisë lëvizëse")
        without_a_name(njl)
        what_was_done(njl)
        he_says_no_to_the_police(njl)
        he_refuses(njl)
        he_is_helped(njl)


def without_a_name(njl: Page) -> None:
    """He wants a doctor and a place to sleep. Nobody asks for his name; his age makes him a grown man."""
    go_to(njl, "Regjistro")
    follow(njl, "Regjistro një person të ri")
    njl.get_by_label("Jo, jemi në vend të sigurt").check()
    needs = njl.get_by_role("group", name="Çfarë i duhet personit tani?")
    needs.get_by_label("Shëndet fizik").check()
    needs.get_by_label("Strehim").check()
    box(njl, "Bashkia").select_option(label="Berat")
    njl.get_by_label("Personi nuk dëshiron të japë emrin").check()
    unfold(njl, "Kur personi nuk jep emrin")
    njl.get_by_label("Mashkull").check()
    box(njl, "Mosha e vlerësuar, nga").fill("30")
    box(njl, "Mosha e vlerësuar, deri në").fill("38")
    box(njl, "Mbi çfarë mbështetet vlerësimi?").fill("fjala e tij")
    box(njl, "Në ç’gjuhë flet personi?").select_option(label="nepalisht")
    njl.get_by_label("Nevojitet përkthyes").check()
    picture(njl, "worker-1-safety")
    assert check(njl) == []
    press(njl, "Ruaj dhe vazhdo")
    says(njl, "Rasti u hap dhe u ruajt.", "Burrë", "nepalisht, me përkthyes", "Pa identitet, me dëshirën e personit")
    expect(njl.get_by_text("trajtohet si fëmijë")).to_have_count(0)


def what_was_done(njl: Page) -> None:
    """What he tells is recorded: where he worked, what he was promised, who kept his passport."""
    follow(njl, "Shfrytëzimi")
    follow(njl, "Shto një situatë")
    unfold(njl, "Punë")
    njl.get_by_label("Punë e detyruar në një vend pune").check()
    njl.get_by_label("Rekrutimi").check()
    njl.get_by_label("Mashtrimi").check()
    njl.get_by_label("Nga jashtë drejt vendit").check()
    box(njl, "Filloi në vitin").fill("2025")
    unfold(njl, "Sektori i punës")
    njl.get_by_label("Ndërtimi").check()
    unfold(njl, "Si e kontrollonin")
    njl.get_by_label("Mbajtje e dokumenteve").check()
    press(njl, "Ruaj")
    says(njl, "Situata u ruajt.")
    follow(njl, "Kthehu")


def he_says_no_to_the_police(njl: Page) -> None:
    """He is asked, he says not now; the words are read to him before."""
    follow(njl, "Pëlqimet")
    follow(njl, "Pyet personin")
    box(njl, "Për çfarë").select_option(label="Ndarje me policinë")
    press(njl, "Shfaq tekstin")
    titled(njl, "Lexojani personit")
    njl.get_by_label("Jo tani", exact=True).check()
    press(njl, "Ruaj përgjigjen")
    says(njl, "Përgjigjja u ruajt.", "Jo tani:")
    picture(njl, "worker-2-consents")
    follow(njl, "Kthehu")


def he_refuses(njl: Page) -> None:
    """The officer notes what is seen and decides; the police cannot be let in; his no stands beside the finding."""
    follow(njl, "Identifikim")
    follow(njl, "Fillo identifikimin")
    says(njl, "I rrituri mund ta refuzojë identifikimin. Ndihma vazhdon njësoj.")
    press(njl, "Fillo")
    for observation in (*SEEN, IN_DEBT):
        yes(njl, observation)
    press(njl, "Ruaj")
    follow(njl, "1 pjesëmarrës")
    box(njl, "Organizata").select_option(label="Policia, Berat")
    press(njl, "Vazhdo")
    press(njl, "Shto")
    expect(njl.get_by_role("alert")).to_be_visible()
    picture(njl, "worker-3-no-police")
    assert check(njl) == []
    follow(njl, "Kthehu")
    press(njl, "Ruaj dhe vendos")
    njl.get_by_label("Viktimë e mundshme trafikimi").check()
    box(njl, "Arsyeja juaj").fill("Tre tregues u panë në kantier; ai vetë nuk dëshiron të identifikohet.")
    njl.get_by_label("Po, e refuzoi").check()
    press(njl, "Ruaj vendimin")
    titled(njl, "Identifikimi u vendos")
    says(njl, "Po, e refuzoi")
    picture(njl, "worker-4-decided")
    follow(njl, "Kthehu")
    follow(njl, "Kthehu")


def he_is_helped(njl: Page) -> None:
    """The help never asked for any of it: he sees a doctor today."""
    follow(njl, re.compile("Regjistro shërbim|Shërbimet"))
    unfold(njl, "Regjistro një shërbim")
    box(njl, "Shërbimi").select_option(label="Kujdes shëndetësor")
    press(njl, "Ruaj")
    says(njl, "Shërbimi u regjistrua.", "Kujdes shëndetësor")
    picture(njl, "worker-5-services")
    assert check(njl) == []
    follow(njl, "Kthehu")
    says(njl, "Viktimë e mundshme trafikimi (VMT)", "Pa identitet, me dëshirën e personit")
    picture(njl, "worker-6-case")
