"""Who never sees a case: `/api/v1/cases/{case_id}/denials`."""

from datetime import datetime
from uuid import UUID

from app.api.routing import ConceptRouter, Out, Unit
from app.domain.forms.access import Deny
from app.services import access

router = ConceptRouter("/cases/{case_id}/denials", "access")


class DenialOut(Out):
    """One denial; it beats every grant as long as `valid_to` is open."""

    id: UUID
    org_id: UUID | None
    account_id: UUID | None
    reason: str
    valid_from: datetime
    valid_to: datetime | None


@router.act("POST", "", action="access.deny", status_code=201, summary="Keep somebody away from a case")
async def deny(unit: Unit, case_id: UUID, form: Deny) -> dict[str, UUID]:
    """An organisation or one person of it, such as for a conflict of interest; it holds at once."""
    return {"id": await access.deny(unit, case_id, form)}


@router.act("GET", "", action="access.deny", summary="Who never sees a case")
async def listed(unit: Unit, case_id: UUID) -> list[DenialOut]:
    """For who answers for the case, and the Responsible Authority."""
    found = await access.list_denials(unit, case_id)
    return [DenialOut.model_validate(dict(row)) for row in found.denials]


@router.act("POST", "/{denial_id}/end", action="access.deny", summary="End a denial")
async def end(unit: Unit, case_id: UUID, denial_id: UUID) -> dict[str, str]:
    """Never by who is kept away."""
    await access.end_denial(unit, case_id, denial_id)
    return {"state": "ended"}
