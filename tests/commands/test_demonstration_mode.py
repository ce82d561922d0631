"""Whether a database is a demonstration: decided once, by the database itself."""

from datetime import UTC, datetime

import pytest

from app.commands.errors import CommandError
from app.commands.migrate import becomes_demonstration
from app.settings import Settings
from app.storage.inspection import Inspection

OUTSIDE = "postgresql://besa_app@db/besa"


def database(mark: bool | None) -> Inspection:
    return Inspection(
        major=18, role="besa_app", superuser=False, passes_row_security=False, owns_tables=False, may_create=False,
        revision="0001", demonstration=mark, unforced_tables=(), encoding="UTF8", now=datetime.now(UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outside", "setting", "mark", "answer"),
    [
        (False, None, None, True),
        (False, False, None, False),
        (True, None, None, None),
        (True, True, None, True),
        (True, None, True, True),
        (True, None, False, False),
        (False, None, False, False),
    ],
)
def test_who_decides(outside: bool, setting: bool | None, mark: bool | None, answer: bool | None) -> None:
    settings = Settings(database_url=OUTSIDE if outside else None, demonstration=setting)
    assert becomes_demonstration(settings, database(mark)) is answer


@pytest.mark.parametrize(("setting", "mark"), [(True, False), (False, True)])
def test_contradiction_is_refused(setting: bool, mark: bool) -> None:
    with pytest.raises(CommandError, match="demonstration"):
        becomes_demonstration(Settings(demonstration=setting), database(mark))
