"""Every page of the program, with somebody who may look at it, and what a look at one holds it to.

The pages are taken from the routers: a new page is walked without being named here, and one whose address needs an
id that the stories do not have fails until a story makes one.
"""

import re
from dataclasses import dataclass

from playwright.sync_api import Browser

from app.domain.policy import ACTIONS, PEOPLE, Reach
from app.web import routers
from tests.browser.axe import check, sideways
from tests.browser.site import Site
from tests.world import role_login

LOGINS = (
    "demo.njl",
    "demo.agimi.drejtuese",
    "demo.menaxhere",
    "demo.ap",
    "demo.admin",
    "demo.dpo",
    "demo.statistika",
)
"""Who looks at a page: the first of them whose role holds its action."""
ROLE_OF = {login: role for role in PEOPLE for login in [role_login(role)]}
SHELTER = ("demo.agimi.drejtuese",)
OTHER_STORY = {
    "/cases/{case_id}/services": ("demo.agimi.drejtuese", "sheltered_case"),
    "/cases/{case_id}/consents/{consent_id}/withdraw": ("demo.njl", "consent_case"),
    "/formal/{procedure_id}/sign": ("demo.identifikim", "procedure_id"),
    "/formal/{procedure_id}/conflict": ("demo.identifikim", "procedure_id"),
    "/formal/{procedure_id}/letter": ("demo.identifikim", "decided_procedure"),
    "/formal/{procedure_id}/appeal": ("demo.njl", "decided_procedure"),
    "/formal/{procedure_id}/reconsideration": ("demo.njl", "decided_procedure"),
    "/cases/{case_id}/formal": ("demo.identifikim", "formal_case"),
    **{
        f"/cases/{{case_id}}/proceedings{rest}": ("demo.menaxhere", "legal_case")
        for rest in ("", "/new", *(f"/{{proceeding_id}}/{step}" for step in ("phase", "outcome", "notice", "retract")))
    },
    "/referrals/{referral_id}/need": ("demo.njl", "draft_referral"),
    "/referrals/{referral_id}/receiver": ("demo.njl", "draft_referral"),
    "/referrals/{referral_id}/preview": ("demo.njl", "draft_referral"),
}
QUERY = {"/shelter/reserve": "?case={sheltered_case}"}
NO_PAGE = {"/report/look.css", "/second-factor/new", "/stay", "/shelter/month.csv", "/audit.csv"}
"""Addresses that answer something else than a page, or for people with a telephone only, whom the demonstration has
not (`tests/web/test_sign_in_pages.py` looks at theirs)."""


@dataclass(frozen=True)
class Visit:
    """One page as somebody sees it."""

    path: str
    login: str | None
    other: str | None = None

    def address(self, story: dict[str, str]) -> str:
        names = set(re.findall(r"{(\w+)", self.path))
        known = {**story}
        if self.other:
            kinds = ("case", "procedure", "referral")
            known[f"{next(kind for kind in kinds if kind in self.other)}_id"] = story[self.other]
        missing = names - known.keys()
        assert not missing, f"{self.path}: tests/browser/stories.py makes no {', '.join(sorted(missing))}"
        path = re.sub(r"{(\w+)(:\w+)?}", lambda m: known[m.group(1)], self.path)
        return path + QUERY.get(self.path, "").format(**story)


def visits() -> list[Visit]:
    """Return every page of the routers with somebody who may look at it."""
    found = []
    for router in routers():
        for route in router.routes:
            path, methods = route.path, getattr(route, "methods", set())
            if "GET" not in methods or path in NO_PAGE or path.endswith((".csv", ".pdf", "/file")):
                continue
            action = ACTIONS[route.action]
            other = OTHER_STORY.get(path)
            if other:
                found.append(Visit(path, *other))
            elif action.reach is Reach.OPEN:
                found.append(Visit(path, None))
            else:
                found.append(Visit(path, next(login for login in LOGINS if ROLE_OF[login] in action.roles)))
    return sorted(found, key=lambda visit: visit.path)


def look_at(running: Site, browser: Browser, visit: Visit, device: dict[str, object]) -> None:
    """Open a page: it answers, is accessible, reflows at 320 pixels, and neither scripts nor the CSP complain."""
    context = running.context(browser, visit.login, **device)
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        answer = page.goto(running.url + visit.address(running.story))
        assert answer is not None
        assert answer.status == 200, page.inner_text("body")[:400]
        assert check(page) == []
        assert sideways(page, 320) == []
        assert complaints == []
    finally:
        context.close()
