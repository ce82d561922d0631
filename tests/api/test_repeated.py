"""What is sent twice: done once, answered again while it may be seen, and written down with whom it concerned."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import PERSON, REGISTRATION, add_bed, checked, referred_case, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def repetitions(world: World, action: str, case_id: str) -> list[dict[str, Any]]:
    """Return the entries of acts that came again about a case."""
    entries: list[dict[str, Any]] = await world.audit_entries(action)
    return [e for e in entries if e["outcome"] == "repeated" and case_id in map(str, e["case_ids"])]


async def test_an_answer_given_again_names_case_person_and_classes(world: World) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    async with world.api("demo.njl") as api:
        first, again = [await api.post("/cases", json=REGISTRATION, headers=key) for _ in range(2)]
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    [entry] = await repetitions(world, "case.register", first.json()["id"])
    done = [e for e in await world.audit_entries("case.register") if e["outcome"] == "done"][-1]
    for named in ("case_ids", "person_ids", "subject_kind", "subject_id", "data_classes"):
        assert entry[named] == done[named] and entry[named], named


async def test_a_form_sent_twice_names_its_case(world: World) -> None:
    case = await register_case(world)
    async with world.browser("demo.njl") as browser:
        page = (await browser.get(f"/cases/{case['id']}/notes")).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"csrf_token": token, "once": str(uuid4()), "body": "Flet pak.", "data_class": "casework"}
        sent = [await browser.post(f"/cases/{case['id']}/notes", data=form) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303], sent[0].text
    [entry] = await repetitions(world, "note.write", case["id"])
    assert entry["subject_kind"] == "note"


async def test_an_answer_is_not_given_again_once_access_has_ended(world: World) -> None:
    case = await register_case(world)
    key = {"Idempotency-Key": str(uuid4())}
    async with world.api("demo.njl") as api:
        path, given = f"/cases/{case['id']}/person", {"identity": {**PERSON, "birth_year": 1998}}
        headers = {**key, "If-Match": f'"{checked(await api.get(path))["version"]}"'}
        first = await api.put(path, json=given, headers=headers)
        assert first.status_code == 200, first.text
        assert (await api.put(path, json=given, headers=headers)).json() == first.json()
        async with world.superuser() as connection:
            await connection.execute(
                text("update casework.case_grant set valid_to = now() where case_id = :id"), {"id": case["id"]}
            )
        closed = await api.put(path, json=given, headers=headers)
    assert (closed.status_code, closed.json()["code"]) == (404, "case.unknown")
    denied: list[dict[str, Any]] = await world.audit_entries("person.correct")
    assert denied[-1]["outcome"] == "denied" and [str(one) for one in denied[-1]["case_ids"]] == [case["id"]]


async def test_what_a_client_names_twice_names_its_case_in_the_log(world: World) -> None:
    case, _ = await referred_case(world)
    bed = await add_bed(world, "A1")
    delivery = {
        "id": str(uuid7()), "case_ids": [case["id"]], "service_type": "FOOD", "delivered_on": "2026-03-05",
    }  # fmt: skip
    placement = {"id": str(uuid7()), "case_id": case["id"], "bed_id": bed, "starts_on": "2030-01-01"}
    request = {"id": str(uuid7()), "data_classes": ["identification"], "reason": "Takimi i nesërm."}
    for login, path, body, action in (
        ("demo.agimi.drejtuese", "/services", delivery, "service.record"),
        ("demo.agimi.drejtuese", "/placements", placement, "placement.record"),
        ("demo.agimi.drejtuese", f"/cases/{case['id']}/access-requests", request, "access.request"),
    ):
        async with world.api(login) as api:
            for _ in range(2):
                answer = await api.post(path, json=body)
                assert answer.status_code in (200, 201), answer.text
        [entry] = await repetitions(world, action, case["id"])
        assert str(entry["subject_id"]) == body["id"], action
