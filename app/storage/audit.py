"""The audit log: one entry per act, read or refused attempt; append-only, never personal data."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from app.storage.metadata import code, key, metadata, moment, uuid_column

entry = Table(
    "entry",
    metadata,
    key(),
    Column("sequence", BigInteger, Identity(always=True), nullable=False),
    moment("at", now=True),
    uuid_column("account_id", nullable=True),
    uuid_column("assignment_id", nullable=True),
    uuid_column("org_id", nullable=True),
    code("role", nullable=True),
    code("jurisdiction", nullable=True),
    code("action"),
    code("outcome"),
    code("purpose", nullable=True),
    code("subject_kind", nullable=True),
    uuid_column("subject_id", nullable=True),
    Column("subject_version", Integer),
    Column("case_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default=text("'{}'")),
    Column("person_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default=text("'{}'")),
    Column("data_classes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("changed", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'")),
    uuid_column("request_id", nullable=True),
    Index("ix_entry_at", "at", "id"),
    Index("ix_entry_not_done", "at", "id", postgresql_where=text("outcome <> 'done'")),
    Index("ix_entry_account_id_at", "account_id", "at"),
    Index("ix_entry_subject_id", "subject_id"),
    Index("ix_entry_case_ids", "case_ids", postgresql_using="gin"),
    Index("ix_entry_person_ids", "person_ids", postgresql_using="gin"),
    schema="audit",
)
"""`sequence` orders entries for sealing into the Merkle log; `detail` holds codes and counts only."""
