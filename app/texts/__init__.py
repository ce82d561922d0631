"""Texts for people: one YAML file per concept, every entry in every language beside the other.

A key is the file's name and the path inside it, joined by dots: `send.title` of `referrals.yaml` is
`referrals.send.title`; `problems-signals.yaml` holds more of `problems`. An entry is one sentence per language, or
plural forms by CLDR category. A missing key or language is an error at start, never an empty place on a page.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale

LANGUAGES = ("sq", "en")
DEFAULT_LANGUAGE = "sq"

Entry = Mapping[str, str | Mapping[str, str]]


class TextError(Exception):
    """A text is missing, lacks a language or is malformed; names file and key."""


def _flatten(prefix: str, node: Mapping[str, Any], out: dict[str, Entry]) -> None:
    for key, value in node.items():
        path = f"{prefix}.{key}"
        if not isinstance(value, dict):
            raise TextError(f"{path}: an entry needs a text for each of {', '.join(LANGUAGES)}")
        if set(LANGUAGES) & value.keys():
            missing = [language for language in LANGUAGES if not value.get(language)]
            if missing:
                raise TextError(f"{path}: no text in {', '.join(missing)}")
            out[path] = value
        else:
            _flatten(path, value, out)


@cache
def catalogue() -> Mapping[str, Entry]:
    """Return every entry by its dotted key, validated; raises TextError naming the entry."""
    entries: dict[str, Entry] = {}
    for file in sorted(Path(__file__).parent.glob("*.yaml")):
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        _flatten(file.stem.split("-")[0], content, entries)
    return entries


def text(key: str, language: str = DEFAULT_LANGUAGE, /, **params: Any) -> str:
    """Return the text of `key`; `n` among the parameters chooses the plural form. Raises TextError."""
    entry = catalogue().get(key)
    if entry is None:
        raise TextError(f"{key}: no such text")
    chosen = entry[language if language in entry else DEFAULT_LANGUAGE]
    if not isinstance(chosen, str):
        form = Locale.parse(language).plural_form(params["n"])
        chosen = chosen.get(form, chosen["other"])
    return chosen.format(**params) if params else chosen


def has_text(key: str) -> bool:
    """True where `key` is an entry; for help texts that only some fields have."""
    return key in catalogue()
