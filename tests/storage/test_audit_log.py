"""The log in the database: written by whoever acts and of nobody else, read by its officers, bent by no one."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.domain.ids import uuid7
from app.services.unit_of_work import Session
from app.storage.audit import entry
from app.storage.database import sqlstate
from tests.storage.filled import DENIED, acting, fill, one, refused
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BENDING = (
    "update audit.entry set outcome = 'denied'",
    "update audit.entry set at = at - interval '1 day' where id = (select min(id::text)::uuid from audit.entry)",
    "delete from audit.entry",
    "delete from audit.entry where sequence = 1",
    "truncate audit.entry",
)


async def an_entry(connection: AsyncConnection, **changed: object) -> dict[str, object]:
    """Return an entry as the actor of this transaction may write it, with changes."""
    own = (
        await connection.execute(
            text(
                """select iam.actor() as account_id, iam.assignment() as assignment_id, iam.org() as org_id,
                iam.jurisdiction() as jurisdiction"""
            )
        )
    ).one()
    return {
        "id": uuid7(),
        "account_id": own.account_id,
        "assignment_id": own.assignment_id,
        "org_id": own.org_id,
        "jurisdiction": own.jurisdiction,
        "action": "case.read",
        "outcome": "done",
        **changed,
    }


@pytest.mark.parametrize("statement", BENDING)
@pytest.mark.parametrize("who", ["application", "owner", "superuser"])
async def test_nobody_bends_an_entry(world: World, who: str, statement: str) -> None:
    async with world.api("demo.linja") as api:
        await api.get("/signals")
    urls = {
        "application": world.databases.app_url,
        "owner": world.databases.owner_url,
        "superuser": world.databases.superuser_url,
    }
    engine = create_async_engine(urls[who], poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            if who == "superuser":
                assert await one(connection, "select count(*) from audit.entry") > 0
            with pytest.raises(DBAPIError) as caught:
                await connection.execute(text(statement))
            assert sqlstate(caught.value) == DENIED
    finally:
        await engine.dispose()


async def test_an_entry_is_written_in_ones_own_name_and_now(world: World) -> None:
    async with world.superuser() as connection:
        other = await one(connection, "select id from iam.account where login = 'demo.dpo'")
        other_org = await one(connection, "select id from ref.organisation where code = 'AP'")
    async with acting(world, "demo.njl") as connection:
        for lie in (
            {"account_id": other},
            {"account_id": None},
            {"org_id": other_org},
            {"assignment_id": uuid7()},
            {"jurisdiction": "XK"},
            {"jurisdiction": None},
            {"at": datetime.now(UTC) - timedelta(days=1)},
            {"at": datetime.now(UTC) + timedelta(days=1)},
        ):
            row = await an_entry(connection, **lie)
            assert await refused(connection, insert(entry).values(row)) == DENIED, lie
        assert await refused(connection, insert(entry).values(await an_entry(connection))) is None
        numbered = insert(entry).values(await an_entry(connection, sequence=1))
        assert await refused(connection, numbered) == "428C9", "the database numbers the entries"


async def test_only_the_officers_of_the_country_read_the_log(world: World) -> None:
    async with world.api("demo.linja") as api:
        assert (await api.get("/signals")).status_code == 200
    async with world.superuser() as connection:
        written = await one(connection, "select count(*) from audit.entry where jurisdiction = 'AL'")
    assert written > 0
    for login, reads in (
        ("demo.dpo", True),
        ("demo.auditues", True),
        ("demo.ap", False),
        ("demo.admin", False),
        ("demo.njl", False),
        ("demo.linja", False),
        ("demo.xk.ak", False),
    ):
        async with acting(world, login) as connection:
            found = await one(connection, "select count(*) from audit.entry where jurisdiction = 'AL'")
            assert found == (written if reads else 0), login


async def test_an_officer_of_another_country_reads_another_log(world: World) -> None:
    made = await fill(world)
    async with world.api("demo.linja") as api:
        assert (await api.get("/signals")).status_code == 200
    token = Session("an officer's token")
    async with world.superuser() as connection:
        await connection.execute(
            text(
                """with a as (insert into iam.account (id, login, display_name) values (gen_random_uuid(), 'x', 'X')
                returning id), g as (insert into iam.assignment (id, account_id, org_id, role, jurisdiction)
                select gen_random_uuid(), a.id, o.id, 'data_protection_officer', 'XK' from a, ref.organisation o
                where o.code = 'AK' returning id, account_id)
                insert into iam.session (id, token_hash, account_id, assignment_id, second_factor_at, idle_expires_at,
                  expires_at) select gen_random_uuid(), :hash, g.account_id, g.id, now(), now() + interval '1 hour',
                  now() + interval '1 hour' from g"""
            ),
            {"hash": token.hash},
        )
        code = await one(connection, "select code from casework.case_file where id = :id", id=made.case_id)
    async with world.program.database.begin() as connection:
        await connection.execute(text("select * from iam.act_as_session(:hash, null)"), {"hash": token.hash})
        assert await one(connection, "select iam.role()") == "data_protection_officer"
        assert await one(connection, "select count(*) from audit.entry where jurisdiction = 'AL'") == 0
        looked = await connection.execute(text("select * from audit.case_by_code(:code)"), {"code": code})
        assert looked.all() == []
        window = {
            "id": made.case_id,
            "since": datetime(2020, 1, 1, tzinfo=UTC),
            "until": datetime(2090, 1, 1, tzinfo=UTC),
        }
        could = await connection.execute(text("select * from audit.could_read(:id, :since, :until)"), window)
        assert could.all() == []


async def test_what_changed_is_told_to_those_who_see_the_case(world: World) -> None:
    made = await fill(world)
    async with acting(world, "demo.njl") as connection:
        row = await an_entry(
            connection,
            subject_id=made.case_id,
            subject_version=2,
            case_ids=[made.case_id],
            changed=["urgency"],
            action="case.close",
        )
        await connection.execute(insert(entry).values(row))
    for login, told in (("demo.njl", 1), ("demo.ap", 1), ("demo.polici", 0), ("demo.xk.ak", 0)):
        async with acting(world, login) as connection:
            changes = await connection.execute(text("select * from audit.changes_since(:id, 1)"), {"id": made.case_id})
            assert len(changes.all()) == told, login


async def test_the_code_of_a_case_is_told_to_the_officers_of_the_log_alone(world: World) -> None:
    made = await fill(world)
    async with world.superuser() as connection:
        code = await one(connection, "select code from casework.case_file where id = :id", id=made.case_id)
    for login, told in (("demo.dpo", 1), ("demo.auditues", 1), ("demo.polici", 0), ("demo.admin", 0)):
        async with acting(world, login) as connection:
            for statement, given in (
                ("select * from audit.case_codes(array[cast(:given as uuid)])", made.case_id),
                ("select * from audit.case_by_code(:given)", code),
            ):
                found = await connection.execute(text(statement), {"given": given})
                assert len(found.all()) == told, (login, statement)


async def test_not_even_replication_mode_bends_an_entry(world: World) -> None:
    async with world.superuser() as connection:
        await connection.execute(text("set local session_replication_role = replica"))
        assert await refused(connection, "delete from audit.entry") == DENIED
        assert await refused(connection, "update audit.entry set action = 'x'") == DENIED
