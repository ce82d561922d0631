"""Pages of the formal identification: what a member, somebody outside the team and the authority see and do."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.services.events import record_event
from app.web.routing import csrf_token
from tests.formal_stories import (
    CHILD_INTERVIEW,
    CHILDREN,
    POLICE,
    SOCIAL,
    act,
    code_of,
    decided,
    name_member,
    potential_victim,
    proposed,
    request_formal,
    sign,
    whole,
)
from tests.stories import CHILD, checked, person_of
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def page(world: World, login: str, address: str, language: str = "en") -> str:
    """Return a page; fails where it is refused."""
    async with world.browser(login) as browser:
        answer = await browser.get(f"{address}?language={language}" if "?" not in address else address)
        assert answer.status_code == 200, f"{address}: {answer.status_code} {answer.text[:400]}"
        return answer.text


async def post(world: World, login: str, address: str, **given: object) -> tuple[int, str]:
    """Post a form; returns (status, where to or the page shown again)."""
    async with world.browser(login) as browser:
        data = {"csrf_token": csrf_token(await world.token(login)), **given}
        answer = await browser.post(address, data=data)
        return answer.status_code, answer.headers.get("location", answer.text)


async def test_the_request_leads_to_the_team_and_the_team_to_what_comes_next(world: World) -> None:
    case = await potential_victim(world)
    shown = await page(world, "demo.njl", f"/cases/{case['id']}/formal")
    assert "Not asked for" in shown and f"/cases/{case['id']}/formal/new" in shown
    form = await page(world, "demo.njl", f"/cases/{case['id']}/formal/new")
    assert "The person" in form and 'value="team"' not in form, "an adult asks in person"
    status, there = await post(
        world,
        "demo.njl",
        f"/cases/{case['id']}/formal/new",
        requested_at="2026-03-20T10:00",
        requested_by="person",
        form="WRITTEN",
        place_kind="territory",
        officer_sex="female",
        interpreter="not_needed",
    )
    assert status == 303 and "/team" in there
    account_id, org_id = await person_of(world, SOCIAL)
    team = there.split("?")[0]
    named = await page(world, "demo.njl", f"{team}?org={org_id}&language=en")
    assert "Blerim Demo" in named and "They see the case at once" in named
    status, _ = await post(world, "demo.njl", f"{team}?org={org_id}", org_id=org_id, account_id=account_id)
    assert status == 303
    home = await page(world, SOCIAL, "/")
    assert "My interviews and decisions" in home and "Say whether you have a conflict of interest" in home
    conflict = team.replace("/team", "/conflict")
    assert (await post(world, SOCIAL, conflict, answer="none"))[0] == 303
    shown = await page(world, SOCIAL, f"/cases/{case['id']}/formal")
    assert "Complete the team" in shown and "Hold the interview" in shown


async def test_a_refusal_keeps_what_was_typed(world: World) -> None:
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    await name_member(world, procedure, SOCIAL)
    status, shown = await post(
        world, SOCIAL, f"/formal/{procedure}/interview", occurred_at="2026-04-02T10:00", summary="Tregoi vetë gjithçka."
    )
    assert status == 422 and "Tregoi vetë gjithçka." in shown and "Shënoni kush nga ekipi" in shown


async def test_a_child_is_asked_for_what_a_child_needs_and_never_for_means(world: World) -> None:
    case = await potential_victim(world, identity=CHILD)
    procedure = await request_formal(world, case, requested_by="guardian")
    await name_member(world, procedure, SOCIAL)
    worker = await name_member(world, procedure, CHILDREN)
    form = await page(world, SOCIAL, f"/formal/{procedure}/interview")
    assert "Why was it in the best interest of the child?" in form and "The person is an adult" in form
    await act(world, procedure, "interviews", **CHILD_INTERVIEW, officers=[worker])
    grounds = await page(world, SOCIAL, f"/formal/{procedure}/grounds")
    assert "The act" in grounds and "The purpose" in grounds and ">The means<" not in grounds


async def test_signing_with_the_made_up_telephone_and_taking_the_decision(world: World) -> None:
    case, procedure = await proposed(world)
    shown = await page(world, POLICE, f"/formal/{procedure}/sign")
    digest = re.search(r'name="content_sha256" id="content_sha256" value="([0-9a-f]{64})"', shown)
    assert digest and re.search(r"made-up telephone now shows \d{6}", shown)
    address = f"/formal/{procedure}/sign"
    wrong = await post(world, POLICE, address, content_sha256=digest[1], vote="agrees", code="000000")
    assert wrong[0] == 422
    code = await code_of(world, POLICE)
    status, there = await post(world, POLICE, address, content_sha256=digest[1], vote="agrees", code=code)
    assert (status, "formal_signed_open" in there) == (303, True)
    assert "You have signed." in await page(world, POLICE, address)
    assert "Signatures still missing" in await page(world, POLICE, f"/formal/{procedure}/decision")
    await sign(world, procedure, SOCIAL)
    form = await page(world, SOCIAL, f"/formal/{procedure}/decision")
    when = re.search(r'name="decided_at"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="decided_at"', form)
    assert when
    status, there = await post(world, SOCIAL, f"/formal/{procedure}/decision", decided_at=when[1] or when[2])
    assert status == 303, there
    assert "Victim of trafficking" in await page(world, "demo.njl", f"/cases/{case['id']}/formal")


async def test_letter_handing_over_appeal_and_reconsideration_on_pages(world: World) -> None:
    case, procedure = await decided(world, "NOT_RECOGNISED")
    shown = await page(world, "demo.njl", f"/cases/{case['id']}/formal")
    assert "changes nothing of the help" in shown
    assert (await post(world, SOCIAL, f"/formal/{procedure}/letter", letter_language="en"))[0] == 303
    letters = await page(world, SOCIAL, f"/formal/{procedure}/letter")
    file = re.search(rf"/formal/{procedure}/letters/[0-9a-f-]+/file", letters)
    assert file
    async with world.browser(SOCIAL) as browser:
        assert (await browser.get(file[0])).headers["content-type"] == "application/pdf"
    letter_id = file[0].split("/")[4]
    status, _ = await post(
        world,
        "demo.njl",
        f"/formal/{procedure}/handing-over",
        letter_id=letter_id,
        given_at=_now(),
        way="in_person",
        recipient="person",
        explained_in="sq",
        interpreter="not_needed",
        explained="true",
    )
    assert status == 303
    assert "to confirm" in await page(world, "demo.njl", f"/formal/{procedure}/appeal")
    now = _now()
    assert (await post(world, "demo.njl", f"/formal/{procedure}/appeal", appealed_at=now, appealed_by="person"))[
        0
    ] == 303
    given = {"reopened_at": now, "review_reason": "Doli një dëshmi e re."}
    assert (await post(world, "demo.njl", f"/formal/{procedure}/reconsideration", **given))[0] == 303
    assert (await whole(world, procedure))["state"] == "reconsidering"


def _now() -> str:
    return datetime.now(UTC).astimezone(ZoneInfo("Europe/Tirane")).strftime("%Y-%m-%dT%H:%M")


async def test_withdrawal_says_that_the_help_goes_on(world: World) -> None:
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    address = f"/formal/{procedure}/withdrawal"
    assert "the help goes on all the same" in await page(world, "demo.njl", address)
    status, _ = await post(world, "demo.njl", address, withdrawn_at=_now(), withdrawal_form="ORAL_WITNESSED")
    assert status == 303
    shown = await page(world, "demo.njl", f"/cases/{case['id']}/formal")
    assert "the services go on" in shown and "Record the person" in shown


async def test_the_authority_and_a_case_told_without_its_procedure_show_dates_alone(world: World) -> None:
    case, procedure = await decided(world)
    shown = await page(world, "demo.ap", f"/cases/{case['id']}/formal")
    assert "You see the dates only" in shown and procedure not in shown
    told = await potential_victim(world)
    async with world.acting("demo.njl", "formal.request") as unit:
        row = await unit.case(told["id"], "formal.request", lock=True)
        await record_event(unit, row, "FORMAL_REQUESTED", unit.now - timedelta(days=3))
        unit.audit("formal.request", cases=[row["id"]])
    shown = await page(world, "demo.njl", f"/cases/{told['id']}/formal")
    assert "recorded without their procedure" in shown


async def test_who_declares_a_conflict_goes_home(world: World) -> None:
    case, procedure = await proposed(world)
    address = f"/formal/{procedure}/conflict"
    status, there = await post(world, POLICE, address, answer="declared", conflict_reason="E njoh familjen.")
    assert (status, there.split("?")[0]) == (303, "/")
    async with world.browser(POLICE) as browser:
        assert (await browser.get(f"/cases/{case['id']}/formal")).status_code == 404
    async with world.api("demo.njl") as api:
        assert checked(await api.get(f"/formal/{procedure}"))["vacant"] == ["POLICE_ANTI_TRAFFICKING"]
