"""What the routing rules of the profile say about one case, and why somebody went another way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.profile import Profile
from app.domain.routing_rules import (
    Advice,
    Deviation,
    Fact,
    advice,
    check_reason,
    forbidden,
    missing,
    placement_deviations,
    proposals,
)
from app.services.events import record_event
from app.services.risk_standing import domains_now, level_now
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_event
from app.storage.children import separation_record
from app.storage.exploitations import exploitation
from app.storage.organisations import organisation
from app.storage.referrals import referral
from app.storage.risks import routing_deviation

TABLE = "casework.routing_deviation"
ACCOMMODATION = "ACCOMMODATION"


def _with_headings(profile: Profile, codes: Collection[str]) -> frozenset[str]:
    """Return forms of exploitation with the headings above them: a rule may name either."""
    listed = profile.code_list("form_of_exploitation")
    found = set(codes)
    for code in codes:
        value = listed.get(code)
        while value is not None and value.parent is not None:
            found.add(value.parent)
            value = listed.get(value.parent)
    return frozenset(found)


async def facts_for(unit: UnitOfWork, case: CaseRow, act: Mapping[str, Fact] | None = None) -> dict[str, Fact]:
    """Return what is known of a case for the rules; what the actor may not see is not known.

    `act` adds what is true of the act in hand: needs and urgency of a referral, leaving a shelter.
    """
    profile = unit.profile_of(case)
    seen = await unit.visible_classes(case["id"])
    level = await level_now(unit, case["id"])
    levels = {level} if level else set()
    if case["immediate_danger"]:
        levels.add("IMMEDIATE_DANGER")
    facts: dict[str, Fact] = {
        "age": frozenset({"child" if case["is_child"] else "adult"}),
        "sex": frozenset({case["sex"]}) if case["sex"] in ("FEMALE", "MALE") else None,
        "urgency": frozenset({case["urgency"]}),
        "risk_level": frozenset(levels) if levels else None,
        "person_category": await _categories(unit, case, DataClass.CASEWORK in seen),
        "form_of_exploitation": _with_headings(profile, case["forms"]) if case["forms"] else None,
    }
    if DataClass.CASEWORK in seen:
        facts["risk_domain"] = await domains_now(unit, case["id"])
    if DataClass.IDENTIFICATION in seen:
        query = select(exploitation.c.recruiter_relationships).where(
            exploitation.c.case_id == case["id"], exploitation.c.superseded_by.is_(None)
        )
        facts["recruiter_relationship"] = frozenset(code for row in await unit.execute(query) for code in row[0])
    return {**facts, **(act or {})}


async def _categories(unit: UnitOfWork, case: CaseRow, casework: bool) -> Fact:
    group = case["citizenship_group"]
    found = set() if group == "UNKNOWN" else {"NATIONAL" if group == "OWN_COUNTRY" else "FOREIGN"}
    if casework and case["is_child"]:
        query = (
            select(separation_record.c.status)
            .where(separation_record.c.case_id == case["id"])
            .order_by(separation_record.c.observed_at.desc(), separation_record.c.id.desc())
            .limit(1)
        )
        status = (await unit.execute(query)).scalar()
        if status is not None:
            category = unit.profile_of(case).code("separation_status", status).attributes.get("person_category")
            found |= {str(category)} if category else set()
    return frozenset(found) if found else None


async def advice_for(unit: UnitOfWork, case: CaseRow, act: Mapping[str, Fact] | None = None) -> tuple[Advice, ...]:
    """Return the rules that hold, or may hold, for a case; about no act unless `act` names one."""
    return advice(unit.profile_of(case).routing_rules.values(), await facts_for(unit, case, act))


def act_of_referral(row: Mapping[str, Any]) -> dict[str, Fact]:
    """Return what a referral adds to the facts."""
    return {
        "need_domain": frozenset(row["needs"]),
        "urgency": frozenset({row["urgency"]}),
        "referral_purpose": frozenset(row["purposes"]),
    }


def deviations_of(
    given: Collection[Advice], needs: Collection[str], kind: str, admits: Collection[str]
) -> tuple[Deviation, ...]:
    """Return which rules a receiver does not follow; about a shelter only, where a place to stay is asked for."""
    return placement_deviations(given, kind, admits) if ACCOMMODATION in needs else ()


async def check_receiver(
    unit: UnitOfWork, case: CaseRow, values: Mapping[str, Any], org: CaseRow, reason: str | None, referral_id: UUID
) -> None:
    """Ask for a reason where the receiver of a referral is not what the rules propose, and keep it.

    `values` are needs, urgency and purposes of the referral. Raises `Invalid` on `deviation_reason`.
    """
    given = await advice_for(unit, case, act_of_referral(values))
    found = deviations_of(given, values["needs"], org["kind"], org["admits"] or ())
    if reason is None and found:
        # a draft that is changed keeps the reason given when its receiver was chosen
        query = select(routing_deviation.c.rules).where(routing_deviation.c.subject_id == referral_id)
        said = {rule for row in await unit.execute(query) for rule in row[0]}
        found = tuple(one for one in found if one.rule.id not in said)
    check_reason(found, reason, "deviation_reason")
    await keep_deviation(unit, case, found, reason, "referral", referral_id)


async def check_stay(
    unit: UnitOfWork, case: CaseRow, kind: str, admits: Collection[str], reason: str | None, placement_id: UUID
) -> None:
    """Ask for a reason where a shelter reserves a bed that the rules would seek elsewhere, and keep it.

    Not again where who referred the person here gave it already.
    """
    found = await _unsaid(unit, case, placement_deviations(await advice_for(unit, case), kind, admits))
    check_reason(found, reason, "override_reason")
    await keep_deviation(unit, case, found, reason, "placement", placement_id)


async def _unsaid(unit: UnitOfWork, case: CaseRow, found: tuple[Deviation, ...]) -> tuple[Deviation, ...]:
    """Return the deviations for which no referral that the actor's organisation accepted gave a reason."""
    if not found:
        return ()
    query = (
        select(case_event.c.facts)
        .join(referral, referral.c.id == case_event.c.subject_id)
        .where(
            case_event.c.case_id == case["id"],
            case_event.c.kind == "routing_deviated",
            referral.c.receiver_org_id == unit.actor.org_id,
            referral.c.state == "accepted",
        )
    )
    said = {rule for facts in (await unit.execute(query)).scalars() for rule in facts["rules"]}
    return tuple(one for one in found if one.rule.id not in said)


