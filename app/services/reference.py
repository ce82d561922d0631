"""Organisations as the program works with them: found by id, offered as receivers, shown by name."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import RowMapping, select

from app.domain.problems import Invalid
from app.services.unit_of_work import UnitOfWork
from app.storage.organisations import organisation


async def organisations(unit: UnitOfWork, *, answering: bool = False) -> list[RowMapping]:
    """Return the active organisations of the actor's jurisdiction by name; `answering` those with a duty queue."""
    query = select(organisation).where(
        organisation.c.jurisdiction == unit.actor.jurisdiction, organisation.c.active.is_(True)
    )
    if answering:
        query = query.where(organisation.c.answers_referrals.is_(True))
    rows = await unit.execute(query.order_by(organisation.c.name_sq, organisation.c.id))
    return list(rows.mappings())


async def organisation_names(unit: UnitOfWork, ids: Iterable[UUID | None]) -> dict[UUID, dict[str, str]]:
    """Return names by language for the given organisations."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    columns = (organisation.c.id, organisation.c.name_sq, organisation.c.name_en)
    rows = await unit.execute(select(*columns).where(organisation.c.id.in_(wanted)))
    return {r.id: {"sq": r.name_sq, "en": r.name_en} for r in rows}


async def require_organisation(unit: UnitOfWork, org_id: UUID, field: str, *, answering: bool = False) -> RowMapping:
    """Return an active organisation of the jurisdiction; `Invalid` on `field` otherwise."""
    query = select(organisation).where(
        organisation.c.id == org_id,
        organisation.c.jurisdiction == unit.actor.jurisdiction,
        organisation.c.active.is_(True),
    )
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    if row is None:
        raise Invalid.one(field, "organisation.unknown")
    if answering and not row["answers_referrals"]:
        raise Invalid.one(field, "organisation.answers_no_referrals")
    return row
