"""Looks at a database before it is worked on: its version, its roles, how far it is migrated."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.storage.database import STATISTICS_ROLE, single_engine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What stands there; `revision` and `demonstration` are None where nothing was prepared yet."""

    major: int
    role: str
    superuser: bool
    passes_row_security: bool
    owns_tables: bool
    may_create: bool
    revision: str | None
    demonstration: bool | None
    unforced_tables: tuple[str, ...]
    encoding: str
    now: datetime


async def inspect_database(url: str) -> Inspection:
    """Connect as the role of `url` and look; every error of the driver passes through."""
    return await with_connection(url, _inspect)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What has to be looked after while people work."""

    keys_by_version: Mapping[int, int]
    """How many data keys stand under each version of the master key."""
    extracts: Mapping[str, datetime]
    """When the extract for statistics was made last, by jurisdiction."""


async def inspect_upkeep(url: str) -> Upkeep:
    """Look at a database that stands at head, as the application; counts every wrapped key, so not at each start."""
    return await with_connection(url, _upkeep)


async def _upkeep(connection: AsyncConnection) -> Upkeep:
    await connection.execute(text("select iam.act_as_nobody()"))
    counted = text("select version, sum(keys)::bigint from casework.key_versions() group by version order by version")
    keys = {row[0]: row[1] for row in await connection.execute(counted)}
    await connection.execute(text(f"set local role {STATISTICS_ROLE}"))
    made = await connection.execute(text("select jurisdiction, extracted_at from stats.extraction"))
    return Upkeep(keys, {row[0]: row[1] for row in made})


async def with_connection(url: str, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Run `work` on one connection, which is closed afterwards."""
    engine = single_engine(url, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            return await work(connection)
    finally:
        await engine.dispose()


async def _inspect(connection: AsyncConnection) -> Inspection:
    row = (
        await connection.execute(
            text(
                """select current_setting('server_version_num')::int / 10000 as major, r.rolname as role,
                  r.rolsuper as superuser, r.rolbypassrls as bypass, now() as now,
                  pg_encoding_to_char(d.encoding) as encoding,
                  has_database_privilege(d.datname, 'create') as may_create,
                  (select coalesce(bool_or(pg_has_role(c.relowner, 'usage')), false) from pg_class c
                    join pg_namespace n on n.oid = c.relnamespace
                    where n.nspname in ('iam', 'vault', 'casework') and c.relkind = 'r') as owns,
                  array(select n.nspname || '.' || c.relname from pg_class c
                    join pg_namespace n on n.oid = c.relnamespace
                    where n.nspname in ('vault', 'casework', 'audit') and c.relrowsecurity
                      and not c.relforcerowsecurity order by 1) as unforced
                from pg_roles r, pg_database d
                where r.rolname = current_user and d.datname = current_database()"""
            )
        )
    ).one()
    return Inspection(
        major=row.major,
        role=row.role,
        superuser=row.superuser,
        passes_row_security=row.bypass,
        owns_tables=row.owns,
        may_create=row.may_create,
        revision=await _value(connection, "public.alembic_version", "select version_num from public.alembic_version"),
        demonstration=await _value(
            connection,
            "iam.installation",
            "select value = 'true'::jsonb from iam.installation where name = 'demonstration'",
        ),
        unforced_tables=tuple(row.unforced),
        encoding=row.encoding,
        now=row.now,
    )


async def _value(connection: AsyncConnection, table: str, query: str) -> T | None:
    """Return the one value of a query on a table that may be missing, or closed to this role."""
    visible = text(
        """select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname || '.' || c.relname = :table
            and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'))"""
    )
    if not await connection.scalar(visible, {"table": table}):
        return None
    found: T | None = await connection.scalar(text(query))
    return found
