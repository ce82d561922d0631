"""Problems as answers: RFC 9457 for programs, and the sentences that pages show."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.domain.problems import FieldError, Invalid, Problem
from app.texts import has_text, text

_PYDANTIC = {
    "missing": "field.missing",
    "blank": "field.missing",
    "string_too_long": "field.too_long",
    "string_too_short": "field.missing",
    "too_long": "field.too_many",
    "too_short": "field.missing",
    "extra_forbidden": "field.unexpected",
    "nul_byte": "field.nul_byte",
    "lone_surrogate": "field.lone_surrogate",
    "string_unicode": "field.lone_surrogate",
    "year": "field.year",
    "uuid7": "field.not_uuid7",
    "uuid_parsing": "field.not_id",
    "literal_error": "field.unknown_choice",
    "enum": "field.unknown_choice",
    "timezone_aware": "field.no_offset",
    "json_invalid": "request.not_json",
    "greater_than": "field.too_small",
    "greater_than_equal": "field.too_small",
    "less_than": "field.too_large",
    "less_than_equal": "field.too_large",
}
_PLACES = {"body", "query", "path", "header", "cookie"}


def sentence(code: str, language: str, params: Mapping[str, Any]) -> str:
    """Return the sentence of a problem's code; the code itself never reaches a person alone."""
    key = f"problems.{code}"
    if not has_text(key):
        return text("problems.unexpected", language)
    return text(key, language, **{"n": 0, **params})


def invalid_from(errors: Sequence[Any]) -> Invalid:
    """Turn pydantic's errors into one `Invalid` with a code of ours per field."""
    found: list[FieldError] = []
    for error in errors:
        kind = str(error["type"])
        path = [str(part) for part in error["loc"] if not (part in _PLACES and error["loc"].index(part) == 0)]
        default = "field.not_a_date" if kind.startswith(("date", "time")) else "field.malformed"
        context = {k: v for k, v in (error.get("ctx") or {}).items() if isinstance(v, (str, int, float))}
        found.append(FieldError(".".join(path), _PYDANTIC.get(kind, default), context))
    return Invalid(found)


def as_invalid(error: RequestValidationError | ValidationError) -> Invalid:
    """Turn a validation error of FastAPI or pydantic into ours."""
    return invalid_from(error.errors())


def document(problem: Problem, language: str, instance: str, request_id: str) -> dict[str, Any]:
    """Return the RFC 9457 document of a problem: type, title, status, detail, code, field, errors."""
    detail = sentence(problem.code, language, problem.params)
    content: dict[str, Any] = {
        "type": f"urn:besa:problem:{problem.code}",
        "title": text(f"problems.status.{problem.status}", language),
        "status": problem.status,
        "detail": detail,
        "code": problem.code,
        "instance": instance,
        "request_id": request_id,
    }
    if problem.field:
        content["field"] = problem.field
    if isinstance(problem, Invalid):
        content["errors"] = [
            {"field": e.field, "code": e.code, "detail": sentence(e.code, language, e.params)} for e in problem.errors
        ]
    for name in ("changes", "current", "possible", "missing", "seconds"):
        if name in problem.params:
            content[name] = problem.params[name]
    return content
