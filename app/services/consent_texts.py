"""The text that is read to a person before a consent, in the version that the ledger then names."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from app.domain.problems import Invalid
from app.texts import catalogue, has_text, text

_ROOT = "consent_texts"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One text as it is read aloud or printed: title, paragraphs, and the question at the end."""

    version: str
    title: str
    paragraphs: tuple[str, ...]
    question: str


@cache
def versions() -> tuple[str, ...]:
    """Return every version that was ever released, such as `1.0`, the oldest first."""
    found = {key.split(".")[1] for key in catalogue() if key.startswith(f"{_ROOT}.")}
    return tuple(sorted((name[1:].replace("_", ".") for name in found), key=lambda v: [int(p) for p in v.split(".")]))


def current() -> str:
    """Return the version to be read today."""
    return versions()[-1]


def sheet(
    version: str,
    purpose: str,
    language: str,
    *,
    jurisdiction: str,
    recipient: str,
    classes: Iterable[str],
    child: bool,
) -> Sheet:
    """Return the text of a purpose for one recipient and its data classes; a child's is shorter and plainer.

    `recipient` is shown as given (a blank line to fill in on paper where it is not known yet). Raises `Invalid` where
    there is no such version, purpose or data class.
    """
    if version not in versions():
        raise Invalid.one("version", "consent.unknown_text")
    root = f"{_ROOT}.v{version.replace('.', '_')}"
    classes = tuple(classes)
    for field, keys in (("purpose", [f"ask.{purpose}"]), ("data_classes", [f"classes.{one}" for one in classes])):
        if not all(has_text(f"{root}.{key}") for key in keys):
            raise Invalid.one(field, "consent.no_text")

    def said(key: str, **params: str) -> str:
        own = f"{root}.child.{key}"
        return text(own if child and has_text(own) else f"{root}.{key}", language, **params)

    named = ", ".join(said(f"classes.{one}") for one in classes)
    sees = said("sees", classes=named) if named else said("sees_nothing")
    authority = text(f"{root}.authority.{jurisdiction}", language)
    return Sheet(
        version,
        said("title"),
        (
            said("intro"),
            said(f"ask.{purpose}", recipient=recipient),
            sees,
            said("voluntary"),
            said("withdrawal"),
            said("retention"),
            said("rights", authority=authority),
        ),
        said("question"),
    )


@cache
def classes() -> frozenset[str]:
    """Return the data classes that today's text has words for."""
    prefix = f"{_ROOT}.v{current().replace('.', '_')}.classes."
    return frozenset(key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix))
