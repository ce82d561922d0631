"""The pages for people: one module per concept, thin."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router of pages."""
    from app.web import (
        account,
        deliveries,
        exploitations,
        organisations,
        people,
        registration,
        shelter,
        sign_in,
        signals,
        statistics,
    )

    return [
        account.router,
        deliveries.router,
        exploitations.router,
        organisations.router,
        people.router,
        registration.router,
        shelter.router,
        sign_in.router,
        signals.router,
        statistics.router,
    ]
