"""Commands of the owner: what was written never stands in an error, for an error ends up on a screen or in a log."""

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.storage.bulk_load import owner_connection
from app.storage.database import single_engine
from tests import cluster as clusters

ROOT = Path(__file__).parents[2]


async def test_an_error_of_the_owner_shows_no_value(database: clusters.Database) -> None:
    async with owner_connection(database.owner_url) as connection:
        with pytest.raises(DBAPIError) as refusal:
            await connection.execute(text("select 1 / 0, cast(:secret as text)"), {"secret": "Fatmira"})
    assert "Fatmira" not in str(refusal.value)
    engine = single_engine(database.owner_url)
    assert engine.sync_engine.hide_parameters
    await engine.dispose()


def test_no_engine_is_made_elsewhere() -> None:
    making = subprocess.run(
        ["grep", "-rl", "--include=*.py", "create_async_engine(", "app", "migrations"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert making.stdout.split() == ["app/storage/database.py"]
