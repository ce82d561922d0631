"""The best interest of a child: assessed before each move; a move that cannot wait says why, and is assessed after."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select

from app.domain.children import BestInterest, check_best_interest, check_moment, fresh
from app.domain.forms.children import AssessBestInterest
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import uuid7
from app.domain.problems import Invalid
from app.services.child_age import require_child
from app.services.child_records import by_us, check_corrects, found, history
from app.services.child_workers import standing_worker
from app.services.events import record_event
from app.services.routing_advice import advice_for, keep_deviation, not_allowed
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_event
from app.storage.children import best_interest_assessment, child_move

TABLE = "casework.best_interest_assessment"
MOVES = "casework.child_move"
ASSESSED = "BEST_INTEREST_ASSESSED"
UNASSESSED = "CHILD_MOVED_UNASSESSED"
_MOVED = ("child_moved", UNASSESSED, "ADMITTED", "EXITED", "discharged", "RETURNED")
"""Events that say the child was moved."""


async def assess_best_interest(unit: UnitOfWork, case_id: UUID, form: AssessBestInterest) -> RowMapping:
    """Record a best-interest assessment; the same client-made id again returns the same record.

    What a rule of the profile speaks against (to the family, where the family is involved) is not refused here, where
    people have weighed it: the reasoning is kept as the reason of the deviation.
    """
    case = await unit.case(case_id, "child.record")
    profile = unit.profile_of(case)
    row_id = form.id or uuid7()
    already = await found(unit, best_interest_assessment, case_id, row_id)
    if already is not None:
        unit.audit("child.record", subject_kind="best_interest", subject_id=row_id, cases=[case_id], outcome="repeated")
        return already
    check_codes(form, profile, age="child")
    check_past("assessed_at", form.assessed_at, unit.now)
    check_moment("assessed_at", form.assessed_at, case["opened_at"])
    await require_child(unit, case, form.assessed_at, "best_interest")
    check_best_interest(form.participants, profile.child_participants.required, form.child_heard, form.child_view)
    await check_corrects(unit, best_interest_assessment, case_id, form.corrects)
    sealed = await unit.seal_for_case(
        case_id, TABLE, row_id, {"child_view": form.child_view, "reasoning": form.reasoning}
    )
    unit.add(
        best_interest_assessment,
        id=row_id,
        case_id=case_id,
        **by_us(unit),
        **form.model_dump(include={"assessed_at", "move", "conclusion", "child_heard", "guardian_heard", "corrects"}),
        options=list(form.options),
        participants=list(form.participants),
        **sealed,
    )
    earlier = select(case_event.c.id).where(
        case_event.c.case_id == case_id, case_event.c.kind == ASSESSED, case_event.c.subject_id == form.corrects
    )
    corrects = (await unit.execute(earlier)).scalar() if form.corrects else None
    await record_event(
        unit,
        case,
        ASSESSED,
        form.assessed_at,
        subject_kind="best_interest",
        subject_id=row_id,
        corrects=corrects,
        move=form.move,
    )
    against = not_allowed(await advice_for(unit, case), "accommodation_kind", form.conclusion)
    await keep_deviation(unit, case, against, form.reasoning, "best_interest", row_id)
    unit.audit("child.record", subject_kind="best_interest", subject_id=row_id, cases=[case_id], move=form.move)
    row = await found(unit, best_interest_assessment, case_id, row_id)
    assert row is not None
    return row


async def covering(unit: UnitOfWork, case_id: UUID, at: datetime) -> BestInterest | None:
    """Return the assessment that covers the next move, None where one is owed; read from the story of the case, so
    that a shelter that sees the milestones alone knows it too."""
    query = select(case_event).where(case_event.c.case_id == case_id, case_event.c.kind.in_((ASSESSED, *_MOVED)))
    rows = list((await unit.execute(query)).mappings())
    corrected = {row["corrects"] for row in rows}
    made = [
        BestInterest(row["subject_id"], row["occurred_at"], str(row["facts"].get("move", "")), row["id"] in corrected)
        for row in rows
        if row["kind"] == ASSESSED and row["subject_id"] is not None
    ]
    last = max((row["occurred_at"] for row in rows if row["kind"] in _MOVED), default=None)
    return fresh(made, last, at)


async def record_move(
    unit: UnitOfWork,
    case: CaseRow,
    move: str,
    reason_not_yet: str | None,
    *,
    field: str = "best_interest_reason",
    placement_id: UUID | None = None,
) -> None:
    """Write down that a child is moved now, with the assessment made before it.

    Without one the move goes on (protection never waits) and needs a word why; a task then falls to the worker for
    child protection. About an adult nothing is written. Raises `Invalid` on `field` where the word is missing.
    """
    if not case["is_child"]:
        return
    covers = await covering(unit, case["id"], unit.now)
    if covers is None and not (reason_not_yet or "").strip():
        raise Invalid.one(field, "best_interest.reason_missing")
    move_id = uuid7()
    reason = None if covers is not None else reason_not_yet
    unit.add(
        child_move,
        id=move_id,
        case_id=case["id"],
        **by_us(unit),
        moved_at=unit.now,
        move=move,
        best_interest_id=covers.id if covers is not None else None,
        placement_id=placement_id,
        **await unit.seal_for_case(case["id"], MOVES, move_id, {"reason_not_yet": reason}),
    )
    worker = await standing_worker(unit, case["id"])
    await record_event(
        unit,
        case,
        UNASSESSED if covers is None else "child_moved",
        unit.now,
        subject_kind="child_move",
        subject_id=move_id,
        due_org_id=worker["worker_org_id"] if worker is not None else None,
        move=move,
    )


async def list_best_interest(unit: UnitOfWork, case_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Return the assessments with the child's view and the reasoning open, the newest first."""
    return await history(unit, best_interest_assessment, case_id, "assessed_at", "child_view", "reasoning")


async def list_moves(unit: UnitOfWork, case_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Return the moves of a child, the newest first, each with its assessment or why there was none yet."""
    return await history(unit, child_move, case_id, "moved_at", "reason_not_yet")
