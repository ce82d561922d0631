"""The last weeks of the demonstration's own people: something for each role to open, decide, answer or be late with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from app.demonstration.case_book import Row, id_at
from app.demonstration.people import make_someone
from app.demonstration.setting import Setting, Worker
from app.demonstration.tale import Plan
from app.domain.forms.cases import Identity
from app.domain.names import Query, Token, identity_tokens, query_tokens, score

if TYPE_CHECKING:
    from app.demonstration.generator import Teller

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_GIRL, _BOY, _WOMAN, _MAN = ("FEMALE", "child"), ("MALE", "child"), ("FEMALE", "adult"), ("MALE", "adult")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two registrations that a person has to compare: the same name written in two ways."""

    first: Plan
    second: Plan

    def tell(self, teller: "Teller") -> Iterator[dict[str, list[Row]]]:
        """Tell both stories and propose that they are of one person, with the reasons the search gives."""
        one, other = teller.tell(self.first), teller.tell(self.second)
        rows = [one["vault.person"][0], other["vault.person"][0]]
        query = _query(self.second.someone.identity)
        graded = score(query_tokens(query), _tokens(self.first.someone.identity))
        first, second = sorted(row["id"] for row in rows)
        other["vault.duplicate"] = [
            {
                "id": id_at(self.second.opened_at),
                "jurisdiction": teller.setting.jurisdiction,
                "person_id": first,
                "other_id": second,
                "level": "likely" if graded.value >= 90 else "possible",
                "reasons": list(graded.reasons),
                "state": "proposed",
                "proposed_at": self.second.opened_at,
                "version": 1,
            }
        ]
        yield one
        yield other


def _query(identity: Identity) -> Query:
    return Query(given=identity.given_names or "", family=identity.family_names or "", birth_year=identity.birth_year)


def _tokens(identity: Identity) -> frozenset[Token]:
    return identity_tokens([identity.given_names or ""], [identity.family_names or ""], (), identity.birth_year)


def recent_plans(setting: Setting, rng: Random, now: datetime) -> list[Plan | Pair]:
    """Return what happened lately around the demonstration's people, the oldest first."""
    maker = _Maker(setting, rng, now)
    return maker.albania() if setting.jurisdiction == "AL" else maker.kosovo()


def waiting_signals(setting: Setting, rng: Random, now: datetime) -> list[tuple[Plan, Worker, str, datetime]]:
    """Return reports that nobody has looked at yet: (plan, who took it, channel, when)."""
    if setting.helpline is None:
        return []
    maker, berat = _Maker(setting, rng, now), setting.openers["AL-01"]
    return [
        (maker.plan(5 * HOUR, _GIRL, "BEG_BY_CHILD", county="AL-01"), berat, "FIELD_VISIT", now - 5 * HOUR),
        (maker.plan(26 * HOUR, _MAN, "LAB_WORKPLACE", county="AL-01"), berat, "PHONE", now - 26 * HOUR),
        (maker.plan(2 * HOUR, _WOMAN, "SEX_REMOTE"), setting.helpline, "HELPLINE_116006", now - 2 * HOUR),
        (maker.plan(9 * HOUR, _BOY, "CRI_THEFT"), setting.helpline, "APP_RAPORTO", now - 9 * HOUR),
        (maker.plan(31 * HOUR, _GIRL, "MAR_CHILD"), setting.helpline, "HELPLINE_116006", now - 31 * HOUR),
    ]


