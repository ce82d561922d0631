"""The home of each role, all its tasks, and what anybody may read: the glossary and how data are kept."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.policy import Role, may
from app.services import tasks as due_tasks
from app.services.formal_identification import Procedure
from app.services.home import COUNTED, SHOWN, Home, read_home
from app.services.tasks import After
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates
from app.web.formal_view import next_steps
from app.web.pages import render
from app.web.routing import PageRouter, Unit, language_of

router = PageRouter()

ROWS = 25


@router.page("/", action="home.read")
async def home(request: Request, unit: Unit) -> Response:
    """What is due, what waits for an answer, what is new; the authority lands on its board."""
    if may(unit.actor.role, "board.read"):
        unit.quiet = True
        return RedirectResponse("/board", 303)
    language = language_of(request, unit)
    found = await read_home(unit)
    zone = unit.profile.timezone
    said = dates.weekday(unit.now, language, tz=zone)
    where = unit.actor.org_name.get(language) or unit.actor.org_name["sq"]
    return render(
        request,
        "home/home.html",
        unit,
        day=f"{said[:1].upper()}{said[1:]} · {where}",
        counts=_counts(unit, found, language),
        due=[_task(unit, row, language) for row in found.due],
        due_more=text("home.due_all", language, n=_many(found.due_count, language)) if len(found.due) == SHOWN else "",
        due_today=bool(found.due_count),
        answers=[_referral(unit, found, row, "sender_org_id", language) for row in found.answers],
        answers_more=text("home.answers_all", language, n=_many(found.answers_count, language)),
        sent=[_referral(unit, found, row, "receiver_org_id", language) for row in found.sent],
        formal=[_procedure(unit, one, language) for one in found.formal],
        officer=unit.actor.role is Role.IDENTIFICATION_OFFICER,
        new=[*(_request(found, row, language) for row in found.requests), *_signals(unit, found, language)],
        works=may(unit.actor.role, "task.read"),
        links=_links(unit.actor.role),
    )


def _many(n: int, language: str) -> str:
    return text("home.more", language, n=n) if n >= COUNTED else str(n)


def _counts(unit: UnitOfWork, found: Home, language: str) -> list[dict[str, Any]]:
    role = unit.actor.role
    wanted = (
        ("late", found.late_count, "/tasks", may(role, "task.read")),
        ("due", found.due_count, "/tasks", may(role, "task.read")),
        ("answers", found.answers_count, "/referrals", may(role, "referral.answer")),
        ("signals", found.signals_count, "/signals", may(role, "signal.triage")),
    )
    return [
        {
            "n": _many(n, language),
            "label": text(f"home.counts.{key}", language),
            "href": href,
            "late": key == "late",
        }
        for key, n, href, shown in wanted
        if shown
    ]


def _task(unit: UnitOfWork, row: Any, language: str) -> dict[str, Any]:
    known = row["case_code"] is not None
    zone = unit.profile.timezone
    return {
        "title": case_words.task_do(row["event"], language),
        "href": case_words.task_href(row, unit.actor.role),
        "code": case_words.short_code(row["case_code"]) if known else None,
        "meta": case_words.lower(case_words.traits(row, unit.profile, language))
        if known
        else text("tasks.case_elsewhere", language),
        "chip": dates.due_chip(row["due_at"], unit.now, language, row["to_confirm"], tz=zone),
    }


def _referral(unit: UnitOfWork, found: Home, row: Any, side: str, language: str) -> dict[str, Any]:
    """Return a referral as a row: what is asked for, by or from whom, until when."""
    profile, zone = unit.profile, unit.profile.timezone
    purposes = [profile.label("referral_purpose", code, language) for code in row["purposes"]]
    what = ", ".join(purposes) or text("home.referral", language)
    whom = case_words.organisation(found.names, row[side], language)
    code = row["minimum"].get("code") or row.get("case_code") or ""
    key = "home.to" if side == "receiver_org_id" else "home.from"
    sent = dates.spoken(row["sent_at"], unit.now, language, tz=zone) if row["sent_at"] else ""
    due = row["answer_due_at"]
    return {
        "title": text(key, language, what=what, organisation=whom),
        "href": f"/referrals/{row['id']}",
        "code": case_words.short_code(code) if code else None,
        "meta": text("home.sent", language, when=sent) if sent else None,
        "chip": dates.due_chip(due, unit.now, language, row["answer_due_to_confirm"], tz=zone) if due else None,
    }


def _request(found: Home, row: Any, language: str) -> dict[str, Any]:
    classes = ", ".join(text(f"classes.{c}", language) for c in row["data_classes"])
    return {
        "title": text("home.access", language, classes=classes),
        "href": f"/cases/{row['case_id']}/access",
        "code": case_words.short_code(row["case_code"]),
        "meta": case_words.organisation(found.names, row["org_id"], language),
    }


def _signals(unit: UnitOfWork, found: Home, language: str) -> list[dict[str, Any]]:
    profile, zone = unit.profile, unit.profile.timezone
    made = []
    for row in found.signals:
        when = dates.spoken(row["received_at"], unit.now, language, tz=zone)
        parts = [text("home.received", language, when=when), profile.label("urgency", row["urgency"], language)]
        if row["org_id"] != unit.actor.org_id:
            parts.append(case_words.organisation(found.names, row["org_id"], language))
        channel = profile.label("signal_channel", row["channel"], language)
        made.append({"title": channel, "href": f"/signals/{row['id']}", "meta": " · ".join(parts)})
    return made


def _procedure(unit: UnitOfWork, found: Procedure, language: str) -> dict[str, Any]:
    """Return a formal identification as a row: what comes next in it, in which case."""
    steps = next_steps(unit, found, language)
    return {
        "title": steps[0]["title"] if steps else text("formal_identification.overview.title", language),
        "href": steps[0]["href"] if steps else f"/cases/{found.case['id']}/formal",
        "code": case_words.short_code(found.case["code"]),
        "meta": case_words.lower(case_words.traits(found.case, found.profile, language)),
    }


def _links(role: Role) -> list[dict[str, str]]:
    """Return the one or two ways on of a role that works with no list of cases, and a shelter's day."""
    wanted = (
        ("/shelter", "home.shelter.day", "home.shelter.day_says", "placement.read"),
        ("/shelter/month", "home.shelter.month", "home.shelter.month_says", "placement.read"),
        ("/audit", "home.audit.open", "home.audit.says", "audit.read"),
        ("/people", "home.people.open", "home.people.says", "account.read"),
        ("/statistics", "home.figures.open", "home.figures.says", "statistics.read"),
    )
    found = [{"href": h, "title": t, "says": s} for h, t, s, action in wanted if may(role, action)]
    return [link for link in found if link["href"] != "/statistics" or not may(role, "task.read")]


@router.page("/tasks", action="task.read")
async def tasks(request: Request, unit: Unit, scope: str = "", after: UUID | None = None, due: str = "") -> Response:
    """Everything that is due for the organisation or for me, late first, by key."""
    language = language_of(request, unit)
    mine = scope == "me"
    key = After.read(due, after)
    answers = not may(unit.actor.role, "referral.answer")
    rows = await due_tasks.list_tasks(
        unit, scope="me" if mine else "organisation", after=key, limit=ROWS, answers=answers
    )
    kept = {"scope": "me"} if mine else {}
    following = ""
    if len(rows) == ROWS:
        last = rows[-1]
        following = "/tasks?" + urlencode({**kept, "due": last["due_at"].isoformat(), "after": last["id"]})
    return render(
        request,
        "home/tasks.html",
        unit,
        rows=[_task(unit, row, language) for row in rows],
        mine=mine,
        next=following,
        first=f"/tasks?{urlencode(kept)}" if key else "",
    )
