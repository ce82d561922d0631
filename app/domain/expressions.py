"""Conditions in rule data: names joined by `and`, `or`, `not` and brackets; `otherwise` is always true.

The grammar is read here and nothing of it is ever handed to Python's own evaluator.

    condition := term ("or" term)*
    term      := factor ("and" factor)*
    factor    := "not" factor | "(" condition ")" | name
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_]*)|([()]))")
_WORDS = frozenset({"and", "or", "not"})
_MOST_TOKENS = 200

Facts = Mapping[str, bool]
Test = Callable[[Facts], bool]


class ExpressionError(ValueError):
    """A condition that does not follow the grammar; says where."""


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise ExpressionError(f"{text!r}: unexpected {stripped[position:].strip()[:1]!r}")
        tokens.append(match.group(1) or match.group(2))
        position = match.end()
    if len(tokens) > _MOST_TOKENS:
        raise ExpressionError(f"a condition has at most {_MOST_TOKENS} words")
    return tokens


class _Reader:
    """Reads one condition from left to right into a test; keeps the names it met."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.position = 0
        self.names: set[str] = set()

    def next_is(self, word: str) -> bool:
        if self.position < len(self.tokens) and self.tokens[self.position] == word:
            self.position += 1
            return True
        return False

    def condition(self) -> Test:
        test = self.term()
        while self.next_is("or"):
            test = _either(test, self.term())
        return test

    def term(self) -> Test:
        test = self.factor()
        while self.next_is("and"):
            test = _both(test, self.factor())
        return test

    def factor(self) -> Test:
        if self.next_is("not"):
            inner = self.factor()
            return lambda facts: not inner(facts)
        if self.next_is("("):
            inner = self.condition()
            if not self.next_is(")"):
                raise ExpressionError(f"{self.text!r}: a bracket is not closed")
            return inner
        if self.position == len(self.tokens) or self.tokens[self.position] in _WORDS | {"(", ")"}:
            raise ExpressionError(f"{self.text!r}: a name is missing")
        name = self.tokens[self.position]
        self.position += 1
        self.names.add(name)
        return lambda facts: facts[name]

    def whole(self) -> Test:
        test = self.condition()
        if self.position != len(self.tokens):
            raise ExpressionError(f"{self.text!r}: {self.tokens[self.position]!r} is too much")
        return test


def _both(left: Test, right: Test) -> Test:
    return lambda facts: left(facts) and right(facts)


def _either(left: Test, right: Test) -> Test:
    return lambda facts: left(facts) or right(facts)


@lru_cache(maxsize=256)
def _read(text: str) -> tuple[Test, frozenset[str]]:
    if text.strip() == "otherwise":
        return (lambda facts: True), frozenset()
    reader = _Reader(text)
    return reader.whole(), frozenset(reader.names)


def names_in(text: str) -> frozenset[str]:
    """Return the names a condition uses; raises ExpressionError where it does not follow the grammar."""
    return _read(text)[1]


def holds(text: str, facts: Facts) -> bool:
    """True where the condition holds for these facts; raises ExpressionError, KeyError for a name without a fact."""
    return _read(text)[0](facts)
