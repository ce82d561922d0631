"""Duplicates: proposed with reasons for and against, never on a single name, never decided here."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.duplicates import Comparison, Traits, assess, comparison
from app.domain.names import Token, identity_tokens

WOMAN = Traits(1999, "FEMALE", frozenset({"AL"}))
NOTHING = Traits()


def person(
    first: str, last: str, aliases: tuple[str, ...] = (), documents: tuple[str, ...] = ()
) -> tuple[Comparison, frozenset[Token]]:
    """Return what a person is looked for by, and what the person is found by."""
    tokens = identity_tokens([first], [last], aliases, documents=documents)
    return comparison([first], [last], aliases, documents), tokens


ARTA = person("Xhevahire", "Hoxha", documents=("J90519999Q",))


@pytest.mark.parametrize(
    ("other", "traits", "level", "reasons", "against"),
    [
        (("Xhevahire", "Hoxha"), WOMAN, "likely", {"names_same", "birth_year_same"}, set()),
        (("Dževahire", "Hodža"), WOMAN, "likely", {"names_alike", "birth_year_same"}, set()),
        (("Hoxha", "Xhevahire"), WOMAN, "likely", {"names_same", "name_order", "birth_year_same"}, set()),
        (("Xhevahire", "Hoxha"), Traits(2000, "FEMALE"), "likely", {"names_same", "birth_year_near"}, set()),
        (("Xhevahire", "Hoxha"), NOTHING, "possible", {"names_same"}, set()),
        (("Dževahire", "Hodža"), NOTHING, "possible", {"names_alike"}, set()),
        (("Xhevahire Lule", "Hoxha"), WOMAN, "possible", {"names_partly", "birth_year_same"}, set()),
        (("Xhevahire", "Hoxha"), Traits(1999, "MALE"), "possible", {"names_same", "birth_year_same"}, {"sex_differs"}),
        (
            ("Xhevahire", "Hoxha"),
            Traits(1999, "FEMALE", frozenset({"XK"})),
            "likely",
            {"names_same"},
            {"citizenship_differs"},
        ),
    ],
)
def test_proposals_say_why(
    other: tuple[str, str], traits: Traits, level: str, reasons: set[str], against: set[str]
) -> None:
    looked_for, _ = person(*other)
    likeness = assess(looked_for, ARTA[1], traits, WOMAN)
    assert likeness is not None
    assert likeness.level == level
    assert reasons <= set(likeness.reasons)
    assert set(likeness.against) == against


@pytest.mark.parametrize(
    ("other", "traits"),
    [
        (("Xhevahire", "Krasniqi"), WOMAN),
        (("Shqipe", "Hoxha"), WOMAN),
        (("Xhevahire", "Hoxha"), Traits(1985, "FEMALE", frozenset({"AL"}))),
        (("Dževahire", "Hodža"), Traits(None, "MALE")),
        (("Xhevahire", ""), WOMAN),
        (("Xhe", "Hox"), WOMAN),
        (("", ""), WOMAN),
    ],
)
def test_what_is_not_worth_a_persons_time(other: tuple[str, str], traits: Traits) -> None:
    looked_for, _ = person(*other)
    assert assess(looked_for, ARTA[1], traits, WOMAN) is None


@pytest.mark.parametrize(("year", "reasons"), [(1997, ("names_partly", "birth_year_near")), (1996, None)])
def test_a_slip_in_the_birth_year_is_two_years_at_most(year: int, reasons: tuple[str, ...] | None) -> None:
    looked_for, _ = person("Xhevahire Lule", "Hoxha")
    likeness = assess(looked_for, ARTA[1], Traits(year), Traits(1999))
    assert (likeness and likeness.reasons) == reasons


def test_two_given_names_are_no_given_and_family_name() -> None:
    looked_for, _ = person("Arben", "Gjergji")
    assert assess(looked_for, identity_tokens(["Arben Gjergji"], ["Leka"]), WOMAN, WOMAN) is None


def test_one_document_is_always_likely_and_what_speaks_against_it_is_said() -> None:
    looked_for, _ = person("Shqipe", "Leka", documents=("J-9051 9999 Q",))
    likeness = assess(looked_for, ARTA[1], Traits(1960, "MALE", frozenset({"RS"})), WOMAN)
    assert likeness is not None
    assert (likeness.level, likeness.value, likeness.reasons) == ("likely", 100, ("same_document",))
    assert likeness.against == ("birth_year_differs", "sex_differs", "citizenship_differs")


def test_an_alias_with_the_family_name_is_a_part_of_the_name() -> None:
    looked_for, _ = person("Lindita", "Hoxha", aliases=("Xheva", "Xhevahire"))
    likeness = assess(looked_for, ARTA[1], WOMAN, WOMAN)
    assert likeness is not None
    assert "names_partly" in likeness.reasons


def test_beginnings_of_names_are_not_looked_for() -> None:
    looked_for, _ = person("Xhevahire", "Hoxha", aliases=("Xheva",))
    assert all(token.kind != "prefix" for token in looked_for.tokens)


first_names = st.sampled_from(["Arta", "Xhevahire", "Dževahire", "Hysen", "Husein", "Bo"])
last_names = st.sampled_from(["Hoxha", "Hodža", "Krasniqi", "Krasnići"])
both_names = st.tuples(first_names, last_names) | st.tuples(last_names, first_names)
traits = st.builds(
    Traits,
    birth_year=st.none() | st.integers(1990, 2000),
    sex=st.sampled_from(["FEMALE", "MALE", "UNKNOWN"]),
    citizenships=st.frozensets(st.sampled_from(["AL", "XK", "RS"]), max_size=2),
)


@settings(max_examples=200)
@given(both_names, both_names, traits, traits)
def test_who_is_compared_with_whom_never_matters(
    names: tuple[str, str], others: tuple[str, str], one: Traits, other: Traits
) -> None:
    """The names here have one part each, so what was found one way is found the other way round."""
    left, right = person(*names), person(*others)
    assert assess(left[0], right[1], one, other) == assess(right[0], left[1], other, one)


@settings(max_examples=200)
@given(both_names, traits, traits, st.data())
def test_a_further_match_never_makes_it_less_likely(
    names: tuple[str, str], one: Traits, other: Traits, data: st.DataObject
) -> None:
    looked_for, tokens = person(*names, documents=("AB123456",))
    every = sorted(looked_for.tokens & tokens)
    fewer = data.draw(st.sets(st.sampled_from(every)))
    low, high = assess(looked_for, fewer, one, other), assess(looked_for, every, one, other)
    assert high is not None, "the document is among all of them"
    assert low is None or low.value <= high.value
    assert low is None or {token.kind for token in fewer} - {"exact_given", "phonetic_given"}
