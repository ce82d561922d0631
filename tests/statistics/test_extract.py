"""The extract: each person once per base and year, standing decisions only, and nothing that leads back."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.ids import uuid7
from app.services import figures
from app.services.unit_of_work import System, unit_of_work
from app.statistics.facts import last_made, read_extract
from tests.statistics.made_up import Case, Event, add_cases, add_deliveries, add_person, at_noon
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def persons(world: World, **wanted: object) -> list[dict[str, object]]:
    """Rebuild the extract and return its persons with these traits."""
    await figures.refresh(world.program, "AL")
    async with world.superuser() as connection:
        rows = await connection.execute(text("select * from stats.person_fact where jurisdiction = 'AL'"))
        found = [dict(row) for row in rows.mappings()]
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


async def test_a_person_counts_once_a_year_and_base_whatever_happened_again(world: World) -> None:
    twice = await add_person(world)
    await add_cases(
        world,
        [
            Case(person=twice, form="BEG", vmt=date(2001, 3, 1), vt=date(2001, 9, 1), opened=date(2001, 2, 1)),
            Case(person=twice, form="LAB", vmt=date(2001, 8, 1), opened=date(2001, 7, 1)),
            Case(person=twice, form="LAB", vmt=date(2002, 1, 5), opened=date(2002, 1, 5)),
            Case(without_identity=True, form="CRI", vmt=date(2001, 5, 1), opened=date(2001, 5, 1)),
            Case(without_identity=True, form="CRI", vmt=date(2001, 6, 1), opened=date(2001, 6, 1)),
        ],
    )
    first_year = await persons(world, base="vmt", year=2001)
    assert sorted(str(row["main_form"]) for row in first_year) == ["BEG", "CRI", "CRI"]
    assert [(row["main_form"], row["month"]) for row in await persons(world, base="vmt", year=2002)] == [("LAB", 1)]
    assert [row["month"] for row in await persons(world, base="vt", year=2001)] == [9]
    assert len(await persons(world, base="registered", year=2001)) == 3


async def test_persons_found_to_be_one_count_once(world: World) -> None:
    kept = await add_person(world)
    middle = await add_person(world, merged_into=kept)
    last = await add_person(world, merged_into=middle)
    days = date(2003, 2, 1), date(2003, 3, 1), date(2003, 4, 1)
    await add_cases(world, [Case(person=p, vmt=d, opened=d) for p, d in zip((last, kept, middle), days, strict=True)])
    assert [row["month"] for row in await persons(world, base="vmt", year=2003)] == [2]


async def test_only_decisions_that_stand_count(world: World) -> None:
    decided, day = "INITIAL_ID_DECIDED", at_noon
    await add_cases(
        world,
        [
            # corrected to "at risk": never a VMT
            Case(
                events=(
                    Event(decided, day(date(2004, 1, 3)), "VMT"),
                    Event(decided, day(date(2004, 1, 4)), "AT_RISK", corrects=0),
                )
            ),
            # the date was wrong: the correction counts
            Case(
                form="MAR",
                events=(
                    Event(decided, day(date(2004, 2, 3)), "VMT"),
                    Event(decided, day(date(2005, 2, 3)), "VMT", age="child", corrects=0),
                ),
            ),
            # found again later in the same case: still one identification, of the first time
            Case(
                form="ORG",
                events=(
                    Event(decided, day(date(2004, 6, 1)), "VMT"),
                    Event(decided, day(date(2005, 6, 1)), "VMT"),
                ),
            ),
            Case(events=(Event(decided, day(date(2004, 3, 1)), "NO_INDICATION"),)),
            Case(vmt=date(2004, 7, 1), closure="ENTERED_IN_ERROR"),
            Case(vmt=date(2004, 7, 1), closure="DUPLICATE"),
            # recognised, and the recognition taken back
            Case(
                events=(
                    Event("FORMAL_DECIDED", day(date(2004, 8, 1)), "VT"),
                    Event("RECONSIDERED", day(date(2004, 9, 1)), "NOT_RECOGNISED"),
                )
            ),
            # refused, and recognised on appeal
            Case(
                form="SLV",
                events=(
                    Event("FORMAL_DECIDED", day(date(2004, 8, 1)), "NOT_RECOGNISED"),
                    Event("RECONSIDERED", day(date(2004, 9, 1)), "VT"),
                ),
            ),
        ],
    )
    assert [row["main_form"] for row in await persons(world, base="vmt", year=2004)] == ["ORG"]
    assert [(row["main_form"], row["age"]) for row in await persons(world, base="vmt", year=2005)] == [("MAR", "child")]
    assert [(row["main_form"], row["month"]) for row in await persons(world, base="vt", year=2004)] == [("SLV", 9)]


async def test_age_is_that_of_the_event_and_unknown_stays_unknown(world: World) -> None:
    when = at_noon(date(2006, 1, 3))
    await add_cases(
        world,
        [
            Case(age="adult", events=(Event("INITIAL_ID_DECIDED", when, "VMT", age=age),), opened=date(2006, 1, 1))
            for age in ("child", None, "unknown")
        ]
        + [Case(age="unknown", opened=date(2006, 1, 1))],
    )
    assert sorted(str(row["age"]) for row in await persons(world, base="vmt", year=2006)) == [
        "child",
        "unknown",
        "unknown",
    ]
    assert sorted(str(row["age"]) for row in await persons(world, base="registered", year=2006)) == [
        "adult",
        "adult",
        "adult",
        "unknown",
    ]


async def test_a_year_begins_in_the_country_not_in_greenwich(world: World) -> None:
    new_year = datetime(2006, 12, 31, 23, 30, tzinfo=UTC)
    await add_cases(world, [Case(form="ADO", events=(Event("INITIAL_ID_DECIDED", new_year, "VMT"),))])
    assert [(row["year"], row["month"]) for row in await persons(world, base="vmt", main_form="ADO")] == [(2007, 1)]


async def test_county_becomes_region_and_counts_towards_coverage(world: World) -> None:
    day = date(2008, 5, 1)
    await add_cases(world, [Case(county=c, vmt=day, opened=day) for c in ("AL-01", "AL-01", "AL-02", None)])
    assert sorted(str(row["region"]) for row in await persons(world, base="vmt", year=2008)) == [
        "AL01",
        "AL03",
        "AL03",
        "None",
    ]
    extract = await read_extract(world.program.database.statistics, "AL")
    assert extract is not None
    assert (extract.coverage[2008].cases, extract.coverage[2008].counties) == (4, 2)


async def test_services_are_counted_with_the_persons_behind_them(world: World) -> None:
    one, other = await add_cases(world, [Case(opened=date(2009, 1, 1))] * 2)
    day = date(2009, 3, 4)
    made = await add_deliveries(
        world,
        "DEMO-AGIMI",
        [
            (one, "FOOD", day, "delivered"),
            (one, "FOOD", day, "delivered"),
            (other, "FOOD", date(2009, 4, 1), "delivered"),
            (other, "LEGAL_AID", day, "refused"),
            (one, "FOOD", day, "delivered"),
        ],
    )
    async with world.superuser() as connection:
        await connection.execute(
            text("update casework.service_delivery set superseded_by = :by where id = :id"),
            {"by": uuid7(), "id": made[-1]},
        )
    await add_deliveries(world, "DEMO-AGIMI", [(one, "FOOD", day, "void")], corrects=made[-1])
    await figures.refresh(world.program, "AL")
    extract = await read_extract(world.program.database.statistics, "AL", organisation_code="DEMO-AGIMI", year=2009)
    assert extract is not None and extract.services is not None
    counted = {(row.service_type, row.month): row.deliveries for row in extract.services.counts if row.deliveries}
    assert counted == {("FOOD", 3): 2, ("FOOD", 4): 1}
    assert extract.services.persons == {
        ("FOOD", 3): 1,
        ("FOOD", 4): 1,
        ("FOOD", 0): 2,
        ("", 3): 1,
        ("", 4): 1,
        ("", 0): 2,
    }


async def test_nothing_in_the_extract_leads_back(world: World) -> None:
    await figures.refresh(world.program, "AL")
    async with world.superuser() as connection:
        columns = await connection.execute(
            text(
                "select table_name, column_name, data_type from information_schema.columns"
                " where table_schema = 'stats' and table_name <> 'extraction'"
            )
        )
        kinds = {row.data_type for row in columns}
        ids = (await connection.execute(text("select id::text, code from casework.case_file"))).all()
        content = str((await connection.execute(text("select * from stats.person_fact"))).all())
    assert kinds <= {"text", "smallint", "integer", "numeric", "boolean", "ARRAY"}
    assert ids
    assert not any(one.id in content or one.code in content for one in ids)


async def test_the_statistics_role_reads_the_extract_and_nothing_else(world: World) -> None:
    async with world.program.database.statistics.connect() as connection:
        await connection.execute(text("select count(*) from stats.person_fact"))
    for table in ("casework.case_file", "casework.case_event", "vault.person", "audit.entry", "iam.account"):
        async with world.program.database.statistics.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(f"select count(*) from {table}"))
    async with world.program.database.statistics.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(text("delete from stats.person_fact"))


async def test_only_the_program_itself_makes_the_extract_and_it_is_written_down(world: World) -> None:
    statement = text("select stats.refresh('AL', 'Europe/Tirane', '{}'::jsonb)")
    for login in ("demo.statistika", "demo.ap"):
        with pytest.raises(DBAPIError, match="made by the program itself"):
            async with world.acting(login, "statistics.read") as unit:
                await unit.execute(statement)
    with pytest.raises(DBAPIError, match="made by the program itself"):
        async with unit_of_work(world.program, System("XK"), "system.maintain") as unit:
            await unit.execute(statement)
    async with world.program.database.statistics.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(statement)
    before = len(await world.audit_entries("system.maintain"))
    await figures.refresh(world.program, "AL")
    entries = await world.audit_entries("system.maintain")
    assert len(entries) == before + 1
    assert entries[-1]["detail"] == {"task": "statistics.refresh"}


async def test_the_extract_is_renewed_when_it_is_old_and_not_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, soon = world.program.database.statistics, figures.RENEWED_AFTER_IN_DEMONSTRATION
    first = await figures.refresh(world.program, "AL")
    await figures.refresh_if_old(world.program, "AL", first + soon)
    made = await last_made(engine, "AL")
    assert made is not None and made.at == first and made.cases > 0
    monkeypatch.setattr(figures, "MANY_CASES", made.cases - 1)
    await figures.refresh_if_old(world.program, "AL", first + figures.RENEWED_AFTER)
    assert await last_made(engine, "AL") == made
    monkeypatch.undo()
    await figures.refresh_if_old(world.program, "AL", first + soon * 2)
    renewed = await last_made(engine, "AL")
    assert renewed is not None and renewed.at > first


async def test_a_new_extract_is_seen_at_once(world: World) -> None:
    engine = world.program.database.statistics
    await add_cases(world, [Case(form="MIL", vmt=date(2010, 5, 1), opened=date(2010, 5, 1))])
    before = await read_extract(engine, "AL")
    await figures.refresh(world.program, "AL")
    after = await read_extract(engine, "AL")
    assert before is not None and after is not None
    assert not any(row.main_form == "MIL" for row in before.persons)
    assert any(row.main_form == "MIL" for row in after.persons)


async def test_waiting_is_counted_in_days_of_the_country_between_first_standing_events(world: World) -> None:
    def late(day: date) -> datetime:
        # half past one in the morning of the next day in Tirana
        return datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC)

    signal, contact, served = "SIGNAL_RECEIVED", "FIRST_CONTACT", "FIRST_SERVICE_DELIVERED"
    await add_cases(
        world,
        [
            Case(
                vmt=date(1999, 7, 5),
                events=(
                    Event(signal, late(date(1999, 6, 30))),
                    Event(contact, at_noon(date(1999, 7, 1))),
                    Event(served, at_noon(date(1999, 7, 1))),
                ),
            ),
            # a first record that was taken back does not count
            Case(
                events=(
                    Event(contact, at_noon(date(1999, 8, 1))),
                    Event(served, at_noon(date(1999, 8, 2))),
                    Event("RETRACTED", at_noon(date(1999, 8, 3)), corrects=1),
                )
            ),
            Case(events=(Event(contact, at_noon(date(1999, 8, 1))),), closure="ENTERED_IN_ERROR"),
            Case(events=(Event("FORMAL_REQUESTED", at_noon(date(1999, 9, 1))),), vt=date(1999, 12, 1)),
        ],
    )
    await figures.refresh(world.program, "AL")
    found = await read_extract(world.program.database.statistics, "AL")
    assert found is not None
    counted = {(row.span, row.band): row.cases for row in found.times if row.year == 1999}
    assert counted == {
        ("signal_identification", "week"): 1,
        ("identification_service", "before"): 1,
        ("signal_service", "same_day"): 1,
        ("contact_service", "same_day"): 1,
        ("contact_service", "not_yet"): 1,
        ("request_decision", "longer"): 1,
    }
