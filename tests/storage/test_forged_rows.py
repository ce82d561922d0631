"""What somebody with a role, or a handler that forgot its check, could try to write: naming a stranger, reviving what
has ended, signing for others, feeling out another shelter. PostgreSQL refuses each of them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text

from app.domain.ids import uuid7
from app.storage.cases import case_event, case_file
from app.storage.consents import consent
from app.storage.identifications import observation
from app.storage.placements import bed, placement
from app.storage.referrals import referral
from tests.storage.filled import (
    DENIED,
    SHAREABLE,
    a_row,
    acting,
    fill,
    grant,
    grant_as,
    me,
    one,
    referred,
    refused,
    run,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_stranger_is_not_opened_by_naming_them_in_a_case_of_ones_own(world: World) -> None:
    stranger = await fill(world)
    async with acting(world, "demo.polici") as connection:
        account, org = await me(connection)
        own = {
            "jurisdiction": "AL",
            "opened_org_id": org,
            "opened_by": account,
            "responsible_org_id": org,
            "person_id": None,
        }
        assert await refused(connection, insert(case_file).values(a_row(case_file, own))) is None
        for change in (
            {"person_id": stranger.person_id},
            {"previous_case_id": stranger.case_id},
            {"jurisdiction": "XK"},
            {"opened_by": stranger.account_id},
            {"opened_org_id": stranger.org_id},
            {"responsible_org_id": stranger.org_id},
            {"state": "closed"},
        ):
            assert await refused(connection, insert(case_file).values(a_row(case_file, own | change))) == DENIED, change
    unnamed = await fill(world, person_id=None)
    await grant(world, unnamed, org="DEMO-POLICI-BERAT")
    async with acting(world, "demo.polici") as connection:
        rename = "update casework.case_file set {} = :to where id = :id"
        for column, value in (("person_id", stranger.person_id), ("previous_case_id", stranger.case_id)):
            state = await refused(connection, rename.format(column), {"to": value, "id": unnamed.case_id})
            assert state == DENIED, column


async def test_a_person_once_named_stays_the_person_of_the_case(world: World) -> None:
    made, other = await fill(world), await fill(world)
    for case in (made, other):
        await grant(world, case, org="DEMO-NJL-BERAT")
    async with acting(world, "demo.njl") as connection:
        for to in (other.person_id, None):
            state = await refused(
                connection,
                "update casework.case_file set person_id = cast(:to as uuid) where id = :id",
                {"to": to, "id": made.case_id},
            )
            assert state == DENIED


@pytest.mark.parametrize("login", ["demo.ura.drejtuese", "demo.ap", "demo.menaxhere"])
async def test_who_does_not_answer_for_a_case_neither_passes_it_on_nor_closes_it(world: World, login: str) -> None:
    made = await referred(world, state="accepted", shared=SHAREABLE)
    await grant(world, made, org="DEMO-URA", classes=SHAREABLE, basis="referral")
    await grant(world, made, org="DEMO-BASHKI-BERAT", classes=SHAREABLE)
    async with acting(world, login) as connection:
        account, org = await me(connection)
        for change in (
            "responsible_org_id = :org",
            "responsible_account_id = :account",
            "state = 'closed'",
            "previous_case_id = id",
        ):
            statement = f"update casework.case_file set {change} where id = :id"
            given = {"org": org, "account": account, "id": made.case_id}
            used = {k: v for k, v in given.items() if f":{k}" in statement}
            expected = None if change == "previous_case_id = id" else DENIED
            assert await refused(connection, statement, used) == expected, change
        stage = "update casework.case_file set stage = 'REFERRED' where id = :id"
        assert await refused(connection, stage, {"id": made.case_id}) is None, "what follows from events follows"
    await run(world, "update casework.case_file set state = 'closed' where id = :id", id=made.case_id)
    async with acting(world, login) as connection:
        opened = await refused(
            connection, "update casework.case_file set state = 'open' where id = :id", {"id": made.case_id}
        )
        assert opened == (None if login == "demo.ap" else DENIED)


async def test_a_referral_is_sent_to_somebody_else_with_no_more_than_one_may_share(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-POLICI-BERAT", classes=["milestones"])
    async with acting(world, "demo.polici") as connection:
        account, org = await me(connection)
        shelter = await one(connection, "select id from ref.organisation where code = 'DEMO-URA'")
        sent = {
            "jurisdiction": "AL",
            "case_id": made.case_id,
            "sender_org_id": org,
            "sender_account_id": account,
            "receiver_org_id": shelter,
            "state": "sent",
            "shared_classes": ["milestones"],
        }
        assert await refused(connection, insert(referral).values(a_row(referral, sent))) is None
        for change in (
            {"receiver_org_id": org},
            {"sender_org_id": made.org_id},
            {"sender_account_id": made.account_id},
            {"shared_classes": ["milestones", "health"]},
            {"shared_classes": ["shelter_location"]},
            {"state": "accepted"},
            {"answered_at": datetime.now(UTC)},
        ):
            assert await refused(connection, insert(referral).values(a_row(referral, sent | change))) == DENIED, change


@pytest.mark.parametrize("state", ["declined", "redirected", "completed", "withdrawn", "revoked", "expired"])
async def test_what_has_ended_is_not_taken_up_again(world: World, state: str) -> None:
    made = await referred(world, state=state, shared=["casework"])
    async with acting(world, "demo.ura.drejtuese") as connection:
        for back in ("accepted", "in_service", "sent"):
            change = "update casework.referral set state = :to where case_id = :case"
            assert await refused(connection, change, {"to": back, "case": made.case_id}) == DENIED, back
        grants = {"basis": "referral", "source_id": made.rows["casework.referral"][0], "data_classes": ["casework"]}
        assert await grant_as(connection, made, **grants) == DENIED


async def test_a_receiver_widens_nothing_and_nobody_else_accepts(world: World) -> None:
    made = await referred(world, state="sent", shared=["casework"])
    source = made.rows["casework.referral"][0]
    shared = {"basis": "referral", "source_id": source, "data_classes": ["casework"]}
    async with acting(world, "demo.ura.drejtuese") as connection:
        assert await grant_as(connection, made, basis="referral", source_id=source, data_classes=["casework"]) == DENIED
        wider = "update casework.referral set shared_classes = '{casework,health}' where id = :id"
        assert await refused(connection, wider, {"id": source}) == DENIED
        mine = "update casework.referral set state = 'accepted', answered_at = now() where id = :id"
        assert await refused(connection, mine, {"id": source}) is None
        await connection.execute(text(mine), {"id": source})
        assert await grant_as(connection, made, **shared) is None
        assert await grant_as(connection, made, **{**shared, "data_classes": ["casework", "health"]}) == DENIED
    for login in ("demo.njl", "demo.ap", "demo.agimi.drejtuese"):
        waiting = await referred(world, state="sent", shared=["casework"])
        async with acting(world, login) as connection:
            state = await refused(connection, mine, {"id": waiting.rows["casework.referral"][0]})
            assert state in (DENIED, "nothing"), login


async def test_a_consent_is_withdrawn_once_and_changes_in_no_other_way(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-NJL-BERAT")
    withdraw = "update casework.consent set withdrawn_at = now(), withdrawn_by = iam.actor() where case_id = :case"
    async with acting(world, "demo.njl") as connection:
        for column, value in (("answer", "'given'"), ("data_classes", "'{health}'"), ("valid_to", "null")):
            change = f"update casework.consent set {column} = {value} where case_id = :case"
            assert await refused(connection, change, {"case": made.case_id}) == DENIED, column
        await connection.execute(text(withdraw), {"case": made.case_id})
        back = "update casework.consent set withdrawn_at = null where case_id = :case"
        assert await refused(connection, back, {"case": made.case_id}) == "nothing"
        assert await refused(connection, withdraw, {"case": made.case_id}) == "nothing"
    async with acting(world, "demo.ap") as connection:
        account, org = await me(connection)
        row = {"case_id": made.case_id, "org_id": org, "account_id": account, "answer": "given"}
        assert await refused(connection, insert(consent).values(a_row(consent, row))) == DENIED


async def test_nothing_is_signed_with_somebody_elses_name(world: World) -> None:
    made = await fill(world)
    await grant(world, made, org="DEMO-NJL-BERAT")
    identification = made.rows["casework.identification"][0]
    async with acting(world, "demo.njl") as connection:
        account, org = await me(connection)
        other = await one(connection, "select id from iam.account where login = 'demo.polici'")
        other_org = await one(connection, "select id from ref.organisation where code = 'DEMO-POLICI-BERAT'")
        for table, more in (
            (observation, {"identification_id": identification}),
            (consent, {"answer": "given"}),
            (case_event, {"data_class": "milestones"}),
        ):
            own = {"case_id": made.case_id, "org_id": org, "account_id": account, **more}
            if table is case_event:
                own["recorded_at"] = await one(connection, "select now()")
            assert await refused(connection, insert(table).values(a_row(table, own))) is None, table.name
            for lie in ({"account_id": other}, {"org_id": other_org}):
                assert await refused(connection, insert(table).values(a_row(table, own | lie))) == DENIED, table.name


async def test_a_bed_of_another_shelter_is_neither_taken_nor_felt_out(world: World) -> None:
    made = await fill(world)
    for org in ("DEMO-AGIMI", "DEMO-URA"):
        await grant(world, made, org=org)
    shelters = {}
    async with world.superuser() as connection:
        for code in ("DEMO-AGIMI", "DEMO-URA"):
            row = a_row(bed, {"org_id": await world.organisation(code)})
            await connection.execute(insert(bed).values(row))
            shelters[code] = (
                row["id"],
                await one(connection, "select number from casework.bed where id = :i", i=row["id"]),
            )
    own, theirs = shelters["DEMO-AGIMI"], shelters["DEMO-URA"]
    async with acting(world, "demo.agimi.drejtuese") as connection:
        account, org = await me(connection)
        for bed_id, number, allowed in ((*own, True), (*theirs, False), (own[0], theirs[1], False)):
            row = {
                "case_id": made.case_id,
                "org_id": org,
                "account_id": account,
                "bed_id": bed_id,
                "bed_number": number,
            }
            state = await refused(connection, insert(placement).values(a_row(placement, row)))
            assert state == (None if allowed else DENIED)


async def test_a_case_that_is_not_there_and_one_of_somebody_else_are_refused_alike(world: World) -> None:
    made = await fill(world)
    async with acting(world, "demo.polici") as connection:
        account, org = await me(connection)
        states = set()
        for case_id in (made.case_id, uuid7()):
            row = {"case_id": case_id, "org_id": org, "account_id": account, "answer": "given"}
            states.add(await refused(connection, insert(consent).values(a_row(consent, row))))
            read = await one(connection, "select count(*) from casework.case_file where id = :id", id=case_id)
            assert read == 0
    assert states == {DENIED}
