"""`besa keys`: which versions of the master key are in use, a new one, and wrapping every data key under it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from app.commands.database_server import look_at, open_database
from app.commands.errors import CommandError
from app.settings import Settings, get_settings
from app.storage.key_provider import FileKeyProvider

_SETTLED_AFTER = 300.0
"""Seconds: longer than any transaction lives (`app.storage.database`), so none of before the change is left."""

app = typer.Typer(name="keys", help="The master key: its versions, a new one, re-wrapping.", no_args_is_help=True)


@app.command()
def status() -> None:
    """Say how many data keys stand under each version of the master key, and which versions nothing needs."""
    settings = get_settings()
    provider = FileKeyProvider(settings.master_keys)
    with _as_owner(settings) as owner_url:
        _tell(provider, _counted(owner_url))


@app.command("new-version")
def new_version() -> None:
    """Make a new version of the master key; it wraps whatever is recorded from now on, older ones still open."""
    settings = get_settings()
    version = FileKeyProvider(settings.master_keys).add_version()
    typer.echo(f"Version {version} of the master key is made, in {settings.master_keys}.")
    typer.echo("Keep a copy of the file now, apart from the database's backups; then run `besa keys rewrap`.")


@app.command()
def rewrap() -> None:
    """Wrap every data key under the newest version. May be stopped and started again; people can go on working."""
    from app.services.master_keys import rewrap as rewrap_all
    from app.storage.encryption import Keyring, OwnerKind

    settings = get_settings()
    provider = FileKeyProvider(settings.master_keys)

    def progress(kind: OwnerKind, done: int, to_do: int) -> None:
        typer.echo(f"Keys of {kind}s: {done:,} of {to_do:,}")

    with _as_owner(settings) as owner_url:
        made = asyncio.run(rewrap_all(owner_url, Keyring(provider), progress))
        typer.echo(f"{made.done:,} data keys now stand under version {provider.current_version}.")
        for kind, owner_id in made.unreadable:
            typer.echo(f"The key of {kind} {owner_id} does not open and was left as it is.", err=True)
        _tell(provider, _counted(owner_url))
    if made.unreadable:
        raise typer.Exit(1)


@app.command()
def remove(
    version: Annotated[int, typer.Argument(help="The old version that nothing needs any more.")],
    confirm: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy an old version of the master key. Backups from before the re-wrapping cannot be read without it."""
    from app.services.master_keys import destroy_unused

    settings = get_settings()
    provider = FileKeyProvider(settings.master_keys)
    age = time.time() - settings.master_keys.stat().st_mtime
    if age < _SETTLED_AFTER:
        raise CommandError(
            "The key file was changed a moment ago, and work begun before may still use the old version; "
            f"try again in {_SETTLED_AFTER - age:.0f} seconds."
        )
    if not confirm:
        typer.echo("Backups of the database made before the re-wrapping cannot be read without this version.")
        typer.confirm(f"Destroy version {version} of the master key?", abort=True)
    with _as_owner(settings) as owner_url:
        needed = asyncio.run(destroy_unused(owner_url, version, lambda: provider.remove_version(version)))
    if needed:
        raise CommandError(f"{needed:,} data keys still stand under version {version}; run `besa keys rewrap` first.")
    typer.echo(f"Version {version} of the master key is destroyed here; destroy its copies too.")


@contextmanager
def _as_owner(settings: Settings) -> Iterator[str]:
    """Give the owner's URL of a migrated database; CommandError where the role cannot see every key."""
    from app.commands.run import may_change_tables, require_head

    with open_database(settings, typer.echo) as access:
        found = look_at(access.owner_url)
        require_head(found)
        if not may_change_tables(found):
            raise CommandError(
                f"{found.role} does not see every key; set BESA_OWNER_DATABASE_URL to the owner of the database."
            )
        yield access.owner_url


def _counted(owner_url: str) -> dict[int, int]:
    from app.services.master_keys import keys_by_version

    return asyncio.run(keys_by_version(owner_url))


def _tell(provider: FileKeyProvider, counted: dict[int, int]) -> None:
    for version in sorted({*provider.versions, *counted}):
        keys = counted.get(version, 0)
        if version not in provider.versions:
            says = "its master key is MISSING here: bring the key file back from its backup"
        elif version == provider.current_version:
            says = "the newest, wraps what is recorded now"
        elif keys:
            says = "still needed; run `besa keys rewrap`"
        else:
            says = f"nothing needs it any more; `besa keys remove {version}` destroys it"
        typer.echo(f"Version {version}: {keys:,} data keys; {says}.")
