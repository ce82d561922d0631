"""Passwords: what is refused when one is chosen, and how one is kept and checked."""

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.problems import Invalid, Unavailable
from app.services.credentials import passwords
from app.services.credentials.passwords import (
    MAX_CHARACTERS,
    MAX_WAITING,
    MIN_CHARACTERS,
    Verified,
    check_new_password,
    hash_password,
    verify,
)

GOOD = "tri mollë në një kosh"


def refused(text: str, *organisations: str) -> set[str]:
    with pytest.raises(Invalid) as problem:
        check_new_password(text, login="arta.hoxha@example.org", organisations=organisations)
    return {error.code for error in problem.value.errors}


def test_a_sentence_is_a_good_password() -> None:
    check_new_password(GOOD, login="arta.hoxha@example.org", organisations=["Linja e Lirë", "LL"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "password.too_short"),
        ("x7#Kq9!vLm2pTz", "password.too_short"),
        ("x7#Kq9!vLm2pTz" * 40, "password.too_long"),
        ("vXq9-Lm2p-Tz8w\0-Rk4", "password.characters"),
        ("vXq9-Lm2p-Tz8w\ud800-Rk4", "password.characters"),
        ("vXq9-Lm2p-Tz8w\n-Rk4", "password.characters"),
        ("Shqiperia-2025!", "password.common"),
        ("vXq9 Artâ.HOXHA Tz8w", "password.login"),
        ("vXq9 arta.hoxha@example.org", "password.login"),
        ("vXq9 VatraPsikosociale w", "password.organisation"),
        ("vXq9 Tz8w ARSIS lumi", "password.organisation"),
    ],
)
def test_each_rule_has_its_code(text: str, code: str) -> None:
    assert code in refused(text, "Vatra Psiko-Sociale", "ARSIS")


def test_all_broken_rules_are_told_at_once_and_with_their_numbers() -> None:
    with pytest.raises(Invalid) as problem:
        check_new_password("arta.hoxha\tz9", login="arta.hoxha", field="new_password")
    errors = {error.code: dict(error.params) for error in problem.value.errors}
    assert errors == {
        "password.too_short": {"minimum": MIN_CHARACTERS},
        "password.characters": {},
        "password.login": {},
    }
    assert {error.field for error in problem.value.errors} == {"new_password"}


def test_short_names_are_not_looked_for() -> None:
    check_new_password(GOOD, login="tri", organisations=["NJE", ""])


def test_characters_are_counted_not_bytes_and_after_normalisation() -> None:
    check_new_password("ëçëxqëwçzëvçjkë", login="arta")
    assert "password.too_short" in refused("e\u0308" * 7 + "xqwvzjk")  # fourteen letters, twenty-one code points
    assert refused("\ufdfa" * 20) == {"password.too_long"}  # one sign that becomes eighteen letters
    assert refused("vXq9" * 1_000_000) == {"password.too_long"}


async def test_a_password_opens_with_itself_only() -> None:
    stored = await hash_password(GOOD)
    assert stored.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert await verify(GOOD, stored) == Verified(ok=True, needs_rehash=False)
    for other in ("", GOOD + " ", GOOD.upper(), GOOD[:-1], GOOD + "\0", GOOD + "\ud800", GOOD * 20):
        assert await verify(other, stored) == Verified(ok=False, needs_rehash=False)
    assert await hash_password(GOOD) != stored


@settings(max_examples=8, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=MAX_CHARACTERS // 18))
def test_any_text_survives_hashing(text: str) -> None:
    assert passwords._verify(text, passwords._hash(text)).ok


async def test_the_same_letters_typed_on_two_machines_are_one_password() -> None:
    assert (await verify("mollë në kosh të ri", await hash_password("molle\u0308 ne\u0308 kosh te\u0308 ri"))).ok
    decomposed = "e\u0308" * MAX_CHARACTERS
    assert (await verify(decomposed, await hash_password(decomposed))).ok


async def test_an_endless_password_is_not_the_one_it_begins_like() -> None:
    longest = "ab" * (MAX_CHARACTERS // 2)
    stored = await hash_password(longest)
    assert (await verify(longest, stored)).ok
    assert not (await verify(longest + "c", stored)).ok
    overlong = await hash_password(longest + "c")
    assert not (await verify(longest + "c", overlong)).ok


async def test_a_cheaper_hash_is_accepted_and_renewed() -> None:
    cheaper = passwords._CONTEXT.copy(argon2__memory_cost=8 * 1024).hash(GOOD)
    assert await verify(GOOD, cheaper) == Verified(ok=True, needs_rehash=True)
    assert await verify("another", cheaper) == Verified(ok=False, needs_rehash=False)


@pytest.mark.parametrize("stored", [None, "", "nonsense", "$argon2id$v=19$m=1", "$2b$12$" + "a" * 53])
async def test_nobody_and_damaged_hashes_open_to_nothing(stored: str | None) -> None:
    for text in (GOOD, "", str(stored)):
        assert await verify(text, stored) == Verified(ok=False, needs_rehash=False)


def test_an_unknown_account_costs_the_same_work() -> None:
    assert not passwords._CONTEXT.needs_update(passwords._NOBODY), "the stand-in has today's cost"
    stored = passwords._hash(GOOD)

    def shortest(hashed: str | None) -> float:
        times = []
        for _ in range(5):
            start = time.thread_time()
            passwords._verify("another password", hashed)
            times.append(time.thread_time() - start)
        return min(times)

    known = shortest(stored)
    for unknown in (None, "damaged"):
        assert 0.6 < shortest(unknown) / known < 1.7


async def test_the_event_loop_runs_on_while_passwords_are_hashed() -> None:
    hashing = asyncio.gather(*(hash_password(GOOD) for _ in range(4)))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert len(set(await hashing)) == 4
    assert turns > 10, "hashing in the loop's own thread leaves it one turn a hash at most"


async def test_a_crowd_is_told_to_come_back_instead_of_waiting_for_ever() -> None:
    threads = passwords._HashingThreads()
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait() -> None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()

    crowd = [asyncio.ensure_future(threads.run(wait)) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match=r"sign_in\.busy"):
        await threads.run(wait)
    gate.set()
    await asyncio.gather(*crowd)
    await threads.run(lambda: None)
