"""Routers of the pages: session cookie, CSRF, one submit once, and a form that keeps what was typed.

A form posts to the page it stands on (or names that page with `page=`). Where the act is refused, its
transaction is rolled back and the page is shown again, with what was typed and the sentence at its field.
"""

import base64
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.policy import ACTIONS, Reach
from app.domain.problems import Forbidden, Problem, SignInRequired
from app.http.bodies import read_body
from app.http.routes import (
    ACTION,
    OWN_UNITS,
    ActionRoute,
    Handler,
    Unit,
    answer,
    program_of,
    request_hash,
    request_id_of,
)
from app.services import idempotency
from app.services.unit_of_work import Credential, Session, UnitOfWork, unit_of_work
from app.texts import DEFAULT_LANGUAGE
from app.web.device_choices import choice, remember

PAGE = "x-besa-page"
_PLAIN_COOKIE = "besa"
_HOST_COOKIE = "__Host-besa"
_ELSEWHERE = {"policy.second_factor": "/second-factor", "policy.change_password": "/password"}


def cookie_name(request: Request) -> str:
    """Return the session cookie's name: `__Host-` wherever the page comes over TLS."""
    return _HOST_COOKIE if request.url.scheme == "https" else _PLAIN_COOKIE


def session_token(request: Request) -> str | None:
    """Return the opaque token of the browser session, None where there is none."""
    return request.cookies.get(cookie_name(request))


def page_language(request: Request) -> str | None:
    """Return the language chosen on this device, None where the account's own shall be used."""
    return choice(request, "language")


def csrf_token(token: str | None) -> str:
    """Return the CSRF token of a session: bound to it, never stored, useless without the cookie."""
    digest = hmac.digest((token or "").encode(), b"besa:csrf", "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _check_origin(request: Request, form: FormData) -> None:
    """Refuse a post that another site made."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in (None, "same-origin", "none"):
        raise Forbidden("request.other_site")
    if origin not in (None, "null") and urlsplit(str(origin)).netloc != request.headers.get("host"):
        raise Forbidden("request.other_site")
    token = session_token(request)
    if token is not None:
        given = str(form.get("csrf_token", ""))
        if not hmac.compare_digest(given.encode(), csrf_token(token).encode()):
            raise Forbidden("request.csrf")


class PageRoute(ActionRoute):
    """Runs a page in one unit of work and turns refusals into pages."""

    page: str | None
    _run: Handler

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        self.page = (given.get("openapi_extra") or {}).get(PAGE)
        super().__init__(path, endpoint, **given)

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def run(request: Request) -> Response:
            token = session_token(request)
            credential: Credential = Session(token) if token else None
            body = await read_body(request)
            form = await request.form() if self.unsafe else FormData()
            try:
                if self.unsafe:
                    _check_origin(request, form)
                response = await self._act(request, credential, body, form, handler)
            except Problem as problem:
                response = await self._refused(request, problem, form)
            remember(request, response)
            return response

        self._run = run
        if "GET" in (self.methods or set()):
            _PAGES[self.path_format] = self
        return run

    async def _act(
        self, request: Request, credential: Credential, body: bytes, form: FormData, handler: Handler
    ) -> Response:
        if self.own_units:
            return await answer(handler, request)
        program = program_of(request)
        async with unit_of_work(
            program, credential, self.action, request_id=request_id_of(request), language=page_language(request)
        ) as unit:
            request.state.unit = unit
            if not unit.signed_in and ACTIONS[self.action].reach is not Reach.OPEN:
                raise SignInRequired("session.required")
            key = form.get("once")
            if not isinstance(key, str) or not unit.signed_in or not 8 <= len(key) <= 200:
                return await answer(handler, request)
            return await self._once(unit, key, request, body, handler)

    async def _once(self, unit: UnitOfWork, key: str, request: Request, body: bytes, handler: Handler) -> Response:
        digest = request_hash(request, body)
        given = await idempotency.find(unit, key, digest)
        if given is not None:
            unit.audit_repeated(self.action, given.about)
            return Response(given.body, given.status, given.headers)
        response = await answer(handler, request)
        if response.status_code == 303:
            kept = idempotency.Answer(303, {"location": response.headers["location"]}, b"")
            await idempotency.keep(unit, key, self.action, digest, kept)
        return response

    async def _refused(self, request: Request, problem: Problem, form: FormData) -> Response:
        if isinstance(problem, SignInRequired):
            back = request.url.path if not self.unsafe else "/"
            to_door = RedirectResponse(f"/sign-in?next={quote(back)}", 303)
            to_door.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True)
            return to_door
        if problem.code in _ELSEWHERE:
            back = f"?next={quote(request.url.path)}" if not self.unsafe else ""
            return RedirectResponse(_ELSEWHERE[problem.code] + back, 303)
        shown = _PAGES.get(self.page or self.path_format)
        again_refused = getattr(request.state, "problem", None) is not None
        if not self.unsafe or shown is None or again_refused or problem.code == "policy.role":
            raise problem
        again = Request({**request.scope, "method": "GET", "state": {}, "path": shown._address(request)})
        again._body = b""
        again.state.problem = problem
        again.state.values = form
        again.state.request_id = request_id_of(request)
        response = await shown._run(again)
        response.status_code = problem.status
        if "seconds" in problem.params:
            response.headers["Retry-After"] = str(problem.params["seconds"])
        return response

    def _address(self, request: Request) -> str:
        return self.path_format.format(**request.path_params)


_PAGES: dict[str, PageRoute] = {}


class PageRouter(APIRouter):
    """A router of pages: `router.page("/signals", action=...)` shows, `router.post_form(...)` acts."""

    def __init__(self) -> None:
        super().__init__(route_class=PageRoute, include_in_schema=False)

    def page(self, path: str, *, action: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a page under an action of the policy."""
        return self.api_route(path, methods=["GET"], openapi_extra={ACTION: action}, response_model=None)

    def act(
        self, path: str, *, action: str, page: str | None = None, own_units: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register what a form does; `page` is the path (as registered) of the page it stands on, if another."""
        extra = {ACTION: action, PAGE: page, OWN_UNITS: own_units}
        return self.api_route(path, methods=["POST"], openapi_extra=extra, response_model=None)


def language_of(request: Request, unit: UnitOfWork | None = None) -> str:
    """Return the language of the page: this device's choice, the account's, Albanian."""
    chosen = page_language(request)
    if chosen:
        return chosen
    return unit.actor.language if unit is not None and unit.signed_in else DEFAULT_LANGUAGE


def redirect(address: str, done: str | None = None) -> Response:
    """Send the browser on after an act; `done` is the text key (`notices.*`) of what to say there once."""
    if done:
        address = f"{address}{'&' if '?' in address else '?'}done={quote(done)}"
    return RedirectResponse(address, 303)


__all__ = ["PageRouter", "Unit", "csrf_token", "language_of", "redirect", "session_token"]
