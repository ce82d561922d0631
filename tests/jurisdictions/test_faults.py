"""Broken data: every fault names file, entry and reason, and all of them are told at once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from app.jurisdictions.loader import ProfileError, load_profiles

SHARED = "shared/0.1.0"


def _faults(root: Path) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load_profiles(root)
    assert str(caught.value) == "\n".join(map(str, caught.value.faults))
    return [str(fault) for fault in caught.value.faults]


def _edit(root: Path, name: str, old: str, new: str) -> None:
    file = root / name
    content = file.read_text(encoding="utf-8")
    assert old in content, f"{old!r} does not stand in {name}"
    file.write_text(content.replace(old, new, 1), encoding="utf-8")


ACT = f"{SHARED}/codelists/act.yaml"
RULES = f"{SHARED}/rules.yaml"
CHECKLIST = f"{SHARED}/indicators/al-sop-initial.yaml"
PROFILE = "al/0.1.0/profile.yaml"
PLACES = "al/0.1.0/places.yaml"


BREAKS = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken["fault"])
def test_a_fault_names_file_entry_and_reason(copy: Path, broken: dict[str, str]) -> None:
    _edit(copy, broken["file"], broken["old"], broken["new"])
    faults = _faults(copy)
    assert any(fault.startswith(f"{broken['file']}: {broken['fault']}") for fault in faults), faults


def _remove(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).unlink()


def _remove_profiles(root: Path) -> None:
    for name in ("al", "xk"):
        shutil.rmtree(root / name)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (_remove(PLACES), f"{PLACES}: the file is missing"),
        (_remove(RULES), f"{RULES}: the file is missing"),
        (lambda root: (root / ACT).write_bytes(b"\xff\xfe"), f"{ACT}: the file is not UTF-8"),
        (lambda root: (root / ACT).write_text("id: ["), f"{ACT}: line "),
        (lambda root: (root / ACT).write_text(""), f"{ACT}: Input should be a valid dictionary"),
        (
            lambda root: shutil.rmtree(root / SHARED / "indicators"),
            f"{SHARED}/indicators: the folder is missing or empty",
        ),
        (_remove_profiles, "no profile was found"),
    ],
)
def test_a_damaged_file(copy: Path, damage: Callable[[Path], object], fault: str) -> None:
    damage(copy)
    assert any(fault in found for found in _faults(copy)), "\n".join(_faults(copy))


def test_all_faults_are_told_at_once(copy: Path) -> None:
    _edit(copy, ACT, "valid_for: [AL]", "valid_for: [AX]")
    _edit(copy, CHECKLIST, "count: 42", "count: 41")
    _edit(copy, PROFILE, "event: SIGNAL_RECEIVED", "event: BELL_RUNG")
    _edit(copy, "xk/0.1.0/places.yaml", "region: 7", "region: 8")
    assert len(_faults(copy)) == 4
