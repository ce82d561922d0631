"""The door: what strangers can and cannot do to it, and that every code opens once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

import pytest
from passlib.context import CryptContext
from sqlalchemy import text

from app.domain.ids import uuid7
from app.domain.problems import Forbidden, Invalid, Problem, SignInRequired, TooManyRequests
from app.services import own_account, sessions, sign_in
from app.services.credentials import passwords
from app.services.known_devices import Caller
from app.services.sign_in import SignedIn
from app.services.unit_of_work import Session, unit_of_work
from tests.people import Insider, clock, insider, next_code
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME = Caller("192.0.2.10", label="Firefox · Linux")
STRANGER = Caller("203.0.113.5")
WRONG = "krejt tjetër fjalëkalim"


async def enter(world: World, who: Insider, caller: Caller = HOME, password: str | None = None) -> SignedIn:
    """Sign in with the password alone."""
    checked = await sign_in.check_password(
        world.program, who.login, password or who.password, caller, request_id=uuid7()
    )
    async with unit_of_work(world.program, None, "session.start") as unit:
        return await sign_in.start_session(unit, checked, caller)


async def prove(world: World, made: SignedIn, code: str, caller: Caller = HOME) -> SignedIn:
    """Pass the second factor."""
    async with unit_of_work(world.program, Session(made.token), "session.prove") as unit:
        return await sign_in.prove(unit, code, caller)


async def complete(world: World, who: Insider, caller: Caller = HOME) -> SignedIn:
    """Sign in to the end; the code of the coming step is used up."""
    return await prove(world, await enter(world, who, caller), await next_code(world, who), caller)


async def outcome(world: World, who: Insider, caller: Caller, password: str = WRONG) -> str:
    """Try once; return `in` or the refusal's code."""
    try:
        await enter(world, who, caller, password)
    except Problem as problem:
        return problem.code
    return "in"


async def fail(world: World, who: Insider, times: int, callers: Sequence[Caller] = (STRANGER,)) -> list[str]:
    """Try wrong passwords in turn; the hashing is left out, it is not what is looked at."""
    refused = passwords.Verified(ok=False, needs_rehash=False)
    with patch.object(passwords, "verify", return_value=refused):
        return [await outcome(world, who, callers[n % len(callers)]) for n in range(times)]


async def test_a_stranger_waits_and_the_owner_does_not(world: World) -> None:
    who = await insider(world)
    first = await complete(world, who)
    assert first.device_token
    known = Caller("198.51.100.7", (first.device_token,))
    strangers = [Caller(f"203.0.{n}.9") for n in range(40)]
    tried = await fail(world, who, 80, strangers)
    assert set(tried) == {"sign_in.wrong"}, "two free tries each, from forty networks"
    assert (await fail(world, who, 3, strangers[:1]))[1:] == ["sign_in.throttled"] * 2
    # In the owner's own network, on the owner's telephone anywhere, and at a first try from somewhere new.
    assert await outcome(world, who, HOME, who.password) == "in"
    assert await outcome(world, who, known, who.password) == "in"
    assert await outcome(world, who, Caller("192.0.2.200"), who.password) == "in"
    assert await outcome(world, who, Caller("100.64.3.4"), who.password) == "in"


async def test_a_stranger_in_the_owners_network_does_not_make_the_known_device_wait(world: World) -> None:
    who = await insider(world)
    first = await complete(world, who)
    inside = Caller("192.0.2.77")
    assert (await fail(world, who, 12, [inside]))[-1] == "sign_in.throttled"
    assert await outcome(world, who, Caller("192.0.2.10", (str(first.device_token),)), who.password) == "in"


async def test_a_wait_says_how_long_and_counts_nothing(world: World) -> None:
    who = await insider(world)
    assert (await fail(world, who, 8)).count("sign_in.wrong") == 6
    with pytest.raises(TooManyRequests) as refused:
        await enter(world, who, STRANGER)
    assert 1 <= refused.value.params["seconds"] <= 2
    async with world.superuser() as connection:
        before = (await connection.execute(text("select sum(failures) from iam.throttle"))).scalar()
    with pytest.raises(TooManyRequests):
        await enter(world, who, STRANGER)
    async with world.superuser() as connection:
        assert (await connection.execute(text("select sum(failures) from iam.throttle"))).scalar() == before


