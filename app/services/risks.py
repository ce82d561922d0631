"""Risk: assessed again and again, rated together where the jurisdiction has a scale, each for themself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select, update

from app.domain.children import check_moment
from app.domain.durations import later, parse_duration
from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.risks import AssessRisk, ObjectToRisk
from app.domain.ids import uuid7
from app.domain.problems import FieldError, Invalid, NotFound
from app.domain.risk_levels import (
    EVENT,
    NOT_RATED,
    Assessor,
    Rating,
    check_assessors,
    check_rating,
    check_word,
    danger_now,
    levels_of,
    seats_of,
    standing,
    state_after,
)
from app.domain.routing_rules import Advice
from app.services.child_age import day_of
from app.services.child_records import by_us, found
from app.services.events import record_event
from app.services.identification_officers import people_of
from app.services.reference import organisation_names, require_organisation
from app.services.referrals import kept_away
from app.services.risk_standing import ratings_of
from app.services.routing_advice import advice_for
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.accounts import account
from app.storage.cases import case_file, case_grant
from app.storage.organisations import organisation
from app.storage.risks import risk_assessment, risk_assessor
from app.storage.tasks import task

TABLE = "casework.risk_assessment"
WORDS = "casework.risk_assessor"
WORD = "risk_confirmed"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who rates, with their name and organisation."""

    row: Mapping[str, Any]
    name: str
    objection: str | None


@dataclass(frozen=True, slots=True)
class RiskFile:
    """The ratings of a case, the newest first, with their texts open; `holds`: the one that holds now."""

    case: RowMapping
    ratings: Sequence[Mapping[str, Any]]
    assessors: Mapping[UUID, Sequence[Named]]
    holds: Rating | None
    danger: bool | None
    levels: tuple[str, ...]
    seats: tuple[str, ...]
    advice: tuple[Advice, ...]
    names: Mapping[UUID, Mapping[str, str]]


async def assess_risk(unit: UnitOfWork, case_id: UUID, form: AssessRisk) -> RowMapping:
    """Record an assessment of risk; the same client-made id again returns the same one.

    A level waits until everybody who rates has said yes; immediate danger counts at once. Whoever is named sees the
    case for the profile's term and finds the task.
    """
    case = await unit.case(case_id, "risk.record", lock=True)
    row_id = form.id or uuid7()
    already = await found(unit, risk_assessment, case_id, row_id)
    if already is not None:
        unit.audit("risk.record", subject_kind="risk", subject_id=row_id, cases=[case_id], outcome="repeated")
        return already
    profile = unit.profile_of(case)
    check_codes(form, profile, age="child" if case["is_child"] else "adult")
    check_past("assessed_at", form.assessed_at, unit.now)
    check_moment("assessed_at", form.assessed_at, case["opened_at"])
    today = day_of(profile, unit.now)
    check_rating(profile, form.level, form.domains, form.measures, form.next_review_on, today)
    seats = () if form.level == NOT_RATED else seats_of(profile, case["is_child"])
    people = await _people(unit, case, form)
    check_assessors(form.level, seats, [one for one, _ in people])
    state = state_after(form.level, seats, [one for one, _ in people])
    unit.add(
        risk_assessment,
        id=row_id,
        case_id=case_id,
        **by_us(unit),
        **form.model_dump(
            include={
                "assessed_at", "purpose", "level", "immediate_danger", "location", "proceedings_phase",
                "next_review_on",
            }
        ),
        domains=list(form.domains),
        needs=list(form.needs),
        persons_at_risk=list(form.persons_at_risk),
        seats=list(seats),
        state=state,
        version=1,
        **await unit.seal_for_case(
            case_id,
            TABLE,
            row_id,
            {"measures": form.measures, "person_view": form.person_view, "best_interest": form.best_interest},
        ),
    )  # fmt: skip
    await unit.flush()
    event_id = await record_event(
        unit,
        case,
        "risk_proposed" if state == "proposed" else EVENT,
        form.assessed_at,
        subject_kind="risk",
        subject_id=row_id,
        level=form.level,
        danger=form.immediate_danger,
    )
    for one, org_id in people:
        await _name(unit, case, row_id, event_id, one, org_id)
    if state == "confirmed":
        _next_review(unit, case, row_id, form.next_review_on, event_id)
    await _keep_danger(unit, case)
    unit.audit(
        "risk.record",
        subject_kind="risk",
        subject_id=row_id,
        version=1,
        cases=[case_id],
        level=form.level,
        danger=form.immediate_danger,
        state=state,
    )
    return await _row(unit, case_id, row_id)


