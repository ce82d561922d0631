"""The child-protection worker of a child, with access as long as the assignment, and the agency that monitors."""

from uuid import UUID

from sqlalchemy import RowMapping, or_, select, text, update

from app.domain.forms.children import AssignChildWorker, EndChildWorker, InviteMonitor
from app.domain.forms.fields import check_past
from app.domain.ids import uuid7
from app.domain.policy import ROLE_CLASSES, Role
from app.domain.problems import Conflict, Invalid, NotFound
from app.domain.profile import Profile
from app.services.child_age import require_child
from app.services.child_records import by_us, found
from app.services.events import record_event
from app.services.identification_officers import people_of
from app.services.reference import require_organisation
from app.services.referrals import kept_away
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_event, case_grant
from app.storage.children import child_worker

MONITORED = "CHILD_MONITORED"
NOTIFIED = "CHILD_PROTECTION_NOTIFIED"


def monitors_of(profile: Profile) -> tuple[str, ...]:
    """Return the kinds of organisation that monitor cases of children here, empty where the profile names none."""
    step = next((one for one in profile.steps.values() if one.event == MONITORED), None)
    return step.performed_by if step is not None else ()


async def assign_worker(unit: UnitOfWork, case_id: UUID, form: AssignChildWorker) -> RowMapping:
    """Assign the child-protection worker; who was assigned before is relieved. That child protection was told is met.

    The unit, or the person named, sees what the giver's organisation holds of the case, within their role, for as long
    as the assignment lasts.
    """
    case = await unit.case(case_id, "child.assign", lock=True)
    row_id = form.id or uuid7()
    already = await found(unit, child_worker, case_id, row_id)
    if already is not None:
        unit.audit("child.assign", subject_kind="child_worker", subject_id=row_id, cases=[case_id], outcome="repeated")
        return already
    check_past("since", form.since, unit.now)
    await require_child(unit, case, form.since, "worker")
    profile = unit.profile_of(case)
    org = await require_organisation(unit, form.worker_org_id, "worker_org_id")
    if org["kind"] not in profile.child_participants.required:
        raise Invalid.one("worker_org_id", "child_worker.wrong_kind")
    if form.worker_account_id is not None:
        people = {person["id"] for person in await people_of(unit, org["id"])}
        if form.worker_account_id not in people:
            raise Invalid.one("worker_account_id", "child_worker.person_elsewhere")
    if await kept_away(unit, case_id, org["id"]):
        raise Invalid.one("worker_org_id", "referral.kept_away")
    standing = await standing_worker(unit, case_id)
    if standing is not None:
        same = (standing["worker_org_id"], standing["worker_account_id"])
        if same == (form.worker_org_id, form.worker_account_id):
            raise Conflict("child_worker.already")
        await _end(unit, case, standing, "another_worker")
    unit.add(
        child_worker,
        id=row_id,
        case_id=case_id,
        **by_us(unit),
        worker_org_id=form.worker_org_id,
        worker_account_id=form.worker_account_id,
        since=form.since,
        version=1,
    )
    await unit.flush()
    classes = await _held(unit, case_id)
    unit.add(
        case_grant,
        id=uuid7(),
        case_id=case_id,
        org_id=None if form.worker_account_id else form.worker_org_id,
        account_id=form.worker_account_id,
        data_classes=classes,
        basis="child_protection",
        source_id=row_id,
        granted_by=unit.actor.account_id,
    )
    told = select(case_event.c.id).where(case_event.c.case_id == case_id, case_event.c.kind == NOTIFIED).limit(1)
    if (await unit.execute(told)).scalar() is None:
        await record_event(unit, case, NOTIFIED, form.since, subject_kind="child_worker", subject_id=row_id)
    await record_event(
        unit,
        case,
        "child_worker_assigned",
        form.since,
        subject_kind="child_worker",
        subject_id=row_id,
        to_org=str(form.worker_org_id),
    )
    unit.audit(
        "child.assign",
        subject_kind="child_worker",
        subject_id=row_id,
        version=1,
        cases=[case_id],
        classes=classes,
        org=str(form.worker_org_id),
        account=str(form.worker_account_id) if form.worker_account_id else None,
    )
    row = await found(unit, child_worker, case_id, row_id)
    assert row is not None
    return row


