"""The page of danger and urgent needs: how it stands, and the form to say how it stands now."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.urgent_needs import AssessUrgentNeeds
from app.services import urgent_needs
from app.web import forms
from app.web.pages import render, state_of
from app.web.registration import only_urgent
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/cases/{case_id}/urgent-needs", action="urgent_needs.read")
async def listed(request: Request, unit: Unit, case_id: UUID) -> Response:
    """What is needed now, what was given, and the form of the next time."""
    found = await urgent_needs.list_urgent_needs(unit, case_id)
    profile = unit.profile_of(found.case)
    newest = found.items[0] if found.items else None
    initial = {
        "assessed_at": forms.local(unit.now, profile),
        "danger": newest.row["danger"] if newest else "not_asked",
        "needs": list(newest.open) if newest else [],
    }
    fields = forms.view(AssessUrgentNeeds, profile, language_of(request, unit), state_of(request), initial=initial)
    kept = {code for one in found.items for code in one.row["needs"]}
    only_urgent(fields, ("needs", "met"), also=kept)
    return render(request, "urgent_needs/list.html", unit, case=found.case, items=found.items, fields=fields)


@router.act("/cases/{case_id}/urgent-needs", action="urgent_needs.record")
async def record(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep how it stands."""
    form = forms.read(AssessUrgentNeeds, await request.form(), unit.profile)
    made = await urgent_needs.assess_urgent_needs(unit, case_id, form)
    done = "urgent_needs_open" if made.open else "urgent_needs_recorded"
    return redirect(f"/cases/{case_id}/urgent-needs", done=done)
