"""Signals: `/api/v1/signals`."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from app.api.routing import After, ConceptRouter, IfMatch, Limit, Listed, Out, Unit, etag
from app.domain.forms.signals import RecordCounselling, RecordFollowUp, RecordSignal, TriageSignal
from app.domain.signals import choices_of, details_of
from app.services import signal_work, signals

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


class StepOut(Out):
    """Counselling given or a follow-up, dated."""

    id: UUID
    kind: str
    happened_at: datetime
    org_id: UUID
    counselling: list[str]
    topics: list[str]
    language: str | None
    outcome: str | None
    next_on: date | None
    note: str | None


class SignalOpen(SignalOut):
    """A signal with its narrative; None where it is not for the caller."""

    anonymous: bool
    reference: str | None = Field(description="The code that the public form showed; it opens nothing.")
    maybe_automatic: bool = Field(description="A program may have filled the public form in; people decide.")
    counselling: list[str]
    summary: str | None = None
    reporter_contact: str | None = None
    outcome_note: str | None = None
    details: dict[str, Any] | None = None
    steps: list[StepOut] = Field(default_factory=list)


class QuestionOut(Out):
    """A question that this channel asks beside what every signal says."""

    code: str
    kind: str
    label: str
    hint: str | None
    answers: list[dict[str, str]]
    source: str
    status: str


class CountOut(Out):
    """Signals received through one channel in one month, by what became of them; `outcome` null: not decided."""

    channel: str
    month: int
    outcome: str | None
    signals: int


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


@router.act("GET", "/counts", action="signal.count", summary="Count signals by channel, month and outcome")
async def counts(unit: Unit, year: Annotated[int, Query(ge=2000, le=2999)]) -> list[CountOut]:
    """Counts only: the authority of its country, a helpline of what it took itself."""
    return [CountOut.model_validate(one) for one in await signal_work.count_signals(unit, year)]


@router.act("GET", "/channels/{channel}/questions", action="signal.record", summary="Questions of one channel")
async def questions(unit: Unit, channel: Annotated[str, Path(max_length=60)]) -> list[QuestionOut]:
    """Return what this channel asks beside what every signal says; data of the profile."""
    unit.quiet = True
    profile, language = unit.profile, unit.language
    return [
        QuestionOut(
            code=one.code,
            kind=one.kind,
            label=one.label.text(language),
            hint=one.hint.text(language) if one.hint else None,
            answers=[{"code": code, "label": said} for code, said in choices_of(profile, one, language)],
            source=one.source,
            status=one.status,
        )
        for one in details_of(profile, channel)
    ]


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


@router.act(
    "POST", "/{signal_id}/counselling", action="signal.follow", status_code=201, summary="Record counselling given"
)
async def counsel(unit: Unit, signal_id: UUID, form: RecordCounselling) -> dict[str, UUID]:
    """Of which kind, on what, in which language; a client-made `id` makes repeating safe."""
    return {"id": await signal_work.record_counselling(unit, signal_id, form)}


@router.act("POST", "/{signal_id}/follow-ups", action="signal.follow", status_code=201, summary="Record a follow-up")
async def follow_up(unit: Unit, signal_id: UUID, form: RecordFollowUp) -> dict[str, UUID]:
    """When somebody asked again and what came of it; a client-made `id` makes repeating safe."""
    return {"id": await signal_work.record_follow_up(unit, signal_id, form)}


def _open(found: signals.Signal) -> SignalOpen:
    texts: dict[str, Any] = {
        "summary": found.summary,
        "reporter_contact": found.reporter_contact,
        "outcome_note": found.outcome_note,
        "details": found.details,
        "steps": [{**step.row, "note": step.note} for step in found.steps],
    }
    return SignalOpen.model_validate({**found.row, **texts})
