"""Referrals: `/api/v1/referrals` and `/api/v1/cases/{case_id}/referrals`."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.referral_documents import (
    PreviewOut,
    ProviderOut,
    ReferralOpen,
    ReferralOut,
    opened,
    preview_document,
    provider_document,
    shown,
)
from app.api.routing import After, ConceptRouter, IfMatch, Limit, Listed, Unit, etag
from app.domain.forms.referrals import (
    AnswerQuestion,
    AskQuestion,
    ChangeDraft,
    Complete,
    Decline,
    DraftReferral,
    Redirect,
    Withdraw,
)
from app.services import providers, referral_answers, referral_views, referrals
from app.services.referral_views import Box

router = ConceptRouter("/referrals", "referrals")
of_cases = ConceptRouter("/cases/{case_id}/referrals", "referrals")


@of_cases.act("POST", "", action="referral.send", status_code=201, summary="Begin a referral")
async def draft(unit: Unit, case_id: UUID, form: DraftReferral, response: Response) -> ReferralOut:
    """A draft: nobody else sees it. A client-made `id` makes repeating safe."""
    row = await referrals.draft_referral(unit, case_id, form)
    response.headers["Location"] = f"/api/v1/referrals/{row['id']}"
    return shown(unit, row, response)


@of_cases.act("GET", "", action="referral.read", summary="The referrals of a case, newest first")
async def of_case(unit: Unit, case_id: UUID) -> list[ReferralOut]:
    """Return them for who works with the case."""
    return [shown(unit, row) for row in await referral_views.referrals_of(unit, case_id)]


@router.act("GET", "", action="referral.read", summary="A box of referrals")
async def listed(
    unit: Unit, box: Annotated[Box, Query()] = "waiting", after: After = None, limit: Limit = 50
) -> Listed[ReferralOut]:
    """`waiting` for our answer (what is due first on top), taken on `with_us`, `ended`, or `sent` by us."""
    rows = await referral_views.list_referrals(unit, box, after=after, limit=limit)
    items = [shown(unit, row) for row in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


@router.act("GET", "/{referral_id}", action="referral.read", summary="Read a referral")
async def read(unit: Unit, referral_id: UUID, response: Response) -> ReferralOpen:
    """As the caller's side may see it: the receiver only the minimum data set before accepting."""
    found = await referral_views.read_referral(unit, referral_id)
    etag(response, found.row["version"])
    return opened(unit, found)


@router.act("PUT", "/{referral_id}", action="referral.send", summary="Change a draft")
async def change(unit: Unit, referral_id: UUID, form: ChangeDraft, version: IfMatch, response: Response) -> ReferralOut:
    """Say every part of the draft again."""
    return shown(unit, await referrals.change_draft(unit, referral_id, form, version), response)


@router.act("GET", "/{referral_id}/providers", action="referral.send", summary="Who could take the person on")
async def offered(unit: Unit, referral_id: UUID) -> list[ProviderOut]:
    """Return organisations with a duty queue, the suitable first, with reasons; nothing blocks another choice."""
    return [provider_document(offer) for offer in await providers.list_providers(unit, referral_id)]


@router.act("GET", "/{referral_id}/preview", action="referral.send", summary="Exactly what the receiver will see")
async def preview(unit: Unit, referral_id: UUID, response: Response) -> PreviewOut:
    """Now, after accepting, and never, with the entry of the ledger that carries each class."""
    found = await referrals.preview_referral(unit, referral_id)
    etag(response, found.row["version"])
    return preview_document(found)


@router.act("POST", "/{referral_id}/send", action="referral.send", summary="Send a draft")
async def send(unit: Unit, referral_id: UUID, version: IfMatch, response: Response) -> ReferralOut:
    """Refused where a class is carried neither by consent nor by another recorded basis."""
    return shown(unit, await referrals.send_referral(unit, referral_id, version), response)


@router.act("POST", "/{referral_id}/again", action="referral.send", status_code=201, summary="Draft the same need anew")
async def again(unit: Unit, referral_id: UUID, response: Response) -> ReferralOut:
    """After a decline, an expiry, a withdrawal or a revocation."""
    return shown(unit, await referrals.send_again(unit, referral_id), response)


@router.act("POST", "/{referral_id}/acknowledge", action="referral.answer", summary="Say that it was received")
async def acknowledge(unit: Unit, referral_id: UUID, version: IfMatch, response: Response) -> ReferralOut:
    """The answer is pending."""
    return shown(unit, await referral_answers.acknowledge_referral(unit, referral_id, version), response)


@router.act("POST", "/{referral_id}/question", action="referral.answer", summary="Ask the sender")
async def question(
    unit: Unit, referral_id: UUID, form: AskQuestion, version: IfMatch, response: Response
) -> ReferralOut:
    """Before answering; acknowledges by itself."""
    return shown(unit, await referral_answers.ask_sender(unit, referral_id, form, version), response)


@router.act("POST", "/{referral_id}/answer", action="referral.send", summary="Answer the receiver's question")
async def answer(
    unit: Unit, referral_id: UUID, form: AnswerQuestion, version: IfMatch, response: Response
) -> ReferralOut:
    """By the sender."""
    return shown(unit, await referral_answers.answer_receiver(unit, referral_id, form, version), response)


@router.act("POST", "/{referral_id}/accept", action="referral.answer", summary="Accept")
async def accept(unit: Unit, referral_id: UUID, version: IfMatch, response: Response) -> ReferralOut:
    """Opens what the ledger carries at this moment, class by class."""
    return shown(unit, await referral_answers.accept_referral(unit, referral_id, version), response)


@router.act("POST", "/{referral_id}/decline", action="referral.answer", summary="Decline with a reason")
async def decline(unit: Unit, referral_id: UUID, form: Decline, version: IfMatch, response: Response) -> ReferralOut:
    """So that another place is found quickly."""
    return shown(unit, await referral_answers.decline_referral(unit, referral_id, form, version), response)


@router.act("POST", "/{referral_id}/redirect", action="referral.answer", summary="Pass on to another organisation")
async def redirect(unit: Unit, referral_id: UUID, form: Redirect, version: IfMatch, response: Response) -> ReferralOut:
    """A new referral, linked; it carries only what the person agreed to for the new receiver."""
    return shown(unit, await referral_answers.redirect_referral(unit, referral_id, form, version), response)


@router.act("POST", "/{referral_id}/start", action="referral.answer", summary="Say that the service has begun")
async def start(unit: Unit, referral_id: UUID, version: IfMatch, response: Response) -> ReferralOut:
    """The time from sending to service is measured."""
    return shown(unit, await referral_answers.start_service(unit, referral_id, version), response)


@router.act("POST", "/{referral_id}/complete", action="referral.answer", summary="Complete with feedback")
async def complete(unit: Unit, referral_id: UUID, form: Complete, version: IfMatch, response: Response) -> ReferralOut:
    """Access ends with it."""
    return shown(unit, await referral_answers.complete_referral(unit, referral_id, form, version), response)


@router.act("POST", "/{referral_id}/withdraw", action="referral.send", summary="Take a referral back")
async def withdraw(unit: Unit, referral_id: UUID, form: Withdraw, version: IfMatch, response: Response) -> ReferralOut:
    """By the sender, or by the person's wish; access ends with it."""
    return shown(unit, await referral_answers.withdraw_referral(unit, referral_id, form, version), response)
