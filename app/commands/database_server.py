"""The database a command works on: the one that the settings name, else the embedded server, started for it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from app.commands.errors import CommandError
from app.settings import Settings
from app.storage.database import APPLICATION_ROLE
from app.storage.embedded_postgres import SUPERUSER, EmbeddedPostgres
from app.storage.inspection import Inspection, inspect_database
from app.storage.new_database import OWNER_ROLE, make_database
from app.storage.postgres_binaries import MINIMUM_MAJOR

DATABASE_NAME = "besa"
"""The database on the embedded server."""

_CONNECTIONS_OF_A_PROCESS = 25
"""A little more than the pools of one serving process can open (`app.storage.database`)."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DatabaseAccess:
    """How to reach the database: as the application and as the owner; `server` is ours, None where it is not."""

    application_url: str
    owner_url: str
    server: EmbeddedPostgres | None = None


@contextmanager
def open_database(settings: Settings, progress: Progress, *, alone: bool = False) -> Iterator[DatabaseAccess]:
    """Give access to the database; an embedded server that had to be started is stopped afterwards.

    With `alone` a server that another program already runs is refused. Raises CommandError and EmbeddedPostgresError.
    """
    if settings.database_url is not None:
        owner_url = settings.owner_database_url or settings.database_url
        yield DatabaseAccess(settings.database_url, owner_url)
        return
    connections = max(60, _CONNECTIONS_OF_A_PROCESS * settings.workers + 10)
    server = EmbeddedPostgres(
        settings.postgres_data, bindir=settings.postgres_bindir, options={"max_connections": str(connections)}
    )
    server.start(progress)
    try:
        if alone and server.attached:
            raise CommandError(
                f"Besa is running already with the data in {settings.home} (process {server.owner()}); "
                "stop it first, or set BESA_HOME to other data."
            )
        asyncio.run(make_database(server.url("postgres", SUPERUSER), DATABASE_NAME))
        yield DatabaseAccess(server.url(DATABASE_NAME, APPLICATION_ROLE), server.url(DATABASE_NAME, OWNER_ROLE), server)
    finally:
        if not server.attached:
            progress("Stopping PostgreSQL ...")
        server.stop()


def look_at(url: str) -> Inspection:
    """Return what stands in the database; raises CommandError where it cannot be reached or is too old."""
    try:
        found = asyncio.run(inspect_database(url))
    except OSError as error:
        raise CommandError(f"The database at {_place(url)} cannot be reached: {error.strerror or error}.") from error
    except Exception as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CommandError(f"The database at {_place(url)} cannot be used: {reason}.") from error
    if found.major < MINIMUM_MAJOR:
        raise CommandError(
            f"The database at {_place(url)} is PostgreSQL {found.major}, and {MINIMUM_MAJOR} or later is needed."
        )
    return found


def _place(url: str) -> str:
    """Return where a database is, without its password."""
    parts = make_url(url)
    host = parts.host or parts.query.get("host") or "localhost"
    return f"{host}:{parts.port or 5432}/{parts.database}"