async def test_a_hundred_at_once_get_no_more_tries_than_one_after_the_other(world: World) -> None:
    who = await insider(world)
    elsewhere = Caller("198.18.0.1")
    looked_at = 0

    async def verify(_: str, __: str | None) -> passwords.Verified:
        nonlocal looked_at
        looked_at += 1
        return passwords.Verified(ok=False, needs_rehash=False)

    with patch.object(passwords, "verify", verify):
        answers = await asyncio.gather(*(outcome(world, who, elsewhere) for _ in range(30)))
    assert looked_at == answers.count("sign_in.wrong") == 6
    assert answers.count("sign_in.throttled") == 24


async def test_buckets_name_nobody(world: World) -> None:
    who = await insider(world)
    await fail(world, who, 1)
    async with world.superuser() as connection:
        rows = (await connection.execute(text("select * from iam.throttle"))).all()
        devices = (await connection.execute(text("select * from iam.known_device"))).all()
    assert rows and devices
    assert all(who.login not in str(row) and "203.0.113" not in str(row) for row in rows)
    assert all("192.0.2" not in str(row) for row in devices)


async def test_the_same_work_is_done_for_who_does_not_exist(world: World) -> None:
    suspended, expired = await insider(world), await insider(world, first=True)
    nobody = Insider(UUID(int=0), "askush.fare", "x")
    async with world.superuser() as connection:
        await connection.execute(text("update iam.account set active = false where id = :id"), {"id": suspended.id})
        await connection.execute(
            text("update iam.account set password_expires_at = now() where id = :id"), {"id": expired.id}
        )
    seen: list[str | None] = []

    async def verify(_: str, stored: str | None) -> passwords.Verified:
        seen.append(stored)
        return passwords.Verified(ok=stored is not None, needs_rehash=False)

    with patch.object(passwords, "verify", verify):
        answers = [
            await outcome(world, who, Caller("198.18.7.7"), who.password) for who in (nobody, suspended, expired)
        ]
    assert answers == ["sign_in.wrong"] * 3
    assert seen == [None] * 3


async def test_who_was_suspended_while_the_password_was_hashed_stays_outside(world: World) -> None:
    who = await insider(world)
    checked = await sign_in.check_password(world.program, who.login, who.password, HOME, request_id=uuid7())
    async with world.superuser() as connection:
        await connection.execute(text("update iam.account set active = false where id = :id"), {"id": who.id})
    with pytest.raises(SignInRequired, match=r"sign_in\.wrong"):
        async with unit_of_work(world.program, None, "session.start") as unit:
            await sign_in.start_session(unit, checked, HOME)
    assert await open_sessions(world, who) == 0


async def test_who_holds_no_role_is_told_so_after_the_right_password_only(world: World) -> None:
    who = await insider(world)
    async with world.superuser() as connection:
        await connection.execute(
            text("update iam.assignment set valid_to = now() where account_id = :id"), {"id": who.id}
        )
    assert await outcome(world, who, HOME) == "sign_in.wrong"
    with pytest.raises(Forbidden, match=r"sign_in\.no_role"):
        await enter(world, who)


