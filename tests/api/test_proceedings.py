"""Proceedings against the person: milestones only, flagged where begun before identification, told and counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.services.proceedings import flag_proceedings
from app.services.unit_of_work import System, unit_of_work
from tests.stories import (
    answer_indicators,
    checked,
    close_case,
    decide_identification,
    hand_over,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANAGER = "demo.menaxhere"
BEGUN: dict[str, Any] = {
    "kind": "VICTIM_PROSECUTION_STARTED",
    "begun_on": "2026-02-10",
    "phase": "INVESTIGATION",
    "offence": "OTHER",
    "offence_text": "Vjedhje e vogël në dyqan",
    "their_reference": "K-114/2026",
}


async def identified(world: World) -> dict[str, Any]:
    """Return a case of an identified woman (2 March 2026) that the municipality works with."""
    case = await register_case(world)
    begun = await start_identification(world, case)
    begun = await answer_indicators(world, begun, "AI02", "AI22", "AI23", "AI32")
    await decide_identification(world, begun)
    return await _passed_on(world, case)


async def _passed_on(world: World, case: dict[str, Any]) -> dict[str, Any]:
    async with world.api("demo.njl") as api:
        now = checked(await api.get(f"/cases/{case['id']}"))
    await hand_over(world, now)
    return case


async def begin(world: World, case: dict[str, Any], **changes: Any) -> httpx.Response:
    """Record proceedings led by the police of Berat."""
    body = str(await world.organisation("DEMO-POLICI-BERAT"))
    async with world.api(MANAGER) as api:
        return await api.post(f"/cases/{case['id']}/proceedings", json={**BEGUN, "body_org_id": body, **changes})


async def take(
    world: World, case: dict[str, Any], proceeding: str, step: str, version: int, **given: Any
) -> httpx.Response:
    """Take one step of proceedings."""
    async with world.api(MANAGER) as api:
        path = f"/cases/{case['id']}/proceedings/{proceeding}/{step}"
        return await api.post(path, json=given, headers={"If-Match": f'"{version}"'})


async def owed(world: World, case: dict[str, Any]) -> list[str]:
    """Return the state of the task of telling the body."""
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select state from casework.task where case_id = :id and event = 'COMPETENT_BODY_NOTIFIED'"),
            {"id": case["id"]},
        )
        return list(rows.scalars())


async def test_what_was_begun_before_identification_is_flagged_told_and_followed(world: World) -> None:
    case = await identified(world)
    again = str(uuid7())
    for _ in range(2):
        made = checked(await begin(world, case, id=again))
        assert made["id"] == again
    async with world.api(MANAGER) as api:
        found = checked(await api.get(f"/cases/{case['id']}/proceedings"))
        (one,) = found["items"]
        assert (found["identified_on"], one["before"], one["outcome"]) == ("2026-03-02", True, "pending")
        assert (one["phase"], one["their_reference"]) == ("INVESTIGATION", "K-114/2026")
        assert await owed(world, case) == ["open"]
        told = checked(await api.get(f"/cases/{case['id']}/proceedings/{again}/notice"))
    assert told["contents"] == {
        "case_code": case["code"],
        "status": "VMT",
        "identified_on": "2026-03-02",
        "legal_basis": ["PC_52A"],
        "to_confirm": True,
        "their_reference": True,
    }
    assert "Fatmira" not in str(told)
    sent = {"channel": "letter", "sent_at": datetime.now(UTC).isoformat(), "person_told": "yes"}
    assert (await take(world, case, again, "notice", 1, **sent)).status_code == 201
    assert await owed(world, case) == ["met"]
    stale = await take(world, case, again, "notice", 1, **sent)
    assert stale.status_code == 412
    moved = checked(await take(world, case, again, "phase", 2, phase="TRIAL", on_day="2026-04-01"))
    assert moved["items"][0]["phase"] == "TRIAL"
    ended = checked(await take(world, case, again, "outcome", 3, event="NON_PUNISHMENT_GRANTED", on_day="2026-05-01"))
    (one,) = ended["items"]
    assert (one["outcome"], one["notices"][0]["contents"], one["version"]) == ("not_punished", told["contents"], 4)
    async with world.superuser() as connection:
        row = await connection.execute(text("select details from casework.proceeding where id = :id"), {"id": again})
        assert b"K-114" not in bytes(row.scalar_one())
        kept = await connection.execute(
            text("select their_reference from casework.proceeding_notice where proceeding_id = :id"), {"id": again}
        )
        assert b"K-114" not in bytes(kept.scalar_one())
    written = [e for e in await world.audit_entries("proceedings.record") if case["id"] in map(str, e["case_ids"])]  # type: ignore[arg-type]
    assert {"done", "repeated"} <= {e["outcome"] for e in written}
    assert {"legal"} == {c for e in written for c in e["data_classes"]}  # type: ignore[attr-defined]


async def test_an_identification_that_comes_later_flags_what_was_recorded(world: World) -> None:
    case = await register_case(world)
    started = await start_identification(world, case)
    started = await answer_indicators(world, started, "AI02", "AI22", "AI23", "AI32")
    async with world.superuser() as connection:
        # the municipality works with the case beside the unit that identifies
        await connection.execute(
            text(
                "insert into casework.case_grant (id, case_id, org_id, data_classes, basis, granted_by)"
                " select :id, c.id, o.id, '{milestones,legal}', 'care_team', c.opened_by"
                " from casework.case_file c, ref.organisation o where c.id = :case and o.code = 'DEMO-BASHKI-BERAT'"
            ),
            {"id": uuid7(), "case": case["id"]},
        )
    made = checked(await begin(world, case))["id"]
    assert await owed(world, case) == []
    too_soon = await take(
        world, case, made, "notice", 1, channel="letter", sent_at=datetime.now(UTC).isoformat(), person_told="yes"
    )
    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "proceedings.not_identified")
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        unit.quiet = True
        assert await flag_proceedings(unit) == 0
    await decide_identification(world, started)
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        assert await flag_proceedings(unit) == 1
    async with unit_of_work(world.program, System("AL"), "system.maintain") as unit:
        unit.quiet = True
        assert await flag_proceedings(unit) == 0
    assert await owed(world, case) == ["open"]


async def test_what_was_begun_afterwards_is_recorded_without_a_flag(world: World) -> None:
    case = await identified(world)
    checked(await begin(world, case, begun_on="2026-03-02"))
    async with world.api(MANAGER) as api:
        (one,) = checked(await api.get(f"/cases/{case['id']}/proceedings"))["items"]
    assert one["before"] is False
    assert await owed(world, case) == []


async def test_the_authority_sees_number_and_age_and_nothing_else(world: World) -> None:
    case = await identified(world)
    first = checked(await begin(world, case, begun_on="2026-01-05"))["id"]
    checked(await begin(world, case, begun_on="2026-03-20", offence="THEFT"))
    async with world.api("demo.ap") as api:
        page = checked(await api.get("/board/proceedings?limit=100"))
        (row,) = [one for one in page["items"] if one["case_id"] == case["id"]]
        assert row == {
            "case_id": case["id"],
            "code": case["code"],
            "status": "VMT",
            "is_child": False,
            "open": 2,
            "oldest_on": "2026-01-05",
            "begun_before": True,
            "told": False,
        }
        before = {(c["outcome"], c["begun_before"]): c["proceedings"] for c in page["counts"]}
        assert (await api.get(f"/cases/{case['id']}/proceedings")).status_code == 403
        half = await api.get(f"/board/proceedings?after={case['id']}")
        assert (half.status_code, half.json()["field"]) == (422, "after_on")
    checked(await take(world, case, first, "outcome", 1, event="PROCEEDINGS_DISCONTINUED", on_day="2026-04-01"))
    async with world.api("demo.ap") as api:
        page = checked(await api.get("/board/proceedings?limit=100"))
        after = {(c["outcome"], c["begun_before"]): c["proceedings"] for c in page["counts"]}
        assert after[("dropped", True)] == before.get(("dropped", True), 0) + 1
        story = checked(await api.get(f"/cases/{case['id']}/story"))
        assert not [e for e in story["events"] if "PROCEEDING" in e["kind"].upper()]
        paged = checked(await api.get("/board/proceedings?limit=1"))
        assert len(paged["items"]) == 1
    async with world.api("demo.njl") as api:
        assert (await api.get("/board/proceedings")).status_code == 403


async def test_a_record_made_by_mistake_is_taken_back_and_counts_no_longer(world: World) -> None:
    case = await identified(world)
    made = checked(await begin(world, case))["id"]
    gone = checked(await take(world, case, made, "retract", 1, reason="Person tjetër"))
    assert gone["items"][0]["taken_back"]
    assert await owed(world, case) == ["cancelled"]
    twice = await take(world, case, made, "phase", 2, phase="TRIAL", on_day="2026-04-01")
    assert (twice.status_code, twice.json()["code"]) == (409, "proceedings.taken_back")
    async with world.api("demo.ap") as api:
        page = checked(await api.get("/board/proceedings?limit=100"))
    assert case["id"] not in [one["case_id"] for one in page["items"]]


async def test_each_wrong_thing_has_its_sentence(world: World) -> None:
    case = await identified(world)
    shelter = str(await world.organisation("DEMO-AGIMI"))
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    for changes, code in (
        ({"kind": "REPORT_FILED"}, "proceedings.not_a_beginning"),
        ({"body_org_id": shelter}, "proceedings.not_competent"),
        ({"offence_text": " "}, "proceedings.offence_unsaid"),
        ({"begun_on": tomorrow}, "field.in_future"),
        ({"phase": "NOWHERE"}, "field.unknown_code"),
        ({"body_org_id": str(uuid7())}, "organisation.unknown"),
    ):
        refused = await begin(world, case, **changes)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    made = checked(await begin(world, case))["id"]
    for step, given, code in (
        ("phase", {"phase": "TRIAL", "on_day": "2026-01-01"}, "proceedings.before_beginning"),
        ("phase", {"phase": "TRIAL", "on_day": tomorrow}, "field.in_future"),
        ("outcome", {"event": "ASYLUM_APPLIED", "on_day": "2026-04-01"}, "proceedings.not_a_step"),
    ):
        refused = await take(world, case, made, step, 1, **given)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    unknown = await take(world, case, str(uuid7()), "phase", 1, phase="TRIAL", on_day="2026-04-01")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "proceedings.unknown")
    other = await identified(world)
    async with world.api(MANAGER) as api:
        await close_case(world, checked(await api.get(f"/cases/{other['id']}")), login=MANAGER)
    closed = await begin(world, other)
    assert (closed.status_code, closed.json()["code"]) == (409, "proceedings.case_closed")


async def test_legal_data_is_open_to_nobody_else(world: World) -> None:
    case = await identified(world)
    checked(await begin(world, case))
    async with world.api("demo.njl") as api:
        assert (await api.get(f"/cases/{case['id']}/proceedings")).status_code == 403
    async with world.api("demo.agimi.drejtuese") as api:
        assert (await api.get(f"/cases/{case['id']}/proceedings")).status_code == 404
    async with world.acting("demo.njl", "case.read") as unit:
        unit.quiet = True
        seen = await unit.execute(text("select count(*) from casework.proceeding"))
        assert seen.scalar_one() == 0


async def test_the_pages_show_what_a_body_is_told_before_it_is_told(world: World) -> None:
    case = await identified(world)
    made = checked(await begin(world, case))["id"]
    async with world.browser(MANAGER) as browser:
        shown = (await browser.get(f"/cases/{case['id']}/proceedings")).text
        assert "Filloi para identifikimit" in shown
        assert "për t’u konfirmuar" in shown
        asked = (await browser.get(f"/cases/{case['id']}/proceedings/{made}/notice")).text
        assert "Pikërisht kjo i thuhet organit" in asked and case["code"] in asked and "Fatmira" not in asked
        for step in ("phase", "outcome", "retract"):
            assert (await browser.get(f"/cases/{case['id']}/proceedings/{made}/{step}")).status_code == 200
        assert (await browser.get(f"/cases/{case['id']}/proceedings/new")).status_code == 200
        assert f"/cases/{case['id']}/proceedings" in (await browser.get(f"/cases/{case['id']}")).text
    async with world.browser("demo.ap") as browser:
        listed = (await browser.get("/board/proceedings")).text
        assert case["code"].rsplit("-", 1)[-1] in listed and "Policia" not in listed
