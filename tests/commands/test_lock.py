"""`besa lock --check` finds an outdated or unhashed lock without a network."""

from pathlib import Path

import pytest

from app.commands import lock

BLOCK = "alpha==1.0 \\\n    --hash=sha256:aa\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.in").write_text("# the program\nalpha\n")
    (tmp_path / "dev.in").write_text("-r run.in\nbeta  # checks\n")
    mark(tmp_path, "run", BLOCK)
    mark(tmp_path, "dev", BLOCK + "beta==2.0 \\\n    --hash=sha256:bb\n")
    return tmp_path


def mark(folder: Path, name: str, blocks: str) -> None:
    header = f"# Made from {name}.in with sha256 {lock.digest(folder, name)}\n"
    (folder / f"{name}.lock").write_text(header + blocks)


def test_fitting_locks_have_no_fault(folder: Path) -> None:
    assert lock.faults(folder, "run") == []
    assert lock.faults(folder, "dev") == []


def test_comments_and_order_do_not_count(folder: Path) -> None:
    (folder / "dev.in").write_text("beta\n\n# more words\n-r run.in\n")
    assert lock.faults(folder, "dev") == []


def test_new_wish_is_noticed(folder: Path) -> None:
    (folder / "run.in").write_text("alpha\ngamma\n")
    assert lock.faults(folder, "run") == [
        "run.in has changed since run.lock was made from it: run `./besa lock --keep`."
    ]


def test_lock_without_mark_or_hash_is_noticed(folder: Path) -> None:
    mark(folder, "run", "alpha==1.0\n")
    assert lock.faults(folder, "run") == ["run.lock has no hash for alpha."]
    (folder / "run.lock").write_text(BLOCK)
    assert len(lock.faults(folder, "run")) == 1


def test_tests_on_another_version_are_noticed(folder: Path) -> None:
    mark(folder, "dev", BLOCK.replace("1.0", "1.1"))
    assert lock.faults(folder, "dev") == ["dev.lock and run.lock differ in alpha: run `./besa lock --keep`."]


def test_the_projects_own_locks_fit() -> None:
    assert [fault for name in lock.NAMES for fault in lock.faults(lock.REQUIREMENTS, name)] == []
