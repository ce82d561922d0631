"""Bring a database to the head of the migrations, and write the policy's roles into it."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from app.domain.policy import NATIONAL_ROLES, ROLE_CLASSES, SECOND_FACTOR_ROLES, Role
from app.storage.accounts import role as role_table
from app.storage.database import single_engine

ROOT = Path(__file__).resolve().parents[2]


def configuration(owner_url: str) -> Config:
    """Return alembic's configuration for the database of `owner_url`."""
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["owner_url"] = owner_url
    return config


def head() -> str:
    """Return the newest revision the program has."""
    found = ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini"))).get_current_head()
    return str(found)


def upgrade(owner_url: str) -> None:
    """Migrate to head as the owner, then write the roles of the policy. Safe to repeat."""
    command.upgrade(configuration(owner_url), "head")
    asyncio.run(_write_roles(owner_url))


def downgrade(owner_url: str, revision: str = "base") -> None:
    """Go back to `revision`; used by the tests of the migrations."""
    command.downgrade(configuration(owner_url), revision)


async def _write_roles(owner_url: str) -> None:
    engine = single_engine(owner_url)
    try:
        async with engine.begin() as connection:
            for role in Role:
                row = {
                    "role": role.value,
                    "classes": ",".join(sorted(ROLE_CLASSES.get(role, frozenset()))),
                    "national": role in NATIONAL_ROLES,
                    "second_factor": role in SECOND_FACTOR_ROLES,
                }
                await connection.execute(
                    insert(role_table).values(row).on_conflict_do_update(index_elements=["role"], set_=row)
                )
            await connection.execute(
                text("delete from iam.role where role <> all(:known)"), {"known": [role.value for role in Role]}
            )
    finally:
        await engine.dispose()
