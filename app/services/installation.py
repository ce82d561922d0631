"""Preparing a database for work: the profiles' organisations, the program's own account, demonstration people.

Runs as the owner of the database, before anybody can sign in; every step may be repeated.
"""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import uuid7
from app.domain.policy import Role
from app.domain.profile import OrganisationEntry, Profile
from app.jurisdictions.loader import profiles
from app.storage.accounts import account, assignment, installation
from app.storage.database import single_engine
from app.storage.organisations import organisation, profile

SYSTEM_LOGIN = "besa"
Progress = Callable[[str], None]


class InstallationError(Exception):
    """The database cannot be prepared; the message says what to do."""


async def load_profiles(connection: AsyncConnection) -> int:
    """Register every profile version and bring its organisations in; returns how many organisations there are.

    A version already registered with other content is refused: a changed profile is a new version.
    """
    count = 0
    for one in profiles().all():
        await _register(connection, one)
    for jurisdiction in sorted({one.jurisdiction for one in profiles().all()}):
        current = profiles().current(jurisdiction)
        for entry in current.organisations.values():
            await _organisation(connection, current, entry)
            count += 1
    return count


async def _register(connection: AsyncConnection, one: Profile) -> None:
    digest = hashlib.sha256(repr((sorted(one.code_lists), sorted(one.organisations))).encode()).hexdigest()
    row = {"jurisdiction": one.jurisdiction, "version": one.version, "content_hash": digest, "status": one.status}
    await connection.execute(upsert(profile).values(row).on_conflict_do_nothing())
    query = select(profile.c.content_hash).where(
        profile.c.jurisdiction == one.jurisdiction, profile.c.version == one.version
    )
    if (await connection.execute(query)).scalar_one() != digest:
        raise InstallationError(
            f"Profile {one.jurisdiction} {one.version} was changed after it was loaded here: give it a new version."
        )


def _values(current: Profile, entry: OrganisationEntry) -> dict[str, Any]:
    return {
        "jurisdiction": current.jurisdiction,
        "code": entry.code,
        "kind": entry.kind,
        "name_sq": entry.name.text("sq"),
        "name_en": entry.name.text("en"),
        "name_sr": entry.name.texts.get("sr"),
        "aliases": list(entry.aliases),
        "parent_code": entry.parent,
        "county": entry.county or entry.region,
        "municipality": entry.municipality,
        "source": "; ".join(entry.sources),
        "services": list(entry.services),
        "admits": list(entry.admits),
        "active": entry.status == "active",
    }


async def _organisation(connection: AsyncConnection, current: Profile, entry: OrganisationEntry) -> None:
    values = _values(current, entry)
    statement = upsert(organisation).values(
        id=uuid7(), origin="profile", answers_referrals=entry.kind in RECEIVING_KINDS, **values
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["jurisdiction", "code"],
            # What an administrator decided here (who answers referrals, what is active) stays.
            set_={k: v for k, v in values.items() if k != "active"},
            where=organisation.c.origin == "profile",
        )
    )


RECEIVING_KINDS = frozenset(
    {
        "SHELTER_STATE",
        "SHELTER_NGO",
        "MUNICIPAL_SOCIAL",
        "CENTRE_SOCIAL_WORK",
        "REGIONAL_SOCIAL_SERVICE",
        "STATE_SOCIAL_SERVICE",
        "CHILD_PROTECTION_UNIT",
        "MOBILE_UNIT",
        "LEGAL_AID",
        "HEALTH",
        "MENTAL_HEALTH",
        "POLICE",
        "POLICE_ANTI_TRAFFICKING",
        "BORDER_POLICE",
        "NGO",
        "DAY_CENTRE",
        "MULTIFUNCTIONAL_CENTRE",
        "CHILD_PROTECTION_HOUSE",
        "VICTIM_ADVOCACY_OFFICE",
    }
)
"""Kinds of organisations that answer referrals from the start; an administrator changes it per organisation."""


