"""One bed, two women; one woman, two shelters. Whoever comes second is told so at once, in a sentence, and nothing of
what they tried remains but the note that they tried."""

import asyncio
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from tests.journeys.log import log_of
from tests.stories import PERSON, act_on, add_bed, checked, etag_of, give_consent, referred_case, register_case
from tests.stories import send_referral as send
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TONIGHT = datetime.now(ZoneInfo("Europe/Tirane")).date().isoformat()


async def one(world: World, query: str, **given: object) -> Any:
    """Return what stands in the database, as nobody's role would hide it."""
    async with world.superuser() as connection:
        return (await connection.execute(text(query), given)).scalar_one()


async def test_two_hands_of_one_shelter_reach_for_the_last_bed(world: World) -> None:
    # Two women were taken on today. One bed is left.
    arta, _ = await referred_case(world, identity={**PERSON, "given_names": "Arta", "family_names": "Kola"})
    besa, _ = await referred_case(world, identity={**PERSON, "given_names": "Besa", "family_names": "Deda"})
    bed = await add_bed(world, "7")

    # Vjosa at the door and Drita in the office give it away in the same moment.
    async with world.api("demo.agimi") as vjosa, world.api("demo.agimi.drejtuese") as drita:
        answers = await asyncio.gather(
            vjosa.post("/placements", json={"case_id": arta["id"], "bed_id": bed, "starts_on": TONIGHT}),
            drita.post("/placements", json={"case_id": besa["id"], "bed_id": bed, "starts_on": TONIGHT}),
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    [held] = [answer.json() for answer in answers if answer.status_code == 201]
    [told] = [answer.json() for answer in answers if answer.status_code == 409]
    assert (told["code"], told["field"]) == ("placement.bed_taken", "bed_id")
    assert told["detail"] == "Somebody else holds this bed on one of these nights. Choose another."

    # Nothing half done: one stay, one step of it, and the other woman's file knows nothing of the bed.
    assert await one(world, "select count(*) from casework.placement where bed_id = :bed", bed=bed) == 1
    assert await one(world, "select count(*) from casework.placement_event where to_bed_id = :bed", bed=bed) == 1
    second = besa if held["case_id"] == arta["id"] else arta
    assert await one(world, "select count(*) from casework.placement where case_id = :c", c=second["id"]) == 0

    # The second woman gets the next free bed, and both sleep under a roof.
    other = await add_bed(world, "8")
    async with world.api("demo.agimi") as vjosa:
        wanted = {"case_id": second["id"], "bed_id": other, "starts_on": TONIGHT}
        again = checked(await vjosa.post("/placements", json=wanted))
        for stay in (held, again):
            admitted = {"act": "admit"}
            checked(await vjosa.post(f"/placements/{stay['id']}/steps", json=admitted, headers=etag_of(stay)))
        free = checked(await vjosa.get(f"/placements?first={TONIGHT}"))
        assert {stay["bed_id"] for stay in free} >= {bed, other}

    # The log keeps both hands: the one that got it and the one that came second.
    log = await log_of(world, "placement.record")
    done = [case for e in log if e["detail"].get("act") == "reserve" for case in map(str, e["case_ids"])]
    assert sorted(done) == sorted([arta["id"], besa["id"]])
    assert [e["outcome"] for e in log if e["detail"].get("code") == "placement.bed_taken"] == ["refused"]


async def test_two_hands_answer_one_referral(world: World) -> None:
    # The referral lies in the queue of the shelter; one accepts, the other declines, in the same moment.
    case = await register_case(world, identity={**PERSON, "given_names": "Mimoza"})
    await give_consent(world, case)
    sent = await send(world, case)
    path = f"/referrals/{sent['id']}"
    async with world.api("demo.agimi") as vjosa, world.api("demo.agimi.drejtuese") as drita:
        answers = await asyncio.gather(
            vjosa.post(f"{path}/accept", headers=etag_of(sent)),
            drita.post(f"{path}/decline", json={"reason": "NO_CAPACITY"}, headers=etag_of(sent)),
        )
        first = next(answer for answer in answers if answer.status_code < 400)
        second = next(answer for answer in answers if answer.status_code >= 400)
        # The second hears what the referral has become, not merely that it failed.
        assert second.status_code == 409
        assert second.json()["code"] == f"referral.state.{first.json()['state']}"
        # Access is what the answer says, and no in-between.
        seen = (await vjosa.get(f"/cases/{case['id']}")).status_code
    assert seen == (200 if first.json()["state"] == "accepted" else 404)
    answered = "select count(*) from casework.case_event where case_id = :c and kind = 'REFERRAL_ANSWERED'"
    assert await one(world, answered, c=case["id"]) == 1


async def test_two_shelters_say_yes_to_one_woman(world: World) -> None:
    # It is urgent, so the mobile unit asks two shelters at once. She agreed to both.
    case = await register_case(world, identity={**PERSON, "given_names": "Lule"})
    for shelter in ("DEMO-AGIMI", "DEMO-URA"):
        await give_consent(world, case, shelter)
    to_agimi, to_ura = await send(world, case), await send(world, case, "DEMO-URA")

    # Both have a place, and both say yes.
    async with world.api("demo.agimi") as agimi, world.api("demo.ura.drejtuese") as ura:
        answers = await asyncio.gather(
            agimi.post(f"/referrals/{to_agimi['id']}/accept", headers=etag_of(to_agimi)),
            ura.post(f"/referrals/{to_ura['id']}/accept", headers=etag_of(to_ura)),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        here, there = (agimi, ura) if answers[0].status_code == 200 else (ura, agimi)
        won, lost = (to_agimi, to_ura) if here is agimi else (to_ura, to_agimi)
        told = next(answer for answer in answers if answer.status_code == 409).json()
        assert told["code"] == "referral.place_found"
        assert told["detail"].startswith("Another organisation was the first to give this person a place to stay.")
        assert "decline" in told["possible"] and "accept" not in told["possible"]

        # The one sees her, the other sees no more than before, and no bed can be held for her there.
        assert checked(await here.get(f"/cases/{case['id']}"))["id"] == case["id"]
        assert (await there.get(f"/cases/{case['id']}")).status_code == 404
        assert checked(await there.get(f"/referrals/{lost['id']}"))["state"] == "sent"
    grants = "select count(*) from casework.case_grant where case_id = :c and basis = 'referral' and valid_to is null"
    assert await one(world, grants, c=case["id"]) == 1

    await the_sender_takes_back(world, lost)

    # Later she has to move on: a referral sent after the first yes is a move, and the new place may say yes while she
    # still sleeps in the old one.
    later = "DEMO-URA" if won is to_agimi else "DEMO-AGIMI"
    moved = await send(world, case, later)
    accepted = await act_on(world, moved, "accept", "demo.ura.drejtuese" if later == "DEMO-URA" else "demo.agimi")
    assert accepted["state"] == "accepted"

    # The yes that came second is in the log as an attempt, by whom and why it was refused.
    log = [e for e in await log_of(world, "referral.answer") if e["detail"].get("code") == "referral.place_found"]
    assert [(e["outcome"], str(e["org_id"])) for e in log] == [("refused", lost["receiver_org_id"])]


async def the_sender_takes_back(world: World, lost: dict[str, Any]) -> None:
    """The mobile unit sees where she is, and takes back what is not needed; the queue there is empty again."""
    async with world.api("demo.njl") as njl:
        sent = checked(await njl.get("/referrals?box=sent"))["items"]
        assert {item["state"] for item in sent if item["case_id"] == lost["case_id"]} == {"accepted", "sent"}
        await withdrawn(njl, lost)
    login = (
        "demo.ura.drejtuese" if lost["receiver_org_id"] == str(await world.organisation("DEMO-URA")) else "demo.agimi"
    )
    async with world.api(login) as there:
        waiting = checked(await there.get("/referrals?box=waiting"))["items"]
        assert lost["id"] not in [item["id"] for item in waiting]


async def withdrawn(njl: httpx.AsyncClient, lost: dict[str, Any]) -> None:
    """Take a referral back under the version it has."""
    now = checked(await njl.get(f"/referrals/{lost['id']}"))
    checked(await njl.post(f"/referrals/{lost['id']}/withdraw", json={}, headers=etag_of(now)))
