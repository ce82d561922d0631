"""Beds and stays: nobody shares a bed on a night, reservations lapse, history stays with the bed it was slept in."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from tests.stories import CHILD, add_bed, checked, register_case, share_with_shelter
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANAGER = "demo.agimi.drejtuese"
TODAY = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()


def v(row: dict[str, Any]) -> dict[str, str]:
    """Return the header that names the version one has seen."""
    return {"If-Match": f'"{row["version"]}"'}


async def guest(world: World, **changes: Any) -> str:
    """Register somebody whom the shelter sees; returns the case id."""
    made = await register_case(world, **changes)
    await share_with_shelter(world, made["id"])
    return str(made["id"])


async def test_a_stay_from_reservation_to_discharge(world: World) -> None:
    case_id, bed_id = await guest(world), await add_bed(world, "1A")
    async with world.api("demo.agimi") as api:
        held = checked(await api.post("/placements", json={"case_id": case_id, "bed_id": bed_id, "starts_on": TODAY}))
        assert held["state"] == "reserved" and held["reserved_until"] is not None
        path = f"/placements/{held['id']}"
        row = checked(await api.post(f"{path}/steps", json={"act": "admit"}, headers=v(held)))
        assert row["state"] == "admitted"
        row = checked(await api.post(f"{path}/steps", json={"act": "leave"}, headers=v(row)))
        row = checked(await api.post(f"{path}/steps", json={"act": "return"}, headers=v(row)))
        wrong = await api.post(f"{path}/steps", json={"act": "cancel"}, headers=v(row))
        assert (wrong.status_code, wrong.json()["code"]) == (409, "placement.state.admitted")
        assert "discharge" in wrong.json()["possible"]
        stale = await api.post(f"{path}/discharge", json={"reason": "to_family"}, headers=v(held))
        assert stale.status_code == 412
        done = checked(await api.post(f"{path}/discharge", json={"reason": "to_family"}, headers=v(row)))
        assert done["state"] == "discharged" and done["ends_on"] == TODAY
        story = checked(await api.get(path))
        assert [e["act"] for e in story["events"]] == ["reserve", "admit", "leave", "return", "discharge"]
    async with world.api("demo.njl") as api:
        assert (await api.get(path)).status_code == 403
    async with world.superuser() as connection:
        kinds = await connection.execute(
            text("select kind from casework.case_event where case_id = :c"), {"c": case_id}
        )
        assert {"ADMITTED", "discharged"} <= {row[0] for row in kinds}


async def test_a_hundred_tries_for_one_bed_give_it_to_one(world: World) -> None:
    bed_id = await add_bed(world, "2A")
    cases = [await guest(world) for _ in range(4)]
    async with world.api(MANAGER) as api:

        async def attempt(number: int) -> int:
            body = {"case_id": cases[number % 4], "bed_id": bed_id, "starts_on": TODAY}
            answer = await api.post("/placements", json=body)
            if answer.status_code != 201:
                assert answer.json()["code"] == "placement.bed_taken", answer.text
            return answer.status_code

        answers = await asyncio.gather(*(attempt(n) for n in range(100)))
    assert sorted(answers).count(201) == 1
    assert answers.count(409) == 99
    async with world.superuser() as connection:
        for table in ("placement where bed_id = :b", "placement_event where to_bed_id = :b"):
            found = await connection.execute(text(f"select count(*) from casework.{table}"), {"b": bed_id})
            assert found.scalar() == 1


async def test_a_lapsed_reservation_gives_the_bed_back(world: World) -> None:
    bed_id, first, second = await add_bed(world, "3A"), await guest(world), await guest(world)
    async with world.api(MANAGER) as api:
        body = {"bed_id": bed_id, "starts_on": TODAY}
        held = checked(await api.post("/placements", json={**body, "case_id": first}))
        async with world.superuser() as connection:
            await connection.execute(
                text("update casework.placement set reserved_until = now() - interval '1 second' where id = :id"),
                {"id": held["id"]},
            )
        late = await api.post(f"/placements/{held['id']}/steps", json={"act": "admit"}, headers=v(held))
        assert late.json()["code"] == "placement.reservation_over"
        checked(await api.post("/placements", json={**body, "case_id": second}))
        assert checked(await api.get(f"/placements/{held['id']}"))["placement"]["state"] == "expired"


async def test_moving_keeps_the_nights_already_slept(world: World) -> None:
    case_id, old, new = await guest(world), await add_bed(world, "4A"), await add_bed(world, "4B")
    async with world.api(MANAGER) as api:
        held = checked(await api.post("/placements", json={"case_id": case_id, "bed_id": old, "starts_on": TODAY}))
        row = checked(await api.post(f"/placements/{held['id']}/steps", json={"act": "admit"}, headers=v(held)))
        before = date.fromisoformat(TODAY) - timedelta(days=5)
        async with world.superuser() as connection:
            await connection.execute(
                text("update casework.placement set starts_on = :d where id = :id"), {"d": before, "id": held["id"]}
            )
        moved = checked(await api.post(f"/placements/{held['id']}/move", json={"bed_id": new}, headers=v(row)))
        assert (moved["bed_id"], moved["starts_on"]) == (new, TODAY)
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select starts_on, ends_on from casework.placement where bed_id = :b"), {"b": old}
        )
        assert [tuple(row) for row in rows] == [(before, date.fromisoformat(TODAY))]


async def test_what_does_not_fit_is_said_and_never_blocks(world: World) -> None:
    async with world.superuser() as connection:
        await connection.execute(
            text("update ref.organisation set admits = '{ADMITS_WOMEN}' where code = 'DEMO-AGIMI'")
        )
    case_id, bed_id = await guest(world, identity=CHILD), await add_bed(world, "5A")
    async with world.api(MANAGER) as api:
        body = {"case_id": case_id, "bed_id": bed_id, "starts_on": TODAY}
        asked = await api.post("/placements", json=body)
        assert (asked.status_code, asked.json()["field"]) == (422, "override_reason")
        kept = checked(await api.post("/placements", json={**body, "override_reason": "Nuk ka vend tjetër sonte."}))
        [step] = checked(await api.get(f"/placements/{kept['id']}"))["events"]
        assert (step["reason"], step["note"]) == (None, "Nuk ka vend tjetër sonte.")
        async with world.superuser() as connection:
            stored = await connection.execute(
                text("select e::text from casework.placement_event e where placement_id = :id"), {"id": kept["id"]}
            )
            assert "sonte" not in str(stored.scalar_one()), "what somebody says in their own words lies sealed"
        assert kept["override_warnings"] == ["ADMITS_BOYS"]
    async with world.superuser() as connection:
        await connection.execute(text("update ref.organisation set admits = '{}' where code = 'DEMO-AGIMI'"))


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"starts_on": "2020-01-01"}, "starts_on", "placement.in_past"),
        ({"ends_on": TODAY}, "ends_on", "field.reversed"),
        ({"hours": 200}, "hours", "field.too_large"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    case_id, bed_id = await guest(world), await add_bed(world, f"X{field}")
    async with world.api(MANAGER) as api:
        body = {"case_id": case_id, "bed_id": bed_id, "starts_on": TODAY, **change}
        answer = await api.post("/placements", json=body)
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)


async def test_another_shelters_bed_and_a_case_one_does_not_see_do_not_exist(world: World) -> None:
    unseen, bed_id = (await register_case(world))["id"], await add_bed(world, "6A")
    case_id = await guest(world)
    async with world.api(MANAGER) as api:
        answer = await api.post("/placements", json={"case_id": unseen, "bed_id": bed_id, "starts_on": TODAY})
        assert (answer.status_code, answer.json()["code"]) == (404, "case.unknown")
    await share_with_shelter(world, case_id, "DEMO-URA")
    async with world.api("demo.ura.drejtuese") as api:
        answer = await api.post("/placements", json={"case_id": case_id, "bed_id": bed_id, "starts_on": TODAY})
        assert (answer.status_code, answer.json()["code"]) == (404, "bed.unknown")


async def test_a_bed_goes_out_of_use_with_a_reason_and_empty(world: World) -> None:
    bed_id = await add_bed(world, "7A")
    async with world.api(MANAGER) as api:
        twice = await api.post("/beds", json={"label": "7A"})
        assert (twice.status_code, twice.json()["code"]) == (422, "bed.label_taken")
        change = {"label": "7A", "in_use": False}
        missing = await api.put(f"/beds/{bed_id}", json=change, headers={"If-Match": '"1"'})
        assert missing.json()["field"] == "out_of_use_reason"
        change["out_of_use_reason"] = "repair"
        assert checked(await api.put(f"/beds/{bed_id}", json=change, headers={"If-Match": '"1"'}))["version"] == 2
        case_id = await guest(world)
        answer = await api.post("/placements", json={"case_id": case_id, "bed_id": bed_id, "starts_on": TODAY})
        assert (answer.status_code, answer.json()["code"]) == (409, "bed.out_of_use")
    async with world.browser(MANAGER) as browser:
        assert "jashtë përdorimit: në riparim" in (await browser.get("/shelter/beds")).text
        assert "Në riparim" in (await browser.get("/shelter")).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": "Këtu fle Fatmira"}, "label"),
        ({"label": "4B", "room": "Rruga e Kavajës 17"}, "room"),
        ({"label": "4B\nX"}, "label"),
        ({"label": " "}, "label"),
    ],
)
async def test_what_is_said_of_a_bed_is_no_text(world: World, changes: dict[str, Any], field: str) -> None:
    async with world.api(MANAGER) as api:
        answer = await api.post("/beds", json=changes)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        told = await api.put(
            f"/beds/{await add_bed(world, f'8{len(str(changes))}{field[0]}')}",
            json={"label": "8Z", "in_use": False, "out_of_use_reason": "Fatmira u largua natën"},
            headers={"If-Match": '"1"'},
        )
        assert (told.json()["field"], told.json()["code"]) == ("out_of_use_reason", "field.unknown_choice")
