"""The authority's board: counters that equal what is there, cases by urgency, and never an identity."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.services.maintenance import maintain
from tests.formal_stories import request_formal
from tests.stories import (
    CHILD,
    checked,
    close_case,
    decide_identification,
    hand_over,
    person_of,
    record_milestone,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


def ago(**given: float) -> str:
    return (datetime.now(UTC) - timedelta(**given)).isoformat()


async def counts_of(world: World) -> dict[str, Any]:
    async with world.api("demo.ap") as api:
        found: dict[str, Any] = checked(await api.get("/board"))
        return found


async def counted(world: World) -> dict[str, int]:
    """Count the same bases case by case, as somebody would who does not trust the counters."""
    query = """
      with c as (select *, (status = 'NOT_ASSESSED' or stage in ('FORMAL_REQUESTED', 'FORMAL_INTERVIEW')) as undecided
        from casework.case_file where jurisdiction = 'AL'),
      due as (select c.id, min(t.due_at) as at from c join casework.task t on t.case_id = c.id and t.state = 'open'
        and t.bound = 'max' where c.state <> 'closed' group by c.id)
      select (select count(*) from c where state <> 'closed') as open,
        (select count(*) from c where state = 'closed') as closed,
        (select count(*) from c where state <> 'closed' and undecided) as undecided,
        (select count(*) from c where state <> 'closed' and is_child) as children,
        (select count(*) from due where at < now()) as late"""
    async with world.superuser() as connection:
        return dict((await connection.execute(text(query))).mappings().one())


async def test_the_counters_equal_what_is_there_before_and_after_folding(world: World) -> None:
    first = await register_case(world)
    await register_case(world, identity=CHILD)
    fresh = await register_case(world, first_contact_at=ago(minutes=5))
    decided = await register_case(world, first_contact_at=ago(days=3))
    begun = await start_identification(world, decided, started_at=ago(days=2))
    await decide_identification(world, begun, decided_at=ago(hours=30), override_reason="E tregoi vetë.")
    await request_formal(world, decided, requested_at=ago(hours=20))
    closed = await register_case(world)
    await close_case(world, closed)
    await hand_over(world, first)
    for _ in range(2):
        shown, there = await counts_of(world), await counted(world)
        assert {key: shown[key] for key in there} == there
        assert shown["late"] >= 3
        assert shown["soon"] >= 1
        assert {s["key"]: s["cases"] for s in shown["stages"]}["FORMAL"] == 1
        assert sum(s["late"] for s in shown["stages"]) == shown["late"]
        assert sum(shown["statuses"].values()) == shown["open"]
        assert (await maintain(world.program))["failed"] == 0
    async with world.superuser() as connection:
        folded = await connection.execute(text("select count(*) filter (where folded = 0) from casework.board_delta"))
        assert folded.scalar() == 0
    await record_milestone(world, fresh, "URGENT_NEEDS_MET", occurred_at=ago(minutes=1))
    shown, there = await counts_of(world), await counted(world)
    assert {key: shown[key] for key in there} == there


async def walk(world: World, view: str, **given: Any) -> list[dict[str, Any]]:
    """Read a view to its end, two cases at a time."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    async with world.api("demo.ap") as api:
        while True:
            params = {"view": view, "limit": 2, **given, **({"after": after} if after else {})}
            page = checked(await api.get("/board/cases", params=params))
            found += page["items"]
            after = page["next"]
            if after is None:
                return found
            assert len(page["items"]) == 2


async def test_every_open_case_comes_once_the_late_ones_first(world: World) -> None:
    shown = await walk(world, "open")
    there = await counted(world)
    assert len({c["id"] for c in shown}) == len(shown) == there["open"]
    dues = [c["next_due_at"] for c in shown]
    dated = [d for d in dues if d]
    assert dated == sorted(dated)
    assert dues == dated + [None] * (len(dues) - len(dated))
    assert all(c["next_event"] and c["next_org_id"] for c in shown if c["next_due_at"])
    late = await walk(world, "late")
    assert [c["id"] for c in late] == [c["id"] for c in shown][: len(late)]
    assert len(late) == there["late"] == (await counts_of(world))["late"]
    assert len(await walk(world, "undecided")) == there["undecided"]
    assert len(await walk(world, "soon")) == (await counts_of(world))["soon"]


