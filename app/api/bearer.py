"""Who calls the JSON interface: a short access token, a program by its signature, or nobody (the door)."""

from datetime import UTC, datetime

from starlette.requests import Request

from app.domain.problems import SignInRequired
from app.http.routes import request_id_of
from app.services.credentials import tokens
from app.services.intake_signatures import signed_request, verify
from app.services.program import Program
from app.services.unit_of_work import ApiSession, Credential


async def credential_of(request: Request, program: Program) -> Credential:
    """Return the session behind the bearer token, the key behind a signature, None where the request brings neither.

    The token is checked here (signature, issuer, audience, times); the session it names is checked by the
    database in the same transaction as the act, so a revoked one ends at once.
    """
    signed = signed_request(request.method, request.url.path, request.headers, await request.body())
    if signed is not None:
        return await verify(program, signed, request_id=request_id_of(request))
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequired("token.malformed")
    claims = tokens.read(token, program.signing_keys, datetime.now(UTC))
    return ApiSession(claims.sid)
