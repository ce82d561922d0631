"""People with a password and a telephone for tests of the door: made by an administrator, as in real work."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from app.domain.ids import uuid7
from app.services import accounts
from app.services.credentials import passwords, recovery_codes, totp
from app.services.sign_in import seal_secret
from tests.world import World

PASSWORD = "gurë lumi dhe mollë të thara"
_HASHES: dict[str, str] = {}
"""Hashes made already: each costs a tenth of a second, on purpose."""


@dataclass
class Insider:
    """Somebody who can sign in: login, password, and the secret of their telephone (None where they have none)."""

    id: UUID
    login: str
    password: str = field(repr=False)
    secret: bytes | None = field(default=None, repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)

    def code(self, now: datetime) -> str:
        """Return what the telephone shows."""
        assert self.secret is not None
        return totp.code_at(self.secret, now)


async def insider(
    world: World, role: str = "case_manager", *, org: str = "DEMO-BASHKI-BERAT", password: str = PASSWORD,
    telephone: bool = True, first: bool = False,
) -> Insider:  # fmt: skip
    """Make somebody with a role; `first` leaves the one-time password to be changed."""
    login = f"prova.{uuid4().hex[:10]}"
    org_id = await world.organisation(org)
    async with world.acting("demo.admin", "account.manage") as unit:
        form = {"login": login, "display_name": "Prova", "role": role, "org_id": org_id}
        made = await accounts.add_person(unit, accounts.AddPerson.model_validate(form))
        account_id: UUID = made.person.row["id"]
        secret = totp.new_secret() if telephone else None
        codes = recovery_codes.new_codes() if telephone else ()
        sealed = seal_secret(unit, account_id, secret) if secret else None
    if first:
        password = made.password
    if password not in _HASHES:
        _HASHES[password] = await passwords.hash_password(password)
    async with world.superuser() as connection:
        await connection.execute(
            text(
                "update iam.account set password_hash = :hash, must_change_password = :first,"
                " password_expires_at = case when :first then password_expires_at end,"
                " totp_secret = :secret, totp_confirmed_at = case when cast(:secret as bytea) is null then null"
                " else now() end where id = :id"
            ),
            {"hash": _HASHES[password], "first": first, "secret": sealed, "id": account_id},
        )
        for code in codes:
            await connection.execute(
                text("insert into iam.recovery_code (id, account_id, code_hash) values (:id, :account, :hash)"),
                {"id": uuid7(), "account": account_id, "hash": recovery_codes.hash_code(account_id, code)},
            )
    return Insider(account_id, login, password, secret, codes)


async def clock(world: World) -> datetime:
    """Return the database's time, which the program goes by."""
    async with world.superuser() as connection:
        now: datetime = (await connection.execute(text("select now()"))).scalar_one()
        return now


async def next_code(world: World, who: Insider) -> str:
    """Return a code that is good now and was not used: the coming step's, which the clock's tolerance admits."""
    return who.code(await clock(world) + timedelta(seconds=totp.STEP_SECONDS))


async def token_request(world: World, api: httpx.AsyncClient, who: Insider, **changes: Any) -> httpx.Response:
    """Ask for tokens as `who`."""
    body = {"login": who.login, "password": who.password}
    if who.secret is not None and "code" not in changes:
        body["code"] = who.code(await clock(world))
    return await api.post("/tokens", json={**body, **changes})
