"""Personal names: one spelling, one sound and short beginnings, so that a person is found however a name was written.

The same person is Xhevahire in Tirana, Dževahire or Џевахире in Serbia, Xhevaire in a hasty note. Three forms answer:

- `normalise`: lower case, one script, no diacritics (ë/e, ç/c, č ć/c, š/s, ž/z, đ/dj), hyphens as spaces;
- `phonetics`: keys of the sounds, shared by the spellings of Albanian, Serbian, Turkish and Arabic names met in the
  region (q/ć/ç, gj/g/đ, xh/dž/x, dh/d, th/t, sh/s, zh/z, nj/n, ll/l, rr/r, y/i/u, a silent h, endings -i and -ë);
- `partials`: beginnings of three to five letters.

Each becomes a `Token`; only a keyed hash of `Token.text()` is ever stored (design: data protection, "Searching
encrypted names"), so nothing here may depend on anything but the text. The rules are this project's own, from the
letters of the languages; they explain a likeness to a person and decide nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["exact_given", "exact_family", "phonetic_given", "phonetic_family", "prefix", "birth_year", "document"]
Role = Literal["given", "family"]

PREFIX_LENGTHS: Final = (3, 4, 5)
"""Lengths of the stored beginnings, in letters; a longer search text is cut to the longest."""

_SHORTEST_DOCUMENT: Final = 4

# Cyrillic as the Serbian Latin letters are folded (ш as š as s), then the letters of neighbours' and guests' alphabets.
_CYRILLIC = str.maketrans(
    "абвгдежзијклмнопрстћуфхцчш" + "йыэіґ", "abvgdezzijklmnoprstcufhccs" + "jieig"
) | str.maketrans(
    {"ђ": "dj", "љ": "lj", "њ": "nj", "џ": "dz", "ѓ": "gj", "ќ": "kj", "ѕ": "dz"}
    | {"ё": "jo", "ю": "ju", "я": "ja", "ї": "ji", "є": "je", "щ": "st", "ъ": "", "ь": ""}
)
_GREEK = str.maketrans("αβγδεζηικλμνοπρσςτυφχω", "avgdeziiklmnoprsstyfho") | str.maketrans(
    {"θ": "th", "ξ": "ks", "ψ": "ps"}
)
# Letters that no Unicode decomposition opens. Ð (eth) is met as a mistyped Đ.
_LATIN = str.maketrans(
    {"đ": "dj", "ð": "dj", "ı": "i", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ß": "ss"}
)
_LETTERS = _CYRILLIC | _GREEK | _LATIN
_APOSTROPHES = str.maketrans("", "", "'’‘ʼʻ`´ˈ′")

_PARTICLES = frozenset({"al", "el", "ul", "bin", "ibn", "bint", "de", "der", "del", "van", "von"})
"""Words that are written or left out at will; dropped where another part remains."""


def _fold(text: str) -> str:
    """Return `text` in small Latin letters without marks; letters of other scripts stay as they are."""
    composed = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    opened = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", composed).translate(_LETTERS))
    bare = "".join(mark for mark in opened if not unicodedata.combining(mark)).casefold()
    return bare.translate(_LETTERS)


def normalise(name: str) -> str:
    """Return the one spelling of `name`: folded parts with single spaces; "" where nothing of it is a letter.

    Idempotent. `normalise("Ëngjëll  Çela-HOXHA") == "engjell cela hoxha"`.
    """
    letters = "".join(mark if mark.isalpha() else " " for mark in _fold(name))
    parts = letters.split()
    kept = [part for part in parts if part not in _PARTICLES]
    return " ".join(kept or parts)


# The spellings of each sound. Small letters are consonants, J = xh, C = q; A E I U are vowels.
_SPELLINGS_OF = {
    "C": "tsch tsh tch ch kj cz ts tz q",
    "J": "dzh xh dz dj gj x",
    "s": "sch sh sz",
    "z": "zh",
    "t": "th",
    "d": "dh",
    "h": "kh",
    "g": "gh",
    "f": "ph",
    "k": "ck",
    "n": "nj",
    "l": "lj",
    "v": "w",
    "A": "a",
    "E": "e",
    "I": "ee i j y",
    "U": "oo ou o u",
}
_SOUND = {spelling: sound for sound, spellings in _SPELLINGS_OF.items() for spelling in spellings.split()}
# How others write or read the same letters: a name with one of these gets one more key, not a looser one.
_OTHER_SOUND = {"dj": "dI", "gj": "g", "ch": "k", "q": "k", "x": "ks", "y": "U"}
_VOWELS = frozenset("AEIU")
_LONGEST_SPELLING = max(map(len, _SOUND))
_DEVOICED = {"d": "t", "b": "p"}

# Readings that depend on the place: (spelling with what follows it, letters consumed, sound, other sound).
_PLACED: tuple[tuple[re.Pattern[str], int, str, str | None], ...] = (
    (re.compile(r"gi(?=[aeou])"), 2, "gI", "J"),  # Giulia is Xhulia
    (re.compile(r"g(?=[eiy])"), 1, "g", "J"),  # Angela is Anxhela
    (re.compile(r"(?<!.)j(?=[aeiouy])"), 1, "I", "J"),  # Jessica is Xhesika
    (re.compile(r"c(?=[eiy])"), 1, "C", None),
    (re.compile(r"c(?![hkz])"), 1, "C", "k"),  # ts or an unmarked ç here, k in Marco
)


def _cut(word: str, at: int) -> tuple[str, str, str | None]:
    """Return (spelling, sound, other sound) of what stands at a place of a normalised word."""
    for pattern, length, sound, other in _PLACED:
        if pattern.match(word, at):
            return word[at : at + length], sound, other
    for length in range(_LONGEST_SPELLING, 0, -1):
        spelling = word[at : at + length]
        if spelling in _SOUND:
            return spelling, _SOUND[spelling], _OTHER_SOUND.get(spelling)
    return word[at], word[at], None


def _cuts(word: str) -> list[tuple[str, str, str | None]]:
    cuts: list[tuple[str, str, str | None]] = []
    at = 0
    while at < len(word):
        cuts.append(_cut(word, at))
        at += len(cuts[-1][0])
    return cuts


def _key(sounds: str) -> str:
    """Return the key of a row of sounds: consonants, and the first vowel at its place.

    Later vowels tell spellings apart, not persons (Ahmed/Ahmad, Gjergj/Gjergji, Shpresë/Shpresa); the first one does
    (Dona/Dina). A non-initial h is silent (Ibrahim/Ibraim), z is heard as s (Aziz/Azis), a final d or b as t or p
    (Ahmed/Ahmet, Jakub/Jakup), also before the definite ending -i in Ahmedi.
    """
    row = [sound for at, sound in enumerate(sounds) if at == 0 or sound != "h"]
    row = [sound if at == 0 or sound != "z" else "s" for at, sound in enumerate(row)]
    last = len(row) - 2 if len(row) > 1 and row[-1] == "I" else len(row) - 1
    if last >= 3 and row[last] in _DEVOICED:
        row[last] = _DEVOICED[row[last]]
    key = ""
    vowel_kept = False
    for at, sound in enumerate(row):
        if sound in _VOWELS:
            key += "" if vowel_kept else sound
            vowel_kept = True
        elif at == 0 or sound != row[at - 1]:
            key += sound
    return key


def phonetics(word: str) -> tuple[str, ...]:
    """Return the sound keys of one part of a name: the Albanian reading, each other reading, and all others at once.

    Two parts sound alike when they share a key: `Hysen` gives the keys of Hisen and of Husein.
    """
    cuts = _cuts(normalise(word).replace(" ", ""))
    ambiguous = list(dict.fromkeys(spelling for spelling, _, other in cuts if other is not None))
    readings = [set[str](), *({spelling} for spelling in ambiguous), set(ambiguous)]
    keys = (
        _key("".join(other if other and spelling in reading else sound for spelling, sound, other in cuts))
        for reading in readings
    )
    return tuple(dict.fromkeys(key for key in keys if key))


def phonetic(name: str) -> str:
    """Return the first sound key of each part of `name`, with single spaces; "" where nothing is a letter."""
    return " ".join(keys[0] for keys in map(phonetics, normalise(name).split()) if keys)


def sound_alike(one: str, other: str) -> bool:
    """True where both names have as many parts and each part shares a key with its counterpart."""
    parts, others = normalise(one).split(), normalise(other).split()
    return len(parts) == len(others) > 0 and all(
        set(phonetics(part)) & set(phonetics(counterpart)) for part, counterpart in zip(parts, others, strict=True)
    )


_SIMPLER = {"xh": "x", "dz": "x", "dj": "x", "gj": "g", "sh": "s", "zh": "z", "th": "t", "dh": "d", "ch": "c"}
_SIMPLER |= {"kj": "c", "nj": "n", "lj": "l", "q": "c", "y": "i", "w": "v"}
_SIMPLER_SPELLING = re.compile("|".join(sorted(_SIMPLER, key=len, reverse=True)))
_DOUBLE = re.compile(r"(.)\1+")


def _simplified(word: str) -> str:
    """Return a normalised word with one letter for each spelling of a consonant; vowels stay."""
    return _DOUBLE.sub(r"\1", _SIMPLER_SPELLING.sub(lambda found: _SIMPLER[found.group()], word))


def partials(name: str) -> frozenset[str]:
    """Return the beginnings (3, 4 and 5 letters) of each part, as written and in the simplified spelling."""
    words = [form for word in normalise(name).split() for form in (word, _simplified(word))]
    return frozenset(word[:length] for word in words for length in PREFIX_LENGTHS if len(word) >= length)


@dataclass(frozen=True, slots=True, order=True)
class Token:
    """One thing a person can be found by. Only a keyed hash of `text()` leaves the domain."""

    kind: Kind
    value: str

    def text(self) -> str:
        """Return the canonical text to be hashed, such as `exact_given:arta`."""
        return f"{self.kind}:{self.value}"


def _document(number: str) -> str:
    """Return a document number in capitals without signs; O and I as the digits they are mistaken for."""
    bare = "".join(mark for mark in _fold(number).upper() if mark.isalnum()).replace("O", "0").replace("I", "1")
    return bare if len(bare) >= _SHORTEST_DOCUMENT else ""


def _name_tokens(part: str, role: Role) -> frozenset[Token]:
    exact: Kind = "exact_given" if role == "given" else "exact_family"
    sound: Kind = "phonetic_given" if role == "given" else "phonetic_family"
    return frozenset({Token(exact, part), *(Token(sound, key) for key in phonetics(part))})


def identity_tokens(
    given: Collection[str],
    family: Collection[str],
    aliases: Collection[str] = (),
    birth_year: int | None = None,
    documents: Collection[str] = (),
) -> frozenset[Token]:
    """Return everything a person is found by, about 7 to 20 tokens.

    Aliases count as given names and get no beginnings, which keeps the index small.
    """
    tokens: set[Token] = set()
    for part in _parts((*given, *aliases)):
        tokens |= _name_tokens(part, "given")
    for part in _parts(family):
        tokens |= _name_tokens(part, "family")
    tokens |= {Token("prefix", start) for name in (*given, *family) for start in partials(name)}
    if birth_year is not None:
        tokens.add(Token("birth_year", str(birth_year)))
    tokens |= {Token("document", bare) for bare in map(_document, documents) if bare}
    return frozenset(tokens)


def _parts(names: Iterable[str]) -> list[str]:
    return [part for name in names for part in normalise(name).split()]


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed: names in one box (`text`) or in two, and what else is known."""

    text: str = ""
    given: str = ""
    family: str = ""
    birth_year: int | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One typed word: any of `tokens` answers it; `role` is the box it stood in, None where there was one box."""

    tokens: frozenset[Token]
    role: Role | None


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """A search. A strict search wants one token of every part, a loose one any token at all."""

    parts: tuple[QueryPart, ...]
    birth_year: Token | None = None
    document: Token | None = None

    @property
    def all(self) -> frozenset[Token]:
        """Every token of the search."""
        singles = {token for token in (self.birth_year, self.document) if token is not None}
        return frozenset(singles.union(*(part.tokens for part in self.parts)))

    def words(self) -> list[tuple[Token, int]]:
        """Return every token with the word it stands for: 1 and more the parts, 0 the document, -1 the birth year."""
        parts = [(token, at) for at, part in enumerate(self.parts, 1) for token in part.tokens]
        singles = [(self.document, 0), (self.birth_year, -1)]
        return parts + [(token, at) for token, at in singles if token is not None]


def query_tokens(query: Query) -> QueryTokens:
    """Return the tokens of a search; each word is looked for as given and as family name, for names get swapped."""
    parts: list[QueryPart] = []
    boxes: tuple[tuple[str, Role | None], ...] = ((query.given, "given"), (query.family, "family"), (query.text, None))
    for box, role in boxes:
        for word in _parts([box]):
            starts = {form[: PREFIX_LENGTHS[-1]] for form in (word, _simplified(word))}
            prefixes = {Token("prefix", start) for start in starts if len(start) >= PREFIX_LENGTHS[0]}
            parts.append(QueryPart(_name_tokens(word, "given") | _name_tokens(word, "family") | prefixes, role))
    number = _document(query.document)
    return QueryTokens(
        parts=tuple(parts),
        birth_year=None if query.birth_year is None else Token("birth_year", str(query.birth_year)),
        document=Token("document", number) if number else None,
    )


@dataclass(frozen=True, slots=True)
class Score:
    """How well a person answers a search: `value` 0 to 100, `reasons` as codes in a fixed order.

    Reasons: document, exact_given, exact_family, phonetic_given, phonetic_family, prefix, name_order, birth_year.
    """

    value: int
    reasons: tuple[str, ...]


_GRADES: dict[Kind, int] = {
    "exact_given": 100,
    "exact_family": 100,
    "phonetic_given": 80,
    "phonetic_family": 80,
    "prefix": 60,
}
_SWAPPED: Final = 5
"""Points less for a name found in the other box than the one it was typed in."""

_REASONS: Final = (
    *("document", "exact_given", "exact_family", "phonetic_given", "phonetic_family"),
    *("prefix", "name_order", "birth_year"),
)


def _grade(part: QueryPart, token: Token) -> tuple[int, bool]:
    """Return the points of one matched token and whether it stood in the other box."""
    swapped = part.role is not None and token.kind != "prefix" and not token.kind.endswith(part.role)
    return _GRADES[token.kind] - (_SWAPPED if swapped else 0), swapped


def score(query: QueryTokens, matched: Collection[Token]) -> Score:
    """Weigh which of the search's tokens a person has. A further match never lowers the value.

    A document number alone gives 100. Names weigh 80 and the birth year 20 of 100 where both were asked, names all
    of it where no year was; a birth year alone is worth 20, for it says little.
    """
    found = query.all & frozenset(matched)
    reasons: set[str] = set()
    points = 0
    for part in query.parts:
        graded = sorted(((*_grade(part, token), token) for token in part.tokens & found), key=lambda best: -best[0])
        if graded:
            best, swapped, _ = graded[0]
            points += best
            reasons |= {token.kind for grade, _, token in graded if grade == best}
            if swapped:
                reasons.add("name_order")
    value: float = points / len(query.parts) if query.parts else 0
    if query.birth_year is not None:
        same_year = query.birth_year in found
        value = value * 0.8 + (20 if same_year else 0)
        if same_year:
            reasons.add("birth_year")
    if query.document is not None and query.document in found:
        value = 100
        reasons.add("document")
    return Score(round(value), tuple(code for code in _REASONS if code in reasons))
