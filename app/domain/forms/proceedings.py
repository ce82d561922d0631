"""Proceedings against the person: milestones, what became of them, and telling the competent body."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Day,
    Form,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OptionalShort,
    OrganisationOf,
    Shown,
)


class RecordProceeding(Form):
    """Proceedings were begun against the person: by whom, when, for which kind of offence. No evidence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "VICTIM_PROSECUTION_STARTED",
                    "phase": "INVESTIGATION",
                    "begun_on": "2026-02-10",
                    "body_org_id": "01920f8a-5c0e-7a51-9a53-0a5c6a8e2f10",
                    "offence": "THEFT",
                }
            ]
        }
    )
    concept: ClassVar[str] = "proceedings.begin"

    id: Annotated[NewId | None, Shown("hidden")] = None
    kind: Annotated[str, CodeOf("legal_event"), Field(examples=["VICTIM_PROSECUTION_STARTED"])]
    begun_on: Day
    body_org_id: Annotated[UUID, OrganisationOf()]
    phase: Annotated[str, CodeOf("proceedings_phase"), Shown("select")]
    offence: Annotated[str, CodeOf("offence_category"), Shown("select")]
    offence_text: OptionalShort = None
    their_reference: OptionalShort = None
    """The body's own reference number: by it the body finds its file."""


class RecordPhase(Form):
    """The proceedings have come to another phase."""

    concept: ClassVar[str] = "proceedings.phase"

    phase: Annotated[str, CodeOf("proceedings_phase"), Shown("select")]
    on_day: Day


class RecordOutcome(Form):
    """What became of the proceedings."""

    concept: ClassVar[str] = "proceedings.outcome"

    event: Annotated[str, CodeOf("legal_event"), Field(examples=["NON_PUNISHMENT_GRANTED"])]
    on_day: Day
    note: OptionalLong = None


class RecordNotice(Form):
    """The competent body is told that the person is a victim."""

    concept: ClassVar[str] = "proceedings.notice"

    channel: Literal["letter", "official_mail", "by_hand"]
    sent_at: Moment
    person_told: Literal["yes", "no"]


class RetractProceeding(Form):
    """A record made by mistake is taken back, and why."""

    concept: ClassVar[str] = "proceedings.retract"

    reason: LongText
