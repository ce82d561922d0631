"""What a printed form says: only what the reader sees, the case's code in place of a name, on one page."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from app.jurisdictions.loader import profiles
from app.paper import typesetting
from app.services import paper_forms
from app.services.unit_of_work import UnitOfWork
from tests.stories import (
    PERSON,
    answer_indicators,
    give_consent,
    record_exploitation,
    register_case,
    send_referral,
    share_with_shelter,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

Documents = list[Sequence[Mapping[str, Any]]]


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> Documents:
    """What was given to the typesetter, in place of the PDF."""
    kept: Documents = []

    async def keep(template: str, candidates: Sequence[Mapping[str, Any]], language: str, *, pages: int = 1) -> bytes:
        kept.append(candidates)
        return b""

    monkeypatch.setattr(paper_forms, "typeset_to_fit", keep)
    return kept


def cells_of(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {cell["field"]: cell for section in document["sections"] for cell in section["cells"]}


async def a_full_case(world: World) -> dict[str, Any]:
    case = await register_case(world)
    await give_consent(world, case)
    await send_referral(world, case)
    begun = await start_identification(world, case, place="AL-01-01", circumstances="Erdhi vetëm, pa bagazh.")
    await answer_indicators(world, begun, "AI02", "AI22", "AI23")
    await record_exploitation(world, case, forms=["LAB_WORKPLACE"], acts=["RECRUITMENT"], means=["DECEPTION"])
    return case


async def test_a_filled_form_says_what_is_known_and_never_a_name(world: World, documents: Documents) -> None:
    case = await a_full_case(world)
    for code in ("F1", "F2"):
        async with world.acting("demo.njl", "form.print") as unit:
            await paper_forms.print_filled(unit, UUID(case["id"]), code, "for_receiver", "en")
    first, second = (made[0] for made in documents)
    assert first["frame"]["reference"] == case["code"]
    assert cells_of(first)["receiver_organisation"]["text"]
    assert cells_of(first)["authorisation"]["text"]
    assert cells_of(first)["safe_contact"]["state"] == "write"
    assert cells_of(second)["special_circumstances"]["text"] == "Erdhi vetëm, pa bagazh."
    assert cells_of(second)["indicators"]["text"] == "AI02, AI22, AI23"
    assert cells_of(second)["police_present"]["text"] == "No"
    printed = json.dumps([first, second], ensure_ascii=False)
    for secret in (PERSON["given_names"], PERSON["family_names"]):
        assert secret not in printed
    assert "Do not leave in an unsafe place" in first["frame"]["foot"]


async def test_what_is_locked_is_printed_as_locked(world: World, documents: Documents) -> None:
    case = await a_full_case(world)
    await share_with_shelter(world, case["id"], classes="milestones")
    async with world.acting("demo.agimi.drejtuese", "form.print") as unit:
        await paper_forms.print_filled(unit, UUID(case["id"]), "F2", "paper_file", "sq")
    cells = cells_of(documents[0][0])
    assert {cells[name]["state"] for name in ("started_at", "acts", "result", "rights_information")} == {"locked"}
    assert cells["case_pseudonym"]["text"] == case["code"]
    assert "Erdhi vetëm" not in json.dumps(documents, ensure_ascii=False)
    entry = (await world.audit_entries("form.print"))[-1]
    assert entry["data_classes"] == ["milestones"]


async def test_a_long_text_is_cut_and_says_where_the_whole_is(world: World, documents: Documents) -> None:
    case = await register_case(world)
    await start_identification(world, case, circumstances="Fjalë. " * 500)
    async with world.acting("demo.njl", "form.print") as unit:
        await paper_forms.print_filled(unit, UUID(case["id"]), "F2", "signature", "sq")
    printed = cells_of(documents[0][0])["special_circumstances"]["text"]
    assert printed.endswith("(i plotë në program)")
    assert len(printed) < 300


def blank_of(documents: Documents) -> Mapping[str, Any]:
    return documents[-1][-1]


async def blank(jurisdiction: str, code: str, language: str) -> bytes:
    unit = SimpleNamespace(profile=profiles().current(jurisdiction), now=datetime.now(UTC), quiet=False)
    return await paper_forms.print_blank(cast(UnitOfWork, unit), code, language)


@pytest.mark.parametrize("code", ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"])
@pytest.mark.parametrize(
    ("jurisdiction", "language"), [("AL", "sq"), ("AL", "en"), ("XK", "sq"), ("XK", "sr"), ("XK", "en")]
)
async def test_a_blank_form_is_one_page_in_every_language(jurisdiction: str, language: str, code: str) -> None:
    assert b"/Type/Pages/Count 1" in await blank(jurisdiction, code, language)


async def test_a_blank_form_has_boxes_and_lines_and_no_person(documents: Documents) -> None:
    await blank("XK", "F2", "sr")
    document = blank_of(documents)
    cells = cells_of(document)
    assert cells["police_present"]["boxes"] == ["Da", "Ne"]
    assert len(cells["result"]["boxes"]) == 3
    assert cells["decision_reason"]["lines"] == 2
    assert {cell["state"] for cell in cells.values()} == {"write"}
    assert document["frame"]["reference"] == ""
    assert document["frame"]["provisional"]


async def test_labels_twice_as_long_still_stand_on_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    real = paper_forms.text
    monkeypatch.setattr(
        paper_forms,
        "text",
        lambda key, language, /, **p: real(key, language, **p) * (2 if key.startswith("sop_forms.field.") else 1),
    )
    for code in ("F1", "F2", "F6"):
        assert b"/Type/Pages/Count 1" in await blank("AL", code, "sq")


async def test_nothing_is_left_out_where_a_page_is_too_small() -> None:
    cell = {
        "label": "x",
        "required": True,
        "wide": True,
        "state": "value",
        "text": "fjalë " * 100,
        "boxes": [],
        "lines": 1,
    }
    data = {
        "frame": typesetting.frame_of(title="x", made_at=datetime.now(UTC)),
        "to_confirm": True,
        "how": "",
        "signature": True,
        "sections": [{"title": "x", "cells": [cell] * 60}],
    }
    made = await typesetting.typeset_to_fit("sop-form", [data], "sq")
    assert typesetting.pages_of("sop-form", {**data, "size": 10.0}, "sq") > 1
    assert b"/Type/Pages/Count 1" not in made
