"""Consent: a ledger of what a person said about whose eyes may see what, and what that covers today.

Nothing is overwritten: a yes, a no and a withdrawal are words with a date. Per purpose, recipient and data class the
most specific recipient rules (this organisation before any of its kind), among equals the latest word, and of two at
one moment the no. A no needs no recipient and no class: it is then said to everybody and about everything.
Sources: design, casework ("The parts of a case": Consent; Invariants); code lists consent_basis, consent_purpose and
consent_form; law no. 124/2024 on personal data (to confirm article by article).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from app.domain.policy import DataClass
from app.domain.problems import Conflict, FieldError, Invalid

ADULT_BASES: Final = frozenset({"ADULT_CONSENT", "ADULT_SUPPORTED", "ADULT_GUARDIAN"})
CHILD_BASES: Final = frozenset({"CHILD_BEST_INTEREST", "CHILD_GUARDIAN", "CHILD_PARENT"})
DUTY_BASES: Final = frozenset({"LEGAL_DUTY", "COURT_ORDER", "VITAL_INTEREST"})
"""Bases that stand in place of the person's word: nobody was asked, and no refusal ends them."""

ANONYMOUS: Final = "ANONYMOUS"
_REPRESENTED: Final = frozenset({"ADULT_GUARDIAN", "CHILD_GUARDIAN", "CHILD_PARENT"})

MUST_BE_TOLD: Final = ("purpose", "recipients", "data", "voluntary", "withdrawal")
"""What a person has to hear before a yes counts as informed (HTCDS 2.0, con_Consent checklist; own wording)."""

NEVER_SHARED: Final = frozenset({DataClass.SHELTER_LOCATION})
"""The address never leaves the shelter's own roles (design, casework: Placement); no consent opens it."""


_NEAREST: Final = 2


