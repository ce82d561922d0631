"""The pages for people: one module per concept, thin."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router of pages."""
    from app.web import account, organisations, people, registration, sign_in, signals, statistics

    return [
        account.router,
        organisations.router,
        people.router,
        registration.router,
        sign_in.router,
        signals.router,
        statistics.router,
    ]
