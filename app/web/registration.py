"""Pages of registering: search first, safety first, then who the person is as far as they want to say."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.cases import (
    CompleteRegistration,
    Contact,
    CorrectPerson,
    DecideDuplicate,
    Identity,
    IdentityDocument,
    RegisterCase,
    SearchPersons,
    UrgentNeeds,
)
from app.domain.policy import may
from app.domain.problems import NotFound
from app.services import cases, persons
from app.services.case_details import complete_registration
from app.services.unit_of_work import UnitOfWork
from app.web import forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

URGENT = ("HEALTH", "MENTAL_HEALTH", "ACCOMMODATION", "BASIC_NEEDS", "LANGUAGE", "CHILDCARE", "SAFETY")
"""Needs that are asked in the first minute; the whole list waits for the assessment of needs."""

UNNAMED = ("sex", "estimated_from", "estimated_to", "age_basis")
"""What is asked of who gives no name and so is not asked who they are: without an age they would count as a child."""


@router.page("/search", action="person.search")
async def search(request: Request, unit: Unit, signal: UUID | None = None) -> Response:
    """Ask who is looked for, before anybody is registered."""
    unit.quiet = True
    fields = forms.view(SearchPersons, unit.profile, language_of(request, unit), state_of(request))
    return render(request, "registration/search.html", unit, fields=fields, hits=None, signal=signal)


@router.act("/search", action="person.search")
async def found(request: Request, unit: Unit, signal: UUID | None = None) -> Response:
    """Show who was found; nothing of the search stands in an address."""
    given = await request.form()
    hits = await persons.search_persons(unit, forms.read(SearchPersons, given, unit.profile))
    fields = forms.view(SearchPersons, unit.profile, language_of(request, unit), forms.FormState(given))
    return render(request, "registration/search.html", unit, fields=fields, hits=hits, signal=signal)


@router.page("/register", action="case.register")
async def register(request: Request, unit: Unit, signal: UUID | None = None, person: UUID | None = None) -> Response:
    """Safety and urgent needs, the first and the only thing that must be answered."""
    unit.quiet = True
    if signal is not None:
        await cases.may_register_from(unit, signal)
    language, state = language_of(request, unit), state_of(request)
    initial = {"first_contact_at": forms.local(unit.now, unit.profile)}
    fields = forms.view(RegisterCase, unit.profile, language, state, initial=initial)
    fields |= forms.view(UrgentNeeds, unit.profile, language, state, prefix="urgent.")
    fields |= forms.view(Identity, unit.profile, language, state, prefix="identity.")
    only_urgent(fields, ("urgent.needs", "urgent.met"))
    fields["urgency"]["value"] = fields["urgency"]["value"] or "URGENT"
    unnamed = [fields[f"identity.{name}"] for name in UNNAMED]
    unnamed += [*forms.repeated(fields["languages"], 1), fields["interpreter_needed"]]
    return render(
        request, "registration/safety.html", unit, fields=fields, unnamed=unnamed, signal=signal, person=person
    )


def only_urgent(fields: dict[str, dict[str, Any]], names: Iterable[str], also: Collection[str] = ()) -> None:
    """Offer in these fields the needs that can be urgent, and those of `also`, instead of every need there is."""
    for name in names:
        offered = {o["value"]: o for o in fields[name]["options"]}
        wanted = [*URGENT, *(code for code in offered if code in also and code not in URGENT)]
        fields[name] |= {"options": [offered[code] for code in wanted if code in offered], "columns": False}


@router.act("/register", action="case.register")
async def save(request: Request, unit: Unit, signal: UUID | None = None, person: UUID | None = None) -> Response:
    """Open the case at once, so that nothing is lost, and go on to who the person is."""
    given = await request.form()
    form = forms.read(RegisterCase, given, unit.profile, signal_id=signal, person_id=person)
    row = await cases.register_case(unit, form)
    done = "registered"
    if form.without_identity or person is not None:
        return redirect(f"/cases/{row['id']}", done=done)
    return redirect(f"/cases/{row['id']}/person/edit?step=2", done=done)


@router.page("/cases/{case_id}/person", action="person.read")
async def read(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Who the person is; every look is written down."""
    case = await unit.case(case_id, "person.read")
    row, identity = await persons.read_identity(unit, case_id)
    return render(
        request,
        "registration/person.html",
        unit,
        case=case,
        person=row,
        identity=identity,
        birth=_birth(identity),
        duplicates=await _proposals(unit, case_id),
    )


