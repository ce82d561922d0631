"""What the figures of identification count."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Take back."""
