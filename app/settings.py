"""Every setting of the program: an environment variable named `BESA_` and the field's name in capitals.

Container platforms may lay a setting down as a file instead, such as `/run/secrets/besa_database_url`.

The descriptions are what the operations handbook prints; nothing else in the program reads the environment for them.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

CHECKOUT = Path(__file__).resolve().parents[1]

_SECRETS = Path("/run/secrets")


def default_home() -> Path:
    """Return `.besa` in the checkout where that may be written, else the account's data directory."""
    local = CHECKOUT / ".besa"
    if os.access(local if local.exists() else CHECKOUT, os.W_OK):
        return local
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "besa"


class Settings(BaseSettings):
    """The settings, read once at the start."""

    model_config = SettingsConfigDict(
        env_prefix="BESA_",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
    )

    home: Path = Field(
        default_factory=default_home,
        description="Where the embedded database, the keys and the logs live; readable by its owner only.",
    )
    host: str = Field("127.0.0.1", description="The address that is listened on; the default is this machine alone.")
    port: int = Field(8000, ge=1, le=65535, description="The port that pages and interface are served on.")
    public_url: str | None = Field(
        None, description="The address people type, such as https://besa.example.al; the default is host and port."
    )
    trusted_proxies: str = Field(
        "",
        description="Reverse proxies (addresses, separated by commas) whose word on the caller's address is believed.",
    )
    workers: int = Field(
        1, ge=1, le=64, description="How many processes serve; more than one a processor core gains nothing."
    )
    metrics_port: int = Field(
        9464, ge=0, le=65535, description="The port of the Prometheus metrics, on this machine only; 0 turns them off."
    )
    log_level: str = Field(
        "info", description="The least grave log lines that are written: debug, info, warning, error."
    )
    database_url: str | None = Field(
        None,
        description="The PostgreSQL (15 or later) the program works on, as the application role; "
        "without it the embedded server is used.",
    )
    owner_database_url: str | None = Field(
        None,
        validate_default=True,
        description="The same database as its owner, for migrations; the default is database_url.",
    )
    postgres_bindir: Path | None = Field(
        None, description="The folder with the programs of another PostgreSQL for the embedded server."
    )
    master_key_file: Path | None = Field(
        None, description="The file of the master keys; the default is keys/master.json in home."
    )
    signing_key_file: Path | None = Field(
        None, description="The file of the keys that sign API tokens; the default is keys/signing.json in home."
    )
    report_jurisdiction: str = Field(
        "AL",
        pattern=r"^[A-Za-z]{2}$",
        description="Whose public form stands at /report; others stand at /report/xk and so on.",
    )
    report_limit: int = Field(
        20, ge=1, le=10_000, description="How many reports a network may send with the public form in an hour."
    )
    demonstration: bool | None = Field(
        None,
        description="Whether a database that is still empty becomes a demonstration; without it the embedded one does "
        "and any other is refused until `besa init` has prepared it.",
    )

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("must be debug, info, warning or error")
        return level.lower()

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _driver(cls, given: str | None) -> str | None:
        return None if given is None else asyncpg_url(given)

    @field_validator("home", "master_key_file", "signing_key_file", "postgres_bindir")
    @classmethod
    def _absolute(cls, given: Path | None) -> Path | None:
        return None if given is None else given.expanduser().absolute()

    @field_validator("owner_database_url")
    @classmethod
    def _same_database_where_not_named(cls, given: str | None, info: ValidationInfo) -> str | None:
        return info.data.get("database_url") if given is None else given

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        if self.owner_database_url is not None and self.database_url is None:
            raise ValueError("owner_database_url is set without database_url")
        return self

    @property
    def embedded(self) -> bool:
        """True where the program runs its own PostgreSQL."""
        return self.database_url is None

    @property
    def address(self) -> str:
        """The address people type, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def master_keys(self) -> Path:
        """The file of the master keys."""
        return self.master_key_file or self.home / "keys" / "master.json"

    @property
    def signing_keys(self) -> Path:
        """The file of the keys that sign API tokens."""
        return self.signing_key_file or self.home / "keys" / "signing.json"

    @property
    def postgres_data(self) -> Path:
        """The data directory of the embedded PostgreSQL."""
        return self.home / "postgres"


def asyncpg_url(given: str) -> str:
    """Return any usual PostgreSQL URL in the form that SQLAlchemy's asyncpg driver takes.

    `postgres://` and `postgresql://` get the driver, libpq's `sslmode` becomes asyncpg's `ssl`. Raises ValueError.
    """
    try:
        url = make_url(given)
    except ArgumentError:
        # the text itself is not repeated: it may hold a password
        raise ValueError("is not a database URL, such as postgresql://role:password@host:5432/besa") from None
    if url.drivername not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise ValueError(f"must be a PostgreSQL URL, not {url.drivername}")
    if not url.database:
        raise ValueError("names no database")
    url = url.set(drivername="postgresql+asyncpg")
    if "sslmode" in url.query:
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": str(url.query["sslmode"])})
    return url.render_as_string(hide_password=False)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
