"""The consent ledger: record what the person said, show it, and let a withdrawal end what rested on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, insert, select, update

from app.domain.consent import (
    Answer,
    Consent,
    Guardian,
    PurposeRule,
    check_told,
    check_withdrawal,
    ended_by_refusal,
    ended_by_withdrawal,
    validate_new,
)
from app.domain.forms.consents import RecordConsent, WithdrawConsent
from app.domain.forms.fields import check_codes, check_past
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import FieldError, Invalid, NotFound
from app.domain.profile import Profile
from app.services.consent_ledger import entry_of, live_shares, lock_sharing, recipient_of, whole_ledger
from app.services.consent_texts import versions
from app.services.events import record_event
from app.services.reference import require_organisation
from app.services.referral_steps import revoke
from app.services.unit_of_work import UnitOfWork
from app.storage.consents import consent

TABLE = "casework.consent"
_SEALED = ("witness", "guardian", "best_interest_note", "basis_note", "conditions")
_FIELDS = {
    "recipient": "recipient_org_id",
    "valid_from": "given_at",
    "valid_to": "valid_until",
    "guardian": "guardian_name",
    "note": "basis_note",
}
"""Names of the rules' fields as the form has them, where they differ."""

ASKED_EARLY = ("REFERRAL_NAMED_BODY", "SERVICES", "ACCOMMODATION", "HEALTH_DATA", "POLICE", "NATIONAL_DATABASE")
"""Purposes that the ledger shows as not asked yet, so that nobody forgets them; our own choice, to be confirmed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry with its sealed parts open. `state`: given, refused, not_asked, withdrawn or over."""

    row: RowMapping
    state: str
    opened: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The entries of a case, the newest first, and the purposes nobody has asked about yet."""

    case: RowMapping
    entries: Sequence[Entry]
    unasked: Sequence[str]


@dataclass(frozen=True, slots=True)
class Said:
    """What was recorded, and the referrals that ended with it."""

    row: RowMapping
    ended: Sequence[UUID]


def _state(row: RowMapping, now: datetime) -> str:
    if row["withdrawn_at"] is not None:
        return "withdrawn"
    if row["valid_to"] is not None and row["valid_to"] <= now:
        return "over"
    return str(row["answer"])


def _end_of(day: date | None, profile: Profile) -> datetime | None:
    """Return the moment a consent ends that is valid until and with `day`."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(profile.timezone))


def _to_entry(form: RecordConsent, consent_id: UUID, valid_to: datetime | None) -> Consent:
    """Return what was recorded as the rules of consent see it."""
    guardian = None
    if form.guardian_name or form.guardian_appointment or form.guardian_suspected:
        guardian = Guardian(form.guardian_name or "", form.guardian_appointment or "", form.guardian_suspected)
    interpreted = form.interpreter in ("present", "telephone")
    return Consent(
        id=consent_id,
        purpose=form.purpose,
        answer=Answer(form.answer),
        basis=form.basis or "",
        valid_from=form.given_at,
        recipient=recipient_of(form.recipient_org_id, form.recipient_kind, form.recipient_country),
        data_classes=frozenset(DataClass(c) for c in form.data_classes),
        valid_to=valid_to,
        language=form.language or "",
        text_version=form.text_version or "",
        form=form.form or "",
        interpreter=form.interpreter if interpreted else "",
        witness=form.witness or "",
        assent=form.assent,
        guardian=guardian,
        best_interest_note=form.best_interest_note or "",
        note=form.basis_note or "",
    )


