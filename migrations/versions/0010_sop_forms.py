"""Completeness of the forms of the procedures."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Take back."""
