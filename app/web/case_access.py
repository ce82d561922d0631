"""Pages of who sees a case: grants, requests and their answers, reveals, officers of the authority."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.access_requests import AnswerAccess, RequestAccess
from app.domain.forms.board import AssignAuthority, RevealIdentity
from app.domain.policy import DataClass, may
from app.services import access_requests, reveal
from app.services.access_requests import ENDED_HERE, Grant
from app.services.access_requests import Request as Asked
from app.services.reference import organisation_names
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

ASKED = ("casework", "identification", "health", "legal", "identity")


@router.page("/cases/{case_id}/access", action="case.read")
async def access(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Who sees what of a case, on which basis and until when; requests that wait for our answer stand first."""
    language, state = language_of(request, unit), state_of(request)
    case = await unit.case(case_id, "case.read")
    ours = case["responsible_org_id"] == unit.actor.org_id and may(unit.actor.role, "access.grant")
    asked = await access_requests.requests_of(unit, case_id) if ours else []
    grants = await access_requests.grants_of(unit, case_id)
    names = await organisation_names(unit, [*(g.row["org_id"] for g in grants), *(r.row["org_id"] for r in asked)])
    return render(
        request,
        "cases/access.html",
        unit,
        case=case,
        grants=[_grant(unit, grant, names, language, ours) for grant in grants],
        requests=[await _request(unit, case, r, names, language, state) for r in asked],
    )


def _grant(unit: UnitOfWork, grant: Grant, names: case_words.Names, language: str, ours: bool) -> dict[str, Any]:
    row = grant.row
    ends = row["valid_to"]
    zone = unit.profile.timezone
    return {
        "id": row["id"],
        "who": row["display_name"] or case_words.organisation(names, row["org_id"], language),
        "what": ", ".join(text(f"classes.{c}", language) for c in row["data_classes"]),
        "basis": text(f"case_life.access.bases.{row['basis']}", language),
        "reason": grant.reason,
        "until": dates.spoken(ends, unit.now, language, tz=zone, until=True)
        if ends is not None
        else text("case_life.access.open_ended", language),
        "may_end": ours and row["basis"] in ENDED_HERE and row["org_id"] != unit.actor.org_id,
    }


async def _request(
    unit: UnitOfWork, case: RowMapping, asked: Asked, names: case_words.Names, language: str, state: forms.FormState
) -> dict[str, Any]:
    row = asked.row
    typed = state if state.values is not None and state.values.get("request_id") == str(row["id"]) else None
    fields = forms.view(
        AnswerAccess,
        unit.profile_of(case),
        language,
        typed,
        initial={
            "data_classes": list(row["data_classes"]),
            "holder": "person",
            "until": (unit.now + timedelta(days=90)).date(),
        },
        prefix="",
    )
    classes = fields["data_classes"]
    classes["options"] = [o for o in classes["options"] if o["value"] in row["data_classes"]]
    for field in fields.values():
        field["id"] = f"{field['name']}-{row['id']}"
        field["optional_mark"] = False
    organisation = case_words.organisation(names, row["org_id"], language)
    return {
        "id": row["id"],
        "who": text("case_life.access.asks", language, name=asked.asked_by, organisation=organisation),
        "when": dates.spoken(row["asked_at"], unit.now, language, tz=unit.profile.timezone),
        "reason": asked.reason,
        "what": ", ".join(text(f"classes.{c}", language) for c in row["data_classes"]),
        "fields": fields,
    }


@router.act("/cases/{case_id}/access/requests/{request_id}", action="access.grant", page="/cases/{case_id}/access")
async def answer(request: Request, unit: Unit, case_id: UUID, request_id: UUID) -> Response:
    """Give what was asked for until a day, or refuse."""
    form = forms.read(AnswerAccess, await request.form(), unit.profile)
    await access_requests.answer_access(unit, case_id, request_id, form)
    return redirect(f"/cases/{case_id}/access", done="access_given" if form.answer == "grant" else "access_refused")


@router.act("/cases/{case_id}/access/grants/{grant_id}/end", action="access.grant", page="/cases/{case_id}/access")
async def end_grant(request: Request, unit: Unit, case_id: UUID, grant_id: UUID) -> Response:
    """End access that was given on request."""
    await access_requests.end_access(unit, case_id, grant_id)
    return redirect(f"/cases/{case_id}/access", done="access_ended")


