"""Which characters the typeface of printed documents has.

A letter that a typeface lacks would make the archive standard refuse the whole document: a name in another script must
not do that. It is printed as a box, and the document says so.
"""

import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

INSTEAD = "□"
# Line breaks and spaces are set by the typesetter and need no glyph
_SET_WITHOUT_GLYPH = frozenset("\n\t\u00a0 \u00ad\u200b\u2060")


def _ranges(font: bytes) -> Iterator[tuple[int, int]]:
    """Yield the ranges of code points (both ends included) of a TrueType file's `cmap` (formats 4 and 12)."""
    tables: int = struct.unpack_from(">H", font, 4)[0]
    start = next(
        struct.unpack_from(">I", font, 12 + 16 * place + 8)[0]
        for place in range(tables)
        if font[12 + 16 * place : 16 + 16 * place] == b"cmap"
    )
    for place in range(struct.unpack_from(">H", font, start + 2)[0]):
        at = start + struct.unpack_from(">I", font, start + 4 + 8 * place + 4)[0]
        kind: int = struct.unpack_from(">H", font, at)[0]
        if kind == 12:
            for group in range(struct.unpack_from(">I", font, at + 12)[0]):
                first, last, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
                yield first, last
        elif kind == 4:
            count = struct.unpack_from(">H", font, at + 6)[0] // 2
            ends = struct.unpack_from(f">{count}H", font, at + 14)
            starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
            yield from ((first, last) for first, last in zip(starts, ends, strict=True) if last != 0xFFFF)


def characters_of(typeface: Path) -> frozenset[str]:
    """Return the characters that a TrueType file can show."""
    return frozenset(chr(code) for first, last in _ranges(typeface.read_bytes()) for code in range(first, last + 1))


def printable(written: str, characters: frozenset[str]) -> str:
    """Return a text in which every character can be shown: others become `□`, invisible ones are left out."""
    composed = unicodedata.normalize("NFC", written)
    if characters.issuperset(composed):
        return composed
    return "".join(_shown(character, characters) for character in composed)


def _shown(character: str, characters: frozenset[str]) -> str:
    if character in characters or character in _SET_WITHOUT_GLYPH:
        return character
    # controls, marks of direction, surrogates and what has no meaning show nothing anyway
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn"} else INSTEAD