@router.page("/cases/{case_id}/person/edit", action="person.correct")
async def edit(request: Request, unit: Unit, case_id: UUID, step: int = 0) -> Response:
    """The form of who the person is, filled with what is known."""
    case = await unit.case(case_id, "person.correct")
    version, known = 0, Identity()
    try:
        row, known = await persons.read_identity(unit, case_id)
        version = row["version"]
    except NotFound:
        unit.audit("person.read", cases=[case_id])
    language, state = language_of(request, unit), state_of(request)
    values = known.model_dump(mode="json")
    profile = unit.profile_of(case)
    fields = forms.view(Identity, profile, language, state, prefix="identity.", initial=values)
    initial = {"languages": case["languages"], "interpreter_needed": case["interpreter_needed"]}
    own = forms.view(CorrectPerson, profile, language, state, initial=initial)
    context: dict[str, Any] = {
        "contacts": forms.group_rows(
            Contact, profile, language, state, "identity.contacts", existing=values["contacts"]
        ),
        "documents": forms.group_rows(
            IdentityDocument, profile, language, state, "identity.documents", existing=values["documents"]
        ),
        "citizenships": forms.repeated(fields["identity.citizenships"], 2),
        "languages_spoken": forms.repeated(own["languages"], 2),
    }
    return render(
        request,
        "registration/edit.html",
        unit,
        case=case,
        fields=fields,
        own=own,
        version=version,
        step=step,
        **context,
    )


@router.act("/cases/{case_id}/person/edit", action="person.correct")
async def correct(request: Request, unit: Unit, case_id: UUID, step: int = 0) -> Response:
    """Keep what is known now; the earlier state stays in the vault."""
    given = await request.form()
    form = forms.read(CorrectPerson, given, unit.profile)
    await persons.correct_person(unit, case_id, form, forms.version_of(given))
    if step == 2:
        return redirect(f"/cases/{case_id}/exploitation?step=3", done="person_saved")
    return redirect(f"/cases/{case_id}", done="person_saved")


@router.page("/cases/{case_id}/registration", action="case.complete")
async def details(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Where the person was found and by whom, where registering left it open."""
    case = await unit.case(case_id, "case.complete")
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    fields = forms.view(
        CompleteRegistration,
        unit.profile_of(case),
        language_of(request, unit),
        state_of(request),
        initial={name: case[name] for name in CompleteRegistration.model_fields},
    )
    return render(request, "registration/details.html", unit, case=case, fields=fields)


@router.act("/cases/{case_id}/registration", action="case.complete")
async def complete(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep it, and go back to what is still missing."""
    given = await request.form()
    form = forms.read(CompleteRegistration, given, unit.profile)
    await complete_registration(unit, case_id, form, forms.version_of(given))
    return redirect(f"/cases/{case_id}/forms", done="person_saved")


@router.act("/cases/{case_id}/duplicates/{duplicate_id}", action="duplicate.decide", page="/cases/{case_id}/person")
async def decide(request: Request, unit: Unit, case_id: UUID, duplicate_id: UUID) -> Response:
    """Say whether two records are of one person."""
    given = await request.form()
    form = forms.read(DecideDuplicate, given, unit.profile)
    await persons.decide_duplicate(unit, case_id, duplicate_id, form, forms.version_of(given))
    return redirect(f"/cases/{case_id}/person", done="duplicate_decided")


async def _proposals(unit: UnitOfWork, case_id: UUID) -> list[Any]:
    return await persons.duplicates_of(unit, case_id) if may(unit.actor.role, "duplicate.decide") else []


def _birth(identity: Identity) -> str | None:
    parts = [identity.birth_day, identity.birth_month, identity.birth_year]
    if identity.birth_year is not None:
        return ".".join(f"{part:02d}" if part < 100 else str(part) for part in parts if part is not None)
    if identity.estimated_from is not None:
        until = identity.estimated_to or identity.estimated_from
        return f"{identity.estimated_from}–{until}"
    return None
