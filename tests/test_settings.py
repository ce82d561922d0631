"""Settings: their defaults, and what a wrong one says."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app import settings as module
from app.settings import Settings, asyncpg_url, default_home


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"BESA_{name.upper()}", raising=False)


def test_defaults_are_this_machine_alone_and_the_embedded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert settings.host == "127.0.0.1"
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.embedded
    assert settings.owner_database_url is None
    assert settings.master_keys == settings.home / "keys" / "master.json"


def test_home_is_in_the_checkout_where_it_may_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "CHECKOUT", tmp_path)
    assert default_home() == tmp_path / ".besa"
    monkeypatch.setattr(module.os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_home() == Path("/data/besa")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert default_home() == Path("/home/somebody/.local/share/besa")


def test_environment_moves_home_and_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BESA_HOME", str(tmp_path))
    monkeypatch.setenv("BESA_PORT", "8123")
    settings = Settings()
    assert settings.postgres_data == tmp_path / "postgres"
    assert settings.address == "http://127.0.0.1:8123"


def test_owner_is_the_application_where_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BESA_DATABASE_URL", "postgres://app:secret@db/besa")
    assert Settings().owner_database_url == Settings().database_url == "postgresql+asyncpg://app:secret@db/besa"
    monkeypatch.setenv("BESA_OWNER_DATABASE_URL", "postgresql://owner@db/besa")
    assert Settings().owner_database_url == "postgresql+asyncpg://owner@db/besa"
    assert not Settings().embedded


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("postgresql://a@/besa?host=/run/pg", "postgresql+asyncpg://a@/besa?host=%2Frun%2Fpg"),
        ("postgresql://a:b%40c@h:5433/besa?sslmode=require", "postgresql+asyncpg://a:b%40c@h:5433/besa?ssl=require"),
        ("postgresql+asyncpg://h/besa", "postgresql+asyncpg://h/besa"),
    ],
)
def test_usual_forms_of_a_database_url(given: str, taken: str) -> None:
    assert asyncpg_url(given) == taken


@pytest.mark.parametrize("given", ["nonsense", "mysql://a:secret@h/besa", "postgresql://a:secret@h", "://secret"])
def test_wrong_database_url_is_refused_without_its_password(given: str) -> None:
    with pytest.raises(ValueError, match=r"database|PostgreSQL") as refused:
        asyncpg_url(given)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "zero"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("OWNER_DATABASE_URL", "postgres://h/b"),
    ],
)
def test_wrong_value_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BESA_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_refusal_does_not_repeat_what_may_be_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BESA_DATABASE_URL", "mysql://arta:secret@h/besa")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "secret" not in str(refused.value)


def test_settings_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "besa_database_url").write_text("postgresql://app:secret@db/besa\n")
    settings = Settings(_secrets_dir=tmp_path)
    assert settings.database_url == "postgresql+asyncpg://app:secret@db/besa"


def test_every_setting_explains_itself_in_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
