"""Passwords: Argon2id at rest, length instead of composition rules, no common ones.

**Cost.** 46 MiB and two passes on one lane: OWASP's first recommendation (46 MiB, one pass) with a second pass on
top; about 85 ms on one core of a small server. Hashing runs in two threads of its own, so it never stops the event
loop and never holds more than 92 MiB, however many people sign in at once. A pool, not a semaphore around
`to_thread`: a request that is given up would leave its semaphore while its thread still holds the memory.

**Rules.** At least 15 characters, as NIST SP 800-63B-4 asks where the password may stand alone and ASVS 5.0 (6.2.1)
recommends everywhere: one rule for every role. Any character counts, nothing has to be mixed in, nothing expires.
Texts are normalised (NFKC), so that a password typed on a telephone and on a computer is the same.
"""

import asyncio
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from passlib.context import CryptContext

from app.domain.problems import FieldError, Invalid, Unavailable
from app.services.credentials.guessable import is_guessable, squash

MIN_CHARACTERS = 15
MAX_CHARACTERS = 256
"""Long enough for any sentence, short enough that hashing time does not depend on it."""

MAX_WAITING = 100
"""Sign-ins that may wait for a thread (some four seconds of work); the next one is told to come back."""

_SHORTEST_NAME = 4
"""A shorter login or organisation name turns up inside innocent sentences by chance."""

_CONTEXT = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=46 * 1024,
    argon2__time_cost=2,
    argon2__parallelism=1,
)
_NOBODY = "$argon2id$v=19$m=47104,t=2,p=1$MaZ0jlHqPce4F2IMQWitlQ$2HenNcvnKb7kWmmCZZDQn6Tgn7Dk5qRaCkrzJZFsbnU"
"""The hash of random bytes nobody kept: what an unknown account's password is verified against."""

_R = TypeVar("_R")


class _HashingThreads:
    """The threads that hash, and how many sign-ins wait for them."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
        self._waiting = 0

    async def run(self, work: Callable[[], _R]) -> _R:
        if self._waiting >= MAX_WAITING:
            raise Unavailable("sign_in.busy")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


_THREADS = _HashingThreads()


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the password is right, and whether its hash should be made anew because the cost has risen."""

    ok: bool
    needs_rehash: bool


async def hash_password(text: str) -> str:
    """Return the hash to be stored. The caller has checked the text with `check_new_password`."""
    return await _THREADS.run(lambda: _hash(text))


async def verify(text: str, stored: str | None) -> Verified:
    """Check a typed password against the stored hash.

    `stored` is None for an unknown account or one without a password: the same work is done and the answer is no,
    so that the time tells nothing about who has an account.
    """
    return await _THREADS.run(lambda: _verify(text, stored))


def check_new_password(text: str, *, login: str, organisations: Iterable[str] = (), field: str = "password") -> None:
    """Raise `Invalid` with every rule that a new password breaks.

    `organisations` are the names and short names of where the person works. Codes: `password.too_short`
    (`minimum`), `password.too_long` (`maximum`), `password.characters`, `password.common`, `password.login`,
    `password.organisation`.
    """
    normal = _normal(text)
    errors: list[FieldError] = []

    def refuse(code: str, **params: int) -> None:
        errors.append(FieldError(field, f"password.{code}", params))

    if len(normal) > MAX_CHARACTERS:
        # Nothing more is looked at: the other rules would work on however much was sent.
        refuse("too_long", maximum=MAX_CHARACTERS)
        raise Invalid(errors)
    if len(normal) < MIN_CHARACTERS:
        refuse("too_short", minimum=MIN_CHARACTERS)
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in normal):
        refuse("characters")
    squashed = squash(normal)
    if _is_inside((login, login.partition("@")[0]), squashed):
        refuse("login")
    if _is_inside(organisations, squashed):
        refuse("organisation")
    if normal and is_guessable(normal):
        refuse("common")
    if errors:
        raise Invalid(errors)


def _is_inside(names: Iterable[str], squashed: str) -> bool:
    return any(len(name) >= _SHORTEST_NAME and name in squashed for name in map(squash, names))


def _normal(text: str) -> str:
    """Return the text as it is counted and hashed; of an endless one only as much as shows that it is too long."""
    return unicodedata.normalize("NFKC", text[: 4 * MAX_CHARACTERS])[: MAX_CHARACTERS + 1]


def _hash(text: str) -> str:
    return str(_CONTEXT.hash(_normal(text)))


def _verify(text: str, stored: str | None) -> Verified:
    normal = _normal(text)
    typed = normal.encode("utf-8", "surrogatepass")
    try:
        ok, outdated = _CONTEXT.verify(typed, stored or _NOBODY), _CONTEXT.needs_update(stored or _NOBODY)
    except ValueError:
        # A stored hash that cannot be read opens nothing, and takes as long as one that can.
        ok, outdated = _CONTEXT.verify(typed, _NOBODY), False
    ok = ok and stored is not None and len(normal) <= MAX_CHARACTERS
    return Verified(ok, ok and outdated)
