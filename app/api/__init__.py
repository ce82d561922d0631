"""The JSON interface: one thin router per concept."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router, in the order of the documentation."""
    from app.api import (
        accounts,
        cases,
        exploitations,
        health,
        identifications,
        organisations,
        signals,
        statistics,
        tokens,
    )

    return [
        accounts.router,
        cases.people,
        cases.router,
        exploitations.of_case,
        exploitations.router,
        health.router,
        identifications.of_case,
        identifications.router,
        organisations.router,
        signals.router,
        statistics.router,
        tokens.router,
        tokens.session_router,
    ]
