"""`besa test` and the outermost command."""

from pathlib import Path

import pytest
import typer

from app.commands import test as test_command
from tests.commands.program import call


def test_browser_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BESA_CHROMIUM", raising=False)
    monkeypatch.setattr(test_command.shutil, "which", lambda name: None)
    assert test_command.find_browser() is None
    monkeypatch.setattr(test_command.shutil, "which", {"google-chrome": "/opt/chrome"}.get)
    assert test_command.find_browser() == "/opt/chrome"


def test_named_browser_that_is_missing_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BESA_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(typer.BadParameter, match="/nowhere/chromium"):
        test_command.find_browser()


@pytest.mark.parametrize("found", [None, "/usr/bin/chromium"])
def test_what_stands_behind_goes_to_pytest(
    found: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[list[str]] = []

    class Ended:
        returncode = 3

    def run(call: list[str], **arguments: object) -> Ended:
        assert "BESA_DATABASE_URL" not in arguments["env"]
        calls.append(call)
        return Ended()

    monkeypatch.setenv("BESA_DATABASE_URL", "postgresql://real/data")
    monkeypatch.setattr(test_command, "find_browser", lambda: found)
    monkeypatch.setattr(test_command.subprocess, "run", run)
    with pytest.raises(typer.Exit) as ended:
        test_command.command(["tests/domain", "-k", "names"])
    assert ended.value.exit_code == 3
    assert calls[0][-3:] == ["tests/domain", "-k", "names"]
    assert ("not browser" in calls[0]) is (found is None)
    assert ("NO CHROMIUM WAS FOUND" in capsys.readouterr().out) is (found is None)


def test_version_and_help(tmp_path: Path) -> None:
    assert call("--version").stdout.startswith("Besa ")
    commands = call("--help").stdout
    for name in ("run", "test", "migrate", "doctor", "lock"):
        assert f"  {name} " in commands


def test_unknown_command_ends_with_an_error() -> None:
    ended = call("fly")
    assert ended.returncode == 2
    assert "No such command 'fly'" in ended.stderr
