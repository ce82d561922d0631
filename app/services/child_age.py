"""Age: dated assessments, what they change about the treatment, and whether somebody was a child on a day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select, update

from app.domain.age import Answer, age_group, is_child_at
from app.domain.age_assessments import Assessment, check_assessment, knowledge_of, standing, treated_as
from app.domain.children import check_child
from app.domain.forms.children import AssessAge
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.profile import Profile
from app.services.case_facts import age_bands, age_knowledge
from app.services.child_records import by_us, check_corrects, found, history
from app.services.events import record_event
from app.services.persons import identity_for, learn_age
from app.services.reference import require_organisation
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_file
from app.storage.children import age_assessment

TABLE = "casework.age_assessment"
UNKNOWN = "AGE_UNKNOWN"


def day_of(profile: Profile, at: datetime) -> date:
    """Return the day of a moment in the jurisdiction's zone."""
    return at.astimezone(ZoneInfo(profile.timezone)).date()


def assessment_of(row: Mapping[str, Any], profile: Profile, superseded: bool = False) -> Assessment:
    """Return a row as the rules of age see it."""
    return Assessment(
        id=row["id"],
        result=row["result"],
        on=day_of(profile, row["assessed_at"]),
        recorded_at=row["recorded_at"],
        firm=row["firm"],
        basis=row["basis"],
        years_from=row["years_from"],
        years_to=row["years_to"],
        benefit_of_doubt=row["benefit_of_doubt"],
        superseded=superseded,
    )


async def assessments_of(unit: UnitOfWork, case: CaseRow) -> list[Assessment]:
    """Return the age assessments of a case that the actor may see."""
    rows = list((await unit.execute(select(age_assessment).where(age_assessment.c.case_id == case["id"]))).mappings())
    corrected = {row["corrects"] for row in rows}
    profile = unit.profile_of(case)
    return [assessment_of(row, profile, row["id"] in corrected) for row in rows]


async def was_child(unit: UnitOfWork, case: RowMapping, at: datetime) -> bool:
    """True where the person was a child, or treated as one, at a moment: the same person may be an adult at the next.

    The assessment that stood then decides; without one the birth date, where the actor may see it (written down as a
    look at the identity); without either what the case file says.
    """
    profile = unit.profile_of(case)
    on = day_of(profile, at)
    one = standing(await assessments_of(unit, case), on)
    if one is not None:
        return treated_as(one, on).child
    if case["is_child"]:
        identity = await identity_for(unit, case, "age_at_event")
        if identity is not None and identity.birth_year is not None:
            return is_child_at(age_knowledge(identity, on), on).child
    return bool(case["is_child"])


async def require_child(unit: UnitOfWork, case: RowMapping, at: datetime, act: str) -> None:
    """Refuse an act that is for children only about somebody who is an adult at that moment."""
    check_child(await was_child(unit, case, at), act)


async def assess_age(unit: UnitOfWork, case_id: UUID, form: AssessAge) -> RowMapping:
    """Record an age assessment; the case and the person follow where it is the one that stands now.

    Nothing earlier is erased: the assessments stay, and the vault keeps the earlier state of the identity. The same
    client-made id again returns the same record.
    """
    case = await unit.case(case_id, "child.record", lock=True)
    profile = unit.profile_of(case)
    check_codes(form, profile)
    check_past("assessed_at", form.assessed_at, unit.now)
    row_id = form.id or uuid7()
    already = await found(unit, age_assessment, case_id, row_id)
    if already is not None:
        unit.audit(
            "child.record", subject_kind="age_assessment", subject_id=row_id, cases=[case_id], outcome="repeated"
        )
        return already
    basis = profile.code("age_assessment_basis", form.basis).attributes
    firm, medical = bool(basis.get("firm")), bool(basis.get("medical"))
    check_assessment(form.result, form.years_from, form.years_to, form.benefit_of_doubt, medical, form.agreed)
    if form.assessed_by_org_id is not None:
        await require_organisation(unit, form.assessed_by_org_id, "assessed_by_org_id")
    await check_corrects(unit, age_assessment, case_id, form.corrects)
    plain = form.model_dump(
        include={"assessed_at", "basis", "result", "years_from", "years_to", "benefit_of_doubt", "agreed", "corrects"}
    )
    values = {**plain, "id": row_id, "recorded_at": unit.now, "firm": firm}
    made = assessment_of(values, profile)
    answer = treated_as(made, made.on)
    unit.add(
        age_assessment,
        **values,
        **by_us(unit),
        case_id=case_id,
        treated_as_child=answer.child,
        assessed_by_org_id=form.assessed_by_org_id or unit.actor.org_id,
        **await unit.seal_for_case(case_id, TABLE, row_id, {"officer": form.officer, "note": form.note}),
    )
    await unit.flush()
    stands = standing(await assessments_of(unit, case), day_of(profile, unit.now))
    if stands is not None and stands.id == row_id:
        await _follow(unit, case, made, answer)
    await record_event(
        unit,
        case,
        "age_assessed",
        form.assessed_at,
        subject_kind="age_assessment",
        subject_id=row_id,
        result=form.result,
        child=answer.child,
        in_doubt=answer.in_doubt,
    )
    unit.audit(
        "child.record",
        subject_kind="age_assessment",
        subject_id=row_id,
        cases=[case_id],
        result=form.result,
        basis=form.basis,
        child=answer.child,
    )
    row = await found(unit, age_assessment, case_id, row_id)
    assert row is not None
    return row


async def _follow(unit: UnitOfWork, case: RowMapping, made: Assessment, answer: Answer) -> None:
    """Let the case file and the person's age follow the assessment that stands."""
    profile = unit.profile_of(case)
    values: dict[str, object] = {"is_child": answer.child, "age_in_doubt": answer.in_doubt}
    if made.years_from is not None:
        values["age_group"] = age_group(knowledge_of(made), made.on, age_bands(profile))
    elif bool(case["is_child"]) != answer.child:
        values["age_group"] = UNKNOWN
    if any(case[name] != value for name, value in values.items()):
        await unit.execute(
            update(case_file).where(case_file.c.id == case["id"]).values(**values, version=case["version"] + 1)
        )
    if case["person_id"] is None or not await unit.may_see(case["id"], DataClass.IDENTITY):
        return
    identity = await identity_for(unit, case, "age_assessment")
    if identity is None:
        return
    changes: dict[str, object] = {"age_doubted": answer.in_doubt}
    if made.years_from is not None and (identity.birth_year is None or made.firm):
        until = made.years_to if made.years_to is not None else made.years_from
        changes |= {
            "birth_year": None,
            "birth_month": None,
            "birth_day": None,
            "estimated_from": made.years_from,
            "estimated_to": until,
            "age_basis": profile.label("age_assessment_basis", made.basis),
        }
    await learn_age(unit, case, changes)


async def list_assessments(unit: UnitOfWork, case: CaseRow) -> Sequence[Mapping[str, Any]]:
    """Return the assessments with notes open, the newest first, and which one stands today (`stands`)."""
    rows = await history(unit, age_assessment, case["id"], "assessed_at", "officer", "note")
    stands = standing(await assessments_of(unit, case), day_of(unit.profile_of(case), unit.now))
    return [{**row, "stands": stands is not None and stands.id == row["id"]} for row in rows]
