"""True counts from the extract, each table by its own way of adding up, so that their totals can be compared."""

from dataclasses import dataclass

from app.domain.profile import Profile
from app.statistics.definitions import BANDS, SEX_AGE, SPANS, UNKNOWN_FORM
from app.statistics.facts import ALL_TYPES, WHOLE_YEAR, Extract, PersonCount, ServiceFacts
from app.statistics.protection.grid import Grid

FORMS = "form_of_exploitation"
MONTHS = tuple(range(1, 13))

_GROUPS = {
    ("FEMALE", "adult"): "women",
    ("MALE", "adult"): "men",
    ("FEMALE", "child"): "girls",
    ("MALE", "child"): "boys",
}


def sex_age(sex: str, age: str) -> str:
    """Return the column of a person; `unknown` where sex or age is not known."""
    return _GROUPS.get((sex, age), "unknown")


def form_codes(profile: Profile) -> tuple[str, ...]:
    """Return the forms of exploitation of the first level, "not known yet" last, whether anybody has them or not."""
    top = (
        code.code
        for code in profile.code_list(FORMS).children(None)
        if profile.jurisdiction in code.valid_for and code.code != UNKNOWN_FORM
    )
    return (*top, UNKNOWN_FORM)


def form_row(profile: Profile, code: str | None) -> str:
    """Return the row of a main form: its own first level, "not known yet" for none and for a code nobody knows."""
    found = None if code is None else profile.code_list(FORMS).get(code)
    while found is not None and found.parent is not None:
        found = profile.code_list(FORMS).get(found.parent)
    return found.code if found is not None and found.code in form_codes(profile) else UNKNOWN_FORM


def _of(extract: Extract, base: str, year: int) -> list[PersonCount]:
    return [row for row in extract.persons if row.base == base and row.year == year]


def total(extract: Extract, base: str, year: int) -> int:
    """Return the persons of one base and year (T1)."""
    return sum(row.persons for row in _of(extract, base, year))


def by_sex_age(extract: Extract, base: str, year: int) -> dict[str, int]:
    """Return the persons of one base and year by sex and age (T2)."""
    found = dict.fromkeys(SEX_AGE, 0)
    for row in _of(extract, base, year):
        found[sex_age(row.sex, row.age)] += row.persons
    return found


def by_form(extract: Extract, profile: Profile, base: str, year: int) -> Grid:
    """Return the persons of one base and year by main form and sex and age, with margins (T3).

    T1 is its grand total and T2 its total row: protected as one, the three tables cannot be played against each other.
    """
    forms = form_codes(profile)
    found = {form: dict.fromkeys(SEX_AGE, 0) for form in forms}
    for row in _of(extract, base, year):
        found[form_row(profile, row.main_form)][sex_age(row.sex, row.age)] += row.persons
    return Grid.of(tuple(tuple(found[form][group] for group in SEX_AGE) for form in forms))


@dataclass(frozen=True, slots=True)
class ServiceGrid:
    """Deliveries by type and month with margins; `stated` is the sum of all deliveries, added up apart."""

    types: tuple[str, ...]
    grid: Grid
    stated: int


def by_service(services: ServiceFacts) -> ServiceGrid:
    """Return the deliveries of an organisation by type and month; only types it delivered (S1)."""
    types = tuple(sorted({row.service_type for row in services.counts if row.deliveries}))
    found = {kind: dict.fromkeys(MONTHS, 0) for kind in types}
    for row in services.counts:
        if row.deliveries:
            found[row.service_type][row.month] += row.deliveries
    inside = tuple(tuple(found[kind][month] for month in MONTHS) for kind in types) or ((0,) * len(MONTHS),)
    lines = (*(types or (ALL_TYPES,)), ALL_TYPES)
    persons = tuple(tuple(services.persons.get((kind, m), 0) for m in (*MONTHS, WHOLE_YEAR)) for kind in lines)
    return ServiceGrid(types, Grid(Grid.of(inside).values, persons), sum(row.deliveries for row in services.counts))


def by_span(extract: Extract, year: int) -> dict[str, tuple[int, ...]]:
    """Return, for each span, how many cases waited how long (by band), their total last (D1)."""
    found = {span: dict.fromkeys(BANDS, 0) for span in SPANS}
    for row in extract.times:
        if row.year == year:
            found[row.span][row.band] += row.cases
    return {span: (*bands.values(), sum(bands.values())) for span, bands in found.items()}