async def _people(unit: UnitOfWork, case: CaseRow, form: AssessRisk) -> list[tuple[Assessor, UUID]]:
    """Return who rates with their organisation: who records first, having said yes, then the others named."""
    kind = (await unit.execute(select(organisation.c.kind).where(organisation.c.id == unit.actor.org_id))).scalar_one()
    found = [(Assessor(str(kind), unit.actor.account_id, confirmed=True), unit.actor.org_id)]
    if form.level == NOT_RATED:
        return found
    for n, named in enumerate(form.assessors):
        if named.account_id == unit.actor.account_id:
            continue
        org = await require_organisation(unit, named.org_id, f"assessors.{n}.org_id")
        if named.account_id not in {person["id"] for person in await people_of(unit, org["id"])}:
            raise Invalid([FieldError(f"assessors.{n}.account_id", "risk.person_elsewhere", {})])
        if await kept_away(unit, case["id"], org["id"]):
            raise Invalid([FieldError(f"assessors.{n}.org_id", "referral.kept_away", {})])
        found.append((Assessor(org["kind"], named.account_id), org["id"]))
    return found


async def _name(unit: UnitOfWork, case: CaseRow, risk_id: UUID, event_id: UUID, one: Assessor, org_id: UUID) -> None:
    """Keep who rates; whoever has not spoken yet is let in and given the task."""
    assessor_id = uuid7()
    unit.add(
        risk_assessor,
        id=assessor_id,
        risk_assessment_id=risk_id,
        case_id=case["id"],
        org_id=org_id,
        account_id=one.account_id,
        kind=one.kind,
        named_by=unit.actor.account_id,
        confirmed_at=unit.now if one.confirmed else None,
    )
    if one.confirmed:
        return
    profile = unit.profile_of(case)
    terms, zone = profile.own_terms, ZoneInfo(profile.timezone)
    await unit.flush()
    seen = await unit.visible_classes(case["id"])
    unit.add(
        case_grant,
        id=uuid7(),
        case_id=case["id"],
        account_id=one.account_id,
        data_classes=sorted(c.value for c in seen if c.value in ("milestones", "casework", "identification")),
        basis="risk_team",
        source_id=risk_id,
        valid_to=later(unit.now, parse_duration(terms.risk_access), zone),
        granted_by=unit.actor.account_id,
    )
    unit.add(
        task,
        id=uuid7(),
        jurisdiction=case["jurisdiction"],
        case_id=case["id"],
        org_id=org_id,
        account_id=one.account_id,
        rule=f"risk.word.{one.kind}",
        profile_version=case["profile_version"],
        event=WORD,
        from_event_id=event_id,
        subject_id=assessor_id,
        due_at=later(unit.now, parse_duration(terms.risk_word), zone),
        bound="max",
        to_confirm=terms.to_confirm,
    )


async def confirm_risk(unit: UnitOfWork, case_id: UUID, risk_id: UUID) -> RowMapping:
    """Say yes to a rating, for oneself; with the last yes the level holds."""
    case, row, mine, others = await _mine(unit, case_id, risk_id)
    await unit.execute(update(risk_assessor).where(risk_assessor.c.id == mine["id"]).values(confirmed_at=unit.now))
    await record_event(unit, case, WORD, unit.now, subject_kind="risk_assessor", subject_id=mine["id"], agrees=True)
    spoken = [*others, Assessor(mine["kind"], unit.actor.account_id, confirmed=True)]
    if state_after(row["level"], row["seats"], spoken) == "confirmed":
        await _set_state(unit, row, "confirmed")
        event_id = await record_event(
            unit,
            case,
            EVENT,
            row["assessed_at"],
            subject_kind="risk",
            subject_id=risk_id,
            level=row["level"],
            danger=row["immediate_danger"],
        )
        _next_review(unit, case, risk_id, row["next_review_on"], event_id)
        await _keep_danger(unit, case)
    _audit_word(unit, case_id, risk_id, row["version"], agrees=True)
    return await _row(unit, case_id, risk_id)


async def object_to_risk(unit: UnitOfWork, case_id: UUID, risk_id: UUID, form: ObjectToRisk) -> RowMapping:
    """Say why one does not agree: the rating holds nothing, and those who rate look again together."""
    case, row, mine, _ = await _mine(unit, case_id, risk_id)
    sealed = await unit.seal_for_case(case_id, WORDS, mine["id"], {"objection": form.reason})
    await unit.execute(
        update(risk_assessor).where(risk_assessor.c.id == mine["id"]).values(objected_at=unit.now, **sealed)
    )
    await _set_state(unit, row, "disputed")
    await record_event(unit, case, WORD, unit.now, subject_kind="risk_assessor", subject_id=mine["id"], agrees=False)
    _audit_word(unit, case_id, risk_id, row["version"], agrees=False)
    return await _row(unit, case_id, risk_id)


