"""`besa demo generate`: more made-up stories, from a hundred to a million."""

import asyncio
from typing import Annotated

import typer

from app.commands.database_server import look_at, open_database
from app.commands.errors import CommandError
from app.settings import get_settings

LEAST, MOST = 100, 1_000_000


def command(
    cases: Annotated[int, typer.Option(min=LEAST, max=MOST, help="How many cases are made up.")] = 330,
    seed: Annotated[int, typer.Option(help="The same seed makes up the same stories.")] = 1,
) -> None:
    """Add made-up cases of three years to a demonstration; any other database is refused."""
    from app.commands.run import may_change_tables, require_head
    from app.demonstration.loading import generate
    from app.storage.key_provider import FileKeyProvider

    settings = get_settings()
    with open_database(settings, typer.echo) as access:
        found = look_at(access.owner_url)
        if not found.demonstration:
            raise CommandError("This is not a demonstration: stories are made up for demonstrations only.")
        require_head(found)
        if not may_change_tables(found):
            raise CommandError(
                f"{found.role} may not load stories; set BESA_OWNER_DATABASE_URL to the owner of the database."
            )
        keys = FileKeyProvider(settings.master_keys)
        made = asyncio.run(generate(access.owner_url, keys, typer.echo, cases=cases, seed=seed))
    typer.echo(f"{made.cases:,} cases with {made.rows:,} rows in {made.seconds:.0f} s.")
