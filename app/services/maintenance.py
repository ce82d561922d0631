"""What the program does by itself: fold the counters, let lapse what has lapsed, catch up with what others recorded,
renew the extract for statistics.

Every duty runs in a transaction of its own under an advisory lock, so that of several serving processes one does it,
and a duty that fails keeps no other from being done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text

from app.domain.ids import least_uuid7
from app.services import idempotency
from app.services.escalations import escalate
from app.services.events import refresh_tracks
from app.services.figures import renew_daily
from app.services.placements import expire_reservations
from app.services.proceedings import flag_proceedings
from app.services.program import Program
from app.services.referral_answers import expire_referrals
from app.services.unit_of_work import System, UnitOfWork, unit_of_work
from app.storage.cases import case_event

log = logging.getLogger("besa.maintenance")

EVERY = 60.0
"""Seconds between two runs."""
LOOKS_BACK = timedelta(minutes=30)
"""How far back answers to referrals are looked for whose case has not heard of them."""
AT_MOST = 500

Duty = Callable[[UnitOfWork], Awaitable[object]]


async def fold_board(unit: UnitOfWork) -> None:
    """Sum the board's differences up."""
    await unit.execute(text("select casework.fold_board()"))


async def forget_answers(unit: UnitOfWork) -> int:
    """Forget answers that nobody can ask for again."""
    return await idempotency.forget_old(unit)


async def catch_up(unit: UnitOfWork) -> int:
    """Derive status and stage of cases whose referrals were answered or ended by who does not see the case."""
    oldest = least_uuid7(unit.now - LOOKS_BACK)
    query = (
        select(case_event.c.case_id)
        .where(case_event.c.id >= oldest, case_event.c.kind.in_(("REFERRAL_ANSWERED", "REFERRAL_ENDED")))
        .distinct()
        .limit(AT_MOST)
    )
    cases: list[UUID] = list((await unit.execute(query)).scalars())
    for case_id in cases:
        await refresh_tracks(unit, case_id)
    if cases:
        unit.audit("system.maintain", cases=cases, duty="catch_up")
    return len(cases)


DUTIES: Mapping[str, Duty] = {
    "referrals": expire_referrals,
    "reservations": expire_reservations,
    "escalate": escalate,
    "flag_proceedings": flag_proceedings,
    "catch_up": catch_up,
    "fold_board": fold_board,
    "forget_answers": forget_answers,
    "renew_extract": renew_daily,
}
"""Every duty by its name, in the order they are done: what lapses first, so that the counters hear of it;
last what may take long."""


async def maintain(program: Program) -> dict[str, int]:
    """Do every duty for every jurisdiction once; returns how many duties were done, skipped and failed."""
    result = {"done": 0, "skipped": 0, "failed": 0}
    for jurisdiction in program.profiles.jurisdictions():
        for name, duty in DUTIES.items():
            try:
                result["done" if await _alone(program, jurisdiction, name, duty) else "skipped"] += 1
            except Exception:  # one duty that fails keeps no other from being done; the log says which
                result["failed"] += 1
                log.exception("duty failed: %s %s", name, jurisdiction)
    return result


async def _alone(program: Program, jurisdiction: str, name: str, duty: Duty) -> bool:
    """Do one duty unless another process is doing it now."""
    async with unit_of_work(program, System(jurisdiction), "system.maintain") as unit:
        # Duties that touch a case write it down; the others touch nobody's data.
        unit.quiet = True
        lock = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 7236118))")
        if not (await unit.execute(lock.bindparams(name=f"{jurisdiction}:{name}"))).scalar():
            return False
        await duty(unit)
        return True


async def keep_maintaining(program: Program) -> None:
    """Maintain at once and from time to time until cancelled; where the database is away, the next run tries again."""
    while True:
        try:
            await maintain(program)
        except Exception:
            log.exception("maintenance failed")
        await asyncio.sleep(EVERY)
