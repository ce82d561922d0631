"""A copy of the data for tests that change or break it."""

import shutil
from functools import cache
from pathlib import Path

import pytest

import app.jurisdictions
from app.jurisdictions import reading

_ROOT = Path(app.jurisdictions.__file__).parent
_parsed = cache(reading.parse_yaml)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data below a folder of its own; the text of an unchanged file is parsed once for all tests."""
    for name in ("shared", "al", "xk"):
        shutil.copytree(_ROOT / name, tmp_path / name)
    monkeypatch.setattr(reading, "parse_yaml", _parsed)
    return tmp_path
