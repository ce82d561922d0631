"""Envelope encryption: one data key per person, case and signal, every sealed field bound to its place.

A field is AES-256-GCM under its owner's data key, with table, column and row id as associated data: ciphertext
copied to another row, column or table does not open. The data key lies wrapped beside its owner
(`app.storage.key_provider`). **Erasure is the deletion of the wrapped key**: every copy of the data, in history,
audit differences, replicas and backups, is unreadable from then on.

A sealed value is `format (1 byte, 0x01) || nonce (12) || ciphertext || tag (16)`. Nonces are random: one owner's
key seals some thousand values in its life, the limit is 2^32 (NIST SP 800-38D, 8.3).
"""

import json
import os
import re
import threading
from collections import OrderedDict
from typing import Any, Literal, NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.storage.key_provider import KEY_BYTES, KeyProvider, UnwrapFailed, WrappedKey

OwnerKind = Literal["person", "case", "signal", "referral"]
"""A signal may name a person before any case exists, and is erased apart from both; what two organisations write to
each other about a referral is read by a receiver who has no key of the case, and is erased with the case."""

_FORMAT = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEADER_BYTES = len(_FORMAT) + _NONCE_BYTES
_JSON_BLOCK = 32
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


class Undecipherable(Exception):
    """A sealed value or wrapped key does not open. Names where it stands, never what it holds."""

    def __init__(self, table: str, column: str, row_id: UUID) -> None:
        super().__init__(f"{table}.{column} of row {row_id} cannot be deciphered")
        self.table = table
        self.column = column
        self.row_id = row_id


class KeyDestroyed(Exception):
    """The owner's data key was destroyed: the data are erased for good."""

    def __init__(self, owner_kind: OwnerKind, owner_id: UUID) -> None:
        super().__init__(f"the data key of {owner_kind} {owner_id} was destroyed")
        self.owner_kind = owner_kind
        self.owner_id = owner_id


class DataKey:
    """The 32-byte key of one person, case or signal. Prints, compares and pickles nothing of itself."""

    __slots__ = ("_cipher", "_secret")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError("a data key has 32 bytes")
        self._secret = secret
        self._cipher = AESGCM(secret)

    @classmethod
    def generate(cls) -> "DataKey":
        """Return a new random key."""
        return cls(os.urandom(KEY_BYTES))

    def __repr__(self) -> str:
        return "<DataKey>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a data key does not leave its process")


def associated(table: str, column: str, row_id: UUID) -> bytes:
    """Return the associated data of one field: `schema.table.column`, a zero byte, the row id (16 bytes).

    `table` comes with its schema (`vault.person`); names are lower-case identifiers, so the parts cannot run
    into each other.
    """
    if not _NAME.fullmatch(table) or not _NAME.fullmatch(column) or "." in column:
        raise ValueError(f"not a place in the database: {table!r}, {column!r}")
    return f"{table}.{column}\0".encode() + row_id.bytes


def seal(data_key: DataKey, plaintext: bytes, associated: bytes) -> bytes:
    """Return the sealed value, 29 bytes longer than `plaintext`."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + data_key._cipher.encrypt(nonce, plaintext, _FORMAT + associated)


def unseal(data_key: DataKey, sealed: bytes, associated: bytes) -> bytes:
    """Return the plaintext; `Undecipherable` where key, place, format or a single bit differ."""
    if sealed[:1] != _FORMAT or len(sealed) < _HEADER_BYTES + _TAG_BYTES:
        raise _undecipherable(associated)
    try:
        return data_key._cipher.decrypt(sealed[1:_HEADER_BYTES], sealed[_HEADER_BYTES:], _FORMAT + associated)
    except InvalidTag:
        raise _undecipherable(associated) from None


def seal_json(data_key: DataKey, value: object, associated: bytes) -> bytes:
    """Seal a JSON value, canonical (sorted keys, no spaces, UTF-8) and padded with spaces to 32-byte steps.

    The padding keeps the length from telling `yes` from `unknown` or a short name from a long one. Raises
    ValueError or TypeError for what JSON or UTF-8 cannot carry.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    plaintext = text.encode()
    return seal(data_key, plaintext + b" " * (-len(plaintext) % _JSON_BLOCK), associated)


