"""The team of a formal identification: named, declared free of conflicts of interest, and what its members see."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, insert, or_, select, update

from app.domain.forms.formal_identification import DeclareConflict, NameMember
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Forbidden, Invalid, NotFound
from app.services.formal_identification import (
    SUBJECT,
    UNDECIDED,
    Procedure,
    end_team,
    for_act,
    tell_aside,
    written,
)
from app.services.formal_proposals import void_signatures
from app.services.identification_officers import check_word, people_of
from app.services.reference import require_organisation
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_denial, case_grant
from app.storage.formal_identification import formal_conflict, formal_declaration, formal_member
from app.storage.organisations import organisation

SHARED = (DataClass.MILESTONES, DataClass.IDENTIFICATION, DataClass.CASEWORK)
"""What a member sees of the case while the procedure goes on."""
_TEAM_STATES = (*UNDECIDED, "decided", "appealed")


async def name_member(unit: UnitOfWork, procedure_id: UUID, form: NameMember) -> UUID:
    """Name somebody to the team; a person with an account sees the case from now on. Returns the member's id.

    Only the kinds of organisation that the profile's team has. Named by a member, by who wrote the request down, or
    by the organisation that answers for the case.
    """
    found = await for_act(unit, procedure_id, "formal.lead", *_TEAM_STATES)
    _may_lead(unit, found)
    row_id = form.id or uuid7()
    if any(one.row["id"] == row_id for one in found.members):
        unit.audit(
            "formal.lead", subject_kind=SUBJECT, subject_id=procedure_id, cases=[found.case["id"]], outcome="repeated"
        )
        return row_id
    joining = await require_organisation(unit, form.org_id, "org_id")
    if joining["kind"] not in (*found.team.required, *found.team.optional):
        raise Invalid.one("org_id", "formal.kind_not_of_team")
    if (form.account_id is None) == (form.outside_name is None):
        raise Invalid.one("account_id", "formal.person_or_name")
    if form.account_id is not None:
        await _check_person(unit, found, joining, form)
        await check_word(unit, found.case, joining)
    sealed = await unit.seal_for_case(
        found.case["id"], "casework.formal_member", row_id, {"outside_name": form.outside_name}
    )
    await unit.execute(
        insert(formal_member).values(
            **written(unit, found, row_id),
            **sealed,
            member_org_id=form.org_id,
            member_account_id=form.account_id,
            kind=joining["kind"],
            joined_at=unit.now,
        )
    )
    await void_signatures(unit, found, "team")
    await tell_aside(unit, found, "formal_member_named", organisation_kind=joining["kind"], to_org=str(form.org_id))
    unit.audit(
        "formal.lead",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[found.case["id"]],
        changed=["team"],
        step="member_named",
        member=str(row_id),
        joined=str(form.org_id),
    )
    if form.account_id is not None:
        await open_to(unit, found, form.account_id)
    return row_id


def _may_lead(unit: UnitOfWork, found: Procedure) -> None:
    actor = unit.actor
    ours = actor.org_id in (found.row["org_id"], found.case["responsible_org_id"])
    own = found.own(actor.account_id)
    if not ours and (own is None or own.declaration == "declared"):
        raise Forbidden("formal.only_team", case_id=found.case["id"])


async def _check_person(unit: UnitOfWork, found: Procedure, joining: RowMapping, form: NameMember) -> None:
    if form.account_id not in {person["id"] for person in await people_of(unit, form.org_id)}:
        raise Invalid.one("account_id", "identification.person_elsewhere")
    if any(m.row["member_account_id"] == form.account_id and m.declaration == "declared" for m in found.members):
        raise Invalid.one("account_id", "formal.had_conflict")
    if any(m.row["member_account_id"] == form.account_id and m.member.takes_part for m in found.members):
        raise Invalid.one("account_id", "formal.already_member")
    # Who may not read denials names somebody in vain: denials beat grants.
    kept_away = select(case_denial.c.id).where(
        case_denial.c.case_id == found.case["id"],
        or_(case_denial.c.org_id == form.org_id, case_denial.c.account_id == form.account_id),
        or_(case_denial.c.valid_to.is_(None), case_denial.c.valid_to > unit.now),
    )
    if (await unit.execute(kept_away)).first() is not None:
        raise Invalid.one("account_id", "identification.officer_denied")


async def open_to(unit: UnitOfWork, found: Procedure, account_id: UUID, until: datetime | None = None) -> UUID:
    """Let a member see the case: as much of milestones, identification and casework as the actor sees. Returns the
    grant's id."""
    grant_id = uuid7()
    visible = await unit.visible_classes(found.case["id"])
    await unit.execute(
        insert(case_grant).values(
            id=grant_id,
            case_id=found.case["id"],
            org_id=None,
            account_id=account_id,
            data_classes=[one.value for one in SHARED if one in visible],
            basis="team",
            source_id=found.id,
            valid_to=until,
            granted_by=unit.actor.account_id,
        )
    )
    return grant_id


