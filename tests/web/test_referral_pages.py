"""Pages of referring: three steps without a script, one tap to accept, and never more than was shown."""

import pytest

from tests.stories import act_on, checked, give_consent, referred_case, register_case, send_referral
from tests.web.test_consent_pages import opened, sent
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_three_steps_from_need_to_sent(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case, data_classes=["milestones", "identity"])
    agimi = str(await world.organisation("DEMO-AGIMI"))
    async with world.browser("demo.njl") as browser:
        path = f"/cases/{case['id']}/referrals/new"
        page = await opened(browser, path)
        wrong = await sent(browser, path, page, urgency="URGENT", safety="unknown", message="Vjen me çantë të kuqe.")
        assert wrong.status_code == 422
        assert 'href="#needs"' in wrong.text
        assert "Vjen me çantë të kuqe." in wrong.text
        typed = {
            "needs": ["ACCOMMODATION"],
            "urgency": "URGENT",
            "safety": "none_known",
            "purpose": "ACCOMMODATION",
            "message": "Vjen me çantë të kuqe.",
        }
        begun = await sent(browser, path, page, **typed)
        step_two = begun.headers["location"]
        page = await opened(browser, step_two)
        assert "Të përshtatshëm" in page
        assert page.index("Qendra Agimi") < page.index("Policia, Berat")
        nobody = await sent(browser, step_two, page)
        assert nobody.status_code == 422
        chosen = await sent(browser, step_two, page, receiver_org_id=agimi)
        step_three = chosen.headers["location"]
        page = await opened(browser, step_three)
        assert "Çfarë do të shohë Qendra Agimi" in page
        assert case["code"] in page
        assert "Vjen me çantë të kuqe." in page
        assert "Po: ecuria, identiteti për Qendra Agimi" in page
        assert "(për t’u konfirmuar)" in page
        # Back to the need: what was typed is there.
        need = await opened(browser, step_two.replace("receiver", "need"))
        assert "Vjen me çantë të kuqe." in need
        changed = await sent(browser, step_two.replace("receiver", "need"), need, **{**typed, "urgency": "EMERGENCY"})
        assert changed.headers["location"] == step_two
        page = await opened(browser, step_three)
        assert "Emergjencë" in page
        done = await sent(browser, step_three.replace("preview", "send"), page)
        assert done.headers["location"].endswith("?done=referral_sent")
        shown = await opened(browser, done.headers["location"])
        assert "Referim për Qendra Agimi" in shown
        assert "NJL Berat e dërgoi" in shown
        assert (await browser.get(step_three)).status_code == 303


async def test_what_nobody_agreed_to_is_said_before_sending(world: World) -> None:
    case = await register_case(world)
    agimi = str(await world.organisation("DEMO-AGIMI"))
    async with world.browser("demo.njl") as browser:
        path = f"/cases/{case['id']}/referrals/new"
        page = await opened(browser, path)
        typed = {"needs": ["ACCOMMODATION"], "urgency": "URGENT", "safety": "unknown", "purpose": "ACCOMMODATION"}
        step_two = (await sent(browser, path, page, **typed)).headers["location"]
        page = await opened(browser, step_two)
        step_three = (await sent(browser, step_two, page, receiver_org_id=agimi)).headers["location"]
        page = await opened(browser, step_three)
        assert "Ende pa pyetur: Qendra Agimi" in page
        referral_id = step_three.split("/")[2]
        assert f"referral={referral_id}" in page
        beyond = await sent(
            browser, step_three.replace("preview", "classes"), page, data_classes=["milestones", "casework"]
        )
        page = await opened(browser, beyond.headers["location"])
        assert "Këto nuk i mbulon asnjë pëlqim: ecuria, puna me rastin." in page
        refused = await sent(browser, step_three.replace("preview", "send"), page)
        assert refused.status_code == 422
        assert "As pëlqimi, as një bazë tjetër" in refused.text
        await give_consent(world, case, data_classes=["milestones", "casework"])
        page = await opened(browser, step_three)
        assert (await sent(browser, step_three.replace("preview", "send"), page)).status_code == 303


async def test_the_queue_is_answered_in_one_tap(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    waiting = await send_referral(world, case)
    path = f"/referrals/{waiting['id']}"
    async with world.browser("demo.agimi") as browser:
        queue = await opened(browser, "/referrals")
        assert "Presin përgjigjen tuaj" in queue
        assert case["code"] in queue
        page = await opened(browser, path)
        assert "Referim nga NJL Berat" in page
        assert "Pas pranimit hapen: ecuria, identiteti, shëndeti." in page
        assert "Mbërrin nesër" not in page
        done = await sent(browser, f"{path}/accept", page)
        assert done.status_code == 303
        page = await opened(browser, done.headers["location"])
        assert "Mbërrin nesër në mëngjes." in page
        assert f'href="/cases/{case["id"]}"' in page
        begun = await sent(browser, f"{path}/start", page)
        page = await opened(browser, begun.headers["location"])
        over = await sent(browser, f"{path}/complete", page, outcome="delivered", feedback="U strehua.")
        assert over.headers["location"].endswith("done=referral_completed")
        page = await opened(browser, path)
        assert "Ky referim ka mbaruar" in page
        late = await sent(browser, f"{path}/accept", page, version=str(waiting["version"]))
        assert late.status_code == 409
        assert "Referimi ka përfunduar." in late.text
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, path)
        assert "U strehua." in page
        assert "Qendra Agimi e përfundoi" in page


