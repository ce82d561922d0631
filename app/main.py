"""Builds the application: wiring only."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from app import __version__
from app.api import routers as api_routers
from app.api.openapi import describe
from app.api.routing import language_of as api_language
from app.domain.problems import NotFound, Problem
from app.http.frame import Frame
from app.http.problems import as_invalid, document
from app.http.routes import request_id_of
from app.services.maintenance import keep_maintaining
from app.services.program import Program
from app.storage.database import translate
from app.texts import DEFAULT_LANGUAGE, catalogue
from app.web import routers as web_routers
from app.web.problems import problem_page
from app.web.static_files import STATIC_DIRECTORY

log = logging.getLogger("besa")


def create_app(program: Program, *, maintenance: bool = False) -> FastAPI:
    """Return the application over a prepared program; raises where a route has no policy or a text is missing.

    With `maintenance` the program looks after itself while it serves (`app.services.maintenance`).
    """
    catalogue()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What was loaded at start never dies: taking it out of collection keeps pauses short.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        keeper = asyncio.create_task(keep_maintaining(program)) if maintenance else None
        yield
        if keeper is not None:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        await program.database.close()

    app = FastAPI(
        title="Besa",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    app.state.program = program
    for router in api_routers():
        app.include_router(router, prefix="/api/v1" if router.prefix not in ("", "/") else "")
    for router in web_routers():
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC_DIRECTORY), name="static")
    describe(app)
    _answer_problems(app)
    app.add_middleware(Frame)
    return app


def _answer_problems(app: FastAPI) -> None:
    async def answer(request: Request, problem: Problem) -> Response:
        if not request.url.path.startswith("/api/"):
            return await problem_page(request, problem)
        language = api_language(request) or DEFAULT_LANGUAGE
        content = document(problem, language, request.url.path, str(request_id_of(request)))
        headers = {"Content-Language": language}
        if problem.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if "seconds" in problem.params:
            headers["Retry-After"] = str(problem.params["seconds"])
        return JSONResponse(content, problem.status, headers, media_type="application/problem+json")

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return await answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return await answer(request, as_invalid(error))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        problem: Problem = NotFound("route.unknown")
        if error.status_code == 405:
            problem = MethodNotAllowed("route.method")
        elif error.status_code == 400:
            problem = Problem("request.not_json")
        response = await answer(request, problem)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(Exception)
    async def on_error(request: Request, error: Exception) -> Response:
        known = translate(error)
        if isinstance(known, Problem):
            return await answer(request, known)
        log.exception("unexpected error", extra={"request_id": str(request_id_of(request))})
        return await answer(request, Failure("unexpected"))


class MethodNotAllowed(Problem):
    """The route exists, the method does not (405)."""

    status = 405


class Failure(Problem):
    """A defect of the program (500); the request id leads to its log entry."""

    status = 500
