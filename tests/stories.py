"""Steps of a case that many tests start from, made through the JSON interface like any program would."""

from typing import Any

import httpx
from sqlalchemy import text

from app.domain.ids import uuid7
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


async def share_with_shelter(
    world: World, case_id: str, code: str = "DEMO-AGIMI", classes: str = "milestones,identity"
) -> None:
    """Let a shelter see a case as an accepted referral would; for tests that are not about referrals."""
    async with world.superuser() as connection:
        await connection.execute(
            text(
                "insert into casework.case_grant (id, case_id, org_id, data_classes, basis, granted_by)"
                " select :id, c.id, o.id, string_to_array(:classes, ','), 'referral', c.opened_by"
                " from casework.case_file c, ref.organisation o where c.id = :case and o.code = :code"
            ),
            {"id": uuid7(), "case": case_id, "code": code, "classes": classes},
        )


async def add_bed(world: World, label: str, login: str = "demo.agimi.drejtuese") -> str:
    """Add a bed to the shelter of a manager; returns its id."""
    async with world.api(login) as api:
        return str(checked(await api.post("/beds", json={"label": label}))["id"])


TOLD = ["purpose", "recipients", "data", "voluntary", "withdrawal"]
CONSENT: dict[str, Any] = {
    "purpose": "REFERRAL_NAMED_BODY",
    "answer": "given",
    "data_classes": ["milestones", "identity", "health"],
    "language": "sq",
    "text_version": "1.0",
    "form": "WRITTEN",
    "told": TOLD,
    "basis": "ADULT_CONSENT",
    "given_at": "2026-03-02T10:55:00+01:00",
}


def etag_of(found: dict[str, Any]) -> dict[str, str]:
    """Return the header that names the version a change was made from."""
    return {"If-Match": f'"{found["version"]}"'}


async def give_consent(
    world: World, case: dict[str, Any], to: str = "DEMO-AGIMI", login: str = "demo.njl", **changes: Any
) -> dict[str, Any]:
    """Record an adult's yes to sharing with an organisation (its code), with parts replaced."""
    async with world.api(login) as api:
        given = {**CONSENT, "recipient_org_id": str(await world.organisation(to)), **changes}
        made: dict[str, Any] = checked(await api.post(f"/cases/{case['id']}/consents", json=given))
        return made


async def draft_referral(
    world: World, case: dict[str, Any], to: str = "DEMO-AGIMI", login: str = "demo.njl", **changes: Any
) -> dict[str, Any]:
    """Begin a referral to an organisation; without `data_classes` everything the ledger carries is chosen."""
    async with world.api(login) as api:
        given = {
            "needs": ["ACCOMMODATION", "HEALTH"],
            "urgency": "URGENT",
            "safety": "none_known",
            "message": "Mbërrin nesër në mëngjes.",
            "receiver_org_id": str(await world.organisation(to)),
            **changes,
        }
        made: dict[str, Any] = checked(await api.post(f"/cases/{case['id']}/referrals", json=given))
        return made


async def act_on(
    world: World, found: dict[str, Any], act: str, login: str, json: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Take one step of a referral (`send`, `accept`, `decline` ...) under the version it has in `found`."""
    async with world.api(login) as api:
        answer = await api.post(f"/referrals/{found['id']}/{act}", json=json or {}, headers=etag_of(found))
        made: dict[str, Any] = checked(answer)
        return made


async def send_referral(
    world: World, case: dict[str, Any], to: str = "DEMO-AGIMI", login: str = "demo.njl", **changes: Any
) -> dict[str, Any]:
    """Send a referral of a case."""
    return await act_on(world, await draft_referral(world, case, to, login, **changes), "send", login)


async def referred_case(
    world: World, to: str = "DEMO-AGIMI", receiver: str = "demo.agimi", **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Register a person, with consent refer them, and let the receiver accept; returns (case, referral)."""
    case = await register_case(world, **changes)
    await give_consent(world, case, to, data_classes=["milestones", "identity", "casework", "health"])
    sent = await send_referral(world, case, to)
    return case, await act_on(world, sent, "accept", receiver)


async def record_milestone(
    world: World,
    case: dict[str, Any],
    code: str,
    login: str = "demo.njl",
    occurred_at: str = "2026-03-02T14:00:00+01:00",
    **changes: Any,
) -> dict[str, Any]:
    """Record a step taken outside the program, in the afternoon of the first contact."""
    async with world.api(login) as api:
        path = f"/cases/{case['id']}/milestones"
        made: dict[str, Any] = checked(await api.post(path, json={"code": code, "occurred_at": occurred_at, **changes}))
        return made


async def person_of(world: World, login: str) -> tuple[str, str]:
    """Return (account id, organisation id) of a demonstration person."""
    async with world.acting(login, "home.read") as unit:
        unit.quiet = True
        return str(unit.actor.account_id), str(unit.actor.org_id)


async def hand_over(
    world: World,
    case: dict[str, Any],
    to: str = "demo.menaxhere",
    login: str = "demo.njl",
    **changes: Any,
) -> dict[str, Any]:
    """Pass a case on to another demonstration person, under the version it has in `case`."""
    account_id, org_id = await person_of(world, to)
    given = {"to_org_id": org_id, "to_account_id": account_id, "reason": "Rasti vazhdon te bashkia.", **changes}
    async with world.api(login) as api:
        path = f"/cases/{case['id']}/hand-over"
        made: dict[str, Any] = checked(await api.post(path, json=given, headers={"If-Match": f'"{case["version"]}"'}))
        return made


CLOSING: dict[str, Any] = {
    "closed_at": "2026-06-01T12:00:00+02:00",
    "reason": "COMPLETED",
    "assistance_outcome": "ASSISTED_COMMUNITY",
}


async def close_case(world: World, case: dict[str, Any], login: str = "demo.njl", **changes: Any) -> dict[str, Any]:
    """Close a case under the version it has in `case`."""
    async with world.api(login) as api:
        path = f"/cases/{case['id']}/close"
        made: dict[str, Any] = checked(
            await api.post(path, json={**CLOSING, **changes}, headers={"If-Match": f'"{case["version"]}"'})
        )
        return made
