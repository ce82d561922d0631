"""Notes on a case, each of one data class, encrypted under the case's key."""

from sqlalchemy import Index, Table

from app.storage.metadata import code, key, metadata, moment, reference, sealed, uuid_column

note = Table(
    "note",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("data_class", default="casework"),
    moment("written_at", now=True),
    sealed("body", nullable=False),
    uuid_column("corrects", nullable=True),
    Index("ix_note_case_id_id", "case_id", "id"),
    schema="casework",
)
