"""The frame of every page and the living page in a real browser: accessible, reflowing, and safe under strict CSP."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import check, sideways, small_targets
from tests.browser.frame_server import FrameServer, frame_server

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def server() -> Iterator[FrameServer]:
    with frame_server() as running:
        yield running


@pytest.fixture
def page(chromium_browser: Browser) -> Iterator[Page]:
    context = chromium_browser.new_context(**DESKTOP)
    yield context.new_page()
    context.close()


def _watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """Return a page and what it complains about: errors of scripts, anything the CSP or Trusted Types refuse."""
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    return page, complaints


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["components?lang=sq", "components?lang=en&contrast=more", "form"])
def test_a_page_is_accessible_and_reflows(
    server: FrameServer, chromium_browser: Browser, device: dict, path: str
) -> None:
    context = chromium_browser.new_context(**device)
    page, complaints = _watched(context)
    page.goto(f"{server.url}/{path}", wait_until="networkidle")
    assert check(page) == []
    assert sideways(page, 320) == []
    if device is PHONE:
        assert small_targets(page) == []
    assert complaints == []
    context.close()


def test_a_page_works_and_looks_the_same_without_scripts(server: FrameServer, chromium_browser: Browser) -> None:
    context = chromium_browser.new_context(**PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/form")
    page.fill("#note", "bad")
    page.get_by_role("button", name="Dërgo").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Jo kështu")
    expect(page.locator("#note")).to_have_value("bad")
    assert (page.locator("[data-exit]").get_attribute("href") or "").endswith("/neutral")
    context.close()


def test_icons_and_the_typeface_arrive_under_the_csp(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/components", wait_until="networkidle")
    assert page.evaluate("document.fonts.check('17px \"Source Sans 3\"', 'ëç')")
    assert page.evaluate("document.querySelector('.besa-exit .icon use').getBBox().width") > 10


def test_quick_exit_leaves_no_way_back_to_the_page(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/components")
    page.goto(f"{server.url}/form")
    page.locator("[data-exit]").click()
    page.wait_for_url("**/neutral")
    page.go_back()
    assert "/form" not in page.url


def test_three_times_shift_is_the_quick_exit_and_says_so(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/form")
    page.locator("#note").press_sequentially("Shift")
    page.keyboard.press("Shift")
    expect(page.locator("[data-exit-count]")).to_have_text("Shtypni Shift edhe 2 herë për të dalë shpejt.")
    page.keyboard.press("a")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    assert page.url.endswith("/form")
    page.keyboard.press("Shift")
    page.wait_for_url("**/neutral")


def _drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('besa-draft:'))")
    return found


def _wait_for_draft(page: Page) -> None:
    """Wait until something was kept; asked again and again, as the CSP refuses a predicate inside the page."""
    for _ in range(50):
        if _drafts(page):
            return
        page.wait_for_timeout(100)
    raise AssertionError("no unsaved text was kept within five seconds")


def test_unsaved_text_lies_encrypted_and_comes_back_to_who_has_the_key(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/form")
    page.fill("#note", "shumë e fshehtë")
    page.fill("#secret", "hunter2")
    page.check("#needs")
    _wait_for_draft(page)
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "fsheht" not in kept
    assert "note" not in kept
    assert "form" not in kept
    page.locator("[data-exit]").click()
    page.wait_for_url("**/neutral")

    page.goto(f"{server.url}/form?key=no", wait_until="networkidle")
    expect(page.locator("#note")).to_have_value("")
    page.goto(f"{server.url}/form")
    expect(page.locator("#note")).to_have_value("shumë e fshehtë")
    expect(page.locator("#needs")).to_be_checked()
    expect(page.locator("#secret")).to_have_value("")
    expect(page.get_by_text("Teksti i paruajtur u kthye.")).to_be_visible()

    sign_out = page.get_by_role("button", name="Dil nga llogaria")
    sign_out.evaluate("(button) => button.form.addEventListener('submit', (event) => event.preventDefault())")
    sign_out.click()
    assert _drafts(page) == []


def test_a_form_goes_once_and_a_mistake_keeps_what_was_typed(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/form")
    page.fill("#note", "bad")
    before = server.asked["form"]
    page.get_by_role("button", name="Dërgo").evaluate("(button) => [1, 2, 3].forEach(() => button.click())")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert server.asked["form"] - before == 1
    expect(page.locator("#note")).to_have_value("bad")
    page.locator(".govuk-error-summary a").click()
    expect(page.locator("#note")).to_be_focused()
    assert _drafts(page) == []


def test_letters_are_counted_and_none_is_cut(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/form")
    page.fill("#note", "ë" * 55)
    expect(page.locator("#note-count")).to_have_text("5 shkronja më shumë sesa hyjnë.")
    expect(page.locator("#note")).to_have_value("ë" * 55)


def test_nothing_of_these_empties_the_others(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/form")
    page.check("#needs")
    page.check("#needs-none")
    expect(page.locator("#needs")).not_to_be_checked()
    page.check("#needs")
    expect(page.locator("#needs-none")).not_to_be_checked()


def test_the_button_says_for_how_many(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/components?lang=sq")
    button = page.locator("button[data-counts]")
    expect(button).to_have_text("Regjistro për 2 veta")
    page.get_by_role("button", name="Zgjidh të gjithë të pranishmit").click()
    expect(button).to_have_text("Regjistro për 3 veta")
    for name in ("Arta", "Besiana"):
        page.get_by_role("checkbox", name=name).uncheck()
    expect(button).to_have_text("Regjistro për 1 person")


def test_the_end_of_the_session_is_told_and_keeps_the_text(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/form?idle=4")
    page.fill("#note", "u ruajt")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert check(page) == []
    asked = server.asked["stay"]
    page.get_by_role("button", name="Vazhdo punën").click()
    expect(dialog).not_to_be_visible()
    assert server.asked["stay"] == asked + 1
    page.wait_for_url("**/neutral", timeout=15_000)
    assert server.asked["lock"] == 1
    page.goto(f"{server.url}/form")
    expect(page.locator("#note")).to_have_value("u ruajt")


def test_the_whole_frame_can_be_walked_by_keyboard(server: FrameServer, page: Page) -> None:
    page.goto(f"{server.url}/form")
    page.keyboard.press("Tab")
    expect(page.locator(".govuk-skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    assert re.search(r"#main$", page.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Kthehu")).to_be_focused()
