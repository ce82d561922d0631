"""The consent ledger: `/api/v1/cases/{case_id}/consents`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.routing import ConceptRouter, IfMatch, Out, Unit, etag
from app.domain.forms.consents import RecordConsent, WithdrawConsent
from app.services import consent_texts, consents
from app.services.consents import Entry, Said
from app.texts import LANGUAGES

router = ConceptRouter("/cases/{case_id}/consents", "consents")
texts = ConceptRouter("/consent-texts", "consents")


class ConsentOut(Out):
    """One entry of the ledger. `state`: given, refused, not_asked, withdrawn or over."""

    id: UUID
    state: str
    purpose: str
    answer: str
    recipient_org_id: UUID | None
    recipient_kind: str | None
    recipient_country: str | None
    data_classes: list[str]
    basis: str | None
    form: str | None
    language: str | None
    interpreter: str
    text_version: str | None
    told: list[str]
    assent: str | None
    guardian_relation: str | None
    given_at: datetime
    valid_to: datetime | None
    withdrawn_at: datetime | None
    org_id: UUID
    version: int


class ConsentOpen(ConsentOut):
    """An entry with what is kept sealed."""

    witness: str | None = None
    guardian: dict[str, str | None] | None = None
    best_interest_note: str | None = None
    basis_note: str | None = None
    conditions: str | None = None


class LedgerOut(Out):
    """The entries, newest first, and the purposes nobody has asked about yet."""

    items: list[ConsentOpen]
    unasked: list[str]


class SaidOut(ConsentOut):
    """What was recorded, with the referrals that ended because of it."""

    ended_referrals: list[UUID]


class SheetOut(Out):
    """The text to be read aloud or printed."""

    version: str
    title: str
    paragraphs: list[str]
    question: str


def _opened(entry: Entry) -> ConsentOpen:
    return ConsentOpen.model_validate({**entry.row, **entry.opened, "state": entry.state})


def _said(said: Said, response: Response) -> SaidOut:
    etag(response, said.row["version"])
    state = "withdrawn" if said.row["withdrawn_at"] is not None else said.row["answer"]
    fields: dict[str, Any] = {**said.row, "state": state, "ended_referrals": list(said.ended)}
    return SaidOut.model_validate(fields)


@router.act("POST", "", action="consent.record", status_code=201, summary="Record what the person said")
async def record(unit: Unit, case_id: UUID, form: RecordConsent, response: Response) -> SaidOut:
    """A yes, a not now, or a basis that stands without asking. A not now after a yes ends what rested on the yes."""
    return _said(await consents.record_consent(unit, case_id, form), response)


@router.act("GET", "", action="consent.read", summary="The ledger of a case, newest first")
async def listed(unit: Unit, case_id: UUID) -> LedgerOut:
    """Return every entry, with what nobody has asked about yet."""
    ledger = await consents.list_consents(unit, case_id)
    return LedgerOut(items=[_opened(entry) for entry in ledger.entries], unasked=list(ledger.unasked))


@router.act("GET", "/{consent_id}", action="consent.read", summary="One entry of the ledger")
async def read(unit: Unit, case_id: UUID, consent_id: UUID, response: Response) -> ConsentOpen:
    """Return one entry with the version that a withdrawal names in `If-Match`."""
    entry = await consents.read_consent(unit, case_id, consent_id)
    etag(response, entry.row["version"])
    return _opened(entry)


@router.act("POST", "/{consent_id}/withdraw", action="consent.record", summary="Withdraw a yes")
async def withdraw(
    unit: Unit, case_id: UUID, consent_id: UUID, form: WithdrawConsent, version: IfMatch, response: Response
) -> SaidOut:
    """In the same transaction the referrals that it carried are revoked and their access ends."""
    return _said(await consents.withdraw_consent(unit, case_id, consent_id, form, version), response)


@texts.act("GET", "/{purpose}", action="reference.read", summary="The text to be read before asking")
async def sheet(
    unit: Unit,
    purpose: str,
    recipient: Annotated[str, Query(max_length=200)] = "…",
    child: bool = False,
    data_classes: Annotated[list[str] | None, Query()] = None,
    version: Annotated[str | None, Query(max_length=20)] = None,
) -> SheetOut:
    """Return the text of a purpose, in the caller's language and the version named (today's where none is)."""
    unit.quiet = True
    language = unit.language if unit.language in LANGUAGES else LANGUAGES[0]
    found = consent_texts.sheet(
        version or consent_texts.current(),
        purpose,
        language,
        jurisdiction=unit.actor.jurisdiction,
        recipient=recipient,
        classes=data_classes or (),
        child=child,
    )
    return SheetOut(
        version=found.version, title=found.title, paragraphs=list(found.paragraphs), question=found.question
    )
