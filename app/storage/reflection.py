"""Recovery and reflection periods: the start of each, and every dated step of it. Texts are notes of the case."""

from sqlalchemy import Column, Index, Table, Text

from app.storage.metadata import code, flag, key, metadata, moment, reference, uuid_column, version

reflection = Table(
    "reflection",
    metadata,
    key(),
    code("jurisdiction"),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("started_at"),
    code("basis"),
    flag("foreign_national", nullable=True),
    moment("explained_at"),
    code("explained_language"),
    code("interpreter", default="not_needed"),
    reference("explained_org_id", "ref.organisation.id"),
    Column("profile_version", Text, nullable=False),
    moment("recorded_at", now=True),
    version(),
    Index("ix_reflection_case_id", "case_id"),
    schema="casework",
)
"""`foreign_national`: None where the citizenship is not known; the rules for foreign nationals then apply. What became
of the period is said by its steps alone; `version` counts them."""

reflection_step = Table(
    "reflection_step",
    metadata,
    key(),
    reference("reflection_id", "casework.reflection.id", index=True),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("kind"),
    moment("at"),
    moment("until", nullable=True),
    code("code", nullable=True),
    uuid_column("note_id", nullable=True),
    moment("recorded_at", now=True),
    schema="casework",
)
"""`kind`: paused, resumed, prolonged, ended, permit, retracted. `code`: how a period ended, or what became of the
permit. `until`: the new end of a prolonged period, or until when a permit is valid."""
