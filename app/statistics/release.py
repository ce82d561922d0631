"""A table as it leaves this layer: protected for its audience, with everything a reader must know beside it.

Page, chart, CSV, JSON, XLSX and the command line all print this one object.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.problems import Conflict, Forbidden, Invalid
from app.domain.profile import Profile
from app.statistics import counting
from app.statistics.definitions import BANDS, SEX_AGE, Audience, Axis, Footing, TableDefinition
from app.statistics.facts import Coverage, Extract
from app.statistics.protection.attack import ReleaseRefused, check_release
from app.statistics.protection.grid import LEAST_THRESHOLD, Grid, Place
from app.statistics.protection.suppression import OPEN, Pattern, suppress

DEFAULT_THRESHOLD = 5
"""Persons a printed number for the public rests on at least, where the profile names no other threshold."""

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, or None where it is hidden; then `least` and `most` are all that can be worked out (None: no end)."""

    value: int | None
    least: int = 0
    most: int | None = None

    @property
    def hidden(self) -> bool:
        """True where disclosure control keeps the number back."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the code of its axis (or `total`) and a cell for every column."""

    code: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class FootingResult:
    """Two totals that must agree, with both numbers; None where a number is hidden, though it was compared."""

    id: str
    other: str
    base: str
    year: int
    here: int | None
    there: int | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class Release:
    """One table for one audience. `threshold` is None where nothing is hidden; `closed`: the last year has ended.

    `available` are the years this audience can ask for.
    """

    table: TableDefinition
    jurisdiction: str
    profile_version: str
    audience: Audience
    threshold: int | None
    base: str | None
    organisation: Mapping[str, str] | None
    organisation_code: str | None
    years: tuple[int, ...]
    available: tuple[int, ...]
    closed: bool
    extracted_at: datetime
    timezone: str
    coverage: Coverage
    counties: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    footing: tuple[FootingResult, ...]

    @property
    def year(self) -> int:
        """The year that was asked for, the last of those shown."""
        return self.years[-1]

    @property
    def hidden(self) -> int:
        """How many cells are hidden."""
        return sum(cell.hidden for row in self.rows for cell in row.cells)

    @property
    def foots(self) -> bool:
        """True where every total agrees."""
        return all(result.agrees for result in self.footing)

    def row(self, code: str) -> Row:
        """Return a row by its code; KeyError where there is none."""
        return {row.code: row for row in self.rows}[code]

    def cell(self, row: str, column: str) -> Cell:
        """Return a cell by the codes of its row and column."""
        return self.row(row).cells[self.columns.index(column)]


def public_threshold(profile: Profile) -> int:
    """Return the profile's threshold for the public, never below the least that protects anybody."""
    given = profile.statistics.get("public_threshold", DEFAULT_THRESHOLD)
    return max(LEAST_THRESHOLD, int(given))


def present_year(extract_time: datetime, timezone: str) -> int:
    """Return the calendar year of a moment in the jurisdiction's zone."""
    return extract_time.astimezone(ZoneInfo(timezone)).year


def make_release(
    extract: Extract,
    profile: Profile,
    table: TableDefinition,
    *,
    audience: Audience,
    year: int | None = None,
    base: str | None = None,
) -> Release:
    """Return a table; `year` None is the last that the audience may see, `base` None the first of the table.

    Raises `Forbidden` where a table is never made for the public, `Invalid` on `base` and on `year` (not yet begun;
    not ended and for the public: numbers of a running year printed twice tell what came between), `Conflict` where a
    table for the public does not foot or cannot be made safe.
    """
    if table.internal and audience is not Audience.INTERNAL:
        raise Forbidden("statistics.internal_only", "audience")
    running = present_year(extract.extracted_at, profile.timezone)
    last = running if audience is Audience.INTERNAL else running - 1
    chosen = last if year is None else year
    if chosen > running:
        raise Invalid.one("year", "statistics.year_ahead", year=chosen)
    if chosen > last:
        raise Invalid.one("year", "statistics.year_open", year=chosen, last=last)
    if base is not None and base not in (table.base_choices or table.bases[:1]):
        raise Invalid.one("base", "statistics.base_unknown", base=base)
    threshold = public_threshold(profile) if audience is Audience.PUBLIC else None
    work = _Work(extract, profile, table, threshold, base or table.bases[0], _window(extract, table, chosen))
    columns, rows = work.shown()
    services = extract.services if table.of_organisation else None
    made = Release(
        table=table,
        jurisdiction=profile.jurisdiction,
        profile_version=profile.version,
        audience=audience,
        threshold=threshold,
        base=None if table.rows is Axis.STATUS else work.base,
        organisation=services.name if services else None,
        organisation_code=services.code if services else None,
        years=work.years,
        available=tuple(range(min(chosen, *extract.coverage, last), last + 1)),
        closed=chosen < running,
        extracted_at=extract.extracted_at,
        timezone=profile.timezone,
        coverage=extract.coverage.get(chosen, Coverage(0, 0)),
        counties=sum(place.level in ("county", "region") for place in profile.places.values()),
        columns=columns,
        rows=rows,
        footing=work.footing(),
    )
    if audience is Audience.PUBLIC and not made.foots:
        raise Conflict("statistics.does_not_foot", table=table.id)
    return made


