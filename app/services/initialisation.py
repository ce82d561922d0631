"""The first hour of a real installation: its facts and its first administrator, in one transaction of the owner."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import uuid7
from app.domain.policy import Role
from app.services.accounts import ONE_TIME_LIFETIME
from app.services.installation import (
    InstallationError,
    add_account,
    add_assignment,
    is_empty,
    organisation_id,
    set_fact,
)
from app.storage.audit import entry
from app.storage.database import single_engine


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who opens the door first; `one_time` says that the password was made by the program."""

    login: str
    display_name: str
    jurisdiction: str
    organisation: str
    password_hash: str = field(repr=False)
    one_time: bool


async def has_people(owner_url: str) -> bool:
    """True where a migrated database holds anybody's account: its keys exist somewhere, and new ones open nothing."""
    engine = single_engine(owner_url)
    try:
        async with engine.begin() as connection:
            return not await is_empty(connection)
    finally:
        await engine.dispose()


async def initialise(
    owner_url: str, first: FirstAdministrator, *, jurisdictions: tuple[str, ...], retention_schedule: str
) -> None:
    """Write the installation's facts and its first administrator into a prepared database.

    Raises InstallationError where somebody has an account there already, or the organisation does not exist.
    """
    engine = single_engine(owner_url)
    try:
        async with engine.begin() as connection:
            # Two people may prepare one installation at the same time: the second finds the first one's account.
            await connection.execute(text("select pg_advisory_xact_lock(hashtext('besa.initialise'))"))
            if not await is_empty(connection):
                raise InstallationError("This installation has people already; its administrators add others.")
            await set_fact(connection, "jurisdictions", list(jurisdictions))
            await set_fact(connection, "retention_schedule", retention_schedule)
            await _add(connection, first)
    finally:
        await engine.dispose()


async def _add(connection: AsyncConnection, first: FirstAdministrator) -> None:
    org_id = await organisation_id(connection, first.jurisdiction, first.organisation)
    lifetime: timedelta | None = ONE_TIME_LIFETIME if first.one_time else None
    now = (await connection.execute(select(func.now()))).scalar_one()
    account_id = await add_account(
        connection,
        first.login,
        first.display_name,
        password_hash=first.password_hash,
        must_change_password=first.one_time,
        password_expires_at=None if lifetime is None else now + lifetime,
    )
    await add_assignment(connection, account_id, Role.ADMINISTRATOR, first.jurisdiction, org_id)
    await connection.execute(
        insert(entry).values(
            id=uuid7(),
            action="account.manage",
            outcome="done",
            jurisdiction=first.jurisdiction,
            subject_kind="account",
            subject_id=account_id,
            changed=["login", "display_name", "password", "roles"],
            detail={"step": "initialised", "role": Role.ADMINISTRATOR.value},
        )
    )
