"""Completeness of the forms of the procedures (`migrations/sql/0010_sop_forms.sql`)."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0010_sop_forms.sql"
READ = (
    "identification",
    "identification_officer",
    "observation",
    "exploitation",
    "information_given",
    "urgent_needs",
    "closure",
    "formal_interview",
    "formal_proposal",
    "formal_decision",
    "formal_handing_over",
)


def upgrade() -> None:
    """Apply; statements are separated by an empty line after a semicolon."""
    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for function in ("form_patterns(timestamptz)", "forms_of(uuid[])", "forms_held(uuid[])"):
        op.execute(f"drop function casework.{function}")
    for table in READ:
        op.execute(f"drop policy owner_forms on casework.{table}")
