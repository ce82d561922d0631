"""A child as a child: `/api/v1/cases/{case_id}/child/...` and `/monitoring-visits`."""

from datetime import date, datetime
from uuid import UUID

from app.api.routing import ConceptRouter, IfMatch, Out, Unit
from app.domain.forms.children import (
    AppointGuardian,
    AssessAge,
    AssessBestInterest,
    AssignChildWorker,
    EndChildWorker,
    EndGuardian,
    InviteMonitor,
    RecordSeparation,
    RecordVisit,
)
from app.services import best_interest, child_age, child_file, child_workers, guardians, monitoring

router = ConceptRouter("/cases/{case_id}", "children")


class AgeOut(Out):
    """An age assessment; `stands` says whether it decides today, `superseded` whether it was corrected."""

    id: UUID
    assessed_at: datetime
    basis: str
    firm: bool
    result: str
    years_from: int | None
    years_to: int | None
    benefit_of_doubt: bool
    agreed: str
    treated_as_child: bool
    assessed_by_org_id: UUID | None
    corrects: UUID | None
    officer: str | None = None
    note: str | None = None
    stands: bool | None = None
    superseded: bool = False


class SeparationOut(Out):
    """Who was with the child on a day."""

    id: UUID
    observed_at: datetime
    status: str
    corrects: UUID | None
    note: str | None = None
    superseded: bool = False


class GuardianOut(Out):
    """A guardian; `name` and `contact` are null where the caller may not see identity."""

    id: UUID
    appointed_at: datetime
    relation: str
    decision_body: str
    guardian_org_id: UUID | None
    ended_at: datetime | None
    end_reason: str | None
    version: int
    decision_number: str | None = None
    name: str | None = None
    contact: str | None = None
    contact_safe: str | None = None


class BestInterestOut(Out):
    """A best-interest assessment, with the child's own view."""

    id: UUID
    assessed_at: datetime
    move: str
    options: list[str]
    conclusion: str
    participants: list[str]
    child_heard: str
    guardian_heard: bool
    corrects: UUID | None
    child_view: str | None = None
    reasoning: str | None = None
    superseded: bool = False


class MoveOut(Out):
    """A move of the child: with the assessment made before it, or why there was none yet."""

    id: UUID
    moved_at: datetime
    move: str
    best_interest_id: UUID | None
    reason_not_yet: str | None = None


class WorkerOut(Out):
    """The child-protection worker: a unit, and a person of it where one is named."""

    id: UUID
    worker_org_id: UUID
    worker_account_id: UUID | None
    since: datetime
    ended_at: datetime | None
    end_reason: str | None
    version: int


class VisitOut(Out):
    """A monitoring visit."""

    id: UUID
    org_id: UUID
    visited_at: datetime
    child_seen: str
    findings: list[str]
    next_visit_on: date | None
    corrects: UUID | None
    note: str | None = None
    superseded: bool = False


class VisitsOut(Out):
    """The visits the caller may see: the agency its own, the care team all."""

    items: list[VisitOut]


class ChildOut(Out):
    """A child on one page. `missing`: separation, guardian, worker, best_interest, visit."""

    child: bool
    in_doubt: bool
    missing: list[str]
    best_interest_covers_next_move: bool
    ages: list[AgeOut]
    separations: list[SeparationOut]
    guardians: list[GuardianOut]
    best_interest: list[BestInterestOut]
    moves: list[MoveOut]
    workers: list[WorkerOut]
    visits: list[VisitOut]


@router.act("GET", "/child", action="child.read", summary="A child on one page")
async def read(unit: Unit, case_id: UUID) -> ChildOut:
    """Return what is on record about a child as a child, and what is missing."""
    found = await child_file.read_child(unit, case_id)
    return ChildOut(
        child=found.answer.child,
        in_doubt=found.answer.in_doubt,
        missing=list(found.missing),
        best_interest_covers_next_move=found.covers is not None,
        ages=[AgeOut.model_validate(dict(row)) for row in found.ages],
        separations=[SeparationOut.model_validate(dict(row)) for row in found.separations],
        guardians=[GuardianOut.model_validate(dict(row)) for row in found.guardians],
        best_interest=[BestInterestOut.model_validate(dict(row)) for row in found.assessments],
        moves=[MoveOut.model_validate(dict(row)) for row in found.moves],
        workers=[WorkerOut.model_validate(dict(row)) for row in found.workers],
        visits=[VisitOut.model_validate(dict(row)) for row in found.visits],
    )


