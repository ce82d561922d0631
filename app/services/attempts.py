"""Attempts at the door: the stored counters that `credentials.throttling` judges."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.problems import TooManyRequests
from app.services.credentials.throttling import Bucket, Counter, after_success, counted, verdict
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import throttle

_FORGOTTEN = timedelta(hours=25)
"""No bucket remembers longer than a day."""


async def begin(unit: UnitOfWork, buckets: Sequence[Bucket]) -> None:
    """Count an attempt as failed under the locks of its buckets, before anything typed is looked at.

    The caller commits before it hashes a password, or looks at a code in the same transaction and lets the unit
    stand. Raises `TooManyRequests` (`sign_in.throttled`, `seconds`), which counts nothing.
    """
    counters = await _locked(unit, buckets)
    wait = verdict([c for c in counters if c.failures], unit.now)
    if wait is not None:
        raise TooManyRequests("sign_in.throttled", seconds=wait.seconds)
    for counter in counters:
        await _store(unit, counted(counter.bucket, counter if counter.failures else None, unit.now))


async def succeeded(unit: UnitOfWork, buckets: Sequence[Bucket]) -> None:
    """Take the attempt back; the buckets of the account itself are emptied."""
    for counter in await _locked(unit, buckets):
        left = after_success(counter) if counter.failures else None
        if left is None:
            await unit.execute(delete(throttle).where(throttle.c.bucket == counter.bucket.key))
        else:
            await _store(unit, left)
    await _forget(unit)


async def _locked(unit: UnitOfWork, buckets: Sequence[Bucket]) -> list[Counter]:
    """Return the counters of the buckets in the order of their keys (so that nobody waits for each other), locked."""
    by_key = {bucket.key: bucket for bucket in sorted(buckets, key=lambda bucket: bucket.key)}
    rows = [{"bucket": key, "failures": 0, "first_at": unit.now, "last_at": unit.now} for key in by_key]
    await unit.execute(insert(throttle).values(rows).on_conflict_do_nothing())
    query = select(throttle).where(throttle.c.bucket.in_(by_key)).order_by(throttle.c.bucket).with_for_update()
    return [Counter(by_key[row.bucket], row.failures, row.last_at) for row in await unit.execute(query)]


async def _store(unit: UnitOfWork, counter: Counter) -> None:
    first: dict[str, datetime] = {"first_at": counter.last_at} if counter.failures == 1 else {}
    await unit.execute(
        update(throttle)
        .where(throttle.c.bucket == counter.bucket.key)
        .values(failures=counter.failures, last_at=counter.last_at, **first)
    )


async def _forget(unit: UnitOfWork) -> None:
    """Delete some counters that nobody asks for any more; those that somebody holds are left for the next time."""
    old = (
        select(throttle.c.bucket)
        .where(throttle.c.last_at < unit.now - _FORGOTTEN)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    await unit.execute(delete(throttle).where(throttle.c.bucket.in_(old.scalar_subquery())))
