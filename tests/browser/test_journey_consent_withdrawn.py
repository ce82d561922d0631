"""A woman says yes, and changes her mind: what the shelter saw closes in the same moment, and it is told so."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import box, follow, go_to, picture, press, says, somebody, titled
from tests.stories import PERSON, add_bed, register_case

pytestmark = pytest.mark.browser

TOLD = (
    "Për çfarë pyetet",
    "Kush do t’i shohë të dhënat",
    "Cilat të dhëna",
    "Që vendos vetë dhe ndihma vazhdon njësoj",
    "Që mund ta tërheqë kur të dojë",
)


def test_a_consent_is_withdrawn_mid_referral(running: Site, chromium_browser: Browser) -> None:
    identity = {**PERSON, "given_names": "Zana", "family_names": "Prela"}
    case = running.run(register_case(running.world, identity=identity))
    running.run(add_bed(running.world, "6Z"))
    with somebody(running, chromium_browser, "demo.njl") as njl:
        go_to(njl, "Rastet")
        follow(njl, case["code"])
        she_is_told_and_asked(njl)
        she_is_referred(njl)
        with somebody(running, chromium_browser, "demo.agimi") as agimi:
            the_shelter_accepts(agimi, case["code"])
            she_changes_her_mind(njl)
            the_shelter_sees_it_end(agimi, case["code"])


def she_is_told_and_asked(njl: Page) -> None:
    """Her rights first, then the question, in the words of the sheet; she says yes to one shelter and three things."""
    follow(njl, "Informimi")
    says(njl, "Të drejtat nuk janë shpjeguar ende.")
    press(njl, "Ruaj")
    says(njl, "Të drejtat janë shpjeguar.")
    follow(njl, "Kthehu")

    follow(njl, "Pëlqimet")
    follow(njl, "Pyet personin")
    box(njl, "Për çfarë").select_option(label="Ndarje e të dhënave me një institucion të caktuar")
    box(njl, "Për kë").select_option(label="Qendra Agimi")
    for data in ("Ecuria: hapat, datat, afatet", "Identiteti: emri, gjuhët, kontakti i sigurt"):
        njl.get_by_label(data).check()
    picture(njl, "consent-1-ask")
    press(njl, "Shfaq tekstin")
    titled(njl, "Lexojani personit")
    njl.get_by_label("Po", exact=True).check()
    for sentence in TOLD:
        njl.get_by_label(sentence, exact=True).check()
    njl.get_by_label("Me shkrim").check()
    picture(njl, "consent-2-words")
    assert check(njl) == []
    press(njl, "Ruaj përgjigjen")
    says(njl, "Po: ecuria, identiteti për Qendra Agimi")
    follow(njl, "Kthehu")


def she_is_referred(njl: Page) -> None:
    """Three steps: the need, who can help, what they will see. She hears it before it is sent."""
    follow(njl, "Referim")
    titled(njl, "Çfarë i duhet personit?")
    njl.get_by_label("Strehim", exact=True).check()
    njl.get_by_label("Urgjente", exact=True).check()
    njl.get_by_label("Nuk njihet rrezik i çastit").check()
    box(njl, "Qëllimi i referimit").select_option(label="Strehim ose akomodim")
    box(njl, "Mesazh për marrësin").fill("Mbërrin me çantë të kuqe.")
    press(njl, "Zgjidh institucionin")
    njl.get_by_label("Qendra Agimi").check()
    picture(njl, "consent-3-receiver")
    press(njl, "Shih çfarë do të shohin")
    titled(njl, "Çfarë do të shohë Qendra Agimi")
    says(njl, "Tani, para se të pranojë", "Pasi të pranojë", "Nuk e sheh")
    picture(njl, "consent-4-preview")
    assert check(njl) == []
    press(njl, "Dërgo referimin")
    says(njl, "Referimi u dërgua.")


def the_shelter_accepts(agimi: Page, code: str) -> None:
    """One tap; what she agreed to opens, and nothing else."""
    go_to(agimi, "Referimet")
    agimi.get_by_role("listitem").filter(has_text=code.rpartition("-")[2]).get_by_role("link").first.click()
    says(agimi, "Pas pranimit hapen: ecuria, identiteti.")
    expect(agimi.get_by_text("Mbërrin me çantë të kuqe.")).to_have_count(0)
    picture(agimi, "consent-5-answer")
    assert check(agimi) == []
    press(agimi, "Prano")
    says(agimi, "E pranuat. Rasti është i hapur për ju.", "Mbërrin me çantë të kuqe.")
    follow(agimi, re.compile("Hap rastin"))
    follow(agimi, "Shfaq emrin")
    says(agimi, "Zana", "Prela")


def she_changes_her_mind(njl: Page) -> None:
    """No reason is asked for; the page says what ends with it."""
    follow(njl, re.compile("Hap rastin"))
    follow(njl, "Pëlqimet")
    follow(njl, "Tërhiqe")
    titled(njl, "Personi e tërheq pëlqimin")
    says(njl, "Qendra Agimi nuk e sheh më rastin dhe e merr vesh menjëherë.")
    picture(njl, "consent-6-withdraw")
    assert check(njl) == []
    press(njl, "Tërhiqe pëlqimin")
    says(njl, "Pëlqimi u tërhoq. Çfarë mbështetej te ai mbaroi.", "U tërhoq: ecuria, identiteti për Qendra Agimi")


def the_shelter_sees_it_end(agimi: Page, code: str) -> None:
    """The page with her name is gone at the next look; the queue says why, by the code alone."""
    agimi.reload()
    titled(agimi, "Nuk u gjet")
    expect(agimi.get_by_text("Zana")).to_have_count(0)
    go_to(agimi, "Referimet")
    says(agimi, f"Personi e tërhoqi pëlqimin për rastin {code}. Rasti nuk shihet më")
    picture(agimi, "consent-7-ended")
    assert check(agimi) == []
