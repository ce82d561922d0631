"""What is on record about a child as a child; every row is a dated event and a correction a row of its own."""

from sqlalchemy import Column, Date, Index, SmallInteger, Table

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

age_assessment = Table(
    "age_assessment",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("assessed_at"),
    moment("recorded_at", now=True),
    code("basis"),
    code("result"),
    Column("years_from", SmallInteger),
    Column("years_to", SmallInteger),
    flag("benefit_of_doubt"),
    code("agreed"),
    flag("firm"),
    flag("treated_as_child"),
    reference("assessed_by_org_id", "ref.organisation.id", nullable=True),
    sealed("officer"),
    sealed("note"),
    uuid_column("corrects", nullable=True),
    schema="casework",
)
"""`firm`: what the code list of that version said of the basis; `treated_as_child`: what followed on that day."""

separation_record = Table(
    "separation_record",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("observed_at"),
    moment("recorded_at", now=True),
    code("status"),
    sealed("note"),
    uuid_column("corrects", nullable=True),
    schema="casework",
)

guardian = Table(
    "guardian",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("appointed_at"),
    moment("recorded_at", now=True),
    code("relation"),
    code("decision_body"),
    sealed("decision_number"),
    reference("guardian_org_id", "ref.organisation.id", nullable=True),
    sealed("other_person"),
    sealed("note"),
    moment("ended_at", nullable=True),
    code("end_reason", nullable=True),
    sealed("end_note"),
    uuid_column("ended_by", nullable=True),
    version(),
    schema="casework",
)
"""Ends once, and is otherwise never changed. Who it is stands in `guardian_identity`."""

guardian_identity = Table(
    "guardian_identity",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("guardian_id", "casework.guardian.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    sealed("name", nullable=False),
    sealed("contact"),
    code("contact_safe", default="unknown"),
    Index("uq_guardian_identity_guardian_id", "guardian_id", unique=True),
    schema="casework",
)
"""Name and contact of a guardian: identity, apart from the casework about the guardianship."""

best_interest_assessment = Table(
    "best_interest_assessment",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("assessed_at"),
    moment("recorded_at", now=True),
    code("move"),
    codes("options"),
    code("conclusion"),
    codes("participants"),
    code("child_heard"),
    flag("guardian_heard"),
    sealed("child_view"),
    sealed("reasoning", nullable=False),
    uuid_column("corrects", nullable=True),
    schema="casework",
)

child_move = Table(
    "child_move",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("moved_at"),
    code("move"),
    uuid_column("best_interest_id", nullable=True),
    sealed("reason_not_yet"),
    uuid_column("placement_id", nullable=True),
    schema="casework",
)
"""Every move of a child with the assessment made before it, or why there was none yet."""

child_worker = Table(
    "child_worker",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    reference("worker_org_id", "ref.organisation.id"),
    uuid_column("worker_account_id", nullable=True),
    moment("since"),
    moment("recorded_at", now=True),
    moment("ended_at", nullable=True),
    code("end_reason", nullable=True),
    uuid_column("ended_by", nullable=True),
    version(),
    schema="casework",
)
"""The child-protection worker assigned to a child; with the assignment ends the access it gave."""

monitoring_visit = Table(
    "monitoring_visit",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("visited_at"),
    moment("recorded_at", now=True),
    code("child_seen"),
    codes("findings"),
    Column("next_visit_on", Date),
    sealed("note"),
    uuid_column("corrects", nullable=True),
    schema="casework",
)
