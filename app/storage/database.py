"""Connections to PostgreSQL: the application role for everything, the statistics role for the extract, single ones for
the owner's commands.

Neither role owns a table or passes row-level security. Nothing in the program uses the driver's raw connection
except the bulk loader: work sent through it before the first statement of SQLAlchemy would be committed at once.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.domain.problems import Conflict, Unavailable

APPLICATION_ROLE = "besa_app"
STATISTICS_ROLE = "besa_stats"

_GONE = {"57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006", "53300"}
_BUSY = {"40001", "40P01", "55P03", "57014"}
_UNIQUE = "23505"


def _engine(url: str, role: str, pool_size: int) -> AsyncEngine:
    settings: Mapping[str, str] = {
        "role": role,
        "timezone": "UTC",
        "application_name": "besa",
        "jit": "off",
        "lock_timeout": "5s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
    }
    return create_async_engine(
        make_url(url),
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=10,
        pool_recycle=1800,
        # what was written never stands in an error, and so in no log
        hide_parameters=True,
        connect_args={"server_settings": dict(settings), "timeout": 5},
    )


def single_engine(url: str | URL, **options: Any) -> AsyncEngine:
    """Return an engine that keeps no connection, for the owner's commands and for looking at a database.

    `options` go to `create_async_engine`. What is written never stands in an error of this one either.
    """
    return create_async_engine(url, poolclass=NullPool, hide_parameters=True, **options)


class Database:
    """The engines of one program."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.application = _engine(url, APPLICATION_ROLE, pool_size)
        self.statistics = _engine(url, STATISTICS_ROLE, 2)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One transaction as the application role; commits at the end, rolls back on any error."""
        try:
            async with self.application.begin() as connection:
                yield connection
        except (DBAPIError, OSError) as error:
            raise translate(error) from error

    async def close(self) -> None:
        """Close every connection."""
        await self.application.dispose()
        await self.statistics.dispose()


def translate(error: Exception) -> Exception:
    """Return the problem behind a driver's error, or the error itself where the program is at fault."""
    state = sqlstate(error)
    if isinstance(error, OSError) or state in _GONE:
        return Unavailable("database.unreachable")
    if state in _BUSY:
        return Conflict("database.busy")
    if state == _UNIQUE and (constraint_name(error) or "").startswith("pk_"):
        return Conflict("request.id_taken")
    if state == _UNIQUE and constraint_name(error) == "uq_case_file_code":
        # chance gave a case a code that another has; asked again, it gets a new one
        return Conflict("database.busy")
    if isinstance(error, (InterfaceError, OperationalError)) and state is None:
        return Unavailable("database.unreachable")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Unavailable("database.unreachable")
    return error


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's five-letter state of an error, None where it has none."""
    original: Any = getattr(error, "orig", None)
    return getattr(original, "sqlstate", None) or getattr(error, "sqlstate", None)


def constraint_name(error: BaseException) -> str | None:
    """Return the constraint an integrity error broke, None where it is another error."""
    original: Any = getattr(error, "orig", None)
    cause = getattr(original, "__cause__", None)
    name = getattr(cause, "constraint_name", None)
    return str(name) if name else None
