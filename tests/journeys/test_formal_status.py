"""A woman asks to be recognised as a victim of trafficking. Two people hear her; one of those first named knows the
family and stands aside. They do not agree at once, she is not recognised, she appeals, and new evidence is heard.
Nothing of it is ever overwritten, and on no day does she wait for a bed, a meal or a doctor because of it."""

import hashlib
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.formal_stories import (
    INTERVIEW,
    POLICE,
    REQUEST,
    SOCIAL,
    act,
    content_digest,
    name_member,
    now,
    potential_victim,
    request_formal,
    sign,
    whole,
)
from tests.journeys.log import log_of
from tests.people import Insider, insider, next_code
from tests.stories import PERSON, act_on, add_bed, checked, etag_of, give_consent, person_of, send_referral
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()
RESPONSIBLE = "demo.njl"


async def refused(world: World, login: str, path: str, **given: Any) -> tuple[int, str, str | None, str]:
    """Return (status, code, field, sentence) of what a step meets that is not taken."""
    async with world.api(login) as api:
        answer = await api.post(path, json=given)
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field"), problem["detail"]


async def helped(world: World, case: dict[str, Any], service: str) -> None:
    """She gets what she needs today; nobody asks how far the papers are."""
    async with world.api("demo.agimi") as vjosa:
        given = {"case_ids": [case["id"]], "service_type": service, "delivered_on": TODAY}
        checked(await vjosa.post("/services", json=given))


async def sheltered(world: World) -> dict[str, Any]:
    """A woman of 27, found to be a potential victim; with her consent the shelter takes her in the same day."""
    case = await potential_victim(world, identity={**PERSON, "given_names": "Lindita"})
    await give_consent(world, case, data_classes=["milestones", "identity", "casework", "health"])
    accepted = await act_on(world, await send_referral(world, case), "accept", "demo.agimi")
    bed = await add_bed(world, "3B")
    async with world.api("demo.agimi") as vjosa:
        wanted = {"case_id": case["id"], "bed_id": bed, "starts_on": TODAY, "referral_id": accepted["id"]}
        held = checked(await vjosa.post("/placements", json=wanted))
        checked(await vjosa.post(f"/placements/{held['id']}/steps", json={"act": "admit"}, headers=etag_of(held)))
    await helped(world, case, "FOOD")
    return case


async def test_a_woman_asks_for_formal_status(world: World) -> None:
    case = await sheltered(world)
    procedure = await she_asks_in_her_own_time(world, case)
    colleague, team = await the_team_is_filled_anew(world, case, procedure)
    await she_is_heard_when_she_wants_to(world, procedure, team)
    await helped(world, case, "PSYCHOLOGICAL")
    await grounds_rest_on_what_is_in_the_file(world, case, procedure)
    await the_two_do_not_agree(world, procedure, colleague)
    first = await she_is_not_recognised(world, case, procedure, colleague)
    letters = await the_letter_is_handed_over(world, procedure)
    await helped(world, case, "HEALTH_CARE")
    await she_appeals_and_is_recognised(world, case, procedure, colleague)
    await everything_is_still_there(world, case, procedure, first, letters)


async def she_asks_in_her_own_time(world: World, case: dict[str, Any]) -> str:
    """Her time to recover goes on; she asks all the same, in writing, and says why. Nobody could ask for her."""
    begun = {"started_at": "2026-03-05T10:00:00+01:00", "basis": "offered"}
    explained = {"explained_at": "2026-03-05T09:30:00+01:00", "explained_language": "sq"}
    async with world.api(RESPONSIBLE) as api:
        checked(await api.post(f"/cases/{case['id']}/reflection", json={**begun, **explained}))
    path = f"/cases/{case['id']}/formal"
    for_her = await refused(world, RESPONSIBLE, path, **{**REQUEST, "requested_by": "team"})
    assert for_her[:3] == (422, "formal.own_request", "requested_by")
    early = await refused(world, RESPONSIBLE, path, **REQUEST)
    assert early[:3] == (422, "formal.early_reason_missing", "early_reason")
    return await request_formal(world, case, early_reason="Do që puna të mbyllet para dimrit.")


