"""Officers of an identification: several, of different organisations, the police also later; what each sees ends."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, or_, select, update

from app.domain.consent import Answer
from app.domain.forms.fields import check_past
from app.domain.forms.identification import AddOfficer, OfficerRole
from app.domain.ids import uuid7
from app.domain.policy import ROLE_CLASSES, DataClass
from app.domain.problems import Forbidden, Invalid
from app.services.events import record_event
from app.services.reference import require_organisation
from app.services.sharing import cover_of
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account, assignment
from app.storage.cases import case_denial, case_grant
from app.storage.identifications import identification_officer
from app.storage.organisations import organisation

SHARED = (DataClass.MILESTONES, DataClass.IDENTIFICATION)
"""What an organisation that joins sees of the case, until the decision."""
_LASTING = ("opening", "care_team")
"""Grants that outlast an identification: whoever holds one needs none of its own."""
JOINED = "identification_officer_joined"

_USUAL: dict[str, OfficerRole] = {
    "POLICE": "police",
    "POLICE_ANTI_TRAFFICKING": "police",
    "BORDER_POLICE": "border_police",
    "CHILD_PROTECTION_UNIT": "child_protection",
    "LABOUR_INSPECTORATE": "labour_inspector",
    "HEALTH": "health",
    "MENTAL_HEALTH": "psychologist",
    "SCHOOL": "education",
    "LEGAL_AID": "legal",
    "CONSULATE": "consular",
    "MOBILE_UNIT": "social_worker",
    "REGIONAL_SOCIAL_SERVICE": "social_worker",
    "STATE_SOCIAL_SERVICE": "social_worker",
    "MUNICIPAL_SOCIAL": "social_worker",
    "CENTRE_SOCIAL_WORK": "social_worker",
    "SHELTER_STATE": "social_worker",
    "SHELTER_NGO": "social_worker",
}
"""What an officer of such an organisation usually is; only a start, the form says it otherwise."""


async def officers_of(unit: UnitOfWork, row_id: UUID) -> list[RowMapping]:
    """Return who takes part, in the order they joined, with the names of their organisations and of named persons."""
    query = (
        select(identification_officer, organisation.c.name_sq, organisation.c.name_en, account.c.display_name)
        .join(organisation, organisation.c.id == identification_officer.c.org_id)
        .outerjoin(account, account.c.id == identification_officer.c.account_id)
        .where(identification_officer.c.identification_id == row_id)
        .order_by(identification_officer.c.joined_at, identification_officer.c.id)
    )
    return list((await unit.execute(query)).mappings())


async def list_officers(unit: UnitOfWork, row: RowMapping) -> list[RowMapping]:
    """Return the officers of an identification; the read is written down."""
    await unit.case(row["case_id"], "identification.read")
    found = await officers_of(unit, row["id"])
    unit.audit(
        "identification.read",
        subject_kind="identification",
        subject_id=row["id"],
        cases=[row["case_id"]],
        officers=len(found),
    )
    return found


async def join(unit: UnitOfWork, row_id: UUID, case_id: UUID, at: datetime) -> UUID:
    """Return the actor's own entry among the officers; who writes down what was seen takes part by that."""
    query = select(identification_officer.c.id).where(
        identification_officer.c.identification_id == row_id,
        identification_officer.c.account_id == unit.actor.account_id,
        identification_officer.c.org_id == unit.actor.org_id,
    )
    found: UUID | None = (await unit.execute(query)).scalar()
    if found is not None:
        return found
    kind = (await unit.execute(select(organisation.c.kind).where(organisation.c.id == unit.actor.org_id))).scalar_one()
    role = _USUAL.get(kind, "other")
    return await _add(unit, row_id, case_id, unit.actor.org_id, unit.actor.account_id, kind, role, at)


async def _add(
    unit: UnitOfWork,
    row_id: UUID,
    case_id: UUID,
    org_id: UUID,
    account_id: UUID | None,
    kind: str,
    role: OfficerRole,
    at: datetime,
) -> UUID:
    officer_id = uuid7()
    await unit.execute(
        insert(identification_officer).values(
            id=officer_id,
            identification_id=row_id,
            case_id=case_id,
            org_id=org_id,
            account_id=account_id,
            organisation_kind=kind,
            role=role,
            joined_at=at,
            added_by=unit.actor.account_id,
        )
    )
    return officer_id


