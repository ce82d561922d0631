"""A person changes their mind mid-referral: one word, and what was shared closes for everybody in the same moment."""

import pytest
from sqlalchemy import text

from tests.stories import CONSENT, act_on, checked, etag_of, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_consent_withdrawn_mid_referral(world: World) -> None:
    # A mobile-unit officer registers a woman, tells her her rights, asks her, and refers her to a shelter.
    case = await register_case(world, languages=["ar"], interpreter_needed=True)
    agimi = str(await world.organisation("DEMO-AGIMI"))
    async with world.api("demo.njl") as api:
        told = {
            "given_at": "2026-03-02T10:40:00+01:00",
            "topics": ["RIGHTS", "SERVICES", "DATA_PROTECTION"],
            "language": "ar",
            "interpreter": "present",
        }
        checked(await api.post(f"/cases/{case['id']}/information", json=told))
        words = checked(
            await api.get(
                "/consent-texts/REFERRAL_NAMED_BODY?recipient=Agimi&data_classes=identity&data_classes=health"
            )
        )
        yes = checked(
            await api.post(
                f"/cases/{case['id']}/consents",
                json={
                    **CONSENT,
                    "recipient_org_id": agimi,
                    "data_classes": ["milestones", "identity", "health"],
                    "text_version": words["version"],
                    "form": "ORAL_INTERPRETED",
                    "interpreter": "present",
                    "language": "ar",
                },
            )
        )
        police = {"purpose": "POLICE", "answer": "refused", "given_at": "2026-03-02T10:56:00+01:00"}
        checked(await api.post(f"/cases/{case['id']}/consents", json=police))
        need = {"needs": ["ACCOMMODATION", "HEALTH"], "urgency": "URGENT", "safety": "none_known"}
        draft = checked(await api.post(f"/cases/{case['id']}/referrals", json=need))
        offers = checked(await api.get(f"/referrals/{draft['id']}/providers"))
        assert agimi in [offer["id"] for offer in offers]
        chosen = checked(
            await api.put(f"/referrals/{draft['id']}", json={**need, "receiver_org_id": agimi}, headers=etag_of(draft))
        )
        seen = checked(await api.get(f"/referrals/{draft['id']}/preview"))
        assert {one["data_class"] for one in seen["after"]} == {"milestones", "identity", "health"}
        sent = checked(await api.post(f"/referrals/{draft['id']}/send", headers=etag_of(chosen)))
        # Nothing to the police: she said not now.
        to_police = {**need, "needs": ["SAFETY"], "receiver_org_id": str(await world.organisation("DEMO-POLICI-BERAT"))}
        police_draft = checked(await api.post(f"/cases/{case['id']}/referrals", json=to_police))
        assert police_draft["shared_classes"] == []

    # The shelter accepts and begins.
    accepted = await act_on(world, sent, "accept", "demo.agimi")
    await act_on(world, accepted, "start", "demo.agimi")
    async with world.api("demo.agimi") as api:
        assert checked(await api.get(f"/cases/{case['id']}"))["stage"] == "REFERRED"
        assert (await api.get(f"/cases/{case['id']}/person")).status_code == 200

    # She changes her mind. One word, one transaction.
    async with world.api("demo.njl") as api:
        said = checked(
            await api.post(f"/cases/{case['id']}/consents/{yes['id']}/withdraw", json={}, headers=etag_of(yes))
        )
        assert said["ended_referrals"] == [sent["id"]]
    async with world.api("demo.agimi") as api:
        for path in (f"/cases/{case['id']}", f"/cases/{case['id']}/person"):
            assert (await api.get(path)).status_code == 404
        ended = checked(await api.get("/referrals?box=ended"))["items"]
        mine = next(item for item in ended if item["id"] == sent["id"])
        assert (mine["state"], mine["minimum"], mine["needs"]) == ("revoked", None, [])
        late = await api.post(f"/referrals/{sent['id']}/complete", json={"feedback": "…"}, headers=etag_of(mine))
        assert (late.status_code, late.json()["code"]) == (409, "referral.state.revoked")

    # The story says what happened and when; help can begin anew with a new yes; the log shows who saw what.
    async with world.api("demo.njl") as api:
        found = checked(await api.get(f"/referrals/{sent['id']}"))
        assert [step["act"] for step in found["steps"]] == ["send", "accept", "start_service", "revoke"]
        again = checked(await api.post(f"/referrals/{sent['id']}/again"))
        assert again["needs"] == ["ACCOMMODATION", "HEALTH"]
    async with world.superuser() as connection:
        rows = await connection.execute(
            text(
                "select xmin::text from casework.consent where id = :consent union all"
                " select xmin::text from casework.referral where id = :referral union all"
                " select xmin::text from casework.case_grant where source_id = :referral"
            ),
            {"consent": yes["id"], "referral": sent["id"]},
        )
        assert len(set(rows.scalars().all())) == 1, "withdrawal, referral and grants changed in one transaction"
        log = await connection.execute(
            text(
                "select action, outcome from audit.entry where :case = any(case_ids)"
                " and org_id = :org order by sequence"
            ),
            {"case": case["id"], "org": agimi},
        )
        actions = [row[0] for row in log]
    assert {"referral.answer", "case.read", "person.read"} <= set(actions)
