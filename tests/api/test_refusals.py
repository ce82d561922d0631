"""An adult refuses: help goes on, the authority is told once and never of whom, and the figures count a person once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.ids import uuid7
from app.services.figures import refresh
from tests.stories import (
    CHILD,
    PERSON,
    answer_indicators,
    checked,
    decide_identification,
    etag_of,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMELESS = {key: value for key, value in PERSON.items() if "name" not in key and key != "documents"}
THREE = ("AI09", "AI12", "AI16")
REFUSED = {"refused_by_person": "yes", "refusal_reason": "FEAR_DEPORTATION"}


async def refuse(world: World, case: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Record that the person of a case refused; returns the identification."""
    made = await answer_indicators(world, await start_identification(world, case), *THREE)
    return await decide_identification(world, made, **{**REFUSED, **changed})


async def notices(world: World) -> list[dict[str, Any]]:
    """Return the base `refused` of a fresh extract."""
    await refresh(world.program, "AL")
    async with world.superuser() as connection:
        rows = await connection.execute(text("select * from stats.notice_fact where jurisdiction = 'AL'"))
        return [dict(row) for row in rows.mappings()]


async def persons(world: World) -> int:
    async with world.superuser() as connection:
        counted = await connection.execute(
            text("select count(*) from stats.person_fact where jurisdiction = 'AL' and base = 'vmt'")
        )
        return int(counted.scalar_one())


async def test_the_authority_is_told_once_and_never_of_whom(world: World) -> None:
    case = await register_case(world)
    await refuse(world, case)
    await refuse(world, case)
    async with world.api("demo.ap") as api:
        listed = checked(await api.get("/refusals"))["items"]
        assert len(listed) == 1
        assert (listed[0]["reason"], listed[0]["standing"]) == ("FEAR_DEPORTATION", True)
        told = str(listed)
        assert case["code"] not in told
        assert case["id"] not in told
    async with world.browser("demo.ap") as browser:
        page = (await browser.get("/refusals")).text
        assert "Frikë nga dëbimi" in page
        assert case["code"] not in page
    read = (await world.audit_entries("refusal.read"))[0]
    assert [str(one) for one in read["case_ids"]] == [case["id"]]  # type: ignore[attr-defined]
    async with world.api("demo.njl") as api:
        assert (await api.get("/refusals")).status_code == 403


async def test_who_refused_is_not_revealed_until_they_accept(world: World) -> None:
    case = await register_case(world)
    await refuse(world, case)
    async with world.api("demo.ap") as api:
        body = {"reason": reveal_reason(world), "text": "Duhet të dihet kush është."}
        shut = await api.post(f"/cases/{case['id']}/reveal", json=body)
        assert (shut.status_code, shut.json()["code"]) == (409, "reveal.person_refused"), shut.text
    made = await answer_indicators(world, await start_identification(world, case), *THREE)
    await decide_identification(world, made, decided_at="2026-03-03T10:00:00+01:00")
    async with world.api("demo.ap") as api:
        open_now = await api.post(f"/cases/{case['id']}/reveal", json=body)
        assert open_now.status_code < 300, open_now.text


def reveal_reason(world: World) -> str:
    """Return a reason that the profile knows."""
    return next(iter(world.program.profile("AL").selectable("break_glass_reason"))).code


async def test_the_database_itself_keeps_the_name_of_who_refused(world: World) -> None:
    case = await register_case(world)
    async with world.api("demo.ap") as api:
        body = {"reason": reveal_reason(world), "text": "Para refuzimit."}
        assert (await api.post(f"/cases/{case['id']}/reveal", json=body)).status_code < 300
    await refuse(world, case)
    async with world.superuser() as connection:
        still = await connection.execute(
            text(
                "select count(*) from casework.case_grant where case_id = :id and basis = 'reveal' and valid_to > now()"
            ),
            {"id": case["id"]},
        )
        assert still.scalar_one() == 0, "what was open ends with the refusal"
    async with world.acting("demo.ap", "identity.reveal") as unit:
        unit.quiet = True
        with pytest.raises(DBAPIError, match="refused to be identified"):
            async with unit.connection.begin_nested():
                await unit.connection.execute(
                    text(
                        "insert into casework.case_grant (id, case_id, account_id, data_classes, basis, reason,"
                        " valid_to, granted_by) values (:id, :case, iam.actor(), '{identity}', 'reveal', 'X',"
                        " now() + interval '30 minutes', iam.actor())"
                    ),
                    {"id": uuid7(), "case": case["id"]},
                )


