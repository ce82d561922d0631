"""What is due next on each case and the board's counters (`migrations/sql/0004_board.sql`)."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0004_board.sql"


def upgrade() -> None:
    """Apply; statements are separated by an empty line after a semicolon."""
    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("drop trigger count_case on casework.case_file")
    op.execute("drop trigger task_added on casework.task")
    op.execute("drop trigger task_changed on casework.task")
    for function in (
        "count_case()",
        "fold_board()",
        "task_added()",
        "task_changed()",
        "keep_next_due(uuid[])",
        "counted_as(casework.case_file)",
        "board_counts(timestamptz)",
        "is_placed(uuid)",
    ):
        op.execute(f"drop function casework.{function}")
