"""Pages of a shelter: presence, services for a group, beds, one stay, the month sheet; names only for the team."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from tests.stories import PERSON, add_bed, checked, register_case, share_with_shelter
from tests.web.test_signal_pages import hidden
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()


async def admitted(world: World, name: str, bed: str) -> tuple[str, str]:
    """Admit somebody to Agimi; returns (case id, placement id)."""
    case_id = (await register_case(world, identity={**PERSON, "given_names": name}))["id"]
    await share_with_shelter(world, case_id, classes="milestones,identity,casework")
    bed_id = await add_bed(world, bed)
    async with world.api("demo.agimi") as api:
        held = checked(await api.post("/placements", json={"case_id": case_id, "bed_id": bed_id, "starts_on": TODAY}))
        step = {"act": "admit"}
        checked(await api.post(f"/placements/{held['id']}/steps", json=step, headers={"If-Match": '"1"'}))
    return case_id, held["id"]


async def test_the_day_shows_names_to_the_team_and_records_for_a_group(world: World) -> None:
    first, stay = await admitted(world, "Arta", "1A")
    second, _ = await admitted(world, "Besiana", "1B")
    async with world.browser("demo.agimi") as browser:
        page = await browser.get("/shelter")
        assert page.status_code == 200, page.text
        assert "Arta" in page.text and "Besiana" in page.text
        assert "Arta" not in (await browser.get("/shelter?names=0")).text
        form = {"csrf_token": hidden(page.text, "csrf_token"), "service_type": "FOOD", "delivered_on": TODAY}
        nobody = await browser.post("/shelter/services", data=form)
        assert nobody.status_code == 422
        assert "Zgjidhni të paktën një person." in nobody.text
        saved = await browser.post("/shelter/services", data={**form, "case_ids": [first, second], "quantity": "1"})
        assert saved.status_code == 303, saved.text
        listed = await browser.get(f"/cases/{second}/services")
        assert "Ushqim" in listed.text
        away = {f"presence.{stay}": "out", f"version.{stay}": "2", "csrf_token": form["csrf_token"]}
        assert (await browser.post("/shelter/presence", data=away)).status_code == 303
        assert "Jashtë, shtrati mbahet" in (await browser.get(f"/placements/{stay}")).text
        month = await browser.get("/shelter/month")
        assert "Ushqim" in month.text
        sheet = await browser.get("/shelter/month.csv")
        assert sheet.headers["content-type"].startswith("text/csv")
        assert "Ushqim" in sheet.text
    looks = [e for e in await world.audit_entries("person.read") if e["purpose"] == "shelter_day"]
    assert looks
    assert first in [str(i) for i in looks[-1]["case_ids"]]  # type: ignore[attr-defined]


async def test_a_bed_is_reserved_on_the_page_and_the_stay_ends_there(world: World) -> None:
    case_id = (await register_case(world))["id"]
    await share_with_shelter(world, case_id)
    bed_id = await add_bed(world, "9Z")
    async with world.browser("demo.agimi.drejtuese") as browser:
        page = (await browser.get(f"/shelter/reserve?case={case_id}")).text
        form = {"csrf_token": hidden(page, "csrf_token"), "bed_id": bed_id, "starts_on": TODAY, "hours": "24"}
        held = await browser.post(f"/shelter/reserve?case={case_id}", data=form)
        assert held.status_code == 303, held.text
        address = held.headers["location"].split("?")[0]
        page = (await browser.get(address)).text
        posted = {"csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version"), "act": "admit"}
        assert (await browser.post(f"{address}/steps", data=posted)).status_code == 303
        page = (await browser.get(address)).text
        posted = {"csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version"), "reason": ""}
        missing = await browser.post(f"{address}/discharge", data=posted)
        assert missing.status_code == 422
        done = await browser.post(f"{address}/discharge", data={**posted, "reason": "own_choice"})
        assert done.status_code == 303
        assert "Doli" in (await browser.get(address)).text
        beds = await browser.get("/shelter/beds")
        assert "9Z" in beds.text


async def test_a_mobile_unit_does_not_enter_the_shelter(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        assert (await browser.get("/shelter")).status_code == 403


async def test_the_stay_leads_to_its_case_only_while_the_case_may_be_read(world: World) -> None:
    case_id, stay = await admitted(world, "Zana", "7C")
    way = f'href="/cases/{case_id}"'
    async with world.browser("demo.agimi") as browser:
        page = (await browser.get(f"/placements/{stay}")).text
        assert way in page and "Hap rastin" in page
        async with world.superuser() as connection:
            ended = "update casework.case_grant set valid_to = now() where case_id = :case and basis = 'referral'"
            await connection.execute(text(ended), {"case": case_id})
        assert (await browser.get(f"/cases/{case_id}")).status_code == 404
        after = await browser.get(f"/placements/{stay}")
        assert after.status_code == 200
        assert way not in after.text and "Hap rastin" not in after.text
