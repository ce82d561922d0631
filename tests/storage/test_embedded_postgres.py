"""The embedded server: started, stopped, killed, shared, and every sentence it has for trouble."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from app.storage import embedded_postgres, postgres_account, postgres_binaries, postgres_trouble
from app.storage.embedded_postgres import SUPERUSER, EmbeddedPostgres
from app.storage.postgres_account import choose_account
from app.storage.postgres_binaries import EmbeddedPostgresError, find_binaries

CHECKOUT = Path(__file__).parents[2]
BINDIR = Path(os.environ["BESA_TEST_PG_BINDIR"]) if "BESA_TEST_PG_BINDIR" in os.environ else None


def silent(_line: str) -> None:
    """Take a line of progress and say nothing."""


def server_on(data_dir: Path, **options: str) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, bindir=BINDIR, options={"shared_buffers": "16MB", **options})


def ask(server: EmbeddedPostgres, statement: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(host=str(server.socket_dir), user=SUPERUSER, database="postgres")
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(answer())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_dead(pid: int) -> bool:
    end = time.monotonic() + 20
    while not dead(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return dead(pid)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    made = server_on(tmp_path / "home" / "pg")
    yield made
    made.stop()


class TestLife:
    def test_starts_serves_stops_and_keeps_the_data(self, server: EmbeddedPostgres) -> None:
        told: list[str] = []
        server.start(told.append)
        assert server.running()
        assert not server.attached
        assert [line.split(" ")[0] for line in told] == ["Making", "Starting"]
        ask(server, "CREATE TABLE kept (value int)")
        server.stop()
        assert not server.running()
        assert not (server.data_dir / "postmaster.pid").exists()

        told.clear()
        server.start(told.append)
        assert [line.split(" ")[0] for line in told] == ["Starting"]
        assert ask(server, "SELECT count(*) FROM kept") == 0

    def test_is_closed_to_others_checks_its_pages_and_has_no_network(self, server: EmbeddedPostgres) -> None:
        server.start(silent)
        assert mode_of(server.data_dir) == 0o700
        assert mode_of(server.socket_dir) == 0o700
        assert mode_of(server.log_path) == 0o600
        assert ask(server, "SHOW listen_addresses") == ""
        assert ask(server, "SHOW data_checksums") == "on"
        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'postgres'") == "UTF8"
        assert ask(server, "SELECT upper('çë')") == "ÇË"

    def test_an_error_leaves_no_value_in_the_log(self, server: EmbeddedPostgres) -> None:
        server.start(silent)
        ask(server, "CREATE TABLE person (name text UNIQUE)")
        ask(server, "INSERT INTO person VALUES ('Secretname')")
        with pytest.raises(asyncpg.UniqueViolationError):
            ask(server, "INSERT INTO person VALUES ('Secretname')")
        server.stop()
        words = server.log_path.read_text()
        assert "duplicate key" in words
        assert "Secretname" not in words

    def test_is_a_context_and_stopping_twice_is_harmless(self, server: EmbeddedPostgres) -> None:
        with server as running:
            assert ask(running, "SELECT 1") == 1
        server.stop()
        assert not server.running()

    def test_does_not_hear_the_terminal(self, server: EmbeddedPostgres) -> None:
        """Ctrl-C reaches the terminal's process group; the server must live until we stop it in order."""
        server.start(silent)
        pid = int((server.data_dir / "postmaster.pid").read_text().split("\n")[0])
        assert os.getpgid(pid) != os.getpgid(0)
        assert os.getsid(pid) != os.getsid(0)


