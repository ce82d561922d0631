"""What the team proposes and what exactly its members sign: one content, frozen by the first signature."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from app.domain import formal_identification as rules
from app.domain.forms.formal_identification import ProposeDecision
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid
from app.services.formal_identification import (
    SUBJECT,
    UNDECIDED,
    Procedure,
    acting_member,
    for_act,
    opened,
    read_procedure,
    tell_aside,
    written,
)
from app.services.unit_of_work import UnitOfWork
from app.storage.formal_identification import formal_proposal


async def propose(unit: UnitOfWork, procedure_id: UUID, form: ProposeDecision) -> UUID:
    """Propose a decision; returns the proposal's id. An earlier one is replaced, and its signatures carry nothing.

    VT needs every element shown, of an adult the means too; not to recognise needs a finding on each.
    """
    found = await for_act(unit, procedure_id, "formal.lead", *UNDECIDED, member=True)
    row_id = form.id or uuid7()
    case_id = found.case["id"]
    if any(row["id"] == row_id for row in found.proposals):
        unit.audit("formal.lead", subject_kind=SUBJECT, subject_id=procedure_id, cases=[case_id], outcome="repeated")
        return row_id
    acts = {act.code for act in found.profile.legal_frame}
    if not set(form.legal_basis) <= acts:
        raise Invalid.one("legal_basis", "formal.unknown_act")
    _check(found, form.result)
    await void_signatures(unit, found, "proposal")
    before = found.proposal
    if before is not None and before["frozen_at"] is None:
        await unit.execute(
            update(formal_proposal)
            .where(formal_proposal.c.id == before["id"], formal_proposal.c.state == "proposed")
            .values(state="replaced")
        )
    await unit.execute(
        insert(formal_proposal).values(
            **written(unit, found, row_id),
            **await unit.seal_for_case(case_id, "casework.formal_proposal", row_id, {"reasoning": form.reasoning}),
            round=found.row["round"],
            formal_member_id=acting_member(unit, found).row["id"],
            proposed_at=unit.now,
            result=form.result,
            legal_basis=list(dict.fromkeys(form.legal_basis)),
        )
    )
    await tell_aside(unit, found, "formal_proposed")
    unit.audit(
        "formal.lead",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[case_id],
        changed=["proposal"],
        step="proposed",
        result=form.result,
    )
    return row_id


def _check(found: Procedure, result: str) -> None:
    findings = {element: str(row["finding"]) for element, row in found.findings.items()}
    elements = rules.elements_of(found.profile, found.child)
    rules.check_proposal(result, elements, findings, len(found.interviews))


async def void_signatures(unit: UnitOfWork, found: Procedure, why: str) -> None:
    """Where something that members signed changes, their signatures carry nothing any more: a new proposal is needed.

    The signatures stay as they are; the proposal's state and an event say that they are void.
    """
    proposal = found.proposal
    if proposal is None or proposal["frozen_at"] is None:
        return
    signatures = len(found.signatures_of(proposal["id"]))
    await unit.execute(
        update(formal_proposal)
        .where(formal_proposal.c.id == proposal["id"], formal_proposal.c.state == "proposed")
        .values(state="void")
    )
    await tell_aside(unit, found, "formal_signatures_voided", why=why, signatures=signatures)


def content_of(found: Procedure, proposal: Any) -> dict[str, Any]:
    """Return what is signed, from a procedure with open texts; its layout is written down in docs."""
    return {
        "format": rules.FORMAT,
        "kind": "formal_identification_decision",
        "case": found.case["code"],
        "profile": {"jurisdiction": found.profile.jurisdiction, "version": found.profile.version},
        "procedure": str(found.id),
        "round": found.row["round"],
        "age": "child" if found.child else "adult",
        "place": found.row["place_kind"],
        "request": {
            "at": rules.moment(found.row["requested_at"]),
            "by": found.row["requested_by"],
            "form": found.row["form"],
        },
        "team": [
            {
                "member": str(one.row["id"]),
                "organisation": one.row["org_code"],
                "kind": one.row["kind"],
                "required": one.row["kind"] in found.team.required,
                "signs": one.member.account_id is not None and one.row["kind"] in found.team.required,
                "conflict": one.declaration,
            }
            for one in found.members
            if one.member.takes_part
        ],
        "interviews": [_interview(found, row) for row in found.interviews],
        "grounds": [
            {
                "id": str(row["id"]),
                "element": element,
                "finding": row["finding"],
                "reasoning_sha256": rules.text_digest(found.text("formal_ground", row, "reasoning")),
                "evidence": sorted(row["evidence"]),
            }
            for element, row in sorted(found.findings.items())
        ],
        "proposal": {
            "id": str(proposal["id"]),
            "at": rules.moment(proposal["proposed_at"]),
            "by": str(proposal["formal_member_id"]),
            "result": proposal["result"],
            "legal_basis": sorted(proposal["legal_basis"]),
            "reasoning_sha256": rules.text_digest(found.text("formal_proposal", proposal, "reasoning")),
        },
    }


def _interview(found: Procedure, row: Any) -> dict[str, Any]:
    def words(column: str) -> str | None:
        return rules.text_digest(found.text("formal_interview", row, column))

    return {
        "id": str(row["id"]),
        "number": row["number"],
        "at": rules.moment(row["occurred_at"]),
        "kind": row["kind"],
        "setting": row["setting"],
        "officers": sorted(row["officers"]),
        "interpreter": row["interpreter"],
        "child_friendly_room": row["child_friendly_room"],
        "audiovisual": row["audiovisual"],
        "guardian": row["guardian"],
        "person_asked_earlier": row["person_asked_earlier"],
        "asked_note_sha256": words("asked_note"),
        "best_interest_sha256": words("best_interest"),
        "further_reason_sha256": words("further_reason"),
        "summary_sha256": words("summary"),
    }


async def signing_content(unit: UnitOfWork, found: Procedure, proposal: Any) -> bytes:
    """Return the bytes under which a proposal is signed: the frozen ones, before the first signature those of now."""
    if proposal["content"] is not None:
        kept = await unit.open_for_case(found.case["id"], "casework.formal_proposal", dict(proposal), "content")
        return str(kept["content"]).encode()
    _check(found, proposal["result"])
    return rules.canonical(content_of(await opened(unit, found), proposal))


async def freeze(unit: UnitOfWork, found: Procedure, proposal: Any, content: bytes) -> None:
    """Keep exactly these bytes as what every member signs; the first signature does it."""
    if proposal["frozen_at"] is not None:
        return
    sealed = await unit.seal_for_case(
        found.case["id"], "casework.formal_proposal", proposal["id"], {"content": content.decode()}
    )
    await unit.execute(
        update(formal_proposal)
        .where(formal_proposal.c.id == proposal["id"])
        .values(**sealed, content_sha256=rules.digest(content), frozen_at=unit.now)
    )


async def signed_content(
    unit: UnitOfWork, procedure_id: UUID, proposal_id: UUID | None = None
) -> tuple[Procedure, Any, bytes]:
    """Return (procedure, proposal, bytes): what is to be signed, or what was signed under the latest decision.

    With `proposal_id`, what was signed under that proposal: an earlier decision, one sent back or made void. The read
    is written down. Raises Conflict `formal.nothing_to_sign` where nothing is proposed, or nobody signed the one asked.
    """
    found = await read_procedure(unit, procedure_id)
    proposal = found.proposal
    if proposal_id is not None and (proposal is None or proposal["id"] != proposal_id):
        signed = (p for p in found.proposals if p["id"] == proposal_id and p["frozen_at"] is not None)
        proposal = next(signed, None)
    elif proposal is None and found.decision is not None:
        proposal = next(p for p in found.proposals if p["id"] == found.decision["formal_proposal_id"])
    if proposal is None:
        raise Conflict("formal.nothing_to_sign", case_id=found.case["id"])
    return found, proposal, await signing_content(unit, found, proposal)


def read_content(content: bytes) -> dict[str, Any]:
    """Return signed bytes as the document they are."""
    found: dict[str, Any] = json.loads(content)
    return found
