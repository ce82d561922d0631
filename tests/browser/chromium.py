"""Finds and starts a Chromium for the tests that need one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a Chromium: `BESA_CHROMIUM`, one on the path, Playwright's own; None where there is none."""
    given = os.environ.get("BESA_CHROMIUM")
    if given:
        return given
    on_path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if on_path:
        return on_path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """Start the Chromium at `path`, quiet and without calls to the outside."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        )
        try:
            yield started
        finally:
            started.close()
