"""Initial identification: who observed which indicators under which set, and what was decided."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

identification = Table(
    "identification",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("kind", default="initial"),
    moment("started_at"),
    moment("recorded_at", now=True),
    code("place", nullable=True),
    codes("border_circumstances"),
    codes("sets"),
    flag("police_present"),
    code("interpreter", default="not_needed"),
    code("refused_by_person", default="no"),
    sealed("circumstances"),
    sealed("intent_facts"),
    code("state", default="started"),
    code("result", nullable=True),
    sealed("decision_reason"),
    sealed("override_reason"),
    Column("aid_results", JSONB, nullable=False, server_default=text("'[]'")),
    moment("decided_at", nullable=True),
    uuid_column("decided_by", nullable=True),
    uuid_column("superseded_by", nullable=True),
    version(),
    schema="casework",
)
"""`state`: started, decided, superseded. `sets` are the indicator sets opened, each in the version of the case's
profile; `intent_facts` the facts that show an intent to exploit. `aid_results` keeps rule, version, result and counts
as they stood at the decision."""

identification_officer = Table(
    "identification_officer",
    metadata,
    key(),
    reference("identification_id", "casework.identification.id", index=True),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id", nullable=True),
    code("organisation_kind"),
    code("role"),
    moment("joined_at"),
    uuid_column("added_by"),
    schema="casework",
)
"""Officers who took part, of one or several organisations; the police may join later. `account_id` is None where the
organisation takes part and nobody is named."""

observation = Table(
    "observation",
    metadata,
    key(),
    reference("identification_id", "casework.identification.id"),
    reference("case_id", "casework.case_file.id"),
    code("set_id"),
    Column("set_version", Text, nullable=False),
    code("code"),
    code("answer"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    reference("officer_id", "casework.identification_officer.id", nullable=True),
    moment("observed_at", now=True),
    moment("recorded_at", now=True),
    sealed("note"),
    Index("ix_observation_identification_id", "identification_id", "set_id", "code"),
    schema="casework",
)
"""One answer to one indicator: yes, no, unknown, not_asked, or the code of an answer choice. The latest answer of a
code counts. `account_id` wrote it down, `officer_id` saw it."""

refusal_notice = Table(
    "refusal_notice",
    metadata,
    key(),
    code("jurisdiction"),
    Column("case_id", UUID(as_uuid=True), ForeignKey("casework.case_file.id"), nullable=False, unique=True),
    reference("identification_id", "casework.identification.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("refused_at"),
    moment("made_at", now=True),
    code("reason", nullable=True),
    reference("same_as_case_id", "casework.case_file.id", nullable=True, index=True),
    schema="casework",
)
"""The notification without identity to the Responsible Authority: an adult refused. One for a case, however often the
person refuses; `same_as_case_id` is the case of an earlier refusal of the same nameless person."""
