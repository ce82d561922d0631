"""The world of a test: a prepared database, the program over it, and somebody signed in for each role."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.domain.policy import Role
from app.main import create_app
from app.services import sessions
from app.services.credentials import tokens
from app.services.credentials.signing_keys import SigningKeys
from app.services.demonstration_people import PEOPLE
from app.services.program import Program
from app.services.unit_of_work import Session, UnitOfWork, unit_of_work
from app.settings import Settings
from app.storage.accounts import account, assignment
from app.storage.database import Database
from app.storage.key_provider import MemoryKeyProvider
from app.storage.organisations import organisation
from tests import cluster as clusters

PEOPLE_BY_LOGIN = {person.login: person for person in PEOPLE}


@dataclass
class World:
    """The program over a database of its own."""

    databases: clusters.Database
    program: Program
    _sessions: dict[str, tuple[str, UUID, UUID]] = field(default_factory=dict)

    @classmethod
    def over(cls, databases: clusters.Database) -> "World":
        """Make the program over a prepared database; call inside the event loop that uses it."""
        database = Database(databases.app_url, pool_size=8)
        keys = SigningKeys.create(Path(tempfile.mkdtemp()) / "signing.json")
        return cls(databases, Program.make(Settings(), database, MemoryKeyProvider(), keys, demonstration=True))

    @cached_property
    def app(self) -> object:
        """The application."""
        return create_app(self.program)

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the database's owner; sees only what the owner's policies show."""
        engine = create_async_engine(self.databases.owner_url, poolclass=NullPool)
        async with engine.begin() as connection:
            yield connection
        await engine.dispose()

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the server's superuser, who sees every row; for looking, not for acting."""
        engine = create_async_engine(
            clusters.url_for(self.databases.superuser_url, self.databases.name, clusters.SUPERUSER), poolclass=NullPool
        )
        async with engine.begin() as connection:
            yield connection
        await engine.dispose()

    async def token(self, login: str, *, second_factor: bool = True) -> str:
        """Return the session token of a demonstration person (`demo.njl` ...), signed in once."""
        return (await self._session(login, "browser", second_factor))[0]

    async def _session(self, login: str, kind: str, second_factor: bool = True) -> tuple[str, UUID, UUID]:
        known = f"{login}:{kind}:{second_factor}"
        if known not in self._sessions:
            async with self.program.database.begin() as connection:
                await connection.execute(text("select iam.act_as_nobody()"))
                unit = UnitOfWork(self.program, connection, None, datetime.now(UTC), UUID(int=0), "sq")
                query = (
                    select(account.c.id, assignment.c.id)
                    .join(assignment, assignment.c.account_id == account.c.id)
                    .where(account.c.login == login)
                )
                account_id, assignment_id = (await connection.execute(query)).one()
                token, session_id = await sessions.start(
                    unit, account_id, assignment_id, kind=kind, second_factor=second_factor, idle=sessions.LIFETIME
                )
                self._sessions[known] = (token, session_id, account_id)
        return self._sessions[known]

    @asynccontextmanager
    async def acting(self, login: str, action: str) -> AsyncIterator[UnitOfWork]:
        """A unit of work of a demonstration person."""
        async with unit_of_work(self.program, Session(await self.token(login)), action) as unit:
            yield unit

    async def organisation(self, code: str, jurisdiction: str = "AL") -> UUID:
        """Return an organisation's id by its code."""
        async with self.program.database.begin() as connection:
            query = select(organisation.c.id).where(
                organisation.c.code == code, organisation.c.jurisdiction == jurisdiction
            )
            return UUID(str((await connection.execute(query)).scalar_one()))

    @asynccontextmanager
    async def browser(self, login: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A browser without JavaScript, signed in as `login`."""
        cookies = {"besa": await self.token(login)} if login else {}
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://besa.test", cookies=cookies) as client:
            yield client

    @asynccontextmanager
    async def api(self, login: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A program that calls the JSON interface as `login`."""
        headers = {"Authorization": f"Bearer {await self.access_token(login)}"} if login else {}
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://besa.test/api/v1", headers={**headers, "Accept-Language": "en"}
        ) as client:
            yield client

    async def access_token(self, login: str) -> str:
        """Return a short API token of a demonstration person."""
        _, session_id, account_id = await self._session(login, "api")
        return tokens.issue(
            self.program.signing_keys, account_id=account_id, session_id=session_id, version=1, now=datetime.now(UTC)
        )

    async def audit_entries(self, action: str) -> list[dict[str, object]]:
        """Return the audit entries of an action, oldest first."""
        async with self.superuser() as connection:
            rows = await connection.execute(
                text("select * from audit.entry where action = :action order by sequence"), {"action": action}
            )
            return [dict(r) for r in rows.mappings()]


def role_login(role: Role) -> str:
    """Return the login of the Albanian demonstration person who holds `role`."""
    return next(p.login for p in PEOPLE if p.role is role and p.jurisdiction == "AL")
