"""Recovery codes: the way back in when the telephone with the second factor is lost.

Ten codes of 80 random bits, shown once, kept as hashes, each good once. A plain SHA-256 is enough at this length
(2^80 guesses); the account is part of what is hashed, so one guess cannot be tried against everybody's codes.
"""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Collection
from uuid import UUID

HOW_MANY = 10
_GROUPS, _GROUP = 4, 4

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: what is read as I, L or O can only have been 1, 1 or 0; no U, so fewer accidental words."""

_MISREAD = str.maketrans("ILO", "110")


def new_codes() -> tuple[str, ...]:
    """Return ten new codes like `7K3M-Q2XD-90HT-VB5C`."""
    return tuple(_grouped("".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP))) for _ in range(HOW_MANY))


def hash_code(account_id: UUID, code: str) -> bytes:
    """Return the 32 bytes to be stored for a code; how it was typed (case, spaces, dashes, O for 0) is levelled."""
    plain = unicodedata.normalize("NFKC", code[:64]).upper().translate(_MISREAD)
    letters = "".join(c for c in plain if c in _ALPHABET)
    return hashlib.sha256(b"besa:recovery-code\0" + account_id.bytes + letters.encode()).digest()


def redeem(account_id: UUID, typed: str, unused: Collection[bytes]) -> bytes | None:
    """Return the stored hash that a typed code opens, None where it opens none.

    The caller marks that hash as used in the same transaction (`... WHERE used_at IS NULL`), which makes the code
    good once even when two requests bring it together.
    """
    hashed = hash_code(account_id, typed)
    fits = [stored for stored in unused if hmac.compare_digest(stored, hashed)]
    return fits[0] if fits else None


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
