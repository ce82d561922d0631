"""Plans as many stories as asked for, in time and proportion, and tells them one after another."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.demonstration.case_book import CaseBook, Row
from app.demonstration.identifying import Findings
from app.demonstration.opening import write_signal
from app.demonstration.people import Someone, make_someone
from app.demonstration.proportions import (
    ACCEPTED,
    CHANNELS,
    COUNTIES,
    FORMAL,
    FORMS,
    REFERRED,
    RESULTS,
    SIGNALLED,
    SLIPS,
    SOURCES,
    pick,
)
from app.demonstration.recent import Pair, recent_plans, waiting_signals
from app.demonstration.setting import Setting, Worker
from app.demonstration.story import tell
from app.demonstration.tale import Plan, Tale
from app.storage.blind_index import BlindIndex
from app.storage.encryption import Keyring

YEARS = 3
DAY = timedelta(days=1)
_LIVELY = 40 * DAY
"""The last weeks, in which some steps are late or still to be taken."""
_RESERVED = 260 * DAY
"""How long ago a story must have begun to go to the first shelter: its guests of today are the demonstration's own."""

Rows = dict[str, list[Row]]


class Teller:
    """Tells the stories of one jurisdiction. The same seed, number and moment give the same stories.

    Ids, codes of cases, keys and sealed bytes differ every time, as they must.
    """

    def __init__(self, setting: Setting, keyring: Keyring, index: BlindIndex, seed: int, now: datetime) -> None:
        self.setting = setting
        self.now = now
        self._keyring = keyring
        self._index = index
        # repeatable on purpose: the same seed tells the same stories; no key or token comes from it
        self._rng = Random(f"{seed} {setting.jurisdiction}")  # nosec B311
        self._findings = Findings(setting.profile)

    def stories(self, cases: int, *, lively: bool = True) -> Iterator[Rows]:
        """Yield the rows of each case by table, the oldest case first; `lively` adds the demonstration's own weeks."""
        own = recent_plans(self.setting, self._rng, self.now)[: cases // 3] if lively else []
        opened = sorted(self._moment() for _ in range(cases - sum(2 if isinstance(one, Pair) else 1 for one in own)))
        for at in opened:
            yield self.tell(self._plan(at))
            if self._rng.random() < 0.6:
                yield self._other_signal(at)
        for one in own:
            if isinstance(one, Pair):
                yield from one.tell(self)
            else:
                yield self.tell(one)
        if lively:
            for plan, taker, channel, at in waiting_signals(self.setting, self._rng, self.now):
                yield self._signal(plan, taker, channel, at, None)

    def tell(self, plan: Plan) -> Rows:
        """Tell one story."""
        return tell(self._tale(plan), self._findings)

    def _tale(self, plan: Plan) -> Tale:
        book = CaseBook(self.setting, self._keyring, self.now)
        return Tale(plan, self.setting, book, self._rng, self._keyring, self._index, self.now)

    def _moment(self) -> datetime:
        ago = self._rng.uniform(0.5, YEARS * 365.25)
        day = (self.now - timedelta(days=ago)).astimezone(ZoneInfo(self.setting.profile.timezone))
        hour = self._rng.choices(range(24), (*([1] * 7), *([6] * 13), *([2] * 4)))[0]
        at = day.replace(hour=hour, minute=self._rng.randrange(60), second=0, microsecond=0).astimezone(UTC)
        return min(at, self.now - timedelta(hours=3))

    def _plan(self, at: datetime) -> Plan:
        rng, setting = self._rng, self.setting
        someone = make_someone(rng, setting.jurisdiction, at.date())
        county = pick(rng, COUNTIES) if setting.jurisdiction == "AL" else rng.choice(list(setting.places))
        result = pick(rng, RESULTS)
        ago = self.now - at
        lively = ago < _LIVELY
        answer = "accepted" if rng.random() < ACCEPTED else "declined"
        if ago < 3 * DAY and rng.random() < 0.4:
            answer = "waiting"
        stays = int(rng.triangular(20, 200, 90))
        formal = None
        if result == "VMT" and stays > 110 and rng.random() < FORMAL * 4:
            formal = "NOT_RECOGNISED" if rng.random() < 0.15 else "VT"
        source = pick(rng, SOURCES)
        shelter = self._shelter(someone, ago)
        return Plan(
            opened_at=at,
            opener=self._opener(county, source),
            county=county,
            municipality=rng.choice(setting.places[county]),
            someone=someone,
            source=source,
            urgency=rng.choices(("STANDARD", "URGENT", "EMERGENCY"), (5, 4, 1))[0],
            form=pick(rng, FORMS[someone.sex, "child" if someone.child else "adult"]),
            result=result,
            signalled=rng.random() < SIGNALLED,
            referred=rng.random() < REFERRED[result],
            shelter=shelter,
            answer=answer,
            stay_days=None if ago < 6 * 30 * DAY and rng.random() < 0.15 else stays,
            formal=formal,
            handed_over=rng.random() < 0.15,
            late=lively and rng.random() < SLIPS * 2,
        )

    def _opener(self, county: str, source: str) -> Worker:
        police = self.setting.workers.get("DEMO-POLICI-BERAT")
        if county == "AL-01" and source == "POLICE" and police is not None:
            return police
        return self.setting.openers[county]

    def _shelter(self, someone: Someone, ago: timedelta) -> str | None:
        """Return where somebody may go: men seldom to a shelter, nobody of late to the demonstration's own one."""
        shelters = list(self.setting.shelters)
        if (someone.sex, someone.child) == ("MALE", False) and self._rng.random() < 0.6:
            return None
        if len(shelters) > 1 and (ago < _RESERVED or someone.sex == "MALE"):
            shelters = shelters[1:]
        return self._rng.choice(shelters)

    def _other_signal(self, at: datetime) -> Rows:
        """Tell of a report that led to no case: counselled, passed on, too little to go by."""
        channel = pick(self._rng, CHANNELS[self.setting.jurisdiction])
        outcome = self._rng.choices(("counselled", "not_enough", "no_indication", "same_as_other"), (5, 3, 2, 1))[0]
        plan = self._plan(at)
        called = self.setting.helpline if channel.startswith(("HELPLINE", "APP")) else None
        return self._signal(plan, called or plan.opener, channel, at, outcome)

    def _signal(self, plan: Plan, taker: Worker, channel: str, at: datetime, outcome: str | None) -> Rows:
        tale = self._tale(plan)
        triaged_at = None if outcome is None else min(at + timedelta(hours=2), self.now)
        write_signal(tale, taker, channel, at, outcome=outcome, triaged_at=triaged_at)
        return tale.book.rows
