"""The ground: every schema and table. Row-level security follows in 0002."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

SCHEMAS = ("ref", "iam", "vault", "casework", "audit", "stats")


def upgrade() -> None:
    """Apply."""
    for schema in SCHEMAS:
        op.execute(f"create schema if not exists {schema}")
    op.create_table(
        "entry",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("assignment_id", sa.UUID(), nullable=True),
        sa.Column("org_id", sa.UUID(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("jurisdiction", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("subject_version", sa.Integer(), nullable=True),
        sa.Column("case_ids", postgresql.ARRAY(sa.UUID()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("person_ids", postgresql.ARRAY(sa.UUID()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("data_classes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        schema="audit",
    )
    op.create_index("ix_entry_account_id_at", "entry", ["account_id", "at"], unique=False, schema="audit")
    op.create_index("ix_entry_at", "entry", ["at", "id"], unique=False, schema="audit")
    op.create_index(
        "ix_entry_not_done",
        "entry",
        ["at", "id"],
        unique=False,
        schema="audit",
        postgresql_where=sa.text("outcome <> 'done'"),
    )
    op.create_index("ix_entry_case_ids", "entry", ["case_ids"], unique=False, schema="audit", postgresql_using="gin")
    op.create_index(
        "ix_entry_person_ids", "entry", ["person_ids"], unique=False, schema="audit", postgresql_using="gin"
    )
    op.create_index("ix_entry_subject_id", "entry", ["subject_id"], unique=False, schema="audit")
    op.create_table(
        "board_delta",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("folded", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_delta")),
        schema="casework",
    )
    op.create_index(
        "ix_board_delta_jurisdiction_measure",
        "board_delta",
        ["jurisdiction", "measure", "value"],
        unique=False,
        schema="casework",
    )
    op.create_table(
        "case_key",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_key")),
        schema="casework",
    )
    op.create_table(
        "account",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default=sa.text("'sq'"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        schema="iam",
    )
    op.create_table(
        "idempotency",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency")),
        sa.UniqueConstraint("account_id", "idempotency_key", name="uq_idempotency_account_id_idempotency_key"),
        schema="iam",
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False, schema="iam")
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
        schema="iam",
    )
    op.create_table(
        "role",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("classes", sa.Text(), nullable=False),
        sa.Column("national", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("second_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_role")),
        schema="iam",
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
        schema="iam",
    )
    op.create_table(
        "throttle",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_throttle")),
        schema="iam",
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_sq", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_sr", sa.Text(), nullable=True),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), server_default=sa.text("'profile'"), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("answers_referrals", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("duty_note", sa.Text(), nullable=True),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("services", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("admits", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        schema="ref",
    )
    op.create_index(
        "uq_organisation_jurisdiction_code", "organisation", ["jurisdiction", "code"], unique=True, schema="ref"
    )
    op.create_table(
        "profile",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        schema="ref",
    )
    op.create_index("pk_profile", "profile", ["jurisdiction", "version"], unique=True, schema="ref")
    op.create_table(
        "coverage",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("counties", sa.Integer(), nullable=False),
        schema="stats",
    )
    op.create_index("pk_coverage", "coverage", ["jurisdiction", "year"], unique=True, schema="stats")
    op.create_table(
        "extraction",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("extracted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        schema="stats",
    )
    op.create_index("pk_extraction", "extraction", ["jurisdiction"], unique=True, schema="stats")
    op.create_table(
        "person_fact",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age", sa.Text(), nullable=False),
        sa.Column("citizenship_group", sa.Text(), nullable=False),
        sa.Column("main_form", sa.Text(), nullable=True),
        sa.Column("forms", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("detection_source", sa.Text(), nullable=True),
        sa.Column("without_identity", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="stats",
    )
    op.create_index(
        "ix_person_fact_jurisdiction_base_year",
        "person_fact",
        ["jurisdiction", "base", "year"],
        unique=False,
        schema="stats",
    )
    op.create_table(
        "service_fact",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("org_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("service_type", sa.Text(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        schema="stats",
    )
    op.create_index(
        "ix_service_fact_jurisdiction_org_code_year",
        "service_fact",
        ["jurisdiction", "org_code", "year", "month"],
        unique=False,
        schema="stats",
    )
    op.create_table(
        "service_persons",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("org_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("service_type", sa.Text(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        schema="stats",
    )
    op.create_index(
        "ix_service_persons_jurisdiction_org_code_year",
        "service_persons",
        ["jurisdiction", "org_code", "year"],
        unique=False,
        schema="stats",
    )
    op.create_table(
        "signal_fact",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("signals", sa.Integer(), nullable=False),
        schema="stats",
    )
    op.create_index(
        "ix_signal_fact_jurisdiction_year", "signal_fact", ["jurisdiction", "year"], unique=False, schema="stats"
    )
    op.create_table(
        "bed",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("in_use", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("out_of_use_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_bed_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bed")),
        sa.UniqueConstraint("number", name=op.f("uq_bed_number")),
        schema="casework",
    )
    op.create_index(op.f("ix_bed_org_id"), "bed", ["org_id"], unique=False, schema="casework")
    op.create_index("uq_bed_org_id_label", "bed", ["org_id", "label"], unique=True, schema="casework")
    op.create_table(
        "assignment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["iam.account.id"], name=op.f("fk_assignment_account_id_account")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_assignment_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        schema="iam",
    )
    op.create_index(op.f("ix_assignment_account_id"), "assignment", ["account_id"], unique=False, schema="iam")
    op.create_index(op.f("ix_assignment_org_id"), "assignment", ["org_id"], unique=False, schema="iam")
    op.create_table(
        "known_device",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("network_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["iam.account.id"], name=op.f("fk_known_device_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        schema="iam",
    )
    op.create_index("ix_known_device_token_hash", "known_device", ["token_hash"], unique=False, schema="iam")
    op.create_index(
        "uq_known_device_account_id_token_hash_network_hash",
        "known_device",
        ["account_id", "token_hash", "network_hash"],
        unique=True,
        schema="iam",
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["iam.account.id"], name=op.f("fk_recovery_code_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        schema="iam",
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"], unique=False, schema="iam")
    op.create_table(
        "person",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("tokens", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_person_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        schema="vault",
    )
    op.create_index("ix_person_tokens", "person", ["tokens"], unique=False, schema="vault", postgresql_using="gin")
    op.create_table(
        "case_file",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("profile_version", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("previous_case_id", sa.UUID(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_org_id", sa.UUID(), nullable=False),
        sa.Column("opened_by", sa.UUID(), nullable=False),
        sa.Column("responsible_org_id", sa.UUID(), nullable=False),
        sa.Column("responsible_account_id", sa.UUID(), nullable=True),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'NOT_ASSESSED'"), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", sa.Text(), server_default=sa.text("'INITIAL_ID'"), nullable=False),
        sa.Column("stage_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_event", sa.Text(), nullable=True),
        sa.Column("next_org_id", sa.UUID(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age_group", sa.Text(), nullable=False),
        sa.Column("is_child", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("age_in_doubt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("citizenship_group", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("interpreter_needed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("immediate_danger", sa.Boolean(), nullable=True),
        sa.Column("without_identity", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("detection_source", sa.Text(), nullable=True),
        sa.Column("main_form", sa.Text(), nullable=True),
        sa.Column("forms", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closure_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["opened_org_id"], ["ref.organisation.id"], name=op.f("fk_case_file_opened_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["vault.person.id"], name=op.f("fk_case_file_person_id_person")),
        sa.ForeignKeyConstraint(
            ["previous_case_id"], ["casework.case_file.id"], name=op.f("fk_case_file_previous_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_org_id"], ["ref.organisation.id"], name=op.f("fk_case_file_responsible_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("code", name=op.f("uq_case_file_code")),
        schema="casework",
    )
    op.create_index(
        "ix_case_file_board",
        "case_file",
        ["jurisdiction", "status", "stage", "id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_file_due",
        "case_file",
        ["jurisdiction", "next_due_at", "id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_file_jurisdiction_id", "case_file", ["jurisdiction", "id"], unique=False, schema="casework"
    )
    op.create_index(op.f("ix_case_file_person_id"), "case_file", ["person_id"], unique=False, schema="casework")
    op.create_index(
        "ix_case_file_undecided",
        "case_file",
        ["jurisdiction", "next_due_at", "id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text(
            "state <> 'closed' and (status = 'NOT_ASSESSED' or stage in ('FORMAL_REQUESTED', 'FORMAL_INTERVIEW'))"
        ),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("assignment_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'browser'"), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("idle_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["iam.account.id"], name=op.f("fk_session_account_id_account")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["iam.assignment.id"], name=op.f("fk_session_assignment_id_assignment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
        schema="iam",
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False, schema="iam")
    op.create_table(
        "duplicate",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("other_id", sa.UUID(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["vault.person.id"], name=op.f("fk_duplicate_other_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["vault.person.id"], name=op.f("fk_duplicate_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate")),
        schema="vault",
    )
    op.create_index(op.f("ix_duplicate_other_id"), "duplicate", ["other_id"], unique=False, schema="vault")
    op.create_index(op.f("ix_duplicate_person_id"), "duplicate", ["person_id"], unique=False, schema="vault")
    op.create_index(
        "uq_duplicate_person_id_other_id", "duplicate", ["person_id", "other_id"], unique=True, schema="vault"
    )
    op.create_table(
        "person_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_person_version_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["vault.person.id"], name=op.f("fk_person_version_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_version")),
        schema="vault",
    )
    op.create_index(
        "uq_person_version_person_id_number", "person_version", ["person_id", "number"], unique=True, schema="vault"
    )
    op.create_table(
        "access_request",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("data_classes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'asked'"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_access_request_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_access_request_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        schema="casework",
    )
    op.create_index(
        "ix_access_request_asked",
        "access_request",
        ["case_id"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(op.f("ix_access_request_case_id"), "access_request", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "case_denial",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("denied_by", sa.UUID(), nullable=False),
        sa.CheckConstraint("(org_id is null) <> (account_id is null)", name=op.f("ck_case_denial_one_holder")),
        sa.ForeignKeyConstraint(["account_id"], ["iam.account.id"], name=op.f("fk_case_denial_account_id_account")),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_case_denial_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_case_denial_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_denial")),
        schema="casework",
    )
    op.create_index(op.f("ix_case_denial_case_id"), "case_denial", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "case_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("data_class", sa.Text(), server_default=sa.text("'milestones'"), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_case_event_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_case_event_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        schema="casework",
    )
    op.create_index(
        "ix_case_event_case_id_occurred_at", "case_event", ["case_id", "occurred_at"], unique=False, schema="casework"
    )
    op.create_table(
        "case_grant",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("data_classes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_text", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by", sa.UUID(), nullable=False),
        sa.CheckConstraint("(org_id is null) <> (account_id is null)", name=op.f("ck_case_grant_one_holder")),
        sa.ForeignKeyConstraint(["account_id"], ["iam.account.id"], name=op.f("fk_case_grant_account_id_account")),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_case_grant_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_case_grant_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_grant")),
        schema="casework",
    )
    op.create_index(
        "ix_case_grant_account_id_case_id", "case_grant", ["account_id", "case_id"], unique=False, schema="casework"
    )
    op.create_index("ix_case_grant_case_id", "case_grant", ["case_id"], unique=False, schema="casework")
    op.create_index(
        "ix_case_grant_org_id_case_id", "case_grant", ["org_id", "case_id"], unique=False, schema="casework"
    )
    op.create_index("ix_case_grant_source_id", "case_grant", ["source_id"], unique=False, schema="casework")
    op.create_table(
        "closure",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assistance_outcome", sa.Text(), nullable=False),
        sa.Column("not_assisted_reason", sa.Text(), nullable=True),
        sa.Column("accommodation_after", sa.Text(), nullable=True),
        sa.Column("follow_up_agreed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_closure_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_closure_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        schema="casework",
    )
    op.create_index(op.f("ix_closure_case_id"), "closure", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "consent",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("recipient_org_id", sa.UUID(), nullable=True),
        sa.Column("recipient_kind", sa.Text(), nullable=True),
        sa.Column("recipient_country", sa.Text(), nullable=True),
        sa.Column("data_classes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("text_version", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("interpreter", sa.Text(), server_default=sa.text("'not_needed'"), nullable=False),
        sa.Column("told", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("witness", sa.LargeBinary(), nullable=True),
        sa.Column("guardian_relation", sa.Text(), nullable=True),
        sa.Column("guardian", sa.LargeBinary(), nullable=True),
        sa.Column("assent", sa.Text(), nullable=True),
        sa.Column("best_interest_note", sa.LargeBinary(), nullable=True),
        sa.Column("basis_note", sa.LargeBinary(), nullable=True),
        sa.Column("conditions", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.UUID(), nullable=True),
        sa.Column("withdrawal_form", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_consent_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_consent_org_id_organisation")),
        sa.ForeignKeyConstraint(
            ["recipient_org_id"], ["ref.organisation.id"], name=op.f("fk_consent_recipient_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        schema="casework",
    )
    op.create_index(op.f("ix_consent_case_id"), "consent", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "exploitation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("acts", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("means", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("forms", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("main_form", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("from_year", sa.SmallInteger(), nullable=True),
        sa.Column("from_month", sa.SmallInteger(), nullable=True),
        sa.Column("to_year", sa.SmallInteger(), nullable=True),
        sa.Column("to_month", sa.SmallInteger(), nullable=True),
        sa.Column("ongoing", sa.Boolean(), nullable=True),
        sa.Column("sectors", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("online", sa.Text(), server_default=sa.text("'not_asked'"), nullable=False),
        sa.Column("online_platforms", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("recruitment_channels", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("recruitment_promises", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "recruiter_relationships", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("control_methods", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("narrative", sa.LargeBinary(), nullable=True),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_exploitation_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_exploitation_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exploitation")),
        schema="casework",
    )
    op.create_index(op.f("ix_exploitation_case_id"), "exploitation", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "identification",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'initial'"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("border_circumstances", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("sets", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("police_present", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("interpreter", sa.Text(), server_default=sa.text("'not_needed'"), nullable=False),
        sa.Column("refused_by_person", sa.Text(), server_default=sa.text("'no'"), nullable=False),
        sa.Column("circumstances", sa.LargeBinary(), nullable=True),
        sa.Column("intent_facts", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'started'"), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.LargeBinary(), nullable=True),
        sa.Column("override_reason", sa.LargeBinary(), nullable=True),
        sa.Column(
            "aid_results", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_identification_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_identification_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identification")),
        schema="casework",
    )
    op.create_index(op.f("ix_identification_case_id"), "identification", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "information_given",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Text(), server_default=sa.text("'not_needed'"), nullable=False),
        sa.Column("child_friendly", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("guardian_present", sa.Boolean(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_information_given_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_information_given_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_given")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_information_given_case_id"), "information_given", ["case_id"], unique=False, schema="casework"
    )
    op.create_table(
        "note",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("data_class", sa.Text(), server_default=sa.text("'casework'"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_note_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_note_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        schema="casework",
    )
    op.create_index("ix_note_case_id_id", "note", ["case_id", "id"], unique=False, schema="casework")
    op.create_table(
        "referral",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("sender_org_id", sa.UUID(), nullable=False),
        sa.Column("sender_account_id", sa.UUID(), nullable=False),
        sa.Column("receiver_org_id", sa.UUID(), nullable=True),
        sa.Column("receiver_account_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'drafted'"), nullable=False),
        sa.Column("purposes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("requested_services", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("safety", sa.Text(), server_default=sa.text("'unknown'"), nullable=False),
        sa.Column("shared_classes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("bases", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("minimum", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_due_to_confirm", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("feedback", sa.LargeBinary(), nullable=True),
        sa.Column("redirected_to", sa.UUID(), nullable=True),
        sa.Column("redirected_from", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_referral_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["receiver_org_id"], ["ref.organisation.id"], name=op.f("fk_referral_receiver_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["sender_org_id"], ["ref.organisation.id"], name=op.f("fk_referral_sender_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        schema="casework",
    )
    op.create_index(op.f("ix_referral_case_id"), "referral", ["case_id"], unique=False, schema="casework")
    op.create_index(
        "ix_referral_receiver_queue", "referral", ["receiver_org_id", "state", "id"], unique=False, schema="casework"
    )
    op.create_index("ix_referral_sender", "referral", ["sender_org_id", "id"], unique=False, schema="casework")
    op.create_index(
        "ix_referral_unanswered",
        "referral",
        ["jurisdiction", "answer_due_at"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("state in ('sent', 'acknowledged', 'info_requested')"),
    )
    op.create_table(
        "service_delivery",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("group_id", sa.UUID(), nullable=True),
        sa.Column("service_type", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'delivered'"), nullable=False),
        sa.Column("refusal_reason", sa.Text(), nullable=True),
        sa.Column("data_class", sa.Text(), server_default=sa.text("'casework'"), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("correction_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_service_delivery_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_service_delivery_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_delivery")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_service_delivery_case_id"), "service_delivery", ["case_id"], unique=False, schema="casework"
    )
    op.create_index(
        "ix_service_delivery_org_id_delivered_on",
        "service_delivery",
        ["org_id", "delivered_on"],
        unique=False,
        schema="casework",
    )
    op.create_table(
        "signal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("immediate_danger", sa.Boolean(), nullable=True),
        sa.Column("child_suspected", sa.Boolean(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("persons", sa.Integer(), nullable=True),
        sa.Column("suspected_forms", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("counselling", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("reporter_contact", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'received'"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_reason", sa.Text(), nullable=True),
        sa.Column("passed_to_org_id", sa.UUID(), nullable=True),
        sa.Column("outcome_note", sa.LargeBinary(), nullable=True),
        sa.Column("triaged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("triaged_by", sa.UUID(), nullable=True),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_signal_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_signal_org_id_organisation")),
        sa.ForeignKeyConstraint(
            ["passed_to_org_id"], ["ref.organisation.id"], name=op.f("fk_signal_passed_to_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        schema="casework",
    )
    op.create_index(op.f("ix_signal_case_id"), "signal", ["case_id"], unique=False, schema="casework")
    op.create_index(
        "ix_signal_jurisdiction_received_at", "signal", ["jurisdiction", "received_at"], unique=False, schema="casework"
    )
    op.create_index("ix_signal_org_id_id", "signal", ["org_id", "id"], unique=False, schema="casework")
    op.create_index(op.f("ix_signal_passed_to_org_id"), "signal", ["passed_to_org_id"], unique=False, schema="casework")
    op.create_table(
        "task",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("profile_version", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_event_id", sa.UUID(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound", sa.Text(), server_default=sa.text("'max'"), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_event_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_task_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_task_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        schema="casework",
    )
    op.create_index("ix_task_case_id_due_at", "task", ["case_id", "due_at", "id"], unique=False, schema="casework")
    op.create_index(
        "ix_task_jurisdiction_due_at",
        "task",
        ["jurisdiction", "due_at"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_task_org_id_due_at",
        "task",
        ["org_id", "due_at"],
        unique=False,
        schema="casework",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("uq_task_rule_from_event_id", "task", ["rule", "from_event_id"], unique=True, schema="casework")
    op.create_table(
        "urgent_needs",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("danger", sa.Text(), nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("met", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_urgent_needs_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_urgent_needs_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_needs")),
        schema="casework",
    )
    op.create_index(op.f("ix_urgent_needs_case_id"), "urgent_needs", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "refresh_token",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("family_id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["iam.session.id"], name=op.f("fk_refresh_token_session_id_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_token_token_hash")),
        schema="iam",
    )
    op.create_index(op.f("ix_refresh_token_session_id"), "refresh_token", ["session_id"], unique=False, schema="iam")
    op.create_table(
        "identification_officer",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("identification_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("organisation_kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_identification_officer_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["identification_id"],
            ["casework.identification.id"],
            name=op.f("fk_identification_officer_identification_id_identification"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_identification_officer_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identification_officer")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_identification_officer_identification_id"),
        "identification_officer",
        ["identification_id"],
        unique=False,
        schema="casework",
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("bed_id", sa.UUID(), nullable=False),
        sa.Column("bed_number", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'reserved'"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("reserved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharge_reason", sa.Text(), nullable=True),
        sa.Column("accommodation_after", sa.Text(), nullable=True),
        sa.Column("override_warnings", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "nights",
            postgresql.INT8RANGE(),
            sa.Computed(
                "int8range(bed_number::int8 * 1000000 + (starts_on - date '2000-01-01'), bed_number::int8 * 1000000 + coalesce(ends_on - date '2000-01-01', 999999))",
                persisted=True,
            ),
            nullable=True,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("nights"), "&&"),
            where=sa.text("state in ('reserved', 'admitted', 'absent')"),
            using="gist",
            name="ex_placement_one_person_a_bed_a_night",
        ),
        sa.ForeignKeyConstraint(["bed_id"], ["casework.bed.id"], name=op.f("fk_placement_bed_id_bed")),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_placement_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_placement_org_id_organisation")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["casework.referral.id"], name=op.f("fk_placement_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        schema="casework",
    )
    op.create_index(op.f("ix_placement_case_id"), "placement", ["case_id"], unique=False, schema="casework")
    op.create_index("ix_placement_org_id_state", "placement", ["org_id", "state"], unique=False, schema="casework")
    op.create_table(
        "referral_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_referral_event_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_referral_event_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["casework.referral.id"], name=op.f("fk_referral_event_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_event")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_referral_event_referral_id"), "referral_event", ["referral_id"], unique=False, schema="casework"
    )
    op.create_index(
        "uq_referral_event_referral_id_number",
        "referral_event",
        ["referral_id", "number"],
        unique=True,
        schema="casework",
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("identification_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("set_version", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("officer_id", sa.UUID(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_observation_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["identification_id"],
            ["casework.identification.id"],
            name=op.f("fk_observation_identification_id_identification"),
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["casework.identification_officer.id"],
            name=op.f("fk_observation_officer_id_identification_officer"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_observation_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        schema="casework",
    )
    op.create_index(
        "ix_observation_identification_id",
        "observation",
        ["identification_id", "set_id", "code"],
        unique=False,
        schema="casework",
    )
    op.create_table(
        "placement_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("placement_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("from_bed_id", sa.UUID(), nullable=True),
        sa.Column("to_bed_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_placement_event_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["from_bed_id"], ["casework.bed.id"], name=op.f("fk_placement_event_from_bed_id_bed")),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_placement_event_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["casework.placement.id"], name=op.f("fk_placement_event_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(["to_bed_id"], ["casework.bed.id"], name=op.f("fk_placement_event_to_bed_id_bed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_event")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_placement_event_placement_id"), "placement_event", ["placement_id"], unique=False, schema="casework"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_placement_event_placement_id"), table_name="placement_event", schema="casework")
    op.drop_table("placement_event", schema="casework")
    op.drop_index("ix_observation_identification_id", table_name="observation", schema="casework")
    op.drop_table("observation", schema="casework")
    op.drop_index("uq_referral_event_referral_id_number", table_name="referral_event", schema="casework")
    op.drop_index(op.f("ix_referral_event_referral_id"), table_name="referral_event", schema="casework")
    op.drop_table("referral_event", schema="casework")
    op.drop_index("ix_placement_org_id_state", table_name="placement", schema="casework")
    op.drop_index(op.f("ix_placement_case_id"), table_name="placement", schema="casework")
    op.drop_table("placement", schema="casework")
    op.drop_index(
        op.f("ix_identification_officer_identification_id"), table_name="identification_officer", schema="casework"
    )
    op.drop_table("identification_officer", schema="casework")
    op.drop_index(op.f("ix_refresh_token_session_id"), table_name="refresh_token", schema="iam")
    op.drop_table("refresh_token", schema="iam")
    op.drop_index(op.f("ix_urgent_needs_case_id"), table_name="urgent_needs", schema="casework")
    op.drop_table("urgent_needs", schema="casework")
    op.drop_index("uq_task_rule_from_event_id", table_name="task", schema="casework")
    op.drop_index(
        "ix_task_org_id_due_at", table_name="task", schema="casework", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index(
        "ix_task_jurisdiction_due_at", table_name="task", schema="casework", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index("ix_task_case_id_due_at", table_name="task", schema="casework")
    op.drop_table("task", schema="casework")
    op.drop_index(op.f("ix_signal_passed_to_org_id"), table_name="signal", schema="casework")
    op.drop_index("ix_signal_org_id_id", table_name="signal", schema="casework")
    op.drop_index("ix_signal_jurisdiction_received_at", table_name="signal", schema="casework")
    op.drop_index(op.f("ix_signal_case_id"), table_name="signal", schema="casework")
    op.drop_table("signal", schema="casework")
    op.drop_index("ix_service_delivery_org_id_delivered_on", table_name="service_delivery", schema="casework")
    op.drop_index(op.f("ix_service_delivery_case_id"), table_name="service_delivery", schema="casework")
    op.drop_table("service_delivery", schema="casework")
    op.drop_index(
        "ix_referral_unanswered",
        table_name="referral",
        schema="casework",
        postgresql_where=sa.text("state in ('sent', 'acknowledged', 'info_requested')"),
    )
    op.drop_index("ix_referral_sender", table_name="referral", schema="casework")
    op.drop_index("ix_referral_receiver_queue", table_name="referral", schema="casework")
    op.drop_index(op.f("ix_referral_case_id"), table_name="referral", schema="casework")
    op.drop_table("referral", schema="casework")
    op.drop_index("ix_note_case_id_id", table_name="note", schema="casework")
    op.drop_table("note", schema="casework")
    op.drop_index(op.f("ix_information_given_case_id"), table_name="information_given", schema="casework")
    op.drop_table("information_given", schema="casework")
    op.drop_index(op.f("ix_identification_case_id"), table_name="identification", schema="casework")
    op.drop_table("identification", schema="casework")
    op.drop_index(op.f("ix_exploitation_case_id"), table_name="exploitation", schema="casework")
    op.drop_table("exploitation", schema="casework")
    op.drop_index(op.f("ix_consent_case_id"), table_name="consent", schema="casework")
    op.drop_table("consent", schema="casework")
    op.drop_index(op.f("ix_closure_case_id"), table_name="closure", schema="casework")
    op.drop_table("closure", schema="casework")
    op.drop_index("ix_case_grant_source_id", table_name="case_grant", schema="casework")
    op.drop_index("ix_case_grant_org_id_case_id", table_name="case_grant", schema="casework")
    op.drop_index("ix_case_grant_case_id", table_name="case_grant", schema="casework")
    op.drop_index("ix_case_grant_account_id_case_id", table_name="case_grant", schema="casework")
    op.drop_table("case_grant", schema="casework")
    op.drop_index("ix_case_event_case_id_occurred_at", table_name="case_event", schema="casework")
    op.drop_table("case_event", schema="casework")
    op.drop_index(op.f("ix_case_denial_case_id"), table_name="case_denial", schema="casework")
    op.drop_table("case_denial", schema="casework")
    op.drop_index(op.f("ix_access_request_case_id"), table_name="access_request", schema="casework")
    op.drop_index(
        "ix_access_request_asked",
        table_name="access_request",
        schema="casework",
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.drop_table("access_request", schema="casework")
    op.drop_index("uq_person_version_person_id_number", table_name="person_version", schema="vault")
    op.drop_table("person_version", schema="vault")
    op.drop_index("uq_duplicate_person_id_other_id", table_name="duplicate", schema="vault")
    op.drop_index(op.f("ix_duplicate_person_id"), table_name="duplicate", schema="vault")
    op.drop_index(op.f("ix_duplicate_other_id"), table_name="duplicate", schema="vault")
    op.drop_table("duplicate", schema="vault")
    op.drop_index(op.f("ix_session_account_id"), table_name="session", schema="iam")
    op.drop_table("session", schema="iam")
    op.drop_index(
        "ix_case_file_undecided",
        table_name="case_file",
        schema="casework",
        postgresql_where=sa.text(
            "state <> 'closed' and (status = 'NOT_ASSESSED' or stage in ('FORMAL_REQUESTED', 'FORMAL_INTERVIEW'))"
        ),
    )
    op.drop_index(op.f("ix_case_file_person_id"), table_name="case_file", schema="casework")
    op.drop_index("ix_case_file_jurisdiction_id", table_name="case_file", schema="casework")
    op.drop_index(
        "ix_case_file_due", table_name="case_file", schema="casework", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_index(
        "ix_case_file_board", table_name="case_file", schema="casework", postgresql_where=sa.text("state <> 'closed'")
    )
    op.drop_table("case_file", schema="casework")
    op.drop_index("ix_person_tokens", table_name="person", schema="vault", postgresql_using="gin")
    op.drop_table("person", schema="vault")
    op.drop_index(op.f("ix_recovery_code_account_id"), table_name="recovery_code", schema="iam")
    op.drop_table("recovery_code", schema="iam")
    op.drop_index("uq_known_device_account_id_token_hash_network_hash", table_name="known_device", schema="iam")
    op.drop_index("ix_known_device_token_hash", table_name="known_device", schema="iam")
    op.drop_table("known_device", schema="iam")
    op.drop_index(op.f("ix_assignment_org_id"), table_name="assignment", schema="iam")
    op.drop_index(op.f("ix_assignment_account_id"), table_name="assignment", schema="iam")
    op.drop_table("assignment", schema="iam")
    op.drop_index("uq_bed_org_id_label", table_name="bed", schema="casework")
    op.drop_index(op.f("ix_bed_org_id"), table_name="bed", schema="casework")
    op.drop_table("bed", schema="casework")
    op.drop_index("ix_signal_fact_jurisdiction_year", table_name="signal_fact", schema="stats")
    op.drop_table("signal_fact", schema="stats")
    op.drop_index("ix_service_persons_jurisdiction_org_code_year", table_name="service_persons", schema="stats")
    op.drop_table("service_persons", schema="stats")
    op.drop_index("ix_service_fact_jurisdiction_org_code_year", table_name="service_fact", schema="stats")
    op.drop_table("service_fact", schema="stats")
    op.drop_index("ix_person_fact_jurisdiction_base_year", table_name="person_fact", schema="stats")
    op.drop_table("person_fact", schema="stats")
    op.drop_index("pk_extraction", table_name="extraction", schema="stats")
    op.drop_table("extraction", schema="stats")
    op.drop_index("pk_coverage", table_name="coverage", schema="stats")
    op.drop_table("coverage", schema="stats")
    op.drop_index("pk_profile", table_name="profile", schema="ref")
    op.drop_table("profile", schema="ref")
    op.drop_index("uq_organisation_jurisdiction_code", table_name="organisation", schema="ref")
    op.drop_table("organisation", schema="ref")
    op.drop_table("throttle", schema="iam")
    op.drop_table("secret", schema="iam")
    op.drop_table("role", schema="iam")
    op.drop_table("installation", schema="iam")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency", schema="iam")
    op.drop_table("idempotency", schema="iam")
    op.drop_table("account", schema="iam")
    op.drop_table("case_key", schema="casework")
    op.drop_index("ix_board_delta_jurisdiction_measure", table_name="board_delta", schema="casework")
    op.drop_table("board_delta", schema="casework")
    op.drop_index("ix_entry_subject_id", table_name="entry", schema="audit")
    op.drop_index("ix_entry_person_ids", table_name="entry", schema="audit", postgresql_using="gin")
    op.drop_index("ix_entry_case_ids", table_name="entry", schema="audit", postgresql_using="gin")
    op.drop_index(
        "ix_entry_not_done", table_name="entry", schema="audit", postgresql_where=sa.text("outcome <> 'done'")
    )
    op.drop_index("ix_entry_at", table_name="entry", schema="audit")
    op.drop_index("ix_entry_account_id_at", table_name="entry", schema="audit")
    op.drop_table("entry", schema="audit")
    for schema in SCHEMAS:
        op.execute(f"drop schema {schema}")
