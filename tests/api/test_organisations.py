"""Organisations through the JSON interface: found by name, added, changed by version; what was changed here stays."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.domain.ids import uuid7
from app.services.installation import load_profiles
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = {"name_sq": "Qendra Drita", "name_en": "Drita Centre", "kind": "NGO", "county": "AL-01"}
FACTS = (
    "name_sq", "name_en", "name_sr", "kind", "county", "answers_referrals", "languages", "services", "admits", "active",
)  # fmt: skip


def at(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


async def test_found_by_a_part_of_the_name_without_its_dots(world: World) -> None:
    async with world.api("demo.admin") as api:
        found = (await api.get("/organisations", params={"search": "te ndryshem"})).json()["items"]
        assert "DE" in [o["code"] for o in found]
        by_alias = (await api.get("/organisations", params={"search": "D&E"})).json()["items"]
        assert [o["code"] for o in by_alias] == ["DE"]
        shelters = (await api.get("/organisations", params={"kind": "SHELTER_NGO"})).json()["items"]
        assert {o["kind"] for o in shelters} == {"SHELTER_NGO"}
        assert (await api.get("/organisations", params={"search": "%"})).json()["items"] == []
        assert (await api.get("/organisations", params={"search": "\0"})).status_code == 200


async def test_the_list_goes_on_where_the_page_ended_and_keeps_to_the_country(world: World) -> None:
    async with world.api("demo.admin") as api:
        paged, after = [], ""
        while True:
            page = (await api.get(f"/organisations?limit=60{after}")).json()
            paged += page["items"]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
    assert len({o["id"] for o in paged}) == len(paged) > 100
    assert {o["jurisdiction"] for o in paged} == {"AL"}
    assert "BESA" not in {o["code"] for o in paged}


async def test_added_read_and_changed_by_version(world: World) -> None:
    async with world.api("demo.admin") as api:
        made = await api.post("/organisations", json={**NEW, "languages": ["sq", "en"]})
        assert made.status_code == 201, made.text
        row = made.json()
        assert row["code"].startswith("ORG-")
        assert (row["origin"], row["active"], row["answers_referrals"]) == ("local", True, False)
        address = made.headers["location"].removeprefix("/api/v1")
        facts = {name: row[name] for name in FACTS}
        changed = await api.put(address, json={**facts, "answers_referrals": True, "kind": "DAY_CENTRE"}, headers=at(1))
        assert changed.status_code == 200, changed.text
        assert (changed.json()["answers_referrals"], changed.headers["etag"]) == (True, '"2"')
        stale = await api.put(address, json=facts, headers=at(1))
        assert stale.status_code == 412
        assert stale.json()["changes"][0]["fields"] == ["answers_referrals", "kind"]
        assert (await api.put(address, json=facts)).status_code == 428
    entries = [e for e in await world.audit_entries("organisation.manage") if str(e["subject_id"]) == row["id"]]
    assert [(e["outcome"], e["subject_version"]) for e in entries] == [("done", 1), ("done", 2)]


async def test_what_an_administrator_changed_stays_when_the_profile_is_loaded_again(world: World) -> None:
    async with world.api("demo.admin") as api:
        found = (await api.get("/organisations", params={"search": "Vatra"})).json()["items"]
        row = next(o for o in found if o["code"] == "VATRA")
        facts = {name: row[name] for name in FACTS}
        address = f"/organisations/{row['id']}"
        kept = await api.put(address, json={**facts, "answers_referrals": False}, headers=at(row["version"]))
        assert kept.status_code == 200, kept.text
        assert kept.json()["origin"] == "profile"
        renamed = await api.put(address, json={**facts, "name_en": "Vatra, renamed"}, headers=at(row["version"] + 1))
        assert renamed.json()["origin"] == "changed"
        engine = create_async_engine(world.databases.owner_url, poolclass=NullPool)
        async with engine.begin() as connection:
            await load_profiles(connection)
        await engine.dispose()
        assert (await api.get(address)).json()["name_en"] == "Vatra, renamed"


async def test_every_organisation_of_the_profile_can_be_saved_as_it_is(world: World) -> None:
    async with world.api("demo.admin") as api:
        page = (await api.get("/organisations?limit=100")).json()["items"]
        for row in page[::9]:
            facts = {name: row[name] for name in FACTS}
            answer = await api.put(f"/organisations/{row['id']}", json=facts, headers=at(row["version"]))
            assert answer.status_code == 200, (row["code"], answer.text)


async def test_closing_an_organisation_ends_the_access_of_its_people_at_once(world: World) -> None:
    async with world.api("demo.admin") as api, world.api("demo.ura.drejtuese") as theirs:
        assert (await theirs.get("/session")).status_code == 200
        row = (await api.get(f"/organisations/{await world.organisation('DEMO-URA')}")).json()
        facts = {name: row[name] for name in FACTS}
        closed = await api.put(f"/organisations/{row['id']}", json={**facts, "active": False}, headers=at(1))
        assert closed.status_code == 200, closed.text
        assert (await theirs.get("/session")).status_code == 401
        opened = await api.put(f"/organisations/{row['id']}", json=facts, headers=at(2))
        assert opened.status_code == 200
        assert (await theirs.get("/session")).status_code == 200
        own = (await api.get(f"/organisations/{await world.organisation('AP')}")).json()
        facts = {name: own[name] for name in FACTS}
        refused = await api.put(f"/organisations/{own['id']}", json={**facts, "active": False}, headers=at(1))
        assert (refused.status_code, refused.json()["code"]) == (409, "organisation.own")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"kind": "NO_SUCH"}, "kind", "field.unknown_code"),
        ({"county": "AL-01-01"}, "county", "field.unknown_place"),
        ({"county": "XK-1"}, "county", "field.unknown_place"),
        ({"languages": ["xx"]}, "languages", "field.unknown_code"),
        ({"admits": ["ADMITS"]}, "admits", "field.heading"),
        ({"name_sq": ""}, "name_sq", "field.missing"),
        ({"code": "jo mirë"}, "code", "field.malformed"),
        ({"code": "VATRA"}, "code", "organisation.code_taken"),
        ({"address": "Rruga 1"}, "address", "field.unexpected"),
    ],
)
async def test_bad_input_names_the_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    async with world.api("demo.admin") as api:
        answer = await api.post("/organisations", json={**NEW, **change})
        assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (422, field, code), answer.text


async def test_another_countrys_and_unknown_ones_are_the_same(world: World) -> None:
    foreign = await world.organisation("DEMO-QPS", "XK")
    async with world.api("demo.admin") as api:
        for org_id in (foreign, await world.organisation("BESA"), uuid7()):
            answer = await api.get(f"/organisations/{org_id}")
            assert (answer.status_code, answer.json()["code"]) == (404, "organisation.not_found")
            changed = await api.put(f"/organisations/{org_id}", json=NEW, headers=at(1))
            assert changed.status_code == 404


async def test_only_administrators(world: World) -> None:
    async with world.api("demo.njl") as api:
        for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{uuid4()}"), ("PUT", f"/{uuid4()}")):
            answer = await api.request(method, f"/organisations{path}", json=NEW, headers=at(1))
            assert answer.status_code == 403
