"""Access to the data classes of one case: asking for it, answering, and ending what was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, func, insert, or_, select, update

from app.domain.forms.access_requests import AnswerAccess, RequestAccess
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.services.events import record_event
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account
from app.storage.cases import access_request, case_file, case_grant

TABLE = "casework.access_request"
GRANTS = "casework.case_grant"
LONGEST = timedelta(days=366)
"""Access that was asked for is given for a year at most; then somebody looks again whether it is needed."""
GIVEN = "care_team"
ENDED_HERE = frozenset({GIVEN, "child_monitoring"})
"""Access that ends by the hand of who answers for the case; other access ends with what it rests on."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its reason open, and the name of the colleague who asks."""

    row: RowMapping
    reason: str
    asked_by: str


def end_of_day(day: date, timezone: str) -> datetime:
    """Return the end of a day in a jurisdiction's zone, in UTC terms of that moment."""
    zone = ZoneInfo(timezone)
    return datetime.combine(day + timedelta(days=1), time(), zone)


async def request_access(unit: UnitOfWork, case_id: UUID, form: RequestAccess) -> UUID:
    """Ask the responsible organisation for classes of a case; the same client-made id again is the same request.

    Classes that the role can never see, or that are open already, are refused, each named.
    """
    case = await unit.case(case_id, "access.request")
    if form.id is not None:
        known = select(access_request.c.id).where(access_request.c.id == form.id)
        if (await unit.execute(known)).first() is not None:
            unit.audit(
                "access.request", subject_kind="access_request", subject_id=form.id, cases=[case_id], outcome="repeated"
            )
            return form.id
    visible = await unit.visible_classes(case_id)
    if any(DataClass(c) not in unit.actor.classes for c in form.data_classes):
        raise Invalid.one("data_classes", "access.beyond_role")
    if any(DataClass(c) in visible for c in form.data_classes):
        raise Invalid.one("data_classes", "access.open_already")
    if case["without_identity"] and "identity" in form.data_classes:
        raise Invalid.one("data_classes", "access.without_identity")
    request_id = form.id or uuid7()
    sealed = await unit.seal_for_case(case_id, TABLE, request_id, {"reason": form.reason})
    await unit.execute(
        insert(access_request).values(
            id=request_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            data_classes=list(form.data_classes),
            asked_at=unit.now,
            **sealed,
        )
    )
    unit.audit(
        "access.request",
        subject_kind="access_request",
        subject_id=request_id,
        cases=[case_id],
        asked=list(form.data_classes),
    )
    return request_id


async def requests_of(unit: UnitOfWork, case_id: UUID) -> list[Request]:
    """Return the open requests of a case, with their reasons, for who is responsible for it."""
    await _responsible_case(unit, case_id)
    query = (
        select(access_request, account.c.display_name)
        .join(account, account.c.id == access_request.c.account_id)
        .where(access_request.c.case_id == case_id, access_request.c.state == "asked")
        .order_by(access_request.c.id)
    )
    rows = (await unit.execute(query)).mappings().all()
    found = [
        Request(row, (await unit.open_for_case(case_id, TABLE, row, "reason"))["reason"], row["display_name"])
        for row in rows
    ]
    unit.audit("access.grant", subject_kind="access_request", cases=[case_id], shown=len(rows))
    return found


