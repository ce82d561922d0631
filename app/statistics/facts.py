"""Reading the de-identified extract, as the role that can read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.storage.database import translate
from app.storage.extract import coverage, extraction, person_fact, service_fact, service_persons, time_fact
from app.storage.organisations import organisation

ALL_TYPES = ""
WHOLE_YEAR = 0


@dataclass(frozen=True, slots=True)
class PersonCount:
    """So many persons of one base and year have these traits."""

    base: str
    year: int
    sex: str
    age: str
    main_form: str | None
    persons: int


@dataclass(frozen=True, slots=True)
class TimeCount:
    """So many cases waited so long (`band`) between the two events of `span`, the first of them in `year`."""

    year: int
    span: str
    band: str
    cases: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What stands behind one year: cases registered, and counties with at least one."""

    cases: int
    counties: int


@dataclass(frozen=True, slots=True)
class ServiceCount:
    """Deliveries of one type in one month by one organisation; refused ones are not among them."""

    service_type: str
    month: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What one organisation delivered in one year. `persons` by (type, month); `ALL_TYPES` and `WHOLE_YEAR` are totals,
    which are no sums: a person is served many times."""

    code: str
    name: Mapping[str, str]
    counts: tuple[ServiceCount, ...]
    persons: Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Extract:
    """The extract of one jurisdiction as it stood at `extracted_at`."""

    jurisdiction: str
    extracted_at: datetime
    cases: int
    persons: tuple[PersonCount, ...]
    coverage: Mapping[int, Coverage]
    services: ServiceFacts | None = None
    times: tuple[TimeCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """An organisation that has delivered services."""

    code: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """When an extract was made, and over how many cases."""

    at: datetime
    cases: int


_KNOWN: WeakKeyDictionary[AsyncEngine, dict[str, Extract]] = WeakKeyDictionary()
"""The last extract read, by jurisdiction: it changes only when a new one is made."""


async def last_made(engine: AsyncEngine, jurisdiction: str) -> Made | None:
    """Return when the extract was made last, None where it never was."""
    async with engine.connect() as connection:
        query = select(extraction).where(extraction.c.jurisdiction == jurisdiction)
        found = (await connection.execute(query)).first()
        return None if found is None else Made(found.extracted_at, found.cases)


async def read_extract(
    engine: AsyncEngine, jurisdiction: str, *, organisation_code: str | None = None, year: int | None = None
) -> Extract | None:
    """Return the extract as one consistent state, None where none was made yet.

    With `organisation_code` and `year` also that organisation's services; `services` is None where the jurisdiction
    has no such organisation.
    """
    try:
        async with engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            found = (
                await connection.execute(select(extraction).where(extraction.c.jurisdiction == jurisdiction))
            ).first()
            if found is None:
                return None
            services = None
            if organisation_code is not None and year is not None:
                services = await _services(connection, jurisdiction, organisation_code, year)
            known = _KNOWN.setdefault(engine, {})
            last = known.get(jurisdiction)
            if last is None or last.extracted_at != found.extracted_at:
                persons, covered = await _persons(connection, jurisdiction), await _coverage(connection, jurisdiction)
                last = known[jurisdiction] = Extract(
                    jurisdiction,
                    found.extracted_at,
                    found.cases,
                    persons,
                    covered,
                    times=await _times(connection, jurisdiction),
                )
            return replace(last, services=services)
    except (DBAPIError, OSError) as error:
        raise translate(error) from error


async def providers(engine: AsyncEngine, jurisdiction: str) -> tuple[Provider, ...]:
    """Return the organisations with services in the extract, by their Albanian name."""
    query = (
        select(organisation.c.code, organisation.c.name_sq, organisation.c.name_en)
        .where(
            organisation.c.jurisdiction == jurisdiction,
            organisation.c.code.in_(
                select(service_fact.c.org_code).where(service_fact.c.jurisdiction == jurisdiction).distinct()
            ),
        )
        .order_by(organisation.c.name_sq, organisation.c.code)
    )
    async with engine.connect() as connection:
        rows = await connection.execute(query)
        return tuple(Provider(row.code, {"sq": row.name_sq, "en": row.name_en}) for row in rows)


async def _persons(connection: AsyncConnection, jurisdiction: str) -> tuple[PersonCount, ...]:
    traits = (
        person_fact.c.base,
        person_fact.c.year,
        person_fact.c.sex,
        person_fact.c.age,
        person_fact.c.main_form,
    )
    query = select(*traits, func.count()).where(person_fact.c.jurisdiction == jurisdiction).group_by(*traits)
    return tuple(PersonCount(*row) for row in await connection.execute(query))


async def _times(connection: AsyncConnection, jurisdiction: str) -> tuple[TimeCount, ...]:
    here = time_fact.c
    query = select(here.year, here.span, here.band, here.cases).where(here.jurisdiction == jurisdiction)
    return tuple(TimeCount(*row) for row in await connection.execute(query))


async def _coverage(connection: AsyncConnection, jurisdiction: str) -> Mapping[int, Coverage]:
    rows = await connection.execute(select(coverage).where(coverage.c.jurisdiction == jurisdiction))
    return {row.year: Coverage(row.cases, row.counties) for row in rows}


async def _services(connection: AsyncConnection, jurisdiction: str, code: str, year: int) -> ServiceFacts | None:
    named = select(organisation.c.name_sq, organisation.c.name_en).where(
        organisation.c.jurisdiction == jurisdiction, organisation.c.code == code
    )
    name = (await connection.execute(named)).first()
    if name is None:
        return None
    here = service_fact.c
    counted = (
        select(here.service_type, here.month, func.sum(here.deliveries))
        .where(here.jurisdiction == jurisdiction, here.org_code == code, here.year == year)
        .group_by(here.service_type, here.month)
    )
    seen = service_persons.c
    served = select(seen.service_type, seen.month, seen.persons).where(
        seen.jurisdiction == jurisdiction, seen.org_code == code, seen.year == year
    )
    return ServiceFacts(
        code=code,
        name={"sq": name.name_sq, "en": name.name_en},
        counts=tuple(ServiceCount(t, m, int(n)) for t, m, n in await connection.execute(counted)),
        persons={(t, m): n for t, m, n in await connection.execute(served)},
    )
