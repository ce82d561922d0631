"""The public form: anybody may send, nothing stays on the device, nothing says who it was, nothing can be read back."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

import app.web
from app.domain.forms.signals import PublicReport
from app.domain.ids import uuid7
from app.main import create_app
from app.services import report_limits
from app.services.public_reports import looks_automatic
from tests.stories import checked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAID = {
    "what": "Në kantier flenë dhjetë burra pa dokumente.",
    "danger": "not_now",
    "who": "several",
    "may_contact": "no",
}


def slow_id() -> str:
    """Return an id as a page shown a minute ago would carry."""
    then = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1000)
    return str(UUID(int=(then << 80) | (uuid7().int & ((1 << 80) - 1))))


def reference_of(page: str) -> str:
    """Return the code that the page shows."""
    found = re.search(r"<b class=\"besa-code\"[^>]*>([A-Z0-9]{4}-[A-Z0-9]{4})</b>", page)
    assert found is not None, page
    return found.group(1)


def leaves_nothing(answer: httpx.Response) -> None:
    """Check that an answer sets no cookie and may be kept nowhere."""
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def newest(world: World) -> dict[str, object]:
    async with world.superuser() as connection:
        rows = await connection.execute(
            text("select * from casework.signal where channel = 'WEB_FORM' order by recorded_at desc, id desc limit 1")
        )
        return dict(rows.mappings().first() or {"id": None})


async def test_what_is_sent_waits_at_the_helpline_and_names_nobody(world: World) -> None:
    async with world.browser() as browser:
        page = await browser.get("/report")
        leaves_nothing(page)
        assert page.text.index("129") < page.text.index("<form")
        assert page.text.index("116-006") < page.text.index("<form")
        sent = await browser.post("/report", data={**SAID, "id": slow_id(), "place": "AL-01-01"})
        assert sent.status_code == 200, sent.text
        leaves_nothing(sent)
        code = reference_of(sent.text)
        assert SAID["what"] not in sent.text
        assert not browser.cookies
    row = await newest(world)
    assert row["org_id"] == await world.organisation("DEMO-LINJA")
    assert row["reference"] == code
    assert (row["anonymous"], row["maybe_automatic"], row["immediate_danger"]) == (True, False, False)
    assert b"kantier" not in row["summary"]
    async with world.api("demo.linja") as api:
        read = checked(await api.get(f"/signals/{row['id']}"))
        assert read["summary"] == SAID["what"]
        assert read["reference"] == code


async def test_the_log_says_that_it_happened_and_from_nowhere(world: World) -> None:
    async with world.browser() as browser:
        await browser.post("/report", data={**SAID, "id": slow_id()})
    entry = (await world.audit_entries("report.public"))[-1]
    assert (entry["outcome"], entry["role"], entry["subject_kind"]) == ("done", "system", "signal")
    assert entry["detail"] == {"channel": "WEB_FORM"}
    assert "127.0.0" not in str(entry)
    async with world.superuser() as connection:
        for table in ("casework.signal", "audit.entry", "iam.throttle"):
            found = await connection.execute(text(f"select t::text from {table} t"))
            assert not [row for row in found.scalars() if "127.0.0." in row], table


async def test_the_same_form_again_records_once_and_the_code_opens_nothing(world: World) -> None:
    async with world.browser() as browser:
        body = {**SAID, "id": slow_id()}
        first, again = [await browser.post("/report", data=body) for _ in range(2)]
        assert reference_of(first.text) == reference_of(again.text)
        code = reference_of(first.text)
        for path in (f"/report/{code}", f"/report?code={code}", f"/report/sent?code={code}"):
            answer = await browser.get(path)
            leaves_nothing(answer)
            assert SAID["what"] not in answer.text
    async with world.superuser() as connection:
        counted = await connection.execute(
            text("select count(*) from casework.signal where reference = :code"), {"code": code}
        )
        assert counted.scalar_one() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"what": ""}, "what"),
        ({"what": "x" * 5001}, "what"),
        ({"what": "a\0b"}, "what"),
        ({"place": "AL-99-99"}, "place"),
        ({"danger": "perhaps"}, "danger"),
        ({"contact": "9" * 201}, "contact"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(world: World, change: dict[str, str], field: str) -> None:
    before = (await newest(world))["id"]
    async with world.browser() as browser:
        answer = await browser.post("/report", data={**SAID, "id": slow_id(), "where": "Te ura e vjetër", **change})
        assert answer.status_code == 422
        leaves_nothing(answer)
        assert f'href="#{field}"' in answer.text
        assert "Te ura e vjetër" in answer.text
    assert (await newest(world))["id"] == before


async def test_a_trap_or_haste_is_marked_and_nothing_is_thrown_away(world: World) -> None:
    async with world.browser() as browser:
        for change in ({"website": "http://spam.example", "id": slow_id()}, {"id": str(uuid7())}, {}):
            sent = await browser.post("/report", data={**SAID, **change})
            assert sent.status_code == 200
            assert (await newest(world))["maybe_automatic"] is True
        row = await newest(world)
    async with world.browser("demo.linja") as colleague:
        assert "mund të jetë plotësuar nga një program" in (await colleague.get(f"/signals/{row['id']}")).text
    report = PublicReport.model_validate({**SAID, "id": slow_id()})
    assert looks_automatic(report, datetime.now(UTC)) is False


async def test_another_site_cannot_send_and_what_was_typed_stays(world: World) -> None:
    async with world.browser() as browser:
        for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await browser.post("/report", data={**SAID, "id": slow_id()}, headers=headers)
            assert answer.status_code == 403
            assert SAID["what"] in answer.text
            leaves_nothing(answer)


async def test_a_network_may_send_so_many_in_an_hour_and_keeps_what_it_typed(world: World) -> None:
    limited = dataclasses.replace(world.program, settings=world.program.settings.model_copy(update={"report_limit": 1}))
    async with world.superuser() as connection:
        await connection.execute(text("delete from iam.throttle"))
    transport = httpx.ASGITransport(app=create_app(limited))
    async with httpx.AsyncClient(transport=transport, base_url="http://besa.test") as browser:
        assert (await browser.post("/report", data={**SAID, "id": slow_id()})).status_code == 200
        again = await browser.post("/report", data={**SAID, "id": slow_id()})
        assert again.status_code == 429
        assert SAID["what"] in again.text
        assert "tel:129" in again.text
        leaves_nothing(again)
    async with world.superuser() as connection:
        await connection.execute(text("delete from iam.throttle"))


async def test_the_counter_of_a_network_does_not_join_two_hours() -> None:
    now = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    same, later = (report_limits.bucket(b"k", "192.0.2.7", now + timedelta(minutes=n)) for n in (5, 35))
    assert same == report_limits.bucket(b"k", "192.0.2.200", now)
    assert same != later
    assert re.fullmatch(r"report:[0-9a-f]{64}", same)


async def test_who_is_signed_in_or_chose_a_language_is_nobody_here(world: World) -> None:
    async with world.browser("demo.ap") as browser:
        browser.cookies.set("besa_language", "en")
        page = await browser.get("/report")
        leaves_nothing(page)
        assert 'lang="sq"' in page.text
        assert "demo" not in page.text.lower()
        sent = await browser.post("/report?contrast=more", data={**SAID, "id": slow_id(), "language": "en"})
        leaves_nothing(sent)
        assert "Thank you" in sent.text
    assert (await world.audit_entries("report.public"))[-1]["role"] == "system"


async def test_kosovo_asks_in_three_languages_and_prints_no_number_it_does_not_have(world: World) -> None:
    async with world.browser() as browser:
        page = await browser.get("/report/xk?language=sr")
        leaves_nothing(page)
        assert "Recite nam šta vas brine" in page.text
        assert "116-006" not in page.text
        assert "treba potvrditi" in page.text
        sent = await browser.post("/report/xk", data={**SAID, "id": slow_id(), "language": "sr"})
        assert "Hvala" in sent.text
        assert (await browser.get("/report/de")).status_code == 404
    row = await newest(world)
    assert (row["jurisdiction"], row["org_id"]) == ("XK", await world.organisation("LN-ZMNV", "XK"))


async def test_contact_is_kept_only_where_it_was_allowed(world: World) -> None:
    async with world.browser() as browser:
        given = {"contact": "069 11 22 333", "safe_how": "vetëm paradite"}
        await browser.post("/report", data={**SAID, **given, "id": slow_id()})
        assert (await newest(world))["reporter_contact"] is None
        await browser.post("/report", data={**SAID, **given, "may_contact": "yes", "id": slow_id()})
    row = await newest(world)
    assert row["anonymous"] is False
    async with world.api("demo.linja") as api:
        read = checked(await api.get(f"/signals/{row['id']}"))
        assert read["reporter_contact"] == "069 11 22 333; vetëm paradite"


async def test_the_page_brings_no_script_and_no_link_into_the_program(world: World) -> None:
    async with world.browser() as browser:
        page = (await browser.get("/report")).text
        assert "<script" not in page
        assert "/static/" not in page
        assert 'autocomplete="off"' in page
        style = await browser.get("/report/look.css")
        leaves_nothing(style)
        assert "@font-face" not in style.text
        assert len(style.text) > 10_000
    templates = Path(app.web.__file__).parent / "templates" / "report"
    assert not [one for one in templates.glob("*.html") if "static(" in one.read_text(encoding="utf-8")]
