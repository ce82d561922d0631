"""The intake of programs: heard by their signature alone, once, on their own channel, and blind to everything else."""

import base64
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.domain.ids import uuid7
from app.services.intake_signatures import SCHEME, signed_lines
from app.storage.schema import metadata
from tests.stories import checked, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/intake/signals"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "intake.md"


def example() -> Any:
    """Return `signed_headers` of the handbook, as it is printed there."""
    block = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert block is not None
    scope: dict[str, Any] = {}
    exec(block.group(1), scope)
    return scope["signed_headers"]


signed_headers = example()


@dataclass
class Sender:
    """A program with its key."""

    client_id: str
    key_id: str
    key: str
    private: bytes

    def headers(self, body: bytes, path: str = PATH) -> dict[str, str]:
        made: dict[str, str] = signed_headers(self.private, self.key, path, body)
        return made


async def sender(world: World, channel: str = "APP_RAPORTO") -> Sender:
    """Register a program of the demonstration's helpline."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    org = await world.organisation("DEMO-LINJA")
    async with world.api("demo.admin") as api:
        body = {"name": "Aplikacioni", "org_id": str(org), "channel": channel}
        client = checked(await api.post("/intake/clients", json=body))
        key = checked(await api.post(f"/intake/clients/{client['id']}/keys", json={"public_key": public}))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Sender(client["id"], key["id"], key["key_id"], pem)


def signal(**changed: Any) -> bytes:
    """Return the body of the handbook with an id of its own."""
    block = re.search(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert block is not None
    return json.dumps({**json.loads(block.group(1)), "id": str(uuid7()), **changed}).encode()


async def post(world: World, body: bytes, headers: dict[str, str], path: str = PATH) -> httpx.Response:
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://besa.test") as client:
        return await client.post(path, content=body, headers=headers)


async def test_the_example_of_the_handbook_is_taken_once_and_waits_at_the_helpline(world: World) -> None:
    app = await sender(world)
    body = signal()
    taken = await post(world, body, app.headers(body))
    assert taken.status_code == 201, taken.text
    assert taken.json() == {
        "id": json.loads(body)["id"], "channel": "APP_RAPORTO", "state": "received", "repeated": False
    }  # fmt: skip
    again = await post(world, body, app.headers(body))
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    async with world.api("demo.linja") as api:
        read = checked(await api.get(f"/signals/{taken.json()['id']}"))
        assert read["summary"].startswith("Një fëmijë")
        assert read["details"] == {"app_reference": "RSH-1042"}
    entries = [e for e in await world.audit_entries("intake.record") if str(e["account_id"]) == app.client_id]
    assert [(e["outcome"], e["role"], str(e["subject_id"])) for e in entries] == [
        ("done", "intake", taken.json()["id"]),
        ("repeated", "intake", taken.json()["id"]),
    ]
    assert entries[0]["detail"] == {"channel": "APP_RAPORTO"}


async def test_a_request_counts_once(world: World) -> None:
    app = await sender(world)
    body = signal()
    headers = app.headers(body)
    assert (await post(world, body, headers)).status_code == 201
    replayed = await post(world, body, headers)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "intake.replayed")


@pytest.mark.parametrize("off", [-301, -86_400, 301, 86_400])
async def test_an_old_or_early_request_is_refused(world: World, monkeypatch: pytest.MonkeyPatch, off: int) -> None:
    app = await sender(world)
    body = signal()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + off)
    headers = app.headers(body)
    monkeypatch.undo()
    answer = await post(world, body, headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "intake.clock")


@pytest.mark.parametrize(
    "change",
    [
        {"Besa-Key": "al-000000000000"},
        {"Besa-Key": ""},
        {"Besa-Nonce": "0123456789abcdef"},
        {"Besa-Nonce": "short"},
        {"Besa-Timestamp": "yesterday"},
        {"Besa-Timestamp": "99999999999999"},
        {"Besa-Signature": base64.b64encode(b"x" * 64).decode()},
        {"Besa-Signature": "not base64"},
        {"Besa-Signature": ""},
    ],
)
async def test_whatever_is_wrong_is_answered_alike(world: World, change: dict[str, str]) -> None:
    app = await sender(world)
    body = signal()
    answer = await post(world, body, {**app.headers(body), **change})
    assert (answer.status_code, answer.json()["code"]) == (401, "intake.refused")
    entry = (await world.audit_entries("intake.verify"))[-1]
    assert (entry["outcome"], entry["account_id"], entry["detail"]) == ("refused", None, {"code": "intake.refused"})


async def test_body_path_and_key_are_bound_by_the_signature(world: World) -> None:
    app, other = await sender(world), await sender(world)
    body = signal()
    headers = app.headers(body)
    for wrong in (
        await post(world, signal(), headers),
        await post(world, body, app.headers(body, "/api/v1/signals")),
        await post(world, body, {**headers, "Besa-Key": other.key}),
    ):
        assert (wrong.status_code, wrong.json()["code"]) == (401, "intake.refused")
    assert signed_lines("post", PATH, "k", "1", "n", b"").decode().splitlines()[:3] == [SCHEME, "POST", PATH]


async def test_a_revoked_key_and_an_ended_program_are_heard_no_more(world: World) -> None:
    app, ended = await sender(world), await sender(world)
    async with world.api("demo.admin") as api:
        path = f"/intake/clients/{app.client_id}/keys/{app.key_id}/revocation"
        assert (await api.post(path)).status_code == 204
        assert (await api.post(path)).status_code == 404
        stale = await api.post(f"/intake/clients/{ended.client_id}/end", headers={"If-Match": '"7"'})
        assert stale.status_code == 412
        done = await api.post(f"/intake/clients/{ended.client_id}/end", headers={"If-Match": '"1"'})
        assert done.status_code == 204
    for gone in (app, ended):
        body = signal()
        assert (await post(world, body, gone.headers(body))).json()["code"] == "intake.refused"
    did = [e["detail"].get("did") for e in await world.audit_entries("intake.manage")]  # type: ignore[attr-defined]
    assert {"register", "register_key", "revoke_key", "end"} <= set(did)


async def test_the_channel_is_the_programs_own(world: World) -> None:
    line = await sender(world, "HELPLINE_116006")
    body = signal(channel="APP_RAPORTO")
    named = await post(world, body, line.headers(body))
    assert (named.status_code, named.json()["field"]) == (422, "channel")
    body = signal(details={"app_reference": "x"})
    asked = await post(world, body, line.headers(body))
    assert (asked.status_code, asked.json()["code"]) == (422, "signal.detail_not_of_channel")
    body = signal(details={"call_language": "sq"})
    taken = await post(world, body, line.headers(body))
    assert taken.json()["channel"] == "HELPLINE_116006"


async def test_somebody_elses_id_is_not_taken_over(world: World) -> None:
    first, second = await sender(world), await sender(world)
    body = signal()
    assert (await post(world, body, first.headers(body))).status_code == 201
    answer = await post(world, body, second.headers(body))
    assert answer.status_code == 409
    assert "fëmijë" not in answer.text


async def test_a_program_reads_nothing_and_does_nothing_else(world: World) -> None:
    app = await sender(world)
    case = await register_case(world, "demo.njl")
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://besa.test") as client:
        for path in ("/api/v1/signals", f"/api/v1/cases/{case['id']}", "/api/v1/cases", "/api/v1/intake/clients"):
            made = signed_headers(app.private, app.key, path, b"")
            # the handbook signs POST; sign the GET by hand
            lines = signed_lines("GET", path, app.key, made["Besa-Timestamp"], made["Besa-Nonce"], b"")
            from cryptography.hazmat.primitives.serialization import load_pem_private_key

            key = load_pem_private_key(app.private, None)
            assert isinstance(key, Ed25519PrivateKey)
            made["Besa-Signature"] = base64.b64encode(key.sign(lines)).decode()
            answer = await client.get(path, headers=made)
            assert (answer.status_code, answer.json()["code"]) == (403, "policy.role"), path


async def test_the_database_shows_a_program_its_own_signals_and_nothing_else(world: World) -> None:
    app = await sender(world)
    body = signal()
    checked(await post(world, body, app.headers(body)))
    await register_case(world, "demo.njl")
    async with world.api("demo.linja") as api:
        checked(await api.post("/signals", json={**json.loads(signal()), "channel": "PHONE", "details": {}}))
    async with world.program.database.begin() as connection:
        taken = await connection.execute(text("select * from iam.act_as_intake(:key)"), {"key": app.key_id})
        assert taken.mappings().one()["channel"] == "APP_RAPORTO"
        for table in metadata.sorted_tables:
            if table.schema not in ("vault", "casework", "audit") or table.name == "board_delta":
                continue
            ids = (await connection.execute(select(next(iter(table.c))))).all()
            assert len(ids) == (1 if table.name == "signal" else 0), table.name
        assert (await connection.execute(text("select count(*) from iam.intake_key"))).scalar_one() == 0
        columns = "id, jurisdiction, org_id, account_id, channel, received_at, urgency, wrapped_key, key_version"
        for channel, org in (("PHONE", "iam.org()"), ("APP_RAPORTO", "(select id from ref.organisation limit 1)")):
            with pytest.raises(DBAPIError, match="row-level security"):
                async with connection.begin_nested():
                    await connection.execute(
                        text(
                            f"insert into casework.signal ({columns}) values (:id, 'AL', {org}, iam.actor(), :channel,"
                            " now(), 'URGENT', '', 1)"
                        ),
                        {"id": uuid7(), "channel": channel},
                    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("not a key", "intake.not_a_key"),
        (base64.b64encode(b"x" * 31).decode(), "intake.not_a_key"),
        (
            X25519PrivateKey.generate()
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode(),
            "intake.not_a_key",
        ),
        (
            Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "intake.private_key",
        ),
    ],
)
async def test_only_a_public_key_is_registered(world: World, given: str, code: str) -> None:
    app = await sender(world)
    async with world.api("demo.admin") as api:
        answer = await api.post(f"/intake/clients/{app.client_id}/keys", json={"public_key": given})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert given.strip()[:40] not in answer.text


async def test_the_key_of_the_handbook_is_taken_once(world: World) -> None:
    app = await sender(world)
    printed = re.search(r"`([A-Za-z0-9+/]{43}=)`", DOCS.read_text(encoding="utf-8"))
    assert printed is not None
    async with world.api("demo.admin") as api:
        path = f"/intake/clients/{app.client_id}/keys"
        assert (await api.post(path, json={"public_key": printed.group(1)})).status_code == 201
        again = await api.post(path, json={"public_key": printed.group(1)})
        assert again.json()["code"] == "intake.key_known"


async def test_the_administrator_registers_on_pages_and_another_country_sees_nothing(world: World) -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    org = str(await world.organisation("DEMO-LINJA"))
    async with world.browser("demo.admin") as browser:
        page = (await browser.get("/intake/new")).text
        token = re.search(r'name="csrf_token" value="([^"]*)"', page)
        assert token is not None
        csrf = {"csrf_token": token.group(1)}
        wrong = await browser.post("/intake/new", data={"name": "Linja", "org_id": org, "channel": "", **csrf})
        assert wrong.status_code == 422
        made = await browser.post(
            "/intake/new", data={"name": "Linja", "org_id": org, "channel": "HELPLINE_116006", **csrf}
        )
        path = made.headers["location"].split("?")[0]
        assert (await browser.post(f"{path}/keys", data={"public_key": public, **csrf})).status_code == 303
        shown = (await browser.get(path)).text
        key = re.search(r"al-[0-9a-f]{12}", shown)
        assert key is not None
        assert "Mund të dërgojë" in shown
        assert (await browser.post(f"{path}/end", data={"version": "1", **csrf})).status_code == 303
        assert "Ka mbaruar" in (await browser.get(path)).text
    async with world.browser("demo.njl") as browser:
        assert (await browser.get(path)).status_code == 403
