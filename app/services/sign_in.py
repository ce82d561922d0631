"""Signing in: a password, then the second factor; the one click of the demonstration.

Nothing here tells whether an account exists: an unknown login, a wrong password, an account that was suspended and a
one-time password past its time get one answer after the same work.
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import RowMapping, select, text, update

from app.domain.problems import Conflict, Forbidden, Invalid, NotFound, SignInRequired
from app.services import attempts, known_devices, sessions
from app.services.credentials import passwords, recovery_codes, totp
from app.services.credentials.throttling import Bucket
from app.services.known_devices import Caller
from app.services.program import Program
from app.services.unit_of_work import Session, UnitOfWork, unit_of_work
from app.storage.accounts import account, assignment, recovery_code
from app.storage.encryption import associated, seal, unseal
from app.storage.organisations import organisation

_NOBODY = UUID(int=0)
_ACTION = "session.start"


@dataclass(frozen=True, slots=True)
class Checked:
    """An account whose password was right a moment ago."""

    account_id: UUID
    login: str
    password_hash: str = field(repr=False)
    better_hash: str | None = field(repr=False)
    buckets: tuple[Bucket, ...]
    """Where the attempt was counted as failed; taken back once the sign-in goes through."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `device_token` goes into the device's cookie; None while the second factor is still to come."""

    token: str = field(repr=False)
    device_token: str | None = field(default=None, repr=False)

    @property
    def session(self) -> Session:
        """The session to act under from now on."""
        return Session(self.token)


def stored_login(typed: str) -> str:
    """Return a login as it is stored."""
    return typed.strip().casefold()


async def check_password(
    program: Program, login: str, password: str, caller: Caller, *, request_id: UUID, language: str | None = None
) -> Checked:
    """Check login and password in transactions of its own, none of which is open while the password is hashed.

    The attempt is counted before. Raises SignInRequired (`sign_in.wrong`) for whatever is wrong, TooManyRequests.
    """
    name = stored_login(login)
    async with unit_of_work(program, None, _ACTION, request_id=request_id, language=language) as unit:
        unit.quiet = True
        row = await _found(unit, name)
        account_id: UUID = row["id"] if row else _NOBODY
        known = await known_devices.familiarity(unit, account_id, caller)
        buckets = known_devices.password_attempt(unit, name, caller, known)
        await attempts.begin(unit, buckets)
        usable = row is not None and row["active"] and not _expired(unit, row)
    stored: str | None = row["password_hash"] if row is not None and usable else None
    verified = await passwords.verify(password, stored)
    if not verified.ok or stored is None:
        async with unit_of_work(program, None, _ACTION, request_id=request_id, language=language) as unit:
            refuse(unit, row["id"] if row else None, "sign_in.wrong")
        raise SignInRequired("sign_in.wrong")
    better = await passwords.hash_password(password) if verified.needs_rehash else None
    return Checked(account_id, name, stored, better, buckets)


async def start_session(unit: UnitOfWork, checked: Checked, caller: Caller, *, held: str | None = None) -> SignedIn:
    """Open the browser session of a checked account in the role it had last; `held` is the token it still carried.

    Where a second factor is needed, the session can do nothing but pass it. Raises SignInRequired where the account
    has changed since, Forbidden (`sign_in.no_role`).
    """
    assignment_id = await confirm(unit, checked)
    if held:
        await sessions.end_by_token(unit, held)
    token, session_id = await sessions.start(unit, checked.account_id, assignment_id, device=caller.label)
    actor = await unit.take_identity(Session(token))
    await attempts.succeeded(unit, checked.buckets)
    await keep_better_hash(unit, checked)
    unit.audit(_ACTION, subject_kind="session", subject_id=session_id, complete=not actor.needs_second_factor)
    if actor.needs_second_factor:
        return SignedIn(token)
    return SignedIn(token, await known_devices.remember(unit, checked.account_id, caller))


