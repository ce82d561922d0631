"""What stories are set in: organisations with somebody who works there, shelters with beds, places, the profile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import case_code, uuid7
from app.domain.policy import Role
from app.domain.profile import Profile
from app.jurisdictions.loader import profiles
from app.services.beds import HOLDING
from app.services.installation import add_account, add_assignment, organisation_id
from app.storage.accounts import account, assignment
from app.storage.organisations import organisation
from app.storage.placements import bed, placement

ROOMS = {"DEMO-AGIMI": 5, "DEMO-URA": 4, "DEMO-LISI": 4, "DEMO-PRANVERA": 4}
"""Rooms of each shelter, with three beds each: 1A, 1B, 1C, 2A ..."""
GUESTS = {"DEMO-AGIMI": ("1A", "1B", "2A", "3A", "3B", "4A", "5C"), "DEMO-PRANVERA": ("1A", "1B", "2A")}
"""Beds kept for the guests of the demonstration's own last weeks (`app.demonstration.recent`)."""

_MADE = (
    ("NJL", "MOBILE_UNIT", "NJL", "Mobile unit", Role.MOBILE_UNIT_OFFICER),
    ("BASHKI", "MUNICIPAL_SOCIAL", "Shërbimi social i bashkisë,", "Municipal social service,", Role.CASE_MANAGER),
)
"""Made-up organisations of every other county: (code, kind, Albanian, English, role of who works there)."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody made up who acts at an organisation."""

    account_id: UUID
    assignment_id: UUID
    org_id: UUID
    org_kind: str
    role: Role


@dataclass(slots=True)
class Bed:
    """A bed and the first night nobody has it."""

    id: UUID
    number: int
    label: str
    free_from: date = date.min


@dataclass(frozen=True, slots=True)
class Shelter:
    """A shelter: who works there and its beds."""

    code: str
    worker: Worker
    beds: list[Bed]

    def take(self, first: date, until: date | None) -> Bed | None:
        """Return a bed that is free from `first` on and take it until `until`, None where there is none."""
        free = [one for one in self.beds if one.free_from <= first and one.label not in GUESTS.get(self.code, ())]
        if not free:
            return None
        chosen = max(free, key=lambda one: one.free_from)
        chosen.free_from = until or date.max
        return chosen


@dataclass(frozen=True, slots=True)
class Setting:
    """One jurisdiction of a demonstration. `places`: municipalities by county (region in Kosovo)."""

    profile: Profile
    workers: Mapping[str, Worker]
    shelters: Mapping[str, Shelter]
    places: Mapping[str, tuple[str, ...]]
    helpline: Worker | None = None
    authority: Worker | None = None
    openers: Mapping[str, Worker] = field(default_factory=dict)
    managers: Mapping[str, Worker] = field(default_factory=dict)
    _codes: set[str] = field(default_factory=set)

    def new_code(self, year: int) -> str:
        """Return a case code that no other case of this demonstration has: among a million, chance gives some twice."""
        while (code := case_code(self.jurisdiction, year)) in self._codes:
            pass
        self._codes.add(code)
        return code

    @property
    def jurisdiction(self) -> str:
        """The code of the jurisdiction."""
        return self.profile.jurisdiction


async def prepare_setting(connection: AsyncConnection, jurisdiction: str) -> Setting:
    """Return the setting of a jurisdiction; makes the organisations and beds it still lacks. Owner's transaction."""
    profile = profiles().current(jurisdiction)
    if jurisdiction == "AL":
        await _other_counties(connection, profile)
    workers = await _workers(connection, jurisdiction)
    await _other_shelters(connection, jurisdiction, workers)
    counties = {p.code for p in profile.places.values() if p.level in ("county", "region")}
    places = {c: tuple(p.code for p in profile.places.values() if p.parent == c) for c in sorted(counties)}
    shelters = {
        code: Shelter(code, workers[code], await _beds(connection, code, workers[code].org_id))
        for code in ROOMS
        if code in workers
    }
    if jurisdiction == "XK":
        openers = dict.fromkeys(places, workers["DEMO-QPS"])
        return Setting(profile, workers, shelters, places, None, workers["AK"], openers, openers)
    return Setting(
        profile,
        workers,
        shelters,
        places,
        helpline=workers["DEMO-LINJA"],
        authority=workers["AP"],
        openers={c: workers["DEMO-NJL-BERAT" if c == "AL-01" else f"DEMO-NJL-{c}"] for c in places},
        managers={c: workers["DEMO-BASHKI-BERAT" if c == "AL-01" else f"DEMO-BASHKI-{c}"] for c in places},
    )


