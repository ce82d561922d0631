"""Throttling sign-in by account and by network, so that guessing is slow and nobody can lock somebody else out.

Every failed attempt is counted in the buckets below; after a few free failures a bucket asks for a wait that doubles
up to a ceiling. There is no lock: a wait ends by itself, and a refused attempt neither counts nor makes it longer.

Who an attempt seems to come from decides which buckets it meets:

- **A known device** (it holds the secret cookie given at this account's last success) meets its own bucket only.
  Whatever strangers do to the account or the network, its owner's telephone does not notice.
- **A familiar network** (this account signed in from there before) meets the bucket of account and network. A
  stranger elsewhere does not touch it; a stranger in the same office can make a new telephone of a colleague wait,
  the known one not.
- **Anybody else** meets account and network, the network as a whole (one host trying many accounts), and the
  *pressure* on the account: how often strangers failed at it from anywhere. Pressure never asks for a wait by itself,
  for then a few thousand rented machines could keep the owner waiting for ever. It makes the bucket of each
  unfamiliar network stricter: under attack a new network has two tries, then one an hour at the end. The owner's first
  try from a new place goes through at once; the attacker pays with a network for every two guesses.

Of the attacker's side: a password of fifteen characters off the list of common ones is far beyond these rates, and
every role that reads cases has a second factor, whose guesses are counted for the whole account: reaching it takes
the right password, so a stranger cannot make its owner wait.

Buckets are named by a keyed hash: logins (people type passwords into the wrong field) and addresses do not stand in
the table. Unknown accounts are counted exactly like known ones, so the throttle does not tell who has an account.
"""

import hmac
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network


class BucketKind(StrEnum):
    """What failures are counted by."""

    DEVICE = "device"
    FAMILIAR = "familiar"
    UNFAMILIAR = "unfamiliar"
    NETWORK = "network"
    PRESSURE = "pressure"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One counter's name: `key` is the text it is stored under, beginning with its kind."""

    kind: BucketKind
    key: str


@dataclass(frozen=True, slots=True)
class Counter:
    """What is stored of a bucket: failures since the first one not yet forgotten, and the moment of the last."""

    bucket: Bucket
    failures: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """The attempt is refused unseen; after `seconds` (at least one) the next one is looked at."""

    seconds: int
    kind: BucketKind


@dataclass(frozen=True, slots=True)
class _Rule:
    """`free` failures cost nothing; the next asks for `first`, each further one for twice as long up to `longest`.

    After `forget` without a failure the bucket is empty.
    """

    free: int
    first: timedelta
    longest: timedelta
    forget: timedelta


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

_RULES = {
    BucketKind.DEVICE: _Rule(5, 2 * _SECOND, 15 * _MINUTE, 24 * _HOUR),
    BucketKind.FAMILIAR: _Rule(5, 2 * _SECOND, 15 * _MINUTE, 24 * _HOUR),
    BucketKind.UNFAMILIAR: _Rule(5, 2 * _SECOND, 15 * _MINUTE, 24 * _HOUR),
    # Lenient: behind one address there may be an office, a shelter or half a mobile network.
    BucketKind.NETWORK: _Rule(50, 1 * _SECOND, 1 * _MINUTE, 1 * _HOUR),
    # Three valid codes in a million: at the ceiling about 24 tries a day, one chance in 14 000.
    BucketKind.SECOND_FACTOR: _Rule(5, 30 * _SECOND, 1 * _HOUR, 24 * _HOUR),
}
_UNFAMILIAR_UNDER_PRESSURE = _Rule(2, 1 * _MINUTE, 1 * _HOUR, 24 * _HOUR)
_PRESSURE_FROM = 30
_PRESSURE_FORGET = 24 * _HOUR


def network_prefix(address: str) -> str:
    """Return the network that one subscriber holds: the /24 of an IPv4 address, the /64 of an IPv6 one.

    An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) counts as IPv4. Raises ValueError for anything else.
    """
    return _prefix(address, 64)


def site_prefix(address: str) -> str:
    """Return the network that one rented machine can get whole: IPv4 /24, IPv6 /48 (65 536 networks of /64)."""
    return _prefix(address, 48)


