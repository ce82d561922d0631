"""`besa statistics` as an operator runs it: the same numbers as the interface gives, a sentence for what is refused."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from app import cli
from app.services.credentials.signing_keys import SigningKeys
from app.settings import get_settings
from app.storage.key_provider import FileKeyProvider
from tests.commands.program import call
from tests.statistics.made_up import add_cases, year_of_vmt
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

YEAR = datetime.now(ZoneInfo("Europe/Tirane")).year - 1


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: bytes
    err: str


Run = Callable[..., Awaitable[Ended]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an installation whose database has cases, but no extract yet."""
    await add_cases(world, year_of_vmt({("FEMALE", "adult", "SEX"): 30, ("MALE", "adult", "LAB"): 2}, YEAR))
    made = tmp_path_factory.mktemp("home")
    (made / "keys").mkdir(mode=0o700)
    FileKeyProvider.create(made / "keys" / "master.json")
    SigningKeys.create(made / "keys" / "signing.json")
    return made


@pytest.fixture
def run(
    world: World, home: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Run]:
    """Run the command in this process, in a thread of its own as it brings its own event loop."""
    monkeypatch.setenv("BESA_HOME", str(home))
    monkeypatch.setenv("BESA_DATABASE_URL", world.databases.app_url)
    get_settings.cache_clear()

    def work() -> int:
        try:
            return cli.main()
        except SystemExit as ended:
            return int(ended.code or 0)

    async def command(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["besa", "statistics", *arguments])
        capfdbinary.readouterr()
        code = await asyncio.to_thread(work)
        out, err = capfdbinary.readouterr()
        return Ended(code, out, err.decode())

    yield command
    get_settings.cache_clear()


async def test_a_table_is_printed_as_the_interface_gives_it(world: World, home: Path) -> None:
    printed = call(
        "statistics", "table", "T2", "--profile", "AL", "--year", str(YEAR), "--audience", "public",
        "--format", "json", "--language", "en", home=str(home), database_url=world.databases.app_url,
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr
    document = json.loads(printed.stdout)
    async with world.api("demo.statistika") as api:
        answer = (await api.get("/statistics/tables/T2", params={"year": YEAR, "audience": "public"})).json()
    assert document["rows"] == answer["rows"]
    assert document["facts"] == answer["facts"]
    assert document["rows"][-1]["cells"][-1]["value"] == 32
    first, *_ = [entry for entry in await world.audit_entries("statistics.read") if entry["outcome"] == "done"]
    assert (first["role"], first["subject_id"]) == ("system", None)
    assert dict(first["detail"])["table"] == "T2"  # type: ignore[call-overload]


async def test_a_file_is_written_and_csv_is_the_usual(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "t1.xlsx"
    given = ("--profile", "AL", "--year", str(YEAR))
    written = await run("table", "T1", *given, "--format", "xlsx", "--output", str(book))
    assert (written.code, written.out) == (0, b""), written.err
    assert book.read_bytes().startswith(b"PK")
    printed = await run("table", "T1", *given)
    assert printed.out.decode().splitlines()[1] == "vmt,Viktimë e mundshme trafikimi,32"
    nowhere = await run("table", "T1", *given, "--output", str(tmp_path / "no" / "t1.csv"))
    assert (nowhere.code, "cannot be written" in nowhere.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("T9", "--profile", "AL"), "There is no table of this number."),
        (("T1", "--profile", "AL", "--year", str(YEAR + 1)), f"The year {YEAR + 1} has not ended."),
        (("T1", "--profile", "MK"), "There is no profile 'MK'"),
        (("S1", "--profile", "AL"), "organisation: "),
        (("T2", "--profile", "AL", "--base", "registered"), "base: This table has no such base."),
    ],
)
async def test_what_cannot_be_printed_is_a_sentence(run: Run, arguments: tuple[str, ...], says: str) -> None:
    refused = await run("table", *arguments)
    assert (refused.code, refused.out) == (1, b"")
    assert says in refused.err


async def test_the_extract_is_renewed_on_demand(world: World, run: Run) -> None:
    before = await world.audit_entries("system.maintain")
    renewed = await run("refresh", "--profile", "XK")
    assert renewed.code == 0, renewed.err
    assert renewed.out.startswith(b"XK: extract of 20")
    assert len(await world.audit_entries("system.maintain")) == len(before) + 1


async def test_the_tables_are_listed(run: Run) -> None:
    listed = await run("tables")
    assert [line.split()[0] for line in listed.out.splitlines()] == [b"T1", b"T2", b"T3", b"S1", b"D1"]