async def check_leaving(
    unit: UnitOfWork,
    case: CaseRow,
    kind: str,
    approvals: Collection[str],
    goes_to: str | None,
    reason: str | None,
    placement_id: UUID,
) -> None:
    """Ask for a reason where somebody leaves for good without an approval a rule names, or to a place a rule speaks
    against; the person is free to leave, and it is written down."""
    given = await advice_for(unit, case, {"placement": frozenset({kind}), "leaving": frozenset({"permanent"})})
    found = (*missing(given, "approval", approvals), *not_allowed(given, "accommodation_kind", goes_to))
    check_reason(found, reason, "note")
    await keep_deviation(unit, case, found, reason, "placement", placement_id)


@dataclass(frozen=True, slots=True)
class StayAdvice:
    """What a shelter has to know of somebody beside their bed; `deviations`: what it would have to give a reason for.

    `approvals`: kinds of organisation whose approval a rule asks for before somebody leaves for good.
    """

    case: CaseRow
    advice: tuple[Advice, ...]
    deviations: tuple[Deviation, ...]
    approvals: tuple[str, ...]


async def advice_on_stay(unit: UnitOfWork, case: CaseRow) -> StayAdvice:
    """Return what the rules say of a stay in the actor's shelter, as far as the case is open to it."""
    query = select(organisation.c.kind, organisation.c.admits).where(organisation.c.id == unit.actor.org_id)
    own = (await unit.execute(query)).mappings().one()
    given = await advice_for(unit, case)
    leaving = await advice_for(unit, case, {"placement": frozenset({own["kind"]}), "leaving": frozenset({"permanent"})})
    return StayAdvice(
        case,
        tuple(one for one in given if one.holds),
        await _unsaid(unit, case, placement_deviations(given, own["kind"], own["admits"] or ())),
        proposals(leaving, "approval"),
    )


def not_allowed(given: Collection[Advice], list_id: str, code: str | None) -> tuple[Deviation, ...]:
    """Return the rules that hold and speak against a code."""
    return forbidden(given, list_id, code)


async def keep_deviation(
    unit: UnitOfWork,
    case: CaseRow,
    deviations: Collection[Deviation],
    reason: str | None,
    subject_kind: str,
    subject_id: UUID,
) -> None:
    """Keep why somebody went another way, sealed, and the rules as an event of the case."""
    if not deviations or reason is None:
        return
    rules = list(dict.fromkeys(one.rule.id for one in deviations))
    row_id = uuid7()
    unit.add(
        routing_deviation,
        id=row_id,
        case_id=case["id"],
        org_id=unit.actor.org_id,
        account_id=unit.actor.account_id,
        rules=rules,
        subject_kind=subject_kind,
        subject_id=subject_id,
        **await unit.seal_for_case(case["id"], TABLE, row_id, {"reason": reason}),
    )
    await record_event(
        unit, case, "routing_deviated", unit.now, subject_kind=subject_kind, subject_id=subject_id, rules=rules
    )
