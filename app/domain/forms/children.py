"""What is recorded about a child as a child: age, who is with the child, guardian, best interest, worker, visits."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.children import Move
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
    ShortText,
    Shown,
    blank_is_none,
)

OptionalId = Annotated[UUID | None, BeforeValidator(blank_is_none)]
Years = Annotated[int | None, Field(ge=0, le=120), BeforeValidator(blank_is_none)]
OptionalDay = Annotated[Day | None, BeforeValidator(blank_is_none)]


class AssessAge(Form):
    """How old somebody is found to be, on what basis; a doubt is a child."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "assessed_at": "2026-03-04T10:00:00+01:00",
                    "basis": "PSYCHOSOCIAL_INTERVIEW",
                    "result": "in_doubt",
                    "years_from": 16,
                    "years_to": 19,
                    "benefit_of_doubt": True,
                    "agreed": "given",
                }
            ]
        }
    )
    concept: ClassVar[str] = "children"

    id: Annotated[NewId | None, Shown("hidden")] = None
    assessed_at: Moment
    basis: Annotated[str, CodeOf("age_assessment_basis")]
    result: Literal["child", "in_doubt", "adult"]
    years_from: Years = None
    years_to: Years = None
    benefit_of_doubt: bool = False
    agreed: Literal["given", "refused", "not_able", "court"] = "given"
    assessed_by_org_id: Annotated[OptionalId, OrganisationOf()] = None
    officer: OptionalShort = None
    note: OptionalLong = None
    corrects: Annotated[OptionalId, Shown("hidden")] = None


class RecordSeparation(Form):
    """Who is with the child."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"observed_at": "2026-03-02T10:30:00+01:00", "status": "SEPARATED_CHILD"}]}
    )
    concept: ClassVar[str] = "children"

    id: Annotated[NewId | None, Shown("hidden")] = None
    observed_at: Moment
    status: Annotated[str, CodeOf("separation_status"), Shown("radios")]
    note: OptionalLong = None
    corrects: Annotated[OptionalId, Shown("hidden")] = None


class AppointGuardian(Form):
    """Who decides for the child, by whose decision; never somebody under suspicion."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "appointed_at": "2026-03-06T12:00:00+01:00",
                    "name": "Besa Demo",
                    "relation": "APPOINTED_GUARDIAN",
                    "decision_body": "COURT",
                    "decision_number": "112/2026",
                    "contact_safe": "yes",
                }
            ]
        }
    )
    concept: ClassVar[str] = "children"

    id: Annotated[NewId | None, Shown("hidden")] = None
    name: ShortText
    relation: Annotated[str, CodeOf("guardian_relation"), Shown("radios")]
    suspected: bool = False
    other_person: OptionalLong = None
    appointed_at: Moment
    decision_body: Annotated[str, CodeOf("organisation_kind"), Shown("autocomplete")]
    decision_number: OptionalShort = None
    guardian_org_id: Annotated[OptionalId, OrganisationOf()] = None
    contact: OptionalShort = None
    contact_safe: Literal["yes", "no", "unknown"] = "unknown"
    note: OptionalLong = None


class EndGuardian(Form):
    """The end of a guardianship, with its reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ended_at": "2026-06-01T09:00:00+02:00", "reason": "SUSPECTED"}]}
    )
    concept: ClassVar[str] = "children"

    ended_at: Moment
    reason: Annotated[str, CodeOf("guardian_end_reason"), Shown("radios")]
    note: OptionalLong = None


class AssessBestInterest(Form):
    """What is best for the child, before a move: options, the child's own view, what follows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "assessed_at": "2026-03-03T09:00:00+01:00",
                    "move": "placement",
                    "options": ["SHELTER_NGO", "FOSTER_FAMILY"],
                    "child_heard": "yes",
                    "child_view": "Do të rrijë me motrën.",
                    "conclusion": "SHELTER_NGO",
                    "reasoning": "Motra është atje dhe vendi është i sigurt.",
                    "participants": ["CHILD_PROTECTION_UNIT", "MENTAL_HEALTH"],
                }
            ]
        }
    )
    concept: ClassVar[str] = "children"

    id: Annotated[NewId | None, Shown("hidden")] = None
    assessed_at: Moment
    move: Annotated[Move, Shown("radios")]
    options: Annotated[tuple[str, ...], CodeOf("accommodation_kind"), Field(min_length=1, max_length=12)]
    child_heard: Literal["yes", "not_able", "no"]
    child_view: OptionalLong = None
    conclusion: Annotated[str, CodeOf("accommodation_kind")]
    reasoning: LongText
    participants: Annotated[tuple[str, ...], CodeOf("organisation_kind"), Field(min_length=1, max_length=12)]
    guardian_heard: bool = False
    corrects: Annotated[OptionalId, Shown("hidden")] = None


class AssignChildWorker(Form):
    """The child-protection worker of this child: a unit, and a person of it where one is named."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"worker_org_id": "01920f8a-5c0e-7a51-9a53-0a5c6a8e2f10", "since": "2026-03-02T12:00:00+01:00"}
            ]
        }
    )
    concept: ClassVar[str] = "children"

    id: Annotated[NewId | None, Shown("hidden")] = None
    worker_org_id: Annotated[UUID, OrganisationOf()]
    worker_account_id: Annotated[OptionalId, Shown("autocomplete")] = None
    since: Moment


class EndChildWorker(Form):
    """The worker no longer follows the child."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "another_worker"}]})
    concept: ClassVar[str] = "children"

    reason: Annotated[
        Literal["another_worker", "child_of_age", "conflict_of_interest", "case_ended", "other"], Shown("radios")
    ]


class InviteMonitor(Form):
    """Let the child-rights agency follow the case: its dates and stages, nothing else."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agency_org_id": "01920f8a-5c0e-7a51-9a53-0a5c6a8e2f10"}]}
    )
    concept: ClassVar[str] = "children"

    agency_org_id: Annotated[UUID, OrganisationOf()]


class RecordVisit(Form):
    """A monitoring visit of the child-rights agency."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "visited_at": "2026-04-10T11:00:00+02:00",
                    "child_seen": "alone",
                    "findings": ["SAFE_AND_CARED", "NO_SCHOOL"],
                    "next_visit_on": "2026-07-10",
                }
            ]
        }
    )
    concept: ClassVar[str] = "children"

    id: Annotated[NewId | None, Shown("hidden")] = None
    visited_at: Moment
    child_seen: Literal["alone", "with_others", "not_seen"]
    findings: Annotated[tuple[str, ...], CodeOf("child_monitoring_finding"), Field(min_length=1, max_length=12)]
    next_visit_on: OptionalDay = None
    note: OptionalLong = None
    corrects: Annotated[OptionalId, Shown("hidden")] = None