@router.page("/cases/{case_id}/access/request", action="access.request")
async def ask(request: Request, unit: Unit, case_id: UUID, about: str = "") -> Response:
    """The form to ask the responsible organisation for data classes."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "access.request")
    visible = await unit.visible_classes(case_id)
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    names = await organisation_names(unit, [case["responsible_org_id"]])
    initial = {"data_classes": [about] if about in ASKED else []}
    fields = forms.view(RequestAccess, unit.profile, language, state_of(request), initial=initial)
    fields["data_classes"]["options"] = [
        option
        for option in fields["data_classes"]["options"]
        if DataClass(option["value"]) in unit.actor.classes and DataClass(option["value"]) not in visible
    ]
    return render(
        request,
        "cases/ask_access.html",
        unit,
        case=case,
        fields=fields,
        organisation=case_words.organisation(names, case["responsible_org_id"], language),
    )


@router.act("/cases/{case_id}/access/request", action="access.request")
async def send_request(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Send the request."""
    form = forms.read(RequestAccess, await request.form(), unit.profile)
    await access_requests.request_access(unit, case_id, form)
    return redirect(f"/cases/{case_id}", done="access_asked")


@router.page("/cases/{case_id}/reveal", action="identity.reveal")
async def revealing(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The form to reveal one identity: a reason that others will read."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "case.read")
    grants = await access_requests.grants_of(unit, case_id)
    own = [
        g.row["valid_to"]
        for g in grants
        if g.row["account_id"] == unit.actor.account_id and "identity" in g.row["data_classes"]
    ]
    names = await organisation_names(unit, [case["responsible_org_id"]])
    fields = forms.view(RevealIdentity, unit.profile_of(case), language, state_of(request))
    zone = unit.profile.timezone
    return render(
        request,
        "cases/reveal.html",
        unit,
        case=case,
        fields=fields,
        organisation=case_words.organisation(names, case["responsible_org_id"], language),
        until=dates.spoken(max(own), unit.now, language, tz=zone, until=True) if own else None,
    )


@router.act("/cases/{case_id}/reveal", action="identity.reveal")
async def reveal_one(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Reveal it and lead to the name."""
    form = forms.read(RevealIdentity, await request.form(), unit.profile)
    await reveal.reveal_identity(unit, case_id, form)
    return redirect(f"/cases/{case_id}/person", done="identity_revealed")


@router.page("/cases/{case_id}/reveals", action="case.read")
async def reveals(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Every reveal of this identity: who, when, why."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "case.read")
    profile = unit.profile_of(case)
    found = [
        {
            "who": row["display_name"],
            "when": dates.spoken(row["valid_from"], unit.now, language, tz=profile.timezone),
            "reason": profile.label("break_glass_reason", row["reason"], language),
            "said": said,
        }
        for row, said in await reveal.reveals_of(unit, case_id)
    ]
    return render(request, "cases/reveals.html", unit, case=case, reveals=found)


@router.page("/cases/{case_id}/authority", action="authority.assign")
async def authority(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Which officers of the authority work on the case, and the form to assign one."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "case.read")
    assigned = await reveal.assignments_of(unit, case_id)
    officers = await reveal.officers(unit)
    fields = forms.view(
        AssignAuthority,
        unit.profile_of(case),
        language,
        state_of(request),
        initial={"account_id": str(unit.actor.account_id), "until": (unit.now + timedelta(days=14)).date()},
        options={"account_id": [{"value": str(o["id"]), "label": o["display_name"]} for o in officers]},
    )
    fields["purpose"]["optional_mark"] = False
    zone = unit.profile.timezone
    shown = [
        {
            "id": row["id"],
            "who": row["display_name"],
            "purpose": text(f"case_life.authority.choices.purpose.{row['reason']}", language),
            "until": dates.spoken(row["valid_to"], unit.now, language, tz=zone),
            "mine": row["account_id"] == unit.actor.account_id,
        }
        for row in assigned
    ]
    return render(request, "cases/authority.html", unit, case=case, assigned=shown, fields=fields)


@router.act("/cases/{case_id}/authority", action="authority.assign")
async def assign(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Assign the officer."""
    form = forms.read(AssignAuthority, await request.form(), unit.profile)
    await reveal.assign_authority(unit, case_id, form)
    return redirect(f"/cases/{case_id}/authority", done="officer_assigned")


@router.act("/cases/{case_id}/authority/{grant_id}/end", action="authority.assign", page="/cases/{case_id}/authority")
async def end_assignment(request: Request, unit: Unit, case_id: UUID, grant_id: UUID) -> Response:
    """End one's own assignment."""
    await reveal.end_assignment(unit, case_id, grant_id)
    return redirect(f"/cases/{case_id}/authority", done="assignment_ended")