def _window(extract: Extract, table: TableDefinition, chosen: int) -> tuple[int, ...]:
    """Return the years side by side; years before the first registration are left out, for nothing is not zero."""
    first = min(extract.coverage, default=chosen)
    return tuple(year for year in range(chosen - table.window + 1, chosen + 1) if year >= first or year == chosen)


@dataclass(frozen=True, slots=True)
class _Work:
    """The making of one release."""

    extract: Extract
    profile: Profile
    table: TableDefinition
    threshold: int | None
    base: str
    years: tuple[int, ...]

    def shown(self) -> tuple[tuple[str, ...], tuple[Row, ...]]:
        """Return the columns and the protected rows."""
        years = tuple(str(year) for year in self.years)
        if self.table.rows is Axis.STATUS:
            return years, tuple(
                Row(base, tuple(self._total(base, year) for year in self.years)) for base in self.table.bases
            )
        if self.table.columns is Axis.YEAR:
            return years, self._sex_age_rows()
        if self.table.rows is Axis.FORM:
            grid, pattern = self._protected(self.base, self.years[-1])
            return (*SEX_AGE, TOTAL), _rows((*counting.form_codes(self.profile), TOTAL), grid, pattern)
        if self.table.rows is Axis.SPAN:
            spans = counting.by_span(self.extract, self.years[-1])
            return (*BANDS, TOTAL), tuple(Row(span, tuple(map(Cell, cells))) for span, cells in spans.items())
        return self._service_rows()

    def _protected(self, base: str, year: int) -> tuple[Grid, Pattern]:
        """Return the linked tables of one base and year as one grid, and what of it stays hidden."""
        return self._pattern_of(counting.by_form(self.extract, self.profile, base, year))

    def _pattern_of(self, grid: Grid) -> tuple[Grid, Pattern]:
        if self.threshold is None:
            return grid, OPEN
        pattern = suppress(grid, self.threshold)
        try:
            check_release(grid, pattern, self.threshold)
        except ReleaseRefused as refused:
            raise Conflict("statistics.not_safe", table=self.table.id, cells=len(refused.places)) from refused
        return grid, pattern

    def _total(self, base: str, year: int) -> Cell:
        grid, pattern = self._protected(base, year)
        return _cell(counting.total(self.extract, base, year), pattern, grid.corner)

    def _sex_age_rows(self) -> tuple[Row, ...]:
        found: dict[str, list[Cell]] = {code: [] for code in (*SEX_AGE, TOTAL)}
        for year in self.years:
            grid, pattern = self._protected(self.base, year)
            counts = counting.by_sex_age(self.extract, self.base, year)
            for column, (code, value) in enumerate((*counts.items(), (TOTAL, sum(counts.values())))):
                found[code].append(_cell(value, pattern, (grid.height - 1, column)))
        return tuple(Row(code, tuple(cells)) for code, cells in found.items())

    def _service_rows(self) -> tuple[tuple[str, ...], tuple[Row, ...]]:
        columns = (*(str(month) for month in counting.MONTHS), TOTAL)
        if self.extract.services is None:
            raise Invalid.one("organisation", "statistics.organisation_unknown")
        services = counting.by_service(self.extract.services)
        grid, pattern = self._pattern_of(services.grid)
        codes = (*(services.types or ("",)), TOTAL)
        rows = _rows(codes, grid, pattern)
        return columns, rows if services.types else rows[-1:]

    def footing(self) -> tuple[FootingResult, ...]:
        """Compare the totals that must agree, on the true numbers."""
        bases = self.table.bases if self.table.rows is Axis.STATUS else (self.base,)
        return tuple(
            self._foot(rule, base, year) for rule in self.table.footing for base in bases for year in self.years
        )

    def _foot(self, rule: Footing, base: str, year: int) -> FootingResult:
        if self.table.of_organisation:
            assert self.extract.services is not None
            services = counting.by_service(self.extract.services)
            grid, pattern = self._pattern_of(services.grid)
            here, there = grid.values[-1][-1], services.stated
        else:
            grid, pattern = self._protected(base, year)
            here, there = self._sum_of(self.table.id, base, year), self._sum_of(rule.other, base, year)
        kept = grid.corner in pattern.hidden
        return FootingResult(
            rule.id, rule.other, base, year, None if kept else here, None if kept else there, here == there
        )

    def _sum_of(self, table: str, base: str, year: int) -> int:
        if table == "T1":
            return counting.total(self.extract, base, year)
        if table == "T2":
            return sum(counting.by_sex_age(self.extract, base, year).values())
        return counting.by_form(self.extract, self.profile, base, year).values[-1][-1]


def _cell(value: int, pattern: Pattern, place: Place) -> Cell:
    if place not in pattern.hidden:
        return Cell(value)
    least, most = pattern.bounds[place]
    return Cell(None, least, most)


def _rows(codes: tuple[str, ...], grid: Grid, pattern: Pattern) -> tuple[Row, ...]:
    return tuple(
        Row(code, tuple(_cell(value, pattern, (i, j)) for j, value in enumerate(grid.values[i])))
        for i, code in enumerate(codes)
    )
