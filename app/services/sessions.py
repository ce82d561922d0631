"""Sessions: opaque tokens, hashed at rest, renewed at every step of trust, ended at once when revoked."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, insert, or_, select, update

from app.domain.ids import uuid7
from app.domain.problems import NotFound
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import assignment, refresh_token, session
from app.storage.organisations import organisation

LIFETIME = timedelta(hours=10)
"""A working day; then one signs in again."""
IDLE = timedelta(minutes=15)
"""Without a sign of life a browser session ends."""
API_LIFETIME = timedelta(hours=12)
"""A program's session; it may be silent all the while, for its access tokens last ten minutes."""


def new_token() -> str:
    """Return a new opaque token of 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


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


async def renew(unit: UnitOfWork, *, proved: bool = False, assignment_id: UUID | None = None) -> str:
    """Give the actor's session a new token, the old one being void; returns the token.

    `proved` marks the second factor as passed, `assignment_id` changes the role it acts under.
    """
    token = new_token()
    values: dict[str, Any] = {"token_hash": token_hash(token)}
    if proved:
        values["second_factor_at"] = unit.now
    if assignment_id is not None:
        values["assignment_id"] = assignment_id
    await unit.execute(update(session).where(session.c.id == unit.actor.session_id).values(**values))
    return token


async def live_assignments(unit: UnitOfWork, account_id: UUID) -> list[RowMapping]:
    """Return the roles an account holds now, with their organisations, oldest first."""
    query = (
        select(assignment, organisation.c.code.label("org_code"), organisation.c.name_sq, organisation.c.name_en)
        .join(organisation, organisation.c.id == assignment.c.org_id)
        .where(
            assignment.c.account_id == account_id,
            assignment.c.valid_from <= unit.now,
            or_(assignment.c.valid_to.is_(None), assignment.c.valid_to > unit.now),
            organisation.c.active.is_(True),
        )
        .order_by(assignment.c.id)
    )
    return list((await unit.execute(query)).mappings())


async def last_assignment(unit: UnitOfWork, account_id: UUID) -> UUID | None:
    """Return the role an account acted under last, whether it still holds it or not."""
    query = (
        select(session.c.assignment_id).where(session.c.account_id == account_id).order_by(session.c.id.desc()).limit(1)
    )
    found: UUID | None = (await unit.execute(query)).scalar()
    return found


async def switch(unit: UnitOfWork, assignment_id: UUID) -> str:
    """Go on under another of the actor's own roles; returns the new token. `NotFound` for any other."""
    held = {row["id"]: row for row in await live_assignments(unit, unit.actor.account_id)}
    if assignment_id not in held:
        raise NotFound("assignment.unknown")
    unit.audit(
        "session.switch", subject_kind="assignment", subject_id=assignment_id, to_role=held[assignment_id]["role"]
    )
    return await renew(unit, assignment_id=assignment_id)


async def list_own(unit: UnitOfWork) -> list[RowMapping]:
    """Return the actor's sessions that are still open, the present one first, then by the last sign of life."""
    query = (
        select(session.c.id, session.c.kind, session.c.device, session.c.created_at, session.c.last_seen_at)
        .where(session.c.account_id == unit.actor.account_id, *_open(unit))
        .order_by((session.c.id == unit.actor.session_id).desc(), session.c.last_seen_at.desc(), session.c.id)
    )
    unit.audit("session.list")
    return list((await unit.execute(query)).mappings())


async def end(unit: UnitOfWork, session_id: UUID) -> None:
    """End one session of the actor's account, at once."""
    await _end(unit, session.c.id == session_id, session.c.account_id == unit.actor.account_id)


async def end_one(unit: UnitOfWork, session_id: UUID) -> None:
    """Sign another device out; `NotFound` where it is not an open session of the actor's account."""
    own = session.c.account_id == unit.actor.account_id
    if not await _end(unit, session.c.id == session_id, own):
        raise NotFound("session.unknown")
    unit.audit("session.revoke", subject_kind="session", subject_id=session_id)


async def end_others(unit: UnitOfWork) -> int:
    """End every session of the actor's account but the present one; returns how many there were."""
    return await _end(unit, session.c.account_id == unit.actor.account_id, session.c.id != unit.actor.session_id)


async def end_all(unit: UnitOfWork, account_id: UUID) -> int:
    """End every session of an account; returns how many there were."""
    return await _end(unit, session.c.account_id == account_id)


async def end_by_token(unit: UnitOfWork, token: str) -> None:
    """End the session a browser still held when somebody signed in there: it is not taken over."""
    await _end(unit, session.c.token_hash == token_hash(token))


async def end_by_id(unit: UnitOfWork, session_id: UUID) -> None:
    """End a session whose refresh token was stolen."""
    await _end(unit, session.c.id == session_id)


def _open(unit: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return session.c.revoked_at.is_(None), session.c.expires_at > unit.now, session.c.idle_expires_at > unit.now


async def _end(unit: UnitOfWork, *which: ColumnElement[bool]) -> int:
    ended = update(session).where(*which, *_open(unit)).values(revoked_at=unit.now).returning(session.c.id)
    ids = list((await unit.execute(ended)).scalars())
    if ids:
        void = update(refresh_token).where(refresh_token.c.session_id.in_(ids), refresh_token.c.revoked_at.is_(None))
        await unit.execute(void.values(revoked_at=unit.now))
    return len(ids)
