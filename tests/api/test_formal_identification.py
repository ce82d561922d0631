"""The formal identification through the JSON interface: who may, what is refused, what is kept."""

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import text

from tests.formal_stories import (
    CHILD_INTERVIEW,
    CHILDREN,
    INTERVIEW,
    POLICE,
    REQUEST,
    SOCIAL,
    act,
    code_of,
    content_digest,
    decided,
    ground_everything,
    name_member,
    now,
    potential_victim,
    proposed,
    ready_to_propose,
    request_formal,
    sign,
    whole,
)
from tests.stories import CHILD, checked, person_of
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refused(world: World, procedure: str, what: str, login: str = SOCIAL, **given: Any) -> dict[str, Any]:
    """Return the problem that a step meets; fails where it is accepted."""
    async with world.api(login) as api:
        answer = await api.post(f"/formal/{procedure}/{what}", json=given)
        assert answer.status_code >= 400, answer.text
        problem: dict[str, Any] = answer.json()
        return problem


async def story(world: World, case: dict[str, Any]) -> dict[str, Any]:
    async with world.api("demo.njl") as api:
        found: dict[str, Any] = checked(await api.get(f"/cases/{case['id']}/formal"))
        return found


async def rows(world: World, query: str, **given: Any) -> list[dict[str, Any]]:
    async with world.superuser() as connection:
        return [dict(row) for row in (await connection.execute(text(query), given)).mappings()]


async def test_a_woman_asks_is_heard_and_recognised_and_the_letter_is_kept(world: World) -> None:
    case, procedure = await decided(world)
    found = await whole(world, procedure)
    assert (found["state"], found["missing_signatures"], found["vacant"]) == ("decided", [], [])
    assert [s["content_sha256"] for s in found["proposals"][0]["signatures"]] == [
        found["decisions"][0]["content_sha256"]
    ] * 2
    overview = await story(world, case)
    assert (overview["status"], overview["stage"]) == ("VT", "decided")
    assert [step["kind"] for step in overview["steps"]] == ["FORMAL_REQUESTED", "FORMAL_INTERVIEWED", "FORMAL_DECIDED"]

    letter = (await act(world, procedure, "letters", letter_language="sq"))["id"]
    assert (await act(world, procedure, "letters", letter_language="sq"))["id"] == letter
    async with world.api(SOCIAL) as api:
        pdf = await api.get(f"/formal/{procedure}/letters/{letter}/file")
        again = await api.get(f"/formal/{procedure}/letters/{letter}/file")
    assert pdf.content.startswith(b"%PDF") and pdf.content == again.content
    kept = (await whole(world, procedure))["letters"][0]
    assert kept["sha256"] == hashlib.sha256(pdf.content).hexdigest()
    given = {"letter_id": letter, "given_at": now(), "way": "in_person", "recipient": "person", "explained_in": "sq"}
    await act(world, procedure, "handing-over", **given, explained=True)
    found = await whole(world, procedure)
    assert found["handings"][0]["explained"] is True
    assert found["appeal_until"] is not None and found["appeal_to_confirm"] is True


async def test_the_signed_content_proves_itself_with_a_hash_alone(world: World) -> None:
    """Nothing of the program is used: the bytes of the interface, `json` and `hashlib`."""
    _, procedure = await decided(world)
    async with world.api(SOCIAL) as api:
        answer = await api.get(f"/formal/{procedure}/signed-content")
        found = (await api.get(f"/formal/{procedure}")).json()
    content = answer.content
    digest = hashlib.sha256(content).hexdigest()
    assert digest == found["decisions"][0]["content_sha256"] == found["proposals"][0]["content_sha256"]
    assert {s["content_sha256"] for s in found["proposals"][0]["signatures"]} == {digest}
    document = json.loads(content)
    rebuilt = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert rebuilt == content, "keys sorted, UTF-8, no spaces"

    def sha(words: str | None) -> str | None:
        return None if words is None else hashlib.sha256(words.encode()).hexdigest()

    assert document["proposal"]["reasoning_sha256"] == sha(found["proposals"][0]["reasoning"])
    assert [i["summary_sha256"] for i in document["interviews"]] == [sha(i["summary"]) for i in found["interviews"]]
    assert {g["element"]: g["reasoning_sha256"] for g in document["grounds"]} == {
        g["element"]: sha(g["reasoning"]) for g in found["grounds"]
    }
    assert document["case"] not in ("", None) and "Fatmira" not in content.decode()


