"""Migrations go up, down and up again on the oldest and the newest PostgreSQL, and leave the tables of the code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.domain.policy import NATIONAL_ROLES, ROLE_CLASSES, SECOND_FACTOR_ROLES, Role
from app.storage.embedded_postgres import SUPERUSER, EmbeddedPostgres
from app.storage.migrations import configuration, downgrade, head, upgrade
from app.storage.new_database import make_database, url_for
from app.storage.postgres_binaries import MINIMUM_MAJOR, find_binaries
from app.storage.schema import SCHEMAS, metadata
from tests import cluster as clusters

NEWEST = find_binaries()
OLDEST = Path(f"/usr/lib/postgresql/{MINIMUM_MAJOR}/bin")
SERVERS = [NEWEST.folder, *([OLDEST] if (OLDEST / "initdb").exists() and NEWEST.folder != OLDEST else [])]
OWNER = "besa_owner"
_EVERYTHING = """
  select 'table', format('%s.%s', n.nspname, c.relname), format('%s %s %s %s', c.relrowsecurity, c.relforcerowsecurity,
    c.relpersistence, array(select x::text from unnest(coalesce(c.relacl,
      acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) x order by 1))
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any(:schemas) and c.relkind in ('r', 'S')
  union all
  select 'column', format('%s.%s.%s', table_schema, table_name, column_name),
    format('%s %s %s', data_type, column_default, is_nullable)
  from information_schema.columns where table_schema = any(:schemas)
  union all
  select 'right', format('%s.%s.%s', table_schema, table_name, column_name), format('%s %s', grantee, privilege_type)
  from information_schema.column_privileges where table_schema = any(:schemas) and grantee like 'besa_%'
  union all
  select 'policy', format('%s.%s %s', schemaname, tablename, policyname),
    format('%s %s %s %s %s', cmd, permissive, roles, qual, with_check)
  from pg_policies where schemaname = any(:schemas)
  union all
  select 'function', f.oid::regprocedure::text, format('%s %s', md5(pg_get_functiondef(f.oid)),
    coalesce(f.proacl, acldefault('f', f.proowner)))
  from pg_proc f join pg_namespace n on n.oid = f.pronamespace where n.nspname = any(:schemas)
  union all
  select 'trigger', t.tgrelid::regclass::text, format('%s %s', pg_get_triggerdef(t.oid), t.tgenabled)
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and n.nspname = any(:schemas)
  union all
  select 'constraint', format('%s %s', c.conrelid::regclass, c.conname), pg_get_constraintdef(c.oid)
  from pg_constraint c join pg_namespace n on n.oid = c.connamespace where n.nspname = any(:schemas)
  union all
  select 'index', format('%s.%s', schemaname, indexname), indexdef from pg_indexes where schemaname = any(:schemas)
"""
"""What a migration can leave behind, one row each."""


@pytest.fixture(scope="module", params=SERVERS, ids=lambda folder: f"postgresql-{folder.parts[-2]}"[:24])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of its own of each version that stands here."""
    made = EmbeddedPostgres(tmp_path_factory.mktemp("pg") / "data", bindir=request.param, options={"fsync": "off"})
    made.start(progress=lambda line: None)
    yield made
    made.stop()


@pytest.fixture
def owner_url(server: EmbeddedPostgres, request: pytest.FixtureRequest) -> str:
    """The owner's URL of an empty database."""
    superuser_url = server.url("postgres", SUPERUSER)
    name = f"m{abs(hash(request.node.nodeid)):x}"
    clusters._wait_for(make_database(superuser_url, name))
    return url_for(superuser_url, name, OWNER)


def looking(url: str, look: Any) -> Any:
    """Return what `look(connection)` finds on one asynchronous connection."""
    found: list[Any] = []

    async def once() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        try:
            async with engine.connect() as connection:
                found.append(await look(connection))
        finally:
            await engine.dispose()

    clusters._wait_for(once())
    return found[0]


def everything(url: str) -> dict[tuple[str, str], str]:
    """Return every object of the program's schemas with its definition."""

    async def look(connection: AsyncConnection) -> dict[tuple[str, str], str]:
        rows = await connection.execute(text(_EVERYTHING), {"schemas": list(SCHEMAS)})
        found: dict[tuple[str, str], str] = {}
        for kind, name, definition in rows:
            found[kind, name] = "\n".join(sorted([*found.get((kind, name), "").split("\n"), definition]))
        return found

    result: dict[tuple[str, str], str] = looking(url, look)
    return result


def test_up_down_and_up_again_leave_the_same(owner_url: str) -> None:
    before = everything(owner_url)
    upgrade(owner_url)
    first = everything(owner_url)
    assert len([key for key in first if key[0] == "policy"]) > 60
    downgrade(owner_url)
    assert everything(owner_url) == before == {}
    upgrade(owner_url)
    again = everything(owner_url)
    assert {key: (first.get(key), again.get(key)) for key in first | again if first.get(key) != again.get(key)} == {}


def test_each_step_goes_down_and_up(owner_url: str) -> None:
    upgrade(owner_url)
    whole = everything(owner_url)
    script = ScriptDirectory.from_config(configuration(owner_url))
    for revision in script.walk_revisions():
        below = revision.down_revision or "base"
        assert isinstance(below, str)
        downgrade(owner_url, below)
        upgrade(owner_url)
        assert everything(owner_url) == whole, f"going below {revision.revision} and back changes something"


def test_migrating_twice_changes_nothing(owner_url: str) -> None:
    upgrade(owner_url)
    whole = everything(owner_url)
    upgrade(owner_url)
    assert everything(owner_url) == whole


def test_the_database_has_the_tables_of_the_code(owner_url: str) -> None:
    upgrade(owner_url)

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: name in SCHEMAS if kind == "schema" else True,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        return list(compare_metadata(context, metadata))

    async def look(connection: AsyncConnection) -> list[Any]:
        return await connection.run_sync(compare)

    assert looking(owner_url, look) == []


def test_there_is_one_head_and_every_step_names_the_one_before() -> None:
    script = ScriptDirectory.from_config(configuration("postgresql+asyncpg://nowhere"))
    assert script.get_heads() == [head()]
    assert len(script.get_bases()) == 1
    revisions = list(script.walk_revisions())
    assert [r.revision for r in revisions] == sorted((r.revision for r in revisions), reverse=True)


def test_the_policy_of_the_code_stands_in_the_database(owner_url: str) -> None:
    upgrade(owner_url)

    async def look(connection: AsyncConnection) -> list[Any]:
        return list(await connection.execute(text("select role, classes, national, second_factor from iam.role")))

    found = {role: (classes, national, factor) for role, classes, national, factor in looking(owner_url, look)}
    assert found == {
        role.value: (
            ",".join(sorted(ROLE_CLASSES.get(role, frozenset()))),
            role in NATIONAL_ROLES,
            role in SECOND_FACTOR_ROLES,
        )
        for role in Role
    }
