"""Pages of registering: search, safety first, the person afterwards; saved at every step, nothing typed is lost."""

import re

import pytest

from tests.stories import PERSON, register_case
from tests.web.test_signal_pages import hidden
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAFETY = {
    "urgent.danger": "no",
    "urgent.needs": ["HEALTH"],
    "urgency": "URGENT",
    "first_contact_at": "2026-03-02T10:00",
}


async def test_the_case_is_saved_before_anybody_is_named_and_then_described(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        page = (await browser.get("/register")).text
        posted = {**SAFETY, "csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once")}
        saved = await browser.post("/register", data=posted)
        assert saved.status_code == 303, saved.text
        address = saved.headers["location"]
        assert "/person/edit?step=2" in address
        page = (await browser.get(address)).text
        described = {
            "csrf_token": hidden(page, "csrf_token"),
            "version": hidden(page, "version"),
            "identity.given_names": "Ana",
            "identity.sex": "FEMALE",
            "identity.birth_year": "1990",
            "identity.citizenships": ["AL", ""],
            "identity.contacts.0.kind": "phone",
            "identity.contacts.0.value": "069 1",
            "identity.contacts.0.safe": "no",
            "identity.documents.0.kind": "passport",
            "identity.documents.0.number": "",
            "languages": ["sq", "en"],
        }
        done = await browser.post(address, data=described)
        assert done.status_code == 303, done.text
        case_id = address.split("/")[2]
        shown = (await browser.get(f"/cases/{case_id}/person")).text
        assert "Ana" in shown and "069 1" in shown and "Jo i sigurt" in shown
    async with world.api("demo.njl") as api:
        case = (await api.get(f"/cases/{case_id}")).json()
        assert (case["sex"], case["is_child"], case["languages"]) == ("FEMALE", False, ["sq", "en"])


async def test_a_search_on_the_page_shows_ours_and_asks_for_others(world: World) -> None:
    made = await register_case(world, identity={**PERSON, "given_names": "Shpresa", "family_names": "Lleshi"})
    for login, wanted in (("demo.njl", made["id"]), ("demo.menaxhere", "pyetni NJL Berat")):
        async with world.browser(login) as browser:
            page = (await browser.get("/search")).text
            token = hidden(page, "csrf_token")
            found = await browser.post("/search", data={"text": "Shpresa Leshi", "csrf_token": token})
            assert found.status_code == 200
            assert wanted in found.text
            assert "Leshi" not in str(found.url)


async def test_a_wrong_age_keeps_the_typed_name(world: World) -> None:
    made = await register_case(world)
    async with world.browser("demo.njl") as browser:
        address = f"/cases/{made['id']}/person/edit"
        page = (await browser.get(address)).text
        token, version = hidden(page, "csrf_token"), hidden(page, "version")
        typed = {"identity.given_names": "Emër i ri", "identity.sex": "FEMALE", "identity.birth_year": "2090"}
        again = await browser.post(address, data={**typed, "csrf_token": token, "version": version})
        assert again.status_code == 422
        assert "Emër i ri" in again.text
        assert re.search(r'id="identity-birth_year-error"', again.text)


async def test_the_authority_may_not_open_the_identity(world: World) -> None:
    made = await register_case(world)
    async with world.browser("demo.ap") as browser:
        answer = await browser.get(f"/cases/{made['id']}/person")
        assert answer.status_code == 403
        assert "Hoxhaj" not in answer.text
