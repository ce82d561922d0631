"""A case on one page: the two tracks, what is due, who is responsible, and which data classes are open to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select

from app.domain.case_life import HelpKind, HelpView, help_track
from app.domain.case_tracks import SERVICE_KINDS, Day, Expected, Happened, tracks, waiting_for
from app.domain.policy import DataClass, may
from app.domain.victim_status import Kind, StatusView, derive
from app.services.events import help_event, standing_events, status_event
from app.services.reference import organisation_names
from app.services.tasks import tasks_of
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account
from app.storage.cases import access_request, case_event, case_grant
from app.storage.notes import note
from app.storage.placements import placement
from app.storage.referrals import referral

SERVICES_SHOWN = 100
EVENTS_SHOWN = 400
"""At most so many events are drawn; older services stand on their own page."""

State = Literal["open", "covered", "locked"]


@dataclass(frozen=True, slots=True)
class ClassState:
    """One data class as the actor finds it.

    `covered`: may be opened, and each opening is written down. `holders` are the organisations that see it now;
    `ask` is the way in where there is one: ask the responsible organisation, or reveal; `asked`: it has been asked
    and waits. `until`: when the actor's own access ends, None where no end is set. `notes`: notes of the class.
    """

    data_class: DataClass
    state: State
    holders: tuple[UUID, ...] = ()
    ask: Literal["request", "reveal"] | None = None
    asked: bool = False
    until: datetime | None = None
    notes: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the page of a case shows. `names`: organisations by id and language. `days`: the two tracks."""

    case: RowMapping
    responsible: str | None
    status: StatusView
    help: HelpView
    waiting: str | None
    classes: tuple[ClassState, ...]
    events: Sequence[RowMapping]
    tasks: Sequence[RowMapping]
    days: Sequence[Day]
    names: Mapping[UUID, Mapping[str, str]]
    referrals: Mapping[UUID, RowMapping]
    """The referrals of the case by id: to whom, for what."""
    requests: int
    """Open requests for access that the actor's organisation has to answer."""


async def read_story(unit: UnitOfWork, case_id: UUID) -> Story:
    """Return the story of a case as far as the actor may see it; the read names the classes it showed."""
    case = await unit.case(case_id, "case.read")
    events = await _events(unit, case_id)
    due = await tasks_of(unit, case_id)
    classes = await _classes(unit, case)
    status = derive(status_event(row) for row in events if row["kind"] in _STATUS)
    helped = help_track(help_event(row) for row in standing_events(events) if row["kind"] in _HELP)
    waiting = waiting_for(status, closed=case["state"] == "closed")
    days = tracks(
        [
            Happened(r["id"], r["kind"], r["occurred_at"], r["org_id"], r["facts"], r["corrects"], r["subject_id"])
            for r in events
        ],
        [Expected(t["event"], t["due_at"], t["org_id"], t["bound"], t["to_confirm"]) for t in due],
        waiting,
        unit.now,
        unit.profile_of(case).timezone,
    )
    referrals = await _referrals(unit, case_id)
    shown = {case["responsible_org_id"], case["opened_org_id"], *(r["org_id"] for r in events)}
    shown |= {t["org_id"] for t in due} | {org for c in classes for org in c.holders}
    shown |= {r["receiver_org_id"] for r in referrals.values()} | _named(events)
    unit.audit(
        "case.read",
        subject_kind="case",
        subject_id=case_id,
        cases=[case_id],
        classes={DataClass.MILESTONES.value, *(row["data_class"] for row in events)},
        shown=len(events),
    )
    return Story(
        case=case,
        responsible=await _responsible(unit, case),
        status=status,
        help=helped,
        waiting=waiting,
        classes=classes,
        events=events,
        tasks=due,
        days=days,
        names=await organisation_names(unit, shown),
        referrals=referrals,
        requests=await _requests(unit, case),
    )


_STATUS = frozenset(kind.value for kind in Kind)
_HELP = frozenset(kind.value for kind in HelpKind)


async def _events(unit: UnitOfWork, case_id: UUID) -> list[RowMapping]:
    """Return the events the actor may see, the newest first; of services, which come in hundreds, the newest only."""
    own = select(case_event).where(case_event.c.case_id == case_id)
    newest = (case_event.c.occurred_at.desc(), case_event.c.id.desc())
    steps = own.where(case_event.c.kind.not_in(SERVICE_KINDS)).order_by(*newest).limit(EVENTS_SHOWN)
    services = own.where(case_event.c.kind.in_(SERVICE_KINDS)).order_by(*newest).limit(SERVICES_SHOWN)
    rows = [*(await unit.execute(steps)).mappings(), *(await unit.execute(services)).mappings()]
    return sorted(rows, key=lambda row: (row["occurred_at"], row["id"]), reverse=True)


