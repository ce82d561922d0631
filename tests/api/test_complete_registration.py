"""What registering left open is said later: the municipality and who noticed first, under the version of the case."""

import re

import pytest

from tests.stories import checked, etag_of, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEFT_OPEN = {"municipality": None, "detection_source": None}
SAID = {"municipality": "AL-06-02", "detection_source": "MOBILE_UNIT"}


async def missing(world: World, case_id: str) -> set[str]:
    async with world.api("demo.njl") as api:
        found = checked(await api.get(f"/cases/{case_id}/forms"))
        return {field for form in found["forms"] for field in form["missing"]}


async def test_it_is_said_later_and_the_county_follows(world: World) -> None:
    case = await register_case(world, **LEFT_OPEN)
    assert case["county"] is None
    assert "detection_source" in await missing(world, case["id"])
    async with world.api("demo.njl") as api:
        done = checked(await api.put(f"/cases/{case['id']}/registration", json=SAID, headers=etag_of(case)))
        assert done["county"] == "AL-06"
        assert done["version"] == case["version"] + 1
    assert "detection_source" not in await missing(world, case["id"])
    entry = (await world.audit_entries("case.complete"))[-1]
    assert entry["changed"] == ["detection_source", "municipality"]


async def test_refusals_leave_the_case_as_it_was(world: World) -> None:
    case = await register_case(world, **LEFT_OPEN)
    path = f"/cases/{case['id']}/registration"
    async with world.api("demo.njl") as api:
        assert (await api.put(path, json=SAID)).status_code == 428
        assert (await api.put(path, json=SAID, headers={"If-Match": '"7"'})).status_code == 412
        assert (await api.put(path, json=LEFT_OPEN, headers=etag_of(case))).status_code == 409
        wrong = await api.put(path, json={"municipality": "AL-99-99"}, headers=etag_of(case))
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "municipality")
        county = await api.put(path, json={"municipality": "AL-06"}, headers=etag_of(case))
        assert county.status_code == 422
    async with world.api("demo.polici") as api:
        assert (await api.put(path, json=SAID, headers=etag_of(case))).status_code == 404
    async with world.api("demo.ap") as api:
        assert (await api.put(path, json=SAID, headers=etag_of(case))).status_code == 403
    async with world.api("demo.njl") as api:
        assert checked(await api.get(f"/cases/{case['id']}"))["version"] == case["version"]


async def test_the_page_keeps_what_was_typed_and_leads_back_to_the_forms(world: World) -> None:
    case = await register_case(world, **LEFT_OPEN)
    path = f"/cases/{case['id']}/registration"
    async with world.browser("demo.njl") as browser:
        page = (await browser.get(path)).text
        hidden = {
            name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("csrf_token", "once", "version")
        }
        refused = await browser.post(path, data={**hidden, "version": "9", **SAID})
        assert refused.status_code == 412
        assert re.search(r'value="AL-06-02"[^>]* selected', refused.text)
        kept = await browser.post(path, data={**hidden, **SAID})
        assert kept.status_code == 303
        assert kept.headers["location"] == f"/cases/{case['id']}/forms?done=person_saved"
