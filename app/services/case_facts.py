"""The codes about a person that a case file shows without identity, derived from the vault's record."""

from datetime import date
from typing import Any

from app.domain.age import AgeKnowledge, Band, BirthDate, EstimatedAge, age_group, check_age, is_child_at
from app.domain.citizenship import citizenship_group
from app.domain.forms.cases import Identity
from app.domain.problems import FieldError, Invalid
from app.domain.profile import Profile

AGE_SET = "five_year"

_AGE_FIELDS = {
    "birth.year": "birth_year",
    "birth.month": "birth_month",
    "birth.day": "birth_day",
    "estimate.years_from": "estimated_from",
    "estimate.years_to": "estimated_to",
    "estimate.basis": "age_basis",
    "estimate": "estimated_from",
    "estimate.on": "estimated_from",
}


def age_knowledge(identity: Identity, on: date) -> AgeKnowledge:
    """Return what is known of a person's age; `on` is the day an estimate was made."""
    birth = estimate = None
    if identity.birth_year is not None:
        birth = BirthDate(identity.birth_year, identity.birth_month, identity.birth_day)
    elif identity.estimated_from is not None:
        until = identity.estimated_to if identity.estimated_to is not None else identity.estimated_from
        estimate = EstimatedAge(identity.estimated_from, until, on, identity.age_basis or "")
    return AgeKnowledge(birth, estimate, identity.age_doubted)


def check_identity(identity: Identity, today: date, prefix: str = "identity.") -> None:
    """Refuse what cannot be: dates that do not exist, a month without its year; `Invalid` on the form's fields."""
    if identity.birth_year is None and (identity.birth_month or identity.birth_day):
        raise Invalid.one(f"{prefix}birth_year", "age.day_without_year")
    if identity.estimated_to is not None and identity.estimated_from is None:
        raise Invalid.one(f"{prefix}estimated_from", "field.missing")
    try:
        check_age(age_knowledge(identity, today), today)
    except Invalid as wrong:
        renamed = [FieldError(f"{prefix}{_AGE_FIELDS.get(e.field, e.field)}", e.code, e.params) for e in wrong.errors]
        raise Invalid(renamed) from wrong


def age_bands(profile: Profile, chosen: str = AGE_SET) -> list[Band]:
    """Return the bands of one set of the code list `age_group`."""
    return [
        Band(c.code, int(str(c.attributes["min_age"])), _number(c.attributes.get("max_age")))
        for c in profile.code_list("age_group")
        if c.attributes.get("set") == chosen and c.attributes.get("min_age") is not None
    ]


def _number(attribute: object) -> int | None:
    return None if attribute is None else int(str(attribute))


def case_facts(profile: Profile, identity: Identity, on: date) -> dict[str, Any]:
    """Return the columns of a case file that follow from who the person is, on a day of the case."""
    knowledge = age_knowledge(identity, on)
    treated = is_child_at(knowledge, on)
    return {
        "sex": identity.sex,
        "age_group": age_group(knowledge, on, age_bands(profile)),
        "is_child": treated.child,
        "age_in_doubt": treated.in_doubt,
        "citizenship_group": citizenship_group(identity.citizenships, profile.jurisdiction),
    }


def names_somebody(identity: Identity) -> bool:
    """True where the record says who somebody is, not only what can be seen of them."""
    return bool(identity.given_names or identity.family_names or identity.aliases or identity.documents)


def age_word(is_child: bool, group: str) -> str:
    """Return `adult`, `child` or `unknown` for statistics, from a case file's own codes."""
    if group == "AGE_UNKNOWN":
        return "unknown"
    return "child" if is_child else "adult"
