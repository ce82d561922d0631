"""What somebody who sees the identification could try to write of a formal one: another member's word or signature,
other bytes than those that were signed, a place in the team for nobody. PostgreSQL refuses each of them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Table, insert

from app.domain.ids import uuid7
from app.storage.cases import case_denial
from app.storage.formal_identification import formal_declaration, formal_signature
from tests.storage.filled import DENIED, Filled, a_row, acting, fill, grant, grant_as, me, one, refused, run
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEAM = ["milestones", "identification", "casework"]


async def opened(world: World) -> Filled:
    """A case with a procedure that the police see."""
    made = await fill(world)
    await grant(world, made, org="DEMO-POLICI-BERAT", classes=TEAM)
    return made


async def own_row(connection: object, table: Table, made: Filled, **given: object) -> dict[str, object]:
    """Return a row of a procedure in the name of who acts."""
    account, org = await me(connection)  # type: ignore[arg-type]
    now = await one(connection, "select now()")  # type: ignore[arg-type]
    known = {
        "case_id": made.case_id,
        "org_id": org,
        "account_id": account,
        "recorded_at": now,
        "formal_procedure_id": made.rows["casework.formal_procedure"][0],
        "formal_member_id": made.rows["casework.formal_member"][0],
        "formal_proposal_id": made.rows["casework.formal_proposal"][0],
    }
    return a_row(table, {**known, **given})


@pytest.mark.parametrize("table", [formal_declaration, formal_signature], ids=["declaration", "signature"])
async def test_nobody_declares_or_signs_for_a_colleague(world: World, table: Table) -> None:
    made = await opened(world)
    member = made.rows["casework.formal_member"][0]
    await run(world, "delete from casework.formal_signature where case_id = :case", case=made.case_id)
    async with acting(world, "demo.polici") as connection:
        row = await own_row(connection, table, made)
        assert await refused(connection, insert(table).values(row)) == DENIED, "another's seat"
        own = await one(connection, "select iam.actor()")
    seat = "update casework.formal_member set member_account_id = :own, removed_at = {} where id = :id"
    await run(world, seat.format("null"), own=own, id=member)
    async with acting(world, "demo.polici") as connection:
        row = await own_row(connection, table, made)
        assert await refused(connection, insert(table).values(row)) is None
        forged = {**row, "id": uuid7(), "account_id": made.account_id}
        assert await refused(connection, insert(table).values(forged)) == DENIED, "in somebody else's name"
        backdated = {**row, "id": uuid7(), "recorded_at": datetime(2026, 1, 1, tzinfo=UTC)}
        assert await refused(connection, insert(table).values(backdated)) == DENIED, "on another day"
    await run(world, seat.format("now()"), own=own, id=member)
    async with acting(world, "demo.polici") as connection:
        row = await own_row(connection, table, made)
        assert await refused(connection, insert(table).values(row)) == DENIED, "after leaving the team"


async def test_what_was_signed_never_changes(world: World) -> None:
    made = await opened(world)
    proposal = {"id": made.rows["casework.formal_proposal"][0]}
    await run(
        world, "update casework.formal_proposal set state = 'proposed', frozen_at = null where id = :id", **proposal
    )
    freeze = "update casework.formal_proposal set content = 'a', content_sha256 = 'b', frozen_at = now() where id = :id"
    async with acting(world, "demo.polici") as connection:
        assert await refused(connection, freeze, proposal) is None
    await run(world, freeze, **proposal)
    async with acting(world, "demo.polici") as connection:
        for change in ("content = 'c'", "content_sha256 = 'c'", "frozen_at = null", "result = 'VT'", "round = 9"):
            statement = f"update casework.formal_proposal set {change} where id = :id"
            assert await refused(connection, statement, proposal) == DENIED, change
        void = "update casework.formal_proposal set state = 'void' where id = :id"
        assert await refused(connection, void, proposal) is None
        for table in ("formal_signature", "formal_decision", "formal_interview", "formal_ground", "formal_letter"):
            gone = f"delete from casework.{table} where case_id = :case"
            assert await refused(connection, gone, {"case": made.case_id}) == DENIED, table
            touched = f"update casework.{table} set recorded_at = now() where case_id = :case"
            assert await refused(connection, touched, {"case": made.case_id}) == DENIED, table


async def test_the_team_is_opened_to_its_members_alone_and_nobody_denies_in_vain(world: World) -> None:
    made = await opened(world)
    procedure = made.rows["casework.formal_procedure"][0]
    async with acting(world, "demo.polici") as connection:
        stranger = await one(connection, "select id from iam.account where login = 'demo.identifikim'")
        given = {"basis": "team", "account_id": stranger, "data_classes": TEAM, "source_id": procedure}
        assert await grant_as(connection, made, **given) == DENIED, "not of the team"
        account, _ = await me(connection)
        denial = {
            "case_id": made.case_id,
            "account_id": account,
            "org_id": None,
            "denied_by": account,
            "reason": "conflict_of_interest",
            "valid_from": await one(connection, "select now()"),
        }
        row = a_row(case_denial, denial)
        assert await refused(connection, insert(case_denial).values(row)) == DENIED, "without a declared conflict"
    await run(
        world,
        "update casework.formal_member set member_account_id = :who, removed_at = null where id = :id",
        who=stranger,
        id=made.rows["casework.formal_member"][0],
    )
    async with acting(world, "demo.polici") as connection:
        assert await grant_as(connection, made, **given) is None
        more = {**given, "data_classes": [*TEAM, "identity"]}
        assert await grant_as(connection, made, **more) == DENIED, "more than the giver sees"
