"""Figures as people and programs read them: one number everywhere, each role its own, every read written down."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import pytest_asyncio

from app.domain.policy import Role
from app.services import figures
from app.services.unit_of_work import System, unit_of_work
from tests.statistics.made_up import Case, add_cases, add_deliveries, year_of_vmt
from tests.world import World, role_login

pytestmark = pytest.mark.asyncio(loop_scope="module")

RUNNING = datetime.now(ZoneInfo("Europe/Tirane")).year
YEAR = RUNNING - 1
"""The last year the public may see."""

WOMEN, MEN, GIRLS, BOYS = ("FEMALE", "adult"), ("MALE", "adult"), ("FEMALE", "child"), ("MALE", "child")
COUNTS = {
    (*WOMEN, "SEX"): 20,
    (*WOMEN, "LAB"): 8,
    (*MEN, "LAB"): 3,
    (*GIRLS, "SEX_REMOTE"): 25,
    (*GIRLS, "BEG_BY_CHILD"): 16,
    (*BOYS, "BEG"): 15,
    ("UNKNOWN", "child", None): 2,
}
SHOWN = re.compile(r"<tr[^>]*><th scope=\"row\">(.*?)</th>(.*?)</tr>", re.S)
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.S)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def told(world: World) -> AsyncIterator[World]:
    """A world with cases of two years, recognitions and a shelter's services."""
    ids = await add_cases(
        world,
        [
            *year_of_vmt(COUNTS, YEAR),
            *year_of_vmt({(*WOMEN, "SEX"): 40, (*BOYS, "BEG"): 12}, YEAR - 1),
            *[Case(vt=date(YEAR, 6, 1), opened=date(YEAR - 1, 5, 1)) for _ in range(9)],
            Case(vmt=date(YEAR, 5, 5), opened=date(YEAR, 5, 1), jurisdiction="XK", county="XK-1"),
        ],
    )
    rows = [(case_id, "FOOD", date(YEAR, 1 + n % 2, 10), "delivered") for n, case_id in enumerate(ids[:16])]
    rows += [(ids[0], "LEGAL_AID", date(YEAR, 2, 11), "delivered")] * 7
    rows += [(case_id, "ACCOMMODATION", date(YEAR, 2, 12), "delivered") for case_id in ids[:14]]
    await add_deliveries(world, "DEMO-AGIMI", rows)
    for jurisdiction in ("AL", "XK"):
        await figures.refresh(world.program, jurisdiction)
    yield world


def from_document(document: dict[str, Any]) -> dict[tuple[str, str], int | None]:
    """Return the numbers of a JSON document by row and column label, None for hidden."""
    columns = [column["label"] for column in document["columns"]]
    return {
        (row["label"], column): cell["value"]
        for row in document["rows"]
        for column, cell in zip(columns, row["cells"], strict=True)
    }


def from_csv(content: bytes) -> dict[tuple[str, str], int | None]:
    lines = list(csv.reader(io.StringIO(content.decode())))
    table = lines[: lines.index([])]
    return {
        (line[1], column): None if value in ("fshehur", "hidden") else int(value)
        for line in table[1:]
        for column, value in zip(table[0][2:], line[2:], strict=True)
    }


def from_workbook(content: bytes, *, formulas: bool = False) -> dict[tuple[str, str], Any]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), data_only=not formulas).worksheets[0]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return {
        (str(row[0]), str(column)): None if value in ("fshehur", "hidden") else value
        for row in rows
        for column, value in zip(head[1:], row[1:], strict=True)
    }


def from_page(page: str) -> dict[tuple[str, str], int | None]:
    table = page[page.index('<table class="besa-table besa-table--fit">') : page.index("</table>")]
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", table)[1:]
    found: dict[tuple[str, str], int | None] = {}
    for name, cells in SHOWN.findall(table):
        for head, value in zip(heads, CELL.findall(cells), strict=True):
            found[name, head] = None if value.strip() == "fshehur" else int(value.replace("\xa0", ""))
    return found


ASKED = [
    ("T1", {}),
    ("T2", {}),
    ("T2", {"base": "vt"}),
    ("T3", {}),
    ("T3", {"audience": "internal"}),
    ("S1", {"organisation": "DEMO-AGIMI"}),
    ("S1", {"organisation": "DEMO-AGIMI", "audience": "internal"}),
    ("D1", {"audience": "internal"}),
]


