"""Pages of the procedures' forms: what is missing leads to where it is filled in; paper asks what for."""

import re

import pytest

from app.domain.policy import Role
from tests.stories import give_consent, register_case, send_referral, share_with_shelter, start_identification
from tests.world import World, role_login

pytestmark = pytest.mark.asyncio(loop_scope="module")


def csrf_of(page: str) -> str:
    """Return the CSRF token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


async def test_the_case_page_says_how_far_each_form_is_and_leads_on(world: World) -> None:
    case = await register_case(world)
    async with world.browser("demo.njl") as browser:
        page = (await browser.get(f"/cases/{case['id']}")).text
        assert "F2 Formular i identifikimit fillestar" in page
        assert f"/cases/{case['id']}/forms#F2" in page
        page = (await browser.get(f"/cases/{case['id']}/forms")).text
        assert "fusha të detyrueshme" in page
        assert f'href="/cases/{case["id"]}/identification"' in page
        assert f'href="/cases/{case["id"]}/forms/F2"' in page
        # forms that are filled outside the program can be printed blank
        assert 'href="/forms/F4.pdf?language=sq"' in page
        assert "F9" in page and "/forms/F9.pdf" not in page


async def test_a_locked_part_says_who_fills_it_in_and_leads_nowhere(world: World) -> None:
    case = await register_case(world)
    await start_identification(world, case)
    await share_with_shelter(world, case["id"], classes="milestones")
    async with world.browser("demo.agimi") as browser:
        page = (await browser.get(f"/cases/{case['id']}/forms")).text
        assert "nuk është e hapur për ju" in page
        assert f'href="/cases/{case["id"]}/identification"' not in page
        assert f'href="/cases/{case["id"]}/forms/F2"' not in page


async def test_the_work_list_narrows_to_a_form_and_says_when_there_is_nothing(world: World) -> None:
    case = await register_case(world)
    async with world.browser("demo.njl") as browser:
        page = (await browser.get("/forms?form=F2")).text
        assert f"/cases/{case['id']}/forms#F2" in page
        page = (await browser.get("/forms?form=F8&state=closed&language=en")).text
        assert "Nothing is missing" in page
        assert "/forms" in (await browser.get("/cases")).text
    async with world.browser("demo.polici") as browser:
        assert case["code"].rsplit("-", 1)[-1] not in (await browser.get("/forms")).text


async def test_the_figure_names_every_organisation_to_the_authority_alone(world: World) -> None:
    await register_case(world)
    async with world.browser("demo.njl") as browser:
        own = (await browser.get("/forms/completeness?language=en")).text
        assert "Your organisation" in own and "%" in own
    async with world.browser(role_login(Role.RESPONSIBLE_AUTHORITY)) as browser:
        nation = (await browser.get("/forms/completeness?language=en")).text
        assert "Every organisation" in nation


async def test_printing_asks_what_for_and_goes_on_to_the_paper(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    await send_referral(world, case)
    path = f"/cases/{case['id']}/forms/F1"
    async with world.browser("demo.njl") as browser:
        token = csrf_of((await browser.get(path)).text)
        refused = await browser.post(path, data={"csrf_token": token, "language": "sq"})
        assert refused.status_code == 422
        assert "error" in refused.text
        chosen = await browser.post(path, data={"csrf_token": token, "purpose": "for_person", "language": "en"})
        assert chosen.status_code == 303
        assert chosen.headers["location"] == f"{path}.pdf?purpose=for_person&language=en"
        paper = await browser.get(chosen.headers["location"])
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.headers["content-disposition"] == 'inline; filename="F1.pdf"'
        assert (await browser.get(f"/cases/{case['id']}/forms/F8")).status_code == 404
    done = [entry for entry in await world.audit_entries("form.print") if entry["outcome"] == "done"]
    assert [entry["purpose"] for entry in done] == ["for_person"]


async def test_a_form_with_nothing_in_it_offers_the_blank_one(world: World) -> None:
    case = await register_case(world)
    async with world.browser("demo.njl") as browser:
        page = (await browser.get(f"/cases/{case['id']}/forms/F1")).text
        assert "/forms/F1.pdf" in page
        assert 'action="/cases/' not in page


async def test_blank_forms_are_one_page_away_from_help(world: World) -> None:
    async with world.browser(role_login(Role.AUDITOR)) as browser:
        assert "/forms/blank" in (await browser.get("/help/glossary")).text
        page = (await browser.get("/forms/blank")).text
        assert "/forms/F1.pdf?language=sq" in page
        assert "language=sr" not in page
        assert (await browser.get("/forms/F1.pdf")).content.startswith(b"%PDF")
    async with world.browser() as browser:
        assert "/forms/blank" not in (await browser.get("/help/glossary")).text
        assert (await browser.get("/forms/F1.pdf")).status_code == 303
