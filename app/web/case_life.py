"""Pages that run a case: milestones, passing on, closing, reopening, who sees it, and the authority's own."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.case_closing import CloseCase, HandOverCase, RecordMilestone, ReopenCase, RetractMilestone
from app.domain.milestones import offered
from app.domain.problems import NotFound
from app.services import case_closing, hand_over, reference, tasks
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


def age_of(case: RowMapping) -> Any:
    """Return the age that code lists ask for: a person whose age is in doubt is a child."""
    return "child" if case["is_child"] else "adult"


@router.page("/cases/{case_id}/milestones", action="milestone.record")
async def milestones(request: Request, unit: Unit, case_id: UUID, code: str = "") -> Response:
    """The form of a step taken outside the program; what the case waits for stands first."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "milestone.record")
    profile = unit.profile_of(case)
    open_tasks = await tasks.tasks_of(unit, case_id)
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    possible = offered(profile, case["is_child"])
    awaited = {task["event"] for task in open_tasks}
    options = [
        {
            "value": kind,
            "label": case_words.event_title(kind, profile, language),
            "group": text(f"case_life.milestone.{'awaited' if kind in awaited else 'others'}", language),
        }
        for kind in sorted(possible, key=lambda kind: (kind not in awaited, possible.index(kind)))
        if kind != "reveal_reviewed" or kind in awaited
    ]
    fields = forms.view(
        RecordMilestone,
        unit.profile,
        language,
        state_of(request),
        initial={"occurred_at": forms.local(unit.now, profile), "code": code if code in possible else None},
        options={"code": options},
    )
    recorded = await tasks.milestones_of(unit, case_id)
    names = await reference.organisation_names(unit, [row["org_id"] for row in recorded])
    shown = [_recorded(unit, case, row, names, language) for row in recorded]
    return render(request, "cases/milestone.html", unit, case=case, fields=fields, recorded=shown)


def _recorded(
    unit: UnitOfWork, case: RowMapping, row: RowMapping, names: case_words.Names, language: str
) -> dict[str, Any]:
    """Return a recorded step with the way to take it back, for who may."""
    profile = unit.profile_of(case)
    ours = unit.actor.org_id in (row["org_id"], case["responsible_org_id"])
    return {
        "title": case_words.event_title(row["kind"], profile, language),
        "when": dates.spoken(row["occurred_at"], unit.now, language, tz=profile.timezone),
        "by": case_words.organisation(names, row["org_id"], language),
        "href": f"/cases/{case['id']}/milestones/{row['id']}/retract" if ours else None,
    }


@router.page("/cases/{case_id}/milestones/{event_id}/retract", action="milestone.retract")
async def retracting(request: Request, unit: Unit, case_id: UUID, event_id: UUID) -> Response:
    """Which step, and what the mistake was."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "milestone.retract")
    row = next((one for one in await tasks.milestones_of(unit, case_id) if one["id"] == event_id), None)
    if row is None:
        raise NotFound("milestone.unknown")
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    names = await reference.organisation_names(unit, [row["org_id"]])
    fields = forms.view(RetractMilestone, unit.profile, language, state_of(request))
    step = _recorded(unit, case, row, names, language)
    return render(request, "cases/retract.html", unit, case=case, step=step, fields=fields)


@router.act("/cases/{case_id}/milestones/{event_id}/retract", action="milestone.retract")
async def retract(request: Request, unit: Unit, case_id: UUID, event_id: UUID) -> Response:
    """Take it back; what it had met is due again."""
    form = forms.read(RetractMilestone, await request.form(), unit.profile)
    await tasks.retract_milestone(unit, case_id, event_id, form)
    return redirect(f"/cases/{case_id}", done="milestone_taken_back")


@router.act("/cases/{case_id}/milestones", action="milestone.record")
async def record_milestone(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Record it; the task that waited for it is met."""
    form = forms.read(RecordMilestone, await request.form(), unit.profile)
    await tasks.record_milestone(unit, case_id, form)
    return redirect(f"/cases/{case_id}", done="milestone_recorded")


@router.page("/cases/{case_id}/hand-over", action="case.hand_over")
async def pass_on(request: Request, unit: Unit, case_id: UUID, to: UUID | None = None) -> Response:
    """To which organisation, then to whom, and why."""
    language, state = language_of(request, unit), state_of(request)
    case = await unit.case(case_id, "case.hand_over")
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    if to is None and state.values is not None:
        given = str(state.values.get("to_org_id", ""))
        to = UUID(given) if len(given) == 36 else None
    receivers = await hand_over.receiving_organisations(unit)
    chosen = next((row for row in receivers if row["id"] == to), None)
    people = await hand_over.people_of(unit, chosen["id"]) if chosen is not None else []
    fields = forms.view(
        HandOverCase,
        unit.profile,
        language,
        state,
        initial={"to_org_id": str(to) if to else None, "keep_working": True},
        options={
            "to_org_id": [{"value": str(row["id"]), "label": row[f"name_{language}"]} for row in receivers],
            "to_account_id": [
                {"value": str(row["id"]), "label": row["display_name"], "hint": text(f"roles.{row['role']}", language)}
                for row in people
                if row["id"] != case["responsible_account_id"]
            ],
        },
    )
    return render(
        request,
        "cases/hand_over.html",
        unit,
        case=case,
        chosen=None if chosen is None else {"id": chosen["id"], "name": chosen[f"name_{language}"]},
        fields=fields,
    )


@router.act("/cases/{case_id}/hand-over", action="case.hand_over")
async def record_pass_on(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Pass it on; who no longer sees the case goes back to the list."""
    given = await request.form()
    form = forms.read(HandOverCase, given, unit.profile, keep_working=given.get("keep_working") == "true")
    await hand_over.hand_over(unit, case_id, form, forms.version_of(given))
    return redirect(f"/cases/{case_id}", done="case_handed_over")


@router.page("/cases/{case_id}/close", action="case.close")
async def closing(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The form of a closure."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "case.close")
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    profile = unit.profile_of(case)
    fields = forms.view(
        CloseCase,
        profile,
        language,
        state_of(request),
        initial={"closed_at": forms.local(unit.now, profile)},
        age=age_of(case),
    )
    return render(request, "cases/close.html", unit, case=case, fields=fields)


@router.act("/cases/{case_id}/close", action="case.close")
async def close(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Close it, with nobody left in the air."""
    given = await request.form()
    form = forms.read(CloseCase, given, unit.profile, follow_up_agreed=given.get("follow_up_agreed") == "true")
    await case_closing.close_case(unit, case_id, form, forms.version_of(given))
    return redirect(f"/cases/{case_id}", done="case_closed")


@router.page("/cases/{case_id}/reopen", action="case.reopen")
async def reopening(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Why it is opened again."""
    case = await unit.case(case_id, "case.reopen")
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    fields = forms.view(ReopenCase, unit.profile, language_of(request, unit), state_of(request))
    return render(request, "cases/reopen.html", unit, case=case, fields=fields)


@router.act("/cases/{case_id}/reopen", action="case.reopen")
async def reopen(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Open it again."""
    given = await request.form()
    form = forms.read(ReopenCase, given, unit.profile)
    await case_closing.reopen_case(unit, case_id, form, forms.version_of(given))
    return redirect(f"/cases/{case_id}", done="case_reopened")
