"""Files that only the program's own user may read: the master keyring and the signing keys.

A file is written whole or not at all (temporary file, fsync, then link or rename), so a power cut never leaves
half a keyring; it is refused where group or others could read it, because a key that was readable once must be
taken as known.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_BYTES = 1 << 20
"""A keyring of a hundred versions is about ten kilobytes; anything larger than this is another file."""


class PrivateFileError(Exception):
    """A file of secrets that cannot be used; the message is one sentence for the person who runs the program."""


def read_private(path: Path) -> bytes:
    """Return the content of a file that nobody but its owner may read.

    The checks look at the opened file, not at the name, so nobody can swap it in between. A symbolic link is
    followed: container platforms mount secrets that way.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise PrivateFileError(f"The key file {path} does not exist.") from None
    except OSError as error:
        raise PrivateFileError(f"The key file {path} cannot be opened: {error.strerror}.") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PrivateFileError(f"The key file {path} is not an ordinary file.")
        if status.st_mode & 0o077:
            raise PrivateFileError(
                f"The key file {path} can be read by other users (mode {stat.S_IMODE(status.st_mode):04o}): "
                f"run `chmod 600 {path}`, and rotate the keys if anybody else may have read it."
            )
        if status.st_uid not in (os.geteuid(), 0):
            raise PrivateFileError(f"The key file {path} belongs to another user (uid {status.st_uid}).")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_BYTES:
        raise PrivateFileError(f"The key file {path} is larger than a key file can be.")
    return content


def create_private(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600; an existing one is never overwritten (its keys would be lost)."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = _write_beside(path, content)
        try:
            os.link(temporary, path)
        finally:
            temporary.unlink()
        _flush_directory(path.parent)
    except FileExistsError:
        raise PrivateFileError(f"The key file {path} exists already and is left untouched.") from None
    except OSError as error:
        raise PrivateFileError(f"The key file {path} cannot be written: {error.strerror}.") from None


def replace_private(path: Path, content: bytes) -> None:
    """Put new content in the place of an existing file in one step; readers see the old or the new one."""
    try:
        temporary = _write_beside(path, content)
        os.replace(temporary, path)
        _flush_directory(path.parent)
    except OSError as error:
        raise PrivateFileError(f"The key file {path} cannot be written: {error.strerror}.") from None


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Hold off every other process that wants to change the file; reading is never held off."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError as error:
        raise PrivateFileError(f"The directory {path.parent} cannot be opened: {error.strerror}.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def file_stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file is replaced, None where it cannot be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _write_beside(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        temporary.unlink()
        raise
    return temporary


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
