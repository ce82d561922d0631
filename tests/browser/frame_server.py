"""Serves the frame, a form and the living page alone, under the product's own security headers, on a free port.

What is tested here is the look and the scripts; the pages with their data are the journeys' matter.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.web import components_page
from app.web.static_files import STATIC_DIRECTORY
from tests.web.rendering import environment, frame

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
DRAFT_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

_FORM = """{% extends "base.html" %}
{% from "fields/field.html" import field %}
{% from "macros/page.html" import actions, button, back, page_head %}
{% block title %}Formular{% endblock %}
{% block content %}
{{ back("/") }}{{ page_head("Formular") }}
<form class="besa-read" method="post" action="/form" novalidate>
  {% for f in fields %}{{ field(f) }}{% endfor %}
  {% call actions("Qendra Agimi do ta shohë menjëherë.") %}{{ button("Dërgo") }}{% endcall %}
</form>
{% endblock %}"""


@dataclass
class FrameServer:
    """The address of the running server and how often each of its acts was asked for."""

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)


def _fields(value: str = "", error: str | None = None) -> list[dict[str, object]]:
    return [
        {"name": "note", "kind": "textarea", "label": "Shënim", "max_length": 50, "value": value, "error": error},
        {"name": "secret", "kind": "password", "label": "Fjalëkalimi", "autocomplete": "new-password"},
        {
            "name": "needs",
            "kind": "checkboxes",
            "label": "Nevojat",
            "options": [
                {"value": "bed", "label": "Shtrat"},
                {"value": "none", "label": "Asgjë", "quiet": True, "exclusive": True},
            ],
        },
    ]


def _application(server: FrameServer) -> Starlette:
    def components(request: Request) -> Response:
        lang = request.query_params.get("lang", "sq")
        context = {**frame(lang), "contrast": request.query_params.get("contrast")}
        made = environment(lang).get_template("components.html")
        return HTMLResponse(made.render(lang=lang, **context, **components_page.context(lang)))

    def show_form(request: Request) -> Response:
        idle = int(request.query_params.get("idle", "900"))
        key = DRAFT_KEY if request.query_params.get("key", "yes") == "yes" else None
        return _form(draft_key=key, idle={"seconds": idle, "lock_url": "/lock", "stay_url": "/stay"})

    async def take_form(request: Request) -> Response:
        server.asked["form"] += 1
        note = str((await request.form())["note"])
        if note == "bad":
            errors = [{"id": "note", "text": "Jo kështu"}]
            return _form(422, _fields(note, "Jo kështu"), draft_key=DRAFT_KEY, errors=errors)
        return RedirectResponse("/form", 303)

    def _form(status: int = 200, fields: list[dict[str, object]] | None = None, **context: object) -> Response:
        made = environment("sq").from_string(_FORM)
        page = made.render(lang="sq", **frame(), exit_url="/neutral", fields=fields or _fields(), **context)
        return HTMLResponse(page, status)

    def stay(request: Request) -> Response:
        server.asked["stay"] += 1
        return Response(status_code=204)

    def lock(request: Request) -> Response:
        server.asked["lock"] += 1
        return RedirectResponse("/neutral", 303)

    def neutral(request: Request) -> Response:
        return HTMLResponse("<!DOCTYPE html><title>Moti</title><h1>Moti</h1>")

    async def headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await call_next(request)
        answer.headers["Content-Security-Policy"] = CSP
        if not request.url.path.startswith("/static/"):
            answer.headers["Cache-Control"] = "no-store"
        return answer

    made = Starlette(
        routes=[
            Route("/components", components),
            Route("/form", show_form),
            Route("/form", take_form, methods=["POST"]),
            Route("/stay", stay),
            Route("/lock", lock, methods=["POST"]),
            Route("/neutral", neutral),
            Mount("/static", StaticFiles(directory=STATIC_DIRECTORY)),
        ]
    )
    made.add_middleware(BaseHTTPMiddleware, dispatch=headers)
    return made


@contextmanager
def frame_server() -> Iterator[FrameServer]:
    """Run the server in a thread; yields its address and counters."""
    server = FrameServer()
    listening = socket.create_server(("127.0.0.1", 0))
    server.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    running = uvicorn.Server(uvicorn.Config(_application(server), log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not running.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(10)
        listening.close()
