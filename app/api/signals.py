"""Signals: `/api/v1/signals`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.routing import After, ConceptRouter, IfMatch, Limit, Listed, Out, Unit, etag
from app.domain.forms.signals import RecordSignal, TriageSignal
from app.services import signals

router = ConceptRouter("/signals", "signals")


class SignalOut(Out):
    """A signal without its narrative."""

    id: UUID
    channel: str
    source: str | None
    received_at: datetime
    urgency: str
    immediate_danger: bool | None
    child_suspected: bool | None
    place: str | None
    persons: int | None
    suspected_forms: list[str]
    state: str
    outcome: str | None
    passed_to_org_id: UUID | None
    case_id: UUID | None
    version: int


class SignalOpen(SignalOut):
    """A signal with its narrative; None where it is not for the caller."""

    anonymous: bool
    counselling: list[str]
    summary: str | None = None
    reporter_contact: str | None = None
    outcome_note: str | None = None


@router.act("POST", "", action="signal.record", status_code=201, summary="Record a signal")
async def record(unit: Unit, form: RecordSignal, response: Response) -> SignalOut:
    """Record a report from a channel; a client-made `id` makes repeating safe."""
    row = await signals.record_signal(unit, form)
    etag(response, row["version"])
    response.headers["Location"] = f"/api/v1/signals/{row['id']}"
    return SignalOut.model_validate(dict(row))


@router.act("GET", "", action="signal.read", summary="List signals, newest first")
async def listed(
    unit: Unit, after: After = None, limit: Limit = 50, state: Annotated[str | None, Query(max_length=20)] = None
) -> Listed[SignalOut]:
    """Return the signals of the caller's organisation and those passed to it."""
    rows = await signals.list_signals(unit, state=state, after=after, limit=limit)
    items = [SignalOut.model_validate(dict(row)) for row in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


@router.act("GET", "/{signal_id}", action="signal.read", summary="Read a signal")
async def read(unit: Unit, signal_id: UUID, response: Response) -> SignalOpen:
    """Return one signal; its narrative only for the organisations that work with it."""
    found = await signals.read_signal(unit, signal_id)
    etag(response, found.row["version"])
    return _open(found)


@router.act("POST", "/{signal_id}/triage", action="signal.triage", summary="Decide what becomes of a signal")
async def triage(unit: Unit, signal_id: UUID, form: TriageSignal, version: IfMatch, response: Response) -> SignalOut:
    """Count it, counsel, pass it on; opening a case is done by registering the person with `signal_id`."""
    row = await signals.triage_signal(unit, signal_id, form, version)
    etag(response, row["version"])
    return SignalOut.model_validate(dict(row))


def _open(found: signals.Signal) -> SignalOpen:
    texts: dict[str, Any] = {
        "summary": found.summary,
        "reporter_contact": found.reporter_contact,
        "outcome_note": found.outcome_note,
    }
    return SignalOpen.model_validate({**found.row, **texts})
