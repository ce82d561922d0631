"""Tokens for programs: a short signed one to call with, and one that renews it once.

Behind both stands a session of kind `api`: row-level security asks for it at every call, so that a revoked session,
a suspended account or an ended role is felt at once, whatever the token says.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from app.domain.actors import Actor
from app.domain.forms.accounts import TokenRequest
from app.domain.ids import uuid7
from app.domain.policy import Role
from app.domain.problems import Forbidden, NotFound, Problem, SignInRequired
from app.services import attempts, known_devices, sessions
from app.services.credentials import tokens
from app.services.known_devices import Caller, Familiarity
from app.services.sign_in import Checked, confirm, keep_better_hash, own_row, refuse, take_code
from app.services.unit_of_work import ApiSession, Session, UnitOfWork
from app.storage.accounts import account, assignment, refresh_token, session

_ACTION = "session.start"


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a program gets; both texts are shown once and kept hashed or not at all."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    session_id: UUID
    expires_in: int
    refresh_expires_at: datetime | None


async def issue(unit: UnitOfWork, checked: Checked, form: TokenRequest, caller: Caller) -> TokenPair:
    """Open a program's session for an account whose password was right, and give the first pair of tokens.

    A second factor that is needed comes with the same request; a wrong code gets the answer of a wrong password.
    Raises SignInRequired, Forbidden (`sign_in.no_role`, `sign_in.enrol_first`, `policy.change_password`).
    """
    assignment_id = await confirm(unit, checked, form.assignment_id)
    token, session_id = await sessions.start(
        unit,
        checked.account_id,
        assignment_id,
        kind="api",
        device=form.device or caller.label,
        lifetime=sessions.API_LIFETIME,
        idle=sessions.API_LIFETIME,
    )
    actor = await unit.take_identity(Session(token))
    row = await own_row(unit)
    if actor.must_change_password:
        raise await _abandon(unit, session_id, Forbidden("policy.change_password"))
    if actor.needs_second_factor:
        if row["totp_confirmed_at"] is None:
            raise await _abandon(unit, session_id, Forbidden("sign_in.enrol_first"))
        buckets = known_devices.code_attempt(unit, checked.login, Familiarity(None, False))
        await attempts.begin(unit, buckets)
        if not await take_code(unit, row, form.code or ""):
            raise await _abandon(unit, session_id, SignInRequired("sign_in.wrong"))
        await attempts.succeeded(unit, buckets)
        proved = update(session).where(session.c.id == session_id).values(second_factor_at=unit.now)
        await unit.execute(proved)
    await attempts.succeeded(unit, checked.buckets)
    await keep_better_hash(unit, checked)
    await known_devices.remember(unit, checked.account_id, caller, cookie=False)
    unit.audit(_ACTION, subject_kind="session", subject_id=session_id, complete=True, way="api")
    return await _pair(unit, actor.account_id, session_id, row["version"], unit.now + sessions.API_LIFETIME, uuid7())


async def refresh(unit: UnitOfWork, given: str) -> TokenPair:
    """Give a new pair for a refresh token, which is good once.

    One that comes a second time was copied: its whole family and the session end. Raises SignInRequired
    (`token.invalid`) whatever is wrong.
    """
    query = (
        select(refresh_token, session.c.account_id, session.c.expires_at.label("session_expires_at"))
        .join(session, session.c.id == refresh_token.c.session_id)
        .where(refresh_token.c.token_hash == tokens.digest(given))
        .with_for_update(of=refresh_token)
    )
    row = (await unit.execute(query)).mappings().one_or_none()
    if row is None:
        raise _refuse(unit, None, "token.invalid")
    verdict = tokens.judge_refresh(tokens.RefreshState(row["expires_at"], row["used_at"], row["revoked_at"]), unit.now)
    if verdict == "reused":
        family = refresh_token.c.family_id == row["family_id"], refresh_token.c.revoked_at.is_(None)
        await unit.execute(update(refresh_token).where(*family).values(revoked_at=unit.now))
        await sessions.end_by_id(unit, row["session_id"])
        raise _refuse(unit, row["session_id"], "token.reused")
    if verdict != "ok":
        raise _refuse(unit, row["session_id"], f"token.{verdict}")
    first = refresh_token.c.id == row["id"], refresh_token.c.used_at.is_(None)
    await unit.execute(update(refresh_token).where(*first).values(used_at=unit.now))
    try:
        actor = await unit.take_identity(ApiSession(row["session_id"]))
    except SignInRequired:
        raise _refuse(unit, row["session_id"], "session.ended") from None
    version = (await unit.execute(select(account.c.version).where(account.c.id == actor.account_id))).scalar_one()
    unit.audit("session.refresh", subject_kind="session", subject_id=row["session_id"])
    return await _pair(unit, actor.account_id, row["session_id"], version, row["session_expires_at"], row["family_id"])


async def revoke(unit: UnitOfWork) -> None:
    """End the actor's own session; its tokens are void at once."""
    actor = unit.actor
    if actor.session_id is not None:
        await sessions.end(unit, actor.session_id)
    unit.audit("session.end", subject_kind="session", subject_id=actor.session_id)


