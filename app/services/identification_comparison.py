"""Two identifications of one person, question by question: what was answered alike, otherwise, newly, or only once.

A difference is no verdict: people remember, trust and dare differently from one day to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping, or_, select

from app.domain.problems import Invalid
from app.domain.profile import Profile
from app.services.aids import observed_text
from app.services.identification_answers import NOT_ASKED, answers_of
from app.services.identifications import SHOWN, row_of
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file
from app.storage.identifications import identification

Difference = Literal["same", "changed", "new", "earlier_only"]
ORDER: tuple[Difference, ...] = ("changed", "new", "earlier_only", "same")


@dataclass(frozen=True, slots=True)
class Item:
    """One question of one set; answers are codes, None where it was not asked. `other_version`: the set has changed."""

    set_id: str
    code: str
    question: str
    difference: Difference
    earlier: str | None
    later: str | None
    other_version: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two identifications in the order they began, with the questions asked in either."""

    earlier: RowMapping
    later: RowMapping
    profile: Profile
    items: tuple[Item, ...]

    def count(self, difference: Difference) -> int:
        """Return how many questions differ like this."""
        return sum(1 for one in self.items if one.difference == difference)


async def comparable(unit: UnitOfWork, row_id: UUID) -> Sequence[RowMapping]:
    """Return the other identifications of the same person in the cases that the actor may read, the newest first.

    The cases they stand in are named in the log.
    """
    row = await row_of(unit, row_id)
    case = await unit.case(row["case_id"], "identification.read")
    same = case_file.c.id == case["id"]
    if case["person_id"] is not None:
        same = or_(same, case_file.c.person_id == case["person_id"])
    query = (
        select(*SHOWN, case_file.c.code.label("case_code"))
        .join(case_file, case_file.c.id == identification.c.case_id)
        .where(same, identification.c.id != row_id)
        .order_by(identification.c.started_at.desc(), identification.c.id.desc())
        .limit(100)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    unit.audit(
        "identification.read",
        subject_kind="identification",
        subject_id=row_id,
        cases=[case["id"], *(one["case_id"] for one in rows)],
        comparable=len(rows),
    )
    return rows


async def compare(unit: UnitOfWork, one_id: UUID, other_id: UUID, language: str) -> Comparison:
    """Compare two identifications of the same person; written down for both cases.

    Raises `NotFound` where one of them is not the actor's to read, `Invalid` on `with` where they are of two persons or
    the same one twice.
    """
    rows = [await row_of(unit, row_id) for row_id in (one_id, other_id)]
    cases = [await unit.case(row["case_id"], "identification.read") for row in rows]
    if one_id == other_id:
        raise Invalid.one("with", "identification.same_one")
    persons = {case["person_id"] for case in cases}
    if cases[0]["id"] != cases[1]["id"] and (len(persons) > 1 or None in persons):
        raise Invalid.one("with", "identification.other_person")
    (earlier, first), (later, _) = sorted(zip(rows, cases, strict=True), key=lambda pair: _when(pair[0]))
    profile = unit.profile_of(first)
    before, after = await answers_of(unit, earlier["id"]), await answers_of(unit, later["id"])
    items = [
        _item(profile, set_id, code, before.get(set_id, {}).get(code), after.get(set_id, {}).get(code), language)
        for set_id in sorted({*before, *after})
        for code in sorted({*before.get(set_id, {}), *after.get(set_id, {})})
    ]
    asked = tuple(one for one in items if one is not None)
    for row, case, other in ((earlier, first, later), (later, cases[rows.index(later)], earlier)):
        unit.audit(
            "identification.read",
            subject_kind="identification",
            subject_id=row["id"],
            cases=[case["id"]],
            compared_with=str(other["id"]),
            items=len(asked),
        )
    return Comparison(earlier, later, profile, asked)


def _when(row: RowMapping) -> tuple[datetime, UUID]:
    return row["started_at"], row["id"]


def _item(
    profile: Profile, set_id: str, code: str, before: RowMapping | None, after: RowMapping | None, language: str
) -> Item | None:
    was = before["answer"] if before is not None and before["answer"] != NOT_ASKED else None
    now = after["answer"] if after is not None and after["answer"] != NOT_ASKED else None
    if was is None and now is None:
        return None
    difference: Difference
    if was is None:
        difference = "new"
    elif now is None:
        difference = "earlier_only"
    else:
        difference = "same" if was == now else "changed"
    chosen = profile.indicator_sets.get(set_id)
    indicator = chosen.get(code) if chosen is not None else None
    versions = {row["set_version"] for row in (before, after) if row is not None}
    question = code if indicator is None else observed_text(indicator, "", language)
    return Item(set_id, code, question, difference, was, now, len(versions) > 1)
