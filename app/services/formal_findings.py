"""Interviews of the team and its findings: on each element of the offence, with what in the file carries them."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Table, insert, select

from app.domain.formal_identification import Interview, check_interview, elements_of
from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.formal_identification import RecordGround, RecordInterview
from app.domain.ids import uuid7
from app.domain.problems import FieldError, Invalid
from app.domain.victim_status import Kind
from app.services.formal_identification import (
    SUBJECT,
    UNDECIDED,
    Procedure,
    for_act,
    reflecting_at,
    tell,
    tell_aside,
    written,
)
from app.services.formal_proposals import void_signatures
from app.services.unit_of_work import UnitOfWork
from app.storage.exploitations import exploitation
from app.storage.formal_identification import formal_ground, formal_interview
from app.storage.identifications import identification, observation
from app.storage.notes import note

_EVIDENCE: Mapping[str, Table] = {
    "observation": observation,
    "exploitation": exploitation,
    "identification": identification,
    "formal_interview": formal_interview,
    "note": note,
}


async def record_interview(unit: UnitOfWork, procedure_id: UUID, form: RecordInterview) -> UUID:
    """Write an interview of the team down; returns its id. The same client-made id again is the same interview.

    In the person's own time only with the person's own request on record; a further one with its reason; of a child
    with child protection, guardian or representative, and a note on the best interest.
    """
    found = await for_act(unit, procedure_id, "formal.lead", *UNDECIDED, member=True)
    row_id = form.id or uuid7()
    case_id = found.case["id"]
    if any(row["id"] == row_id for row in found.interviews):
        unit.audit("formal.lead", subject_kind=SUBJECT, subject_id=procedure_id, cases=[case_id], outcome="repeated")
        return row_id
    check_codes(form, found.profile)
    check_past("occurred_at", form.occurred_at, unit.now)
    number = len(found.interviews) + 1
    given = Interview(
        occurred_at=form.occurred_at,
        number=number,
        officer_kinds=_officer_kinds(found, form.officers),
        child=found.child,
        guardian=form.guardian,
        best_interest=form.best_interest,
        further_reason=form.further_reason,
        person_asked=form.person_asked_earlier,
        asked_note=form.asked_note,
    )
    reflecting = await reflecting_at(unit, case_id, form.occurred_at)
    check_interview(given, found.row["requested_at"], reflecting, found.profile.child_participants)
    if found.row["state"] == "open":
        await tell(
            unit,
            found.case,
            Kind.FORMAL_INTERVIEWED,
            form.occurred_at,
            procedure_id,
            field_name="occurred_at",
            number=number,
            early=reflecting,
        )
    else:
        # After a decision the status waits for the reconsideration: one more conversation does not move it back.
        await tell_aside(unit, found, "formal_interviewed_again", form.occurred_at, number=number)
    texts = {
        "asked_note": form.asked_note,
        "best_interest": form.best_interest,
        "further_reason": form.further_reason,
        "summary": form.summary,
    }
    await unit.execute(
        insert(formal_interview).values(
            **written(unit, found, row_id),
            **await unit.seal_for_case(case_id, "casework.formal_interview", row_id, texts),
            number=number,
            occurred_at=min(form.occurred_at, unit.now),
            kind=form.kind,
            setting=form.setting,
            officers=[str(one) for one in dict.fromkeys(form.officers)],
            child_friendly_room=form.child_friendly_room,
            audiovisual=form.audiovisual,
            interpreter=form.interpreter,
            guardian=form.guardian,
            person_asked_earlier=form.person_asked_earlier,
        )
    )
    await void_signatures(unit, found, "interview")
    unit.audit(
        "formal.lead",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[case_id],
        changed=["interviews"],
        step="interview",
        early=reflecting,
    )
    return row_id


def _officer_kinds(found: Procedure, officers: Iterable[UUID]) -> frozenset[str]:
    able = {one.row["id"]: one.member for one in found.members if one.member.may_act}
    kinds: set[str] = set()
    for officer in officers:
        if officer not in able:
            raise Invalid.one("officers", "formal.officer_cannot")
        kinds.add(able[officer].kind)
    return frozenset(kinds)


async def record_ground(unit: UnitOfWork, procedure_id: UUID, form: RecordGround) -> UUID:
    """Write the team's finding on one element down; a later one takes its place. Returns its id.

    The means of a child are never asked for. Everything it rests on must lie in the file of the same case.
    """
    found = await for_act(unit, procedure_id, "formal.lead", *UNDECIDED, member=True)
    if form.element not in elements_of(found.profile, found.child):
        raise Invalid.one("element", "formal.element_not_asked")
    await _check_evidence(unit, found, form.evidence)
    row_id = uuid7()
    case_id = found.case["id"]
    await unit.execute(
        insert(formal_ground).values(
            **written(unit, found, row_id),
            **await unit.seal_for_case(case_id, "casework.formal_ground", row_id, {"reasoning": form.reasoning}),
            round=found.row["round"],
            element=form.element,
            finding=form.finding,
            evidence=list(dict.fromkeys(form.evidence)),
        )
    )
    await void_signatures(unit, found, "grounds")
    unit.audit(
        "formal.lead",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[case_id],
        changed=["grounds"],
        step="ground",
        element=form.element,
        finding=form.finding,
    )
    return row_id


async def _check_evidence(unit: UnitOfWork, found: Procedure, evidence: Iterable[str]) -> None:
    by_kind: dict[str, set[UUID]] = {}
    for one in evidence:
        kind, _, given = one.partition(":")
        by_kind.setdefault(kind, set()).add(UUID(given))
    for kind, wanted in by_kind.items():
        table = _EVIDENCE[kind]
        query = select(table.c.id).where(table.c.case_id == found.case["id"], table.c.id.in_(wanted))
        if wanted - set((await unit.execute(query)).scalars()):
            raise Invalid([FieldError("evidence", "formal.evidence_unknown", {})])
