"""What a child is owed: age assessments, guardians, best-interest assessments, visits; levels of risk."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0008_children.sql"


def upgrade() -> None:
    """Apply; statements of the SQL file are separated by an empty line after a semicolon."""
    op.create_table(
        "age_assessment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("years_from", sa.SmallInteger(), nullable=True),
        sa.Column("years_to", sa.SmallInteger(), nullable=True),
        sa.Column("benefit_of_doubt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("firm", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("treated_as_child", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("assessed_by_org_id", sa.UUID(), nullable=True),
        sa.Column("officer", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assessed_by_org_id"],
            ["ref.organisation.id"],
            name=op.f("fk_age_assessment_assessed_by_org_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_age_assessment_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_age_assessment_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_age_assessment")),
        schema="casework",
    )
    op.create_index(op.f("ix_age_assessment_case_id"), "age_assessment", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "separation_record",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_separation_record_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_separation_record_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_separation_record")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_separation_record_case_id"), "separation_record", ["case_id"], unique=False, schema="casework"
    )
    op.create_table(
        "guardian",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("decision_body", sa.Text(), nullable=False),
        sa.Column("decision_number", sa.LargeBinary(), nullable=True),
        sa.Column("guardian_org_id", sa.UUID(), nullable=True),
        sa.Column("other_person", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("end_note", sa.LargeBinary(), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_guardian_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["guardian_org_id"], ["ref.organisation.id"], name=op.f("fk_guardian_guardian_org_id_organisation")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_guardian_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        schema="casework",
    )
    op.create_index(op.f("ix_guardian_case_id"), "guardian", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "guardian_identity",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("guardian_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("contact_safe", sa.Text(), server_default=sa.text("'unknown'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_guardian_identity_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["casework.guardian.id"], name=op.f("fk_guardian_identity_guardian_id_guardian")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_guardian_identity_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_identity")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_guardian_identity_case_id"), "guardian_identity", ["case_id"], unique=False, schema="casework"
    )
    op.create_index(
        "uq_guardian_identity_guardian_id", "guardian_identity", ["guardian_id"], unique=True, schema="casework"
    )
    op.create_table(
        "best_interest_assessment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("participants", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("child_heard", sa.Text(), nullable=False),
        sa.Column("guardian_heard", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("child_view", sa.LargeBinary(), nullable=True),
        sa.Column("reasoning", sa.LargeBinary(), nullable=False),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_best_interest_assessment_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_best_interest_assessment_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_best_interest_assessment")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_best_interest_assessment_case_id"),
        "best_interest_assessment",
        ["case_id"],
        unique=False,
        schema="casework",
    )
    op.create_table(
        "child_move",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("best_interest_id", sa.UUID(), nullable=True),
        sa.Column("reason_not_yet", sa.LargeBinary(), nullable=True),
        sa.Column("placement_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_child_move_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_child_move_org_id_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_move")),
        schema="casework",
    )
    op.create_index(op.f("ix_child_move_case_id"), "child_move", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "child_worker",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("worker_org_id", sa.UUID(), nullable=False),
        sa.Column("worker_account_id", sa.UUID(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["casework.case_file.id"], name=op.f("fk_child_worker_case_id_case_file")),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_child_worker_org_id_organisation")),
        sa.ForeignKeyConstraint(
            ["worker_org_id"], ["ref.organisation.id"], name=op.f("fk_child_worker_worker_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_worker")),
        schema="casework",
    )
    op.create_index(op.f("ix_child_worker_case_id"), "child_worker", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "monitoring_visit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("child_seen", sa.Text(), nullable=False),
        sa.Column("findings", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("next_visit_on", sa.Date(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_monitoring_visit_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_monitoring_visit_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring_visit")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_monitoring_visit_case_id"), "monitoring_visit", ["case_id"], unique=False, schema="casework"
    )
    op.create_table(
        "risk_assessment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("immediate_danger", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("domains", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("persons_at_risk", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("proceedings_phase", sa.Text(), nullable=True),
        sa.Column("seats", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("measures", sa.LargeBinary(), nullable=True),
        sa.Column("person_view", sa.LargeBinary(), nullable=True),
        sa.Column("best_interest", sa.LargeBinary(), nullable=True),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'proposed'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_risk_assessment_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_risk_assessment_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_assessment")),
        schema="casework",
    )
    op.create_index(op.f("ix_risk_assessment_case_id"), "risk_assessment", ["case_id"], unique=False, schema="casework")
    op.create_table(
        "risk_assessor",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("risk_assessment_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("named_by", sa.UUID(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objection", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_risk_assessor_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["ref.organisation.id"], name=op.f("fk_risk_assessor_org_id_organisation")),
        sa.ForeignKeyConstraint(
            ["risk_assessment_id"],
            ["casework.risk_assessment.id"],
            name=op.f("fk_risk_assessor_risk_assessment_id_risk_assessment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_assessor")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_risk_assessor_risk_assessment_id"),
        "risk_assessor",
        ["risk_assessment_id"],
        unique=False,
        schema="casework",
    )
    op.create_table(
        "routing_deviation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("rules", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["casework.case_file.id"], name=op.f("fk_routing_deviation_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["ref.organisation.id"], name=op.f("fk_routing_deviation_org_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_deviation")),
        schema="casework",
    )
    op.create_index(
        op.f("ix_routing_deviation_case_id"), "routing_deviation", ["case_id"], unique=False, schema="casework"
    )

    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for basis_policy in ("grant_for_child", "grant_for_child_end"):
        op.execute(f"drop policy {basis_policy} on casework.case_grant")
    op.execute(
        "drop function casework.may_grant_for_child(uuid, uuid, uuid, text[], text, uuid, timestamptz, timestamptz)"
    )
    for table in ("risk_assessment", "risk_assessor"):
        for policy in ("_read", "_insert", "_state", "_word"):
            op.execute(f"drop policy if exists {table}{policy} on casework.{table}")
    op.execute("drop function casework.rated_by_all(uuid)")
    op.execute("drop policy owner_functions on casework.exploitation")
    op.execute("drop function casework.recruited_by(uuid, text)")
    for table in (
        "routing_deviation",
        "risk_assessor",
        "risk_assessment",
        "monitoring_visit",
        "child_worker",
        "child_move",
        "best_interest_assessment",
        "guardian_identity",
        "guardian",
        "separation_record",
        "age_assessment",
    ):
        op.drop_table(table, schema="casework")
