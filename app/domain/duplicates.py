"""Likely duplicates: why two records may be one person. A person decides; nothing is joined by itself.

Source: design, data protection ("Duplicates are proposed with reasons and confirmed by a person; a merge can be
undone"). The weights are this project's own choice; each reason is shown beside the proposal, those against it too.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.names import Query, QueryPart, Token, identity_tokens, query_tokens

Level = Literal["likely", "possible"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one record's names and documents are looked for by in the others."""

    names: tuple[QueryPart, ...]
    aliases: tuple[QueryPart, ...]
    documents: frozenset[Token]

    @property
    def tokens(self) -> frozenset[Token]:
        """Every token to look for; those found in another record are `matched` in `assess`."""
        return self.documents.union(*(part.tokens for part in (*self.names, *self.aliases)))


@dataclass(frozen=True, slots=True)
class Traits:
    """What else tells persons apart; sex is a code of the list of that name, citizenships are country codes."""

    birth_year: int | None = None
    sex: str = "UNKNOWN"
    citizenships: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """A proposal: `level`, `value` 0 to 100, the codes that speak for it and those against it, weightiest first."""

    level: Level
    value: int
    reasons: tuple[str, ...]
    against: tuple[str, ...]


_WEIGHTS: Final = {
    "same_document": 100,
    "names_same": 60,
    "names_alike": 45,
    "names_partly": 30,
    "birth_year_same": 25,
    "birth_year_near": 10,
    "sex_same": 5,
    "citizenship_shared": 5,
    "name_order": 0,
    "citizenship_differs": -5,
    "sex_differs": -30,
    "birth_year_differs": -40,
}
_LIKELY: Final = 75
_POSSIBLE: Final = 40
_NEAR_YEARS: Final = 2
"""Birth years this far apart are still taken for a slip or an estimate."""


def comparison(
    given: Collection[str], family: Collection[str], aliases: Collection[str] = (), documents: Collection[str] = ()
) -> Comparison:
    """Return what to look for; without beginnings of names, which say too little here."""
    names = query_tokens(Query(given=" ".join(given), family=" ".join(family)))
    others = query_tokens(Query(given=" ".join(aliases)))
    return Comparison(
        names=tuple(map(_whole, names.parts)),
        aliases=tuple(map(_whole, others.parts)),
        documents=identity_tokens((), (), documents=documents),
    )


def _whole(part: QueryPart) -> QueryPart:
    return QueryPart(frozenset(token for token in part.tokens if token.kind != "prefix"), part.role)


def assess(looked_for: Comparison, matched: Collection[Token], new: Traits, found: Traits) -> Likeness | None:
    """Weigh one record that shares tokens with another; None where it is not worth a person's time.

    A shared document is always likely, whatever speaks against it. Names count where a given and a family name are
    both found, in either order; one of them alone is no ground for suspicion.
    """
    shared = frozenset(matched) & looked_for.tokens
    reasons = {*_name_reasons(looked_for, shared), *_trait_reasons(new, found)}
    if shared & looked_for.documents:
        reasons.add("same_document")
    elif not reasons & {"names_same", "names_alike", "names_partly"}:
        return None
    value = 100 if "same_document" in reasons else max(0, min(100, sum(_WEIGHTS[reason] for reason in reasons)))
    if value < _POSSIBLE:
        return None
    return Likeness(
        level="likely" if value >= _LIKELY else "possible",
        value=value,
        reasons=tuple(code for code in _WEIGHTS if code in reasons and _WEIGHTS[code] >= 0),
        against=tuple(code for code in reversed(_WEIGHTS) if code in reasons and _WEIGHTS[code] < 0),
    )


def _name_reasons(looked_for: Comparison, shared: frozenset[Token]) -> Iterable[str]:
    """Return how the names meet: all letter by letter, all by sound, or a given and a family name among them."""
    if not shared:
        return
    found = [(part, part.tokens & shared) for part in looked_for.names]
    answered = [(part, tokens) for part, tokens in found if tokens]
    kinds = {token.kind.removeprefix("exact_").removeprefix("phonetic_") for _, tokens in answered for token in tokens}
    roles = {part.role for part, _ in answered}
    alias_met = any(part.tokens & shared for part in looked_for.aliases)
    complete = roles == {"given", "family"} and kinds == {"given", "family"}
    if complete and len(answered) == len(found):
        exact = all(any(token.kind.startswith("exact") for token in tokens) for _, tokens in answered)
        yield "names_same" if exact else "names_alike"
    elif complete or (alias_met and "family" in roles):
        yield "names_partly"
    straight = any(token.kind.endswith(part.role or "") for part, tokens in answered for token in tokens)
    if answered and not straight:
        yield "name_order"


def _trait_reasons(new: Traits, found: Traits) -> Iterable[str]:
    if new.birth_year is not None and found.birth_year is not None:
        apart = abs(new.birth_year - found.birth_year)
        near = "birth_year_near" if apart <= _NEAR_YEARS else "birth_year_differs"
        yield near if apart else "birth_year_same"
    if "UNKNOWN" not in (new.sex, found.sex):
        yield "sex_same" if new.sex == found.sex else "sex_differs"
    if new.citizenships and found.citizenships:
        yield "citizenship_shared" if new.citizenships & found.citizenships else "citizenship_differs"
