"""Loads many rows at once through COPY; the one module that works on the driver's raw connection.

Only the owner of a demonstration loads. COPY cannot pass forced row-level security, so it is lifted inside the
transaction of each load and forced again before the commit: nobody else ever sees the tables without it.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from app.storage import (
    audit,
    cases,
    consents,
    deliveries,
    exploitations,
    identifications,
    notes,
    persons,
    placements,
    referrals,
    signals,
    tasks,
)
from app.storage.database import single_engine

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the table's full name; every row of a table names the same columns."""

TABLES: tuple[Table, ...] = (
    persons.person,
    persons.duplicate,
    cases.case_file,
    cases.case_key,
    cases.case_grant,
    cases.case_event,
    cases.urgent_needs,
    signals.signal,
    exploitations.exploitation,
    identifications.identification,
    identifications.identification_officer,
    identifications.observation,
    consents.information_given,
    consents.consent,
    referrals.referral,
    referrals.referral_event,
    placements.placement,
    placements.placement_event,
    deliveries.service_delivery,
    notes.note,
    tasks.task,
    cases.closure,
    audit.entry,
)
"""What can be loaded, in an order that satisfies every foreign key."""

_BY_NAME = {table.fullname: table for table in TABLES}
_FORCED = [*_BY_NAME, "casework.board_delta"]
# The board's counters and what is due next are written as sums instead of row by row.
_TRIGGERS = (("casework.case_file", "count_case"), ("casework.task", "task_added"))
_COUNT = text(
    "insert into casework.board_delta (jurisdiction, measure, value, delta)"
    " select c.jurisdiction, m.measure, m.value, count(*) from casework.case_file c"
    " cross join lateral casework.counted_as(c) m where c.id = any(:ids) group by 1, 2, 3"
)


@asynccontextmanager
async def owner_connection(owner_url: str) -> AsyncIterator[AsyncConnection]:
    """One connection of the database's owner, closed afterwards."""
    engine = single_engine(owner_url)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def load(connection: AsyncConnection, rows: Rows) -> int:
    """Load rows in one transaction, the board's counters with them; returns how many.

    Whole cases are loaded: a case's tasks come with it, and `next_due_at`, `next_event` and `next_org_id` are set by
    the caller. Raises ValueError for an unknown table or rows of unequal columns; any error leaves nothing behind.
    """
    unknown = sorted(set(rows) - set(_BY_NAME))
    if unknown:
        raise ValueError(f"tables that are not loaded: {', '.join(unknown)}")
    async with connection.begin():
        # A statement of SQLAlchemy comes first: what the raw connection does before one would be committed at once.
        for name in _FORCED:
            await connection.execute(text(f"alter table {name} no force row level security"))
        for table_name, trigger in _TRIGGERS:
            await connection.execute(text(f"alter table {table_name} disable trigger {trigger}"))
        count = 0
        for name, table in _BY_NAME.items():
            if rows.get(name):
                count += await _copy(connection, table, rows[name])
        ids: list[UUID] = [row["id"] for row in rows.get("casework.case_file", ())]
        await connection.execute(_COUNT, {"ids": ids})
        for table_name, trigger in _TRIGGERS:
            await connection.execute(text(f"alter table {table_name} enable trigger {trigger}"))
        for name in _FORCED:
            await connection.execute(text(f"alter table {name} force row level security"))
    return count


async def _copy(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    columns = tuple(rows[0])
    as_json = {name for name in columns if isinstance(table.c[name].type, JSONB)}
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None:
        raise ValueError("the connection is closed")
    await raw.copy_records_to_table(
        table.name, schema_name=table.schema, columns=columns, records=_records(table, rows, columns, as_json)
    )
    return len(rows)


def _records(
    table: Table, rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...], as_json: set[str]
) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"rows of {table.fullname} name different columns: {sorted(set(row) ^ set(columns))}")
        yield tuple(json.dumps(row[name]) if name in as_json else row[name] for name in columns)


async def refresh_planner(connection: AsyncConnection) -> None:
    """Let PostgreSQL look at the new rows, so that it plans for them and not for empty tables."""
    async with connection.begin():
        for name in _FORCED:
            await connection.execute(text(f"analyze {name}"))
