"""How the formal identification of a case stands, and which procedures wait for the actor."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, select

from app.domain.policy import DataClass
from app.domain.victim_status import StatusView, derive
from app.services.formal_identification import Procedure, load, status_events
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_event, case_file
from app.storage.formal_identification import formal_member, formal_procedure


@dataclass(frozen=True, slots=True)
class Overview:
    """What a case shows of the formal identification: by its events, and the procedures the actor may see, newest
    first. `events` are the steps that stand; cases told before this program have them without a procedure."""

    case: RowMapping
    status: StatusView
    events: Sequence[RowMapping]
    procedures: Sequence[Procedure]
    sees: bool
    """True where the actor may see the identification of the case."""


_SHOWN = (
    "FORMAL_REQUESTED",
    "FORMAL_INTERVIEWED",
    "FORMAL_DECIDED",
    "FORMAL_LETTER_GIVEN",
    "FORMAL_WITHDRAWN",
    "APPEALED",
    "RECONSIDERED",
)


async def read_overview(unit: UnitOfWork, case_id: UUID) -> Overview:
    """Return how the formal identification of a case stands; the read is written down."""
    case = await unit.case(case_id, "formal.read")
    sees = await unit.may_see(case_id, DataClass.IDENTIFICATION)
    query = select(formal_procedure).where(formal_procedure.c.case_id == case_id)
    rows = list((await unit.execute(query.order_by(formal_procedure.c.id.desc()).limit(20))).mappings())
    events = await status_events(unit, case_id)
    shown = select(case_event).where(case_event.c.case_id == case_id, case_event.c.kind.in_(_SHOWN))
    kinds = list((await unit.execute(shown.order_by(case_event.c.occurred_at, case_event.c.id))).mappings())
    unit.audit(
        "formal.read",
        subject_kind="case",
        subject_id=case_id,
        cases=[case_id],
        classes=[DataClass.MILESTONES.value, *([DataClass.IDENTIFICATION.value] if rows else [])],
        shown=len(rows),
    )
    return Overview(case, derive(events), kinds, [await load(unit, row, case) for row in rows], sees)


async def my_procedures(unit: UnitOfWork, limit: int) -> list[Procedure]:
    """Return the procedures whose team the actor is of and that are not over, the newest first. Audits nothing: the
    home that shows them names their cases."""
    query = (
        select(formal_procedure)
        .distinct()
        .join(formal_member, formal_member.c.formal_procedure_id == formal_procedure.c.id)
        .where(
            formal_member.c.member_account_id == unit.actor.account_id,
            formal_member.c.removed_at.is_(None),
            formal_procedure.c.state.in_(("open", "reconsidering", "appealed", "decided")),
        )
        .order_by(formal_procedure.c.id.desc())
        .limit(limit)
    )
    rows = list((await unit.execute(query)).mappings())
    if not rows:
        return []
    wanted = select(case_file).where(case_file.c.id.in_({row["case_id"] for row in rows}))
    cases = {case["id"]: case for case in (await unit.execute(wanted)).mappings()}
    found = [await load(unit, row, cases[row["case_id"]]) for row in rows if row["case_id"] in cases]
    return [one for one in found if one.row["state"] != "decided" or one.handed_over is None]
