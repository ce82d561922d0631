"""A release in words: what stands in its margins and beside it, in one language; the same for page and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

from app.domain.profile import Profile
from app.statistics.counting import FORMS
from app.statistics.definitions import BANDS, Audience, Axis, Unit
from app.statistics.release import TOTAL, Cell, FootingResult, Release
from app.texts import text

_STATUS_OF = {"vmt": "VMT", "vt": "VT"}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one release: title, names of rows and columns, and the facts it stands on as (code, term, text)."""

    title: str
    subtitle: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    finding: str
    facts: tuple[tuple[str, str, str], ...]
    footing: tuple[str, ...]


def put_into_words(release: Release, profile: Profile, language: str) -> Wording:
    """Return the words of a release in a language."""
    said = _Words(release, profile, language)
    table = release.table.id
    return Wording(
        title=text(f"statistics.tables.{table}.title", language),
        subtitle=text(f"statistics.tables.{table}.text", language),
        corner=text(f"statistics.tables.{table}.corner", language),
        columns=tuple(said.name(release.table.columns, code) for code in release.columns),
        rows=tuple(said.name(release.table.rows, row.code) for row in release.rows),
        finding=said.finding(),
        facts=tuple(said.facts()),
        footing=tuple(said.footing(result) for result in release.footing),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    release: Release
    profile: Profile
    language: str

    def say(self, key: str, **params: object) -> str:
        return text(f"statistics.{key}", self.language, **params)

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self.language)

    def name(self, axis: Axis, code: str) -> str:
        """Return what a row or column is called."""
        if code == TOTAL:
            return self.say("total")
        if axis is Axis.SEX_AGE:
            return self.say(f"sex_age.{code}")
        if axis in (Axis.SPAN, Axis.BAND):
            return self.say(f"{axis.value}.{code}")
        if axis is Axis.MONTH:
            return str(get_month_names("abbreviated", "stand-alone", self.language)[int(code)])
        if axis is Axis.STATUS:
            return self.profile.label("victim_status", _STATUS_OF[code], self.language)
        lists = {Axis.FORM: FORMS, Axis.SERVICE_TYPE: "service_type"}
        found = None if axis not in lists else self.profile.code_list(lists[axis]).get(code)
        return found.label.text(self.language) if found is not None else code

    def facts(self) -> list[tuple[str, str, str]]:
        """Return what the figures stand on, in the order it is printed."""
        shown = self.release
        found = [("base", self.base()), ("unit", self.say(f"unit.{shown.table.unit.value}")), ("period", self.period())]
        if shown.organisation is not None:
            found.append(("organisation", self._organisation(shown.organisation)))
        found += [
            ("source", self.say("source", when=self._moment())),
            ("completeness", self._completeness()),
            ("audience", self.say(f"audience.{shown.audience.value}", threshold=shown.threshold)),
            ("protection", self._protection()),
            ("hidden", self.number(shown.hidden)),
            ("profile", f"{self.profile.title.text(self.language)} {shown.profile_version}"),
        ]
        return [(code, self.say(f"terms.{code}"), said) for code, said in found]

    def base(self) -> str:
        status = {name: self.profile.label("victim_status", code, self.language) for name, code in _STATUS_OF.items()}
        if self.release.organisation is not None:
            return self.say("base.services.says", organisation=self._organisation(self.release.organisation))
        return self.say(f"base.{self.release.base or 'both'}.says", **status)

    def period(self) -> str:
        shown = self.release
        last = date(shown.year, 12, 31)
        ends = last if shown.closed else shown.extracted_at.astimezone(ZoneInfo(shown.timezone)).date()
        return self.say(
            f"period.{'closed' if shown.closed else 'open'}",
            from_day=self._day(date(shown.years[0], 1, 1)),
            to_day=self._day(ends),
        )

    def _protection(self) -> str:
        if self.release.audience is Audience.INTERNAL:
            return self.say("protection.none")
        return self.say("protection.public", threshold=self.release.threshold)

    def _completeness(self) -> str:
        shown = self.release
        return self.say(
            "completeness",
            counties=shown.coverage.counties,
            of=shown.counties,
            areas=self.say(f"areas.{shown.jurisdiction}"),
            year=shown.year,
        )

    def _organisation(self, names: Mapping[str, str]) -> str:
        return names.get(self.language) or names["sq"]

    def _day(self, day: date) -> str:
        return format_date(day, "d MMMM y", locale=self.language)

    def _moment(self) -> str:
        local = self.release.extracted_at.astimezone(ZoneInfo(self.release.timezone))
        return f"{self._day(local.date())}, {local:%H:%M}"

    def footing(self, result: FootingResult) -> str:
        """Return one comparison of two totals as a sentence, with both numbers where they may be seen."""
        if self.release.table.unit is Unit.DELIVERY:
            here_name, there_name = self.say("footing.deliveries_here"), self.say("footing.deliveries_there")
        else:
            base = self.say(f"base.{result.base}.short").lower()
            here_name = self.say("footing.sum_of", table=self.release.table.id, base=base)
            there_name = self.say("footing.sum_of", table=result.other, base=base)
        names = {"here_name": here_name, "there_name": there_name, "year": result.year}
        if result.here is None or result.there is None:
            return self.say("footing.hidden", **names)
        numbers = {"here": self.number(result.here), "there": self.number(result.there)}
        return self.say(f"footing.{'agrees' if result.agrees else 'differs'}", **names, **numbers)

    def finding(self) -> str:
        """Return what the table says, as the heading of its figure; made of printed numbers only."""
        shown = self.release
        if shown.table.unit is Unit.DELIVERY:
            return self._services()
        if shown.table.rows is Axis.FORM:
            return self._forms()
        if shown.table.rows is Axis.SPAN:
            return self._times()
        return self._persons("vmt" if shown.table.rows is Axis.STATUS else TOTAL, shown.base or "vmt")

    def _persons(self, row: str, base: str) -> str:
        shown = self.release
        cells = shown.row(row).cells
        now = cells[-1].value
        if now is None:
            return self.say("finding.hidden", year=shown.year)
        people = self.say(f"people.{shown.jurisdiction}.{base}", n=now)
        said = self.say("finding.persons", year=shown.year, n=self.number(now), people=people)
        if not shown.closed:
            return said + self.say("finding.so_far")
        before = cells[-2].value if len(cells) > 1 else None
        if before is None:
            return said
        if now == before:
            return said + self.say("finding.same")
        return said + self.say(f"finding.{'more' if now > before else 'fewer'}", by=self.number(abs(now - before)))

    def _forms(self) -> str:
        shown = self.release
        everybody = shown.cell(TOTAL, TOTAL).value
        if everybody is None:
            return self.say("finding.hidden", year=shown.year)
        column = shown.columns.index(TOTAL)
        named = [(row.code, row.cells[column]) for row in shown.rows if row.code != TOTAL]
        code, most = max(named, key=lambda item: item[1].value or 0)
        if not most.value or not all(_is_less(cell, most.value) for other, cell in named if other != code):
            return self.say("finding.forms", year=shown.year, all=self.number(everybody))
        form = self.name(Axis.FORM, code).lower()
        return self.say(
            "finding.form", year=shown.year, form=form, n=self.number(most.value), all=self.number(everybody)
        )

    def _times(self) -> str:
        """Say within which band half of the cases had their first service after the first contact."""
        cells = [cell.value or 0 for cell in self.release.row("contact_service").cells]
        *waits, everybody = cells
        if not everybody:
            return self.say("finding.no_times", year=self.release.year)
        reached = list(accumulate(waits))
        half = next(band for band, cases in zip(BANDS, reached, strict=True) if cases * 2 >= everybody)
        return self.say(f"finding.times.{half}", year=self.release.year, all=self.number(everybody))

    def _services(self) -> str:
        shown = self.release
        total = shown.cell(TOTAL, TOTAL).value
        if total is None:
            return self.say("finding.hidden", year=shown.year)
        if not total:
            return self.say("finding.no_services", year=shown.year)
        said = self.say("finding.services", year=shown.year, n=total)
        months = [
            (code, cell) for code, cell in zip(shown.columns, shown.row(TOTAL).cells, strict=True) if code != TOTAL
        ]
        code, most = max(months, key=lambda item: item[1].value or 0)
        if not most.value or not all(_is_less(cell, most.value) for other, cell in months if other != code):
            return said
        names = get_month_names("wide", "stand-alone", self.language)
        return said + self.say("finding.busiest", month=names[int(code)], n=self.number(most.value))


def _is_less(cell: Cell, than: int) -> bool:
    """True where a cell is known to be less: a hidden one only if it cannot be as much."""
    if cell.value is not None:
        return cell.value < than
    return cell.most is not None and cell.most < than
