"""Pages of signals: list, record, read and decide."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.signals import RecordSignal, TriageSignal
from app.services import reference, signals
from app.web import forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/signals", action="signal.read")
async def listed(request: Request, unit: Unit, after: UUID | None = None, state: str | None = None) -> Response:
    """The signals of the organisation, newest first."""
    rows = await signals.list_signals(unit, after=after, state=state, limit=25)
    last = rows[-1]["id"] if len(rows) == 25 else None
    return render(request, "signals/list.html", unit, rows=rows, next=last, state=state)


@router.page("/signals/new", action="signal.record")
async def new(request: Request, unit: Unit) -> Response:
    """The form of a new signal."""
    unit.quiet = True
    language = language_of(request, unit)
    fields = forms.view(
        RecordSignal,
        unit.profile,
        language,
        state_of(request),
        initial={"received_at": forms.local(unit.now, unit.profile)},
    )
    return render(request, "signals/new.html", unit, fields=fields)


@router.act("/signals/new", action="signal.record")
async def record(request: Request, unit: Unit) -> Response:
    """Record it and show it."""
    form = forms.read(RecordSignal, await request.form(), unit.profile)
    row = await signals.record_signal(unit, form)
    return redirect(f"/signals/{row['id']}", done="signal_recorded")


@router.page("/signals/{signal_id}", action="signal.read")
async def read(request: Request, unit: Unit, signal_id: UUID) -> Response:
    """One signal, with the form to decide about it."""
    language = language_of(request, unit)
    found = await signals.read_signal(unit, signal_id)
    receivers = [
        {"value": str(o["id"]), "label": o[f"name_{language}"]}
        for o in await reference.organisations(unit, answering=True)
        if o["id"] != unit.actor.org_id
    ]
    fields = forms.view(
        TriageSignal, unit.profile, language, state_of(request), options={"passed_to_org_id": receivers}
    )
    fields["outcome"]["options"] = [o for o in fields["outcome"]["options"] if o["value"] != "case_opened"]
    return render(request, "signals/read.html", unit, signal=found, row=found.row, fields=fields)


@router.act("/signals/{signal_id}/triage", action="signal.triage", page="/signals/{signal_id}")
async def triage(request: Request, unit: Unit, signal_id: UUID) -> Response:
    """Decide about it."""
    given = await request.form()
    form = forms.read(TriageSignal, given, unit.profile)
    await signals.triage_signal(unit, signal_id, form, forms.version_of(given))
    return redirect(f"/signals/{signal_id}", done="signal_triaged")
