"""`besa migrate`: bring the database to the tables of this version."""

import asyncio

import typer

from app.commands.database_server import look_at, open_database
from app.commands.errors import CommandError
from app.settings import Settings, get_settings
from app.storage.inspection import Inspection


def command() -> None:
    """Bring the database to this version's tables and profiles, as its owner. Safe to repeat."""
    settings = get_settings()
    with open_database(settings, typer.echo) as access:
        found = look_at(access.owner_url)
        upgrade(access.owner_url, found)
        if found.demonstration is not None:
            prepare(access.owner_url, demonstration=found.demonstration)


def upgrade(owner_url: str, found: Inspection) -> None:
    """Migrate a database to head, saying so where there is something to do."""
    from app.storage import migrations

    if found.revision != migrations.head():
        typer.echo("Making the tables ..." if found.revision is None else "Bringing the tables to this version ...")
    migrations.upgrade(owner_url)


def prepare(owner_url: str, *, demonstration: bool) -> None:
    """Bring in the jurisdiction profiles, and on a new demonstration its people and stories."""
    from app.services import installation

    asyncio.run(
        installation.prepare(owner_url, demonstration=demonstration, progress=lambda line: typer.echo(f"{line} ..."))
    )


def becomes_demonstration(settings: Settings, found: Inspection) -> bool | None:
    """Say what the database is or shall become: demonstration, real work, or None where nobody has decided.

    Raises CommandError where the settings and the database say the opposite of each other.
    """
    if found.demonstration is None:
        if settings.demonstration is None and settings.embedded:
            return True
        return settings.demonstration
    if settings.demonstration not in (None, found.demonstration):
        raise CommandError(
            "This database was made for demonstration, and BESA_DEMONSTRATION says it holds real work; "
            "prepare another one with `besa init`."
            if found.demonstration
            else "This database holds real work; demonstration mode does not touch it."
        )
    return found.demonstration
