"""`besa init`: prepare a real installation: keys, tables, profiles, the first administrator; no demonstration data."""

import asyncio
import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from app.commands import migrate
from app.commands.database_server import look_at, open_database
from app.commands.errors import CommandError
from app.commands.run import make_keys, may_change_tables
from app.settings import Settings, get_settings

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the installation shall be; everything is checked before the first file or table is made."""

    login: str
    name: str
    jurisdictions: tuple[str, ...]
    organisation: str
    retention: str


def command(
    login: Annotated[str | None, typer.Option(help="User name of the first administrator.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the first administrator.")] = None,
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="AL or XK; may be given twice, the first is the administrator's.")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Code of the administrator's organisation; the authority where missing.")
    ] = None,
    retention: Annotated[
        str | None, typer.Option(help="Name of the retention schedule that was decided, as your decision names it.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input; otherwise one is made.")
    ] = False,
) -> None:
    """Prepare an installation for real work. What is not given is asked; nothing has a default password."""
    settings = get_settings()
    wanted = _check(
        _ask(login, "User name of the first administrator", password_stdin),
        _ask(name, "Name of the first administrator", password_stdin),
        tuple(jurisdiction or [_ask(None, "Jurisdiction (AL or XK)", password_stdin)]),
        organisation,
        _ask(retention, "Name of the retention schedule", password_stdin),
    )
    typed = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if typed is not None:
        _check_password(typed, wanted)
    made = _prepare(settings, wanted, typed)
    typer.echo(f"The installation is prepared; its keys lie in {settings.master_keys.parent}.")
    typer.echo("Keep a copy of them apart from the database's backups: without them nothing can be read again.")
    typer.echo(f"First administrator: {wanted.login}")
    if made is not None:
        typer.echo(f"One-time password: {made}")
        typer.echo("It is shown only now, is good for seven days, and is changed at the first sign-in.")
    typer.echo(f"Start it with `besa run` and sign in at {settings.address}/sign-in.")


def _ask(given: str | None, question: str, password_stdin: bool) -> str:
    """Return what was given or is typed; where nobody can be asked, say what is missing."""
    if given is not None:
        return given.strip()
    if password_stdin or not sys.stdin.isatty():
        raise CommandError(
            f"{question} is missing, and nobody can be asked here; `besa init --help` names the options."
        )
    return str(typer.prompt(question)).strip()


def _check(login: str, name: str, jurisdictions: tuple[str, ...], organisation: str | None, retention: str) -> _Wanted:
    from pydantic import TypeAdapter, ValidationError

    from app.domain.forms.accounts import NewLogin
    from app.domain.profile import UnknownEntry
    from app.jurisdictions.loader import profiles

    try:
        login = TypeAdapter(NewLogin).validate_python(login)
    except ValidationError:
        raise CommandError(
            "A user name has 3 to 40 small letters, digits, dots, dashes or underscores, such as mira.hoxha."
        ) from None
    for what, given in (("The name", name), ("The name of the retention schedule", retention)):
        if not 0 < len(given) <= _LONGEST or not given.isprintable():
            raise CommandError(f"{what} needs 1 to {_LONGEST} characters on one line.")
    try:
        known = [profiles().current(code) for code in jurisdictions]
        chosen = organisation or _authority(known[0].jurisdiction)
        known[0].organisation(chosen)
    except UnknownEntry as error:
        raise CommandError(f"That is not known: {error}.") from None
    return _Wanted(login, name, jurisdictions, chosen, retention)


def _authority(jurisdiction: str) -> str:
    return {"AL": "AP", "XK": "AK"}[jurisdiction]


def _check_password(typed: str, wanted: _Wanted) -> None:
    from app.domain.problems import Invalid
    from app.http.problems import sentence
    from app.jurisdictions.loader import profiles
    from app.services.credentials.passwords import check_new_password

    at = profiles().current(wanted.jurisdictions[0]).organisation(wanted.organisation)
    try:
        check_new_password(typed, login=wanted.login, organisations=[at.name.text("sq"), at.name.text("en")])
    except Invalid as refused:
        said = " ".join(sentence(error.code, "en", error.params) for error in refused.errors)
        raise CommandError(said) from None


def _prepare(settings: Settings, wanted: _Wanted, typed: str | None) -> str | None:
    """Make everything; return the one-time password, None where one was typed."""
    from app.services.accounts import one_time_password
    from app.services.credentials import passwords
    from app.services.initialisation import FirstAdministrator, has_people, initialise

    if settings.demonstration:
        raise CommandError("BESA_DEMONSTRATION is set: a demonstration is made by `besa run`, not by `besa init`.")
    made = one_time_password() if typed is None else None
    with open_database(settings, typer.echo) as access:
        found = look_at(access.owner_url)
        if found.demonstration:
            raise CommandError(
                "This database was made for demonstration; name another one by BESA_DATABASE_URL, "
                "or set BESA_HOME to another place."
            )
        if not may_change_tables(found):
            raise CommandError(
                f"{found.role} may not make tables in this database; set BESA_OWNER_DATABASE_URL to its owner."
            )
        if found.revision is not None and asyncio.run(has_people(access.owner_url)):
            raise CommandError("This installation has people already; its administrators add others.")
        make_keys(settings)
        migrate.upgrade(access.owner_url, found)
        migrate.prepare(access.owner_url, demonstration=False)

        async def finish() -> None:
            first = FirstAdministrator(
                wanted.login,
                wanted.name,
                wanted.jurisdictions[0],
                wanted.organisation,
                await passwords.hash_password(typed if made is None and typed is not None else str(made)),
                made is not None,
            )
            await initialise(
                access.owner_url, first, jurisdictions=wanted.jurisdictions, retention_schedule=wanted.retention
            )

        asyncio.run(finish())
    return made
