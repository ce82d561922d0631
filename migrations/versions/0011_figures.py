"""What the figures of identification count: how long cases waited (`migrations/sql/0011_figures.sql`)."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0011_figures.sql"


def upgrade() -> None:
    """Apply; statements are separated by an empty line after a semicolon."""
    op.create_table(
        "time_fact",
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        schema="stats",
    )
    op.create_index("ix_time_fact_jurisdiction_year", "time_fact", ["jurisdiction", "year"], schema="stats")
    for statement in SQL.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("drop function stats.refresh_times(text, text)")
    op.drop_table("time_fact", schema="stats")
