"""The public signal form, steps of a signal, the intake of programs, refusals (`migrations/sql/0009_signals.sql`)."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0009_signals.sql"
_EMPTY = sa.text("'{}'")
_NOW = sa.text("now()")


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=_NOW if now else None)


def upgrade() -> None:
    """Apply; statements of the file are separated by an empty line after a semicolon."""
    op.add_column("signal", sa.Column("details", sa.LargeBinary(), nullable=True), schema="casework")
    op.add_column("signal", sa.Column("reference", sa.Text(), nullable=True), schema="casework")
    maybe = sa.Column("maybe_automatic", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    op.add_column("signal", maybe, schema="casework")
    _steps()
    _intake()
    _refusals()
    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def _steps() -> None:
    op.create_table(
        "signal_step",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("signal_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _moment("happened_at"),
        _moment("recorded_at", now=True),
        sa.Column("counselling", ARRAY(sa.Text()), nullable=False, server_default=_EMPTY),
        sa.Column("topics", ARRAY(sa.Text()), nullable=False, server_default=_EMPTY),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["signal_id"], ["casework.signal.id"], name="fk_signal_step_signal_id_signal"),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name="fk_signal_step_org_id_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_signal_step"),
        schema="casework",
    )
    op.create_index("ix_signal_step_signal_id", "signal_step", ["signal_id"], schema="casework")


def _intake() -> None:
    op.create_table(
        "intake_client",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        _moment("created_at", now=True),
        sa.Column("created_by", sa.UUID(), nullable=False),
        _moment("ended_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name="fk_intake_client_org_id_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_intake_client"),
        schema="iam",
    )
    op.create_table(
        "intake_key",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        _moment("registered_at", now=True),
        sa.Column("registered_by", sa.UUID(), nullable=False),
        _moment("revoked_at", nullable=True),
        sa.Column("revoked_by", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["iam.intake_client.id"], name="fk_intake_key_client_id_intake_client"),
        sa.PrimaryKeyConstraint("id", name="pk_intake_key"),
        sa.UniqueConstraint("key_id", name="uq_intake_key_key_id"),
        schema="iam",
    )
    op.create_index("ix_intake_key_client_id", "intake_key", ["client_id"], schema="iam")
    op.create_table(
        "intake_nonce",
        sa.Column("key_id", sa.UUID(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(["key_id"], ["iam.intake_key.id"], name="fk_intake_nonce_key_id_intake_key"),
        schema="iam",
    )
    op.create_index("pk_intake_nonce", "intake_nonce", ["key_id", "nonce"], unique=True, schema="iam")
    op.create_index("ix_intake_nonce_at", "intake_nonce", ["at"], schema="iam")


def _refusals() -> None:
    op.create_table(
        "refusal_notice",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("identification_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        _moment("refused_at"),
        _moment("made_at", now=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("same_as_case_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name="fk_refusal_notice_case_id_case_file"),
        sa.ForeignKeyConstraint(
            ["identification_id"],
            ["casework.identification.id"],
            name="fk_refusal_notice_identification_id_identification",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name="fk_refusal_notice_org_id_organisation"),
        sa.ForeignKeyConstraint(
            ["same_as_case_id"], ["casework.case_file.id"], name="fk_refusal_notice_same_as_case_id_case_file"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refusal_notice"),
        sa.UniqueConstraint("case_id", name="uq_refusal_notice_case_id"),
        schema="casework",
    )
    op.create_index("ix_refusal_notice_same_as_case_id", "refusal_notice", ["same_as_case_id"], schema="casework")
    op.create_table(
        "notice_fact",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("citizenship_group", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("accepted_later", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        schema="stats",
    )
    op.create_index("ix_notice_fact_jurisdiction_year", "notice_fact", ["jurisdiction", "year"], schema="stats")


def downgrade() -> None:
    """Take back."""
    body = "pg_get_functiondef('stats.refresh(text, text, jsonb)'::regprocedure)"
    op.execute(
        f"""do $$ begin execute replace(replace({body},
        'coalesce(f.leads_to, c.person_id, s.counted_as, c.id) as counted_as',
        'coalesce(f.leads_to, c.person_id, c.id) as counted_as'),
        'from casework.case_file c left join casework.same_persons(given) s on s.case_id = c.id '
        'left join final f on f.id = coalesce(c.person_id, s.counted_as)',
        'from casework.case_file c left join final f on f.id = c.person_id'); end $$"""
    )
    op.execute("drop function stats.refresh_notices(text, text, jsonb)")
    op.execute("drop trigger refuse_naming on casework.case_grant")
    op.execute("drop trigger close_naming on casework.case_event")
    for function in ("refuse_naming()", "close_naming()", "person_refused(uuid)", "same_persons(text)"):
        op.execute(f"drop function casework.{function}")
    for policy in ("signal_public", "signal_intake", "signal_intake_read"):
        op.execute(f"drop policy {policy} on casework.signal")
    op.drop_table("notice_fact", schema="stats")
    op.drop_table("refusal_notice", schema="casework")
    op.drop_table("signal_step", schema="casework")
    op.drop_table("intake_nonce", schema="iam")
    op.drop_table("intake_key", schema="iam")
    op.drop_table("intake_client", schema="iam")
    for function in ("is_intake(uuid, text)", "act_as_intake(uuid)", "intake_key_of(text)"):
        op.execute(f"drop function iam.{function}")
    for column in ("maybe_automatic", "reference", "details"):
        op.drop_column("signal", column, schema="casework")
