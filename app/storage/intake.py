"""Programs that send signals: clients with one organisation and one channel, their public keys, the nonces used."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from app.storage.metadata import code, key, metadata, moment, reference, uuid_column, version

intake_client = Table(
    "intake_client",
    metadata,
    key(),
    code("jurisdiction"),
    reference("org_id", "ref.organisation.id"),
    Column("name", Text, nullable=False),
    code("channel"),
    moment("created_at", now=True),
    uuid_column("created_by"),
    moment("ended_at", nullable=True),
    version(),
    schema="iam",
)
"""A program that sends signals of one channel for one organisation; its id stands as the author of what it sent."""

intake_key = Table(
    "intake_key",
    metadata,
    key(),
    reference("client_id", "iam.intake_client.id", index=True),
    Column("key_id", Text, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    moment("registered_at", now=True),
    uuid_column("registered_by"),
    moment("revoked_at", nullable=True),
    uuid_column("revoked_by", nullable=True),
    schema="iam",
)
"""An Ed25519 public key (32 bytes) under the id that requests name; the private key never comes here."""

intake_nonce = Table(
    "intake_nonce",
    metadata,
    reference("key_id", "iam.intake_key.id"),
    Column("nonce", Text, nullable=False),
    moment("at"),
    Index("pk_intake_nonce", "key_id", "nonce", unique=True),
    Index("ix_intake_nonce_at", "at"),
    schema="iam",
)
"""Nonces of signed requests, kept as long as their time could still be accepted: a request counts once."""
