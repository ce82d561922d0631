"""Pages of signals: what was typed stays, what is wrong is said at its field, two submits record once."""

import re

import pytest

from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPED = {
    "channel": "PHONE",
    "received_at": "2026-03-02T10:00",
    "urgency": "URGENT",
    "summary": "Një burrë pa dokumente në kantier.",
}


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"the page has no hidden field {name}"
    return found.group(1)


async def test_a_signal_is_recorded_on_the_page_and_read(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        page = (await browser.get("/signals/new?channel=PHONE")).text
        once = {"csrf_token": hidden(page, "csrf_token"), "once": hidden(page, "once")}
        answers = [await browser.post("/signals/new", data={**TYPED, **once}) for _ in range(2)]
        assert [a.status_code for a in answers] == [303, 303]
        assert answers[0].headers["location"] == answers[1].headers["location"]
        shown = await browser.get(answers[0].headers["location"])
        assert shown.status_code == 200
        assert TYPED["summary"] in shown.text
        assert "Sinjali u ruajt." in shown.text
        listed = await browser.get("/signals")
        assert "Telefon" in listed.text


async def test_a_wrong_answer_keeps_what_was_typed_and_names_the_field(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        page = (await browser.get("/signals/new?channel=PHONE")).text
        typed = {**TYPED, "urgency": "", "received_at": "2999-01-01T00:00", "csrf_token": hidden(page, "csrf_token")}
        again = await browser.post("/signals/new", data=typed)
        assert again.status_code == 422
        assert TYPED["summary"] in again.text
        assert 'href="#urgency"' in again.text
        assert "Plotësoni këtë fushë." in again.text


async def test_a_post_without_the_token_of_the_page_changes_nothing(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        refused = await browser.post("/signals/new", data=TYPED)
        assert refused.status_code == 403
        assert TYPED["summary"] in refused.text
        elsewhere = await browser.post("/signals/new", data=TYPED, headers={"Origin": "https://elsewhere.example"})
        assert elsewhere.status_code == 403


async def test_nobody_signed_in_is_led_to_the_door(world: World) -> None:
    async with world.browser() as browser:
        answer = await browser.get("/signals")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=/signals"


async def test_english_is_one_click_away(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        assert "Save the signal" in (await browser.get("/signals/new?channel=PHONE&language=en")).text


async def test_the_channel_comes_first_and_brings_its_own_questions_alone(world: World) -> None:
    async with world.browser("demo.njl") as browser:
        chooser = (await browser.get("/signals/new")).text
        assert 'href="/signals/new?channel=BORDER_CHECK"' in chooser
        assert "details.crossing_point" not in (await browser.get("/signals/new?channel=PHONE")).text
        page = (await browser.get("/signals/new?channel=BORDER_CHECK")).text
        assert 'name="details.crossing_point"' in page
        assert 'name="details.school_level"' not in page
        typed = {
            **TYPED,
            "channel": "BORDER_CHECK",
            "urgency": "",
            "csrf_token": hidden(page, "csrf_token"),
            "details.crossing_point": "Kapshticë",
            "details.circumstances": ["ALONE"],
        }
        again = await browser.post("/signals/new", data=typed)
        assert again.status_code == 422
        assert 'value="Kapshticë"' in again.text
        made = await browser.post("/signals/new", data={**typed, "urgency": "URGENT"})
        assert made.status_code == 303, made.text
        shown = (await browser.get(made.headers["location"])).text
        assert "Kapshticë" in shown
        assert "Vetëm" in shown


async def test_counselling_and_follow_up_are_written_down_on_pages(world: World) -> None:
    async with world.browser("demo.linja") as browser:
        page = (await browser.get("/signals/new?channel=HELPLINE_116006")).text
        token = hidden(page, "csrf_token")
        made = await browser.post("/signals/new", data={**TYPED, "channel": "HELPLINE_116006", "csrf_token": token})
        path = made.headers["location"].split("?")[0]
        said = {
            "happened_at": "2026-03-02T11:00",
            "counselling": ["WHERE_TO_GO"],
            "language": "sq",
            "csrf_token": token,
        }
        assert (await browser.post(f"{path}/counselling", data=said)).status_code == 303
        missing = await browser.post(f"{path}/follow-up", data={"happened_at": "2026-03-03T11:00", "csrf_token": token})
        assert missing.status_code == 422
        came = {"happened_at": "2026-03-03T11:00", "outcome": "HELP_ACCEPTED", "csrf_token": token}
        assert (await browser.post(f"{path}/follow-up", data=came)).status_code == 303
        shown = (await browser.get(path)).text
        assert "Ku të drejtohet" in shown
        assert "Personi pranoi ndihmë" in shown
        counted = await browser.get("/signals/counts?year=2026")
        assert counted.status_code == 200
        assert "116-006" in counted.text