class Answer(StrEnum):
    """What the person, or who decides for a child, said."""

    GIVEN = "given"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who may receive: one organisation (`ref` its id), any of a kind (an organisation_kind code), or a country."""

    kind: Literal["organisation", "organisation_kind", "country"]
    ref: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who would receive now: an organisation's id, its kinds and, abroad, its country (ISO 3166-1 or XK)."""

    organisation: str
    kinds: frozenset[str] = frozenset()
    country: str | None = None

    def closeness(self, recipient: Recipient | None) -> int | None:
        """Return how closely `recipient` names this receiver (2 by id, 1 by kind or country), None where not at all."""
        if recipient is None:
            return None
        if recipient.kind == "organisation":
            return _NEAREST if recipient.ref == self.organisation else None
        named = recipient.ref in self.kinds if recipient.kind == "organisation_kind" else recipient.ref == self.country
        return 1 if named else None


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who decided for the person. `suspected`: under suspicion of the exploitation or in conflict of interest."""

    reference: str
    appointment: str = ""
    suspected: bool = False


Assent = Literal["agrees", "disagrees", "not_able"]
"""The child's own view; `not_able` where the child is too young or too unwell to be asked."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the ledger; times are aware and in UTC, `valid_from` is when the word was given.

    `basis` is a code of consent_basis, `note` the law, court order, danger or support that the basis rests on.
    """

    id: UUID
    purpose: str
    answer: Answer
    basis: str
    valid_from: datetime
    recipient: Recipient | None = None
    data_classes: frozenset[DataClass] = frozenset()
    valid_to: datetime | None = None
    withdrawn_at: datetime | None = None
    language: str = ""
    text_version: str = ""
    form: str = ""
    interpreter: str = ""
    witness: str = ""
    assent: Assent | None = None
    guardian: Guardian | None = None
    best_interest_note: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """What the code list says about a purpose: one entry for each receiving body; never asked for a child."""

    per_recipient: bool = False
    adult_only: bool = False


def covering(
    consents: Iterable[Consent],
    purpose: str,
    receiver: Receiver | None,
    data_class: DataClass | None,
    now: datetime,
    is_child: bool | None = None,
) -> Consent | None:
    """Return the entry that allows `data_class` to go to `receiver` for `purpose` at `now`, None where none does.

    `receiver` None: a purpose without a recipient, such as a photograph; `data_class` None: without data.
    `is_child` says the person's age now: an adult's own consent does not carry a child, and a guardian's word for a
    child ends when the person is an adult and can be asked. None leaves age aside.
    """
    if data_class in NEVER_SHARED:
        return None
    near = [
        (closeness, entry)
        for entry in consents
        if entry.purpose == purpose
        and (data_class is None or data_class in entry.data_classes or _is_no_to_everything(entry))
        and (closeness := _closeness(entry, receiver)) is not None
    ]
    words = [word for closeness, entry in near for word in _words(closeness, entry, now, is_child)]
    latest = max(words, key=lambda word: (word.closeness, word.moment, not word.yes, word.entry.id), default=None)
    if latest is not None and latest.yes and not _over(latest.entry, now):
        return latest.entry
    for _, entry in near:
        if _stands_without_asking(entry, data_class, words, now):
            return entry
    return None


def covers(
    consents: Iterable[Consent],
    purpose: str,
    receiver: Receiver | None,
    data_class: DataClass | None,
    now: datetime,
    is_child: bool | None = None,
) -> bool:
    """True where some entry allows it; see `covering`."""
    return covering(consents, purpose, receiver, data_class, now, is_child) is not None


@dataclass(frozen=True, slots=True)
class _Word:
    closeness: int
    moment: datetime
    yes: bool
    entry: Consent


def _is_no_to_everything(entry: Consent) -> bool:
    return entry.answer is Answer.REFUSED and not entry.data_classes


def _closeness(entry: Consent, receiver: Receiver | None) -> int | None:
    """Return how closely an entry speaks of a receiver; a no that names nobody is said to each of them."""
    if receiver is None:
        return 0 if entry.recipient is None else None
    if entry.recipient is None and entry.answer is Answer.REFUSED:
        return _NEAREST
    return receiver.closeness(entry.recipient)


def _words(closeness: int, entry: Consent, now: datetime, is_child: bool | None) -> Iterator[_Word]:
    """Yield what was said last by `now`: a withdrawn yes is a no from its withdrawal on."""
    if entry.answer is Answer.NOT_ASKED or entry.valid_from > now:
        return
    of_the_other_age = is_child is not None and entry.basis in (ADULT_BASES if is_child else CHILD_BASES)
    if entry.answer is Answer.REFUSED:
        yield _Word(closeness, entry.valid_from, False, entry)
    elif entry.withdrawn_at is not None and entry.withdrawn_at <= now:
        yield _Word(closeness, max(entry.valid_from, entry.withdrawn_at), False, entry)
    elif not of_the_other_age:
        yield _Word(closeness, entry.valid_from, True, entry)


def _over(entry: Consent, now: datetime) -> bool:
    return entry.valid_to is not None and entry.valid_to <= now


def _stands_without_asking(
    entry: Consent, data_class: DataClass | None, words: Collection[_Word], now: datetime
) -> bool:
    """True where a law, a court, a danger to life or namelessness allows it at `now`.

    Vital interest is "used only while consent cannot be asked" (consent_basis): a later word of the person ends it.
    Without identifying data only the milestones of a case may go.
    """
    started = entry.valid_from <= now and not _over(entry, now)
    ended = entry.withdrawn_at is not None and entry.withdrawn_at <= now
    if not started or ended or entry.answer is not Answer.NOT_ASKED:
        return False
    if entry.basis == ANONYMOUS:
        return data_class in (None, DataClass.MILESTONES)
    asked_since = any(word.moment > entry.valid_from for word in words)
    return entry.basis in DUTY_BASES and not (entry.basis == "VITAL_INTEREST" and asked_since)


@dataclass(frozen=True, slots=True)
class LiveShare:
    """A referral that is showing data, or will: what `ended_by_withdrawal` looks through."""

    referral: UUID
    purpose: str
    receiver: Receiver
    data_classes: frozenset[DataClass] = field(default_factory=frozenset)


def _ended(
    before: Collection[Consent], after: Collection[Consent], shares: Iterable[LiveShare], now: datetime
) -> tuple[UUID, ...]:
    """Return the referrals with a class that was covered before and is not after."""
    return tuple(
        share.referral
        for share in shares
        if any(
            covers(before, share.purpose, share.receiver, data_class, now)
            and not covers(after, share.purpose, share.receiver, data_class, now)
            for data_class in share.data_classes
        )
    )


def ended_by_withdrawal(
    consents: Collection[Consent], shares: Iterable[LiveShare], withdrawn_id: UUID, now: datetime
) -> tuple[UUID, ...]:
    """Return the referrals that withdrawing one entry at `now` ends, in the order of `shares`.

    A referral ends whole: what its receiver was promised cannot be told apart from what they still may see.
    The service ends them in the same transaction (design, casework: Consent).
    """
    rest = [entry for entry in consents if entry.id != withdrawn_id]
    withdrawn = [entry for entry in consents if entry.id == withdrawn_id]
    before = [*rest, *(replace(entry, withdrawn_at=None) for entry in withdrawn)]
    after = [*rest, *(replace(entry, withdrawn_at=now) for entry in withdrawn)]
    return _ended(before, after, shares, now)


def ended_by_refusal(
    consents: Collection[Consent], shares: Iterable[LiveShare], refusal: Consent, now: datetime
) -> tuple[UUID, ...]:
    """Return the referrals that a new refusal ends: a no after a yes is a withdrawal."""
    return _ended(consents, [*consents, refusal], shares, now)


def check_withdrawal(consent: Consent, now: datetime) -> None:
    """Refuse to withdraw what is no yes, or is withdrawn already. Raises Conflict.

    A legal duty or a court's order is not the person's to withdraw.
    """
    if consent.answer is not Answer.GIVEN:
        raise Conflict("consent.not_a_yes")
    if consent.withdrawn_at is not None and consent.withdrawn_at <= now:
        raise Conflict("consent.already_withdrawn")


def check_told(answer: Answer, told: Collection[str]) -> None:
    """Refuse a yes of somebody who was not told what it is about. Raises Invalid on `told`."""
    if answer is Answer.GIVEN and any(item not in told for item in MUST_BE_TOLD):
        raise Invalid.one("told", "consent.not_told")


def validate_new(consent: Consent, is_child: bool, rule: PurposeRule, now: datetime) -> None:
    """Check a new entry; raises Invalid with every broken field. Codes are checked against the lists elsewhere.

    `is_child` on the date of the word; age in doubt is a child. A refusal needs nothing but its purpose: nobody has
    to prove a no.
    """
    errors = [*_scope_errors(consent, rule, now)]
    if consent.answer is Answer.GIVEN:
        errors += [*_informed_errors(consent), *(_child_errors(consent, rule) if is_child else _adult_errors(consent))]
    elif consent.answer is Answer.NOT_ASKED:
        errors += _unasked_errors(consent)
    if errors:
        raise Invalid(errors)


def _error(name: str, code: str) -> FieldError:
    return FieldError(name, f"consent.{code}", {})


def _scope_errors(consent: Consent, rule: PurposeRule, now: datetime) -> Iterator[FieldError]:
    refused = consent.answer is Answer.REFUSED
    if (
        not refused
        and rule.per_recipient
        and (consent.recipient is None or consent.recipient.kind == "organisation_kind")
    ):
        yield _error("recipient", "one_recipient")
    if not refused and consent.recipient is not None and not consent.data_classes:
        yield _error("data_classes", "no_data_class")
    if consent.data_classes & NEVER_SHARED:
        yield _error("data_classes", "shelter_location")
    if consent.valid_from > now:
        yield _error("valid_from", "in_future")
    if consent.valid_to is not None and consent.valid_to <= consent.valid_from:
        yield _error("valid_to", "ends_before_start")


def _informed_errors(consent: Consent) -> Iterator[FieldError]:
    """Consent is informed only in words the person understands: which text, in which language, through whom."""
    if not consent.language.strip():
        yield _error("language", "language_missing")
    if not consent.text_version.strip():
        yield _error("text_version", "text_version_missing")
    if consent.form == "ORAL_INTERPRETED" and not consent.interpreter.strip():
        yield _error("interpreter", "interpreter_missing")
    if consent.form == "ORAL_WITNESSED" and not consent.witness.strip():
        yield _error("witness", "witness_missing")
    if consent.basis in DUTY_BASES or consent.basis == ANONYMOUS:
        yield _error("basis", "basis_without_asking")


def _guardian_errors(consent: Consent) -> Iterator[FieldError]:
    if consent.guardian is None or not consent.guardian.reference.strip():
        yield _error("guardian", "guardian_missing")
    elif consent.guardian.suspected:
        yield _error("guardian", "guardian_suspected")


def _child_errors(consent: Consent, rule: PurposeRule) -> Iterator[FieldError]:
    """A child's yes needs an unsuspected guardian or parent, or a best-interest decision, and the child's view.

    Source: consent_basis (CHILD_*); Convention on the Rights of the Child, art. 3 and 12.
    """
    if rule.adult_only:
        yield _error("purpose", "not_for_child")
    if consent.basis in ADULT_BASES:
        yield _error("basis", "adult_basis_for_child")
    if consent.basis in _REPRESENTED & CHILD_BASES:
        yield from _guardian_errors(consent)
    noted = bool(consent.best_interest_note.strip())
    if consent.basis == "CHILD_BEST_INTEREST" and not noted:
        yield _error("best_interest_note", "best_interest_missing")
    elif consent.assent in ("disagrees", "not_able") and not noted:
        yield _error("best_interest_note", "against_childs_view")
    if consent.assent is None:
        yield _error("assent", "childs_view_missing")


def _adult_errors(consent: Consent) -> Iterator[FieldError]:
    """An adult decides alone; a guardian only by an appointment that is named (consent_basis ADULT_GUARDIAN)."""
    if consent.basis in CHILD_BASES:
        yield _error("basis", "child_basis_for_adult")
    if consent.basis == "ADULT_GUARDIAN":
        yield from _guardian_errors(consent)
        if consent.guardian is not None and not consent.guardian.appointment.strip():
            yield _error("guardian", "appointment_missing")
    elif consent.guardian is not None:
        yield _error("guardian", "guardian_for_adult")
    if consent.basis == "ADULT_SUPPORTED" and not consent.note.strip():
        yield _error("note", "support_missing")


def _unasked_errors(consent: Consent) -> Iterator[FieldError]:
    """What stands without asking names its law, court order or danger; namelessness carries milestones only."""
    if consent.basis not in DUTY_BASES and consent.basis != ANONYMOUS:
        yield _error("answer", "not_asked")
    if consent.basis in DUTY_BASES and not consent.note.strip():
        yield _error("note", "basis_note_missing")
    if consent.basis == ANONYMOUS and consent.data_classes - {DataClass.MILESTONES}:
        yield _error("data_classes", "anonymous_beyond_milestones")
