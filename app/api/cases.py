"""Case files, persons and the search before registering: `/api/v1/cases`, `/api/v1/persons`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.routing import After, ConceptRouter, IfMatch, Limit, Listed, Out, Unit, etag
from app.domain.forms.cases import (
    CompleteRegistration,
    CorrectPerson,
    DecideDuplicate,
    Identity,
    RegisterCase,
    SearchPersons,
)
from app.services import cases, persons
from app.services.case_details import complete_registration

router = ConceptRouter("/cases", "cases")
people = ConceptRouter("/persons", "persons")


class CaseOut(Out):
    """The milestones of a case: codes and dates, nothing that identifies."""

    id: UUID
    code: str
    status: str
    stage: str
    state: str
    sex: str
    age_group: str
    is_child: bool
    age_in_doubt: bool
    languages: list[str]
    urgency: str
    immediate_danger: bool | None
    opened_at: datetime
    county: str | None
    responsible_org_id: UUID
    responsible_account_id: UUID | None
    version: int


class HitOut(Out):
    """A possible match; outside the caller's grants only `ask` says which organisation to ask."""

    score: int
    reasons: list[str]
    person_id: UUID | None
    case_id: UUID | None
    identity: Identity | None
    ask: dict[str, str] | None


class PersonOut(Out):
    """Who the person is, with the version a correction names in `If-Match`."""

    id: UUID
    identity: Identity
    version: int


class DuplicateOut(Out):
    """A proposal that two records are of one person."""

    id: UUID
    person_id: UUID
    other_id: UUID
    level: str
    reasons: list[str]
    state: str
    version: int


@router.act("POST", "", action="case.register", status_code=201, summary="Register a person and open a case")
async def register(unit: Unit, form: RegisterCase, response: Response) -> CaseOut:
    """Urgent needs first; every part of the identity may be unknown; a client-made `id` makes repeating safe."""
    row = await cases.register_case(unit, form)
    etag(response, row["version"])
    response.headers["Location"] = f"/api/v1/cases/{row['id']}"
    return CaseOut.model_validate(dict(row))


@router.act("GET", "", action="case.list", summary="List the cases one works with, newest first")
async def listed(
    unit: Unit,
    after: After = None,
    limit: Limit = 50,
    state: Annotated[str | None, Query(max_length=20)] = None,
    code: Annotated[str | None, Query(max_length=20)] = None,
    mine: bool = False,
) -> Listed[CaseOut]:
    """Return cases by key; `mine` those the caller is responsible for."""
    rows = await cases.list_cases(unit, after=after, limit=limit, state=state, code=code, mine=mine)
    items = [CaseOut.model_validate(dict(row)) for row in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


@router.act("GET", "/{case_id}", action="case.read", summary="Read the milestones of a case")
async def read(unit: Unit, case_id: UUID, response: Response) -> CaseOut:
    """Return the case file without identity."""
    row = await unit.case(case_id, "case.read")
    unit.audit("case.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    etag(response, row["version"])
    return CaseOut.model_validate(dict(row))


@router.act("PUT", "/{case_id}/registration", action="case.complete", summary="Complete what registering left open")
async def complete(
    unit: Unit, case_id: UUID, form: CompleteRegistration, version: IfMatch, response: Response
) -> CaseOut:
    """Say or put right the municipality and who noticed first, under the version of the case."""
    row = await complete_registration(unit, case_id, form, version)
    etag(response, row["version"])
    return CaseOut.model_validate(dict(row))


@router.act("GET", "/{case_id}/person", action="person.read", summary="Read who the person is")
async def read_person(unit: Unit, case_id: UUID, response: Response) -> PersonOut:
    """Return the identity behind a case; the read is written down."""
    row, identity = await persons.read_identity(unit, case_id)
    etag(response, row["version"])
    return PersonOut(id=row["id"], identity=identity, version=row["version"])


@router.act("PUT", "/{case_id}/person", action="person.correct", summary="Correct who the person is")
async def correct(
    unit: Unit, case_id: UUID, form: CorrectPerson, version: IfMatch, response: Response
) -> dict[str, int]:
    """Correct the identity under its version; the earlier state stays sealed in the vault."""
    made = await persons.correct_person(unit, case_id, form, version)
    etag(response, made)
    return {"version": made}


@router.act("GET", "/{case_id}/duplicates", action="duplicate.decide", summary="Proposals that it is the same person")
async def duplicates(unit: Unit, case_id: UUID) -> list[DuplicateOut]:
    """Return the open proposals about the person of a case."""
    return [DuplicateOut.model_validate(dict(row)) for row in await persons.duplicates_of(unit, case_id)]


@router.act("POST", "/{case_id}/duplicates/{duplicate_id}", action="duplicate.decide", summary="Decide such a proposal")
async def decide(
    unit: Unit, case_id: UUID, duplicate_id: UUID, form: DecideDuplicate, version: IfMatch
) -> dict[str, str]:
    """Say whether it is the same person; the episodes are then linked."""
    await persons.decide_duplicate(unit, case_id, duplicate_id, form, version)
    return {"state": "same" if form.same else "different"}


@people.act("POST", "/search", action="person.search", summary="Search before registering", reads=True)
async def search(unit: Unit, form: SearchPersons) -> list[HitOut]:
    """Names tolerate Albanian and Serbian spelling; what was searched for is written nowhere."""
    return [
        HitOut(
            score=hit.score.value,
            reasons=list(hit.score.reasons),
            person_id=hit.person_id,
            case_id=hit.case_id,
            identity=hit.identity,
            ask=dict(hit.ask) if hit.ask is not None else None,
        )
        for hit in await persons.search_persons(unit, form)
    ]
