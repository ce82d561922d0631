"""The one collection of tables, and the columns that many tables share."""

from typing import Any

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, LargeBinary, MetaData, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)


def key() -> Column[Any]:
    """Primary key: a UUIDv7 made by the program or by its client."""
    return Column("id", UUID(as_uuid=True), primary_key=True)


def reference(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[Any]:
    """Foreign key to `target`, such as `casework.case_file.id`."""
    return Column(name, UUID(as_uuid=True), ForeignKey(target), nullable=nullable, index=index)


def uuid_column(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[Any]:
    """A UUID that is no foreign key (its row may live in a table the reader must not see)."""
    return Column(name, UUID(as_uuid=True), nullable=nullable, primary_key=primary_key)


def code(name: str, *, nullable: bool = False, default: str | None = None) -> Column[Any]:
    """A code of a code list; which list is said by the definition of the command that writes it."""
    return Column(name, Text, nullable=nullable, server_default=text(f"'{default}'") if default else None)


def codes(name: str) -> Column[Any]:
    """Several codes; empty means none were given."""
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"))


def moment(name: str, *, nullable: bool = False, now: bool = False) -> Column[Any]:
    """A point in time (UTC inside, shown in the jurisdiction's zone)."""
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=text("now()") if now else None)


def flag(name: str, *, nullable: bool = False, default: bool | None = False) -> Column[Any]:
    """Yes or no; with `nullable`, None says not known."""
    shown = None if default is None or nullable else text("true" if default else "false")
    return Column(name, Boolean, nullable=nullable, server_default=shown)


def version() -> Column[Any]:
    """Version of the row, the `ETag` of its resource; every change adds one."""
    return Column("version", Integer, nullable=False, server_default=text("1"))


def sealed(name: str, *, nullable: bool = True) -> Column[Any]:
    """Encrypted content (`app.storage.encryption`), bound to its table, column and row."""
    return Column(name, LargeBinary, nullable=nullable)
