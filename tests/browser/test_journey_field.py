"""A mobile-unit officer with a phone: one click at the door, safety first, a case that is saved at every step."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import PHONE, at_the_door

pytestmark = pytest.mark.browser


def test_a_child_is_registered_on_a_phone(running: Site, chromium_browser: Browser) -> None:
    context = chromium_browser.new_context(**PHONE)
    page = context.new_page()
    try:
        at_the_door(running, page, "Punonjës i njësisë lëvizëse")
        page.goto(f"{running.url}/search")
        page.get_by_label("Emri, mbiemri ose nofka").fill("Ermal Askush")
        page.get_by_role("button", name="Kërko").click()
        expect(page.get_by_text("Nuk u gjet askush.")).to_be_visible()
        assert "Ermal" not in page.url
        page.get_by_role("link", name="Regjistro një person të ri").click()

        page.get_by_label("Jo, jemi në vend të sigurt").check()
        page.get_by_role("group", name="Çfarë i duhet personit tani?").get_by_label("Strehim").check()
        page.get_by_role("button", name="Ruaj dhe vazhdo").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Personi")
        expect(page.get_by_text(re.compile(r"Rasti AL-\d\d-\w{6} është ruajtur"))).to_be_visible()

        page.locator("#identity-given_names").fill("Ermal")
        page.get_by_label("Mashkull").check()
        page.locator("#identity-birth_year").fill("2090")
        page.get_by_role("button", name="Ruaj").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("#identity-given_names")).to_have_value("Ermal")
        assert check(page) == []

        page.locator("#identity-birth_year").fill("2014")
        page.get_by_role("button", name="Ruaj").click()
        expect(page).to_have_url(re.compile(r"/cases/[0-9a-f-]+/exploitation"))
    finally:
        context.close()


def test_the_quick_exit_leaves_no_way_back_to_the_case(running: Site, chromium_browser: Browser) -> None:
    context = running.context(chromium_browser, "demo.njl", **PHONE)
    page = context.new_page()
    try:
        page.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="<title>Wikipedia</title>"))
        page.goto(f"{running.url}/cases/{running.story['case_id']}/person")
        assert "Arjan" not in page.title()
        page.get_by_role("link", name="Dil shpejt").click()
        page.wait_for_url("https://www.wikipedia.org/**")
    finally:
        context.close()
