"""The consent ledger through the JSON interface: informed, for a child with its guardian, ended by one word."""

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.ids import uuid7
from app.services import consent_texts
from app.texts import catalogue
from tests.stories import CHILD, CONSENT, TOLD, checked, etag_of, give_consent, referred_case, register_case
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_yes_a_no_and_what_was_not_asked(world: World) -> None:
    case = await register_case(world)
    given = await give_consent(world, case, conditions="Vetëm ilaçet dhe alergjitë.", witness="Roja e natës")
    assert (given["state"], given["ended_referrals"]) == ("given", [])
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/consents"
        no = {"purpose": "POLICE", "answer": "refused", "given_at": "2026-03-02T10:56:00+01:00"}
        assert checked(await api.post(path, json=no))["state"] == "refused"
        ledger = checked(await api.get(path))
        assert [item["state"] for item in ledger["items"]] == ["refused", "given"]
        assert ledger["items"][1]["conditions"] == "Vetëm ilaçet dhe alergjitë."
        assert ledger["items"][1]["witness"] == "Roja e natës"
        assert "NATIONAL_DATABASE" in ledger["unasked"]
        assert not {"POLICE", "REFERRAL_NAMED_BODY"} & set(ledger["unasked"])
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select conditions, witness from casework.consent where case_id = :id"), {"id": case["id"]}
        )
        stored = b"".join(bytes(v) for row in rows for v in row if v is not None)
        assert b"alergjit" not in stored and b"Roja" not in stored


async def test_repeating_records_once_and_the_reading_is_written_down(world: World) -> None:
    case = await register_case(world)
    consent_id = str(uuid7())
    first = await give_consent(world, case, id=consent_id)
    second = await give_consent(world, case, id=consent_id)
    assert first == second
    async with world.api("demo.njl") as api:
        checked(await api.get(f"/cases/{case['id']}/consents"))
    read = [e for e in await world.audit_entries("consent.read") if case["id"] in map(str, e["case_ids"])]  # type: ignore[call-overload]
    assert len(read) == 1
    assert read[0]["data_classes"] == ["casework"]
    assert "Agimi" not in json.dumps(read[0]["detail"])


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"told": TOLD[:-1]}, "told", "consent.not_told"),
        ({"language": None}, "language", "consent.language_missing"),
        ({"text_version": None}, "text_version", "consent.text_version_missing"),
        ({"text_version": "0.9"}, "text_version", "consent.unknown_text"),
        ({"form": None}, "form", "field.missing"),
        ({"basis": None}, "basis", "field.missing"),
        ({"basis": "LEGAL_DUTY", "basis_note": "Neni 281"}, "basis", "consent.basis_without_asking"),
        ({"basis": "CHILD_PARENT"}, "basis", "consent.child_basis_for_adult"),
        ({"data_classes": []}, "data_classes", "consent.no_data_class"),
        ({"data_classes": ["shelter_location"]}, "data_classes.0", "field.unknown_choice"),
        ({"recipient_org_id": None}, "recipient_org_id", "consent.one_recipient"),
        ({"recipient_kind": "HEALTH"}, "recipient_kind", "consent.several_recipients"),
        ({"recipient_org_id": str(uuid7())}, "recipient_org_id", "organisation.unknown"),
        ({"form": "ORAL_INTERPRETED"}, "interpreter", "consent.interpreter_missing"),
        ({"form": "ORAL_WITNESSED"}, "witness", "consent.witness_missing"),
        ({"purpose": "NO_SUCH"}, "purpose", "field.unknown_code"),
        ({"given_at": "2999-01-01T00:00:00Z"}, "given_at", "field.in_future"),
        ({"valid_until": "2020-01-01"}, "valid_until", "consent.ends_before_start"),
        ({"valid_until": "9999-12-31"}, "valid_until", "field.year"),
        ({"guardian_name": "Dikush"}, "guardian_name", "consent.guardian_for_adult"),
        ({"answer": "not_asked"}, "answer", "consent.not_asked"),
        ({"answer": "not_asked", "basis": "COURT_ORDER"}, "basis_note", "consent.basis_note_missing"),
    ],
)
async def test_bad_input_names_the_field_and_writes_nothing(
    world: World, change: dict[str, Any], field: str, code: str
) -> None:
    case = await register_case(world)
    given = {**CONSENT, "recipient_org_id": str(await world.organisation("DEMO-AGIMI")), **change}
    async with world.api("demo.njl") as api:
        answer = await api.post(f"/cases/{case['id']}/consents", json=given)
        assert answer.status_code == 422, answer.text
        assert (field, code) in [(e["field"], e["code"]) for e in answer.json()["errors"]]
        assert checked(await api.get(f"/cases/{case['id']}/consents"))["items"] == []


