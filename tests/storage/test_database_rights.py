"""The rights in the database, read from its catalogue: a new table, policy or function without them fails here."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.storage.filled import one
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHOUT_RIGHTS = {"casework.board_delta"}
"""Tables of functions alone: the application role may not even look."""
BESIDE_ROWS = {"iam.role", "iam.installation", "iam.throttle", "ref.profile"}
"""Tables of `iam` and `ref` that say nothing about anybody."""
FIXED = {
    "id",
    "case_id",
    "jurisdiction",
    "created_at",
    "recorded_at",
    "granted_by",
    "data_classes",
    "basis",
    "wrapped_key",
}
"""Columns no update may touch in any table of a case, wherever they occur; see `MOVES` for what is meant to move."""
MOVES = {("casework", "signal", "case_id"), ("casework", "task", "org_id"), ("casework", "task", "account_id")}
ANSWERS_WITHOUT_PROOF = {
    "iam.act_as_intake",
    "iam.act_as_nobody",
    "iam.act_as_session",
    "iam.act_as_system",
    "iam.actor",
    "iam.assignment",
    "iam.jurisdiction",
    "iam.org",
    "iam.role",
}
"""They take or repeat an identity and tell nothing else."""


async def rows(world: World, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a look at the catalogue."""
    async with world.superuser() as connection:
        return [tuple(r) for r in await connection.execute(text(statement))]


async def test_every_table_of_people_and_cases_forces_row_security_and_has_a_policy(world: World) -> None:
    found = await rows(
        world,
        """select n.nspname || '.' || c.relname, c.relrowsecurity, c.relforcerowsecurity,
          has_table_privilege('besa_app', c.oid, 'select'),
          (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive
            and 'besa_app'::regrole = any(p.polroles)),
          (select count(*) from pg_policies p where p.schemaname = n.nspname and p.tablename = c.relname
            and 'besa_app' = any(p.roles) and p.permissive = 'PERMISSIVE'
            and not concat(p.qual, p.with_check) ~ '(iam.reads_cases|iam.proved)'
            and (n.nspname in ('vault', 'casework', 'audit') or p.cmd in ('INSERT', 'UPDATE', 'ALL'))
            and c.relname <> 'refresh_token')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('vault', 'casework', 'audit', 'iam', 'ref') and c.relkind in ('r', 'p', 'v', 'm')""",
    )
    tables = {str(row[0]): row[1:] for row in found}
    assert len(tables) > 35
    for name, (enabled, forced, readable, open_ways, unproved) in tables.items():
        if name in BESIDE_ROWS or name == "iam.secret":
            continue
        assert enabled and forced, f"{name}: row-level security is not forced"
        if name in WITHOUT_RIGHTS:
            assert not readable
            continue
        assert open_ways, f"{name}: no policy"
        # a refresh token is seen through its session, whose policy asks
        assert not unproved, f"{name}: a policy that believes settings made by hand"
    assert not tables["iam.secret"][2], "the application role reads the secret that signs identities"


async def test_no_policy_keeps_the_functions_of_the_owner_from_the_indexes(world: World) -> None:
    # the owner is a member of the application role: a restrictive policy would be a barrier in its searches too
    found = await rows(
        world, "select schemaname, tablename, policyname from pg_policies where permissive <> 'PERMISSIVE'"
    )
    assert found == []
    async with world.owner() as connection:
        await connection.execute(text("set local enable_seqscan = off"))
        for query, index in (
            ("select id from vault.person where tokens && '{17}'::bigint[]", "ix_person_tokens"),
            ("select id from audit.entry where case_ids && array[md5('x')::uuid]", "ix_entry_case_ids"),
        ):
            plan = "\n".join(str(row[0]) for row in await connection.execute(text(f"explain (costs off) {query}")))
            assert index in plan, plan


async def test_no_policy_of_the_application_role_shows_everything(world: World) -> None:
    everything = await rows(
        world,
        """select schemaname || '.' || tablename, policyname from pg_policies
        where 'besa_app' = any(roles) and (qual = 'true' or with_check = 'true')""",
    )
    # who holds which role and the organisations of the mechanism are known to everybody who signs in
    assert {row[0] for row in everything} == {"iam.assignment", "ref.organisation"}


