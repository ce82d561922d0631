"""The man from the building site, some weeks later. He was stopped for staying without papers before anybody saw that
he was a victim; the case against him is flagged, the police are told what they need and no more, and it is dropped. He
has his own time, never under thirty days, with a permit; and he who refused to be named is counted exactly once."""

from typing import Any

import pytest
from sqlalchemy import text

from app.services.figures import refresh
from tests.journeys.log import log_of
from tests.stories import (
    answer_indicators,
    checked,
    decide_identification,
    etag_of,
    hand_over,
    record_exploitation,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MUNICIPALITY = "demo.menaxhere"
WORKER: dict[str, Any] = {
    "sex": "MALE",
    "estimated_from": 30,
    "estimated_to": 38,
    "age_basis": "fjala e tij",
    "citizenships": ["NP"],
}
SITE: dict[str, Any] = {
    "forms": ["LAB_WORKPLACE"],
    "acts": ["RECRUITMENT", "TRANSFER"],
    "means": ["DECEPTION"],
    "scope": "TRANSNATIONAL_IN",
    "countries": ["NP", "AL"],
    "sectors": ["ISIC_F"],
    "recruiter_relationships": ["AGENCY"],
    "control_methods": ["WITHHOLDS_DOCUMENTS"],
}


async def test_he_is_not_punished_for_what_he_was_made_to_do(world: World) -> None:
    case = await known_without_a_name(world)
    period = await his_own_time_begins(world, case)
    await a_case_against_him_is_flagged_and_the_police_are_told(world, case)
    await nobody_shortens_his_time(world, case, period)
    await the_permit_outlives_it(world, case, period)
    await he_is_counted_once_and_named_nowhere(world, case)


async def known_without_a_name(world: World) -> dict[str, Any]:
    """The mobile unit finds what happened to him. He does not want to be identified: that is his to say."""
    case = await register_case(world, identity=WORKER, without_identity=True, languages=["ne"], interpreter_needed=True)
    await record_exploitation(world, case, **SITE)
    refusal = {"refused_by_person": "yes", "refusal_reason": "FEAR_DEPORTATION"}
    for _ in range(2):
        # A second officer met him a week later and wrote the same down: he is still one person
        begun = await start_identification(world, case, interpreter="telephone")
        begun = await answer_indicators(world, begun, "AI06", "AI09", "AI22")
        await decide_identification(world, begun, **refusal)
    return case


async def his_own_time_begins(world: World, case: dict[str, Any]) -> str:
    """It is explained to him in his language, and begins without any condition."""
    begun = {"started_at": "2026-03-05T10:00:00+01:00", "basis": "law"}
    explained = {"explained_at": "2026-03-05T09:30:00+01:00", "explained_language": "ne", "interpreter": "telephone"}
    async with world.api("demo.njl") as njl:
        period = checked(await njl.post(f"/cases/{case['id']}/reflection", json={**begun, **explained}))["id"]
        found = checked(await njl.get(f"/cases/{case['id']}/reflection"))
        assert (found["now"]["foreign"], found["minimum"]["duration"]) == (True, "P30D")
        assert found["minimum"]["to_confirm"] and found["minimum"]["source"]
        now = checked(await njl.get(f"/cases/{case['id']}"))
    # The municipality works on with the case, the legal side of it too
    await hand_over(world, now)
    return str(period)


async def a_case_against_him_is_flagged_and_the_police_are_told(world: World, case: dict[str, Any]) -> None:
    """Proceedings for staying illegally were begun in February, before he was found. Nobody has to notice that."""
    path = f"/cases/{case['id']}/proceedings"
    police = str(await world.organisation("DEMO-POLICI-BERAT"))
    async with world.api(MUNICIPALITY) as teuta:
        begun = {
            "kind": "VICTIM_PROSECUTION_STARTED",
            "begun_on": "2026-02-20",
            "phase": "INVESTIGATION",
            "offence": "IRREGULAR_STAY",
            "body_org_id": police,
            "their_reference": "K-77/2026",
        }
        not_theirs = {**begun, "body_org_id": str(await world.organisation("DEMO-AGIMI"))}
        wrong = await teuta.post(path, json=not_theirs)
        assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (
            422,
            "proceedings.not_competent",
            "body_org_id",
        )
        made = checked(await teuta.post(path, json=begun))["id"]
        [one] = checked(await teuta.get(path))["items"]
        assert (one["before"], one["outcome"], one["notices"]) == (True, "pending", [])
        assert "COMPETENT_BODY_NOTIFIED" in await open_tasks(world, case)

        # What the police will read is shown first: a code, a date, the article of law. Not who he is, nor what he told
        shown = checked(await teuta.get(f"{path}/{made}/notice"))["contents"]
        assert set(shown) == {
            "case_code",
            "status",
            "identified_on",
            "legal_basis",
            "to_confirm",
            "their_reference",
        }
        assert (shown["status"], shown["identified_on"], shown["legal_basis"]) == ("VMT", "2026-03-02", ["PC_52A"])
        sent = {"channel": "letter", "sent_at": "2026-03-06T12:00:00+01:00", "person_told": "yes"}
        checked(await teuta.post(f"{path}/{made}/notice", json=sent, headers=etag_of(one)))
        assert "COMPETENT_BODY_NOTIFIED" not in await open_tasks(world, case)
    async with world.api("demo.polici") as officer:
        assert (await officer.get(f"/cases/{case['id']}")).status_code == 404

    # The authority follows that somebody is prosecuted who should not be: how many, how long, told or not
    async with world.api("demo.ap") as authority:
        page = checked(await authority.get("/board/proceedings"))
        assert [(row["case_id"], row["open"], row["begun_before"], row["told"]) for row in page["items"]] == [
            (case["id"], 1, True, True)
        ]
        assert "IRREGULAR_STAY" not in str(page) and "K-77" not in str(page)

    async with world.api(MUNICIPALITY) as teuta:
        [one] = checked(await teuta.get(path))["items"]
        dropped = {"event": "PROCEEDINGS_DISCONTINUED", "on_day": "2026-04-20"}
        checked(await teuta.post(f"{path}/{made}/outcome", json=dropped, headers=etag_of(one)))
    async with world.api("demo.ap") as authority:
        page = checked(await authority.get("/board/proceedings"))
        assert page["items"] == []
        assert [
            (row["outcome"], row["begun_before"], row["proceedings"], row["persons"]) for row in page["counts"]
        ] == [("dropped", True, 1, 1)]


async def nobody_shortens_his_time(world: World, case: dict[str, Any], period: str) -> None:
    """Somebody would like to close it on the twentieth day. It is refused, with the day and the source."""
    path = f"/cases/{case['id']}/reflection/{period}/end"
    early = {"ended_at": "2026-03-25T10:00:00+01:00", "manner": "person", "person_asked": True, "reason": "Nxitet."}
    async with world.api(MUNICIPALITY) as teuta:
        refused = await teuta.post(path, json=early, headers={"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
            422,
            "reflection.foreign_minimum",
            "ended_at",
        )
        assert "04.04.2026" in refused.json()["detail"]
        assert checked(await teuta.get(f"/cases/{case['id']}/reflection"))["now"]["running"]
        # Help is what goes on meanwhile, whoever asks about the period
        served = {"case_ids": [case["id"]], "service_type": "HEALTH_CARE", "delivered_on": "2026-03-25"}
        checked(await teuta.post("/services", json=served))


async def the_permit_outlives_it(world: World, case: dict[str, Any], period: str) -> None:
    """A permit that would run out inside the thirty days is none; the one he gets lasts beyond his time."""
    here = f"/cases/{case['id']}/reflection/{period}"
    async with world.api(MUNICIPALITY) as teuta:
        given = {"permit": "granted", "at": "2026-03-10T10:00:00+01:00"}
        short = await teuta.post(
            f"{here}/permit", json={**given, "until": "2026-03-28T10:00:00+01:00"}, headers={"If-Match": '"1"'}
        )
        assert (short.status_code, short.json()["code"], short.json()["field"]) == (
            422,
            "reflection.permit_before_minimum",
            "until",
        )
        long = {**given, "until": "2026-09-10T10:00:00+02:00"}
        found = checked(await teuta.post(f"{here}/permit", json=long, headers={"If-Match": '"1"'}))
        assert (found["now"]["permit"], found["now"]["permit_until"][:10]) == ("granted", "2026-09-10")
        end = {"ended_at": "2026-06-06T10:00:00+02:00", "manner": "term"}
        found = checked(await teuta.post(f"{here}/end", json=end, headers={"If-Match": '"2"'}))
        assert (found["now"]["running"], found["now"]["permit"]) == (False, "granted")


async def he_is_counted_once_and_named_nowhere(world: World, case: dict[str, Any]) -> None:
    """The authority has one notification without a name; the figures one person; the log every hand that touched it."""
    async with world.api("demo.ap") as authority:
        told = checked(await authority.get("/refusals"))["items"]
        assert [(one["reason"], one["standing"]) for one in told] == [("FEAR_DEPORTATION", True)]
        assert case["code"] not in str(told) and case["id"] not in str(told)
        name = {"reason": "CHILD_MISSING", "text": "Kush është?"}
        kept = await authority.post(f"/cases/{case['id']}/reveal", json=name)
        assert kept.status_code in (404, 409)
    await refresh(world.program, "AL")
    async with world.superuser() as connection:
        counted = await connection.execute(text("select count(*) from stats.notice_fact where jurisdiction = 'AL'"))
        assert counted.scalar_one() == 1
        nobody = await connection.execute(
            text("select person_id from casework.case_file where id = :id"), {"id": case["id"]}
        )
        assert nobody.scalar_one() is None
    written = [e for e in await log_of(world, "proceedings.record") if case["id"] in map(str, e["case_ids"])]
    assert [e["outcome"] for e in written] == ["refused", "done", "done", "done"]
    shortened = [e for e in await log_of(world, "reflection.record") if e["outcome"] == "refused"]
    assert [e["detail"]["code"] for e in shortened] == [
        "reflection.foreign_minimum",
        "reflection.permit_before_minimum",
    ]


async def open_tasks(world: World, case: dict[str, Any]) -> list[str]:
    """Return what is due in the case."""
    async with world.superuser() as connection:
        query = text("select event from casework.task where case_id = :id and state = 'open'")
        return list((await connection.execute(query, {"id": case["id"]})).scalars())
