"""Who knocks: the caller's address, the secret of a known device, and a few words on what it is."""

import re
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from app.services.known_devices import MOST_TOKENS, REMEMBERED, SEPARATOR, Caller

_NOWHERE = "0.0.0.0"  # nosec B104 - stands for "no address", nothing listens there
"""Callers without an IP address (a Unix socket, a test) count as one network."""
_SYSTEMS = (
    ("Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux|X11", "Linux"),
)
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def caller_of(request: Request) -> Caller:
    """Return the caller of a request."""
    held = request.cookies.get(device_cookie(request), "").split(SEPARATOR)
    tokens = tuple(token for token in held[:MOST_TOKENS] if 0 < len(token) <= 100)
    return Caller(_address(request), tokens, device_label(request))


def device_cookie(request: Request) -> str:
    """Return the name of the cookie that makes a device known; bound to this host where the page comes over TLS."""
    return "__Host-besa_device" if request.url.scheme == "https" else "besa_device"


def keep_device(request: Request, response: Response, token: str | None) -> None:
    """Make the device known from now on; None leaves it as it is."""
    if token is not None:
        response.set_cookie(
            device_cookie(request),
            token,
            max_age=int(REMEMBERED.total_seconds()),
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )


def device_label(request: Request) -> str:
    """Return browser and system in two words, as a person recognises their devices; never the whole header."""
    agent = request.headers.get("user-agent", "")[:400]
    browser = next((name for sign, name in _BROWSERS if sign in agent), None)
    system = next((name for sign, name in _SYSTEMS if re.search(sign, agent)), None)
    if browser or system:
        return " · ".join(part for part in (browser, system) if part)
    program = _SHORT.match(agent)
    return program.group() if program else ""


def _address(request: Request) -> str:
    host = request.client.host if request.client else _NOWHERE
    try:
        return str(ip_address(host))
    except ValueError:
        return _NOWHERE
