"""Pages of recovery and reflection: where the person stands, and one short page for every step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.fields import Form
from app.domain.forms.reflection import (
    EndReflection,
    PauseReflection,
    ProlongReflection,
    RecordPermit,
    ResumeReflection,
    RetractReflection,
    StartReflection,
)
from app.services import reference, reflection
from app.services.reflection import Period
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

Recorder = Callable[[UnitOfWork, UUID, UUID, Any, int | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StepPage:
    """A step of a period: its form, what records it, and which moment the form begins with."""

    form: type[Form]
    record: Recorder
    begins: str = ""


STEPS: dict[str, StepPage] = {
    "pause": StepPage(PauseReflection, reflection.pause, "paused_from"),
    "resume": StepPage(ResumeReflection, reflection.resume, "at"),
    "prolong": StepPage(ProlongReflection, reflection.prolong),
    "end": StepPage(EndReflection, reflection.end, "ended_at"),
    "permit": StepPage(RecordPermit, reflection.record_permit, "at"),
    "retract": StepPage(RetractReflection, reflection.retract),
}


@router.page("/cases/{case_id}/reflection", action="reflection.read")
async def shown(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Where the person stands, what the profile says, and what can be recorded next."""
    language = language_of(request, unit)
    found = await reflection.read_reflection(unit, case_id)
    profile = unit.profile_of(found.case)
    names = await reference.organisation_names(unit, _organisations(found.periods))
    return render(
        request,
        "reflection/read.html",
        unit,
        case=found.case,
        now_standing=found.now,
        facts=_facts(unit, found, language),
        periods=[_period(unit, period, names, language) for period in found.periods],
        steps=_possible(found),
        current=next((p.row for p in found.periods if p.row is not None and p.view is not None), None),
        rules=profile.reflection,
        minimum=dates.length(profile.reflection.min_duration, language),
        expected=dates.length(profile.reflection.expected_duration, language),
    )


def _organisations(periods: Any) -> list[UUID]:
    found: list[UUID] = []
    for period in periods:
        found += [step["org_id"] for step in period.steps]
        if period.row is not None:
            found += [period.row["org_id"], period.row["explained_org_id"]]
    return found


def _facts(unit: UnitOfWork, found: reflection.Reflections, language: str) -> list[dict[str, str]]:
    view, zone = found.now, unit.profile_of(found.case).timezone
    moments = (
        ("started", view.started_at),
        ("not_before", view.not_before if view.running else None),
        ("expected", view.expected_until if view.running else None),
        ("paused", view.paused_since),
        ("ended", view.ended_at),
        ("permit_until", view.permit_until),
    )
    said = [
        {"term": text(f"reflection.facts.{key}", language), "text": dates.spoken(at, unit.now, language, tz=zone)}
        for key, at in moments
        if at is not None
    ]
    if view.permit is not None:
        word = text(f"reflection.permit.choices.permit.{view.permit}", language)
        said.append({"term": text("reflection.facts.permit", language), "text": word})
    return said


def _possible(found: reflection.Reflections) -> list[str]:
    """Return the steps that can be recorded now, in the order of the page."""
    if found.case["state"] == "closed":
        return []
    view = found.now
    if not any(period.row is not None and period.view is view for period in found.periods):
        return [] if view.running else ["start"]
    permit = [] if view.foreign is False else ["permit"]
    if not view.running:
        return ["start", *permit, "retract"]
    return ["resume" if view.paused_since else "pause", "prolong", "end", *permit, "retract"]


def _period(unit: UnitOfWork, period: Period, names: case_words.Names, language: str) -> dict[str, Any]:
    zone = unit.profile.timezone
    lines: list[dict[str, Any]] = []
    if period.row is not None:
        row = period.row
        spoken = unit.profile.label("language", row["explained_language"], language)
        by = case_words.organisation(names, row["explained_org_id"], language)
        lines.append(
            {
                "title": text("reflection.steps.started", language),
                "when": dates.spoken(row["started_at"], unit.now, language, tz=zone),
                "text": text("reflection.explained", language, language=case_words.lower(spoken), organisation=by),
            }
        )
    elif period.view is not None and period.view.started_at is not None:
        at = dates.spoken(period.view.started_at, unit.now, language, tz=zone)
        lines.append({"title": text("reflection.steps.started", language), "when": at, "text": ""})
    lines += [_line(unit, step, names, language) for step in period.steps]
    return {"lines": lines, "taken_back": period.view is None}


