"""The public signal form and the intake of programs."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Take back."""
