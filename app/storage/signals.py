"""Signals: reports from a channel, counted per channel, which may open a case."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, Table, Text

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

signal = Table(
    "signal",
    metadata,
    key(),
    code("jurisdiction"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("channel"),
    code("source", nullable=True),
    moment("received_at"),
    moment("recorded_at", now=True),
    flag("anonymous"),
    code("place", nullable=True),
    code("urgency"),
    flag("immediate_danger", nullable=True),
    flag("child_suspected", nullable=True),
    code("sex", nullable=True),
    Column("persons", Integer),
    codes("suspected_forms"),
    codes("counselling"),
    sealed("summary"),
    sealed("reporter_contact"),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("key_version", Integer, nullable=False),
    code("state", default="received"),
    code("outcome", nullable=True),
    code("outcome_reason", nullable=True),
    reference("passed_to_org_id", "ref.organisation.id", nullable=True, index=True),
    sealed("outcome_note"),
    moment("triaged_at", nullable=True),
    uuid_column("triaged_by", nullable=True),
    reference("case_id", "casework.case_file.id", nullable=True, index=True),
    sealed("details"),
    Column("reference", Text),
    flag("maybe_automatic"),
    version(),
    Index("ix_signal_org_id_id", "org_id", "id"),
    Index("ix_signal_jurisdiction_received_at", "jurisdiction", "received_at"),
    schema="casework",
)
"""`state`: received, triaged. `persons`: how many persons the report speaks of.
`passed_to_org_id`: the organisation that takes the signal on. `details`: answers to the questions of the channel.
`reference`: the code that the public form showed to the reporter; it opens nothing. `maybe_automatic`: a program may
have filled that form in; people decide.

`account_id` is who recorded it; a client of the intake where a program sent it."""

signal_step = Table(
    "signal_step",
    metadata,
    key(),
    reference("signal_id", "casework.signal.id", index=True),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("kind"),
    moment("happened_at"),
    moment("recorded_at", now=True),
    codes("counselling"),
    codes("topics"),
    code("language", nullable=True),
    code("outcome", nullable=True),
    Column("next_on", Date),
    sealed("note"),
    schema="casework",
)
"""What was done about a signal, dated: `kind` counselled (kinds in `counselling`, topics, language) or followed_up
(`outcome`, and the day to try again). Rows never change."""