async def organisation_id(connection: AsyncConnection, jurisdiction: str, code: str) -> UUID:
    """Return the id of an organisation by its code; `InstallationError` where it is not there."""
    query = select(organisation.c.id).where(organisation.c.jurisdiction == jurisdiction, organisation.c.code == code)
    found = (await connection.execute(query)).scalar()
    if found is None:
        raise InstallationError(f"There is no organisation {code} in {jurisdiction}.")
    return UUID(str(found))


async def add_account(
    connection: AsyncConnection, login: str, display_name: str, *, demonstration: bool = False, **values: Any
) -> UUID:
    """Add an account as the owner; returns its id, also where the login is already there."""
    query = select(account.c.id).where(account.c.login == login)
    found = (await connection.execute(query)).scalar()
    if found is not None:
        return UUID(str(found))
    account_id = uuid7()
    await connection.execute(
        insert(account).values(
            id=account_id, login=login, display_name=display_name, demonstration=demonstration, **values
        )
    )
    return account_id


async def add_assignment(
    connection: AsyncConnection, account_id: UUID, role: Role, jurisdiction: str, org_id: UUID
) -> UUID:
    """Give an account a role at an organisation; returns the assignment's id, also where it is already there."""
    query = select(assignment.c.id).where(
        assignment.c.account_id == account_id,
        assignment.c.role == role.value,
        assignment.c.org_id == org_id,
        assignment.c.valid_to.is_(None),
    )
    found = (await connection.execute(query)).scalar()
    if found is not None:
        return UUID(str(found))
    assignment_id = uuid7()
    await connection.execute(
        insert(assignment).values(
            id=assignment_id, account_id=account_id, org_id=org_id, role=role.value, jurisdiction=jurisdiction
        )
    )
    return assignment_id


async def add_system(connection: AsyncConnection) -> None:
    """Give the program itself an account and, per jurisdiction, an organisation to act under."""
    account_id = await add_account(connection, SYSTEM_LOGIN, "Besa")
    for jurisdiction in sorted({one.jurisdiction for one in profiles().all()}):
        values = {
            "id": uuid7(),
            "jurisdiction": jurisdiction,
            "code": "BESA",
            "kind": "OTHER",
            "name_sq": "Besa",
            "name_en": "Besa",
            "origin": "program",
            "active": True,
        }
        await connection.execute(upsert(organisation).values(values).on_conflict_do_nothing())
        org_id = await organisation_id(connection, jurisdiction, "BESA")
        await add_assignment(connection, account_id, Role.SYSTEM, jurisdiction, org_id)


async def fact(connection: AsyncConnection, name: str) -> Any:
    """Return a fact of this installation, None where it was never set."""
    return (await connection.execute(select(installation.c.value).where(installation.c.name == name))).scalar()


async def set_fact(connection: AsyncConnection, name: str, value: Any) -> None:
    """Keep a fact of this installation."""
    statement = upsert(installation).values(name=name, value=value)
    await connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


async def is_empty(connection: AsyncConnection) -> bool:
    """True where nobody but the program itself has an account."""
    query = select(func.count()).select_from(account).where(account.c.login != SYSTEM_LOGIN)
    return int((await connection.execute(query)).scalar_one()) == 0


async def prepare(owner_url: str, *, demonstration: bool, progress: Progress = lambda _: None) -> None:
    """Prepare a migrated database: profiles, the program's account, and demonstration people where asked.

    Demonstration mode refuses a database that it did not make itself, and real work one that it made.
    """
    engine = single_engine(owner_url)
    try:
        async with engine.begin() as connection:
            marked = await fact(connection, "demonstration")
            if marked is None:
                if demonstration and not await is_empty(connection):
                    raise InstallationError("This database holds real accounts: demonstration mode does not touch it.")
                await set_fact(connection, "demonstration", demonstration)
            elif bool(marked) is not demonstration:
                raise InstallationError(
                    "This database was made for demonstration: start a real installation on a new one."
                    if marked
                    else "This is a real installation: demonstration mode does not touch it."
                )
            progress("Loading the jurisdiction profiles")
            await load_profiles(connection)
            await add_system(connection)
            if demonstration:
                from app.services.demonstration_people import add_people

                progress("Making the demonstration people")
                await add_people(connection)
    finally:
        await engine.dispose()
