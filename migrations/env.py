"""Alembic's entry: migrations run as the owner of the database, over asyncpg, one transaction each."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from app.storage.database import single_engine
from app.storage.schema import SCHEMAS, metadata

LOCK = 7_236_114
"""Advisory lock of migrations: two starting programs migrate one after the other."""


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Look only at the program's own schemas."""
    return name in SCHEMAS if kind == "schema" else True


def configure(connection: Connection | None, url: str | None = None) -> None:
    """Say what alembic compares and where it keeps its version."""
    context.configure(
        connection=connection,
        url=url,
        target_metadata=metadata,
        include_schemas=True,
        include_name=include_name,
        version_table_schema="public",
        transaction_per_migration=True,
        literal_binds=connection is None,
        dialect_opts={"paramstyle": "named"},
    )


def run(connection: Connection) -> None:
    """Migrate on a live connection."""
    connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()
    configure(connection)
    with context.begin_transaction():
        context.run_migrations()


async def online(url: str) -> None:
    """Connect as the owner and migrate."""
    engine = single_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


def owner_url() -> str:
    """Return the owner's URL: from the caller, else from the settings (a person who runs `alembic` by hand)."""
    given_url = context.config.attributes.get("owner_url")
    if given_url is None:
        from app.settings import get_settings

        given_url = get_settings().owner_database_url
    if given_url is None:
        raise SystemExit("Name the database in BESA_OWNER_DATABASE_URL, as its owner (see docs/adding-something.md).")
    return str(given_url)


if context.is_offline_mode():
    configure(None, "postgresql+asyncpg://")
    with context.begin_transaction():
        context.run_migrations()
else:
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
    else:
        asyncio.run(online(owner_url()))
