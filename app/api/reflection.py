"""Recovery and reflection: `/api/v1/cases/{case_id}/reflection`."""

from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from app.api.routing import ConceptRouter, IfMatch, Out, Unit, etag
from app.domain.forms.reflection import (
    EndReflection,
    PauseReflection,
    ProlongReflection,
    RecordPermit,
    ResumeReflection,
    RetractReflection,
    StartReflection,
)
from app.services import reflection

router = ConceptRouter("/cases/{case_id}/reflection", "reflection")


class StandingOut(Out):
    """A period as its steps leave it; `not_before`: end of the minimum; both ends are moved by pauses."""

    running: bool
    started_at: datetime | None
    foreign: bool | None
    not_before: datetime | None
    expected_until: datetime | None
    paused_since: datetime | None
    ended_at: datetime | None
    manner: str | None
    permit: str | None
    permit_until: datetime | None


class StepOut(Out):
    """One dated step; why stands in the note of that id, for who reads the casework."""

    kind: str
    at: datetime
    until: datetime | None
    code: str | None
    org_id: UUID
    note_id: UUID | None


class PeriodOut(Out):
    """One period. `id` None: known from events alone. `standing` None: it was taken back as a mistake."""

    id: UUID | None
    version: int | None
    basis: str | None
    explained_at: datetime | None
    explained_language: str | None
    explained_org_id: UUID | None
    org_id: UUID | None
    standing: StandingOut | None
    steps: list[StepOut]


class RuleOut(Out):
    """A length of the profile with its source; `to_confirm`: no official text confirms it."""

    duration: str | None
    source: str
    to_confirm: bool


class ReflectionOut(Out):
    """Where the person stands, every period, the newest first, and what the profile says."""

    now: StandingOut
    periods: list[PeriodOut]
    minimum: RuleOut
    expected: RuleOut


class Made(Out):
    """The id of the period."""

    id: UUID


async def _shown(unit: Unit, case_id: UUID, response: Response) -> ReflectionOut:
    found = await reflection.read_reflection(unit, case_id)
    rules = unit.profile_of(found.case).reflection
    newest = next((period.row for period in found.periods if period.row is not None), None)
    if newest is not None:
        etag(response, newest["version"])
    return ReflectionOut(
        now=StandingOut.model_validate(found.now),
        periods=[_period(period) for period in found.periods],
        minimum=RuleOut(duration=rules.min_duration, source=rules.min_source, to_confirm=rules.min_status != "found"),
        expected=RuleOut(
            duration=rules.expected_duration, source=rules.expected_source, to_confirm=rules.expected_status != "found"
        ),
    )


def _period(period: reflection.Period) -> PeriodOut:
    row = dict(period.row) if period.row is not None else {}
    names = ("id", "version", "basis", "explained_at", "explained_language", "explained_org_id", "org_id")
    return PeriodOut(
        **{name: row.get(name) for name in names},
        standing=None if period.view is None else StandingOut.model_validate(period.view),
        steps=[StepOut.model_validate(dict(step)) for step in period.steps],
    )


@router.act("GET", "", action="reflection.read", summary="Recovery and reflection of a case")
async def read(unit: Unit, case_id: UUID, response: Response) -> ReflectionOut:
    """Return every period and where the person stands; the `ETag` is that of the newest period."""
    return await _shown(unit, case_id, response)


@router.act("POST", "", action="reflection.record", status_code=201, summary="Begin a reflection period")
async def start(unit: Unit, case_id: UUID, form: StartReflection) -> Made:
    """Say on which basis it begins and in which language it was explained; a client-made `id` makes repeating safe."""
    return Made(id=await reflection.start_reflection(unit, case_id, form))


@router.act("POST", "/{reflection_id}/pause", action="reflection.record", summary="Let a period stand still")
async def pause(
    unit: Unit, case_id: UUID, reflection_id: UUID, form: PauseReflection, version: IfMatch, response: Response
) -> ReflectionOut:
    """Interrupt a period with a reason; its end moves by as long."""
    await reflection.pause(unit, case_id, reflection_id, form, version)
    return await _shown(unit, case_id, response)


@router.act("POST", "/{reflection_id}/resume", action="reflection.record", summary="Let a period go on")
async def resume(
    unit: Unit, case_id: UUID, reflection_id: UUID, form: ResumeReflection, version: IfMatch, response: Response
) -> ReflectionOut:
    """End the pause."""
    await reflection.resume(unit, case_id, reflection_id, form, version)
    return await _shown(unit, case_id, response)


@router.act("POST", "/{reflection_id}/prolong", action="reflection.record", summary="Give the person more time")
async def prolong(
    unit: Unit, case_id: UUID, reflection_id: UUID, form: ProlongReflection, version: IfMatch, response: Response
) -> ReflectionOut:
    """Move the expected end further, with a reason."""
    await reflection.prolong(unit, case_id, reflection_id, form, version)
    return await _shown(unit, case_id, response)


@router.act("POST", "/{reflection_id}/end", action="reflection.record", summary="End a reflection period")
async def end(
    unit: Unit, case_id: UUID, reflection_id: UUID, form: EndReflection, version: IfMatch, response: Response
) -> ReflectionOut:
    """End it by its term, on the person's wish, or by the interview the person asked for."""
    await reflection.end(unit, case_id, reflection_id, form, version)
    return await _shown(unit, case_id, response)


@router.act("POST", "/{reflection_id}/permit", action="reflection.record", summary="Record the residence permit")
async def permit(
    unit: Unit, case_id: UUID, reflection_id: UUID, form: RecordPermit, version: IfMatch, response: Response
) -> ReflectionOut:
    """Record that a permit was applied for, granted, renewed, refused or ended."""
    await reflection.record_permit(unit, case_id, reflection_id, form, version)
    return await _shown(unit, case_id, response)


@router.act("POST", "/{reflection_id}/retract", action="reflection.record", summary="Take back a mistaken period")
async def retract(
    unit: Unit, case_id: UUID, reflection_id: UUID, form: RetractReflection, version: IfMatch, response: Response
) -> ReflectionOut:
    """Take back a period recorded by mistake; its record stays readable."""
    await reflection.retract(unit, case_id, reflection_id, form, version)
    return await _shown(unit, case_id, response)
