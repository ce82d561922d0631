"""Every page of the program in Chromium on a phone: accessible, reflowing, safe under the strict CSP."""

import pytest
from playwright.sync_api import Browser

from tests.browser.site import Site
from tests.browser.visits import Visit, look_at, visits
from tests.browser.walk import PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("visit", visits(), ids=lambda visit: visit.path)
def test_a_page_is_accessible_reflows_and_complains_of_nothing(
    running: Site, chromium_browser: Browser, visit: Visit
) -> None:
    look_at(running, chromium_browser, visit, PHONE)
