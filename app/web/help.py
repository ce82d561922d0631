"""What anybody may read without signing in: the glossary and how data are kept."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain.profile import Profile
from app.http.routes import program_of
from app.texts import catalogue, text
from app.web.case_words import status_words
from app.web.pages import render
from app.web.routing import PageRouter, Unit, language_of

router = PageRouter()

_PARTS = ("name", "who", "share", "log", "authority", "figures", "rights", "safe")


@router.page("/help/glossary", action="door.open")
async def glossary(request: Request, unit: Unit, country: str = "") -> Response:
    """The words of the field, and the statuses as the country names them."""
    unit.quiet = True
    language = language_of(request, unit)
    profiles = program_of(request).profiles
    own = unit.actor.jurisdiction if unit.signed_in else ""
    known = profiles.jurisdictions()
    wanted = next((j for j in (country.upper(), own) if j in known), known[0])
    profile = profiles.current(wanted)
    return render(
        request,
        "help/glossary.html",
        unit if unit.signed_in else None,
        statuses=_statuses(profile, language),
        phases=[code.label.text(language) for code in profile.selectable("service_phase")],
        terms=_terms(language),
        countries=[
            {"code": j.lower(), "label": profiles.current(j).title.text(language), "current": j == wanted}
            for j in profiles.jurisdictions()
        ],
    )


def _statuses(profile: Profile, language: str) -> list[dict[str, Any]]:
    return [
        {"name": status_words(code, profile, language)["text"], "text": text(f"glossary.status.{code}", language)}
        for code in profile.status_labels
    ]


def _terms(language: str) -> list[dict[str, str]]:
    """Return the terms in the alphabetical order of the page's language."""
    keys = {key.split(".")[2] for key in catalogue() if key.startswith("glossary.term.")}
    terms = [
        {"name": text(f"glossary.term.{key}.name", language), "text": text(f"glossary.term.{key}.text", language)}
        for key in keys
    ]
    return sorted(terms, key=lambda term: term["name"].casefold().replace("ë", "e~").replace("ç", "c~"))


@router.page("/help/data", action="door.open")
async def data(request: Request, unit: Unit) -> Response:
    """How data are kept, in words that can be read aloud to the person."""
    unit.quiet = True
    language = language_of(request, unit)
    parts = [
        {
            "title": text(f"help.data.parts.{part}.title", language),
            "text": text(f"help.data.parts.{part}.text", language),
        }
        for part in _PARTS
    ]
    return render(request, "help/data.html", unit if unit.signed_in else None, parts=parts)
