"""Pages of organisations: the list, one of them, a new one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.fields import Form
from app.domain.forms.organisations import AddOrganisation, ChangeOrganisation
from app.services import organisations
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

_USUAL = frozenset({"sq", "en"})
"""Languages that are always shown."""


@router.page("/organisations", action="organisation.read")
async def listed(request: Request, unit: Unit, after: UUID | None = None, search: str = "") -> Response:
    """Organisations by name."""
    rows = await organisations.list_organisations(unit, search=search[:100], after=after, limit=25)
    last = rows[-1]["id"] if len(rows) == 25 else None
    return render(
        request, "organisations/list.html", unit, rows=rows, next=last, search=search[:100],
        language=language_of(request, unit),
    )  # fmt: skip


@router.page("/organisations/new", action="organisation.manage")
async def new(request: Request, unit: Unit) -> Response:
    """The form of a new organisation."""
    unit.quiet = True
    initial = {"active": "true"} if state_of(request).values is None else {}
    return render(request, "organisations/new.html", unit, fields=_fields(request, unit, AddOrganisation, initial))


@router.act("/organisations/new", action="organisation.manage")
async def add(request: Request, unit: Unit) -> Response:
    """Add it and show it."""
    form = forms.read(AddOrganisation, await request.form(), unit.profile, **await _ticked(request))
    row = await organisations.add_organisation(unit, form)
    return redirect(f"/organisations/{row['id']}", done="organisation_saved")


@router.page("/organisations/{org_id}", action="organisation.read")
async def read(request: Request, unit: Unit, org_id: UUID) -> Response:
    """One organisation with the form to change it."""
    row = await organisations.read_organisation(unit, org_id)
    initial = {name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()}
    return render(
        request, "organisations/read.html", unit, row=row, fields=_fields(request, unit, ChangeOrganisation, initial),
        language=language_of(request, unit),
    )  # fmt: skip


@router.act("/organisations/{org_id}", action="organisation.manage")
async def change(request: Request, unit: Unit, org_id: UUID) -> Response:
    """Change its facts."""
    given = await request.form()
    form = forms.read(ChangeOrganisation, given, unit.profile, **await _ticked(request))
    await organisations.change_organisation(unit, org_id, form, forms.version_of(given))
    return redirect(f"/organisations/{org_id}", done="organisation_saved")


def _fields(request: Request, unit: UnitOfWork, form: type[Form], initial: Mapping[str, Any]) -> list[dict[str, Any]]:
    fields = forms.view(form, unit.profile, language_of(request, unit), state_of(request), initial=initial)
    places = {place.code for place in unit.profile.places.values() if place.level in organisations.COUNTY_LEVELS}
    fields["county"]["options"] = [o for o in fields["county"]["options"] if o["value"] in places]
    for name in ("languages", "services", "admits"):
        fields[name]["options"] = _folded(fields[name], language_of(request, unit))
    first = [name for name in ("code",) if name in fields]
    return [fields[name] for name in (*(n for n in fields if n not in first), *first)]


def _folded(field: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """Return the options with what is chosen before a group that opens: nobody reads a hundred boxes."""
    shown = {*(field["value"] or ()), *(_USUAL if field["name"] == "languages" else ())}
    plain = [{**option, "group": None} for option in field["options"] if option["value"] in shown]
    more = text("organisations.more" if plain else "layout.choose", language)
    rest = [{**option, "group": more, "quiet": False} for option in field["options"] if option["value"] not in shown]
    return plain + rest


async def _ticked(request: Request) -> dict[str, bool]:
    """Return the boxes as they were left: one that is not ticked is not sent."""
    given = await request.form()
    return {name: name in given for name in ("answers_referrals", "active")}
