"""Signatures, the decision, appeal and reconsideration: each member's own act, nothing overwritten."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.domain import formal_identification as rules
from app.domain.forms.fields import check_past
from app.domain.forms.formal_identification import AppealDecision, Reconsider, SignDecision, TakeDecision
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Forbidden, Invalid
from app.domain.victim_status import Kind
from app.services import signing_code
from app.services.formal_identification import (
    SUBJECT,
    UNDECIDED,
    MemberRow,
    Procedure,
    acting_member,
    for_act,
    set_state,
    tell,
    tell_aside,
    written,
)
from app.services.formal_proposals import freeze, signing_content
from app.services.known_devices import Caller
from app.services.unit_of_work import UnitOfWork
from app.storage.formal_identification import formal_decision, formal_proposal, formal_review, formal_signature


async def sign(unit: UnitOfWork, procedure_id: UUID, form: SignDecision, caller: Caller) -> rules.Outcome:
    """Sign a proposal, agreeing or dissenting, with a fresh code; returns how the signatures stand then.

    Exactly what was read is signed: another content than `content_sha256` names is refused. A dissent under the
    profile's rule sends the proposal back to the team.
    """
    found = await for_act(unit, procedure_id, "formal.sign", *UNDECIDED)
    own = acting_member(unit, found)
    proposal = _to_sign(found, own)
    content = await signing_content(unit, found, proposal)
    if rules.digest(content) != form.content_sha256:
        raise Conflict("formal.content_changed", case_id=found.case["id"])
    agrees = form.vote == "agrees"
    if not agrees and not form.dissent:
        raise Invalid.one("dissent", "formal.dissent_reason_missing")
    await signing_code.confirm(unit, form.code, caller, "formal.sign")
    await freeze(unit, found, proposal, content)
    row_id = uuid7()
    case_id = found.case["id"]
    await unit.execute(
        insert(formal_signature).values(
            **written(unit, found, row_id),
            **await unit.seal_for_case(case_id, "casework.formal_signature", row_id, {"dissent": form.dissent}),
            formal_proposal_id=proposal["id"],
            formal_member_id=own.row["id"],
            signed_at=unit.now,
            method="totp",
            content_sha256=form.content_sha256,
            agrees=agrees,
        )
    )
    votes = [*found.votes(proposal["id"]), rules.Vote(own.row["id"], agrees)]
    stands = rules.outcome(found.profile.formal.signatures, found.team, found.team_members, votes)
    await tell_aside(unit, found, "formal_signed", organisation_kind=own.row["kind"])
    if stands == "returned":
        returned = update(formal_proposal).where(formal_proposal.c.id == proposal["id"]).values(state="returned")
        await unit.execute(returned)
        await tell_aside(unit, found, "formal_proposal_returned")
    unit.audit(
        "formal.sign",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[case_id],
        changed=["signatures"],
        signature=str(row_id),
        vote=form.vote,
        content=form.content_sha256,
        stands=stands,
    )
    return stands


def _to_sign(found: Procedure, own: MemberRow) -> Any:
    case_id = found.case["id"]
    if own.row["kind"] not in found.team.required:
        raise Forbidden("formal.signature_not_asked", case_id=case_id)
    proposal = found.proposal
    if proposal is None:
        raise Conflict("formal.nothing_to_sign", case_id=case_id)
    if any(row["formal_member_id"] == own.row["id"] for row in found.signatures_of(proposal["id"])):
        raise Conflict("formal.signed_already", case_id=case_id)
    return proposal


def missing_words(unit: UnitOfWork, found: Procedure, proposal: Any) -> str:
    """Return whose signature is missing, by the kind of organisation, in the reader's language; empty where none is."""
    votes = found.votes(proposal["id"]) if proposal is not None else []
    kinds = rules.missing_signatures(found.team, found.team_members, votes)
    return ", ".join(found.profile.label("organisation_kind", kind, unit.language) for kind in kinds)


async def decide(unit: UnitOfWork, procedure_id: UUID, form: TakeDecision) -> UUID:
    """Take the decision as it was signed; returns its id. Status, tasks and figures follow from the event.

    Raises Conflict `formal.signature_missing` naming whose signature is missing, Invalid for a date before the last
    interview, the last signature or an earlier decision.
    """
    found = await for_act(unit, procedure_id, "formal.decide", *UNDECIDED, member=True)
    case_id, proposal = found.case["id"], found.proposal
    if proposal is None:
        raise Conflict("formal.nothing_to_sign", case_id=case_id)
    missing = missing_words(unit, found, proposal)
    if missing:
        raise Conflict("formal.signature_missing", missing=missing, case_id=case_id)
    if (
        rules.outcome(found.profile.formal.signatures, found.team, found.team_members, found.votes(proposal["id"]))
        != "carried"
    ):
        raise Conflict("formal.not_carried", case_id=case_id)
    check_past("decided_at", form.decided_at, unit.now)
    signatures = found.signatures_of(proposal["id"])
    # A page gives minutes, a signature has seconds: the minute of the last signature is not before it.
    last_signed = [row["signed_at"].replace(second=0, microsecond=0) for row in signatures]
    interviews = [row["occurred_at"] for row in found.interviews]
    rules.check_decided_at(form.decided_at, interviews, last_signed, await _earlier(unit, case_id))
    decided_at = min(max(form.decided_at, *(row["signed_at"] for row in signatures)), unit.now)
    again = found.row["state"] == "reconsidering"
    kind = Kind.RECONSIDERED if again else Kind.FORMAL_DECIDED
    await tell(unit, found.case, kind, decided_at, procedure_id, field_name="decided_at", result=proposal["result"])
    row_id = uuid7()
    await unit.execute(
        insert(formal_decision).values(
            **written(unit, found, row_id),
            formal_proposal_id=proposal["id"],
            round=found.row["round"],
            number=f"{found.case['code']}/{await _count(unit, case_id) + 1}",
            decided_at=decided_at,
            result=proposal["result"],
            content_sha256=proposal["content_sha256"],
        )
    )
    await unit.execute(update(formal_proposal).where(formal_proposal.c.id == proposal["id"]).values(state="decided"))
    version = await set_state(unit, found, state="decided")
    unit.audit(
        "formal.decide",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        version=version,
        cases=[case_id],
        changed=["state", "decision"],
        decision=str(row_id),
        result=proposal["result"],
        again=again,
    )
    return row_id


