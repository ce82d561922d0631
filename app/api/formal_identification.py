"""Formal identification: `/api/v1/cases/{case_id}/formal` and `/api/v1/formal`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from app.api.formal_documents import OverviewOut, ProcedureOut, overview_out, procedure_out
from app.api.routing import ConceptRouter, Out, Unit, etag
from app.domain.forms.formal_identification import (
    AppealDecision,
    DeclareConflict,
    HandOverLetter,
    MakeLetter,
    NameMember,
    ProposeDecision,
    Reconsider,
    RecordGround,
    RecordInterview,
    RequestFormal,
    SignDecision,
    TakeDecision,
    WithdrawFormal,
)
from app.http.callers import caller_of
from app.services import (
    formal_decisions,
    formal_findings,
    formal_identification,
    formal_letters,
    formal_overview,
    formal_proposals,
    formal_requests,
    formal_team,
)

of_case = ConceptRouter("/cases", "formal identification")
router = ConceptRouter("/formal", "formal identification")


class MadeOut(Out):
    """The id of what was written down."""

    id: UUID


class DoneOut(Out):
    """How the procedure stands after the act."""

    state: str


class SignedOut(Out):
    """How the signatures stand: `open`, `carried` or `returned` to the team."""

    stands: str


class AppealOut(Out):
    """Whether the appeal came after the time to appeal; it is taken all the same."""

    late: bool
    appeal_until: datetime | None


async def _state(unit: Unit, procedure_id: UUID) -> DoneOut:
    return DoneOut(state=(await formal_identification.find(unit, procedure_id))["state"])


@of_case.act("GET", "/{case_id}/formal", action="formal.read", summary="How the formal identification stands")
async def overview(unit: Unit, case_id: UUID) -> OverviewOut:
    """Return the steps that happened and, for who sees the identification, the procedures, newest first."""
    return overview_out(await formal_overview.read_overview(unit, case_id))


@of_case.act(
    "POST",
    "/{case_id}/formal",
    action="formal.request",
    status_code=201,
    summary="The person asks for formal identification",
)
async def request_formal(unit: Unit, case_id: UUID, form: RequestFormal, response: Response) -> MadeOut:
    """An adult asks in person, for a child whoever the profile lets ask; a client-made `id` makes repeating safe."""
    made = await formal_requests.request_formal(unit, case_id, form)
    response.headers["Location"] = f"/api/v1/formal/{made}"
    return MadeOut(id=made)


@router.act("GET", "/{procedure_id}", action="formal.read", summary="Read a procedure")
async def read(unit: Unit, procedure_id: UUID, response: Response) -> ProcedureOut:
    """Return the procedure with its texts, team, findings, signatures, decisions and letters."""
    found = await formal_identification.read_procedure(unit, procedure_id)
    etag(response, found.row["version"])
    return procedure_out(found, unit.language)


@router.act(
    "POST", "/{procedure_id}/members", action="formal.lead", status_code=201, summary="Name a member of the team"
)
async def name_member(unit: Unit, procedure_id: UUID, form: NameMember) -> MadeOut:
    """A person with an account sees milestones, identification and casework until the procedure is final."""
    return MadeOut(id=await formal_team.name_member(unit, procedure_id, form))


@router.act(
    "POST",
    "/{procedure_id}/members/{member_id}/removal",
    action="formal.lead",
    status_code=204,
    summary="Take a member out of the team",
)
async def remove_member(unit: Unit, procedure_id: UUID, member_id: UUID) -> Response:
    """What the member saw by it ends now; signatures under what is proposed are void."""
    await formal_team.remove_member(unit, procedure_id, member_id)
    return Response(status_code=204)


@router.act(
    "POST",
    "/{procedure_id}/declaration",
    action="formal.lead",
    status_code=204,
    summary="Say whether one has a conflict of interest",
)
async def declare(unit: Unit, procedure_id: UUID, form: DeclareConflict) -> Response:
    """The caller's own word; a declared conflict is the last thing the caller does in this case."""
    await formal_team.declare(unit, procedure_id, form)
    return Response(status_code=204)


@router.act(
    "POST", "/{procedure_id}/interviews", action="formal.lead", status_code=201, summary="Write an interview down"
)
async def interview(unit: Unit, procedure_id: UUID, form: RecordInterview) -> MadeOut:
    """Inside the person's own time only with their own recorded request; a further one with its reason."""
    return MadeOut(id=await formal_findings.record_interview(unit, procedure_id, form))