def _line(unit: UnitOfWork, step: RowMapping, names: case_words.Names, language: str) -> dict[str, Any]:
    zone = unit.profile.timezone
    title, code = text(f"reflection.steps.{step['kind']}", language), step["code"]
    if code is not None:
        word = "permit.choices.permit" if step["kind"] == "permit" else "end.choices.manner"
        title = f"{title}: {case_words.lower(text(f'reflection.{word}.{code}', language))}"
    said = [case_words.organisation(names, step["org_id"], language)]
    if step["until"] is not None:
        until = dates.spoken(step["until"], unit.now, language, tz=zone)
        said.insert(0, text("reflection.until", language, until=until))
    if step["note_id"] is not None:
        said.append(text("reflection.why", language))
    return {"title": title, "when": dates.spoken(step["at"], unit.now, language, tz=zone), "text": " · ".join(said)}


@router.page("/cases/{case_id}/reflection/start", action="reflection.record")
async def starting(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The form of a start."""
    language = language_of(request, unit)
    found = await reflection.read_reflection(unit, case_id)
    profile = unit.profile_of(found.case)
    now = forms.local(unit.now, profile)
    initial = {
        "started_at": now,
        "explained_at": now,
        "explained_language": found.case["languages"][0] if found.case["languages"] else None,
        "interpreter": "present" if found.case["interpreter_needed"] else "not_needed",
    }
    known = await reference.organisations(unit)
    options = {"explained_org_id": [{"value": str(o["id"]), "label": o[f"name_{language}"]} for o in known]}
    fields = forms.view(StartReflection, profile, language, state_of(request), initial=initial, options=options)
    return render(request, "reflection/start.html", unit, case=found.case, fields=fields)


@router.act("/cases/{case_id}/reflection/start", action="reflection.record")
async def start(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Begin it."""
    form = forms.read(StartReflection, await request.form(), unit.profile)
    await reflection.start_reflection(unit, case_id, form)
    return redirect(f"/cases/{case_id}/reflection", done="reflection_started")


def _pages(name: str, step: StepPage) -> None:
    path = f"/cases/{{case_id}}/reflection/{{reflection_id}}/{name}"

    async def asked(request: Request, unit: Unit, case_id: UUID, reflection_id: UUID) -> Response:
        """The form of one step."""
        language = language_of(request, unit)
        found = await reflection.read_reflection(unit, case_id)
        period = next((p for p in found.periods if p.row is not None and p.row["id"] == reflection_id), None)
        if period is None or period.row is None:
            raise reflection.unknown()
        profile = unit.profile_of(found.case)
        initial = {step.begins: forms.local(unit.now, profile)} if step.begins else {}
        fields = forms.view(step.form, profile, language, state_of(request), initial=initial)
        return render(
            request,
            "reflection/step.html",
            unit,
            case=found.case,
            version=period.row["version"],
            step=name,
            fields=fields,
            facts=_facts(unit, found, language),
            rules=profile.reflection,
            minimum=dates.length(profile.reflection.min_duration, language),
        )

    async def taken(request: Request, unit: Unit, case_id: UUID, reflection_id: UUID) -> Response:
        """Record it."""
        given = await request.form()
        fixed = {"person_asked": given.get("person_asked") == "true"} if name == "end" else {}
        form = forms.read(step.form, given, unit.profile, **fixed)
        await step.record(unit, case_id, reflection_id, form, forms.version_of(given))
        return redirect(f"/cases/{case_id}/reflection", done=f"reflection_{name}")

    router.page(path, action="reflection.record")(asked)
    router.act(path, action="reflection.record")(taken)


for _name, _step in STEPS.items():
    _pages(_name, _step)
