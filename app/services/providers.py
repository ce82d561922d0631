"""Who could take the person on: organisations with a duty queue, the suitable first, each with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, text

from app.domain.profile import Profile
from app.domain.providers import Provider, Reason, Wanted, reasons, suitability
from app.services.reference import organisations
from app.services.referral_steps import the_referral
from app.services.unit_of_work import UnitOfWork

SHELTERS = frozenset({"SHELTER_STATE", "SHELTER_NGO", "CHILD_PROTECTION_HOUSE"})


@dataclass(frozen=True, slots=True)
class Offer:
    """One organisation with the reasons for and against it. `fits`: nothing speaks against it; it blocks nothing."""

    org: RowMapping
    reasons: tuple[Reason, ...]
    free_beds: int | None
    fits: bool


def wanted_of(profile: Profile, case: RowMapping, row: RowMapping) -> Wanted:
    """Return what a draft asks for, with the service types that answer its needs."""
    services = set(row["requested_services"])
    for need in row["needs"]:
        listed = profile.code("need_domain", need).attributes.get("services")
        services |= set(listed) if isinstance(listed, tuple) else set()
    group = case["citizenship_group"]
    return Wanted(
        needs=frozenset(row["needs"]),
        services=frozenset(services),
        languages=frozenset(case["languages"]),
        child=bool(case["is_child"]),
        sex=case["sex"],
        status=case["status"],
        foreign=None if group == "UNKNOWN" else group != "OWN_COUNTRY",
        county=case["county"],
    )


async def list_providers(unit: UnitOfWork, referral_id: UUID) -> Sequence[Offer]:
    """Return every organisation a draft could go to, the more suitable first. Beds are a number and nothing else."""
    row = await the_referral(unit, referral_id)
    case = await unit.case(row["case_id"], "referral.send")
    profile = unit.profile_of(case)
    wanted = wanted_of(profile, case, row)
    tonight = unit.now.astimezone(ZoneInfo(profile.timezone)).date()
    query = text(
        "select o.id, casework.kept_away(:case, o.id) as kept,"
        " case when o.kind = any(:shelters) then casework.free_beds(o.id, :night) end as beds"
        " from ref.organisation o where o.jurisdiction = :jurisdiction and o.active and o.answers_referrals"
    )
    given = {"case": case["id"], "night": tonight, "shelters": sorted(SHELTERS), "jurisdiction": case["jurisdiction"]}
    known = {r["id"]: r for r in (await unit.execute(query, given)).mappings()}
    scored: list[tuple[int, Offer]] = []
    for org in await organisations(unit, answering=True):
        if org["id"] == unit.actor.org_id or known[org["id"]]["kept"]:
            continue
        beds = known[org["id"]]["beds"]
        provider = Provider(
            kind=org["kind"],
            services=frozenset(org["services"]),
            languages=frozenset(org["languages"]),
            admits=frozenset(org["admits"]),
            county=org["county"],
            free_beds=beds,
        )
        found = reasons(provider, wanted)
        scored.append((suitability(found), Offer(org, found, beds, all(r.fits is not False for r in found))))
    unit.audit("referral.send", subject_kind="referral", subject_id=referral_id, cases=[case["id"]], shown=len(scored))
    return [offer for _, offer in sorted(scored, key=lambda pair: -pair[0])]
