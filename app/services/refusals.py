"""An adult who refuses identification: help goes on, the authority is told once that it happened, never of whom."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.domain.forms.fields import check_codes
from app.domain.forms.identification import DecideIdentification
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file
from app.storage.identifications import refusal_notice
from app.storage.organisations import organisation

_REFUSED = text("select casework.person_refused(:case)")


async def notify(unit: UnitOfWork, case: RowMapping, row_id: UUID, form: DecideIdentification, at: datetime) -> None:
    """Notify the authority without identity that the person of this case refused; once for a case, however often.

    Part of the decision. Raises `Invalid` on `refused_before` where it names no earlier refusal of another case.
    """
    check_codes(form, unit.profile_of(case))
    if form.refused_before is not None:
        earlier = await unit.execute(
            select(refusal_notice.c.case_id).where(refusal_notice.c.case_id == form.refused_before)
        )
        if form.refused_before == case["id"] or earlier.first() is None or case["person_id"] is not None:
            raise Invalid.one("refused_before", "identification.no_such_refusal")
    made = await unit.execute(
        insert(refusal_notice)
        .values(
            id=uuid7(),
            jurisdiction=case["jurisdiction"],
            case_id=case["id"],
            identification_id=row_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            refused_at=at,
            made_at=unit.now,
            reason=form.refusal_reason,
            same_as_case_id=form.refused_before,
        )
        .on_conflict_do_nothing(index_elements=["case_id"])
        .returning(refusal_notice.c.id)
    )
    unit.audit(
        "identification.decide",
        subject_kind="refusal_notice",
        subject_id=made.scalar_one_or_none(),
        cases=[case["id"]],
        notified="without_identity",
    )


async def earlier_refusals(unit: UnitOfWork, case: RowMapping) -> Sequence[RowMapping]:
    """Return (case_id, code, refused_at) of refusals of nameless persons in other cases that the actor may see."""
    if case["person_id"] is not None:
        return []
    query = (
        select(refusal_notice.c.case_id, case_file.c.code, refusal_notice.c.refused_at)
        .join(case_file, case_file.c.id == refusal_notice.c.case_id)
        .where(refusal_notice.c.case_id != case["id"], case_file.c.person_id.is_(None))
        .order_by(refusal_notice.c.refused_at.desc())
        .limit(50)
    )
    found: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return found


async def person_refused(unit: UnitOfWork, case_id: UUID) -> bool:
    """True where the person refused identification and has not accepted since."""
    return bool((await unit.execute(_REFUSED, {"case": case_id})).scalar())


async def require_not_refused(unit: UnitOfWork, case_id: UUID) -> None:
    """Refuse to name who refused: raises `Conflict` (`reveal.person_refused`) while the refusal stands."""
    if await person_refused(unit, case_id):
        raise Conflict("reveal.person_refused", case_id=case_id)


async def list_refusals(unit: UnitOfWork, *, after: UUID | None = None, limit: int = 50) -> Sequence[RowMapping]:
    """Return notifications without identity, the newest first, paged by key: when, where, what group; no case, no name.

    `accepted` says that the person has accepted identification since. The cases stand in the audit entry alone.
    """
    query = (
        select(
            refusal_notice.c.id,
            refusal_notice.c.case_id,
            refusal_notice.c.refused_at,
            refusal_notice.c.reason,
            case_file.c.county,
            case_file.c.sex,
            case_file.c.citizenship_group,
            organisation.c.name_sq,
            organisation.c.name_en,
            func.casework.person_refused(refusal_notice.c.case_id).label("standing"),
        )
        .join(case_file, case_file.c.id == refusal_notice.c.case_id)
        .join(organisation, organisation.c.id == refusal_notice.c.org_id)
        .where(refusal_notice.c.same_as_case_id.is_(None))
    )
    if after is not None:
        query = query.where(refusal_notice.c.id < after)
    rows = (await unit.execute(query.order_by(refusal_notice.c.id.desc()).limit(limit))).mappings().all()
    unit.audit("refusal.read", subject_kind="refusal_notice", cases=[row["case_id"] for row in rows], shown=len(rows))
    found: Sequence[RowMapping] = rows
    return found
