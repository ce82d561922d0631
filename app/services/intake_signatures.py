"""Signed requests of programs: who sent this, that nobody changed it, and that it was not sent before.

A request carries four headers: `Besa-Key` (the key's id), `Besa-Timestamp` (seconds since 1970), `Besa-Nonce` (16 to 64
letters, digits, `-` or `_`, new for each request) and `Besa-Signature` (Ed25519, base64) over the lines of
`signed_lines`. `docs/intake.md` shows an example. Whatever is wrong is answered alike (`intake.refused`), so that
nobody learns which keys there are; only who signed rightly is told that the time or the nonce is the reason.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from app.domain.problems import SignInRequired
from app.services.identities import IntakeKey
from app.services.program import Program
from app.services.unit_of_work import UnitOfWork, unit_of_work
from app.storage.intake import intake_nonce

SCHEME = "besa-intake-v1"
TOLERANCE = timedelta(minutes=5)
"""How far the sender's clock may be off; a nonce is remembered for twice as long."""
HEADERS = ("besa-key", "besa-timestamp", "besa-nonce", "besa-signature")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_KEY_OF = text("select id, public_key from iam.intake_key_of(:key)")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What was signed and with what; texts as they came."""

    method: str
    path: str
    key: str
    timestamp: str
    nonce: str
    signature: str
    body: bytes


def signed_lines(method: str, path: str, key: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return the bytes that are signed: seven lines, each ended by LF; the last is the body's SHA-256 in hex."""
    lines = (SCHEME, method.upper(), path, key, timestamp, nonce, hashlib.sha256(body).hexdigest())
    return "".join(f"{line}\n" for line in lines).encode()


def signed_request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> SignedRequest | None:
    """Return the signed request that these headers make, None where there is no sign of one."""
    given = [headers.get(name) for name in HEADERS]
    if all(value is None for value in given):
        return None
    key, timestamp, nonce, signature = (value or "" for value in given)
    return SignedRequest(method, path, key[:100], timestamp[:20], nonce[:100], signature[:200], body)


async def verify(program: Program, request: SignedRequest, *, request_id: UUID | None = None) -> IntakeKey:
    """Return the key that signed the request; its nonce is spent from here on.

    Raises `SignInRequired`: `intake.refused` (unknown, revoked or ended key, wrong signature, malformed header),
    `intake.clock` (more than five minutes off), `intake.replayed`. Each is written down.
    """
    async with unit_of_work(program, None, "intake.verify", request_id=request_id) as unit:
        unit.stands = True
        row = (await unit.execute(_KEY_OF, {"key": request.key})).mappings().first()
        if row is None or not _right(bytes(row["public_key"]), request):
            raise _refused(unit, None, "intake.refused")
        sent = datetime.fromtimestamp(int(request.timestamp), UTC)
        if abs(sent - unit.now) > TOLERANCE:
            raise _refused(unit, row["id"], "intake.clock")
        await unit.execute(delete(intake_nonce).where(intake_nonce.c.at < unit.now - 2 * TOLERANCE))
        spent = await unit.execute(
            insert(intake_nonce)
            .values(key_id=row["id"], nonce=request.nonce, at=unit.now)
            .on_conflict_do_nothing()
            .returning(intake_nonce.c.nonce)
        )
        if spent.first() is None:
            raise _refused(unit, row["id"], "intake.replayed")
        unit.quiet = True
        return IntakeKey(row["id"])


def _right(public_key: bytes, request: SignedRequest) -> bool:
    if not _NONCE.fullmatch(request.nonce) or not _TIMESTAMP.fullmatch(request.timestamp):
        return False
    lines = signed_lines(request.method, request.path, request.key, request.timestamp, request.nonce, request.body)
    try:
        signature = base64.b64decode(request.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, lines)
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def _refused(unit: UnitOfWork, key: UUID | None, code: str) -> SignInRequired:
    unit.audit("intake.verify", outcome="refused", subject_kind="intake_key", subject_id=key, code=code)
    return SignInRequired(code)
