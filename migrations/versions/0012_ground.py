"""What the first walk through the house still owed."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Take back."""
