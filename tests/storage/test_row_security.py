"""What PostgreSQL itself shows, asked directly as the application role: nothing without an actor, nothing outside
grants, nothing after a grant ends, nothing under a denial, class by class."""

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import insert, text

from app.domain.policy import ROLE_CLASSES, DataClass, Role
from app.storage.schema import metadata
from tests.storage.filled import (
    ALL_CLASSES,
    CASE_TABLES,
    DENIED,
    Filled,
    a_row,
    acting,
    fill,
    grant,
    name_of,
    one,
    refused,
    run,
    seen,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLASS_OF = {
    DataClass.MILESTONES: {
        *("case_file", "case_key", "case_grant", "referral", "referral_event", "task", "child_worker"),
        *("reflection", "reflection_step", "escalation", "refusal_notice"),
    },
    DataClass.IDENTITY: {"person", "person_version", "duplicate", "guardian_identity"},
    DataClass.CASEWORK: {
        *("urgent_needs", "closure", "information_given", "consent", "access_request", "signal"),
        *("age_assessment", "separation_record", "guardian", "best_interest_assessment", "child_move"),
        *("monitoring_visit", "risk_assessment", "risk_assessor", "routing_deviation"),
    },
    DataClass.IDENTIFICATION: {
        "exploitation",
        "identification",
        "identification_officer",
        "observation",
        "formal_procedure",
        "formal_member",
        "formal_declaration",
        "formal_interview",
        "formal_ground",
        "formal_proposal",
        "formal_signature",
        "formal_decision",
        "formal_letter",
        "formal_handing_over",
        "formal_review",
    },
    DataClass.HEALTH: set(),
    DataClass.LEGAL: {"proceeding", "proceeding_step", "proceeding_notice"},
    DataClass.SHELTER_LOCATION: set(),
}
"""Which table opens with which data class; a new table stands here or in `OWN`, or the test says so."""
BY_CLASS = {"case_event", "note", "service_delivery"}
OWN = {"placement", "placement_event", "case_denial", "signal_step", "formal_conflict"}
"""Of one organisation's own role: a placement of its shelter, a denial of whoever answers for the case, what was done
about a signal by who took it, why a member of a team has a conflict of interest."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def filled(world: World) -> Filled:
    """A case of the mobile unit with a row in every table, open to nobody."""
    return await fill(world)


async def test_every_table_of_a_case_has_a_row_and_a_class(world: World, filled: Filled) -> None:
    named = set().union(*CLASS_OF.values()) | BY_CLASS | OWN
    assert {t.name for t in CASE_TABLES} == named
    async with world.superuser() as connection:
        assert set(await seen(connection, filled)) == {name_of(t) for t in CASE_TABLES}


@pytest.mark.parametrize("identity", ["none", "door"])
async def test_without_an_actor_every_table_is_empty_and_takes_nothing(
    world: World, filled: Filled, identity: str
) -> None:
    async with world.program.database.begin() as connection:
        if identity == "door":
            await connection.execute(text("select iam.act_as_nobody()"))
        assert await seen(connection, filled) == {}
        for table in metadata.sorted_tables:
            if table.schema not in ("vault", "casework", "audit"):
                continue
            if table.name != "board_delta":
                assert await one(connection, f"select count(*) from {name_of(table)}") == 0
            else:
                assert await refused(connection, f"select count(*) from {name_of(table)}") == DENIED
            if table.name == "entry" and identity == "door":
                continue  # a failed sign-in is written down before anybody is known
            row = a_row(table, {"case_id": filled.case_id, "person_id": filled.person_id, "org_id": filled.org_id})
            assert await refused(connection, insert(table).values(row)) == DENIED, name_of(table)


async def test_outside_grants_nothing_is_seen_changed_or_added(world: World, filled: Filled) -> None:
    async with acting(world, "demo.polici") as connection:
        assert await seen(connection, filled) == {}
        own_org = await one(connection, "select iam.org()")
        own_account = await one(connection, "select iam.actor()")
        for table in CASE_TABLES:
            if table.name in ("signal", "person"):
                continue  # one's own signals and newly met persons need no case
            given = {
                "case_id": filled.case_id,
                "id": filled.case_id if table.name == "case_file" else None,
                "person_id": filled.person_id,
                "referral_id": filled.rows["casework.referral"][0],
                "identification_id": filled.rows["casework.identification"][0],
                "placement_id": filled.rows["casework.placement"][0],
                "org_id": own_org,
                "account_id": own_account,
                "jurisdiction": "AL",
                "sender_org_id": own_org,
                "sender_account_id": own_account,
                "granted_by": own_account,
                "denied_by": own_account,
                "opened_org_id": own_org,
                "opened_by": own_account,
                "responsible_org_id": own_org,
            }
            row = a_row(table, {k: v for k, v in given.items() if v is not None})
            assert await refused(connection, insert(table).values(row)) == DENIED, name_of(table)
            key = "case_id" if table.name == "case_key" else "id"
            state = await refused(
                connection,
                f"update {name_of(table)} set {key} = {key} where {key} = any(:ids)",
                {"ids": filled.rows[name_of(table)]},
            )
            assert state == DENIED


async def test_an_update_outside_grants_touches_no_row(world: World, filled: Filled) -> None:
    async with acting(world, "demo.polici") as connection:
        for statement in (
            "update vault.person set version = 9 where id = any(:ids)",
            "update casework.case_file set stage = 'CLOSED' where id = any(:ids)",
            "update casework.case_grant set valid_to = now() where id = any(:ids)",
            "update casework.consent set withdrawn_at = now() where id = any(:ids)",
            "update casework.referral set state = 'accepted' where id = any(:ids)",
            "update casework.task set state = 'met' where id = any(:ids)",
            "update casework.placement set state = 'discharged' where id = any(:ids)",
        ):
            ids = [row for rows in filled.rows.values() for row in rows]
            assert await refused(connection, statement, {"ids": ids}) == "nothing", statement


async def test_a_grant_opens_and_its_end_closes(world: World) -> None:
    made = await fill(world)
    grant_id = await grant(world, made, org="DEMO-BASHKI-BERAT")
    async with acting(world, "demo.menaxhere") as connection:
        assert set(await seen(connection, made)) >= {"casework.case_file", "vault.person", "casework.note"}
    await run(world, "update casework.case_grant set valid_to = now() where id = :id", id=grant_id)
    async with acting(world, "demo.menaxhere") as connection:
        # of its own grant the organisation keeps the row: since when until when it could read, and nothing else
        assert await seen(connection, made) == {}
        assert await one(connection, "select count(*) from casework.case_grant where id = :id", id=grant_id) == 1


@pytest.mark.parametrize(("since", "until"), [(-2, -1), (1, None), (1, 2), (0, 0)])
async def test_a_grant_opens_only_between_its_two_moments(world: World, since: int, until: int | None) -> None:
    made = await fill(world)
    ends = None if until is None else timedelta(hours=until)
    await grant(world, made, org="DEMO-BASHKI-BERAT", since=timedelta(hours=since), until=ends)
    await grant(world, made, login="demo.menaxhere", since=timedelta(hours=since), until=ends)
    async with acting(world, "demo.menaxhere") as connection:
        assert await seen(connection, made) == {}


@pytest.mark.parametrize("denied", ["account", "organisation"])
async def test_a_denial_beats_every_grant_and_hides_even_the_grants(world: World, denied: str) -> None:
    made = await fill(world)
    mine = [await grant(world, made, org="DEMO-BASHKI-BERAT"), await grant(world, made, login="demo.menaxhere")]
    column, value = (
        ("account_id", "(select id from iam.account where login = 'demo.menaxhere')")
        if denied == "account"
        else ("org_id", "(select id from ref.organisation where code = 'DEMO-BASHKI-BERAT')")
    )
    await run(
        world,
        f"""insert into casework.case_denial (id, case_id, {column}, reason, denied_by)
          values (gen_random_uuid(), :case, {value}, 'CONFLICT', :by)""",
        case=made.case_id,
        by=made.account_id,
    )
    async with acting(world, "demo.menaxhere") as connection:
        assert await seen(connection, made) == {}
        assert await one(connection, "select count(*) from casework.case_grant where id = any(:ids)", ids=mine) == 0
        assert not await one(connection, "select casework.may_see(:id, 'milestones')", id=made.case_id)
    await run(
        world,
        "update casework.case_denial set valid_to = now() where case_id = :case and valid_to is null",
        case=made.case_id,
    )
    async with acting(world, "demo.menaxhere") as connection:
        assert "casework.case_file" in await seen(connection, made)


async def test_a_denial_keeps_the_authority_and_a_shelter_out_too(world: World) -> None:
    made = await fill(world, org="DEMO-AGIMI", login="demo.agimi.drejtuese")
    for login in ("demo.ap", "demo.agimi.drejtuese"):
        async with acting(world, login) as connection:
            assert await seen(connection, made) != {}
        await run(
            world,
            """insert into casework.case_denial (id, case_id, account_id, reason, denied_by) values (gen_random_uuid(),
              :case, (select id from iam.account where login = :login), 'CONFLICT', :by)""",
            case=made.case_id,
            login=login,
            by=made.account_id,
        )
        async with acting(world, login) as connection:
            assert await seen(connection, made) == {}


@pytest.mark.parametrize("data_class", [c for c in DataClass if c is not DataClass.SHELTER_LOCATION])
async def test_each_class_opens_its_own_rows_and_no_other(world: World, data_class: DataClass) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-BASHKI-BERAT", classes=[data_class.value])
    async with acting(world, "demo.menaxhere") as connection:
        found = await seen(connection, made)
        expected = {name_of(t) for t in CASE_TABLES if t.name in CLASS_OF[data_class] | BY_CLASS}
        if data_class is DataClass.MILESTONES:
            expected -= {"casework.case_denial"}
        assert set(found) == expected
        assert {found[f"casework.{name}"] for name in BY_CLASS} == {1}
        classes = await connection.execute(
            text("select data_class from casework.note where case_id = :id"), {"id": made.case_id}
        )
        assert [row[0] for row in classes] == [data_class.value]


@pytest.mark.parametrize(
    ("login", "org", "role"),
    [
        ("demo.polici", "DEMO-POLICI-BERAT", Role.FIRST_RESPONDER),
        ("demo.linja", "DEMO-LINJA", Role.HOTLINE_OPERATOR),
        ("demo.identifikim", "DEMO-SHSSH-BERAT", Role.IDENTIFICATION_OFFICER),
        ("demo.agimi", "DEMO-AGIMI", Role.SHELTER_STAFF),
    ],
)
async def test_the_role_narrows_what_the_grant_opens(world: World, login: str, org: str, role: Role) -> None:
    made = await fill(world)
    await grant(world, made, org=org)
    async with acting(world, login) as connection:
        rows = await connection.execute(
            text("select data_class from casework.case_event where case_id = :id"), {"id": made.case_id}
        )
        assert {row[0] for row in rows} == set(ROLE_CLASSES[role])
        found = await seen(connection, made)
        assert ("vault.person" in found) == (DataClass.IDENTITY in ROLE_CLASSES[role])
        assert ("casework.observation" in found) == (DataClass.IDENTIFICATION in ROLE_CLASSES[role])
        assert "casework.placement" not in found


async def test_an_own_note_stays_closed_to_a_role_without_its_class(world: World) -> None:
    made = await fill(world, org="DEMO-POLICI-BERAT", login="demo.polici")
    await grant(world, made, org="DEMO-POLICI-BERAT", classes=["milestones"])
    async with acting(world, "demo.polici") as connection:
        rows = await connection.execute(
            text("select data_class from casework.note where case_id = :id"), {"id": made.case_id}
        )
        assert {row[0] for row in rows} == set(ROLE_CLASSES[Role.FIRST_RESPONDER])


async def test_the_authority_follows_every_case_by_its_milestones_alone(world: World) -> None:
    made = await fill(world)
    async with acting(world, "demo.ap") as connection:
        found = await seen(connection, made)
        expected = CLASS_OF[DataClass.MILESTONES] | BY_CLASS | {"signal", "case_denial"}
        assert set(found) == {f"casework.{name}" for name in expected}
        assert {found[f"casework.{name}"] for name in BY_CLASS} == {1}
        assert await one(connection, "select sum(cases) from casework.board_counts(now())") > 0
    async with acting(world, "demo.xk.ak") as connection:
        assert await seen(connection, made) == {}, "another country's authority sees nothing"


@pytest.mark.parametrize(
    "login",
    ["demo.krat", "demo.koordinator", "demo.statistika", "demo.dpo", "demo.auditues", "demo.admin"],
)
async def test_roles_that_read_no_case_see_none_even_where_their_organisation_holds_a_grant(
    world: World, login: str
) -> None:
    made = await fill(world, org="AP", login="demo.ap")
    async with world.superuser() as connection:
        org = await one(
            connection,
            """select o.code from iam.account a join iam.assignment g on g.account_id = a.id
              join ref.organisation o on o.id = g.org_id where a.login = :login""",
            login=login,
        )
    await grant(world, made, org=org)
    await grant(world, made, login=login)
    async with acting(world, login) as connection:
        assert await seen(connection, made) == {}
        assert not await one(connection, "select casework.may_see(:id, 'milestones')", id=made.case_id)
        assert not await one(connection, "select sum(cases) from casework.board_counts(now())")
        assert (await connection.execute(text("select * from casework.month_sheet('2026-01-01')"))).all() == []


async def test_a_placement_is_seen_by_its_own_shelter_alone(world: World) -> None:
    made = await fill(world, org="DEMO-AGIMI", login="demo.agimi.drejtuese")
    for login, opens in (("demo.agimi", True), ("demo.ura.drejtuese", False), ("demo.ap", False), ("demo.njl", False)):
        for org in ("DEMO-URA", "DEMO-NJL-BERAT"):
            await grant(world, made, org=org, classes=ALL_CLASSES)
        async with acting(world, login) as connection:
            found = await seen(connection, made)
            assert ("casework.placement" in found) is opens, login
            assert ("casework.placement_event" in found) is opens, login
            beds = await one(connection, "select count(*) from casework.bed where org_id = :org", org=made.org_id)
            assert (beds > 0) is opens


async def test_a_receiver_sees_the_referral_and_nothing_of_the_case_before_accepting(world: World) -> None:
    made = await fill(world)
    await run(
        world,
        """update casework.referral set state = 'sent', shared_classes = '{casework,identity}', receiver_org_id =
          (select id from ref.organisation where code = 'DEMO-URA') where case_id = :case""",
        case=made.case_id,
    )
    async with acting(world, "demo.ura.drejtuese") as connection:
        assert set(await seen(connection, made)) == {
            "casework.referral",
            "casework.referral_event",
            "casework.task",
        }
    async with acting(world, "demo.agimi.drejtuese") as connection:
        assert await seen(connection, made) == {}
