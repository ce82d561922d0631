"""The embedded PostgreSQL: a real server beside the program, started and stopped by it.

Around a data directory `X` lie `X.lock` (held by every server process), `X.log` and the socket directory `X.run`.
The server listens on a Unix socket only. The socket lies in a directory that only its owner may enter (0700), so the
file system has said who is there before PostgreSQL is asked; that is why the socket itself is on `trust`.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote

from app.storage.postgres_account import ServerAccount, choose_account
from app.storage.postgres_binaries import EmbeddedPostgresError, PostgresBinaries, find_binaries
from app.storage.postgres_trouble import MEGABYTE, require_space, sentence_of, sentence_of_log

SUPERUSER = "besa_super"
"""The superuser of the embedded server: it makes databases and roles and serves no request."""

_PORT = 5432
"""Only a part of the socket's name; nothing listens on the network."""

_SOCKET_PATH_LIMIT = 107
# a predictable name, since others of the same account must find it; _own_directory refuses what a stranger laid there
_SHORT_PLACE = Path("/tmp")  # nosec B108
_ENCRYPTION_REQUEST = struct.pack("!ii", 8, 80877103)
"""PostgreSQL's SSLRequest: the one question that is answered (`S` or `N`) before anybody says who he is."""

_FREE_FOR_NEW = 300 * MEGABYTE
_FREE_FOR_START = 60 * MEGABYTE
_LOG_LIMIT = 10 * MEGABYTE

_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # short statements gain nothing from compiling
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # a statement and the detail of an error can hold values, and so personal data: neither is logged
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}

Progress = Callable[[str], None]


