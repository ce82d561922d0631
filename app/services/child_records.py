"""What every dated record about a child shares: found by its id, corrected by a new row, opened for who reads."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, select

from app.domain.problems import Conflict, NotFound
from app.services.unit_of_work import UnitOfWork


async def found(unit: UnitOfWork, table: Table, case_id: UUID, row_id: UUID) -> RowMapping | None:
    """Return a record of the case by its id, None where there is none the actor may see."""
    query = select(table).where(table.c.id == row_id, table.c.case_id == case_id)
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    return row


async def check_corrects(unit: UnitOfWork, table: Table, case_id: UUID, corrects: UUID | None) -> None:
    """Refuse a correction of nothing, or of what was corrected before."""
    if corrects is None:
        return
    if await found(unit, table, case_id, corrects) is None:
        raise NotFound("child.record_unknown")
    later = select(table.c.id).where(table.c.case_id == case_id, table.c.corrects == corrects)
    if (await unit.execute(later)).first() is not None:
        raise Conflict("child.corrected_already")


async def history(
    unit: UnitOfWork, table: Table, case_id: UUID, moment: str, *sealed: str
) -> Sequence[Mapping[str, Any]]:
    """Return the records of one table, the newest first, with `sealed` columns open and `superseded` said of each."""
    query = select(table).where(table.c.case_id == case_id).order_by(table.c[moment].desc(), table.c.id.desc())
    rows = [dict(row) for row in (await unit.execute(query)).mappings()]
    corrected = {row.get("corrects") for row in rows}
    return [
        {
            **row,
            **(await unit.open_for_case(case_id, f"casework.{table.name}", row, *sealed) if sealed else {}),
            "superseded": row["id"] in corrected,
        }
        for row in rows
    ]


def by_us(unit: UnitOfWork) -> dict[str, UUID]:
    """Return who writes, as every row keeps it."""
    return {"org_id": unit.actor.org_id, "account_id": unit.actor.account_id}
