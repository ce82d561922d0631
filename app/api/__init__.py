"""The JSON interface: one thin router per concept."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router, in the order of the documentation."""
    from app.api import (
        accounts,
        audit,
        board,
        case_life,
        cases,
        consents,
        deliveries,
        denials,
        exploitations,
        health,
        identifications,
        information,
        notes,
        organisations,
        placements,
        referrals,
        signals,
        sop_forms,
        statistics,
        tasks,
        tokens,
    )

    return [
        accounts.router,
        audit.router,
        board.router,
        case_life.router,
        cases.people,
        cases.router,
        consents.router,
        consents.texts,
        denials.router,
        deliveries.case_router,
        deliveries.router,
        exploitations.of_case,
        exploitations.router,
        health.router,
        identifications.of_case,
        identifications.router,
        information.router,
        notes.router,
        organisations.router,
        referrals.of_cases,
        referrals.router,
        placements.bed_router,
        placements.router,
        signals.router,
        sop_forms.of_case,
        sop_forms.router,
        statistics.router,
        tasks.router,
        tokens.router,
        tokens.session_router,
    ]
