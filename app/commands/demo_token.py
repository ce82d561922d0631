"""`besa demo token`: a short API token of somebody made up, to try the interface with."""

import asyncio
from typing import Annotated

import typer

from app.commands.database_server import look_at, open_database
from app.commands.errors import CommandError
from app.settings import get_settings


def command(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="A role such as case_manager, or a login: demo.njl.")],
) -> None:
    """Print an access token, good for ten minutes, for a role or login of the demonstration."""
    from app.commands.run import require_head
    from app.domain.problems import Problem
    from app.http.problems import sentence
    from app.services import api_tokens
    from app.services.credentials.signing_keys import SigningKeys
    from app.services.program import Program
    from app.services.unit_of_work import unit_of_work
    from app.storage.database import Database
    from app.storage.key_provider import FileKeyProvider

    settings = get_settings()
    # The token alone goes to standard output: TOKEN=$(besa demo token case_manager)
    with open_database(settings, lambda line: typer.echo(line, err=True)) as access:
        found = look_at(access.application_url)
        if found.demonstration is None:
            raise CommandError("There is no demonstration yet; `besa run` makes it.")
        if not found.demonstration:
            raise CommandError("This is not a demonstration; tokens come from POST /api/v1/tokens here.")
        require_head(found)

        async def make() -> str:
            program = Program.make(
                settings,
                Database(access.application_url, pool_size=1),
                FileKeyProvider(settings.master_keys),
                SigningKeys(settings.signing_keys),
                demonstration=True,
            )
            try:
                async with unit_of_work(program, None, "session.start") as unit:
                    actor, made = await api_tokens.demonstration_token(unit, role)
            finally:
                await program.database.close()
            typer.echo(f"{actor.role.value} at {actor.org_name['en']}, ten minutes:", err=True)
            return made.access_token

        try:
            token = asyncio.run(make())
        except Problem as problem:
            raise CommandError(sentence(problem.code, "en", problem.params)) from problem
    typer.echo(token)
