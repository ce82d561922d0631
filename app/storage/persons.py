"""The vault: who a person is. Every identifying field stands encrypted in one sealed record per version."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from app.storage.metadata import code, key, metadata, moment, reference, sealed, uuid_column, version

person = Table(
    "person",
    metadata,
    key(),
    code("jurisdiction"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("created_by"),
    moment("created_at", now=True),
    sealed("identity", nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("key_version", Integer),
    Column("tokens", ARRAY(BigInteger), nullable=False),
    moment("erased_at", nullable=True),
    uuid_column("merged_into", nullable=True),
    version(),
    Index("ix_person_tokens", "tokens", postgresql_using="gin"),
    schema="vault",
)
"""`tokens`: keyed blind index of names, birth year and documents; the kind is part of what was hashed.
Erasing a person destroys `wrapped_key`: history, audit differences and backups become unreadable."""

person_version = Table(
    "person_version",
    metadata,
    key(),
    reference("person_id", "vault.person.id"),
    Column("number", Integer, nullable=False),
    sealed("identity", nullable=False),
    Column("changed", ARRAY(Text), nullable=False),
    uuid_column("account_id"),
    reference("org_id", "ref.organisation.id"),
    moment("at", now=True),
    code("reason", nullable=True),
    Index("uq_person_version_person_id_number", "person_id", "number", unique=True),
    schema="vault",
)
"""Earlier states of a person, sealed under the same key; a correction is a new version."""

duplicate = Table(
    "duplicate",
    metadata,
    key(),
    code("jurisdiction"),
    reference("person_id", "vault.person.id", index=True),
    reference("other_id", "vault.person.id", index=True),
    code("level"),
    Column("reasons", ARRAY(Text), nullable=False),
    code("state", default="proposed"),
    uuid_column("decided_by", nullable=True),
    moment("decided_at", nullable=True),
    moment("proposed_at", now=True),
    version(),
    Index("uq_duplicate_person_id_other_id", "person_id", "other_id", unique=True),
    schema="vault",
)
"""Likely the same person: proposed with reasons (`state`: proposed, same, different), decided by a person."""