async def _held(unit: UnitOfWork, case_id: UUID) -> list[str]:
    """Return what the actor's organisation holds of the case, within what the role of a case manager reads."""
    wanted = sorted(c.value for c in ROLE_CLASSES[Role.CASE_MANAGER])
    rows = await unit.execute(
        text("select c from unnest(cast(:classes as text[])) c where casework.held_by_us(:case, c)"),
        {"case": case_id, "classes": wanted},
    )
    return [row[0] for row in rows]


async def end_worker(
    unit: UnitOfWork, case_id: UUID, worker_id: UUID, form: EndChildWorker, expected: int | None
) -> RowMapping:
    """End an assignment and the access it gave."""
    case = await unit.case(case_id, "child.assign", lock=True)
    row = await one_worker(unit, case_id, worker_id)
    await unit.check_version(worker_id, row["version"], expected)
    if row["ended_at"] is not None:
        raise Conflict("child_worker.ended")
    # The last word is written before the access behind it ends: the worker may end the own assignment.
    await record_event(
        unit,
        case,
        "child_worker_ended",
        unit.now,
        subject_kind="child_worker",
        subject_id=worker_id,
        reason=form.reason,
    )
    unit.audit(
        "child.assign",
        subject_kind="child_worker",
        subject_id=worker_id,
        version=row["version"] + 1,
        cases=[case_id],
        changed=["ended_at"],
        reason=form.reason,
    )
    await _end(unit, case, row, form.reason)
    return row


async def _end(unit: UnitOfWork, case: CaseRow, row: RowMapping, reason: str) -> None:
    await unit.execute(
        update(child_worker)
        .where(child_worker.c.id == row["id"], child_worker.c.ended_at.is_(None))
        .values(ended_at=unit.now, end_reason=reason, ended_by=unit.actor.account_id, version=row["version"] + 1)
    )
    await unit.execute(
        update(case_grant)
        .where(
            case_grant.c.case_id == case["id"],
            case_grant.c.basis == "child_protection",
            case_grant.c.source_id == row["id"],
            or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
        )
        .values(valid_to=unit.now)
    )


async def one_worker(unit: UnitOfWork, case_id: UUID, worker_id: UUID) -> RowMapping:
    """Return one assignment of a case; `NotFound` for any other id. The caller audits."""
    row = await found(unit, child_worker, case_id, worker_id)
    if row is None:
        raise NotFound("child_worker.unknown")
    return row


async def standing_worker(unit: UnitOfWork, case_id: UUID) -> RowMapping | None:
    """Return the assignment that has not ended, None where nobody is assigned."""
    query = select(child_worker).where(child_worker.c.case_id == case_id, child_worker.c.ended_at.is_(None))
    row: RowMapping | None = (
        (await unit.execute(query.order_by(child_worker.c.since.desc()).limit(1))).mappings().first()
    )
    return row


async def invite_monitor(unit: UnitOfWork, case_id: UUID, form: InviteMonitor) -> None:
    """Let the child-rights agency follow the milestones of a child's case and record its visits; nothing else opens."""
    case = await unit.case(case_id, "child.assign")
    await require_child(unit, case, unit.now, "visit")
    org = await require_organisation(unit, form.agency_org_id, "agency_org_id")
    if org["kind"] not in monitors_of(unit.profile_of(case)):
        raise Invalid.one("agency_org_id", "child_monitor.wrong_kind")
    if await kept_away(unit, case_id, org["id"]):
        raise Invalid.one("agency_org_id", "referral.kept_away")
    open_grant = select(case_grant.c.id).where(
        case_grant.c.case_id == case_id,
        case_grant.c.org_id == org["id"],
        case_grant.c.basis == "child_monitoring",
        or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
    )
    if (await unit.execute(open_grant)).first() is not None:
        raise Conflict("child_monitor.already")
    grant_id = uuid7()
    unit.add(
        case_grant,
        id=grant_id,
        case_id=case_id,
        org_id=org["id"],
        data_classes=["milestones"],
        basis="child_monitoring",
        granted_by=unit.actor.account_id,
    )
    await record_event(
        unit, case, "access_given", unit.now, to_org=str(org["id"]), classes=["milestones"], basis="child_monitoring"
    )
    unit.audit(
        "child.assign",
        subject_kind="grant",
        subject_id=grant_id,
        cases=[case_id],
        classes=["milestones"],
        org=str(org["id"]),
    )
