"""What the program says of itself while it runs: metrics by route, and log lines with an allow-list of keys.

Neither holds an address with an id in it, a name or a search text: a route appears as its pattern.
"""

import logging

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import Scope

ALLOWED_KEYS = frozenset(
    {"event", "level", "timestamp", "request_id", "method", "route", "status", "milliseconds", "logger", "exception"}
)

_requests = Counter("besa_requests_total", "Requests by route and status.", ["method", "route", "status"])
_seconds = Histogram(
    "besa_request_seconds",
    "Time to answer by route.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
_log = structlog.get_logger("besa.request")


def allow_only(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Drop every key that is not on the list: what nobody allowed is never logged."""
    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}


def configure_logging(level: str = "info") -> None:
    """Log JSON lines on standard error, with allowed keys only."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            allow_only,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
    )


def route_of(scope: Scope) -> str:
    """Return the pattern of the matched route, never the address itself."""
    route = scope.get("route")
    return str(getattr(route, "path_format", None) or getattr(route, "path", None) or "unmatched")


def observe(scope: Scope, status: int, seconds: float) -> None:
    """Count one answered request and log it."""
    route = route_of(scope)
    _requests.labels(scope["method"], route, status).inc()
    _seconds.labels(route).observe(seconds)
    _log.debug(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        request_id=str(scope["state"]["request_id"]),
    )
