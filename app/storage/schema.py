"""Every table of the program, gathered for migrations and drift detection."""

from app.storage import (
    accounts,
    audit,
    cases,
    children,
    consents,
    deliveries,
    exploitations,
    extract,
    formal_identification,
    identifications,
    intake,
    notes,
    organisations,
    persons,
    placements,
    proceedings,
    referrals,
    reflection,
    risks,
    signals,
    tasks,
)
from app.storage.metadata import metadata

SCHEMAS = ("ref", "iam", "vault", "casework", "audit", "stats")

MODULES = (
    accounts,
    audit,
    cases,
    children,
    consents,
    deliveries,
    exploitations,
    extract,
    formal_identification,
    identifications,
    intake,
    notes,
    organisations,
    persons,
    placements,
    proceedings,
    referrals,
    risks,
    reflection,
    signals,
    tasks,
)
"""Listed so that importing this module registers every table."""

__all__ = ["MODULES", "SCHEMAS", "metadata"]