async def _earlier(unit: UnitOfWork, case_id: UUID) -> list[Any]:
    query = select(formal_decision.c.decided_at).where(formal_decision.c.case_id == case_id)
    return list((await unit.execute(query)).scalars())


async def _count(unit: UnitOfWork, case_id: UUID) -> int:
    query = select(func.count()).select_from(formal_decision).where(formal_decision.c.case_id == case_id)
    return int((await unit.execute(query)).scalar_one())


def appeal_until(found: Procedure) -> Any:
    """Return when the time to appeal against the latest decision ends; None before the handing over, or where the
    profile knows no number."""
    if found.decision is None:
        return None
    letters = {row["id"] for row in found.letters if row["formal_decision_id"] == found.decision["id"]}
    given = min((row["given_at"] for row in found.handings if row["formal_letter_id"] in letters), default=None)
    return None if given is None else rules.appeal_until(found.profile.formal.appeal, given, found.profile.timezone)


async def appeal(unit: UnitOfWork, procedure_id: UUID, form: AppealDecision) -> bool:
    """Write the person's appeal down; returns whether it came late, which refuses nothing."""
    found = await for_act(unit, procedure_id, "formal.letter", "decided")
    decision = found.decision
    if decision is None:
        raise Conflict("formal.not_now.open", case_id=found.case["id"])
    check_past("appealed_at", form.appealed_at, unit.now)
    if form.appealed_at < decision["decided_at"].replace(second=0, microsecond=0):
        raise Invalid.one("appealed_at", "formal.appeal_before_decision")
    at = max(form.appealed_at, decision["decided_at"])
    due = appeal_until(found)
    late = due is not None and at > due
    row_id = uuid7()
    await tell(
        unit, found.case, Kind.APPEALED, at, procedure_id, field_name="appealed_at", by=form.appealed_by, late=late
    )
    await unit.execute(
        insert(formal_review).values(
            **written(unit, found, row_id),
            **await unit.seal_for_case(
                found.case["id"], "casework.formal_review", row_id, {"reason": form.appeal_reason}
            ),
            formal_decision_id=decision["id"],
            kind="appeal",
            occurred_at=min(at, unit.now),
            asked_by=form.appealed_by,
            late=late,
            due_at=due,
        )
    )
    version = await set_state(unit, found, state="appealed")
    unit.audit(
        "formal.letter",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        version=version,
        cases=[found.case["id"]],
        changed=["state"],
        step="appealed",
        late=late,
    )
    return late


async def reconsider(unit: UnitOfWork, procedure_id: UUID, form: Reconsider) -> None:
    """Let the team decide anew, with the reason: after an appeal or for new facts. The first decision stands until
    the new one is signed by every required member too."""
    found = await for_act(unit, procedure_id, "formal.lead", "decided", "appealed")
    decision, actor = found.decision, unit.actor
    ours = actor.org_id in (found.row["org_id"], found.case["responsible_org_id"])
    if not ours:
        acting_member(unit, found)
    if decision is None:
        raise Conflict("formal.not_now.open", case_id=found.case["id"])
    check_past("reopened_at", form.reopened_at, unit.now)
    if form.reopened_at < decision["decided_at"].replace(second=0, microsecond=0):
        raise Invalid.one("reopened_at", "formal.reopened_before_decision")
    row_id = uuid7()
    await unit.execute(
        insert(formal_review).values(
            **written(unit, found, row_id),
            **await unit.seal_for_case(
                found.case["id"], "casework.formal_review", row_id, {"reason": form.review_reason}
            ),
            formal_decision_id=decision["id"],
            kind="reconsideration",
            occurred_at=min(form.reopened_at, unit.now),
            asked_by="team",
        )
    )
    await tell_aside(unit, found, "formal_reopened", min(form.reopened_at, unit.now))
    version = await set_state(unit, found, state="reconsidering", round=found.row["round"] + 1)
    unit.audit(
        "formal.lead",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        version=version,
        cases=[found.case["id"]],
        changed=["state", "round"],
        step="reopened",
    )