async def test_for_a_child_decide_a_guardian_or_a_best_interest_decision(world: World) -> None:
    case = await register_case(world, identity=CHILD)
    agimi = str(await world.organisation("DEMO-AGIMI"))
    base = {**CONSENT, "recipient_org_id": agimi, "basis": "CHILD_GUARDIAN", "assent": "agrees"}
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/consents"
        alone = await api.post(path, json=base)
        assert alone.json()["code"] == "consent.guardian_missing"
        suspect = await api.post(path, json={**base, "guardian_name": "Xhaxhai", "guardian_suspected": True})
        assert suspect.json()["code"] == "consent.guardian_suspected"
        given = {**base, "guardian_name": "Nëna", "guardian_relation": "parent", "basis": "CHILD_PARENT"}
        made = checked(await api.post(path, json=given))
        found = checked(await api.get(f"{path}/{made['id']}"))
        assert found["guardian"] == {"name": "Nëna", "appointment": None}
        assert found["assent"] == "agrees"
        media = await api.post(path, json={**given, "purpose": "MEDIA"})
        assert media.json()["code"] == "consent.not_for_child"


async def test_one_word_ends_what_rested_on_it_in_the_same_transaction(world: World) -> None:
    case, accepted = await referred_case(world)
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/consents"
        entry = checked(await api.get(path))["items"][0]
        stale = await api.post(f"{path}/{entry['id']}/withdraw", json={}, headers={"If-Match": '"9"'})
        assert stale.status_code == 412
        assert (await api.post(f"{path}/{entry['id']}/withdraw", json={})).status_code == 428
        said = checked(await api.post(f"{path}/{entry['id']}/withdraw", json={}, headers=etag_of(entry)))
        assert (said["state"], said["ended_referrals"]) == ("withdrawn", [accepted["id"]])
        again = await api.post(f"{path}/{entry['id']}/withdraw", json={}, headers=etag_of(said))
        assert (again.status_code, again.json()["code"]) == (409, "consent.already_withdrawn")
        found = checked(await api.get(f"/referrals/{accepted['id']}"))
        assert (found["state"], found["end_reason"]) == ("revoked", "withdrawn")
        assert found["steps"][-1]["act"] == "revoke"
    async with world.api("demo.agimi") as api:
        ended = checked(await api.get("/referrals?box=ended"))["items"]
        mine = next(item for item in ended if item["id"] == accepted["id"])
        assert (mine["state"], mine["minimum"]) == ("revoked", None)
        assert (await api.get(f"/cases/{case['id']}")).status_code == 404
    async with world.superuser() as connection:
        rows = await connection.execute(
            text(
                "select g.valid_to = c.withdrawn_at from casework.case_grant g, casework.consent c"
                " where g.source_id = :referral and c.id = :consent"
            ),
            {"referral": accepted["id"], "consent": entry["id"]},
        )
        assert rows.scalars().all() == [True]
    entries = [e for e in await world.audit_entries("consent.record") if str(e["subject_id"]) == accepted["id"]]
    assert [e["detail"]["decided"] for e in entries] == ["revoked"]  # type: ignore[index]