async def test_only_the_adult_asks_and_only_who_the_profile_lets_ask_for_a_child(world: World) -> None:
    adult = await potential_victim(world)
    child = await potential_victim(world, identity=CHILD)
    async with world.api("demo.njl") as api:
        for case, by, extra, code in (
            (adult, "team", {}, "formal.own_request"),
            (adult, "representative", {}, "formal.own_request"),
            (child, "person_supported", {}, "formal.not_for_child"),
            (child, "guardian", {"requester_suspected": "yes"}, "formal.requester_suspected"),
        ):
            answer = await api.post(f"/cases/{case['id']}/formal", json={**REQUEST, "requested_by": by, **extra})
            assert (answer.status_code, answer.json()["code"]) == (422, code), by
        early = {**REQUEST, "requested_at": "2026-01-20T10:00:00+01:00"}
        answer = await api.post(f"/cases/{adult['id']}/formal", json=early)
        assert answer.json()["code"] == "formal.before_case"
    procedure = await request_formal(world, adult)
    async with world.api("demo.njl") as api:
        twice = await api.post(f"/cases/{adult['id']}/formal", json={**REQUEST, "requested_at": now()})
        assert (twice.status_code, twice.json()["code"]) == (409, "formal.goes_on")
        milestones = {"code": "FORMAL_REQUESTED", "occurred_at": now()}
        by_hand = await api.post(f"/cases/{adult['id']}/milestones", json=milestones)
        assert by_hand.json()["code"] == "milestone.not_by_hand"
    assert (await whole(world, procedure, "demo.njl"))["vacant"] == [
        "POLICE_ANTI_TRAFFICKING",
        "REGIONAL_SOCIAL_SERVICE",
    ]


async def test_a_member_sees_the_case_from_the_naming_to_the_removal(world: World) -> None:
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    async with world.api(POLICE) as api:
        assert (await api.get(f"/formal/{procedure}")).status_code == 404
        assert (await api.get(f"/cases/{case['id']}")).status_code == 404
    member = await name_member(world, procedure, POLICE)
    async with world.api(POLICE) as api:
        assert (await api.get(f"/formal/{procedure}")).status_code == 200
        assert (await api.get(f"/cases/{case['id']}/exploitations")).status_code == 200
        assert (await api.get(f"/cases/{case['id']}/notes")).status_code == 200
    async with world.api("demo.njl") as api:
        assert (await api.post(f"/formal/{procedure}/members/{member}/removal")).status_code == 204
        assert (await api.post(f"/formal/{procedure}/members/{member}/removal")).json()["code"] == (
            "formal.member_removed"
        )
    async with world.api(POLICE) as api:
        assert (await api.get(f"/formal/{procedure}")).status_code == 404


async def test_the_team_takes_only_kinds_of_the_profile_and_people_who_work_there(world: World) -> None:
    procedure = await request_formal(world, await potential_victim(world))
    account_id, org_id = await person_of(world, "demo.polici")
    other, social_org = await person_of(world, SOCIAL)
    for given, code in (
        ({"org_id": org_id, "account_id": account_id}, "formal.kind_not_of_team"),
        ({"org_id": social_org, "account_id": account_id}, "identification.person_elsewhere"),
        ({"org_id": social_org}, "formal.person_or_name"),
        ({"org_id": social_org, "account_id": other, "outside_name": "X"}, "formal.person_or_name"),
    ):
        assert (await refused(world, procedure, "members", "demo.njl", **given))["code"] == code
    await name_member(world, procedure, SOCIAL)
    again = await refused(world, procedure, "members", "demo.njl", org_id=social_org, account_id=other)
    assert again["code"] == "formal.already_member"
    # an officer outside the program takes part, and fills no seat that has to sign
    police_org = (await person_of(world, POLICE))[1]
    await act(world, procedure, "members", "demo.njl", org_id=police_org, outside_name="Inspektor A.")
    found = await whole(world, procedure)
    assert found["vacant"] == ["POLICE_ANTI_TRAFFICKING"]
    assert found["members"][1]["name"] == "Inspektor A."


