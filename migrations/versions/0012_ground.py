"""What the first walk through the house still owed (`migrations/sql/0012_ground.sql`)."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0012_ground.sql"

WRITE_BEFORE = next(
    statement.replace("create function", "create or replace function", 1)
    for statement in (SQL.parent / "0002_functions.sql").read_text(encoding="utf-8").split(";\n\n")
    if "create function casework.write(" in statement
)


def upgrade() -> None:
    """Apply; statements are separated by an empty line after a semicolon."""
    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute(WRITE_BEFORE)
    op.execute("drop function casework.written_together()")
    op.execute("drop function iam.own_account()")
    op.execute("drop function iam.account_at_the_door(text)")
    op.execute("alter policy account_read on iam.account using (true)")
    op.execute("grant select on iam.account to besa_app")
    op.execute("drop function casework.key_versions()")
