"""The formal identification: what is recorded at each step, from the person's own request to appeal and letter."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Form,
    Interpreter,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OptionalShort,
    OrganisationOf,
    ShortText,
    Shown,
    blank_is_none,
)

SomeId = Annotated[UUID | None, BeforeValidator(blank_is_none)]
OptionalCode = BeforeValidator(blank_is_none)
RequestedBy = Literal["person", "person_supported", "guardian", "representative", "team"]
"""Who asks: the person, with or without support, or whoever the profile lets ask for them."""
PlaceKind = Literal["territory", "border"]
Setting = Literal[
    "shelter", "social_service", "child_room", "police", "border_point", "health", "prosecution", "home", "other"
]
"""What kind of place the interview was held in; never an address."""
EVIDENCE = (
    r"^(observation|exploitation|identification|formal_interview|note):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
)
"""A thing in the file of the case: its kind and id."""


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class RequestFormal(Form):
    """The person asks for formal identification, or whoever the profile lets ask for a child.

    `early_reason`: why it is asked for although the person's own time goes on.
    """

    model_config = _example(
        requested_at="2026-03-20T10:00:00+01:00",
        requested_by="person",
        form="WRITTEN",
        place_kind="territory",
        officer_sex="female",
        language="sq",
        interpreter="not_needed",
    )
    concept: ClassVar[str] = "formal_identification"

    id: Annotated[NewId | None, Shown("hidden")] = None
    requested_at: Moment
    requested_by: RequestedBy
    requester_suspected: Literal["yes", "no", "not_asked"] = "not_asked"
    form: Annotated[str, CodeOf("consent_form")]
    place_kind: PlaceKind = "territory"
    officer_sex: Literal["female", "male", "no_preference", "not_asked"] = "not_asked"
    language: Annotated[str | None, CodeOf("language"), OptionalCode] = None
    interpreter: Interpreter = "not_needed"
    wish: OptionalLong = None
    early_reason: OptionalLong = None


class NameMember(Form):
    """Somebody becomes a member of the team: a person of an organisation, or a named officer outside the program.

    Who is named without an account sees nothing here and signs nothing.
    """

    model_config = _example(
        org_id="01890f3e-0000-7000-8000-000000000000", account_id="01890f3e-0000-7000-8000-000000000001"
    )
    concept: ClassVar[str] = "formal_identification"

    id: Annotated[NewId | None, Shown("hidden")] = None
    org_id: Annotated[UUID, OrganisationOf()]
    account_id: SomeId = None
    outside_name: OptionalShort = None


class DeclareConflict(Form):
    """A member's own word about a conflict of interest; a declared one ends the membership at once."""

    model_config = _example(answer="none")
    concept: ClassVar[str] = "formal_identification"

    answer: Literal["none", "declared"]
    conflict_reason: OptionalLong = None


class RecordInterview(Form):
    """An interview of the team. `officers` are members; what a child or a further interview needs is asked for."""

    model_config = _example(
        occurred_at="2026-04-02T10:00:00+02:00",
        officers=["01890f3e-0000-7000-8000-000000000002"],
        kind="FORMAL_IDENTIFICATION",
        setting="shelter",
        interpreter="not_needed",
        summary="Tregoi vetë, pa u nxitur; u bënë dy pushime.",
    )
    concept: ClassVar[str] = "formal_identification"

    id: Annotated[NewId | None, Shown("hidden")] = None
    occurred_at: Moment
    officers: Annotated[tuple[UUID, ...], Field(max_length=10)] = ()
    kind: Annotated[str, CodeOf("interview_kind")] = "FORMAL_IDENTIFICATION"
    setting: Setting = "other"
    interpreter: Interpreter = "not_needed"
    child_friendly_room: Annotated[bool | None, OptionalCode] = None
    audiovisual: Annotated[bool | None, OptionalCode] = None
    guardian: Literal["guardian", "representative", "absent", "not_needed"] = "not_needed"
    best_interest: OptionalLong = None
    further_reason: OptionalLong = None
    person_asked_earlier: bool = False
    asked_note: OptionalLong = None
    summary: LongText


