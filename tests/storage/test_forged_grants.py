"""What somebody with a role, or a handler that forgot its check, could try to write: opening a case to oneself, giving
more than one has, ending what others hold. PostgreSQL refuses each of them."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import insert

from app.storage.cases import case_denial
from tests.storage.filled import DENIED, Filled, a_row, acting, fill, grant, grant_as, me, one, refused, run
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def closed(world: World) -> Filled:
    """A case of the mobile unit, open to nobody."""
    return await fill(world)


@pytest.mark.parametrize("basis", ["opening", "referral", "reveal", "authority", "team", "care_team", "break_glass"])
@pytest.mark.parametrize("login", ["demo.polici", "demo.menaxhere", "demo.agimi.drejtuese", "demo.ap", "demo.xk.ak"])
async def test_nobody_opens_a_case_to_themselves(world: World, closed: Filled, login: str, basis: str) -> None:
    made = closed
    async with acting(world, login) as connection:
        account, _ = await me(connection)
        for holder in ({}, {"account_id": account}):
            for source in (None, made.rows["casework.referral"][0]):
                state = await grant_as(connection, made, basis=basis, source_id=source, reason="ASSIGNED", **holder)
                assert state == DENIED, (basis, holder)


async def test_the_opener_grants_once(world: World) -> None:
    made = await fill(world)
    async with acting(world, "demo.njl") as connection:
        # the first opening grant stands in the file already, ended: who lost access does not take it back
        assert await grant_as(connection, made, basis="opening") == DENIED


async def test_a_holder_of_some_classes_gives_no_others_and_none_to_its_own_organisation(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-POLICI-BERAT", classes=["milestones", "identification"])
    async with acting(world, "demo.polici") as connection:
        shelter = await one(connection, "select id from ref.organisation where code = 'DEMO-URA'")
        assert (
            await grant_as(connection, made, basis="care_team", org_id=shelter, data_classes=["milestones"]) == DENIED
        )
        for classes in (["identity"], ["casework"], ["milestones", "identity"], ["shelter_location"]):
            assert await grant_as(connection, made, basis="team", org_id=shelter, data_classes=classes) == DENIED
        team = ["milestones", "identification"]
        assert await grant_as(connection, made, basis="team", data_classes=team) == DENIED, "to itself"
        later = datetime.now(UTC) + timedelta(days=1)
        assert await grant_as(connection, made, basis="team", org_id=shelter, data_classes=team, valid_from=later)
        assert await grant_as(connection, made, basis="team", org_id=shelter, data_classes=team) is None
        forged = await grant_as(
            connection, made, basis="team", org_id=shelter, data_classes=team, granted_by=made.account_id
        )
        assert forged == DENIED, "in somebody else's name"


async def test_a_reveal_is_one_officers_for_an_hour_in_their_own_country_with_a_reason(world: World) -> None:
    made = await fill(world)
    soon = datetime.now(UTC) + timedelta(minutes=50)
    reveal = {"basis": "reveal", "data_classes": ["identity"], "reason": "REGISTER", "valid_to": soon}
    async with acting(world, "demo.ap") as connection:
        account, _ = await me(connection)
        assert await grant_as(connection, made, **reveal, account_id=account) is None
        for change in (
            {"account_id": None},
            {"account_id": made.account_id},
            {"reason": None},
            {"valid_to": None},
            {"valid_to": datetime.now(UTC) + timedelta(hours=2)},
            {"data_classes": ["identity", "health"]},
        ):
            assert await grant_as(connection, made, **{**reveal, "account_id": account, **change}) == DENIED, change
    async with acting(world, "demo.xk.ak") as connection:
        account, _ = await me(connection)
        assert await grant_as(connection, made, **reveal, account_id=account) == DENIED
    async with acting(world, "demo.admin") as connection:
        account, _ = await me(connection)
        assert await grant_as(connection, made, **reveal, account_id=account) == DENIED


async def test_an_assignment_of_the_authority_is_for_its_own_officers_and_a_month(world: World) -> None:
    made = await fill(world)
    month = datetime.now(UTC) + timedelta(days=30)
    given = {"basis": "authority", "data_classes": ["identity"], "reason": "REGISTER", "valid_to": month}
    async with acting(world, "demo.ap") as connection:
        own, org = await me(connection)
        assert await grant_as(connection, made, **given, account_id=own) is None
        officer = await one(connection, "select id from iam.account where login = 'demo.dpo'")
        assert await grant_as(connection, made, **given, account_id=officer) == DENIED, "who reads no case"
        assert await grant_as(connection, made, **given, account_id=made.account_id) == DENIED
        assert await grant_as(connection, made, **given, org_id=org) == DENIED
        year = {**given, "valid_to": datetime.now(UTC) + timedelta(days=365)}
        assert await grant_as(connection, made, **year, account_id=own) == DENIED


async def test_the_authority_reads_a_revealed_name_and_changes_nothing_of_it(world: World) -> None:
    made = await fill(world)
    await grant(world, made, login="demo.ap", classes=["identity"], until=timedelta(hours=1), basis="reveal")
    async with acting(world, "demo.ap") as connection:
        assert await one(connection, "select count(*) from vault.person where id = :id", id=made.person_id) == 1
        change = "update vault.person set version = 2 where id = :id"
        assert await refused(connection, change, {"id": made.person_id}) == "nothing"


async def test_grants_end_now_and_never_earlier_and_only_by_who_may(world: World) -> None:
    made = await fill(world)
    opening = await grant(world, made, org="DEMO-NJL-BERAT", basis="opening")
    shared = await grant(world, made, org="DEMO-URA", basis="referral")
    end = "update casework.case_grant set valid_to = {} where id = :id"
    async with acting(world, "demo.ura.drejtuese") as connection:
        assert await refused(connection, end.format("now()"), {"id": opening}) == "nothing"
        assert await refused(connection, end.format("now()"), {"id": shared}) is None
    async with acting(world, "demo.njl") as connection:
        for earlier in ("now() - interval '1 day'", "now() + interval '1 day'", "null"):
            assert await refused(connection, end.format(earlier), {"id": opening}) == DENIED
        assert await refused(connection, end.format("now()"), {"id": opening}) is None
    ended = await grant(world, made, org="DEMO-URA", until=timedelta(seconds=-1))
    async with acting(world, "demo.njl") as connection:
        assert await refused(connection, end.format("now()"), {"id": ended}) == "nothing", "it ended when it ended"


async def test_a_denial_is_made_and_ended_by_who_answers_or_the_authority_alone(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-NJL-BERAT")
    await grant(world, made, org="DEMO-URA", basis="referral")
    for login, may in (("demo.ura.drejtuese", False), ("demo.polici", False), ("demo.njl", True), ("demo.ap", True)):
        async with acting(world, login) as connection:
            account, _ = await me(connection)
            victim = await one(connection, "select id from iam.account where login = 'demo.agimi'")
            row = {"case_id": made.case_id, "account_id": victim, "denied_by": account, "reason": "CONFLICT"}
            statement = insert(case_denial).values(
                {k: v for k, v in a_row(case_denial, row).items() if k != "valid_from"}
            )
            assert await refused(connection, statement) == (None if may else DENIED), login
    await run(
        world,
        """insert into casework.case_denial (id, case_id, account_id, reason, denied_by)
          select gen_random_uuid(), :case, id, 'CONFLICT', id from iam.account
          where login in ('demo.njl', 'demo.ura.drejtuese')""",
        case=made.case_id,
    )
    for login in ("demo.njl", "demo.ura.drejtuese"):
        async with acting(world, login) as connection:
            lift = "update casework.case_denial set valid_to = now() where case_id = :case"
            assert await refused(connection, lift, {"case": made.case_id}) == "nothing", "the denied see no denial"
