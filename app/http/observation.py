"""What the program says of itself while it runs: metrics by route, and log lines with an allow-list of keys.

Neither holds an address with an id in it, a name or a search text: a route appears as its pattern.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

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


def shape_of(error: BaseException) -> str:
    """Return what went wrong and where, cause first; no message, for a database's error quotes the row it refused."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < 8:
        frames = traceback.extract_tb(seen.__traceback__)
        told = [f for f in frames[:-1] if "site-packages" not in f.filename][-8:] + frames[-1:]
        where = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in reversed(told))
        parts.append(f"{type(seen).__module__}.{type(seen).__qualname__} at {where}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "; ".join(reversed(parts))


class JsonLines(logging.Formatter):
    """Lines of the standard library's loggers (the program's own defects, the server's) in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; of another library's message only what it says before any value."""
        ours = record.name.split(".")[0] in ("besa", "uvicorn")
        line: structlog.typing.EventDict = {
            # asyncio prints the failed task, with the message of its error, from the second line on
            "event": (record.getMessage() if ours else str(record.msg)).split("\n")[0],
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "request_id": getattr(record, "request_id", None),
            "exception": shape_of(record.exc_info[1]) if record.exc_info and record.exc_info[1] else None,
        }
        return json.dumps({k: v for k, v in allow_only(None, "", line).items() if v is not None}, ensure_ascii=False)


def _shaped(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found
    return {**event, "exception": shape_of(error)} if isinstance(error, BaseException) else event


def configure_logging(level: str = "info") -> None:
    """Log JSON lines on standard error, with allowed keys only, whoever logs."""
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    least = max(logging.INFO, getattr(logging, level.upper(), logging.INFO))
    logging.basicConfig(handlers=[lines], level=least, force=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _shaped,
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
