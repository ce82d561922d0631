"""The life of a case: its story, milestones, hand-over, closing, access: `/api/v1/cases/{case_id}/...`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.api.cases import CaseOut
from app.api.routing import ConceptRouter, IfMatch, Out, Unit, etag
from app.api.tasks import TaskOut
from app.domain.forms.access_requests import AnswerAccess, RequestAccess
from app.domain.forms.board import AssignAuthority, RevealIdentity
from app.domain.forms.case_closing import CloseCase, HandOverCase, RecordMilestone, ReopenCase, RetractMilestone
from app.services import access_requests, case_closing, case_story, hand_over, reveal, tasks

router = ConceptRouter("/cases", "case life")


class EventOut(Out):
    """One event of a case; `facts` holds codes and numbers only."""

    id: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    org_id: UUID
    data_class: str
    subject_kind: str | None
    subject_id: UUID | None
    corrects: UUID | None
    facts: dict[str, Any]


class PointOut(Out):
    """One point on a track; `open`: it waits or lies ahead. `bound` min: not before."""

    kind: str
    at: datetime
    open: bool
    org_id: UUID | None
    count: int
    bound: str
    to_confirm: bool


class DayOut(Out):
    """One day of a case: what happened to the status and to the help."""

    day: date
    when: str
    today: bool
    status: list[PointOut]
    help: list[PointOut]


class ClassOut(Out):
    """One data class as the caller finds it: open, covered (opening is written down) or locked; `ask`: the way in."""

    data_class: str
    state: str
    ask: str | None
    asked: bool
    until: datetime | None
    holders: list[UUID]


class StoryOut(Out):
    """A case on one page, as far as the caller may see it."""

    case: CaseOut
    responsible: str | None
    waiting: str | None
    help_phase: str | None
    events: list[EventOut]
    tracks: list[DayOut]
    classes: list[ClassOut]
    tasks: list[TaskOut]


class Made(Out):
    """The id of what was just made."""

    id: UUID


class Revealed(Out):
    """When the identity closes again."""

    until: datetime


class RequestOut(Out):
    """An open request for access, with its reason."""

    id: UUID
    org_id: UUID
    account_id: UUID
    data_classes: list[str]
    asked_at: datetime
    reason: str
    asked_by: str


class GrantOut(Out):
    """Who may see what of a case, and until when."""

    id: UUID
    org_id: UUID | None
    account_id: UUID | None
    data_classes: list[str]
    basis: str
    valid_from: datetime
    valid_to: datetime | None
    why: str | None = None
    """Why the case was passed on, for the organisation that took it."""


@router.act("GET", "/{case_id}/story", action="case.read", summary="A case on one page")
async def story(unit: Unit, case_id: UUID, response: Response) -> StoryOut:
    """Return events, the two tracks, data classes with their locks, and what is due."""
    found = await case_story.read_story(unit, case_id)
    etag(response, found.case["version"])
    return StoryOut(
        case=CaseOut.model_validate(dict(found.case)),
        responsible=found.responsible,
        waiting=found.waiting,
        help_phase=found.help.phase,
        events=[EventOut.model_validate(dict(row)) for row in found.events],
        tracks=[DayOut.model_validate(day) for day in found.days],
        classes=[ClassOut.model_validate(c) for c in found.classes],
        tasks=[TaskOut.model_validate(dict(row)) for row in found.tasks],
    )


@router.act("POST", "/{case_id}/milestones", action="milestone.record", status_code=201, summary="Record a milestone")
async def milestone(unit: Unit, case_id: UUID, form: RecordMilestone) -> Made:
    """Record a step taken outside the program; the tasks that wait for it are met."""
    return Made(id=await tasks.record_milestone(unit, case_id, form))


@router.act(
    "POST",
    "/{case_id}/milestones/{event_id}/retract",
    action="milestone.retract",
    status_code=201,
    summary="Take back a milestone recorded by mistake",
)
async def retract(unit: Unit, case_id: UUID, event_id: UUID, form: RetractMilestone) -> Made:
    """Say what the mistake was: what the step had met is due again; the record stays. Returns the taking back."""
    return Made(id=await tasks.retract_milestone(unit, case_id, event_id, form))


@router.act("POST", "/{case_id}/hand-over", action="case.hand_over", summary="Pass a case on")
async def pass_on(unit: Unit, case_id: UUID, form: HandOverCase, version: IfMatch, response: Response) -> CaseOut:
    """Name who answers for the case from now on; the receiver sees what the sender held."""
    row = await hand_over.hand_over(unit, case_id, form, version)
    etag(response, row["version"])
    return CaseOut.model_validate(dict(row))


@router.act("POST", "/{case_id}/close", action="case.close", summary="Close a case")
async def close(unit: Unit, case_id: UUID, form: CloseCase, version: IfMatch, response: Response) -> CaseOut:
    """Close with a reason and what was delivered; refused while a referral is open or a bed is held."""
    row = await case_closing.close_case(unit, case_id, form, version)
    etag(response, row["version"])
    return CaseOut.model_validate(dict(row))


@router.act("POST", "/{case_id}/reopen", action="case.reopen", summary="Open a closed case again")
async def reopen(unit: Unit, case_id: UUID, form: ReopenCase, version: IfMatch, response: Response) -> CaseOut:
    """Say why, and go on where the case stood."""
    row = await case_closing.reopen_case(unit, case_id, form, version)
    etag(response, row["version"])
    return CaseOut.model_validate(dict(row))


@router.act("POST", "/{case_id}/access-requests", action="access.request", status_code=201, summary="Ask for access")
async def ask(unit: Unit, case_id: UUID, form: RequestAccess) -> Made:
    """Ask the responsible organisation for data classes of a case."""
    return Made(id=await access_requests.request_access(unit, case_id, form))


@router.act("GET", "/{case_id}/access-requests", action="access.grant", summary="Requests that wait for an answer")
async def asked(unit: Unit, case_id: UUID) -> list[RequestOut]:
    """Return the open requests of a case to who is responsible for it."""
    found = await access_requests.requests_of(unit, case_id)
    return [RequestOut.model_validate({**r.row, "reason": r.reason, "asked_by": r.asked_by}) for r in found]


@router.act("POST", "/{case_id}/access-requests/{request_id}/answer", action="access.grant", summary="Answer a request")
async def answer(unit: Unit, case_id: UUID, request_id: UUID, form: AnswerAccess) -> dict[str, str]:
    """Give named classes until a day, or refuse."""
    await access_requests.answer_access(unit, case_id, request_id, form)
    return {"state": "granted" if form.answer == "grant" else "refused"}


@router.act("GET", "/{case_id}/grants", action="case.read", summary="Who may see what")
async def grants(unit: Unit, case_id: UUID) -> list[GrantOut]:
    """Return the grants of a case that are valid now."""
    found = await access_requests.grants_of(unit, case_id)
    return [GrantOut.model_validate({**grant.row, "why": grant.reason}) for grant in found]


@router.act("POST", "/{case_id}/grants/{grant_id}/end", action="access.grant", summary="End access that was given")
async def end_grant(unit: Unit, case_id: UUID, grant_id: UUID) -> dict[str, str]:
    """End it at once."""
    await access_requests.end_access(unit, case_id, grant_id)
    return {"state": "ended"}


@router.act("POST", "/{case_id}/reveal", action="identity.reveal", status_code=201, summary="Reveal one identity")
async def show_identity(unit: Unit, case_id: UUID, form: RevealIdentity) -> Revealed:
    """Open the identity for half an hour with a reason that the responsible organisation reads."""
    return Revealed(until=await reveal.reveal_identity(unit, case_id, form))


@router.act("POST", "/{case_id}/assignments", action="authority.assign", status_code=201, summary="Assign an officer")
async def assign(unit: Unit, case_id: UUID, form: AssignAuthority) -> Made:
    """Let an officer of the authority work on the case, identity included, until a day."""
    return Made(id=await reveal.assign_authority(unit, case_id, form))


@router.act("POST", "/{case_id}/assignments/{grant_id}/end", action="authority.assign", summary="End an assignment")
async def end_assignment(unit: Unit, case_id: UUID, grant_id: UUID) -> dict[str, str]:
    """End one's own assignment at once."""
    await reveal.end_assignment(unit, case_id, grant_id)
    return {"state": "ended"}
