"""Referrals as the JSON interface shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.responses import Response

from app.api.routing import Out, etag
from app.services.providers import Offer
from app.services.referral_views import Referral, shown_minimum
from app.services.referrals import Preview
from app.services.unit_of_work import UnitOfWork


class MinimumOut(Out):
    """The minimum data set: what a receiver sees before accepting, nothing more."""

    code: str
    age_group: str
    child: bool
    sex: str
    languages: list[str]
    interpreter: bool
    needs: list[str]
    services: list[str]
    urgency: str
    safety: str


class ReferralOut(Out):
    """A referral without anything sealed. `minimum` is None for a receiver after the end."""

    id: UUID
    case_id: UUID
    state: str
    sender_org_id: UUID
    receiver_org_id: UUID | None
    urgency: str
    needs: list[str]
    shared_classes: list[str]
    minimum: MinimumOut | None
    sent_at: datetime | None
    answer_due_at: datetime | None
    answer_due_to_confirm: bool
    answer_by: datetime | None
    answered_at: datetime | None
    decline_reason: str | None
    ended_at: datetime | None
    end_reason: str | None
    redirected_to: UUID | None
    redirected_from: UUID | None
    version: int


class StepOut(Out):
    """One step with its time; the message is open to the two sides only."""

    number: int
    act: str
    state: str
    at: datetime
    org_id: UUID
    reason: str | None
    message: str | None


class ReferralOpen(ReferralOut):
    """A referral as the caller's side may see it."""

    side: str | None
    message: str | None
    outcome: str | None
    feedback: str | None
    open_classes: list[str]
    possible: list[str]
    steps: list[StepOut]
    seconds_to_answer: float | None
    seconds_to_service: float | None


class BasisOut(Out):
    """A data class and the entry of the ledger that carries it."""

    data_class: str
    consent_id: UUID
    basis: str
    valid_to: datetime | None


class PreviewOut(Out):
    """Exactly what the receiver will see; see `app.services.referrals.Preview`."""

    receiver_org_id: UUID | None
    now: MinimumOut
    after: list[BasisOut]
    uncovered: list[str]
    could: list[str]
    never: list[str]
    answer_due_at: datetime | None
    answer_due_to_confirm: bool
    version: int


class ReasonOut(Out):
    """One reason: it fits, it does not, or (null) the organisation has not said."""

    code: str
    fits: bool | None


class ProviderOut(Out):
    """An organisation a referral could go to. `fits`: nothing speaks against it; it blocks nothing."""

    id: UUID
    code: str
    name: dict[str, str]
    fits: bool
    free_beds: int | None
    duty_note: str | None
    reasons: list[ReasonOut]


def _minimum(found: Mapping[str, Any] | None) -> MinimumOut | None:
    return MinimumOut.model_validate(found) if found else None


def _fields(unit: UnitOfWork, row: RowMapping) -> dict[str, Any]:
    """Return a row's fields; a receiver who may not see the minimum data set any more sees no need either."""
    minimum = shown_minimum(row, unit.actor.org_id)
    fields: dict[str, Any] = {**row, "minimum": _minimum(minimum)}
    if minimum is None and row["receiver_org_id"] == unit.actor.org_id:
        fields["needs"] = []
    return fields


def shown(unit: UnitOfWork, row: RowMapping, response: Response | None = None) -> ReferralOut:
    """Return a referral without anything sealed and name its version."""
    if response is not None:
        etag(response, row["version"])
    return ReferralOut.model_validate(_fields(unit, row))


def opened(unit: UnitOfWork, found: Referral) -> ReferralOpen:
    """Return a referral with what the caller's side may open."""
    steps = [StepOut.model_validate({**step.row, "message": step.message}) for step in found.steps]
    fields = {
        **_fields(unit, found.row),
        "minimum": _minimum(found.minimum),
        "side": found.side,
        "message": found.message,
        "feedback": found.feedback,
        "open_classes": sorted(found.open_classes),
        "possible": list(found.possible),
        "steps": steps,
        "seconds_to_answer": found.timing.seconds_to_answer,
        "seconds_to_service": found.timing.seconds_to_service,
    }
    return ReferralOpen.model_validate(fields)


def preview_document(found: Preview) -> PreviewOut:
    """Return the preview of a draft."""
    return PreviewOut(
        receiver_org_id=found.row["receiver_org_id"],
        now=MinimumOut.model_validate(found.minimum),
        after=[
            BasisOut(data_class=one.data_class, consent_id=one.entry["id"], basis=one.basis, valid_to=one.valid_to)
            for one in found.after
        ],
        uncovered=list(found.uncovered),
        could=list(found.could),
        never=list(found.never),
        answer_due_at=found.answer_due_at,
        answer_due_to_confirm=found.answer_due_to_confirm,
        version=found.row["version"],
    )


def provider_document(offer: Offer) -> ProviderOut:
    """Return an organisation with its reasons."""
    org = offer.org
    return ProviderOut(
        id=org["id"],
        code=org["code"],
        name={"sq": org["name_sq"], "en": org["name_en"]},
        fits=offer.fits,
        free_beds=offer.free_beds,
        duty_note=org["duty_note"],
        reasons=[ReasonOut(code=reason.code, fits=reason.fits) for reason in offer.reasons],
    )