class EmbeddedPostgres:
    """One server over one data directory; several programs may share it, the one that started it stops it."""

    def __init__(
        self,
        data_dir: Path,
        *,
        bindir: Path | None = None,
        options: Mapping[str, str] | None = None,
        outlive: bool = False,
    ) -> None:
        """Name the server; nothing is started yet.

        `bindir` names other programs than those found, `options` are server settings added to ours, and with
        `outlive` the server goes on after the process that started it (a test run shares one among its workers).
        """
        self.data_dir = data_dir.absolute()
        self.socket_dir = _socket_directory(self.data_dir)
        self.attached = False
        """True where the server belongs to another living process, which will also stop it."""
        self.stopping = False
        """True from the moment somebody asks the server to stop."""
        self._bindir = bindir
        self._options = {**_OPTIONS, **(options or {})}
        self._outlive = outlive
        self._process: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._lock_path = self.data_dir.with_name(self.data_dir.name + ".lock")
        self.log_path = self.data_dir.with_name(self.data_dir.name + ".log")

    def start(self, progress: Progress = print) -> None:
        """Start the server, making its data directory first where there is none; returns when it takes connections.

        Where another process runs it already, `attached` is True afterwards. Raises EmbeddedPostgresError.
        """
        if self._pid is not None:
            return
        self.stopping = False
        try:
            self._start(progress)
        except OSError as error:
            raise EmbeddedPostgresError(sentence_of(error, self.data_dir)) from error

    def stop(self) -> None:
        """Stop the server in order; does nothing where it is not running or belongs to another process."""
        self.stopping = True
        pid, self._pid = self._pid, None
        process, self._process = self._process, None
        if pid is None or self.attached:
            self.attached = False
            return
        # fast: roll back what is open; immediate: recover at the next start; kill: the same, by force
        for sign, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                break
            if _gone(pid, process, seconds):
                break

    def running(self) -> bool:
        """Say whether the server that `start` gave us still lives."""
        if self._process is not None:
            return self._process.poll() is None
        return self._pid is not None and _alive(self._pid)

    def owner(self) -> int | None:
        """Return the process id of the program that started the server last, None where unknown."""
        try:
            return int(self._lock_path.read_text())
        except (OSError, ValueError):
            return None

    def url(self, database: str, user: str) -> str:
        """Return the SQLAlchemy URL (asyncpg, Unix socket) of a database for a role."""
        return f"postgresql+asyncpg://{user}@/{database}?host={quote(str(self.socket_dir))}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, progress: Progress) -> None:
        self.data_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._take_lock(progress)
        if lock is None:
            self._attach()
            return
        try:
            binaries = find_binaries(self._bindir)
            self.data_dir.mkdir(mode=0o700, exist_ok=True)
            account = choose_account(binaries, self.data_dir)
            self._check_version(binaries)
            if not (self.data_dir / "PG_VERSION").exists():
                progress("Making the database (only the first time) ...")
                self._make(binaries, account)
            require_space(self.data_dir, _FREE_FOR_START)
            self._forget_dead_server()
            _own_directory(self.socket_dir, account)
            self._write_owner()
            progress(f"Starting PostgreSQL {binaries.version} ...")
            self._launch(binaries, account, lock, progress)
        except BaseException:
            self.stop()
            raise
        finally:
            # from here on the server's own processes hold the lock, for exactly as long as one of them lives
            os.close(lock)

    def _take_lock(self, progress: Progress) -> int | None:
        """Return the descriptor of the lock, or None where a server on this data directory takes connections."""
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                pass
            if self._reachable():
                os.close(lock)
                return None
            if not told:
                progress("Waiting for another process that is starting or stopping this database ...")
                told = True
            time.sleep(0.1)

    def _write_owner(self) -> None:
        self._lock_path.write_text(str(os.getpid()))

    def _attach(self) -> None:
        self._pid = self._postmaster_pid()
        self.socket_dir = self._running_socket_dir() or self.socket_dir
        owner = self.owner()
        if owner is not None and owner != os.getpid() and _alive(owner):
            self.attached = True
        else:
            # its starter died without stopping it: it is ours to stop now
            self._write_owner()

    def _check_version(self, binaries: PostgresBinaries) -> None:
        try:
            made_by = (self.data_dir / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if made_by != str(binaries.major):
            raise EmbeddedPostgresError(
                f"The data in {self.data_dir} were made by PostgreSQL {made_by}, and this is PostgreSQL "
                f"{binaries.version}; use pg_upgrade or set BESA_POSTGRES_BINDIR to a PostgreSQL {made_by}."
            )

    def _make(self, binaries: PostgresBinaries, account: ServerAccount) -> None:
        require_space(self.data_dir, _FREE_FOR_NEW)
        if any(self.data_dir.iterdir()):
            raise EmbeddedPostgresError(
                f"{self.data_dir} is neither empty nor a PostgreSQL database; move it away or set BESA_HOME elsewhere."
            )
        # made beside its place and moved there whole: an interrupted making leaves nothing that looks like a database
        draft = self.data_dir.with_name(self.data_dir.name + ".making")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        account.own(draft)
        command = [
            str(binaries.initdb), "--pgdata", str(draft), "--username", SUPERUSER, "--encoding", "UTF8",
            "--data-checksums", "--auth-local", "trust", "--auth-host", "reject", "--no-instructions",
        ]  # fmt: skip
        if binaries.major >= 17:
            command += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        else:
            command += ["--locale", "C.UTF-8"]
        if self._options.get("fsync") == "off":
            command.append("--no-sync")
        try:
            made = subprocess.run(
                command, check=False, cwd="/", env=_environment(), capture_output=True, text=True,
                **account.popen_arguments(ends_with_us=True),
            )  # fmt: skip
            if made.returncode != 0:
                raise EmbeddedPostgresError(sentence_of_log(made.stderr or made.stdout, self.data_dir, None))
            draft.rename(self.data_dir)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def _launch(self, binaries: PostgresBinaries, account: ServerAccount, lock: int, progress: Progress) -> None:
        command = [str(binaries.postgres), "-D", str(self.data_dir)]
        options = {**self._options, "unix_socket_directories": f'"{self.socket_dir}"'}
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self._open_log() as log:
            begin = log.tell()
            self._process = subprocess.Popen(
                command, cwd=self.data_dir, env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=(lock,), **account.popen_arguments(ends_with_us=not self._outlive),
            )  # fmt: skip
        self._pid = self._process.pid
        started = told = time.monotonic()
        while not self._reachable():
            if self._process.poll() is not None:
                with self.log_path.open("rb") as log:
                    log.seek(begin)
                    words = log.read().decode(errors="replace")
                self._pid = self._process = None
                raise EmbeddedPostgresError(sentence_of_log(words, self.data_dir, self.log_path))
            if time.monotonic() - told > 10:
                told = time.monotonic()
                progress(f"PostgreSQL is still starting or recovering ({told - started:.0f} s) ...")
            time.sleep(0.02)

    def _open_log(self) -> BinaryIO:
        if self.log_path.exists() and self.log_path.stat().st_size > _LOG_LIMIT:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        log = self.log_path.open("ab")
        self.log_path.chmod(0o600)
        return log

    def _pid_file(self) -> list[str]:
        """Return the lines of postmaster.pid: pid, data directory, start, port, socket directory, ..., state."""
        try:
            return (self.data_dir / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _postmaster_pid(self) -> int | None:
        lines = self._pid_file()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def _running_socket_dir(self) -> Path | None:
        lines = self._pid_file()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def _reachable(self) -> bool:
        """True where the server says that it is ready and answers; a dying one still takes connections."""
        lines = self._pid_file()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        with socket.socket(socket.AF_UNIX) as attempt:
            attempt.settimeout(2)
            try:
                attempt.connect(str(Path(lines[4]) / f".s.PGSQL.{_PORT}"))
                attempt.sendall(_ENCRYPTION_REQUEST)
                return attempt.recv(1) in (b"N", b"S")
            except OSError:
                return False

    def _forget_dead_server(self) -> None:
        """Remove what a killed server left, for its process number may meanwhile belong to somebody else.

        We hold the lock, so no server of ours lives; one started by hand is known by its working directory.
        """
        pid = self._postmaster_pid()
        if not Path("/proc/self").exists() or (pid is not None and self._works_here(pid)):
            return
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
        (self.socket_dir / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)

    def _works_here(self, pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.data_dir.resolve()
        except PermissionError:
            return True
        except OSError:
            return False


def _socket_directory(data_dir: Path) -> Path:
    """Return the directory of the socket: beside the data, or a short one where that path would be too long."""
    beside = data_dir.with_name(data_dir.name + ".run")
    if len(os.fsencode(beside / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_LIMIT:
        return beside
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # the runtime directory vanishes at the end of a login, but is closed to others; /tmp has to be made so
    if runtime and Path(runtime).is_dir() and len(runtime) < 60:
        return Path(runtime) / f"besa-{mark}"
    return _SHORT_PLACE / f"besa-{os.geteuid()}-{mark}"


def _own_directory(path: Path, account: ServerAccount) -> None:
    """Make the socket's directory 0700, or refuse one that another person put there (in /tmp anybody could)."""
    try:
        path.mkdir(mode=0o700)
        account.own(path)
        return
    except FileExistsError:
        found = path.lstat()
    expected = os.geteuid() if account.uid is None else account.uid
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != expected:
        raise EmbeddedPostgresError(f"{path} is not a directory of the account that runs PostgreSQL; remove it.")
    path.chmod(0o700)


def _environment() -> dict[str, str]:
    """Return the environment of server processes: ours without PostgreSQL's variables, speaking plain English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # one that has ended and was not waited for yet (Z) is still listed
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except PermissionError:
        return True


def _gone(pid: int, process: subprocess.Popen[bytes] | None, seconds: float) -> bool:
    """Wait until a process has ended; one that we did not start ourselves can only be asked for."""
    if process is not None:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
    end = time.monotonic() + seconds
    while _alive(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
