"""Pages of the log: who saw a case, what a colleague opened, what was denied, what could have been read."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.audit import AskLog
from app.domain.policy import ACTIONS, DataClass
from app.domain.problems import Problem
from app.services import audit
from app.services.unit_of_work import UnitOfWork
from app.texts import has_text, text
from app.web import dates, forms
from app.web.forms import FormState
from app.web.pages import render
from app.web.routing import PageRouter, Unit, language_of

router = PageRouter()

_FILTERS = ("about", "account", "since", "until", "action", "outcome", "data_class")
_BREACH = ("about", "account", "since", "until")
_NOTHING_YET: Mapping[str, Any] = {"found": None, "question": None, "next": "", "opened": ""}
_PAGE = 50


@router.page("/audit", action="audit.read")
async def listed(request: Request, unit: Unit, after: UUID | None = None) -> Response:
    """The entries a question finds, newest first; without a question, the newest of all."""
    language = language_of(request, unit)
    try:
        question = await audit.understand(unit, _asked(request, unit))
    except Problem as problem:
        return _asked_wrongly(request, unit, problem, "audit/list.html", rows=None, counts=[], next="", questions=[])
    found = await audit.read_log(unit, question, after=after, limit=_PAGE)
    days = _by_day([_row(one, language, unit) for one in found])
    return render(
        request,
        "audit/list.html",
        unit,
        title=_title(question, language),
        fields=_fields(request, unit, language),
        rows=days,
        shown=len(found),
        counts=_counts(request, await audit.count_log(unit, question), language),
        next=_address("/audit", request, after=str(found[-1].row["id"])) if len(found) == _PAGE else "",
        first=_address("/audit", request) if after else "",
        csv=_address("/audit/entries.csv", request),
        questions=_questions(question, unit, language),
    )


@router.page("/audit/entries.csv", action="audit.read")
async def export(request: Request, unit: Unit) -> Response:
    """What a question finds, as a file; no cell of it is a formula."""
    language = language_of(request, unit)
    question = await audit.understand(unit, _asked(request, unit))
    found = await audit.read_log(unit, question, limit=audit.MOST_EXPORTED, export=True)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    names = ("when", "who", "organisation", "role", "what", "result", "cases", "classes", "purpose", "request")
    rows.writerow([_column(name, language) for name in names])
    for one in found:
        row = _row(one, language, unit)
        cells = [row["at"], row["who"], row["organisation"], row["role"], row["what"], row["result"]["text"]]
        cells += ["; ".join(row["codes"]), row["classes"], one.row["purpose"] or "", str(one.row["request_id"] or "")]
        rows.writerow([_harmless(str(cell)) for cell in cells])
    headers = {"Content-Disposition": 'attachment; filename="besa-audit.csv"'}
    return Response("\ufeff" + written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.page("/audit/readable", action="audit.read")
async def readable(request: Request, unit: Unit, after: UUID | None = None) -> Response:
    """What could have been read between two moments, whether or not it was."""
    language = language_of(request, unit)
    if not any(request.query_params.get(name) for name in _FILTERS):
        unit.quiet = True
        fields = _fields(request, unit, language, _BREACH)
        return render(
            request, "audit/readable.html", unit, fields=fields, found=None, question=None, next="", opened=""
        )
    try:
        question = await audit.understand(unit, _asked(request, unit))
        found = await audit.could_have_been_read(unit, question, after=after, limit=_PAGE)
    except Problem as problem:
        return _asked_wrongly(request, unit, problem, "audit/readable.html", **_NOTHING_YET)
    last = str(found.cases[-1]["id"]) if len(found.cases) == _PAGE else None
    return render(
        request,
        "audit/readable.html",
        unit,
        fields=_fields(request, unit, language, _BREACH),
        question=question,
        found=_readable(found, language, unit),
        next=_address("/audit/readable", request, after=last) if last else "",
        opened=_address("/audit", request),
    )


@router.page("/audit/{entry_id}", action="audit.read")
async def read(request: Request, unit: Unit, entry_id: UUID) -> Response:
    """One entry, whole."""
    language = language_of(request, unit)
    found = await audit.read_entry(unit, entry_id)
    return render(request, "audit/read.html", unit, entry=found.row, row=_row(found, language, unit))


def _typed(request: Request) -> FormData:
    return FormData([(name, value) for name, value in request.query_params.multi_items() if name in _FILTERS])


def _asked(request: Request, unit: UnitOfWork) -> AskLog:
    return forms.read(AskLog, _typed(request), unit.profile)


def _asked_wrongly(request: Request, unit: UnitOfWork, problem: Problem, template: str, **context: Any) -> Response:
    """Show the question again with what is wrong at its field; the attempt is written down."""
    language = language_of(request, unit)
    unit.audit("audit.read", outcome="refused", code=problem.code)
    request.state.problem = problem
    wanted = _FILTERS if template == "audit/list.html" else _BREACH
    shown = {"title": text("audit.title", language), "shown": 0, "first": "/audit", "csv": ""}
    fields = _fields(request, unit, language, wanted)
    return render(request, template, unit, status=problem.status, fields=fields, **{**shown, **context})


def _fields(
    request: Request, unit: UnitOfWork, language: str, wanted: Sequence[str] = _FILTERS
) -> list[dict[str, Any]]:
    state = FormState(_typed(request), getattr(request.state, "problem", None))
    every = {"value": "", "label": text("audit.all", language)}
    actions = [{"value": name, "label": action_words(name, language)} for name in ACTIONS]
    options = {
        "action": [every, *sorted(actions, key=lambda option: option["label"])],
        "outcome": [
            every,
            *({"value": o, "label": text(f"audit.outcomes.{o}", language)} for o in ("done", "denied", "refused")),
        ],
        "data_class": [every, *({"value": c.value, "label": text(f"classes.{c}", language)} for c in DataClass)],
    }
    made = forms.view(AskLog, unit.profile, language, state, options=options)
    fields = [{**made[name], "optional_mark": False, "autocomplete": "off"} for name in wanted]
    return [{**f, "kind": "select"} if f["name"] in options else f for f in fields]


def action_words(action: str, language: str) -> str:
    """Return what somebody did, in words; the action's name where it has none yet."""
    key = f"audit.actions.{action}"
    return text(key, language) if has_text(key) else action


