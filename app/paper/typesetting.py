"""Setting a document from a template and data."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from app.paper.glyphs import INSTEAD, characters_of, printable
from app.texts import text

_HERE = Path(__file__).parent
TEMPLATES = _HERE / "templates"
TYPEFACE = _HERE / "typeface"

# An archive can keep it for ever (PDF/A-2a), a screen reader can read it (PDF/UA-1)
_STANDARDS: list[Any] = ["a-2a", "ua-1"]

SIZES = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5)
"""Sizes of letters that a form is set in, in pt, the largest that fits first."""
SMALL = (8.0, 7.5, 7.0)
"""Sizes for a form that is full; smaller ones nobody reads on a copy."""

# Words that every document has; asked for here, so that no template and no caller writes them again
_WORDS = ("page", "of", "to_confirm", "yes", "no", "locked", "date", "signature", "name_or_number", "unprintable")


class PaperError(Exception):
    """A template is missing or cannot be set with these data; a fault of the program, never of its user."""


def frame_of(
    *,
    title: str,
    made_at: datetime,
    organisation: str = "",
    reference: str = "",
    provisional: str = "",
    foot: str = "",
) -> dict[str, Any]:
    """Return the entry `frame` of a document's data.

    `made_at` (aware) is the document's time of making, also inside the file; `reference` a number or a case's code;
    `provisional` the warning of a profile that nobody has confirmed; `foot` a line under every page. Raises ValueError
    for an empty title and for a time without a zone.
    """
    if not title.strip():
        raise ValueError("a document needs a title")
    if made_at.tzinfo is None:
        raise ValueError("made_at needs a time zone")
    return {
        "title": title,
        "made_at": made_at.astimezone(UTC).replace(microsecond=0).isoformat(),
        "organisation": organisation,
        "reference": reference,
        "provisional": provisional,
        "foot": foot,
    }


def typeset(template: str, data: Mapping[str, object], language: str) -> bytes:
    """Return a PDF of `templates/<template>.typ` in `language` (ISO 639-1).

    `data` are of JSON's types only (moments and amounts as the words that shall be printed) and hold `frame`
    (`frame_of`). Blocks for some hundredths of a second: services call `typeset_in_thread`. Raises PaperError for an
    unknown template, data that are not JSON, and data that the template cannot set.
    """
    compiler, made_at = _compiler(template, data, language)
    try:
        document, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=_STANDARDS, timestamp=made_at, pdf_tags=True
        )
    except typst.TypstError as error:
        raise PaperError(f"{template}: {error.message}") from error
    if warnings:
        # a missing glyph or typeface: the paper would lack a letter of somebody's name
        raise PaperError(f"{template}: {warnings[0].message}")
    if not isinstance(document, bytes):
        raise PaperError(f"{template}: gives no document")
    return document


async def typeset_in_thread(template: str, data: Mapping[str, object], language: str) -> bytes:
    """Return what `typeset` returns, without holding up other requests; raises PaperError."""
    return await asyncio.to_thread(typeset, template, data, language)


async def typeset_to_fit(
    template: str, candidates: Sequence[Mapping[str, object]], language: str, *, pages: int = 1
) -> bytes:
    """Return a PDF on at most so many pages, in a thread: of the first candidate that fits in letters one reads well.

    `candidates` are the same document, the richest first; letters get `data.size` in pt, the largest that fit. Where
    only small letters fit, the last candidate takes them; where not even those do, the document has more pages, for
    nothing that was written is left out. Raises PaperError.
    """
    return await asyncio.to_thread(_fitting, template, candidates, language, pages)


def _fitting(template: str, candidates: Sequence[Mapping[str, object]], language: str, pages: int) -> bytes:
    tried = [(data, size) for data in candidates for size in SIZES] + [(candidates[-1], size) for size in SMALL]
    data, size = next(
        ((data, size) for data, size in tried if pages_of(template, {**data, "size": size}, language) <= pages),
        (candidates[-1], SIZES[0]),
    )
    return typeset(template, {**data, "size": size}, language)


def pages_of(template: str, data: Mapping[str, object], language: str) -> int:
    """Return how many pages a document has; raises PaperError."""
    compiler, _ = _compiler(template, data, language)
    try:
        return int(json.loads(compiler.query("<pages>", field="value", one=True)))
    except RuntimeError as error:
        raise PaperError(f"{template}: {error}") from error


def pictures_of(template: str, data: Mapping[str, object], language: str, *, dots_per_inch: float = 80) -> list[bytes]:
    """Return one PNG a page, to look at a document and to count its pages; raises PaperError."""
    compiler, made_at = _compiler(template, data, language)
    try:
        pages = compiler.compile(format="png", ppi=dots_per_inch, timestamp=made_at)
    except typst.TypstError as error:
        raise PaperError(f"{template}: {error.message}") from error
    return pages if isinstance(pages, list) else [pages] if pages is not None else []


def _compiler(template: str, data: Mapping[str, object], language: str) -> tuple[typst.Compiler, datetime]:
    file = TEMPLATES / f"{template}.typ"
    if file.parent != TEMPLATES or not file.is_file():
        raise PaperError(f"{template}: no such template")
    frame = data.get("frame")
    if not isinstance(frame, Mapping):
        raise PaperError(f"{template}: the data hold no frame")
    words = {word: text(f"paper.{word}", language) for word in _WORDS}
    try:
        shown = _shown(data)
        written = json.dumps(
            {**shown, "words": words, "language": language, "incomplete": INSTEAD in _all_text(shown)},
            ensure_ascii=False,
            allow_nan=False,
        )
    except (TypeError, ValueError) as error:
        raise PaperError(f"{template}: {error}") from error
    made_at = datetime.fromisoformat(str(frame["made_at"]))
    compiler = typst.Compiler(
        input=str(file),
        root=str(TEMPLATES),
        font_paths=_typeface(),
        ignore_system_fonts=True,
        sys_inputs={"data": written},
        # where packages would lie: nowhere, and none is fetched
        package_path=str(TEMPLATES / "packages"),
        package_cache_path=str(TEMPLATES / "packages"),
    )
    return compiler, made_at


def _shown(value: Any) -> Any:
    """Return data in which every text can be printed; raises TypeError for what is not JSON."""
    if isinstance(value, str):
        return printable(value, _characters())
    if isinstance(value, Mapping):
        return {str(key): _shown(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(entry) for entry in value]
    return value


def _all_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_all_text(entry) for entry in value.values())
    if isinstance(value, list):
        return "".join(_all_text(entry) for entry in value)
    return value if isinstance(value, str) else ""


@cache
def _characters() -> frozenset[str]:
    return characters_of(next(TYPEFACE.glob("*.ttf")))


@cache
def _typeface() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(TYPEFACE)])
