"""Which errors become one sentence, and which stay a defect with its traceback."""

import asyncpg
import pytest
from sqlalchemy.exc import OperationalError

from app.commands.errors import CommandError, sentence_of
from app.storage.postgres_binaries import EmbeddedPostgresError


@pytest.mark.parametrize("kind", [CommandError, EmbeddedPostgresError])
def test_sentences_are_passed_on(kind: type[Exception]) -> None:
    assert sentence_of(kind("Mend this.")) == "Mend this."


@pytest.mark.parametrize(
    ("cause", "words"),
    [(asyncpg.DiskFullError("no space"), "is full"), (asyncpg.AdminShutdownError("bye"), "start again")],
)
def test_driver_errors_that_a_person_can_mend(cause: Exception, words: str) -> None:
    assert words in str(sentence_of(OperationalError("insert ...", {}, cause)))


def test_defect_keeps_its_traceback() -> None:
    assert sentence_of(ZeroDivisionError()) is None
    assert sentence_of(OperationalError("select", {}, asyncpg.UndefinedTableError("gone"))) is None
