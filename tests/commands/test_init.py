"""`besa init` and `besa demo token`: what they make, what they refuse, and that nothing has a default password."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from app.services.credentials import passwords
from app.services.credentials.signing_keys import SigningKeys
from app.storage.key_provider import FileKeyProvider
from tests.cluster import Database
from tests.commands.program import call, environment

ASKED = ("--login", "Lule.Admin", "--name", "Lule Prova", "--jurisdiction", "AL", "--retention", "Vendim 12/2026")


def init(database: Database, home: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return call(
        "init", *options, home=str(home), database_url=database.app_url, owner_database_url=database.owner_url,
        **settings,
    )  # fmt: skip


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        url = make_url(database.superuser_url)
        connection = await asyncpg.connect(
            user=url.username, database=url.database, host=url.query.get("host") or url.host, port=url.port
        )
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(read())


def test_a_real_installation_with_its_first_administrator(empty_database: Database, tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = init(empty_database, home, *ASKED)
    assert done.returncode == 0, done.stderr
    password = re.search(r"One-time password: (\S+)", done.stdout)
    assert password is not None
    [person] = rows(empty_database, "select * from iam.account where login <> 'besa'")
    assert (person["login"], person["must_change_password"], person["demonstration"]) == ("lule.admin", True, False)
    assert person["password_expires_at"] is not None
    assert asyncio.run(passwords.verify(password.group(1), person["password_hash"])).ok
    roles = rows(
        empty_database,
        "select a.role, o.code from iam.assignment a join ref.organisation o on o.id = a.org_id where role <> 'system'",
    )
    assert roles == [{"role": "administrator", "code": "AP"}]
    facts = {r["name"]: json.loads(r["value"]) for r in rows(empty_database, "select * from iam.installation")}
    assert facts == {"demonstration": False, "jurisdictions": ["AL"], "retention_schedule": "Vendim 12/2026"}
    assert len(rows(empty_database, "select 1 from audit.entry where action = 'account.manage'")) == 1
    assert (home / "keys" / "master.json").stat().st_mode & 0o777 == 0o600
    assert (home / "keys" / "signing.json").exists()

    again = init(empty_database, tmp_path / "elsewhere", *ASKED)
    assert again.returncode == 1
    assert again.stderr == "besa: This installation has people already; its administrators add others.\n"
    assert not (tmp_path / "elsewhere" / "keys").exists(), "keys beside a database of other keys would open nothing"

    token = call("demo", "token", "administrator", home=str(home), database_url=empty_database.app_url)
    assert token.returncode == 1
    assert token.stdout == ""
    assert "not a demonstration" in token.stderr


def test_the_password_comes_from_standard_input_and_keeps_the_rules(empty_database: Database, tmp_path: Path) -> None:
    def piped(password: str) -> subprocess.CompletedProcess[str]:
        settings = environment(
            home=str(tmp_path), database_url=empty_database.app_url, owner_database_url=empty_database.owner_url
        )
        return subprocess.run(
            [sys.executable, "-m", "app.cli", "init", *ASKED, "--password-stdin"],
            cwd="/", env=settings, input=f"{password}\n", capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    refused = piped("password")
    assert refused.returncode == 1
    assert refused.stderr.startswith("besa: The password ")
    assert rows(empty_database, "select 1 from pg_namespace where nspname = 'iam'") == []
    done = piped("ujë i ftohtë te kroi")
    assert done.returncode == 0, done.stderr
    assert "ujë" not in done.stdout
    assert "One-time" not in done.stdout
    [person] = rows(empty_database, "select * from iam.account where login <> 'besa'")
    assert (person["must_change_password"], person["password_expires_at"]) == (False, None)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (ASKED[2:], "User name of the first administrator is missing"),
        (("--login", "Ë", *ASKED[2:]), "A user name has 3 to 40 small letters"),
        ((*ASKED[:4], "--jurisdiction", "RS", *ASKED[6:]), "That is not known: "),
        ((*ASKED, "--organisation", "NO-SUCH"), "That is not known: "),
        ((*ASKED[:6], "--retention", " "), "The name of the retention schedule needs 1 to 200"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(
    empty_database: Database, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    refused = init(empty_database, tmp_path / "home", *options)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"besa: {says}")
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()
    assert rows(empty_database, "select 1 from pg_namespace where nspname = 'iam'") == []


def test_a_demonstration_is_not_made_into_a_real_installation(prepared: Database, tmp_path: Path) -> None:
    refused = init(prepared, tmp_path / "home", *ASKED)
    assert refused.returncode == 1
    assert refused.stderr.startswith("besa: This database was made for demonstration")
    contradicting = init(prepared, tmp_path / "home", *ASKED, demonstration="true")
    assert contradicting.stderr.startswith("besa: BESA_DEMONSTRATION is set")
    assert not (tmp_path / "home").exists()


def test_a_token_of_the_demonstration_by_role(prepared: Database, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    FileKeyProvider.create(keys / "master.json")
    SigningKeys.create(keys / "signing.json")
    made = call("demo", "token", "case_manager", home=str(tmp_path), database_url=prepared.app_url)
    assert made.returncode == 0, made.stderr
    assert made.stdout.count(".") == 2
    assert made.stdout.count("\n") == 1
    assert "case_manager" in made.stderr
    [session] = rows(prepared, "select * from iam.session order by id desc limit 1")
    assert session["kind"] == "api"
    assert (session["expires_at"] - session["created_at"]).total_seconds() == 600
    nobody = call("demo", "token", "queen", home=str(tmp_path), database_url=prepared.app_url)
    assert nobody.returncode == 1
    assert nobody.stderr == "besa: Nobody in the demonstration has this role or login.\n"
