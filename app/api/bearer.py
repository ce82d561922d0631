"""Who calls the JSON interface: a short access token, or nobody (the door)."""

from datetime import UTC, datetime

from starlette.requests import Request

from app.domain.problems import SignInRequired
from app.services.credentials import tokens
from app.services.program import Program
from app.services.unit_of_work import ApiSession, Credential


async def credential_of(request: Request, program: Program) -> Credential:
    """Return the session behind the bearer token, None where the request brings none.

    The token is checked here (signature, issuer, audience, times); the session it names is checked by the
    database in the same transaction as the act, so a revoked one ends at once.
    """
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequired("token.malformed")
    claims = tokens.read(token, program.signing_keys, datetime.now(UTC))
    return ApiSession(claims.sid)