async def test_a_no_after_a_yes_ends_it_too(world: World) -> None:
    case, accepted = await referred_case(world)
    async with world.api("demo.njl") as api:
        no = {"purpose": "REFERRAL_NAMED_BODY", "answer": "refused", "given_at": "2026-03-03T10:00:00+01:00"}
        said = checked(await api.post(f"/cases/{case['id']}/consents", json=no))
        assert said["ended_referrals"] == [accepted["id"]]
        early = {**no, "given_at": "2026-03-01T10:00:00+01:00"}
        assert checked(await api.post(f"/cases/{case['id']}/consents", json=early))["ended_referrals"] == []


async def test_a_withdrawal_ends_only_what_no_other_entry_carries(world: World) -> None:
    case, accepted = await referred_case(world)
    wider = await give_consent(world, case, data_classes=["milestones", "identity", "casework", "health", "legal"])
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/consents"
        first = next(i for i in checked(await api.get(path))["items"] if i["id"] != wider["id"])
        said = checked(await api.post(f"{path}/{first['id']}/withdraw", json={}, headers=etag_of(first)))
        # The later word rules, and the withdrawal is the latest of all: the person said stop.
        assert said["ended_referrals"] == [accepted["id"]]


async def test_who_does_not_see_casework_does_not_see_the_ledger(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    async with world.api("demo.ap") as api:
        role = await api.get(f"/cases/{case['id']}/consents")
        assert (role.status_code, role.json()["code"]) == (403, "policy.role")
    async with world.api("demo.menaxhere") as api:
        theirs = await api.get(f"/cases/{case['id']}/consents")
        assert (theirs.status_code, theirs.json()["code"]) == (404, "case.unknown")
        assert (await api.get(f"/cases/{case['id']}/consents/{uuid7()}")).status_code == 404
    async with world.api("demo.njl") as api:
        unknown = await api.get(f"/cases/{case['id']}/consents/{uuid7()}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "consent.unknown")


async def test_the_text_that_is_read(world: World) -> None:
    async with world.api("demo.njl") as api:
        path = "/consent-texts/REFERRAL_NAMED_BODY?recipient=Agimi&data_classes=identity"
        sheet = checked(await api.get(path))
        assert sheet["version"] == "1.0"
        assert any("Agimi" in line for line in sheet["paragraphs"])
        assert any("your name" in line for line in sheet["paragraphs"])
        plain = checked(await api.get(f"{path}&child=true"))
        assert plain["question"] == "What do you think?"
        unknown = await api.get("/consent-texts/NO_SUCH")
        assert (unknown.status_code, unknown.json()["code"]) == (422, "consent.no_text")
        old = await api.get("/consent-texts/POLICE?version=0.1")
        assert old.json()["code"] == "consent.unknown_text"


RELEASED = {"1.0": "9d5b13e42f49507e"}
"""SHA-256 (first 16 digits) of every released version: what somebody agreed to stays readable word by word."""


async def test_a_released_text_never_changes() -> None:
    found = {}
    for version in consent_texts.versions():
        root = f"consent_texts.v{version.replace('.', '_')}."
        texts = {key: dict(entry) for key, entry in catalogue().items() if key.startswith(root)}
        found[version] = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
    assert found == RELEASED


async def test_every_purpose_has_a_text_in_both_profiles(world: World) -> None:
    for jurisdiction in ("AL", "XK"):
        profile = world.program.profile(jurisdiction)
        for code in profile.selectable("consent_purpose"):
            for child in (False, True):
                sheet = consent_texts.sheet(
                    consent_texts.current(),
                    code.code,
                    "sq",
                    jurisdiction=jurisdiction,
                    recipient="…",
                    classes=["milestones", "identity", "casework", "identification", "health", "legal"],
                    child=child,
                )
                assert len(sheet.paragraphs) == 7
