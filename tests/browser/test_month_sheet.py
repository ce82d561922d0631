"""The month sheet on a narrow phone: nothing scrolls sideways, neither the page nor anything in it."""

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import check, sideways
from tests.browser.site import Site
from tests.stories import checked

pytestmark = pytest.mark.browser

NARROW = {"viewport": {"width": 320, "height": 800}, "has_touch": True, "is_mobile": True}
SCROLLING = """() => [...document.querySelectorAll('main *')]
    .filter((e) => e.checkVisibility() && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
    .filter((e) => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
    .map((e) => e.outerHTML.slice(0, 120))"""


async def _deliver(running: Site) -> None:
    async with running.world.api("demo.agimi") as api:
        for day in range(1, 29):
            given = {"case_ids": [running.story["sheltered_case"]], "service_type": "FOOD"}
            made = await api.post("/services", json={**given, "delivered_on": f"2026-03-{day:02d}", "quantity": "12.5"})
            if day > 2:
                checked(made)


def test_the_month_sheet_does_not_scroll_sideways_at_320(running: Site, chromium_browser: Browser) -> None:
    running.run(_deliver(running))
    for language, words in (("sq", "më 28: 12.5;"), ("en", "on the 28: 12.5;")):
        context = running.context(chromium_browser, "demo.agimi.drejtuese", **NARROW)
        try:
            page = context.new_page()
            page.goto(f"{running.url}/shelter/month?month=2026-03&language={language}")
            assert words in page.inner_text("main")
            assert sideways(page, 320) == []
            assert page.evaluate(SCROLLING) == []
            assert check(page) == []
            page.set_viewport_size({"width": 1280, "height": 900})
            assert page.locator("table.besa-month").is_visible()
            assert words not in page.inner_text("main")
        finally:
            context.close()
