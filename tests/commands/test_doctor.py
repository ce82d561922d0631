"""Each check of the doctor: what it says of something healthy and of something ill."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.commands import doctor_checks as checks
from app.commands import doctor_upkeep as upkeep
from app.commands.doctor_checks import Finding
from app.settings import Settings
from app.storage.inspection import Inspection, Upkeep
from app.storage.key_provider import FileKeyProvider
from app.storage.migrations import head


def settings(home: Path, **values: str) -> Settings:
    return Settings.model_validate({"home": home, **values})


def database(**changes: object) -> Inspection:
    healthy = {
        "major": 18, "role": "besa_app", "superuser": False, "passes_row_security": False, "owns_tables": False,
        "may_create": False, "revision": head(), "demonstration": False, "unforced_tables": (), "encoding": "UTF8",
        "now": datetime.now(UTC),
    }  # fmt: skip
    return Inspection(**{**healthy, **changes})


def only(findings: object) -> Finding:
    [finding] = findings
    return finding


def test_healthy_database_has_no_problem(tmp_path: Path) -> None:
    for check in checks.DATABASE_CHECKS:
        assert [found.state for found in check(settings(tmp_path), database())] == ["ok"], check


@pytest.mark.parametrize(
    ("check", "changes", "says"),
    [
        (checks.database_version, {"major": 14}, "version 14 is too old"),
        (checks.database_version, {"encoding": "SQL_ASCII"}, "its encoding is SQL_ASCII"),
        (checks.application_role, {"superuser": True}, "besa_app is a superuser"),
        (checks.application_role, {"passes_row_security": True}, "besa_app has BYPASSRLS"),
        (checks.application_role, {"owns_tables": True}, "besa_app owns the tables"),
        (checks.row_security, {"unforced_tables": ("vault.person",)}, "not forced on vault.person"),
        (checks.migrations_at_head, {"revision": "0000"}, "at 0000, this version needs"),
        (checks.database_clock, {"now": datetime.now(UTC) - timedelta(minutes=3)}, "apart from this machine's"),
    ],
)
def test_ill_database(check: checks.DatabaseCheck, changes: dict[str, object], says: str, tmp_path: Path) -> None:
    found = only(check(settings(tmp_path), database(**changes)))
    assert found.state == "problem"
    assert says in found.says
    assert found.mend.endswith((".", ")."))


def test_demonstration_that_others_reach_is_a_problem(tmp_path: Path) -> None:
    mark = database(demonstration=True)
    assert only(checks.demonstration_mark(settings(tmp_path), mark)).state == "note"
    assert only(checks.demonstration_mark(settings(tmp_path, host="0.0.0.0"), mark)).state == "problem"
    assert only(checks.demonstration_mark(settings(tmp_path, public_url="https://b.al"), mark)).state == "problem"


def test_home_that_others_may_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    found = only(checks.home_directory(settings(tmp_path)))
    assert (found.state, found.mend) == ("problem", f"chmod 700 {tmp_path}")
    tmp_path.chmod(0o700)
    assert only(checks.home_directory(settings(tmp_path))).state == "ok"
    assert only(checks.home_directory(settings(tmp_path / "none"))).state == "note"


def test_home_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.os, "geteuid", lambda: os.getuid() + 1)
    found = only(checks.home_directory(settings(tmp_path)))
    assert found.state == "problem"
    assert found.mend.startswith("chown -R ")


def test_keys_missing_beside_data_are_a_problem(tmp_path: Path) -> None:
    assert [found.state for found in checks.key_files(settings(tmp_path))] == ["note", "note"]
    (tmp_path / "postgres").mkdir()
    assert [found.state for found in checks.key_files(settings(tmp_path))] == ["problem", "problem"]


def test_keys_that_others_may_read_or_that_are_broken(tmp_path: Path) -> None:
    one = settings(tmp_path, signing_key_file=str(tmp_path / "signing.json"))
    one.master_keys.parent.mkdir(mode=0o700)
    FileKeyProvider.create(one.master_keys)
    assert next(iter(checks.key_files(one))).state == "ok"
    one.master_keys.chmod(0o644)
    assert next(iter(checks.key_files(one))).state == "problem"
    one.master_keys.chmod(0o600)
    one.master_keys.write_text("{")
    broken = next(iter(checks.key_files(one)))
    assert broken.state == "problem"
    assert "backup" in broken.mend


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: SimpleNamespace(free=200_000_000))
    assert only(checks.disk_space(settings(tmp_path / "not" / "yet"))).says.startswith("0.2 GB are free")


def test_package_that_differs_from_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(checks.locked_packages(settings(tmp_path))).state == "ok"
    monkeypatch.setattr(checks.lock, "versions", lambda _: {"pydantic": "0.1", "no-such-package": "1"})
    found = only(checks.locked_packages(settings(tmp_path)))
    assert found.state == "problem"
    assert found.says.endswith("instead of 0.1")


def test_clock_before_the_program_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(checks.clock(settings(tmp_path))).state == "ok"
    past = SimpleNamespace(now=lambda _: datetime(1970, 1, 2, tzinfo=UTC), fromtimestamp=datetime.fromtimestamp)
    monkeypatch.setattr(checks, "datetime", past)
    assert only(checks.clock(settings(tmp_path))).state == "problem"


def test_python_newer_than_tested_is_worth_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(checks.python_version(settings(tmp_path))).state == "ok"
    monkeypatch.setattr(checks, "TESTED_PYTHONS", ())
    assert only(checks.python_version(settings(tmp_path))).state == "note"


def test_key_versions(tmp_path: Path) -> None:
    here = settings(tmp_path)
    provider = FileKeyProvider.create(here.master_keys)
    said = [only(upkeep.master_key_versions(here, Upkeep({1: 3}, {})))]
    provider.add_version()
    said += [only(upkeep.master_key_versions(here, Upkeep(used, {}))) for used in ({1: 3}, {2: 3}, {2: 3, 7: 1})]
    assert [finding.state for finding in said] == ["ok", "note", "note", "problem"]
    assert "rewrap" in said[1].says
    assert "nothing needs version 1 any more" in said[2].says
    assert "version 7 is not in" in said[3].says


def test_statistics_extract(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    here = settings(tmp_path)
    assert only(upkeep.statistics_extract(here, Upkeep({}, {}))).state == "note"
    made = {"AL": now - timedelta(hours=3), "XK": now - timedelta(days=3)}
    fresh, old = upkeep.statistics_extract(here, Upkeep({}, made))
    assert (fresh.state, old.state) == ("ok", "problem")
    assert "refresh --profile XK" in old.mend
