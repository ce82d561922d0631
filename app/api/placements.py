"""Beds and placements of a shelter: `/api/v1/beds`, `/api/v1/placements`."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import RowMapping
from starlette.responses import Response

from app.api.routing import ConceptRouter, IfMatch, Out, Unit, etag
from app.domain.forms.placements import AddBed, ChangeBed, Discharge, MoveBed, PlacementStep, ReserveBed
from app.services import beds, placements

router = ConceptRouter("/placements", "placements")
bed_router = ConceptRouter("/beds", "placements")


class BedOut(Out):
    """A bed of the caller's shelter."""

    id: UUID
    label: str
    room: str | None
    attributes: list[str]
    in_use: bool
    out_of_use_reason: str | None
    version: int


class PlacementOut(Out):
    """A stay: nights from `starts_on` until the day of leaving `ends_on`."""

    id: UUID
    case_id: UUID
    bed_id: UUID
    state: str
    starts_on: date
    ends_on: date | None
    reserved_until: datetime | None
    admitted_at: datetime | None
    discharged_at: datetime | None
    discharge_reason: str | None
    accommodation_after: str | None
    override_warnings: list[str]
    version: int


class PlacementEventOut(Out):
    """One step of a stay."""

    act: str
    at: datetime
    reason: str | None
    note: str | None
    from_bed_id: UUID | None
    to_bed_id: UUID | None


class PlacementStory(Out):
    """A stay with its steps."""

    placement: PlacementOut
    events: list[PlacementEventOut]


@bed_router.act("GET", "", action="bed.read", summary="List the beds of the caller's shelter")
async def list_beds(unit: Unit) -> list[BedOut]:
    """Return every bed by its label."""
    return [BedOut.model_validate(dict(row)) for row in await beds.list_beds(unit)]


@bed_router.act("POST", "", action="bed.manage", status_code=201, summary="Add a bed")
async def add_bed(unit: Unit, form: AddBed) -> dict[str, UUID]:
    """Add a bed under a label that is free in the shelter."""
    return {"id": await beds.add_bed(unit, form)}


@bed_router.act("PUT", "/{bed_id}", action="bed.manage", summary="Change a bed or take it out of use")
async def change_bed(unit: Unit, bed_id: UUID, form: ChangeBed, version: IfMatch, response: Response) -> dict[str, int]:
    """Change a bed under its version."""
    made = await beds.change_bed(unit, bed_id, form, version)
    etag(response, made)
    return {"version": made}


def _out(row: RowMapping, response: Response) -> PlacementOut:
    made = PlacementOut.model_validate(dict(row))
    etag(response, made.version)
    return made


@router.act("GET", "", action="placement.read", summary="Who holds a bed on the coming nights")
async def held(unit: Unit, first: date, nights: Annotated[int, Query(ge=1, le=31)] = 7) -> list[PlacementOut]:
    """Return the stays and reservations that hold a bed from `first` on."""
    return [PlacementOut.model_validate(dict(row)) for row in await beds.held_between(unit, first, nights)]


@router.act("POST", "", action="placement.record", status_code=201, summary="Reserve a bed")
async def reserve(unit: Unit, form: ReserveBed, response: Response) -> PlacementOut:
    """Hold a bed; 409 `placement.bed_taken` where somebody else holds it on one of the nights."""
    row = await placements.reserve_bed(unit, form)
    response.headers["Location"] = f"/api/v1/placements/{row['id']}"
    return _out(row, response)


@router.act("GET", "/{placement_id}", action="placement.read", summary="Read a stay")
async def read(unit: Unit, placement_id: UUID, response: Response) -> PlacementStory:
    """Return a stay and its steps."""
    row, events = await placements.read_placement(unit, placement_id)
    return PlacementStory(
        placement=_out(row, response), events=[PlacementEventOut.model_validate(dict(event)) for event in events]
    )


@router.act("POST", "/{placement_id}/steps", action="placement.record", summary="Admit, leave, return, cancel")
async def take_step(
    unit: Unit, placement_id: UUID, form: PlacementStep, version: IfMatch, response: Response
) -> PlacementOut:
    """Take a step under the version; 409 says what is possible now."""
    return _out(await placements.take_step(unit, placement_id, form, version), response)


@router.act("POST", "/{placement_id}/move", action="placement.record", summary="Move to another bed")
async def move(unit: Unit, placement_id: UUID, form: MoveBed, version: IfMatch, response: Response) -> PlacementOut:
    """Move from tonight on; the nights already slept stay with the old bed."""
    return _out(await placements.move_bed(unit, placement_id, form, version), response)


@router.act("POST", "/{placement_id}/discharge", action="placement.record", summary="End a stay")
async def discharge(
    unit: Unit, placement_id: UUID, form: Discharge, version: IfMatch, response: Response
) -> PlacementOut:
    """End a stay with its reason."""
    return _out(await placements.discharge(unit, placement_id, form, version), response)
