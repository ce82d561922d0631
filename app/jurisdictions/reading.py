"""Reading one YAML file into its strict model; faults of form are collected, never raised one by one."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from app.jurisdictions.faults import Faults

Model = TypeVar("Model", bound=BaseModel)

_NAMES = ("code", "id", "step", "field", "row", "key")
"""Keys that name an entry of a list, so that a fault says `values.VMT` and not `values.3`."""


class _Loader(yaml.CSafeLoader):
    """Safe loader that refuses a key given twice; YAML itself would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice in one mapping", node.start_mark)
        return mapping


def _entry(location: Sequence[str | int], content: Any) -> str:
    """Return the path of a fault with the codes of the entries in place of their positions."""
    parts: list[str] = []
    node = content
    for step in location:
        node = _inside(node, step)
        name = None
        if isinstance(step, int) and isinstance(node, dict):
            name = next((str(node[key]) for key in _NAMES if key in node), None)
        parts.append(name or str(step))
    return ".".join(parts)


def _inside(node: Any, step: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return node


def parse_yaml(text: str) -> Any:
    """Return the content of a YAML text; raises yaml.YAMLError, also for a key given twice."""
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def read_yaml(path: Path, name: str, faults: Faults) -> Any:
    """Return the content of a YAML file, None with a fault where it cannot be read."""
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.add(name, "", "the file is missing")
    except UnicodeDecodeError:
        faults.add(name, "", "the file is not UTF-8")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        faults.add(name, where, str(getattr(error, "problem", None) or "not YAML"))
    return None


def read_model(path: Path, name: str, model: type[Model], faults: Faults) -> Model | None:
    """Return a file as its model, None with one fault for each broken entry."""
    before = len(faults.found)
    content = read_yaml(path, name, faults)
    if len(faults.found) > before:
        return None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            given = fault["input"]
            said = f" (got {given!r})" if isinstance(given, str | int | float | bool | None) else ""
            faults.add(name, _entry(fault["loc"], content), fault["msg"] + said)
    return None
