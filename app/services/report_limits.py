"""How many reports a network may send with the public form: counted without keeping whose network it was.

The counter's name is a keyed hash of the network and of the hour, so that no two hours can be joined and nothing says
which report came from where. It is forgotten with the other counters of the throttle.
"""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.problems import TooManyRequests
from app.services.credentials.throttling import network_prefix
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import throttle

WINDOW = timedelta(hours=1)
_KIND = "report"


def bucket(secret: bytes, address: str, now: datetime) -> str:
    """Return the name of the counter of a network (IPv4 /24, IPv6 /64) in this hour."""
    said = f"{_KIND}|{now:%Y-%m-%dT%H}|{network_prefix(address)}"
    return f"{_KIND}:{hmac.digest(secret, said.encode(), 'sha256').hex()}"


async def count(unit: UnitOfWork, address: str) -> None:
    """Count one report of a network; raises `TooManyRequests` (`report.too_many`, `seconds`) past the limit."""
    name = bucket(unit.program.key_provider.index_key("throttle"), address, unit.now)
    row = {"bucket": name, "failures": 0, "first_at": unit.now, "last_at": unit.now}
    await unit.execute(insert(throttle).values(row).on_conflict_do_nothing())
    counted = await unit.execute(
        update(throttle)
        .where(throttle.c.bucket == name)
        .values(failures=throttle.c.failures + 1, last_at=unit.now)
        .returning(throttle.c.failures)
    )
    if counted.scalar_one() > unit.program.settings.report_limit:
        ends = unit.now.replace(minute=0, second=0, microsecond=0) + WINDOW
        raise TooManyRequests("report.too_many", seconds=max(1, int((ends - unit.now).total_seconds())))
    await unit.execute(
        delete(throttle).where(throttle.c.bucket.startswith(f"{_KIND}:"), throttle.c.last_at < unit.now - 2 * WINDOW)
    )
