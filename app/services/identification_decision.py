"""The officer's decision on an initial identification; a human decides, the aids are kept beside it as they stood."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, update

from app.domain.aids import AidInput
from app.domain.forms.fields import check_past
from app.domain.forms.identification import DecideIdentification
from app.domain.ids import uuid7
from app.domain.problems import Conflict, FieldError, Invalid
from app.domain.victim_status import Kind, Status, StatusEvent, check_event, check_initial_result
from app.services.aids import aid_input, kept, results, threshold_of
from app.services.case_facts import age_word
from app.services.events import record_event, status_event
from app.services.identification_answers import answers_of, plain
from app.services.identification_officers import close_team, join
from app.services.identifications import TABLE, row_of
from app.services.refusals import notify
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_event
from app.storage.identifications import identification

_NAMES = {"occurred_at": "decided_at", "supersedes": "corrects", "reason": "decision_reason"}
"""Fields of the status rule by the name they have on the form."""


async def decide_identification(
    unit: UnitOfWork, row_id: UUID, form: DecideIdentification, expected: int | None
) -> RowMapping:
    """Decide: potential victim, at risk, or no indication, with the officer's own reason.

    VMT below the profile's threshold needs a written explanation; every other result is always possible. A weaker
    finding never replaces a stronger one silently: it must name the decision it puts right. What the identification
    opened to its team ends here. Returns the identification's row.
    """
    seen = await row_of(unit, row_id)
    case = await unit.case(seen["case_id"], "identification.decide", lock=True)
    if case["state"] == "closed":
        raise Conflict("case.already_closed", case_id=case["id"])
    if seen["state"] != "started":
        raise Conflict("identification.decided", case_id=case["id"])
    row = await row_of(unit, row_id, lock=True)
    await unit.check_version(row_id, row["version"], expected)
    corrected = await _corrected(unit, case, row_id, form)
    given = await aid_input(
        unit, case, plain(await answers_of(unit, row_id)), intent_stated=row["intent_facts"] is not None
    )
    found, needed = threshold_of(unit.profile_of(case), given)
    decided_at = await _check(unit, case, row, form, found, needed, corrected)
    await join(unit, row_id, case["id"], unit.now)
    await _write(unit, case, row, form, given, decided_at)
    if corrected is not None and form.corrects is not None:
        await _supersede(unit, case, form.corrects, row_id)
    if form.refused_by_person == "yes":
        await notify(unit, case, row_id, form, decided_at)
    facts: dict[str, Any] = {} if needed is None else {"threshold_met": found >= needed}
    await record_event(
        unit,
        case,
        Kind.INITIAL_ID_DECIDED.value,
        decided_at,
        subject_kind="identification",
        subject_id=row_id,
        corrects=corrected,
        result=form.result,
        age=age_word(case["is_child"], case["age_group"]),
        refused=form.refused_by_person == "yes",
        reasoned=True,
        **facts,
    )
    unit.audit(
        "identification.decide",
        subject_kind="identification",
        subject_id=row_id,
        version=row["version"] + 1,
        cases=[case["id"]],
        changed=["state", "result", "decided_at"],
        result=form.result,
        below_threshold=needed is not None and found < needed,
        corrects=None if form.corrects is None else str(form.corrects),
    )
    decided = await row_of(unit, row_id)
    await close_team(unit, row_id)
    return decided


async def _corrected(unit: UnitOfWork, case: RowMapping, row_id: UUID, form: DecideIdentification) -> UUID | None:
    """Return the event that this decision puts right; the identification it names must stand decided in this case."""
    if form.corrects is None:
        return None
    old = (
        (
            await unit.execute(
                select(identification.c.id).where(
                    identification.c.id == form.corrects,
                    identification.c.case_id == case["id"],
                    identification.c.state == "decided",
                    identification.c.id != row_id,
                )
            )
        )
        .scalars()
        .first()
    )
    event = select(case_event.c.id).where(
        case_event.c.case_id == case["id"],
        case_event.c.kind == Kind.INITIAL_ID_DECIDED.value,
        case_event.c.subject_id == form.corrects,
    )
    found: UUID | None = None if old is None else (await unit.execute(event)).scalar()
    if found is None:
        raise Invalid.one("corrects", "identification.not_correctable")
    return found


async def _check(
    unit: UnitOfWork,
    case: RowMapping,
    row: RowMapping,
    form: DecideIdentification,
    found: int,
    needed: int | None,
    corrected: UUID | None,
) -> datetime:
    """Check dates, threshold and what the decision does to the status; returns when it was taken."""
    errors: list[FieldError] = []
    check_past("decided_at", form.decided_at, unit.now)
    if form.decided_at < row["started_at"]:
        errors.append(FieldError("decided_at", "identification.decided_before_start", {}))
    if form.refused_by_person == "yes" and case["is_child"]:
        errors.append(FieldError("refused_by_person", "identification.child_cannot_refuse", {}))
    if form.refused_by_person == "no":
        errors += [
            FieldError(name, "identification.not_refused", {})
            for name in ("refusal_reason", "refused_before")
            if getattr(form, name) is not None
        ]
    result = Status(form.result)
    try:
        check_initial_result(
            result,
            {"found": found},
            needed,
            decision_reason=form.decision_reason,
            override_reason=form.override_reason or "",
            override_by=unit.actor.account_id,
        )
    except Invalid as wrong:
        errors += wrong.errors
    if errors:
        raise Invalid(errors)
    decided_at = min(form.decided_at, unit.now)
    kinds = [kind.value for kind in Kind]
    rows = await unit.execute(
        select(case_event).where(case_event.c.case_id == case["id"], case_event.c.kind.in_(kinds))
    )
    new = StatusEvent(
        id=uuid7(),
        kind=Kind.INITIAL_ID_DECIDED,
        occurred_at=decided_at,
        recorded_at=unit.now,
        result=result,
        reason="given",
        supersedes=corrected,
    )
    try:
        check_event([status_event(one) for one in rows.mappings()], new, unit.now)
    except Invalid as wrong:
        raise Invalid([FieldError(_NAMES.get(e.field, e.field), e.code, e.params) for e in wrong.errors]) from wrong
    except Conflict as weaker:
        raise Conflict(weaker.code, "corrects", **{**weaker.params, "case_id": case["id"]}) from weaker
    return decided_at


async def _write(
    unit: UnitOfWork,
    case: RowMapping,
    row: RowMapping,
    form: DecideIdentification,
    given: AidInput,
    decided_at: datetime,
) -> None:
    sealed = await unit.seal_for_case(
        case["id"],
        TABLE,
        row["id"],
        {"decision_reason": form.decision_reason, "override_reason": form.override_reason},
    )
    await unit.execute(
        update(identification)
        .where(identification.c.id == row["id"])
        .values(
            **sealed,
            state="decided",
            result=form.result,
            refused_by_person=form.refused_by_person,
            aid_results=[kept(one) for one in results(unit.profile_of(case), given)],
            decided_at=decided_at,
            decided_by=unit.actor.account_id,
            version=row["version"] + 1,
        )
    )


async def _supersede(unit: UnitOfWork, case: RowMapping, old_id: UUID, row_id: UUID) -> None:
    """Let the decision that was put right name the one that took its place."""
    old = await row_of(unit, old_id, lock=True)
    await unit.execute(
        update(identification)
        .where(identification.c.id == old_id)
        .values(state="superseded", superseded_by=row_id, version=old["version"] + 1)
    )
    unit.audit(
        "identification.decide",
        subject_kind="identification",
        subject_id=old_id,
        version=old["version"] + 1,
        cases=[case["id"]],
        changed=["state", "superseded_by"],
    )