def password_buckets(
    secret: bytes, login: str, address: str, *, device: str | None = None, familiar: bool = False
) -> tuple[Bucket, ...]:
    """Return the buckets of one attempt with a password; its failure is counted in each.

    `secret` is `KeyProvider.index_key("throttle")`. `device` is the id of a known device of this very account,
    checked by the caller, None for any other; `familiar` says that the account has signed in from this
    `network_prefix` before.
    """
    name = login.casefold().strip()
    if device is not None:
        return (_bucket(secret, BucketKind.DEVICE, name, device),)
    network = network_prefix(address)
    if familiar:
        return (_bucket(secret, BucketKind.FAMILIAR, name, network),)
    return (
        _bucket(secret, BucketKind.UNFAMILIAR, name, network),
        _bucket(secret, BucketKind.NETWORK, site_prefix(address)),
        _bucket(secret, BucketKind.PRESSURE, name),
    )


def second_factor_buckets(secret: bytes, login: str, *, device: str | None = None) -> tuple[Bucket, ...]:
    """Return the buckets of one attempt with a code, after the password was right; same parameters."""
    name = login.casefold().strip()
    if device is not None:
        return (_bucket(secret, BucketKind.DEVICE, name, device, "second factor"),)
    return (_bucket(secret, BucketKind.SECOND_FACTOR, name),)


def verdict(counters: Iterable[Counter], now: datetime) -> Wait | None:
    """Return the longest wait that the attempt's buckets ask for, None where it may be looked at.

    `counters` are the stored ones of the attempt's buckets; buckets without a row are simply absent. Whoever is
    refused gets the same answer whether the password was right or not: it is not looked at.
    """
    present = list(counters)
    pressed = any(
        counter.bucket.kind is BucketKind.PRESSURE and _failures(counter, now) >= _PRESSURE_FROM for counter in present
    )
    waits = [
        Wait(math.ceil(left / _SECOND), counter.bucket.kind)
        for counter in present
        if (left := _left(counter, _rule(counter.bucket.kind, pressed), now)) > timedelta(0)
    ]
    return max(waits, key=lambda wait: wait.seconds, default=None)


def counted(bucket: Bucket, counter: Counter | None, now: datetime) -> Counter:
    """Return what is to be stored of a bucket when an attempt is let through; `counter` None: no row yet.

    **The attempt is counted as failed before the password is looked at**, under the row's lock and committed, and
    taken back on success: otherwise a hundred requests sent at once would all find an empty bucket.
    """
    return Counter(bucket, (0 if counter is None else _failures(counter, now)) + 1, now)


def after_success(counter: Counter) -> Counter | None:
    """Return what is to be stored of an attempt's bucket once the password was right, None to delete the row.

    The account's own buckets are emptied. Network and pressure only take this attempt back: whoever holds one
    account could otherwise try all others without end by signing in now and then.
    """
    if counter.bucket.kind in (BucketKind.NETWORK, BucketKind.PRESSURE) and counter.failures > 1:
        return Counter(counter.bucket, counter.failures - 1, counter.last_at)
    return None


def forget_after(kind: BucketKind) -> timedelta:
    """Return how long after its last failure a row may be deleted."""
    return _PRESSURE_FORGET if kind is BucketKind.PRESSURE else _RULES[kind].forget


def _rule(kind: BucketKind, pressed: bool) -> _Rule | None:
    if kind is BucketKind.UNFAMILIAR and pressed:
        return _UNFAMILIAR_UNDER_PRESSURE
    return _RULES.get(kind)


def _failures(counter: Counter, now: datetime) -> int:
    return counter.failures if now - counter.last_at < forget_after(counter.bucket.kind) else 0


def _left(counter: Counter, rule: _Rule | None, now: datetime) -> timedelta:
    failures = _failures(counter, now)
    if rule is None or failures <= rule.free:
        return timedelta(0)
    doublings = min(failures - rule.free - 1, 32)
    wait = min(rule.first * (1 << doublings), rule.longest)
    # A clock set back must not make the wait longer than the rule.
    return min(wait - (now - counter.last_at), wait)


def _bucket(secret: bytes, kind: BucketKind, *parts: str) -> Bucket:
    text = "\0".join((kind, *(part.replace("\0", "") for part in parts)))
    name = hmac.digest(secret, text.encode("utf-8", "surrogatepass"), "sha256")[:16].hex()
    return Bucket(kind, f"{kind}:{name}")


def _prefix(address: str, length6: int) -> str:
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((int(parsed), length6), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ip_network((int(parsed), 24), strict=False))
