"""`besa test`: the whole suite against a real PostgreSQL, in a real browser where there is one."""

import os
import shutil
import subprocess
import sys
from typing import Annotated

import typer

from app.settings import CHECKOUT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FOR_TESTS = ("BESA_CHROMIUM", "BESA_TEST_DATABASE_URL", "BESA_TEST_PG_BINDIR")
"""An outside server (a superuser's URL), or the programs of another PostgreSQL, for the tests."""


def command(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Passed on to pytest, such as tests/domain -k names.")
    ] = None,
) -> None:
    """Run the tests; whatever stands behind `test` goes to pytest."""
    call = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile"]
    browser = find_browser()
    if browser is None:
        typer.echo(
            "NO CHROMIUM WAS FOUND: the browser journeys are left out. "
            "Install it (Debian: apt install chromium) or name one in BESA_CHROMIUM."
        )
        call += ["-m", "not browser"]
    else:
        typer.echo(f"The browser journeys run in {browser}.")
    # what a person set for the program must not reach the tests, its database least of all
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BESA_") or name in FOR_TESTS}
    environment = {**kept, **({"BESA_CHROMIUM": browser} if browser else {})}
    ended = subprocess.run([*call, *(arguments or [])], cwd=CHECKOUT, env=environment, check=False)
    raise typer.Exit(ended.returncode)


def find_browser() -> str | None:
    """Return the path of a Chromium, None where there is none; a wrong BESA_CHROMIUM is not passed over."""
    named = os.environ.get("BESA_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise typer.BadParameter(f"BESA_CHROMIUM names {named}, which cannot be run.")
        return found
    return next(filter(None, map(shutil.which, BROWSERS)), None)
