"""Channels with their own questions, counselling and follow-up, and counts by channel."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.jurisdictions.loader import profiles
from tests.stories import checked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

BORDER = {
    "channel": "BORDER_CHECK",
    "received_at": "2026-03-02T10:00:00+01:00",
    "urgency": "URGENT",
    "summary": "Vajzë pa dokumente me një burrë që flet për të.",
    "details": {
        "crossing_point": "Kakavijë e fshehtë",
        "circumstances": ["ACCOMPANIED", "LEAVING"],
        "documents_checked": "yes",
    },
}


@pytest.mark.parametrize("jurisdiction", ["AL", "XK"])
async def test_every_channel_of_the_issue_stands_in_the_profile(jurisdiction: str) -> None:
    profile = profiles().current(jurisdiction)
    lines = {"AL": {"HELPLINE_116006", "APP_RAPORTO"}, "XK": {"HELPLINE_XK"}}[jurisdiction]
    for code in lines | {
        "SCHOOL", "HEALTH", "JOINT_INSPECTION", "BORDER_CHECK", "ASYLUM_COUNTER", "MIGRATION_COUNTER", "CONSULATE",
        "TOURISM", "EMPLOYER", "POLICE_ONLINE", "SELF", "CROSS_BORDER", "WEB_FORM",
    }:  # fmt: skip
        assert profile.is_selectable("signal_channel", code), code
    for code in lines:
        assert profile.code("signal_channel", code).attributes["count_apart"] is True


async def test_a_channel_asks_its_own_questions_and_keeps_the_answers_sealed(world: World) -> None:
    async with world.api("demo.linja") as api:
        asked = checked(await api.get("/signals/channels/BORDER_CHECK/questions"))
        assert [one["code"] for one in asked] == ["crossing_point", "circumstances", "documents_checked"]
        assert {one["code"] for one in asked[1]["answers"]} >= {"ALONE", "ACCOMPANIED", "ILLEGAL_CROSSING"}
        made = checked(await api.post("/signals", json=BORDER))
        read = checked(await api.get(f"/signals/{made['id']}"))
        assert read["details"] == BORDER["details"]
    async with world.superuser() as connection:
        kept = await connection.execute(text("select details from casework.signal where id = :id"), {"id": made["id"]})
        assert b"Kakavij" not in kept.scalar_one()
    async with world.api("demo.ap") as api:
        assert checked(await api.get(f"/signals/{made['id']}"))["details"] is None


async def test_health_answers_with_its_own_list(world: World) -> None:
    async with world.api("demo.linja") as api:
        asked = checked(await api.get("/signals/channels/HEALTH/questions"))
        codes = [one["code"] for one in asked[0]["answers"]]
        assert asked[0]["kind"] == "indicators" and len(codes) > 5
        body = {**BORDER, "channel": "HEALTH", "details": {"health_indicators": codes[:2]}}
        made = checked(await api.post("/signals", json=body))
        assert checked(await api.get(f"/signals/{made['id']}"))["details"] == {"health_indicators": codes[:2]}


@pytest.mark.parametrize(
    ("details", "field", "code"),
    [
        ({"school_level": "PRIMARY"}, "details.school_level", "signal.detail_not_of_channel"),
        ({"no_such": "x"}, "details.no_such", "signal.detail_not_of_channel"),
        ({"circumstances": ["ON_THE_MOON"]}, "details.circumstances", "field.unknown_choice"),
        ({"circumstances": "ALONE"}, "details.circumstances", "field.malformed"),
        ({"documents_checked": "perhaps"}, "details.documents_checked", "field.unknown_choice"),
        ({"crossing_point": 7}, "details.crossing_point", "field.malformed"),
    ],
)
async def test_a_wrong_answer_to_a_channel_is_named(
    world: World, details: dict[str, object], field: str, code: str
) -> None:
    async with world.api("demo.linja") as api:
        answer = await api.post("/signals", json={**BORDER, "details": details})
        assert answer.status_code == 422, answer.text
        assert (answer.json()["field"], answer.json()["code"]) == (field, code)


async def test_counselling_and_follow_up_are_dated_steps(world: World) -> None:
    async with world.api("demo.linja") as api:
        made = checked(await api.post("/signals", json={**BORDER, "channel": "PHONE", "details": {}}))
        path = f"/signals/{made['id']}"
        step = {
            "id": str(uuid7()),
            "happened_at": "2026-03-02T10:05:00+01:00",
            "counselling": ["SAFETY_ADVICE"],
            "topics": ["SERVICES"],
            "language": "sq",
            "note": "Fjalë e mbyllur",
        }
        first, again = [await api.post(f"{path}/counselling", json=step) for _ in range(2)]
        assert first.status_code == again.status_code == 201 and first.json() == again.json()
        later = {"happened_at": "2026-03-05T09:00:00+01:00", "outcome": "NOT_REACHED", "next_on": "2026-03-06"}
        checked(await api.post(f"{path}/follow-ups", json=later))
        steps = checked(await api.get(path))["steps"]
        assert [(one["kind"], one["outcome"]) for one in steps] == [
            ("counselled", None),
            ("followed_up", "NOT_REACHED"),
        ]
        assert steps[0]["note"] == "Fjalë e mbyllur" and steps[1]["next_on"] == "2026-03-06"
        early = await api.post(f"{path}/follow-ups", json={**later, "happened_at": "2026-03-01T09:00:00+01:00"})
        assert early.json()["code"] == "signal.step_before_signal"
        back = await api.post(f"{path}/follow-ups", json={**later, "next_on": "2026-03-01"})
        assert back.json()["code"] == "signal.next_before_step"
    async with world.api("demo.njl") as api:
        assert (await api.post(f"{path}/follow-ups", json=later)).status_code == 404
    async with world.superuser() as connection:
        notes = await connection.execute(text("select note from casework.signal_step where note is not null"))
        assert all(b"mbyllur" not in row[0] for row in notes)
    assert [e["outcome"] for e in await world.audit_entries("signal.follow")][:2] == ["done", "repeated"]


async def test_counts_by_channel_month_and_outcome_and_nothing_else(world: World) -> None:
    year = datetime.now(UTC).year - 1
    body = {**BORDER, "details": {}, "received_at": f"{year}-12-31T23:30:00+01:00"}
    async with world.api("demo.linja") as api:
        for channel in ("HELPLINE_116006", "HELPLINE_116006", "APP_RAPORTO"):
            checked(await api.post("/signals", json={**body, "channel": channel}))
        counted = checked(await api.get(f"/signals/counts?year={year}"))
    assert {(one["channel"], one["month"], one["outcome"], one["signals"]) for one in counted} == {
        ("HELPLINE_116006", 12, None, 2),
        ("APP_RAPORTO", 12, None, 1),
    }
    async with world.api("demo.njl") as api:
        checked(await api.post("/signals", json={**body, "channel": "FIELD_VISIT"}))
        assert (await api.get(f"/signals/counts?year={year}")).status_code == 403
    async with world.api("demo.ap") as api:
        whole = checked(await api.get(f"/signals/counts?year={year}"))
        assert sum(one["signals"] for one in whole) == 4
    assert {"summary", "id"} & set(whole[0]) == set()
