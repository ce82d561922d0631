"""`besa aids`: run test vectors against the decision aids of the loaded profiles; no database is needed."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from app.domain.aid_vectors import Mismatch, Vector, VectorError, VectorFile, run_vector
from app.domain.profile import UnknownEntry
from app.jurisdictions.loader import ProfileError, profiles

app = typer.Typer(name="aids", help="Decision aids: check them against test vectors.", no_args_is_help=True)


@app.callback()
def _aids() -> None:
    """Keep `check` a command of its own, however many commands there are."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="File of test vectors (YAML, the schema of vectors.yaml).")],
) -> None:
    """Run every vector of FILE; print each mismatch and end with 1, or the count and end with 0."""
    try:
        vectors = _read(file).vectors
        mismatches = [found for vector in vectors for found in _run(vector)]
    except (VectorError, ProfileError) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(2) from error
    _report(mismatches, len(vectors))
    if mismatches:
        raise typer.Exit(1)


def _run(vector: Vector) -> tuple[Mismatch, ...]:
    try:
        profile = profiles().current(vector.profile)
    except UnknownEntry as error:
        raise VectorError(f"{vector.id}: there is no profile {vector.profile!r}") from error
    return run_vector(profile, vector)


def _report(mismatches: list[Mismatch], total: int) -> None:
    for mismatch in mismatches:
        typer.echo(str(mismatch))
    wrong = len({mismatch.id for mismatch in mismatches})
    typer.echo(f"{wrong} of {total} vectors do not agree" if wrong else f"{total} vectors agree")


def _read(file: Path) -> VectorFile:
    """Return the vectors of a file; raises VectorError with one sentence naming the entry."""
    try:
        content: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return VectorFile.model_validate(content)
    except OSError as error:
        raise VectorError(error.strerror or "the file cannot be read") from error
    except UnicodeDecodeError as error:
        raise VectorError("the file is not UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise VectorError(f"not YAML, line {mark.line + 1}" if mark else "not YAML") from error
    except ValidationError as error:
        raise VectorError(_first_fault(error, content)) from error


def _first_fault(error: ValidationError, content: Any) -> str:
    """Return the first fault as a sentence with the vector's id in place of its position."""
    first = error.errors(include_url=False)[0]
    place = list(first["loc"])
    if place[:1] == ["vectors"] and len(place) > 1 and isinstance(place[1], int):
        vector = content["vectors"][place[1]]
        name = vector.get("id") if isinstance(vector, dict) else None
        place[:2] = [str(name) if name else f"vector {place[1] + 1}"]
    where = ".".join(str(part) for part in place)
    return f"{where}: {first['msg']}" if where else str(first["msg"])
