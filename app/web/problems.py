"""Refusals as pages: a sentence, what to do, the way back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain.problems import Problem
from app.http.problems import sentence
from app.http.routes import program_of, request_id_of
from app.services.unit_of_work import Session, unit_of_work
from app.web.pages import render
from app.web.routing import language_of, session_token


async def problem_page(request: Request, problem: Problem) -> Response:
    """Show a refusal inside the frame of who is signed in, or a bare page where nobody is."""
    language = language_of(request)
    token = session_token(request)
    context: dict[str, Any] = {
        "status": problem.status,
        "problem": problem,
        "said": sentence(problem.code, language, problem.params),
        "request_id": str(request_id_of(request)),
    }
    if token is not None and problem.status not in (500, 503):
        try:
            async with unit_of_work(program_of(request), Session(token), "door.open") as unit:
                unit.quiet = True
                return render(request, "problem.html", unit if unit.signed_in else None, **context)
        except Problem:
            pass
    return render(request, "problem.html", **context)
