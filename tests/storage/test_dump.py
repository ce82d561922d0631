"""A dump of the database holds no name, document, telephone or narrative in clear, in whatever writing.

What must not be found is not a list somebody keeps: every text is noted as it is sent and as it is sealed, while the
program works; one that a use case forgets to seal is found too.
"""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import make_url, text

from app.demonstration.loading import generate
from app.services.installation import prepare
from app.storage import encryption
from app.storage.key_provider import MemoryKeyProvider
from app.storage.postgres_binaries import find_binaries
from tests import cluster as clusters
from tests.stories import (
    REGISTRATION,
    checked,
    close_case,
    decide_identification,
    hand_over,
    record_exploitation,
    referred_case,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = {
    "given_names": "Zanafilla Marigona",
    "family_names": "Kryeqytetasi",
    "aliases": ["Thëllënza"],
    "sex": "FEMALE",
    "birth_year": 1999,
    "birth_month": 4,
    "birth_day": 17,
    "birth_place": "Fshati Përtej Lumit",
    "citizenships": ["AL"],
    "documents": [{"kind": "passport", "number": "BQ7714902", "country": "AL"}],
    "contacts": [{"kind": "phone", "value": "+355 69 771 4902", "safe": "no"}],
}


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every text that is sent or sealed from here on: names, numbers and narratives, without the codes among them."""
    noted: set[str] = set()
    original = encryption.seal

    def noting(data_key: encryption.DataKey, plaintext: bytes, associated: bytes) -> bytes:
        if not associated.startswith(b"iam."):
            noted.update(_personal(json.loads(plaintext)))
        return original(data_key, plaintext, associated)

    send = httpx.AsyncClient.request

    async def sending(client: httpx.AsyncClient, method: str, url: str, **given: Any) -> httpx.Response:
        noted.update(_personal(given.get("json") or {}))
        return await send(client, method, url, **given)

    monkeypatch.setattr(encryption, "seal", noting)
    monkeypatch.setattr(httpx.AsyncClient, "request", sending)
    return noted


def _personal(value: Any, key: str = "") -> Iterator[str]:
    """Yield what tells who somebody is or what was said: free texts and the fields of an identity."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _personal(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _personal(part, key)
    elif isinstance(value, str) and (" " in value or key in ("family_names", "aliases", "number", "value")):
        yield value


def dump(database: clusters.Database) -> str:
    """Return the whole database as pg_dump writes it, in small letters."""
    url = make_url(database.superuser_url)
    host = str(url.query.get("host") or url.host)
    command = [str(find_binaries().folder / "pg_dump"), "-h", host, "-U", str(url.username), "-d", str(url.database)]
    if url.port:
        command += ["-p", str(url.port)]
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().lower()


def writings(value: str) -> Iterator[str]:
    """Yield a value as it could stand in a dump: as text, in a bytea column, in JSON, in base64, without spaces."""
    for form in {value, value.lower(), value.upper(), value.replace(" ", "")}:
        yield form.lower()
        yield form.encode().hex()
        yield json.dumps(form).strip('"').lower()
    for offset in range(3):
        # base64 depends on where in a group of three bytes the value begins; its inner letters stay the same
        yield base64.b64encode(b"\0" * offset + value.encode()).decode()[4:-4].lower()


def found(values: set[str], whole: str) -> list[str]:
    """Return the values that stand in a dump in any writing; the shortest would be found by chance."""
    return sorted({v for v in values for form in writings(v) if len(form) >= 6 and form in whole})


async def _work(world: World) -> dict[str, Any]:
    """A signal, and a case with everything that people write into one."""
    async with world.api("demo.linja") as api:
        report = {
            "channel": "PHONE",
            "received_at": "2026-03-02T10:00:00+01:00",
            "urgency": "URGENT",
            "summary": "Një zë i largët tha se dikush mban pasaporta në sirtar.",
            "reporter_contact": "068 442 1199, pas orës tetë",
        }
        checked(await api.post("/signals", json=report))
    case, _ = await referred_case(
        world, identity=PERSON, urgent={**REGISTRATION["urgent"], "note": "Dridhet nga i ftohti."}
    )
    told = "Punonte natën pa pagë te furra e vjetër."
    await record_exploitation(world, case, forms=["LAB_WORKPLACE"], narrative=told)
    started = await start_identification(world, case)
    await decide_identification(world, started, "AT_RISK", decision_reason="Flet me frikë për burrin në makinë.")
    async with world.api("demo.njl") as api:
        for data_class in ("casework", "health"):
            note = {"data_class": data_class, "body": f"Takimi i tretë ({data_class}) shkoi qetë e gjatë."}
            checked(await api.post(f"/cases/{case['id']}/notes", json=note))
        person = await api.get(f"/cases/{case['id']}/person")
        identity = {**PERSON, "family_names": "Malësorja"}
        corrected = {"identity": identity, "reason": "mistake"}
        path = f"/cases/{case['id']}/person"
        checked(await api.put(path, json=corrected, headers={"If-Match": person.headers["etag"]}))
    return case


async def test_a_dump_of_worked_cases_holds_nothing_that_was_sealed(world: World, sealed: set[str]) -> None:
    case = await _work(world)
    other = await register_case(world, identity={**PERSON, "given_names": "Zanafila"})
    await hand_over(world, other, reason="Rasti vazhdon te bashkia e madhe.")
    closed = await register_case(world, identity={**PERSON, "given_names": "Bubulina"})
    await close_case(world, closed, text="U kthye te motra e saj.")
    assert {"Zanafilla Marigona", "Kryeqytetasi", "BQ7714902", "+355 69 771 4902", "Dridhet nga i ftohti."} <= sealed
    assert {"Një zë i largët tha se dikush mban pasaporta në sirtar.", "U kthye te motra e saj."} <= sealed
    assert len(sealed) > 15
    whole = dump(world.databases)
    assert case["code"].lower() in whole, "the dump holds the case"
    assert found(sealed, whole) == []


async def test_what_stands_in_clear_would_be_found(world: World) -> None:
    case = await register_case(world)
    secret, other, third = "Fshehtësia e pavulosur", "emrizbuluar", "Rruga e gjatë e natës pa hënë"
    packed = base64.b64encode(f"x{third}".encode()).decode()
    async with world.superuser() as connection:
        for change, value in (
            ("update casework.urgent_needs set note = cast(:value as bytea) where case_id = :case", secret.encode()),
            ("update casework.case_file set closure_reason = :value where id = :case", other),
            ("update casework.case_file set main_form = :value where id = :case", packed),
        ):
            await connection.execute(text(change), {"value": value, "case": UUID(case["id"])})
    assert found({secret, other.capitalize(), third}, dump(world.databases)) == sorted(
        (secret, other.capitalize(), third)
    )


async def test_a_dump_of_the_demonstration_holds_no_name_and_no_narrative(
    cluster: clusters.Cluster, prepared: clusters.Database, sealed: set[str]
) -> None:
    with cluster.clone(prepared.name) as database:
        await prepare(database.owner_url, demonstration=True)
        made = await generate(database.owner_url, MemoryKeyProvider(), lambda line: None, cases=100, seed=7)
        assert made.cases >= 100
        assert len(sealed) > 300
        assert found(sealed, dump(database)) == []
