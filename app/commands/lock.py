"""`besa lock`: write the hash-locked dependencies anew, or say whether they fit what was asked for."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.errors import CommandError
from app.settings import CHECKOUT

REQUIREMENTS = CHECKOUT / "requirements"
NAMES = ("run", "dev")
"""In this order: the tests' lock is made under the constraint of the program's."""

_MARK = re.compile(r"^# Made from (\S+) with sha256 ([0-9a-f]{64})$", re.MULTILINE)


def command(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 where a lock is outdated.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep every version that still fits.")] = False,
) -> None:
    """Bring requirements/*.lock to the newest versions, each file with its hashes."""
    if check:
        outdated = [fault for name in NAMES for fault in faults(REQUIREMENTS, name)]
        if outdated:
            raise CommandError(" ".join(outdated))
        typer.echo("The locks fit what requirements/*.in ask for.")
        return
    for name in NAMES:
        before = versions((REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8"))
        write(REQUIREMENTS, name, keep=keep)
        after = versions((REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8"))
        for package in sorted(before.keys() | after.keys()):
            if before.get(package) != after.get(package):
                typer.echo(f"{name}.lock: {package} {before.get(package, '-')} -> {after.get(package, '-')}")


def write(folder: Path, name: str, *, keep: bool) -> None:
    """Compile `name`.in to `name`.lock; asks the package index."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise CommandError("The program uv is missing; `./besa develop` installs it.")
    target = folder / f"{name}.lock"
    command_line = [
        uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes",
        "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--no-header", *([] if keep else ["--upgrade"]),
        "--output-file", target.name, f"{name}.in",
    ]  # fmt: skip
    done = subprocess.run(command_line, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandError(f"uv could not write {target.name}: {done.stderr.strip()}")
    header = (
        "# Written by `./besa lock`; do not change by hand.",
        f"# Made from {name}.in with sha256 {digest(folder, name)}",
        "",
    )
    target.write_text("\n".join(header) + target.read_text(encoding="utf-8"), encoding="utf-8")


def faults(folder: Path, name: str) -> list[str]:
    """Say what is wrong with a lock, without a network."""
    lock = (folder / f"{name}.lock").read_text(encoding="utf-8")
    found = []
    if dict(_MARK.findall(lock)).get(f"{name}.in") != digest(folder, name):
        found.append(f"{name}.in has changed since {name}.lock was made from it: run `./besa lock --keep`.")
    without_hash = [package for package, block in _blocks(lock).items() if "--hash=sha256:" not in block]
    if without_hash:
        found.append(f"{name}.lock has no hash for {', '.join(without_hash)}.")
    if name != "run":
        program = versions((folder / "run.lock").read_text(encoding="utf-8"))
        differing = sorted(package for package, version in program.items() if versions(lock).get(package) != version)
        if differing:
            found.append(f"{name}.lock and run.lock differ in {', '.join(differing)}: run `./besa lock --keep`.")
    return found


def versions(lock: str) -> dict[str, str]:
    """Return {package: version} of a lock."""
    return {package: block.split("==")[1].split()[0] for package, block in _blocks(lock).items()}


def digest(folder: Path, name: str) -> str:
    """Return the hash over what is asked for: comments and spacing do not count."""
    lines = (folder / f"{name}.in").read_text(encoding="utf-8").splitlines()
    asked = sorted(line.split("#")[0].strip() for line in lines)
    return hashlib.sha256("\n".join(filter(None, asked)).encode()).hexdigest()


def _blocks(lock: str) -> dict[str, str]:
    return {
        block.split("==")[0]: block
        for block in re.split(r"\n(?=[a-z0-9])", lock)
        if re.match(r"[a-z0-9][^\n]*==", block)
    }
