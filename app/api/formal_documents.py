"""The formal identification as the JSON interface shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from app.api.routing import Out
from app.domain.formal_identification import elements_of, missing_signatures, vacant
from app.services.formal_decisions import appeal_until
from app.services.formal_identification import UNDECIDED, MemberRow, Procedure
from app.services.formal_overview import Overview


class StepOut(Out):
    """One step that happened, by the events of the case."""

    kind: str
    occurred_at: datetime
    result: str | None


class ProcedureHead(Out):
    """A procedure without its texts."""

    id: UUID
    case_id: UUID
    requested_at: datetime
    requested_by: str
    form: str
    place_kind: str
    officer_sex: str
    language: str | None
    interpreter: str
    state: str
    round: int
    withdrawn_at: datetime | None
    version: int


class OverviewOut(Out):
    """How the formal identification of a case stands; `procedures` for who sees its identification."""

    status: str
    stage: str
    reflecting: bool
    steps: list[StepOut]
    procedures: list[ProcedureHead]


class MemberOut(Out):
    """A member of the team; `required`: the profile asks for this signature."""

    id: UUID
    org_id: UUID
    organisation: str
    kind: str
    account_id: UUID | None
    name: str | None
    conflict: str
    required: bool
    removed_at: datetime | None


class InterviewOut(Out):
    """An interview of the team."""

    id: UUID
    number: int
    occurred_at: datetime
    kind: str
    setting: str
    officers: list[UUID]
    interpreter: str
    child_friendly_room: bool | None
    audiovisual: bool | None
    guardian: str
    person_asked_earlier: bool
    asked_note: str | None
    best_interest: str | None
    further_reason: str | None
    summary: str | None


class GroundOut(Out):
    """The finding on one element that counts."""

    id: UUID
    element: str
    finding: str
    reasoning: str | None
    evidence: list[str]


class SignatureOut(Out):
    """A member's signature under the content of that SHA-256."""

    id: UUID
    member_id: UUID
    signed_at: datetime
    method: str
    content_sha256: str
    agrees: bool
    dissent: str | None


class ProposalOut(Out):
    """A proposal; `content_sha256` once the first signature froze what is signed."""

    id: UUID
    round: int
    proposed_at: datetime
    member_id: UUID
    result: str
    reasoning: str | None
    legal_basis: list[str]
    state: str
    content_sha256: str | None
    signatures: list[SignatureOut]


class DecisionOut(Out):
    """A decision; none is ever overwritten."""

    id: UUID
    number: str
    round: int
    decided_at: datetime
    result: str
    content_sha256: str
    proposal_id: UUID


class LetterOut(Out):
    """A letter that was made; `file` gives its bytes."""

    id: UUID
    decision_id: UUID
    language: str
    sha256: str
    recorded_at: datetime
    file: str


class HandingOut(Out):
    """A handing over of a letter."""

    id: UUID
    letter_id: UUID
    given_at: datetime
    way: str
    recipient: str
    language: str
    interpreter: str
    explained: bool
    refused_to_take: bool
    note: str | None


class ReviewOut(Out):
    """An appeal of the person, or a reconsideration of the team."""

    id: UUID
    kind: str
    decision_id: UUID
    occurred_at: datetime
    asked_by: str
    late: bool
    due_at: datetime | None
    reason: str | None


class ProcedureOut(ProcedureHead):
    """A procedure with everything in it. `vacant` and `missing_signatures` are kinds of organisation."""

    wish: str | None
    early_reason: str | None
    withdrawal_note: str | None
    required_kinds: list[str]
    vacant: list[str]
    elements: list[str]
    members: list[MemberOut]
    interviews: list[InterviewOut]
    grounds: list[GroundOut]
    proposals: list[ProposalOut]
    missing_signatures: list[str]
    decisions: list[DecisionOut]
    letters: list[LetterOut]
    handings: list[HandingOut]
    reviews: list[ReviewOut]
    appeal_until: datetime | None
    appeal_to_confirm: bool


def overview_out(found: Overview) -> OverviewOut:
    """Return an overview as a document."""
    return OverviewOut(
        status=found.status.status.value,
        stage=found.status.formal_stage.value,
        reflecting=found.status.reflecting,
        steps=[
            StepOut(kind=row["kind"], occurred_at=row["occurred_at"], result=row["facts"].get("result"))
            for row in found.events
        ],
        procedures=[ProcedureHead.model_validate(dict(one.row)) for one in found.procedures],
    )


def procedure_out(found: Procedure, language: str) -> ProcedureOut:
    """Return a procedure with open texts as a document."""

    def texts(table: str, row: RowMapping, *columns: str) -> dict[str, Any]:
        return {column: found.text(table, row, column) for column in columns}

    votes = found.votes(found.proposal["id"]) if found.proposal is not None else []
    appeal = found.profile.formal.appeal
    return ProcedureOut.model_validate(
        {
            **found.row,
            **texts("formal_procedure", found.row, "wish", "early_reason", "withdrawal_note"),
            "required_kinds": list(found.team.required),
            "vacant": list(vacant(found.team, found.team_members)),
            "elements": list(elements_of(found.profile, found.child)),
            "members": [_member(found, one, language) for one in found.members],
            "interviews": [
                {**row, **texts("formal_interview", row, "asked_note", "best_interest", "further_reason", "summary")}
                for row in found.interviews
            ],
            "grounds": [{**row, **texts("formal_ground", row, "reasoning")} for row in found.findings.values()],
            "proposals": [_proposal(found, row) for row in found.proposals],
            "missing_signatures": list(missing_signatures(found.team, found.team_members, votes))
            if found.row["state"] in UNDECIDED
            else [],
            "decisions": [{**row, "proposal_id": row["formal_proposal_id"]} for row in found.decisions],
            "letters": [_letter(found, row) for row in found.letters],
            "handings": [
                {**row, "letter_id": row["formal_letter_id"], **texts("formal_handing_over", row, "note")}
                for row in found.handings
            ],
            "reviews": [
                {**row, "decision_id": row["formal_decision_id"], **texts("formal_review", row, "reason")}
                for row in found.reviews
            ],
            "appeal_until": appeal_until(found),
            "appeal_to_confirm": appeal is not None and appeal.status != "found",
        }
    )


def _member(found: Procedure, one: MemberRow, language: str) -> Mapping[str, Any]:
    row = one.row
    return {
        "id": row["id"],
        "org_id": row["member_org_id"],
        "organisation": row[f"name_{language}"],
        "kind": row["kind"],
        "account_id": row["member_account_id"],
        "name": row["display_name"] or found.text("formal_member", row, "outside_name"),
        "conflict": one.declaration,
        "required": row["kind"] in found.team.required,
        "removed_at": row["removed_at"],
    }


def _proposal(found: Procedure, row: RowMapping) -> Mapping[str, Any]:
    return {
        **row,
        "member_id": row["formal_member_id"],
        "reasoning": found.text("formal_proposal", row, "reasoning"),
        "signatures": [
            {
                **signed,
                "member_id": signed["formal_member_id"],
                "dissent": found.text("formal_signature", signed, "dissent"),
            }
            for signed in found.signatures_of(row["id"])
        ],
    }


def _letter(found: Procedure, row: RowMapping) -> Mapping[str, Any]:
    file = f"/api/v1/formal/{found.id}/letters/{row['id']}/file"
    return {**row, "decision_id": row["formal_decision_id"], "file": file}
