"""A formal identification step by step through the JSON interface: asked for, team, interview, grounds, signatures."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from app.services.signing_code import demonstration_code
from tests.stories import (
    CHILD,
    answer_indicators,
    checked,
    decide_identification,
    person_of,
    record_exploitation,
    register_case,
    start_identification,
)
from tests.world import World

POLICE, SOCIAL, CHILDREN = "demo.trafiqe", "demo.identifikim", "demo.njmf"
REQUEST: dict[str, Any] = {
    "requested_at": "2026-03-20T10:00:00+01:00",
    "requested_by": "person",
    "form": "WRITTEN",
    "officer_sex": "female",
    "language": "sq",
    "wish": "Dëshiron të flasë me një grua.",
}
INTERVIEW: dict[str, Any] = {
    "occurred_at": "2026-04-02T10:00:00+02:00",
    "setting": "shelter",
    "summary": "Tregoi vetë, me dy pushime.",
}
CHILD_INTERVIEW: dict[str, Any] = {
    **INTERVIEW,
    "kind": "CHILD_FRIENDLY",
    "setting": "child_room",
    "child_friendly_room": True,
    "audiovisual": True,
    "guardian": "guardian",
    "best_interest": "Fëmija e njeh punonjësen dhe donte të fliste.",
}


async def potential_victim(world: World, login: str = "demo.njl", **changes: Any) -> dict[str, Any]:
    """A person with an exploitation situation and a decided initial identification."""
    child = changes.get("identity") is CHILD
    case = await register_case(world, login, **changes)
    situation: dict[str, Any] = (
        {} if child else {"forms": ["LAB_OTHER"], "means": ["DECEPTION"], "acts": ["RECRUITMENT"]}
    )
    if ".xk." in login:
        situation["place"] = None
    case["exploitation"] = await record_exploitation(world, case, login, **situation)
    begun = await start_identification(world, case, login)
    if ".xk." not in login:
        begun = await answer_indicators(world, begun, "AI09", "AI12", "AI16", login=login)
    await decide_identification(world, begun, login=login)
    return case


async def request_formal(world: World, case: dict[str, Any], login: str = "demo.njl", **changes: Any) -> str:
    """The person asks; returns the procedure's id."""
    async with world.api(login) as api:
        return str(checked(await api.post(f"/cases/{case['id']}/formal", json={**REQUEST, **changes}))["id"])


async def name_member(world: World, procedure: str, member: str, login: str = "demo.njl", declare: bool = True) -> str:
    """Name a demonstration person to the team, who then says that there is no conflict; returns the member's id."""
    account_id, org_id = await person_of(world, member)
    async with world.api(login) as api:
        given = {"org_id": org_id, "account_id": account_id}
        made = str(checked(await api.post(f"/formal/{procedure}/members", json=given))["id"])
    if declare:
        async with world.api(member) as api:
            answer = await api.post(f"/formal/{procedure}/declaration", json={"answer": "none"})
            assert answer.status_code == 204, answer.text
    return made


async def whole(world: World, procedure: str, login: str = SOCIAL) -> dict[str, Any]:
    """Return the procedure as a member reads it."""
    async with world.api(login) as api:
        found: dict[str, Any] = checked(await api.get(f"/formal/{procedure}"))
        return found


async def act(world: World, procedure: str, what: str, login: str = SOCIAL, **given: Any) -> Any:
    """Take a step of the procedure; returns the answer's document."""
    async with world.api(login) as api:
        return checked(await api.post(f"/formal/{procedure}/{what}", json=given))


async def code_of(world: World, login: str) -> str:
    """Return a code that somebody's made-up telephone shows; those of the same half minute are forgotten."""
    async with world.superuser() as connection:
        await connection.execute(
            text("update iam.account set totp_last_step = null where login = :login"), {"login": login}
        )
    async with world.acting(login, "home.read") as unit:
        unit.quiet = True
        shown = await demonstration_code(unit)
        assert shown is not None
        return shown


async def content_digest(world: World, procedure: str, login: str) -> str:
    """Return the SHA-256 of what a member is shown to sign, worked out from the bytes alone."""
    async with world.api(login) as api:
        answer = await api.get(f"/formal/{procedure}/signed-content")
        assert answer.status_code == 200, answer.text
        return hashlib.sha256(answer.content).hexdigest()


async def sign(world: World, procedure: str, login: str, vote: str = "agrees", **given: Any) -> str:
    """Sign as a member; returns how the signatures stand."""
    shown = await content_digest(world, procedure, login)
    form = {"content_sha256": shown, "vote": vote, "code": await code_of(world, login), **given}
    return str((await act(world, procedure, "signatures", login, **form))["stands"])


async def ground_everything(
    world: World, procedure: str, case: dict[str, Any], elements: tuple[str, ...] = ("act", "means", "purpose")
) -> None:
    """Record a finding on each element, resting on the situation in the file."""
    for element in elements:
        evidence = [f"exploitation:{case['exploitation']['id']}"]
        reasoning = f"U gjet: {element}."
        await act(
            world, procedure, "grounds", element=element, finding="present", reasoning=reasoning, evidence=evidence
        )


async def ready_to_propose(world: World, **changes: Any) -> tuple[dict[str, Any], str]:
    """An adult's procedure with team, interview and grounds; returns (case, procedure id)."""
    case = await potential_victim(world, **changes)
    procedure = await request_formal(world, case)
    police = await name_member(world, procedure, POLICE)
    social = await name_member(world, procedure, SOCIAL)
    await act(world, procedure, "interviews", **INTERVIEW, officers=[police, social])
    await ground_everything(world, procedure, case)
    return case, procedure


async def proposed(world: World, result: str = "VT", **changes: Any) -> tuple[dict[str, Any], str]:
    """An adult's procedure with a proposal that waits for signatures."""
    case, procedure = await ready_to_propose(world, **changes)
    await act(world, procedure, "proposals", result=result, reasoning="Arsyet e ekipit.", legal_basis=["PC_110A"])
    return case, procedure


def now() -> str:
    """Return this moment as a form gives it."""
    return datetime.now(UTC).isoformat()


async def decided(world: World, result: str = "VT", **changes: Any) -> tuple[dict[str, Any], str]:
    """A procedure with its signed decision; returns (case, procedure id)."""
    case, procedure = await proposed(world, result, **changes)
    await sign(world, procedure, POLICE)
    await sign(world, procedure, SOCIAL)
    await act(world, procedure, "decision", decided_at=now())
    return case, procedure
