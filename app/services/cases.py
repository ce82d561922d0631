"""Case files: registering a person, and listing the cases one works with."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select, union

from app.domain.forms.cases import Identity, RegisterCase
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import case_code, uuid7
from app.domain.policy import NATIONAL_ROLES, DataClass
from app.domain.problems import Conflict, FieldError, Invalid
from app.services.case_facts import age_word, case_facts, check_identity, names_somebody
from app.services.events import record_event
from app.services.persons import keep_person, likely_the_same, propose, read_identity
from app.services.signals import attach_case
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_file, case_grant, case_key, urgent_needs
from app.storage.encryption import associated, seal_json
from app.storage.persons import person
from app.storage.signals import signal

OPENING_CLASSES = [c.value for c in DataClass if c is not DataClass.SHELTER_LOCATION]
"""What the organisation that opens a case may see of it; a shelter's address is never part of that."""


async def register_case(unit: UnitOfWork, form: RegisterCase) -> CaseRow:
    """Register a person and open their case file; urgent needs come first, every part of identity may be unknown.

    The same client-made id again returns the same case. `person_id` names a person already known (another
    episode, or found by searching); `without_identity` keeps none: an adult who does not want to be named is
    helped and counted once. Likely duplicates are proposed, never merged. Returns the case file's row.
    """
    check_codes(form, unit.profile)
    check_past("first_contact_at", form.first_contact_at, unit.now)
    if form.without_identity and names_somebody(form.identity):
        raise Invalid.one("without_identity", "case.identity_given")
    check_identity(form.identity, unit.now.date())
    _check_needs(form)
    if form.id is not None:
        already = await _find(unit, form.id)
        if already is not None:
            unit.audit("case.register", subject_kind="case", subject_id=form.id, cases=[form.id], outcome="repeated")
            return already
    whose = await _whose(unit, form)
    likely = [] if form.person_id or form.without_identity else await likely_the_same(unit, form.identity)
    # From here on rows only wait: one round trip writes them all, in this order.
    person_id = keep_person(unit, form.identity) if whose is None and not form.without_identity else whose and whose[0]
    identity = whose[1] if whose else form.identity
    case = _open_case(unit, form, person_id, identity, whose and whose[2])
    await _needs(unit, case, form)
    if person_id is not None:
        propose(unit, person_id, likely)
    if form.signal_id is not None:
        report = await attach_case(unit, form.signal_id, case["id"])
        await record_event(
            unit,
            case,
            "SIGNAL_RECEIVED",
            report["received_at"],
            subject_kind="signal",
            subject_id=form.signal_id,
            first=True,
        )
    unit.audit(
        "case.register",
        subject_kind="case",
        subject_id=case["id"],
        version=1,
        cases=[case["id"]],
        persons=[person_id] if person_id else [],
        classes=[c for c in OPENING_CLASSES if c in unit.actor.classes],
        duplicates=len(likely),
    )
    return case


def _check_needs(form: RegisterCase) -> None:
    unknown = [code for code in form.urgent.met if code not in form.urgent.needs]
    if unknown:
        raise Invalid([FieldError("urgent.met", "case.met_without_need", {"value": unknown[0]})])


async def _find(unit: UnitOfWork, case_id: UUID) -> RowMapping | None:
    row: RowMapping | None = (await unit.execute(select(case_file).where(case_file.c.id == case_id))).mappings().first()
    return row


async def _whose(unit: UnitOfWork, form: RegisterCase) -> tuple[UUID, Identity, UUID] | None:
    """Return (person, identity, previous case) of a person already known, None for everybody else."""
    if form.person_id is None:
        return None
    if form.without_identity:
        raise Invalid.one("without_identity", "case.identity_given")
    query = (
        select(case_file.c.id)
        .join(person, person.c.id == case_file.c.person_id)
        .where(case_file.c.person_id == form.person_id)
        .order_by(case_file.c.id.desc())
        .limit(1)
    )
    earlier = (await unit.execute(query)).scalar()
    if earlier is None:
        raise Invalid.one("person_id", "person.unknown")
    _, known = await read_identity(unit, earlier)
    return form.person_id, known, earlier


