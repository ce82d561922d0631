"""The pages for people: one module per concept, thin."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router of pages."""
    from app.web import (
        account,
        audit,
        consents,
        deliveries,
        denials,
        exploitations,
        identifications,
        information,
        organisations,
        people,
        referral_answers,
        referrals,
        registration,
        shelter,
        sign_in,
        signals,
        statistics,
    )

    return [
        account.router,
        audit.router,
        consents.router,
        deliveries.router,
        denials.router,
        exploitations.router,
        identifications.router,
        information.router,
        organisations.router,
        people.router,
        referral_answers.router,
        referrals.router,
        registration.router,
        shelter.router,
        sign_in.router,
        signals.router,
        statistics.router,
    ]
