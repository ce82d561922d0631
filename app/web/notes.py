"""Pages of notes: read, write, correct by a new note."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.notes import WriteNote
from app.services import notes
from app.services.reference import organisation_names
from app.web import case_words, dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

ROWS = 20
_CLASSES = ("casework", "health", "legal", "identification")


@router.page("/cases/{case_id}/notes", action="note.read")
async def listed(
    request: Request,
    unit: Unit,
    case_id: UUID,
    after: UUID | None = None,
    about: str = "",
    corrects: UUID | None = None,
) -> Response:
    """The notes of a case that the reader may see, newest first, and the form for a new one."""
    language = language_of(request, unit)
    about = about if about in _CLASSES else ""
    case = await unit.case(case_id, "case.read")
    found = await notes.list_notes(unit, case_id, after=after, limit=ROWS, about=about or None)
    visible = await unit.visible_classes(case_id)
    open_classes = [c for c in _CLASSES if c in visible]
    corrected = next((n for n in found if n.row["id"] == corrects and n.corrected_by is None), None)
    initial = {"data_class": about or (open_classes[0] if open_classes else None)}
    if corrected is not None:
        initial = {"data_class": corrected.row["data_class"], "body": corrected.body, "corrects": str(corrects)}
    fields = forms.view(WriteNote, unit.profile, language, state_of(request), initial=initial)
    fields["data_class"]["optional_mark"] = False
    fields["data_class"]["options"] = [o for o in fields["data_class"]["options"] if o["value"] in open_classes]
    names = await organisation_names(unit, [n.row["org_id"] for n in found])
    shown = [
        {
            "id": n.row["id"],
            "about": n.row["data_class"],
            "body": n.body,
            "by": case_words.organisation(names, n.row["org_id"], language),
            "when": dates.spoken(n.row["written_at"], unit.now, language, tz=unit.profile.timezone),
            "replaced": n.corrected_by is not None,
            "replaces": n.row["corrects"] is not None,
            "mine": n.row["org_id"] == unit.actor.org_id and n.corrected_by is None,
        }
        for n in found
    ]
    last = found[-1].row["id"] if len(found) == ROWS else None
    return render(
        request,
        "notes/list.html",
        unit,
        case=case,
        notes=shown,
        fields=fields,
        may_write=bool(open_classes),
        about=about,
        correcting=shown[found.index(corrected)]["when"] if corrected is not None else None,
        next=f"/cases/{case_id}/notes?about={about}&after={last}" if last else "",
        first=f"/cases/{case_id}/notes?about={about}" if after else "",
    )


@router.act("/cases/{case_id}/notes", action="note.write")
async def write(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep it, sealed."""
    form = forms.read(WriteNote, await request.form(), unit.profile)
    await notes.write_note(unit, case_id, form)
    return redirect(f"/cases/{case_id}/notes", done="note_written")
