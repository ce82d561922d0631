"""Blind index: numbers that let encrypted names be found without the database knowing the names.

A token is the first 64 bits of an HMAC-SHA256, kept as PostgreSQL `int8` and indexed as `int8[]`. Its key comes from
`KeyProvider.index_key` and never enters the database, so a stolen dump cannot be searched by guessing names. What a
dump does show: that two persons share a token, so a frequent name stays recognisable as *a frequent name*; the
jurisdiction and the kind of index are part of the key, so nothing can be matched across them.

Which forms of a name become tokens (normalised, phonetic, partial) is `app.domain.names`; their prefix, part of
the text, keeps the forms apart.
"""

import hmac
from collections.abc import Iterable


class BlindIndex:
    """The tokens of one kind of value (`name`, `document`, `telephone` ...) in one jurisdiction (`AL`, `XK`)."""

    def __init__(self, key: bytes, jurisdiction: str, kind: str = "name") -> None:
        if len(key) < 32:
            raise ValueError("an index key has at least 32 bytes")
        self._key = hmac.digest(key, f"besa:blind-index:{kind}\0{jurisdiction}".encode(), "sha256")

    def token(self, text: str) -> int:
        """Return the signed 64-bit token of an already normalised text."""
        if not text:
            # An empty text would make everybody with an unknown name each other's likely duplicate.
            raise ValueError("an empty text has no token")
        return int.from_bytes(hmac.digest(self._key, text.encode(), "sha256")[:8], "big", signed=True)

    def tokens(self, texts: Iterable[str]) -> list[int]:
        """Return the tokens of `texts`, sorted and each once, so that their order tells nothing."""
        return sorted({self.token(text) for text in texts})

    def __repr__(self) -> str:
        return "<BlindIndex>"
