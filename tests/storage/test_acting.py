"""Who acts is said once, signed by the database, and ends at once: with the session, the account or the assignment."""

import json
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import uuid7
from app.services.unit_of_work import Session
from app.storage.database import sqlstate
from tests.storage.filled import DENIED, Filled, acting, fill, grant, one, refused, run, seen
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACT = "select account_id from iam.act_as_session(:hash, null)"
SETTINGS = ("level", "actor", "assignment", "org", "role", "jurisdiction", "classes", "national", "proof")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def filled(world: World) -> Filled:
    """A case open to the case manager's organisation."""
    made = await fill(world)
    await grant(world, made, org="DEMO-BASHKI-BERAT")
    return made


async def settings(connection: AsyncConnection) -> dict[str, str]:
    """Return what says who acts in this transaction."""
    return {name: str(await one(connection, f"select current_setting('besa.{name}', true)")) for name in SETTINGS}


async def forge(connection: AsyncConnection, given: dict[str, str]) -> None:
    """Set by hand what `act_as_*` would set."""
    for name, value in given.items():
        await connection.execute(
            text("select set_config(:name, :value, true)"), {"name": f"besa.{name}", "value": value}
        )


async def test_settings_made_by_hand_open_nothing(world: World, filled: Filled) -> None:
    async with acting(world, "demo.menaxhere") as connection:
        signed = await settings(connection)
        assert "casework.case_file" in await seen(connection, filled)
    async with world.program.database.begin() as connection:
        await forge(connection, signed)
        assert await seen(connection, filled) == {}, "a signature of another transaction is worth nothing"
        assert await one(connection, "select count(*) from audit.entry") == 0


async def test_a_signed_actor_cannot_become_more(world: World, filled: Filled) -> None:
    async with world.superuser() as connection:
        manager, org = (
            await connection.execute(
                text(
                    """select g.account_id, g.org_id from iam.account a join iam.assignment g on g.account_id = a.id
                    where a.login = 'demo.menaxhere'"""
                )
            )
        ).one()
    for change in (
        {"org": str(org)},
        {"actor": str(manager)},
        {"classes": "milestones,identity,casework,identification,health,legal,shelter_location"},
        {"role": "responsible_authority", "national": "on"},
        {"role": "data_protection_officer"},
        {"role": "administrator"},
        {"jurisdiction": "XK"},
        {"level": "full"},
    ):
        async with acting(world, "demo.polici", second_factor="level" not in change) as connection:
            await forge(connection, change)
            assert await seen(connection, filled) == {}, change
            assert await one(connection, "select count(*) from audit.entry") == 0, change
            assert await one(connection, "select count(*) from casework.signal") == 0, change
            assert await refused(connection, "update iam.account set active = false where login = 'demo.dpo'"), change
            assert await refused(connection, "update ref.organisation set active = false where code = 'AP'"), change
            assert not await one(
                connection,
                "select exists (select 1 from iam.session s where s.account_id <> :own)",
                own=UUID((await settings(connection))["actor"]),
            ), change


async def test_emptying_the_actor_does_not_make_one_the_door(world: World) -> None:
    async with acting(world, "demo.polici") as connection:
        await forge(connection, {"actor": "", "org": "", "level": "nobody"})
        assert await one(connection, "select count(*) from iam.session") == 0
        state = await refused(
            connection,
            """insert into iam.session (id, token_hash, account_id, assignment_id, idle_expires_at, expires_at)
            select gen_random_uuid(), '\\x00', g.account_id, g.id, now() + interval '1 hour', now() + interval '1 hour'
            from iam.assignment g where g.role = 'responsible_authority' limit 1""",
        )
        assert state == DENIED


@pytest.mark.parametrize("again", ["select iam.act_as_nobody()", "select * from iam.act_as_system('AL')"])
async def test_whoever_acts_becomes_neither_the_program_nor_the_door(world: World, again: str) -> None:
    async with acting(world, "demo.polici") as connection:
        before = await settings(connection)
        assert await refused(connection, again) == DENIED
        await forge(connection, dict.fromkeys(SETTINGS, ""))
        assert await refused(connection, again) == DENIED
        await forge(connection, before)


async def test_at_the_door_nobody_becomes_the_program(world: World) -> None:
    async with world.program.database.begin() as connection:
        await connection.execute(text("select iam.act_as_nobody()"))
        assert await refused(connection, "select * from iam.act_as_system('AL')") == DENIED


async def test_the_program_sees_milestones_and_no_person(world: World, filled: Filled) -> None:
    async with world.program.database.begin() as connection:
        await connection.execute(text("select * from iam.act_as_system('AL')"))
        found = await seen(connection, filled)
        assert "casework.case_file" in found
        assert found["casework.case_event"] == 1
        closed = {"vault.person", "casework.observation", "casework.urgent_needs", "casework.consent"}
        assert not closed & set(found)
    async with world.program.database.begin() as connection:
        await connection.execute(text("select * from iam.act_as_system('XK')"))
        assert await seen(connection, filled) == {}


