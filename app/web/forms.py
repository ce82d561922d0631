"""Forms on pages, made from the same definitions as the API's schemas (`app.domain.forms`)."""

import types
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ValidationError
from sqlalchemy import RowMapping
from starlette.datastructures import FormData

from app.domain.code_lists import Age
from app.domain.forms.fields import CodeOf, Form, OrganisationOf, PlaceOf, Shown, notes
from app.domain.problems import Invalid, Problem
from app.domain.profile import Profile
from app.http.problems import as_invalid, sentence
from app.texts import has_text, text

F = TypeVar("F", bound=Form)
_RADIOS_AT_MOST = 7
_QUIET = frozenset({"unknown", "not_asked", "UNKNOWN", "UNK", "NOT_ASKED"})
Options = Sequence[Mapping[str, Any]]


def organisation_choices(rows: Iterable[RowMapping], language: str, *, without: Container[Any] = ()) -> Options:
    """Return organisations as choices by name, without those whose id is in `without`."""
    return [{"value": str(row["id"]), "label": row[f"name_{language}"]} for row in rows if row["id"] not in without]


@dataclass(frozen=True, slots=True)
class FormState:
    """What was typed (None on the first showing) and what was wrong with it."""

    values: FormData | None = None
    problem: Problem | None = None

    def error(self, name: str, language: str) -> str | None:
        """Return the sentence for a field, None where it is right."""
        if isinstance(self.problem, Invalid):
            for found in self.problem.errors:
                if found.field == name:
                    return sentence(found.code, language, found.params)
        elif self.problem is not None and self.problem.field == name:
            return sentence(self.problem.code, language, self.problem.params)
        return None


def _plain(annotation: Any) -> tuple[Any, bool]:
    """Return the type without `None` and `Annotated`, and whether None is allowed."""
    if hasattr(annotation, "__metadata__"):
        return _plain(annotation.__origin__)
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [a for a in get_args(annotation) if a is not type(None)]
        return _plain(rest[0])[0], True
    return (datetime if annotation is AwareDatetime else annotation), False


def _item(annotation: Any) -> Any:
    return _plain(get_args(annotation)[0])[0]


def read(form: type[F], given: FormData, profile: Profile, **fixed: Any) -> F:
    """Read a posted form into its definition; raises `Invalid` naming every broken field.

    Times without an offset are taken in the jurisdiction's zone. `fixed` are values the page knows itself.
    """
    try:
        return form.model_validate({**_raw(form, given, profile, ""), **fixed})
    except ValidationError as error:
        raise as_invalid(error) from error


def _raw(form: type[BaseModel], given: FormData, profile: Profile, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, info in form.model_fields.items():
        kind, _ = _plain(info.annotation)
        path = f"{prefix}{name}"
        if get_origin(kind) is tuple and isinstance(_item(kind), type) and issubclass(_item(kind), BaseModel):
            rows = _rows(_item(kind), given, profile, path)
            if rows:
                found[name] = rows
        elif get_origin(kind) is tuple:
            values = [str(v).strip() for v in given.getlist(path)]
            if _is_free(form, name, kind):
                values = [part.strip() for value in values for part in value.split(";")]
            found[name] = list(dict.fromkeys(v for v in values if v))
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            found[name] = _raw(kind, given, profile, f"{path}.")
        elif path in given:
            found[name] = _one(kind, str(given[path]), profile)
    return {k: v for k, v in found.items() if v is not None}


def _rows(form: type[BaseModel], given: FormData, profile: Profile, path: str) -> list[dict[str, Any]]:
    """Return the rows of a repeated group; a row in which nothing was written is left out, whatever was ticked."""
    numbers = sorted({int(k[len(path) + 1 :].split(".", 1)[0]) for k in given if _is_row(k, path)})
    rows = [_raw(form, given, profile, f"{path}.{number}.") for number in numbers[:50]]
    written = [
        n for n, info in form.model_fields.items() if _plain(info.annotation)[0] is str and not notes(form, n, CodeOf)
    ]
    return [row for row in rows if any(row.get(name) for name in written)]


def _is_row(key: str, path: str) -> bool:
    return key.startswith(f"{path}.") and key[len(path) + 1 :].split(".", 1)[0].isdigit()


def _one(kind: Any, value: str, profile: Profile) -> Any:
    value = value.strip()
    if value == "":
        return None
    if kind is datetime and len(value) in (16, 19):
        try:
            return datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(profile.timezone))
        except ValueError:
            return value
    if kind is Decimal:
        return value.replace(",", ".")
    return value


