"""Referrals through the JSON interface: nothing seen before acceptance, beyond consent, or after the end."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.domain.referrals import MINIMUM_DATA_SET
from tests.stories import (
    CHILD,
    CONSENT,
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


async def grants_of(world: World, referral_id: str) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select * from casework.case_grant where source_id = :id order by id"), {"id": referral_id}
        )
        return [dict(row) for row in rows.mappings()]


async def live_classes(world: World, case_id: str, login: str) -> set[str]:
    async with world.acting(login, "referral.read") as unit:
        unit.quiet = True
        return {str(c) for c in await unit.visible_classes(UUID(case_id))}


async def test_the_whole_way_of_a_referral(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    draft = await draft_referral(world, case)
    assert (draft["state"], draft["shared_classes"]) == ("drafted", ["milestones", "identity", "health"])
    sent = await act_on(world, draft, "send", "demo.njl")
    assert (sent["state"], sent["answer_due_to_confirm"]) == ("sent", True)
    async with world.api("demo.agimi") as api:
        waiting = checked(await api.get("/referrals?box=waiting"))["items"]
        mine = next(item for item in waiting if item["id"] == sent["id"])
        assert set(mine["minimum"]) == MINIMUM_DATA_SET
        assert mine["minimum"]["code"] == case["code"]
        read = checked(await api.get(f"/referrals/{sent['id']}"))
        assert read["message"] is None
        assert read["open_classes"] == []
        assert (await api.get(f"/cases/{case['id']}")).status_code == 404
        accepted = checked(await api.post(f"/referrals/{sent['id']}/accept", headers=etag_of(read)))
        assert accepted["state"] == "accepted"
        read = checked(await api.get(f"/referrals/{sent['id']}"))
        assert read["message"] == "Mbërrin nesër në mëngjes."
        assert read["open_classes"] == ["health", "identity", "milestones"]
        person = checked(await api.get(f"/cases/{case['id']}/person"))
        assert person["identity"]["family_names"] == "Hoxhaj"
        assert (await api.get(f"/cases/{case['id']}/consents")).json()["code"] == "case.class_locked"
        begun = checked(await api.post(f"/referrals/{sent['id']}/start", headers=etag_of(read)))
        done = await api.post(
            f"/referrals/{sent['id']}/complete",
            json={"outcome": "delivered", "feedback": "U strehua për tri netë."},
            headers=etag_of(begun),
        )
        assert checked(done)["state"] == "completed"
        assert (await api.get(f"/cases/{case['id']}")).status_code == 404
        after = checked(await api.get(f"/referrals/{sent['id']}"))
        assert (after["minimum"], after["needs"], after["message"]) == (None, [], None)
    assert await live_classes(world, case["id"], "demo.agimi") == set()
    async with world.api("demo.njl") as api:
        found = checked(await api.get(f"/referrals/{sent['id']}"))
        assert found["feedback"] == "U strehua për tri netë."
        assert [step["act"] for step in found["steps"]] == ["send", "accept", "start_service", "complete"]
        assert [step["number"] for step in found["steps"]] == [1, 2, 3, 4]
        assert found["seconds_to_answer"] is not None
        assert found["possible"] == []


async def test_answer_meets_the_task_and_help_follows(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    sent = await send_referral(world, case)
    agimi = await world.organisation("DEMO-AGIMI")

    async def owed() -> list[Any]:
        async with world.superuser() as connection:
            rows = await connection.execute(
                text("select org_id, state, to_confirm from casework.task where subject_id = :id"), {"id": sent["id"]}
            )
            return [tuple(row) for row in rows]

    assert await owed() == [(agimi, "open", True)]
    async with world.api("demo.njl") as api:
        assert checked(await api.get(f"/cases/{case['id']}"))["stage"] == "REFERRED"
    declined = await act_on(world, sent, "decline", "demo.agimi", {"reason": "NO_CAPACITY"})
    assert (declined["state"], declined["decline_reason"]) == ("declined", "NO_CAPACITY")
    assert await owed() == [(agimi, "met", True)]
    async with world.superuser() as connection:
        kinds = await connection.execute(
            text("select kind, org_id from casework.case_event where subject_id = :id order by recorded_at, id"),
            {"id": sent["id"]},
        )
        njl = await world.organisation("DEMO-NJL-BERAT")
        assert [tuple(row) for row in kinds] == [
            ("REFERRAL_SENT", njl),
            ("REFERRAL_ANSWERED", agimi),
            ("REFERRAL_ENDED", agimi),
        ]


async def test_the_preview_shows_the_real_values_and_sends_exactly_them(world: World) -> None:
    case = await register_case(world, interpreter_needed=True, languages=["ar"])
    given = await give_consent(world, case, data_classes=["milestones", "identity"], valid_until="2099-02-24")
    draft = await draft_referral(world, case, needs=["ACCOMMODATION"])
    async with world.api("demo.njl") as api:
        seen = checked(await api.get(f"/referrals/{draft['id']}/preview"))
        assert seen["now"] == {
            "code": case["code"],
            "age_group": "Y5_25_29",
            "child": False,
            "sex": "FEMALE",
            "languages": ["ar"],
            "interpreter": True,
            "needs": ["ACCOMMODATION"],
            "services": [],
            "urgency": "URGENT",
            "safety": "none_known",
        }
        assert [(one["data_class"], one["consent_id"], one["basis"]) for one in seen["after"]] == [
            ("milestones", given["id"], "ADULT_CONSENT"),
            ("identity", given["id"], "ADULT_CONSENT"),
        ]
        assert seen["never"] == ["casework", "identification", "health", "legal", "shelter_location"]
        assert seen["answer_due_to_confirm"] is True
    sent = await act_on(world, draft, "send", "demo.njl")
    async with world.api("demo.agimi") as api:
        assert checked(await api.get(f"/referrals/{sent['id']}"))["minimum"] == seen["now"]
    await act_on(world, sent, "accept", "demo.agimi")
    granted = await grants_of(world, sent["id"])
    assert [set(g["data_classes"]) for g in granted] == [{"milestones", "identity"}]
    assert granted[0]["valid_to"].isoformat().startswith("2099-02-24T23:00")


async def test_nothing_goes_beyond_consent(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case, data_classes=["milestones", "identity"])
    draft = await draft_referral(world, case, data_classes=["milestones", "identity", "casework", "health"])
    async with world.api("demo.njl") as api:
        seen = checked(await api.get(f"/referrals/{draft['id']}/preview"))
        assert seen["uncovered"] == ["casework", "health"]
        refused = await api.post(f"/referrals/{draft['id']}/send", headers=etag_of(draft))
        assert refused.status_code == 422
        problem = refused.json()
        assert [(e["field"], e["code"]) for e in problem["errors"]] == [
            ("data_classes.casework", "referral.beyond_consent"),
            ("data_classes.health", "referral.beyond_consent"),
        ]
        assert checked(await api.get(f"/referrals/{draft['id']}"))["state"] == "drafted"
        # What the sender does not see themselves cannot even be drafted without a basis.
        legal = {"needs": ["LEGAL"], "urgency": "URGENT", "data_classes": ["milestones", "legal"]}
        unseen = await api.post(f"/cases/{case['id']}/referrals", json=legal)
        assert (unseen.json()["field"], unseen.json()["code"]) == ("data_classes.legal", "referral.beyond_consent")
    refused_entries = [e for e in await world.audit_entries("referral.send") if e["outcome"] == "refused"]
    assert [e["detail"]["fields"] for e in refused_entries][-2:] == [  # type: ignore[index]
        ["data_classes.casework", "data_classes.health"],
        ["data_classes.legal"],
    ]


async def test_another_recorded_basis_carries_a_referral_too(world: World) -> None:
    case = await register_case(world)
    await give_consent(
        world,
        case,
        to="DEMO-POLICI-BERAT",
        purpose="POLICE",
        answer="not_asked",
        basis="LEGAL_DUTY",
        basis_note="Kodi i Procedurës Penale, neni 281.",
        data_classes=["milestones"],
        told=[],
        form=None,
    )
    sent = await send_referral(world, case, to="DEMO-POLICI-BERAT", needs=["SAFETY"])
    accepted = await act_on(world, sent, "accept", "demo.polici")
    assert accepted["shared_classes"] == ["milestones"]
    assert await live_classes(world, case["id"], "demo.polici") == {"milestones"}


async def test_a_referral_without_consent_shows_the_minimum_and_opens_nothing(world: World) -> None:
    case = await register_case(world)
    sent = await send_referral(world, case)
    assert sent["shared_classes"] == []
    accepted = await act_on(world, sent, "accept", "demo.agimi")
    assert accepted["minimum"]["code"] == case["code"]
    assert await grants_of(world, sent["id"]) == []
    assert await live_classes(world, case["id"], "demo.agimi") == set()


async def test_a_child_is_not_carried_by_an_adults_consent(world: World) -> None:
    case = await register_case(world, identity=CHILD)
    async with world.api("demo.njl") as api:
        agimi = str(await world.organisation("DEMO-AGIMI"))
        path = f"/cases/{case['id']}/consents"
        refused = await api.post(path, json={**CONSENT, "recipient_org_id": agimi})
        assert {e["code"] for e in refused.json()["errors"]} == {
            "consent.adult_basis_for_child",
            "consent.childs_view_missing",
        }
    await give_consent(
        world,
        case,
        basis="CHILD_BEST_INTEREST",
        assent="not_able",
        best_interest_note="Ekipi vendosi: strehim sot.",
        data_classes=["milestones", "identity"],
    )
    sent = await send_referral(world, case, needs=["ACCOMMODATION", "GUARDIANSHIP"])
    assert sent["minimum"]["child"] is True
    await act_on(world, sent, "accept", "demo.agimi")
    assert await live_classes(world, case["id"], "demo.agimi") == {"milestones", "identity"}


async def test_asking_and_answering_before_the_answer(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    sent = await send_referral(world, case)
    asked = await act_on(world, sent, "question", "demo.agimi", {"question": "A ka nevojë për shkallë pa pengesa?"})
    assert asked["state"] == "info_requested"
    told = await act_on(world, asked, "answer", "demo.njl", {"answer": "Jo, ecën pa vështirësi."})
    assert told["state"] == "acknowledged"
    async with world.api("demo.agimi") as api:
        steps = checked(await api.get(f"/referrals/{sent['id']}"))["steps"]
        assert [(s["act"], s["message"]) for s in steps] == [
            ("send", None),
            ("acknowledge", None),
            ("ask", "A ka nevojë për shkallë pa pengesa?"),
            ("answer", "Jo, ecën pa vështirësi."),
        ]
    async with world.api("demo.ap") as api:
        steps = checked(await api.get(f"/referrals/{sent['id']}"))["steps"]
        assert [s["message"] for s in steps] == [None, None, None, None]
    async with world.superuser() as connection:
        stored = (await connection.execute(text("select message from casework.referral_event"))).scalars().all()
        assert all(b"pengesa" not in bytes(m) for m in stored if m is not None)


async def test_passing_on_links_both_and_carries_only_what_covers_the_new_receiver(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    await give_consent(world, case, to="DEMO-URA", data_classes=["milestones"])
    sent = await send_referral(world, case)
    ura = str(await world.organisation("DEMO-URA"))
    passed = await act_on(world, sent, "redirect", "demo.agimi", {"receiver_org_id": ura, "note": "Tek ne s'ka vend."})
    assert passed["state"] == "redirected"
    async with world.api("demo.njl") as api:
        new = checked(await api.get(f"/referrals/{passed['redirected_to']}"))
        assert (new["state"], new["redirected_from"], new["receiver_org_id"]) == ("sent", sent["id"], ura)
        assert new["shared_classes"] == ["milestones"]
        assert checked(await api.get(f"/referrals/{sent['id']}"))["steps"][-1]["message"] == "Tek ne s'ka vend."
    async with world.api("demo.ura.drejtuese") as api:
        waiting = checked(await api.get("/referrals?box=waiting"))["items"]
        mine = next(item for item in waiting if item["id"] == new["id"])
        assert mine["minimum"]["code"] == case["code"]
        checked(await api.post(f"/referrals/{new['id']}/accept", headers=etag_of(mine)))
    assert await live_classes(world, case["id"], "demo.ura.drejtuese") == {"milestones"}
    assert await live_classes(world, case["id"], "demo.agimi") == set()
    # Who passed it on does not see the case, and can still take the new referral back.
    async with world.api("demo.agimi.drejtuese") as api:
        found = checked(await api.get(f"/referrals/{new['id']}"))
        taken = await api.post(f"/referrals/{new['id']}/withdraw", json={}, headers=etag_of(found))
        assert checked(taken)["state"] == "withdrawn"
    assert await live_classes(world, case["id"], "demo.ura.drejtuese") == set()


async def test_a_withdrawal_ends_access_and_nobody_owes_an_answer(world: World) -> None:
    case, accepted = await referred_case(world)
    assert await live_classes(world, case["id"], "demo.agimi") != set()
    gone = await act_on(world, accepted, "withdraw", "demo.njl", {"by_person": True})
    assert (gone["state"], gone["end_reason"]) == ("withdrawn", "person")
    assert await live_classes(world, case["id"], "demo.agimi") == set()
    assert [g["valid_to"] is not None for g in await grants_of(world, accepted["id"])] == [True]
    other = await send_referral(world, case)
    await act_on(world, other, "withdraw", "demo.njl")
    async with world.superuser() as connection:
        state = await connection.execute(
            text("select state from casework.task where subject_id = :id"), {"id": other["id"]}
        )
        assert state.scalars().all() == ["cancelled"]


async def test_who_may_answer_and_when(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    sent = await send_referral(world, case)
    path = f"/referrals/{sent['id']}"
    async with world.api("demo.ura.drejtuese") as api:
        theirs = await api.post(f"{path}/accept", headers=etag_of(sent))
        unknown = await api.post(f"/referrals/{uuid7()}/accept", headers=etag_of(sent))
        assert (theirs.status_code, theirs.json()["code"]) == (404, "referral.unknown")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "referral.unknown")
    async with world.api("demo.njl") as api:
        own = await api.post(f"{path}/accept", headers=etag_of(sent))
        assert (own.status_code, own.json()["code"]) == (403, "referral.only_receiver")
    async with world.api("demo.ap") as api:
        role = await api.post(f"{path}/accept", headers=etag_of(sent))
        assert (role.status_code, role.json()["code"]) == (403, "policy.role")
    async with world.api("demo.agimi") as api:
        assert (await api.post(f"{path}/accept")).status_code == 428
        stale = await api.post(f"{path}/accept", headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        assert stale.json()["current"] == sent["version"]
        back = await api.post(f"{path}/withdraw", json={}, headers=etag_of(sent))
        assert back.status_code == 403
        taken = checked(await api.post(f"{path}/accept", headers=etag_of(sent)))
        again = await api.post(f"{path}/decline", json={"reason": "SAFETY"}, headers=etag_of(taken))
        assert (again.status_code, again.json()["code"]) == (409, "referral.state.accepted")
        assert "complete" in again.json()["possible"]
    async with world.api("demo.njl") as api:
        stale = await api.post(f"{path}/withdraw", json={}, headers=etag_of(sent))
        assert stale.status_code == 412
        assert stale.json()["changes"][0]["fields"] == ["bases", "receiver_account_id", "shared_classes", "state"]
    denied = [e for e in await world.audit_entries("referral.answer") if e["outcome"] == "denied"]
    assert len(denied) >= 3


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"needs": []}, "needs", "field.missing"),
        ({"needs": ["NO_SUCH"]}, "needs", "field.unknown_code"),
        ({"needs": ["GUARDIANSHIP"]}, "needs", "field.child_only"),
        ({"receiver_org_id": str(uuid7())}, "receiver_org_id", "organisation.unknown"),
        ({"data_classes": ["shelter_location"]}, "data_classes.0", "field.unknown_choice"),
        ({"message": "a\u0000"}, "message", "field.nul_byte"),
        ({"safety": "sure"}, "safety", "field.unknown_choice"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    case = await register_case(world)
    async with world.api("demo.njl") as api:
        base = {"needs": ["ACCOMMODATION"], "urgency": "URGENT"}
        answer = await api.post(f"/cases/{case['id']}/referrals", json={**base, **change})
        assert answer.status_code == 422, answer.text
        assert (answer.json()["field"], answer.json()["code"]) == (field, code)
        assert checked(await api.get(f"/cases/{case['id']}/referrals")) == []


async def test_a_referral_to_oneself_or_without_a_receiver_or_milestones_is_refused(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    async with world.api("demo.njl") as api:
        base = {"needs": ["ACCOMMODATION"], "urgency": "URGENT"}
        own = {**base, "receiver_org_id": str(await world.organisation("DEMO-NJL-BERAT"))}
        answer = await api.post(f"/cases/{case['id']}/referrals", json=own)
        assert answer.json()["code"] == "referral.to_self"
        open_draft = checked(await api.post(f"/cases/{case['id']}/referrals", json=base))
        missing = await api.post(f"/referrals/{open_draft['id']}/send", headers=etag_of(open_draft))
        assert (missing.json()["field"], missing.json()["code"]) == ("receiver_org_id", "field.missing")
    draft = await draft_referral(world, case, data_classes=["identity"])
    async with world.api("demo.njl") as api:
        refused = await api.post(f"/referrals/{draft['id']}/send", headers=etag_of(draft))
        assert refused.json()["code"] == "referral.milestones_first"
        changed = await api.put(
            f"/referrals/{draft['id']}",
            json={**base, "receiver_org_id": draft["receiver_org_id"], "data_classes": ["milestones"]},
            headers=etag_of(draft),
        )
        assert checked(changed)["shared_classes"] == ["milestones"]
        stale = await api.put(f"/referrals/{draft['id']}", json=base, headers=etag_of(draft))
        assert stale.status_code == 412


async def test_repeating_a_draft_with_its_id_makes_one(world: World) -> None:
    case = await register_case(world)
    referral_id = str(uuid7())
    first = await draft_referral(world, case, id=referral_id)
    assert await draft_referral(world, case, id=referral_id) == first
    other = await register_case(world)
    async with world.api("demo.njl") as api:
        body = {"needs": ["ACCOMMODATION"], "urgency": "URGENT", "id": referral_id}
        assert (await api.post(f"/cases/{other['id']}/referrals", json=body)).status_code == 409
