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


SITUATION: dict[str, Any] = {
    "forms": ["BEG_BY_CHILD"],
    "acts": ["TRANSPORTATION", "RECEIPT"],
    "scope": "INTERNAL",
    "place": "AL-01-01",
    "from_year": 2025,
    "from_month": 3,
    "ongoing": True,
    "recruiter_relationships": ["OTHER_RELATIVE"],
    "control_methods": ["TAKES_EARNINGS"],
    "narrative": "E çojnë çdo mëngjes te stacioni.",
}


async def record_exploitation(
    world: World, case: dict[str, Any], login: str = "demo.njl", **changes: Any
) -> dict[str, Any]:
    """Record an exploitation situation of a case: begging of a child, with parts replaced."""
    async with world.api(login) as api:
        path = f"/cases/{case['id']}/exploitations"
        made: dict[str, Any] = checked(await api.post(path, json={**SITUATION, **changes}))
        return made


async def start_identification(
    world: World, case: dict[str, Any], login: str = "demo.njl", **changes: Any
) -> dict[str, Any]:
    """Begin an initial identification an hour after the first contact."""
    async with world.api(login) as api:
        given = {"started_at": "2026-03-02T11:30:00+01:00", **changes}
        made: dict[str, Any] = checked(await api.post(f"/cases/{case['id']}/identifications", json=given))
        return made


async def answer_indicators(
    world: World,
    identification: dict[str, Any],
    *codes: str,
    login: str = "demo.njl",
    answer: str = "yes",
    set_id: str = "al-sop-initial",
) -> dict[str, Any]:
    """Answer indicators of one set; returns the identification with its new version."""
    async with world.api(login) as api:
        given = {
            "set_id": set_id,
            "set_version": "0.1.0",
            "answers": [{"code": code, "answer": answer} for code in codes],
        }
        path = f"/identifications/{identification['id']}/observations"
        made: dict[str, Any] = checked(await api.put(path, json=given))
        return made


async def decide_identification(
    world: World, identification: dict[str, Any], result: str = "VMT", login: str = "demo.njl", **changes: Any
) -> dict[str, Any]:
    """Decide an identification under the version it has in `identification`."""
    async with world.api(login) as api:
        given = {
            "result": result,
            "decided_at": "2026-03-02T13:00:00+01:00",
            "decision_reason": "U pa dhe u dëgjua në takim.",
            **changes,
        }
        made: dict[str, Any] = checked(
            await api.post(
                f"/identifications/{identification['id']}/decision",
                json=given,
                headers={"If-Match": f'"{identification["version"]}"'},
            )
        )
        return made
