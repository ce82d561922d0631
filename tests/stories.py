"""Steps of a case that many tests start from, made through the JSON interface like any program would."""

from typing import Any

import httpx

from tests.world import World

PERSON: dict[str, Any] = {
    "given_names": "Fatmira",
    "family_names": "Hoxhaj",
    "sex": "FEMALE",
    "birth_year": 1999,
    "birth_month": 4,
    "citizenships": ["AL"],
    "contacts": [{"kind": "phone", "value": "+355 69 000 0000", "safe": "no"}],
}
CHILD: dict[str, Any] = {
    "given_names": "Arjan",
    "sex": "MALE",
    "estimated_from": 11,
    "estimated_to": 13,
    "age_basis": "dukja",
    "citizenships": ["AL"],
}
REGISTRATION: dict[str, Any] = {
    "urgent": {"danger": "no", "needs": ["HEALTH"], "met": [], "note": "Ka nevojë për mjek."},
    "first_contact_at": "2026-03-02T10:30:00+01:00",
    "urgency": "URGENT",
    "municipality": "AL-01-01",
    "identity": PERSON,
    "languages": ["sq"],
}


def checked(answer: httpx.Response) -> Any:
    """Return the answer's document; fails with its text where the answer is a refusal."""
    assert answer.status_code < 400, f"{answer.status_code}: {answer.text}"
    return answer.json()


async def register_case(world: World, login: str = "demo.njl", **changes: Any) -> dict[str, Any]:
    """Register a person as a mobile-unit officer does; `identity` and others replace parts of the registration."""
    async with world.api(login) as api:
        made: dict[str, Any] = checked(await api.post("/cases", json={**REGISTRATION, **changes}))
        return made
