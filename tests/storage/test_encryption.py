"""Sealed fields open in their own place under their owner's key, and nowhere else."""

import pickle
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ids import uuid7
from app.storage.encryption import (
    DataKey,
    KeyDestroyed,
    Keyring,
    OwnerKind,
    Undecipherable,
    associated,
    seal,
    seal_json,
    unseal,
    unseal_json,
)
from app.storage.key_provider import MemoryKeyProvider, WrappedKey

PERSON = UUID("01890000-0000-7000-8000-000000000001")
OTHER = UUID("01890000-0000-7000-8000-000000000002")
PLACE = associated("vault.person", "name", PERSON)
KEY = DataKey.generate()

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.binary(max_size=400), st.uuids())
def test_what_was_sealed_is_unsealed(plaintext: bytes, row_id: UUID) -> None:
    place = associated("casework.note", "text", row_id)
    sealed = seal(KEY, plaintext, place)
    assert len(sealed) == len(plaintext) + 29
    assert unseal(KEY, sealed, place) == plaintext


@given(json_values)
def test_json_round_trip(value: Any) -> None:
    sealed = seal_json(KEY, value, PLACE)
    assert unseal_json(KEY, sealed, PLACE) == value
    assert (len(sealed) - 29) % 32 == 0


@given(st.binary(max_size=60), st.data())
def test_one_changed_bit_is_found(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plaintext, PLACE))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Undecipherable):
        unseal(KEY, bytes(sealed), PLACE)


@given(st.binary(max_size=60), st.data())
def test_a_cut_value_is_found(plaintext: bytes, data: st.DataObject) -> None:
    sealed = seal(KEY, plaintext, PLACE)
    with pytest.raises(Undecipherable):
        unseal(KEY, sealed[: data.draw(st.integers(0, len(sealed) - 1))], PLACE)


@pytest.mark.parametrize(
    "place",
    [
        associated("vault.person", "name", OTHER),
        associated("vault.person", "alias", PERSON),
        associated("vault.contact", "name", PERSON),
        associated("casework.person", "name", PERSON),
    ],
)
def test_a_value_copied_to_another_place_does_not_open(place: bytes) -> None:
    with pytest.raises(Undecipherable):
        unseal(KEY, seal(KEY, b"Arta", PLACE), place)


def test_another_owners_key_does_not_open() -> None:
    with pytest.raises(Undecipherable):
        unseal(DataKey.generate(), seal(KEY, b"Arta", PLACE), PLACE)


def test_the_same_text_is_never_sealed_alike() -> None:
    assert len({seal(KEY, b"Arta", PLACE) for _ in range(200)}) == 200


def test_the_length_does_not_tell_short_answers_apart() -> None:
    assert len({len(seal_json(KEY, answer, PLACE)) for answer in ("po", "jo", "nuk dihet", None, ["sq", "sr"])}) == 1


def test_the_error_names_the_place_and_nothing_else() -> None:
    with pytest.raises(Undecipherable) as failure:
        unseal(KEY, seal(DataKey.generate(), b"Arta Hoxha", PLACE), PLACE)
    assert str(failure.value) == f"vault.person.name of row {PERSON} cannot be deciphered"
    assert (failure.value.table, failure.value.column, failure.value.row_id) == ("vault.person", "name", PERSON)
    with pytest.raises(Undecipherable) as failure:
        unseal_json(KEY, seal(KEY, b"Arta Hoxha", PLACE), PLACE)
    assert "Arta" not in str(failure.value) and failure.value.__suppress_context__


@given(st.tuples(*[st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)] * 6), st.uuids(), st.uuids())
def test_places_never_run_into_each_other(names: tuple[str, ...], first: UUID, second: UUID) -> None:
    one = (f"{names[0]}.{names[1]}", names[2], first)
    two = (f"{names[3]}.{names[4]}", names[5], second)
    assert (associated(*one) == associated(*two)) == (one == two)


@pytest.mark.parametrize(
    ("table", "column"), [("vault.person\0", "name"), ("", "name"), ("a.b.c", "d"), ("vault.person", "a.b"), ("V", "c")]
)
def test_odd_places_are_refused(table: str, column: str) -> None:
    with pytest.raises(ValueError, match="not a place"):
        associated(table, column, PERSON)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", PERSON, "\ud800"])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        seal_json(KEY, value, PLACE)


def test_json_is_canonical() -> None:
    assert unseal(KEY, seal_json(KEY, {"b": 1, "a": "ë"}, PLACE), PLACE) == '{"a":"ë","b":1}'.encode().ljust(32)


