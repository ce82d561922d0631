"""The `besa` command: every command has a module of its own in `app/commands`."""

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from app import __version__

COMMANDS = {
    "run": {},
    "test": {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []},
    "migrate": {},
    "init": {},
    "doctor": {},
    "lock": {},
    "dictionary": {},
}
"""Commands with what they tell the parser; `test` passes on everything."""

GROUPS = ("demo", "aids", "keys", "statistics")


def application() -> typer.Typer:
    """Return the command with everything registered."""
    besa = typer.Typer(
        name="besa",
        help="Case management of the National Referral Mechanisms against trafficking in persons.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    besa.callback()(version)
    for name, context in COMMANDS.items():
        if find_spec(f"app.commands.{name}") is not None:
            module = import_module(f"app.commands.{name}")
            besa.command(name, context_settings=context)(module.command)
    for name in GROUPS:
        if find_spec(f"app.commands.{name}") is not None:
            besa.add_typer(import_module(f"app.commands.{name}").app, name=name)
    return besa


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"Besa {__version__}")
        raise typer.Exit


def version(
    _: bool = typer.Option(
        False, "--version", help="Say which version this is.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Case management of the National Referral Mechanisms against trafficking in persons."""


def main() -> int:
    """Run the command; returns its exit code. What a person can mend is one sentence, never a traceback."""
    from pydantic import ValidationError

    try:
        application()(prog_name="besa", standalone_mode=True)
    except ValidationError as error:
        if error.title != "Settings":
            raise
        for fault in error.errors(include_input=False, include_url=False):
            name = f"BESA_{str(fault['loc'][0]).upper()}: " if fault["loc"] else ""
            typer.echo(f"besa: {name}{fault['msg'].removeprefix('Value error, ')}.", err=True)
        return 1
    except Exception as error:
        from app.commands.errors import sentence_of

        sentence = sentence_of(error)
        if sentence is None:
            raise
        typer.echo(f"besa: {sentence}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
