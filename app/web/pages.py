"""Rendering: one Jinja environment, and what every page needs around its own content."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.domain.ids import uuid7
from app.domain.policy import may
from app.domain.problems import FieldError, Invalid, Problem
from app.domain.profile import Profile
from app.http.problems import sentence
from app.services.unit_of_work import UnitOfWork
from app.texts import LANGUAGES, has_text, text
from app.web import dates
from app.web.device_choices import choice
from app.web.forms import FormState
from app.web.rooms import rooms_of
from app.web.routing import csrf_token, language_of, session_token
from app.web.session_cookie import local_path
from app.web.static_files import static_url


@cache
def environment(language: str) -> Environment:
    """Return the environment of one language: `t` is a global of it, so that imported macros see it too."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )

    def t(key: str, **params: Any) -> str:
        return text(key, language, **params)

    made.globals["t"] = t
    made.globals["static"] = static_url
    made.globals["new_id"] = lambda: str(uuid7())
    return made


_NAMES = {"sq": "Shqip", "en": "English"}


def state_of(request: Request) -> FormState:
    """Return what was typed and what was wrong with it, where this page is shown again after a refusal."""
    problem: Problem | None = getattr(request.state, "problem", None)
    values: FormData | None = getattr(request.state, "values", None)
    return FormState(values, problem)


def field_errors(problem: Problem) -> tuple[FieldError, ...]:
    """Return the broken fields of a problem; a refusal of the whole has the empty field."""
    if isinstance(problem, Invalid):
        return problem.errors
    return (FieldError(problem.field or "", problem.code, problem.params),)


def error_summary(problem: Problem | None, language: str) -> list[dict[str, str]]:
    """Return the error summary: each sentence with the id of its field."""
    if problem is None:
        return []
    return [
        {"id": e.field.replace(".", "-") or "main", "text": sentence(e.code, language, e.params)}
        for e in field_errors(problem)
    ]


def draft_key(unit: UnitOfWork) -> str:
    """Return the key under which the browser keeps unsaved text: of the person, so that it opens at the next sign-in.

    It comes with the pages of who is signed in and is never stored.
    """
    secret = unit.program.key_provider.index_key("draft")
    made = hmac.digest(secret, unit.actor.account_id.bytes, "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _query_with(request: Request, **changed: str) -> str:
    return "?" + "&".join(f"{k}={v}" for k, v in {**_safe_query(request), **changed}.items())


def _safe_query(request: Request) -> Mapping[str, str]:
    kept = {k: v for k, v in request.query_params.items() if k in ("year", "month", "tab") and v.isalnum()}
    goal = local_path(request.query_params.get("next"))
    return kept if goal == "/" else {**kept, "next": quote(goal, safe="/")}


def _frame(request: Request, unit: UnitOfWork | None, language: str) -> dict[str, Any]:
    """Return what `base.html` needs."""
    program = request.app.state.program
    done = request.query_params.get("done", "")
    contrast = choice(request, "contrast")
    frame: dict[str, Any] = {
        "lang": language,
        "demo": program.demonstration,
        "contrast": "more" if contrast == "more" else None,
        "csrf_token": csrf_token(session_token(request)),
        "languages": [
            {"label": _NAMES[c], "code": c, "href": _query_with(request, language=c), "current": c == language}
            for c in LANGUAGES
        ],
        "contrast_switch": {
            "href": _query_with(request, contrast="standard" if contrast == "more" else "more"),
            "label": text("layout.contrast.standard" if contrast == "more" else "layout.contrast.more", language),
        },
        "errors": error_summary(getattr(request.state, "problem", None), language),
        "notice": {"text": text(f"notices.{done}", language)} if done and has_text(f"notices.{done}") else None,
        "footer_links": [
            {"href": "/help/glossary", "label": text("layout.footer.glossary", language)},
            {"href": "/help/data", "label": text("layout.footer.data", language)},
        ],
    }
    if unit is not None and unit.signed_in:
        frame |= _signed_in(request, unit, language)
    return frame


def _signed_in(request: Request, unit: UnitOfWork, language: str) -> dict[str, Any]:
    actor, profile = unit.actor, unit.profile
    path = request.url.path
    return {
        "nav": [
            {
                "href": room.href,
                "label": text(room.key, language),
                "icon": room.icon,
                "current": path == room.href or (room.href != "/" and path.startswith(f"{room.href}/")),
            }
            for room in (rooms_of(actor.role) if actor.complete else ())
        ],
        "who": {
            "role": text(f"roles.{actor.role.value}", language),
            "organisation": actor.org_name.get(language) or actor.org_name["sq"],
            "href": "/account",
        },
        "draft_key": draft_key(unit),
        "idle": {"seconds": 900, "lock_url": "/lock", "stay_url": "/stay"},
        "profile_note": text(
            "layout.profile_note", language, title=profile.title.text(language), version=profile.version
        ),
    }


def render(
    request: Request, template: str, unit: UnitOfWork | None = None, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render a page in the language of its reader.

    Beside `context` the template sees `t`, `label(list, code)`, `when`, `day`, `chip` bound to the language and
    the frame of `base.html`.
    """
    language = language_of(request, unit)
    profile = unit.profile if unit is not None and unit.signed_in else None
    now = unit.now if unit is not None else None
    bound = _bound(language, profile, now, unit)
    page = environment(language).get_template(template)
    body = page.render({**_frame(request, unit, language), **bound, "actor": unit and unit._actor, **context})
    return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})


def _bound(language: str, profile: Profile | None, now: datetime | None, unit: UnitOfWork | None) -> dict[str, Any]:
    def label(list_id: str, code: str | None) -> str:
        if code is None or profile is None:
            return text("layout.not_said", language)
        return profile.label(list_id, code, language)

    def place(code: str | None) -> str:
        if code is None or profile is None or code not in profile.places:
            return text("layout.not_said", language)
        return profile.places[code].name.text(language)

    zone = profile.timezone if profile is not None else "Europe/Tirane"

    def when(moment: datetime) -> str:
        return dates.spoken(moment, now or moment, language, tz=zone)

    def chip(due_at: datetime, to_confirm: bool = True, met: datetime | None = None) -> Any:
        return dates.due_chip(due_at, now or due_at, language, to_confirm=to_confirm, met=met, tz=zone)

    def can(action: str) -> bool:
        return unit is not None and unit.signed_in and may(unit.actor.role, action)

    return {"can": can, "label": label, "place": place, "when": when, "chip": chip, "profile": profile, "now": now}