async def test_a_code_opens_once_even_when_two_bring_it_together(world: World) -> None:
    who = await insider(world)
    halves = [await enter(world, who) for _ in range(2)]
    code = await next_code(world, who)
    answers = await asyncio.gather(*(prove(world, half, code) for half in halves), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Invalid", "SignedIn"]


async def test_a_recovery_code_opens_once_however_it_is_typed(world: World) -> None:
    who = await insider(world)
    typed = who.codes[3].lower().replace("-", " ")

    async def recover(half: SignedIn) -> SignedIn:
        async with unit_of_work(world.program, Session(half.token), "session.prove") as unit:
            return await sign_in.recover(unit, typed, HOME)

    halves = [await enter(world, who) for _ in range(2)]
    answers = await asyncio.gather(*(recover(half) for half in halves), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Invalid", "SignedIn"]
    inside = next(answer for answer in answers if isinstance(answer, SignedIn))
    async with unit_of_work(world.program, Session(inside.token), "session.list") as unit:
        unit.quiet = True
        assert await own_account.codes_left(unit) == 9
    with pytest.raises(Invalid, match="recovery_wrong"):
        await recover(await enter(world, who))


async def test_guessing_codes_is_slowed_down_for_the_account_and_every_guess_counts(world: World) -> None:
    who = await insider(world)
    guesser = Caller("203.0.113.99")
    codes = []
    for n in range(9):
        half = await enter(world, who, guesser)
        try:
            await prove(world, half, f"{n:06}", guesser)
        except Problem as problem:
            codes.append(problem.code)
    assert codes == ["sign_in.code_wrong"] * 6 + ["sign_in.throttled"] * 3
    entries = [e for e in await world.audit_entries("session.prove") if e["account_id"] == who.id]
    assert [e["outcome"] for e in entries] == ["refused"] * 9


async def test_the_token_changes_with_every_step_and_the_old_one_is_void(world: World) -> None:
    who = await insider(world)
    half = await enter(world, who)
    whole = await prove(world, half, await next_code(world, who))
    assert half.token != whole.token
    with pytest.raises(SignInRequired):
        async with unit_of_work(world.program, Session(half.token), "session.read") as unit:
            unit.quiet = True
    async with unit_of_work(world.program, Session(whole.token), "session.list") as unit:
        assert [row["device"] for row in await sessions.list_own(unit)] == ["Firefox · Linux"]


async def test_half_a_sign_in_changes_no_credential(world: World) -> None:
    who = await insider(world)
    half = await enter(world, who)
    for act in (
        lambda unit: own_account.enrol(unit, own_account.EnrolSecondFactor(code="123456"), HOME),
        lambda unit: own_account.change_password(
            unit, own_account.ChangePassword(current=who.password, new="x" * 20, again="x" * 20), HOME
        ),
    ):
        with pytest.raises(Forbidden, match="second_factor"):
            async with unit_of_work(world.program, Session(half.token), "session.prove") as unit:
                await act(unit)
    with pytest.raises(Forbidden, match="second_factor"):
        async with unit_of_work(world.program, Session(half.token), "credential.renew"):
            pass


async def test_a_hash_of_a_lower_cost_is_made_anew(world: World) -> None:
    who = await insider(world, telephone=False, role="statistician", org="INSTAT")
    cheap = CryptContext(schemes=["argon2"], argon2__memory_cost=8 * 1024, argon2__time_cost=1).hash(who.password)
    async with world.superuser() as connection:
        await connection.execute(
            text("update iam.account set password_hash = :hash where id = :id"), {"hash": cheap, "id": who.id}
        )
    await enter(world, who)
    async with world.superuser() as connection:
        kept = await connection.execute(text("select password_hash from iam.account where id = :id"), {"id": who.id})
        assert "m=47104" in kept.scalar_one()
    assert await outcome(world, who, HOME, who.password) == "in"


async def test_a_shared_computer_knows_everybody_who_works_at_it_and_nobody_can_plant_a_device(world: World) -> None:
    one, other = await insider(world), await insider(world)
    planted = "z" * 43
    first = await complete(world, one, Caller("192.0.2.10", (planted,)))
    held = tuple(str(first.device_token).split("."))
    assert held[1:] == (planted,), "a secret nobody was given opens nothing, a new one is put before it"
    second = await complete(world, other, Caller("192.0.2.10", held))
    together = tuple(str(second.device_token).split("."))
    assert set(held) < set(together)
    async with unit_of_work(world.program, None, "session.start") as unit:
        unit.quiet = True
        for who in (one, other):
            caller = Caller("198.51.100.1", together)
            assert (await sign_in.known_devices.familiarity(unit, who.id, caller)).device is not None
        plain = Caller("198.51.100.1", (planted,))
        assert (await sign_in.known_devices.familiarity(unit, one.id, plain)).device is None


async def test_a_forgotten_counter_is_swept_away(world: World) -> None:
    who = await insider(world, telephone=False, role="statistician", org="INSTAT")
    async with world.superuser() as connection:
        await connection.execute(
            text("insert into iam.throttle values ('unfamiliar:old', 9, :at, :at)"),
            {"at": await clock(world) - timedelta(hours=26)},
        )
    await enter(world, who)
    async with world.superuser() as connection:
        found = await connection.execute(text("select 1 from iam.throttle where bucket = 'unfamiliar:old'"))
        assert found.first() is None


async def open_sessions(world: World, who: Insider) -> int:
    """Return how many sessions of an account stand."""
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select count(*) from iam.session where account_id = :id and revoked_at is null"), {"id": who.id}
        )
        return int(rows.scalar_one())