async def confirm(unit: UnitOfWork, checked: Checked, wanted: UUID | None = None) -> UUID:
    """Return the role to sign in under: `wanted`, else the last one, else the oldest; the unit stands on a refusal."""
    unit.stands = True
    row = await _found(unit, checked.login)
    if row is None or not row["active"] or row["password_hash"] != checked.password_hash:
        refuse(unit, checked.account_id, "sign_in.wrong")
        raise SignInRequired("sign_in.wrong")
    held = [one["id"] for one in await sessions.live_assignments(unit, checked.account_id)]
    if not held or (wanted is not None and wanted not in held):
        refuse(unit, checked.account_id, "sign_in.no_role")
        raise Forbidden("sign_in.no_role")
    last = await sessions.last_assignment(unit, checked.account_id)
    unit.stands = False
    if wanted is not None:
        return wanted
    return last if last is not None and last in held else UUID(str(held[0]))


async def keep_better_hash(unit: UnitOfWork, checked: Checked) -> None:
    """Store the password's hash at today's cost, where it was made at a lower one."""
    if checked.better_hash is not None:
        row = await own_row(unit)
        if row["id"] == checked.account_id and row["password_hash"] == checked.password_hash:
            await unit.execute(
                update(account).where(account.c.id == row["id"]).values(password_hash=checked.better_hash)
            )


async def prove(unit: UnitOfWork, code: str, caller: Caller) -> SignedIn:
    """Pass the second factor with the code of the app; the session goes on under a new token.

    Raises Invalid (`sign_in.code_wrong` on `code`), TooManyRequests; the attempt stays counted.
    """
    row = await _begin_proof(unit, caller)
    if not await take_code(unit, row, code):
        raise _refuse_proof(unit, "sign_in.code_wrong")
    return await _proved(unit, row, caller, "totp")


async def recover(unit: UnitOfWork, code: str, caller: Caller) -> SignedIn:
    """Pass the second factor with a recovery code, which is used up. Raises as `prove` does."""
    row = await _begin_proof(unit, caller)
    query = select(recovery_code.c.code_hash).where(
        recovery_code.c.account_id == row["id"], recovery_code.c.used_at.is_(None)
    )
    hashed = recovery_codes.redeem(row["id"], code, list((await unit.execute(query)).scalars()))
    taken = (
        update(recovery_code)
        .where(
            recovery_code.c.account_id == row["id"],
            recovery_code.c.code_hash == hashed,
            recovery_code.c.used_at.is_(None),
        )
        .values(used_at=unit.now)
        .returning(recovery_code.c.id)
    )
    # Two requests may bring one code: only one of them marks it.
    if hashed is None or (await unit.execute(taken)).first() is None:
        raise _refuse_proof(unit, "sign_in.recovery_wrong")
    return await _proved(unit, row, caller, "recovery_code")


async def take_code(unit: UnitOfWork, row: RowMapping, code: str) -> bool:
    """Use a code of the app up; False where it is wrong, stale or used already. `row` is the actor's own, locked."""
    secret = open_secret(unit, row)
    step = None if secret is None else totp.verify(secret, code, unit.now, row["totp_last_step"])
    if step is None:
        return False
    await unit.execute(update(account).where(account.c.id == row["id"]).values(totp_last_step=step))
    return True


def open_secret(unit: UnitOfWork, row: RowMapping) -> bytes | None:
    """Return the secret of a confirmed second factor, None where there is none."""
    if row["totp_secret"] is None or row["totp_confirmed_at"] is None:
        return None
    key = unit.program.keyring.installation_key("totp")
    return unseal(key, row["totp_secret"], associated("iam.account", "totp_secret", row["id"]))


def seal_secret(unit: UnitOfWork, account_id: UUID, secret: bytes) -> bytes:
    """Return a secret as it is stored."""
    key = unit.program.keyring.installation_key("totp")
    return seal(key, secret, associated("iam.account", "totp_secret", account_id))


