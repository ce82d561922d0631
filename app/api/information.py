"""What a person was told of rights and changes: `/api/v1/cases/{case_id}/information`."""

from datetime import datetime
from uuid import UUID

from app.api.routing import ConceptRouter, Out, Unit
from app.domain.forms.information import RecordInformation
from app.services import information

router = ConceptRouter("/cases/{case_id}/information", "information")


class InformationOut(Out):
    """One time a person was told something."""

    id: UUID
    given_at: datetime
    topics: list[str]
    language: str
    interpreter: str
    child_friendly: bool
    guardian_present: bool | None
    org_id: UUID
    note: str | None = None


class ToldOut(Out):
    """Everything a person was told; `rights_explained` says whether their rights were among it."""

    rights_explained: bool
    items: list[InformationOut]


@router.act("POST", "", action="information.record", status_code=201, summary="Record what a person was told")
async def record(unit: Unit, case_id: UUID, form: RecordInformation) -> InformationOut:
    """Expected at the first contact, never a condition of help; a client-made `id` makes repeating safe."""
    row = await information.record_information(unit, case_id, form)
    return InformationOut.model_validate({**row, "note": form.note})


@router.act("GET", "", action="information.read", summary="What a person was told, newest first")
async def listed(unit: Unit, case_id: UUID) -> ToldOut:
    """Return every record of the case."""
    told = await information.list_information(unit, case_id)
    items = [InformationOut.model_validate({**given.row, "note": given.note}) for given in told.given]
    return ToldOut(rights_explained=told.rights_explained, items=items)
