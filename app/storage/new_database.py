"""Makes an empty database and Besa's roles, as a superuser: on the embedded server and in tests.

On a server of one's own an administrator does the same by hand: the owner changes tables, the application role works
with them, the statistics role reads the extract. None is a superuser, none may pass by row-level security.
"""

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.storage.database import APPLICATION_ROLE, STATISTICS_ROLE, single_engine

OWNER_ROLE = "besa_owner"
"""Owns the tables and runs the migrations."""

_MEMBERSHIPS = ((STATISTICS_ROLE, APPLICATION_ROLE), (APPLICATION_ROLE, OWNER_ROLE))
"""(role, member): who may become whom. Migrations and requests both speak through these."""


async def make_database(superuser_url: str, name: str, *, template: str | None = None) -> bool:
    """Make the roles where missing, and the database `name`, as a copy of `template` where given.

    Returns False where the database is there already. A superuser's password, where the URL has one, is given to the
    two roles as well.
    """
    url = make_url(superuser_url)
    async with _autocommitting(url) as connection:
        # two programs may come at the same time; the lock ends with the connection
        await connection.execute(text("SELECT pg_advisory_lock(hashtext('besa.make_database'))"))
        for role in (OWNER_ROLE, APPLICATION_ROLE):
            await _make_role(connection, role, "LOGIN")
            await _set_password(connection, role, url.password)
        await _make_role(connection, STATISTICS_ROLE, "NOLOGIN")
        for role, member in _MEMBERSHIPS:
            await connection.execute(text(f"GRANT {role} TO {member}"))
        found = await connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        if found.first() is not None:
            return False
        quoted = _quoted(name)
        source = f" TEMPLATE {_quoted(template)}" if template else ""
        await connection.execute(text(f"CREATE DATABASE {quoted} OWNER {OWNER_ROLE}{source}"))
        # rights to connect are not copied from a template
        await connection.execute(text(f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC"))
        await connection.execute(text(f"GRANT CONNECT ON DATABASE {quoted} TO {APPLICATION_ROLE}"))
    return True


async def drop_database(superuser_url: str, name: str) -> None:
    """Drop the database where it exists, ending whoever is connected."""
    async with _autocommitting(make_url(superuser_url)) as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"))


def url_for(superuser_url: str, database: str, role: str) -> str:
    """Return the URL of `database` for `role` on the server of `superuser_url`."""
    return make_url(superuser_url).set(database=database, username=role).render_as_string(hide_password=False)


class _autocommitting:
    """One connection outside transactions, as CREATE DATABASE asks for."""

    def __init__(self, url: URL) -> None:
        self._engine = single_engine(url, isolation_level="AUTOCOMMIT")

    async def __aenter__(self) -> AsyncConnection:
        self._connection = await self._engine.connect()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()
        await self._engine.dispose()


async def _make_role(connection: AsyncConnection, role: str, login: str) -> None:
    found = await connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if found.first() is None:
        await connection.execute(text(f"CREATE ROLE {role} {login} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"))


async def _set_password(connection: AsyncConnection, role: str, password: str | None) -> None:
    if password is None:
        return
    literal = await connection.scalar(text("SELECT quote_literal(:password)"), {"password": password})
    # sent without looking for parameters, since a password may hold a colon
    await connection.exec_driver_sql(f"ALTER ROLE {role} LOGIN PASSWORD {literal}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
