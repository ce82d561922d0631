"""Organisations of the mechanism: `/api/v1/organisations`, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.routing import After, ConceptRouter, IfMatch, Limit, Listed, Out, Unit, etag
from app.domain.forms.organisations import AddOrganisation, ChangeOrganisation
from app.services import organisations

router = ConceptRouter("/organisations", "organisations")

Search = Annotated[str | None, Query(max_length=100, description="Part of a name, alias or code; ë is found by e.")]


class OrganisationOut(Out):
    """An organisation; `origin` says whether it comes from the profile (`profile`), was changed or added here."""

    id: UUID
    jurisdiction: str
    code: str
    kind: str
    name_sq: str
    name_en: str
    name_sr: str | None
    aliases: list[str]
    parent_code: str | None
    county: str | None
    municipality: str | None
    answers_referrals: bool
    languages: list[str]
    services: list[str]
    admits: list[str]
    origin: str
    active: bool
    version: int


@router.act("GET", "", action="organisation.read", summary="List organisations by name")
async def listed(
    unit: Unit,
    after: After = None,
    limit: Limit = 50,
    search: Search = None,
    kind: Annotated[str | None, Query(max_length=60, pattern="^[A-Z][A-Z0-9_]*$")] = None,
) -> Listed[OrganisationOut]:
    """Return the organisations of the administrator's jurisdiction."""
    rows = await organisations.list_organisations(unit, search=search, kind=kind, after=after, limit=limit)
    items = [OrganisationOut.model_validate(dict(row)) for row in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


@router.act("POST", "", action="organisation.manage", status_code=201, summary="Add an organisation")
async def add(unit: Unit, form: AddOrganisation, response: Response) -> OrganisationOut:
    """Add an organisation that the profile does not have."""
    row = await organisations.add_organisation(unit, form)
    etag(response, row["version"])
    response.headers["Location"] = f"/api/v1/organisations/{row['id']}"
    return OrganisationOut.model_validate(dict(row))


@router.act("GET", "/{org_id}", action="organisation.read", summary="Read an organisation")
async def read(unit: Unit, org_id: UUID, response: Response) -> OrganisationOut:
    """Return one organisation."""
    row = await organisations.read_organisation(unit, org_id)
    etag(response, row["version"])
    return OrganisationOut.model_validate(dict(row))


@router.act("PUT", "/{org_id}", action="organisation.manage", summary="Change an organisation")
async def change(
    unit: Unit, org_id: UUID, form: ChangeOrganisation, version: IfMatch, response: Response
) -> OrganisationOut:
    """Change its facts; an organisation that is no longer active ends the access of its people."""
    row = await organisations.change_organisation(unit, org_id, form, version)
    etag(response, row["version"])
    return OrganisationOut.model_validate(dict(row))
