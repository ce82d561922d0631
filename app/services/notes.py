"""Notes on a case: one data class each, sealed under the case's key; a correction is a new note."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, insert, select

from app.domain.forms.notes import WriteNote
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Forbidden, Invalid
from app.services.unit_of_work import UnitOfWork
from app.storage.encryption import associated, unseal_json
from app.storage.notes import note

TABLE = "casework.note"


@dataclass(frozen=True, slots=True)
class Note:
    """A note with its text open; `corrected_by` is the note that took its place."""

    row: RowMapping
    body: str
    corrected_by: UUID | None


async def keep_note(
    unit: UnitOfWork,
    case_id: UUID,
    body: str,
    data_class: DataClass | str,
    *,
    note_id: UUID | None = None,
    corrects: UUID | None = None,
) -> UUID:
    """Seal a text as a note of the case, as part of another act, which audits it. Returns the note's id."""
    made = note_id or uuid7()
    sealed = await unit.seal_for_case(case_id, TABLE, made, {"body": body})
    await unit.execute(
        insert(note).values(
            id=made,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            data_class=str(data_class),
            written_at=unit.now,
            corrects=corrects,
            **sealed,
        )
    )
    return made


async def write_note(unit: UnitOfWork, case_id: UUID, form: WriteNote) -> UUID:
    """Write a note of a class the actor sees; the same client-made id again returns the same note.

    A correction takes the place of a note of the actor's organisation and of the same class; both stay readable.
    """
    await unit.case(case_id, "case.read")
    if not await unit.may_see(case_id, form.data_class):
        raise Forbidden("case.class_locked", data_class=form.data_class)
    if form.id is not None and await _find(unit, case_id, form.id) is not None:
        unit.audit("note.write", subject_kind="note", subject_id=form.id, cases=[case_id], outcome="repeated")
        return form.id
    if form.corrects is not None:
        await _check_correction(unit, case_id, form)
    note_id = await keep_note(unit, case_id, form.body, form.data_class, note_id=form.id, corrects=form.corrects)
    unit.audit("note.write", subject_kind="note", subject_id=note_id, cases=[case_id], classes=[form.data_class])
    return note_id


async def _find(unit: UnitOfWork, case_id: UUID, note_id: UUID) -> RowMapping | None:
    query = select(note).where(note.c.id == note_id, note.c.case_id == case_id)
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    return row


async def _check_correction(unit: UnitOfWork, case_id: UUID, form: WriteNote) -> None:
    before = None if form.corrects is None else await _find(unit, case_id, form.corrects)
    if before is None:
        raise Invalid.one("corrects", "note.unknown")
    if before["org_id"] != unit.actor.org_id:
        raise Invalid.one("corrects", "note.of_others")
    if before["data_class"] != form.data_class:
        raise Invalid.one("data_class", "note.other_class")
    later = select(note.c.id).where(note.c.case_id == case_id, note.c.corrects == before["id"])
    if (await unit.execute(later)).first() is not None:
        raise Conflict("note.corrected")


async def list_notes(
    unit: UnitOfWork, case_id: UUID, *, after: UUID | None = None, limit: int = 50, about: str | None = None
) -> list[Note]:
    """Return the notes of a case that the actor may see, the newest first, by key; their texts are opened.

    `about` is the one data class to read; None reads every class that is open.
    """
    await unit.case(case_id, "case.read")
    query = select(note).where(note.c.case_id == case_id).order_by(note.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(note.c.id < after)
    if about is not None:
        query = query.where(note.c.data_class == about)
    rows = (await unit.execute(query)).mappings().all()
    replaced = {row["corrects"]: row["id"] for row in await _corrections(unit, case_id, [row["id"] for row in rows])}
    data_key = await unit.case_data_key(case_id) if rows else None
    found = [
        Note(row, unseal_json(data_key, row["body"], associated(TABLE, "body", row["id"])), replaced.get(row["id"]))
        for row in rows
        if data_key is not None
    ]
    unit.audit(
        "note.read",
        subject_kind="note",
        cases=[case_id],
        classes={row["data_class"] for row in rows},
        shown=len(rows),
    )
    return found


async def _corrections(unit: UnitOfWork, case_id: UUID, ids: list[UUID]) -> list[RowMapping]:
    query = select(note.c.id, note.c.corrects).where(note.c.case_id == case_id, note.c.corrects.in_(ids))
    return list((await unit.execute(query)).mappings())
