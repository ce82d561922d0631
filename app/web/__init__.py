"""The pages for people: one module per concept, thin."""

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return every router of pages."""
    from app.web import (
        account,
        audit,
        board,
        case_access,
        case_life,
        cases,
        consents,
        deliveries,
        denials,
        exploitations,
        help,
        home,
        identifications,
        information,
        notes,
        organisations,
        people,
        referral_answers,
        referrals,
        registration,
        shelter,
        sign_in,
        signals,
        sop_forms,
        statistics,
        urgent_needs,
    )

    return [
        account.router,
        board.router,
        case_access.router,
        case_life.router,
        cases.router,
        audit.router,
        consents.router,
        deliveries.router,
        denials.router,
        exploitations.router,
        help.router,
        home.router,
        identifications.router,
        information.router,
        notes.router,
        organisations.router,
        people.router,
        referral_answers.router,
        referrals.router,
        registration.router,
        shelter.router,
        sign_in.router,
        signals.router,
        sop_forms.router,
        statistics.router,
        urgent_needs.router,
    ]
