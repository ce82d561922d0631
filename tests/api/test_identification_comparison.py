"""Two identifications of one person beside each other; sets that come by data and go by date."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from app.jurisdictions.loader import load_profiles, profiles
from app.services.identifications import sets_for
from tests.stories import (
    PERSON,
    answer_indicators,
    checked,
    decide_identification,
    register_case,
    start_identification,
)
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW_SET = "al-new-list"
STARTED = {"started_at": "2026-03-02T11:00:00+01:00"}


async def two(world: World, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make two identifications of a case: an answer the same, one changed, one only earlier, one only later."""
    first = await start_identification(world, case)
    first = await answer_indicators(world, first, "AI09", "AI12", "AI16")
    await decide_identification(world, first)
    second = await start_identification(world, case, started_at="2026-03-10T11:00:00+01:00")
    async with world.api("demo.njl") as api:
        body = {
            "set_id": "al-sop-initial",
            "set_version": "0.1.0",
            "answers": [
                {"code": "AI09", "answer": "yes"},
                {"code": "AI12", "answer": "no"},
                {"code": "AI16", "answer": "not_asked"},
                {"code": "AI02", "answer": "unknown"},
            ],
        }
        second = checked(await api.put(f"/identifications/{second['id']}/observations", json=body))
    return first, second


async def test_each_question_is_the_same_changed_new_or_asked_only_once(world: World) -> None:
    case = await register_case(world)
    first, second = await two(world, case)
    async with world.api("demo.njl") as api:
        others = checked(await api.get(f"/identifications/{second['id']}/comparable"))
        assert [one["id"] for one in others] == [first["id"]]
        found = checked(await api.get(f"/identifications/{second['id']}/comparison?with={first['id']}"))
        turned = checked(await api.get(f"/identifications/{first['id']}/comparison?with={second['id']}"))
    assert found == turned
    assert found["earlier"]["id"] == first["id"]
    items = {one["code"]: (one["difference"], one["earlier"], one["later"]) for one in found["items"]}
    assert items == {
        "AI09": ("same", "yes", "yes"),
        "AI12": ("changed", "yes", "no"),
        "AI16": ("earlier_only", "yes", None),
        "AI02": ("new", None, "unknown"),
    }
    assert found["counts"] == {"same": 1, "changed": 1, "new": 1, "earlier_only": 1}
    ours = {first["id"], second["id"]}
    read = await world.audit_entries("identification.read")
    entries = [e for e in read if "compared_with" in str(e["detail"]) and str(e["subject_id"]) in ours]
    assert {str(e["subject_id"]) for e in entries} == ours
    assert all([str(one) for one in e["case_ids"]] == [case["id"]] for e in entries)  # type: ignore[attr-defined]


async def test_a_comparison_never_prints_a_verdict(world: World) -> None:
    case = await register_case(world)
    first, second = await two(world, case)
    async with world.browser("demo.njl") as browser:
        chooser = await browser.get(f"/identifications/{second['id']}/comparison")
        assert f"with={first['id']}" in chooser.text
        for language in ("sq", "en"):
            page = await browser.get(
                f"/identifications/{second['id']}/comparison?with={first['id']}&language={language}"
            )
            assert page.status_code == 200
            said = page.text.lower()
            for never in (*profiles().current("AL").never_show, "not a victim", "nuk është viktimë", "contradict"):
                assert never.lower() not in said, never
        assert "A difference says nothing against the person" in page.text


async def test_it_reaches_over_the_persons_cases_and_to_no_other_person(world: World) -> None:
    case = await register_case(world)
    async with world.superuser() as connection:
        found = await connection.execute(
            text("select person_id from casework.case_file where id = :id"), {"id": case["id"]}
        )
        person = str(found.scalar_one())
    again = await register_case(world, identity={}, person_id=person)
    first, _ = await two(world, case)
    other = await start_identification(world, again)
    stranger = await start_identification(world, await register_case(world, identity={**PERSON, "given_names": "Zana"}))
    async with world.api("demo.njl") as api:
        found = await api.get(f"/identifications/{other['id']}/comparison?with={first['id']}")
        assert found.status_code == 200, found.text
        wrong = await api.get(f"/identifications/{stranger['id']}/comparison?with={first['id']}")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "identification.other_person")
        itself = await api.get(f"/identifications/{first['id']}/comparison?with={first['id']}")
        assert itself.json()["code"] == "identification.same_one"
    async with world.api("demo.identifikim") as api:
        assert (await api.get(f"/identifications/{other['id']}/comparison?with={first['id']}")).status_code == 404


def with_set(copy: Path, **changed: Any) -> None:
    """Lay a new set beside the others: a file and a line of the profile, no code."""
    folder = copy / "shared/0.1.0/indicators"
    made = yaml.safe_load((folder / "unodc-begging.yaml").read_text(encoding="utf-8"))
    made |= {"id": NEW_SET, "title": {"sq": "Lista e re", "en": "The new list"}, **changed}
    (folder / f"{NEW_SET}.yaml").write_text(yaml.safe_dump(made, allow_unicode=True), encoding="utf-8")
    rules = copy / "shared/0.1.0/rules.yaml"
    counted = rules.read_text(encoding="utf-8").replace(
        "sets: [al-sop-initial,", f"sets: [{NEW_SET}, al-sop-initial,", 1
    )
    rules.write_text(counted, encoding="utf-8")
    own = copy / "al/0.1.0/profile.yaml"
    said = own.read_text(encoding="utf-8")
    own.write_text(said.replace("available: [unodc-general,", f"available: [{NEW_SET}, unodc-general,", 1), "utf-8")


