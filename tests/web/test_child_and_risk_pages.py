"""The pages of a child and of risk: what is there, what is missing, and forms that keep what was typed."""

import re
from typing import Any

import httpx
import pytest

from app.web.routing import csrf_token
from tests.api.test_children import BEST, GUARDIAN, a_child
from tests.api.test_risks import in_kosovo, named, rate, rated
from tests.stories import PERSON, checked, draft_referral, person_of, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def page(browser: httpx.AsyncClient, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text[:600]
    return answer.text


async def post(world: World, login: str, path: str, data: dict[str, Any]) -> httpx.Response:
    async with world.browser(login) as browser:
        token = csrf_token(await world.token(login))
        return await browser.post(path, data={"csrf_token": token, **data})


async def test_the_page_of_a_child_says_what_is_missing_and_fills_up(world: World) -> None:
    case = await a_child(world)
    here = f"/cases/{case['id']}/child"
    async with world.browser("demo.njl") as browser:
        empty = await page(browser, here)
        for words in ("Ende mungon", "Asnjë kujdestar.", "Askush nuk është caktuar."):
            assert words in empty
        front = await page(browser, f"/cases/{case['id']}")
        assert f'href="{here}"' in front
        assert "ende askush" in front
    typed = {**GUARDIAN, "appointed_at": "2026-03-06T12:00"}
    refused = await post(world, "demo.njl", f"{here}/guardian", {**typed, "suspected": "true"})
    assert refused.status_code == 422
    assert "Kërkoni një kujdestar tjetër" in refused.text
    assert 'value="Luan Kujdestari"' in refused.text, "what was typed stays"
    assert (await post(world, "demo.njl", f"{here}/guardian", typed)).status_code == 303
    best = {**BEST, "assessed_at": "2026-03-03T09:00"}
    assert (await post(world, "demo.njl", f"{here}/best-interest", best)).status_code == 303
    there = {"observed_at": "2026-03-02T12:00", "status": "SEPARATED_CHILD"}
    assert (await post(world, "demo.njl", f"{here}/separation", there)).status_code == 303
    worker, unit = await person_of(world, "demo.njmf")
    async with world.browser("demo.njl") as browser:
        choose = await page(browser, f"{here}/worker?unit_id={unit}")
        assert "Entela Demo" in choose
    given = {"worker_org_id": unit, "worker_account_id": worker, "since": "2026-03-02T12:00"}
    assert (await post(world, "demo.njl", f"{here}/worker", given)).status_code == 303
    agency = {"agency_org_id": str(await world.organisation("DEMO-FEMIJET"))}
    assert (await post(world, "demo.njl", f"{here}/monitor", agency)).status_code == 303
    visit = {"visited_at": "2026-04-10T11:00", "child_seen": "alone", "findings": "NO_SCHOOL"}
    assert (await post(world, "demo.femijet", f"/cases/{case['id']}/monitoring", visit)).status_code == 303
    async with world.browser("demo.njl") as browser:
        full = await page(browser, here)
        for words in ("Luan Kujdestari", "Dua të rri me motrën.", "NJMF Berat", "Jashtë shkollës", "Asnjë"):
            assert (words in full) is (words != "Asnjë" or "Asnjë vlerësim i moshës" in full), words
        assert "NJMF Berat" in await page(browser, f"/cases/{case['id']}")
        consent = await page(browser, f"/cases/{case['id']}/consents/new?purpose=SERVICES")
        assert 'value="Luan Kujdestari"' in consent, "the standing guardian is offered"
        guardian_end = re.search(r"/child/guardians/[0-9a-f-]+/end", full)
        worker_end = re.search(r"/child/workers/[0-9a-f-]+/end", full)
        assert guardian_end and worker_end
        version = re.search(r'name="version" value="(\d+)"', await page(browser, f"/cases/{case['id']}{worker_end[0]}"))
        assert version
    ended = {"version": version[1], "reason": "other"}
    assert (
        (await post(world, "demo.njmf", f"/cases/{case['id']}{worker_end[0]}", ended))
        .headers["location"]
        .startswith("/cases?")
    )
    ended = {"version": "1", "ended_at": "2026-05-01T10:00", "reason": "SUSPECTED"}
    assert (await post(world, "demo.njl", f"/cases/{case['id']}{guardian_end[0]}", ended)).status_code == 303


async def test_the_agency_finds_its_form_and_nothing_of_the_child(world: World) -> None:
    case = await a_child(world)
    async with world.api("demo.njl") as api:
        agency = str(await world.organisation("DEMO-FEMIJET"))
        await api.post(f"/cases/{case['id']}/child/monitors", json={"agency_org_id": agency})
    async with world.browser("demo.femijet") as browser:
        front = await page(browser, f"/cases/{case['id']}")
        assert f"/cases/{case['id']}/monitoring" in front
        assert f'href="/cases/{case["id"]}/child"' not in front
        assert "Shëno një vizitë" in await page(browser, f"/cases/{case['id']}/monitoring")
        assert (await browser.get(f"/cases/{case['id']}/child")).status_code == 403


async def test_the_agency_stands_among_who_sees_the_case_and_its_access_is_ended_there(world: World) -> None:
    case = await a_child(world)
    async with world.api("demo.njl") as api:
        agency = str(await world.organisation("DEMO-FEMIJET"))
        await api.post(f"/cases/{case['id']}/child/monitors", json={"agency_org_id": agency})
        worker, unit = await person_of(world, "demo.njmf")
        given = {"worker_org_id": unit, "worker_account_id": worker, "since": "2026-03-02T12:00:00+01:00"}
        await api.post(f"/cases/{case['id']}/child/workers", json=given)
    async with world.browser("demo.njl") as browser:
        shown = await page(browser, f"/cases/{case['id']}/access")
    assert "monitorimi i të drejtave të fëmijës" in shown
    assert "punonjësi i mbrojtjes së fëmijëve" in shown
    [ending] = set(re.findall(r'action="(/cases/[^"]+/access/[^"]+/end)"', shown))
    assert (await post(world, "demo.njl", ending, {})).status_code == 303
    async with world.browser("demo.femijet") as browser:
        assert (await browser.get(f"/cases/{case['id']}")).status_code == 404


async def test_an_age_is_assessed_on_a_page_also_for_an_adult(world: World) -> None:
    case = await register_case(world)
    typed = {
        "assessed_at": "2026-03-04T10:00", "basis": "APPEARANCE", "result": "in_doubt", "years_from": "16",
        "years_to": "20", "benefit_of_doubt": "true",
    }  # fmt: skip
    assert (await post(world, "demo.njl", f"/cases/{case['id']}/child/age", typed)).status_code == 303
    async with world.browser("demo.njl") as browser:
        assert "Mosha është në dyshim" in await page(browser, f"/cases/{case['id']}/child")


async def test_the_form_of_risk_follows_the_scale_of_the_profile(world: World) -> None:
    case = await register_case(world)
    async with world.browser("demo.njl") as browser:
        form = await page(browser, f"/cases/{case['id']}/risk/new")
        assert '<input type="hidden" name="level" value="NOT_RATED">' in form
        assert "seat" not in form
        assert "nuk ka shkallë rreziku" in await page(browser, f"/cases/{case['id']}/risk")
    typed = {"assessed_at": "2026-03-03T10:00", "purpose": "PERIODIC", "level": "NOT_RATED", "immediate_danger": "true"}
    assert (await post(world, "demo.njl", f"/cases/{case['id']}/risk/new", typed)).status_code == 303
    async with world.browser("demo.njl") as browser:
        assert "Mos prisni asnjë konfirmim" in await page(browser, f"/cases/{case['id']}/risk")
        assert "Rrezik i menjëhershëm" in await page(browser, f"/cases/{case['id']}")


async def test_a_level_is_rated_on_pages_each_for_themself(world: World) -> None:
    case = await in_kosovo(world)
    new = f"/cases/{case['id']}/risk/new"
    async with world.browser("demo.xk.qps") as browser:
        form = await page(browser, new)
        assert len(re.findall(r'<select class="govuk-select"[^>]*name="seat"', form)) == 2
    typed: dict[str, Any] = {
        "assessed_at": "2026-03-03T10:00", "purpose": "PERIODIC", "level": "HIGH", "domains": "PROCEEDINGS",
    }  # fmt: skip
    refused = await post(world, "demo.xk.qps", new, typed)
    assert refused.status_code == 422
    assert 'id="assessors"' in refused.text
    people = await named(world, "demo.xk.hetues", "demo.xk.avokate")
    typed["seat"] = [f"{one['org_id']}:{one['account_id']}" for one in people]
    assert (await post(world, "demo.xk.qps", new, typed)).status_code == 303
    for login in ("demo.xk.hetues", "demo.xk.avokate"):
        async with world.browser(login) as browser:
            shown = await page(browser, f"/cases/{case['id']}/risk")
        confirm = re.search(r'action="([^"]+/confirm)"', shown)
        assert confirm and "Pritet fjala juaj" in shown
        assert (await post(world, login, confirm[1], {})).status_code == 303
    async with world.browser("demo.xk.qps") as browser:
        shown = await page(browser, f"/cases/{case['id']}/risk")
        assert "Niveli që vlen: I lartë" in shown
        assert "XK-R01" in shown
        assert "për t’u konfirmuar" in shown


async def test_an_objection_is_said_on_the_page(world: World) -> None:
    case = await in_kosovo(world)
    made = await rate(world, case, "LOW", "demo.xk.hetues", "demo.xk.avokate")
    path = f"/cases/{case['id']}/risk/{made['id']}/object"
    empty = await post(world, "demo.xk.hetues", path, {"reason": ""})
    assert empty.status_code == 422
    assert (await post(world, "demo.xk.hetues", path, {"reason": "Trafikanti u lirua."})).status_code == 303
    async with world.browser("demo.xk.qps") as browser:
        assert "nuk u pajtua: Trafikanti u lirua." in await page(browser, f"/cases/{case['id']}/risk")


async def test_the_step_of_the_provider_explains_the_rules_and_takes_a_reason(world: World) -> None:
    case = await rated(world, "HIGH")
    body = {"needs": ["ACCOMMODATION"], "urgency": "URGENT"}
    async with world.api("demo.xk.qps") as api:
        draft = checked(await api.post(f"/cases/{case['id']}/referrals", json=body))
    path = f"/referrals/{draft['id']}/receiver"
    async with world.browser("demo.xk.qps") as browser:
        shown = await page(browser, path)
        assert "Nuk ndjek rregullin XK-R01" in shown
        assert 'name="deviation_reason"' in shown
    given = {"version": "1", "receiver_org_id": str(await world.organisation("DEMO-PRANVERA", "XK"))}
    refused = await post(world, "demo.xk.qps", path, given)
    assert refused.status_code == 422
    assert "Mund të vazhdoni: shkruani pse." in refused.text
    assert (
        await post(world, "demo.xk.qps", path, {**given, "deviation_reason": "Fëmijët janë atje."})
    ).status_code == 303
    again = {"version": "2", "needs": "ACCOMMODATION", "urgency": "URGENT", "safety": "unknown"}
    again |= {"purpose": "INITIAL_ASSISTANCE"}
    changed = await post(world, "demo.xk.qps", f"/referrals/{draft['id']}/need", again)
    assert changed.status_code == 303, "the reason given stays when the need is changed"


async def test_a_referral_without_a_rule_asks_for_no_reason(world: World) -> None:
    case = await register_case(world, identity=PERSON)
    draft = await draft_referral(world, case)
    async with world.browser("demo.njl") as browser:
        assert 'name="deviation_reason"' not in await page(browser, f"/referrals/{draft['id']}/receiver")