@pytest.mark.parametrize(("table", "given"), ASKED)
async def test_a_number_is_the_same_wherever_it_stands(told: World, table: str, given: dict[str, str]) -> None:
    given = {"year": str(YEAR), "audience": "public", **given}
    async with told.api("demo.statistika") as api:
        api.headers["Accept-Language"] = "sq"
        document = (await api.get(f"/statistics/tables/{table}", params=given)).json()
        files = {
            wanted: (await api.get(f"/statistics/tables/{table}", params={**given, "format": wanted})).content
            for wanted in ("csv", "xlsx")
        }
    async with told.browser("demo.statistika") as browser:
        page = await browser.get(f"/statistics/{table}", params=given)
        downloads = {
            wanted: (await browser.get(f"/statistics/{table}/file", params={**given, "format": wanted})).content
            for wanted in ("csv", "json", "xlsx")
        }
    assert page.status_code == 200, page.text
    expected = from_document(document)
    assert len(expected) >= 4
    assert any(value for value in expected.values())
    assert from_page(page.text) == expected
    assert from_csv(files["csv"]) == from_csv(downloads["csv"]) == expected
    assert from_workbook(files["xlsx"]) == from_workbook(downloads["xlsx"]) == expected
    assert from_document(json.loads(downloads["json"])) == expected
    for fact in document["facts"]:
        assert fact["text"] in files["csv"].decode().replace('""', '"')
    notes = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).worksheets[1]
    printed = {cell.value for row in notes.iter_rows() for cell in row}
    assert {fact["text"] for fact in document["facts"]} <= printed
    shown = {fact["text"] for fact in document["facts"] if fact["code"] != "hidden"}
    assert all(words in page.text for words in shown)


async def test_the_public_tables_of_one_year_hide_together(told: World) -> None:
    async with told.api("demo.koordinator") as api:
        one, two, three = [
            (await api.get(f"/statistics/tables/{table}", params={"year": YEAR})).json() for table in ("T1", "T2", "T3")
        ]
    assert one["audience"] == "public" and one["threshold"] == 5
    total = from_document(one)["Potential victim of trafficking", str(YEAR)]
    by_sex = {row["code"]: row["cells"][-1]["value"] for row in two["rows"]}
    assert total == by_sex["total"] == 89
    assert by_sex["men"] is None and by_sex["unknown"] is None
    assert by_sex["girls"] == 41
    last = {row["code"]: row["cells"] for row in three["rows"]}["total"]
    assert [cell["value"] for cell in last] == [by_sex[code] for code in (*list(by_sex)[:-1], "total")]
    assert all(result["agrees"] for document in (one, two, three) for result in document["footing"])


async def test_a_workbook_adds_up_by_itself_where_every_part_is_printed(told: World) -> None:
    async with told.api("demo.ap") as api:
        inside = await api.get("/statistics/tables/T3", params={"year": YEAR, "audience": "internal", "format": "xlsx"})
        outside = await api.get("/statistics/tables/T2", params={"year": YEAR, "format": "xlsx"})
    live = from_workbook(inside.content, formulas=True)
    assert live["Forced begging", "Total"] == "=SUM(B5:F5)"
    assert live["Total", "Total"] == "=SUM(G2:G15)"
    partly = from_workbook(outside.content, formulas=True)
    assert partly["Total", str(YEAR)] == 89
    assert str(partly["Total", str(YEAR - 1)]).startswith("=SUM(")