async def the_team_is_filled_anew(world: World, case: dict[str, Any], procedure: str) -> tuple[Insider, list[str]]:
    """Sokol of the anti-trafficking police sees whose case it is, and says: I know the family."""
    await name_member(world, procedure, POLICE, declare=False)
    social = await name_member(world, procedure, SOCIAL)
    async with world.api(POLICE) as sokol:
        said = {"answer": "declared", "conflict_reason": "Vëllai i saj është fqinji im."}
        assert (await sokol.post(f"/formal/{procedure}/declaration", json=said)).status_code == 204

    # From that moment he sees nothing of it and cannot sign, and is told why. Nor can he be named again.
    shut = await refused(
        world, POLICE, f"/formal/{procedure}/signatures", content_sha256="0" * 64, vote="agrees", code="123456"
    )
    assert shut[:2] == (403, "formal.stood_aside")
    account_id, org_id = await person_of(world, POLICE)
    again = await refused(world, SOCIAL, f"/formal/{procedure}/members", org_id=org_id, account_id=account_id)
    assert again[:3] == (422, "formal.had_conflict", "account_id")
    tried = [e for e in await log_of(world, "formal.sign") if str(e["account_id"]) == account_id]
    assert [e["outcome"] for e in tried] == ["denied"]
    assert (await whole(world, procedure))["vacant"] == ["POLICE_ANTI_TRAFFICKING"]

    # A colleague of his takes the seat: a real officer with a telephone of her own.
    colleague = await insider(world, "identification_officer", org="DEMO-TRAFIQE-BERAT")
    async with world.api(RESPONSIBLE) as api:
        given = {"org_id": org_id, "account_id": str(colleague.id)}
        police = str(checked(await api.post(f"/formal/{procedure}/members", json=given))["id"])
    async with world.api(colleague.login) as api:
        none = await api.post(f"/formal/{procedure}/declaration", json={"answer": "none"})
        assert none.status_code == 204
    assert (await whole(world, procedure))["vacant"] == []
    return colleague, [police, social]


async def she_is_heard_when_she_wants_to(world: World, procedure: str, team: list[str]) -> None:
    """The team would like to hear her now. It is her time: not without her own word. A week later she asks for it."""
    path = f"/formal/{procedure}/interviews"
    pressed = await refused(world, SOCIAL, path, **INTERVIEW, officers=team)
    assert pressed[:3] == (422, "formal.inside_reflection", "person_asked_earlier")
    assert (await whole(world, procedure))["interviews"] == []
    word = {"person_asked_earlier": True, "asked_note": "E kërkoi vetë me shkrim më 30 mars."}
    await act(world, procedure, "interviews", **INTERVIEW, officers=team, **word)


async def grounds_rest_on_what_is_in_the_file(world: World, case: dict[str, Any], procedure: str) -> None:
    """The act and the purpose were found; of the means there is only her word, so far."""
    [interview] = (await whole(world, procedure))["interviews"]
    evidence = [f"exploitation:{case['exploitation']['id']}", f"formal_interview:{interview['id']}"]
    for element in ("act", "purpose"):
        told = {"element": element, "finding": "present", "reasoning": "Tregimi dhe shënimet përputhen."}
        await act(world, procedure, "grounds", **told, evidence=evidence)
    elsewhere = await refused(
        world, SOCIAL, f"/formal/{procedure}/grounds", element="means", finding="present", reasoning="x",
        evidence=[f"note:{interview['id']}"],
    )  # fmt: skip
    assert elsewhere[:3] == (422, "formal.evidence_unknown", "evidence")
    # Without a finding on the means nobody can propose to recognise an adult
    without = await refused(
        world, SOCIAL, f"/formal/{procedure}/proposals", result="VT", reasoning="x", legal_basis=["PC_110A"]
    )
    assert without[1] == "formal.means_missing"
    means = {"element": "means", "finding": "present", "reasoning": "Mashtrim, sipas fjalës së saj."}
    await act(world, procedure, "grounds", **means, evidence=evidence[1:])