@pytest.mark.parametrize("owed", ["second_factor", "password"])
async def test_what_is_still_owed_at_sign_in_keeps_every_case_closed(world: World, filled: Filled, owed: str) -> None:
    if owed == "password":
        await run(world, "update iam.account set must_change_password = true where login = 'demo.menaxhere'")
    async with acting(world, "demo.menaxhere", second_factor=owed == "password") as connection:
        assert await seen(connection, filled) == {}
        assert (await settings(connection))["role"] == ""
    await run(world, "update iam.account set must_change_password = false where login = 'demo.menaxhere'")


@pytest.mark.parametrize("login", ["demo.dpo", "demo.admin"])
async def test_without_the_second_factor_the_log_and_the_roles_stay_closed(world: World, login: str) -> None:
    async with acting(world, login, second_factor=False) as connection:
        assert await one(connection, "select count(*) from audit.entry") == 0
        state = await refused(connection, "update iam.assignment set valid_to = now() where role = 'case_manager'")
        assert state == "nothing"


@pytest.mark.parametrize(
    ("end", "mend"),
    [
        ("update iam.session set revoked_at = now()", "update iam.session set revoked_at = null"),
        (
            "update iam.session set expires_at = now()",
            "update iam.session set expires_at = now() + interval '1 hour'",
        ),
        (
            "update iam.session set idle_expires_at = now()",
            "update iam.session set idle_expires_at = now() + interval '1 hour'",
        ),
        ("update iam.account set active = false", "update iam.account set active = true"),
        ("update iam.assignment set valid_to = now()", "update iam.assignment set valid_to = null"),
        (
            "update iam.assignment set valid_from = now() + interval '1 hour'",
            "update iam.assignment set valid_from = now() - interval '1 hour'",
        ),
        ("update ref.organisation set active = false", "update ref.organisation set active = true"),
    ],
)
async def test_access_ends_with_what_it_rests_on(world: World, filled: Filled, end: str, mend: str) -> None:
    token = {"hash": Session(await world.token("demo.menaxhere")).hash}
    where = {
        "session": "account_id = (select id from iam.account where login = 'demo.menaxhere')",
        "account": "login = 'demo.menaxhere'",
        "assignment": "account_id = (select id from iam.account where login = 'demo.menaxhere')",
        "organisation": "code = 'DEMO-BASHKI-BERAT'",
    }[end.split()[1].split(".")[1]]
    await run(world, f"{end} where {where}")
    try:
        async with world.program.database.begin() as connection:
            assert (await connection.execute(text(ACT), token)).first() is None
            assert await seen(connection, filled) == {}
    finally:
        await run(world, f"{mend} where {where}")
    async with world.program.database.begin() as connection:
        await connection.execute(text(ACT), token)
        assert await seen(connection, filled) != {}, "the way back is open, so it was this that had closed it"


async def test_a_session_without_its_second_factor_takes_back_what_an_earlier_one_opened(
    world: World, filled: Filled
) -> None:
    half = {"hash": Session(await world.token("demo.menaxhere", second_factor=False)).hash}
    async with acting(world, "demo.menaxhere") as connection:
        assert await seen(connection, filled) != {}
        await connection.execute(text(ACT), half)
        assert await seen(connection, filled) == {}


async def test_an_api_session_is_found_by_its_id_and_a_browser_session_is_not(world: World) -> None:
    await world.token("demo.polici")
    await world.access_token("demo.polici")
    async with world.superuser() as connection:
        rows = await connection.execute(
            text(
                """select s.id, s.kind from iam.session s join iam.account a on a.id = s.account_id
                where a.login = 'demo.polici' and s.second_factor_at is not null"""
            )
        )
        by_kind = {kind: session_id for session_id, kind in rows}
    for kind, found in (("browser", False), ("api", True)):
        async with world.program.database.begin() as connection:
            result = await connection.execute(
                text("select 1 from iam.act_as_session(null, :id)"), {"id": by_kind[kind]}
            )
            assert (result.first() is not None) is found


async def test_one_sees_and_ends_only_ones_own_sessions(world: World) -> None:
    for login in ("demo.polici", "demo.njl"):
        await world.token(login)
    async with acting(world, "demo.polici") as connection:
        others = await one(connection, "select count(*) from iam.session where account_id <> iam.actor()")
        assert others == 0
        assert await one(connection, "select count(*) from iam.session") > 0
        await connection.execute(text("update iam.session set device = 'x'"))
    async with world.superuser() as connection:
        touched = await one(
            connection,
            """select count(*) from iam.session s join iam.account a on a.id = s.account_id
            where s.device = 'x' and a.login <> 'demo.polici'""",
        )
    assert touched == 0


