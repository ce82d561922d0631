"""Risk: what threatens somebody, how high it is where the jurisdiction has a scale, and who says so together."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.domain.forms.fields import (
    CodeOf,
    Day,
    Form,
    LongText,
    Moment,
    NewId,
    OptionalLong,
    OrganisationOf,
    Shown,
    blank_is_none,
)


class AssessorNamed(Form):
    """One person who rates with the others."""

    concept: ClassVar[str] = "risks"

    org_id: Annotated[UUID, OrganisationOf()]
    account_id: UUID


class AssessRisk(Form):
    """An assessment of risk: repeatable, with measures and the day of the next look."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "assessed_at": "2026-03-02T15:00:00+01:00",
                    "purpose": "PERIODIC",
                    "level": "NOT_RATED",
                    "immediate_danger": False,
                    "domains": ["TRAFFICKER_ACCESS"],
                    "needs": ["SAFETY"],
                    "location": "in_country",
                    "measures": "Numri i telefonit u ndryshua.",
                    "next_review_on": "2999-06-02",
                }
            ]
        }
    )
    concept: ClassVar[str] = "risks"

    id: Annotated[NewId | None, Shown("hidden")] = None
    assessed_at: Moment
    immediate_danger: bool = False
    level: Annotated[str, CodeOf("risk_level"), Shown("radios")]
    domains: Annotated[tuple[str, ...], CodeOf("risk_domain"), Field(max_length=24)] = ()
    measures: OptionalLong = None
    person_view: OptionalLong = None
    purpose: Annotated[str, CodeOf("risk_assessment_purpose")]
    needs: Annotated[tuple[str, ...], CodeOf("need_domain"), Field(max_length=20)] = ()
    persons_at_risk: Annotated[tuple[str, ...], CodeOf("person_category"), Field(max_length=20)] = ()
    location: Literal["in_country", "abroad", "unknown"] = "in_country"
    proceedings_phase: Annotated[str | None, CodeOf("proceedings_phase"), BeforeValidator(blank_is_none)] = None
    best_interest: OptionalLong = None
    next_review_on: Annotated[Day | None, BeforeValidator(blank_is_none)] = None
    assessors: Annotated[tuple[AssessorNamed, ...], Field(max_length=6)] = ()


class ObjectToRisk(Form):
    """Somebody who rates does not agree, and says why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Trafikanti është liruar."}]})
    concept: ClassVar[str] = "risks"

    reason: LongText
