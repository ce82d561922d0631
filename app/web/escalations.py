"""Pages of what is overdue: the authority's list, passing back, and the deadlines of one case with their rules."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.escalations import PassBack
from app.services import escalations, reference
from app.services.escalations import Deadline
from app.services.tasks import After
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

ROWS = 25


@router.page("/board/escalations", action="board.read")
async def listed(request: Request, unit: Unit, after: UUID | None = None, due: str = "") -> Response:
    """What is overdue beyond the grace, the longest first; which step, at whom, of which case."""
    language = language_of(request, unit)
    rows = await escalations.list_escalations(unit, after=After.read(due, after), limit=ROWS)
    waiting = await escalations.count_escalations(unit)
    names = await reference.organisation_names(unit, [row["org_id"] for row in rows])
    following = ""
    if len(rows) == ROWS:
        following = "/board/escalations?" + urlencode({"due": rows[-1]["due_at"].isoformat(), "after": rows[-1]["id"]})
    return render(
        request,
        "board/escalations.html",
        unit,
        rows=[_row(unit, row, names, language) for row in rows],
        says=text("escalations.says_count", language, n=waiting),
        grace=unit.profile.escalation,
        after=dates.length(unit.profile.escalation.after, language),
        next=following,
        first="/board/escalations" if after else "",
    )


def _row(unit: UnitOfWork, row: Any, names: case_words.Names, language: str) -> dict[str, Any]:
    zone = unit.profile.timezone
    child = f", {text('board.child', language)}" if row["is_child"] else ""
    rule = unit.profile_of({"jurisdiction": row["jurisdiction"], **row}).deadline_rules.get(row["rule"])
    source = "" if rule is None else text("escalations.source", language, source=rule.source)
    return {
        "title": case_words.task_what(row["event"], language),
        "href": f"/board/escalations/{row['id']}",
        "code": case_words.short_code(row["case_code"]),
        "meta": f"{case_words.organisation(names, row['org_id'], language)}{child} · {row['rule']} {source}",
        "chip": dates.due_chip(row["due_at"], unit.now, language, row["to_confirm"], tz=zone),
    }


@router.page("/board/escalations/{escalation_id}", action="escalation.answer")
async def asked(request: Request, unit: Unit, escalation_id: UUID) -> Response:
    """One that is overdue, and the form that passes it back."""
    language = language_of(request, unit)
    row = await escalations.read_escalation(unit, escalation_id)
    names = await reference.organisation_names(unit, [row["org_id"]])
    fields = forms.view(PassBack, unit.profile, language, state_of(request))
    rule = unit.profile_of(row).deadline_rules.get(row["rule"])
    return render(
        request,
        "board/escalation.html",
        unit,
        row=row,
        what=case_words.task_what(row["event"], language),
        owed_by=case_words.organisation(names, row["org_id"], language),
        due=dates.due_chip(row["due_at"], unit.now, language, row["to_confirm"], tz=unit.profile.timezone),
        rule=rule,
        fields=fields,
    )


@router.act("/board/escalations/{escalation_id}", action="escalation.answer")
async def pass_back(request: Request, unit: Unit, escalation_id: UUID) -> Response:
    """Pass it back."""
    form = forms.read(PassBack, await request.form(), unit.profile)
    await escalations.pass_back(unit, escalation_id, form)
    return redirect("/board/escalations", done="escalation_passed_back")


@router.page("/cases/{case_id}/deadlines", action="task.read")
async def deadlines(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Every deadline of a case: the rule, its source and its mark, and what the authority wrote."""
    language = language_of(request, unit)
    found = await escalations.read_deadlines(unit, case_id)
    names = await reference.organisation_names(unit, [one.row["org_id"] for one in found.tasks])
    groups = [
        {
            "title": text(f"escalations.state.{state}", language),
            "id": state,
            "rows": [_deadline(unit, one, names, language) for one in found.tasks if one.row["state"] == state],
        }
        for state in ("open", "paused", "met", "cancelled")
    ]
    return render(request, "cases/deadlines.html", unit, case=found.case, groups=[g for g in groups if g["rows"]])


def _deadline(unit: UnitOfWork, one: Deadline, names: case_words.Names, language: str) -> dict[str, Any]:
    row, zone = one.row, unit.profile.timezone
    open_now = row["state"] == "open" and row["bound"] == "max"
    when = dates.spoken(row["due_at"], unit.now, language, tz=zone)
    said = text("events.ahead.min" if row["bound"] == "min" else "escalations.due", language)
    notes = []
    if row["paused_at"] is not None:
        since = dates.spoken(row["paused_at"], unit.now, language, tz=zone)
        notes.append(text("escalations.paused_since", language, since=since))
    if row["met_at"] is not None:
        notes.append(text("dates.met_when", language, when=dates.spoken(row["met_at"], unit.now, language, tz=zone)))
    if one.waiting:
        notes.append(text("escalations.at_authority", language))
    source = one.rule.source if one.rule is not None else text("escalations.own_rule", language)
    return {
        "title": case_words.task_what(row["event"], language),
        "who": case_words.organisation(names, row["org_id"], language),
        "due": f"{said}: {when}",
        "chip": dates.due_chip(row["due_at"], unit.now, language, row["to_confirm"], tz=zone) if open_now else None,
        "notes": notes,
        "rule": row["rule"],
        "length": dates.length(one.rule.duration, language) if one.rule is not None else "",
        "source": text("escalations.source", language, source=source),
        "to_confirm": row["to_confirm"],
        "said": one.said,
    }