@router.act("POST", "/child/age-assessments", action="child.record", status_code=201, summary="Assess an age")
async def assess_age(unit: Unit, case_id: UUID, form: AssessAge) -> AgeOut:
    """A doubt is a child; an earlier assessment stays. A client-made `id` makes repeating safe."""
    row = await child_age.assess_age(unit, case_id, form)
    return AgeOut.model_validate({**row, "officer": form.officer, "note": form.note})


@router.act("POST", "/child/separations", action="child.record", status_code=201, summary="Say who is with the child")
async def record_separation(unit: Unit, case_id: UUID, form: RecordSeparation) -> SeparationOut:
    """409 `child.adult.separation` for somebody who is an adult on that day."""
    row = await child_file.record_separation(unit, case_id, form)
    return SeparationOut.model_validate({**row, "note": form.note})


@router.act("POST", "/child/guardians", action="child.record", status_code=201, summary="Record a guardian")
async def appoint_guardian(unit: Unit, case_id: UUID, form: AppointGuardian) -> GuardianOut:
    """422 `guardian.*` for who is, or may be, the exploiter; 409 where a guardian stands already."""
    row = await guardians.appoint_guardian(unit, case_id, form)
    said = {"decision_number": form.decision_number, **form.model_dump(include={"name", "contact", "contact_safe"})}
    return GuardianOut.model_validate({**row, **said})


@router.act("POST", "/child/guardians/{guardian_id}/end", action="child.record", summary="End a guardianship")
async def end_guardian(
    unit: Unit, case_id: UUID, guardian_id: UUID, form: EndGuardian, version: IfMatch
) -> GuardianOut:
    """Under its version; it stays on record."""
    row = await guardians.end_guardian(unit, case_id, guardian_id, form, version)
    return GuardianOut.model_validate({**row, "decision_number": None})


@router.act(
    "POST", "/child/best-interest", action="child.record", status_code=201, summary="Record a best-interest assessment"
)
async def assess_best_interest(unit: Unit, case_id: UUID, form: AssessBestInterest) -> BestInterestOut:
    """Before each move; the child-protection worker takes part, and the child's own view is kept."""
    row = await best_interest.assess_best_interest(unit, case_id, form)
    said = {"child_view": form.child_view, "reasoning": form.reasoning}
    return BestInterestOut.model_validate({**row, **said})


@router.act(
    "POST", "/child/workers", action="child.assign", status_code=201, summary="Assign the child-protection worker"
)
async def assign_worker(unit: Unit, case_id: UUID, form: AssignChildWorker) -> WorkerOut:
    """The unit, or the person named, sees the case as long as the assignment lasts."""
    return WorkerOut.model_validate(dict(await child_workers.assign_worker(unit, case_id, form)))


@router.act(
    "POST", "/child/workers/{worker_id}/end", action="child.assign", status_code=204, summary="End an assignment"
)
async def end_worker(unit: Unit, case_id: UUID, worker_id: UUID, form: EndChildWorker, version: IfMatch) -> None:
    """End the assignment and the access it gave, under its version."""
    await child_workers.end_worker(unit, case_id, worker_id, form, version)


@router.act(
    "POST", "/child/monitors", action="child.assign", status_code=204, summary="Let the agency monitor the case"
)
async def invite_monitor(unit: Unit, case_id: UUID, form: InviteMonitor) -> None:
    """The child-rights agency follows dates and stages, records its visits, and sees nothing else."""
    await child_workers.invite_monitor(unit, case_id, form)


@router.act("POST", "/monitoring-visits", action="child.monitor", status_code=201, summary="Record a monitoring visit")
async def record_visit(unit: Unit, case_id: UUID, form: RecordVisit) -> VisitOut:
    """403 `child_monitor.not_your_task` for an organisation that does not monitor."""
    row = await monitoring.record_visit(unit, case_id, form)
    return VisitOut.model_validate({**row, "note": form.note})


@router.act("GET", "/monitoring-visits", action="child.monitor", summary="Monitoring visits, newest first")
async def list_visits(unit: Unit, case_id: UUID) -> VisitsOut:
    """Return the visits the caller may see."""
    found = await monitoring.list_visits(unit, case_id)
    return VisitsOut(items=[VisitOut.model_validate(dict(row)) for row in found.visits])
