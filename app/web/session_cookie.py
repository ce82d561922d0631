"""The session's cookie, and the address one goes on to after the door."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.domain.actors import Actor
from app.web.routing import cookie_name

_DOOR = ("/sign-in", "/sign-out", "/lock", "/stay", "/second-factor", "/password")
_LONGEST = 500


def give_session(request: Request, response: Response, token: str) -> None:
    """Hand the session's token to the browser: for this site alone, out of reach of scripts, gone with the browser."""
    response.set_cookie(
        cookie_name(request),
        token,
        path="/",
        httponly=True,
        # Lax: somebody who follows a link from a message is still signed in; a post from elsewhere never is.
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def take_session(request: Request, response: Response) -> None:
    """Take the token away from the browser."""
    response.delete_cookie(
        cookie_name(request), path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def local_path(given: str | None) -> str:
    """Return where to go on: a path of this site, `/` for anything else, above all for another site's address."""
    if not given or len(given) > _LONGEST or not given.isprintable() or "\\" in given:
        return "/"
    parts = urlsplit(given)
    if parts.scheme or parts.netloc or not given.startswith("/") or given.startswith("//"):
        return "/"
    return "/" if parts.path.startswith(_DOOR) else given


def next_step(actor: Actor, goal: str) -> str:
    """Return the page that comes next on the way to `goal`."""
    step = None
    if actor.needs_second_factor and not actor.second_factor:
        step = "/second-factor"
    elif actor.must_change_password:
        step = "/password"
    if step is None:
        return goal
    return step if goal == "/" else f"{step}?next={quote(goal, safe='/')}"