async def test_internal_numbers_are_for_some_roles_only_and_the_attempt_is_kept(told: World) -> None:
    before = len(await told.audit_entries("statistics.read"))
    for role in (Role.NATIONAL_COORDINATOR, Role.REGIONAL_COMMITTEE, Role.SHELTER_MANAGER):
        async with told.api(role_login(role)) as api:
            assert (await api.get("/statistics/tables/T2")).json()["audience"] == "public"
            refused = await api.get("/statistics/tables/T2", params={"audience": "internal"})
            assert (refused.status_code, refused.json()["code"]) == (403, "statistics.internal")
            waiting = await api.get("/statistics/tables/D1")
            assert (waiting.status_code, waiting.json()["code"]) == (403, "statistics.internal_only")
    for role in (Role.STATISTICIAN, Role.RESPONSIBLE_AUTHORITY):
        async with told.api(role_login(role)) as api:
            inside = (await api.get("/statistics/tables/T2", params={"audience": "internal", "year": YEAR})).json()
            assert inside["hidden"] == 0
            assert {row["code"]: row["cells"][-1]["value"] for row in inside["rows"]}["men"] == 3
    denied = [e for e in (await told.audit_entries("statistics.read"))[before:] if e["outcome"] == "denied"]
    tried = ["national_coordinator", "regional_committee", "shelter_manager"]
    assert [e["role"] for e in denied] == [role for role in tried for _ in range(2)]
    for role in (Role.CASE_MANAGER, Role.SHELTER_STAFF, Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER):
        async with told.api(role_login(role)) as api:
            refused = await api.get("/statistics/tables/T1")
            assert (refused.status_code, refused.json()["code"]) == (403, "policy.role")


async def test_a_shelter_manager_sees_the_services_of_their_own_house(told: World) -> None:
    async with told.api("demo.agimi.drejtuese") as api:
        own = (await api.get("/statistics/tables/S1", params={"year": YEAR})).json()
        assert (own["organisation"], own["audience"], own["hidden"]) == ("DEMO-AGIMI", "internal", 0)
        assert from_document(own)["Total", "Total"] == 37
        public = (await api.get("/statistics/tables/S1", params={"year": YEAR, "audience": "public"})).json()
        legal = {row["code"]: row["cells"] for row in public["rows"]}["LEGAL_AID"]
        # seven deliveries, all to one person
        assert legal[1]["hidden"] and legal[-1]["hidden"]
        other = await api.get("/statistics/tables/S1", params={"year": YEAR, "organisation": "DEMO-URA"})
        assert (other.status_code, other.json()["code"]) == (403, "statistics.other_organisation")
    async with told.api("demo.krat") as api:
        missing = await api.get("/statistics/tables/S1")
        assert (missing.status_code, missing.json()["field"]) == (422, "organisation")
        internal = {"organisation": "DEMO-AGIMI", "audience": "internal"}
        assert (await api.get("/statistics/tables/S1", params=internal)).status_code == 403
        assert (await api.get("/statistics/tables/S1", params={"organisation": "DEMO-AGIMI"})).status_code == 200


async def test_a_country_sees_its_own_figures_only(told: World) -> None:
    async with told.api("demo.xk.ak") as api:
        table = (await api.get("/statistics/tables/T1", params={"year": YEAR, "audience": "internal"})).json()
        assert table["jurisdiction"] == "XK"
        assert [row["cells"][-1]["value"] for row in table["rows"]] == [1, 0]
        assert table["rows"][0]["label"] == "Presumed victim of trafficking"
        theirs = await api.get("/statistics/tables/S1", params={"organisation": "DEMO-AGIMI", "year": YEAR})
        assert (theirs.status_code, theirs.json()["code"]) == (422, "statistics.organisation_unknown")


async def test_every_read_is_written_down_with_table_and_audience_and_no_person(told: World) -> None:
    before = len(await told.audit_entries("statistics.read"))
    async with told.api("demo.statistika") as api:
        await api.get("/statistics/tables/T3", params={"year": YEAR, "audience": "internal", "base": "vt"})
        await api.get("/statistics/tables/S1", params={"year": YEAR, "organisation": "DEMO-AGIMI", "format": "csv"})
    async with told.browser("demo.statistika") as browser:
        await browser.get("/statistics")
    first, second, *listed = (await told.audit_entries("statistics.read"))[before:]
    assert first["detail"] == {
        "table": "T3", "audience": "internal", "year": YEAR, "base": "vt", "organisation": None, "hidden": 0,
    }  # fmt: skip
    assert second["detail"]["organisation"] == "DEMO-AGIMI"  # type: ignore[index]
    assert [entry["detail"]["table"] for entry in listed] == ["T1", "T2", "T3", "D1"]  # type: ignore[index]
    assert all(entry["case_ids"] == [] and entry["person_ids"] == [] for entry in (first, second, *listed))