async def open_requests(unit: UnitOfWork, limit: int = 10) -> Sequence[RowMapping]:
    """Return the open requests for cases that the actor's organisation is responsible for, oldest first."""
    query = (
        select(access_request, case_file.c.code.label("case_code"))
        .join(case_file, case_file.c.id == access_request.c.case_id)
        .where(access_request.c.state == "asked", case_file.c.responsible_org_id == unit.actor.org_id)
        .order_by(access_request.c.id)
        .limit(limit)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def _responsible_case(unit: UnitOfWork, case_id: UUID, *, lock: bool = False) -> RowMapping:
    case = await unit.case(case_id, "access.grant", lock=lock)
    if case["responsible_org_id"] != unit.actor.org_id:
        raise Forbidden("case.not_responsible_here")
    return case


async def answer_access(unit: UnitOfWork, case_id: UUID, request_id: UUID, form: AnswerAccess) -> RowMapping:
    """Give named classes for a time, or refuse. What is given is what was asked for, and what one sees oneself."""
    case = await _responsible_case(unit, case_id, lock=True)
    query = select(access_request).where(access_request.c.id == request_id, access_request.c.case_id == case_id)
    row: RowMapping | None = (await unit.execute(query.with_for_update())).mappings().first()
    if row is None:
        raise NotFound("access.unknown")
    if row["state"] != "asked":
        raise Conflict("access.answered")
    if row["account_id"] == unit.actor.account_id:
        raise Forbidden("access.own_request")
    grant_id = None
    if form.answer == "grant":
        grant_id = await _give(unit, case, row, form)
    state = "granted" if form.answer == "grant" else "refused"
    await unit.execute(
        update(access_request)
        .where(access_request.c.id == request_id)
        .values(state=state, answered_at=unit.now, answered_by=unit.actor.account_id)
    )
    unit.audit(
        "access.grant",
        subject_kind="access_request",
        subject_id=request_id,
        cases=[case_id],
        classes=form.data_classes if grant_id else [],
        changed=["state"],
        answer=state,
        holder=form.holder,
    )
    return row


async def _give(unit: UnitOfWork, case: RowMapping, asked: RowMapping, form: AnswerAccess) -> UUID:
    wanted = list(form.data_classes)
    errors: list[FieldError] = []
    if not wanted:
        errors.append(FieldError("data_classes", "access.no_class", {}))
    elif not set(wanted) <= set(asked["data_classes"]):
        errors.append(FieldError("data_classes", "access.not_asked", {}))
    elif not {DataClass(c) for c in wanted} <= await unit.visible_classes(case["id"]):
        errors.append(FieldError("data_classes", "access.beyond_own", {}))
    ends = None if form.until is None else end_of_day(form.until, unit.profile_of(case).timezone)
    if ends is None:
        errors.append(FieldError("until", "access.until_missing", {}))
    elif ends <= unit.now:
        errors.append(FieldError("until", "access.until_past", {}))
    elif ends > unit.now + LONGEST:
        errors.append(FieldError("until", "access.until_too_far", {}))
    if errors:
        raise Invalid(errors)
    grant_id = uuid7()
    person = form.holder == "person"
    await unit.execute(
        insert(case_grant).values(
            id=grant_id,
            case_id=case["id"],
            org_id=None if person else asked["org_id"],
            account_id=asked["account_id"] if person else None,
            data_classes=wanted,
            basis=GIVEN,
            source_id=asked["id"],
            reason="asked",
            valid_to=ends,
            granted_by=unit.actor.account_id,
        )
    )
    await record_event(
        unit, case, "access_given", unit.now, to_org=str(asked["org_id"]), classes=wanted, holder=form.holder
    )
    return grant_id


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may see what; `reason` is why the case was passed on, for the organisation that took it."""

    row: RowMapping
    reason: str | None = None


async def grants_of(unit: UnitOfWork, case_id: UUID) -> list[Grant]:
    """Return who may see what of a case now, with the names of single holders; for who works with the case."""
    await unit.case(case_id, "case.read")
    query = (
        select(case_grant, account.c.display_name)
        .outerjoin(account, account.c.id == case_grant.c.account_id)
        .where(
            case_grant.c.case_id == case_id,
            case_grant.c.valid_from <= unit.now,
            or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
        )
        .order_by(case_grant.c.id)
    )
    rows = (await unit.execute(query)).mappings().all()
    unit.audit("case.read", subject_kind="case_grant", cases=[case_id], shown=len(rows))
    return [Grant(row, await _why(unit, case_id, row)) for row in rows]


async def _why(unit: UnitOfWork, case_id: UUID, row: RowMapping) -> str | None:
    if row["reason"] != "hand_over" or row["org_id"] != unit.actor.org_id:
        return None
    opened = await unit.open_for_case(case_id, GRANTS, {**row}, "reason_text")
    reason: str | None = opened["reason_text"]
    return reason


async def end_access(unit: UnitOfWork, case_id: UUID, grant_id: UUID) -> None:
    """End access that the responsible organisation gave, at once."""
    case = await _responsible_case(unit, case_id, lock=True)
    query = select(case_grant).where(case_grant.c.id == grant_id, case_grant.c.case_id == case_id)
    row = (await unit.execute(query)).mappings().first()
    if row is None:
        raise NotFound("access.unknown")
    if row["basis"] not in ENDED_HERE or row["org_id"] == unit.actor.org_id:
        raise Conflict("access.not_given")
    if row["valid_to"] is not None and row["valid_to"] <= unit.now:
        raise Conflict("access.ended")
    await unit.execute(update(case_grant).where(case_grant.c.id == grant_id).values(valid_to=func.now()))
    await record_event(unit, case, "access_ended", unit.now)
    unit.audit(
        "access.grant",
        subject_kind="case_grant",
        subject_id=grant_id,
        cases=[case_id],
        classes=row["data_classes"],
        changed=["valid_to"],
    )
