"""Routers of the JSON interface: bearer token, idempotency key, version of the resource, pages by key."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from app.api.bearer import credential_of
from app.domain.problems import Invalid, Problem
from app.http.bodies import read_body
from app.http.routes import (
    ACTION,
    OWN_UNITS,
    READS,
    SHOWN_ONCE,
    ActionRoute,
    Handler,
    Unit,
    answer,
    program_of,
    request_hash,
    request_id_of,
)
from app.services import idempotency
from app.services.unit_of_work import UnitOfWork, unit_of_work
from app.texts import LANGUAGES

KEPT_HEADERS = ("content-type", "etag", "location")
T = TypeVar("T")


def language_of(request: Request) -> str | None:
    """Return the first language of `Accept-Language` that the program speaks, None where there is none."""
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return None


class ApiRoute(ActionRoute):
    """Runs the handler in one unit of work; unsafe methods take an `Idempotency-Key`."""

    reads: bool
    shown_once: bool

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        extra = given.get("openapi_extra") or {}
        self.reads = bool(extra.get(READS))
        self.shown_once = bool(extra.get(SHOWN_ONCE))
        super().__init__(path, endpoint, **given)

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def run(request: Request) -> Response:
            body = await read_body(request)
            if self.own_units:
                return await answer(handler, request)
            program = program_of(request)
            credential = await credential_of(request, program)
            async with unit_of_work(
                program, credential, self.action, request_id=request_id_of(request), language=language_of(request)
            ) as unit:
                request.state.unit = unit
                key = request.headers.get("idempotency-key")
                if key is None or not self.unsafe or self.reads or not unit.signed_in:
                    return await answer(handler, request)
                return await self._once(unit, key, request, body, handler)

        return run

    async def _once(self, unit: UnitOfWork, key: str, request: Request, body: bytes, handler: Handler) -> Response:
        if not 8 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
            raise Problem("request.bad_key", "Idempotency-Key")
        digest = request_hash(request, body)
        given = await idempotency.find(unit, key, digest)
        if given is not None:
            unit.audit_repeated(self.action, given.about)
            return Response(given.body, given.status, {**given.headers, "idempotent-replayed": "true"})
        response = await answer(handler, request)
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        kept = None if self.shown_once else bytes(response.body)
        await idempotency.keep(unit, key, self.action, digest, idempotency.Answer(response.status_code, headers, kept))
        return response


class ConceptRouter(APIRouter):
    """A router whose every route names its action: `router.act("POST", "", action="signal.record")`."""

    def __init__(self, prefix: str, tag: str) -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=ApiRoute)

    def act(
        self,
        method: str,
        path: str,
        *,
        action: str,
        status_code: int = 200,
        own_units: bool = False,
        reads: bool = False,
        shown_once: bool = False,
        **given: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register an endpoint under an action of the policy.

        `reads` where a POST changes nothing; `shown_once` where the answer holds a secret that is kept nowhere.
        """
        marks = {OWN_UNITS: own_units, READS: reads, SHOWN_ONCE: shown_once}
        extra: dict[str, object] = {ACTION: action, **{mark: True for mark, given_ in marks.items() if given_}}
        return self.api_route(path, methods=[method], status_code=status_code, openapi_extra=extra, **given)


async def if_match(request: Request) -> int | None:
    """Return the version of `If-Match: "7"`, None where the header is missing."""
    given = request.headers.get("if-match")
    if given is None:
        return None
    tag = given.strip().removeprefix("W/").strip('"')
    if not tag.isdigit() or len(tag) > 9:
        raise Invalid.one("If-Match", "version.malformed")
    return int(tag)


IfMatch = Annotated[int | None, Depends(if_match)]
"""The version the caller has seen; services refuse a stale one (412) and a missing one (428)."""

After = Annotated[UUID | None, Query(description="Key of the last row of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Rows on a page, 1 to 100.")]


def etag(response: Response, version: int) -> None:
    """Set the `ETag` of a versioned resource."""
    response.headers["ETag"] = f'"{version}"'


class Out(BaseModel):
    """A resource as the API shows it."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Listed(Out, Generic[T]):
    """One page of a list; `next` is the key to give as `after`, None on the last page."""

    items: list[T]
    next: UUID | None = None


__all__ = ["After", "ConceptRouter", "IfMatch", "Limit", "Listed", "Out", "Unit", "etag", "if_match"]
