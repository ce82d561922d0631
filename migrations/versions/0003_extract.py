"""The function that rebuilds the de-identified extract (`migrations/sql/0003_extract.sql`)."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0003_extract.sql"


def upgrade() -> None:
    """Apply; statements are separated by an empty line after a semicolon."""
    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("drop function stats.refresh(text, text, jsonb)")
    op.execute("revoke usage on schema stats from besa_app")
