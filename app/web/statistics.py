"""Pages of figures: the list of tables, a table with its chart, and its files."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from app.domain.problems import Invalid
from app.services import figures
from app.services.figures import Asked
from app.statistics.definitions import TABLES, Audience
from app.statistics.outputs import MEDIA_TYPES, FileFormat, file_name, write
from app.statistics.release import Release
from app.statistics.wording import put_into_words
from app.texts import text
from app.web.figure_view import facts_view, figure_view, hidden_view, table_view
from app.web.pages import render
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

Code = Annotated[str | None, Query(max_length=60, pattern=r"^[A-Za-z0-9_-]*$")]
Year = Annotated[int | None, Query(ge=1990, le=2200)]


@router.page("/statistics", action="statistics.read")
async def listed(request: Request, unit: Unit) -> Response:
    """The tables, each with its newest finding."""
    language = language_of(request, unit)
    items = [
        {"made": made, "said": put_into_words(made, unit.profile, language)} for made in await figures.read_newest(unit)
    ]
    return render(request, "statistics/list.html", unit, items=items, providers=await figures.service_providers(unit))


@router.page("/statistics/choose", action="statistics.read")
async def choose(
    request: Request,
    unit: Unit,
    table: Code = None,
    base: Code = None,
    year: Annotated[str | None, Query(pattern=r"^[0-9]{0,4}$")] = None,
    audience: Code = None,
    organisation: Code = None,
) -> Response:
    """Lead the filter form to its table, without what that table does not know."""
    unit.quiet = True
    definition = TABLES.get(table or "") or TABLES["T1"]
    offered = [str(one) for one in figures.audiences_for(unit.actor, definition)]
    kept = {
        "base": base if base in definition.base_choices else None,
        "year": year,
        "audience": audience if audience in offered else None,
        "organisation": organisation if definition.of_organisation else None,
    }
    query = urlencode({name: value for name, value in kept.items() if value})
    return redirect(f"/statistics/{definition.id}{'?' if query else ''}{query}")


@router.page("/statistics/{table_id}", action="statistics.read")
async def shown(
    request: Request,
    unit: Unit,
    table_id: str,
    year: Year = None,
    audience: Audience | None = None,
    base: Code = None,
    organisation: Code = None,
) -> Response:
    """One table: what it found, the chart, the same as a table, why cells are hidden, files, what it stands on."""
    language = language_of(request, unit)
    asked = Asked(table_id, year, audience, base or None, organisation or None)
    choices = await figures.service_providers(unit)
    if organisation is None and choices and table_id in TABLES and TABLES[table_id].of_organisation:
        asked = Asked(table_id, year, audience, base or None, choices[0].code)
    try:
        made = await figures.read_figure(unit, asked)
    except Invalid as problem:
        if problem.field != "year":
            raise
        # a year the audience may not see: say so, and show the newest it may
        request.state.problem = problem
        made = await figures.read_figure(unit, Asked(table_id, None, asked.audience, asked.base, asked.organisation))
    said = put_into_words(made, unit.profile, language)
    return render(
        request,
        "statistics/table.html",
        unit,
        made=made,
        said=said,
        fields=_fields(unit, made, [(one.code, one.name[language]) for one in choices], language),
        figure=figure_view(made, said, language),
        table=table_view(made, said, language),
        hidden=hidden_view(made, said, language),
        facts=facts_view(made, said, language),
        files=[
            {"label": label, "href": f"/statistics/{table_id}/file?{urlencode({**_query(made), 'format': wanted})}"}
            for label, wanted in (("XLSX", "xlsx"), ("CSV", "csv"), ("JSON", "json"))
        ],
    )


@router.page("/statistics/{table_id}/file", action="statistics.read")
async def download(
    request: Request,
    unit: Unit,
    table_id: str,
    year: Year = None,
    audience: Audience | None = None,
    base: Code = None,
    organisation: Code = None,
    wanted: Annotated[FileFormat, Query(alias="format")] = "csv",
) -> Response:
    """The table as a file."""
    made = await figures.read_figure(unit, Asked(table_id, year, audience, base or None, organisation or None))
    return Response(
        write(made, unit.profile, language_of(request, unit), wanted),
        media_type=MEDIA_TYPES[wanted],
        headers={"Content-Disposition": f'attachment; filename="{file_name(made, wanted)}"'},
    )


def _query(made: Release) -> dict[str, Any]:
    given = {
        "year": made.year,
        "audience": made.audience.value,
        "base": made.base if made.table.base_choices else None,
        "organisation": made.organisation_code,
    }
    return {name: value for name, value in given.items() if value is not None}


def _fields(unit: Unit, made: Release, choices: list[tuple[str, str]], language: str) -> list[dict[str, Any]]:
    """Return the fields of the filter: only those that leave something to choose."""

    def select(name: str, options: list[tuple[str, str]], chosen: str) -> dict[str, Any]:
        return {
            "name": name,
            "kind": "select",
            "label": text(f"statistics.terms.{'period' if name == 'year' else name}", language),
            "options": [{"value": value, "label": label} for value, label in options],
            "value": chosen,
        }

    tables = [
        (table.id, f"{table.id} {text(f'statistics.tables.{table.id}.title', language)}")
        for table in TABLES.values()
        if (choices and table.of_organisation) or table in figures.tables_for(unit.actor)
    ]
    fields = [select("table", tables, made.table.id)]
    if made.table.of_organisation and choices:
        fields.append(select("organisation", choices, made.organisation_code or ""))
    if made.table.base_choices:
        bases = [(base, text(f"statistics.base.{base}.short", language)) for base in made.table.base_choices]
        fields.append(select("base", bases, made.base or ""))
    years = [(str(year), _years(made, year)) for year in reversed(made.available)]
    fields.append(select("year", years, str(made.year)))
    audiences = figures.audiences_for(unit.actor, made.table)
    if len(audiences) > 1:
        named = [(one.value, text(f"statistics.audience.{one.value}_short", language)) for one in audiences]
        fields.append(select("audience", named, made.audience.value))
    return fields


def _years(made: Release, year: int) -> str:
    first = max(year - made.table.window + 1, made.available[0])
    return str(year) if first == year else f"{first}–{year}"
