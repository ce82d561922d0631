"""Problems: every refusal of the program, as RFC 9457 sees it.

A problem has a stable `code`, the field it is about and parameters for its sentence; the sentence itself
stands in `app/texts/problems.yaml` (or `<concept>.yaml`) under `problems.<code>` in every language.
The HTTP status belongs to the class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class Problem(Exception):
    """A refusal that a person can act on. `params` fill the sentence; they never hold personal data."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, field: str | None = None, /, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params: Mapping[str, Any] = params


class SignInRequired(Problem):
    """Nobody is signed in, or the session or token has ended (401)."""

    status = 401


class Forbidden(Problem):
    """The actor's role does not hold this action (403)."""

    status = 403


class NotFound(Problem):
    """Unknown id, or somebody else's: the two cannot be told apart (404)."""

    status = 404


class Conflict(Problem):
    """The act collides with the present state (409)."""

    status = 409


class StaleVersion(Problem):
    """`If-Match` names a version that is no longer the present one (412)."""

    status = 412


class PreconditionRequired(Problem):
    """An act on a versioned thing came without `If-Match` (428)."""

    status = 428


class TooLarge(Problem):
    """The body or a field is larger than allowed (413)."""

    status = 413


class TooManyRequests(Problem):
    """Throttled; `params['seconds']` says when to try again (429)."""

    status = 429


class Unavailable(Problem):
    """A part the program needs is not reachable (503)."""

    status = 503


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; `field` is a dotted path such as `contacts.0.value`."""

    field: str
    code: str
    params: Mapping[str, Any]


class Invalid(Problem):
    """Input that breaks a rule of the domain, with every broken field at once (422)."""

    status = 422

    def __init__(self, errors: Sequence[FieldError]) -> None:
        first = errors[0]
        super().__init__(first.code, first.field, **first.params)
        self.errors = tuple(errors)

    @classmethod
    def one(cls, field: str, code: str, **params: Any) -> "Invalid":
        """Return the problem of one field."""
        return cls([FieldError(field, code, params)])
