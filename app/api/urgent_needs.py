"""Danger and urgent needs after registration: `/api/v1/cases/{case_id}/urgent-needs`."""

from datetime import datetime
from uuid import UUID

from app.api.routing import ConceptRouter, Out, Unit
from app.domain.forms.urgent_needs import AssessUrgentNeeds
from app.services import urgent_needs

router = ConceptRouter("/cases/{case_id}/urgent-needs", "urgent needs")


class UrgentNeedsOut(Out):
    """How it stood at one moment; `open` are the needs nobody had met then."""

    id: UUID
    assessed_at: datetime
    danger: str
    needs: list[str]
    met: list[str]
    open: list[str]
    org_id: UUID
    note: str | None = None


class AssessedOut(Out):
    """Every assessment of a case, the newest first."""

    items: list[UrgentNeedsOut]


@router.act("POST", "", action="urgent_needs.record", status_code=201, summary="Say how urgent needs stand now")
async def record(unit: Unit, case_id: UUID, form: AssessUrgentNeeds) -> UrgentNeedsOut:
    """Each record says the whole state of its moment; a client-made `id` makes repeating safe."""
    return _out(await urgent_needs.assess_urgent_needs(unit, case_id, form))


@router.act("GET", "", action="urgent_needs.read", summary="Urgent needs of a case, newest first")
async def listed(unit: Unit, case_id: UUID) -> AssessedOut:
    """Return every assessment; the newest one holds."""
    found = await urgent_needs.list_urgent_needs(unit, case_id)
    return AssessedOut(items=[_out(one) for one in found.items])


def _out(one: urgent_needs.Assessment) -> UrgentNeedsOut:
    return UrgentNeedsOut.model_validate({**one.row, "note": one.note, "open": list(one.open)})
