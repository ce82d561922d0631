"""Pages of the services of one case: what was given, and the form of one more."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.deliveries import CorrectDelivery, RecordDelivery
from app.services import deliveries, placements
from app.services.reference import organisation_names
from app.web import forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/cases/{case_id}/services", action="service.read")
async def listed(request: Request, unit: Unit, case_id: UUID, after: UUID | None = None) -> Response:
    """The services of a case, the newest first."""
    case = await unit.case(case_id, "case.read")
    rows = await deliveries.list_deliveries(unit, case_id, after=after, limit=25)
    names = await organisation_names(unit, [row["org_id"] for row in rows])
    fields = forms.view(
        RecordDelivery,
        unit.profile_of(case),
        language_of(request, unit),
        state_of(request),
        initial={"delivered_on": placements.today(unit), "quantity": 1},
        age="child" if case["is_child"] else "adult",
    )
    corrections = forms.view(CorrectDelivery, unit.profile_of(case), language_of(request, unit))
    return render(
        request,
        "deliveries/list.html",
        unit,
        case=case,
        rows=rows,
        names=names,
        fields=fields,
        corrections=corrections,
        next=rows[-1]["id"] if len(rows) == 25 else None,
    )


@router.act("/cases/{case_id}/services", action="service.record")
async def record(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Record one service."""
    form = forms.read(RecordDelivery, await request.form(), unit.profile, case_ids=[case_id])
    await deliveries.record_delivery(unit, form)
    return redirect(f"/cases/{case_id}/services", done="services_saved")


@router.act(
    "/cases/{case_id}/services/{delivery_id}/correction", action="service.record", page="/cases/{case_id}/services"
)
async def correct(request: Request, unit: Unit, case_id: UUID, delivery_id: UUID) -> Response:
    """Correct one of our records, or take it back."""
    form = forms.read(CorrectDelivery, await request.form(), unit.profile)
    await deliveries.correct_delivery(unit, delivery_id, form)
    return redirect(f"/cases/{case_id}/services", done="service_corrected")
