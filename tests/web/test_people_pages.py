"""Pages of people and organisations: what an administrator does with forms, and what is shown once."""

import re
from uuid import uuid4

import pytest

from tests.people import insider
from tests.web.test_signal_pages import hidden
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_person_is_added_and_the_password_shown_once(world: World) -> None:
    login = f"lule.{uuid4().hex[:8]}"
    org = str(await world.organisation("DEMO-AGIMI"))
    async with world.browser("demo.admin") as browser:
        page = (await browser.get("/people/new")).text
        token = {"csrf_token": hidden(page, "csrf_token")}
        typed = {"display_name": "Lule Prova", "login": login, "role": "shelter_staff", "org_id": org, "language": "sq"}
        wrong = await browser.post("/people/new", data={**typed, **token, "login": "Ë", "role": ""})
        assert wrong.status_code == 422
        assert 'value="Lule Prova"' in wrong.text
        assert 'href="#login"' in wrong.text
        made = await browser.post("/people/new", data={**typed, **token, "valid_from": "", "valid_to": ""})
        assert made.status_code == 200, made.text
        password = re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}", made.text)
        assert password is not None
        again = await browser.post("/people/new", data={**typed, **token})
        assert again.status_code == 422
        assert password.group() not in again.text
        link = re.search(r'href="(/people/[0-9a-f-]+)"', made.text)
        assert link is not None
        read = (await browser.get(link.group(1))).text
        assert password.group() not in read
        assert "Qendra Agimi" in read
        assert "pret fjalëkalimin e parë" in read
        found = await browser.get("/people", params={"search": "prova lule"})
        assert "Lule Prova" in found.text


async def test_the_page_of_a_person_suspends_gives_and_ends(world: World) -> None:
    who = await insider(world)
    async with world.browser("demo.admin") as browser:
        address = f"/people/{who.id}"

        async def press(act: str, **data: str) -> str:
            page = (await browser.get(address)).text
            fixed = {"csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version")}
            answer = await browser.post(f"{address}/{act}", data={**fixed, **data})
            assert answer.status_code in (200, 303), answer.text
            return answer.headers.get("location", "") or answer.text

        assert "done=person_suspended" in await press("suspend")
        assert "Llogaria është e pezulluar" in (await browser.get(address)).text
        assert "done=person_reactivated" in await press("reactivate")
        org = str(await world.organisation("DEMO-URA"))
        assert "done=role_given" in await press("roles", role="shelter_manager", org_id=org, valid_to="2099-12-31")
        page = (await browser.get(address)).text
        assert "31 dhjetor 2099" in page
        role = re.search(rf'action="{address}/roles/([0-9a-f-]+)/end"', page)
        assert role is not None
        assert "done=role_ended" in await press(f"roles/{role.group(1)}/end")
        assert "mbaroi" in (await browser.get(address)).text
        assert "done=person_saved" in await press("facts", display_name="Prova Tjetër", language="en")
        assert "Prova Tjetër" in (await browser.get("/people?search=tjeter")).text
        assert "done=sessions_ended" in await press("end-sessions")
        assert re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}", await press("reset-password"))
        assert re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}", await press("reset-second-factor"))
        stale = await browser.post(
            f"{address}/suspend", data={"csrf_token": hidden(page, "csrf_token"), "version": "1"}
        )
        assert stale.status_code == 412


async def test_ones_own_page_offers_nothing_that_opens_a_door(world: World) -> None:
    async with world.api("demo.admin") as api:
        own = (await api.get("/session")).json()["account_id"]
    async with world.browser("demo.admin") as browser:
        page = (await browser.get(f"/people/{own}")).text
    assert "Kjo është llogaria juaj" in page
    assert "/suspend" not in page
    assert "/roles" not in page


async def test_an_organisation_is_added_found_and_changed(world: World) -> None:
    async with world.browser("demo.admin") as browser:
        page = (await browser.get("/organisations/new")).text
        token = {"csrf_token": hidden(page, "csrf_token")}
        typed = {"name_sq": "Qendra Drita e Re", "name_en": "New Light Centre", "kind": "NGO", "county": "AL-01"}
        wrong = await browser.post("/organisations/new", data={**typed, **token, "kind": ""})
        assert (wrong.status_code, 'value="Qendra Drita e Re"' in wrong.text) == (422, True)
        made = await browser.post("/organisations/new", data={**typed, **token, "active": "true", "languages": ["sq"]})
        assert made.status_code == 303, made.text
        address = made.headers["location"].split("?")[0]
        page = (await browser.get(address)).text
        assert "E shtuar këtu" in page
        fixed = {"csrf_token": hidden(page, "csrf_token"), "version": hidden(page, "version")}
        changed = await browser.post(address, data={**typed, **fixed, "answers_referrals": "true"})
        assert changed.status_code == 303, changed.text
        listed = (await browser.get("/organisations", params={"search": "drita e re"})).text
        assert "Qendra Drita e Re" in listed
        assert "jo aktive" in listed, "a box that is not ticked is not sent, and means no"
        assert "merr referime" in listed
        assert (await browser.get("/organisations?search=zzz")).text.count("Nuk u gjet asnjë organizatë.") == 1


async def test_only_administrators_see_these_pages(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        for path in ("/people", "/people/new", "/organisations", "/organisations/new"):
            assert (await browser.get(path)).status_code == 403
