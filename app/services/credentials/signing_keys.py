"""The keys that sign access tokens: P-256, in a private file beside the keyring.

The newest key signs; the public halves of the ones before stay for as long as their tokens may live. The private
half of a replaced key is destroyed with the rotation: nobody needs it any more.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from app.storage.private_file import (
    PrivateFileError,
    changing,
    create_private,
    file_stamp,
    read_private,
    replace_private,
)

_FORMAT = "besa-signing-keys/1"
_PUBLIC_KEYS = 3
"""The newest and two before: three rotations within ten minutes, a token's life, are not done."""


class SigningKeysUnusable(Exception):
    """The signing keys cannot be used; the message is one sentence for the person who runs the program."""


@dataclass(frozen=True, slots=True)
class _Keys:
    private_pem: str = field(repr=False)
    public_pems: Mapping[str, str]
    """By key id, newest first."""


class SigningKeys:
    """The keys of a file; a rotation by another process is taken up at the next token.

    Every key is handed out as PEM text: the JOSE library takes DER bytes for a shared secret.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp = file_stamp(path)
        self._keys = _read(path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Write a file with a first key; refuse where a file stands already."""
        try:
            create_private(path, _serialise(*_new_pair(), {}))
        except PrivateFileError as error:
            raise SigningKeysUnusable(str(error)) from None
        return cls(path)

    def rotate(self) -> str:
        """Sign with a new key from now on and return its id; tokens already given stay good for their time."""
        try:
            with changing(self._path):
                private_pem, public_pem = _new_pair()
                replace_private(self._path, _serialise(private_pem, public_pem, _read(self._path).public_pems))
        except PrivateFileError as error:
            raise SigningKeysUnusable(str(error)) from None
        return self.signing()[0]

    def signing(self) -> tuple[str, str]:
        """Return id and private PEM of the newest key."""
        keys = self._newest()
        return next(iter(keys.public_pems)), keys.private_pem

    def public_pem(self, key_id: str) -> str | None:
        """Return the public PEM of a key that tokens may be signed with, None for any other id."""
        return self._newest().public_pems.get(key_id)

    def __repr__(self) -> str:
        return f"<SigningKeys {', '.join(self._keys.public_pems)}>"

    def _newest(self) -> _Keys:
        stamp = file_stamp(self._path)
        if stamp is not None and stamp != self._stamp:
            with self._lock:
                self._keys = _read(self._path)
                self._stamp = stamp
        return self._keys


def _new_pair() -> tuple[str, str]:
    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), _pem(key.public_key())


def _pem(key: EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _key_id(public_pem: str) -> str:
    return hashlib.sha256(public_pem.encode()).hexdigest()[:16]


def _serialise(private_pem: str, public_pem: str, older: Mapping[str, str]) -> bytes:
    public_pems = [public_pem, *older.values()][:_PUBLIC_KEYS]
    return json.dumps({"format": _FORMAT, "private": private_pem, "public": public_pems}, indent=2).encode() + b"\n"


def _read(path: Path) -> _Keys:
    try:
        return _parse(json.loads(read_private(path)))
    except PrivateFileError as error:
        raise SigningKeysUnusable(str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, UnsupportedAlgorithm):
        raise SigningKeysUnusable(f"The key file {path} is not a file of the format {_FORMAT}.") from None


def _parse(content: Any) -> _Keys:
    private = load_pem_private_key(content["private"].encode(), None)
    publics = [load_pem_public_key(pem.encode()) for pem in content["public"]]
    curves = [key for key in publics if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)]
    sound = (
        content["format"] == _FORMAT
        and isinstance(private, EllipticCurvePrivateKey)
        and 0 < len(curves) == len(publics)
        and _pem(private.public_key()) == _pem(curves[0])
    )
    if not sound:
        raise ValueError("not signing keys")
    # Written anew from the parsed keys, so that whatever the file held, only canonical PEM leaves this module.
    return _Keys(content["private"], {_key_id(pem): pem for pem in map(_pem, curves)})