class _Maker:
    def __init__(self, setting: Setting, rng: Random, now: datetime) -> None:
        self._setting = setting
        self._rng = rng
        self._now = now

    def plan(
        self,
        ago: timedelta,
        group: tuple[str, str],
        form: str,
        *,
        county: str | None = None,
        opener: str | None = None,
        community: str | None = None,
        result: str = "VMT",
        **values: Any,
    ) -> Plan:
        """Return the plan of a story that began `ago`."""
        setting, at = self._setting, (self._now - ago).replace(second=0, microsecond=0)
        where = county or self._rng.choice(list(setting.places))
        plan = Plan(
            opened_at=at,
            opener=setting.workers[opener] if opener else setting.openers[where],
            county=where,
            municipality=self._rng.choice(setting.places[where]),
            someone=make_someone(self._rng, setting.jurisdiction, at.date(), group=group, community=community),
            source="MOBILE_UNIT" if setting.jurisdiction == "AL" else "MUNICIPAL_SOCIAL",
            urgency="URGENT" if group[1] == "child" else "STANDARD",
            form=form,
            result=result,
            stay_days=None,
        )
        return replace(plan, **values)

    def albania(self) -> list[Plan | Pair]:
        """The guests of Agimi, referrals that wait there, and the days of the mobile unit of Berat."""
        here: dict[str, Any] = {"county": "AL-01"}
        agimi: dict[str, Any] = {"shelter": "DEMO-AGIMI"}
        return [
            self.plan(
                75 * DAY, _WOMAN, "SEX_PROSTITUTION", bed="1A", formal="asked", handed_over=True, **here, **agimi
            ),
            self.plan(61 * DAY, _GIRL, "BEG_BY_CHILD", community="roma", bed="1B", handed_over=True, **here, **agimi),
            self.plan(48 * DAY, _GIRL, "SEX_PROSTITUTION", bed="2A", county="AL-11", **agimi),
            self.plan(33 * DAY, _WOMAN, "DOM_EMPLOYER", community="filipino", bed="3A", county="AL-02", **agimi),
            self.plan(24 * DAY, _GIRL, "MAR_CHILD", community="egyptian", bed="3B", handed_over=True, **here, **agimi),
            self.plan(19 * DAY, _WOMAN, "SEX_REMOTE", bed="4A", county="AL-12", late=True, **agimi),
            self.plan(11 * DAY, _WOMAN, "SEX_PROSTITUTION", community="kosovar", bed="5C", **here, **agimi),
            self._twins(),
            self.plan(9 * DAY, _MAN, "LAB_WORKPLACE", community="south_asian", result="VMT", referred=False, **here),
            self.plan(6 * DAY, _BOY, "BEG_BY_CHILD", community="roma", answer="declined", late=True, **here, **agimi),
            self.plan(5 * DAY, _GIRL, "BEG_BY_CHILD", result="AT_RISK", referred=False, late=True, **here),
            self.plan(4 * DAY, _WOMAN, "SEX_PROSTITUTION", decided=False, opener="DEMO-SHSSH-BERAT", **here),
            self.plan(3 * DAY, _BOY, "CRI_DRUG_CULTIVATION", decided=False, opener="DEMO-POLICI-BERAT", **here),
            self.plan(66 * HOUR, _WOMAN, "SEX_PROSTITUTION", answer="waiting", **here, **agimi),
            self.plan(54 * HOUR, _GIRL, "LAB_STREET_SELLING", answer="waiting", county="AL-03", **agimi),
            self.plan(36 * HOUR, _WOMAN, "BEG", answer="waiting", **here, **agimi),
            self.plan(
                34 * HOUR, _GIRL, "SEX_PORNOGRAPHY", answer="waiting", county="AL-11", urgency="EMERGENCY", **agimi
            ),
            self.plan(29 * HOUR, _BOY, "CRI_THEFT", decided=False, **here),
            self.plan(5 * HOUR, _GIRL, "BEG_BY_CHILD", decided=False, **here),
            self.plan(2 * HOUR, _MAN, "LAB_WORKPLACE", community="nigerian", decided=False, **here),
        ]

    def kosovo(self) -> list[Plan | Pair]:
        """Some guests of Pranvera, two referrals that wait, and new cases."""
        home: dict[str, Any] = {"shelter": "DEMO-PRANVERA"}
        return [
            self.plan(52 * DAY, _GIRL, "SEX_PROSTITUTION", bed="1A", **home),
            self.plan(27 * DAY, _WOMAN, "SEX_PROSTITUTION", bed="1B", **home),
            self.plan(13 * DAY, _GIRL, "BEG_BY_CHILD", bed="2A", **home),
            self.plan(60 * HOUR, _WOMAN, "SEX_PROSTITUTION", answer="waiting", **home),
            self.plan(35 * HOUR, _GIRL, "BEG_BY_CHILD", answer="waiting", **home),
            self.plan(28 * HOUR, _BOY, "CRI_THEFT", decided=False),
            self.plan(4 * HOUR, _WOMAN, "DOM_EMPLOYER", decided=False),
        ]

    def _twins(self) -> Pair:
        first = self.plan(40 * DAY, _WOMAN, "SEX_PROSTITUTION", county="AL-04", referred=False, stay_days=200)
        second = self.plan(8 * DAY, _WOMAN, "SEX_PROSTITUTION", county="AL-01", referred=False)
        known = Identity(
            given_names="Xhevahire", family_names="Mjellollari", sex="FEMALE", birth_year=1998, citizenships=("AL",)
        )
        written = known.model_copy(update={"given_names": "Gjevaire", "birth_month": 5})
        named = replace(first.someone, named=True, interpreter=False, languages=("sq",), foreign=False)
        return Pair(
            replace(first, someone=replace(named, identity=known)),
            replace(second, someone=replace(named, identity=written)),
        )
