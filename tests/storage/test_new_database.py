"""Databases and roles: what the application role may not do, whoever made it."""

import asyncpg
import pytest
from sqlalchemy import make_url

from app.storage.new_database import make_database
from tests.cluster import Cluster, Database


async def connect(url: str) -> asyncpg.Connection:
    parts = make_url(url)
    host = parts.host or parts.query["host"]
    return await asyncpg.connect(
        host=host, port=parts.port, user=parts.username, password=parts.password, database=parts.database
    )


async def test_roles_are_neither_superusers_nor_past_row_level_security(database: Database) -> None:
    for url in (database.owner_url, database.app_url):
        connection = await connect(url)
        row = await connection.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert row is not None
        assert not any(row.values())
        await connection.close()


async def test_application_role_makes_and_changes_no_table(database: Database) -> None:
    connection = await connect(database.app_url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE public.mine (value int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("DELETE FROM public.alembic_version")
    await connection.close()


async def test_stranger_cannot_connect(cluster: Cluster, database: Database) -> None:
    superuser = await connect(database.superuser_url)
    await superuser.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    try:
        stranger = make_url(database.superuser_url).set(username="stranger", password="stranger")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await connect(stranger.render_as_string(hide_password=False))
    finally:
        await superuser.execute("DROP ROLE stranger")
        await superuser.close()


async def test_making_twice_changes_nothing(cluster: Cluster, empty_database: Database) -> None:
    assert not await make_database(cluster.superuser_url, empty_database.name)


async def test_clone_is_migrated_and_separate(cluster: Cluster, database: Database) -> None:
    with cluster.clone() as other:
        assert other.name != database.name
        connection = await connect(other.app_url)
        assert await connection.fetchval("SELECT count(*) FROM public.alembic_version") == 1
        await connection.close()
