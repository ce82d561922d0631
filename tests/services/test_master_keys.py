"""A new master key: everything opens before, half way and after, and the old version is let go only when unused."""

from typing import Any

import pytest
from sqlalchemy import text

from app.services import master_keys
from app.services.master_keys import destroy_unused, keys_by_version, rewrap
from app.storage.encryption import Keyring, OwnerKind
from app.storage.inspection import inspect_upkeep
from app.storage.key_provider import MemoryKeyProvider
from app.storage.schema import metadata
from tests.stories import PERSON, act_on, checked, give_consent, register_case, send_referral
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGNAL = {
    "channel": "HELPLINE_116006", "received_at": "2026-03-02T09:30:00+01:00", "summary": "Zë fëmije pranë rrugës.",
    "urgency": "URGENT", "place": "AL-01-01", "suspected_forms": [],
}  # fmt: skip


SPOIL = text("update casework.signal set wrapped_key = :key where id = :id")


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def provider_of(world: World) -> MemoryKeyProvider:
    assert isinstance(world.program.key_provider, MemoryKeyProvider)
    return world.program.key_provider


async def filled(world: World) -> dict[str, str]:
    """Register two persons, a signal and a referral; returns the paths that open what was sealed."""
    case = await register_case(world)
    await register_case(world)
    await give_consent(world, case)
    sent = await send_referral(world, case)
    asked = await act_on(world, sent, "question", "demo.agimi", {"question": "A flet shqip?"})
    async with world.api("demo.linja") as api:
        report = checked(await api.post("/signals", json=SIGNAL))
    return {"case": case["id"], "referral": asked["id"], "signal": report["id"]}


async def opened(world: World, made: dict[str, str]) -> list[Any]:
    """Return what people read: a person, a sentence about a referral, a report; with no key kept from before."""
    world.program.keyring._opened.clear()
    async with world.api("demo.njl") as api:
        person = checked(await api.get(f"/cases/{made['case']}/person"))["identity"]["family_names"]
    async with world.api("demo.agimi") as api:
        steps = checked(await api.get(f"/referrals/{made['referral']}"))["steps"]
    async with world.api("demo.linja") as api:
        summary = checked(await api.get(f"/signals/{made['signal']}"))["summary"]
    return [person, [step["message"] for step in steps if step["message"]], summary]


async def test_every_table_that_keeps_a_wrapped_key_is_known() -> None:
    keeping = {table.fullname for table in metadata.tables.values() if "wrapped_key" in table.c}
    assert keeping == {table.fullname for table, _ in master_keys.PLACES.values()}


async def test_open_values_stay_the_same_before_half_way_and_after(world: World) -> None:
    made = await filled(world)
    owner_url = world.databases.owner_url
    await rewrap(owner_url, Keyring(provider_of(world)))
    before = await opened(world, made)
    assert before == [PERSON["family_names"], ["A flet shqip?"], SIGNAL["summary"]]
    first = provider_of(world).current_version
    keys = (await keys_by_version(owner_url))[first]
    second = provider_of(world).add_version()
    assert await opened(world, made) == before

    def stop_after_one(_: OwnerKind, done: int, to_do: int) -> None:
        assert (done, to_do > 1) == (1, True)
        raise Stopped

    with pytest.raises(Stopped):
        await rewrap(owner_url, Keyring(provider_of(world)), stop_after_one, batch=1)
    assert await keys_by_version(owner_url) == {first: keys - 1, second: 1}
    assert await opened(world, made) == before

    told: list[tuple[OwnerKind, int, int]] = []
    done = await rewrap(owner_url, Keyring(provider_of(world)), lambda *said: told.append(said), batch=2)
    assert (done.done, done.unreadable) == (keys - 1, ())
    assert {kind for kind, _, _ in told} == {"person", "case", "signal", "referral"}
    assert all(finished <= to_do for _, finished, to_do in told)
    assert await keys_by_version(owner_url) == {second: keys}
    assert (await inspect_upkeep(world.databases.app_url)).keys_by_version == {second: keys}
    assert await opened(world, made) == before
    assert (await rewrap(owner_url, Keyring(provider_of(world)))).done == 0

    # each batch is an act of the program, the interrupted one too
    entries: list[dict[str, Any]] = await world.audit_entries("system.maintain")
    entries = [e for e in entries if e["detail"].get("version") == second]
    assert {(e["role"], e["subject_kind"], e["outcome"]) for e in entries} == {("system", "master_key", "done")}
    assert sum(e["detail"]["count"] for e in entries) == keys


async def test_a_key_that_does_not_open_is_told_and_stops_nothing(world: World) -> None:
    made = await filled(world)
    owner_url = world.databases.owner_url
    await rewrap(owner_url, Keyring(provider_of(world)))
    old = provider_of(world).current_version
    async with world.superuser() as connection:
        query = text("select wrapped_key from casework.signal where id = :id")
        kept = (await connection.execute(query, {"id": made["signal"]})).scalar_one()
        await connection.execute(SPOIL, {"id": made["signal"], "key": b"\0"})
    new = provider_of(world).add_version()
    done = await rewrap(owner_url, Keyring(provider_of(world)))
    assert [(kind, str(one)) for kind, one in done.unreadable] == [("signal", made["signal"])]
    assert await keys_by_version(owner_url) == {old: 1, new: done.done}

    destroyed: list[int] = []
    assert await destroy_unused(owner_url, old, lambda: destroyed.append(old)) == 1
    assert destroyed == []
    async with world.superuser() as connection:
        await connection.execute(SPOIL, {"id": made["signal"], "key": kept})
    await rewrap(owner_url, Keyring(provider_of(world)))
    assert await destroy_unused(owner_url, old, lambda: destroyed.append(old)) == 0
    assert destroyed == [old]


async def test_the_application_role_wraps_nothing_anew(world: World) -> None:
    # row-level security hides every key from it: nothing is found, so nothing is claimed to be done
    await register_case(world)
    assert (await rewrap(world.databases.app_url, Keyring(MemoryKeyProvider()))).done == 0