async def test_a_declared_conflict_ends_the_part_and_keeps_away(world: World) -> None:
    case, procedure = await proposed(world)
    await sign(world, procedure, SOCIAL)
    told = "Jemi kushërinj."
    missing = await refused(world, procedure, "declaration", POLICE, answer="declared")
    assert missing["code"] == "formal.conflict_reason_missing"
    async with world.api(POLICE) as api:
        given = {"answer": "declared", "conflict_reason": told}
        assert (await api.post(f"/formal/{procedure}/declaration", json=given)).status_code == 204
        assert (await api.get(f"/formal/{procedure}")).json()["code"] == "formal.stood_aside"
        assert (await api.get(f"/cases/{case['id']}")).status_code == 404
        signed = await api.post(
            f"/formal/{procedure}/signatures", json={"content_sha256": "0" * 64, "vote": "agrees", "code": "123456"}
        )
        assert (signed.status_code, signed.json()["code"]) == (403, "formal.stood_aside")
    found = await whole(world, procedure)
    assert (found["vacant"], found["proposals"][0]["state"]) == (["POLICE_ANTI_TRAFFICKING"], "void")
    assert [m["conflict"] for m in found["members"]] == ["declared", "none"]
    [denial] = await rows(world, "select * from casework.case_denial where case_id = :id", id=case["id"])
    assert (denial["reason"], str(denial["account_id"])) == (
        "conflict_of_interest",
        (await person_of(world, POLICE))[0],
    )
    [conflict] = await rows(world, "select reason from casework.formal_conflict where case_id = :id", id=case["id"])
    assert told.encode() not in bytes(conflict["reason"])
    account_id, org_id = await person_of(world, POLICE)
    again = await refused(world, procedure, "members", "demo.njl", org_id=org_id, account_id=account_id)
    assert again["code"] == "formal.had_conflict"


async def test_nobody_acts_before_saying_that_there_is_no_conflict(world: World) -> None:
    procedure = await request_formal(world, await potential_victim(world))
    member = await name_member(world, procedure, SOCIAL, declare=False)
    given = {**INTERVIEW, "officers": [member]}
    assert (await refused(world, procedure, "interviews", **given))["code"] == "formal.conflict_undeclared"
    assert (await refused(world, procedure, "interviews", "demo.njl", **given))["code"] == "formal.not_member"
    await name_member(world, procedure, POLICE)
    assert (await refused(world, procedure, "interviews", POLICE, **given))["code"] == "formal.officer_cannot"


async def test_an_interview_keeps_the_persons_own_time_and_a_further_one_has_a_reason(world: World) -> None:
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    member = await name_member(world, procedure, SOCIAL)
    begun = {"started_at": "2026-03-25T10:00:00+01:00", "basis": "offered"}
    explained = {"explained_at": "2026-03-25T09:30:00+01:00", "explained_language": "sq"}
    async with world.api("demo.njl") as api:
        checked(await api.post(f"/cases/{case['id']}/reflection", json={**begun, **explained}))
    given = {**INTERVIEW, "officers": [member]}
    for change, field in (({}, "person_asked_earlier"), ({"person_asked_earlier": True}, "asked_note")):
        problem = await refused(world, procedure, "interviews", **{**given, **change})
        assert (problem["code"], problem["field"]) == ("formal.inside_reflection", field)
    for change, code in (
        ({"occurred_at": "2026-03-19T10:00:00+01:00"}, "formal.interview_before_request"),
        ({"officers": []}, "formal.no_officer"),
        ({"occurred_at": "2999-03-19T10:00:00+01:00"}, "field.in_future"),
    ):
        assert (await refused(world, procedure, "interviews", **{**given, **change}))["code"] == code
    await act(world, procedure, "interviews", **given, person_asked_earlier=True, asked_note="E kërkoi vetë me shkrim.")
    again = {**given, "occurred_at": "2026-05-02T10:00:00+02:00", "person_asked_earlier": True, "asked_note": "Po."}
    assert (await refused(world, procedure, "interviews", **again))["code"] == "formal.further_reason_missing"


async def test_a_child_is_interviewed_with_child_protection_and_guardian_and_never_asked_for_means(
    world: World,
) -> None:
    case = await potential_victim(world, identity=CHILD)
    procedure = await request_formal(world, case, requested_by="guardian", requester_suspected="no")
    police, social = await name_member(world, procedure, POLICE), await name_member(world, procedure, SOCIAL)
    found = await whole(world, procedure)
    assert (found["vacant"], found["elements"]) == (["CHILD_PROTECTION_UNIT"], ["act", "purpose"])
    lacking = {**CHILD_INTERVIEW, "officers": [police, social], "guardian": "absent", "best_interest": ""}
    problem = await refused(world, procedure, "interviews", **lacking)
    assert [e["code"] for e in problem["errors"]] == [
        "formal.child_protection_missing",
        "formal.guardian_missing",
        "formal.best_interest_missing",
    ]
    worker = await name_member(world, procedure, CHILDREN)
    await act(world, procedure, "interviews", **CHILD_INTERVIEW, officers=[social, worker])
    means = {"element": "means", "finding": "present", "reasoning": "x"}
    assert (await refused(world, procedure, "grounds", **means))["code"] == "formal.element_not_asked"
    await ground_everything(world, procedure, case, ("act", "purpose"))
    await act(world, procedure, "proposals", result="VT", reasoning="Akti dhe qëllimi.", legal_basis=["PC_128B"])
    assert [await sign(world, procedure, who) for who in (POLICE, SOCIAL, CHILDREN)] == ["open", "open", "carried"]
    await act(world, procedure, "decision", decided_at=now())
    assert (await story(world, case))["status"] == "VT"