def _row(found: audit.LogEntry, language: str, unit: UnitOfWork) -> dict[str, Any]:
    row, zone = found.row, unit.profile.timezone
    organisation = found.organisation or {}
    kind = {"denied": "no", "refused": "no"}.get(row["outcome"], "ok")
    outcome = f"audit.outcomes.{row['outcome']}"
    return {
        "id": row["id"],
        "at": dates.exact(row["at"], zone),
        "clock": dates.clock(row["at"], zone),
        "day": dates.weekday(row["at"], language, zone) + f" {row['at'].astimezone(ZoneInfo(zone)).year}",
        "who": found.who or text("audit.nobody", language),
        "account_id": row["account_id"],
        "organisation": organisation.get(language) or organisation.get("sq") or "",
        "role": text(f"roles.{row['role']}", language) if row["role"] else "",
        "what": action_words(row["action"], language),
        "codes": list(found.codes),
        "more_cases": found.more_cases,
        "classes": ", ".join(text(f"classes.{c}", language) for c in row["data_classes"]),
        "result": {"kind": kind, "text": text(outcome, language) if has_text(outcome) else row["outcome"]},
    }


def _by_day(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"day": day, "entries": list(group)} for day, group in groupby(rows, key=lambda row: row["day"])]


def _title(question: audit.Question, language: str) -> str:
    subject = question.subject
    if subject is not None and subject.code is not None:
        return text("audit.about_case", language, code=subject.code)
    if subject is not None:
        return text("audit.about_person", language)
    if question.account_name is not None:
        return text("audit.by_account", language, name=question.account_name)
    return text("audit.title", language)


