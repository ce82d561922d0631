"""What is measured: the requests of an ordinary day, made up anew for each round."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

from app.demonstration.names import NAMES
from bench.closed_loop import Asked, Connection, Round, one_request
from bench.installation import Installation

API = "/api/v1"
TOLD = ["purpose", "recipients", "data", "voluntary", "withdrawal"]
_CASES = """
select c.id::text from casework.case_file c join casework.case_grant g on g.case_id = c.id
join ref.organisation o on o.id = g.org_id
where o.code = 'DEMO-NJL-BERAT' and c.person_id is not null and g.basis = 'opening' and substr(c.id::text, 15, 1) = '7'
order by c.id desc limit 4000
"""
"""Ids of version 7: what pgbench copied has ids of version 4, under which nothing sealed opens."""


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@dataclass(slots=True)
class Operations:
    """Requests of the demonstration's people; `cases` are ids that the mobile unit of Berat works with."""

    unit: dict[str, str]
    shelter: dict[str, str]
    authority: dict[str, str]
    shelter_id: str
    cases: list[str]
    rng: Random = field(default_factory=lambda: Random(7))
    registered: list[str] = field(default_factory=list)

    @classmethod
    async def over(cls, installation: Installation) -> "Operations":
        """Sign in whom the requests need, and choose cases to ask for."""
        cases = [str(row[0]) for row in await installation.look(_CASES)]
        rng = Random(7)
        rng.shuffle(cases)
        shelter = await installation.look("select id::text from ref.organisation where code = 'DEMO-AGIMI'")
        unit, staff, authority = [
            _headers(await installation.token(of)) for of in ("demo.njl", "demo.agimi", "demo.ap")
        ]
        return cls(unit, staff, authority, str(shelter[0][0]), cases, rng)

    def registration(self, given: str | None = None, family: str | None = None) -> Asked:
        """Register a made-up person, found by searching before, with an idempotency key."""
        names = NAMES["albanian"]
        identity = {
            "given_names": given or names.given(self.rng, "FEMALE"),
            "family_names": family or names.family(self.rng),
            "sex": "FEMALE",
            "birth_year": self.rng.randint(1975, 2006),
            "birth_month": 4,
            "citizenships": ["AL"],
            "contacts": [{"kind": "phone", "value": "+355 69 000 0000", "safe": "no"}],
        }
        form = {
            "urgent": {"danger": "no", "needs": ["HEALTH"], "met": [], "note": "Ka nevojë për mjek."},
            "first_contact_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
            "urgency": "URGENT",
            "municipality": "AL-01-01",
            "identity": identity,
            "languages": ["sq"],
        }
        headers = {**self.unit, "Idempotency-Key": str(uuid4())}
        return Asked("POST", f"{API}/cases", headers, json.dumps(form).encode())

    def search(self, text: str) -> Asked:
        """Search for a person."""
        return Asked("POST", f"{API}/persons/search", self.unit, json.dumps({"text": text}).encode())

    def all(self) -> dict[str, Round]:
        """Return every operation by its name."""
        some = itertools.cycle(self.cases)
        names = NAMES["albanian"]

        def get(path: Callable[[], str], headers: dict[str, str]) -> Round:
            return one_request(lambda: Asked("GET", API + path(), headers))

        def whole() -> Asked:
            return self.search(f"{names.given(self.rng, 'FEMALE')} {names.family(self.rng)}")

        return {
            "register a person": self._register,
            "open who the person is (audited)": get(lambda: f"/cases/{next(some)}/person", self.unit),
            "read a case (audited)": get(lambda: f"/cases/{next(some)}", self.unit),
            "list 50 cases by key": get(lambda: "/cases?limit=50", self.unit),
            "search a whole name": one_request(whole),
            "search part of a name": one_request(lambda: self.search(names.family(self.rng)[:4])),
            "referral round trip (4 requests)": self._referral,
            "board: counters": get(lambda: "/board", self.authority),
            "board: first page of late cases": get(lambda: "/board/cases?view=late", self.authority),
        }

    async def _register(self, connection: Connection) -> bool:
        status, body = await connection.ask(self.registration())
        if status == 201:
            self.registered.append(json.loads(body)["id"])
        return status == 201

    async def _referral(self, connection: Connection) -> bool:
        """Consent, draft, send and accept: from the person's word to the shelter's access."""
        case = self.registered.pop()
        classes = ["milestones", "identity", "health"]
        consent = {
            "purpose": "REFERRAL_NAMED_BODY", "answer": "given", "data_classes": classes, "language": "sq",
            "text_version": "1.0", "form": "WRITTEN", "told": TOLD, "basis": "ADULT_CONSENT",
            "given_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(), "recipient_org_id": self.shelter_id,
        }  # fmt: skip
        draft = {"needs": ["ACCOMMODATION"], "urgency": "URGENT", "receiver_org_id": self.shelter_id}
        status, body = await self._post(connection, f"/cases/{case}/consents", self.unit, consent)
        if status < 400:
            status, body = await self._post(connection, f"/cases/{case}/referrals", self.unit, draft)
        for act, who in (("send", self.unit), ("accept", self.shelter)):
            if status >= 400:
                return False
            made = json.loads(body)
            headers = {**who, "If-Match": f'"{made["version"]}"'}
            status, body = await self._post(connection, f"/referrals/{made['id']}/{act}", headers, {})
        return status < 400

    async def _post(
        self, connection: Connection, path: str, headers: dict[str, str], form: Mapping[str, object]
    ) -> tuple[int, bytes]:
        given = {**headers, "Idempotency-Key": str(uuid4())}
        return await connection.ask(Asked("POST", API + path, given, json.dumps(form).encode()))
