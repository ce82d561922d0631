"""Codes of made-up cases: chance gives some twice among many, a demonstration gives none twice."""

import pytest

from app.demonstration import setting
from app.jurisdictions.loader import profiles


def test_no_two_made_up_cases_have_one_code(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter(["AL-26-AAAAAA", "AL-26-AAAAAA", "AL-26-AAAAAA", "AL-26-BBBBBB"])
    monkeypatch.setattr(setting, "case_code", lambda jurisdiction, year: next(given))
    scene = setting.Setting(profiles().current("AL"), {}, {}, {})
    assert [scene.new_code(2026), scene.new_code(2026)] == ["AL-26-AAAAAA", "AL-26-BBBBBB"]
