"""`besa keys` as a person runs it, over a database of its own."""

import os
from pathlib import Path

from app.services.installation import prepare
from app.storage.key_provider import FileKeyProvider
from tests import cluster as clusters
from tests.commands.program import call


async def test_a_master_key_is_renewed_and_the_old_one_let_go(database: clusters.Database, tmp_path: Path) -> None:
    await prepare(database.owner_url, demonstration=True)
    keys = tmp_path / "keys" / "master.json"
    FileKeyProvider.create(keys)
    given = {
        "home": str(tmp_path), "database_url": database.app_url, "owner_database_url": database.owner_url,
    }  # fmt: skip
    made = call("demo", "generate", "--cases", "100", **given)
    assert made.returncode == 0, made.stderr
    assert "Version 1: " in call("keys", "status", **given).stdout

    assert "Version 2 of the master key is made" in call("keys", "new-version", **given).stdout
    assert "still needed" in call("keys", "status", **given).stdout
    early = call("keys", "remove", "1", "--yes", **given)
    assert early.returncode == 1 and "changed a moment ago" in early.stderr
    an_hour_ago = keys.stat().st_mtime - 3600
    os.utime(keys, (an_hour_ago, an_hour_ago))
    needed = call("keys", "remove", "1", "--yes", **given)
    assert needed.returncode == 1 and "still stand under version 1" in needed.stderr
    assert FileKeyProvider(keys).versions == (1, 2)

    wrapped = call("keys", "rewrap", **given)
    assert wrapped.returncode == 0, wrapped.stderr
    assert "Keys of persons: " in wrapped.stdout and "Version 1: 0 data keys; nothing needs it" in wrapped.stdout
    assert "nothing needs version 1 any more" in call("doctor", **given).stdout
    gone = call("keys", "remove", "1", "--yes", **given)
    assert gone.returncode == 0, gone.stderr
    assert FileKeyProvider(keys).versions == (2,)
    refused = call("keys", "remove", "2", "--yes", **given)
    assert refused.returncode == 1 and "still stand" not in refused.stdout


async def test_the_application_role_is_told_that_it_cannot(database: clusters.Database, tmp_path: Path) -> None:
    FileKeyProvider.create(tmp_path / "keys" / "master.json")
    refused = call("keys", "rewrap", home=str(tmp_path), database_url=database.app_url)
    assert refused.returncode == 1
    assert refused.stderr.strip().endswith("set BESA_OWNER_DATABASE_URL to the owner of the database.")
