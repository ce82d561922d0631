"""The generator writes rows past the services: a column it forgets would stay empty without a word.

Its rows are held against the tables, and the tables against what it is said to load.
"""

from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy import Column, Table

from app.demonstration.generator import Teller
from app.demonstration.setting import prepare_setting
from app.storage.blind_index import BlindIndex
from app.storage.bulk_load import TABLES, owner_connection
from app.storage.encryption import Keyring
from app.storage.key_provider import MemoryKeyProvider
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEFT_EMPTY: dict[str, set[str]] = {
    # nobody is erased or merged, a likeness is proposed and not decided yet
    "vault.person": {"erased_at", "merged_into"},
    "vault.duplicate": {"decided_at", "decided_by"},
    # only a reveal says why in words
    "casework.case_grant": {"reason_text"},
    # steps of a stay go without a reason in words; what a channel asks beyond the common fields is not made up
    "casework.placement_event": {"note"},
    "casework.signal": {"details", "reference", "outcome_note", "outcome_reason"},
    # no request stands behind a made-up act
    "audit.entry": {"purpose", "request_id"},
}
"""Columns that stories leave empty, by table; each is named here on purpose."""
NOT_TOLD = {"casework.note"}
"""Tables that can be loaded and that no story writes."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def written(world: World) -> dict[str, set[frozenset[str]]]:
    """Return which sets of columns the stories of both countries name, by table."""
    provider = MemoryKeyProvider()
    index = BlindIndex(provider.index_key("blind-index"), "AL", "name")
    found: dict[str, set[frozenset[str]]] = {}
    for jurisdiction in ("AL", "XK"):
        async with owner_connection(world.databases.owner_url) as connection, connection.begin():
            setting = await prepare_setting(connection, jurisdiction)
        teller = Teller(setting, Keyring(provider), index, 7, datetime.now(UTC))
        for rows in teller.stories(250):
            for table, lines in rows.items():
                found.setdefault(table, set()).update(frozenset(line) for line in lines)
    return found


def must_be_named(column: Column[object]) -> bool:
    """True where the database fills nothing in by itself: no default, no identity, nothing computed."""
    return column.server_default is None and column.identity is None and column.computed is None


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)
async def test_every_row_names_every_column(written: dict[str, set[frozenset[str]]], table: Table) -> None:
    if table.fullname in NOT_TOLD:
        assert table.fullname not in written, "a story writes it now: take it out of NOT_TOLD"
        return
    assert table.fullname in written, "no story writes a row of it"
    every = {column.name for column in table.c}
    needed = {column.name for column in table.c if must_be_named(column)} - LEFT_EMPTY.get(table.fullname, set())
    for named in written[table.fullname]:
        assert named <= every, f"names columns the table has not: {sorted(named - every)}"
        assert needed <= named, f"leaves out: {sorted(needed - named)}"


async def test_nothing_is_written_that_is_not_loaded(written: dict[str, set[frozenset[str]]]) -> None:
    assert set(written) <= {table.fullname for table in TABLES}


async def test_what_is_left_empty_is_a_column() -> None:
    tables = {table.fullname: table for table in TABLES}
    for name, columns in LEFT_EMPTY.items():
        assert all(tables[name].c[column].nullable for column in columns)