async def demonstration_token(unit: UnitOfWork, wanted: str) -> tuple[Actor, TokenPair]:
    """Give an access token for a person of the demonstration, by role or login; it cannot be renewed.

    Raises Unavailable outside a demonstration, NotFound (`demonstration.nobody`).
    """
    unit.program.require_demonstration()
    query = (
        select(account.c.id, account.c.version, assignment.c.id.label("assignment_id"))
        .join(assignment, assignment.c.account_id == account.c.id)
        .where(account.c.demonstration.is_(True), account.c.active.is_(True), assignment.c.valid_to.is_(None))
        .order_by(assignment.c.id)
    )
    chosen = assignment.c.role == wanted if wanted in set(Role) else account.c.login == wanted
    row = (await unit.execute(query.where(chosen))).first()
    if row is None:
        raise NotFound("demonstration.nobody")
    life = tokens.ACCESS_LIFETIME
    token, session_id = await sessions.start(
        unit, row.id, row.assignment_id, kind="api", second_factor=True, device="besa demo token", lifetime=life,
        idle=life,
    )  # fmt: skip
    actor = await unit.take_identity(Session(token))
    unit.audit(_ACTION, subject_kind="session", subject_id=session_id, complete=True, way="demonstration")
    access = tokens.issue(
        unit.program.signing_keys, account_id=row.id, session_id=session_id, version=row.version, now=unit.now
    )
    return actor, TokenPair(access, None, session_id, int(life / timedelta(seconds=1)), None)


async def _abandon(unit: UnitOfWork, session_id: UUID, problem: Problem) -> Problem:
    """End the session that was to be, in the transaction that keeps the attempt counted."""
    unit.stands = True
    await sessions.end(unit, session_id)
    refuse(unit, unit.actor.account_id, problem.code)
    return problem


def _refuse(unit: UnitOfWork, session_id: UUID | None, code: str) -> SignInRequired:
    unit.stands = True
    unit.audit("session.refresh", outcome="refused", subject_kind="session", subject_id=session_id, code=code)
    return SignInRequired("token.invalid")


async def _pair(
    unit: UnitOfWork, account_id: UUID, session_id: UUID, version: int, session_expires_at: datetime, family_id: UUID
) -> TokenPair:
    renewal = tokens.new_opaque_token()
    expires_at = tokens.refresh_expiry(session_expires_at, unit.now)
    await unit.execute(
        insert(refresh_token).values(
            id=uuid7(),
            family_id=family_id,
            session_id=session_id,
            token_hash=renewal.digest,
            issued_at=unit.now,
            expires_at=expires_at,
        )
    )
    access = tokens.issue(
        unit.program.signing_keys, account_id=account_id, session_id=session_id, version=version, now=unit.now
    )
    life = int(tokens.ACCESS_LIFETIME / timedelta(seconds=1))
    return TokenPair(access, renewal.text, session_id, life, expires_at)
