"""Which passwords are refused as ones that anybody would try, and which are left alone."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.credentials.guessable import _common_words, fold, is_guessable, squash

WORDS = sorted(_common_words())


@pytest.mark.parametrize(
    "text",
    [
        "password1234567",
        "P@ssw0rd2024!!!!",
        "passwordpassword",
        "Tirana2024Tirana",
        "Tirana-Durrës 2025",
        "ShqipëriaIme1912",
        "FJALËKALIMI-IM-2025",
        "TeDuaShumë!!!!!",
        "t1r4n4t1r4n4t1r4n4",
        "Adm1n1str@t0r2025",
        "MirëseVini-Tiranë2025",
        "lozinka-sifra-2020",
        "correcthorsebatterystaple",
        "qwertyuiop12345",
        "!@#$%^&*()_+!@#",
        "1q2w3e4r5t6y2024",
        "123456789012345",
        "111222333444555",
        "abcabcabcabcabc",
        "x7Kq9-x7Kq9-x7Kq9-",
        "1234qwer20241234qwer",
        "aaaaaaaaaaaaaaa",
        "- - - - - - - - ",
    ],
)
def test_refused(text: str) -> None:
    assert is_guessable(text)


@pytest.mark.parametrize(
    "text",
    [
        "kale bateri dritare lapsi",
        "Dje hëngra dy feta bukë te liqeni",
        "vXq9-Lm2p-Tz8w-Rk4",
        "mali i dajtit nga ballkoni im",
        "9382 7461 0925 8813 77",
        "poca me luleborë mbi frigorifer",
        "три зелене јабуке на столу",
    ],
)
def test_accepted(text: str) -> None:
    assert not is_guessable(text)


@given(
    st.sampled_from(WORDS),
    st.from_regex(r"[0-9!?.#*-]{0,8}", fullmatch=True),
    st.sampled_from([str, str.upper, str.title]),
)
def test_a_listed_word_is_refused_however_it_is_dressed(word: str, around: str, case: type[str]) -> None:
    assert is_guessable(case(word) + around)


@given(st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(["", " ", "-", "2024", "."]))
def test_two_listed_words_are_refused(first: str, second: str, between: str) -> None:
    assert is_guessable(first + between + second)


def test_what_a_password_safe_makes_is_never_refused() -> None:
    dice = random.Random(7)
    made = ["".join(dice.choices(string.ascii_letters + string.digits, k=16)) for _ in range(2000)]
    assert [text for text in made if is_guessable(text)] == []


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(is_guessable(text), bool)


def test_the_list_is_long_clean_and_knows_albanian() -> None:
    assert len(WORDS) > 4000
    assert all(word == squash(word) and word.isascii() and 3 <= len(word) <= 40 for word in WORDS)
    assert {"password", "fjalekalimi", "shqiperia", "tirana", "prishtina", "lozinka", "besa"} <= set(WORDS)


def test_folding() -> None:
    assert fold("ShqipËria Ç") == "shqiperia c"
    assert squash("  A-rta_9 Ë! ") == "arta9e"
