"""Pages of proceedings against the person: how they stand, one short page for every step, and the authority's list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.fields import Form
from app.domain.forms.proceedings import (
    RecordNotice,
    RecordOutcome,
    RecordPhase,
    RecordProceeding,
    RetractProceeding,
)
from app.domain.proceedings import beginnings, steps
from app.domain.profile import Profile
from app.services import proceedings, reference
from app.services.proceedings import Proceeding
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

ROWS = 25
Recorder = Callable[[UnitOfWork, UUID, UUID, Any, int | None], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class StepPage:
    """A step of proceedings: its form, what records it, and which field begins with today or now."""

    form: type[Form]
    record: Recorder
    today: str = ""


STEPS: dict[str, StepPage] = {
    "phase": StepPage(RecordPhase, proceedings.record_phase, "on_day"),
    "outcome": StepPage(RecordOutcome, proceedings.record_outcome, "on_day"),
    "notice": StepPage(RecordNotice, proceedings.record_notice, "sent_at"),
    "retract": StepPage(RetractProceeding, proceedings.retract_proceeding),
}


@router.page("/cases/{case_id}/proceedings", action="proceedings.read")
async def shown(request: Request, unit: Unit, case_id: UUID) -> Response:
    """How they stand, what was begun before identification, and what can be recorded next."""
    language = language_of(request, unit)
    found = await proceedings.read_proceedings(unit, case_id)
    names = await reference.organisation_names(unit, [one.row["body_org_id"] for one in found.items])
    profile = unit.profile_of(found.case)
    return render(
        request,
        "proceedings/list.html",
        unit,
        case=found.case,
        identified=dates.day(found.identified_on, language) if found.identified_on else "",
        items=[_item(unit, one, profile, names, language) for one in found.items],
        acts=_acts(profile, language),
        rule=profile.non_punishment,
    )


def _acts(profile: Profile, language: str) -> str:
    """Return the acts that non-punishment rests on."""
    named = {act.code: act.title.text(language) for act in profile.legal_frame}
    return "; ".join(named[code] for code in profile.non_punishment.acts)


def _item(
    unit: UnitOfWork, one: Proceeding, profile: Profile, names: case_words.Names, language: str
) -> dict[str, Any]:
    row = one.row
    offence = one.details.get("offence_text") or profile.label("offence_category", row["offence"], language)
    facts = [
        ("body", case_words.organisation(names, row["body_org_id"], language)),
        ("begun", dates.day(row["begun_on"], language)),
        ("offence", offence),
        ("phase", profile.label("proceedings_phase", one.phase, language)),
        ("outcome", text(f"proceedings.outcomes.{one.outcome}", language)),
        ("reference", one.details.get("their_reference", "")),
    ]
    lines = [
        {"when": dates.day(step["on_day"], language), "text": _said(step, profile, language)} for step in one.steps
    ]
    for told in one.notices:
        when = dates.spoken(told["sent_at"], unit.now, language, tz=profile.timezone)
        channel = text(f"proceedings.notice.choices.channel.{told['channel']}", language)
        lines.append({"when": when, "text": text("proceedings.told", language, channel=case_words.lower(channel))})
    return {
        "id": row["id"],
        "title": profile.label("legal_event", row["kind"], language),
        "facts": [{"term": text(f"proceedings.facts.{k}", language), "text": v} for k, v in facts if v],
        "lines": lines,
        "before": one.before,
        "told": bool(one.notices),
        "taken_back": one.taken_back,
        "steps": [] if one.taken_back else [name for name in STEPS if name != "notice" or one.before is not None],
    }


def _said(step: Any, profile: Profile, language: str) -> str:
    if step["kind"] == "phase":
        return profile.label("proceedings_phase", step["phase"], language)
    if step["kind"] == "outcome":
        return profile.label("legal_event", step["event"], language)
    return text("proceedings.was_taken_back", language)


@router.page("/cases/{case_id}/proceedings/new", action="proceedings.record")
async def beginning(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The form of proceedings that were begun."""
    language = language_of(request, unit)
    found = await proceedings.read_proceedings(unit, case_id)
    profile = unit.profile_of(found.case)
    bodies = [o for o in await reference.organisations(unit) if o["kind"] in profile.non_punishment.bodies]
    options = {
        "kind": [{"value": c, "label": profile.label("legal_event", c, language)} for c in beginnings(profile)],
        "body_org_id": [{"value": str(o["id"]), "label": o[f"name_{language}"]} for o in bodies],
    }
    fields = forms.view(RecordProceeding, profile, language, state_of(request), options=options)
    return render(request, "proceedings/new.html", unit, case=found.case, fields=fields)


