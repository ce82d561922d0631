"""What holds of the risk of a case, for who decides something that depends on it."""

from uuid import UUID

from sqlalchemy import select

from app.domain.risk_levels import EVENT, Rating, standing
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.cases import case_event
from app.storage.risks import risk_assessment


def rating_of(row: CaseRow) -> Rating:
    """Return a row as the rules of risk see it."""
    return Rating(
        row["id"], row["assessed_at"], row["recorded_at"], row["level"], row["immediate_danger"], row["state"]
    )


async def ratings_of(unit: UnitOfWork, case_id: UUID) -> list[Rating]:
    """Return the ratings of a case that the actor may see."""
    rows = await unit.execute(select(risk_assessment).where(risk_assessment.c.case_id == case_id))
    return [rating_of(row) for row in rows.mappings()]


async def domains_now(unit: UnitOfWork, case_id: UUID) -> frozenset[str]:
    """Return the domains of the rating that holds and of every later one nobody objected to: a fear counts at once."""
    query = select(risk_assessment).where(risk_assessment.c.case_id == case_id, risk_assessment.c.state != "disputed")
    rows = list((await unit.execute(query)).mappings())
    holds = standing(rating_of(row) for row in rows)
    since = holds.assessed_at if holds is not None else None
    return frozenset(d for row in rows if since is None or row["assessed_at"] >= since for d in row["domains"])


async def level_now(unit: UnitOfWork, case_id: UUID) -> str | None:
    """Return the level that holds, read from the case's story (a shelter sees it too), None where nobody has rated."""
    query = (
        select(case_event.c.facts)
        .where(case_event.c.case_id == case_id, case_event.c.kind == EVENT)
        .order_by(case_event.c.occurred_at.desc(), case_event.c.id.desc())
        .limit(1)
    )
    facts = (await unit.execute(query)).scalar()
    level = facts.get("level") if facts else None
    return str(level) if level else None
