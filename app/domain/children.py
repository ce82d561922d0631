"""What a child is owed: a guardian who is not the suspect, a best-interest assessment before each move, visits.

Sources: design, casework (The parts of a case; Invariants); knowledge, domain 1.6 ("Guardian recorded; best-interest
assessment before each move; no confrontation with family under suspicion"); profile (`child_participants`, routing
rules AL-R08 and XK-R08). None of it is a gate: an urgent move goes on with its reason on record.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from app.domain.problems import FieldError, Invalid, Problem

FAMILY_INVOLVED: Final = "FAMILY_INVOLVED"
"""The code of risk_domain under which nobody of the family decides for the child."""

Move = Literal[
    "placement",
    "to_family",
    "to_other_shelter",
    "abroad",
    "other",
]
"""What is about to change for the child: into a shelter, to the family, to another place, to another state. Another bed
of the same house is no move of the child."""

MOVES_ON_LEAVING: Final = {
    "to_family": "to_family",
    "to_other_shelter": "to_other_shelter",
    "planned_move": "other",
    "returned_country": "abroad",
    "own_choice": "other",
    "other": "other",
}
"""Which move the end of a stay is, by its reason; a child that is lost (`contact_lost`) was not moved by anybody."""


class NotForAdults(Problem):
    """An act that is for children only, about somebody who is an adult on that day (409)."""

    status = 409


def check_child(child: bool, act: str) -> None:
    """Refuse an act that is for children only. `act` names it: guardian, best_interest, separation, worker, visit."""
    if not child:
        raise NotForAdults(f"child.adult.{act}")


def check_moment(field: str, at: datetime, opened: datetime) -> None:
    """Refuse what is dated before the case began; raises Invalid."""
    if at < opened:
        raise Invalid.one(field, "child.before_case")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who shall become the guardian. `recruiter`: the code of recruiter_relationship that means the same relation.

    `suspected`: whoever records it knows of a suspicion. `other_person`: why this is not who is suspected in the file.
    """

    relation: str
    family: bool
    parent: bool
    recruiter: str | None
    suspected: bool
    other_person: str = ""


def check_guardian(candidate: Candidate, risk_domains: Collection[str], recruiters: Collection[str]) -> None:
    """Refuse a guardian who is, or may be, the exploiter; raises Invalid naming the reason.

    `risk_domains` are those of the standing risk assessments, `recruiters` the relations of the recruiters that the
    file knows. A parent is refused where a parent recruited; of other relations another person than the suspect may be
    named with a reason.
    """
    if candidate.suspected:
        raise Invalid.one("suspected", "guardian.suspected")
    if candidate.family and FAMILY_INVOLVED in risk_domains:
        raise Invalid.one("relation", "guardian.family_involved")
    if candidate.recruiter is not None and candidate.recruiter in recruiters:
        if candidate.parent:
            raise Invalid.one("relation", "guardian.parent_recruited")
        if not candidate.other_person.strip():
            raise Invalid.one("other_person", "guardian.relation_recruited")


@dataclass(frozen=True, slots=True)
class BestInterest:
    """A best-interest assessment: made when, for which move."""

    id: UUID
    assessed_at: datetime
    move: str
    superseded: bool = False


def fresh(assessments: Iterable[BestInterest], last_move: datetime | None, at: datetime) -> BestInterest | None:
    """Return the assessment that covers the next move: the latest one made after the last move, None where none is.

    Each move uses its assessment up: before the next one somebody looks again.
    """
    usable = [
        one
        for one in assessments
        if not one.superseded and one.assessed_at <= at and (last_move is None or one.assessed_at > last_move)
    ]
    return max(usable, key=lambda one: one.assessed_at, default=None)


def check_best_interest(participants: Collection[str], required: Collection[str], heard: str, view: str | None) -> None:
    """Refuse an assessment without the child-protection worker, or one that says the child was heard and not what
    the child said. Raises Invalid.

    `participants` and `required` are codes of organisation_kind; of `required` (the profile's child_participants) each
    must have taken part.
    """
    errors: list[FieldError] = []
    missing = [kind for kind in required if kind not in participants]
    if missing:
        errors.append(FieldError("participants", "best_interest.worker_missing", {"missing": missing}))
    if heard == "yes" and not (view or "").strip():
        errors.append(FieldError("child_view", "best_interest.view_missing", {}))
    if errors:
        raise Invalid(errors)


def check_separation(alone: bool, foreign_only: bool, own_citizen: bool) -> None:
    """Refuse calling a citizen of the country an unaccompanied (foreign) minor. Raises Invalid."""
    if alone and foreign_only and own_citizen:
        raise Invalid.one("status", "separation.not_foreign")
