"""The public form: open to anybody, without a sign-in, a cookie or a script; nothing stays on the reporter's device.

Its routes are of a kind of their own. They look at no session and at no choice of language kept on the device, and set
none: who reports is nobody, also on the computer of a colleague who is signed in. The style sheet is served without
being kept too.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.domain.forms.signals import LONGEST_REPORT, PublicReport
from app.domain.ids import uuid7
from app.domain.problems import Forbidden, Invalid, Problem
from app.domain.profile import Profile
from app.domain.signals import PublicReport as ReportRules
from app.http.bodies import read_body
from app.http.callers import caller_of
from app.http.problems import sentence
from app.http.routes import ACTION, OWN_UNITS, ActionRoute, Handler, answer, program_of, request_id_of
from app.services import public_reports
from app.web import forms
from app.web.pages import environment, error_summary
from app.web.static_files import STATIC_DIRECTORY

_STYLES = ("vendor/govuk-frontend/govuk-frontend.css", "tokens.css", "besa.css")
_FONTS = re.compile(r"@font-face\s*{[^}]*}")
_NAMES = {"sq": "Shqip", "en": "English", "sr": "Srpski"}
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


class OpenRoute(ActionRoute):
    """A route for nobody in particular: the body is read, no unit of work is opened, no cookie is looked at or set."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def run(request: Request) -> Response:
            await read_body(request)
            return await answer(handler, request)

        return run


class OpenRouter(APIRouter):
    """A router of such routes."""

    def __init__(self) -> None:
        super().__init__(route_class=OpenRoute, include_in_schema=False)

    def on(self, method: str, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a handler that opens its own units of work."""
        extra = {ACTION: public_reports.ACTION, OWN_UNITS: True}
        return self.api_route(path, methods=[method], openapi_extra=extra, response_model=None)


router = OpenRouter()


@router.on("GET", "/report")
async def form(request: Request) -> Response:
    """The form of the jurisdiction that this installation is for."""
    return _page(request, program_of(request).settings.report_jurisdiction.upper(), forms.FormState())


@router.on("GET", "/report/look.css")
async def look() -> Response:
    """The style sheets of the program in one, without fonts, to be kept nowhere."""
    return Response(_style(), headers=_HEADERS, media_type="text/css; charset=utf-8")


@router.on("GET", "/report/{jurisdiction}")
async def form_of(request: Request, jurisdiction: str) -> Response:
    """The form of another jurisdiction."""
    return _page(request, jurisdiction.upper(), forms.FormState())


@router.on("POST", "/report")
async def send(request: Request) -> Response:
    """Take a report."""
    return await _send(request, program_of(request).settings.report_jurisdiction.upper())


@router.on("POST", "/report/{jurisdiction}")
async def send_to(request: Request, jurisdiction: str) -> Response:
    """Take a report of another jurisdiction."""
    return await _send(request, jurisdiction.upper())


async def _send(request: Request, jurisdiction: str) -> Response:
    program = program_of(request)
    profile, rules = public_reports.rules_of(program, jurisdiction)
    given = await request.form()
    language = _language(request, rules, given)
    try:
        _same_site(request)
        report = forms.read(PublicReport, given, profile)
        reference = await public_reports.take_report(
            program,
            jurisdiction,
            report,
            address=caller_of(request).address,
            request_id=request_id_of(request),
        )
    except Problem as problem:
        return _page(request, jurisdiction, forms.FormState(given, problem), language=language)
    in_danger = report.danger == "now"
    return _render("report/sent.html", profile, rules, language, reference=reference, in_danger=in_danger)


def _same_site(request: Request) -> None:
    """Refuse a post that another site made: the browser says where it came from, no cookie is needed."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin", "none"):
        raise Forbidden("request.other_site")
    if origin not in (None, "null") and urlsplit(str(origin)).netloc != request.headers.get("host"):
        raise Forbidden("request.other_site")


def _language(request: Request, rules: ReportRules, given: FormData | None = None) -> str:
    """Return the language that the address or the form names, else the first of the jurisdiction."""
    asked = (given.get("language") if given is not None else None) or request.query_params.get("language")
    return str(asked) if asked in rules.languages else rules.languages[0]


def _page(request: Request, jurisdiction: str, state: forms.FormState, *, language: str | None = None) -> HTMLResponse:
    program = program_of(request)
    profile, rules = public_reports.rules_of(program, jurisdiction)
    said = language or _language(request, rules)
    fields = forms.view(
        PublicReport,
        profile,
        said,
        state,
        initial={"id": uuid7(), "danger": "unknown", "who": "unknown", "may_contact": "no"},
    )
    for field in fields.values():
        field["autocomplete"] = "off"
    fields["what"]["max_length"] = LONGEST_REPORT
    for name in ("danger", "who", "may_contact"):
        fields[name]["optional_mark"] = False
    fields["may_contact"]["options"] = fields["may_contact"]["options"][::-1]
    problem = state.problem
    errors = error_summary(problem, said) if isinstance(problem, Invalid) else []
    alone = None if problem is None or errors else sentence(problem.code, said, problem.params)
    elsewhere = [
        {"href": f"/report/{other.lower()}", "key": f"report.in_{other}"}
        for other in program.profiles.jurisdictions()
        if other != jurisdiction and program.profile(other).public_report is not None
    ]
    return _render(
        "report/form.html",
        profile,
        rules,
        said,
        status=200 if problem is None else problem.status,
        fields=fields,
        errors=errors,
        alone=alone,
        path=request.url.path,
        elsewhere=elsewhere,
    )


def _render(
    template: str, profile: Profile, rules: ReportRules, language: str, *, status: int = 200, **context: Any
) -> HTMLResponse:
    languages = [
        {"code": code, "label": _NAMES.get(code, code), "current": code == language} for code in rules.languages
    ]
    numbers = [
        {
            "number": one.number,
            "tel": re.sub(r"[^0-9+]", "", one.number),
            "label": one.label.text(language),
            "to_confirm": one.status != "found",
        }
        for one in rules.numbers
    ]
    body = (
        environment(language)
        .get_template(template)
        .render(lang=language, languages=languages, numbers=numbers, profile=profile, **context)
    )
    return HTMLResponse(body, status, headers=_HEADERS)


@cache
def _style() -> str:
    return "\n".join(_FONTS.sub("", (STATIC_DIRECTORY / name).read_text(encoding="utf-8")) for name in _STYLES)
