"""What was done about a signal, step by step: read with the signal that it belongs to."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, select

from app.services.unit_of_work import UnitOfWork
from app.storage.encryption import DataKey, associated, unseal_json
from app.storage.signals import signal_step

TABLE = "casework.signal_step"


@dataclass(frozen=True, slots=True)
class Step:
    """One step with its note open."""

    row: RowMapping
    note: str | None


async def steps_of(unit: UnitOfWork, row: RowMapping, data_key: DataKey) -> tuple[Step, ...]:
    """Return the steps of a signal, the first first. Audits nothing: it is part of reading the signal."""
    query = select(signal_step).where(signal_step.c.signal_id == row["id"])
    found = await unit.execute(query.order_by(signal_step.c.happened_at, signal_step.c.id))
    return tuple(Step(one, _note(one, data_key)) for one in found.mappings())


def _note(row: RowMapping, data_key: DataKey) -> str | None:
    if row["note"] is None:
        return None
    return str(unseal_json(data_key, row["note"], associated(TABLE, "note", row["id"])))


async def find_step(unit: UnitOfWork, step_id: UUID) -> RowMapping | None:
    """Return a step, None where it does not exist or belongs to a signal of others."""
    found = await unit.execute(select(signal_step).where(signal_step.c.id == step_id))
    row: RowMapping | None = found.mappings().first()
    return row
