"""What people do with figures: read a table that their role may see, and have the extract behind it renewed."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from app.domain.actors import Actor
from app.domain.policy import may
from app.domain.problems import Conflict, Forbidden, Invalid, NotFound, Unavailable
from app.services.program import Program
from app.services.unit_of_work import System, UnitOfWork, unit_of_work
from app.statistics.definitions import TABLES, Audience, TableDefinition
from app.statistics.facts import Extract, Provider, last_made, providers, read_extract
from app.statistics.release import Release, make_release, present_year

RENEWED_AFTER = timedelta(days=1)
RENEWED_AFTER_IN_DEMONSTRATION = timedelta(minutes=10)
AHEAD = timedelta(hours=1)
"""How long before readers would renew it maintenance does."""
MANY_CASES = 20_000
"""Beyond so many cases a demonstration waits a day as well: nobody opens a page to wait for the extract."""
_PATIENCE = text("set local statement_timeout = '15min'")
_REFRESH_NOTICES = text("select stats.refresh_notices(:jurisdiction, :zone, cast(:regions as jsonb))")
_REFRESH = text("select stats.refresh(:jurisdiction, :zone, cast(:regions as jsonb))")
_REFRESH_TIMES = text("select stats.refresh_times(:jurisdiction, :zone)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of a table; None is the usual for them."""

    table: str
    year: int | None = None
    audience: Audience | None = None
    base: str | None = None
    organisation: str | None = None


async def refresh(program: Program, jurisdiction: str) -> datetime:
    """Rebuild the de-identified extract of a jurisdiction as the program itself; returns when it was made."""
    async with unit_of_work(program, System(jurisdiction), "system.maintain") as unit:
        return await _rebuild(unit)


async def _rebuild(unit: UnitOfWork) -> datetime:
    profile = unit.profile
    regions = {place.code: place.nuts2 for place in profile.places.values() if place.nuts2}
    await unit.execute(_PATIENCE)
    given = {"jurisdiction": profile.jurisdiction, "zone": profile.timezone, "regions": json.dumps(regions)}
    made: datetime = (await unit.execute(_REFRESH, given)).scalar_one()
    await unit.execute(_REFRESH_NOTICES, given)
    await unit.execute(_REFRESH_TIMES, {"jurisdiction": profile.jurisdiction, "zone": profile.timezone})
    unit.audit("system.maintain", task="statistics.refresh")
    return made


async def renew_daily(unit: UnitOfWork) -> bool:
    """Renew the extract of the program's jurisdiction a little before it is a day old, so that no reader has to wait.

    A duty of maintenance; returns whether it was renewed.
    """
    made = await last_made(unit.program.database.statistics, unit.actor.jurisdiction)
    if made is not None and unit.now - made.at <= RENEWED_AFTER - AHEAD:
        return False
    await _rebuild(unit)
    return True


async def refresh_if_old(program: Program, jurisdiction: str, now: datetime) -> None:
    """Renew the extract where it is older than a day (in a small demonstration ten minutes) or was never made.

    Where another run holds it up, the present extract is read.
    """
    made = await last_made(program.database.statistics, jurisdiction)
    if made is not None:
        often = program.demonstration and made.cases <= MANY_CASES
        if now - made.at <= (RENEWED_AFTER_IN_DEMONSTRATION if often else RENEWED_AFTER):
            return
    try:
        await refresh(program, jurisdiction)
    except Conflict:
        if made is None:
            raise


def tables_for(actor: Actor) -> tuple[TableDefinition, ...]:
    """Return the tables an actor can ask for by themselves, in order; one of an organisation only for its own."""
    own = may(actor.role, "statistics.read_own_services")
    return tuple(
        table for table in TABLES.values() if (own or not table.of_organisation) and audiences_for(actor, table)
    )


def audiences_for(actor: Actor, table: TableDefinition) -> tuple[Audience, ...]:
    """Return for whom an actor may print a table, the usual one first; nobody where it is not for them."""
    if table.internal:
        return (Audience.INTERNAL,) if may(actor.role, "statistics.read_internal") else ()
    if table.of_organisation and may(actor.role, "statistics.read_own_services"):
        return Audience.INTERNAL, Audience.PUBLIC
    if may(actor.role, "statistics.read_internal"):
        return Audience.PUBLIC, Audience.INTERNAL
    return (Audience.PUBLIC,)


async def read_figure(unit: UnitOfWork, asked: Asked) -> Release:
    """Return one table, protected for the audience asked for, and write down who read it.

    `NotFound` for an unknown table; `Forbidden` for internal numbers or another's services without the right to
    them; `Invalid` on `year`, `base` or `organisation`; `Conflict` where a public table cannot be made safe.
    """
    table = TABLES.get(asked.table)
    if table is None:
        raise NotFound("statistics.table_unknown")
    offered = audiences_for(unit.actor, table)
    audience = asked.audience or next(iter(offered), Audience.PUBLIC)
    if audience not in offered:
        raise Forbidden("statistics.internal_only" if table.internal else "statistics.internal", "audience")
    organisation = _organisation(unit.actor, table, asked.organisation)
    await refresh_if_old(unit.program, unit.actor.jurisdiction, unit.now)
    extract = await _extract(unit, organisation, asked.year, audience)
    # choosing the cells to hide can take a second: others go on meanwhile
    made = await asyncio.to_thread(
        make_release, extract, unit.profile, table, audience=audience, year=asked.year, base=asked.base
    )
    unit.audit(
        "statistics.read",
        table=table.id,
        audience=audience.value,
        year=made.year,
        base=made.base,
        organisation=made.organisation_code,
        hidden=made.hidden,
    )
    return made


async def read_newest(unit: UnitOfWork) -> list[Release]:
    """Return the tables of the actor's list, each for its usual audience and newest year."""
    return [await read_figure(unit, Asked(table.id)) for table in tables_for(unit.actor)]


async def service_providers(unit: UnitOfWork) -> tuple[Provider, ...]:
    """Return whose services the actor can choose from; nobody's choice where their own are the only ones."""
    if may(unit.actor.role, "statistics.read_own_services"):
        return ()
    return await providers(unit.program.database.statistics, unit.actor.jurisdiction)


def _organisation(actor: Actor, table: TableDefinition, given: str | None) -> str | None:
    if not table.of_organisation:
        return None
    if may(actor.role, "statistics.read_own_services"):
        if given not in (None, actor.org_code):
            raise Forbidden("statistics.other_organisation", "organisation")
        return actor.org_code
    if given is None:
        raise Invalid.one("organisation", "field.missing")
    return given


async def _extract(unit: UnitOfWork, organisation: str | None, year: int | None, audience: Audience) -> Extract:
    jurisdiction = unit.actor.jurisdiction
    running = present_year(unit.now, unit.profile.timezone)
    wanted = year if year is not None else running if audience is Audience.INTERNAL else running - 1
    found = await read_extract(
        unit.program.database.statistics, jurisdiction, organisation_code=organisation, year=wanted
    )
    if found is None:
        raise Unavailable("statistics.not_extracted")
    if organisation is not None and found.services is None:
        raise Invalid.one("organisation", "statistics.organisation_unknown")
    return found