async def test_what_a_row_belongs_to_can_never_be_changed(world: World) -> None:
    movable = await rows(
        world,
        """select table_schema, table_name, column_name from information_schema.column_privileges
        where grantee = 'besa_app' and privilege_type = 'UPDATE' and table_schema in ('vault', 'casework', 'audit')""",
    )
    assert ("casework", "case_file", "status") in movable
    for schema, table, column in movable:
        owner = column in FIXED or column in ("org_id", "account_id", "person_id", "sender_org_id", "opened_org_id")
        if (schema, table, column) in MOVES or (table, column) == ("case_file", "person_id"):
            continue
        assert not owner, f"{schema}.{table}.{column} can be changed"


async def test_nothing_is_deleted_and_the_log_only_grows(world: World) -> None:
    async with world.superuser() as connection:
        given = await connection.execute(
            text(
                """select table_schema || '.' || table_name, privilege_type from information_schema.role_table_grants
                where grantee in ('besa_app', 'PUBLIC') and table_schema in ('vault', 'casework', 'audit', 'stats')
                  and privilege_type in ('DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')"""
            )
        )
        assert given.all() == []
        assert not await one(connection, "select has_table_privilege('besa_app', 'audit.entry', 'update')")
        assert not await one(connection, "select has_any_column_privilege('besa_app', 'audit.entry', 'update')")


@pytest.mark.parametrize("role", ["besa_app", "besa_stats", "besa_owner"])
async def test_no_role_of_the_program_passes_row_security(world: World, role: str) -> None:
    async with world.superuser() as connection:
        attributes = await connection.execute(
            text(
                """select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles
                where rolname = :role"""
            ),
            {"role": role},
        )
        assert tuple(attributes.one()) == (False,) * 5


async def test_the_application_role_owns_nothing_and_makes_nothing(world: World) -> None:
    async with world.superuser() as connection:
        for owned in (
            "select count(*) from pg_class where relowner = 'besa_app'::regrole",
            "select count(*) from pg_proc where proowner = 'besa_app'::regrole",
            "select count(*) from pg_namespace where nspowner = 'besa_app'::regrole",
            "select count(*) from pg_namespace where has_schema_privilege('besa_app', oid, 'create')",
            "select count(*) from pg_database where datname = current_database()"
            " and has_database_privilege('besa_app', oid, 'create, temp')",
            "select count(*) from pg_roles r where rolname not in ('besa_app', 'besa_stats')"
            " and pg_has_role('besa_app', r.oid, 'member')",
        ):
            assert await one(connection, owned) == 0, owned


async def test_functions_are_for_the_application_role_and_look_nowhere_else_for_names(world: World) -> None:
    functions = await rows(
        world,
        """select f.oid::regprocedure::text, f.prosecdef, coalesce(array_to_string(f.proconfig, ','), ''),
          (select bool_or(a.grantee = 0) from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a)
        from pg_proc f join pg_namespace n on n.oid = f.pronamespace
        where n.nspname in ('iam', 'vault', 'casework', 'audit', 'stats')""",
    )
    assert len(functions) > 25
    for name, definer, settings, public in functions:
        assert not public, f"{name}: everybody may run it"
        assert not definer or settings.startswith("search_path=pg_catalog, pg_temp"), f"{name}: {settings}"


async def test_what_signs_an_identity_is_out_of_reach(world: World) -> None:
    async with world.superuser() as connection:
        for hidden in ("iam.proof()", "iam.become(text, uuid, uuid, uuid, text, text, text, boolean)"):
            assert not await one(connection, f"select has_function_privilege('besa_app', '{hidden}', 'execute')")


async def test_a_function_that_tells_something_asks_for_a_proved_actor(world: World) -> None:
    told = await rows(
        world,
        """select n.nspname || '.' || f.proname, f.prosrc from pg_proc f join pg_namespace n on n.oid = f.pronamespace
        where n.nspname in ('iam', 'vault', 'casework', 'audit', 'stats') and f.prosecdef
          and f.prorettype not in ('boolean'::regtype, 'trigger'::regtype)
          and has_function_privilege('besa_app', f.oid, 'execute')""",
    )
    assert len(told) > 5
    for name, body in told:
        if name in ANSWERS_WITHOUT_PROOF:
            continue
        assert "iam.proved()" in str(body) or "iam.reads_cases()" in str(body), name
