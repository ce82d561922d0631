"""The page of a child: what is there and what is missing; a short form for each part."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.children import (
    AppointGuardian,
    AssessAge,
    AssessBestInterest,
    AssignChildWorker,
    EndChildWorker,
    EndGuardian,
    InviteMonitor,
    RecordSeparation,
    RecordVisit,
)
from app.domain.forms.fields import Form
from app.services import best_interest, child_age, child_file, child_workers, guardians, monitoring
from app.services.identification_officers import people_of
from app.services.reference import organisations
from app.services.unit_of_work import UnitOfWork
from app.web import case_words, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect
from app.web.rule_words import rule_lines

router = PageRouter()


@router.page("/cases/{case_id}/child", action="child.read")
async def read(request: Request, unit: Unit, case_id: UUID) -> Response:
    """What a child is owed: what is done, what is missing, and where it is done."""
    found = await child_file.read_child(unit, case_id)
    language = language_of(request, unit)
    profile = unit.profile_of(found.case)
    called = {org_id: case_words.organisation(found.names, org_id, language) for org_id in found.names}
    return render(
        request,
        "children/read.html",
        unit,
        case=found.case,
        child=found,
        called=called,
        rules=rule_lines(found.advice, profile, language),
    )


async def _case(unit: UnitOfWork, case_id: UUID, action: str) -> RowMapping:
    case = await unit.case(case_id, action)
    unit.audit(action, subject_kind="case", subject_id=case_id, cases=[case_id])
    return case


async def _of_kinds(unit: UnitOfWork, kinds: tuple[str, ...], language: str) -> list[dict[str, str]]:
    rows = await organisations(unit)
    chosen = [org for org in rows if not kinds or org["kind"] in kinds]
    return [{"value": str(org["id"]), "label": org[f"name_{language}"]} for org in chosen]


def _form(
    request: Request,
    unit: UnitOfWork,
    case: RowMapping,
    form: type[Form],
    key: str,
    *,
    initial: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    version: int | None = None,
    sees: str = "children.forms.who_sees",
    back: str = "child",
    hint: str = "",
) -> Response:
    """Show one short form of a child; every one is told the same way."""
    language = language_of(request, unit)
    profile = unit.profile_of(case)
    fields = forms.view(form, profile, language, state_of(request), initial=initial, options=options)
    return render(
        request,
        "children/form.html",
        unit,
        case=case,
        fields=fields,
        key=key,
        version=version,
        sees=sees,
        back_to=back,
        hint=hint,
    )


def _done(case_id: UUID) -> Response:
    return redirect(f"/cases/{case_id}/child", done="child_recorded")


@router.page("/cases/{case_id}/child/age", action="child.record")
async def age(request: Request, unit: Unit, case_id: UUID) -> Response:
    """How old, on what basis."""
    case = await _case(unit, case_id, "child.record")
    language = language_of(request, unit)
    initial = {
        "assessed_at": forms.local(unit.now, unit.profile_of(case)),
        "agreed": "given",
        "assessed_by_org_id": unit.actor.org_id,
    }
    return _form(
        request, unit, case, AssessAge, "age",
        initial=initial, options={"assessed_by_org_id": await _of_kinds(unit, (), language)},
    )  # fmt: skip


@router.act("/cases/{case_id}/child/age", action="child.record")
async def assess_age(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep the assessment."""
    await child_age.assess_age(unit, case_id, forms.read(AssessAge, await request.form(), unit.profile))
    return _done(case_id)


