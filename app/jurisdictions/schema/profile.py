"""Form of `profile.yaml`."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from app.domain.code_lists import Status
from app.domain.procedures import AppliesTo, Bound, EarlyEnd, Severity, SignatureRule
from app.domain.procedures import Place as TeamPlace
from app.domain.signals import DetailKind
from app.jurisdictions.schema.base import Duration, Jurisdiction, Key, Many, Strict, Text, Texts, Version


class ActFile(Strict):
    """An act of law."""

    code: Key
    title: Texts
    source: Text
    status: Status
    note: Text | None = None


class PrincipleFile(Strict):
    """A principle of the procedure."""

    code: Key
    text: Texts
    source: Text


class StageFile(Texts):
    """A stage of the procedure."""

    code: Key
    order: int


class StepFile(Strict):
    """A step of the procedure."""

    step: Key
    order: int
    performed_by: Many[Key] = Field(min_length=1)
    source: Text
    status: Status
    child_also: Many[Key] = ()
    documents: Many[Key] = ()
    event: Key | None = None
    package_phase: Key | None = None
    child_only: bool = False
    optional_for: Literal["adult", "child"] | None = None
    police_required: bool | None = None
    decision_aids: Many[Key] = ()
    results: Many[Key] = ()
    notify: Many[Key] = ()
    notify_child: Many[Key] = ()
    risk_levels: Many[Key] = ()
    repeat: Text | None = None
    team: Literal["formal_identification"] | None = None
    signatures: Text | None = None
    needs: Text | None = None
    note: Text | None = None


class FormFieldFile(Strict):
    """A field of a form."""

    field: Key
    type: Key
    required: Annotated[str, StringConstraints(pattern=r"^(always|optional|adult|child|on_answer|if_[a-z_]+)$")]
    store: Literal["case", "vault", "aggregate"]
    list: Key | None = None
    multiple: bool = False
    note: Text | None = None


class FormFile(Strict):
    """A form of the procedure."""

    code: Key
    document_kind: Key
    title: Texts
    min_fields: Many[FormFieldFile]
    version: Version
    status: Status
    source: Text
    repeatable: bool = False
    printable_one_page: bool = False
    data_rule: Text | None = None


class DeadlineFile(Strict):
    """A deadline rule; a duration of null means that no number was found, and the rule is then off."""

    id: Key
    from_event: Key
    to_event: Key
    duration: Duration | None
    bound: Bound
    recurring: bool
    applies_to: AppliesTo
    severity: Severity
    status: Status
    enabled: bool
    source: Text
    note: Text | None = None
    escalates: bool = True


class PauseFile(Strict):
    """What makes time stand still; no rules named: all of them."""

    from_event: Key
    until_event: Key
    rules: Many[Key] = ()
    status: Status
    source: Text


class EscalationFile(Strict):
    """When an overdue task rises to the Responsible Authority; null: at once, and never again."""

    after: Duration | None
    again: Duration | None
    status: Status
    source: Text


class OwnTermsFile(Strict):
    """Terms for which no source knows a number: ours, until somebody confirms them."""

    reveal_review: Duration
    risk_word: Duration
    risk_access: Duration
    status: Status
    source: Text


class NonPunishmentFile(Strict):
    """`non_punishment` of a profile."""

    acts: Many[Key] = Field(min_length=1)
    bodies: Many[Key] = Field(min_length=1)
    status: Status
    source: Text


class TeamFile(Strict):
    """A team of the formal identification."""

    place: TeamPlace
    age: Literal["adult", "child"]
    required: Many[Key] = Field(min_length=1)
    optional: Many[Key] = ()


RequestedBy = Literal["person", "person_supported", "guardian", "representative", "team"]
"""Who asks for the formal identification."""


class MarkedDuration(Strict):
    """A duration with its mark and source."""

    duration: Duration | None
    status: Status
    source: Text


class FormalFile(Strict):
    """`formal_identification` of a profile."""

    name: Texts
    team: Many[TeamFile]
    status: Status
    source: Text
    voluntary_for_adults: bool | None
    starts_after: Key | None = None
    early_start: Text | None = None
    wish_of_person: Text | None = None
    requested_by: dict[Literal["adult", "child"], Many[RequestedBy]] = Field(default_factory=dict)
    signatures: SignatureRule = "all"
    appeal: MarkedDuration | None = None


class LetterPartFile(Strict):
    """A paragraph of a letter."""

    code: Key
    when: Literal["any", "VT", "NOT_RECOGNISED"] = "any"
    heading: Texts | None = None
    text: Texts


class LetterFile(Strict):
    """A letter of the procedure."""

    code: Key
    title: Texts
    parts: Many[LetterPartFile] = Field(min_length=1)
    version: Version
    status: Status
    source: Text


class PermitFile(MarkedDuration):
    """The permit to stay during the reflection period."""

    permit: Text


class EarlyEndFile(Strict):
    """Whether a reflection period may end before its minimum."""

    national: EarlyEnd
    foreign: EarlyEnd
    status: Status
    source: Text


class ReflectionFile(Strict):
    """`reflection` of a profile."""

    who: dict[Literal["adult", "child", "foreign", "national"], bool | None]
    who_status: Status
    min: MarkedDuration
    expected: MarkedDuration
    no_interview_pressure: Literal[True]
    not_conditional_on_testimony: Literal[True]
    residence: PermitFile
    early_end: EarlyEndFile
    formal_interview_before_end: Text | None = None
    end_of_permit_needs: Text | None = None


class ChildFile(Strict):
    """`child` of a profile."""

    under_age: int = Field(ge=1, le=21)
    in_doubt_is_child: bool
    means_required: bool
    consent_is_condition: bool
    source: Text
    status: dict[Literal["under_age", "means_required", "in_doubt_is_child", "consent_is_condition"], Status]


class ChildParticipantsFile(Strict):
    """`child_participants` of a profile."""

    required: Many[Key] = Field(min_length=1)
    guardian_or_representative: bool
    interview: dict[Key, str | bool]
    source: Text
    status: Status
    psychologist: Text | None = None
    not_allowed: Text | None = None


class RiskScaleFile(Strict):
    """`risk_scale` of a profile."""

    levels: Many[Key] | None
    flag: Key
    status: Status
    note: Text | None = None
    source: Text | None = None
    decides: Text | None = None


class StatusLabelsFile(Strict):
    """`status_labels` of a profile."""

    use: Many[Key]
    never_show: Many[Text]
    short: dict[Key, Text] = Field(default_factory=dict)
    label_profile: Jurisdiction | None = None
    note: Text | None = None


class RoutingFile(Strict):
    """A routing rule; the keys of `when` and `then` are checked in `references.py`."""

    id: Key
    when: dict[Key, Any]
    then: dict[Key, Any]
    source: Text
    status: Status
    note: Text | None = None


class LanguagesFile(Strict):
    """`languages` of a profile."""

    ui: Many[Key]
    official: Many[Key]
    forms: Many[Key]
    status: Status | None = None


class SetUseFile(Strict):
    """`indicator_sets` of a profile."""

    default: Many[Key]
    available: Many[Key]
    off_until_checked: Many[Key]
    note: Text | None = None


class AidUseFile(Strict):
    """One entry of `decision_aids` of a profile; `minimum` and `unit` override the rule's parameters."""

    enabled: bool
    minimum: int | None = Field(default=None, ge=1)
    unit: Literal["indicator", "group", "dimension"] | None = None
    status: Status | None = None
    note: Text | None = None


