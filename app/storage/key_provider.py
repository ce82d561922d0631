"""Where the master key lives: outside the database, behind an interface that a file or a KMS can fill.

The master key wraps the data keys of persons and cases (`app.storage.encryption`); it never touches their data. It
has versions: a new version wraps everything from now on, older ones only unwrap until every row is re-wrapped.

Wrapping is AES-256-GCM with the row as associated data. AES Key Wrap (RFC 3394) would need no nonce, but it has no
associated data: a wrapped key copied from one person's row into another's would unwrap there without a word. A
random 96-bit nonce is safe for 2^32 wraps under one version (NIST SP 800-38D, 8.3), far beyond any caseload.
"""

import base64
import binascii
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.storage.private_file import (
    PrivateFileError,
    changing,
    create_private,
    file_stamp,
    read_private,
    replace_private,
)

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = "besa-keyring/1"


class KeyringUnusable(Exception):
    """The keyring cannot be used; the message is one sentence for the person who runs the program."""


class UnwrapFailed(Exception):
    """A wrapped key does not open: unknown version, another row's key, or a changed blob."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key under a master key: `version` of the master key, `blob` = nonce, ciphertext and tag (60 bytes)."""

    version: int
    blob: bytes


class KeyProvider(Protocol):
    """What the storage needs of a master key; a KMS adapter fills the same four."""

    @property
    def current_version(self) -> int:
        """The version that wraps new keys."""
        ...

    def wrap(self, key: bytes, context: bytes) -> WrappedKey:
        """Wrap a data key, bound to `context` (purpose and row)."""
        ...

    def unwrap(self, wrapped: WrappedKey, context: bytes) -> bytes:
        """Return the data key; `UnwrapFailed` where version, context or blob do not fit."""
        ...

    def index_key(self, name: str) -> bytes:
        """Return the 32-byte key `name`; it stays the same through every rotation of the master key."""
        ...


@dataclass(frozen=True, slots=True)
class _Ring:
    """The content of a keyring file."""

    current: int
    keys: Mapping[int, bytes] = field(repr=False)
    index_secret: bytes = field(repr=False)


class _RingProvider:
    """Wraps and unwraps with master keys held in memory; the two providers differ in where they come from.

    The ring is swapped as one object: a thread that has taken it sees one state throughout.
    """

    def __init__(self, ring: _Ring) -> None:
        self._ring = ring

    def _newest_ring(self) -> _Ring:
        return self._ring

    @property
    def current_version(self) -> int:
        return self._newest_ring().current

    @property
    def versions(self) -> tuple[int, ...]:
        """Every version that can still unwrap, oldest first."""
        return tuple(sorted(self._newest_ring().keys))

    def wrap(self, key: bytes, context: bytes) -> WrappedKey:
        ring = self._newest_ring()
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = AESGCM(ring.keys[ring.current]).encrypt(nonce, key, _bound(ring.current, context))
        return WrappedKey(ring.current, nonce + ciphertext)

    def unwrap(self, wrapped: WrappedKey, context: bytes) -> bytes:
        ring = self._ring if wrapped.version in self._ring.keys else self._newest_ring()
        master = ring.keys.get(wrapped.version)
        if master is None:
            raise UnwrapFailed(f"The keyring holds no master key of version {wrapped.version}.")
        nonce, ciphertext = wrapped.blob[:_NONCE_BYTES], wrapped.blob[_NONCE_BYTES:]
        try:
            return AESGCM(master).decrypt(nonce, ciphertext, _bound(wrapped.version, context))
        except (InvalidTag, ValueError):
            raise UnwrapFailed("The wrapped key was changed or belongs to another row.") from None

    def index_key(self, name: str) -> bytes:
        # A secret of its own: index tokens cannot be recomputed without reading every name, so rotating the
        # master key must leave them alone.
        info = b"besa:index-key:" + name.encode("ascii")
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._ring.index_secret)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} versions={self.versions}>"


