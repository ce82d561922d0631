"""Completeness of the procedures' forms: what a case lacks, the work list, the figure; forms on paper as PDF."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.policy import Role
from tests.formal_stories import decided, potential_victim, request_formal
from tests.stories import (
    CHILD,
    act_on,
    answer_indicators,
    checked,
    close_case,
    decide_identification,
    give_consent,
    person_of,
    record_exploitation,
    register_case,
    send_referral,
    share_with_shelter,
    start_identification,
)
from tests.world import World, role_login

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADULT: dict[str, Any] = {
    "forms": ["LAB_WORKPLACE"],
    "acts": ["RECRUITMENT"],
    "means": ["DECEPTION"],
    "countries": ["AL"],
}


async def forms(world: World, case: dict[str, Any], login: str = "demo.njl") -> dict[str, dict[str, Any]]:
    async with world.api(login) as api:
        found = checked(await api.get(f"/cases/{case['id']}/forms"))
        assert found["code"] == case["code"]
        return {form["form"]: form for form in found["forms"]}


async def test_a_new_case_lacks_its_identification_and_nothing_it_was_told(world: World) -> None:
    case = await register_case(world, detection_source="MOBILE_UNIT")
    found = await forms(world, case)
    assert list(found) == ["F2"]
    form = found["F2"]
    assert {"started_at", "place", "indicators", "result", "decision_reason", "rights_information"} <= set(
        form["missing"]
    )
    assert not {"detection_source", "case_pseudonym", "border_circumstance", "acts"} & set(form["missing"])
    assert form["there"] == form["needed"] - len(form["missing"])


async def test_what_is_recorded_is_no_longer_missing(world: World) -> None:
    case = await register_case(world, detection_source="MOBILE_UNIT")
    begun = await start_identification(world, case, place="AL-01-01", circumstances="Takim te stacioni.")
    begun = await answer_indicators(world, begun, "AI02", "AI22", "AI23", "AI32")
    await record_exploitation(world, case, **ADULT)
    await decide_identification(world, begun)
    async with world.api("demo.njl") as api:
        told = {"given_at": "2026-03-02T10:40:00+01:00", "topics": ["RIGHTS"], "language": "sq"}
        checked(await api.post(f"/cases/{case['id']}/information", json=told))
    form = (await forms(world, case))["F2"]
    assert form["missing"] == []
    assert (form["complete"], form["there"]) == (True, form["needed"])
    assert form["org_id"] == (await person_of(world, "demo.njl"))[1]


async def test_a_border_case_is_asked_for_the_circumstances_at_the_border(world: World) -> None:
    case = await register_case(world, detection_source="BORDER_POLICE")
    await start_identification(world, case)
    assert "border_circumstance" in (await forms(world, case))["F2"]["missing"]


async def test_a_referral_and_its_answer(world: World) -> None:
    case = await register_case(world)
    consent = await give_consent(world, case)
    assert consent["answer"] == "given"
    sent = await send_referral(world, case)
    found = await forms(world, case)
    assert list(found) == ["F1", "F2", "F6"]
    fields = {one["field"]: one for one in found["F1"]["fields"]}
    assert fields["sent_at"]["standing"] == "there"
    assert fields["answered_at"]["standing"] == fields["decline_reason"]["standing"] == "not_applicable"
    assert fields["signal_channel"]["standing"] == "not_applicable"
    assert fields["accompanied_by"] == {
        "field": "accompanied_by",
        "required": "optional",
        "standing": "on_paper",
        "page": None,
        "data_class": None,
        "reason": "not_kept",
    }
    # the person was not told how long data are kept and how to see them
    assert found["F6"]["missing"] == ["told_right_of_access", "told_storage_time"]
    await act_on(world, sent, "decline", "demo.agimi", {"reason": "NO_CAPACITY"})
    fields = {one["field"]: one for one in (await forms(world, case))["F1"]["fields"]}
    assert fields["answered_at"]["standing"] == fields["decline_reason"]["standing"] == "there"


async def test_presence_is_told_of_a_locked_class_and_content_is_not(world: World) -> None:
    case = await register_case(world, identity=CHILD)
    begun = await start_identification(world, case, place="AL-01-01", circumstances="Fshehtësi e madhe.")
    await share_with_shelter(world, case["id"], classes="milestones")
    form = (await forms(world, case, "demo.agimi"))["F2"]
    assert "place" not in form["missing"]
    async with world.api("demo.agimi") as api:
        answer = await api.get(f"/cases/{case['id']}/forms")
        assert "Fshehtësi" not in answer.text
        assert (await api.get(f"/identifications/{begun['id']}")).status_code in (403, 404)


async def test_somebody_elses_case_is_not_found(world: World) -> None:
    case = await register_case(world)
    for path in (f"/cases/{case['id']}/forms", f"/cases/{case['id']}/forms/F2.pdf?purpose=paper_file"):
        async with world.api("demo.polici") as api:
            assert (await api.get(path)).status_code == 404
    async with world.api(role_login(Role.RESPONSIBLE_AUTHORITY)) as api:
        assert (await api.get(f"/cases/{case['id']}/forms")).status_code == 403
        assert (await api.get("/forms/missing")).status_code == 403
    async with world.browser(role_login(Role.RESPONSIBLE_AUTHORITY)) as browser:
        page = await browser.get(f"/cases/{case['id']}")
        assert page.status_code == 200
        assert "F2 " not in page.text
    for login, action in (("demo.polici", "form.read"), (role_login(Role.RESPONSIBLE_AUTHORITY), "form.figure")):
        async with world.acting(login, action) as unit:
            unit.quiet = True
            found = await unit.execute(
                text("select count(*) from casework.forms_of(array[cast(:id as uuid)])"), {"id": case["id"]}
            )
            assert found.scalar_one() == 0


async def test_the_application_cannot_ask_past_the_cases_it_sees(world: World) -> None:
    async with world.superuser() as connection:
        rights = await connection.execute(
            text("select has_function_privilege('besa_app', 'casework.forms_held(uuid[])', 'execute')")
        )
        assert rights.scalar_one() is False


async def test_the_work_list_names_our_cases_and_goes_on_by_key(world: World) -> None:
    made = [await register_case(world) for _ in range(3)]
    async with world.api("demo.njl") as api:
        first = checked(await api.get("/forms/missing?limit=2"))
        assert [one["code"] for one in first["items"]] == [made[2]["code"], made[1]["code"]]
        second = checked(await api.get(f"/forms/missing?limit=1&after={first['next']}"))
        assert second["items"][0]["code"] == made[0]["code"]
        entry = (await world.audit_entries("form.read"))[-1]
        assert [str(i) for i in entry["case_ids"]] == [made[0]["id"]]  # type: ignore[union-attr]
        assert all(form["missing"] for one in first["items"] for form in one["forms"])
        only = checked(await api.get("/forms/missing?form=F8"))
        assert only["items"] == []
        assert (await api.get("/forms/missing?form=X1")).status_code == 422
    async with world.api("demo.polici") as api:
        others = checked(await api.get("/forms/missing"))
        assert not {one["code"] for one in others["items"]} & {one["code"] for one in made}


async def test_a_closed_case_has_its_closure_sheet_in_the_list_of_closed_ones(world: World) -> None:
    case = await close_case(world, await register_case(world))
    assert (await forms(world, case))["F8"]["missing"] == []
    async with world.api("demo.njl") as api:
        closed = checked(await api.get("/forms/missing?closed=true"))
        assert case["code"] in {one["code"] for one in closed["items"]}
        opened = checked(await api.get("/forms/missing"))
        assert case["code"] not in {one["code"] for one in opened["items"]}


async def test_a_case_entered_in_error_owes_no_form(world: World) -> None:
    case = await close_case(world, await register_case(world), reason="ENTERED_IN_ERROR", text="Gabim.")
    assert await forms(world, case) == {}


async def test_the_figure_is_the_sum_of_the_cases(world: World) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    async with world.api("demo.njl") as api:
        own = checked(await api.get("/forms/completeness", params={"since": since}))
        cases = checked(await api.get("/cases?limit=100"))["items"]
        lines = {line["form"]: line for line in own["lines"]}
        summed = [0, 0, 0]
        for case in cases:
            for form in checked(await api.get(f"/cases/{case['id']}/forms"))["forms"]:
                if form["form"] == "F2" and form["org_id"] == lines["F2"]["org_id"]:
                    summed = [summed[0] + 1, summed[1] + form["needed"], summed[2] + form["there"]]
    line = lines["F2"]
    assert [line["forms"], line["needed"], line["there"]] == summed
    assert line["percent"] == line["there"] * 100 // line["needed"]
    assert {one["org_id"] for one in own["lines"]} == {line["org_id"]}
    async with world.api(role_login(Role.RESPONSIBLE_AUTHORITY)) as api:
        nation = checked(await api.get("/forms/completeness", params={"since": since}))
        assert line in nation["lines"]
        later = checked(await api.get("/forms/completeness", params={"since": "2100-01-01T00:00:00Z"}))
        assert later["lines"] == []
        for wrong in ("2026-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"):
            assert (await api.get("/forms/completeness", params={"since": wrong})).status_code == 422
    assert (await world.audit_entries("form.figure"))[-1]["case_ids"] == []
    async with world.api(role_login(Role.STATISTICIAN)) as api:
        assert (await api.get("/forms/completeness")).status_code == 403


async def test_a_filled_form_is_one_page_and_an_export_with_its_purpose(world: World) -> None:
    case = await register_case(world)
    await give_consent(world, case)
    await send_referral(world, case)
    begun = await start_identification(world, case, place="AL-01-01", circumstances="E gjatë. " * 800)
    await answer_indicators(world, begun, "AI02", "AI22", "AI23", "AI32")
    await record_exploitation(world, case, **ADULT)
    async with world.api("demo.njl") as api:
        for code in ("F1", "F2"):
            answer = await api.get(f"/cases/{case['id']}/forms/{code}.pdf?purpose=for_receiver&language=en")
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/pdf"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.content.startswith(b"%PDF-1.7")
            assert re.search(rb"/Type/Pages/Count 1\b", answer.content)
        entry = (await world.audit_entries("form.print"))[-1]
        assert (entry["purpose"], entry["detail"]["form"], entry["detail"]["language"]) == ("for_receiver", "F2", "en")  # type: ignore[index]
        assert [str(i) for i in entry["case_ids"]] == [case["id"]]  # type: ignore[union-attr]
        assert entry["data_classes"] == ["casework", "identification", "milestones"]
        assert (await api.get(f"/cases/{case['id']}/forms/F2.pdf")).status_code == 422
        assert (await api.get(f"/cases/{case['id']}/forms/F2.pdf?purpose=fun")).status_code == 422
        assert (await api.get(f"/cases/{case['id']}/forms/F8.pdf?purpose=court")).status_code == 409
        assert (await api.get(f"/cases/{case['id']}/forms/F9.pdf?purpose=court")).status_code == 404
        empty = await register_case(world)
        assert (await api.get(f"/cases/{empty['id']}/forms/F1.pdf?purpose=court")).status_code == 409


async def test_blank_forms_need_a_sign_in_and_nothing_else(world: World) -> None:
    async with world.api(role_login(Role.STATISTICIAN)) as api:
        for code in ("F1", "F2", "F6"):
            for language in ("sq", "en"):
                answer = await api.get(f"/forms/{code}.pdf?language={language}")
                assert answer.status_code == 200
                assert re.search(rb"/Type/Pages/Count 1\b", answer.content)
        assert (await api.get("/forms/F9.pdf")).status_code == 404
        assert (await api.get("/forms/X.pdf")).status_code == 422
    async with world.api() as api:
        assert (await api.get("/forms/F1.pdf")).status_code == 401


async def test_a_formal_identification_lacks_the_handing_over_until_the_person_is_told(world: World) -> None:
    case, _ = await decided(world)
    form = (await forms(world, case))["F3"]
    assert form["missing"] == ["person_informed_at"]
    standing = {one["field"]: one["standing"] for one in form["fields"]}
    assert {standing[name] for name in ("requested_by", "interview_kind", "participants", "reasons", "signatures")} == {
        "there"
    }
    assert standing["recorded_audiovisually"] in ("not_applicable", "optional")


async def test_a_formal_request_alone_lacks_what_follows(world: World) -> None:
    case = await potential_victim(world)
    await request_formal(world, case)
    form = (await forms(world, case))["F3"]
    assert {"interview_kind", "decision", "signatures", "reasons"} <= set(form["missing"])
    assert not {"requested_by", "requested_at", "reflection_ended"} & set(form["missing"])
