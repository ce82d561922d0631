"""What every page is held to in a browser: axe without violations (WCAG 2.0 to 2.2, A and AA), no sideways scroll,
targets that a thumb can hit. Used by the journeys: `assert check(page) == []`.

axe is evaluated through the debugger, not put into the page as a script, so it runs under the page's own strict CSP
and Trusted Types.
"""

from importlib.resources import files

from playwright.sync_api import Page

_AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
_FINGER = 44
"""Least side of a target on touch, in CSS pixels."""

_SMALL_TARGETS = """(least) => [...document.querySelectorAll('a[href], button, summary, select, input')]
    .filter((e) => e.type !== 'hidden' && e.checkVisibility({ visibilityProperty: true }))
    .filter((e) => !e.closest('.govuk-visually-hidden, .govuk-skip-link'))
    .filter((e) => !(e.tagName === 'A' && e.closest('p, li') && getComputedStyle(e).display === 'inline'))
    .map((e) => [e, e.classList.contains('besa-task__title') || e.closest('.besa-class h3')
        ? (e.closest('li') ?? e).getBoundingClientRect() : e.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < least - 0.5)
    .map(([e, box]) => `${e.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


def check(page: Page) -> list[str]:
    """Return one line for each accessibility violation on the page as it stands; none is good."""
    page.evaluate(_AXE)
    found = page.evaluate("(rules) => axe.run(document, rules).then((result) => result.violations)", _RULES)
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]


def sideways(page: Page, width: int = 320) -> list[str]:
    """Return the elements that make the page scroll sideways at `width` CSS pixels; the window keeps its size."""
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": 800})
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll('*')]
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
            .map((e) => e.outerHTML.slice(0, 120))"""
    )
    if before is not None:
        page.set_viewport_size(before)
    return found


def small_targets(page: Page) -> list[str]:
    """Return the links and controls that are smaller than 44 by 44 pixels; to be asked with a touch screen."""
    found: list[str] = page.evaluate(_SMALL_TARGETS, _FINGER)
    return found