@router.page("/cases/{case_id}/child/separation", action="child.record")
async def separation(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Who is with the child."""
    case = await _case(unit, case_id, "child.record")
    initial = {"observed_at": forms.local(unit.now, unit.profile_of(case))}
    return _form(request, unit, case, RecordSeparation, "separation", initial=initial)


@router.act("/cases/{case_id}/child/separation", action="child.record")
async def record_separation(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep it."""
    form = forms.read(RecordSeparation, await request.form(), unit.profile)
    await child_file.record_separation(unit, case_id, form)
    return _done(case_id)


@router.page("/cases/{case_id}/child/guardian", action="child.record")
async def guardian(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Who decides for the child."""
    case = await _case(unit, case_id, "child.record")
    initial = {
        "appointed_at": forms.local(unit.now, unit.profile_of(case)),
        "decision_body": "COURT",
        "contact_safe": "unknown",
    }
    orgs = await _of_kinds(unit, (), language_of(request, unit))
    sees = "children.forms.who_sees_guardian"
    return _form(
        request, unit, case, AppointGuardian, "guardian", initial=initial, options={"guardian_org_id": orgs}, sees=sees
    )


@router.act("/cases/{case_id}/child/guardian", action="child.record")
async def appoint_guardian(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep the appointment."""
    form = forms.read(AppointGuardian, await request.form(), unit.profile)
    await guardians.appoint_guardian(unit, case_id, form)
    return _done(case_id)


@router.page("/cases/{case_id}/child/guardians/{guardian_id}/end", action="child.record")
async def guardian_end(request: Request, unit: Unit, case_id: UUID, guardian_id: UUID) -> Response:
    """Why a guardianship ends."""
    case = await _case(unit, case_id, "child.record")
    row = await guardians.one_guardian(unit, case_id, guardian_id)
    initial = {"ended_at": forms.local(unit.now, unit.profile_of(case))}
    return _form(request, unit, case, EndGuardian, "guardian_end", initial=initial, version=row["version"])


@router.act("/cases/{case_id}/child/guardians/{guardian_id}/end", action="child.record")
async def end_guardian(request: Request, unit: Unit, case_id: UUID, guardian_id: UUID) -> Response:
    """End it."""
    given = await request.form()
    form = forms.read(EndGuardian, given, unit.profile)
    await guardians.end_guardian(unit, case_id, guardian_id, form, forms.version_of(given))
    return _done(case_id)


@router.page("/cases/{case_id}/child/best-interest", action="child.record")
async def interest(request: Request, unit: Unit, case_id: UUID) -> Response:
    """What is best for the child, before a move."""
    case = await _case(unit, case_id, "child.record")
    profile = unit.profile_of(case)
    initial = {
        "assessed_at": forms.local(unit.now, profile),
        "participants": list(profile.child_participants.required),
    }
    language = language_of(request, unit)
    places = [
        {"value": place.code, "label": place.label.text(language)}
        for place in profile.selectable("accommodation_kind", "child")
        if not place.attributes.get("not_a_placement")
    ]
    options = {"options": places, "conclusion": places}
    return _form(request, unit, case, AssessBestInterest, "best_interest", initial=initial, options=options)


@router.act("/cases/{case_id}/child/best-interest", action="child.record")
async def assess_interest(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep the assessment."""
    form = forms.read(AssessBestInterest, await request.form(), unit.profile)
    await best_interest.assess_best_interest(unit, case_id, form)
    return _done(case_id)


@router.page("/cases/{case_id}/child/worker", action="child.assign")
async def worker(request: Request, unit: Unit, case_id: UUID, unit_id: str = "") -> Response:
    """Which unit, then which person of it."""
    case = await _case(unit, case_id, "child.assign")
    language, state = language_of(request, unit), state_of(request)
    units = await _of_kinds(unit, unit.profile_of(case).child_participants.required, language)
    wanted = unit_id or (str(state.values.get("worker_org_id", "")) if state.values is not None else "")
    chosen = next((one for one in units if one["value"] == wanted), None)
    if chosen is None and len(units) == 1:
        chosen = units[0]
    people = await people_of(unit, UUID(chosen["value"])) if chosen is not None else []
    options = {
        "worker_org_id": units,
        "worker_account_id": [{"value": str(one["id"]), "label": one["display_name"]} for one in people],
    }
    initial = {
        "since": forms.local(unit.now, unit.profile_of(case)),
        "worker_org_id": chosen["value"] if chosen is not None else None,
    }
    hint = "" if people else "children.forms.worker_person"
    return _form(request, unit, case, AssignChildWorker, "worker", initial=initial, options=options, hint=hint)


@router.act("/cases/{case_id}/child/worker", action="child.assign")
async def assign_worker(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Assign; where people of the unit can be named and none was asked for, the unit as a whole is assigned."""
    form = forms.read(AssignChildWorker, await request.form(), unit.profile)
    await child_workers.assign_worker(unit, case_id, form)
    return _done(case_id)


@router.page("/cases/{case_id}/child/workers/{worker_id}/end", action="child.assign")
async def worker_end(request: Request, unit: Unit, case_id: UUID, worker_id: UUID) -> Response:
    """Why an assignment ends."""
    case = await _case(unit, case_id, "child.assign")
    row = await child_workers.one_worker(unit, case_id, worker_id)
    return _form(request, unit, case, EndChildWorker, "worker_end", version=row["version"])


@router.act("/cases/{case_id}/child/workers/{worker_id}/end", action="child.assign")
async def end_worker(request: Request, unit: Unit, case_id: UUID, worker_id: UUID) -> Response:
    """End it; whoever ends their own goes to the cases, for this one is no longer open to them."""
    given = await request.form()
    form = forms.read(EndChildWorker, given, unit.profile)
    await child_workers.end_worker(unit, case_id, worker_id, form, forms.version_of(given))
    if not await unit.may_see(case_id, "casework"):
        return redirect("/cases", done="child_recorded")
    return _done(case_id)


@router.page("/cases/{case_id}/child/monitor", action="child.assign")
async def monitor(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Which agency shall follow the case."""
    case = await _case(unit, case_id, "child.assign")
    kinds = child_workers.monitors_of(unit.profile_of(case))
    agencies = await _of_kinds(unit, kinds, language_of(request, unit)) if kinds else []
    return _form(request, unit, case, InviteMonitor, "monitor", options={"agency_org_id": agencies})


@router.act("/cases/{case_id}/child/monitor", action="child.assign")
async def invite_monitor(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Open the milestones to it."""
    form = forms.read(InviteMonitor, await request.form(), unit.profile)
    await child_workers.invite_monitor(unit, case_id, form)
    return _done(case_id)


@router.page("/cases/{case_id}/monitoring", action="child.monitor")
async def visits(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The visits, and for the agency the form of the next one."""
    found = await monitoring.list_visits(unit, case_id)
    profile, language = unit.profile_of(found.case), language_of(request, unit)
    initial = {"visited_at": forms.local(unit.now, profile)}
    fields = forms.view(RecordVisit, profile, language, state_of(request), initial=initial)
    return render(request, "children/visits.html", unit, case=found.case, found=found, fields=fields)


@router.act("/cases/{case_id}/monitoring", action="child.monitor")
async def record_visit(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep a visit."""
    await monitoring.record_visit(unit, case_id, forms.read(RecordVisit, await request.form(), unit.profile))
    return redirect(f"/cases/{case_id}/monitoring", done="child_recorded")