class MemoryKeyProvider(_RingProvider):
    """A provider whose keys die with the process: for tests."""

    def __init__(self) -> None:
        super().__init__(_Ring(1, {1: os.urandom(KEY_BYTES)}, os.urandom(KEY_BYTES)))

    def add_version(self) -> int:
        """Make a new current master key and return its version."""
        self._ring = _with_new_version(self._ring)
        return self._ring.current


class FileKeyProvider(_RingProvider):
    """Master keys in a JSON file of mode 0600 that lies apart from the database and its backups.

    A rotation by another process is taken up at the next wrap or at the first unknown version, so no restart is
    needed; where the file has gone meanwhile, the keys already read stay in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp = file_stamp(path)
        super().__init__(_read(path))

    @classmethod
    def create(cls, path: Path) -> Self:
        """Write a new keyring with one version; refuse where a file stands already."""
        ring = _Ring(1, {1: os.urandom(KEY_BYTES)}, os.urandom(KEY_BYTES))
        try:
            create_private(path, _serialise(ring))
        except PrivateFileError as error:
            raise KeyringUnusable(str(error)) from None
        return cls(path)

    def add_version(self) -> int:
        """Add a new current master key to the file and return its version; older ones still unwrap."""
        return self._change(_with_new_version).current

    def remove_version(self, version: int) -> None:
        """Destroy an old master key. Whoever calls has re-wrapped every data key of that version before."""
        self._change(lambda ring: _without_version(ring, version))

    def _change(self, change: Callable[[_Ring], _Ring]) -> _Ring:
        try:
            with changing(self._path):
                ring = change(_read(self._path))
                replace_private(self._path, _serialise(ring))
        except PrivateFileError as error:
            raise KeyringUnusable(str(error)) from None
        return ring

    def _newest_ring(self) -> _Ring:
        stamp = file_stamp(self._path)
        if stamp is not None and stamp != self._stamp:
            with self._lock:
                self._ring = _read(self._path)
                self._stamp = stamp
        return self._ring


def _bound(version: int, context: bytes) -> bytes:
    return b"besa:wrap:1\0" + version.to_bytes(4, "big") + context


def _with_new_version(ring: _Ring) -> _Ring:
    version = max(ring.keys) + 1
    return _Ring(version, {**ring.keys, version: os.urandom(KEY_BYTES)}, ring.index_secret)


def _without_version(ring: _Ring, version: int) -> _Ring:
    if version == ring.current:
        raise KeyringUnusable(f"Version {version} is the current master key and cannot be removed.")
    if version not in ring.keys:
        raise KeyringUnusable(f"The keyring holds no master key of version {version}.")
    return _Ring(ring.current, {v: key for v, key in ring.keys.items() if v != version}, ring.index_secret)


def _serialise(ring: _Ring) -> bytes:
    content = {
        "format": _FORMAT,
        "current": ring.current,
        "index_secret": base64.b64encode(ring.index_secret).decode(),
        "keys": [{"version": v, "key": base64.b64encode(ring.keys[v]).decode()} for v in sorted(ring.keys)],
    }
    return json.dumps(content, indent=2).encode() + b"\n"


def _read(path: Path) -> _Ring:
    try:
        return _parse(json.loads(read_private(path)))
    except PrivateFileError as error:
        raise KeyringUnusable(str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise KeyringUnusable(f"The key file {path} is not a keyring of the format {_FORMAT}.") from None


def _parse(content: Any) -> _Ring:
    keys = {entry["version"]: base64.b64decode(entry["key"], validate=True) for entry in content["keys"]}
    ring = _Ring(content["current"], keys, base64.b64decode(content["index_secret"], validate=True))
    sound = (
        content["format"] == _FORMAT
        and ring.current in keys
        and len(keys) == len(content["keys"])
        and all(type(version) is int and 0 < version < 1 << 31 for version in keys)
        and all(len(key) == KEY_BYTES for key in (*keys.values(), ring.index_secret))
    )
    if not sound:
        raise ValueError("not a keyring")
    return ring
