"""`besa doctor`: what is wrong with this installation, and how to mend it."""

import asyncio
from collections.abc import Iterator

import typer

from app.commands.database_server import look_at, open_database
from app.commands.doctor_checks import DATABASE_CHECKS, MACHINE_CHECKS, Finding
from app.commands.doctor_upkeep import UPKEEP_CHECKS
from app.commands.errors import CommandError
from app.settings import Settings, get_settings
from app.storage.inspection import inspect_upkeep
from app.storage.migrations import head
from app.storage.postgres_binaries import EmbeddedPostgresError

_SIGNS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def command() -> None:
    """Look at everything the program needs; ends with 1 where something has to be mended."""
    problems = 0
    for finding in examine(get_settings()):
        typer.echo(f"{_SIGNS[finding.state]}  {finding.subject}: {finding.says}")
        if finding.mend:
            typer.echo(f"         -> {finding.mend}")
        problems += finding.state == "problem"
    if problems:
        typer.echo(f"{problems} problem{'s' if problems > 1 else ''} to mend.")
        raise typer.Exit(1)
    typer.echo("Nothing to mend.")


def examine(settings: Settings) -> Iterator[Finding]:
    """Make every check; those of the database are left out where none can be reached or none is there yet."""
    for look in MACHINE_CHECKS:
        yield from look(settings)
    if settings.embedded and not settings.postgres_data.exists():
        yield Finding("database", "note", "not made yet; the first start makes it")
        return
    try:
        with open_database(settings, lambda _: None) as access:
            found = look_at(access.application_url)
            yield Finding("database", "ok", "reachable")
            for look_inside in DATABASE_CHECKS:
                yield from look_inside(settings, found)
            if found.revision == head():
                upkeep = asyncio.run(inspect_upkeep(access.application_url))
                for look_after in UPKEEP_CHECKS:
                    yield from look_after(settings, upkeep)
    except (CommandError, EmbeddedPostgresError) as error:
        yield Finding("database", "problem", str(error), "Start it, or set BESA_DATABASE_URL right.")
