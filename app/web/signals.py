"""Pages of signals: list, record, read and decide, counsel and follow up, count."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.signals import RecordCounselling, RecordFollowUp, RecordSignal, TriageSignal
from app.services import reference, signal_work, signals
from app.services.unit_of_work import UnitOfWork
from app.web import forms, signal_view
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
async def new(request: Request, unit: Unit, channel: str | None = None) -> Response:
    """First the channel; then the form of a new signal, with the questions of that channel alone."""
    unit.quiet = True
    language, state = language_of(request, unit), state_of(request)
    chosen = str(state.values.get("channel", "")) if state.values is not None else channel
    if chosen is None or not unit.profile.is_selectable("signal_channel", chosen):
        return render(request, "signals/channel.html", unit, groups=signal_view.channel_groups(unit.profile, language))
    fields = forms.view(
        RecordSignal,
        unit.profile,
        language,
        state,
        initial={"received_at": forms.local(unit.now, unit.profile), "channel": chosen},
    )
    return render(
        request,
        "signals/new.html",
        unit,
        fields=fields,
        channel=chosen,
        details=signal_view.detail_fields(unit.profile, chosen, language, state),
    )


@router.act("/signals/new", action="signal.record")
async def record(request: Request, unit: Unit) -> Response:
    """Record it and show it."""
    given = await request.form()
    details = signal_view.read_details(unit.profile, str(given.get("channel", "")), given)
    form = forms.read(RecordSignal, given, unit.profile, details=details)
    row = await signals.record_signal(unit, form)
    return redirect(f"/signals/{row['id']}", done="signal_recorded")


@router.page("/signals/counts", action="signal.count")
async def counts(request: Request, unit: Unit, year: int | None = None) -> Response:
    """How many signals came through which channel, by month, and what became of them."""
    local = forms.local(unit.now, unit.profile)
    asked = year if year is not None and 2000 <= year <= local.year else local.year
    found = await signal_work.count_signals(unit, asked)
    table = signal_view.count_table(unit.profile, found, language_of(request, unit))
    return render(request, "signals/counts.html", unit, year=asked, this_year=local.year, table=table)


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
    return render(
        request,
        "signals/read.html",
        unit,
        signal=found,
        row=found.row,
        fields=fields,
        details=signal_view.details_said(unit.profile, found, language),
        steps=[signal_view.step_said(unit.profile, one, unit.now, language) for one in found.steps],
    )


@router.act("/signals/{signal_id}/triage", action="signal.triage", page="/signals/{signal_id}")
async def triage(request: Request, unit: Unit, signal_id: UUID) -> Response:
    """Decide about it."""
    given = await request.form()
    form = forms.read(TriageSignal, given, unit.profile)
    await signals.triage_signal(unit, signal_id, form, forms.version_of(given))
    return redirect(f"/signals/{signal_id}", done="signal_triaged")


@router.page("/signals/{signal_id}/counselling", action="signal.follow")
async def counselling(request: Request, unit: Unit, signal_id: UUID) -> Response:
    """The form of counselling given."""
    return await _step(request, unit, signal_id, RecordCounselling, "counselling")


@router.act("/signals/{signal_id}/counselling", action="signal.follow")
async def counsel(request: Request, unit: Unit, signal_id: UUID) -> Response:
    """Write it down."""
    form = forms.read(RecordCounselling, await request.form(), unit.profile)
    await signal_work.record_counselling(unit, signal_id, form)
    return redirect(f"/signals/{signal_id}", done="signal_counselled")


@router.page("/signals/{signal_id}/follow-up", action="signal.follow")
async def following(request: Request, unit: Unit, signal_id: UUID) -> Response:
    """The form of a follow-up."""
    return await _step(request, unit, signal_id, RecordFollowUp, "follow_up")


@router.act("/signals/{signal_id}/follow-up", action="signal.follow")
async def follow_up(request: Request, unit: Unit, signal_id: UUID) -> Response:
    """Write it down."""
    form = forms.read(RecordFollowUp, await request.form(), unit.profile)
    await signal_work.record_follow_up(unit, signal_id, form)
    return redirect(f"/signals/{signal_id}", done="signal_followed")


async def _step(request: Request, unit: UnitOfWork, signal_id: UUID, form: type[Any], kind: str) -> Response:
    found = await signals.read_signal(unit, signal_id)
    fields = forms.view(
        form,
        unit.profile,
        language_of(request, unit),
        state_of(request),
        initial={"happened_at": forms.local(unit.now, unit.profile), "language": language_of(request, unit)},
    )
    return render(request, "signals/step.html", unit, row=found.row, fields=fields, kind=kind)
