"""The formal procedure: request, team, interviews, signed decision, letters, appeal (`sql/0006_formal.sql`)."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0006_formal.sql"
TABLES = (
    "formal_procedure",
    "formal_ground",
    "formal_interview",
    "formal_member",
    "formal_declaration",
    "formal_proposal",
    "formal_conflict",
    "formal_decision",
    "formal_signature",
    "formal_letter",
    "formal_review",
    "formal_handing_over",
)


def upgrade() -> None:
    """Apply; statements are separated by an empty line after a semicolon."""
    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("drop policy grant_insert_formal on casework.case_grant")
    op.execute("drop policy denial_insert_own on casework.case_denial")
    op.execute("drop trigger keep_frozen on casework.formal_proposal")
    for table in TABLES:
        op.execute(f"drop policy {table}_insert on casework.{table}")
    for function in (
        "is_formal_member(uuid)",
        "declared_conflict(uuid)",
        "stood_aside_from(uuid)",
        "may_grant_formal(uuid, uuid, text[], uuid)",
        "keep_frozen()",
    ):
        op.execute(f"drop function casework.{function}")
    for table in reversed(TABLES):
        op.execute(f"drop table casework.{table}")
