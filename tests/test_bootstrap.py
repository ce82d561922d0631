"""`./besa`: makes its environment from hash-locked packages, once, and says clearly what is missing.

The tests give it a checkout of their own with one small package, so that no network is needed.
"""

import ast
import hashlib
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[1]
PROGRAM = "import sys, letter\nprint('program', *sys.argv[1:], letter.TEXT)\n"


@pytest.fixture
def bootstrap() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("besa_bootstrap", str(REPOSITORY / "besa"))
    specification = importlib.util.spec_from_loader("besa_bootstrap", loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    loader.exec_module(module)
    return module


class Checkout:
    """A checkout whose program needs one package, `letter`, which lies in a folder beside it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "app").mkdir(parents=True)
        (place / "app" / "__init__.py").touch()
        (place / "app" / "cli.py").write_text(PROGRAM)
        (place / "requirements").mkdir()
        shutil.copy(REPOSITORY / "besa", place / "besa")
        self.wheels = place.with_name("wheels")
        self.lock(self.wheel("1.0", "first"), "1.0")

    def wheel(self, version: str, text: str) -> Path:
        self.wheels.mkdir(exist_ok=True)
        path = self.wheels / f"letter-{version}-py3-none-any.whl"
        folder = f"letter-{version}.dist-info"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("letter.py", f"TEXT = {text!r}\n")
            archive.writestr(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: letter\nVersion: {version}\n")
            archive.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{folder}/RECORD", f"letter.py,,\n{folder}/METADATA,,\n{folder}/WHEEL,,\n")
        return path

    def lock(self, wheel: Path, version: str) -> None:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        for name in ("run.lock", "dev.lock"):
            (self.place / "requirements" / name).write_text(f"letter=={version} \\\n    --hash=sha256:{digest}\n")

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "BESA_"))}
        offline = {
            "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, str(self.place / "besa"), *arguments],
            env={**kept, **offline, **variables}, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **variables)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def test_first_start_makes_the_environment_the_second_only_starts(checkout: Checkout) -> None:
    code, out, err = checkout.run("run", "--now")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "program run --now first"
    assert "Making the environment" in out
    assert "Installing 1 packages" in out
    assert checkout.run("run") == (0, "program run first\n", "")


def test_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.run("run")
    checkout.lock(checkout.wheel("2.0", "second"), "2.0")
    code, out, _ = checkout.run("run")
    assert code == 0
    assert "Making the environment" not in out
    assert out.splitlines()[-1] == "program run second"


def test_tests_ask_for_their_own_lock(checkout: Checkout) -> None:
    checkout.run("run")
    out = checkout.run("test")[1]
    assert "requirements/dev.lock" in out
    assert checkout.run("run")[1] == "program run first\n"
    assert checkout.run("develop")[1] == f"{checkout.place}/.venv/bin/python\n"


def test_changed_package_is_refused(checkout: Checkout) -> None:
    checkout.wheel("1.0", "forged")
    code, out, err = checkout.run("run")
    assert code == 1
    assert "differs from the one that was locked" in err
    assert "program" not in out
    checkout.wheel("1.0", "first")


def test_missing_package_is_one_sentence(checkout: Checkout) -> None:
    (checkout.wheels / "letter-1.0-py3-none-any.whl").unlink()
    code, _, err = checkout.run("run")
    assert code == 1
    assert err.startswith("besa: the packages could not be installed: ERROR: No matching distribution found")
    assert err.count("\n") == 1


def test_two_starts_at_once_share_the_work(checkout: Checkout) -> None:
    starts = [checkout.start("run"), checkout.start("run")]
    outs = [start.communicate(timeout=120) for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    assert [out.splitlines()[-1] for out, _ in outs] == ["program run first"] * 2
    assert sum("Making the environment" in out for out, _ in outs) == 1


def test_broken_environment_is_made_again(checkout: Checkout) -> None:
    checkout.run("run")
    python = checkout.place / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    code, out, _ = checkout.run("run")
    assert code == 0
    assert out.splitlines()[-1] == "program run first"


def test_environment_made_without_us_is_completed(checkout: Checkout) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(checkout.place / ".venv")], check=True)
    code, out, _ = checkout.run("run")
    assert code == 0
    assert "Making the environment" not in out
    assert out.splitlines()[-1] == "program run first"


def test_environment_can_be_moved(checkout: Checkout, tmp_path: Path) -> None:
    assert checkout.run("run", BESA_VENV=str(tmp_path / "home" / "venv"))[0] == 0
    assert (tmp_path / "home" / "venv" / "bin" / "python").exists()
    # it may be the home of the keys as well
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert not (checkout.place / ".venv").exists()


def test_checkout_that_may_not_be_written(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BESA_VENV", raising=False)
    monkeypatch.setattr(bootstrap, "CHECKOUT", str(tmp_path))
    monkeypatch.setattr(bootstrap, "ready", lambda *_: False)
    monkeypatch.setattr(bootstrap.os, "access", lambda *_: False)
    monkeypatch.setenv("BESA_HOME", "/srv/besa")
    assert bootstrap.environment_directory("run.lock") == "/srv/besa/venv"
    monkeypatch.delenv("BESA_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert bootstrap.environment_directory("run.lock") == "/data/besa/venv"


def test_folder_named_app_where_one_stands_is_not_taken(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("run")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit('the wrong program')")
    done = subprocess.run(
        [sys.executable, str(checkout.place / "besa"), "run"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "program run first\n"


def test_outdated_python_hands_over_to_a_good_one(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    answers = {"/usr/bin/python3.13": None, "/usr/bin/python3.12": (3, 12)}
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "version_of", answers.get)
    assert bootstrap.find_python() == "/usr/bin/python3.12"


def test_outdated_python_alone_says_so(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(bootstrap.Trouble, match=r"Python 3\.11 or later is needed, and this is 3\.9; install it"):
        bootstrap.find_python()


def test_outdated_python_can_read_it() -> None:
    ast.parse((REPOSITORY / "besa").read_text(), feature_version=(3, 4))


def test_only_the_standard_library_is_used() -> None:
    tree = ast.parse((REPOSITORY / "besa").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported
    assert imported <= sys.stdlib_module_names


def test_missing_venv_package_is_one_line_that_helps(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, **__: 1)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.Trouble, match=r"install it once: sudo apt install python3-venv$"):
        bootstrap.make_environment(str(tmp_path), "/usr/bin/python3")
    monkeypatch.setattr(bootstrap, "version_of", lambda _: (3, 12))
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    with pytest.raises(bootstrap.Trouble, match=r"install it once: apt install python3\.12-venv$"):
        bootstrap.make_environment(str(tmp_path), "/usr/bin/python3.12")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("WARNING: Retrying ... NewConnectionError('<...>: Failed')", "the package index cannot be reached"),
        ("ERROR: something new", "the packages could not be installed: ERROR: something new"),
        ("", "the packages could not be installed"),
    ],
)
def test_words_of_pip_become_a_sentence(bootstrap: ModuleType, words: str, sentence: str) -> None:
    assert bootstrap.sentence_of_pip(words.splitlines()).startswith(sentence)


def test_locks_name_no_index_and_hash_every_package() -> None:
    for name in ("run.lock", "dev.lock"):
        lock = (REPOSITORY / "requirements" / name).read_text()
        assert "://" not in lock
        blocks = [block for block in lock.split("\n") if "==" in block and not block.startswith("#")]
        assert len(blocks) > 40
        assert lock.count(" \\\n    --hash=sha256:") >= len(blocks)


def test_tests_run_on_the_versions_that_people_run() -> None:
    def pinned(name: str) -> set[str]:
        lines = (REPOSITORY / "requirements" / name).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line}

    assert pinned("run.lock") < pinned("dev.lock")
