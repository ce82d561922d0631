"""The public form in Chromium: nothing of it stays on the device, with and without scripts, on a phone."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import check, sideways
from tests.browser.site import Site

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
STORED = """async () => ({
  cookies: document.cookie,
  local: Object.keys(localStorage),
  session: Object.keys(sessionStorage),
  databases: (await indexedDB.databases()).map((one) => one.name),
  caches: 'caches' in window ? await caches.keys() : [],
  workers: 'serviceWorker' in navigator ? (await navigator.serviceWorker.getRegistrations()).length : 0,
})"""
NOTHING = {"cookies": "", "local": [], "session": [], "databases": [], "caches": [], "workers": 0}


def left_behind(page: Page) -> dict[str, object]:
    """Return what the page left in the browser."""
    found: dict[str, object] = page.evaluate(STORED)
    return found


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_report_leaves_nothing_on_the_device(running: Site, chromium_browser: Browser, scripts: bool) -> None:
    context = chromium_browser.new_context(java_script_enabled=scripts, **PHONE)
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"{running.url}/report")
        page.fill("#what", "Në lokal punon një vajzë që nuk del kurrë vetëm.")
        page.check("input[name=who][value=child]")
        page.click("button[type=submit]")
        assert page.locator("h1").inner_text() == "Faleminderit"
        assert page.url == f"{running.url}/report"
        assert "vajzë" not in page.content()
        assert context.cookies() == []
        if scripts:
            assert left_behind(page) == NOTHING
            assert check(page) == []
            assert sideways(page, 320) == []
        page.go_back()
        assert context.cookies() == []
        assert complaints == []
    finally:
        context.close()


def test_what_is_missing_is_said_and_another_language_keeps_nothing_either(
    running: Site, chromium_browser: Browser
) -> None:
    context = chromium_browser.new_context(**PHONE)
    try:
        page = context.new_page()
        page.goto(f"{running.url}/report?language=en")
        page.fill("#where", "By the old bridge")
        page.click("button[type=submit]")
        assert page.locator("a[href='#what']").count() == 1
        assert page.input_value("#where") == "By the old bridge"
        assert page.get_attribute("html", "lang") == "en"
        assert context.cookies() == []
        assert left_behind(page) == NOTHING
        assert check(page) == []
    finally:
        context.close()
