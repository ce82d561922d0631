"""`besa statistics`: print a table, or renew the extract that tables are made of."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.commands.database_server import look_at, open_database
from app.commands.errors import CommandError
from app.domain.problems import Problem
from app.domain.profile import UnknownEntry
from app.settings import get_settings
from app.statistics.definitions import TABLES, Audience
from app.texts import text

if TYPE_CHECKING:
    # what works on the database is imported where it is used, to keep every other command quick
    from app.services.program import Program

T = TypeVar("T")

app = typer.Typer(name="statistics", help="Figures: print a table, renew the extract.", no_args_is_help=True)


class Format(StrEnum):
    """What a table is printed as."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


class Language(StrEnum):
    """The language of names and notes."""

    SQ = "sq"
    EN = "en"


Jurisdiction = Annotated[str, typer.Option("--profile", help="Jurisdiction: AL or XK.")]


@app.command()
def tables() -> None:
    """List the tables."""
    for table in TABLES.values():
        typer.echo(f"{table.id}  {text(f'statistics.tables.{table.id}.text', 'en')}")


@app.command()
def table(
    table_id: Annotated[str, typer.Argument(metavar="TABLE", help="T1, T2, T3, S1 or D1.")],
    profile: Jurisdiction,
    year: Annotated[int | None, typer.Option(help="Calendar year; the newest allowed where missing.")] = None,
    audience: Annotated[Audience, typer.Option(help="For whom; the public gets no small number.")] = Audience.PUBLIC,
    base: Annotated[str | None, typer.Option(help="vmt or vt, for T2 and T3.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Code of an organisation, for S1.")] = None,
    wanted: Annotated[Format, typer.Option("--format", help="csv, json or xlsx.")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="File to write; standard output where missing.")] = None,
    language: Annotated[Language, typer.Option(help="sq or en.")] = Language.SQ,
) -> None:
    """Print one table, protected for its audience, with everything it stands on."""
    if wanted is Format.XLSX and output is None and sys.stdout.isatty():
        raise CommandError("A workbook is not for the screen: name a file with --output.")
    from app.services import figures
    from app.services.unit_of_work import System, unit_of_work
    from app.statistics.outputs import write

    asked = figures.Asked(table_id, year, audience, base, organisation)

    async def read(program: "Program") -> bytes:
        async with unit_of_work(program, System(profile), "statistics.read") as unit:
            made = await figures.read_figure(unit, asked)
            return write(made, unit.profile, language.value, wanted.value)

    content = _with_program(profile, read)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
    typer.echo(f"{output}: {len(content)} bytes", err=True)


@app.command()
def refresh(profile: Jurisdiction) -> None:
    """Renew the de-identified extract of a jurisdiction."""
    from app.services import figures

    async def renew(program: "Program") -> str:
        return (await figures.refresh(program, profile)).isoformat()

    typer.echo(f"{profile}: extract of {_with_program(profile, renew)}")


def _with_program(jurisdiction: str, work: "Callable[[Program], Awaitable[T]]") -> T:
    """Run `work` over the database of the settings; a refusal becomes its sentence."""
    from app.commands.run import require_head
    from app.http.problems import sentence
    from app.services.credentials.signing_keys import SigningKeys
    from app.services.program import Program
    from app.storage.database import Database
    from app.storage.key_provider import FileKeyProvider

    settings = get_settings()
    with open_database(settings, lambda line: typer.echo(line, err=True)) as access:
        found = look_at(access.application_url)
        require_head(found)

        async def run() -> T:
            program = Program.make(
                settings,
                Database(access.application_url),
                FileKeyProvider(settings.master_keys),
                SigningKeys(settings.signing_keys),
                demonstration=bool(found.demonstration),
            )
            try:
                program.profile(jurisdiction)
                return await work(program)
            finally:
                await program.database.close()

        try:
            return asyncio.run(run())
        except UnknownEntry:
            raise CommandError(f"There is no profile {jurisdiction!r}; profiles are AL and XK.") from None
        except Problem as problem:
            field = f"{problem.field}: " if problem.field else ""
            raise CommandError(field + sentence(problem.code, "en", problem.params)) from problem
