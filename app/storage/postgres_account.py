"""Chooses the account that the embedded PostgreSQL runs under.

PostgreSQL refuses uid 0. An ordinary user runs it as himself. For root the server is started inside a user namespace
in which root's files belong to an ordinary uid: nothing changes hands and the data directory stays closed (0700).
Where namespaces are forbidden (some containers) the accounts `postgres` or `nobody` are used instead.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.storage.postgres_binaries import EmbeddedPostgresError, PostgresBinaries

_CLONE_NEWUSER = 0x1000_0000
_PR_SET_PDEATHSIG = 1
_INNER_ID = 65534
"""The uid and gid that root appears as inside the namespace; any number other than 0 serves."""

_FALLBACK_NAMES = ("postgres", "nobody")

_PROBE = 'cd "$2" && test -w . || exit 4; "$1" --version >/dev/null || exit 3'
_PROBE_BINARY_FAILED = 3

# loaded here and not after a fork, where taking the loader's lock could hang
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """How server processes are started: as we are, inside a user namespace, or as `uid`:`gid`."""

    uid: int | None = None
    gid: int | None = None
    namespace: bool = False

    def popen_arguments(self, *, ends_with_us: bool) -> dict[str, Any]:
        """Return the arguments of `subprocess.Popen`; with `ends_with_us` our own death shuts the process down.

        Only the main thread may ask for that: the kernel ties it to the life of the starting *thread*.
        """
        steps: list[Callable[[], None]] = []
        if self.namespace:
            steps.append(_enter_namespace)
        if ends_with_us and sys.platform == "linux" and threading.current_thread() is threading.main_thread():
            parent = os.getpid()
            # after the namespace and the change of uid, which both clear it
            steps.append(lambda: end_with(parent, signal.SIGINT))

        arguments: dict[str, Any] = {"start_new_session": True}
        if self.uid is not None:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        if steps:
            arguments["preexec_fn"] = lambda: [step() for step in steps]
        return arguments

    def own(self, path: Path) -> None:
        """Hand a file or directory that we made to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def choose_account(binaries: PostgresBinaries, data_dir: Path) -> ServerAccount:
    """Return the account for `data_dir`, which exists and may be empty.

    Raises EmbeddedPostgresError where the directory belongs to somebody else or no account can reach what it needs.
    """
    owner = data_dir.stat().st_uid
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise EmbeddedPostgresError(
                f"The database in {data_dir} belongs to {_name_of(owner)}, not to {_name_of(os.geteuid())}; "
                "start Besa as that account or set BESA_HOME to a directory of your own."
            )
        return ServerAccount()
    if owner != 0:
        person = _person(owner)
        account = ServerAccount(uid=owner, gid=person.pw_gid if person else data_dir.stat().st_gid)
        _require(account, binaries, data_dir, _name_of(owner))
        return account
    return _account_for_root(binaries, data_dir)


def _account_for_root(binaries: PostgresBinaries, data_dir: Path) -> ServerAccount:
    namespaced = ServerAccount(namespace=True)
    if _probe(namespaced, binaries, data_dir) == 0:
        return namespaced
    if any(data_dir.iterdir()):
        # handing an existing database to another account behind root's back is not ours to do
        raise EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root, and this machine forbids user namespaces; "
            f"give {data_dir} to an ordinary account (chown -R) and start Besa as that account."
        )
    candidates = [person for person in map(_person_named, _FALLBACK_NAMES) if person is not None]
    if not candidates:
        raise EmbeddedPostgresError("PostgreSQL refuses to run as root; start Besa as an ordinary account.")
    person = candidates[0]
    account = ServerAccount(uid=person.pw_uid, gid=person.pw_gid)
    # passable, still not readable; the keys lie in a closed directory of their own
    data_dir.parent.chmod(0o711)
    account.own(data_dir)
    try:
        _require(account, binaries, data_dir, person.pw_name)
    except EmbeddedPostgresError:
        os.chown(data_dir, 0, 0)
        raise
    return account


def _require(account: ServerAccount, binaries: PostgresBinaries, data_dir: Path, name: str) -> None:
    outcome = _probe(account, binaries, data_dir)
    if outcome == 0:
        return
    unreachable = binaries.folder if outcome == _PROBE_BINARY_FAILED else data_dir
    raise EmbeddedPostgresError(
        f"PostgreSQL refuses to run as root, and the account {name} cannot use {unreachable}; "
        "start Besa as an ordinary account, or move it where that account may read (BESA_VENV, BESA_HOME)."
    )


def _probe(account: ServerAccount, binaries: PostgresBinaries, data_dir: Path) -> int:
    """Try the account: 0 where it can run the server and write the directory, else another number."""
    command = ["/bin/sh", "-c", _PROBE, "sh", str(binaries.postgres), str(data_dir)]
    try:
        return subprocess.run(
            command, check=False, cwd="/", capture_output=True, timeout=20,
            **account.popen_arguments(ends_with_us=False),
        ).returncode  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return 1


def _enter_namespace() -> None:
    """Move this (forked, single-threaded) process into a user namespace where root is an ordinary uid."""
    uid, gid = os.geteuid(), os.getegid()
    if _LIBC.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, line in (
        # the kernel demands that setgroups is given up before a gid map may be written
        ("setgroups", "deny"),
        ("uid_map", f"{_INNER_ID} {uid} 1"),
        ("gid_map", f"{_INNER_ID} {gid} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


def end_with(parent: int, sign: signal.Signals) -> None:
    """Ask the kernel to send this process a signal when its parent dies; to PostgreSQL, SIGINT is a fast shutdown."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _person(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _person_named(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _name_of(uid: int) -> str:
    person = _person(uid)
    return person.pw_name if person else f"the account number {uid}"
