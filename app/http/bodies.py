"""Request bodies: read whole before a transaction opens, and never larger than allowed."""

from starlette.requests import Request

from app.domain.problems import TooLarge

LIMIT = 1_048_576
"""Bytes of a body; forms and JSON of this program are far smaller."""


async def read_body(request: Request, limit: int = LIMIT) -> bytes:
    """Return the body, kept for later readers of the request; raises `TooLarge` past `limit` bytes.

    Reading first keeps a slow sender from holding a database connection.
    """
    announced = request.headers.get("content-length")
    if announced and announced.isdigit() and int(announced) > limit:
        raise TooLarge("request.too_large", limit=limit)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge("request.too_large", limit=limit)
        parts.append(part)
    body = b"".join(parts)
    request._body = body
    return body
