"""The tables as data: one definition each, from which page, chart, CSV, JSON, XLSX and command line are all made.

Titles, bases and sources are texts (`app/texts/statistics.yaml`, by the codes used here). Layouts: T1 to T3 and T18 of
the statistics the system must be able to produce.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who a table is made for."""

    INTERNAL = "internal"
    """Every number, for those the policy lets see them."""
    PUBLIC = "public"
    """What may leave the house: nothing below the threshold, nor what could be worked out."""


class Axis(StrEnum):
    """What the rows or columns of a table stand for."""

    STATUS = "status"
    YEAR = "year"
    SEX_AGE = "sex_age"
    FORM = "form"
    SERVICE_TYPE = "service_type"
    MONTH = "month"
    SPAN = "span"
    BAND = "band"


class Unit(StrEnum):
    """What a number counts."""

    PERSON = "person"
    DELIVERY = "delivery"
    CASE = "case"


SEX_AGE = ("women", "men", "girls", "boys", "unknown")
"""Sex and age at the date of the event; `unknown` where either is, never spread over the others."""

BASES = ("vmt", "vt")
"""Newly identified: `vmt` by a first standing initial identification, `vt` by a formal decision."""

UNKNOWN_FORM = "UNK"

SPANS = (
    *("signal_identification", "identification_service", "signal_service", "contact_service"),
    "request_decision",
)
"""From which event of a case to which (`migrations/sql/0011_figures.sql`); the first that stands of each."""

BANDS = ("before", "same_day", "days_3", "week", "month", "quarter", "longer", "not_yet")
"""Whole days between two events: earlier (help did not wait), 0, to 3, 7, 30, 90, more; the second has not come yet."""


@dataclass(frozen=True, slots=True)
class Footing:
    """Totals that must agree: this table's and another's, of one year and base."""

    id: str
    other: str


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """One table. `window`: years shown side by side, the chosen one last. `totals`: (a total row, a total column).

    `bases` are those it can be asked for; a table of both shows them as rows and never adds them up. `internal`: never
    made for the public.
    """

    id: str
    unit: Unit
    bases: tuple[str, ...]
    rows: Axis
    columns: Axis
    window: int
    totals: tuple[bool, bool]
    footing: tuple[Footing, ...] = ()
    of_organisation: bool = False
    internal: bool = False

    @property
    def base_choices(self) -> tuple[str, ...]:
        """Bases to choose from; none where the table shows all of its bases or has one only."""
        return () if self.rows is Axis.STATUS or len(self.bases) < 2 else self.bases


TABLES: Mapping[str, TableDefinition] = {
    table.id: table
    for table in (
        TableDefinition(
            "T1",
            Unit.PERSON,
            BASES,
            Axis.STATUS,
            Axis.YEAR,
            window=4,
            totals=(False, False),
            footing=(Footing("t1_t2", "T2"), Footing("t1_t3", "T3")),
        ),
        TableDefinition(
            "T2",
            Unit.PERSON,
            BASES,
            Axis.SEX_AGE,
            Axis.YEAR,
            window=4,
            totals=(True, False),
            footing=(Footing("t2_t1", "T1"), Footing("t2_t3", "T3")),
        ),
        TableDefinition(
            "T3",
            Unit.PERSON,
            BASES,
            Axis.FORM,
            Axis.SEX_AGE,
            window=1,
            totals=(True, True),
            footing=(Footing("t3_t1", "T1"), Footing("t3_t2", "T2")),
        ),
        TableDefinition(
            "S1",
            Unit.DELIVERY,
            ("services",),
            Axis.SERVICE_TYPE,
            Axis.MONTH,
            window=1,
            totals=(True, True),
            footing=(Footing("s1_sum", "S1"),),
            of_organisation=True,
        ),
        TableDefinition(
            "D1",
            Unit.CASE,
            ("cases",),
            Axis.SPAN,
            Axis.BAND,
            window=1,
            totals=(False, True),
            internal=True,
        ),
    )
}
"""The closed list of tables; nothing else can be asked for."""
