"""The page of who never sees a case."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.access import Deny
from app.services import access
from app.services.reference import organisations
from app.web import forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/cases/{case_id}/denials", action="access.deny")
async def listed(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Who is kept away, and the form to keep somebody away."""
    language = language_of(request, unit)
    found = await access.list_denials(unit, case_id)
    options = {
        "org_id": forms.organisation_choices(
            await organisations(unit), language, without={found.case["responsible_org_id"]}
        ),
        "account_id": [
            {"value": str(p["id"]), "label": p["display_name"], "group": p[f"name_{language}"]}
            for p in found.people
            if p["id"] != found.case["responsible_account_id"]
        ],
    }
    fields = forms.view(Deny, unit.profile_of(found.case), language, state_of(request), options=options)
    fields["account_id"]["kind"] = "select"
    return render(request, "denials/list.html", unit, case=found.case, denials=found.denials, fields=fields)


@router.act("/cases/{case_id}/denials", action="access.deny")
async def deny(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep somebody away."""
    form = forms.read(Deny, await request.form(), unit.profile)
    await access.deny(unit, case_id, form)
    return redirect(f"/cases/{case_id}/denials", done="access_denied")


@router.act("/cases/{case_id}/denials/{denial_id}/end", action="access.deny", page="/cases/{case_id}/denials")
async def end(unit: Unit, case_id: UUID, denial_id: UUID) -> Response:
    """End a denial."""
    await access.end_denial(unit, case_id, denial_id)
    return redirect(f"/cases/{case_id}/denials", done="denial_ended")
