"""Keeping somebody away from one case: a denial beats every grant, and ends only by the hand of who answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, and_, insert, or_, select, text, update

from app.domain.forms.access import Deny
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Forbidden, Invalid, NotFound
from app.services.reference import require_organisation
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.accounts import account, assignment
from app.storage.cases import case_denial, case_grant
from app.storage.organisations import organisation
from app.storage.referrals import referral


@dataclass(frozen=True, slots=True)
class Denials:
    """Who never sees a case, those in force first, and (id, name, organisation) of people who could be kept away."""

    case: CaseRow
    denials: Sequence[RowMapping]
    people: Sequence[RowMapping]


async def _case(unit: UnitOfWork, case_id: UUID) -> CaseRow:
    """Return a case the actor may deny to somebody: who answers for it, and the Responsible Authority."""
    case = await unit.case(case_id, "access.deny")
    allowed = await unit.execute(text("select casework.may_deny(:case)"), {"case": case_id})
    if not allowed.scalar():
        raise Forbidden("access.not_responsible", case_id=case_id)
    return case


async def deny(unit: UnitOfWork, case_id: UUID, form: Deny) -> UUID:
    """Keep an organisation, or one person of it, away from a case; returns the id of the denial.

    It holds at once, whatever grant there is. Whoever is responsible cannot be kept away: the case is handed over
    first. The same client-made id again is the same denial.
    """
    case = await _case(unit, case_id)
    if (form.org_id is None) == (form.account_id is None):
        raise Invalid.one("account_id", "access.one_of_both")
    await _check_whom(unit, case, form)
    denial_id = form.id or uuid7()
    query = select(case_denial.c.id).where(case_denial.c.id == denial_id, case_denial.c.case_id == case_id)
    if (await unit.execute(query)).scalar() is not None:
        unit.audit("access.deny", subject_kind="denial", subject_id=denial_id, cases=[case_id], outcome="repeated")
        return denial_id
    same = select(case_denial.c.id).where(
        case_denial.c.case_id == case_id,
        or_(case_denial.c.org_id == form.org_id, case_denial.c.account_id == form.account_id),
        or_(case_denial.c.valid_to.is_(None), case_denial.c.valid_to > unit.now),
    )
    if (await unit.execute(same)).scalar() is not None:
        raise Conflict("access.denied_already")
    await unit.execute(
        insert(case_denial).values(
            id=denial_id,
            case_id=case_id,
            org_id=form.org_id,
            account_id=form.account_id,
            reason=form.reason,
            denied_by=unit.actor.account_id,
        )
    )
    unit.audit(
        "access.deny",
        subject_kind="denial",
        subject_id=denial_id,
        cases=[case_id],
        decided="denied",
        reason=form.reason,
        org=str(form.org_id) if form.org_id else None,
        account=str(form.account_id) if form.account_id else None,
    )
    return denial_id


async def _check_whom(unit: UnitOfWork, case: CaseRow, form: Deny) -> None:
    if form.org_id is not None:
        await require_organisation(unit, form.org_id, "org_id")
        if form.org_id == case["responsible_org_id"]:
            raise Invalid.one("org_id", "access.responsible")
        return
    query = select(assignment.c.id).where(
        assignment.c.account_id == form.account_id, assignment.c.jurisdiction == unit.actor.jurisdiction
    )
    if (await unit.execute(query)).first() is None:
        raise Invalid.one("account_id", "access.unknown_person")
    if form.account_id == case["responsible_account_id"]:
        raise Invalid.one("account_id", "access.responsible")


async def end_denial(unit: UnitOfWork, case_id: UUID, denial_id: UUID) -> None:
    """End a denial; only who answers for the case, or the Responsible Authority, can, and never who is kept away."""
    await _case(unit, case_id)
    query = select(case_denial).where(case_denial.c.id == denial_id, case_denial.c.case_id == case_id)
    row = (await unit.execute(query)).mappings().first()
    if row is None:
        raise NotFound("access.unknown_denial")
    if row["valid_to"] is not None and row["valid_to"] <= unit.now:
        raise Conflict("access.denial_ended")
    await unit.execute(update(case_denial).where(case_denial.c.id == denial_id).values(valid_to=unit.now))
    unit.audit(
        "access.deny",
        subject_kind="denial",
        subject_id=denial_id,
        cases=[case_id],
        changed=["valid_to"],
        decided="ended",
    )


async def list_denials(unit: UnitOfWork, case_id: UUID) -> Denials:
    """Return who never sees a case, the newest first, with the names the page needs."""
    case = await _case(unit, case_id)
    query = (
        select(
            case_denial,
            organisation.c.name_sq,
            organisation.c.name_en,
            account.c.display_name,
        )
        .outerjoin(organisation, organisation.c.id == case_denial.c.org_id)
        .outerjoin(account, account.c.id == case_denial.c.account_id)
        .where(case_denial.c.case_id == case_id)
        .order_by(case_denial.c.valid_to.is_not(None), case_denial.c.id.desc())
    )
    rows = list((await unit.execute(query)).mappings())
    people = await _people(unit, case_id)
    unit.audit("access.deny", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(rows))
    return Denials(case, rows, people)


async def _people(unit: UnitOfWork, case_id: UUID) -> list[RowMapping]:
    """Return the people of the organisations that hold the case or were asked to take it on: a few, not everybody."""
    held = select(case_grant.c.org_id).where(case_grant.c.case_id == case_id, case_grant.c.org_id.is_not(None))
    asked = select(referral.c.receiver_org_id).where(
        referral.c.case_id == case_id, referral.c.receiver_org_id.is_not(None)
    )
    query = (
        select(
            account.c.id,
            account.c.display_name,
            organisation.c.name_sq,
            organisation.c.name_en,
        )
        .distinct()
        .join(assignment, assignment.c.account_id == account.c.id)
        .join(organisation, organisation.c.id == assignment.c.org_id)
        .where(
            account.c.active.is_(True),
            or_(assignment.c.valid_to.is_(None), assignment.c.valid_to > unit.now),
            and_(assignment.c.org_id.in_(held.union(asked)), account.c.id != unit.actor.account_id),
        )
        .order_by(organisation.c.name_sq, account.c.display_name)
    )
    return list((await unit.execute(query)).mappings())
