"""Closing a case with a reason, and opening it again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, text, update

from app.domain.case_life import Closing, check_close, check_reopen
from app.domain.forms.case_closing import CloseCase, ReopenCase
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import uuid7
from app.domain.policy import NATIONAL_ROLES, DataClass
from app.domain.problems import FieldError, Forbidden, Invalid
from app.domain.referrals import OPEN
from app.domain.victim_status import Status
from app.services.access_requests import end_of_day
from app.services.events import record_event
from app.services.hand_over import life_of
from app.services.notes import keep_note
from app.services.tasks import FOLLOW_UP, add_task, cancel_open
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file, closure
from app.storage.referrals import referral

TABLE = "casework.closure"


@dataclass(frozen=True, slots=True)
class Closure:
    """How a case was closed: its codes, the text and who goes on with the case."""

    row: RowMapping
    text: str | None
    goes_to: str | None


async def close_case(unit: UnitOfWork, case_id: UUID, form: CloseCase, expected: int | None) -> RowMapping:
    """Close a case with nobody left in the air: no open referral, no bed. What was due stands still meanwhile.

    An agreed follow-up becomes a task of the responsible organisation. Returns the case as it stands afterwards.
    """
    case = await unit.case(case_id, "case.close", lock=True)
    if case["responsible_org_id"] != unit.actor.org_id:
        raise Forbidden("case.not_responsible_here")
    await unit.check_version(case_id, case["version"], expected)
    check_codes(form, unit.profile_of(case), age="child" if case["is_child"] else "adult")
    check_past("closed_at", form.closed_at, unit.now)
    same_as = await _same_as(unit, case_id, form)
    check_close(
        life_of(case),
        Closing(form.reason, form.text or "", form.goes_to or "", same_as),
        Status(case["status"]),
        await _open_referrals(unit, case_id),
        await _placed(unit, case_id),
    )
    _check_form(case, form, unit.now)
    await _write(unit, case_id, form)
    facts: dict[str, Any] = {"reason": form.reason, "assistance_outcome": form.assistance_outcome}
    if same_as is not None:
        facts["same_as"] = str(same_as)
    closed = await record_event(unit, case, "CLOSED", form.closed_at, **facts)
    if form.follow_up_agreed and form.follow_up_on is not None:
        due_at = end_of_day(form.follow_up_on, unit.profile_of(case).timezone)
        await add_task(unit, case, rule=FOLLOW_UP, event="FOLLOW_UP_DONE", from_event_id=closed, due_at=due_at)
    changed = {"state": "closed", "closed_at": form.closed_at, "closure_reason": form.reason}
    return await _change(unit, case, "case.close", changed, reason=form.reason)


def _check_form(case: RowMapping, form: CloseCase, now: datetime) -> None:
    errors: list[FieldError] = []
    if form.closed_at < case["opened_at"]:
        errors.append(FieldError("closed_at", "case.closed_before_opened", {}))
    if form.assistance_outcome == "NOT_ASSISTED" and form.not_assisted_reason is None:
        errors.append(FieldError("not_assisted_reason", "case.not_assisted_reason_missing", {}))
    if form.follow_up_agreed and form.follow_up_on is None:
        errors.append(FieldError("follow_up_on", "case.follow_up_missing", {}))
    if form.follow_up_on is not None and form.follow_up_on <= now.date():
        errors.append(FieldError("follow_up_on", "case.follow_up_past", {}))
    if errors:
        raise Invalid(errors)


async def _same_as(unit: UnitOfWork, case_id: UUID, form: CloseCase) -> UUID | None:
    """Return the case a duplicate is joined with; one that the actor cannot see is no case."""
    if form.same_as is None:
        return None
    query = select(case_file.c.id).where(case_file.c.code == form.same_as.upper(), case_file.c.id != case_id)
    found: UUID | None = (await unit.execute(query)).scalar()
    if found is None:
        raise Invalid.one("same_as", "case.same_as_unknown")
    return found


async def _open_referrals(unit: UnitOfWork, case_id: UUID) -> int:
    query = select(func.count()).select_from(referral)
    query = query.where(referral.c.case_id == case_id, referral.c.state.in_([state.value for state in OPEN]))
    return int((await unit.execute(query)).scalar_one())


async def _placed(unit: UnitOfWork, case_id: UUID) -> bool:
    return bool((await unit.execute(text("select casework.is_placed(:case)").bindparams(case=case_id))).scalar())


async def _write(unit: UnitOfWork, case_id: UUID, form: CloseCase) -> None:
    closure_id = uuid7()
    told = {"text": form.text, "goes_to": form.goes_to} if form.text or form.goes_to else None
    sealed = await unit.seal_for_case(case_id, TABLE, closure_id, {"note": told})
    await unit.execute(
        insert(closure).values(
            id=closure_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            reason=form.reason,
            closed_at=form.closed_at,
            assistance_outcome=form.assistance_outcome,
            not_assisted_reason=form.not_assisted_reason,
            accommodation_after=form.accommodation_after,
            follow_up_agreed=form.follow_up_agreed,
            follow_up_on=form.follow_up_on,
            **sealed,
        )
    )


async def read_closure(unit: UnitOfWork, case_id: UUID) -> Closure | None:
    """Return how a case was closed last, with its text open; None where the reader sees no closure of it."""
    query = select(closure).where(closure.c.case_id == case_id).order_by(closure.c.id.desc()).limit(1)
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    if row is None:
        return None
    told = (await unit.open_for_case(case_id, TABLE, {**row}, "note"))["note"] or {}
    unit.audit("case.read", subject_kind="closure", subject_id=row["id"], cases=[case_id], classes=["casework"])
    return Closure(row, told.get("text"), told.get("goes_to"))


async def reopen_case(unit: UnitOfWork, case_id: UUID, form: ReopenCase, expected: int | None) -> RowMapping:
    """Open a closed case again: by who is responsible for it, or the authority, which follows until it is resolved."""
    case = await unit.case(case_id, "case.reopen", lock=True)
    if case["responsible_org_id"] != unit.actor.org_id and unit.actor.role not in NATIONAL_ROLES:
        raise Forbidden("case.not_responsible_here")
    await unit.check_version(case_id, case["version"], expected)
    check_reopen(life_of(case), form.reason)
    note_id = await keep_note(unit, case_id, form.reason, DataClass.CASEWORK)
    await cancel_open(unit, case_id, FOLLOW_UP)
    await record_event(unit, case, "REOPENED", unit.now, note=str(note_id))
    changed = {"state": "open", "closed_at": None, "closure_reason": None}
    return await _change(unit, case, "case.reopen", changed)


async def _change(
    unit: UnitOfWork, case: RowMapping, action: str, changed: dict[str, Any], reason: str | None = None
) -> RowMapping:
    version = case["version"] + 1
    await unit.execute(update(case_file).where(case_file.c.id == case["id"]).values(**changed, version=version))
    unit.audit(
        action,
        subject_kind="case",
        subject_id=case["id"],
        version=version,
        cases=[case["id"]],
        changed=changed,
        reason=reason,
    )
    return await unit.case(case["id"], "case.read")
