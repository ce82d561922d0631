"""Proceedings against the person: milestones only, what became of them, and who was told that a victim stands there."""

from sqlalchemy import Column, Date, Index, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.metadata import code, key, metadata, moment, reference, sealed, uuid_column, version

proceeding = Table(
    "proceeding",
    metadata,
    key(),
    code("jurisdiction"),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("kind"),
    Column("begun_on", Date, nullable=False),
    reference("body_org_id", "ref.organisation.id"),
    code("offence"),
    sealed("details"),
    moment("recorded_at", now=True),
    version(),
    Index("ix_proceeding_case_id", "case_id"),
    Index("ix_proceeding_jurisdiction", "jurisdiction", "begun_on"),
    schema="casework",
)
"""`kind`: a code of legal_event; `offence`: a category. `details` holds the body's own reference number and the offence
in a few words. No evidence and no content of a file is kept."""

proceeding_step = Table(
    "proceeding_step",
    metadata,
    key(),
    reference("proceeding_id", "casework.proceeding.id", index=True),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("kind"),
    Column("on_day", Date, nullable=False),
    code("phase", nullable=True),
    code("event", nullable=True),
    code("outcome", nullable=True),
    uuid_column("note_id", nullable=True),
    moment("recorded_at", now=True),
    schema="casework",
)
"""`kind`: phase (a code of proceedings_phase), outcome (`event` of legal_event, and what it comes to: pending, dropped,
not_punished, acquitted, convicted), retracted."""

proceeding_notice = Table(
    "proceeding_notice",
    metadata,
    key(),
    reference("proceeding_id", "casework.proceeding.id", index=True),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    reference("body_org_id", "ref.organisation.id"),
    code("channel"),
    moment("sent_at"),
    code("person_told"),
    Column("contents", JSONB, nullable=False, server_default=text("'{}'")),
    sealed("their_reference"),
    moment("recorded_at", now=True),
    schema="casework",
)
"""That the competent body was told, and exactly what: `contents` are codes and dates; the body's own reference number
is sealed."""