async def test_a_proposal_needs_interview_grounds_and_for_an_adult_the_means(world: World) -> None:
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    member = await name_member(world, procedure, SOCIAL)
    proposal = {"result": "VT", "reasoning": "x", "legal_basis": ["PC_110A"]}
    assert (await refused(world, procedure, "proposals", **proposal))["code"] == "formal.no_interview"
    await act(world, procedure, "interviews", **INTERVIEW, officers=[member])
    await ground_everything(world, procedure, case, ("act", "purpose"))
    assert (await refused(world, procedure, "proposals", **proposal))["code"] == "formal.means_missing"
    other = {**proposal, "result": "NOT_RECOGNISED"}
    assert (await refused(world, procedure, "proposals", **other))["code"] == "formal.ground_missing"
    await act(world, procedure, "grounds", element="means", finding="not_shown", reasoning="Nuk u gjetën.")
    assert (await refused(world, procedure, "proposals", **proposal))["code"] == "formal.means_missing"
    wrong = {**other, "legal_basis": ["NOTHING"]}
    assert (await refused(world, procedure, "proposals", **wrong))["code"] == "formal.unknown_act"
    await act(world, procedure, "proposals", **other)


async def test_evidence_lies_in_the_file_of_the_same_case(world: World) -> None:
    _, procedure = await ready_to_propose(world)
    elsewhere = await potential_victim(world)
    ground = {"element": "act", "finding": "present", "reasoning": "x"}
    for evidence in (f"exploitation:{elsewhere['exploitation']['id']}", f"note:{elsewhere['exploitation']['id']}"):
        problem = await refused(world, procedure, "grounds", **ground, evidence=[evidence])
        assert (problem["code"], problem["field"]) == ("formal.evidence_unknown", "evidence")


async def test_a_decision_waits_for_every_signature_and_says_whose_is_missing(world: World) -> None:
    _, procedure = await proposed(world)
    problem = await refused(world, procedure, "decision", decided_at=now())
    assert problem["code"] == "formal.signature_missing"
    assert "police" in problem["detail"].lower() and "social" in problem["detail"].lower()
    assert await sign(world, procedure, POLICE) == "open"
    problem = await refused(world, procedure, "decision", decided_at=now())
    assert "police" not in problem["detail"].lower()
    form = {"content_sha256": await content_digest(world, procedure, POLICE), "vote": "agrees"}
    twice = await refused(world, procedure, "signatures", POLICE, **form, code=await code_of(world, POLICE))
    assert twice["code"] == "formal.signed_already"
    assert await sign(world, procedure, SOCIAL) == "carried"
    early = await refused(world, procedure, "decision", decided_at="2026-04-05T10:00:00+02:00")
    assert (early["code"], early["field"]) == ("formal.decided_before_signature", "decided_at")
    before = await refused(world, procedure, "decision", decided_at="2026-04-01T10:00:00+02:00")
    assert before["code"] == "formal.decided_before_interview"
    assert (await refused(world, procedure, "decision", "demo.njl", decided_at=now()))["code"] == "formal.not_member"


