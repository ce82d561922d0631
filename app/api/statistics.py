"""Figures: `/api/v1/statistics`."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.responses import Response

from app.api.routing import ConceptRouter, Out, Unit
from app.services import figures
from app.services.figures import Asked
from app.statistics.definitions import TABLES, Audience
from app.statistics.outputs import MEDIA_TYPES, FileFormat, document, file_name, write
from app.texts import text

router = ConceptRouter("/statistics", "statistics")

Year = Annotated[int | None, Query(ge=1990, le=2200, description="Calendar year; the newest allowed where missing.")]
For = Annotated[Audience | None, Query(description="For whom the numbers are; the usual for the role where missing.")]
Base = Annotated[Literal["vmt", "vt"] | None, Query(description="Base of T2 and T3.")]
Organisation = Annotated[
    str | None, Query(max_length=60, pattern=r"^[A-Za-z0-9_-]+$", description="Code of an organisation, for S1.")
]
Wanted = Annotated[FileFormat, Query(alias="format", description="json, csv or xlsx.")]


class TableOut(Out):
    """A table that can be asked for."""

    id: str
    title: str
    subtitle: str
    unit: str
    bases: list[str]
    of_organisation: bool
    audiences: list[Audience]


class TablesOut(Out):
    """The closed list of tables."""

    items: list[TableOut]


class CellOut(Out):
    """A number, or a hidden cell with what can be worked out of it; `most` null is no upper end."""

    value: int | None
    hidden: bool
    least: int
    most: int | None


class ColumnOut(Out):
    """A column."""

    code: str
    label: str


class RowOut(ColumnOut):
    """A row with a cell for every column."""

    cells: list[CellOut]


class FactOut(Out):
    """Something the figures stand on, such as base, period, source, completeness, protection."""

    code: str
    term: str
    text: str


class FootingOut(Out):
    """Two totals that must agree; numbers are null where they are hidden."""

    rule: str
    other: str
    base: str
    year: int
    here: int | None
    there: int | None
    agrees: bool
    text: str


class FigureOut(Out):
    """One table for one audience, protected."""

    table: str
    title: str
    subtitle: str
    finding: str
    jurisdiction: str
    profile_version: str
    organisation: str | None
    unit: str
    base: str | None
    audience: Audience
    threshold: int | None
    years: list[int]
    closed: bool
    extracted_at: datetime
    hidden: int
    columns: list[ColumnOut]
    rows: list[RowOut]
    facts: list[FactOut]
    footing: list[FootingOut]


@router.act("GET", "/tables", action="statistics.read", summary="List the tables")
async def listed(unit: Unit) -> TablesOut:
    """Return the tables with what can be asked of each; no number is read."""
    unit.quiet = True
    return TablesOut(
        items=[
            TableOut(
                id=table.id,
                title=text(f"statistics.tables.{table.id}.title", unit.language),
                subtitle=text(f"statistics.tables.{table.id}.text", unit.language),
                unit=table.unit.value,
                bases=list(table.bases),
                of_organisation=table.of_organisation,
                audiences=list(figures.audiences_for(unit.actor, table)),
            )
            for table in TABLES.values()
        ]
    )


@router.act(
    "GET",
    "/tables/{table_id}",
    action="statistics.read",
    summary="Read a table",
    response_model=FigureOut,
    responses={
        200: {
            "content": {
                MEDIA_TYPES["csv"].split(";")[0]: {"schema": {"type": "string"}},
                MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
)
async def read(
    unit: Unit,
    table_id: Annotated[str, Path(max_length=10, examples=["T1"])],
    year: Year = None,
    audience: For = None,
    base: Base = None,
    organisation: Organisation = None,
    wanted: Wanted = "json",
) -> FigureOut | Response:
    """Return one table, protected for its audience, as JSON or as a file with the same numbers."""
    made = await figures.read_figure(unit, Asked(table_id, year, audience, base, organisation))
    if wanted == "json":
        return FigureOut.model_validate(document(made, unit.profile, unit.language))
    return Response(
        write(made, unit.profile, unit.language, wanted),
        media_type=MEDIA_TYPES[wanted],
        headers={"Content-Disposition": f'attachment; filename="{file_name(made, wanted)}"'},
    )