async def the_two_do_not_agree(world: World, procedure: str, colleague: Insider) -> None:
    """The social worker would recognise her; the officer dissents, and her reason stands with her name."""
    proposal = {"result": "VT", "reasoning": "Të tre elementet.", "legal_basis": ["PC_110A"]}
    await act(world, procedure, "proposals", **proposal)
    assert await sign(world, procedure, SOCIAL) == "open"
    shown = await content_digest(world, procedure, colleague.login)
    form = {"content_sha256": shown, "vote": "dissents"}
    path = f"/formal/{procedure}/signatures"
    wordless = await refused(world, colleague.login, path, **form, code=await next_code(world, colleague))
    assert wordless[:3] == (422, "formal.dissent_reason_missing", "dissent")
    dissent = "Për mjetet ka vetëm një burim."
    code = await next_code(world, colleague)
    stands = (await act(world, procedure, "signatures", colleague.login, **form, dissent=dissent, code=code))["stands"]
    assert stands == "returned"
    nothing = await refused(world, SOCIAL, f"/formal/{procedure}/decision", decided_at=now())
    assert nothing[:2] == (409, "formal.nothing_to_sign")


async def signs(world: World, procedure: str, who: Insider) -> str:
    """The officer signs with the next code of her telephone; one that was used is good no more."""
    async with world.superuser() as connection:
        await connection.exec_driver_sql(f"update iam.account set totp_last_step = null where login = '{who.login}'")
    form = {"content_sha256": await content_digest(world, procedure, who.login), "vote": "agrees"}
    code = await next_code(world, who)
    return str((await act(world, procedure, "signatures", who.login, **form, code=code))["stands"])


async def she_is_not_recognised(world: World, case: dict[str, Any], procedure: str, colleague: Insider) -> bytes:
    """The means are not shown; both sign that. One signature alone decides nothing, and whose is missing is said."""
    await act(world, procedure, "grounds", element="means", finding="not_shown", reasoning="Vetëm një burim.")
    proposal = {"result": "NOT_RECOGNISED", "reasoning": "Mjetet nuk u vërtetuan.", "legal_basis": ["PC_110A"]}
    await act(world, procedure, "proposals", **proposal)
    assert await signs(world, procedure, colleague) == "open"
    status, code, _, sentence = await refused(world, SOCIAL, f"/formal/{procedure}/decision", decided_at=now())
    assert (status, code) == (409, "formal.signature_missing")
    assert (
        sentence == "The decision still waits for the signature of: Regional directorate of the State Social Service."
    )
    assert await sign(world, procedure, SOCIAL) == "carried"
    await act(world, procedure, "decision", decided_at=now())
    async with world.api(RESPONSIBLE) as api:
        found = checked(await api.get(f"/cases/{case['id']}"))
        assert (found["status"], found["state"]) == ("NOT_RECOGNISED", "open")
    async with world.api(SOCIAL) as api:
        return (await api.get(f"/formal/{procedure}/signed-content")).content


async def the_letter_is_handed_over(world: World, procedure: str) -> dict[str, bytes]:
    """She gets the letter in her language, explained to her; the English one is for the lawyer of the embassy."""
    letters: dict[str, bytes] = {}
    for language in ("sq", "en"):
        letter = (await act(world, procedure, "letters", letter_language=language))["id"]
        async with world.api(RESPONSIBLE) as api:
            letters[letter] = (await api.get(f"/formal/{procedure}/letters/{letter}/file")).content
        assert letters[letter].startswith(b"%PDF")
    first = next(iter(letters))
    given = {"letter_id": first, "given_at": now(), "way": "in_person", "recipient": "person", "explained_in": "sq"}
    await act(world, procedure, "handing-over", RESPONSIBLE, **given, explained=True)
    found = await whole(world, procedure, RESPONSIBLE)
    assert found["appeal_until"] is not None and found["appeal_to_confirm"]
    return letters


