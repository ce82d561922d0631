"""Organisations of the mechanism: those of the profile and those an administrator added."""

from sqlalchemy import Boolean, Column, Date, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.storage.metadata import code, flag, key, metadata, moment, version

profile = Table(
    "profile",
    metadata,
    code("jurisdiction"),
    Column("version", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    code("status"),
    moment("loaded_at", now=True),
    Index("pk_profile", "jurisdiction", "version", unique=True),
    schema="ref",
)
"""Profile versions ever loaded; a version whose content changed is refused at start."""

organisation = Table(
    "organisation",
    metadata,
    key(),
    code("jurisdiction"),
    code("code"),
    code("kind"),
    Column("name_sq", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("name_sr", Text),
    Column("aliases", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    code("parent_code", nullable=True),
    code("county", nullable=True),
    code("municipality", nullable=True),
    code("origin", default="profile"),
    Column("source", Text),
    flag("answers_referrals"),
    Column("duty_note", Text),
    Column("languages", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("services", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("admits", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    version(),
    Index("uq_organisation_jurisdiction_code", "jurisdiction", "code", unique=True),
    schema="ref",
)
"""`admits` holds shelter attributes (`ADMITS_WOMEN` ...); an address is never kept here."""