@router.act("POST", "/{procedure_id}/grounds", action="formal.lead", status_code=201, summary="Find on one element")
async def ground(unit: Unit, procedure_id: UUID, form: RecordGround) -> MadeOut:
    """A later finding on the same element takes the place of the earlier one; both stay."""
    return MadeOut(id=await formal_findings.record_ground(unit, procedure_id, form))


@router.act("POST", "/{procedure_id}/proposals", action="formal.lead", status_code=201, summary="Propose a decision")
async def propose(unit: Unit, procedure_id: UUID, form: ProposeDecision) -> MadeOut:
    """Signatures under an earlier proposal are void from then on."""
    return MadeOut(id=await formal_proposals.propose(unit, procedure_id, form))


@router.act(
    "GET",
    "/{procedure_id}/signed-content",
    action="formal.read",
    summary="The very document that is signed",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def signed_content(
    unit: Unit,
    procedure_id: UUID,
    proposal: Annotated[
        UUID | None, Query(description="What was signed under this proposal, also an earlier one.")
    ] = None,
) -> Response:
    """Return the canonical JSON, byte by byte; the SHA-256 of these bytes stands with each signature and decision."""
    _, _, content = await formal_proposals.signed_content(unit, procedure_id, proposal)
    return Response(content, media_type="application/json")


@router.act("POST", "/{procedure_id}/signatures", action="formal.sign", summary="Sign with a fresh code")
async def sign(request: Request, unit: Unit, procedure_id: UUID, form: SignDecision) -> SignedOut:
    """Agree or dissent under exactly the content whose SHA-256 is named; a code is good once."""
    return SignedOut(stands=await formal_decisions.sign(unit, procedure_id, form, caller_of(request)))


@router.act("POST", "/{procedure_id}/decision", action="formal.decide", status_code=201, summary="Take the decision")
async def decide(unit: Unit, procedure_id: UUID, form: TakeDecision) -> MadeOut:
    """Refused while a required signature is missing, naming whose."""
    return MadeOut(id=await formal_decisions.decide(unit, procedure_id, form))


@router.act("POST", "/{procedure_id}/letters", action="formal.letter", status_code=201, summary="Make the letter")
async def make_letter(unit: Unit, procedure_id: UUID, form: MakeLetter) -> MadeOut:
    """Made once in a language; asked again, the same letter is named."""
    return MadeOut(id=await formal_letters.make_letter(unit, procedure_id, form))


@router.act(
    "GET",
    "/{procedure_id}/letters/{letter_id}/file",
    action="formal.letter",
    summary="The letter as PDF",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def letter_file(unit: Unit, procedure_id: UUID, letter_id: UUID) -> Response:
    """Return the very bytes that were made first."""
    _, content = await formal_letters.read_letter(unit, procedure_id, letter_id)
    return Response(content, media_type="application/pdf")


@router.act(
    "POST", "/{procedure_id}/handing-over", action="formal.letter", status_code=201, summary="A letter is handed over"
)
async def hand_over(unit: Unit, procedure_id: UUID, form: HandOverLetter) -> MadeOut:
    """The time to appeal counts from here."""
    return MadeOut(id=await formal_letters.hand_over(unit, procedure_id, form))


@router.act("POST", "/{procedure_id}/appeal", action="formal.letter", status_code=201, summary="The person appeals")
async def appeal(unit: Unit, procedure_id: UUID, form: AppealDecision) -> AppealOut:
    """A late appeal is recorded and shown as late, never refused."""
    late = await formal_decisions.appeal(unit, procedure_id, form)
    found = await formal_identification.read_procedure(unit, procedure_id)
    return AppealOut(late=late, appeal_until=formal_decisions.appeal_until(found))


@router.act("POST", "/{procedure_id}/reconsideration", action="formal.lead", summary="Decide anew")
async def reconsider(unit: Unit, procedure_id: UUID, form: Reconsider) -> DoneOut:
    """The earlier decision stands until the new one is signed by everybody again."""
    await formal_decisions.reconsider(unit, procedure_id, form)
    return await _state(unit, procedure_id)


@router.act(
    "POST",
    "/{procedure_id}/withdrawal",
    action="formal.request",
    status_code=204,
    summary="The person takes the request back",
)
async def withdraw(unit: Unit, procedure_id: UUID, form: WithdrawFormal) -> Response:
    """The status stays and the help goes on."""
    await formal_requests.withdraw_formal(unit, procedure_id, form)
    return Response(status_code=204)
