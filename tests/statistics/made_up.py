"""Made-up cases for figures, written straight into the tables: only what the extract reads of them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.domain.ids import uuid7
from app.storage.cases import case_event, case_file
from app.storage.deliveries import service_delivery
from app.storage.persons import person
from tests.world import World

NOON = (12, 0)


@dataclass(frozen=True)
class Event:
    """One event of a case; `corrects` is the place of an earlier event in the list."""

    kind: str
    at: datetime
    result: str | None = None
    age: str | None = "adult"
    corrects: int | None = None


@dataclass(frozen=True)
class Case:
    """One case of one person; `vmt` and `vt` are the days of plain decisions, `events` anything else."""

    sex: str = "FEMALE"
    age: str = "adult"
    form: str | None = "SEX"
    county: str | None = "AL-01"
    vmt: date | None = None
    vt: date | None = None
    events: tuple[Event, ...] = ()
    opened: date = date(2024, 1, 10)
    person: UUID | None = None
    without_identity: bool = False
    closure: str | None = None
    jurisdiction: str = "AL"
    forms: tuple[str, ...] = field(default=())


def at_noon(day: date) -> datetime:
    """Return the middle of a day."""
    return datetime(day.year, day.month, day.day, *NOON, tzinfo=UTC)


async def add_person(world: World, *, merged_into: UUID | None = None) -> UUID:
    """Add a person whose identity nobody reads."""
    person_id = uuid7()
    org = await world.organisation("DEMO-NJL-BERAT")
    async with world.superuser() as connection:
        await connection.execute(
            insert(person).values(
                id=person_id,
                jurisdiction="AL",
                org_id=org,
                created_by=uuid7(),
                identity=b"sealed",
                tokens=[],
                merged_into=merged_into,
            )
        )
    return person_id


async def add_cases(world: World, cases: list[Case]) -> list[UUID]:
    """Add cases with their events; returns their ids."""
    orgs = {"AL": await world.organisation("DEMO-NJL-BERAT"), "XK": await world.organisation("DEMO-QPS", "XK")}
    ids, rows, events = [], [], []
    for one in cases:
        case_id, account = uuid7(), uuid7()
        ids.append(case_id)
        org = orgs[one.jurisdiction]
        rows.append(
            {
                "id": case_id,
                "code": f"{one.jurisdiction}-{case_id.hex[-12:]}",
                "jurisdiction": one.jurisdiction,
                "profile_version": "0.1.0",
                "person_id": one.person,
                "opened_at": at_noon(one.opened),
                "opened_org_id": org,
                "opened_by": account,
                "responsible_org_id": org,
                "county": one.county,
                "sex": one.sex,
                "age_group": "AGE_UNKNOWN" if one.age == "unknown" else one.age.upper(),
                "is_child": one.age != "adult",
                "citizenship_group": "OWN_COUNTRY",
                "urgency": "STANDARD",
                "without_identity": one.without_identity,
                "main_form": one.form,
                "forms": list(one.forms or ((one.form,) if one.form else ())),
                "closure_reason": one.closure,
            }
        )
        plain = [
            Event(kind, at_noon(day), result, one.age)
            for kind, result, day in (("INITIAL_ID_DECIDED", "VMT", one.vmt), ("FORMAL_DECIDED", "VT", one.vt))
            if day is not None
        ]
        events += _rows(case_id, org, account, (*plain, *one.events))
    async with world.superuser() as connection:
        await connection.execute(insert(case_file), rows)
        if events:
            await connection.execute(insert(case_event), events)
    return ids


def _rows(case_id: UUID, org: UUID, account: UUID, events: tuple[Event, ...]) -> list[dict[str, Any]]:
    ids = [uuid7() for _ in events]
    return [
        {
            "id": event_id,
            "case_id": case_id,
            "kind": event.kind,
            "occurred_at": event.at,
            "org_id": org,
            "account_id": account,
            "facts": {k: v for k, v in (("result", event.result), ("age", event.age)) if v is not None},
            "corrects": None if event.corrects is None else ids[event.corrects],
        }
        for event_id, event in zip(ids, events, strict=True)
    ]


def year_of_vmt(counts: dict[tuple[str, str, str | None], int], year: int, **changes: Any) -> list[Case]:
    """Return so many cases with a VMT result by (sex, age, form) in one year."""
    return [
        Case(sex=sex, age=age, form=form, vmt=date(year, 1 + n % 12, 5), opened=date(year, 1, 2), **changes)
        for (sex, age, form), wanted in counts.items()
        for n in range(wanted)
    ]


async def add_deliveries(
    world: World, org_code: str, rows: list[tuple[UUID, str, date, str]], **changes: Any
) -> list[UUID]:
    """Add service records as (case, type, day, outcome); returns their ids."""
    org = await world.organisation(org_code)
    made = [
        {
            "id": uuid7(),
            "case_id": case_id,
            "jurisdiction": "AL",
            "org_id": org,
            "account_id": uuid7(),
            "service_type": kind,
            "phase": "INITIAL",
            "setting": "CENTRE",
            "delivered_on": day,
            "quantity": 1,
            "unit": "SESSION",
            "outcome": outcome,
            **changes,
        }
        for case_id, kind, day, outcome in rows
    ]
    async with world.superuser() as connection:
        await connection.execute(insert(service_delivery), made)
    return [UUID(str(row["id"])) for row in made]
