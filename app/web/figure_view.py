"""A release as the macros of `macros/figure.html` draw it: chart, table twin, and why cells are hidden."""

from typing import Any

from app.statistics.definitions import SPANS, Axis
from app.statistics.release import TOTAL, Cell, Release
from app.statistics.wording import Wording
from app.texts import text
from app.web import charts
from app.web.dates import number

_NAMED_AT_MOST = 6
_MAIN_SPAN = SPANS.index("contact_service")


def _drawn(cell: Cell) -> charts.Cell:
    return charts.HIDDEN if cell.value is None else cell.value


def figure_view(release: Release, said: Wording, language: str) -> dict[str, Any]:
    """Return the figure: small multiples over the years, or one bar for each row where there is one year."""
    if release.table.rows is Axis.STATUS:
        series = [
            charts.Series(text(f"statistics.base.{row.code}.code", language), [_drawn(cell) for cell in row.cells])
            for row in release.rows
        ]
        return {
            "title": said.finding,
            "text": text("statistics.page.not_added", language),
            "svg": charts.grouped("chart", said.title, said.columns, series, language),
        }
    if release.table.columns is Axis.YEAR:
        rows = [(row, name) for row, name in zip(release.rows, said.rows, strict=True) if row.code != TOTAL]
        top = float(max((cell.value or 0 for row, _ in rows for cell in row.cells), default=0))
        return {
            "title": said.finding,
            "text": text("statistics.page.counted", language),
            "charts": [
                {
                    "title": name,
                    "svg": charts.bars(
                        f"chart-{row.code}",
                        name,
                        said.columns,
                        [_drawn(c) for c in row.cells],
                        language,
                        top=float(top),
                    ),
                }
                for row, name in rows
            ],
        }
    if release.table.rows is Axis.SPAN:
        span = release.rows[_MAIN_SPAN]
        return {
            "title": said.finding,
            "text": text("statistics.page.days", language, span=said.rows[_MAIN_SPAN].lower()),
            "svg": charts.rows("chart", said.title, said.columns[:-1], [_drawn(c) for c in span.cells[:-1]], language),
        }
    column = release.columns.index(TOTAL)
    entries = [
        (name, _drawn(row.cells[column]))
        for row, name in zip(release.rows, said.rows, strict=True)
        if row.code != TOTAL and row.cells[column].value != 0
    ]
    order = sorted(entries, key=lambda entry: (entry[1] is charts.HIDDEN, -_size(entry[1])))
    counted = "deliveries" if release.table.of_organisation else "counted_once"
    found: dict[str, Any] = {"title": said.finding, "text": text(f"statistics.page.{counted}", language)}
    if order:
        names, cells = zip(*order, strict=True)
        found["svg"] = charts.rows("chart", said.title, names, cells, language)
    return found


def _size(cell: charts.Cell) -> float:
    return cell if isinstance(cell, (int, float)) else 0


def table_view(release: Release, said: Wording, language: str) -> dict[str, Any]:
    """Return the table twin with the same numbers."""
    return {
        "caption": said.subtitle,
        "label": said.title,
        "head": [said.corner, *said.columns],
        "rows": [
            {
                "label": name,
                "total": row.code == TOTAL,
                "cells": [
                    {"hidden": True, "text": None} if cell.value is None else number(cell.value, language)
                    for cell in row.cells
                ],
            }
            for row, name in zip(release.rows, said.rows, strict=True)
        ],
    }


def hidden_view(release: Release, said: Wording, language: str) -> dict[str, str] | None:
    """Return why cells are hidden and what can still be worked out of them, None where none is."""
    if not release.hidden:
        return None
    cells = [
        (_cell_name(said, i, j), cell)
        for i, row in enumerate(release.rows)
        for j, cell in enumerate(row.cells)
        if cell.hidden
    ]
    if len(cells) <= _NAMED_AT_MOST:
        ranges = "; ".join(_range(name, cell, language) for name, cell in cells)
        derived = text("statistics.page.derived", language, ranges=ranges)
    else:
        tightest = min((cell for _, cell in cells), key=lambda cell: (cell.most is None, (cell.most or 0) - cell.least))
        derived = text("statistics.page.tightest", language, range=_range("", tightest, language).strip())
    return {
        "title": text("statistics.page.hidden_title", language, n=release.hidden),
        "text": text("statistics.page.hidden_text", language, threshold=release.threshold),
        "derived": derived,
    }


def facts_view(release: Release, said: Wording, language: str) -> list[dict[str, str]]:
    """Return what the figures stand on; totals that agree are said once, those that do not one by one."""
    facts = [{"term": term, "text": words} for code, term, words in said.facts if code != "hidden"]
    if not release.footing:
        return facts
    if release.foots:
        words = text("statistics.footing.all_agree", language, n=len(release.footing))
    else:
        words = "; ".join(said.footing)
    return [*facts, {"term": text("statistics.terms.footing", language), "text": words}]


def _cell_name(said: Wording, i: int, j: int) -> str:
    return f"{said.rows[i].lower()} {said.columns[j].lower()}"


def _range(name: str, cell: Cell, language: str) -> str:
    if cell.most is None:
        return text("statistics.page.range_open", language, name=name, least=cell.least)
    return text("statistics.page.range", language, name=name, least=cell.least, most=cell.most)