class DetailFile(Strict):
    """One entry of `signal_details`: a question that only some channels of a signal ask."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: DetailKind
    channels: Many[Key] = Field(min_length=1)
    label: Texts
    source: Text
    status: Status
    hint: Texts | None = None
    list: Key | None = None
    set: Key | None = None
    only: Many[Key] = ()
    leave_out: Many[Key] = Field(default=(), alias="except")


class NumberFile(Strict):
    """A telephone number to call instead of writing."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 +-]{1,20}$")]
    label: Texts
    source: Text
    status: Status


class UrgencyFile(Strict):
    """How urgent a report from the public is."""

    danger: Key
    otherwise: Key


class PublicReportFile(Strict):
    """`public_report` of a profile."""

    channel: Key
    urgency: UrgencyFile
    queue_kind: Key
    queue: Many[Key]
    languages: Many[Key] = Field(min_length=1)
    numbers: Many[NumberFile] = Field(min_length=1)
    source: Text
    status: Status


class ProfileFile(Strict):
    """`profile.yaml`."""

    id: Key
    jurisdiction: Jurisdiction
    title: Texts
    version: Version
    shared: Version
    timezone: Text
    status: Status
    warning: Texts | None
    confirmed_by: Text | None
    confirmed_on: date | None
    valid_from: date | None
    valid_to: date | None
    languages: LanguagesFile
    terms: dict[Key, Text]
    legal_frame: Many[ActFile]
    child: ChildFile
    principles: Many[PrincipleFile]
    stages: Many[StageFile]
    steps: Many[StepFile]
    formal_identification: FormalFile
    child_participants: ChildParticipantsFile
    forms: Many[FormFile]
    letters: Many[LetterFile] = ()
    deadline_rules: Many[DeadlineFile]
    deadline_pauses: Many[PauseFile]
    escalation: EscalationFile
    own_terms: OwnTermsFile
    reflection: ReflectionFile
    non_punishment: NonPunishmentFile
    risk_scale: RiskScaleFile
    status_labels: StatusLabelsFile
    routing_rules: Many[RoutingFile]
    reporting: dict[Key, Text]
    indicator_sets: SetUseFile
    decision_aids: dict[Key, AidUseFile]
    statistics: dict[Key, str | int | bool]
    signal_details: Many[DetailFile] = ()
    public_report: PublicReportFile | None = None
