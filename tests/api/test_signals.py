"""Signals through the JSON interface: recorded once, read by those who work with them, decided by version."""

from uuid import uuid4

import pytest

from app.domain.ids import uuid7
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGNAL = {
    "channel": "HELPLINE_116006",
    "received_at": "2026-03-02T10:00:00+01:00",
    "urgency": "URGENT",
    "place": "AL-01-01",
    "suspected_forms": [],
    "summary": "Një vajzë lyp te stacioni, e ruan një burrë.",
}


async def test_a_signal_is_recorded_read_and_triaged(world: World) -> None:
    async with world.api("demo.linja") as api:
        made = await api.post("/signals", json=SIGNAL)
        assert made.status_code == 201, made.text
        assert made.headers["etag"] == '"1"'
        signal_id = made.json()["id"]
        read = (await api.get(f"/signals/{signal_id}")).json()
        assert read["summary"] == SIGNAL["summary"]
        listed = (await api.get("/signals")).json()
        assert signal_id in [item["id"] for item in listed["items"]]
        decided = await api.post(
            f"/signals/{signal_id}/triage", json={"outcome": "counselled"}, headers={"If-Match": '"1"'}
        )
        assert decided.status_code == 200, decided.text
        assert decided.json()["outcome"] == "counselled"
        stale = await api.post(
            f"/signals/{signal_id}/triage", json={"outcome": "not_enough"}, headers={"If-Match": '"1"'}
        )
        assert stale.status_code == 412
        assert stale.json()["changes"][0]["fields"] != []
        missing = await api.post(f"/signals/{signal_id}/triage", json={"outcome": "not_enough"})
        assert missing.status_code == 428


async def test_the_same_client_id_or_key_records_once(world: World) -> None:
    async with world.api("demo.linja") as api:
        body = {**SIGNAL, "id": str(uuid7())}
        first, second = [await api.post("/signals", json=body) for _ in range(2)]
        assert first.json() == second.json()
        key = {"Idempotency-Key": str(uuid4())}
        once = await api.post("/signals", json=SIGNAL, headers=key)
        again = await api.post("/signals", json=SIGNAL, headers=key)
        assert again.headers["idempotent-replayed"] == "true"
        assert once.json() == again.json()
        other = await api.post("/signals", json={**SIGNAL, "urgency": "STANDARD"}, headers=key)
        assert other.status_code == 409
        assert other.json()["code"] == "request.key_reused"


async def test_another_organisation_cannot_tell_it_exists_and_the_attempt_is_kept(world: World) -> None:
    async with world.api("demo.linja") as api:
        signal_id = (await api.post("/signals", json=SIGNAL)).json()["id"]
    async with world.api("demo.njl") as api:
        theirs = await api.get(f"/signals/{signal_id}")
        unknown = await api.get(f"/signals/{uuid7()}")
        assert theirs.status_code == unknown.status_code == 404
        assert theirs.json()["code"] == unknown.json()["code"] == "signal.unknown"
    # entries name the request; nothing else in this module can have made these two
    requests = {answer.headers["x-request-id"] for answer in (theirs, unknown)}
    denied = [e for e in await world.audit_entries("signal.read") if str(e["request_id"]) in requests]
    assert [e["outcome"] for e in denied] == ["denied", "denied"]


async def test_the_authority_counts_but_reads_no_narrative(world: World) -> None:
    async with world.api("demo.linja") as api:
        signal_id = (await api.post("/signals", json=SIGNAL)).json()["id"]
    async with world.api("demo.ap") as api:
        read = (await api.get(f"/signals/{signal_id}")).json()
        assert read["channel"] == "HELPLINE_116006"
        assert read["summary"] is None


async def test_passing_on_opens_it_to_the_receiver(world: World) -> None:
    njl = await world.organisation("DEMO-NJL-BERAT")
    async with world.api("demo.linja") as api:
        signal_id = (await api.post("/signals", json=SIGNAL)).json()["id"]
        passed = await api.post(
            f"/signals/{signal_id}/triage",
            json={"outcome": "passed_on", "passed_to_org_id": str(njl)},
            headers={"If-Match": '"1"'},
        )
        assert passed.status_code == 200, passed.text
    async with world.api("demo.njl") as api:
        assert (await api.get(f"/signals/{signal_id}")).json()["summary"] == SIGNAL["summary"]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"channel": "NO_SUCH"}, "channel", "field.unknown_code"),
        ({"place": "AL-99-99"}, "place", "field.unknown_place"),
        ({"received_at": "2999-01-01T00:00:00Z"}, "received_at", "field.in_future"),
        ({"received_at": "2026-03-02T10:00:00"}, "received_at", "field.no_offset"),
        ({"summary": "a\u0000b"}, "summary", "field.nul_byte"),
        ({"summary": "   "}, "summary", "field.missing"),
        ({"summary": "x" * 10_001}, "summary", "field.too_long"),
        ({"persons": 0}, "persons", "field.too_small"),
        ({"colour": "red"}, "colour", "field.unexpected"),
        ({"id": str(uuid4())}, "id", "field.not_uuid7"),
        ({"anonymous": True, "reporter_contact": "069"}, "reporter_contact", "signal.anonymous_with_contact"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, object], field: str, code: str) -> None:
    async with world.api("demo.linja") as api:
        before = len((await api.get("/signals?limit=100")).json()["items"])
        answer = await api.post("/signals", json={**SIGNAL, **change})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["field"], problem["code"]) == (field, code)
        assert len(problem["detail"]) > 10
        assert len((await api.get("/signals?limit=100")).json()["items"]) == before


async def test_a_lone_surrogate_is_refused(world: World) -> None:
    async with world.api("demo.linja") as api:
        body = b'{"channel": "PHONE", "received_at": "2026-03-02T10:00:00Z", "urgency": "URGENT", "summary": "\\ud800"}'
        answer = await api.post("/signals", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["code"] == "field.lone_surrogate"


async def test_nothing_without_a_token_and_nothing_for_another_role(world: World) -> None:
    async with world.api() as api:
        assert (await api.get("/signals")).status_code == 401
    async with world.api("demo.statistika") as api:
        answer = await api.get("/signals")
        assert answer.status_code == 403
        assert answer.json()["code"] == "policy.role"


async def test_the_narrative_stands_encrypted(world: World) -> None:
    async with world.api("demo.linja") as api:
        await api.post("/signals", json={**SIGNAL, "summary": "Fjala kyçe e padëgjuar"})
    async with world.superuser() as connection:
        from sqlalchemy import text

        rows = (await connection.execute(text("select * from casework.signal"))).all()
    assert rows
    assert all("padëgjuar".encode() not in bytes(str(row), "utf-8") for row in rows)
