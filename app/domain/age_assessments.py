"""Age assessments: what one says about how the person is treated, and which of several stands on a date.

An assessment is a dated event; a later one never erases an earlier one. Only an adult finding on a firm basis, without
a year below eighteen and without the benefit of the doubt, ends the treatment as a child.
Sources: design, casework (Person: "age in doubt = treated as a child until shown otherwise"); Council of Europe
Convention on Action against Trafficking, art. 10 (3); which basis is firm: code list age_assessment_basis, to_confirm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from app.domain.age import ADULT_AT, OLDEST, AgeKnowledge, Answer, EstimatedAge, is_child_at
from app.domain.problems import FieldError, Invalid

Result = Literal["child", "adult", "in_doubt"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment. `years_from` to `years_to`: completed years found, both included, None where nobody said.

    `firm`: the basis can show that somebody is an adult. `on`: the day it was made, in the jurisdiction's zone.
    `superseded`: a correction took its place.
    """

    id: UUID
    result: Result
    on: date
    recorded_at: datetime
    firm: bool
    basis: str
    years_from: int | None = None
    years_to: int | None = None
    benefit_of_doubt: bool = False
    superseded: bool = False


def check_assessment(
    result: Result, years_from: int | None, years_to: int | None, benefit_of_doubt: bool, medical: bool, agreed: str
) -> None:
    """Refuse an assessment that contradicts itself; raises Invalid with every broken field.

    `agreed` is the person's word about being examined: a medical examination without a yes is not recorded as one.
    """
    errors: list[FieldError] = []
    least, most = years_from, years_to if years_to is not None else years_from
    if years_from is None and (years_to is not None or result == "adult"):
        errors.append(FieldError("years_from", "age_assessment.years_missing", {}))
    if least is not None and most is not None and most < least:
        errors.append(FieldError("years_to", "age.range_reversed", {}))
    elif result == "child" and least is not None and least >= ADULT_AT:
        errors.append(FieldError("result", "age_assessment.child_of_adult_years", {}))
    elif result == "adult" and most is not None and most < ADULT_AT:
        errors.append(FieldError("result", "age_assessment.adult_of_child_years", {}))
    elif result == "adult" and benefit_of_doubt:
        errors.append(FieldError("result", "age_assessment.adult_with_doubt", {}))
    if medical and agreed not in ("given", "court"):
        errors.append(FieldError("agreed", "age_assessment.medical_without_consent", {}))
    if errors:
        raise Invalid(errors)


def knowledge_of(assessment: Assessment) -> AgeKnowledge:
    """Return what an assessment lets one know of the age; doubted unless it shows an adult, or says how old a child is.

    Without years a child is 0 to 17, an adult 18 or more, somebody in doubt anything.
    """
    low, high = {"child": (0, ADULT_AT - 1), "adult": (ADULT_AT, OLDEST), "in_doubt": (0, OLDEST)}[assessment.result]
    if assessment.years_from is not None:
        low = assessment.years_from
        high = assessment.years_to if assessment.years_to is not None else assessment.years_from
    shown = assessment.result == "adult" and assessment.firm and not assessment.benefit_of_doubt and low >= ADULT_AT
    doubted = not shown and assessment.result != "child"
    return AgeKnowledge(estimate=EstimatedAge(low, high, assessment.on, assessment.basis), doubted=doubted)


def treated_as(assessment: Assessment, on: date) -> Answer:
    """Say how the person is treated on a date by one assessment: with time a child grows up, the doubt stays."""
    answer = is_child_at(knowledge_of(assessment), on)
    if assessment.result == "in_doubt" or (assessment.result == "adult" and knowledge_of(assessment).doubted):
        return Answer(child=True, in_doubt=True)
    return answer


def standing(assessments: Iterable[Assessment], on: date) -> Assessment | None:
    """Return the assessment that stands on a date: the latest made by then that nobody corrected, None where none was.

    Of two on one day the one recorded later stands.
    """
    known = [one for one in assessments if one.on <= on and not one.superseded]
    return max(known, key=lambda one: (one.on, one.recorded_at), default=None)
