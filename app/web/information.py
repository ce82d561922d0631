"""The page of what a person was told: what is on record, and the form to add to it."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.information import RecordInformation
from app.services import information
from app.web import forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/cases/{case_id}/information", action="information.read")
async def listed(request: Request, unit: Unit, case_id: UUID) -> Response:
    """What the person was told, newest first, and the form of the next time."""
    told = await information.list_information(unit, case_id)
    profile = unit.profile_of(told.case)
    initial = {
        "given_at": forms.local(unit.now, profile),
        "topics": [] if told.rights_explained else ["RIGHTS", "SERVICES"],
        "language": told.case["languages"][0] if told.case["languages"] else None,
        "interpreter": "present" if told.case["interpreter_needed"] else "not_needed",
        "child_friendly": told.case["is_child"],
    }
    fields = forms.view(RecordInformation, profile, language_of(request, unit), state_of(request), initial=initial)
    return render(request, "information/list.html", unit, case=told.case, told=told, fields=fields)


@router.act("/cases/{case_id}/information", action="information.record")
async def record(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep what was said."""
    form = forms.read(RecordInformation, await request.form(), unit.profile)
    await information.record_information(unit, case_id, form)
    return redirect(f"/cases/{case_id}/information", done="information_recorded")
