"""No grant ever holds a data class the ledger does not carry: drawn at random, raced, asked of the database."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.consent import covers
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.services.consent_ledger import entry_of, receiver_of
from tests.stories import (
    act_on,
    checked,
    draft_referral,
    etag_of,
    give_consent,
    referred_case,
    register_case,
    send_referral,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLASSES = ["milestones", "identity", "casework", "identification", "health", "legal"]


async def uncovered(world: World) -> list[tuple[str, str]]:
    """Return every (case, data class) that a live grant of a referral opens and the ledger does not carry."""
    wrong = []
    async with world.superuser() as connection:
        rows = await connection.execute(
            text(
                "select g.case_id, g.data_classes, o.id, o.kind, f.is_child, now() as at"
                " from casework.case_grant g join ref.organisation o on o.id = g.org_id"
                " join casework.case_file f on f.id = g.case_id"
                " where g.basis = 'referral' and (g.valid_to is null or g.valid_to > now())"
            )
        )
        for grant in rows.mappings().all():
            found = await connection.execute(
                text("select * from casework.consent where case_id = :id"), {"id": grant["case_id"]}
            )
            ledger = [entry_of(row) for row in found.mappings()]
            for data_class in grant["data_classes"]:
                if not covers(
                    ledger,
                    "REFERRAL_NAMED_BODY",
                    receiver_of(grant),
                    DataClass(data_class),
                    grant["at"],
                    grant["is_child"],
                ):
                    wrong.append((str(grant["case_id"]), data_class))
    return wrong


async def _say(world: World, case: dict[str, Any], draw: random.Random, to: str, hour: int) -> None:
    """Let the person say something at random: a yes to some classes, a no, or take a yes back."""
    given_at = f"2026-03-{2 + hour:02d}T10:00:00+01:00"
    what = draw.choice(["yes", "yes", "yes", "no", "back"])
    some = sorted(draw.sample(CLASSES, draw.randint(1, 6)), key=CLASSES.index)
    if what == "yes":
        end = draw.choice([None, "2099-01-01"])
        await give_consent(world, case, to, data_classes=some, given_at=given_at, valid_until=end)
        return
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/consents"
        if what == "no":
            no: dict[str, Any] = {"purpose": "REFERRAL_NAMED_BODY", "answer": "refused", "given_at": given_at}
            if draw.random() < 0.7:
                no |= {"recipient_org_id": str(await world.organisation(to)), "data_classes": some}
            checked(await api.post(path, json=no))
            return
        live = [item for item in checked(await api.get(path))["items"] if item["state"] == "given"]
        if live:
            entry = draw.choice(live)
            checked(await api.post(f"{path}/{entry['id']}/withdraw", json={}, headers=etag_of(entry)))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_said_in_whatever_order_nothing_uncovered_is_open(world: World, seed: int) -> None:
    draw = random.Random(seed)
    case = await register_case(world)
    receivers = {"DEMO-AGIMI": "demo.agimi", "DEMO-URA": "demo.ura.drejtuese"}
    waiting: list[tuple[dict[str, Any], str]] = []
    for hour in range(8):
        to = draw.choice(list(receivers))
        await _say(world, case, draw, to, hour)
        if draw.random() < 0.6:
            draft = await draft_referral(world, case, to)
            async with world.api("demo.njl") as api:
                sent = await api.post(f"/referrals/{draft['id']}/send", headers=etag_of(draft))
                assert sent.status_code in (200, 422), sent.text
            if sent.status_code == 200:
                waiting.append((sent.json(), receivers[to]))
        if waiting and draw.random() < 0.7:
            found, login = waiting.pop(draw.randrange(len(waiting)))
            async with world.api(login) as api:
                answered = await api.post(f"/referrals/{found['id']}/accept", headers=etag_of(found))
                assert answered.status_code in (200, 409), answered.text
        assert await uncovered(world) == []


@pytest.mark.parametrize("attempt", range(6))
async def test_a_withdrawal_and_an_acceptance_at_one_moment_leave_nothing_open(world: World, attempt: int) -> None:
    case = await register_case(world)
    entry = await give_consent(world, case)
    sent = await send_referral(world, case)
    path = f"/cases/{case['id']}/consents/{entry['id']}/withdraw"
    async with world.api("demo.njl") as sender, world.api("demo.agimi") as receiver:
        said, taken = await asyncio.gather(
            sender.post(path, json={}, headers=etag_of(entry)),
            receiver.post(f"/referrals/{sent['id']}/accept", headers=etag_of(sent)),
        )
    assert said.status_code == 200, said.text
    assert taken.status_code in (200, 409)
    assert said.json()["ended_referrals"] == [sent["id"]]
    assert await uncovered(world) == []
    async with world.acting("demo.agimi", "referral.read") as unit:
        unit.quiet = True
        assert await unit.visible_classes(UUID(case["id"])) == frozenset()


async def test_two_answers_at_one_moment_are_one_answer(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    sent = await send_referral(world, case)
    async with world.api("demo.agimi") as one, world.api("demo.agimi.drejtuese") as other:
        answers = await asyncio.gather(
            one.post(f"/referrals/{sent['id']}/accept", headers=etag_of(sent)),
            other.post(f"/referrals/{sent['id']}/decline", json={"reason": "SAFETY"}, headers=etag_of(sent)),
        )
    assert sorted(a.status_code for a in answers) == [200, 409]


async def test_the_database_refuses_a_grant_the_ledger_does_not_carry(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case, data_classes=["milestones", "health"], valid_until="2099-01-01")
    sent = await send_referral(world, case)
    accepted = await act_on(world, sent, "accept", "demo.agimi")
    agimi = await world.organisation("DEMO-AGIMI")

    async def grant(classes: list[str], until: str | None = "2098-01-01") -> None:
        async with world.acting("demo.agimi", "referral.answer") as unit:
            unit.quiet = True
            await unit.execute(
                text(
                    "insert into casework.case_grant (id, case_id, org_id, data_classes, basis, source_id, valid_to,"
                    " granted_by) values (:id, :case, :org, :classes, 'referral', :source,"
                    " cast(:until as timestamptz), :by)"
                ),
                {
                    "id": uuid7(),
                    "case": UUID(case["id"]),
                    "org": agimi,
                    "classes": classes,
                    "source": UUID(accepted["id"]),
                    "until": None if until is None else _moment(until),
                    "by": unit.actor.account_id,
                },
            )

    await grant(["health"])
    for classes, until in ((["identity"], "2098-01-01"), (["health"], None), (["shelter_location"], "2098-01-01")):
        with pytest.raises(DBAPIError, match="row-level security"):
            await grant(classes, until)


def _moment(day: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromisoformat(day).replace(tzinfo=UTC)


async def test_what_ended_since_the_sending_does_not_open(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case, data_classes=["milestones", "identity"])
    health = await give_consent(world, case, data_classes=["health"], valid_until="2099-01-01")
    sent = await send_referral(world, case)
    assert sent["shared_classes"] == ["milestones", "identity", "health"]
    async with world.superuser() as connection:
        await connection.execute(
            text("update casework.consent set valid_to = now() where id = :id"), {"id": health["id"]}
        )
    accepted = await act_on(world, sent, "accept", "demo.agimi")
    assert accepted["shared_classes"] == ["milestones", "identity"]


async def test_the_end_of_a_referral_ends_access_whoever_ends_it(world: World) -> None:
    case, accepted = await referred_case(world)
    async with world.superuser() as connection:
        await connection.execute(
            text("update casework.referral set state = 'completed', ended_at = now() where id = :id"),
            {"id": accepted["id"]},
        )
        left = await connection.execute(
            text("select count(*) from casework.case_grant where source_id = :id and valid_to is null"),
            {"id": accepted["id"]},
        )
        assert left.scalar() == 0
    assert case["id"]
