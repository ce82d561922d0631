"""What the program writes into its log when something goes wrong: what and where, never what was written."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.http.observation import ALLOWED_KEYS, JsonLines
from tests.world import World


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of every logger, as the serving process writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_defect_is_logged_by_its_shape_and_never_by_what_was_written(world: World, lines: io.StringIO) -> None:
    statement = text("insert into casework.case_event (id, kind, facts) values (gen_random_uuid(), :kind, '{}')")
    async with world.program.database.begin() as connection:
        await connection.execute(text("select iam.act_as_nobody()"))
        with pytest.raises(DBAPIError) as refused:
            await connection.execute(statement, {"kind": "Fatmira Hoxhaj"})
        await connection.rollback()
    assert "Hoxhaj" not in str(refused.value)
    told = (type(refused.value), refused.value, refused.value.__traceback__)
    logging.getLogger("besa").error("unexpected error", exc_info=told, extra={"request_id": "r-1"})
    [line] = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert set(line) <= ALLOWED_KEYS
    assert (line["event"], line["request_id"], line["level"]) == ("unexpected error", "r-1", "error")
    assert "sqlalchemy.exc" in line["exception"] and "test_observation.py" in line["exception"]
    assert "Hoxhaj" not in lines.getvalue()


def test_another_librarys_values_stay_out(lines: io.StringIO) -> None:
    logging.getLogger("somebody").warning("cannot read %s", "Fatmira Hoxhaj")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task exception=Error('Hoxhaj')>")
    first, second = [json.loads(line)["event"] for line in lines.getvalue().splitlines()]
    assert (first, second) == ("cannot read %s", "Task exception was never retrieved")