def _counts(request: Request, found: audit.Counts, language: str) -> list[dict[str, Any]]:
    def number(n: int) -> str:
        said = dates.number(n, language)
        return text("audit.counts.more", language, n=said) if found.more and n == audit.MOST_COUNTED else said

    orgs = dates.number(found.organisations, language)
    names = {"data_class": "identity", "outcome": "done"}
    items = [
        {
            "n": number(found.entries),
            "label": text("audit.counts.entries", language),
            "href": _address("/audit", request),
        },
        {
            "n": number(found.people),
            "label": text("audit.counts.people", language, n=found.people, orgs=orgs),
            "href": _address("/audit", request),
        },
        {
            "n": number(found.names_opened),
            "label": text("audit.counts.names", language),
            "href": _address("/audit", request, **names),
        },
        {
            "n": number(found.denied),
            "label": text("audit.counts.denied", language),
            "href": _address("/audit", request, outcome="denied"),
        },
    ]
    return items


def _questions(question: audit.Question, unit: UnitOfWork, language: str) -> list[dict[str, str]]:
    """Return the one-click questions that fit what is asked now."""
    zone = ZoneInfo(unit.profile.timezone)
    midnight = datetime.combine(unit.now.astimezone(zone).date(), time(), zone)
    local = midnight.strftime("%Y-%m-%dT%H:%M")
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("today", "/audit", {"since": local}),
        ("denied", "/audit", {"outcome": "denied"}),
        ("names", "/audit", {"data_class": "identity", "outcome": "done"}),
        ("reveals", "/audit", {"action": "identity.reveal"}),
        ("export", "/audit", {"action": "audit.read"}),
    ]
    subject = question.subject
    if subject is not None and subject.person_id is not None:
        asked.insert(0, ("person", "/audit", {"about": str(subject.person_id)}))
    week = {
        "since": (midnight - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M"),
        "until": (midnight + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
    }
    if subject is not None and subject.code is not None:
        asked.append(("readable", "/audit/readable", {"about": subject.code, **week}))
    elif question.account_id is not None:
        asked.append(("readable", "/audit/readable", {"account": str(question.account_id), **week}))
    else:
        asked.append(("readable", "/audit/readable", {}))
    return [
        {"label": text(f"audit.questions.{key}", language), "href": f"{path}?{urlencode(given)}" if given else path}
        for key, path, given in asked
    ]


def _readable(found: audit.Readable, language: str, unit: UnitOfWork) -> dict[str, Any]:
    zone = unit.profile.timezone

    def basis(code: str) -> str:
        key = f"audit.bases.{code}"
        return text(key, language) if has_text(key) else code

    def classes(codes: Sequence[str]) -> str:
        return ", ".join(text(f"classes.{c}", language) for c in codes)

    return {
        "nationwide": found.nationwide,
        "holders": [
            {
                "account_id": one.row["account_id"],
                "who": one.who or text("audit.readable.everybody", language),
                "organisation": (one.organisation or {}).get(language, ""),
                "basis": basis(one.row["basis"]),
                "classes": classes(one.row["data_classes"]),
                "since": dates.exact(one.row["valid_from"], zone),
                "until": dates.exact(one.row["valid_to"], zone)
                if one.row["valid_to"]
                else text("audit.readable.open_end", language),
            }
            for one in found.holders
        ],
        "cases": [
            {
                "code": row["code"],
                "classes": classes(row["data_classes"]),
                "basis": ", ".join(basis(b) for b in row["bases"]),
            }
            for row in found.cases
        ],
    }


def _address(path: str, request: Request, **changed: str | None) -> str:
    """Return an address with the question asked now, changed; it holds codes and ids, never a name."""
    kept = {name: request.query_params[name] for name in _FILTERS if request.query_params.get(name)}
    query = urlencode({k: v for k, v in {**kept, **changed}.items() if v})
    return f"{path}?{query}" if query else path


def _column(name: str, language: str) -> str:
    key = f"audit.columns.{name}"
    return text(key if has_text(key) else f"audit.entry.{name}", language)


def _harmless(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text, whatever it begins with."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
