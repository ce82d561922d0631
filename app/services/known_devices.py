"""Devices and networks an account has signed in from: what keeps its owner from waiting for a stranger's guesses."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.ids import uuid7
from app.services.credentials import tokens
from app.services.credentials.throttling import Bucket, network_prefix, password_buckets, second_factor_buckets
from app.services.program import Program
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import known_device

REMEMBERED = timedelta(days=180)
"""How long a device that does not come back stays known."""

MOST_TOKENS = 8
"""People who share a computer; the one who has not signed in longest is forgotten first."""
SEPARATOR = "."
"""Between the secrets in the cookie; it stands in none of them."""

_NO_DEVICE = bytes(32)
"""Stands for a caller without a cookie: no text is known to hash to it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who knocks: the address (always an IP), the secrets the device holds, what it calls itself.

    A device that several people sign in on holds one secret for each of them.
    """

    address: str
    device_tokens: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Familiarity:
    """What is known of a caller in relation to one account."""

    device: str | None
    """Id of the known device, None for any other."""
    network: bool
    """True where the account has signed in from this network before."""


async def familiarity(unit: UnitOfWork, account_id: UUID, caller: Caller) -> Familiarity:
    """Say whether the account knows the caller's device and network; an unknown account knows nothing."""
    hashes = [tokens.digest(token) for token in caller.device_tokens]
    network = _network(unit.program, account_id, caller.address)
    query = select(known_device.c.token_hash, known_device.c.network_hash).where(
        known_device.c.account_id == account_id,
        known_device.c.last_seen_at > unit.now - REMEMBERED,
        or_(known_device.c.token_hash.in_(hashes), known_device.c.network_hash == network),
    )
    rows = list(await unit.execute(query))
    device = next((hashed for hashed in hashes if any(row.token_hash == hashed for row in rows)), None)
    return Familiarity(device.hex() if device else None, any(row.network_hash == network for row in rows))


def password_attempt(unit: UnitOfWork, login: str, caller: Caller, known: Familiarity) -> tuple[Bucket, ...]:
    """Return the buckets of one attempt with a password."""
    return password_buckets(
        throttle_secret(unit.program), login, caller.address, device=known.device, familiar=known.network
    )


def code_attempt(unit: UnitOfWork, login: str, known: Familiarity) -> tuple[Bucket, ...]:
    """Return the buckets of one attempt with a code or, by somebody signed in, with the own password."""
    return second_factor_buckets(throttle_secret(unit.program), login, device=known.device)


async def remember(unit: UnitOfWork, account_id: UUID, caller: Caller, *, cookie: bool = True) -> str | None:
    """Remember device and network after a complete sign-in; returns what the device keeps from now on.

    A secret that opened this very account here before is kept; otherwise a new one joins those of the colleagues at
    the same device, so that nobody can plant one. `cookie` False for programs, whose network alone is remembered.
    """
    held = None
    hashed = _NO_DEVICE
    if cookie:
        known = (await familiarity(unit, account_id, caller)).device
        fresh = tokens.new_opaque_token()
        hashed = bytes.fromhex(known) if known else fresh.digest
        held = SEPARATOR.join(caller.device_tokens if known else (fresh.text, *caller.device_tokens)[:MOST_TOKENS])
    row = {
        "id": uuid7(),
        "account_id": account_id,
        "token_hash": hashed,
        "network_hash": _network(unit.program, account_id, caller.address),
        "last_seen_at": unit.now,
    }
    place = ["account_id", "token_hash", "network_hash"]
    await unit.execute(
        insert(known_device)
        .values(row)
        .on_conflict_do_update(index_elements=place, set_={"last_seen_at": row["last_seen_at"]})
    )
    old = known_device.c.last_seen_at < unit.now - REMEMBERED
    await unit.execute(delete(known_device).where(known_device.c.account_id == account_id, old))
    return held


async def forget(unit: UnitOfWork, account_id: UUID) -> None:
    """Make every device of an account a stranger again: after its access was reset."""
    await unit.execute(delete(known_device).where(known_device.c.account_id == account_id))


def throttle_secret(program: Program) -> bytes:
    """Return the key that buckets are named by."""
    return program.key_provider.index_key("throttle")


def _network(program: Program, account_id: UUID, address: str) -> bytes:
    secret = program.key_provider.index_key("known-network")
    return hmac.digest(secret, account_id.bytes + network_prefix(address).encode(), "sha256")