def _open_case(
    unit: UnitOfWork, form: RegisterCase, person_id: UUID | None, identity: Identity, previous: UUID | None
) -> dict[str, Any]:
    """Open the case file with its key, the grant of the opening organisation and the urgent needs."""
    actor, profile = unit.actor, unit.profile
    on = form.first_contact_at.astimezone(ZoneInfo(profile.timezone)).date()
    place = profile.places.get(form.municipality) if form.municipality else None
    case_id = form.id or uuid7()
    data_key, wrapped = unit.program.keyring.new_data_key("case", case_id)
    case: dict[str, Any] = {
        "id": case_id,
        "code": case_code(actor.jurisdiction, on.year),
        "jurisdiction": actor.jurisdiction,
        "profile_version": profile.version,
        "person_id": person_id,
        "previous_case_id": previous,
        "opened_at": form.first_contact_at.astimezone(UTC),
        "opened_org_id": actor.org_id,
        "opened_by": actor.account_id,
        "responsible_org_id": actor.org_id,
        "responsible_account_id": actor.account_id,
        "municipality": form.municipality,
        "county": place.parent if place else None,
        **case_facts(profile, identity, on),
        "languages": list(form.languages),
        "interpreter_needed": form.interpreter_needed,
        "urgency": form.urgency,
        "immediate_danger": {"yes": True, "no": False}.get(form.urgent.danger),
        "without_identity": person_id is None,
        "detection_source": form.detection_source,
        "status": "NOT_ASSESSED",
        "stage": "INITIAL_ID",
        "state": "open",
        "version": 1,
    }
    unit.add(case_file, **case)
    unit.add(case_key, case_id=case_id, wrapped_key=wrapped.blob, key_version=wrapped.version)
    unit.add(
        case_grant,
        id=uuid7(),
        case_id=case_id,
        org_id=actor.org_id,
        data_classes=OPENING_CLASSES,
        basis="opening",
        granted_by=actor.account_id,
    )
    needs_id, note = uuid7(), form.urgent.note
    unit.add(
        urgent_needs,
        id=needs_id,
        case_id=case_id,
        org_id=actor.org_id,
        account_id=actor.account_id,
        assessed_at=form.first_contact_at,
        danger=form.urgent.danger,
        needs=list(form.urgent.needs),
        met=list(form.urgent.met),
        note=None if note is None else seal_json(data_key, note, associated("casework.urgent_needs", "note", needs_id)),
    )
    return case


async def _needs(unit: UnitOfWork, case: CaseRow, form: RegisterCase) -> None:
    years = age_word(case["is_child"], case["age_group"])
    await record_event(unit, case, "FIRST_CONTACT", form.first_contact_at, first=True, age=years, urgency=form.urgency)
    if form.urgent.needs and set(form.urgent.met) == set(form.urgent.needs):
        await record_event(unit, case, "URGENT_NEEDS_MET", form.first_contact_at)


LISTED = (
    case_file.c.id,
    case_file.c.code,
    case_file.c.status,
    case_file.c.stage,
    case_file.c.state,
    case_file.c.sex,
    case_file.c.age_group,
    case_file.c.is_child,
    case_file.c.age_in_doubt,
    case_file.c.languages,
    case_file.c.urgency,
    case_file.c.immediate_danger,
    case_file.c.opened_at,
    case_file.c.county,
    case_file.c.responsible_org_id,
    case_file.c.responsible_account_id,
    case_file.c.version,
)


async def list_cases(
    unit: UnitOfWork,
    *,
    after: UUID | None = None,
    limit: int = 50,
    state: str | None = None,
    code: str | None = None,
    mine: bool = False,
) -> Sequence[RowMapping]:
    """Return the cases the actor works with, the newest first, paged by key.

    The list is driven from the actor's grants, so that it costs the same in an organisation with ten cases and in
    one with a hundred thousand; national roles walk the jurisdiction's cases instead.
    """
    actor = unit.actor
    query = select(*LISTED)
    if after is not None:
        query = query.where(case_file.c.id < after)
    if actor.role in NATIONAL_ROLES:
        query = query.where(case_file.c.jurisdiction == actor.jurisdiction)
    elif code is None:
        # a code leads to its case at once: row-level security leaves it out where it is not the actor's
        most = limit if state is None and not mine else None
        held = union(
            _granted(unit, case_grant.c.org_id == actor.org_id, after, most),
            _granted(unit, case_grant.c.account_id == actor.account_id, after, most),
        ).subquery()
        query = query.join(held, held.c.case_id == case_file.c.id)
    if state is not None:
        query = query.where(case_file.c.state == state)
    if code is not None:
        query = query.where(case_file.c.code == code.strip().upper())
    if mine:
        query = query.where(case_file.c.responsible_account_id == actor.account_id)
    rows: Sequence[RowMapping] = (
        (await unit.execute(query.order_by(case_file.c.id.desc()).limit(limit))).mappings().all()
    )
    unit.audit("case.list", cases=[row["id"] for row in rows], shown=len(rows))
    return rows


def _granted(unit: UnitOfWork, holder: ColumnElement[bool], after: UUID | None, most: int | None) -> Select[Any]:
    """Return the cases of one holder of grants, in the order of the list: each holder's index is walked by itself."""
    query = (
        select(case_grant.c.case_id)
        .distinct()
        .where(
            holder,
            case_grant.c.valid_from <= unit.now,
            or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
            case_grant.c.data_classes.contains([DataClass.MILESTONES.value]),
        )
        .order_by(case_grant.c.case_id.desc())
        .limit(most)
    )
    return query if after is None else query.where(case_grant.c.case_id < after)


async def may_register_from(unit: UnitOfWork, signal_id: UUID) -> None:
    """Refuse where the signal already has a case, before somebody fills in a form for nothing."""
    query = select(signal.c.case_id).where(signal.c.id == signal_id)
    if (await unit.execute(query)).scalar() is not None:
        raise Conflict("signal.has_case")
