"""A document is tagged, says its language, needs nothing from outside, and prints text as text."""

import re
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from app.paper import PaperError, frame_of, typeset, typeset_in_thread
from app.paper.glyphs import characters_of, printable
from app.paper.typesetting import TEMPLATES, TYPEFACE, pictures_of

NOW = datetime(2026, 3, 4, 9, 30, 0, 123456, tzinfo=UTC)


def letter(**changes: Any) -> dict[str, Any]:
    """Return the data of a small letter."""
    return {
        "frame": frame_of(
            title="Vendim për identifikimin", made_at=NOW, organisation="Policia", foot="Mos e lini pa ruajtur"
        ),
        "facts": [{"label": "Rasti", "value": "AL-2026-K7QX", "to_confirm": True}],
        "parts": [{"heading": "Vendimi", "paragraphs": ["Ju jeni njohur.", "Ç'do të thotë kjo ëë."]}],
        "signatures": [{"role": "Policia"}, {"role": "Shërbimi social", "signed": "Nënshkruar më 4 mars 2026"}],
    } | changes


def pages_of(document: bytes) -> int:
    """Return how many pages a PDF has; its objects may lie in compressed streams."""
    parts = [document]
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream.group(1)))
        except zlib.error:
            continue
    return sum(len(re.findall(rb"/Type\s*/Page\b", part)) for part in parts)


def test_it_is_a_tagged_archive_document_in_its_language() -> None:
    document = typeset("letter", letter(), "sq")
    assert document.startswith(b"%PDF-1.7")
    assert re.search(rb"/Lang ?\(sq", document)
    assert b"/MarkInfo" in document and b"/StructTreeRoot" in document
    assert b"<pdfaid:part>2</pdfaid:part>" in document and b"<pdfuaid:part>1</pdfuaid:part>" in document
    assert pages_of(document) == 1
    assert len(pictures_of("letter", letter(), "sq")) == 1


def test_the_same_data_give_the_same_bytes_and_their_own_time() -> None:
    assert typeset("letter", letter(), "sq") == typeset("letter", letter(), "sq")
    assert b"2026-03-04T09:30:00" in typeset("letter", letter(), "sq")


async def test_it_can_be_set_beside_other_work() -> None:
    assert await typeset_in_thread("letter", letter(), "en") == typeset("letter", letter(), "en")


@pytest.mark.parametrize(
    "hostile",
    [
        "#panic()",
        '#read("frame.typ")',
        "$ x",
        "*fort*",
        "\\",
        '"]',
        "<label>",
        "@ref",
        "// fshehur",
        "#[",
        "\u202e\u0007",
    ],
)
def test_what_people_wrote_is_never_markup(hostile: str) -> None:
    written = letter(parts=[{"heading": hostile, "paragraphs": [hostile]}], addressee=hostile)
    assert pages_of(typeset("letter", written, "en")) == 1


def test_a_longer_letter_takes_more_pages() -> None:
    long = letter(parts=[{"heading": "", "paragraphs": ["Fjali e gjatë me ë dhe ç. " * 60] * 12}])
    assert pages_of(typeset("letter", long, "sq")) == len(pictures_of("letter", long, "sq")) > 1


@pytest.mark.parametrize("template", ["nothing", "../typesetting", "/etc/passwd", ""])
def test_an_unknown_template_is_refused(template: str) -> None:
    with pytest.raises(PaperError, match="no such template"):
        typeset(template, letter(), "sq")


def test_data_that_cannot_be_printed_are_refused() -> None:
    with pytest.raises(PaperError, match="JSON"):
        typeset("letter", letter(addressee=NOW), "sq")
    with pytest.raises(PaperError, match="no frame"):
        typeset("letter", {}, "sq")
    with pytest.raises(PaperError):
        typeset("letter", letter(parts=[{"heading": "without paragraphs"}]), "sq")
    with pytest.raises(ValueError, match="zone"):
        frame_of(title="x", made_at=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="title"):
        frame_of(title=" ", made_at=NOW)


def test_templates_fetch_nothing_and_the_typeface_has_its_licence() -> None:
    for template in TEMPLATES.glob("*.typ"):
        assert "@preview" not in template.read_text(encoding="utf-8"), template.name
    assert "SIL OPEN FONT LICENSE" in (TYPEFACE / "LICENSE").read_text(encoding="utf-8")
    assert [file.name for file in TYPEFACE.glob("*.ttf")] == ["SourceSans3-wght.ttf"]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Ali علي", "Ali □□□"),
        ("\u202eë\u0007", "ë"),
        ("e\u0308", "ë"),
        ("王\n", "□\n"),
        ("\ud800x", "x"),
        ("Ç – „ë“", "Ç – „ë“"),
    ],
)
def test_a_letter_that_the_typeface_lacks_stops_no_document(written: str, printed: str) -> None:
    assert printable(written, characters_of(TYPEFACE / "SourceSans3-wght.ttf")) == printed
    typeset("letter", letter(addressee=written), "sq")


@pytest.mark.parametrize("sign", ["ëçËÇ", "čćšžđ", "Ајвазов", "☐", "„“”–—"])
def test_no_letter_is_missing(sign: str) -> None:
    typeset("letter", letter(addressee=sign), "sq")
