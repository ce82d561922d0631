"""Referrals to an organisation's duty queue, and every step of them as a timed event."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

referral = Table(
    "referral",
    metadata,
    key(),
    code("jurisdiction"),
    reference("case_id", "casework.case_file.id", index=True),
    reference("sender_org_id", "ref.organisation.id"),
    uuid_column("sender_account_id"),
    reference("receiver_org_id", "ref.organisation.id", nullable=True),
    uuid_column("receiver_account_id", nullable=True),
    code("state", default="drafted"),
    codes("purposes"),
    codes("needs"),
    codes("requested_services"),
    code("urgency"),
    code("safety", default="unknown"),
    codes("shared_classes"),
    Column("bases", JSONB, nullable=False, server_default=text("'[]'")),
    Column("minimum", JSONB, nullable=False, server_default=text("'{}'")),
    sealed("message"),
    Column("wrapped_key", LargeBinary),
    Column("key_version", Integer),
    moment("created_at", now=True),
    moment("sent_at", nullable=True),
    moment("answer_due_at", nullable=True),
    flag("answer_due_to_confirm", default=True),
    moment("answered_at", nullable=True),
    code("decline_reason", nullable=True),
    code("end_reason", nullable=True),
    moment("ended_at", nullable=True),
    code("outcome", nullable=True),
    sealed("feedback"),
    uuid_column("redirected_to", nullable=True),
    uuid_column("redirected_from", nullable=True),
    version(),
    moment("answer_by", nullable=True),
    Index("ix_referral_receiver_queue", "receiver_org_id", "state", "id"),
    Index("ix_referral_sender", "sender_org_id", "id"),
    Index(
        "ix_referral_unanswered",
        "jurisdiction",
        "answer_due_at",
        postgresql_where=text("state in ('sent', 'acknowledged', 'info_requested')"),
    ),
    schema="casework",
)
"""`minimum`: the minimum data set the receiver sees before accepting (codes only). `bases`: which consent or
other recorded basis covers each shared class, [{data_class, consent_id, basis, valid_to}]. A draft may have no
receiver yet. `message` is sealed under the case's key, for it opens with the case; what both sides write to each other
(questions, answers, feedback) under the referral's own key, for a receiver has no key of the case before accepting.
Erasing a case destroys its referrals' keys too. `answer_by`: until when the sender wants an answer; where it is not
said, the profile's deadline counts, and one that is to be confirmed lets nothing expire."""

referral_event = Table(
    "referral_event",
    metadata,
    key(),
    reference("referral_id", "casework.referral.id", index=True),
    reference("case_id", "casework.case_file.id"),
    code("act"),
    code("state"),
    moment("at", now=True),
    uuid_column("account_id"),
    reference("org_id", "ref.organisation.id"),
    code("reason", nullable=True),
    sealed("message"),
    Column("number", Integer, nullable=False),
    Index("uq_referral_event_referral_id_number", "referral_id", "number", unique=True),
    schema="casework",
)