async def test_a_refusal_needs_its_reason_and_keeps_the_note(world: World) -> None:
    case = await register_case(world)
    waiting = await send_referral(world, case)
    path = f"/referrals/{waiting['id']}"
    async with world.browser("demo.agimi") as browser:
        page = await opened(browser, path)
        bare = await sent(browser, f"{path}/decline", page, reason="", note="Thirrni nesër.")
        assert bare.status_code == 422
        assert "Thirrni nesër." in bare.text
        other = await sent(browser, f"{path}/decline", page, reason="OTHER", note="")
        assert other.status_code == 422
        assert "Shkruani arsyen me fjalët tuaja." in other.text
        done = await sent(browser, f"{path}/decline", page, reason="NO_CAPACITY", note="Thirrni nesër.")
        assert done.status_code == 303
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, path)
        assert "Nuk ka vende të lira" in page
        assert "Thirrni nesër." in page
        again = await sent(browser, f"{path}/again", page)
        assert "/receiver" in again.headers["location"]


async def test_question_answer_passing_on_and_taking_back(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    waiting = await send_referral(world, case)
    path = f"/referrals/{waiting['id']}"
    async with world.browser("demo.agimi") as browser:
        page = await opened(browser, path)
        assert (await sent(browser, f"{path}/question", page, question="A vjen vetëm?")).status_code == 303
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, path)
        assert "Marrësi pyet diçka" in page
        assert "A vjen vetëm?" in page
        assert (await sent(browser, f"{path}/answer", page, answer="Po, vetëm.")).status_code == 303
    ura = str(await world.organisation("DEMO-URA"))
    async with world.browser("demo.agimi") as browser:
        page = await opened(browser, path)
        assert "Po, vetëm." in page
        back = await sent(browser, f"{path}/redirect", page, receiver_org_id="", note="Nuk ka vend.")
        assert back.status_code == 422
        assert "Nuk ka vend." in back.text
        assert (await sent(browser, f"{path}/redirect", page, receiver_org_id=ura)).status_code == 303
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, path)
        assert "Hap referimin e ri" in page
    _, accepted = await referred_case(world)
    path = f"/referrals/{accepted['id']}"
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, path)
        taken = await sent(browser, f"{path}/withdraw", page, by_person="true")
        assert taken.headers["location"].endswith("done=referral_withdrawn")


async def test_boxes_and_english(world: World) -> None:
    case = await register_case(world)
    await send_referral(world, case)
    async with world.browser("demo.njl") as browser:
        assert "Sent by you" in await opened(browser, "/referrals?language=en")
        assert "Të dërguara nga ju" in await opened(browser, "/referrals?box=sent&language=sq")
    async with world.browser("demo.linja") as browser:
        assert "Asnjë referim nuk pret përgjigje." in await opened(browser, "/referrals")


async def test_somebody_elses_referral_has_no_page(world: World) -> None:
    case = await register_case(world)
    waiting = await send_referral(world, case)
    async with world.browser("demo.ura.drejtuese") as browser:
        for page in ("", "/receiver", "/preview", "/need"):
            answer = await browser.get(f"/referrals/{waiting['id']}{page}")
            assert answer.status_code == 404, page


async def test_denials_are_recorded_and_ended_on_a_page(world: World) -> None:
    case, _ = await referred_case(world)
    path = f"/cases/{case['id']}/denials"
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, path)
        assert "Askush nuk është përjashtuar." in page
        option = page.split("Vjosa Demo")[0].rsplit('value="', 1)[1].split('"')[0]
        wrong = await sent(browser, path, page, account_id=option, reason="")
        assert wrong.status_code == 422
        done = await sent(browser, path, page, account_id=option, reason="family_tie")
        assert done.status_code == 303
        page = await opened(browser, path)
        assert "Lidhje familjare ose njohje" in page
        ending = page.split("/end")[0].rsplit('action="', 1)[1] + "/end"
        assert (await sent(browser, ending, page)).status_code == 303
        assert "mbaroi" in await opened(browser, path)
    async with world.browser("demo.agimi.drejtuese") as browser:
        await opened(browser, path, 403)


async def test_a_draft_is_thrown_away(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        body = {
            "needs": ["ACCOMMODATION"],
            "urgency": "URGENT",
            "receiver_org_id": str(await world.organisation("DEMO-AGIMI")),
        }
        draft = checked(await api.post(f"/cases/{case['id']}/referrals", json=body))
    async with world.browser("demo.njl") as browser:
        page = await opened(browser, f"/referrals/{draft['id']}/preview")
        gone = await sent(browser, f"/referrals/{draft['id']}/withdraw", page)
        assert gone.headers["location"] == f"/cases/{case['id']}?done=referral_discarded"
    with pytest.raises(AssertionError):
        await act_on(world, draft, "send", "demo.njl")
