"""How the journeys walk: somebody with a browser, signed in, who clicks what a person would click."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.site import Site

expect.set_options(timeout=30_000)  # as patient as clicks are: what is slow is the machine
PHONE: dict[str, object] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
DESKTOP: dict[str, object] = {"viewport": {"width": 1280, "height": 900}}


@contextmanager
def somebody(running: Site, browser: Browser, login: str | None, device: dict[str, object] = PHONE) -> Iterator[Page]:
    """A person with a browser of their own, on their start page; nothing may break behind the pages they see."""
    context = running.context(browser, login, **device)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        page.goto(running.url)
        yield page
        assert broken == []
    except BaseException:
        picture(page, "broken")
        raise
    finally:
        context.close()


def at_the_door(running: Site, page: Page, role: str) -> None:
    """Sign in with one click as a role of the demonstration, second factor included."""
    page.goto(f"{running.url}/sign-in")
    page.get_by_role("button", name=re.compile(role)).first.click()
    expect(page).not_to_have_url(re.compile("/sign-in"))


def press(page: Page, name: str) -> None:
    """Press the button of exactly this name."""
    page.get_by_role("button", name=name, exact=True).first.click()


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow the first link of this name that can be seen."""
    page.get_by_role("link", name=name).and_(page.locator(":visible")).first.click()


def box(page: Page, label: str) -> Locator:
    """The field of this label, whether it says that it may be left empty or not."""
    return page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*(\(.*\)\s*)?$"))


def choose(page: Page, label: str, beginning: str) -> None:
    """Choose from a list what begins so, as somebody does who types the first letters."""
    field = box(page, label)
    field.select_option(label=field.locator("option").filter(has_text=beginning).first.text_content())


def unfold(page: Page, name: str) -> None:
    """Open what is folded away under this name."""
    page.locator("summary", has_text=name).first.click()


def go_to(page: Page, room: str) -> None:
    """Go to one of the rooms: over the bar of a phone or the list under "more", or the header of a desktop."""
    page.get_by_role("link", name=room, exact=True).and_(page.locator(":visible")).first.click()


def says(page: Page, *sentences: str) -> None:
    """The page says all of this, where it can be read."""
    for sentence in sentences:
        expect(page.get_by_text(sentence).and_(page.locator(":visible")).first).to_be_visible()


def titled(page: Page, title: str | re.Pattern[str]) -> None:
    """The page's heading is this."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page where the builder asks for pictures (`BESA_PICTURES` names the folder)."""
    folder = os.environ.get("BESA_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