def view(
    form: type[Form],
    profile: Profile,
    language: str,
    state: FormState | None = None,
    *,
    initial: Mapping[str, Any] | None = None,
    options: Mapping[str, Options] | None = None,
    age: Age | None = None,
    prefix: str = "",
    concept: str | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the fields of a form for the `field` macro, by name.

    `options` gives the choices the profile does not know (organisations, beds). `age` leaves out codes that
    cannot be chosen for the person. Nested groups come as `name.0.part` for the rows typed so far.
    """
    state = state or FormState()
    concept = concept or form.concept
    fields: dict[str, dict[str, Any]] = {}
    for name, info in form.model_fields.items():
        kind, optional = _plain(info.annotation)
        path = f"{prefix}{name}"
        if _is_group(kind):
            continue
        if kind is UUID and not notes(form, name, OrganisationOf) and name not in (options or {}):
            fields[path] = {
                "name": path,
                "kind": "hidden",
                "label": "",
                "value": _value(path, kind, state, (initial or {}).get(name)),
            }
            continue
        base: dict[str, Any] = {
            "name": path,
            "label": text(f"{concept}.fields.{name}.label", language),
            "required": info.is_required(),
            "optional_mark": not info.is_required() and get_origin(kind) is not tuple and kind is not bool,
            "error": state.error(path, language),
            "value": _value(path, kind, state, (initial or {}).get(name)),
        }
        if has_text(f"{concept}.fields.{name}.hint"):
            base["hint"] = text(f"{concept}.fields.{name}.hint", language)
        if get_origin(kind) is tuple and _is_free(form, name, kind) and isinstance(base["value"], list):
            base["value"] = "; ".join(base["value"])
        fields[path] = base | _shape(
            form, name, kind, optional, profile, language, (options or {}).get(name), age, concept
        )
    return fields


def _is_group(kind: Any) -> bool:
    """True for a nested form or rows of one: shown by a `view` of their own."""
    inner = _item(kind) if get_origin(kind) is tuple else kind
    return isinstance(inner, type) and issubclass(inner, BaseModel)


def _is_free(form: type[BaseModel], name: str, kind: Any) -> bool:
    """True for several short texts in one box, separated by semicolons."""
    return _item(kind) is str and notes(form, name, CodeOf) is None and notes(form, name, PlaceOf) is None


def repeated(field: Mapping[str, Any], times: int) -> list[dict[str, Any]]:
    """Return a field of several codes as `times` single selects; long lists are no place for checkboxes."""
    given = field["value"] if isinstance(field["value"], (list, tuple)) else []
    return [
        {
            **field,
            "id": f"{field['name'].replace('.', '-')}" + (f"-{n + 1}" if n else ""),
            "value": given[n] if n < len(given) else "",
            "kind": "autocomplete",
            **({"label": f"{field['label']} ({n + 1})", "hint": None, "error": None} if n else {}),
        }
        for n in range(times)
    ]


def group_rows(
    form: type[Form],
    profile: Profile,
    language: str,
    state: FormState,
    path: str,
    *,
    existing: Sequence[Mapping[str, Any]] = (),
    at_least: int = 1,
) -> list[dict[str, dict[str, Any]]]:
    """Return the fields of each row of a repeated group: those typed, those kept, and an empty one to add."""
    typed = 0
    if state.values is not None:
        typed = len({k[len(path) + 1 :].split(".")[0] for k in state.values if _is_row(k, path)})
    count = max(typed, len(existing) + 1, at_least)
    return [
        view(
            form,
            profile,
            language,
            state,
            prefix=f"{path}.{n}.",
            initial=existing[n] if n < len(existing) else None,
        )
        for n in range(count)
    ]


def _value(path: str, kind: Any, state: FormState, initial: Any) -> Any:
    if state.values is not None:
        return state.values.getlist(path) if get_origin(kind) is tuple else state.values.get(path)
    if isinstance(initial, datetime):
        return initial.strftime("%Y-%m-%dT%H:%M")
    if get_origin(kind) is tuple and initial is not None:
        return list(initial)
    if isinstance(initial, (date, UUID, int, Decimal)) and not isinstance(initial, bool):
        return str(initial)
    return initial


def _shape(
    form: type[Form],
    name: str,
    kind: Any,
    optional: bool,
    profile: Profile,
    language: str,
    given: Options | None,
    age: Age | None,
    concept: str,
) -> dict[str, Any]:
    shown = notes(form, name, Shown)
    several = get_origin(kind) is tuple
    choices = given if given is not None else _choices(form, name, kind, optional, profile, language, age, concept)
    if choices is not None:
        long = len(choices) > _RADIOS_AT_MOST or notes(form, name, OrganisationOf) or notes(form, name, PlaceOf)
        default = "checkboxes" if several else "select" if long else "radios"
        return {
            "kind": shown.kind if shown else default,
            "options": list(choices),
            "columns": several and len(choices) > 6,
        }
    if shown is not None:
        return {"kind": shown.kind}
    if several:
        return {"kind": "text"}
    if kind is bool:
        return {"kind": "bool"}
    if kind is datetime:
        return {"kind": "datetime"}
    if kind is date:
        return {"kind": "date"}
    if kind in (int, Decimal):
        return {"kind": "number"}
    longest = _max_length(form, name)
    return {"kind": "textarea", "max_length": longest} if longest > 200 else {"kind": "text"}


def _max_length(form: type[BaseModel], name: str) -> int:
    def lengths(annotation: Any) -> list[int]:
        own = [m.max_length for m in getattr(annotation, "__metadata__", ()) if getattr(m, "max_length", None)]
        own += [x for m in getattr(annotation, "__metadata__", ()) for x in _of_field(m)]
        return own + [
            x for a in get_args(annotation) if a is not type(None) and not isinstance(a, str) for x in lengths(a)
        ]

    def _of_field(note: Any) -> list[int]:
        return [m.max_length for m in getattr(note, "metadata", ()) if getattr(m, "max_length", None)]

    info = form.model_fields[name]
    found = [m.max_length for m in info.metadata if getattr(m, "max_length", None)] + lengths(info.annotation)
    return max(found, default=200)


def _choices(
    form: type[Form],
    name: str,
    kind: Any,
    optional: bool,
    profile: Profile,
    language: str,
    age: Age | None,
    concept: str,
) -> Options | None:
    listed = notes(form, name, CodeOf)
    if listed is not None:
        chosen = profile.selectable(listed.list, age)
        parents = {c.parent for c in chosen if c.parent}
        return [
            {"value": c.code, "label": c.label.text(language), "quiet": c.code in _QUIET}
            | (
                {"group": profile.label(listed.list, c.parent or c.code, language)}
                if {c.parent, c.code} & parents
                else {}
            )
            for c in chosen
        ]
    placed = notes(form, name, PlaceOf)
    if placed is not None:
        return [
            {"value": p.code, "label": p.name.text(language), "group": _parent_name(profile, p.parent, language)}
            for p in profile.places.values()
            if placed.level in ("any", p.level)
        ]
    literal = _item(kind) if get_origin(kind) is tuple else kind
    if get_origin(literal) is Literal:
        return [
            {"value": v, "label": _choice_label(concept, name, v, language), "quiet": v in _QUIET}
            for v in get_args(literal)
        ]
    if kind is bool and optional:
        return [{"value": v, "label": text(f"layout.known.{v}", language)} for v in ("true", "false")]
    return None


def _parent_name(profile: Profile, code: str | None, language: str) -> str:
    return profile.places[code].name.text(language) if code else ""


def _choice_label(concept: str, name: str, value: str, language: str) -> str:
    own = f"{concept}.choices.{name}.{value}"
    return text(own if has_text(own) else f"layout.known.{value}", language)


def local(moment: datetime, profile: Profile) -> datetime:
    """Return a point in time in the jurisdiction's zone, as forms show it."""
    return moment.astimezone(ZoneInfo(profile.timezone))


def version_of(given: FormData) -> int | None:
    """Return the version a form was made from (its hidden field `version`)."""
    value = str(given.get("version", ""))
    return int(value) if value.isdigit() and len(value) < 10 else None
