"""The authority's morning: the board says where every case stands and whose it is to act, never who the person is. One
identity is needed today; it opens for half an hour, with a reason that others read. The figures say the same as the
board."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.journeys.log import log_of
from tests.stories import (
    CHILD,
    PERSON,
    act_on,
    answer_indicators,
    checked,
    decide_identification,
    give_consent,
    record_exploitation,
    record_milestone,
    register_case,
    send_referral,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEEN = ("AI02", "AI22", "AI23", "AI32")


def ago(**given: float) -> str:
    """Return a moment some time ago."""
    return (datetime.now(UTC) - timedelta(**given)).isoformat()


async def found_to_be(world: World, result: str, **changes: Any) -> dict[str, Any]:
    """Somebody met two days ago, whose initial identification was decided yesterday."""
    case = await register_case(world, first_contact_at=ago(days=2), **changes)
    if result == "VMT":
        await record_exploitation(world, case, forms=["LAB_WORKPLACE"], means=["DECEPTION"], from_year=2024)
    begun = await start_identification(world, case, started_at=ago(hours=40))
    begun = await answer_indicators(world, begun, *SEEN)
    await decide_identification(world, begun, result, decided_at=ago(hours=30))
    return case


async def yesterday(world: World) -> dict[str, dict[str, Any]]:
    """What happened in the country before this morning, by how the morning calls it."""
    boy = await register_case(world, identity=CHILD, first_contact_at=ago(days=3))
    fresh = await register_case(world, first_contact_at=ago(minutes=20))
    found = await found_to_be(world, "VMT", identity={**PERSON, "given_names": "Arta"})
    risk = await found_to_be(world, "AT_RISK", identity={**PERSON, "given_names": "Besa"})
    for case in (found, risk):
        await give_consent(world, case)
    accepted = await act_on(world, await send_referral(world, found), "accept", "demo.agimi")
    waiting = await send_referral(world, risk)
    async with world.superuser() as connection:
        # the shelter has not answered in time
        query = text("update casework.referral set answer_due_at = now() - interval '5 hours' where id = :id")
        await connection.execute(query, {"id": waiting["id"]})
        task = "update casework.task set due_at = now() - interval '5 hours' where subject_id = :id"
        await connection.execute(text(task), {"id": waiting["id"]})
    assert accepted["state"] == "accepted"
    return {"boy": boy, "fresh": fresh, "found": found, "risk": risk, "waiting": waiting}


async def everything(api: httpx.AsyncClient, path: str, **asked: Any) -> list[dict[str, Any]]:
    """Walk a list to its end, two rows at a time, as somebody with a small telephone would."""
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = checked(await api.get(path, params={**asked, "limit": 2, **({"after": after} if after else {})}))
        rows += page["items"]
        after = page["next"]
        if after is None:
            return rows


async def test_the_authoritys_morning(world: World) -> None:
    story = await yesterday(world)
    async with world.api("demo.ap") as api:
        counts = checked(await api.get("/board"))
        lists = {
            view: await everything(api, "/board/cases", view=view) for view in ("late", "soon", "undecided", "open")
        }
        queue = await everything(api, "/board/referrals")

        # Every number on the board is the length of the list behind it, and no case stands there twice
        assert {view: len(rows) for view, rows in lists.items()} == {view: counts[view] for view in lists}
        assert len(queue) == counts["unanswered"]
        for rows in lists.values():
            assert len({row["id"] for row in rows}) == len(rows)
        assert sum(stage["cases"] for stage in counts["stages"]) == counts["open"] == 4
        assert sum(counts["statuses"].values()) == counts["open"]
        assert (counts["children"], counts["statuses"]["VMT"], counts["undecided"]) == (1, 1, 2)

        # Late first, the longest first; what waits for nothing comes last
        due = [row["next_due_at"] for row in lists["open"] if row["next_due_at"]]
        assert due == sorted(due)
        assert [row["id"] for row in lists["open"][: counts["late"]]] == [row["id"] for row in lists["late"]]
        assert lists["late"][0]["id"] == story["boy"]["id"]

        # Who lets somebody wait is named; what was asked and by whom for whom is not
        assert [(row["case_id"], row["id"]) for row in queue] == [(story["risk"]["id"], story["waiting"]["id"])]
        assert queue[0]["receiver_org_id"] == str(await world.organisation("DEMO-AGIMI"))
        assert counts["unanswered_late"] == 1
        said = str([counts, lists, queue])
        assert not [name for name in ("Arta", "Besa", "Arjan", "Hoxhaj", "mëngjes") if name in said]

        await one_identity(world, api, story["boy"])
        await the_figures_agree(api, counts)


async def one_identity(world: World, api: httpx.AsyncClient, boy: dict[str, Any]) -> None:
    """A boy is reported missing abroad. Is it the one on the board? One name, for half an hour, for this reason."""
    path = f"/cases/{boy['id']}"
    assert (await api.get(f"{path}/person")).status_code == 403
    bare = await api.post(f"{path}/reveal", json={"reason": "CHILD_MISSING", "text": " "})
    assert (bare.status_code, bare.json()["field"]) == (422, "text")
    why = {"reason": "CHILD_MISSING", "text": "Njoftim nga pika greke e kontaktit; krahasohet emri."}
    until = datetime.fromisoformat(checked(await api.post(f"{path}/reveal", json=why))["until"])
    assert until - datetime.now(UTC) <= timedelta(minutes=30)
    assert checked(await api.get(f"{path}/person"))["identity"]["given_names"] == "Arjan"

    # The half hour is over, and the door is shut again without anybody shutting it
    async with world.superuser() as connection:
        over = "update casework.case_grant set valid_to = now() where case_id = :id and basis = 'reveal'"
        await connection.execute(text(over), {"id": boy["id"]})
    assert (await api.get(f"{path}/person")).status_code == 403

    # The mobile unit finds it among its tasks, reads the reason, and says that it has looked
    async with world.api("demo.njl") as njl:
        tasks = {task["event"] for task in checked(await njl.get(f"{path}/story"))["tasks"]}
        assert "reveal_reviewed" in tasks
    await record_milestone(world, boy, "reveal_reviewed", occurred_at=ago(seconds=5), note="U pa, me arsye.")
    async with world.api("demo.njl") as njl:
        assert "reveal_reviewed" not in {task["event"] for task in checked(await njl.get(f"{path}/story"))["tasks"]}

    # The log says who opened whose name and why; a name that was only counted was never opened
    reveals = await log_of(world, "identity.reveal")
    assert [(e["outcome"], e["purpose"]) for e in reveals] == [("refused", None), ("done", "CHILD_MISSING")]
    reads = [e for e in await log_of(world, "person.read") if e["role"] == "responsible_authority"]
    assert [(e["outcome"], boy["id"] in str(e["case_ids"])) for e in reads if e["outcome"] == "done"] == [
        ("done", True)
    ]
    assert {str(c) for e in await log_of(world, "board.read") for c in e["person_ids"]} == set()


async def the_figures_agree(api: httpx.AsyncClient, counts: dict[str, Any]) -> None:
    """Table T1 of this year counts the one potential victim whom the board shows; at risk is not a victim."""
    asked: dict[str, Any] = {"year": (datetime.now(UTC) - timedelta(hours=30)).year, "audience": "internal"}
    table = checked(await api.get("/statistics/tables/T1", params=asked))
    rows = {row["code"]: row["cells"][-1]["value"] for row in table["rows"]}
    assert rows["vmt"] == counts["statuses"]["VMT"] == 1
    assert rows["vt"] == 0
    assert all(line["agrees"] for line in table["footing"])
    # The public waits until the year is over: half a year's numbers of few people could be somebody
    early = await api.get("/statistics/tables/T1", params={**asked, "audience": "public"})
    assert (early.status_code, early.json()["code"], early.json()["field"]) == (422, "statistics.year_open", "year")