class TestCrash:
    def test_killed_server_recovers_with_what_was_committed(self, server: EmbeddedPostgres) -> None:
        server.start(silent)
        ask(server, "CREATE TABLE kept (value int)")
        ask(server, "INSERT INTO kept SELECT generate_series(1, 1000)")
        pid = int((server.data_dir / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGKILL)

        again = server_on(server.data_dir)
        again.start(silent)
        try:
            assert not again.attached
            assert ask(again, "SELECT count(*) FROM kept") == 1000
            assert "database system was interrupted" in server.log_path.read_text()
        finally:
            again.stop()

    def test_stale_pid_that_now_belongs_to_another_process(self, server: EmbeddedPostgres) -> None:
        server.start(silent)
        server.stop()
        ours = f"{os.getpid()}\n{server.data_dir}\n1\n5432\n{server.socket_dir}\n\n 0 0\nready   \n"
        (server.data_dir / "postmaster.pid").write_text(ours)
        server.start(silent)
        assert ask(server, "SELECT 1") == 1

    def test_server_ends_when_the_program_is_killed(self, server: EmbeddedPostgres) -> None:
        starter = start_elsewhere(server.data_dir)
        pid = int((server.data_dir / "postmaster.pid").read_text().split("\n")[0])
        starter.kill()
        starter.wait()
        assert wait_until_dead(pid)
        server.start(silent)
        assert not server.attached
        assert "interrupted" not in server.log_path.read_text().split("database system was shut down")[-1]

    def test_interrupted_making_begins_anew(self, server: EmbeddedPostgres) -> None:
        draft = server.data_dir.with_name("pg.making")
        draft.mkdir(parents=True)
        (draft / "half").touch()
        server.start(silent)
        assert ask(server, "SELECT 1") == 1
        assert not draft.exists()


def start_elsewhere(data_dir: Path, outlive: bool = False) -> subprocess.Popen[str]:
    """Start the server in another process, which waits for a line before it stops it."""
    program = (
        "import sys; from pathlib import Path; from app.storage.embedded_postgres import EmbeddedPostgres\n"
        f"bindir = {str(BINDIR)!r}\n"
        f"server = EmbeddedPostgres(Path({str(data_dir)!r}), bindir=None if bindir == 'None' else Path(bindir),"
        f" outlive={outlive})\n"
        "server.start(lambda line: None); print('up', flush=True); sys.stdin.readline(); server.stop()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "up\n"
    return starter


class TestSharing:
    def test_second_program_attaches_and_leaves_the_server_alone(self, server: EmbeddedPostgres) -> None:
        starter = start_elsewhere(server.data_dir)
        server.start(silent)
        assert server.attached
        assert server.owner() == starter.pid
        assert ask(server, "SELECT 1") == 1
        server.stop()
        assert ask(server_on(server.data_dir), "SELECT 1") == 1
        starter.communicate("stop\n")
        assert not (server.data_dir / "postmaster.pid").exists()

    def test_server_that_outlived_its_program_is_taken_over(self, server: EmbeddedPostgres) -> None:
        starter = start_elsewhere(server.data_dir, outlive=True)
        pid = int((server.data_dir / "postmaster.pid").read_text().split("\n")[0])
        starter.kill()
        starter.wait()
        server.start(silent)
        assert not server.attached
        assert ask(server, "SELECT 1") == 1
        server.stop()
        assert wait_until_dead(pid)

    def test_two_at_once_make_one_database(self, tmp_path: Path) -> None:
        data_dir = tmp_path / "pg"
        program = f"from tests.storage.test_embedded_postgres import race; race({str(data_dir)!r})"
        racers = [
            subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = sorted(racer.communicate(timeout=60)[0].strip() for racer in racers)
        assert said in (["1", "1"],)
        assert [racer.returncode for racer in racers] == [0, 0]


def race(data_dir: str) -> None:
    """Start, ask, stop: run by two processes at the same time."""
    server = server_on(Path(data_dir))
    server.start(silent)
    print(ask(server, "SELECT 1"), flush=True)
    time.sleep(1)
    server.stop()


class TestPlaces:
    def test_long_path_gets_a_short_socket_closed_to_others(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        server = server_on(tmp_path / ("long" * 20) / ("path" * 20) / "pg")
        assert str(server.socket_dir).startswith(f"/tmp/besa-{os.geteuid()}-")
        server.start(silent)
        try:
            assert ask(server, "SELECT 1") == 1
            assert mode_of(server.socket_dir) == 0o700
        finally:
            server.stop()
            shutil.rmtree(server.socket_dir)

    def test_runtime_directory_is_taken_before_tmp(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        runtime = Path("/tmp") / f"besa-runtime-{os.getpid()}"
        runtime.mkdir()
        try:
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
            assert server_on(tmp_path / ("long" * 40) / "pg").socket_dir.parent == runtime
        finally:
            runtime.rmdir()

    def test_socket_directory_laid_by_somebody_is_refused(self, server: EmbeddedPostgres, tmp_path: Path) -> None:
        server.data_dir.parent.mkdir()
        (tmp_path / "trap").mkdir()
        server.socket_dir.symlink_to(tmp_path / "trap")
        with pytest.raises(EmbeddedPostgresError, match=r"is not a directory of the account"):
            server.start(silent)
        assert not server.running()

    def test_name_with_spaces_and_letters_of_albanian(self, tmp_path: Path) -> None:
        from sqlalchemy import make_url

        server = server_on(tmp_path / "të dhënat 100%" / "pg")
        server.start(silent)
        try:
            assert make_url(server.url("besa", "besa_app")).query["host"] == str(server.socket_dir)
            assert ask(server, "SELECT 1") == 1
        finally:
            server.stop()


class TestSentences:
    def test_other_version(self, server: EmbeddedPostgres) -> None:
        server.data_dir.mkdir(parents=True)
        (server.data_dir / "PG_VERSION").write_text("13\n")
        with pytest.raises(EmbeddedPostgresError, match=r"were made by PostgreSQL 13, and this is PostgreSQL \d+"):
            server.start(silent)

    def test_directory_with_something_else(self, server: EmbeddedPostgres) -> None:
        server.data_dir.mkdir(parents=True)
        (server.data_dir / "letter.txt").write_text("not yours")
        with pytest.raises(EmbeddedPostgresError, match=r"is neither empty nor a PostgreSQL database"):
            server.start(silent)
        assert (server.data_dir / "letter.txt").read_text() == "not yours"

    def test_full_disk(self, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_trouble.shutil, "disk_usage", lambda place: SimpleNamespace(free=7 * 1024 * 1024))
        with pytest.raises(EmbeddedPostgresError, match=r"The disk that holds .* is full \(7 MB are free"):
            server.start(silent)

    def test_full_disk_as_postgresql_tells_it(self, tmp_path: Path) -> None:
        words = "FATAL:  could not write to file: No space left on device\n"
        assert "is full" in postgres_trouble.sentence_of_log(words, tmp_path, None)

    @pytest.mark.parametrize("words", ["", "\n", "FATAL:  something new\n", "no mark at all"])
    def test_unknown_trouble_is_passed_on(self, words: str, tmp_path: Path) -> None:
        said = postgres_trouble.sentence_of_log(words, tmp_path, tmp_path / "pg.log")
        assert said.count("\n") == 0
        assert str(tmp_path / "pg.log") in said

    def test_missing_right(self, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", "/srv/besa")

        monkeypatch.setattr(embedded_postgres.Path, "mkdir", refuse)
        with pytest.raises(EmbeddedPostgresError, match=r"Besa may not write /srv/besa; give this account the right"):
            server.start(silent)

    def test_setting_that_postgresql_refuses(self, tmp_path: Path) -> None:
        server = server_on(tmp_path / "pg", shared_buffers="1kB")
        with pytest.raises(EmbeddedPostgresError, match=r"shared_buffers.*the whole story stands in .*pg\.log"):
            server.start(silent)
        assert not server.running()

    def test_no_programs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_binaries, "_candidates", list)
        with pytest.raises(EmbeddedPostgresError, match=r"No PostgreSQL 15 or later was found"):
            find_binaries()
        with pytest.raises(EmbeddedPostgresError, match=r"There is no program 'postgres' in"):
            find_binaries(tmp_path)

    def test_too_old_programs(self, tmp_path: Path) -> None:
        for name in ("postgres", "initdb"):
            program = tmp_path / name
            program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
            program.chmod(0o755)
        with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 14\.9 in .* is too old, 15 is needed"):
            find_binaries(tmp_path)

    def test_somebody_elses_data(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_account.os, "geteuid", lambda: 4_000_001)
        with pytest.raises(EmbeddedPostgresError, match=r"belongs to .*, not to the account number 4000001"):
            choose_account(find_binaries(BINDIR), tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change into another account")
class TestRoot:
    def test_where_namespaces_are_forbidden_an_ordinary_account_serves(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden() -> None:
            raise PermissionError(1, "unshare")

        monkeypatch.setattr(postgres_account, "_enter_namespace", forbidden)
        # a place that other accounts reach, for the checkout and its programs may lie in root's own directory
        place = Path("/tmp") / f"besa-fallback-{os.getpid()}"
        home = place / "home"
        installed = find_binaries(BINDIR).folder.parent
        programs = place / "package" / "programs"
        shutil.copytree(installed, programs, symlinks=True)
        # the package keeps its libraries beside itself and finds them from its programs
        libraries = installed.parents[1] / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, place / libraries.name)
        place.chmod(0o755)
        server = EmbeddedPostgres(home / "pg", bindir=programs / "bin", options={"shared_buffers": "16MB"})
        try:
            server.start(silent)
            assert ask(server, "SELECT 1") == 1
            assert server.data_dir.stat().st_uid != 0
            assert mode_of(server.data_dir) == 0o700
            assert mode_of(home) == 0o711
            server.stop()
            # later on a machine that allows namespaces: the data stay with the account that owns them
            monkeypatch.undo()
            server.start(silent)
            assert ask(server, "SELECT 1") == 1
        finally:
            server.stop()
            shutil.rmtree(place, ignore_errors=True)

    def test_account_that_cannot_reach_the_data(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden() -> None:
            raise PermissionError(1, "unshare")

        monkeypatch.setattr(postgres_account, "_enter_namespace", forbidden)
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        server = server_on(closed / "home" / "pg")
        with pytest.raises(EmbeddedPostgresError, match=r"cannot use .*pg; start Besa as an ordinary account"):
            server.start(silent)
        assert server.data_dir.stat().st_uid == 0
