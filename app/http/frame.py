"""What every answer carries: security headers, the request's id, how long it may be kept; and its measurement.

Plain ASGI: Starlette's `BaseHTTPMiddleware` runs each request in a task of its own, which costs more than a read does.
"""

import time
from uuid import UUID

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.ids import uuid7
from app.http.observation import observe

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": _CSP,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
_STATIC = "public, max-age=31536000, immutable"


class Frame:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id: UUID = uuid7()
        scope.setdefault("state", {})["request_id"] = request_id
        static = scope["path"].startswith("/static/")

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = str(request_id)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if static:
                    headers["Cache-Control"] = _STATIC
                else:
                    headers.setdefault("Cache-Control", "no-store")
                observe(scope, message["status"], time.perf_counter() - started)
            await send(message)

        await self.app(scope, receive, framed)
