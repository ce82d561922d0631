"""Finding something of the directory by a part of its name, however the Albanian letters were typed."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, true

_WITH, _WITHOUT = "ëçâàäáãéèêíìîóòôöúùûüčćšžđ", "ecaaaaaeeeiiioooouuuuccszd"


def matches(search: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that every word of `search` is a part of one of the columns; ë is found by e, ç by c."""
    words = [word for word in search.split() if word.isprintable()][:6]
    return and_(true(), *(or_(*(_contains(column, word) for column in columns)) for word in words))


def _contains(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    plain = word.casefold().translate(str.maketrans(_WITH, _WITHOUT))
    return func.translate(func.lower(column), _WITH, _WITHOUT).contains(plain, autoescape=True)
