"""Passing a case on: to a named person of a named organisation, with what the sender holds and the reason."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, insert, or_, select, update

from app.domain.case_life import CaseLife, HandOver, check_hand_over
from app.domain.forms.case_closing import HandOverCase
from app.domain.ids import uuid7
from app.domain.policy import ACTIONS, DataClass
from app.domain.problems import FieldError, Invalid
from app.services.access_requests import GRANTS
from app.services.events import record_event
from app.services.reference import require_organisation
from app.services.tasks import move_open
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account, assignment
from app.storage.cases import case_denial, case_file, case_grant
from app.storage.organisations import organisation

_RENAMED = {"organisation": "to_org_id", "person": "to_account_id"}
_WHO_CAN = sorted(ACTIONS["case.hand_over"].roles)
"""Roles that can answer for a case: those that could pass it on again."""


def life_of(case: RowMapping) -> CaseLife:
    """Return the life of a case as its row keeps it."""
    return CaseLife(
        is_open=case["state"] != "closed",
        since=case["closed_at"] or case["opened_at"],
        reason=case["closure_reason"] or "",
        organisation=case["responsible_org_id"],
        person=case["responsible_account_id"],
    )


def _may_answer(unit: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return (
        assignment.c.jurisdiction == unit.actor.jurisdiction,
        assignment.c.role.in_(_WHO_CAN),
        assignment.c.valid_from <= unit.now,
        or_(assignment.c.valid_to.is_(None), assignment.c.valid_to > unit.now),
    )


async def receiving_organisations(unit: UnitOfWork) -> Sequence[RowMapping]:
    """Return the organisations of the jurisdiction where somebody can answer for a case, by name."""
    query = (
        select(organisation.c.id, organisation.c.name_sq, organisation.c.name_en)
        .join(assignment, assignment.c.org_id == organisation.c.id)
        .where(organisation.c.active.is_(True), *_may_answer(unit))
        .group_by(organisation.c.id, organisation.c.name_sq, organisation.c.name_en)
        .order_by(organisation.c.name_sq, organisation.c.id)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def people_of(unit: UnitOfWork, org_id: UUID) -> Sequence[RowMapping]:
    """Return who of an organisation can answer for a case: id, display_name, role."""
    query = (
        select(account.c.id, account.c.display_name, func.min(assignment.c.role).label("role"))
        .join(assignment, assignment.c.account_id == account.c.id)
        .where(assignment.c.org_id == org_id, account.c.active.is_(True), *_may_answer(unit))
        .group_by(account.c.id, account.c.display_name)
        .order_by(account.c.display_name, account.c.id)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def hand_over(unit: UnitOfWork, case_id: UUID, form: HandOverCase, expected: int | None) -> RowMapping:
    """Pass the responsibility on. The receiver gets every class the sender's organisation holds, never an address.

    What the sender still owes in the case goes along. Where the sender stops working with it, it keeps the
    milestones only. Returns the case as it stands afterwards.
    """
    case = await unit.case(case_id, "case.hand_over", lock=True)
    await unit.check_version(case_id, case["version"], expected)
    await require_organisation(unit, form.to_org_id, "to_org_id")
    people = {row["id"] for row in await people_of(unit, form.to_org_id)}
    wanted = HandOver(form.to_org_id, form.to_account_id, form.reason)
    works_there = form.to_account_id in people
    try:
        check_hand_over(life_of(case), unit.actor.org_id, wanted, works_there, await _denied(unit, case_id, form))
    except Invalid as wrong:
        errors = [FieldError(_RENAMED.get(e.field, e.field), e.code, e.params) for e in wrong.errors]
        raise Invalid(errors) from wrong
    elsewhere = form.to_org_id != unit.actor.org_id
    classes = await _held(unit, case_id)
    if elsewhere:
        await _grant(unit, case_id, form.to_org_id, classes, form.reason)
        if not form.keep_working:
            await _keep_milestones_only(unit, case_id)
    await move_open(unit, case_id, unit.actor.org_id, form.to_org_id, form.to_account_id)
    await record_event(unit, case, "handed_over", unit.now, to_org=str(form.to_org_id), keeps=form.keep_working)
    changed = {"responsible_org_id": form.to_org_id, "responsible_account_id": form.to_account_id}
    await unit.execute(
        update(case_file).where(case_file.c.id == case_id).values(**changed, version=case["version"] + 1)
    )
    unit.audit(
        "case.hand_over",
        subject_kind="case",
        subject_id=case_id,
        version=case["version"] + 1,
        cases=[case_id],
        classes=classes,
        changed=changed,
        to_org=str(form.to_org_id),
        keeps=form.keep_working,
    )
    return await unit.case(case_id, "case.read")


async def _denied(unit: UnitOfWork, case_id: UUID, form: HandOverCase) -> bool:
    query = select(case_denial.c.id).where(
        case_denial.c.case_id == case_id,
        or_(case_denial.c.account_id == form.to_account_id, case_denial.c.org_id == form.to_org_id),
        case_denial.c.valid_from <= unit.now,
        or_(case_denial.c.valid_to.is_(None), case_denial.c.valid_to > unit.now),
    )
    return (await unit.execute(query)).first() is not None


async def _own_grants(unit: UnitOfWork, case_id: UUID) -> Sequence[RowMapping]:
    query = select(case_grant).where(
        case_grant.c.case_id == case_id,
        case_grant.c.org_id == unit.actor.org_id,
        case_grant.c.valid_from <= unit.now,
        or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def _held(unit: UnitOfWork, case_id: UUID) -> list[str]:
    """Return the classes the sender's organisation holds for good, without the address of a shelter."""
    held = {key for row in await _own_grants(unit, case_id) if row["valid_to"] is None for key in row["data_classes"]}
    return [c.value for c in DataClass if c.value in held and c is not DataClass.SHELTER_LOCATION]


async def _grant(unit: UnitOfWork, case_id: UUID, org_id: UUID, classes: list[str], reason: str | None) -> None:
    grant_id = uuid7()
    sealed = await unit.seal_for_case(case_id, GRANTS, grant_id, {"reason_text": reason})
    await unit.execute(
        insert(case_grant).values(
            id=grant_id,
            case_id=case_id,
            org_id=org_id,
            data_classes=classes,
            basis="care_team",
            reason="hand_over",
            granted_by=unit.actor.account_id,
            **sealed,
        )
    )


async def _keep_milestones_only(unit: UnitOfWork, case_id: UUID) -> None:
    """End what the sender's organisation held, and let it follow how the case goes on."""
    ending = [row["id"] for row in await _own_grants(unit, case_id) if row["valid_to"] is None]
    await _grant(unit, case_id, unit.actor.org_id, [DataClass.MILESTONES.value], None)
    await unit.execute(update(case_grant).where(case_grant.c.id.in_(ending)).values(valid_to=func.now()))
