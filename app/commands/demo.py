"""`besa demo`: what only a demonstration has; each command has a module of its own beside this one."""

import typer

from app.commands import demo_generate, demo_token

app = typer.Typer(name="demo", help="The demonstration: tokens for its people, more stories.", no_args_is_help=True)
app.command("token")(demo_token.command)
app.command("generate")(demo_generate.command)


@app.callback()
def _demo() -> None:
    """Keep `token` a command of its own, however many commands there are."""
