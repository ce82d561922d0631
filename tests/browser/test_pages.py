"""Every page of the program in Chromium on a desktop: accessible, reflowing, safe under the strict CSP.

The phone's turn is a file of its own, so that two workers share them.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.site import Site
from tests.browser.visits import ROLE_OF, Visit, look_at, visits
from tests.browser.walk import DESKTOP

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("visit", visits(), ids=lambda visit: visit.path)
def test_a_page_is_accessible_reflows_and_complains_of_nothing(
    running: Site, chromium_browser: Browser, visit: Visit
) -> None:
    look_at(running, chromium_browser, visit, DESKTOP)


@pytest.mark.parametrize("language", ["sq", "en"])
@pytest.mark.parametrize("login", sorted(ROLE_OF))
def test_each_role_lands_on_its_work_in_both_languages(
    running: Site, chromium_browser: Browser, login: str, language: str
) -> None:
    context = running.context(chromium_browser, login, **DESKTOP)
    try:
        page = context.new_page()
        answer = page.goto(f"{running.url}/?language={language}")
        assert answer is not None
        assert answer.status == 200, page.inner_text("body")[:400]
        assert page.get_attribute("html", "lang") == language
        assert page.locator("h1").count() == 1
        if language == "sq":
            pictures = Path(__file__).parent / "shots"
            pictures.mkdir(exist_ok=True)
            page.screenshot(path=pictures / f"home-{ROLE_OF[login].value}.png")
    finally:
        context.close()