async def add_officer(unit: UnitOfWork, case: RowMapping, row: RowMapping, form: AddOfficer) -> UUID:
    """Let an organisation (or one named person of it) join an identification that is not decided yet.

    Where it does not see the case yet, it does from now on: milestones and identification, until the decision or
    `until`. Only who began the identification or answers for the case may open it to others. Returns the officer's id.
    """
    actor = unit.actor
    if form.org_id != actor.org_id and actor.org_id not in (row["org_id"], case["responsible_org_id"]):
        raise Forbidden("identification.only_lead_adds")
    at = form.joined_at or unit.now
    check_past("joined_at", at, unit.now)
    if at < row["started_at"]:
        raise Invalid.one("joined_at", "identification.joined_before_start")
    if form.until is not None and form.until <= unit.now:
        raise Invalid.one("until", "identification.until_past")
    joining = await require_organisation(unit, form.org_id, "org_id")
    await _check_person(unit, form)
    await _check_denied(unit, case["id"], form)
    twice = select(identification_officer.c.id).where(
        identification_officer.c.identification_id == row["id"],
        identification_officer.c.org_id == form.org_id,
        identification_officer.c.account_id.is_not_distinct_from(form.account_id),
    )
    if (await unit.execute(twice)).first() is not None:
        raise Invalid.one("org_id", "identification.already_officer")
    officer_id = await _add(unit, row["id"], case["id"], form.org_id, form.account_id, joining["kind"], form.role, at)
    opened = form.org_id != actor.org_id and not await _sees_already(unit, case["id"], form)
    if opened:
        await check_word(unit, case, joining)
        await _open_to(unit, case["id"], row["id"], form)
    await record_event(
        unit,
        case,
        JOINED,
        at,
        data_class=DataClass.IDENTIFICATION,
        subject_kind="identification",
        subject_id=row["id"],
        organisation_kind=joining["kind"],
        role=form.role,
    )
    unit.audit(
        "identification.record",
        subject_kind="identification",
        subject_id=row["id"],
        version=row["version"],
        cases=[case["id"]],
        changed=["officers"],
        joined=str(form.org_id),
        opened=opened,
    )
    return officer_id


async def people_of(unit: UnitOfWork, org_id: UUID) -> list[RowMapping]:
    """Return the people of an organisation who can take part in an identification, by name."""
    able = [role.value for role, classes in ROLE_CLASSES.items() if DataClass.IDENTIFICATION in classes]
    query = (
        select(account.c.id, account.c.display_name)
        .distinct()
        .join(assignment, assignment.c.account_id == account.c.id)
        .where(
            assignment.c.org_id == org_id,
            assignment.c.role.in_(able),
            assignment.c.valid_from <= unit.now,
            or_(assignment.c.valid_to.is_(None), assignment.c.valid_to > unit.now),
            account.c.active.is_(True),
        )
        .order_by(account.c.display_name, account.c.id)
    )
    return list((await unit.execute(query)).mappings())


async def _check_person(unit: UnitOfWork, form: AddOfficer) -> None:
    if form.account_id is not None and form.account_id not in {
        person["id"] for person in await people_of(unit, form.org_id)
    }:
        raise Invalid.one("account_id", "identification.person_elsewhere")


async def _check_denied(unit: UnitOfWork, case_id: UUID, form: AddOfficer) -> None:
    """Refuse somebody who is kept from the case. Who may not read denials adds them in vain: denials beat grants."""
    query = select(case_denial.c.id).where(
        case_denial.c.case_id == case_id,
        or_(case_denial.c.org_id == form.org_id, case_denial.c.account_id == form.account_id),
        or_(case_denial.c.valid_to.is_(None), case_denial.c.valid_to > unit.now),
    )
    if (await unit.execute(query)).first() is not None:
        raise Invalid.one("account_id" if form.account_id else "org_id", "identification.officer_denied")


async def check_word(unit: UnitOfWork, case: RowMapping, joining: RowMapping) -> None:
    """Refuse an organisation to which an adult has said no, or not yes to this; where nothing was said, one may ask.

    A child's identification follows the best interest, not the child's word.
    """
    if case["is_child"]:
        return
    cover = await cover_of(unit, case, joining)
    asked = any(entry.purpose == cover.purpose and entry.answer is not Answer.NOT_ASKED for entry in cover.ledger)
    if asked and DataClass.IDENTIFICATION not in {one.data_class for one in cover.covered}:
        raise Invalid.one("org_id", "identification.person_said_no")


async def _sees_already(unit: UnitOfWork, case_id: UUID, form: AddOfficer) -> bool:
    holders: list[Any] = [case_grant.c.org_id == form.org_id]
    if form.account_id is not None:
        holders.append(case_grant.c.account_id == form.account_id)
    query = select(case_grant.c.id).where(
        case_grant.c.case_id == case_id,
        or_(*holders),
        case_grant.c.data_classes.contains([one.value for one in SHARED]),
        case_grant.c.basis.in_(_LASTING),
        or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
    )
    return (await unit.execute(query)).first() is not None


async def _open_to(unit: UnitOfWork, case_id: UUID, row_id: UUID, form: AddOfficer) -> None:
    await unit.execute(
        insert(case_grant).values(
            id=uuid7(),
            case_id=case_id,
            org_id=None if form.account_id else form.org_id,
            account_id=form.account_id,
            data_classes=[one.value for one in SHARED],
            basis="team",
            source_id=row_id,
            valid_to=form.until,
            granted_by=unit.actor.account_id,
        )
    )


async def close_team(unit: UnitOfWork, row_id: UUID) -> None:
    """End what an identification opened to its team; the last thing a decision does, for it may end one's own sight."""
    await unit.execute(
        update(case_grant)
        .where(
            case_grant.c.source_id == row_id,
            case_grant.c.basis == "team",
            or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
        )
        .values(valid_to=unit.now)
    )
