"""Pages around a refusal and a comparison: notifications without identity, two identifications beside each other."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from app.domain.profile import Profile
from app.services.identification_answers import FOUR
from app.services.identification_comparison import ORDER, Comparison, Item, comparable, compare
from app.services.refusals import earlier_refusals, list_refusals
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import dates
from app.web.pages import render
from app.web.routing import PageRouter, Unit, language_of

router = PageRouter()


@router.page("/refusals", action="refusal.read")
async def listed(request: Request, unit: Unit, after: UUID | None = None) -> Response:
    """Notifications without identity, the newest first."""
    rows = await list_refusals(unit, after=after, limit=25)
    last = rows[-1]["id"] if len(rows) == 25 else None
    return render(
        request, "identification/refusals.html", unit, rows=rows, next=last, language=language_of(request, unit)
    )


@router.page("/identifications/{identification_id}/comparison", action="identification.read")
async def comparison(
    request: Request, unit: Unit, identification_id: UUID, other: Annotated[UUID | None, Query(alias="with")] = None
) -> Response:
    """First the other identification; then both, question by question."""
    language = language_of(request, unit)
    if other is None:
        rows = await comparable(unit, identification_id)
        return render(request, "identification/comparable.html", unit, rows=rows, identification_id=identification_id)
    found = await compare(unit, identification_id, other, language)
    return render(
        request,
        "identification/comparison.html",
        unit,
        found=found,
        identification_id=identification_id,
        counts=[
            text(f"identification.compare.counts.{kind}", language, n=found.count(kind))
            for kind in ORDER
            if found.count(kind)
        ],
        groups=_groups(found, language),
    )


def _groups(found: Comparison, language: str) -> list[dict[str, Any]]:
    groups = []
    for kind in ORDER:
        items = [one for one in found.items if one.difference == kind]
        if items:
            rows = [
                {
                    "question": one.question,
                    "earlier": _said(found.profile, one, one.earlier, language),
                    "later": _said(found.profile, one, one.later, language),
                    "other_version": one.other_version,
                }
                for one in items
            ]
            groups.append({"kind": kind, "title": text(f"identification.compare.{kind}", language), "rows": rows})
    return groups


def _said(profile: Profile, one: Item, answer: str | None, language: str) -> str:
    """Return an answer in words; a question that was not asked says so."""
    if answer is None:
        return text("layout.indicator.not_asked", language)
    if answer in FOUR:
        return text(f"layout.indicator.{answer}", language)
    chosen = profile.indicator_sets.get(one.set_id)
    indicator = chosen.get(one.code) if chosen is not None else None
    choices = {choice.code: choice.text.text(language) for choice in indicator.answers} if indicator else {}
    return choices.get(answer, answer)


async def refused_before_options(unit: UnitOfWork, case: RowMapping, language: str) -> list[dict[str, Any]]:
    """Return the earlier refusals that may be of the same nameless person, to choose from, and "no"."""
    found = await earlier_refusals(unit, case)
    options = [
        {
            "value": str(row["case_id"]),
            "label": f"{row['code']} · {dates.spoken(row['refused_at'], unit.now, language, tz=unit.profile.timezone)}",
        }
        for row in found
    ]
    return [*options, {"value": "", "label": text("identification.decide.not_before", language), "quiet": True}]
