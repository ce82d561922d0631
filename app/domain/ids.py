"""Identifiers: UUID version 7 (RFC 9562, section 5.7) and case codes.

Version 7 sorts by time, so keys are inserted at the end of an index and lists can be paged by key.
"""

import os
import secrets
import time
from datetime import datetime
from uuid import UUID

_CASE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits that are not mistaken for each other when read aloud or written by hand."""


def uuid7(milliseconds: int | None = None) -> UUID:
    """Return a new UUIDv7; `milliseconds` since 1970-01-01 UTC, the system's time where None."""
    stamp = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    value = (stamp & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def least_uuid7(at: datetime) -> UUID:
    """Return the least id that can have been made at `at` or later: a bound for reading by key instead of by time."""
    return UUID(int=(int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76)


def is_uuid7(value: UUID) -> bool:
    """True where `value` is a version 7 UUID; client-made ids of any other version are refused."""
    return value.version == 7


def case_code(jurisdiction: str, year: int) -> str:
    """Return a new pseudonymous case code such as `AL-26-R8TD7K`; random, so it tells nothing about order."""
    tail = "".join(secrets.choice(_CASE_ALPHABET) for _ in range(6))
    return f"{jurisdiction}-{year % 100:02d}-{tail}"
