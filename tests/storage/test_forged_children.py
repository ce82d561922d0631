"""What somebody could try to write about a child past the program: opening the case as its worker, its agency or one
who rates, ending what has ended, speaking for somebody else. PostgreSQL refuses each of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from app.domain.ids import uuid7
from app.storage.children import child_worker, guardian, guardian_identity
from app.storage.risks import risk_assessment, risk_assessor
from tests.storage.filled import DENIED, a_row, acting, fill, grant, grant_as, me, one, refused
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASES = ("child_protection", "child_monitoring", "risk_team")


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("login", ["demo.polici", "demo.menaxhere", "demo.agimi.drejtuese", "demo.femijet", "demo.ap"])
async def test_nobody_opens_a_child_s_case_to_themselves(world: World, login: str, basis: str) -> None:
    made = await fill(world)
    sources = [made.rows["casework.child_worker"][0], made.rows["casework.risk_assessment"][0], None]
    async with acting(world, login) as connection:
        account, _ = await me(connection)
        for source in sources:
            for holder in ({}, {"account_id": account}):
                state = await grant_as(
                    connection, made, basis=basis, source_id=source, data_classes=["milestones"], **holder
                )
                assert state == DENIED, (basis, holder)


async def test_who_sees_the_casework_opens_only_to_whom_the_record_names(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-BASHKI-BERAT", classes=["milestones", "casework"])
    async with acting(world, "demo.menaxhere") as connection:
        account, org = await me(connection)
        agency = await one(connection, "select id from ref.organisation where code = 'DEMO-FEMIJET'")
        njmf = await one(connection, "select id from ref.organisation where code = 'DEMO-NJMF-BERAT'")
        shelter = await one(connection, "select id from ref.organisation where code = 'DEMO-URA'")
        monitors: dict[str, Any] = {"basis": "child_monitoring", "data_classes": ["milestones"]}
        assert await grant_as(connection, made, org_id=agency, **monitors) is None
        assert await grant_as(connection, made, org_id=shelter, **monitors) == DENIED, "no agency"
        more = {**monitors, "data_classes": ["milestones", "casework"]}
        assert await grant_as(connection, made, org_id=agency, **more) == DENIED, "milestones alone"
        row = a_row(
            child_worker,
            {"case_id": made.case_id, "org_id": org, "account_id": account, "worker_org_id": njmf},
        )
        await connection.execute(insert(child_worker).values(row))
        worker: dict[str, Any] = {"basis": "child_protection", "source_id": row["id"], "data_classes": ["casework"]}
        assert await grant_as(connection, made, org_id=njmf, **worker) is None
        assert await grant_as(connection, made, org_id=shelter, **worker) == DENIED, "not who was assigned"
        held = {**worker, "data_classes": ["identity"]}
        assert await grant_as(connection, made, org_id=njmf, **held) == DENIED, "more than one's own organisation holds"


async def test_a_rater_is_let_in_for_a_month_and_only_when_named(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-BASHKI-BERAT", classes=["milestones", "casework"])
    async with acting(world, "demo.menaxhere") as connection:
        account, org = await me(connection)
        other = await one(connection, "select id from iam.account where login = 'demo.polici'")
        own = {"case_id": made.case_id, "org_id": org, "account_id": account}
        risk = a_row(risk_assessment, own)
        await connection.execute(insert(risk_assessment).values(risk))
        soon = datetime.now(UTC) + timedelta(days=20)
        let_in: dict[str, Any] = {
            "basis": "risk_team", "source_id": risk["id"], "data_classes": ["milestones"], "account_id": other,
        }  # fmt: skip
        assert await grant_as(connection, made, valid_to=soon, **let_in) == DENIED, "not named"
        named = {"risk_assessment_id": risk["id"], "case_id": made.case_id, "org_id": org, "account_id": other}
        spoken = a_row(risk_assessor, {**named, "named_by": account, "confirmed_at": datetime.now(UTC)})
        assert await refused(connection, insert(risk_assessor).values(spoken)) == DENIED, "nobody says yes for another"
        await connection.execute(insert(risk_assessor).values(a_row(risk_assessor, {**named, "named_by": account})))
        assert await grant_as(connection, made, valid_to=soon, **let_in) is None
        later = datetime.now(UTC) + timedelta(days=40)
        assert await grant_as(connection, made, valid_to=later, **let_in) == DENIED, "for a month"
        holds = "update casework.risk_assessment set state = 'confirmed', seats = '{}' where id = :id"
        assert await refused(connection, holds, {"id": risk["id"]}) == DENIED, "who had to rate stays written"


async def test_a_guardianship_ends_once_and_changes_in_no_other_way(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-BASHKI-BERAT", classes=["milestones", "casework"])
    [row] = made.rows["casework.guardian"]
    async with acting(world, "demo.menaxhere") as connection:
        account, org = await me(connection)
        ends = "update casework.guardian set ended_at = now(), end_reason = 'OTHER', ended_by = :by where id = :id"
        stranger = uuid7()
        assert await refused(connection, ends, {"id": row, "by": stranger}) == DENIED, "in somebody else's name"
        moved = "update casework.guardian set relation = 'PARENT' where id = :id"
        assert await refused(connection, moved, {"id": row}) == DENIED
        name = a_row(
            guardian_identity,
            {"case_id": made.case_id, "guardian_id": row, "org_id": org, "account_id": account},
        )
        assert await refused(connection, insert(guardian_identity).values(name)) == DENIED, "without the identity"
        assert await refused(connection, ends, {"id": row, "by": account}) is None
        await connection.execute(
            guardian.update().where(guardian.c.id == row).values(ended_at=datetime.now(UTC), ended_by=account)
        )
        assert await refused(connection, ends, {"id": row, "by": account}) == "nothing"
