"""What every part of a story works with: the plan of it, the rows being written, and the time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.demonstration.case_book import CaseBook, Row
from app.demonstration.people import Someone
from app.demonstration.setting import Setting, Shelter, Worker
from app.storage.blind_index import BlindIndex
from app.storage.encryption import Keyring


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall happen to somebody; `shelter` None: helped in the community. Times in UTC.

    `answer`: accepted, declined, or waiting (nobody answers the referral). `stay_days`: how long help lasts; None goes
    on. `formal`: VT, NOT_RECOGNISED, asked (no decision yet) or None. `late`: some steps are taken too late or not yet.
    """

    opened_at: datetime
    opener: Worker
    county: str
    municipality: str
    someone: Someone
    source: str
    urgency: str
    form: str
    result: str
    signalled: bool = True
    referred: bool = True
    shelter: str | None = None
    answer: str = "accepted"
    stay_days: int | None = 120
    formal: str | None = None
    handed_over: bool = False
    late: bool = False
    bed: str | None = None
    decided: bool = True


@dataclass(slots=True)
class Tale:
    """A story while it is told. Nothing happens after `now`."""

    plan: Plan
    setting: Setting
    book: CaseBook
    rng: Random
    keyring: Keyring
    index: BlindIndex
    now: datetime

    @property
    def case(self) -> Row:
        """The row of the case file."""
        return self.book.case

    @property
    def child(self) -> bool:
        """True where the person is treated as a child."""
        return bool(self.book.case["is_child"])

    @property
    def language(self) -> str:
        """The language the person is spoken to in."""
        return self.plan.someone.languages[0]

    @property
    def interpreter(self) -> str:
        """How that language is bridged."""
        return "telephone" if self.plan.someone.interpreter else "not_needed"

    def later(self, at: datetime, least: timedelta, most: timedelta) -> datetime:
        """Return a moment between `least` and `most` after `at`, to the minute."""
        seconds = self.rng.uniform(least.total_seconds(), most.total_seconds())
        return (at + timedelta(seconds=seconds)).replace(second=0, microsecond=0)

    def in_office_hours(self, at: datetime) -> datetime:
        """Return a moment between eight and six of the same day, in the jurisdiction's zone."""
        local = at.astimezone(ZoneInfo(self.setting.profile.timezone))
        moved = local.replace(hour=self.rng.randint(8, 17), minute=self.rng.randrange(60), second=0, microsecond=0)
        return moved.astimezone(UTC)

    def over(self, at: datetime) -> bool:
        """True where the story has not come to that moment yet."""
        return at >= self.now

    def shelter(self) -> Shelter | None:
        """Return the shelter of the plan."""
        return self.setting.shelters[self.plan.shelter] if self.plan.shelter else None

    def changed(self) -> int:
        """Count a change of the case file; returns its new version."""
        self.case["version"] += 1
        return int(self.case["version"])
