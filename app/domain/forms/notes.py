"""Writing a note: one data class, sealed; a correction is a new note."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from app.domain.forms.fields import Form, LongText, NewId, Shown

NoteClass = Literal["casework", "health", "legal", "identification"]
"""Classes a note can have; identity has its own page, and milestones hold codes only."""


class WriteNote(Form):
    """A note on a case. Who may see its class sees it; nobody changes it afterwards."""

    concept: ClassVar[str] = "notes"

    id: Annotated[NewId | None, Shown("hidden")] = None
    data_class: Annotated[NoteClass, Field(examples=["casework"])] = "casework"
    body: Annotated[LongText, Field(examples=["Flet mirë me përkthyesen. Do të takojë avokaten të enjten."])]
    corrects: UUID | None = None
