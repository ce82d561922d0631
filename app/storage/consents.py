"""What the person was told, and what the person agreed to: information given and the consent ledger."""

from sqlalchemy import Column, Table, Text

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

information_given = Table(
    "information_given",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("given_at"),
    codes("topics"),
    code("language"),
    code("interpreter", default="not_needed"),
    flag("child_friendly"),
    flag("guardian_present", nullable=True),
    sealed("note"),
    schema="casework",
)

consent = Table(
    "consent",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("answer"),
    code("purpose"),
    reference("recipient_org_id", "ref.organisation.id", nullable=True),
    code("recipient_kind", nullable=True),
    code("recipient_country", nullable=True),
    codes("data_classes"),
    code("basis", nullable=True),
    code("form", nullable=True),
    Column("text_version", Text),
    code("language", nullable=True),
    code("interpreter", default="not_needed"),
    codes("told"),
    sealed("witness"),
    code("guardian_relation", nullable=True),
    sealed("guardian"),
    code("assent", nullable=True),
    sealed("best_interest_note"),
    sealed("basis_note"),
    sealed("conditions"),
    moment("given_at"),
    moment("valid_to", nullable=True),
    moment("withdrawn_at", nullable=True),
    uuid_column("withdrawn_by", nullable=True),
    code("withdrawal_form", nullable=True),
    version(),
    schema="casework",
)
"""The ledger: purpose x recipient x data classes. `answer`: given, refused, or not_asked where a law, a court or a
danger to life stands in place of the person's word. `guardian` holds name and appointment; `assent` is the child's own
view. A withdrawal is dated and final."""
