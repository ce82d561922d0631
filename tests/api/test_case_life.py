"""The life of a case: its story, what is due, passing on, closing and reopening, always under a version."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.formal_stories import request_formal
from tests.stories import (
    CHILD,
    CLOSING,
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


async def rows(world: World, query: str, **given: Any) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        return [dict(r) for r in (await connection.execute(text(query), given)).mappings()]


async def story_of(world: World, case: dict[str, Any], login: str = "demo.njl") -> dict[str, Any]:
    async with world.api(login) as api:
        found: dict[str, Any] = checked(await api.get(f"/cases/{case['id']}/story"))
        return found


async def potential_victim(world: World, **changes: Any) -> dict[str, Any]:
    case = await register_case(world, **changes)
    begun = await start_identification(world, case)
    await decide_identification(
        world, begun, result="VMT", override_reason="E tregoi vetë.", decision_reason="U dëgjua."
    )
    return case


async def test_a_story_shows_both_tracks_tasks_and_locks(world: World) -> None:
    case = await potential_victim(world)
    story = await story_of(world, case)
    assert story["case"]["status"] == "VMT"
    assert story["waiting"] == "FORMAL_REQUESTED"
    today = next(d for d in story["tracks"] if d["today"])
    assert today["when"] == "waits" and today["status"][0]["open"]
    kinds = {p["kind"] for d in story["tracks"] for p in d["status"] if not p["open"]}
    assert "INITIAL_ID_DECIDED" in kinds
    assert "FIRST_CONTACT" in {p["kind"] for d in story["tracks"] for p in d["help"]}
    states = {c["data_class"]: (c["state"], c["ask"]) for c in story["classes"]}
    assert states["milestones"] == ("open", None)
    assert states["identity"] == ("covered", None)
    assert states["casework"] == ("open", None)
    # the role of a mobile-unit officer never reads legal matters; a shelter's address has no door
    assert states["legal"] == ("locked", None)
    assert states["shelter_location"] == ("locked", None)
    assert {t["event"] for t in story["tasks"]} >= {"RA_NOTIFIED", "REFERRAL_SENT"}
    assert all(t["to_confirm"] for t in story["tasks"])


async def test_the_authority_sees_the_story_and_may_reveal_only(world: World) -> None:
    case = await potential_victim(world)
    story = await story_of(world, case, "demo.ap")
    states = {c["data_class"]: (c["state"], c["ask"]) for c in story["classes"]}
    assert states["identity"] == ("locked", "reveal")
    assert states["casework"] == ("locked", None)
    assert "Hoxhaj" not in str(story) and "Fatmira" not in str(story)


async def test_a_milestone_meets_the_task_that_waits_for_it(world: World) -> None:
    case = await potential_victim(world, identity=CHILD)
    waiting = await rows(
        world,
        "select * from casework.task where case_id = :id and event = 'CHILD_PROTECTION_NOTIFIED'",
        id=case["id"],
    )
    assert [t["state"] for t in waiting] == ["open"]
    note = "Folëm me Anën te njësia."
    made = await record_milestone(world, case, "CHILD_PROTECTION_NOTIFIED", note=note)
    met = await rows(world, "select * from casework.task where id = :id", id=waiting[0]["id"])
    assert (met[0]["state"], str(met[0]["met_event_id"])) == ("met", made["id"])
    kept = await rows(world, "select body, data_class from casework.note where case_id = :id", id=case["id"])
    assert [n["data_class"] for n in kept] == ["casework"]
    assert note.encode() not in bytes(kept[0]["body"])
    facts = await rows(world, "select facts from casework.case_event where id = :id", id=made["id"])
    assert note not in str(facts)
    entries = [e for e in await world.audit_entries("milestone.record") if str(e["subject_id"]) == made["id"]]
    assert entries[0]["detail"]["kind"] == "CHILD_PROTECTION_NOTIFIED"  # type: ignore[index]


async def test_the_same_milestone_sent_twice_is_one(world: World) -> None:
    case = await register_case(world)
    again = str(uuid7())
    first = await record_milestone(world, case, "NEEDS_ASSESSED", id=again)
    second = await record_milestone(world, case, "NEEDS_ASSESSED", id=again)
    assert first == second == {"id": again}
    found = await rows(
        world,
        "select id from casework.case_event where case_id = :id and kind = 'NEEDS_ASSESSED'",
        id=case["id"],
    )
    assert len(found) == 1


@pytest.mark.parametrize(
    ("code", "at", "status", "problem", "field"),
    [
        ("INITIAL_ID_DECIDED", "2026-03-03T10:00:00Z", 422, "milestone.not_by_hand", "code"),
        ("NOTHING", "2026-03-03T10:00:00Z", 422, "milestone.not_by_hand", "code"),
        ("CHILD_PROTECTION_NOTIFIED", "2026-03-03T10:00:00Z", 422, "milestone.for_children", "code"),
        ("GUARDIAN_APPOINTED", "2026-03-03T10:00:00Z", 422, "milestone.not_by_hand", "code"),
        ("NEEDS_ASSESSED", "2026-03-01T10:00:00Z", 422, "milestone.before_case", "occurred_at"),
        ("NEEDS_ASSESSED", "2999-03-01T10:00:00Z", 422, "field.in_future", "occurred_at"),
        ("FORMAL_REQUESTED", "2026-03-03T10:00:00Z", 422, "milestone.not_by_hand", "code"),
    ],
)
async def test_a_milestone_that_cannot_be_is_refused(
    world: World, code: str, at: str, status: int, problem: str, field: str | None
) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/milestones", json={"code": code, "occurred_at": at})
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, problem, field)


async def test_a_request_for_the_formal_procedure_moves_status_and_stage(world: World) -> None:
    case = await potential_victim(world)
    await request_formal(world, case)
    story = await story_of(world, case)
    assert (story["case"]["stage"], story["waiting"]) == ("FORMAL_REQUESTED", "FORMAL_INTERVIEWED")
    kept = await rows(world, "select stage_at from casework.case_file where id = :id", id=case["id"])
    assert kept[0]["stage_at"].date().isoformat() == "2026-03-20"


async def test_somebody_elses_case_is_no_case(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.menaxhere") as api:
        for answer in (
            await api.get(f"/cases/{case['id']}/story"),
            await api.get(f"/cases/{uuid4()}/story"),
            await api.post(
                f"/cases/{case['id']}/milestones",
                json={"code": "NEEDS_ASSESSED", "occurred_at": "2026-03-03T10:00:00Z"},
            ),
            await api.post(f"/cases/{case['id']}/close", json=CLOSING, headers={"If-Match": '"1"'}),
            await api.get(f"/cases/{case['id']}/notes"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "case.unknown")


async def test_responsibility_is_passed_on_with_what_the_sender_held(world: World) -> None:
    case = await potential_victim(world)
    account_id, org_id = await person_of(world, "demo.menaxhere")
    passed = await hand_over(world, case, "demo.menaxhere")
    assert (passed["responsible_org_id"], passed["responsible_account_id"]) == (org_id, account_id)
    assert passed["version"] == case["version"] + 1
    given = await rows(
        world, "select * from casework.case_grant where case_id = :id and org_id = :org", id=case["id"], org=org_id
    )
    assert len(given) == 1
    assert set(given[0]["data_classes"]) == {
        "milestones", "identity", "casework", "identification", "health", "legal",
    }  # fmt: skip
    assert (given[0]["basis"], given[0]["reason"]) == ("care_team", "hand_over")
    assert "bashkia" not in str(bytes(given[0]["reason_text"]))
    owed = await rows(
        world, "select org_id, account_id from casework.task where case_id = :id and state = 'open'", id=case["id"]
    )
    assert owed and all((str(t["org_id"]), str(t["account_id"])) == (org_id, account_id) for t in owed)
    story = await story_of(world, case, "demo.menaxhere")
    assert {c["data_class"]: c["state"] for c in story["classes"]}["legal"] == "open"
    # who passed it on works on with it, but no longer answers for it
    async with world.api("demo.njl") as api:
        again = await api.post(
            f"/cases/{case['id']}/close", json=CLOSING, headers={"If-Match": f'"{passed["version"]}"'}
        )
    assert (again.status_code, again.json()["code"]) == (403, "case.not_responsible_here")


async def test_who_stops_working_with_a_case_keeps_its_milestones(world: World) -> None:
    case = await register_case(world)
    await hand_over(world, case, "demo.menaxhere", keep_working=False)
    story = await story_of(world, case, "demo.njl")
    assert {c["data_class"] for c in story["classes"] if c["state"] != "locked"} == {"milestones"}
    async with world.api("demo.njl") as api:
        refused = await api.get(f"/cases/{case['id']}/person")
    assert (refused.status_code, refused.json()["code"]) == (403, "case.class_locked")


async def test_a_case_is_passed_on_only_to_somebody_who_works_there(world: World) -> None:
    case = await register_case(world)
    elsewhere, _ = await person_of(world, "demo.agimi.drejtuese")
    hotline, hotline_org = await person_of(world, "demo.linja")
    _, org_id = await person_of(world, "demo.menaxhere")
    async with world.api("demo.njl") as api:
        for account, org in ((elsewhere, org_id), (hotline, hotline_org)):
            body = {"to_org_id": org, "to_account_id": account, "reason": "Vazhdon atje."}
            answer = await api.post(f"/cases/{case['id']}/hand-over", json=body, headers={"If-Match": '"1"'})
            assert (answer.status_code, answer.json()["code"]) == (422, "case.receiver_elsewhere")
            assert answer.json()["field"] == "to_account_id"


async def test_a_stale_version_says_what_changed(world: World) -> None:
    case = await register_case(world)
    await hand_over(world, case, "demo.menaxhere")
    async with world.api("demo.menaxhere") as api:
        path = f"/cases/{case['id']}/close"
        stale = await api.post(path, json=CLOSING, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
        assert stale.json()["changes"][0]["fields"] == ["responsible_account_id", "responsible_org_id"]
        missing = await api.post(path, json=CLOSING)
        assert missing.status_code == 428
        assert checked(await api.post(path, json=CLOSING, headers={"If-Match": '"2"'}))["state"] == "closed"


async def test_a_case_is_closed_with_its_tasks_and_opened_again_with_a_reason(world: World) -> None:
    case = await potential_victim(world)
    closed = await close_case(world, case, follow_up_agreed=True, follow_up_on="2999-01-10")
    assert (closed["state"], closed["stage"], closed["version"]) == ("closed", "CLOSED", 2)
    tasks = await rows(
        world, "select event, state, rule from casework.task where case_id = :id order by id", id=case["id"]
    )
    assert [(t["event"], t["rule"]) for t in tasks if t["state"] == "open"] == [("FOLLOW_UP_DONE", "closure.follow_up")]
    async with world.api("demo.njl") as api:
        twice = await api.post(f"/cases/{case['id']}/close", json=CLOSING, headers={"If-Match": '"2"'})
        assert (twice.status_code, twice.json()["code"]) == (409, "case.already_closed")
        told = "U kthye dhe kërkoi ndihmë."
        opened = checked(
            await api.post(f"/cases/{case['id']}/reopen", json={"reason": told}, headers={"If-Match": '"2"'})
        )
        assert (opened["state"], opened["stage"], opened["version"]) == ("open", "REOPENED", 3)
        notes = checked(await api.get(f"/cases/{case['id']}/notes"))["items"]
        assert [n["body"] for n in notes] == [told]
        again = await api.post(f"/cases/{case['id']}/reopen", json={"reason": told}, headers={"If-Match": '"3"'})
        assert (again.status_code, again.json()["code"]) == (409, "case.not_closed")


async def test_the_authority_may_reopen_and_cannot_read_what_it_wrote(world: World) -> None:
    case = await register_case(world)
    await close_case(world, case)
    told = "Mbërriti një sinjal i ri nga kufiri."
    async with world.api("demo.ap") as api:
        opened = checked(
            await api.post(f"/cases/{case['id']}/reopen", json={"reason": told}, headers={"If-Match": '"2"'})
        )
        assert opened["state"] == "open"
        refused = await api.get(f"/cases/{case['id']}/notes")
        assert refused.status_code == 403
    async with world.api("demo.njl") as api:
        assert told in str(checked(await api.get(f"/cases/{case['id']}/notes")))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"reason": "OTHER"}, "case.closure_text_missing", "text"),
        ({"reason": "TRANSFERRED"}, "case.transfer_unnamed", "goes_to"),
        ({"reason": "DUPLICATE"}, "case.duplicate_unnamed", "same_as"),
        ({"reason": "DUPLICATE", "same_as": "AL-26-XXXXXX"}, "case.same_as_unknown", "same_as"),
        ({"reason": "NO_INDICATION"}, "case.not_without_indication", "reason"),
        ({"reason": "WHATEVER"}, "field.unknown_code", "reason"),
        ({"assistance_outcome": "NOT_ASSISTED"}, "case.not_assisted_reason_missing", "not_assisted_reason"),
        ({"follow_up_agreed": True}, "case.follow_up_missing", "follow_up_on"),
        ({"follow_up_on": "2026-01-01"}, "case.follow_up_past", "follow_up_on"),
        ({"closed_at": "2026-01-01T10:00:00Z"}, "case.closed_before_opened", "closed_at"),
        ({"closed_at": "2999-01-01T10:00:00Z"}, "field.in_future", "closed_at"),
    ],
)
async def test_a_closure_that_leaves_something_open_names_the_field(
    world: World, changes: dict[str, Any], code: str, field: str
) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/close", json={**CLOSING, **changes}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)
    state = await rows(world, "select state, version from casework.case_file where id = :id", id=case["id"])
    assert state == [{"state": "open", "version": 1}]
    assert await rows(world, "select 1 from casework.closure where case_id = :id", id=case["id"]) == []


async def test_a_case_with_an_open_referral_is_not_closed(world: World) -> None:
    case = await register_case(world)
    _, sender = await person_of(world, "demo.njl")
    _, receiver = await person_of(world, "demo.agimi")
    async with world.superuser() as connection:
        await connection.execute(
            text(
                "insert into casework.referral (id, jurisdiction, case_id, sender_org_id, sender_account_id,"
                " receiver_org_id, state, urgency, sent_at, wrapped_key, key_version) select :id, 'AL', :case, :from,"
                " gen_random_uuid(), :to, 'sent', 'URGENT', now(), '\\x00', 1"
            ),
            {"id": uuid7(), "case": case["id"], "from": sender, "to": receiver},
        )
    async with world.api("demo.njl") as api:
        refused = await api.post(f"/cases/{case['id']}/close", json=CLOSING, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "case.open_referrals")
    entries = [e for e in await world.audit_entries("case.close") if e["outcome"] == "refused"]
    assert entries[-1]["detail"]["code"] == "case.open_referrals"  # type: ignore[index]


async def test_roles_that_do_not_close_are_told_so(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.ap") as api:
        answer = await api.post(f"/cases/{case['id']}/close", json=CLOSING, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (403, "policy.role")