@pytest.mark.parametrize(
    ("table", "given", "status", "field", "code"),
    [
        ("T9", {}, 404, None, "statistics.table_unknown"),
        ("T1", {"year": RUNNING}, 422, "year", "statistics.year_open"),
        ("T1", {"year": RUNNING + 1}, 422, "year", "statistics.year_ahead"),
        ("T1", {"year": 1492}, 422, "year", "field.too_small"),
        ("T1", {"year": "x"}, 422, "year", "field.malformed"),
        ("T1", {"base": "vt"}, 422, "base", "statistics.base_unknown"),
        ("T2", {"base": "registered"}, 422, "base", "field.unknown_choice"),
        ("T2", {"audience": "press"}, 422, "audience", "field.unknown_choice"),
        ("T2", {"format": "pdf"}, 422, "format", "field.unknown_choice"),
        ("S1", {"organisation": "a\x00b"}, 422, "organisation", "field.malformed"),
        ("S1", {"organisation": "NO-SUCH"}, 422, "organisation", "statistics.organisation_unknown"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_a_sentence(
    told: World, table: str, given: dict[str, Any], status: int, field: str | None, code: str
) -> None:
    async with told.api("demo.statistika") as api:
        answer = await api.get(f"/statistics/tables/{table}", params=given)
    problem = answer.json()
    assert (answer.status_code, problem.get("field"), problem["code"]) == (status, field, code)
    assert len(problem["detail"]) > 10


async def test_programs_learn_which_tables_there_are(told: World) -> None:
    async with told.api("demo.krat") as api:
        items = (await api.get("/statistics/tables")).json()["items"]
    assert [item["id"] for item in items] == ["T1", "T2", "T3", "S1", "D1"]
    assert [item["audiences"] for item in items] == [["public"]] * 4 + [[]]


async def test_the_list_shows_the_newest_finding_of_each_table(told: World) -> None:
    async with told.browser("demo.koordinator") as browser:
        page = (await browser.get("/statistics")).text
    assert f"Në vitin {YEAR}: 89 viktima të mundshme, 37 më shumë se një vit më parë" in page
    assert 'href="/statistics/S1"' in page
    async with told.browser("demo.agimi.drejtuese") as browser:
        page = (await browser.get("/statistics")).text
        assert "shërbim" in page


async def test_a_year_the_public_may_not_see_leads_to_one_it_may(told: World) -> None:
    async with told.browser("demo.statistika") as browser:
        page = await browser.get(f"/statistics/T2?year={RUNNING}&audience=public")
    assert page.status_code == 200
    assert f"Viti {RUNNING} ende nuk ka mbaruar" in page.text
    assert from_page(page.text)["Gjithsej", str(YEAR)] == 89


async def test_the_filter_leads_to_the_table_without_what_it_does_not_know(told: World) -> None:
    async with told.browser("demo.koordinator") as browser:
        for given, address in (
            (f"table=T1&base=vt&year={YEAR}&audience=internal", f"/statistics/T1?year={YEAR}"),
            (f"table=T3&base=vt&year={YEAR}", f"/statistics/T3?base=vt&year={YEAR}"),
            ("table=S1&organisation=DEMO-AGIMI&year=", "/statistics/S1?organisation=DEMO-AGIMI"),
            ("table=T9", "/statistics/T1"),
        ):
            answer = await browser.get(f"/statistics/choose?{given}")
            assert (answer.status_code, answer.headers["location"]) == (303, address)


async def test_the_page_says_why_cells_are_hidden_and_not_which_are_small(told: World) -> None:
    async with told.browser("demo.koordinator") as browser:
        page = (await browser.get(f"/statistics/T2?year={YEAR}")).text
    assert "Pse janë fshehur 2 qeliza" in page
    assert f"burra {YEAR} 0\u2060–\u20605; e panjohur {YEAR} 0\u2060–\u20605" in page
    assert page.count("fsh.</text>") == 2
    assert "Mbi çfarë qëndrojnë shifrat" in page
    async with told.browser("demo.ap") as browser:
        inside = (await browser.get(f"/statistics/T2?year={YEAR}&audience=internal")).text
    assert "Kjo pamje ka çdo numër" in inside
    assert "fshehur</td>" not in inside


async def test_the_program_itself_may_print_what_its_operator_asks(told: World) -> None:
    async with unit_of_work(told.program, System("AL"), "statistics.read") as unit:
        made = await figures.read_figure(unit, figures.Asked("T1", YEAR))
    assert made.cell("vmt", str(YEAR)).value == 89
