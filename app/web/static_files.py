"""Addresses of static files: `/static/PATH?v=HASH`, so that a browser may keep a file until it changes."""

import hashlib
from functools import cache
from pathlib import Path

STATIC_DIRECTORY = Path(__file__).parent / "static"
_PREFIX = "/static/"


@cache
def _versions() -> dict[str, str]:
    """Hash every file once, at the first question: path below `static/` -> ten hex digits of its SHA-256."""
    return {
        file.relative_to(STATIC_DIRECTORY).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:10]
        for file in sorted(STATIC_DIRECTORY.rglob("*"))
        if file.is_file()
    }


def static_url(path: str) -> str:
    """Return the address of the file at `path` below `static/`; raises KeyError where there is no such file."""
    return f"{_PREFIX}{path}?v={_versions()[path]}"
