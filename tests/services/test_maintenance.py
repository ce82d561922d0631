"""What the program does by itself: catch up with answers nobody saw, forget old ones, never stop at one fault."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.main import create_app
from app.services import maintenance
from app.services.unit_of_work import System, UnitOfWork, unit_of_work
from app.storage.inspection import inspect_upkeep
from tests.stories import register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_case_hears_of_an_answer_recorded_by_who_does_not_see_it(world: World) -> None:
    case = await register_case(world)
    thread = uuid7()
    async with world.superuser() as connection:
        for kind, minutes in (("REFERRAL_SENT", 20), ("REFERRAL_ANSWERED", 10)):
            await connection.execute(
                text(
                    "insert into casework.case_event (id, case_id, kind, occurred_at, org_id, account_id, subject_kind,"
                    " subject_id, facts) select :id, :case, :kind, now() - make_interval(mins => :minutes),"
                    " opened_org_id, opened_by, 'referral', :thread, '{}' from casework.case_file where id = :case"
                ),
                {"id": uuid7(), "case": case["id"], "kind": kind, "minutes": minutes, "thread": thread},
            )
    assert (await maintenance.maintain(world.program))["failed"] == 0
    async with world.superuser() as connection:
        row = await connection.execute(
            text("select stage, stage_at is not null from casework.case_file where id = :id"), {"id": case["id"]}
        )
        assert tuple(row.one()) == ("REFERRED", True)
    written = [e for e in await world.audit_entries("system.maintain") if e["case_ids"]]
    assert case["id"] in map(str, written[-1]["case_ids"])  # type: ignore[arg-type]
    assert (written[-1]["role"], written[-1]["detail"]) == ("system", {"duty": "catch_up"})


async def test_old_answers_are_forgotten_and_young_ones_kept(world: World) -> None:
    async with world.superuser() as connection:
        for days in (1, 3):
            await connection.execute(
                text(
                    "insert into iam.idempotency (id, account_id, idempotency_key, action, request_hash, status,"
                    " response, created_at) select :id, id, :key, 'case.register', '\\x00', 201, '\\x00',"
                    " now() - make_interval(days => :days) from iam.account where login = 'demo.njl'"
                ),
                {"id": uuid7(), "key": f"kept-for-{days}", "days": days},
            )
    await maintenance.maintain(world.program)
    async with world.superuser() as connection:
        left = await connection.execute(
            text("select idempotency_key from iam.idempotency where idempotency_key like 'kept-for-%'")
        )
        assert [row[0] for row in left] == ["kept-for-1"]


async def test_a_duty_that_fails_keeps_no_other_from_being_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def fails(unit: UnitOfWork) -> None:
        await unit.execute(text("select 1 / 0"))

    async def works(unit: UnitOfWork) -> None:
        done.append(unit.actor.jurisdiction)

    monkeypatch.setattr(maintenance, "DUTIES", {"fails": fails, "works": works})
    result = await maintenance.maintain(world.program)
    assert result == {"done": 2, "skipped": 0, "failed": 2}
    assert sorted(done) == ["AL", "XK"]


async def test_a_duty_under_way_elsewhere_is_left_to_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def works(unit: UnitOfWork) -> None:
        raise AssertionError("done twice at once")

    monkeypatch.setattr(maintenance, "DUTIES", {"works": works})
    async with world.superuser() as connection:
        for jurisdiction in ("AL", "XK"):
            await connection.execute(
                text("select pg_advisory_xact_lock(hashtextextended(:name, 7236118))"),
                {"name": f"{jurisdiction}:works"},
            )
        assert await maintenance.maintain(world.program) == {"done": 0, "skipped": 2, "failed": 0}


async def test_the_extract_is_renewed_before_anybody_waits_for_it(world: World) -> None:
    async def made() -> dict[str, datetime]:
        return dict((await inspect_upkeep(world.databases.app_url)).extracts)

    await maintenance.maintain(world.program)
    first = await made()
    assert set(first) == {"AL", "XK"}
    await maintenance.maintain(world.program)
    assert await made() == first, "a young extract stays"
    async with world.superuser() as connection:
        await connection.execute(
            text("update stats.extraction set extracted_at = now() - make_interval(mins => 23 * 60 + 1)"
                 " where jurisdiction = 'AL'")
        )  # fmt: skip
    await maintenance.maintain(world.program)
    after = await made()
    assert after["XK"] == first["XK"] and after["AL"] > first["AL"]
    written: list[dict[str, Any]] = await world.audit_entries("system.maintain")
    assert {"task": "statistics.refresh"} in [e["detail"] for e in written]


async def test_nobody_but_the_program_folds_the_board(world: World) -> None:
    async with world.acting("demo.ap", "board.read") as unit:
        unit.quiet = True
        with pytest.raises(Exception, match="the program itself folds the board"):
            async with unit.connection.begin_nested():
                await unit.execute(text("select casework.fold_board()"))
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        unit.quiet = True
        await maintenance.fold_board(unit)


async def test_every_duty_of_the_program_is_known(world: World) -> None:
    assert set(maintenance.DUTIES) == {
        *("referrals", "reservations", "escalate", "flag_proceedings", "catch_up", "fold_board", "forget_answers"),
        "renew_extract",
    }
    assert timedelta(seconds=maintenance.EVERY) < maintenance.LOOKS_BACK


async def test_a_run_with_nothing_to_do_writes_nothing_down(world: World) -> None:
    await maintenance.maintain(world.program)
    before = len(await world.audit_entries("system.maintain"))
    async with world.superuser() as connection:
        await connection.execute(text("delete from casework.case_event where kind like 'REFERRAL_%'"))
    await maintenance.maintain(world.program)
    assert len(await world.audit_entries("system.maintain")) == before


async def test_the_program_maintains_itself_while_it_serves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    done = asyncio.Event()

    async def works(unit: UnitOfWork) -> None:
        done.set()

    monkeypatch.setattr(maintenance, "DUTIES", {"works": works})
    monkeypatch.setattr(maintenance, "EVERY", 0.01)
    app = create_app(World.over(world.databases).program, maintenance=True)
    async with app.router.lifespan_context(app):
        await asyncio.wait_for(done.wait(), 10)
