"""Is a password one of those that people, and therefore attackers, think of first?

ASVS 5.0 (6.2.4) and NIST SP 800-63B-4 (3.1.1.2) ask for a comparison with a list of common passwords. At fifteen
characters almost no listed password is met as it stands; what people write is a listed word with a year and signs
around it, twice, or with `4` for `a`. So the text is reduced first and the list is one of words.
"""

import re
import string
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

_LIST = Path(__file__).with_name("common_passwords.txt")
_SHORTEST_WORD = 3
_SHORTEST_UNIT = 10
"""A text repeated from a shorter unit is as weak as the unit."""
_FEWEST_CHARACTERS = 5

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "!@#$%^&*()_+",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
)
_NEIGHBOURS = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a, a + a, b + b))
_LOOK_ALIKES = [str.maketrans("034578@$€+!1", "oeastbaseti" + one) for one in "il"]
_SIGNS_AROUND = re.compile(r"^[^a-z]+|[^a-z]+$")
_SIGNS_AFTER = re.compile(r"[^a-z]+$")
_NOT_LETTERS = re.compile(r"[^a-z]+")


def fold(text: str) -> str:
    """Return lower-case text without accents: `Shqipëria` and `SHQIPERIA` become `shqiperia`."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def squash(text: str) -> str:
    """Return the folded letters and digits of a text, without spaces and signs."""
    return "".join(c for c in fold(text) if c.isalnum())


def is_guessable(text: str) -> bool:
    """True for common words and phrases (dressed up or doubled), keyboard runs and repetitions."""
    folded, squashed = fold(text), squash(text)
    if len(set(folded)) < _FEWEST_CHARACTERS or _is_run(folded) or _is_run(squashed):
        return True
    if any(len(_unit(form)) < min(_SHORTEST_UNIT, len(form)) for form in (folded, squashed)):
        return True
    return any(_is_common(_unit(form)) for form in _reductions(folded, squashed))


def _reductions(folded: str, squashed: str) -> Iterator[str]:
    """Yield what is left once numbers, signs and look-alike signs are taken away, each in its own way."""
    yield squashed
    yield squashed.strip(string.digits)
    yield _NOT_LETTERS.sub("", folded)
    for bare in (_SIGNS_AROUND.sub("", folded), _SIGNS_AFTER.sub("", folded), folded):
        for look_alikes in _LOOK_ALIKES:
            yield _NOT_LETTERS.sub("", bare.translate(look_alikes))


def _is_common(text: str) -> bool:
    """True where the text is one listed word or two, with nothing but digits around and between them."""
    words = _common_words()
    reached = _past_digits(text, {0})
    for _ in range(2):
        ends = {
            end for start in reached for end in range(start + _SHORTEST_WORD, len(text) + 1) if text[start:end] in words
        }
        reached = _past_digits(text, ends)
        if len(text) in reached:
            return True
    return False


def _past_digits(text: str, places: set[int]) -> set[int]:
    """Return the places, and those that are reached from them over digits alone."""
    reached = set(places)
    for place in range(len(text)):
        if place in reached and text[place].isdigit():
            reached.add(place + 1)
    return reached


def _is_run(text: str) -> bool:
    """True where most steps go along the alphabet, the digits or a row of keys (`qwertyuiop12345`)."""
    breaks = sum(a + b not in _NEIGHBOURS for a, b in pairwise(text))
    return (breaks + 1) * 3 <= len(text)


def _unit(text: str) -> str:
    """Return the shortest beginning that gives the whole text when repeated, its last turn perhaps cut off."""
    for length in range(1, len(text) // 2 + 1):
        if text == (text[:length] * (len(text) // length + 1))[: len(text)]:
            return text[:length]
    return text


@cache
def _common_words() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
