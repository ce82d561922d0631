"""An ordinary day in a shelter: who comes, who is out, what was given to whom, one mistake put right, one no respected,
one goodbye. In the evening the month sheet says exactly what was recorded."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from tests.stories import PERSON, add_bed, checked, etag_of, referred_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(ZoneInfo("Europe/Tirane")).date()


async def arrives(world: World, api: httpx.AsyncClient, name: str, bed: str) -> tuple[str, dict[str, Any]]:
    """Somebody who was referred comes through the door: a bed held, then theirs. Returns (case id, stay)."""
    case, referral = await referred_case(world, identity={**PERSON, "given_names": name})
    wanted = {"case_id": case["id"], "bed_id": await add_bed(world, bed), "starts_on": TODAY.isoformat()}
    held = checked(await api.post("/placements", json={**wanted, "referral_id": referral["id"]}))
    return case["id"], await step(api, held, "admit")


async def step(api: httpx.AsyncClient, stay: dict[str, Any], act: str) -> dict[str, Any]:
    """Take one step of a stay, as it was last seen."""
    path = f"/placements/{stay['id']}/steps"
    made: dict[str, Any] = checked(await api.post(path, json={"act": act}, headers=etag_of(stay)))
    return made


async def give(api: httpx.AsyncClient, cases: list[str], service: str, **more: Any) -> list[str]:
    """Record a service of today for one or for several, in one act."""
    given = {"case_ids": cases, "service_type": service, "delivered_on": TODAY.isoformat(), **more}
    made: list[str] = checked(await api.post("/services", json=given))["ids"]
    return made


async def test_an_ordinary_day_in_a_shelter(world: World) -> None:
    async with world.api("demo.agimi") as vjosa:
        # Morning: three women arrive, each with a bed of her own
        arta, _ = await arrives(world, vjosa, "Arta", "1A")
        besa, besa_stays = await arrives(world, vjosa, "Besa", "1B")
        drita, drita_stays = await arrives(world, vjosa, "Drita", "2A")
        house = [arta, besa, drita]
        here = checked(await vjosa.get(f"/placements?first={TODAY.isoformat()}&nights=1"))
        assert sorted(stay["case_id"] for stay in here) == sorted(house)
        assert {stay["state"] for stay in here} == {"admitted"}

        # Breakfast for everybody, in one act
        breakfast = await give(vjosa, house, "FOOD")
        assert len(breakfast) == 3

        # Besa goes to see her sister; her bed is kept
        besa_stays = await step(vjosa, besa_stays, "leave")
        assert besa_stays["state"] == "absent"

        # Arta talks with the psychologist; Drita would rather not today, and nobody asks her twice
        await give(vjosa, [arta], "PSYCHOLOGICAL", note="Biseda e parë.")
        unsaid = {"case_ids": [drita], "service_type": "PSYCHOLOGICAL", "delivered_on": TODAY.isoformat()}
        missing = await vjosa.post("/services", json={**unsaid, "outcome": "refused"})
        assert (missing.status_code, missing.json()["field"]) == (422, "refusal_reason")
        await give(vjosa, [drita], "PSYCHOLOGICAL", outcome="refused", refusal_reason="NEEDS_TIME")

        # A way to the doctor was written down as four; it was two. The record is put right, not painted over
        [way] = await give(vjosa, [arta], "TRANSPORT", quantity="4")
        right = {"quantity": "2", "correction_reason": "wrong_quantity"}
        checked(await vjosa.post(f"/services/{way}/correction", json=right))
        twice = await vjosa.post(f"/services/{way}/correction", json=right)
        assert (twice.status_code, twice.json()["code"]) == (409, "delivery.already_corrected")

        # Lunch was entered for all three, but Besa was out: hers is taken back
        lunch = await give(vjosa, house, "FOOD")
        hers = await served(world, lunch, besa)
        checked(
            await vjosa.post(f"/services/{hers}/correction", json={"void": True, "correction_reason": "wrong_person"})
        )

        # Evening: Besa is back, and Drita goes home to her family
        besa_stays = await step(vjosa, besa_stays, "return")
        bare = await vjosa.post(f"/placements/{drita_stays['id']}/discharge", json={}, headers=etag_of(drita_stays))
        assert (bare.status_code, bare.json()["field"]) == (422, "reason")
        leaves = {"reason": "to_family", "note": "Motra e priti te porta."}
        gone = checked(
            await vjosa.post(f"/placements/{drita_stays['id']}/discharge", json=leaves, headers=etag_of(drita_stays))
        )
        assert (gone["state"], gone["ends_on"]) == ("discharged", TODAY.isoformat())
        tonight = checked(await vjosa.get(f"/placements?first={TODAY.isoformat()}&nights=1"))
        assert sorted(stay["case_id"] for stay in tonight) == sorted([arta, besa])

        # What stands in Arta's file is what she got, the corrected number and no more
        listed = checked(await vjosa.get(f"/cases/{arta}/services"))["items"]
        got = sorted((str(item["service_type"]), int(Decimal(item["quantity"]))) for item in listed)
        assert got == [("FOOD", 1), ("FOOD", 1), ("PSYCHOLOGICAL", 1), ("TRANSPORT", 2)]

    await the_month_sheet_says_so(world)
    await the_stories_tell_it(world, arta, drita)


async def served(world: World, made: list[str], case_id: str) -> str:
    """Return which of the records made in one act is this person's."""
    async with world.superuser() as connection:
        query = text("select id::text from casework.service_delivery where id::text = any(:ids) and case_id = :case")
        return str((await connection.execute(query, {"ids": made, "case": case_id})).scalar_one())


