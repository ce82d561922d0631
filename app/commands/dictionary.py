"""`besa dictionary`: the data dictionary, written from the definitions themselves."""

import importlib
import pkgutil
from pathlib import Path
from typing import Any, get_args, get_origin

import typer
from sqlalchemy import LargeBinary, Table

from app.domain import forms
from app.domain.forms.fields import CodeOf, Form, OrganisationOf, PlaceOf, notes
from app.jurisdictions.dictionary import code_list_markdown
from app.jurisdictions.loader import profiles
from app.storage.schema import metadata
from app.texts import has_text, text

OUTPUT = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def all_forms() -> list[type[Form]]:
    """Return every form of the program, by concept and name."""
    for module in pkgutil.iter_modules(forms.__path__):
        importlib.import_module(f"{forms.__name__}.{module.name}")
    found: list[type[Form]] = []
    waiting = list(Form.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.startswith(forms.__name__) and one.concept:
            found.append(one)
    return sorted(set(found), key=lambda form: (form.concept, form.__name__))


def _kind(form: type[Form], name: str, annotation: Any) -> str:
    listed, placed = notes(form, name, CodeOf), notes(form, name, PlaceOf)
    if listed is not None:
        return f"code of `{listed.list}`"
    if placed is not None:
        return f"place ({placed.level})"
    if notes(form, name, OrganisationOf) is not None:
        return "organisation"
    return _type_name(annotation)


def _type_name(annotation: Any) -> str:
    if hasattr(annotation, "__metadata__"):
        return _type_name(annotation.__origin__)
    arguments = [a for a in get_args(annotation) if a is not type(None) and a is not Ellipsis]
    if get_origin(annotation) is tuple:
        return f"several: {_type_name(arguments[0])}"
    if arguments and all(isinstance(a, str) for a in arguments):
        # sorted: equal literals share one object, whose order depends on which was made first
        return " / ".join(sorted(arguments))
    if arguments:
        return " or ".join(_type_name(a) for a in arguments)
    return getattr(annotation, "__name__", str(annotation))


def _words(form: type[Form], name: str, language: str) -> str:
    key = f"{form.concept}.fields.{name}"
    if not has_text(f"{key}.label"):
        return ""
    hint = f" ({text(f'{key}.hint', language)})" if has_text(f"{key}.hint") else ""
    return f"{text(f'{key}.label', language)}{hint}"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _form(form: type[Form]) -> list[str]:
    lines = [f"### {form.__name__}", "", (form.__doc__ or "").strip().split("\n")[0], ""]
    lines += ["| Field | Kind | Asked | Albanian | English |", "|---|---|---|---|---|"]
    for name, info in form.model_fields.items():
        asked = "always" if info.is_required() else "may be left empty"
        row = [
            f"`{name}`",
            _kind(form, name, info.annotation),
            asked,
            _words(form, name, "sq"),
            _words(form, name, "en"),
        ]
        lines.append(f"| {' | '.join(_cell(cell) for cell in row)} |")
    return [*lines, ""]


def _table(table: Table) -> list[str]:
    lines = [f"### {table.fullname}", "", "| Column | Type | Empty | Encrypted |", "|---|---|---|---|"]
    for column in table.columns:
        sealed = isinstance(column.type, LargeBinary) and "hash" not in column.name and "key" not in column.name
        row = [f"`{column.name}`", str(column.type), "yes" if column.nullable else "no", "yes" if sealed else ""]
        lines.append(f"| {' | '.join(row)} |")
    return [*lines, ""]


def document() -> str:
    """Return the whole dictionary as Markdown: forms, tables, and each profile's lists."""
    lines = [
        "# Data dictionary",
        "",
        "Made by `./besa dictionary` from the definitions; do not edit by hand. Forms are what people record, tables",
        "what is kept; *encrypted* columns hold nothing that the database can read.",
        "",
        "## Forms",
        "",
    ]
    for form in all_forms():
        lines += _form(form)
    lines += ["## Tables", ""]
    for name in sorted(metadata.tables):
        lines += _table(metadata.tables[name])
    parts = ["\n".join(lines)]
    parts += [code_list_markdown(profiles().current(j)).replace("\n#", "\n##") for j in profiles().jurisdictions()]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def command(check: bool = typer.Option(False, help="Only say whether the file is up to date.")) -> None:
    """Write docs/data-dictionary.md from the definitions."""
    made = document()
    if check:
        current = OUTPUT.read_text(encoding="utf-8") if OUTPUT.exists() else ""
        if current != made:
            typer.echo("docs/data-dictionary.md is out of date: run ./besa dictionary.", err=True)
            raise typer.Exit(1)
        return
    OUTPUT.write_text(made, encoding="utf-8")
    typer.echo(f"Wrote {OUTPUT.name}.")
