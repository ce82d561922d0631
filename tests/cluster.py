"""One PostgreSQL for a whole test run: started by the first worker that needs it, stopped by the controlling process.

A template database is migrated once; every test module gets a clone of it. `BESA_TEST_DATABASE_URL` (a superuser's)
takes an outside server instead, `BESA_TEST_PG_BINDIR` the programs of another PostgreSQL.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import make_url

from app.storage.database import APPLICATION_ROLE
from app.storage.embedded_postgres import SUPERUSER, EmbeddedPostgres
from app.storage.new_database import OWNER_ROLE, drop_database, make_database, url_for

RUN_DIRECTORY = "BESA_TEST_RUN_DIR"
"""Names the run's directory for its workers, which inherit it."""

_PREFIX = f"besa-tests-{os.geteuid()}-"
_OPTIONS = {
    # the data are thrown away after the run
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own for somebody's tests."""

    name: str
    superuser_url: str

    @property
    def owner_url(self) -> str:
        """The role that owns the tables and runs migrations."""
        return url_for(self.superuser_url, self.name, OWNER_ROLE)

    @property
    def app_url(self) -> str:
        """The role that requests run as."""
        return url_for(self.superuser_url, self.name, APPLICATION_ROLE)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The run's server; `superuser_url` names its database `postgres`."""

    superuser_url: str
    template: str

    @contextmanager
    def clone(self, template: str | None = None) -> Iterator[Database]:
        """Give a migrated database (or a copy of `template`, to which nobody is connected), dropped afterwards."""
        with self._fresh(template or self.template) as database:
            yield database

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """Give a database without tables, dropped afterwards."""
        with self._fresh(None) as database:
            yield database

    @contextmanager
    def _fresh(self, template: str | None) -> Iterator[Database]:
        name = f"besa_{uuid4().hex[:12]}"
        _wait_for(make_database(self.superuser_url, name, template=template))
        try:
            url = make_url(self.superuser_url).set(database=name)
            yield Database(name, url.render_as_string(hide_password=False))
        finally:
            _wait_for(drop_database(self.superuser_url, name))


def begin_run() -> None:
    """Name this run's directory; called once, by the controlling process."""
    os.environ[RUN_DIRECTORY] = str(Path(tempfile.gettempdir()) / f"{_PREFIX}{os.getpid()}-{uuid4().hex[:8]}")


def end_run() -> None:
    """Stop what the run's workers started; called once, by the controlling process."""
    directory = Path(os.environ.pop(RUN_DIRECTORY))
    if outside := os.environ.get("BESA_TEST_DATABASE_URL"):
        _wait_for(drop_database(outside, _template_name(directory)))
    if directory.exists():
        _stop_server(directory)
        shutil.rmtree(directory)


def open_cluster() -> Cluster:
    """Return the run's cluster with its template, made by whichever worker comes first."""
    directory = Path(os.environ[RUN_DIRECTORY])
    directory.mkdir(mode=0o700, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        superuser_url = os.environ.get("BESA_TEST_DATABASE_URL") or _start_server(directory)
        cluster = Cluster(superuser_url, _template_name(directory))
        ready = directory / "template-ready"
        if not ready.exists():
            _wait_for(make_database(superuser_url, cluster.template))
            # imported here, so that tests of the server alone do not load the tables
            from app.storage.migrations import upgrade

            upgrade(url_for(superuser_url, cluster.template, OWNER_ROLE))
            ready.touch()
    return cluster


def _start_server(directory: Path) -> str:
    _sweep()
    bindir = os.environ.get("BESA_TEST_PG_BINDIR")
    server = EmbeddedPostgres(directory / "pg", bindir=Path(bindir) if bindir else None, options=_OPTIONS, outlive=True)
    server.start(progress=lambda line: None)
    return server.url("postgres", SUPERUSER)


def _sweep() -> None:
    """Remove what killed runs left behind."""
    for leftover in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        controller = leftover.name.removeprefix(_PREFIX).split("-")[0]
        if not Path(f"/proc/{controller}").exists():
            _stop_server(leftover)
            shutil.rmtree(leftover, ignore_errors=True)


def _stop_server(directory: Path) -> None:
    """End the server on `directory`/pg where one lives, wherever it was started."""
    data = directory / "pg"
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
    except FileNotFoundError:
        return
    working_directory = Path(f"/proc/{pid}/cwd")
    try:
        while working_directory.resolve(strict=True) == data.resolve():
            # nobody needs these data again
            os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)
    except (FileNotFoundError, ProcessLookupError):
        pass


def _template_name(directory: Path) -> str:
    return f"besa_template_{directory.name.rsplit('-', 1)[-1]}"


def _wait_for(work: Coroutine[Any, Any, Any]) -> None:
    """Run in a thread of its own, for the test's thread may have a loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