async def _mine(
    unit: UnitOfWork, case_id: UUID, risk_id: UUID
) -> tuple[RowMapping, RowMapping, RowMapping, list[Assessor]]:
    case = await unit.case(case_id, "risk.confirm", lock=True)
    row = await _row(unit, case_id, risk_id)
    query = select(risk_assessor).where(risk_assessor.c.risk_assessment_id == risk_id)
    rows = list((await unit.execute(query)).mappings())
    mine = next((one for one in rows if one["account_id"] == unit.actor.account_id), None)
    check_word(row["state"], None if mine is None else _assessor(mine))
    assert mine is not None
    return case, row, mine, [_assessor(one) for one in rows if one is not mine]


def _assessor(row: RowMapping) -> Assessor:
    return Assessor(row["kind"], row["account_id"], row["confirmed_at"] is not None, row["objected_at"] is not None)


async def _set_state(unit: UnitOfWork, row: RowMapping, state: str) -> None:
    await unit.execute(
        update(risk_assessment).where(risk_assessment.c.id == row["id"]).values(state=state, version=row["version"] + 1)
    )


def _audit_word(unit: UnitOfWork, case_id: UUID, risk_id: UUID, version: int, *, agrees: bool) -> None:
    unit.audit(
        "risk.confirm",
        subject_kind="risk",
        subject_id=risk_id,
        version=version + 1,
        cases=[case_id],
        changed=["state"],
        agrees=agrees,
    )


async def _row(unit: UnitOfWork, case_id: UUID, risk_id: UUID) -> RowMapping:
    row = await found(unit, risk_assessment, case_id, risk_id)
    if row is None:
        raise NotFound("risk.unknown")
    return row


async def _keep_danger(unit: UnitOfWork, case: CaseRow) -> None:
    """Keep on the case file whether somebody is in danger now."""
    danger = danger_now(await ratings_of(unit, case["id"]))
    if danger is not None and danger != case["immediate_danger"]:
        await unit.execute(
            update(case_file)
            .where(case_file.c.id == case["id"])
            .values(immediate_danger=danger, version=case_file.c.version + 1)
        )


def _next_review(unit: UnitOfWork, case: CaseRow, risk_id: UUID, on: Any, event_id: UUID) -> None:
    """Make the task of the next look, on the day those who rated agreed, beside what a rule asks for."""
    if on is None:
        return
    zone = ZoneInfo(unit.profile_of(case).timezone)
    unit.add(
        task,
        id=uuid7(),
        jurisdiction=case["jurisdiction"],
        case_id=case["id"],
        org_id=case["responsible_org_id"],
        account_id=case["responsible_account_id"],
        rule="risk.next_review",
        profile_version=case["profile_version"],
        event=EVENT,
        from_event_id=event_id,
        due_at=datetime.combine(on, time(23, 59), tzinfo=zone),
        bound="max",
        to_confirm=False,
    )


async def read_risks(unit: UnitOfWork, case_id: UUID) -> RiskFile:
    """Return every assessment of risk of a case with its texts open, who rated, and what the rules then propose."""
    case = await unit.case(case_id, "risk.read")
    profile = unit.profile_of(case)
    query = select(risk_assessment).where(risk_assessment.c.case_id == case_id)
    order = (risk_assessment.c.assessed_at.desc(), risk_assessment.c.id.desc())
    rows = [dict(row) for row in (await unit.execute(query.order_by(*order))).mappings()]
    opened = [
        {**row, **await unit.open_for_case(case_id, TABLE, row, "measures", "person_view", "best_interest")}
        for row in rows
    ]
    people = select(risk_assessor, account.c.display_name).outerjoin(
        account, account.c.id == risk_assessor.c.account_id
    )
    assessors: dict[UUID, list[Named]] = {}
    for one in (await unit.execute(people.where(risk_assessor.c.case_id == case_id))).mappings():
        said = await unit.open_for_case(case_id, WORDS, dict(one), "objection")
        named = Named(dict(one), one["display_name"] or "", said["objection"])
        assessors.setdefault(one["risk_assessment_id"], []).append(named)
    ratings = await ratings_of(unit, case_id)
    ids = [row["org_id"] for row in rows] + [one.row["org_id"] for group in assessors.values() for one in group]
    unit.audit("risk.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(rows))
    return RiskFile(
        case=case,
        ratings=opened,
        assessors=assessors,
        holds=standing(ratings),
        danger=case["immediate_danger"],
        levels=levels_of(profile),
        seats=seats_of(profile, case["is_child"]),
        advice=tuple(one for one in await advice_for(unit, case) if one.holds),
        names=await organisation_names(unit, ids),
    )
