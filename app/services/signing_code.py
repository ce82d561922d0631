"""A code of the second factor given anew for one act: the signature is the person's, not the open session's."""

import hmac

from sqlalchemy import RowMapping, update

from app.domain.problems import Conflict, Invalid
from app.services import attempts, known_devices
from app.services.credentials import totp
from app.services.known_devices import Caller
from app.services.sign_in import open_secret, own_row
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account


async def confirm(unit: UnitOfWork, code: str, caller: Caller, action: str) -> None:
    """Use up a fresh code of the actor's telephone; counted and throttled like a code at the door.

    Called before anything is written: a wrong code stands as an attempt. Raises Invalid `sign_in.code_wrong` on
    `code`, TooManyRequests, Conflict `second_factor.none`.
    """
    row = await own_row(unit)
    secret = _secret(unit, row)
    if secret is None:
        raise Conflict("second_factor.none")
    known = await known_devices.familiarity(unit, row["id"], caller)
    buckets = known_devices.code_attempt(unit, row["login"], known)
    await attempts.begin(unit, buckets)
    step = totp.verify(secret, code, unit.now, row["totp_last_step"])
    if step is None:
        unit.stands = True
        unit.audit(action, outcome="refused", subject_kind="account", subject_id=row["id"], code="sign_in.code_wrong")
        raise Invalid.one("code", "sign_in.code_wrong")
    # The row is locked: of two requests with one code the second finds the step used.
    await unit.execute(update(account).where(account.c.id == row["id"]).values(totp_last_step=step))
    await attempts.succeeded(unit, buckets)


async def demonstration_code(unit: UnitOfWork) -> str | None:
    """Return the code that the made-up telephone of somebody made up shows now; None for everybody else.

    A code is good once, so after one was used the next one is shown.
    """
    row = await own_row(unit)
    if not _made_up(unit, row):
        return None
    secret = _secret(unit, row)
    return None if secret is None else totp.code_at(secret, totp.next_good(unit.now, row["totp_last_step"]))


def _made_up(unit: UnitOfWork, row: RowMapping) -> bool:
    return bool(unit.program.demonstration and row["demonstration"] and row["totp_confirmed_at"] is None)


def _secret(unit: UnitOfWork, row: RowMapping) -> bytes | None:
    """Return the secret of the actor's telephone. People of the demonstration have none: theirs is derived from the
    installation's key, so that the check itself is the real one."""
    if _made_up(unit, row):
        key = unit.program.key_provider.index_key("demonstration-telephone")
        return hmac.digest(key, row["id"].bytes, "sha256")[: totp.SECRET_BYTES]
    return open_secret(unit, row)
