"""Initial identification: begun, observed by officers of one or several organisations, decided by a person."""

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
    OrganisationOf,
    PlaceOf,
    ShortText,
    Shown,
    blank_is_none,
)

OfficerRole = Literal[
    "social_worker",
    "child_protection",
    "psychologist",
    "police",
    "border_police",
    "labour_inspector",
    "health",
    "education",
    "legal",
    "consular",
    "other",
]
"""What an officer who takes part does by profession."""

SomeId = Annotated[UUID | None, BeforeValidator(blank_is_none)]
SomeMoment = Annotated[Moment | None, BeforeValidator(blank_is_none)]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [values]})


class StartIdentification(Form):
    """The checklist is opened. Where no `sets` are named, the profile's own list is; others can be opened later.

    `from_identification` takes over what was answered in an earlier one of the same case, so that nobody asks twice.
    """

    model_config = _example(
        started_at="2026-03-02T11:00:00+01:00",
        place="AL-06-02",
        border_circumstances=["BCP", "ACCOMPANIED"],
        interpreter="not_needed",
        police_present=False,
        sets=["al-sop-initial", "unodc-begging"],
    )
    concept: ClassVar[str] = "identification"

    id: Annotated[NewId | None, Shown("hidden")] = None
    started_at: Moment
    place: Annotated[str | None, PlaceOf("municipality"), BeforeValidator(blank_is_none)] = None
    border_circumstances: Annotated[tuple[str, ...], CodeOf("border_circumstance"), Field(max_length=10)] = ()
    interpreter: Interpreter = "not_needed"
    police_present: bool = False
    circumstances: OptionalLong = None
    sets: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    from_identification: SomeId = None


class Answer(Form):
    """What was seen of one indicator: `yes`, `no`, `unknown`, `not_asked`, or the code of one of its answers."""

    concept: ClassVar[str] = "identification"

    code: ShortText
    answer: ShortText
    note: OptionalLong = None


class RecordAnswers(Form):
    """Answers to indicators of one set in the version of the case; those not named stay as they are.

    `officer_id` is who saw it, the caller where None; `observed_at` is when, now where None.
    """

    model_config = _example(
        set_id="al-sop-initial", set_version="0.1.0", answers=[{"code": "AI09", "answer": "yes", "note": None}]
    )
    concept: ClassVar[str] = "identification"

    set_id: ShortText
    set_version: ShortText
    officer_id: SomeId = None
    observed_at: SomeMoment = None
    answers: Annotated[tuple[Answer, ...], Field(max_length=200)]


class StateIntent(Form):
    """The facts that show an intent to exploit, where nobody has been exploited yet; None takes them back."""

    model_config = _example(facts="Bileta e blerë nga burri që e priste; dhoma me çelës nga jashtë.")
    concept: ClassVar[str] = "identification"

    facts: OptionalLong = None


class AddOfficer(Form):
    """Somebody joins: an organisation, or one named person of it, who then sees milestones and identification.

    What they see ends with the decision, or at `until` where that comes first.
    """

    model_config = _example(org_id="01890f3e-0000-7000-8000-000000000000", role="police", until=None)
    concept: ClassVar[str] = "identification"

    org_id: Annotated[UUID, OrganisationOf()]
    role: OfficerRole = "other"
    account_id: SomeId = None
    joined_at: SomeMoment = None
    until: SomeMoment = None


class DecideIdentification(Form):
    """The officer's own decision, with the reason. A result below the threshold is explained.

    `refused_by_person`: an adult did not want to be identified; helped all the same and counted without a name, once:
    `refused_before` is the case of an earlier refusal of the same nameless person, where the officer recognises them.
    `corrects` is the decided identification that this one puts right.
    """

    model_config = _example(
        result="VMT",
        decided_at="2026-03-02T12:30:00+01:00",
        decision_reason="Tre tregues të vërtetuar në bisedë; dokumentet ia mban punëdhënësi.",
    )
    concept: ClassVar[str] = "identification"

    result: Literal["VMT", "AT_RISK", "NO_INDICATION"]
    decided_at: Moment
    decision_reason: LongText
    override_reason: OptionalLong = None
    refused_by_person: Literal["yes", "no"] = "no"
    refusal_reason: Annotated[str | None, CodeOf("refusal_reason"), BeforeValidator(blank_is_none)] = None
    refused_before: SomeId = None
    corrects: SomeId = None
