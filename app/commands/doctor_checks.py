"""The checks of `besa doctor`: each looks at one thing and says how to mend it. A new one is added to its list."""

import importlib.metadata
import os
import platform
import pwd
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.commands import lock
from app.settings import CHECKOUT, Settings
from app.storage.inspection import Inspection
from app.storage.postgres_binaries import MINIMUM_MAJOR

TESTED_PYTHONS = ((3, 11), (3, 12), (3, 13))

_GIGABYTE = 1024**3
_CLOCK_TOLERANCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw; `mend` says what to do where it is a problem, `note` is worth knowing and no more."""

    subject: str
    state: Literal["ok", "note", "problem"]
    says: str
    mend: str = ""


MachineCheck = Callable[[Settings], Iterator[Finding]]
DatabaseCheck = Callable[[Settings, Inspection], Iterator[Finding]]


def python_version(_: Settings) -> Iterator[Finding]:
    """The tests run on Python 3.11 to 3.13; `./besa` has refused anything older already."""
    says = platform.python_version()
    if sys.version_info[:2] in TESTED_PYTHONS:
        yield Finding("Python", "ok", says)
    else:
        yield Finding("Python", "note", f"{says} is newer than what the tests run on")


def locked_packages(_: Settings) -> Iterator[Finding]:
    """What is installed is what was locked, and so what was tested."""
    differing = []
    for package, version in lock.versions((CHECKOUT / "requirements" / "run.lock").read_text(encoding="utf-8")).items():
        try:
            present = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            # a package of another operating system stands in the lock as well
            continue
        if present != version:
            differing.append(f"{package} {present} instead of {version}")
    if differing:
        yield Finding("packages", "problem", "; ".join(differing), "Remove .venv and start Besa again.")
    else:
        yield Finding("packages", "ok", "as locked")


def home_directory(settings: Settings) -> Iterator[Finding]:
    """Home holds the database and the keys: nobody else may look in."""
    home = settings.home
    if not home.exists():
        yield Finding("home", "note", f"{home} is not there yet; the first start makes it")
        return
    yield from _private(home, "home")


def disk_space(settings: Settings) -> Iterator[Finding]:
    """A full disk stops a database in the middle of its work."""
    place = next(parent for parent in (settings.home, *settings.home.parents) if parent.exists())
    free = shutil.disk_usage(place).free / _GIGABYTE
    if free < 1:
        yield Finding("disk", "problem", f"{free:.1f} GB are free at {place}", "Free some space, 5 GB or more.")
    else:
        yield Finding("disk", "ok", f"{free:.0f} GB are free")


def key_files(settings: Settings) -> Iterator[Finding]:
    """Without the master keys nothing that identifies a person can be read again."""
    from app.services.credentials.signing_keys import SigningKeys, SigningKeysUnusable
    from app.storage.key_provider import FileKeyProvider, KeyringUnusable

    readers: tuple[tuple[str, Path, Callable[[Path], object]], ...] = (
        ("master keys", settings.master_keys, FileKeyProvider),
        ("signing keys", settings.signing_keys, SigningKeys),
    )
    for subject, path, read in readers:
        if not path.exists():
            if settings.postgres_data.exists() or not settings.embedded:
                yield Finding(subject, "problem", f"{path} is missing", "Bring it back from its backup.")
            else:
                yield Finding(subject, "note", "not made yet; the first start or `besa init` makes them")
            continue
        try:
            read(path)
        except (KeyringUnusable, SigningKeysUnusable) as error:
            yield Finding(subject, "problem", str(error), "Bring the file back from its backup, with mode 0600.")
            continue
        yield from _private(path, subject)


def clock(_: Settings) -> Iterator[Finding]:
    """Deadlines, sessions and one-time codes all follow the clock."""
    written = datetime.fromtimestamp((CHECKOUT / "requirements" / "run.lock").stat().st_mtime, UTC)
    now = datetime.now(UTC)
    if now < written:
        says = f"it is {now:%Y-%m-%d %H:%M} UTC here, earlier than this program was made"
        yield Finding("clock", "problem", says, "Set the clock, best by NTP (timedatectl set-ntp true).")
    else:
        yield Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def database_version(_: Settings, found: Inspection) -> Iterator[Finding]:
    """The tables are tested from PostgreSQL 15 on, and texts need UTF-8."""
    if found.major < MINIMUM_MAJOR:
        mend = f"Move to PostgreSQL {MINIMUM_MAJOR} or later."
        yield Finding("PostgreSQL", "problem", f"version {found.major} is too old", mend)
    elif found.encoding != "UTF8":
        mend = "Make the database anew with ENCODING 'UTF8'."
        yield Finding("PostgreSQL", "problem", f"its encoding is {found.encoding}", mend)
    else:
        yield Finding("PostgreSQL", "ok", f"version {found.major}, {found.encoding}")


def application_role(_: Settings, found: Inspection) -> Iterator[Finding]:
    """Row-level security holds only for a role that may not pass it."""
    rights = [
        name
        for name, held in (
            ("is a superuser", found.superuser),
            ("has BYPASSRLS", found.passes_row_security),
            ("owns the tables", found.owns_tables),
        )
        if held
    ]
    if rights:
        mend = "Let BESA_DATABASE_URL name a role without these rights, and BESA_OWNER_DATABASE_URL the owner."
        yield Finding("database role", "problem", f"{found.role} {' and '.join(rights)}", mend)
    else:
        yield Finding("database role", "ok", f"{found.role} may not pass row-level security")


def row_security(_: Settings, found: Inspection) -> Iterator[Finding]:
    """Row-level security that is not forced leaves the owner outside it."""
    if found.unforced_tables:
        says = f"not forced on {', '.join(found.unforced_tables)}"
        yield Finding("row security", "problem", says, "Somebody changed the tables by hand: restore them.")
    elif found.revision is not None:
        yield Finding("row security", "ok", "forced on every table that has it")


def migrations_at_head(_: Settings, found: Inspection) -> Iterator[Finding]:
    """The tables have to be those of this version."""
    from app.storage.migrations import head

    if found.revision is None:
        yield Finding("tables", "note", "not made yet; the first start or `besa init` makes them")
    elif found.revision != head():
        says = f"at {found.revision}, this version needs {head()}"
        yield Finding("tables", "problem", says, "Run `besa migrate` as the owner of the database.")
    else:
        yield Finding("tables", "ok", f"at {found.revision}")


def demonstration_mark(settings: Settings, found: Inspection) -> Iterator[Finding]:
    """A demonstration lets anybody in by one click, so it belongs on no address that others reach."""
    if found.demonstration is None:
        yield Finding("installation", "note", "not prepared yet")
    elif not found.demonstration:
        yield Finding("installation", "ok", "for real work")
    elif settings.host in ("127.0.0.1", "::1", "localhost") and settings.public_url is None:
        yield Finding("installation", "note", "a demonstration: no real person belongs in it")
    else:
        says = f"a demonstration that others can reach at {settings.address}"
        yield Finding("installation", "problem", says, "Serve it on 127.0.0.1 only, or prepare another by `besa init`.")


def database_clock(_: Settings, found: Inspection) -> Iterator[Finding]:
    """Program and database write times into the same rows."""
    apart = abs((datetime.now(UTC) - found.now).total_seconds())
    if apart > _CLOCK_TOLERANCE_SECONDS:
        says = f"{apart:.0f} s apart from this machine's"
        yield Finding("database clock", "problem", says, "Set both clocks by NTP (timedatectl set-ntp true).")
    else:
        yield Finding("database clock", "ok", "agrees with this machine's")


def _private(path: Path, subject: str) -> Iterator[Finding]:
    entry = path.stat()
    wanted = 0o700 if path.is_dir() else 0o600
    mode = stat.S_IMODE(entry.st_mode)
    # 0711 is what the embedded server needs of a directory above it that belongs to another account
    passable = path.is_dir() and mode == 0o711 and os.geteuid() == 0
    if entry.st_uid != os.geteuid():
        says = f"{path} belongs to {_name(entry.st_uid)}"
        yield Finding(subject, "problem", says, f"chown -R {_name(os.geteuid())} {path}")
    elif mode & 0o077 and not passable:
        yield Finding(subject, "problem", f"others may read {path} (mode {mode:o})", f"chmod {wanted:o} {path}")
    else:
        yield Finding(subject, "ok", str(path))


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


MACHINE_CHECKS: tuple[MachineCheck, ...] = (
    python_version,
    locked_packages,
    home_directory,
    disk_space,
    key_files,
    clock,
)
DATABASE_CHECKS: tuple[DatabaseCheck, ...] = (
    database_version,
    application_role,
    row_security,
    migrations_at_head,
    demonstration_mark,
    database_clock,
)
