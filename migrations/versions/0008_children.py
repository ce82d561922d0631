"""What a child is owed: age assessments, guardians, best-interest assessments, visits; levels of risk."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Take back."""
