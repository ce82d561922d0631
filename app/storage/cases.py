"""Case files, their keys, and who may see what of them for how long."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

case_file = Table(
    "case_file",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    code("jurisdiction"),
    Column("profile_version", Text, nullable=False),
    reference("person_id", "vault.person.id", nullable=True, index=True),
    reference("previous_case_id", "casework.case_file.id", nullable=True),
    moment("opened_at"),
    reference("opened_org_id", "ref.organisation.id"),
    uuid_column("opened_by"),
    reference("responsible_org_id", "ref.organisation.id"),
    uuid_column("responsible_account_id", nullable=True),
    code("county", nullable=True),
    code("municipality", nullable=True),
    code("status", default="NOT_ASSESSED"),
    moment("status_at", nullable=True),
    code("stage", default="INITIAL_ID"),
    moment("stage_at", nullable=True),
    code("state", default="open"),
    moment("next_due_at", nullable=True),
    code("next_event", nullable=True),
    uuid_column("next_org_id", nullable=True),
    code("sex"),
    code("age_group"),
    flag("is_child"),
    flag("age_in_doubt"),
    code("citizenship_group"),
    codes("languages"),
    flag("interpreter_needed"),
    code("urgency"),
    flag("immediate_danger", nullable=True),
    flag("without_identity"),
    code("detection_source", nullable=True),
    code("main_form", nullable=True),
    codes("forms"),
    moment("closed_at", nullable=True),
    code("closure_reason", nullable=True),
    version(),
    Index("ix_case_file_jurisdiction_id", "jurisdiction", "id"),
    Index(
        "ix_case_file_board",
        "jurisdiction",
        "status",
        "stage",
        "id",
        postgresql_where=text("state <> 'closed'"),
    ),
    Index("ix_case_file_due", "jurisdiction", "next_due_at", "id", postgresql_where=text("state <> 'closed'")),
    Index(
        "ix_case_file_undecided",
        "jurisdiction",
        "next_due_at",
        "id",
        postgresql_where=text(
            "state <> 'closed' and (status = 'NOT_ASSESSED' or stage in ('FORMAL_REQUESTED', 'FORMAL_INTERVIEW'))"
        ),
    ),
    schema="casework",
)
"""The pseudonymous milestones of one trafficking episode of one person. `sex`, `age_group` and
`citizenship_group` are codes without identity; `status` and `stage` are derived from the events; `next_due_at`,
`next_event` and `next_org_id` repeat the earliest open task, kept by a trigger, so that the board reads one index."""

case_key = Table(
    "case_key",
    metadata,
    Column("case_id", case_file.c.id.type, primary_key=True),
    Column("wrapped_key", LargeBinary),
    Column("key_version", Integer),
    schema="casework",
)
"""The data key of a case, wrapped by the master key; destroyed to erase."""

case_grant = Table(
    "case_grant",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id", nullable=True),
    reference("account_id", "iam.account.id", nullable=True),
    codes("data_classes"),
    code("basis"),
    uuid_column("source_id", nullable=True),
    code("reason", nullable=True),
    sealed("reason_text"),
    moment("valid_from", now=True),
    moment("valid_to", nullable=True),
    uuid_column("granted_by"),
    CheckConstraint("(org_id is null) <> (account_id is null)", name="one_holder"),
    Index("ix_case_grant_case_id", "case_id"),
    Index("ix_case_grant_org_id_case_id", "org_id", "case_id"),
    Index("ix_case_grant_account_id_case_id", "account_id", "case_id"),
    Index("ix_case_grant_source_id", "source_id"),
    schema="casework",
)
"""`basis`: opening, care_team, referral, authority, reveal, team, child_protection, child_monitoring, risk_team. Access
ends when the basis ends."""

case_denial = Table(
    "case_denial",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id", nullable=True),
    reference("account_id", "iam.account.id", nullable=True),
    code("reason"),
    moment("valid_from", now=True),
    moment("valid_to", nullable=True),
    uuid_column("denied_by"),
    CheckConstraint("(org_id is null) <> (account_id is null)", name="one_holder"),
    schema="casework",
)
"""Beats every grant: this officer (or organisation) never sees this file, such as for a conflict of interest."""

case_event = Table(
    "case_event",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id"),
    code("kind"),
    moment("occurred_at"),
    moment("recorded_at", now=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("data_class", default="milestones"),
    code("subject_kind", nullable=True),
    uuid_column("subject_id", nullable=True),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    uuid_column("corrects", nullable=True),
    Index("ix_case_event_case_id_occurred_at", "case_id", "occurred_at"),
    schema="casework",
)
"""The story of a case: append-only dated events (`case_event` codes, or the program's own in lower case),
from which status, stage and tasks are derived. `facts` holds codes and numbers only."""

urgent_needs = Table(
    "urgent_needs",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    moment("assessed_at"),
    code("danger"),
    codes("needs"),
    codes("met"),
    sealed("note"),
    schema="casework",
)
"""Urgent needs and danger, asked first; `danger`: yes, no, unknown, not_asked."""

closure = Table(
    "closure",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("reason"),
    moment("closed_at"),
    code("assistance_outcome"),
    code("not_assisted_reason", nullable=True),
    code("accommodation_after", nullable=True),
    flag("follow_up_agreed"),
    Column("follow_up_on", Date),
    sealed("note"),
    schema="casework",
)

access_request = Table(
    "access_request",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    codes("data_classes"),
    sealed("reason"),
    code("state", default="asked"),
    moment("asked_at", now=True),
    moment("answered_at", nullable=True),
    uuid_column("answered_by", nullable=True),
    Index("ix_access_request_asked", "case_id", postgresql_where=text("state = 'asked'")),
    schema="casework",
)
"""Somebody asks the responsible organisation for a data class; `state`: asked, granted, refused."""

board_delta = Table(
    "board_delta",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    code("jurisdiction"),
    code("measure"),
    code("value"),
    Column("delta", Integer, nullable=False),
    Column("folded", SmallInteger, nullable=False, server_default=text("0")),
    Index("ix_board_delta_jurisdiction_measure", "jurisdiction", "measure", "value"),
    schema="casework",
)
"""Maintained counters of the board as differences: triggers add rows, so that two writers never wait for
one counter row; `casework.fold_board` sums them up from time to time."""
