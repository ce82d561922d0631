"""The JSON interface: one thin router per concept."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router, in the order of the documentation."""
    from app.api import cases, health, signals

    return [cases.people, cases.router, health.router, signals.router]
