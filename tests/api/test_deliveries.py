"""Services delivered: one or a group in one act, refusals with a reason, corrections as new records, month sheet."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from tests.stories import checked, register_case, share_with_shelter
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = "2026-03-10"


async def guests(world: World, number: int) -> list[str]:
    """Register some persons whom the shelter sees."""
    made = [str((await register_case(world))["id"]) for _ in range(number)]
    for case_id in made:
        await share_with_shelter(world, case_id, classes="milestones,identity,casework,health")
    return made


def service(cases: list[str], **changes: Any) -> dict[str, Any]:
    """Return a record of life skills for a group."""
    return {"case_ids": cases, "service_type": "FOOD", "delivered_on": DAY, **changes}


async def test_a_group_gets_a_service_in_one_act(world: World) -> None:
    cases = await guests(world, 3)
    async with world.api("demo.agimi") as api:
        made = checked(await api.post("/services", json=service(cases, note="Darkë bashkë", id=str(uuid7()))))
        assert len(made["ids"]) == 3
        listed = checked(await api.get(f"/cases/{cases[0]}/services"))["items"]
        assert (listed[0]["unit"], listed[0]["phase"], listed[0]["note"]) == ("ITEM", "INITIAL", "Darkë bashkë")
    async with world.superuser() as connection:
        kinds = await connection.execute(
            text("select kind from casework.case_event where case_id = :c order by recorded_at"), {"c": cases[0]}
        )
        assert {"FIRST_SERVICE_DELIVERED", "SERVICE_DELIVERED"} <= {row[0] for row in kinds}
        stage = await connection.execute(text("select stage from casework.case_file where id = :c"), {"c": cases[0]})
        assert stage.scalar() == "IN_ASSISTANCE"


async def test_one_wrong_person_and_nobody_is_recorded(world: World) -> None:
    [case_id] = await guests(world, 1)
    async with world.api("demo.agimi") as api:
        answer = await api.post("/services", json=service([case_id, str(uuid7())]))
        assert (answer.status_code, answer.json()["code"]) == (404, "case.unknown")
        assert checked(await api.get(f"/cases/{case_id}/services"))["items"] == []


async def test_repeating_records_once(world: World) -> None:
    cases = await guests(world, 1)
    body = service(cases, id=str(uuid7()))
    async with world.api("demo.agimi") as api:
        first, second = [checked(await api.post("/services", json=body)) for _ in range(2)]
        assert first == second
        assert len(checked(await api.get(f"/cases/{cases[0]}/services"))["items"]) == 1


async def test_a_refusal_keeps_its_reason_and_a_correction_replaces(world: World) -> None:
    [case_id] = await guests(world, 1)
    async with world.api("demo.agimi") as api:
        missing = await api.post("/services", json=service([case_id], outcome="refused"))
        assert missing.json()["field"] == "refusal_reason"
        [made] = checked(await api.post("/services", json=service([case_id], quantity="2")))["ids"]
        fixed = {"quantity": "3", "correction_reason": "wrong_quantity"}
        checked(await api.post(f"/services/{made}/correction", json=fixed))
        again = await api.post(f"/services/{made}/correction", json=fixed)
        assert (again.status_code, again.json()["code"]) == (409, "delivery.already_corrected")
        [item] = checked(await api.get(f"/cases/{case_id}/services"))["items"]
        assert item["quantity"] == "3.00"
        taken_back = {"void": True, "correction_reason": "entered_twice"}
        checked(await api.post(f"/services/{item['id']}/correction", json=taken_back))
        assert checked(await api.get(f"/cases/{case_id}/services"))["items"] == []


async def test_a_correction_loses_nothing_of_the_record(world: World) -> None:
    [case_id] = await guests(world, 1)
    given = service([case_id], service_type="TRANSPORT", note="Te gjykata.", setting="COMMUNITY", phase="INITIAL")
    async with world.api("demo.agimi") as api:
        [made] = checked(await api.post("/services", json=given))["ids"]
        [before] = checked(await api.get(f"/cases/{case_id}/services"))["items"]
        early = {"delivered_on": "2026-02-01", "correction_reason": "wrong_day"}
        refused = await api.post(f"/services/{made}/correction", json=early)
        assert (refused.status_code, refused.json()["code"]) == (422, "delivery.before_case")
        fixed = {"quantity": "4", "correction_reason": "wrong_quantity"}
        checked(await api.post(f"/services/{made}/correction", json=fixed))
        [after] = checked(await api.get(f"/cases/{case_id}/services"))["items"]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"id", "quantity", "recorded_at"}
    assert after["note"] == "Te gjykata."


async def test_health_services_are_health_data(world: World) -> None:
    made = str((await register_case(world))["id"])
    await share_with_shelter(world, made, classes="milestones,identity,health")
    async with world.api("demo.agimi") as api:
        checked(await api.post("/services", json=service([made], service_type="PSYCHOLOGICAL")))
        [item] = checked(await api.get(f"/cases/{made}/services"))["items"]
        assert item["data_class"] == "health"


async def test_the_month_sheet_counts_what_stands(world: World) -> None:
    cases = await guests(world, 2)
    async with world.api("demo.agimi") as api:
        for day in ("2026-04-02", "2026-04-02", "2026-04-05"):
            checked(await api.post("/services", json=service(cases, service_type="TRANSPORT", delivered_on=day)))
        sheet = checked(await api.get("/services/month?first_day=2026-04-01"))
        [row] = [row for row in sheet if row["service_type"] == "TRANSPORT"]
        assert row["deliveries"] == 6
        assert {day: float(n) for day, n in row["days"].items()} == {"2": 4.0, "5": 2.0}
    async with world.api("demo.ura.drejtuese") as api:
        assert checked(await api.get("/services/month?first_day=2026-04-01")) == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"service_type": "NO"}, "service_type", "field.unknown_code"),
        ({"delivered_on": (date(2999, 1, 1)).isoformat()}, "delivered_on", "field.in_future"),
        ({"delivered_on": (date(2026, 3, 2) - timedelta(days=9)).isoformat()}, "delivered_on", "delivery.before_case"),
        ({"quantity": "-1"}, "quantity", "field.too_small"),
        ({"refusal_reason": "NOT_NOW"}, "refusal_reason", "delivery.reason_without_refusal"),
        ({"service_type": "SCHOLARSHIP", "setting": "CENTRE"}, "setting", "delivery.setting_not_offered"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    cases = await guests(world, 1)
    async with world.api("demo.agimi") as api:
        answer = await api.post("/services", json=service(cases, **change))
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code)