def unseal_json(data_key: DataKey, sealed: bytes, associated: bytes) -> Any:
    """Return the JSON value sealed by `seal_json`."""
    plaintext = unseal(data_key, sealed, associated)
    try:
        return json.loads(plaintext)
    except ValueError:
        # The parser's message would quote the content.
        raise _undecipherable(associated) from None


class Keyring:
    """Makes, opens and re-wraps data keys; keeps the most recently used ones unwrapped in this process.

    The cache is keyed by the wrapped key itself, which the caller reads from the owner's row: a key whose row is
    gone cannot be got from the cache, and a re-wrapped one is opened anew.
    """

    def __init__(self, provider: KeyProvider, capacity: int = 4096) -> None:
        self._provider = provider
        self._capacity = capacity
        self._opened: OrderedDict[tuple[OwnerKind, UUID, WrappedKey], DataKey] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def current_version(self) -> int:
        """The master key version that new data keys are wrapped under."""
        return self._provider.current_version

    def new_data_key(self, owner_kind: OwnerKind, owner_id: UUID) -> tuple[DataKey, WrappedKey]:
        """Return a new data key and its wrapped form for the owner's row."""
        key = DataKey.generate()
        wrapped = self._provider.wrap(key._secret, _key_context(owner_kind, owner_id))
        self._keep((owner_kind, owner_id, wrapped), key)
        return key, wrapped

    def open(self, owner_kind: OwnerKind, owner_id: UUID, wrapped: WrappedKey | None) -> DataKey:
        """Return the owner's data key.

        `wrapped` None means that the row holds none any more: `KeyDestroyed`. `Undecipherable` where the blob
        was changed or is another owner's, or its master key is unknown.
        """
        if wrapped is None:
            self.forget(owner_kind, owner_id)
            raise KeyDestroyed(owner_kind, owner_id)
        place = (owner_kind, owner_id, wrapped)
        with self._lock:
            key = self._opened.get(place)
            if key is not None:
                self._opened.move_to_end(place)
                return key
        key = DataKey(self._unwrap(owner_kind, owner_id, wrapped))
        self._keep(place, key)
        return key

    def installation_key(self, name: str) -> DataKey:
        """Return the key of what belongs to no person, case or signal, such as `totp` or `idempotency`.

        It is derived from the keyring's index secret, so it lies nowhere and stays through every rotation.
        """
        return DataKey(self._provider.index_key(f"seal-{name}"))

    def rewrap(self, owner_kind: OwnerKind, owner_id: UUID, wrapped: WrappedKey) -> WrappedKey:
        """Return the same data key under the current master key; unchanged where it already is."""
        if wrapped.version == self._provider.current_version:
            return wrapped
        secret = self._unwrap(owner_kind, owner_id, wrapped)
        return self._provider.wrap(secret, _key_context(owner_kind, owner_id))

    def forget(self, owner_kind: OwnerKind, owner_id: UUID) -> None:
        """Drop the owner's key from this process; part of erasure."""
        with self._lock:
            for place in [p for p in self._opened if p[0] == owner_kind and p[1] == owner_id]:
                del self._opened[place]

    def _unwrap(self, owner_kind: OwnerKind, owner_id: UUID, wrapped: WrappedKey) -> bytes:
        try:
            return self._provider.unwrap(wrapped, _key_context(owner_kind, owner_id))
        except UnwrapFailed:
            raise Undecipherable(owner_kind, "data_key", owner_id) from None

    def _keep(self, place: tuple[OwnerKind, UUID, WrappedKey], key: DataKey) -> None:
        with self._lock:
            self._opened[place] = key
            self._opened.move_to_end(place)
            while len(self._opened) > self._capacity:
                self._opened.popitem(last=False)


def _key_context(owner_kind: OwnerKind, owner_id: UUID) -> bytes:
    return f"data-key:{owner_kind}\0".encode() + owner_id.bytes


def _undecipherable(associated: bytes) -> Undecipherable:
    place, _, row_id = associated.partition(b"\0")
    table, _, column = place.decode().rpartition(".")
    return Undecipherable(table, column, UUID(bytes=row_id))
