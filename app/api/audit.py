"""The log for its officers: `/api/v1/audit`. It tells who did what to which case and when, never what stands in it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.api.routing import ConceptRouter, Listed, Out, Unit
from app.domain.forms.audit import AskLog
from app.services import audit

router = ConceptRouter("/audit", "audit")


class AskLogPage(AskLog):
    """A question, and which page of its answer."""

    after: Annotated[UUID | None, Field(description="Key of the last entry of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Entries on a page, 1 to 100.")] = 50

    def question(self) -> AskLog:
        """Return the question alone."""
        return AskLog.model_validate(self.model_dump(exclude={"after", "limit"}))


class EntryOut(Out):
    """One act, read or refused attempt. `detail` holds codes, ids and counts, never personal data."""

    id: UUID
    sequence: int
    at: datetime
    account_id: UUID | None
    who: Annotated[str | None, Field(description="The colleague's name; none where nobody was signed in.")]
    org_id: UUID | None
    organisation: dict[str, str] | None
    role: str | None
    action: str
    outcome: str
    purpose: str | None
    subject_kind: str | None
    subject_id: UUID | None
    subject_version: int | None
    case_ids: list[UUID]
    case_codes: Annotated[list[str], Field(description="Codes of the first cases named.")]
    person_ids: list[UUID]
    data_classes: list[str]
    changed: list[str]
    detail: dict[str, Any]
    request_id: UUID | None


class CountsOut(Out):
    """What a question found, counted up to 10 000 entries; `more` says that there were more."""

    entries: int
    people: int
    organisations: int
    names_opened: int
    denied: int
    more: bool


class HolderOut(Out):
    """Somebody to whom a case was open: a colleague, or everybody of an organisation whose role has the classes."""

    account_id: UUID | None
    who: str | None
    org_id: UUID | None
    organisation: dict[str, str] | None
    basis: str
    data_classes: list[str]
    valid_from: datetime
    valid_to: datetime | None


class OpenCaseOut(Out):
    """A case that was open to a colleague."""

    id: UUID
    code: str
    data_classes: list[str]
    bases: list[str]


class ReadableOut(Out):
    """What could have been read between two moments, whether or not it was."""

    holders: list[HolderOut]
    cases: list[OpenCaseOut]
    nationwide: Annotated[bool, Field(description="A role of theirs follows the milestones of every case.")]
    next: UUID | None = None


@router.act("GET", "/entries", action="audit.read", summary="Ask the log, newest first")
async def listed(unit: Unit, asked: Annotated[AskLogPage, Query()]) -> Listed[EntryOut]:
    """Return who did what: about a case or a person, by a colleague, by time, action, result or data class."""
    question = await audit.understand(unit, asked.question())
    found = await audit.read_log(unit, question, after=asked.after, limit=asked.limit)
    items = [_entry(one) for one in found]
    return Listed(items=items, next=items[-1].id if len(items) == asked.limit else None)


@router.act("GET", "/entries/{entry_id}", action="audit.read", summary="Read one entry")
async def read(unit: Unit, entry_id: UUID) -> EntryOut:
    """Return one entry of the log."""
    return _entry(await audit.read_entry(unit, entry_id))


@router.act("GET", "/counts", action="audit.read", summary="Count what a question finds")
async def counts(unit: Unit, asked: Annotated[AskLog, Query()]) -> CountsOut:
    """Return how many accesses, colleagues, organisations, opened names and denied attempts a question finds."""
    question = await audit.understand(unit, asked)
    return CountsOut.model_validate(await audit.count_log(unit, question, alone=True))


@router.act("GET", "/readable", action="audit.read", summary="What could have been read between two moments")
async def readable(unit: Unit, asked: Annotated[AskLogPage, Query()]) -> ReadableOut:
    """After a breach: to whom a case was open (`about`), or what was open to a colleague (`account`)."""
    question = await audit.understand(unit, asked.question())
    found = await audit.could_have_been_read(unit, question, after=asked.after, limit=asked.limit)
    cases = [OpenCaseOut.model_validate(dict(row)) for row in found.cases]
    return ReadableOut(
        holders=[
            HolderOut.model_validate({**one.row, "who": one.who, "organisation": one.organisation})
            for one in found.holders
        ],
        cases=cases,
        nationwide=found.nationwide,
        next=cases[-1].id if len(cases) == asked.limit else None,
    )


def _entry(found: audit.LogEntry) -> EntryOut:
    return EntryOut.model_validate(
        {**found.row, "who": found.who, "organisation": found.organisation, "case_codes": list(found.codes)}
    )