async def _other_counties(connection: AsyncConnection, profile: Profile) -> None:
    for place in profile.places.values():
        if place.level != "county" or place.code == "AL-01":
            continue
        for short, kind, name_sq, name_en, role in _MADE:
            code = f"DEMO-{short}-{place.code}"
            values = {
                "id": uuid7(),
                "jurisdiction": profile.jurisdiction,
                "code": code,
                "kind": kind,
                "name_sq": f"{name_sq} {place.name.text('sq')} (shembull)",
                "name_en": f"{name_en} {place.name.text('en')} (example)",
                "county": place.code,
                "origin": "demonstration",
                "answers_referrals": True,
                "active": True,
            }
            await connection.execute(upsert(organisation).values(values).on_conflict_do_nothing())
            await _somebody(connection, profile.jurisdiction, code, role)


async def _somebody(connection: AsyncConnection, jurisdiction: str, code: str, role: Role) -> None:
    """Let somebody work there who can never sign in: they only stand in the stories."""
    org_id = await organisation_id(connection, jurisdiction, code)
    login = f"shembull.{code.lower().removeprefix('demo-')}"
    account_id = await add_account(connection, login, "Punonjëse Shembull", active=False)
    await add_assignment(connection, account_id, role, jurisdiction, org_id)


async def _other_shelters(connection: AsyncConnection, jurisdiction: str, workers: dict[str, Worker]) -> None:
    missing = [code for code in ("DEMO-LISI",) if jurisdiction == "AL" and code not in workers]
    for code in missing:
        await _somebody(connection, jurisdiction, code, Role.SHELTER_MANAGER)
    if missing:
        workers.update(await _workers(connection, jurisdiction))


async def _workers(connection: AsyncConnection, jurisdiction: str) -> dict[str, Worker]:
    """Return who acts for each organisation: of several people the one whose role sees the most of a case."""
    query = (
        select(organisation.c.code, organisation.c.kind, organisation.c.id.label("org_id"), assignment.c.role)
        .add_columns(assignment.c.id.label("assignment_id"), account.c.id.label("account_id"))
        .join(assignment, assignment.c.org_id == organisation.c.id)
        .join(account, account.c.id == assignment.c.account_id)
        .where(organisation.c.jurisdiction == jurisdiction, assignment.c.valid_to.is_(None))
        .order_by(account.c.login)
    )
    found: dict[str, Worker] = {}
    for row in (await connection.execute(query)).mappings():
        role = Role(row["role"])
        if row["code"] in found and role not in (Role.SHELTER_MANAGER, Role.RESPONSIBLE_AUTHORITY):
            continue
        found[row["code"]] = Worker(row["account_id"], row["assignment_id"], row["org_id"], row["kind"], role)
    return found


async def _beds(connection: AsyncConnection, code: str, org_id: UUID) -> list[Bed]:
    taken = func.max(func.coalesce(placement.c.ends_on, date.max)).filter(placement.c.state.in_(HOLDING))
    last = func.max(placement.c.ends_on)
    query = (
        select(bed.c.id, bed.c.number, bed.c.label, func.greatest(taken, last).label("free_from"))
        .outerjoin(placement, placement.c.bed_id == bed.c.id)
        .where(bed.c.org_id == org_id)
        .group_by(bed.c.id, bed.c.number, bed.c.label)
        .order_by(bed.c.label)
    )
    rows = (await connection.execute(query)).mappings().all()
    if not rows:
        for room in range(1, ROOMS[code] + 1):
            for letter in "ABC":
                values = {"id": uuid7(), "org_id": org_id, "label": f"{room}{letter}", "room": str(room)}
                await connection.execute(insert(bed).values(**values))
        rows = (await connection.execute(query)).mappings().all()
    return [Bed(row["id"], row["number"], row["label"], row["free_from"] or date.min) for row in rows]
