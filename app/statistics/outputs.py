"""A release as a file: JSON for programs, CSV, and XLSX with live totals. The same cells everywhere."""

import csv
import io
import json
from typing import Any, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from app.domain.profile import Profile
from app.statistics.release import TOTAL, Cell, FootingResult, Release
from app.statistics.wording import Wording, put_into_words
from app.texts import text

FileFormat = Literal["json", "csv", "xlsx"]

MEDIA_TYPES: dict[FileFormat, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(words: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(_STARTS_A_FORMULA) else words


def file_name(release: Release, ending: str) -> str:
    """Return the name of a file: table, country, base, organisation, year, audience."""
    parts = (release.table.id, release.jurisdiction, release.base, release.organisation_code, release.year)
    return "-".join([str(part) for part in parts if part] + [release.audience.value]) + f".{ending}"


def write(release: Release, profile: Profile, language: str, wanted: FileFormat) -> bytes:
    """Return the release as the bytes of a file."""
    if wanted == "json":
        content = json.dumps(document(release, profile, language), ensure_ascii=False, indent=2)
        return f"{content}\n".encode()
    if wanted == "csv":
        return as_csv(release, profile, language)
    return as_xlsx(release, profile, language)


def document(release: Release, profile: Profile, language: str) -> dict[str, Any]:
    """Return the release as a JSON document; a hidden cell says what can be worked out of it, null for no end."""
    said = put_into_words(release, profile, language)
    return {
        "table": release.table.id,
        "title": said.title,
        "subtitle": said.subtitle,
        "finding": said.finding,
        "jurisdiction": release.jurisdiction,
        "profile_version": release.profile_version,
        "organisation": release.organisation_code,
        "unit": release.table.unit.value,
        "base": release.base,
        "audience": release.audience.value,
        "threshold": release.threshold,
        "years": list(release.years),
        "closed": release.closed,
        "extracted_at": release.extracted_at.isoformat(),
        "hidden": release.hidden,
        "columns": [{"code": code, "label": label} for code, label in zip(release.columns, said.columns, strict=True)],
        "rows": [
            {"code": row.code, "label": label, "cells": [_cell(cell) for cell in row.cells]}
            for row, label in zip(release.rows, said.rows, strict=True)
        ],
        "facts": [{"code": code, "term": term, "text": words} for code, term, words in said.facts],
        "footing": [_footing(result, words) for result, words in zip(release.footing, said.footing, strict=True)],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    if cell.value is not None:
        return {"value": cell.value, "hidden": False, "least": cell.value, "most": cell.value}
    return {"value": None, "hidden": True, "least": cell.least, "most": cell.most}


def _footing(result: FootingResult, words: str) -> dict[str, Any]:
    return {
        "rule": result.id,
        "other": result.other,
        "base": result.base,
        "year": result.year,
        "here": result.here,
        "there": result.there,
        "agrees": result.agrees,
        "text": words,
    }


def as_csv(release: Release, profile: Profile, language: str) -> bytes:
    """Return UTF-8 CSV: the table with codes and names, an empty line, then what it stands on, a fact a line."""
    said = put_into_words(release, profile, language)
    hidden = text("layout.figure.hidden", language)
    buffer = io.StringIO(newline="")
    lines = csv.writer(buffer, lineterminator="\r\n")
    lines.writerow(["code", inert(said.corner), *(inert(name) for name in said.columns)])
    for row, name in zip(release.rows, said.rows, strict=True):
        lines.writerow([inert(row.code), inert(name), *(hidden if c.value is None else c.value for c in row.cells)])
    lines.writerow([])
    lines.writerows([[inert(term), inert(words)] for term, words in _beside(said, language)])
    return buffer.getvalue().encode()


def _beside(said: Wording, language: str) -> list[tuple[str, str]]:
    """Return everything printed beside the numbers."""
    table = text("statistics.terms.table", language)
    footing = text("statistics.terms.footing", language)
    return [
        (table, f"{said.subtitle}. {said.finding}"),
        *((term, words) for _, term, words in said.facts),
        *((footing, words) for words in said.footing),
    ]


def as_xlsx(release: Release, profile: Profile, language: str) -> bytes:
    """Return a workbook: the table, and a second sheet with what it stands on.

    Totals are formulas wherever every number they add up is printed, so that they stay right when somebody works on.
    """
    said = put_into_words(release, profile, language)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties(
        {"title": f"{release.table.id} {said.title}", "created": release.extracted_at.replace(tzinfo=None)}
    )
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    quiet = book.add_format({"italic": True, "align": "right", "pattern": 14, "fg_color": "#d9d9d9"})
    sheet = book.add_worksheet(release.table.id)
    sheet.set_column(0, 0, 44)
    sheet.write_string(0, 0, inert(said.corner), bold)
    for number, name in enumerate(said.columns, start=1):
        sheet.write_string(0, number, inert(name), bold)
    for number, (row, name) in enumerate(zip(release.rows, said.rows, strict=True), start=1):
        sheet.write_string(number, 0, inert(name), bold if row.code == TOTAL else None)
        for column, cell in enumerate(row.cells, start=1):
            _write_cell(sheet, release, (number, column), cell, (bold, quiet), text("layout.figure.hidden", language))
    sheet.freeze_panes(1, 1)
    notes = book.add_worksheet(text("statistics.sheet.notes", language))
    notes.set_column(0, 0, 22)
    notes.set_column(1, 1, 110, book.add_format({"text_wrap": True, "valign": "top"}))
    for number, (term, words) in enumerate(_beside(said, language)):
        notes.write_string(number, 0, inert(term), bold)
        notes.write_string(number, 1, inert(words))
    book.close()
    return buffer.getvalue()


def _write_cell(
    sheet: Worksheet, release: Release, place: tuple[int, int], cell: Cell, looks: tuple[Format, Format], hidden: str
) -> None:
    row, column = place
    bold, quiet = looks
    if cell.value is None:
        sheet.write_string(row, column, hidden, quiet)
        return
    formula = _sum_formula(release, row, column)
    in_total = release.rows[row - 1].code == TOTAL or release.columns[column - 1] == TOTAL
    if formula is not None:
        sheet.write_formula(row, column, formula, bold, cell.value)
    else:
        sheet.write_number(row, column, cell.value, bold if in_total else None)


def _sum_formula(release: Release, row: int, column: int) -> str | None:
    """Return the formula of a total, None for other cells and where a number it adds up is hidden."""
    if release.rows[row - 1].code == TOTAL and row > 1:
        parts = [shown.cells[column - 1] for shown in release.rows[: row - 1]]
        return None if any(cell.hidden for cell in parts) else f"=SUM({xl_range(1, column, row - 1, column)})"
    if release.columns[column - 1] == TOTAL and release.rows[row - 1].code != TOTAL:
        parts = list(release.rows[row - 1].cells[: column - 1])
        return None if any(cell.hidden for cell in parts) else f"=SUM({xl_range(row, 1, row, column - 1)})"
    return None
