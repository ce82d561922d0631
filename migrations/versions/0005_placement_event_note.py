"""Why a step of a stay was taken, in somebody's own words: sealed, no longer beside the codes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.add_column("placement_event", sa.Column("note", sa.LargeBinary(), nullable=True), schema="casework")


def downgrade() -> None:
    """Take back."""
    op.drop_column("placement_event", "note", schema="casework")
