"""The formal identification: request, team, interviews, grounds, proposals, signatures, decisions, letters, appeals.

Everything here is of the data class `identification`; what others may know of it (that it was asked for, held,
decided) stands in the events of the case. Nothing is overwritten: a later record takes the place of an earlier one.
"""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version


def _of_case(*, index: bool = True) -> list[Column[object]]:
    """The case, and who wrote the row down."""
    return [
        reference("case_id", "casework.case_file.id", index=index),
        reference("org_id", "ref.organisation.id"),
        uuid_column("account_id"),
        moment("recorded_at", now=True),
    ]


def _of_procedure() -> Column[object]:
    return reference("formal_procedure_id", "casework.formal_procedure.id", index=True)


formal_procedure = Table(
    "formal_procedure",
    metadata,
    key(),
    *_of_case(),
    moment("requested_at"),
    code("requested_by"),
    code("form"),
    code("place_kind"),
    code("officer_sex"),
    code("language", nullable=True),
    code("interpreter", default="not_needed"),
    sealed("wish"),
    sealed("early_reason"),
    code("state", default="open"),
    Column("round", Integer, nullable=False, server_default=text("1")),
    moment("withdrawn_at", nullable=True),
    code("withdrawal_form", nullable=True),
    sealed("withdrawal_note"),
    version(),
    schema="casework",
)
"""One request with what followed. `state`: open, decided, withdrawn, appealed, reconsidering. `round` counts the
decisions: 1 the first, later ones reconsiderations."""

formal_member = Table(
    "formal_member",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    reference("member_org_id", "ref.organisation.id"),
    uuid_column("member_account_id", nullable=True),
    code("kind"),
    sealed("outside_name"),
    moment("joined_at"),
    moment("removed_at", nullable=True),
    uuid_column("removed_by", nullable=True),
    version(),
    Index("ix_formal_member_member_account_id", "member_account_id"),
    schema="casework",
)
"""Who belongs to the team and for which kind of organisation; without an account nobody signs."""

formal_declaration = Table(
    "formal_declaration",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    reference("formal_member_id", "casework.formal_member.id"),
    code("answer"),
    schema="casework",
)
"""What a member said about a conflict of interest: `none` or `declared`; the latest counts."""

formal_conflict = Table(
    "formal_conflict",
    metadata,
    key(),
    *_of_case(),
    reference("formal_declaration_id", "casework.formal_declaration.id"),
    sealed("reason"),
    schema="casework",
)
"""Why a member has a conflict of interest: it says something about officer and person, so only the
organisation that answers for the case reads it."""

formal_interview = Table(
    "formal_interview",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    Column("number", Integer, nullable=False),
    moment("occurred_at"),
    code("kind"),
    code("setting"),
    Column("officers", JSONB, nullable=False, server_default=text("'[]'")),
    flag("child_friendly_room", nullable=True),
    flag("audiovisual", nullable=True),
    code("interpreter", default="not_needed"),
    code("guardian", default="not_needed"),
    flag("person_asked_earlier"),
    sealed("asked_note"),
    sealed("best_interest"),
    sealed("further_reason"),
    sealed("summary"),
    schema="casework",
)
"""One interview; `officers` are ids of members."""

formal_ground = Table(
    "formal_ground",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    Column("round", Integer, nullable=False),
    code("element"),
    code("finding"),
    sealed("reasoning"),
    Column("evidence", JSONB, nullable=False, server_default=text("'[]'")),
    schema="casework",
)
"""A finding on one element; the latest of a round counts. `evidence`: `kind:id` of things in the file."""

formal_proposal = Table(
    "formal_proposal",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    Column("round", Integer, nullable=False),
    reference("formal_member_id", "casework.formal_member.id"),
    moment("proposed_at"),
    code("result"),
    sealed("reasoning"),
    codes("legal_basis"),
    code("state", default="proposed"),
    sealed("content"),
    Column("content_sha256", Text),
    moment("frozen_at", nullable=True),
    schema="casework",
)
"""What the team proposes. `state`: proposed, void (something it rested on changed), returned, decided, replaced.
`content` is frozen by the first signature: exactly the bytes that every member signs."""

formal_signature = Table(
    "formal_signature",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    reference("formal_proposal_id", "casework.formal_proposal.id"),
    reference("formal_member_id", "casework.formal_member.id"),
    moment("signed_at", now=True),
    code("method"),
    Column("content_sha256", Text, nullable=False),
    flag("agrees", default=True),
    sealed("dissent"),
    UniqueConstraint("formal_proposal_id", "formal_member_id"),
    schema="casework",
)
"""A member's own signature under the frozen content, with the second factor given anew."""

formal_decision = Table(
    "formal_decision",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    reference("formal_proposal_id", "casework.formal_proposal.id"),
    Column("round", Integer, nullable=False),
    Column("number", Text, nullable=False),
    moment("decided_at"),
    code("result"),
    Column("content_sha256", Text, nullable=False),
    UniqueConstraint("formal_proposal_id"),
    UniqueConstraint("number"),
    schema="casework",
)
"""A decision, never overwritten; a reconsideration is another one."""

formal_letter = Table(
    "formal_letter",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    reference("formal_decision_id", "casework.formal_decision.id"),
    code("language"),
    Column("template_version", Text, nullable=False),
    sealed("content"),
    Column("sha256", Text, nullable=False),
    UniqueConstraint("formal_decision_id", "language"),
    schema="casework",
)
"""The very letter as it was made first: its bytes, sealed, and their SHA-256."""

formal_handing_over = Table(
    "formal_handing_over",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    reference("formal_letter_id", "casework.formal_letter.id"),
    moment("given_at"),
    code("way"),
    code("recipient"),
    code("language"),
    code("interpreter", default="not_needed"),
    flag("explained"),
    flag("refused_to_take"),
    sealed("note"),
    schema="casework",
)
"""When, how and to whom a letter was handed over, and whether it was explained."""

formal_review = Table(
    "formal_review",
    metadata,
    key(),
    *_of_case(),
    _of_procedure(),
    reference("formal_decision_id", "casework.formal_decision.id"),
    code("kind"),
    moment("occurred_at"),
    code("asked_by"),
    sealed("reason"),
    flag("late"),
    moment("due_at", nullable=True),
    schema="casework",
)
"""An appeal of the person, or the team's own reconsideration: which decision, when, by whom, why; `late` is shown and
refuses nothing."""