def _check(form: RecordConsent, entry: Consent, case: RowMapping, profile: Profile, now: datetime) -> None:
    named = [form.recipient_org_id, form.recipient_kind, form.recipient_country]
    errors: list[FieldError] = []
    if sum(value is not None for value in named) > 1:
        errors.append(FieldError("recipient_kind", "consent.several_recipients", {}))
    if form.answer != "refused" and form.basis is None:
        errors.append(FieldError("basis", "field.missing", {}))
    if form.answer == "given" and form.form is None:
        errors.append(FieldError("form", "field.missing", {}))
    if form.text_version is not None and form.text_version not in versions():
        errors.append(FieldError("text_version", "consent.unknown_text", {}))
    code = profile.code("consent_purpose", form.purpose)
    rule = PurposeRule(bool(code.attributes.get("per_recipient")), code.adult_only)
    try:
        validate_new(entry, bool(case["is_child"]), rule, now)
    except Invalid as wrong:
        errors += [FieldError(_FIELDS.get(e.field, e.field), e.code, e.params) for e in wrong.errors]
    try:
        check_told(entry.answer, form.told)
    except Invalid as wrong:
        errors += wrong.errors
    if errors:
        raise Invalid(errors)


async def record_consent(unit: UnitOfWork, case_id: UUID, form: RecordConsent) -> Said:
    """Record one entry of the ledger; the same client-made id again returns the same entry.

    A refusal after a yes ends what rested on the yes, in this transaction, and its receivers find it revoked.
    """
    case = await unit.case(case_id, "consent.record")
    profile = unit.profile_of(case)
    check_codes(form, profile)
    check_past("given_at", form.given_at, unit.now)
    consent_id = form.id or uuid7()
    already = await _find(unit, case_id, consent_id)
    if already is not None:
        unit.audit("consent.record", subject_kind="consent", subject_id=consent_id, cases=[case_id], outcome="repeated")
        return Said(already, ())
    if form.recipient_org_id is not None:
        await require_organisation(unit, form.recipient_org_id, "recipient_org_id")
    valid_to = _end_of(form.valid_until, profile)
    entry = _to_entry(form, consent_id, valid_to)
    # The two minutes of clock difference that `check_past` forgives are no future.
    _check(form, entry, case, profile, max(unit.now, form.given_at))
    at = max(await lock_sharing(unit, case_id), form.given_at)
    before = [entry_of(row) for row in await whole_ledger(unit, case_id)]
    await _insert(unit, case_id, consent_id, form, valid_to)
    ended: Sequence[UUID] = ()
    if form.answer == "refused":
        shares = await live_shares(unit, case_id, lock=True)
        ended = ended_by_refusal(before, shares.shares, entry, at)
        await revoke(unit, shares.chosen(ended), "refused")
    await record_event(
        unit,
        case,
        {"given": "consent_given", "refused": "consent_refused", "not_asked": "consent_basis_recorded"}[form.answer],
        form.given_at,
        data_class=DataClass.CASEWORK,
        subject_kind="consent",
        subject_id=consent_id,
        purpose=form.purpose,
    )
    unit.audit(
        "consent.record",
        subject_kind="consent",
        subject_id=consent_id,
        version=1,
        cases=[case_id],
        purpose=form.purpose,
        decided=form.answer,
        shared=list(form.data_classes),
        ended=[str(i) for i in ended],
    )
    return Said(await _row(unit, case_id, consent_id), ended)


async def _insert(
    unit: UnitOfWork, case_id: UUID, consent_id: UUID, form: RecordConsent, valid_to: datetime | None
) -> None:
    guardian = None
    if form.guardian_name is not None:
        guardian = {"name": form.guardian_name, "appointment": form.guardian_appointment}
    texts = {
        "witness": form.witness,
        "guardian": guardian,
        "best_interest_note": form.best_interest_note,
        "basis_note": form.basis_note,
        "conditions": form.conditions,
    }
    plain = form.model_dump(
        include={
            "purpose", "answer", "recipient_org_id", "recipient_kind", "recipient_country", "given_at", "form",
            "language", "interpreter", "text_version", "basis", "assent", "guardian_relation",
        }
    )  # fmt: skip
    await unit.execute(
        insert(consent).values(
            **plain,
            **await unit.seal_for_case(case_id, TABLE, consent_id, texts),
            id=consent_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            data_classes=list(form.data_classes),
            told=list(form.told),
            valid_to=valid_to,
        )
    )