async def test_a_code_is_good_once_and_a_wrong_one_counts(world: World) -> None:
    _, procedure = await proposed(world)
    shown = await content_digest(world, procedure, POLICE)
    form = {"content_sha256": shown, "vote": "agrees"}
    assert (await refused(world, procedure, "signatures", POLICE, **form, code="000000"))[
        "code"
    ] == "sign_in.code_wrong"
    assert (await refused(world, procedure, "signatures", POLICE, **form, code=""))["code"] != "sign_in.code_wrong"
    [counter] = await rows(world, "select sum(failures) as n from iam.throttle where bucket like 'second_factor:%'")
    assert counter["n"] >= 1
    code = await code_of(world, POLICE)
    wrong = await refused(world, procedure, "signatures", POLICE, content_sha256="0" * 64, vote="agrees", code=code)
    assert wrong["code"] == "formal.content_changed"
    await act(world, procedure, "signatures", POLICE, **form, code=code)
    _, second = await proposed(world)
    other = {"content_sha256": await content_digest(world, second, POLICE), "vote": "agrees", "code": code}
    assert (await refused(world, second, "signatures", POLICE, **other))["code"] == "sign_in.code_wrong"
    refusals = await rows(
        world, "select detail from audit.entry where action = 'formal.sign' and outcome = 'refused' order by sequence"
    )
    assert {row["detail"].get("code") for row in refusals} >= {"sign_in.code_wrong"}
    [kept] = await rows(
        world, "select count(*) as n from casework.formal_signature where formal_procedure_id = :id", id=second
    )
    assert kept["n"] == 0


async def test_what_changes_after_a_signature_voids_it_and_nothing_is_overwritten(world: World) -> None:
    case, procedure = await proposed(world)
    await sign(world, procedure, POLICE)
    await act(world, procedure, "grounds", element="act", finding="present", reasoning="Një dëshmi e re.")
    found = await whole(world, procedure)
    assert [p["state"] for p in found["proposals"]] == ["void"]
    assert len(found["proposals"][0]["signatures"]) == 1
    assert (await refused(world, procedure, "decision", decided_at=now()))["code"] == "formal.nothing_to_sign"
    await act(world, procedure, "proposals", result="VT", reasoning="Përsëri.", legal_basis=["PC_110A"])
    assert (await whole(world, procedure))["missing_signatures"] == [
        "POLICE_ANTI_TRAFFICKING",
        "REGIONAL_SOCIAL_SERVICE",
    ]
    voided = "select facts from casework.case_event where case_id = :id and kind = 'formal_signatures_voided'"
    assert [row["facts"] for row in await rows(world, voided, id=case["id"])] == [{"why": "grounds", "signatures": 1}]
    grounds = "select count(*) as n from casework.formal_ground where formal_procedure_id = :id and element = 'act'"
    assert (await rows(world, grounds, id=procedure))[0]["n"] == 2


async def test_a_dissent_is_kept_with_its_reason_and_sends_the_proposal_back(world: World) -> None:
    _, procedure = await proposed(world)
    form = {"content_sha256": await content_digest(world, procedure, POLICE), "vote": "dissents", "code": "000000"}
    assert (await refused(world, procedure, "signatures", POLICE, **form))["code"] == "formal.dissent_reason_missing"
    assert await sign(world, procedure, POLICE, "dissents", dissent="Mungon një dëshmi.") == "open"
    assert await sign(world, procedure, SOCIAL) == "returned"
    found = await whole(world, procedure)
    assert found["proposals"][0]["state"] == "returned"
    assert [s["dissent"] for s in found["proposals"][0]["signatures"]] == ["Mungon një dëshmi.", None]
    assert (await refused(world, procedure, "decision", decided_at=now()))["code"] == "formal.nothing_to_sign"


async def test_not_recognised_appeal_and_reconsideration_leave_the_first_decision(world: World) -> None:
    case, procedure = await decided(world, "NOT_RECOGNISED")
    assert (await story(world, case))["status"] == "NOT_RECOGNISED"
    appeal = {"appealed_at": now(), "appealed_by": "person", "appeal_reason": "Nuk u dëgjova."}
    answer = await act(world, procedure, "appeal", "demo.njl", **appeal)
    assert answer["late"] is False
    assert (await story(world, case))["stage"] == "appealed"
    assert (await refused(world, procedure, "appeal", "demo.njl", **appeal))["code"] == "formal.not_now.appealed"
    await act(world, procedure, "reconsideration", reopened_at=now(), review_reason="Doli një dëshmi e re.")
    await act(world, procedure, "proposals", result="VT", reasoning="Dëshmia e re.", legal_basis=["PC_110A"])
    await sign(world, procedure, POLICE)
    await sign(world, procedure, SOCIAL)
    backdated = await refused(world, procedure, "decision", decided_at="2026-04-20T10:00:00+02:00")
    assert backdated["code"] == "formal.decided_before_signature"
    await act(world, procedure, "decision", decided_at=now())
    found = await whole(world, procedure)
    assert [d["result"] for d in found["decisions"]] == ["NOT_RECOGNISED", "VT"]
    assert [d["number"][-2:] for d in found["decisions"]] == ["/1", "/2"]
    overview = await story(world, case)
    assert (overview["status"], overview["stage"]) == ("VT", "reconsidered")
    assert [s["kind"] for s in overview["steps"]][-2:] == ["APPEALED", "RECONSIDERED"]


