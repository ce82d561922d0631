"""The authority's morning, in English on a desktop: where every case stands, who lets somebody wait, one name for half
an hour with a reason that others read, and figures that say what the board says."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check
from tests.browser.site import Site
from tests.browser.walk import DESKTOP, at_the_door, box, choose, follow, go_to, picture, press, says, somebody, titled

pytestmark = pytest.mark.browser

NAMES = ("Fatmira", "Hoxhaj", "Arjan", "Arta", "Drita", "Shehu")


def test_the_authoritys_morning(running: Site, chromium_browser: Browser) -> None:
    with somebody(running, chromium_browser, None, DESKTOP) as page:
        at_the_door(running, page, "Zyrtar i Autoritetit Përgjegjës")
        follow(page, "English")
        late, on_the_board = the_board(page)
        code = one_name(page)
        assert late >= 1
        assert len(on_the_board) >= 1
        the_figures(page, on_the_board)
    with somebody(running, chromium_browser, "demo.njl") as njl:
        looked_at(njl, code)


def count_of(page: Page, label: str) -> int:
    """Return the number that stands over this word on the board."""
    return int(page.get_by_role("link", name=re.compile(rf"^\d+\s*{label}$")).inner_text().split()[0])


def the_board(page: Page) -> tuple[int, list[str]]:
    """Every number is a link to its list, and the list is as long as the number; nobody's name is on any of them."""
    titled(page, "Where every case stands")
    picture(page, "morning-1-board")
    assert check(page) == []
    counted = {}
    for label in ("Past due", "Status without a decision", "Open cases", "Referrals without an answer"):
        counted[label] = count_of(page, label)
        page.get_by_role("link", name=re.compile(rf"^\d+\s*{label}$")).click()
        expect(page.locator("table a[href^='/cases/']")).to_have_count(counted[label])
        assert [name for name in NAMES if name in page.inner_text("main")] == []
        follow(page, "Overview")
    # Late first: the first group of the table is what is past due.
    expect(page.locator("th[scope=colgroup]").first).to_contain_text("Past due")
    said = page.locator("td .besa-tag").all_inner_texts()
    return counted["Past due"], [status for status in said if status in ("VMT", "VT")]


def one_name(page: Page) -> str:
    """A child is reported missing abroad. The reason comes first; the name opens for half an hour."""
    box(page, "Age").select_option(label="Child")
    press(page, "Filter")
    page.locator("table a[href^='/cases/']").first.click()
    code = re.search(r"AL-\d\d-\w+", page.inner_text("h1"))
    assert code is not None
    assert "Arjan" not in page.inner_text("main")
    follow(page, "Reveal with a reason")
    titled(page, "Reveal the identity")
    box(page, "Reason").select_option(label="Missing child")
    press(page, "Reveal for 30 minutes")
    expect(page.get_by_role("alert")).to_be_visible()
    box(page, "Explain the reason").fill("A contact point abroad asks whether it is the boy of a notice.")
    picture(page, "morning-2-reveal")
    assert check(page) == []
    press(page, "Reveal for 30 minutes")
    says(page, "The identity is open for 30 minutes.")
    says(page, "Arjan")
    picture(page, "morning-3-name")
    return code.group()


def the_figures(page: Page, on_the_board: list[str]) -> None:
    """Table T1 of this year, for use inside the house, where the public gets closed years alone: whoever stands on the
    board as identified is in it, once as a potential victim, and once more where a formal decision was taken."""
    go_to(page, "Figures")
    follow(page, "How many persons were identified")
    choose(page, "For whom", "Internal")
    press(page, "Show")
    box(page, "Period").select_option(index=0)
    press(page, "Show")
    says(page, "This view has every number. Do not pass it on: for others choose “Public”.")
    picture(page, "morning-4-figures")
    assert check(page) == []
    assert newest(page, "Potential victim of trafficking") == len(on_the_board)
    assert newest(page, "Victim of trafficking") == on_the_board.count("VT") >= 1


def newest(page: Page, row: str) -> int:
    """Return the number of the newest year in this row."""
    cells = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row, exact=True)).get_by_role("cell")
    return int(cells.last.inner_text())


def looked_at(njl: Page, code: str) -> None:
    """The mobile unit finds the reveal among its tasks, reads who and why, and says that it has looked."""
    go_to(njl, "Rastet")
    follow(njl, code)
    follow(njl, "Hapjet e identitetit")
    says(njl, "Fëmijë i zhdukur", "A contact point abroad asks whether it is the boy of a notice.")
    picture(njl, "morning-5-review")
    assert check(njl) == []
    follow(njl, re.compile("Rasti"))
    follow(njl, "Shiko pse u hap identiteti")
    press(njl, "Shëno hapin")
    says(njl, "Hapi u shënua.")
    expect(njl.get_by_role("link", name="Shiko pse u hap identiteti")).to_have_count(0)
