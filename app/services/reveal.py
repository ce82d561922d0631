"""The authority and one identity: revealed for half an hour with a reason, or open to an officer of the case."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, func, insert, or_, select, update

from app.domain.durations import later, parse_duration
from app.domain.forms.board import AssignAuthority, RevealIdentity
from app.domain.forms.fields import check_codes
from app.domain.ids import uuid7
from app.domain.milestones import REVEAL_REVIEWED
from app.domain.policy import DataClass, Role
from app.domain.problems import Conflict, Invalid, NotFound
from app.services.access_requests import end_of_day
from app.services.events import record_event
from app.services.refusals import require_not_refused
from app.services.tasks import add_task
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account, assignment
from app.storage.cases import case_grant

TABLE = "casework.case_grant"
LASTS = timedelta(minutes=30)
"""How long a revealed identity stays open; then it closes by itself."""
LONGEST_ASSIGNMENT = timedelta(days=31)
IDENTITY = [DataClass.IDENTITY.value]


async def reveal_identity(unit: UnitOfWork, case_id: UUID, form: RevealIdentity) -> datetime:
    """Open one identity to the actor for half an hour; returns when it closes.

    The reason stands in the story of the case, where the responsible organisation reads it and has to look at it.
    A reveal that still runs is not extended.
    """
    case = await unit.case(case_id, "case.read")
    profile = unit.profile_of(case)
    check_codes(form, profile)
    if case["without_identity"] or case["person_id"] is None:
        raise NotFound("person.without_identity", case_id=case_id)
    await require_not_refused(unit, case_id)
    if await unit.may_see(case_id, DataClass.IDENTITY):
        raise Conflict("reveal.open_already")
    grant_id, ends = uuid7(), unit.now + LASTS
    sealed = await unit.seal_for_case(case_id, TABLE, grant_id, {"reason_text": form.text})
    await unit.execute(
        insert(case_grant).values(
            id=grant_id,
            case_id=case_id,
            account_id=unit.actor.account_id,
            data_classes=IDENTITY,
            basis="reveal",
            reason=form.reason,
            valid_to=ends,
            granted_by=unit.actor.account_id,
            **sealed,
        )
    )
    event_id = await record_event(
        unit,
        case,
        "identity_revealed",
        unit.now,
        reason=form.reason,
        minutes=int(LASTS.total_seconds() // 60),
        grant=str(grant_id),
    )
    await add_task(
        unit,
        case,
        rule="reveal.review",
        event=REVEAL_REVIEWED,
        from_event_id=event_id,
        due_at=later(unit.now, parse_duration(profile.own_terms.reveal_review), ZoneInfo(profile.timezone)),
        to_confirm=profile.own_terms.to_confirm,
    )
    unit.audit(
        "identity.reveal",
        subject_kind="case_grant",
        subject_id=grant_id,
        cases=[case_id],
        persons=[case["person_id"]],
        classes=IDENTITY,
        purpose=form.reason,
        minutes=int(LASTS.total_seconds() // 60),
    )
    return ends


async def reveals_of(unit: UnitOfWork, case_id: UUID) -> list[tuple[RowMapping, str]]:
    """Return every reveal of a case with its reason in words, newest first; for who works with the case."""
    case = await unit.case(case_id, "case.read")
    query = (
        select(case_grant, account.c.display_name)
        .join(account, account.c.id == case_grant.c.account_id)
        .where(case_grant.c.case_id == case_id, case_grant.c.basis == "reveal")
        .order_by(case_grant.c.id.desc())
        .limit(50)
    )
    rows = (await unit.execute(query)).mappings().all()
    told = [(row, (await unit.open_for_case(case_id, TABLE, row, "reason_text"))["reason_text"] or "") for row in rows]
    unit.audit("case.read", subject_kind="case_grant", cases=[case["id"]], shown=len(rows))
    return told


async def officers(unit: UnitOfWork) -> Sequence[RowMapping]:
    """Return the officers of the actor's own authority: id and display_name, by name."""
    query = (
        select(account.c.id, account.c.display_name)
        .join(assignment, assignment.c.account_id == account.c.id)
        .where(
            assignment.c.org_id == unit.actor.org_id,
            assignment.c.role == Role.RESPONSIBLE_AUTHORITY.value,
            assignment.c.valid_from <= unit.now,
            or_(assignment.c.valid_to.is_(None), assignment.c.valid_to > unit.now),
            account.c.active.is_(True),
        )
        .group_by(account.c.id, account.c.display_name)
        .order_by(account.c.display_name, account.c.id)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def assign_authority(unit: UnitOfWork, case_id: UUID, form: AssignAuthority) -> UUID:
    """Assign an officer of the authority to a case until a day, a month at most; they see the identity meanwhile."""
    case = await unit.case(case_id, "case.read")
    if case["without_identity"] or case["person_id"] is None:
        raise NotFound("person.without_identity", case_id=case_id)
    await require_not_refused(unit, case_id)
    if form.account_id not in {row["id"] for row in await officers(unit)}:
        raise Invalid.one("account_id", "authority.officer_unknown")
    ends = end_of_day(form.until, unit.profile_of(case).timezone)
    if ends <= unit.now:
        raise Invalid.one("until", "access.until_past")
    if ends > unit.now + LONGEST_ASSIGNMENT:
        raise Invalid.one("until", "authority.until_too_far")
    if any(row["account_id"] == form.account_id for row in await _assignments(unit, case_id)):
        raise Conflict("authority.assigned_already")
    grant_id = uuid7()
    await unit.execute(
        insert(case_grant).values(
            id=grant_id,
            case_id=case_id,
            account_id=form.account_id,
            data_classes=IDENTITY,
            basis="authority",
            reason=form.purpose,
            valid_to=ends,
            granted_by=unit.actor.account_id,
        )
    )
    await record_event(unit, case, "authority_assigned", unit.now, purpose=form.purpose)
    unit.audit(
        "authority.assign",
        subject_kind="case_grant",
        subject_id=grant_id,
        cases=[case_id],
        persons=[case["person_id"]],
        classes=IDENTITY,
        purpose=form.purpose,
        officer=str(form.account_id),
    )
    return grant_id


async def _assignments(unit: UnitOfWork, case_id: UUID) -> Sequence[RowMapping]:
    query = (
        select(case_grant, account.c.display_name)
        .join(account, account.c.id == case_grant.c.account_id)
        .where(
            case_grant.c.case_id == case_id,
            case_grant.c.basis == "authority",
            or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
        )
        .order_by(case_grant.c.id)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def assignments_of(unit: UnitOfWork, case_id: UUID) -> Sequence[RowMapping]:
    """Return which officers of the authority are assigned to a case now, and until when."""
    await unit.case(case_id, "case.read")
    rows = await _assignments(unit, case_id)
    unit.audit("case.read", subject_kind="case_grant", cases=[case_id], shown=len(rows))
    return rows


async def end_assignment(unit: UnitOfWork, case_id: UUID, grant_id: UUID) -> None:
    """End an officer's assignment at once."""
    case = await unit.case(case_id, "case.read")
    row = next((r for r in await _assignments(unit, case_id) if r["id"] == grant_id), None)
    if row is None:
        raise NotFound("access.unknown")
    ended = await unit.execute(
        update(case_grant)
        .where(case_grant.c.id == grant_id, case_grant.c.account_id == unit.actor.account_id)
        .values(valid_to=func.now())
    )
    if not ended.rowcount:
        raise Conflict("authority.not_own")
    await record_event(unit, case, "authority_ended", unit.now)
    unit.audit(
        "authority.assign",
        subject_kind="case_grant",
        subject_id=grant_id,
        cases=[case_id],
        classes=IDENTITY,
        changed=["valid_to"],
    )
