"""Sessions: opaque tokens, hashed at rest, ended at once when revoked."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, update

from app.domain.ids import uuid7
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import session

LIFETIME = timedelta(hours=10)
"""A working day; then one signs in again."""
IDLE = timedelta(minutes=15)
"""Without a sign of life a browser session ends."""


def new_token() -> str:
    """Return a new opaque token of 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


async def start(
    unit: UnitOfWork,
    account_id: UUID,
    assignment_id: UUID,
    *,
    kind: str = "browser",
    second_factor: bool = False,
    device: str = "",
    lifetime: timedelta = LIFETIME,
    idle: timedelta = IDLE,
) -> tuple[str, UUID]:
    """Open a session of an account under one of its assignments; returns (token, session id)."""
    token, session_id = new_token(), uuid7()
    await unit.execute(
        insert(session).values(
            id=session_id,
            token_hash=token_hash(token),
            account_id=account_id,
            assignment_id=assignment_id,
            kind=kind,
            second_factor_at=unit.now if second_factor else None,
            device=device[:80],
            idle_expires_at=unit.now + idle,
            expires_at=unit.now + lifetime,
        )
    )
    return token, session_id


async def end(unit: UnitOfWork, session_id: UUID) -> None:
    """End one session of the actor's account, at once."""
    await unit.execute(
        update(session)
        .where(session.c.id == session_id, session.c.account_id == unit.actor.account_id)
        .values(revoked_at=unit.now)
    )
