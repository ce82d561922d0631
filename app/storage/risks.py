"""Assessments of risk, who rates them together, and what went another way than a routing rule proposes."""

from sqlalchemy import Column, Date, Table

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

risk_assessment = Table(
    "risk_assessment",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("assessed_at"),
    moment("recorded_at", now=True),
    code("purpose"),
    code("level"),
    flag("immediate_danger"),
    codes("domains"),
    codes("needs"),
    codes("persons_at_risk"),
    code("location"),
    code("proceedings_phase", nullable=True),
    codes("seats"),
    sealed("measures"),
    sealed("person_view"),
    sealed("best_interest"),
    Column("next_review_on", Date),
    code("state", default="proposed"),
    version(),
    schema="casework",
)
"""`seats`: the kinds of organisation that had to rate, by the profile of that version. `state`: proposed, confirmed,
disputed; only a confirmed level holds."""

risk_assessor = Table(
    "risk_assessor",
    metadata,
    key(),
    reference("risk_assessment_id", "casework.risk_assessment.id", index=True),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("kind"),
    uuid_column("named_by"),
    moment("confirmed_at", nullable=True),
    moment("objected_at", nullable=True),
    sealed("objection"),
    schema="casework",
)
"""One person who rates; each says yes, or why not, once and for themself."""

routing_deviation = Table(
    "routing_deviation",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("at", now=True),
    codes("rules"),
    code("subject_kind"),
    uuid_column("subject_id"),
    sealed("reason", nullable=False),
    schema="casework",
)
"""Why somebody went another way than the rules of the profile propose. `subject_kind`: referral, placement or
best_interest."""