async def test_an_administrator_looks_after_the_accounts_of_one_country(world: World) -> None:
    async with acting(world, "demo.admin") as connection:
        change = "update iam.account set version = version + 1 where login = :login"
        assert await refused(connection, change, {"login": "demo.polici"}) is None
        assert await refused(connection, change, {"login": "demo.xk.qps"}) == "nothing"
        assert await refused(connection, change, {"login": "besa"}) == "nothing"
        for role, jurisdiction, account in (
            ("responsible_authority", "AL", "demo.admin"),
            ("case_manager", "XK", "demo.polici"),
            ("system", "AL", "demo.polici"),
        ):
            state = await refused(
                connection,
                """insert into iam.assignment (id, account_id, org_id, role, jurisdiction)
                  select gen_random_uuid(), a.id, o.id, :role, :jurisdiction from iam.account a, ref.organisation o
                  where a.login = :account and o.code = 'AP'""",
                {"role": role, "jurisdiction": jurisdiction, "account": account},
            )
            assert state == DENIED, (role, jurisdiction, account)
    async with acting(world, "demo.njl") as connection:
        assert await refused(connection, change, {"login": "demo.polici"}) == "nothing"


@pytest.mark.parametrize(
    "table",
    ["iam.session", "iam.account", "iam.assignment", "ref.organisation", "pg_authid", "casework.consent",
     "casework.case_denial", "casework.referral", "vault.person_version", "casework.placement; select 1"],
)  # fmt: skip
async def test_rows_of_accounts_are_not_written_together_with_a_case(world: World, table: str) -> None:
    async with world.program.database.begin() as connection:
        await connection.execute(text("select iam.act_as_nobody()"))
        uuid = uuid7()
        batch = json.dumps([{"table": table, "columns": ["id"], "rows": [{"id": str(uuid)}]}])
        with pytest.raises(DBAPIError, match="are not written together") as refusal:
            await connection.execute(text("select casework.write(cast(:batch as jsonb))"), {"batch": batch})
        assert sqlstate(refusal.value) == DENIED
        # what a driver says of a refused statement ends up in logs
        assert str(uuid) not in str(refusal.value)


async def test_what_is_written_together_is_a_table_of_the_program(world: World) -> None:
    async with world.superuser() as connection:
        listed = set(await one(connection, "select casework.written_together()"))
        rights = await connection.execute(
            text("select t from unnest(cast(:listed as text[])) t where to_regclass(t) is not null"
                 " and not has_table_privilege('besa_app', t, 'insert')"),
            {"listed": list(listed)},
        )  # fmt: skip
        assert rights.all() == []
    assert {name.split(".")[0] for name in listed} == {"audit", "casework", "vault"}
    assert listed.isdisjoint({"casework.consent", "casework.case_denial", "casework.referral", "casework.board_delta"})


SECRETS = ("password_hash", "totp_secret", "totp_last_step", "password_expires_at")


@pytest.mark.parametrize("column", SECRETS)
async def test_nobody_reads_the_credentials_of_accounts(world: World, column: str) -> None:
    for identity in ("select iam.act_as_nobody()", "select iam.act_as_system('AL')"):
        async with world.program.database.begin() as connection:
            await connection.execute(text(identity))
            assert await refused(connection, f"select {column} from iam.account") == DENIED
            assert await refused(connection, "select * from iam.account") == DENIED
    for login in ("demo.admin", "demo.njl"):
        async with acting(world, login) as connection:
            assert await refused(connection, f"select {column} from iam.account where id = iam.actor()") == DENIED
            assert await refused(connection, f"update iam.account set version = 1 where {column} is not null") == DENIED


async def test_one_reads_the_own_credentials_and_the_names_of_colleagues(world: World) -> None:
    async with acting(world, "demo.njl") as connection:
        own = (await connection.execute(text("select id = iam.actor(), login from iam.own_account()"))).all()
        assert own == [(True, "demo.njl")]
        assert await one(connection, "select display_name from iam.account where login = 'demo.dpo'") == "Besnik Demo"
    async with world.program.database.begin() as connection:
        assert await one(connection, "select count(*) from iam.account") == 0, "without an identity nobody has a name"
        assert await one(connection, "select count(*) from iam.own_account()") == 0


async def test_the_door_is_asked_by_nobody_who_is_inside(world: World) -> None:
    query = "select count(*) from iam.account_at_the_door('demo.dpo')"
    async with world.program.database.begin() as connection:
        assert await one(connection, query) == 0
        await connection.execute(text("select iam.act_as_nobody()"))
        assert await one(connection, query) == 1
    async with world.program.database.begin() as connection:
        await connection.execute(text("select set_config('besa.level', 'nobody', true)"))
        assert await one(connection, query) == 0, "settings made by hand open no door"
    for login in ("demo.admin", "demo.njl"):
        async with acting(world, login) as connection:
            assert await one(connection, query) == 0
