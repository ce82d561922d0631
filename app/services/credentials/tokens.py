"""Tokens: short signed ones for programs, and opaque ones for sessions and refreshing.

The only module that imports python-jose. Given no `algorithms`, that library takes the algorithm from the token
itself, and takes a public key in DER for a shared secret: whoever has the public key can then sign as he likes. So
here the algorithm is fixed (ES256), keys come as PEM and are made into key objects of that algorithm beforehand, the
header may hold exactly three known entries, and every claim is checked by type and value.

An access token says which session it belongs to; whether that session still stands, and with which rights, is asked
of the database at every request. The ten minutes only bound what a leaked token is worth where that fails.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NoReturn
from uuid import UUID

from jose import jwk, jws
from jose.exceptions import JOSEError

from app.domain.ids import uuid7
from app.domain.problems import SignInRequired
from app.services.credentials.signing_keys import SigningKeys

ALGORITHM = "ES256"
TYPE = "at+jwt"
"""The type of an access token (RFC 9068, 2.1): nothing else this installation signs can be taken for one."""

ISSUER = "besa"
AUDIENCE = "besa-api"
ACCESS_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(hours=12)
CLOCK_LEEWAY = timedelta(seconds=30)
"""How far the clock of the machine that issued a token may be ahead of the one that reads it."""

_LONGEST = 1024
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CLAIMS = frozenset({"iss", "aud", "sub", "sid", "jti", "ver", "iat", "nbf", "exp"})


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid access token says.

    `sub` account, `sid` session, `jti` the token's own id, `ver` the account's version when it was issued (the
    service compares it where a change of rights must end older tokens), `iat` and `exp` in UTC.
    """

    sub: UUID
    sid: UUID
    jti: UUID
    ver: int
    iat: datetime
    exp: datetime


def issue(keys: SigningKeys, *, account_id: UUID, session_id: UUID, version: int, now: datetime) -> str:
    """Return a signed access token, good for ten minutes from `now`."""
    key_id, private_pem = keys.signing()
    seconds = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "sid": str(session_id),
        "jti": str(uuid7()),
        "ver": version,
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + int(ACCESS_LIFETIME.total_seconds()),
    }
    return str(jws.sign(claims, _key(private_pem), headers={"kid": key_id, "typ": TYPE}, algorithm=ALGORITHM))


def read(token: str, keys: SigningKeys, now: datetime) -> AccessClaims:
    """Return the claims of an access token that this installation signed and that is good at `now`.

    Raises SignInRequired: `token.malformed` (not a token at all), `token.expired`, or `token.invalid` for
    everything else, without saying what.
    """
    if len(token) > _LONGEST or not _SHAPE.fullmatch(token):
        raise SignInRequired("token.malformed")
    try:
        header = jws.get_unverified_header(token)
    except (JOSEError, ValueError, RecursionError):
        raise SignInRequired("token.malformed") from None
    if header.keys() != {"alg", "typ", "kid"} or header["alg"] != ALGORITHM or header["typ"] != TYPE:
        _refuse()
    public_pem = keys.public_pem(header["kid"]) if isinstance(header["kid"], str) else None
    if public_pem is None:
        _refuse()
    try:
        claims = json.loads(_signed(token, public_pem))
    except (JOSEError, ValueError, RecursionError):
        _refuse()
    return _checked(claims, now)


def _checked(claims: Any, now: datetime) -> AccessClaims:
    if not isinstance(claims, dict) or claims.keys() != _CLAIMS:
        _refuse()
    times = [claims["iat"], claims["nbf"], claims["exp"]]
    if claims["iss"] != ISSUER or claims["aud"] != AUDIENCE or any(type(n) is not int for n in [claims["ver"], *times]):
        _refuse()
    try:
        issued, not_before, expires = (datetime.fromtimestamp(seconds, UTC) for seconds in times)
        sub, sid, jti = (UUID(claims[name]) for name in ("sub", "sid", "jti"))
    except (ValueError, OverflowError, OSError, AttributeError, TypeError):
        _refuse()
    if expires <= now:
        raise SignInRequired("token.expired")
    if max(issued, not_before) > now + CLOCK_LEEWAY or expires - issued > ACCESS_LIFETIME:
        _refuse()
    return AccessClaims(sub, sid, jti, claims["ver"], issued, expires)


@lru_cache(maxsize=1024)
def _signed(token: str, pem: str) -> bytes:
    """Return what a token says, where it bears the signature of this key; kept for tokens that were right.

    The same text under the same key is always right, and checking costs more than all the rest of a read. Whether
    the key is still in use and the times still hold is asked at every call.
    """
    return bytes(jws.verify(token, _key(pem), algorithms=[ALGORITHM]))


@lru_cache(maxsize=16)
def _key(pem: str) -> Any:
    """Return the library's key object; of ES256 and from PEM, so it can check nothing but ES256 signatures."""
    return jwk.construct(pem, ALGORITHM)


def _refuse() -> NoReturn:
    raise SignInRequired("token.invalid") from None


@dataclass(frozen=True, slots=True)
class OpaqueToken:
    """A random token: `text` goes to its holder and nowhere else, `digest` (32 bytes) is what is stored."""

    text: str
    digest: bytes

    def __repr__(self) -> str:
        return "<OpaqueToken>"


def new_opaque_token() -> OpaqueToken:
    """Return a new token of 256 random bits, 43 characters that may stand in a cookie or a header."""
    text = secrets.token_urlsafe(32)
    return OpaqueToken(text, digest(text))


def digest(text: str) -> bytes:
    """Return the stored form of an opaque token. At 256 random bits a plain SHA-256 cannot be tried out."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class RefreshState:
    """What the row of a refresh token says; the moments are None where it has not happened."""

    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


RefreshVerdict = Literal["ok", "reused", "expired", "revoked"]


def judge_refresh(state: RefreshState, now: datetime) -> RefreshVerdict:
    """Say what a presented refresh token is worth.

    `ok`: the caller marks it used (guarded by `used_at IS NULL`) and gives a new one of the same family.
    `reused`: somebody holds a copy, and nobody can say whether the thief or the owner came first, so the caller
    revokes the whole family and its session; that holds for an old copy as well, hence before `expired`. There is
    no time of grace: a program whose answer was lost signs in again. `expired`, `revoked`: only a refusal.
    """
    if state.revoked_at is not None:
        return "revoked"
    if state.used_at is not None:
        return "reused"
    return "expired" if state.expires_at <= now else "ok"


def refresh_expiry(session_expires_at: datetime, now: datetime) -> datetime:
    """Return until when a new refresh token is good; rotation never outlives the session itself."""
    return min(now + REFRESH_LIFETIME, session_expires_at)
