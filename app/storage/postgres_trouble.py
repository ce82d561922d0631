"""What can go wrong around the embedded PostgreSQL, each in one sentence that says what to do."""

import errno
import shutil
from pathlib import Path

from app.storage.postgres_binaries import EmbeddedPostgresError

MEGABYTE = 1024 * 1024


def require_space(place: Path, needed: int) -> None:
    """Raise EmbeddedPostgresError where the disk of `place` has fewer than `needed` bytes free."""
    free = shutil.disk_usage(place).free
    if free < needed:
        raise EmbeddedPostgresError(_full(place, f"{free // MEGABYTE} MB are free, {needed // MEGABYTE} are needed"))


def _full(place: Path, detail: str) -> str:
    return f"The disk that holds {place} is full ({detail}); free some space or set BESA_HOME to another disk."


def sentence_of(error: OSError, data_dir: Path) -> str:
    """Turn an error of the operating system into one sentence."""
    place = error.filename or data_dir
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Besa may not write {place}; give this account the right or set BESA_HOME to a directory of its own."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(Path(place), error.strerror or "no space left")
    return f"The database in {data_dir} cannot be started: {error}."


def sentence_of_log(words: str, data_dir: Path, log_path: Path | None) -> str:
    """Turn what PostgreSQL said before it ended into one sentence."""
    if "No space left on device" in words:
        return _full(data_dir, "no space left")
    if "could not create shared memory" in words or "Cannot allocate memory" in words:
        return "This machine has too little memory left for PostgreSQL (256 MB of shared memory are asked for)."
    if "Permission denied" in words:
        return f"PostgreSQL may not read or write something in {data_dir}; give its account the right to all of it."
    told = [line.strip() for line in words.splitlines() if any(mark in line for mark in ("FATAL", "PANIC", "error:"))]
    reason = told[-1] if told else (words.strip().splitlines() or ["it said nothing"])[-1]
    where = f"; the whole story stands in {log_path}" if log_path else ""
    return f"PostgreSQL cannot use {data_dir}: {reason}{where}."