async def demonstrate(unit: UnitOfWork, login: str, caller: Caller, *, held: str | None = None) -> SignedIn:
    """Sign in as a person of the demonstration, second factor included; there is no such thing anywhere else."""
    if not unit.program.demonstration:
        raise NotFound("route.unknown")
    row = await _found(unit, stored_login(login))
    roles = await sessions.live_assignments(unit, row["id"]) if row and row["demonstration"] and row["active"] else []
    if row is None or not roles:
        raise Invalid.one("person", "field.unknown_choice")
    if held:
        await sessions.end_by_token(unit, held)
    token, session_id = await sessions.start(unit, row["id"], roles[0]["id"], second_factor=True, device=caller.label)
    await unit.take_identity(Session(token))
    unit.audit(_ACTION, subject_kind="session", subject_id=session_id, complete=True, way="demonstration")
    return SignedIn(token)


async def demonstration_people(unit: UnitOfWork) -> list[RowMapping]:
    """Return who can be signed in as with one click (login, role, jurisdiction, organisation), nobody elsewhere."""
    if not unit.program.demonstration:
        return []
    names = organisation.c.name_sq, organisation.c.name_en
    columns = (account.c.login, assignment.c.role, assignment.c.jurisdiction, *names)
    query = (
        select(*columns)
        .join(assignment, assignment.c.account_id == account.c.id)
        .join(organisation, organisation.c.id == assignment.c.org_id)
        .where(account.c.demonstration.is_(True), account.c.active.is_(True), assignment.c.valid_to.is_(None))
        .order_by(account.c.id)
    )
    return list((await unit.execute(query)).mappings())


async def own_row(unit: UnitOfWork) -> RowMapping:
    """Return the actor's account with its credentials, locked: they change one after the other."""
    if not unit.signed_in:
        raise SignInRequired("session.required")
    row: RowMapping = (await unit.execute(text("select * from iam.own_account()"))).mappings().one()
    return row


def refuse(unit: UnitOfWork, account_id: UUID | None, code: str) -> None:
    """Write a refused attempt down; whose, where the account is known, but never what was typed."""
    unit.audit(_ACTION, outcome="refused", subject_kind="account", subject_id=account_id, code=code)


async def _found(unit: UnitOfWork, login: str) -> RowMapping | None:
    if "\0" in login or not login.isprintable():
        return None
    found = await unit.execute(text("select * from iam.account_at_the_door(:login)").bindparams(login=login))
    row: RowMapping | None = found.mappings().one_or_none()
    return row


def _expired(unit: UnitOfWork, row: RowMapping) -> bool:
    return row["password_expires_at"] is not None and row["password_expires_at"] <= unit.now


async def _begin_proof(unit: UnitOfWork, caller: Caller) -> RowMapping:
    if unit.actor.second_factor:
        raise Conflict("second_factor.passed")
    row = await own_row(unit)
    if row["totp_confirmed_at"] is None:
        raise Conflict("second_factor.none")
    known = await known_devices.familiarity(unit, row["id"], caller)
    await attempts.begin(unit, known_devices.code_attempt(unit, row["login"], known))
    unit.stands = True
    return row


def _refuse_proof(unit: UnitOfWork, code: str) -> Invalid:
    unit.audit("session.prove", outcome="refused", code=code)
    return Invalid.one("code", code)


async def _proved(unit: UnitOfWork, row: RowMapping, caller: Caller, way: str) -> SignedIn:
    known = await known_devices.familiarity(unit, row["id"], caller)
    await attempts.succeeded(unit, known_devices.code_attempt(unit, row["login"], known))
    unit.audit("session.prove", subject_kind="session", subject_id=unit.actor.session_id, way=way)
    return SignedIn(await sessions.renew(unit, proved=True), await known_devices.remember(unit, row["id"], caller))
