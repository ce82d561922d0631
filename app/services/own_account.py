"""What a person does with the own account: password, second factor, recovery codes, language."""

import hmac
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, delete, func, insert, select, update

from app.domain.forms.accounts import ChangePassword, EnrolSecondFactor
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Forbidden, Invalid
from app.services import attempts, known_devices, sessions
from app.services.credentials import passwords, recovery_codes, totp
from app.services.known_devices import Caller
from app.services.sign_in import own_row, seal_secret
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account, recovery_code

ISSUER = "Besa"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a telephone needs to make codes for this account; nothing of it is stored before it has made one."""

    secret: bytes = field(repr=False)
    uri: str = field(repr=False)
    replaces: bool
    """True where another telephone makes the codes now: the password is asked again."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The session's new token and the recovery codes, shown this once; `device_token` as in `SignedIn`."""

    token: str = field(repr=False)
    codes: tuple[str, ...] = field(repr=False)
    device_token: str | None = field(default=None, repr=False)


async def change_password(unit: UnitOfWork, form: ChangePassword, caller: Caller) -> str:
    """Set a new password; every other session ends, the present one goes on under the returned token.

    Raises Invalid naming what is wrong with the new password, or `password.wrong` on `current` (counted).
    """
    row = await own_row(unit)
    if row["demonstration"]:
        raise Conflict("demonstration.no_password")
    if row["totp_confirmed_at"] is not None and not unit.actor.second_factor:
        raise Forbidden("policy.second_factor")
    if form.new != form.again:
        raise Invalid.one("again", "password.differs")
    if form.new == form.current:
        raise Invalid.one("new", "password.same")
    roles = await sessions.live_assignments(unit, row["id"])
    names = [str(role[name]) for role in roles for name in ("name_sq", "name_en")]
    passwords.check_new_password(form.new, login=row["login"], organisations=names, field="new")
    await _check_password(unit, row, form.current, caller, "credential.change")
    await unit.execute(
        update(account)
        .where(account.c.id == row["id"])
        .values(
            password_hash=await passwords.hash_password(form.new),
            password_expires_at=None,
            must_change_password=False,
            version=account.c.version + 1,
        )
    )
    ended = await sessions.end_others(unit)
    unit.audit("credential.change", subject_kind="account", subject_id=row["id"], changed=["password"], ended=ended)
    return await sessions.renew(unit)


async def enrolment(unit: UnitOfWork) -> Enrolment:
    """Return the secret to be put into the telephone, the same one until it is confirmed or the session ends.

    It is derived from the session and lies nowhere. Raises Forbidden where the first password stands or where a
    second factor exists and was not passed.
    """
    return _enrolment(unit, await own_row(unit))


async def enrol(unit: UnitOfWork, form: EnrolSecondFactor, caller: Caller) -> Enrolled:
    """Confirm the telephone by its first code; the session counts as proved from now on.

    A telephone that is replaced makes no codes any more, and every other session ends. Raises Invalid
    (`sign_in.code_wrong` on `code`, `password.wrong` on `password`).
    """
    row = await own_row(unit)
    made = _enrolment(unit, row)
    if made.replaces:
        await _check_password(unit, row, form.password or "", caller, "session.prove", "password")
    step = totp.verify(made.secret, form.code, unit.now, None)
    if step is None:
        raise Invalid.one("code", "sign_in.code_wrong")
    await unit.execute(
        update(account)
        .where(account.c.id == row["id"])
        .values(
            totp_secret=seal_secret(unit, row["id"], made.secret),
            totp_confirmed_at=unit.now,
            totp_last_step=step,
            version=account.c.version + 1,
        )
    )
    codes = await _new_codes(unit)
    ended = await sessions.end_others(unit)
    unit.audit(
        "session.prove", subject_kind="account", subject_id=row["id"], changed=["second_factor"], way="enrolled",
        ended=ended,
    )  # fmt: skip
    token = await sessions.renew(unit, proved=True)
    return Enrolled(token, codes, await known_devices.remember(unit, row["id"], caller))


async def renew_codes(unit: UnitOfWork, password: str, caller: Caller) -> tuple[str, ...]:
    """Make new recovery codes; the old ones open nothing any more. Asks the password again."""
    row = await own_row(unit)
    if row["totp_confirmed_at"] is None:
        raise Conflict("second_factor.none")
    await _check_password(unit, row, password, caller, "credential.renew", "password")
    unit.audit("credential.renew", subject_kind="account", subject_id=row["id"], changed=["recovery_codes"])
    return await _new_codes(unit)


async def has_second_factor(unit: UnitOfWork) -> bool:
    """True where a telephone makes codes for the actor's account."""
    query = select(account.c.totp_confirmed_at).where(account.c.id == unit.actor.account_id)
    return (await unit.execute(query)).scalar_one() is not None


async def is_demonstration(unit: UnitOfWork) -> bool:
    """True for somebody made up, who has neither password nor telephone."""
    query = select(account.c.demonstration).where(account.c.id == unit.actor.account_id)
    return bool((await unit.execute(query)).scalar_one())


async def codes_left(unit: UnitOfWork) -> int:
    """Return how many recovery codes the actor still has."""
    unused = recovery_code.c.account_id == unit.actor.account_id, recovery_code.c.used_at.is_(None)
    return int((await unit.execute(select(func.count()).select_from(recovery_code).where(*unused))).scalar_one())


async def choose_language(unit: UnitOfWork, language: str) -> None:
    """Keep the language in which the program speaks to this person."""
    own = account.c.id == unit.actor.account_id
    await unit.execute(update(account).where(own).values(language=language, version=account.c.version + 1))
    unit.audit("language.choose", subject_kind="account", subject_id=unit.actor.account_id, changed=["language"])


def _enrolment(unit: UnitOfWork, row: RowMapping) -> Enrolment:
    if row["demonstration"]:
        raise Conflict("demonstration.no_password")
    if unit.actor.must_change_password:
        raise Forbidden("policy.change_password")
    before = row["totp_confirmed_at"]
    if before is not None and not unit.actor.second_factor:
        raise Forbidden("policy.second_factor")
    key = unit.program.key_provider.index_key("totp-enrolment")
    bound = f"{unit.actor.session_id} {before}".encode()
    secret = hmac.digest(key, bound, "sha256")[: totp.SECRET_BYTES]
    return Enrolment(secret, totp.provisioning_uri(secret, row["login"], ISSUER), before is not None)


async def _check_password(
    unit: UnitOfWork, row: RowMapping, typed: str, caller: Caller, action: str, field: str = "current"
) -> None:
    """Ask the actor's password again, counted like a code: a session left open is not enough to guess it."""
    known = await known_devices.familiarity(unit, row["id"], caller)
    buckets = known_devices.code_attempt(unit, row["login"], known)
    await attempts.begin(unit, buckets)
    if not (await passwords.verify(typed, row["password_hash"])).ok:
        unit.stands = True
        unit.audit(action, outcome="refused", subject_kind="account", subject_id=row["id"], code="password.wrong")
        raise Invalid.one(field, "password.wrong")
    await attempts.succeeded(unit, buckets)


async def _new_codes(unit: UnitOfWork) -> tuple[str, ...]:
    account_id = unit.actor.account_id
    codes = recovery_codes.new_codes()
    await unit.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))
    rows = [
        {"id": uuid7(), "account_id": account_id, "code_hash": recovery_codes.hash_code(account_id, c)} for c in codes
    ]
    await unit.execute(insert(recovery_code), rows)
    return codes
