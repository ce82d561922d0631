"""The Responsible Authority's board as a page: numbers, stages, cases by urgency; never who it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.board import BoardFilter, View
from app.services import board, reference
from app.services.board import Counts, Page, Place
from app.services.escalations import count_escalations
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.pages import render
from app.web.routing import PageRouter, Unit, language_of

router = PageRouter()

HEAD = 8
"""Rows of each group on the overview."""
ROWS = 25
_VIEWS: tuple[View, ...] = get_args(View)
_FILTERS = ("code", "county", "provider", "status", "age", "stage")


@router.page("/board", action="board.read")
async def shown(request: Request, unit: Unit) -> Response:
    """Where every case stands; without a view or filter the head of each group."""
    language = language_of(request, unit)
    given = request.query_params
    wanted = forms.read(BoardFilter, FormData({k: given.get(k, "") for k in _FILTERS}), unit.profile)
    filtered = any(getattr(wanted, name) is not None for name in _FILTERS)
    view: View | None = next((v for v in _VIEWS if v == given.get("view")), None)
    unanswered = given.get("view") == "unanswered"
    counts = await board.read_counts(unit)
    after = Place.read(given.get("after"))
    table: dict[str, Any]
    following: Place | None = None
    if unanswered:
        rows, following = await board.list_unanswered(unit, after=after, limit=ROWS)
        table = await _referrals(unit, rows, counts, language)
    elif view is None and not filtered:
        table = await _overview(unit, counts, language)
    else:
        page = await board.list_cases(unit, view or "open", wanted, after=after, limit=ROWS)
        following = page.next
        table = await _cases(unit, _grouped(unit, page.rows), {}, language)
    kept = {k: given[k] for k in (*_FILTERS, "view") if given.get(k)}
    return render(
        request,
        "board/board.html",
        unit,
        day=_now(unit, language),
        counts=_counts(counts, given.get("view", ""), language),
        escalated=text("escalations.says_count", language, n=await count_escalations(unit)),
        stages=_stages(counts, wanted.stage, language),
        fields=await _fields(unit, given, language),
        view=given.get("view", ""),
        table=table,
        empty=not any(group["rows"] for group in table["groups"]),
        says=_says(table, counts, unanswered, language),
        next=f"/board?{urlencode({**kept, 'after': following.text()})}" if following else "",
        first=f"/board?{urlencode(kept)}" if after else "",
        overview=view is not None or filtered or unanswered,
    )


def _says(table: dict[str, Any], counts: Counts, unanswered: bool, language: str) -> str:
    shown_rows = sum(len(group["rows"]) for group in table["groups"])
    if unanswered:
        return text("board.says_referrals", language, shown=shown_rows, n=counts.unanswered)
    return text("board.says", language, shown=shown_rows, n=counts.open)


def _now(unit: UnitOfWork, language: str) -> str:
    zone = unit.profile.timezone
    said = dates.weekday(unit.now, language, tz=zone)
    return f"{said[:1].upper()}{said[1:]}, {dates.clock(unit.now, zone)}"


def _counts(counts: Counts, view: str, language: str) -> list[dict[str, Any]]:
    numbers = {
        "late": counts.late,
        "soon": counts.soon,
        "unanswered": counts.unanswered,
        "undecided": counts.undecided,
        "open": counts.open,
    }
    return [
        {
            "n": dates.number(n, language),
            "label": text(f"board.counts.{key}", language),
            "href": f"/board?view={key}",
            "late": key == "late",
            "current": key == view,
        }
        for key, n in numbers.items()
    ]


def _stages(counts: Counts, chosen: str | None, language: str) -> list[dict[str, Any]]:
    return [
        {
            "n": dates.number(stage.cases, language),
            "label": text(f"board.choices.stage.{stage.key}", language),
            "href": f"/board?view=open&stage={stage.key}",
            "late": text("board.late", language, n=stage.late) if stage.late else None,
            "current": stage.key == chosen,
        }
        for stage in counts.stages
    ]


async def _fields(unit: UnitOfWork, given: Any, language: str) -> list[dict[str, Any]]:
    """Return the filters: a choice left open is every case."""
    providers = forms.organisation_choices(await reference.organisations(unit, answering=True), language)
    initial = {name: given.get(name) or None for name in _FILTERS}
    made = forms.view(BoardFilter, unit.profile, language, initial=initial, options={"provider": providers})
    fields = [made[name] for name in ("code", "county", "provider", "status", "age")]
    for field in fields:
        field["optional_mark"] = False
        if "options" in field:
            field["kind"] = "select"
            every = {"value": "", "label": text("board.all", language)}
            field["options"] = [every, *({k: v for k, v in o.items() if k != "group"} for o in field["options"])]
    return fields


# -- tables -----------------------------------------------------------------------------------------------------------


def _group_of(unit: UnitOfWork, row: RowMapping, tomorrow: datetime) -> str:
    due = row["next_due_at"]
    if due is not None:
        return "late" if due < unit.now else "soon" if due < tomorrow else "later"
    return "undecided" if row["status"] == "NOT_ASSESSED" or row["stage"] in board.FORMAL else "rest"


def _grouped(unit: UnitOfWork, rows: Sequence[RowMapping]) -> dict[str, list[RowMapping]]:
    tomorrow = board.end_of_tomorrow(unit.now, unit.profile.timezone)
    groups: dict[str, list[RowMapping]] = {}
    for row in rows:
        groups.setdefault(_group_of(unit, row, tomorrow), []).append(row)
    return groups


async def _overview(unit: UnitOfWork, counts: Counts, language: str) -> dict[str, Any]:
    """Return the head of each group: what is late, what comes today and tomorrow, what nobody has a date for."""
    late: Page = await board.list_cases(unit, "late", BoardFilter(), limit=HEAD)
    soon = await board.list_cases(unit, "soon", BoardFilter(), limit=HEAD)
    undecided = await board.list_cases(unit, "undecided", BoardFilter(), after=_UNDATED, limit=HEAD)
    groups = {"late": list(late.rows), "soon": list(soon.rows), "undecided": list(undecided.rows)}
    if not any(groups.values()):
        groups["later"] = list((await board.list_cases(unit, "open", BoardFilter(), limit=HEAD)).rows)
    return await _cases(unit, groups, {"late": counts.late, "soon": counts.soon}, language)


_UNDATED = Place("rest", UUID(int=0))


async def _cases(
    unit: UnitOfWork, groups: dict[str, list[RowMapping]], totals: dict[str, int], language: str
) -> dict[str, Any]:
    rows = [row for group in groups.values() for row in group]
    names = await reference.organisation_names(
        unit, [i for row in rows for i in (row["next_org_id"], row["responsible_org_id"])]
    )
    columns = ("case", "awaited", "from", "due", "status", "stage", "county")
    narrow = ("case", "awaited", "due")
    return {
        "caption": text("board.caption", language),
        "columns": [{"label": text(f"board.columns.{key}", language), "wide": key not in narrow} for key in columns],
        "groups": [
            {
                "title": _group_title(key, len(group), totals.get(key, len(group)), language),
                "rows": [_case_row(unit, row, names, language) for row in group],
            }
            for key, group in groups.items()
            if group
        ],
    }


def _group_title(key: str, shown_rows: int, total: int, language: str) -> str:
    title = text(f"board.groups.{key}", language)
    if total > shown_rows:
        return text("board.groups.more", language, title=title, shown=shown_rows, n=dates.number(total, language))
    return text("board.groups.count", language, title=title, n=shown_rows)


def _case_row(unit: UnitOfWork, row: RowMapping, names: case_words.Names, language: str) -> list[Any]:
    profile, zone = unit.profile, unit.profile.timezone
    awaited = _awaited(row, language)
    owes = row["next_org_id"] or row["responsible_org_id"]
    provider = case_words.organisation(names, owes, language)
    due = row["next_due_at"]
    chip = {"chip": dates.due_chip(due, unit.now, language, tz=zone)} if due is not None else None
    since = row["stage_at"] or row["opened_at"]
    return [
        {
            "text": case_words.short_code(row["code"]),
            "href": f"/cases/{row['id']}",
            "code": True,
            "extra": text("board.child", language) if row["is_child"] else None,
        },
        {"text": awaited, "phone": provider},
        provider,
        chip or {"text": "", "extra": text("dates.no_deadline", language)},
        case_words.status_short(row["status"], profile, language),
        {
            "text": profile.label("case_stage", row["stage"], language),
            "more": dates.span(unit.now - since, language) if since <= unit.now else None,
        },
        profile.places[row["county"]].name.text(language) if row["county"] in profile.places else "",
    ]


def _awaited(row: RowMapping, language: str) -> str:
    if row["next_event"] is not None:
        return case_words.task_what(row["next_event"], language)
    if row["status"] == "NOT_ASSESSED":
        return text("board.undecided_initial", language)
    if row["stage"] in board.FORMAL:
        return text("board.undecided_formal", language)
    return text("board.nothing_awaited", language)


async def _referrals(unit: UnitOfWork, rows: Sequence[RowMapping], counts: Counts, language: str) -> dict[str, Any]:
    names = await reference.organisation_names(
        unit, [i for row in rows for i in (row["sender_org_id"], row["receiver_org_id"])]
    )
    columns = ("case", "awaited", "receiver", "due", "sender", "sent", "county")
    narrow = ("case", "awaited", "due")
    profile, zone = unit.profile, unit.profile.timezone
    made = []
    for row in rows:
        purposes = [profile.label("referral_purpose", code, language) for code in row["purposes"]]
        receiver = case_words.organisation(names, row["receiver_org_id"], language)
        due, sent = row["answer_due_at"], row["sent_at"]
        confirm = row["answer_due_to_confirm"]
        made.append(
            [
                {
                    "text": case_words.short_code(row["case_code"]),
                    "href": f"/cases/{row['case_id']}",
                    "code": True,
                    "extra": text("board.child", language) if row["is_child"] else None,
                },
                {"text": ", ".join(purposes) or text("home.referral", language), "phone": receiver},
                receiver,
                {"chip": dates.due_chip(due, unit.now, language, confirm, tz=zone)}
                if due is not None
                else {"text": "", "extra": text("dates.no_deadline", language)},
                case_words.organisation(names, row["sender_org_id"], language),
                dates.spoken(sent, unit.now, language, tz=zone) if sent is not None else "",
                profile.places[row["county"]].name.text(language) if row["county"] in profile.places else "",
            ]
        )
    return {
        "caption": text("board.caption_referrals", language),
        "columns": [{"label": text(f"board.columns.{key}", language), "wide": key not in narrow} for key in columns],
        "groups": [{"title": _group_title("unanswered", len(made), counts.unanswered, language), "rows": made}]
        if made
        else [],
    }