@router.act("/cases/{case_id}/proceedings/new", action="proceedings.record")
async def begin(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Record it."""
    form = forms.read(RecordProceeding, await request.form(), unit.profile)
    await proceedings.record_proceeding(unit, case_id, form)
    return redirect(f"/cases/{case_id}/proceedings", done="proceedings_begun")


def _pages(name: str, step: StepPage) -> None:
    path = f"/cases/{{case_id}}/proceedings/{{proceeding_id}}/{name}"

    async def asked(request: Request, unit: Unit, case_id: UUID, proceeding_id: UUID) -> Response:
        """The form of one step; before a notice, exactly what the body is told."""
        language = language_of(request, unit)
        found = await proceedings.read_proceedings(unit, case_id)
        item = next((one for one in found.items if one.row["id"] == proceeding_id), None)
        if item is None:
            raise proceedings.unknown()
        profile = unit.profile_of(found.case)
        now = forms.local(unit.now, profile)
        initial = {step.today: now if step.today == "sent_at" else now.date()} if step.today else {}
        options = {}
        if name == "outcome":
            options = {
                "event": [{"value": c, "label": profile.label("legal_event", c, language)} for c in steps(profile)]
            }
        fields = forms.view(step.form, profile, language, state_of(request), initial=initial, options=options)
        told = await _told(unit, case_id, proceeding_id, language) if name == "notice" else []
        return render(
            request,
            "proceedings/step.html",
            unit,
            case=found.case,
            version=item.row["version"],
            step=name,
            fields=fields,
            told=told,
        )

    async def taken(request: Request, unit: Unit, case_id: UUID, proceeding_id: UUID) -> Response:
        """Record it."""
        given = await request.form()
        form = forms.read(step.form, given, unit.profile)
        await step.record(unit, case_id, proceeding_id, form, forms.version_of(given))
        return redirect(f"/cases/{case_id}/proceedings", done=f"proceedings_{name}")

    router.page(path, action="proceedings.record")(asked)
    router.act(path, action="proceedings.record")(taken)


async def _told(unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, language: str) -> list[dict[str, str]]:
    """Return exactly what the body is told, in words."""
    preview = await proceedings.preview_notice(unit, case_id, proceeding_id)
    profile, contents = unit.profile_of(preview.case), preview.contents
    names = await reference.organisation_names(unit, [preview.row["body_org_id"]])
    said = [
        ("to", case_words.organisation(names, preview.row["body_org_id"], language)),
        ("reference", preview.their_reference or ""),
        ("code", contents["case_code"]),
        ("status", profile.label("victim_status", contents["status"], language)),
        ("identified", dates.day(date.fromisoformat(contents["identified_on"]), language)),
        ("basis", _acts(profile, language)),
    ]
    return [{"term": text(f"proceedings.tells.{key}", language), "text": value} for key, value in said if value]


for _name, _step in STEPS.items():
    _pages(_name, _step)


@router.page("/board/proceedings", action="board.read")
async def pending(request: Request, unit: Unit, after: UUID | None = None, since: date | None = None) -> Response:
    """Of which identified persons proceedings are pending: how many and how old; what became of the others."""
    language = language_of(request, unit)
    key = proceedings.After(since, after) if after is not None and since is not None else None
    rows = await proceedings.list_open(unit, after=key, limit=ROWS)
    counts = await proceedings.count_outcomes(unit)
    following = ""
    if len(rows) == ROWS:
        last = rows[-1]
        following = "/board/proceedings?" + urlencode({"since": last["oldest_on"], "after": last["case_id"]})
    today = unit.now.date()
    return render(
        request,
        "board/proceedings.html",
        unit,
        rows=[
            {
                "title": text("proceedings.board.pending", language, n=row["open"]),
                "href": f"/cases/{row['case_id']}",
                "code": case_words.short_code(row["code"]),
                "meta": text(
                    "proceedings.board.age",
                    language,
                    status=row["status"],
                    age=dates.span(today - row["oldest_on"], language),
                    told=text(f"proceedings.board.{'told' if row['told'] else 'not_told'}", language),
                ),
            }
            for row in rows
        ],
        counts=[
            {
                "term": text(f"proceedings.outcomes.{row['outcome']}", language)
                + (f" ({text('proceedings.board.before', language)})" if row["begun_before"] else ""),
                "text": dates.number(row["proceedings"], language),
            }
            for row in counts
        ],
        next=following,
        first="/board/proceedings" if key else "",
    )
