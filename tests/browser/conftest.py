"""What browser tests share: a Chromium, and the real program with stories in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import cluster as clusters
from tests.browser import chromium
from tests.browser.site import Site, site
from tests.browser.stories import everything


@pytest.fixture(scope="module")
def chromium_browser() -> Iterator[Browser]:
    """A Chromium for one module; tests without one are left out, and the run says so.

    Not for the whole run: Playwright's synchronous side keeps a loop running in the worker's thread, in which no
    other test could start one of its own.
    """
    path = chromium.find()
    if path is None:
        pytest.skip("no Chromium found: browser journeys are left out")
    with chromium.browser(path) as started:
        yield started


@pytest.fixture(scope="module")
def running(cluster: clusters.Cluster, prepared: clusters.Database) -> Iterator[Site]:
    """The program on loopback with one story of everything."""
    with cluster.clone(prepared.name) as fresh, site(fresh, everything) as made:
        yield made