async def _referrals(unit: UnitOfWork, case_id: UUID) -> dict[UUID, RowMapping]:
    columns = (referral.c.id, referral.c.receiver_org_id, referral.c.purposes, referral.c.state)
    rows = await unit.execute(select(*columns).where(referral.c.case_id == case_id))
    return {row["id"]: row for row in rows.mappings()}


def _named(events: Sequence[RowMapping]) -> set[UUID]:
    """Return the organisations that events name in their facts."""
    return {UUID(row["facts"]["to_org"]) for row in events if "to_org" in row["facts"]}


async def _classes(unit: UnitOfWork, case: RowMapping) -> tuple[ClassState, ...]:
    visible = await unit.visible_classes(case["id"])
    holders, until = await _grants(unit, case["id"])
    counted = select(note.c.data_class, func.count()).where(note.c.case_id == case["id"]).group_by(note.c.data_class)
    notes: dict[str, int] = {row[0]: row[1] for row in await unit.execute(counted)}
    asked = await _asked(unit, case["id"])
    here = await _sheltered_by_us(unit, case["id"])
    return tuple(
        _class_state(unit, case, data_class, visible, holders, until, notes, asked, here) for data_class in DataClass
    )


def _class_state(
    unit: UnitOfWork,
    case: RowMapping,
    data_class: DataClass,
    visible: frozenset[DataClass],
    holders: Mapping[str, list[UUID]],
    until: Mapping[str, datetime | None],
    notes: Mapping[str, int],
    asked: frozenset[str],
    here: bool,
) -> ClassState:
    key = data_class.value
    seen_by = tuple(holders.get(key, ()))
    if data_class is DataClass.SHELTER_LOCATION:
        return ClassState(data_class, "open" if here else "locked")
    if data_class is DataClass.IDENTITY and case["without_identity"]:
        return ClassState(data_class, "locked")
    if data_class in visible:
        state: State = "covered" if data_class is DataClass.IDENTITY else "open"
        return ClassState(data_class, state, seen_by, until=until.get(key), notes=notes.get(key, 0))
    if data_class not in unit.actor.classes:
        return ClassState(data_class, "locked", seen_by)
    if data_class is DataClass.IDENTITY and may(unit.actor.role, "identity.reveal"):
        return ClassState(data_class, "locked", seen_by, ask="reveal")
    return ClassState(data_class, "locked", seen_by, ask="request", asked=key in asked)


async def _grants(unit: UnitOfWork, case_id: UUID) -> tuple[dict[str, list[UUID]], dict[str, datetime | None]]:
    """Return by class who holds it now, and when the actor's own access to it ends."""
    query = select(case_grant).where(
        case_grant.c.case_id == case_id,
        case_grant.c.valid_from <= unit.now,
        or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
    )
    holders: dict[str, list[UUID]] = {}
    until: dict[str, datetime | None] = {}
    for row in (await unit.execute(query.order_by(case_grant.c.valid_from))).mappings():
        own = unit.actor.org_id == row["org_id"] or unit.actor.account_id == row["account_id"]
        for key in row["data_classes"]:
            if row["org_id"] is not None and row["org_id"] not in holders.setdefault(key, []):
                holders[key].append(row["org_id"])
            if own:
                known = until.get(key, row["valid_to"])
                longer = None if known is None or row["valid_to"] is None else max(known, row["valid_to"])
                until[key] = longer
    return holders, until


async def _asked(unit: UnitOfWork, case_id: UUID) -> frozenset[str]:
    query = select(access_request.c.data_classes).where(
        access_request.c.case_id == case_id,
        access_request.c.account_id == unit.actor.account_id,
        access_request.c.state == "asked",
    )
    return frozenset(key for row in await unit.execute(query) for key in row[0])


async def _sheltered_by_us(unit: UnitOfWork, case_id: UUID) -> bool:
    if DataClass.SHELTER_LOCATION not in unit.actor.classes:
        return False
    query = select(placement.c.id).where(
        placement.c.case_id == case_id,
        placement.c.org_id == unit.actor.org_id,
        placement.c.state.in_(("reserved", "admitted", "absent")),
    )
    return (await unit.execute(query.limit(1))).first() is not None


async def _responsible(unit: UnitOfWork, case: RowMapping) -> str | None:
    """Return the name of the responsible person, an officer, where one is named."""
    query = select(account.c.display_name).where(account.c.id == case["responsible_account_id"])
    name: str | None = (await unit.execute(query)).scalar()
    return name


async def _requests(unit: UnitOfWork, case: RowMapping) -> int:
    if case["responsible_org_id"] != unit.actor.org_id or not may(unit.actor.role, "access.grant"):
        return 0
    query = select(func.count()).where(access_request.c.case_id == case["id"], access_request.c.state == "asked")
    return int((await unit.execute(query.select_from(access_request))).scalar_one())


__all__ = ["ClassState", "Story", "read_story"]