class RecordGround(Form):
    """The team's finding on one element, with its reasons and what in the file carries it."""

    model_config = _example(
        element="act",
        finding="present",
        reasoning="U transportua dhe u mbajt nga i njëjti person.",
        evidence=["exploitation:01890f3e-0000-7000-8000-000000000003"],
    )
    concept: ClassVar[str] = "formal_identification"

    element: Literal["act", "means", "purpose"]
    finding: Literal["present", "not_shown"]
    reasoning: LongText
    evidence: Annotated[tuple[Annotated[str, Field(pattern=EVIDENCE, max_length=60)], ...], Field(max_length=100)] = ()


class ProposeDecision(Form):
    """What a member proposes to the team; frozen by the first signature."""

    model_config = _example(result="VT", reasoning="Të gjithë elementet u gjetën.", legal_basis=["PC_110A"])
    concept: ClassVar[str] = "formal_identification"

    id: Annotated[NewId | None, Shown("hidden")] = None
    result: Literal["VT", "NOT_RECOGNISED"]
    reasoning: LongText
    legal_basis: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=20)]


class SignDecision(Form):
    """A member's own signature: with a fresh code, under exactly the content that was read (its SHA-256)."""

    model_config = _example(
        content_sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", vote="agrees", code="492013"
    )
    concept: ClassVar[str] = "formal_identification"

    content_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), Shown("hidden")]
    vote: Literal["agrees", "dissents"]
    dissent: OptionalLong = None
    code: ShortText


class TakeDecision(Form):
    """The decision is taken as proposed and signed."""

    model_config = _example(decided_at="2026-04-10T12:00:00+02:00")
    concept: ClassVar[str] = "formal_identification"

    decided_at: Moment


class MakeLetter(Form):
    """The decision letter in a language of the profile's letters; made once, then kept."""

    model_config = _example(letter_language="sq")
    concept: ClassVar[str] = "formal_identification"

    letter_language: Annotated[str, CodeOf("language")]


class HandOverLetter(Form):
    """A letter is handed over: when, how, to whom, explained in which language."""

    model_config = _example(
        letter_id="01890f3e-0000-7000-8000-000000000004",
        given_at="2026-04-11T09:00:00+02:00",
        way="in_person",
        recipient="person",
        explained_in="sq",
        interpreter="not_needed",
        explained=True,
        refused_to_take=False,
    )
    concept: ClassVar[str] = "formal_identification"

    letter_id: UUID
    given_at: Moment
    way: Literal["in_person", "through_representative", "post"]
    recipient: Literal["person", "guardian", "representative", "lawyer"]
    explained_in: Annotated[str, CodeOf("language")]
    interpreter: Interpreter = "not_needed"
    explained: bool = False
    refused_to_take: bool = False
    hand_over_note: OptionalLong = None


class AppealDecision(Form):
    """The person appeals; a late appeal is recorded and shown as late, never refused."""

    model_config = _example(appealed_at="2026-04-20T09:00:00+02:00", appealed_by="person")
    concept: ClassVar[str] = "formal_identification"

    appealed_at: Moment
    appealed_by: Literal["person", "guardian", "representative", "lawyer"]
    appeal_reason: OptionalLong = None


class Reconsider(Form):
    """The team decides anew, with a reason; after an appeal or because new facts are known."""

    model_config = _example(reopened_at="2026-05-02T09:00:00+02:00", review_reason="Doli një dëshmi e re.")
    concept: ClassVar[str] = "formal_identification"

    reopened_at: Moment
    review_reason: LongText


class WithdrawFormal(Form):
    """The person takes the request back, at any time before the decision. Help and status stay."""

    model_config = _example(withdrawn_at="2026-04-01T09:00:00+02:00", withdrawal_form="ORAL_WITNESSED")
    concept: ClassVar[str] = "formal_identification"

    withdrawn_at: Moment
    withdrawal_form: Annotated[str, CodeOf("consent_form")]
    withdrawal_note: OptionalLong = None
