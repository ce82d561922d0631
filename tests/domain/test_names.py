"""Names: spellings of one name meet, different names do not, and a search explains itself."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.names import (
    Query,
    Token,
    identity_tokens,
    normalise,
    partials,
    phonetic,
    phonetics,
    query_tokens,
    score,
    sound_alike,
)

words = st.text(alphabet=string.ascii_lowercase + "ëçčćšžđхевшћ-' ", max_size=20)
anything = st.text(max_size=40)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ëngjëll  Çela-HOXHA", "engjell cela hoxha"),
        ("  Arta\tHoxha ", "arta hoxha"),
        ("Dževahire", "dzevahire"),
        ("Џевахире", "dzevahire"),
        ("Đorđević", "djordjevic"),
        ("Ђорђевић", "djordjevic"),
        ("Ðorđe", "djordje"),
        ("Љиљана Њежић", "ljiljana njezic"),
        ("Ѓорѓи Ќосев", "gjorgji kjosev"),
        ("Šaban Čaušević", "saban causevic"),
        ("Hüseyin Işık", "huseyin isik"),
        ("Al-Hassan", "hassan"),
        ("El", "el"),
        ("D'Angelo O’Brien", "dangelo obrien"),
        ("Łukasz Grønn", "lukasz gronn"),
        ("Νικόλαος", "nikolaos"),
        ("Straße", "strasse"),
        ("Arta (Tina) 3", "arta tina"),
        ("-- 12 .", ""),
        ("محمد", "محمد"),
    ],
)
def test_one_spelling(name: str, expected: str) -> None:
    assert normalise(name) == expected


SAME = """
Xhevahire Dževahire|Xhevahire Џевахире|Xhevahire Dzevahire|Xhevahire Xhevaire|Xhevdet Djevdet|Xhemajl Džemail
Gjergji Gergj|Gjergj Gjergji|Gjyla Đula|Gjeorgji Georgi|Xhulia Giulia|Xhulia Julia|Xhesika Jessica|Anxhela Angela
Shqipe Sqipe|Shqipe Shqipja|Shkëlqim Skelqim|Shaban Šaban|Shaban Saban|Berisha Beriša|Gashi Гаши|Zhaneta Žaneta
Hysen Husein|Hysen Hüseyin|Hysen Hussain|Hysen Hisen|Sylejman Sulejman|Ymer Umer|Ymer Omer|Yllka Ilka|Kryeziu Krieziu
Krasniqi Krasnići|Krasniqi Krasnici|Thaçi Tači|Thaçi Thaci|Beqir Bećir|Beqir Bekir|Qazim Kazim|Tariq Tarik|Çaush Caush
Çerkin Qerkin|Hoxha Hodža|Hoxha Хоџа|Hoxha Hodza|Rexhep Redžep|Ahmed Ahmet|Ahmad Ahmeti|Ejup Ejub|Zejnep Zeynep
Mohamed Muhammad|Muhamet Muhammed|Mehmet Memet|Ibrahim Ibraim|Yusuf Jusuf|Jusuf Isuf|Khaled Halid|Saleh Salih
Qufaj Ćufaj|Rrezarta Rezarta|Llesh Leš|Luljeta Ljuljeta|Njomza Nomza|Dhurata Durata|Maria Marija|Aisha Ajshe|Ayşe Ajshe
Aleksandra Alexandra|Kristina Christina|Marko Marco|Elisabeta Elizabeta|Đorđe Ђорђе|Nađa Nadja|Jovanović Јовановић
Drita Dritë|Shpresa Shpresë|Agim Agimi|Sanije Sanija|Fatime Fatma|Bajram Bayram|Osman Osmani|Selim Selimi
"""


@pytest.mark.parametrize("pair", SAME.replace("\n", "|").strip("|").split("|"))
def test_spellings_of_one_name_sound_alike(pair: str) -> None:
    one, other = pair.split()
    assert sound_alike(one, other), (phonetics(one), phonetics(other))
    assert sound_alike(other, one)


DIFFERENT = """
Arta Artan|Dona Dina|Ana Ina|Hana Ana|Besa Lisa|Drita Dritan|Gëzim Agim|Ilir Lira|Deda Doda|Hasan Husein|Mira Mara
Zana Sanije|Fatmir Fatbardh|Lule Lala|Agron Arben|Arben Arbnor|Vida Vita|Edi Eti|Krasniqi Kastrati|Gashi Gega
Hoxha Haxhi|Shala Shehu|Berisha Bytyqi|Leka Luka|Rama Roma|Marko Mirko|Kola Keli|Prenga Pali|Tahiri Dalipi
"""


@pytest.mark.parametrize("pair", DIFFERENT.replace("\n", "|").strip("|").split("|"))
def test_different_names_do_not(pair: str) -> None:
    one, other = pair.split()
    assert not sound_alike(one, other), (phonetics(one), phonetics(other))


def test_names_of_several_parts_are_compared_part_by_part() -> None:
    assert sound_alike("Xhevahire Krasniqi", "Dževahire Krasnići")
    assert not sound_alike("Xhevahire Krasniqi", "Krasnići Dževahire")
    assert not sound_alike("Xhevahire Krasniqi", "Dževahire")
    assert not sound_alike("", "")


def test_the_albanian_reading_is_the_first_key() -> None:
    assert phonetic("Gjergji Çela") == "JErJ CEl"
    assert phonetics("Gjergji") == ("JErJ", "gErg")
    assert phonetic("12") == ""


@settings(max_examples=200)
@given(anything)
def test_one_spelling_stays_one_spelling(name: str) -> None:
    once = normalise(name)
    assert normalise(once) == once
    assert phonetic(once) == phonetic(name)


def _serbian_latin(word: str) -> str:
    for cyrillic, latin in zip("хевшћжђ", "hevšćžđ", strict=True):
        word = word.replace(cyrillic, latin)
    return word


@settings(max_examples=200)
@given(words)
def test_script_marks_and_case_never_matter(name: str) -> None:
    assert normalise(_serbian_latin(name)) == normalise(name)
    assert normalise(name.replace("ë", "e").replace("ç", "c").replace("š", "s")) == normalise(name)
    assert normalise(name.title()) == normalise(name.upper()) == normalise(name)


_SPELLINGS = [("xh", "dž"), ("q", "ć"), ("ç", "č"), ("gj", "đ"), ("sh", "š"), ("zh", "ž"), ("nj", "њ"), ("rr", "r")]
_SPELLINGS += [("ll", "l"), ("dh", "d"), ("th", "t"), ("ë", "e"), ("sh", "s"), ("y", "i"), ("y", "u")]
_SYLLABLES = [
    "xha",
    "que",
    "ço",
    "gji",
    "sha",
    "zhu",
    "nja",
    "rri",
    "lla",
    "dhe",
    "thi",
    "mëm",
    "byl",
    "ra",
    "ke",
    "mon",
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(_SYLLABLES), min_size=2, max_size=4), st.sampled_from(_SPELLINGS))
def test_spelling_rules_keep_the_sound(syllables: list[str], spelling: tuple[str, str]) -> None:
    name = "".join(syllables)
    assert sound_alike(name, name.replace(*spelling)), (phonetics(name), phonetics(name.replace(*spelling)))


def test_beginnings_as_written_and_simplified() -> None:
    assert partials("Xhevahire") == {"xhe", "xhev", "xheva", "xev", "xeva", "xevah"}
    assert partials("Arta Li") == {"art", "arta"}


@settings(max_examples=200)
@given(words)
def test_a_typed_beginning_finds_the_name(name: str) -> None:
    tokens = identity_tokens([name], [])
    for part in normalise(name).split():
        for length in range(3, len(part) + 1):
            (typed,) = query_tokens(Query(text=part[:length])).parts or [None]
            if typed is not None:
                assert typed.tokens & tokens


def test_partial_search_across_spellings() -> None:
    shaban, saban = identity_tokens(["Shaban"], []), identity_tokens(["Šaban"], [])
    for typed in ("Shab", "Šaba", "Saba"):
        wanted = query_tokens(Query(text=typed)).all
        assert wanted & shaban, typed
        assert wanted & saban, typed


@pytest.mark.parametrize(
    ("given_names", "family"),
    [("Arta", "Hoxha"), ("Xhevahire", "Krasniqi"), ("Shqipe", "Gjergji"), ("Fatmir", "Bytyqi"), ("Ahmad", "Yousef")],
)
def test_a_person_has_few_tokens(given_names: str, family: str) -> None:
    tokens = identity_tokens([given_names], [family], birth_year=1999, documents=["I90519999Q"])
    assert 7 <= len(tokens) <= 20


def test_what_a_person_is_found_by() -> None:
    tokens = identity_tokens(["Arta"], ["Li"], aliases=["Tina"], birth_year=2008, documents=["AB 123-456", "x1"])
    assert {token.text() for token in tokens} == {
        *("exact_given:arta", "phonetic_given:Art", "prefix:art", "prefix:arta"),
        *("exact_given:tina", "phonetic_given:tIn", "exact_family:li", "phonetic_family:lI"),
        *("birth_year:2008", "document:AB123456"),
    }


def test_somebody_without_a_name_has_no_name_tokens() -> None:
    assert identity_tokens([], ["-"]) == frozenset()
    assert query_tokens(Query(text="?")).all == frozenset()


def test_document_numbers_meet_however_they_were_copied() -> None:
    (one,) = identity_tokens([], [], documents=["I-0519 9901 O"])
    (other,) = identity_tokens([], [], documents=["1051999010"])
    assert one == other
    assert query_tokens(Query(document="i05199901o")).document == one


def test_a_number_of_three_signs_is_no_document() -> None:
    assert query_tokens(Query(document="A-12")).document is None
    assert query_tokens(Query(document="A-123")).document == Token("document", "A123")


ARTA = identity_tokens(["Xhevahire"], ["Hoxha"], birth_year=1999, documents=["J90519999Q"])


@pytest.mark.parametrize(
    ("query", "value", "reasons"),
    [
        (Query(text="Xhevahire Hoxha"), 100, ("exact_given", "exact_family")),
        (Query(given="Xhevahire", family="Hoxha"), 100, ("exact_given", "exact_family")),
        (Query(given="Hoxha", family="Xhevahire"), 95, ("exact_given", "exact_family", "name_order")),
        (Query(text="Dževahira Hodža"), 80, ("phonetic_given", "phonetic_family")),
        (Query(text="Xhev"), 60, ("prefix",)),
        (Query(text="Xhevahire Krasniqi"), 50, ("exact_given",)),
        (Query(text="Xhevahire Hoxha", birth_year=1999), 100, ("exact_given", "exact_family", "birth_year")),
        (Query(text="Xhevahire Hoxha", birth_year=1998), 80, ("exact_given", "exact_family")),
        (Query(birth_year=1999), 20, ("birth_year",)),
        (Query(text="Krasniqi", document="j90519999q"), 100, ("document",)),
        (Query(text="Krasniqi"), 0, ()),
        (Query(), 0, ()),
    ],
)
def test_a_score_says_why(query: Query, value: int, reasons: tuple[str, ...]) -> None:
    found = score(query_tokens(query), ARTA)
    assert (found.value, found.reasons) == (value, reasons)


queries = st.builds(
    Query,
    text=st.sampled_from(["", "Arta", "Xhevahire Hoxha", "Shqipe Gjergji Leka"]),
    given=st.sampled_from(["", "Hysen", "Gjyla Maria"]),
    family=st.sampled_from(["", "Krasniqi", "Thaçi"]),
    birth_year=st.none() | st.integers(1950, 2020),
    document=st.sampled_from(["", "AB123456"]),
)


@settings(max_examples=200)
@given(queries, st.data())
def test_more_matches_never_lower_the_score(query: Query, data: st.DataObject) -> None:
    wanted = query_tokens(query)
    every = sorted(wanted.all)
    more = data.draw(st.sets(st.sampled_from(every)) if every else st.just(set[Token]()))
    fewer = data.draw(st.sets(st.sampled_from(sorted(more))) if more else st.just(set[Token]()))
    low, high = score(wanted, fewer), score(wanted, more)
    assert 0 <= low.value <= high.value <= 100
    assert bool(high.reasons) == bool(more)


@settings(max_examples=100)
@given(words, words, st.none() | st.integers(1940, 2024))
def test_whoever_is_registered_is_found_by_the_same_names(first: str, last: str, year: int | None) -> None:
    tokens = identity_tokens([first], [last], birth_year=year)
    wanted = query_tokens(Query(given=first, family=last, birth_year=year))
    if wanted.all:
        assert score(wanted, tokens).value == (100 if wanted.parts else 20)
