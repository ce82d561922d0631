"""Completeness of the forms of the procedures: of one case, of an organisation's cases, and as a figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, select, text

from app.domain.policy import DataClass
from app.domain.procedures import Form
from app.domain.sop_forms import KEPT, WHOLE_ON_PAPER, Facts, FormState, evaluate, evaluate_all
from app.services.cases import LISTED
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file, case_grant

FOLLOWED = tuple(KEPT)
"""Forms whose completeness is followed."""
ON_PAPER = WHOLE_ON_PAPER
"""Forms that are filled outside the program, each with the reason."""
YEAR = timedelta(days=365)
"""How far back the figure goes where nobody says otherwise: cases opened within it."""
_SCAN = 50
_SCANS = 4
"""A page of the work list looks through so many times so many cases at most, however few of them lack something."""

_FORMS_OF = text("select * from casework.forms_of(cast(:cases as uuid[]))")
_PATTERNS = text("select * from casework.form_patterns(:since)")


@dataclass(frozen=True, slots=True)
class CaseForms:
    """A case with its forms. `classes`: what the actor may open of it, so that a way leads only where it opens."""

    case: RowMapping
    forms: tuple[FormState, ...]
    classes: frozenset[DataClass] = frozenset()


@dataclass(frozen=True, slots=True)
class Missing:
    """A page of the work list: cases whose forms lack something, and the key of the next page; None on the last."""

    cases: tuple[CaseForms, ...]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class Line:
    """How complete one form of one organisation is. `there` of `needed` fields; `complete` of `forms` forms."""

    org_id: UUID
    form: str
    forms: int
    complete: int
    needed: int
    there: int

    @property
    def percent(self) -> int | None:
        """Fields that are there of those that must be, rounded down; None where none must be."""
        return None if self.needed == 0 else self.there * 100 // self.needed


@dataclass(frozen=True, slots=True)
class Figure:
    """The figure: `since` when cases were opened, a line for each organisation and form."""

    since: datetime
    lines: tuple[Line, ...]
    forms: Mapping[str, Form]


async def forms_of_case(unit: UnitOfWork, case_id: UUID) -> CaseForms:
    """Return every form begun or due in a case with how its fields stand; presence only, whatever the class."""
    case = await unit.case(case_id, "form.read")
    found = await _facts(unit, [case_id])
    unit.audit("form.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    profile = unit.profile_of(case)
    return CaseForms(case, evaluate_all(profile.forms, found.get(case_id, ())), await unit.visible_classes(case_id))


async def list_missing(
    unit: UnitOfWork, *, form: str | None = None, closed: bool = False, after: UUID | None = None, limit: int = 25
) -> Missing:
    """Return the cases the actor's organisation answers for whose forms lack something, newest first, by key.

    `form` narrows to one form, `closed` takes the closed cases in place of the open ones. A page may be shorter than
    `limit` and have a next one: so many cases are looked through at once and no more.
    """
    shown: list[CaseForms] = []
    key, more = after, True
    for _ in range(_SCANS):
        rows = await _own_cases(unit, closed, key)
        facts = await _facts(unit, [row["id"] for row in rows])
        for row in rows:
            key = row["id"]
            states = evaluate_all(unit.profile_of(row).forms, facts.get(key, ()))
            lacking = tuple(s for s in states if not s.complete and form in (None, s.form.code))
            if lacking:
                shown.append(CaseForms(row, lacking))
            if len(shown) == limit:
                break
        more = len(rows) == _SCAN or (bool(rows) and rows[-1]["id"] != key)
        if len(shown) == limit or not more:
            break
    unit.audit("form.read", cases=[found.case["id"] for found in shown], shown=len(shown))
    return Missing(tuple(shown), key if more else None)


async def read_figure(unit: UnitOfWork, since: datetime | None = None) -> Figure:
    """Return how complete the forms are: of the actor's organisation, for the authority of every organisation.

    Counts only. Cases opened since `since` (a year ago where None) count; each form counts once a case, the latest one.
    """
    unit.require("form.figure")
    since = since or unit.now - YEAR
    forms = unit.profile.forms
    sums: dict[tuple[UUID, str], list[int]] = {}
    for row in (await unit.execute(_PATTERNS, {"since": since})).mappings():
        if row["form"] not in forms:
            continue
        state = evaluate(forms[row["form"]], _one(row))
        line = sums.setdefault((row["org_id"], row["form"]), [0, 0, 0, 0])
        n = int(row["forms"])
        for place, value in enumerate((n, n * state.complete, n * state.needed, n * state.there)):
            line[place] += value
    order = list(forms)
    lines = [Line(org_id, code, *counted) for (org_id, code), counted in sums.items()]
    unit.audit("form.figure", lines=len(lines))
    return Figure(since, tuple(sorted(lines, key=lambda line: (order.index(line.form), str(line.org_id)))), forms)


async def _own_cases(unit: UnitOfWork, closed: bool, after: UUID | None) -> Sequence[RowMapping]:
    """Return the next cases our organisation answers for, driven from its grants."""
    held = (
        select(case_grant.c.case_id)
        .distinct()
        .where(
            case_grant.c.org_id == unit.actor.org_id,
            case_grant.c.valid_from <= unit.now,
            case_grant.c.valid_to.is_(None) | (case_grant.c.valid_to > unit.now),
            case_grant.c.data_classes.contains([DataClass.MILESTONES.value]),
        )
    )
    if after is not None:
        held = held.where(case_grant.c.case_id < after)
    granted = held.subquery()
    ours = case_file.c.responsible_org_id == unit.actor.org_id
    state = case_file.c.state == "closed" if closed else case_file.c.state != "closed"
    query = (
        select(*LISTED, case_file.c.jurisdiction, case_file.c.profile_version)
        .join(granted, granted.c.case_id == case_file.c.id)
        .where(ours, state)
        .order_by(case_file.c.id.desc())
        .limit(_SCAN)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def _facts(unit: UnitOfWork, case_ids: Iterable[UUID]) -> dict[UUID, list[Facts]]:
    """Return what each case holds of its forms, in one query for all."""
    wanted = list(case_ids)
    found: dict[UUID, list[Facts]] = {}
    if wanted:
        for row in (await unit.execute(_FORMS_OF, {"cases": wanted})).mappings():
            found.setdefault(row["case_id"], []).append(_one(row))
    return found


def _one(row: RowMapping) -> Facts:
    return Facts(row["form"], row["org_id"], frozenset(row["present"]), frozenset(row["conditions"]))


def total(lines: Iterable[Line]) -> Line:
    """Return the lines of one form taken together; raises ValueError for none."""
    every = list(lines)
    if not every:
        raise ValueError("no line to sum up")
    first = every[0]
    sums = (sum(getattr(line, name) for line in every) for name in ("forms", "complete", "needed", "there"))
    return Line(first.org_id, first.form, *sums)
