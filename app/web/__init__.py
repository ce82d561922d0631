"""The pages for people: one module per concept, thin."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router of pages."""
    from app.web import registration, signals

    return [
        registration.router,
        signals.router,
    ]
