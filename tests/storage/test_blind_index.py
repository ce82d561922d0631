"""Index tokens: the same for the same text under the same key, and telling nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.blind_index import BlindIndex
from app.storage.key_provider import MemoryKeyProvider

KEY = bytes(32)
INDEX = BlindIndex(KEY, "AL")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_token_is_a_stable_signed_64_bit_number(text: str) -> None:
    token = INDEX.token(text)
    assert -(1 << 63) <= token < 1 << 63
    assert token == BlindIndex(KEY, "AL").token(text)


def test_tokens_use_all_64_bits_and_both_signs() -> None:
    tokens = INDEX.tokens(f"x:{number}" for number in range(2000))
    assert len(tokens) == 2000
    assert 800 < sum(token < 0 for token in tokens) < 1200
    assert 800 < sum(token & 1 for token in tokens) < 1200
    assert any(abs(token) > 1 << 62 for token in tokens)


def test_known_value_so_that_a_release_never_changes_stored_tokens() -> None:
    assert INDEX.token("x:agron") == -2372756362597435860


def test_key_jurisdiction_kind_and_prefix_separate() -> None:
    indexes = [
        INDEX,
        BlindIndex(KEY, "XK"),
        BlindIndex(bytes(31) + b"\1", "AL"),
        BlindIndex(KEY, "AL", "document"),
    ]
    assert len({index.token("x:agron") for index in indexes} | {INDEX.token("p:agron")}) == 5


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=12))
def test_a_set_of_tokens_is_sorted_and_unique(texts: list[str]) -> None:
    tokens = INDEX.tokens(texts)
    assert tokens == sorted(set(tokens))
    assert set(tokens) == {INDEX.token(text) for text in texts}
    assert tokens == INDEX.tokens(reversed(texts))


def test_empty_texts_and_weak_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        INDEX.token("")
    with pytest.raises(ValueError, match="32 bytes"):
        BlindIndex(b"short", "AL")


def test_tokens_survive_the_rotation_of_the_master_key() -> None:
    provider = MemoryKeyProvider()
    before = BlindIndex(provider.index_key("blind-index"), "AL").token("x:agron")
    provider.add_version()
    assert BlindIndex(provider.index_key("blind-index"), "AL").token("x:agron") == before


def test_the_key_is_not_printed() -> None:
    assert repr(INDEX) == "<BlindIndex>"
