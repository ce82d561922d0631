"""Pages of a case: no name outside its page, two tracks, locks with the way in, and what is typed stays."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.stories import (
    CHILD,
    PERSON,
    close_case,
    decide_identification,
    hand_over,
    person_of,
    record_milestone,
    register_case,
    start_identification,
)
from tests.web.test_signal_pages import hidden
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = (PERSON["given_names"], PERSON["family_names"])


async def page(browser: httpx.AsyncClient, path: str) -> str:
    found = await browser.get(path)
    assert found.status_code == 200, f"{path}: {found.status_code}"
    return found.text


async def post(browser: httpx.AsyncClient, path: str, data: dict[str, Any], shown: str | None = None) -> httpx.Response:
    """Post a form as its page makes it: token, once, version."""
    form = await page(browser, shown or path)
    kept = {name: hidden(form, name) for name in ("csrf_token", "once", "version") if f'name="{name}"' in form}
    return await browser.post(path, data={**kept, **data})


async def potential_victim(world: World, **changes: Any) -> dict[str, Any]:
    case = await register_case(world, **changes)
    begun = await start_identification(world, case)
    await decide_identification(world, begun, override_reason="E tregoi vetë.")
    return case


async def test_the_list_shows_codes_and_traits_but_no_name(world: World) -> None:
    case = await register_case(world)
    async with world.browser("demo.njl") as browser:
        listed = await page(browser, "/cases")
        assert case["code"] in listed
        assert "Grua, 25–29 vjeç · shqip" in listed
        assert all(name not in listed for name in NAMES)
        found = await page(browser, f"/cases?code={case['code'].lower()}&state=open&mine=1")
        assert found.count('class="besa-task__title"') == 1
        assert "Asnjë rast nuk i plotëson" in await page(browser, "/cases?code=AL-26-XXXXXX")
        assert case["id"] not in await page(browser, f"/cases?code={case['code']}&state=closed")


async def test_the_list_is_paged_by_key(world: World) -> None:
    made = [await register_case(world) for _ in range(27)]
    async with world.browser("demo.njl") as browser:
        first = await page(browser, "/cases")
        following = re.search(r'href="(/cases\?[^"]*after=[^"]+)" rel="next"', first)
        assert following is not None
        second = await page(browser, following.group(1).replace("&amp;", "&"))
    codes = [re.findall(r"AL-26-\w{6}", shown) for shown in (first, second)]
    assert len(set(codes[0])) == 25 and not set(codes[0]) & set(codes[1])
    assert made[0]["code"] in codes[0] + codes[1]


async def test_a_case_on_one_page(world: World) -> None:
    case = await potential_victim(world)
    async with world.browser("demo.njl") as browser:
        shown = await page(browser, f"/cases/{case['id']}")
    assert "Viktimë e mundshme trafikimi (VMT)" in shown
    assert "Nuk është kërkuar. Personi mund ta kërkojë kur të dojë" in shown
    assert "Kontakti i parë me personin" in shown
    assert "Njofto Autoritetin Përgjegjës" in shown and "për t’u konfirmuar" in shown
    assert f'href="/cases/{case["id"]}/person"' in shown and "Shfaq emrin" in shown
    assert all(name not in shown for name in NAMES)
    for label in ("Regjistro shërbim", "Referim", "Shënim"):
        assert label in shown
    assert shown.index("besa-day--today") < shown.index("Kontakti i parë me personin")


async def test_the_page_offers_only_what_the_role_can_do(world: World) -> None:
    case = await potential_victim(world)
    async with world.browser("demo.ap") as browser:
        shown = await page(browser, f"/cases/{case['id']}")
        assert f"/cases/{case['id']}/reveal" in shown and "Hap identitetin" in shown
        for path in ("services", "notes", "consents", "close", "hand-over", "identification"):
            assert f'/cases/{case["id"]}/{path}"' not in shown
    async with world.browser("demo.menaxhere") as browser:
        assert (await browser.get(f"/cases/{case['id']}")).status_code == 404


async def test_every_link_of_the_page_opens_for_who_sees_it(world: World) -> None:
    case = await potential_victim(world, identity=CHILD)
    for login in ("demo.njl", "demo.ap"):
        async with world.browser(login) as browser:
            shown = await page(browser, f"/cases/{case['id']}")
            links = set(re.findall(rf'href="(/cases/{case["id"]}/[^"#]+)"', shown))
            assert len(links) >= 5
            for link in links:
                answer = await browser.get(link.replace("&amp;", "&"), follow_redirects=True)
                assert answer.status_code == 200, f"{login} {link}: {answer.status_code}"


async def test_a_milestone_is_recorded_on_its_page(world: World) -> None:
    case = await potential_victim(world, identity=CHILD)
    path = f"/cases/{case['id']}/milestones"
    async with world.browser("demo.njl") as browser:
        form = await page(browser, f"{path}?code=CHILD_PROTECTION_NOTIFIED")
        assert re.search(r'<option value="CHILD_PROTECTION_NOTIFIED" selected>', form)
        assert '<optgroup label="Pritet">' in form
        typed = {"code": "CHILD_PROTECTION_NOTIFIED", "occurred_at": "2999-01-01T10:00", "note": "Folëm me njësinë."}
        wrong = await post(browser, path, typed)
        assert wrong.status_code == 422
        assert "Folëm me njësinë." in wrong.text and 'href="#occurred_at"' in wrong.text
        done = await post(browser, path, {**typed, "occurred_at": "2026-03-02T15:00"})
        assert done.headers["location"] == f"/cases/{case['id']}?done=milestone_recorded"
        shown = await page(browser, done.headers["location"])
        assert "Hapi u shënua." in shown and "U njoftua njësia e mbrojtjes së fëmijëve" in shown


async def test_a_case_is_passed_on_in_two_steps(world: World) -> None:
    case = await register_case(world)
    account_id, org_id = await person_of(world, "demo.menaxhere")
    path = f"/cases/{case['id']}/hand-over"
    async with world.browser("demo.njl") as browser:
        assert "Te cili institucion?" in await page(browser, path)
        step = await page(browser, f"{path}?to={org_id}")
        assert "Teuta Demo" in step and "Menaxher rasti" in step
        typed = {"to_org_id": org_id, "to_account_id": account_id, "reason": ""}
        wrong = await post(browser, path, typed, f"{path}?to={org_id}")
        assert wrong.status_code == 422 and "Teuta Demo" in wrong.text
        done = await post(browser, path, {**typed, "reason": "Vazhdon te bashkia."}, f"{path}?to={org_id}")
        assert done.status_code == 303
        shown = await page(browser, f"/cases/{case['id']}")
        assert "Teuta Demo, Shërbimi social i bashkisë, Berat" in shown
        assert "Rasti kaloi te Shërbimi social i bashkisë, Berat" in shown
        assert "Kalo rastin" not in shown
        assert "Vazhdon te bashkia." not in await page(browser, f"/cases/{case['id']}/access")
    async with world.browser("demo.menaxhere") as browser:
        assert "Vazhdon te bashkia." in await page(browser, f"/cases/{case['id']}/access")


async def test_a_closure_refused_keeps_what_was_typed_and_a_stale_one_says_what_changed(world: World) -> None:
    case = await register_case(world)
    path = f"/cases/{case['id']}/close"
    typed = {
        "reason": "OTHER",
        "closed_at": "2026-06-01T12:00",
        "assistance_outcome": "ASSISTED_COMMUNITY",
        "goes_to": "Askush tjetër",
    }
    async with world.browser("demo.njl") as browser:
        wrong = await post(browser, path, typed)
        assert wrong.status_code == 422
        assert "Askush tjetër" in wrong.text and "Shkruani arsyen e mbylljes me fjalët tuaja." in wrong.text
        stale = await post(browser, path, {**typed, "text": "U largua.", "version": "7"})
        assert stale.status_code == 412 and "U largua." in stale.text
        done = await post(browser, path, {**typed, "text": "U largua."})
        shown = await page(browser, done.headers["location"])
        assert "Rasti u mbyll." in shown and "I mbyllur më 1 qershor 2026" in shown
        assert "U largua." in shown and "E asistuar në komunitet" in shown
        again = await post(browser, f"/cases/{case['id']}/reopen", {"reason": "U kthye."})
        assert "Rasti u rihap." in await page(browser, again.headers["location"])


async def test_a_closed_case_offers_to_be_opened_again(world: World) -> None:
    case = await register_case(world)
    await close_case(world, case, text="Shkoi te e motra.")
    async with world.browser("demo.ap") as browser:
        assert "Shkoi te e motra." not in await page(browser, f"/cases/{case['id']}")
    async with world.browser("demo.njl") as browser:
        shown = await page(browser, f"/cases/{case['id']}")
        assert f'href="/cases/{case["id"]}/reopen"' in shown
        assert "Regjistro shërbim" not in shown and f'/cases/{case["id"]}/close"' not in shown


async def test_access_is_asked_for_and_given_on_pages(world: World) -> None:
    case = await register_case(world)
    await hand_over(world, case, keep_working=False)
    here = f"/cases/{case['id']}"
    async with world.browser("demo.njl") as browser:
        shown = await page(browser, here)
        assert f"{here}/access/request?about=health" in shown and "Kërko akses" in shown
        ask = await page(browser, f"{here}/access/request?about=health")
        assert re.search(r'value="health" checked', ask) and 'value="legal"' not in ask
        sent = await post(browser, f"{here}/access/request", {"data_classes": ["health"], "reason": "Për mjekun."})
        assert sent.status_code == 303
        assert "U kërkua, pret përgjigje" in await page(browser, here)
    async with world.browser("demo.menaxhere") as browser:
        assert "Kërkesë për akses: Shëndeti" in await page(browser, "/")
        assert "Një kërkesë për akses pret përgjigjen tuaj." in await page(browser, here)
        access = await page(browser, f"{here}/access")
        assert "Mira Demo, NJL Berat" in access and "Për mjekun." in access
        target = re.search(rf'action="({here}/access/requests/[^"]+)"', access)
        assert target is not None
        until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        given = {"answer": "grant", "data_classes": ["health"], "holder": "person", "until": until}
        wrong = await post(browser, target.group(1), {**given, "until": ""}, f"{here}/access")
        assert wrong.status_code == 422 and "Shkruani deri kur vlen aksesi." in wrong.text
        done = await post(browser, target.group(1), given, f"{here}/access")
        assert done.headers["location"] == f"{here}/access?done=access_given"
    async with world.browser("demo.njl") as browser:
        assert "U kërkua, pret përgjigje" not in await page(browser, here)


async def test_a_reveal_leads_to_the_name_and_is_read_by_who_answers_for_the_case(world: World) -> None:
    case = await register_case(world)
    here = f"/cases/{case['id']}"
    async with world.browser("demo.ap") as browser:
        assert (await browser.get(f"{here}/person")).status_code == 403
        done = await post(browser, f"{here}/reveal", {"reason": "CHILD_MISSING", "text": "Njoftim nga policia."})
        assert done.headers["location"] == f"{here}/person?done=identity_revealed"
        assert NAMES[1] in await page(browser, f"{here}/person")
        assert "Identiteti është i hapur për ju" in await page(browser, f"{here}/reveal")
    async with world.browser("demo.njl") as browser:
        shown = await page(browser, here)
        assert "Autoriteti hapi identitetin" in shown and "Fëmijë i zhdukur, për 30 minuta" in shown
        assert "Njoftim nga policia." not in shown
        told = await page(browser, f"{here}/reveals")
        assert "Njoftim nga policia." in told and "Ilir Demo" in told
    async with world.superuser() as connection:
        await connection.execute(
            text("update casework.case_grant set valid_to = now() - interval '1 second' where case_id = :id"
                 " and basis = 'reveal'"),
            {"id": case["id"]},
        )  # fmt: skip
    async with world.browser("demo.ap") as browser:
        assert (await browser.get(f"{here}/person")).status_code == 403


async def test_an_officer_is_assigned_on_the_page(world: World) -> None:
    case = await register_case(world)
    here = f"/cases/{case['id']}/authority"
    account_id, _ = await person_of(world, "demo.ap")
    until = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    async with world.browser("demo.ap") as browser:
        given = {"account_id": account_id, "purpose": "national_register", "until": until}
        done = await post(browser, here, given)
        shown = await page(browser, done.headers["location"])
        assert "Zyrtari u caktua." in shown and "Regjistrimi në regjistrin kombëtar" in shown
        target = re.search(rf'action="({here}/[^"]+/end)"', shown)
        assert target is not None
        ended = await post(browser, target.group(1), {}, here)
        assert "Asnjë zyrtar nuk është caktuar." in await page(browser, ended.headers["location"])


async def test_a_note_is_written_and_corrected_on_its_page(world: World) -> None:
    case = await register_case(world)
    here = f"/cases/{case['id']}/notes"
    async with world.browser("demo.njl") as browser:
        assert 'value="legal"' not in await page(browser, here)
        await post(browser, here, {"data_class": "health", "body": "Kontroll\nte mjekja."})
        shown = await page(browser, f"{here}?about=health")
        assert "Kontroll\nte mjekja." in shown
        target = re.search(rf'href="({here}\?corrects=[^"]+)"', shown)
        assert target is not None
        form = await page(browser, target.group(1))
        assert "I pari mbetet i lexueshëm." in form
        first = hidden(form, "corrects")
        await post(browser, here, {"data_class": "health", "body": "Kontroll të hënën.", "corrects": first})
        both = await page(browser, here)
        assert "Kontroll të hënën." in both and "Kontroll\nte mjekja." in both and "U korrigjua më vonë" in both


async def test_english_says_the_same(world: World) -> None:
    case = await potential_victim(world)
    await record_milestone(world, case, "PLAN_SIGNED")
    async with world.browser("demo.njl") as browser:
        shown = await page(browser, f"/cases/{case['id']}?language=en")
    for words in ("Two tracks", "Individual plan signed", "Notify the Responsible Authority", "Show the name"):
        assert words in shown
