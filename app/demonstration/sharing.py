"""How somebody is passed on: consent, a referral with its minimum data set, the answer, and what opens with it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.demonstration.case_book import Row, id_at
from app.demonstration.opening import HOUR, MINUTE
from app.demonstration.setting import Shelter, Worker
from app.demonstration.tale import Tale
from app.domain.policy import DataClass
from app.domain.referrals import sharing_purpose
from app.services.referrals import answer_due, minimum_of
from app.storage.encryption import associated, seal_json
from app.storage.key_provider import WrappedKey

_CLASSES = ("milestones", "identity", "casework", "health")
_DECLINED = ("NO_CAPACITY", "NO_CAPACITY", "PROFILE_NOT_ADMITTED", "SPECIALISED_CARE")
_MESSAGES = (
    "Mbërrin me makinën tonë; ju lutem na thoni kur mund ta prisni.",
    "Ka nevojë për vizitë mjekësore ditën e parë.",
    "Flet pak; beson vetëm punonjësen që e shoqëron.",
    None,
)
_FEEDBACK = ("U strehua, u vizitua nga mjeku dhe ndoqi kursin.", "Shërbimi u krye sipas planit; kontakti vazhdon.")
TOLD = ["purpose", "recipients", "data", "voluntary", "withdrawal"]


def ask_consent(
    tale: Tale, at: datetime, purpose: str, answer: str, classes: tuple[str, ...] = (), to: Worker | None = None
) -> UUID:
    """Record what the person said about one purpose; for a child a best-interest note stands beside it."""
    plan, book, case = tale.plan, tale.book, tale.case
    consent_id = id_at(at)
    given, table = answer == "given", "casework.consent"
    note = "Vendoset në interesin më të lartë të fëmijës; fëmija u dëgjua dhe është dakord."
    book.add(
        table,
        id=consent_id,
        case_id=case["id"],
        org_id=plan.opener.org_id,
        account_id=plan.opener.account_id,
        answer=answer,
        purpose=purpose,
        recipient_org_id=to and to.org_id,
        recipient_kind=None,
        recipient_country=None,
        data_classes=list(classes),
        basis=("CHILD_BEST_INTEREST" if tale.child else "ADULT_CONSENT") if given else None,
        form="WRITTEN" if given else None,
        text_version="1.0" if given else None,
        language=tale.language,
        interpreter=tale.interpreter,
        told=TOLD if given else [],
        witness=None,
        guardian_relation=None,
        guardian=None,
        assent="agrees" if tale.child and given else None,
        best_interest_note=book.seal(table, consent_id, "best_interest_note", note) if tale.child and given else None,
        basis_note=None,
        conditions=None,
        given_at=at,
        valid_to=None,
        withdrawn_at=None,
        withdrawn_by=None,
        withdrawal_form=None,
        version=1,
    )
    kind = "consent_given" if given else "consent_refused"
    book.event(kind, at, plan.opener, data_class=DataClass.CASEWORK, subject=("consent", consent_id), purpose=purpose)
    book.audit("consent.record", at, plan.opener, ("consent", consent_id), decided=answer, shared=list(classes))
    return consent_id


def refer(tale: Tale, at: datetime, shelter: Shelter, answer: str) -> tuple[Row, datetime | None]:
    """Send a referral to a shelter; returns its row and when it was accepted, None where it was not (yet)."""
    plan, book, case, receiver = tale.plan, tale.book, tale.case, shelter.worker
    classes = (*_CLASSES, "identification") if plan.someone.child else _CLASSES
    purpose = sharing_purpose(receiver.org_kind)
    consent_id = ask_consent(tale, at - 20 * MINUTE, purpose, "given", classes, receiver)
    referral_id = id_at(at)
    _, wrapped = tale.keyring.new_data_key("referral", referral_id)
    due_at, to_confirm = answer_due(tale.setting.profile, case, at)
    row = book.add("casework.referral", **_row(tale, referral_id, at, receiver, classes, consent_id))
    row |= {"minimum": minimum_of(case, row), "answer_due_at": due_at, "answer_due_to_confirm": to_confirm}
    row |= {"wrapped_key": wrapped.blob, "key_version": wrapped.version}
    step(tale, row, "send", "sent", at, plan.opener)
    book.event(
        "REFERRAL_SENT",
        at,
        plan.opener,
        subject=("referral", referral_id),
        due_org_id=receiver.org_id,
        urgency=plan.urgency,
    )
    book.audit("referral.send", at, plan.opener, ("referral", referral_id), version=2, classes=classes)
    if answer == "waiting":
        return row, None
    opened_at = tale.later(at, 15 * MINUTE, 5 * HOUR)
    if tale.over(opened_at):
        return row, None
    step(tale, row, "acknowledge", "acknowledged", opened_at, receiver)
    answered_at = tale.later(opened_at, 30 * MINUTE, 40 * HOUR if plan.late else 15 * HOUR)
    if tale.over(answered_at):
        return row, None
    if answer == "declined":
        _decline(tale, row, answered_at, receiver)
        return row, None
    step(tale, row, "accept", "accepted", answered_at, receiver)
    row |= {"answered_at": answered_at, "receiver_account_id": receiver.account_id}
    book.grant(receiver.org_id, classes, "referral", answered_at, receiver, source_id=referral_id)
    book.event("REFERRAL_ANSWERED", answered_at, receiver, subject=("referral", referral_id), outcome="accepted")
    book.audit("referral.answer", answered_at, receiver, ("referral", referral_id), version=4, decided="accept")
    return row, answered_at


def _row(
    tale: Tale, referral_id: UUID, at: datetime, receiver: Worker, classes: tuple[str, ...], consent_id: UUID
) -> dict[str, Any]:
    plan, book = tale.plan, tale.book
    basis = "CHILD_BEST_INTEREST" if tale.child else "ADULT_CONSENT"
    bases = [{"data_class": c, "consent_id": str(consent_id), "basis": basis, "valid_to": None} for c in classes]
    return {
        "id": referral_id,
        "jurisdiction": tale.setting.jurisdiction,
        "case_id": tale.case["id"],
        "sender_org_id": plan.opener.org_id,
        "sender_account_id": plan.opener.account_id,
        "receiver_org_id": receiver.org_id,
        "receiver_account_id": None,
        "state": "drafted",
        "purposes": ["ACCOMMODATION"],
        "needs": ["ACCOMMODATION", tale.rng.choice(("HEALTH", "MENTAL_HEALTH", "LEGAL", "SAFETY"))],
        "requested_services": [],
        "urgency": plan.urgency,
        "safety": tale.rng.choice(("none_known", "unknown", "danger")),
        "shared_classes": list(classes),
        "bases": bases,
        "minimum": {},
        "message": book.seal("casework.referral", referral_id, "message", tale.rng.choice(_MESSAGES)),
        "wrapped_key": None,
        "key_version": None,
        "created_at": at - 5 * MINUTE,
        "sent_at": at,
        "answer_due_at": None,
        "answer_due_to_confirm": True,
        "answer_by": None,
        "answered_at": None,
        "decline_reason": None,
        "end_reason": None,
        "ended_at": None,
        "outcome": None,
        "feedback": None,
        "redirected_to": None,
        "redirected_from": None,
        "version": 1,
    }


def step(tale: Tale, row: Row, act: str, state: str, at: datetime, by: Worker, reason: str | None = None) -> None:
    """Take one step of a referral and keep it as a timed event."""
    row |= {"state": state, "version": row["version"] + 1}
    tale.book.add(
        "casework.referral_event",
        id=id_at(at),
        referral_id=row["id"],
        case_id=tale.case["id"],
        act=act,
        state=state,
        at=at,
        account_id=by.account_id,
        org_id=by.org_id,
        reason=reason,
        message=None,
        number=row["version"] - 1,
    )


def _decline(tale: Tale, row: Row, at: datetime, by: Worker) -> None:
    reason = tale.rng.choice(_DECLINED)
    step(tale, row, "decline", "declined", at, by, reason)
    row |= {"answered_at": at, "ended_at": at, "decline_reason": reason}
    subject = ("referral", row["id"])
    tale.book.event("REFERRAL_ANSWERED", at, by, subject=subject, outcome="declined", reason=reason)
    tale.book.event("REFERRAL_ENDED", at, by, subject=subject, outcome="declined")
    tale.book.audit("referral.answer", at, by, subject, version=row["version"], decided="decline")


def begin_service(tale: Tale, row: Row, at: datetime, by: Worker) -> None:
    """The receiver has begun to help."""
    step(tale, row, "start_service", "in_service", at, by)


def complete(tale: Tale, row: Row, at: datetime, by: Worker) -> None:
    """End the service with feedback; what the referral had opened closes."""
    key = tale.keyring.open("referral", row["id"], WrappedKey(row["key_version"], row["wrapped_key"]))
    place = associated("casework.referral", "feedback", row["id"])
    step(tale, row, "complete", "completed", at, by)
    row |= {"ended_at": at, "outcome": "delivered", "feedback": seal_json(key, tale.rng.choice(_FEEDBACK), place)}
    for grant in tale.book.rows["casework.case_grant"]:
        if grant["source_id"] == row["id"]:
            grant["valid_to"] = at
    tale.book.event("REFERRAL_ENDED", at, by, subject=("referral", row["id"]), outcome="completed")
    tale.book.audit("referral.answer", at, by, ("referral", row["id"]), version=row["version"], decided="complete")