def test_a_data_key_shows_nothing_of_itself() -> None:
    assert repr(KEY) == "<DataKey>"
    with pytest.raises(TypeError, match="process"):
        pickle.dumps(KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(b"short")


class CountingProvider(MemoryKeyProvider):
    """Counts how often a key had to be unwrapped."""

    def __init__(self) -> None:
        super().__init__()
        self.unwrapped = 0

    def unwrap(self, wrapped: WrappedKey, context: bytes) -> bytes:
        self.unwrapped += 1
        return super().unwrap(wrapped, context)


def test_a_data_key_is_opened_again_in_another_process() -> None:
    provider = MemoryKeyProvider()
    key, wrapped = Keyring(provider).new_data_key("person", PERSON)
    sealed = seal(key, b"Arta", PLACE)
    assert unseal(Keyring(provider).open("person", PERSON, wrapped), sealed, PLACE) == b"Arta"


@pytest.mark.parametrize(("kind", "owner"), [("person", OTHER), ("case", PERSON)])
def test_a_wrapped_key_in_another_owners_row_does_not_open(kind: OwnerKind, owner: UUID) -> None:
    keyring = Keyring(MemoryKeyProvider())
    _, wrapped = keyring.new_data_key("person", PERSON)
    with pytest.raises(Undecipherable) as failure:
        keyring.open(kind, owner, wrapped)
    assert str(failure.value) == f"{kind}.data_key of row {owner} cannot be deciphered"


def test_a_destroyed_key_is_told_apart_from_a_damaged_one() -> None:
    keyring = Keyring(MemoryKeyProvider())
    _, wrapped = keyring.new_data_key("case", PERSON)
    with pytest.raises(KeyDestroyed, match=str(PERSON)):
        keyring.open("case", PERSON, None)
    assert not keyring._opened, "the key has left this process with its row"
    with pytest.raises(Undecipherable):
        keyring.open("case", PERSON, WrappedKey(wrapped.version, wrapped.blob[:-1] + b"\0\0"))


def test_opened_keys_are_kept_and_the_oldest_dropped() -> None:
    provider = CountingProvider()
    keyring = Keyring(provider, capacity=2)
    owners = [uuid7() for _ in range(3)]
    wrapped = [keyring.new_data_key("person", owner)[1] for owner in owners]
    keyring.open("person", owners[2], wrapped[2])
    keyring.open("person", owners[1], wrapped[1])
    assert provider.unwrapped == 0
    keyring.open("person", owners[0], wrapped[0])  # drops 2, the least recently used
    assert provider.unwrapped == 1
    keyring.open("person", owners[1], wrapped[1])
    assert provider.unwrapped == 1
    keyring.open("person", owners[2], wrapped[2])
    assert provider.unwrapped == 2


def test_forgetting_drops_one_owner_only() -> None:
    provider = CountingProvider()
    keyring = Keyring(provider)
    wrapped = {owner: keyring.new_data_key("person", owner)[1] for owner in (PERSON, OTHER)}
    keyring.forget("person", PERSON)
    keyring.open("person", OTHER, wrapped[OTHER])
    assert provider.unwrapped == 0
    keyring.open("person", PERSON, wrapped[PERSON])
    assert provider.unwrapped == 1


def test_rewrapping_moves_the_key_and_leaves_the_data() -> None:
    provider = MemoryKeyProvider()
    keyring = Keyring(provider)
    key, old = keyring.new_data_key("person", PERSON)
    sealed = seal(key, b"Arta", PLACE)
    assert keyring.rewrap("person", PERSON, old) is old
    assert provider.add_version() == keyring.current_version == 2
    new = keyring.rewrap("person", PERSON, old)
    assert (old.version, new.version) == (1, 2)
    assert unseal(Keyring(provider).open("person", PERSON, new), sealed, PLACE) == b"Arta"
    with pytest.raises(Undecipherable):
        keyring.rewrap("person", OTHER, old)


def test_installation_keys_stay_through_rotation_and_differ_by_name() -> None:
    provider = MemoryKeyProvider()
    sealed = seal(Keyring(provider).installation_key("totp"), b"secret", PLACE)
    provider.add_version()
    assert unseal(Keyring(provider).installation_key("totp"), sealed, PLACE) == b"secret"
    with pytest.raises(Undecipherable):
        unseal(Keyring(provider).installation_key("idempotency"), sealed, PLACE)
    assert Keyring(provider).installation_key("name")._secret != provider.index_key("name")
