"""A day in a shelter: who is here, who is coming, which bed is free tonight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, select, text

from app.domain.placements import State
from app.domain.policy import DataClass
from app.services.beds import held_between, list_beds
from app.services.persons import open_identity
from app.services.placements import today
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file
from app.storage.persons import person

NIGHTS = 7


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who holds a bed: the stay, the case and how the team calls the person."""

    placement: RowMapping
    case: RowMapping | None
    name: str
    bed: str


@dataclass(frozen=True, slots=True)
class Day:
    """The shelter's day; `free` is how many beds in use are nobody's tonight."""

    day: date
    guests: tuple[Guest, ...]
    coming: tuple[Guest, ...]
    beds: tuple[RowMapping, ...]
    held: tuple[RowMapping, ...]
    names: Mapping[UUID, str]
    free: int


async def shelter_day(unit: UnitOfWork, *, names: bool = True) -> Day:
    """Return the shelter's day. Names are opened only where the team may see the identity, and each look is audited."""
    day = today(unit)
    beds = await list_beds(unit)
    held = await held_between(unit, day, NIGHTS)
    cases = await _cases(unit, {row["case_id"] for row in held})
    called = await _called(unit, cases.values(), names)
    labels = {row["id"]: row["label"] for row in beds}
    guests = [
        Guest(row, cases.get(row["case_id"]), called.get(row["case_id"], ""), labels.get(row["bed_id"], ""))
        for row in held
    ]
    taken = {row["bed_id"] for row in held if row["starts_on"] <= day}
    return Day(
        day=day,
        guests=tuple(g for g in guests if g.placement["state"] in (State.ADMITTED, State.ABSENT)),
        coming=tuple(g for g in guests if g.placement["state"] == State.RESERVED),
        beds=tuple(beds),
        held=tuple(held),
        names=called,
        free=sum(1 for row in beds if row["in_use"] and row["id"] not in taken),
    )


async def _cases(unit: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, RowMapping]:
    wanted = list(ids)
    if not wanted:
        return {}
    rows = await unit.execute(select(case_file).where(case_file.c.id.in_(wanted)))
    return {row["id"]: row for row in rows.mappings()}


async def _called(unit: UnitOfWork, cases: Iterable[RowMapping], names: bool) -> dict[UUID, str]:
    """Return how each person is called: the given name where it may be seen, the end of the case code otherwise."""
    found = {case["id"]: str(case["code"]).rsplit("-", 1)[-1] for case in cases}
    if not names or not found:
        return found
    query = (
        select(person, case_file.c.id.label("case_id"))
        .join(case_file, case_file.c.person_id == person.c.id)
        .where(
            case_file.c.id.in_(list(found)),
            text("casework.may_see(case_file.id, :identity)").bindparams(identity=DataClass.IDENTITY.value),
        )
    )
    opened = (await unit.execute(query)).mappings().all()
    for row in opened:
        given = open_identity(unit, row).given_names
        if given:
            found[row["case_id"]] = given
    if opened:
        unit.audit(
            "person.read",
            subject_kind="person",
            cases=[row["case_id"] for row in opened],
            persons=[row["id"] for row in opened],
            shown=len(opened),
            purpose="shelter_day",
        )
    return found