async def the_month_sheet_says_so(world: World) -> None:
    """The sheet for the ministry: five meals, one talk and one no, two ways. Nobody adds it up by hand."""
    async with world.api("demo.agimi.drejtuese") as manager:
        first = TODAY.replace(day=1).isoformat()
        sheet = {row["service_type"]: row for row in checked(await manager.get(f"/services/month?first_day={first}"))}
    day = str(TODAY.day)
    assert set(sheet) == {"FOOD", "PSYCHOLOGICAL", "TRANSPORT"}
    said = {
        service: [Decimal(row["quantity"]), Decimal(row["days"][day]), row["deliveries"], row["refusals"]]
        for service, row in sheet.items()
    }
    assert said == {"FOOD": [5, 5, 5, 0], "PSYCHOLOGICAL": [1, 1, 1, 1], "TRANSPORT": [2, 2, 1, 0]}
    # Another shelter's sheet knows nothing of it
    async with world.api("demo.ura.drejtuese") as other:
        assert checked(await other.get(f"/services/month?first_day={first}")) == []


async def the_stories_tell_it(world: World, arta: str, drita: str) -> None:
    """The files know of help begun and of the goodbye; a no to one service is no event against anybody."""
    async with world.superuser() as connection:

        async def kinds(case_id: str) -> list[str]:
            query = text("select kind from casework.case_event where case_id = :case order by recorded_at, id")
            return list((await connection.execute(query, {"case": case_id})).scalars())

        of_arta, of_drita = await kinds(arta), await kinds(drita)
        assert of_arta.count("FIRST_SERVICE_DELIVERED") == 1
        assert of_arta.count("SERVICE_DELIVERED") == 4
        assert "ADMITTED" in of_arta and "discharged" not in of_arta
        # Two meals, and nothing about the talk she did not want
        assert of_drita.count("SERVICE_DELIVERED") == 2
        assert "discharged" in of_drita and "EXITED" not in of_drita
        sealed = await connection.execute(
            text("select string_agg(encode(note, 'escape'), ' ') from casework.placement")
        )
        assert "Motra" not in str(sealed.scalar_one())
