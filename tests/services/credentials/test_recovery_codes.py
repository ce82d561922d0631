"""Recovery codes: readable, forgiving about how they are typed, each good once and for one account."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ids import uuid7
from app.services.credentials.recovery_codes import HOW_MANY, hash_code, new_codes, redeem

ACCOUNT, OTHER = uuid7(), uuid7()
CODES = new_codes()
STORED = [hash_code(ACCOUNT, code) for code in CODES]


def test_ten_different_readable_codes() -> None:
    many = [code for _ in range(50) for code in new_codes()]
    assert len(CODES) == HOW_MANY == 10
    assert len(set(many)) == 500
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in many)


@pytest.mark.parametrize("index", range(HOW_MANY))
def test_each_code_opens_its_own_hash_once(index: int) -> None:
    assert redeem(ACCOUNT, CODES[index], STORED) == STORED[index]
    assert redeem(ACCOUNT, CODES[index], [stored for stored in STORED if stored != STORED[index]]) is None


@given(st.sampled_from(CODES), st.sampled_from(["", " ", "-", " - ", "–", "\u00a0"]), st.booleans())
def test_how_it_is_typed_does_not_matter(code: str, between: str, lower: bool) -> None:
    typed = between.join(code.split("-"))
    assert redeem(ACCOUNT, typed.lower() if lower else typed, STORED) == hash_code(ACCOUNT, code)


def test_misread_signs_are_levelled() -> None:
    assert hash_code(ACCOUNT, "1100-0000-0000-0000") == hash_code(ACCOUNT, "iLOo-0000-0000-0000")


@given(st.text(max_size=80))
def test_anything_else_opens_nothing(typed: str) -> None:
    assert redeem(ACCOUNT, typed, STORED) is None


def test_another_accounts_codes_and_nothing_left_open_nothing() -> None:
    assert redeem(OTHER, CODES[0], STORED) is None
    assert redeem(ACCOUNT, CODES[0], []) is None
    assert redeem(ACCOUNT, CODES[0] + CODES[1], STORED) is None


def test_the_hash_shows_nothing_of_the_code() -> None:
    assert len(STORED[0]) == 32
    assert CODES[0].replace("-", "").encode() not in STORED[0]
