"""Completeness of the forms of the procedures: what a case holds of a form, what is missing, what does not apply.

Which form has which fields, and when a field must be there, is the profile's (`Form`, F1 to F9). Where the program
keeps each field stands here, in one place (`KEPT`, `WHOLE_ON_PAPER`); a field that stands in neither fails a test.
Only presence is judged, never content: this module sees names of fields and conditions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

from app.domain.policy import DataClass
from app.domain.procedures import Form, FormField

Page = Literal[
    "registration",
    "details",
    "identification",
    "exploitation",
    "information",
    "consents",
    "referrals",
    "close",
    "formal",
]
"""Where a field is filled in; the pages know the address."""

Reason = Literal["not_kept", "vault", "plan_not_yet", "cross_border", "figures", "asked_apart", "unmapped"]
"""Why a field is not looked for in the program: its sentence stands in the texts."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A field the program keeps: on which page it is filled, in which data class, and where it applies at all.

    `only_if`: a condition of the case beside the profile's own (`required`), such as a signal that stands behind it.
    """

    page: Page
    data_class: DataClass
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A field that is filled on paper, or elsewhere, and is not counted."""

    reason: Reason


class Standing(StrEnum):
    """How a field of a form stands in a case."""

    THERE = "there"
    MISSING = "missing"
    OPTIONAL = "optional"
    """Not there and not required."""
    NOT_APPLICABLE = "not_applicable"
    ON_PAPER = "on_paper"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case holds of one form: names of the fields that are there, and the conditions that hold.

    `org_id` is the organisation whose form it is: who sent, identified, asked or answers for the case.
    """

    form: str
    org_id: UUID
    present: frozenset[str]
    conditions: frozenset[str]


@dataclass(frozen=True, slots=True)
class FieldState:
    """One field with how it stands; `kept` is None where it is on paper."""

    field: FormField
    standing: Standing
    kept: Kept | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class FormState:
    """One form of one case."""

    form: Form
    org_id: UUID
    fields: tuple[FieldState, ...]

    @property
    def needed(self) -> int:
        """How many fields must be there."""
        return sum(state.standing in (Standing.THERE, Standing.MISSING) and must(state) for state in self.fields)

    @property
    def missing(self) -> tuple[FieldState, ...]:
        """The fields that must be there and are not."""
        return tuple(state for state in self.fields if state.standing is Standing.MISSING)

    @property
    def there(self) -> int:
        """How many of the fields that must be there are."""
        return self.needed - len(self.missing)

    @property
    def complete(self) -> bool:
        """True where nothing is missing."""
        return not self.missing


_M, _I, _C, _ID, _H, _L, _S = DataClass


def _registration(data_class: DataClass = _M, only_if: str | None = None) -> Kept:
    return Kept("registration", data_class, only_if)


_DETAILS = Kept("details", _M)
_IDENTIFICATION = Kept("identification", _ID)
_EXPLOITATION = Kept("exploitation", _ID)
_REFERRAL = Kept("referrals", _M)
_CONSENT = Kept("consents", _C)
_ASKED = Kept("consents", _C, "asked")
_CLOSURE = Kept("close", _M)
_FORMAL = Kept("formal", _M)
# a decision that was taken outside the program has its events and no procedure
_PROCEDURE = Kept("formal", _ID, "procedure")
_NOT_KEPT = OnPaper("not_kept")

KEPT: Mapping[str, Mapping[str, Kept | OnPaper]] = {
    "F1": {
        "case_pseudonym": _registration(),
        "sent_at": _REFERRAL,
        "place": _DETAILS,
        "referring_organisation": _REFERRAL,
        "referring_role": _REFERRAL,
        # somebody met in the street came through no channel
        "signal_channel": _registration(only_if="signal"),
        "detection_source": _DETAILS,
        "age_group": _registration(),
        "age_is_estimate": _registration(),
        "sex": _registration(),
        "citizenship": _registration(),
        "language": _registration(),
        "interpreter_needed": _registration(),
        "urgency": _REFERRAL,
        "medical_need": _registration(_C),
        "suspected_forms": _EXPLOITATION,
        "country_of_exploitation": _EXPLOITATION,
        "indicators": _IDENTIFICATION,
        "accompanied_by": _NOT_KEPT,
        "authorisation": _CONSENT,
        "consent_purposes": _CONSENT,
        "referral_purpose": _REFERRAL,
        "requested_services": _REFERRAL,
        "receiver_organisation": _REFERRAL,
        "safe_contact": OnPaper("vault"),
        "referral_status": _REFERRAL,
        "decline_reason": _REFERRAL,
        "answered_at": _REFERRAL,
    },
    "F2": {
        "case_pseudonym": _registration(),
        "record_kind": _registration(),
        "identification_kind": _IDENTIFICATION,
        "started_at": _IDENTIFICATION,
        "place": _IDENTIFICATION,
        "border_circumstance": _IDENTIFICATION,
        "organisation": _IDENTIFICATION,
        "team_members": _IDENTIFICATION,
        "police_present": _IDENTIFICATION,
        "detection_source": _DETAILS,
        "checklist": _IDENTIFICATION,
        "indicators": _IDENTIFICATION,
        "special_circumstances": _IDENTIFICATION,
        "acts": _EXPLOITATION,
        "means": _EXPLOITATION,
        "forms": _EXPLOITATION,
        "main_form": _EXPLOITATION,
        "scope": _EXPLOITATION,
        "recruitment_channel": _EXPLOITATION,
        "recruitment_promise": _EXPLOITATION,
        "recruiter_relationship": _EXPLOITATION,
        "control_methods": _EXPLOITATION,
        "labour_sector": _EXPLOITATION,
        "country_of_exploitation": _EXPLOITATION,
        "exploitation_from": _EXPLOITATION,
        "exploitation_to": _EXPLOITATION,
        "person_category": _NOT_KEPT,
        "vulnerability": _NOT_KEPT,
        "aid_results": _IDENTIFICATION,
        "result": _IDENTIFICATION,
        "decision_reason": _IDENTIFICATION,
        "rights_information": Kept("information", _C),
        "interpreter_used": _IDENTIFICATION,
    },
    "F3": {
        "case_pseudonym": _registration(),
        "requested_at": _FORMAL,
        "requested_by": _PROCEDURE,
        "reflection_ended": _PROCEDURE,
        "reflection_override_reason": _PROCEDURE,
        "interview_kind": _PROCEDURE,
        "interview_number": _FORMAL,
        "recorded_audiovisually": _PROCEDURE,
        "participants": _PROCEDURE,
        "guardian_present": _PROCEDURE,
        "interpreter_used": _PROCEDURE,
        "acts": _EXPLOITATION,
        "means": _EXPLOITATION,
        "forms": _EXPLOITATION,
        "decision": _FORMAL,
        "reasons": _PROCEDURE,
        "decided_at": _FORMAL,
        "signatures": _PROCEDURE,
        "person_informed_at": _PROCEDURE,
    },
    "F6": {
        "case_pseudonym": _registration(),
        "purpose": _CONSENT,
        "recipient": _CONSENT,
        "basis": _CONSENT,
        # where a law or a court stands in place of the person's word, nobody was asked anything
        "form": _ASKED,
        "text_version": _ASKED,
        "language": _ASKED,
        "given_at": _CONSENT,
        "witness_role": _CONSENT,
        "told_purpose": _ASKED,
        "told_use": _ASKED,
        "told_research_use": OnPaper("asked_apart"),
        "told_right_of_access": _ASKED,
        "told_storage_time": _ASKED,
        "told_withdrawal": _ASKED,
        "withdrawn_at": _CONSENT,
        "child_view": _ASKED,
    },
    "F8": {
        "case_pseudonym": _registration(),
        "closure_reason": _CLOSURE,
        "closed_at": _CLOSURE,
        "assistance_outcome": _CLOSURE,
        "not_assisted_reason": _CLOSURE,
        "immediate_help_recorded": _registration(_C),
        "long_term_help_recorded": _CLOSURE,
        "reintegration_outcome": _NOT_KEPT,
        "accommodation_after": _CLOSURE,
        "follow_up_agreed": _CLOSURE,
        "follow_up_on": _CLOSURE,
        "safe_contact": OnPaper("vault"),
        "feedback_offered": _NOT_KEPT,
    },
}
"""Form -> field -> where the program keeps it."""

WHOLE_ON_PAPER: Mapping[str, Reason] = {
    "F4": "plan_not_yet",
    "F5": "plan_not_yet",
    "F7": "cross_border",
    "F9": "figures",
}
"""Forms of which the program keeps nothing for a case, each with the reason."""


def where(form: str, field: str) -> Kept | OnPaper:
    """Return where a field is kept; a field nobody has mapped yet is on paper, and a test says so."""
    if form in WHOLE_ON_PAPER:
        return OnPaper(WHOLE_ON_PAPER[form])
    return KEPT.get(form, {}).get(field, OnPaper("unmapped"))


def must(state: FieldState) -> bool:
    """True where the field counts: required by the profile, and kept in the program."""
    return state.kept is not None and state.field.required != "optional"


def evaluate(form: Form, facts: Facts) -> FormState:
    """Return how every field of a form stands in a case."""
    return FormState(form, facts.org_id, tuple(_field(form.code, field, facts) for field in form.fields))


def evaluate_all(forms: Mapping[str, Form], found: Iterable[Facts]) -> tuple[FormState, ...]:
    """Return every form that is begun or due in a case, in the order of the profile."""
    by_form = {facts.form: facts for facts in found}
    return tuple(evaluate(form, by_form[code]) for code, form in forms.items() if code in by_form)


def _field(form: str, field: FormField, facts: Facts) -> FieldState:
    kept = where(form, field.field)
    if isinstance(kept, OnPaper):
        return FieldState(field, Standing.ON_PAPER, None, kept.reason)
    if field.field in facts.present:
        return FieldState(field, Standing.THERE if _applies(field, kept, facts) else Standing.OPTIONAL, kept)
    if not _applies(field, kept, facts):
        return FieldState(field, Standing.NOT_APPLICABLE, kept)
    return FieldState(field, Standing.OPTIONAL if field.required == "optional" else Standing.MISSING, kept)


def _applies(field: FormField, kept: Kept, facts: Facts) -> bool:
    """True where the field is asked for in this case: `required` says when, `only_if` narrows it."""
    if kept.only_if is not None and kept.only_if not in facts.conditions:
        return False
    return field.required in ("always", "optional") or field.required in facts.conditions
