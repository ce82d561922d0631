"""What is due for whom: made from events by the deadline rules of the profile."""

from sqlalchemy import Column, Index, Table, Text, text

from app.storage.metadata import code, flag, key, metadata, moment, reference, sealed, uuid_column

task = Table(
    "task",
    metadata,
    key(),
    code("jurisdiction"),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id", nullable=True),
    code("rule"),
    Column("profile_version", Text, nullable=False),
    code("event"),
    uuid_column("from_event_id"),
    uuid_column("subject_id", nullable=True),
    moment("due_at"),
    code("bound", default="max"),
    flag("to_confirm", default=True),
    code("state", default="open"),
    moment("met_at", nullable=True),
    uuid_column("met_event_id", nullable=True),
    moment("created_at", now=True),
    moment("paused_at", nullable=True),
    Index("ix_task_case_id_due_at", "case_id", "due_at", "id"),
    Index("uq_task_rule_from_event_id", "rule", "from_event_id", unique=True),
    Index("ix_task_org_id_due_at", "org_id", "due_at", postgresql_where=text("state = 'open'")),
    Index("ix_task_jurisdiction_due_at", "jurisdiction", "due_at", postgresql_where=text("state = 'open'")),
    schema="casework",
)
"""`event`: what meets the task. `state`: open, paused, met, cancelled. `bound`: max (late after), min (not before)."""

escalation = Table(
    "escalation",
    metadata,
    key(),
    code("jurisdiction"),
    reference("case_id", "casework.case_file.id", index=True),
    reference("task_id", "casework.task.id"),
    reference("org_id", "ref.organisation.id"),
    code("rule"),
    code("event"),
    moment("due_at"),
    flag("to_confirm", default=True),
    moment("raised_at", now=True),
    code("state", default="raised"),
    moment("answered_at", nullable=True),
    uuid_column("answered_by", nullable=True),
    sealed("note"),
    moment("ended_at", nullable=True),
    Index("ix_escalation_task_id", "task_id"),
    Index("ix_escalation_raised", "jurisdiction", "due_at", "id", postgresql_where=text("state = 'raised'")),
    Index("uq_escalation_raised", "task_id", unique=True, postgresql_where=text("state = 'raised'")),
    schema="casework",
)
"""An overdue task that has risen to the Responsible Authority, without content. `state`: raised, passed_back (the
authority has looked at it and given it back with a note), ended (the task is no longer open)."""
