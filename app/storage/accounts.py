"""People who work with the program: accounts, assignments, credentials, sessions, throttling."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.metadata import code, flag, key, metadata, moment, reference, sealed, uuid_column, version

account = Table(
    "account",
    metadata,
    key(),
    Column("login", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    code("language", default="sq"),
    Column("password_hash", Text),
    moment("password_expires_at", nullable=True),
    flag("must_change_password"),
    sealed("totp_secret"),
    Column("totp_last_step", Integer),
    moment("totp_confirmed_at", nullable=True),
    flag("active", default=True),
    flag("demonstration"),
    moment("created_at", now=True),
    uuid_column("created_by", nullable=True),
    version(),
    schema="iam",
)
"""One person, one account; `login` is stored in lower case. Only a one-time password has an end. Hash, secret and what
goes with them are read through `iam.account_at_the_door` and `iam.own_account` alone."""

assignment = Table(
    "assignment",
    metadata,
    key(),
    reference("account_id", "iam.account.id", index=True),
    reference("org_id", "ref.organisation.id", index=True),
    code("role"),
    code("jurisdiction"),
    moment("valid_from", now=True),
    moment("valid_to", nullable=True),
    uuid_column("created_by", nullable=True),
    version(),
    schema="iam",
)
"""A role held by an account at an organisation for a time; access ends with it."""

role = Table(
    "role",
    metadata,
    Column("role", Text, primary_key=True),
    Column("classes", Text, nullable=False),
    flag("national"),
    flag("second_factor"),
    schema="iam",
)
"""What row-level security knows of a role; written from `app.domain.policy` by the migration step."""

recovery_code = Table(
    "recovery_code",
    metadata,
    key(),
    reference("account_id", "iam.account.id", index=True),
    Column("code_hash", LargeBinary, nullable=False),
    moment("used_at", nullable=True),
    schema="iam",
)

session = Table(
    "session",
    metadata,
    key(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    reference("account_id", "iam.account.id", index=True),
    reference("assignment_id", "iam.assignment.id"),
    code("kind", default="browser"),
    moment("second_factor_at", nullable=True),
    Column("device", Text, nullable=False, server_default=text("''")),
    moment("created_at", now=True),
    moment("last_seen_at", now=True),
    moment("idle_expires_at"),
    moment("expires_at"),
    moment("revoked_at", nullable=True),
    schema="iam",
)
"""Browser sessions (opaque token, hashed) and the sessions behind API tokens; revocable at once."""

refresh_token = Table(
    "refresh_token",
    metadata,
    key(),
    uuid_column("family_id"),
    reference("session_id", "iam.session.id", index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    moment("issued_at", now=True),
    moment("expires_at"),
    moment("used_at", nullable=True),
    moment("revoked_at", nullable=True),
    schema="iam",
)

throttle = Table(
    "throttle",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    moment("first_at"),
    moment("last_at"),
    schema="iam",
    prefixes=["UNLOGGED"],
)
"""Failed attempts by hashed bucket; unlogged, because losing it in a crash only forgives."""

known_device = Table(
    "known_device",
    metadata,
    key(),
    reference("account_id", "iam.account.id"),
    Column("token_hash", LargeBinary, nullable=False),
    Column("network_hash", LargeBinary, nullable=False),
    moment("last_seen_at", now=True),
    Index(
        "uq_known_device_account_id_token_hash_network_hash", "account_id", "token_hash", "network_hash", unique=True
    ),
    Index("ix_known_device_token_hash", "token_hash"),
    schema="iam",
)
"""Where an account signed in: the device by its cookie (hashed), the network by a keyed hash of its prefix."""

idempotency = Table(
    "idempotency",
    metadata,
    key(),
    uuid_column("account_id"),
    Column("idempotency_key", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    sealed("response", nullable=False),
    moment("created_at", now=True),
    UniqueConstraint("account_id", "idempotency_key", name="uq_idempotency_account_id_idempotency_key"),
    Index("ix_idempotency_created_at", "created_at"),
    schema="iam",
)
"""Answers already given, encrypted, so that a repeated request gets the same answer and acts once."""

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    schema="iam",
)
"""What the database signs an acting identity with (`acting`); made by the migration, read by the owner's functions
alone."""

installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    schema="iam",
)
"""Facts of this installation: `demonstration`, `retention_schedule`, `jurisdictions`."""
