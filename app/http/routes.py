"""Routes that open one unit of work each and take their permission from the declared policy.

A route without an action of the policy is refused when the program is built.
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.domain.ids import uuid7
from app.domain.policy import ACTIONS, Reach
from app.http.problems import as_invalid
from app.services.program import Program
from app.services.unit_of_work import UnitOfWork

ACTION = "x-besa-action"
OWN_UNITS = "x-besa-own-units"
"""Marks the few routes of the door that open their units of work themselves: no connection waits while they hash."""
READS = "x-besa-reads"
"""Marks a route that reads by POST, so that what is searched for stands in no address: its answer is never kept."""
SHOWN_ONCE = "x-besa-shown-once"
"""Marks a route whose answer holds a secret, such as a one-time password: a repetition is refused, not answered."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ActionRoute(APIRoute):
    """A route that names its action; `action` is read by the permission tests too."""

    action: str
    own_units: bool

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        extra = given.get("openapi_extra") or {}
        if extra.get(ACTION) not in ACTIONS:
            raise RuntimeError(f"route {path}: no action of the policy ({extra.get(ACTION)!r})")
        self.action = extra[ACTION]
        self.own_units = bool(extra.get(OWN_UNITS))
        if self.own_units and ACTIONS[self.action].reach is not Reach.OPEN:
            raise RuntimeError(f"route {path}: only an open action may check its caller itself")
        super().__init__(path, endpoint, **given)

    @property
    def unsafe(self) -> bool:
        """True where the route changes something."""
        return not (self.methods or set()) <= SAFE_METHODS


def program_of(request: Request) -> Program:
    """Return the running program."""
    program: Program = request.app.state.program
    return program


def request_id_of(request: Request) -> UUID:
    """Return the request's id, made once."""
    found = getattr(request.state, "request_id", None)
    if found is None:
        found = request.state.request_id = uuid7()
    return UUID(str(found))


async def _unit(request: Request) -> UnitOfWork:
    # a coroutine without need: what is none, FastAPI runs in a thread, which costs more than a statement
    unit: UnitOfWork = request.state.unit
    return unit


Unit = Annotated[UnitOfWork, Depends(_unit)]
"""The unit of work of this request, opened and committed by its route."""


async def answer(handler: Handler, request: Request) -> Response:
    """Call FastAPI's own handler, with its validation errors turned into ours."""
    try:
        return await handler(request)
    except RequestValidationError as error:
        raise as_invalid(error) from error


def request_hash(request: Request, body: bytes) -> bytes:
    """Return the hash that tells whether two requests with one idempotency key are the same request."""
    return hashlib.sha256(f"{request.method} {request.url.path}\0".encode() + body).digest()