async def _find(unit: UnitOfWork, case_id: UUID, consent_id: UUID, *, lock: bool = False) -> RowMapping | None:
    query = select(consent).where(consent.c.id == consent_id, consent.c.case_id == case_id)
    row: RowMapping | None = (await unit.execute(query.with_for_update() if lock else query)).mappings().first()
    return row


async def _row(unit: UnitOfWork, case_id: UUID, consent_id: UUID) -> RowMapping:
    row = await _find(unit, case_id, consent_id)
    if row is None:
        raise NotFound("consent.unknown")
    return row


async def list_consents(unit: UnitOfWork, case_id: UUID) -> Ledger:
    """Return the ledger of a case, the newest word first, with what nobody has asked about yet."""
    case = await unit.case(case_id, "consent.read")
    rows = await whole_ledger(unit, case_id)
    entries = [Entry(row, _state(row, unit.now), await _opened(unit, case_id, row)) for row in rows]
    asked = {row["purpose"] for row in rows}
    unit.audit("consent.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(rows))
    return Ledger(case, entries, [purpose for purpose in ASKED_EARLY if purpose not in asked])


async def read_consent(unit: UnitOfWork, case_id: UUID, consent_id: UUID) -> Entry:
    """Return one entry with its sealed parts open."""
    await unit.case(case_id, "consent.read")
    row = await _row(unit, case_id, consent_id)
    unit.audit("consent.read", subject_kind="consent", subject_id=consent_id, cases=[case_id])
    return Entry(row, _state(row, unit.now), await _opened(unit, case_id, row))


async def _opened(unit: UnitOfWork, case_id: UUID, row: RowMapping) -> dict[str, Any]:
    return await unit.open_for_case(case_id, TABLE, dict(row), *_SEALED)


async def what_ends(unit: UnitOfWork, case_id: UUID, consent_id: UUID) -> list[RowMapping]:
    """Return the referrals that a withdrawal would end now, to be read aloud before it is done."""
    shares = await live_shares(unit, case_id)
    ledger = [entry_of(row) for row in await whole_ledger(unit, case_id)]
    return shares.chosen(ended_by_withdrawal(ledger, shares.shares, consent_id, unit.now))


async def withdraw_consent(
    unit: UnitOfWork, case_id: UUID, consent_id: UUID, form: WithdrawConsent, expected: int | None
) -> Said:
    """Take a yes back. In this transaction the referrals that it alone carried are revoked and their access ends.

    A withdrawal is dated now and is final: a new yes is a new entry.
    """
    case = await unit.case(case_id, "consent.record")
    check_codes(form, unit.profile_of(case))
    at = await lock_sharing(unit, case_id)
    row = await _find(unit, case_id, consent_id, lock=True)
    if row is None:
        # Withdrawn rows cannot be locked for a change any more; they are still there to be read.
        row = await _row(unit, case_id, consent_id)
    check_withdrawal(entry_of(row), at)
    await unit.check_version(consent_id, row["version"], expected)
    shares = await live_shares(unit, case_id, lock=True)
    ledger = [entry_of(one) for one in await whole_ledger(unit, case_id)]
    ended = ended_by_withdrawal(ledger, shares.shares, consent_id, at)
    values = {"withdrawn_at": unit.now, "withdrawn_by": unit.actor.account_id, "withdrawal_form": form.form}
    await unit.execute(update(consent).where(consent.c.id == consent_id).values(**values, version=row["version"] + 1))
    await revoke(unit, shares.chosen(ended), "withdrawn")
    await record_event(
        unit,
        case,
        "consent_withdrawn",
        unit.now,
        data_class=DataClass.CASEWORK,
        subject_kind="consent",
        subject_id=consent_id,
        purpose=row["purpose"],
    )
    unit.audit(
        "consent.record",
        subject_kind="consent",
        subject_id=consent_id,
        version=row["version"] + 1,
        cases=[case_id],
        purpose=row["purpose"],
        changed=values,
        decided="withdrawn",
        ended=[str(i) for i in ended],
    )
    return Said(await _row(unit, case_id, consent_id), ended)
