"""Made-up stories stand in the database exactly as if the program had been used for them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.demonstration.generator import Teller
from app.demonstration.loading import fill_new, generate
from app.demonstration.setting import prepare_setting
from app.domain.consent import Answer, PurposeRule, check_told, validate_new
from app.domain.forms.cases import Identity
from app.domain.forms.exploitation import RecordExploitation
from app.domain.forms.fields import check_codes
from app.jurisdictions.loader import profiles
from app.services.case_facts import check_identity
from app.services.consent_ledger import entry_of
from app.services.events import tracks_of
from app.services.installation import InstallationError
from app.storage.blind_index import BlindIndex
from app.storage.bulk_load import load, owner_connection
from app.storage.encryption import Keyring
from app.storage.key_provider import MemoryKeyProvider
from tests.cluster import Database
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CASES = 150
SEED = 4


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def told(world: World) -> AsyncIterator[World]:
    """A world full of stories."""
    made = await generate(world.databases.owner_url, world.program.key_provider, lambda _: None, cases=CASES, seed=SEED)
    assert made.cases == CASES
    yield world


async def rows(world: World, query: str) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        return [dict(row) for row in (await connection.execute(text(query))).mappings()]


class TestAsIfWorkedWith:
    async def test_status_and_stage_are_those_the_events_add_up_to(self, told: World) -> None:
        events: dict[UUID, list[dict[str, Any]]] = {}
        for event in await rows(told, "select * from casework.case_event"):
            events.setdefault(event["case_id"], []).append(event)
        cases = await rows(told, "select * from casework.case_file")
        assert len(cases) == CASES
        for case in cases:
            expected = tracks_of(events[case["id"]])
            assert {name: case[name] for name in expected} == expected, case["code"]

    async def test_what_is_due_next_is_what_the_database_would_find(self, told: World) -> None:
        columns = "id, next_due_at, next_event, next_org_id"
        before = await rows(told, f"select {columns} from casework.case_file order by id")
        async with told.superuser() as connection:
            await connection.execute(text("select casework.keep_next_due(array(select id from casework.case_file))"))
        assert await rows(told, f"select {columns} from casework.case_file order by id") == before
        assert any(row["next_due_at"] for row in before)

    async def test_the_boards_counters_are_those_of_the_cases(self, told: World) -> None:
        counted = await rows(
            told,
            "select c.jurisdiction, m.measure, m.value, count(*) as n from casework.case_file c"
            " cross join lateral casework.counted_as(c) m group by 1, 2, 3 order by 1, 2, 3",
        )
        kept = await rows(
            told,
            "select jurisdiction, measure, value, sum(delta) as n from casework.board_delta"
            " group by 1, 2, 3 having sum(delta) <> 0 order by 1, 2, 3",
        )
        assert kept == counted

    async def test_row_security_and_triggers_are_back_in_force(self, told: World) -> None:
        unforced = await rows(told, "select relname from pg_class where relrowsecurity and not relforcerowsecurity")
        assert unforced == []
        disabled = "select tgname from pg_trigger where tgenabled = 'D' and tgname in ('count_case', 'task_added')"
        assert await rows(told, disabled) == []

    async def test_nothing_happens_before_the_first_contact_or_after_today(self, told: World) -> None:
        out_of_time = (
            "select e.kind from casework.case_event e join casework.case_file c on c.id = e.case_id"
            " where e.occurred_at > now() or (e.occurred_at < c.opened_at and e.kind <> 'SIGNAL_RECEIVED')"
        )
        assert await rows(told, out_of_time) == []

    async def test_a_closed_case_leaves_nothing_open(self, told: World) -> None:
        left = (
            "select c.code from casework.case_file c where c.state = 'closed' and ("
            " exists (select from casework.task t where t.case_id = c.id and t.state = 'open')"
            " or exists (select from casework.placement p where p.case_id = c.id and p.state <> 'discharged')"
            " or exists (select from casework.referral r where r.case_id = c.id and r.ended_at is null)"
            " or exists (select from casework.case_grant g where g.case_id = c.id and g.basis = 'referral'"
            "   and g.valid_to is null))"
        )
        assert await rows(told, left) == []
        assert await rows(told, "select 1 from casework.case_file where state = 'closed' limit 1")


class TestSound:
    """What the forms would refuse is not in the stories."""

    async def test_situations_pass_the_form(self, told: World) -> None:
        query = (
            "select e.*, c.is_child, c.jurisdiction from casework.exploitation e"
            " join casework.case_file c on c.id = e.case_id"
        )
        for row in await rows(told, query):
            form = RecordExploitation.model_validate(
                {n: row[n] for n in RecordExploitation.model_fields if n in row} | {"narrative": None}
            )
            check_codes(form, profiles().current(row["jurisdiction"]), age="child" if row["is_child"] else "adult")

    async def test_consents_pass_the_rules(self, told: World) -> None:
        query = (
            "select k.*, c.is_child, c.jurisdiction from casework.consent k"
            " join casework.case_file c on c.id = k.case_id"
        )
        found = await rows(told, query)
        assert {row["answer"] for row in found} >= {"given", "refused"}
        for row in found:
            entry = entry_of(row)  # type: ignore[arg-type]
            code = profiles().current(row["jurisdiction"]).code("consent_purpose", row["purpose"])
            rule = PurposeRule(bool(code.attributes.get("per_recipient")), code.adult_only)
            check_told(Answer(row["answer"]), row["told"])
            if not row["is_child"]:
                validate_new(entry, False, rule, datetime.now(UTC))
            elif row["answer"] == "given":
                assert row["basis"] == "CHILD_BEST_INTEREST" and row["best_interest_note"] and row["assent"]

    async def test_codes_of_lists_are_of_the_jurisdiction(self, told: World) -> None:
        for column, name in (("detection_source", "detection_source"), ("urgency", "urgency"), ("sex", "sex")):
            for row in await rows(told, f"select distinct jurisdiction, {column} as code from casework.case_file"):
                code = profiles().current(row["jurisdiction"]).code(name, row["code"])
                assert code.refused_for(row["jurisdiction"], None) is None
        for row in await rows(told, "select distinct jurisdiction, channel as code from casework.signal"):
            code = profiles().current(row["jurisdiction"]).code("signal_channel", row["code"])
            assert code.refused_for(row["jurisdiction"], None) is None


class TestForEachRole:
    async def test_the_mobile_unit_opens_its_newest_cases_and_their_persons(self, told: World) -> None:
        async with told.api("demo.njl") as api:
            listed = (await api.get("/cases", params={"limit": 12})).json()["items"]
            assert len(listed) == 12
            named = 0
            for case in listed:
                answer = await api.get(f"/cases/{case['id']}/person")
                named += answer.status_code == 200
                if answer.status_code == 200:
                    check_identity(Identity.model_validate(answer.json()["identity"]), datetime.now(UTC).date())
            assert named >= 10

    async def test_the_shelter_has_guests_and_referrals_that_wait(self, told: World) -> None:
        guests = await rows(
            told,
            "select b.label from casework.placement p join casework.bed b on b.id = p.bed_id"
            " join ref.organisation o on o.id = p.org_id where o.code = 'DEMO-AGIMI' and p.state = 'admitted'"
            " order by 1",
        )
        assert [row["label"] for row in guests] == ["1A", "1B", "2A", "3A", "3B", "4A", "5C"]
        async with told.api("demo.agimi") as api:
            waiting = (await api.get("/referrals", params={"box": "waiting"})).json()["items"]
        assert len([one for one in waiting if one["state"] == "sent"]) >= 3

    async def test_the_authority_has_late_cases_and_undecided_ones(self, told: World) -> None:
        async with told.api("demo.ap") as api:
            board = (await api.get("/board")).json()
        assert board["late"] > 3
        assert board["undecided"] > 3
        assert board["unanswered_late"] > 0

    async def test_a_likely_duplicate_waits_to_be_decided(self, told: World) -> None:
        found = await rows(told, "select level, reasons, state from vault.duplicate")
        assert [row["state"] for row in found] == ["proposed"]
        assert "phonetic_given" in found[0]["reasons"] and "exact_family" in found[0]["reasons"]

    async def test_signals_wait_at_the_helpline(self, told: World) -> None:
        async with told.api("demo.linja") as api:
            listed = (await api.get("/signals", params={"state": "received"})).json()["items"]
        assert len(listed) == 3


async def test_no_name_stands_anywhere_in_clear(told: World) -> None:
    async with told.api("demo.njl") as api:
        case = (await api.get("/cases", params={"limit": 1})).json()["items"][0]
        identity = (await api.get(f"/cases/{case['id']}/person")).json()["identity"]
    tables = await rows(
        told,
        "select schemaname || '.' || tablename as name from pg_tables"
        " where schemaname in ('vault', 'casework', 'audit')",
    )
    for table in tables:
        for name in filter(None, (identity["given_names"], identity["family_names"])):
            query = f"select 1 from {table['name']} t where to_jsonb(t)::text like '%' || :name || '%' limit 1"
            async with told.superuser() as connection:
                assert (await connection.execute(text(query), {"name": name})).first() is None, table["name"]


async def test_the_same_seed_tells_the_same_stories(told: World) -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)

    async def skeleton(seed: int) -> list[tuple[object, ...]]:
        keys = MemoryKeyProvider()
        async with owner_connection(told.databases.owner_url) as connection, connection.begin():
            setting = await prepare_setting(connection, "XK")
        teller = Teller(setting, Keyring(keys), BlindIndex(keys.index_key("blind-index"), "XK"), seed, now)
        return [
            (event["kind"], event["occurred_at"])
            for story in teller.stories(20, lively=False)
            for event in story.get("casework.case_event", ())
        ]

    first = await skeleton(3)
    assert first == await skeleton(3)
    assert first != await skeleton(4)


async def test_more_stories_come_beside_the_first(told: World) -> None:
    keys = told.program.key_provider
    assert await fill_new(told.databases.owner_url, keys, lambda _: None) is None
    before = await rows(told, "select count(*) as n from casework.placement where state = 'admitted'")
    made = await generate(told.databases.owner_url, keys, lambda _: None, cases=100, seed=SEED)
    assert made.cases == 100
    after = await rows(told, "select count(*) as n from casework.placement where state = 'admitted'")
    assert after[0]["n"] >= before[0]["n"]


async def test_a_database_that_is_no_demonstration_is_refused(database: Database) -> None:
    with pytest.raises(InstallationError, match="not a demonstration"):
        await generate(database.owner_url, MemoryKeyProvider(), lambda _: None, cases=100)


async def test_unequal_rows_and_unknown_tables_are_refused(told: World) -> None:
    async with owner_connection(told.databases.owner_url) as connection:
        with pytest.raises(ValueError, match="not loaded"):
            await load(connection, {"iam.account": [{"id": 1}]})
        with pytest.raises(ValueError, match="different columns"):
            note = {"wrapped_key": None, "key_version": 1}
            await load(connection, {"casework.case_key": [{"case_id": UUID(int=1), **note}, {"case_id": UUID(int=2)}]})
    assert (
        await rows(told, "select 1 from casework.case_key where case_id = '00000000-0000-0000-0000-000000000001'") == []
    )
