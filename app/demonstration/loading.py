"""Fills a demonstration with stories: plans, tells and loads them in portions, so that memory stays small."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.demonstration.case_book import Row
from app.demonstration.generator import Teller
from app.demonstration.proportions import KOSOVO_OF_HUNDRED
from app.demonstration.setting import prepare_setting
from app.services.installation import InstallationError, fact, set_fact
from app.storage.blind_index import BlindIndex
from app.storage.bulk_load import load, owner_connection, refresh_planner
from app.storage.cases import case_file
from app.storage.encryption import Keyring
from app.storage.key_provider import KeyProvider

DEFAULT_CASES = 330
"""About as many as three years of a small country have."""
LEAST_CASES = 100
MOST_CASES = 1_000_000
_PORTION = 400
"""Cases loaded in one transaction: about 20 000 rows, a second during which others wait."""
_DONE = "demonstration_stories"

Progress = Callable[[str], None]
Portion = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, and how long it took in seconds."""

    cases: int
    rows: int
    seconds: float


async def fill_new(owner_url: str, keys: KeyProvider, progress: Progress, *, seed: int = 1) -> Loaded | None:
    """Fill a demonstration that has no story yet with the default number; None where it has some."""
    async with owner_connection(owner_url) as connection, connection.begin():
        empty = (await connection.execute(select(func.count()).select_from(case_file))).scalar_one() == 0
        wanted = empty and await fact(connection, _DONE) is None
    if not wanted:
        return None
    progress(f"Making up {DEFAULT_CASES} cases of three years, of nobody real")
    return await generate(owner_url, keys, progress, cases=DEFAULT_CASES, seed=seed)


async def generate(
    owner_url: str,
    keys: KeyProvider,
    progress: Progress,
    *,
    cases: int = DEFAULT_CASES,
    seed: int = 1,
    now: datetime | None = None,
) -> Loaded:
    """Add `cases` stories to a demonstration; raises InstallationError where the database is not one.

    The demonstration's own last weeks come with the first stories only.
    """
    begun = time.monotonic()
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    keyring = Keyring(keys, capacity=64)
    done = rows = 0
    async with owner_connection(owner_url) as connection:
        first = await _begin(connection)
        for jurisdiction, share in _shares(cases):
            async with connection.begin():
                setting = await prepare_setting(connection, jurisdiction)
            index = BlindIndex(keys.index_key("blind-index"), jurisdiction)
            teller = Teller(setting, keyring, index, seed, moment)
            async for portion in _told_ahead(_portions(teller.stories(share, lively=first))):
                rows += await load(connection, portion)
                done += len(portion.get("casework.case_file", ()))
                if cases > 2 * _PORTION:
                    progress(_said(done, cases, time.monotonic() - begun))
        async with connection.begin():
            await set_fact(connection, _DONE, done)
        await refresh_planner(connection)
    return Loaded(done, rows, time.monotonic() - begun)


async def _begin(connection: AsyncConnection) -> bool:
    """Refuse what is no demonstration; return whether these are its first stories."""
    async with connection.begin():
        if await fact(connection, "demonstration") is not True:
            raise InstallationError("This is not a demonstration: stories are made up for demonstrations only.")
        return await fact(connection, _DONE) is None


def _shares(cases: int) -> list[tuple[str, int]]:
    kosovo = cases * KOSOVO_OF_HUNDRED // 100
    return [("AL", cases - kosovo), ("XK", kosovo)]


def _portions(stories: Iterator[Portion]) -> Iterator[Portion]:
    """Gather stories into portions of several hundred cases."""
    portion: Portion = {}
    for story in stories:
        for table, rows in story.items():
            portion.setdefault(table, []).extend(rows)
        if len(portion.get("casework.case_file", ())) >= _PORTION:
            yield portion
            portion = {}
    if portion:
        yield portion


async def _told_ahead(portions: Iterator[Portion]) -> AsyncIterator[Portion]:
    """Yield portions, the next one being told while the database takes the one before."""
    following = asyncio.create_task(asyncio.to_thread(next, portions, None))
    while (portion := await following) is not None:
        following = asyncio.create_task(asyncio.to_thread(next, portions, None))
        yield portion


def _said(done: int, cases: int, seconds: float) -> str:
    left = seconds / max(1, done) * (cases - done)
    return f"{done:>9,} of {cases:,} cases, {seconds:.0f} s, about {left:.0f} s more"
