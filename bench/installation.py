"""A demonstration of its own for one measurement: server with fsync on, keys, stories, and a serving process."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.demonstration.loading import generate
from app.services import api_tokens
from app.services.credentials.signing_keys import SigningKeys
from app.services.installation import prepare
from app.services.program import Program
from app.services.unit_of_work import unit_of_work
from app.settings import Settings
from app.storage.database import APPLICATION_ROLE, Database
from app.storage.embedded_postgres import SUPERUSER, EmbeddedPostgres
from app.storage.key_provider import FileKeyProvider
from app.storage.migrations import upgrade
from app.storage.new_database import OWNER_ROLE, make_database

ROOT = Path(__file__).resolve().parents[1]
NAME = "besa"


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything of one measurement lies."""

    home: Path
    server: EmbeddedPostgres

    @property
    def application_url(self) -> str:
        """The database as the application."""
        return self.server.url(NAME, APPLICATION_ROLE)

    @property
    def settings(self) -> Settings:
        """The settings the serving process has as well."""
        return Settings(home=self.home, database_url=self.application_url, demonstration=True)

    def program(self) -> Program:
        """Return the program over it, to be closed by the caller."""
        settings = self.settings
        keys = FileKeyProvider(settings.master_keys)
        database = Database(self.application_url, pool_size=2)
        return Program.make(settings, database, keys, SigningKeys(settings.signing_keys), demonstration=True)

    async def token(self, login: str) -> str:
        """Return an access token of a demonstration person, good for ten minutes."""
        program = self.program()
        try:
            async with unit_of_work(program, None, "session.start") as unit:
                return (await api_tokens.demonstration_token(unit, login))[1].access_token
        finally:
            await program.database.close()

    async def look(self, query: str, **given: object) -> list[tuple[object, ...]]:
        """Return rows as the superuser: for choosing what to ask for, never measured."""
        engine = create_async_engine(self.server.url(NAME, SUPERUSER), poolclass=NullPool)
        async with engine.connect() as connection:
            rows = [tuple(row) for row in await connection.execute(text(query), given)]
        await engine.dispose()
        return rows


@contextmanager
def installed(home: Path, cases: int, say: Callable[[str], None]) -> Iterator[Installation]:
    """Make a demonstration of `cases` cases in `home` and stop its server afterwards."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with EmbeddedPostgres(home / "postgres") as server:
        made = Installation(home, server)
        asyncio.run(make_database(server.url("postgres", SUPERUSER), NAME))
        owner_url = server.url(NAME, OWNER_ROLE)
        upgrade(owner_url)
        asyncio.run(prepare(owner_url, demonstration=True))
        settings = made.settings
        settings.master_keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = FileKeyProvider.create(settings.master_keys)
        SigningKeys.create(settings.signing_keys)
        loaded = asyncio.run(generate(owner_url, keys, lambda _: None, cases=cases))
        say(f"{loaded.cases:,} cases ({loaded.rows:,} rows) loaded in {loaded.seconds:.0f} s")
        asyncio.run(made.look("select 1"))
        yield made


@dataclass(frozen=True, slots=True)
class Worker:
    """The serving process that is measured."""

    port: int
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """Return its resident memory in megabytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    def cpu(self) -> float:
        """Return the processor time it has used, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(installation: Installation, profile: Path | None = None) -> Iterator[Worker]:
    """Start one serving process, wait until it answers, and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BESA_")} | {
        "BESA_HOME": str(installation.home),
        "BESA_DATABASE_URL": installation.application_url,
        "BESA_DEMONSTRATION": "true",
        "BESA_LOG_LEVEL": "error",
        "BESA_METRICS_PORT": "0",
    }
    arguments = [sys.executable, "-m", "bench.worker", str(port), *([str(profile)] if profile else [])]
    process = subprocess.Popen(arguments, cwd=ROOT, env=environment)
    try:
        _wait(port, process)
        yield Worker(port, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the serving process ended while starting")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the serving process did not answer within half a minute")