async def remove_member(unit: UnitOfWork, procedure_id: UUID, member_id: UUID) -> None:
    """Take somebody out of the team; what they saw of the case by it ends now."""
    found = await for_act(unit, procedure_id, "formal.lead", *_TEAM_STATES)
    _may_lead(unit, found)
    member = next((one for one in found.members if one.row["id"] == member_id), None)
    if member is None:
        raise NotFound("formal.unknown_member", case_id=found.case["id"])
    if member.row["removed_at"] is not None:
        raise Conflict("formal.member_removed", case_id=found.case["id"])
    await void_signatures(unit, found, "team")
    await tell_aside(unit, found, "formal_member_left", organisation_kind=member.row["kind"])
    await unit.execute(
        update(formal_member)
        .where(formal_member.c.id == member_id)
        .values(removed_at=unit.now, removed_by=unit.actor.account_id, version=member.row["version"] + 1)
    )
    unit.audit(
        "formal.lead",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[found.case["id"]],
        changed=["team"],
        step="member_removed",
        member=str(member_id),
    )
    if member.row["member_account_id"] is not None:
        await end_team(unit, procedure_id, account_id=member.row["member_account_id"])


async def declare(unit: UnitOfWork, procedure_id: UUID, form: DeclareConflict) -> None:
    """Write down the actor's own word about a conflict of interest.

    A declared one ends the part in the team, what was seen by it, and keeps the actor away from the case: the last
    thing that the actor does there. The seat is then empty and has to be filled anew.
    """
    found = await for_act(unit, procedure_id, "formal.lead", *_TEAM_STATES)
    own = found.own(unit.actor.account_id)
    if own is None:
        raise Forbidden("formal.not_member", case_id=found.case["id"])
    if own.declaration == form.answer:
        unit.audit(
            "formal.lead", subject_kind=SUBJECT, subject_id=procedure_id, cases=[found.case["id"]], outcome="repeated"
        )
        return
    declared = form.answer == "declared"
    if declared and not form.conflict_reason:
        raise Invalid.one("conflict_reason", "formal.conflict_reason_missing")
    if declared and found.case["responsible_account_id"] == unit.actor.account_id:
        raise Conflict("formal.conflict_responsible", "answer", case_id=found.case["id"])
    row_id, conflict_id = uuid7(), uuid7()
    sealed = await unit.seal_for_case(
        found.case["id"], "casework.formal_conflict", conflict_id, {"reason": form.conflict_reason}
    )
    await unit.execute(
        insert(formal_declaration).values(
            **written(unit, found, row_id), formal_member_id=own.row["id"], answer=form.answer
        )
    )
    if declared:
        about = {key: value for key, value in written(unit, found, conflict_id).items() if key != "formal_procedure_id"}
        await unit.execute(insert(formal_conflict).values(**about, **sealed, formal_declaration_id=row_id))
        await void_signatures(unit, found, "conflict")
    await tell_aside(
        unit, found, "formal_conflict_declared" if declared else "formal_no_conflict", organisation_kind=own.row["kind"]
    )
    unit.audit(
        "formal.lead",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[found.case["id"]],
        changed=["team"],
        step="conflict_declared" if declared else "no_conflict",
        member=str(own.row["id"]),
    )
    if declared:
        await end_team(unit, procedure_id, account_id=unit.actor.account_id)
        await _stand_aside(unit, found.case["id"])


async def _stand_aside(unit: UnitOfWork, case_id: UUID) -> None:
    await unit.execute(
        insert(case_denial).values(
            id=uuid7(),
            case_id=case_id,
            org_id=None,
            account_id=unit.actor.account_id,
            reason="conflict_of_interest",
            valid_from=unit.now,
            denied_by=unit.actor.account_id,
        )
    )


async def organisations_for(unit: UnitOfWork, found: Procedure) -> list[RowMapping]:
    """Return the organisations that can fill a seat of the team, by name."""
    kinds = (*found.team.required, *found.team.optional)
    query = select(organisation).where(
        organisation.c.jurisdiction == found.case["jurisdiction"],
        organisation.c.active.is_(True),
        organisation.c.kind.in_(kinds),
    )
    return list((await unit.execute(query.order_by(organisation.c.name_sq, organisation.c.id))).mappings())
