"""Guardians of a child: appointed by a decision, never the suspect, ended with a reason; who stands now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text, update

from app.domain.children import Candidate, check_guardian
from app.domain.forms.children import AppointGuardian, EndGuardian
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Forbidden, Invalid, NotFound
from app.services.child_age import require_child
from app.services.child_records import by_us, found, history
from app.services.events import record_event
from app.services.reference import require_organisation
from app.services.risk_standing import domains_now
from app.services.unit_of_work import UnitOfWork
from app.storage.children import guardian, guardian_identity

TABLE = "casework.guardian"
NAMES = "casework.guardian_identity"


@dataclass(frozen=True, slots=True)
class Standing:
    """The guardian who decides for the child now; name and contact None where the reader may not see identity."""

    row: Mapping[str, Any]
    name: str | None
    contact: str | None
    contact_safe: str | None
    decision_number: str | None


async def appoint_guardian(unit: UnitOfWork, case_id: UUID, form: AppointGuardian) -> RowMapping:
    """Record the appointment of a guardian; the same client-made id again returns the same record.

    Refused, with the reason: a guardian under suspicion; somebody of the family where the family is involved; a
    relation that the file knows as the recruiter's.
    """
    case = await unit.case(case_id, "child.record")
    profile = unit.profile_of(case)
    row_id = form.id or uuid7()
    already = await found(unit, guardian, case_id, row_id)
    if already is not None:
        unit.audit("child.record", subject_kind="guardian", subject_id=row_id, cases=[case_id], outcome="repeated")
        return already
    if not await unit.may_see(case_id, DataClass.IDENTITY):
        raise Forbidden("case.class_locked", data_class="identity", case_id=case_id)
    check_codes(form, profile)
    check_past("appointed_at", form.appointed_at, unit.now)
    await require_child(unit, case, form.appointed_at, "guardian")
    if form.guardian_org_id is not None:
        await require_organisation(unit, form.guardian_org_id, "guardian_org_id")
    relation = profile.code("guardian_relation", form.relation).attributes
    recruiter = relation.get("recruiter")
    candidate = Candidate(
        relation=form.relation,
        family=bool(relation.get("family")),
        parent=bool(relation.get("by_parent")),
        recruiter=recruiter if isinstance(recruiter, str) else None,
        suspected=form.suspected,
        other_person=form.other_person or "",
    )
    known = (
        {candidate.recruiter} if candidate.recruiter and await _recruited(unit, case_id, candidate.recruiter) else ()
    )
    check_guardian(candidate, await domains_now(unit, case_id), {one for one in known if one})
    if await standing_row(unit, case_id) is not None:
        raise Conflict("guardian.stands_already")
    texts = {"decision_number": form.decision_number, "other_person": form.other_person, "note": form.note}
    unit.add(
        guardian,
        id=row_id,
        case_id=case_id,
        **by_us(unit),
        appointed_at=form.appointed_at,
        relation=form.relation,
        decision_body=form.decision_body,
        guardian_org_id=form.guardian_org_id,
        version=1,
        **await unit.seal_for_case(case_id, TABLE, row_id, texts),
    )
    name_id = uuid7()
    unit.add(
        guardian_identity,
        id=name_id,
        case_id=case_id,
        guardian_id=row_id,
        **by_us(unit),
        contact_safe=form.contact_safe,
        **await unit.seal_for_case(case_id, NAMES, name_id, {"name": form.name, "contact": form.contact}),
    )
    await record_event(unit, case, "GUARDIAN_APPOINTED", form.appointed_at, subject_kind="guardian", subject_id=row_id)
    unit.audit(
        "child.record",
        subject_kind="guardian",
        subject_id=row_id,
        version=1,
        cases=[case_id],
        classes=["casework", "identity"],
        relation=form.relation,
    )
    row = await found(unit, guardian, case_id, row_id)
    assert row is not None
    return row


async def _recruited(unit: UnitOfWork, case_id: UUID, relation: str) -> bool:
    given = {"case": case_id, "relation": relation}
    return bool((await unit.execute(text("select casework.recruited_by(:case, :relation)"), given)).scalar())


async def end_guardian(
    unit: UnitOfWork, case_id: UUID, guardian_id: UUID, form: EndGuardian, expected: int | None
) -> RowMapping:
    """End a guardianship with its reason; it stays on record, and it ends once."""
    case = await unit.case(case_id, "child.record")
    check_codes(form, unit.profile_of(case))
    check_past("ended_at", form.ended_at, unit.now)
    row = await one_guardian(unit, case_id, guardian_id)
    await unit.check_version(guardian_id, row["version"], expected)
    if row["ended_at"] is not None:
        raise Conflict("guardian.ended")
    if form.ended_at < row["appointed_at"]:
        raise Invalid.one("ended_at", "guardian.ends_before_start")
    sealed = await unit.seal_for_case(case_id, TABLE, guardian_id, {"end_note": form.note})
    await unit.execute(
        update(guardian)
        .where(guardian.c.id == guardian_id, guardian.c.ended_at.is_(None))
        .values(
            ended_at=form.ended_at,
            end_reason=form.reason,
            ended_by=unit.actor.account_id,
            version=row["version"] + 1,
            **sealed,
        )
    )
    await record_event(
        unit, case, "guardian_ended", form.ended_at, subject_kind="guardian", subject_id=guardian_id, reason=form.reason
    )
    unit.audit(
        "child.record",
        subject_kind="guardian",
        subject_id=guardian_id,
        version=row["version"] + 1,
        cases=[case_id],
        changed=["ended_at", "end_reason"],
        reason=form.reason,
    )
    after = await found(unit, guardian, case_id, guardian_id)
    assert after is not None
    return after


async def one_guardian(unit: UnitOfWork, case_id: UUID, guardian_id: UUID) -> RowMapping:
    """Return one guardianship of a case; `NotFound` for any other id. The caller audits."""
    row = await found(unit, guardian, case_id, guardian_id)
    if row is None:
        raise NotFound("guardian.unknown")
    return row


async def standing_row(unit: UnitOfWork, case_id: UUID) -> RowMapping | None:
    """Return the guardianship that has not ended, None where none stands (or the actor may not see casework)."""
    query = select(guardian).where(guardian.c.case_id == case_id, guardian.c.ended_at.is_(None))
    row: RowMapping | None = (
        (await unit.execute(query.order_by(guardian.c.appointed_at.desc()).limit(1))).mappings().first()
    )
    return row


async def standing_guardian(unit: UnitOfWork, case_id: UUID) -> Standing | None:
    """Return who decides for the child now, with the name where the actor may see identity; the caller audits."""
    row = await standing_row(unit, case_id)
    if row is None:
        return None
    opened = await unit.open_for_case(case_id, TABLE, dict(row), "decision_number")
    names = await _names(unit, case_id)
    who = names.get(row["id"], {})
    return Standing(dict(row), who.get("name"), who.get("contact"), who.get("contact_safe"), opened["decision_number"])


async def _names(unit: UnitOfWork, case_id: UUID) -> dict[UUID, dict[str, Any]]:
    query = select(guardian_identity).where(guardian_identity.c.case_id == case_id)
    return {
        row["guardian_id"]: {
            **await unit.open_for_case(case_id, NAMES, dict(row), "name", "contact"),
            "contact_safe": row["contact_safe"],
        }
        for row in (await unit.execute(query)).mappings()
    }


async def list_guardians(unit: UnitOfWork, case_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Return every guardian of the case, the newest first; `name` and `contact` None without the identity."""
    names = await _names(unit, case_id)
    empty = {"name": None, "contact": None, "contact_safe": None}
    rows = await history(unit, guardian, case_id, "appointed_at", "decision_number", "other_person", "note", "end_note")
    return [{**row, **names.get(row["id"], empty)} for row in rows]