async def test_filters_narrow_what_is_shown(world: World) -> None:
    everything = await walk(world, "open")
    one = everything[0]
    _, municipality = await person_of(world, "demo.menaxhere")
    assert [c["id"] for c in await walk(world, "open", code=one["code"].lower())] == [one["id"]]
    assert {c["is_child"] for c in await walk(world, "open", age="child")} == {True}
    assert {c["status"] for c in await walk(world, "open", status="VMT")} == {"VMT"}
    assert {c["stage"] for c in await walk(world, "open", stage="FORMAL")} == {"FORMAL_REQUESTED"}
    assert {c["county"] for c in await walk(world, "open", county="AL-01")} == {"AL-01"}
    assert await walk(world, "open", county="AL-02") == []
    by_provider = await walk(world, "open", provider=municipality)
    assert by_provider and len(by_provider) < len(everything)
    async with world.api("demo.ap") as api:
        for params, field in (
            ({"county": "AL-99"}, "county"),
            ({"status": "GUILTY"}, "status"),
            ({"age": "old"}, "age"),
            ({"view": "names"}, "view"),
            ({"after": "due~nothing~"}, "after"),
        ):
            answer = await api.get("/board/cases", params=params)
            assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_the_board_opens_no_vault_and_names_every_case_it_showed(world: World) -> None:
    await register_case(world)
    shown = await walk(world, "open")
    entries = [e for e in await world.audit_entries("board.read") if e["case_ids"]]
    named = {str(i) for e in entries for i in e["case_ids"]}  # type: ignore[attr-defined]
    assert {c["id"] for c in shown} <= named
    assert all(e["data_classes"] == ["milestones"] and e["person_ids"] == [] for e in entries)
    assert "Hoxhaj" not in str(shown) and "Fatmira" not in str(shown)


async def test_a_referral_without_an_answer_stands_on_the_board(world: World) -> None:
    case = await register_case(world)
    _, sender = await person_of(world, "demo.njl")
    _, receiver = await person_of(world, "demo.agimi")
    made = str(uuid7())
    async with world.superuser() as connection:
        await connection.execute(
            text(
                "insert into casework.referral (id, jurisdiction, case_id, sender_org_id, sender_account_id,"
                " receiver_org_id, state, urgency, sent_at, answer_due_at, purposes, wrapped_key, key_version)"
                " select :id, 'AL', :case, :from, gen_random_uuid(), :to, 'sent', 'URGENT', now() - interval '2 days',"
                " now() - interval '1 day', '{SHELTER}', '\\x00', 1"
            ),
            {"id": made, "case": case["id"], "from": sender, "to": receiver},
        )
    async with world.api("demo.ap") as api:
        page = checked(await api.get("/board/referrals"))
        mine = next(r for r in page["items"] if r["id"] == made)
        assert (mine["case_code"], mine["receiver_org_id"], mine["state"]) == (case["code"], receiver, "sent")
        shown = checked(await api.get("/board"))
        assert (shown["unanswered"], shown["unanswered_late"]) == (1, 1)


async def test_the_board_is_the_authoritys_alone(world: World) -> None:
    for login in ("demo.njl", "demo.menaxhere", "demo.statistika", "demo.dpo", "demo.admin"):
        async with world.api(login) as api:
            answer = await api.get("/board")
            assert (answer.status_code, answer.json()["code"]) == (403, "policy.role")
    async with world.api("demo.xk.ak") as api:
        assert checked(await api.get("/board"))["open"] == 0
        assert checked(await api.get("/board/cases"))["items"] == []


async def test_an_officer_kept_from_a_case_does_not_see_it_on_the_board(world: World) -> None:
    case = await register_case(world)
    account_id, _ = await person_of(world, "demo.ap")
    async with world.superuser() as connection:
        await connection.execute(
            text(
                "insert into casework.case_denial (id, case_id, account_id, reason, denied_by)"
                " values (:id, :case, :account, 'conflict_of_interest', :account)"
            ),
            {"id": uuid7(), "case": case["id"], "account": account_id},
        )
    assert case["id"] not in {c["id"] for c in await walk(world, "open")}
