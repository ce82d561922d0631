"""What somebody chose on this device: the language of the pages and the contrast; kept in cookies that name nobody.

A link with `?language=en` or `?contrast=more` chooses; the answer to it remembers.
"""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from app.texts import LANGUAGES

CHOICES = {"language": LANGUAGES, "contrast": ("more", "standard")}
"""What can be chosen, by the name of the query parameter."""

LANGUAGE_OPTIONS = ({"value": "sq", "label": "Shqip"}, {"value": "en", "label": "English"})
"""The languages as a form offers them, each in its own name."""

_KEPT = timedelta(days=365)


def choice(request: Request, name: str) -> str | None:
    """Return what is chosen by this very request, else what the device remembers, else None."""
    for chosen in (request.query_params.get(name), request.cookies.get(f"besa_{name}")):
        if chosen in CHOICES[name]:
            return chosen
    return None


def remember(request: Request, response: Response) -> None:
    """Keep the choices that this request made."""
    for name, values in CHOICES.items():
        chosen = request.query_params.get(name)
        if chosen in values:
            keep(request, response, name, str(chosen))


def keep(request: Request, response: Response, name: str, value: str) -> None:
    """Keep one choice on the device for a year."""
    response.set_cookie(
        f"besa_{name}",
        value,
        max_age=int(_KEPT.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
