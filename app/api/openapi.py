"""The OpenAPI document: version 3.1, with the problems every route can answer and the action behind it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.domain.policy import ACTIONS, Reach
from app.http.routes import ACTION

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:besa:problem:referral.beyond_consent"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence a person can act on, in the caller's language."},
        "code": {"type": "string", "description": "Stable; programs decide by it."},
        "field": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "request_id": {"type": "string", "format": "uuid"},
    },
}
_ANSWERS = {
    "400": "The request cannot be read.",
    "401": "No valid access token.",
    "403": "The role does not hold this action, or the data class is closed.",
    "404": "Unknown, or somebody else's.",
    "409": "Collides with the present state.",
    "412": "Another version is the present one; says what changed.",
    "413": "Too large.",
    "422": "A field breaks a rule; every broken field is named.",
    "428": "`If-Match` is missing.",
    "503": "A part the program needs is away.",
}


def describe(app: FastAPI) -> None:
    """Make `app.openapi` return the document, built once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        made = get_openapi(
            title="Besa",
            version=app.version,
            openapi_version="3.1.0",
            summary="Case management and referral of a National Referral Mechanism",
            routes=app.routes,
        )
        made["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        made["security"] = [{"token": []}]
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path in made["paths"].values():
            for operation in path.values():
                for status, sentence in _ANSWERS.items():
                    operation["responses"][status] = {"description": sentence, "content": content}
                if ACTIONS[operation[ACTION]].reach is Reach.OPEN:
                    operation["security"] = []
        app.openapi_schema = made
        return made

    # FastAPI's documented way to give a document of one's own is to put a function in place of the method
    app.openapi = document  # type: ignore[method-assign]
