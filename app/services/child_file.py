"""A child on one page: what is there, what is missing; and the record of who is with the child."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping

from app.domain.age import Answer
from app.domain.children import BestInterest, check_moment, check_separation
from app.domain.forms.children import RecordSeparation
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import uuid7
from app.domain.routing_rules import Advice
from app.services.best_interest import covering, list_best_interest, list_moves
from app.services.child_age import list_assessments, require_child
from app.services.child_records import by_us, check_corrects, found, history
from app.services.child_workers import monitors_of, standing_worker
from app.services.events import record_event
from app.services.guardians import Standing, list_guardians, standing_guardian
from app.services.reference import organisation_names
from app.services.routing_advice import advice_for
from app.services.unit_of_work import UnitOfWork
from app.storage.children import child_worker, monitoring_visit, separation_record

TABLE = "casework.separation_record"
Part = Literal["separation", "guardian", "worker", "best_interest", "visit"]


@dataclass(frozen=True, slots=True)
class ChildFile:
    """Everything on record about a child as a child. `missing`: parts that nobody has recorded, in their order.

    `answer`: how the person is treated now. `names`: organisations by id and language.
    """

    case: RowMapping
    answer: Answer
    ages: Sequence[Mapping[str, Any]]
    separations: Sequence[Mapping[str, Any]]
    guardians: Sequence[Mapping[str, Any]]
    guardian: Standing | None
    assessments: Sequence[Mapping[str, Any]]
    covers: BestInterest | None
    moves: Sequence[Mapping[str, Any]]
    workers: Sequence[Mapping[str, Any]]
    worker: RowMapping | None
    visits: Sequence[Mapping[str, Any]]
    monitored: bool
    advice: tuple[Advice, ...]
    names: Mapping[UUID, Mapping[str, str]]
    missing: tuple[Part, ...]


async def record_separation(unit: UnitOfWork, case_id: UUID, form: RecordSeparation) -> RowMapping:
    """Record who is with the child; the same client-made id again returns the same record."""
    case = await unit.case(case_id, "child.record")
    row_id = form.id or uuid7()
    already = await found(unit, separation_record, case_id, row_id)
    if already is not None:
        unit.audit("child.record", subject_kind="separation", subject_id=row_id, cases=[case_id], outcome="repeated")
        return already
    profile = unit.profile_of(case)
    check_codes(form, profile, age="child")
    check_past("observed_at", form.observed_at, unit.now)
    check_moment("observed_at", form.observed_at, case["opened_at"])
    await require_child(unit, case, form.observed_at, "separation")
    status = profile.code("separation_status", form.status).attributes
    check_separation(bool(status.get("alone")), bool(status.get("foreign")), case["citizenship_group"] == "OWN_COUNTRY")
    await check_corrects(unit, separation_record, case_id, form.corrects)
    unit.add(
        separation_record,
        id=row_id,
        case_id=case_id,
        **by_us(unit),
        **form.model_dump(include={"observed_at", "status", "corrects"}),
        **await unit.seal_for_case(case_id, TABLE, row_id, {"note": form.note}),
    )
    await record_event(
        unit,
        case,
        "separation_recorded",
        form.observed_at,
        data_class="casework",
        subject_kind="separation",
        subject_id=row_id,
        status=form.status,
    )
    unit.audit("child.record", subject_kind="separation", subject_id=row_id, cases=[case_id], status=form.status)
    row = await found(unit, separation_record, case_id, row_id)
    assert row is not None
    return row


async def read_child(unit: UnitOfWork, case_id: UUID) -> ChildFile:
    """Return the child's page; the name of a guardian where the actor may see identity, and the look is audited."""
    case = await unit.case(case_id, "child.read")
    profile = unit.profile_of(case)
    guardians = await list_guardians(unit, case_id)
    guardian = await standing_guardian(unit, case_id)
    separations = await history(unit, separation_record, case_id, "observed_at", "note")
    workers = await history(unit, child_worker, case_id, "since")
    worker = await standing_worker(unit, case_id)
    visits = await history(unit, monitoring_visit, case_id, "visited_at", "note")
    covers = await covering(unit, case_id, unit.now)
    monitored = bool(monitors_of(profile))
    missing: list[Part] = []
    if case["is_child"]:
        there: dict[Part, bool] = {
            "separation": bool(separations),
            "guardian": guardian is not None,
            "worker": worker is not None,
            "best_interest": covers is not None,
            "visit": bool(visits) or not monitored,
        }
        missing = [part for part, is_there in there.items() if not is_there]
    ids = [row["worker_org_id"] for row in workers] + [row["org_id"] for row in visits]
    seen = ["casework", *(["identity"] if any(row["name"] for row in guardians) else [])]
    unit.audit("child.read", subject_kind="case", subject_id=case_id, cases=[case_id], classes=seen)
    return ChildFile(
        case=case,
        answer=Answer(child=case["is_child"], in_doubt=case["age_in_doubt"]),
        ages=await list_assessments(unit, case),
        separations=separations,
        guardians=guardians,
        guardian=guardian,
        assessments=await list_best_interest(unit, case_id),
        covers=covers,
        moves=await list_moves(unit, case_id),
        workers=workers,
        worker=worker,
        visits=visits,
        monitored=monitored,
        advice=tuple(one for one in await advice_for(unit, case) if one.holds),
        names=await organisation_names(unit, ids),
        missing=tuple(missing),
    )