async def test_the_national_count_holds_a_person_once_however_often_they_refuse_or_accept(world: World) -> None:
    before, people = await notices(world), await persons(world)
    named = await register_case(world)
    await refuse(world, named)
    await refuse(world, named)
    made = await answer_indicators(world, await start_identification(world, named), *THREE)
    await decide_identification(world, made, decided_at=datetime.now(UTC).isoformat())
    nameless = await register_case(world, identity=NAMELESS, without_identity=True)
    await refuse(world, nameless)
    again = await register_case(world, identity=NAMELESS, without_identity=True)
    await refuse(world, again, refused_before=nameless["id"])
    found = await notices(world)
    assert len(found) == len(before) + 2
    assert sum(one["accepted_later"] for one in found) == sum(one["accepted_later"] for one in before) + 1
    assert await persons(world) == people + 2, "each refused person is one of the potential victims, once"
    assert {"case_id", "person_id", "id"} & set(found[0]) == set()
    async with world.api("demo.ap") as api:
        assert len(checked(await api.get("/refusals"))["items"]) >= 2


async def test_help_goes_on_without_a_status(world: World) -> None:
    for result, refused in (("AT_RISK", "no"), ("VMT", "yes"), ("NO_INDICATION", "no")):
        case = await register_case(world)
        made = await answer_indicators(world, await start_identification(world, case), *THREE)
        change = REFUSED if refused == "yes" else {}
        await decide_identification(world, made, result=result, **change)
        service = {"case_ids": [case["id"]], "service_type": "FOOD", "delivered_on": "2026-03-03"}
        async with world.api("demo.njl") as api:
            given = await api.post("/services", json=service)
            assert given.status_code in (200, 201), (result, given.text)
            told = {"topics": ["RIGHTS", "SERVICES"], "language": "sq", "given_at": "2026-03-03T10:00:00+01:00"}
            informed = await api.post(f"/cases/{case['id']}/information", json=told)
            assert informed.status_code in (200, 201), (result, informed.text)


async def test_the_threshold_is_overridden_by_name_and_with_a_reason_alone(world: World) -> None:
    case = await register_case(world)
    made = await answer_indicators(world, await start_identification(world, case), "AI09")
    body = {"result": "VMT", "decided_at": "2026-03-02T13:00:00+01:00", "decision_reason": "Një tregues i fortë."}
    async with world.api("demo.njl") as api:
        path = f"/identifications/{made['id']}/decision"
        below = await api.post(path, json=body, headers=etag_of(made))
        assert (below.status_code, below.json()["code"]) == (422, "identification.below_threshold")
        over = {**body, "override_reason": "Fletore me emra dhe borxhe u gjet te personi."}
        decided = checked(await api.post(path, json=over, headers=etag_of(made)))
        read = checked(await api.get(f"/identifications/{made['id']}"))
    assert read["override_reason"] == over["override_reason"]
    entry = [e for e in await world.audit_entries("identification.decide") if str(e["subject_id"]) == made["id"]][-1]
    assert entry["detail"]["below_threshold"] is True  # type: ignore[index]
    assert str(entry["account_id"]) == decided["decided_by"]
    assert "Fletore" not in str(entry)
    async with world.superuser() as connection:
        kept = await connection.execute(
            text("select override_reason from casework.identification where id = :id"), {"id": made["id"]}
        )
        assert b"Fletore" not in kept.scalar_one()


async def test_what_belongs_to_a_refusal_alone_is_refused_elsewhere(world: World) -> None:
    case, other = await register_case(world), await register_case(world)
    made = await answer_indicators(world, await start_identification(world, case), *THREE)
    child = await register_case(world, identity=CHILD)
    of_child = await answer_indicators(world, await start_identification(world, child), *THREE)
    body = {"result": "VMT", "decided_at": "2026-03-02T13:00:00+01:00", "decision_reason": "E pamë."}
    async with world.api("demo.njl") as api:
        for given, of, code in (
            ({"refusal_reason": "FEAR_DEPORTATION"}, made, "identification.not_refused"),
            ({**REFUSED, "refused_before": other["id"]}, made, "identification.no_such_refusal"),
            ({**REFUSED, "refusal_reason": "NO_SUCH"}, made, "field.unknown_code"),
            (REFUSED, of_child, "identification.child_cannot_refuse"),
        ):
            answer = await api.post(
                f"/identifications/{of['id']}/decision", json={**body, **given}, headers=etag_of(of)
            )
            assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