async def test_a_late_appeal_is_taken_and_shown_as_late(world: World) -> None:
    _, procedure = await decided(world, "NOT_RECOGNISED")
    letter = (await act(world, procedure, "letters", letter_language="en"))["id"]
    given = {"letter_id": letter, "given_at": now(), "way": "in_person", "recipient": "person", "explained_in": "sq"}
    await act(world, procedure, "handing-over", "demo.njl", **given)
    async with world.superuser() as connection:
        for table, column in (("formal_handing_over", "given_at"), ("formal_decision", "decided_at")):
            await connection.execute(
                text(
                    f"update casework.{table} set {column} = {column} - interval '40 days'"
                    " where formal_procedure_id = :id"
                ),
                {"id": procedure},
            )
    answer = await act(world, procedure, "appeal", "demo.njl", appealed_at=now(), appealed_by="lawyer")
    assert answer["late"] is True
    assert (await whole(world, procedure, "demo.njl"))["reviews"][0]["late"] is True


async def test_the_person_takes_the_request_back_and_stays_what_they_are(world: World) -> None:
    case, procedure = await ready_to_propose(world)
    withdrawal = {"withdrawn_at": now(), "withdrawal_form": "ORAL_WITNESSED", "withdrawal_note": "Nuk dua më."}
    async with world.api("demo.njl") as api:
        assert (await api.post(f"/formal/{procedure}/withdrawal", json=withdrawal)).status_code == 204
    overview = await story(world, case)
    assert (overview["status"], overview["stage"]) == ("VMT", "withdrawn")
    async with world.api(POLICE) as api:
        assert (await api.get(f"/formal/{procedure}")).status_code == 404
    late = await refused(world, procedure, "withdrawal", "demo.njl", **withdrawal)
    assert late["code"] == "formal.not_now.withdrawn"
    await request_formal(world, case, requested_at=now())


async def test_every_free_text_is_sealed_and_every_act_and_read_is_written_down(world: World) -> None:
    case, procedure = await decided(world)
    sealed = await rows(
        world,
        """select (select reasoning from casework.formal_proposal where formal_procedure_id = :id) as a,
          (select summary from casework.formal_interview where formal_procedure_id = :id) as b,
          (select content from casework.formal_proposal where formal_procedure_id = :id) as c""",
        id=procedure,
    )
    for value in sealed[0].values():
        assert b"Arsyet" not in bytes(value) and b"Tregoi" not in bytes(value) and b"formal_ident" not in bytes(value)
    written = await rows(
        world,
        """select action, outcome from audit.entry where cast(:case as uuid) = any(case_ids)
          and action like 'formal.%' order by sequence""",
        case=case["id"],
    )
    actions = [row["action"] for row in written]
    assert actions.count("formal.sign") == 2 and "formal.decide" in actions and "formal.read" in actions


async def test_the_authority_sees_the_dates_and_nothing_of_the_procedure(world: World) -> None:
    case, procedure = await decided(world)
    async with world.api("demo.ap") as api:
        found = checked(await api.get(f"/cases/{case['id']}/formal"))
        assert [s["kind"] for s in found["steps"]] == ["FORMAL_REQUESTED", "FORMAL_INTERVIEWED", "FORMAL_DECIDED"]
        assert found["procedures"] == []
        assert (await api.get(f"/formal/{procedure}")).status_code == 404
        answer = await api.post(f"/formal/{procedure}/decision", json={"decided_at": now()})
        assert answer.status_code == 403


async def test_kosovo_decides_with_investigator_and_advocate(world: World) -> None:
    case = await potential_victim(world, "demo.xk.qps", municipality=None, identity={"sex": "MALE", "birth_year": 1990})
    procedure = await request_formal(world, case, "demo.xk.qps")
    for member in ("demo.xk.hetues", "demo.xk.avokate"):
        await name_member(world, procedure, member, "demo.xk.qps")
    found = await whole(world, procedure, "demo.xk.qps")
    assert found["required_kinds"] == ["POLICE_ANTI_TRAFFICKING", "VICTIM_ADVOCACY_OFFICE"]
    assert found["vacant"] == []
