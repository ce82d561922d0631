"""Notes on a case: `/api/v1/cases/{case_id}/notes`."""

from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from app.api.routing import After, ConceptRouter, Limit, Listed, Out, Unit
from app.domain.forms.notes import WriteNote
from app.services import notes

router = ConceptRouter("/cases", "notes")


class NoteOut(Out):
    """A note with its text; `corrected_by` is the note that took its place."""

    id: UUID
    org_id: UUID
    account_id: UUID
    data_class: str
    written_at: datetime
    body: str
    corrects: UUID | None
    corrected_by: UUID | None


class NoteMade(Out):
    """The id of a note just written."""

    id: UUID


@router.act("POST", "/{case_id}/notes", action="note.write", status_code=201, summary="Write a note")
async def write(unit: Unit, case_id: UUID, form: WriteNote, response: Response) -> NoteMade:
    """Write a note of one data class, sealed; a correction names the note it takes the place of."""
    note_id = await notes.write_note(unit, case_id, form)
    response.headers["Location"] = f"/api/v1/cases/{case_id}/notes"
    return NoteMade(id=note_id)


@router.act("GET", "/{case_id}/notes", action="note.read", summary="Read notes, newest first")
async def listed(unit: Unit, case_id: UUID, after: After = None, limit: Limit = 50) -> Listed[NoteOut]:
    """Return the notes of a case whose class the caller may see."""
    found = await notes.list_notes(unit, case_id, after=after, limit=limit)
    items = [NoteOut.model_validate({**n.row, "body": n.body, "corrected_by": n.corrected_by}) for n in found]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)
