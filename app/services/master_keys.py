"""Renewing the master key: every data key (person, case, signal, referral) is wrapped anew under its newest version.

Data stay as they are: only the wrapping of their keys changes. Runs as the owner of the database, because no role of
the application sees every row; each batch is a transaction with its audit entry, so that an interrupted run is taken up
where it stopped.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import uuid7
from app.domain.policy import Role
from app.services.installation import SYSTEM_LOGIN
from app.storage.accounts import account
from app.storage.audit import entry
from app.storage.cases import case_key
from app.storage.database import single_engine
from app.storage.encryption import Keyring, OwnerKind, Undecipherable
from app.storage.key_provider import WrappedKey
from app.storage.persons import person
from app.storage.referrals import referral
from app.storage.signals import signal

ACTION = "system.maintain"
BATCH = 500

PLACES: Mapping[OwnerKind, tuple[Table, Column[Any]]] = {
    "person": (person, person.c.id),
    "case": (case_key, case_key.c.case_id),
    "signal": (signal, signal.c.id),
    "referral": (referral, referral.c.id),
}
"""Every table that keeps a wrapped key, with the column that names whose key it is."""

Progress = Callable[[OwnerKind, int, int], None]
"""Told after each batch: whose keys, how many are done, how many there were to do."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a run did: keys wrapped anew, and owners whose key does not open under any version that is here."""

    done: int
    unreadable: tuple[tuple[OwnerKind, UUID], ...]


@asynccontextmanager
async def _owner(owner_url: str) -> AsyncIterator[AsyncConnection]:
    engine = single_engine(owner_url)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def keys_by_version(owner_url: str) -> dict[int, int]:
    """Return how many data keys stand under each version of the master key, oldest version first."""
    async with _owner(owner_url) as connection:
        return await _count(connection)


async def destroy_unused(owner_url: str, version: int, destroy: Callable[[], None]) -> int:
    """Call `destroy` where no data key stands under `version`; returns how many do, 0 where it was called.

    Nobody writes a key between the look and the destruction: the tables are held for that moment.
    """
    async with _owner(owner_url) as connection, connection.begin():
        names = ", ".join(table.fullname for table, _ in PLACES.values())
        await connection.execute(text(f"lock table {names} in share mode"))
        needed = (await _count(connection)).get(version, 0)
        if not needed:
            destroy()
            await _write_down(connection, act="removed", version=version)
        return needed


async def _count(connection: AsyncConnection) -> dict[int, int]:
    counted: dict[int, int] = {}
    for table, _ in PLACES.values():
        query = select(table.c.key_version, func.count()).where(table.c.wrapped_key.is_not(None))
        for version, keys in await connection.execute(query.group_by(table.c.key_version)):
            counted[version] = counted.get(version, 0) + keys
    return dict(sorted(counted.items()))


async def rewrap(
    owner_url: str, keyring: Keyring, progress: Progress = lambda *_: None, *, batch: int = BATCH
) -> Rewrapped:
    """Wrap every data key under the newest master key, `batch` keys at a time; may be repeated and interrupted.

    Needs the owner of the tables. A key that does not open is left as it is and told; the others go on.
    """
    done = 0
    unreadable: list[tuple[OwnerKind, UUID]] = []
    async with _owner(owner_url) as connection:
        for kind, (table, _) in PLACES.items():
            waiting = (table.c.wrapped_key.is_not(None), table.c.key_version != keyring.current_version)
            to_do = (await connection.execute(select(func.count()).select_from(table).where(*waiting))).scalar_one()
            await connection.rollback()
            finished = 0
            last: UUID | None = None
            while to_do:
                async with connection.begin():
                    made = await _rewrap_batch(connection, keyring, kind, last, batch)
                if made.last is None:
                    break
                last = made.last
                finished += made.done
                done += made.done
                unreadable += [(kind, one) for one in made.unreadable]
                progress(kind, finished, to_do)
    return Rewrapped(done, tuple(unreadable))


@dataclass(frozen=True, slots=True)
class _Batch:
    done: int
    unreadable: tuple[UUID, ...]
    last: UUID | None


async def _rewrap_batch(
    connection: AsyncConnection, keyring: Keyring, kind: OwnerKind, last: UUID | None, batch: int
) -> _Batch:
    """Wrap the next keys after `last`; the rows are held until they are written, so that an erasure waits or wins."""
    table, owner_id = PLACES[kind]
    query = select(owner_id.label("owner"), table.c.key_version, table.c.wrapped_key).where(
        table.c.wrapped_key.is_not(None), table.c.key_version != keyring.current_version
    )
    if last is not None:
        query = query.where(owner_id > last)
    rows = (await connection.execute(query.order_by(owner_id).limit(batch).with_for_update())).all()
    made: list[dict[str, Any]] = []
    unreadable: list[UUID] = []
    for row in rows:
        try:
            wrapped = keyring.rewrap(kind, row.owner, WrappedKey(row.key_version, row.wrapped_key))
        except Undecipherable:
            unreadable.append(row.owner)
            continue
        made.append({"of": row.owner, "blob": wrapped.blob, "under": wrapped.version})
    if made:
        change = update(table).where(owner_id == bindparam("of"))
        await connection.execute(change.values(wrapped_key=bindparam("blob"), key_version=bindparam("under")), made)
    if rows:
        done = {"keys_of": kind, "count": len(made), "unreadable": len(unreadable)}
        await _write_down(connection, act="rewrapped", version=keyring.current_version, **done)
    return _Batch(len(made), tuple(unreadable), rows[-1].owner if rows else None)


async def _write_down(connection: AsyncConnection, **detail: str | int) -> None:
    """One entry: an act of the program itself, of no jurisdiction, which touches keys and nobody's data."""
    system = (await connection.execute(select(account.c.id).where(account.c.login == SYSTEM_LOGIN))).scalar()
    await connection.execute(
        insert(entry).values(
            id=uuid7(),
            account_id=system,
            role=Role.SYSTEM.value,
            action=ACTION,
            outcome="done",
            subject_kind="master_key",
            detail={"duty": "master_keys", **detail},
        )
    )