async def she_appeals_and_is_recognised(world: World, case: dict[str, Any], procedure: str, colleague: Insider) -> None:
    """She appeals. A woman who worked beside her has spoken: the team decides anew, with everybody's signature."""
    appeal = {"appealed_at": now(), "appealed_by": "person", "appeal_reason": "Nuk u dëgjua shoqja ime."}
    assert (await act(world, procedure, "appeal", RESPONSIBLE, **appeal))["late"] is False
    await act(world, procedure, "reconsideration", reopened_at=now(), review_reason="Foli një dëshmitare e re.")
    # Until it is signed anew the first decision stands
    async with world.api(RESPONSIBLE) as api:
        assert checked(await api.get(f"/cases/{case['id']}"))["status"] == "NOT_RECOGNISED"
        body = {"data_class": "casework", "body": "Shoqja tregoi për pasaportat e mbajtura."}
        note = checked(await api.post(f"/cases/{case['id']}/notes", json=body))["id"]
    means = {"element": "means", "finding": "present", "reasoning": "Dy burime të pavarura."}
    await act(world, procedure, "grounds", **means, evidence=[f"note:{note}"])
    proposal = {"result": "VT", "reasoning": "Të tre elementet, me dy burime.", "legal_basis": ["PC_110A"]}
    await act(world, procedure, "proposals", **proposal)
    await sign(world, procedure, SOCIAL)
    assert await signs(world, procedure, colleague) == "carried"
    back = await refused(world, SOCIAL, f"/formal/{procedure}/decision", decided_at="2026-04-20T10:00:00+02:00")
    assert back[:3] == (422, "formal.decided_before_signature", "decided_at")
    await act(world, procedure, "decision", decided_at=now())
    async with world.api(RESPONSIBLE) as api:
        assert checked(await api.get(f"/cases/{case['id']}"))["status"] == "VT"


async def everything_is_still_there(
    world: World, case: dict[str, Any], procedure: str, first: bytes, letters: dict[str, bytes]
) -> None:
    """Both decisions, the proposal that came back, the dissent with its reason, the bytes signed and handed over."""
    found = await whole(world, procedure)
    assert [(one["result"], one["round"]) for one in found["decisions"]] == [("NOT_RECOGNISED", 1), ("VT", 2)]
    assert [one["state"] for one in found["proposals"]] == ["returned", "decided", "decided"]
    assert [s["dissent"] for one in found["proposals"] for s in one["signatures"]].count(
        "Për mjetet ka vetëm një burim."
    ) == 1
    assert [m["conflict"] for m in found["members"]] == ["declared", "none", "none"]
    assert [r["kind"] for r in found["reviews"]] == ["appeal", "reconsideration"]

    # The words of each signature prove themselves, also those of what was decided first and of what came back.
    async with world.api(SOCIAL) as api:
        for one in found["proposals"]:
            content = (await api.get(f"/formal/{procedure}/signed-content?proposal={one['id']}")).content
            assert {s["content_sha256"] for s in one["signatures"]} == {hashlib.sha256(content).hexdigest()}
            assert json.loads(content)["proposal"]["result"] == one["result"]
            if one["id"] == found["decisions"][0]["proposal_id"]:
                assert content == first
        for letter, kept in letters.items():
            assert (await api.get(f"/formal/{procedure}/letters/{letter}/file")).content == kept

    # The story of her case tells each step, and what she was given on the way needed none of them.
    async with world.api(RESPONSIBLE) as api:
        overview = checked(await api.get(f"/cases/{case['id']}/formal"))
        assert [(step["kind"], step["result"]) for step in overview["steps"]] == [
            ("FORMAL_REQUESTED", None),
            ("FORMAL_INTERVIEWED", None),
            ("FORMAL_DECIDED", "NOT_RECOGNISED"),
            ("FORMAL_LETTER_GIVEN", None),
            ("APPEALED", None),
            ("RECONSIDERED", "VT"),
        ]
    await helped(world, case, "LEGAL_AID")
    async with world.api("demo.agimi") as vjosa:
        given = [item["service_type"] for item in checked(await vjosa.get(f"/cases/{case['id']}/services"))["items"]]
    assert sorted(given) == ["FOOD", "HEALTH_CARE", "LEGAL_AID", "PSYCHOLOGICAL"]