@pytest.fixture
def by_data(world: World, tmp_path: Path) -> Any:
    """Give the program profiles with one more set; taken back afterwards."""
    import dataclasses
    import shutil

    import app.jurisdictions

    root = Path(app.jurisdictions.__file__).parent
    for name in ("shared", "al", "xk"):
        shutil.copytree(root / name, tmp_path / name)
    before = world.app.state.program  # type: ignore[attr-defined]

    def give(**changed: Any) -> None:
        with_set(tmp_path, **changed)
        world.app.state.program = dataclasses.replace(before, profiles=load_profiles(tmp_path))  # type: ignore[attr-defined]

    yield give
    world.app.state.program = before  # type: ignore[attr-defined]


async def test_a_new_set_comes_by_data_to_form_interface_and_aid(world: World, by_data: Any) -> None:
    case = await register_case(world)
    by_data()
    async with world.browser("demo.njl") as browser:
        assert "Lista e re" in (await browser.get(f"/cases/{case['id']}/identification/new")).text
    async with world.api("demo.njl") as api:
        offered = {one["id"]: one for one in checked(await api.get(f"/cases/{case['id']}/indicator-sets"))}
        codes = [one["code"] for one in offered[NEW_SET]["indicators"]]
        body = {**STARTED, "sets": [NEW_SET, "al-sop-initial", "health-screening"]}
        made = checked(await api.post(f"/cases/{case['id']}/identifications", json=body))
        answers = [{"code": codes[0], "answer": "yes", "note": "E pa mjekja"}]
        body = {"set_id": NEW_SET, "set_version": "0.1.0", "answers": answers}
        checked(await api.put(f"/identifications/{made['id']}/observations", json=body))
        aids = checked(await api.get(f"/identifications/{made['id']}/aids"))
        shown = checked(await api.get(f"/identifications/{made['id']}/observations"))["items"]
    counted = [c for one in aids for c in one["counted"] if c["source"] == NEW_SET]
    assert counted and counted[0]["code"] == codes[0]
    assert all(one["version"] and one["source"] and one["decides"] for one in aids)
    assert (shown[0]["note"], shown[0]["org_id"]) == ("E pa mjekja", made["org_id"])


async def test_an_expired_set_is_refused_for_a_new_identification_and_old_ones_stay_readable(
    world: World, by_data: Any
) -> None:
    case = await register_case(world)
    by_data(valid_from=date(2025, 1, 1), valid_to=date(2026, 3, 1))
    async with world.api("demo.njl") as api:
        path = f"/cases/{case['id']}/identifications"
        assert NEW_SET not in [one["id"] for one in checked(await api.get(f"/cases/{case['id']}/indicator-sets"))]
        late = await api.post(path, json={**STARTED, "sets": [NEW_SET]})
        assert (late.status_code, late.json()["code"], late.json()["field"]) == (
            422,
            "identification.set_expired",
            "sets",
        )
        assert "2026-03-01" in late.json()["detail"]
        early = await api.post(path, json={"started_at": "2024-12-31T12:00:00+01:00", "sets": [NEW_SET]})
        assert early.json()["code"] == "identification.set_not_yet"
        # 23:30 in Albania on the last day
        old = checked(await api.post(path, json={"started_at": "2026-03-01T23:30:00+01:00", "sets": [NEW_SET]}))
        chosen = load_set(world)
        answers = [{"code": next(iter(chosen.indicators)), "answer": "yes"}]
        body = {"set_id": NEW_SET, "set_version": "0.1.0", "answers": answers}
        checked(await api.put(f"/identifications/{old['id']}/observations", json=body))
        new = checked(await api.post(path, json={**STARTED, "from_identification": old["id"]}))
        assert NEW_SET not in new["sets"]
        opened = await api.put(f"/identifications/{new['id']}/observations", json=body)
        assert (opened.status_code, opened.json()["code"]) == (422, "identification.set_expired")
        assert checked(await api.get(f"/identifications/{old['id']}"))["answers"][0]["set_id"] == NEW_SET
    async with world.browser("demo.njl") as browser:
        assert "Lista e re" in (await browser.get(f"/identifications/{old['id']}?set={NEW_SET}")).text
        assert "Lista e re" not in (await browser.get(f"/identifications/{new['id']}")).text


def load_set(world: World) -> Any:
    return world.app.state.program.profile("AL").set(NEW_SET)  # type: ignore[attr-defined]


async def test_the_last_day_counts() -> None:
    import dataclasses

    chosen = dataclasses.replace(profiles().current("AL").set("al-sop-initial"), valid_to=date(2026, 3, 1))
    assert chosen.in_force(date(2026, 3, 1))
    assert not chosen.in_force(date(2026, 3, 2))
    assert len(sets_for(profiles().current("AL"), "adult")) > 5
