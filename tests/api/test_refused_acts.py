"""Bad input, as the work produces it: each is refused with a code, the field and a sentence; nothing half written
stays, and the attempt stands in the log with the case it was about."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from sqlalchemy import text

from app.domain.profile import Profile
from app.jurisdictions.loader import Profiles
from tests.formal_stories import (
    INTERVIEW,
    POLICE,
    SOCIAL,
    act,
    code_of,
    content_digest,
    decided,
    ground_everything,
    name_member,
    now,
    potential_victim,
    proposed,
    request_formal,
    sign,
)
from tests.stories import CHILD, checked, person_of, record_exploitation, register_case, start_identification
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Attempt:
    """What somebody tries. `action`: what the log calls it; `expired`: a set of indicators that ended in between."""

    case_id: str
    login: str
    method: str
    path: str
    body: dict[str, Any]
    action: str
    expired: str | None = None


Story: TypeAlias = Callable[[World], Awaitable[Attempt]]


async def signature_missing(world: World) -> Attempt:
    """One of two has signed; somebody takes the decision."""
    case, procedure = await proposed(world)
    await sign(world, procedure, SOCIAL)
    body = {"decided_at": now()}
    return Attempt(case["id"], SOCIAL, "POST", f"/formal/{procedure}/decision", body, "formal.decide")


async def signature_with_a_conflict(world: World) -> Attempt:
    """An officer declares a conflict, and signs all the same with what was on the screen."""
    case, procedure = await proposed(world)
    shown = await content_digest(world, procedure, POLICE)
    body = {"content_sha256": shown, "vote": "agrees", "code": await code_of(world, POLICE)}
    async with world.api(POLICE) as api:
        said = {"answer": "declared", "conflict_reason": "Jemi kushërinj."}
        assert (await api.post(f"/formal/{procedure}/declaration", json=said)).status_code == 204
    return Attempt(case["id"], POLICE, "POST", f"/formal/{procedure}/signatures", body, "formal.sign")


async def seat_with_a_conflict(world: World) -> Attempt:
    """The same officer is put on the interview by a colleague."""
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    police = await name_member(world, procedure, POLICE)
    await name_member(world, procedure, SOCIAL)
    async with world.api(POLICE) as api:
        said = {"answer": "declared", "conflict_reason": "Jemi kushërinj."}
        assert (await api.post(f"/formal/{procedure}/declaration", json=said)).status_code == 204
    body = {**INTERVIEW, "officers": [police]}
    return Attempt(case["id"], SOCIAL, "POST", f"/formal/{procedure}/interviews", body, "formal.lead")


async def no_means(world: World) -> Attempt:
    """The team would recognise an adult with act and purpose alone."""
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    social = await name_member(world, procedure, SOCIAL)
    await act(world, procedure, "interviews", **INTERVIEW, officers=[social])
    await ground_everything(world, procedure, case, ("act", "purpose"))
    body = {"result": "VT", "reasoning": "Akti dhe qëllimi.", "legal_basis": ["PC_110A"]}
    return Attempt(case["id"], SOCIAL, "POST", f"/formal/{procedure}/proposals", body, "formal.lead")


async def before_its_interview(world: World) -> Attempt:
    """Everybody has signed; the date of the decision lies before the interview."""
    case, procedure = await proposed(world)
    await sign(world, procedure, POLICE)
    await sign(world, procedure, SOCIAL)
    body = {"decided_at": "2026-03-25T10:00:00+01:00"}
    return Attempt(case["id"], SOCIAL, "POST", f"/formal/{procedure}/decision", body, "formal.decide")


async def without_an_interview(world: World) -> Attempt:
    """Nobody has heard her, and a decision is proposed."""
    case = await potential_victim(world)
    procedure = await request_formal(world, case)
    await name_member(world, procedure, SOCIAL)
    body = {"result": "NOT_RECOGNISED", "reasoning": "x", "legal_basis": ["PC_110A"]}
    return Attempt(case["id"], SOCIAL, "POST", f"/formal/{procedure}/proposals", body, "formal.lead")


async def over_a_signed_one(world: World) -> Attempt:
    """A second decision is dated before the first, so that it would seem to have come first."""
    case, procedure = await decided(world, "NOT_RECOGNISED")
    await act(world, procedure, "reconsideration", reopened_at=now(), review_reason="Doli një dëshmi e re.")
    await act(world, procedure, "proposals", result="VT", reasoning="Dëshmia.", legal_basis=["PC_110A"])
    await sign(world, procedure, POLICE)
    await sign(world, procedure, SOCIAL)
    async with world.superuser() as connection:
        # the signatures are of last week, the first decision is of yesterday: only it stands in the way
        given = {"id": procedure}
        await connection.execute(
            text(
                "update casework.formal_signature set signed_at = now() - interval '7 days'"
                " where formal_procedure_id = :id"
            ),
            given,
        )
        await connection.execute(
            text(
                "update casework.formal_decision set decided_at = now() - interval '1 day'"
                " where formal_procedure_id = :id"
            ),
            given,
        )
    body = {"decided_at": (datetime.now(UTC) - timedelta(days=2)).isoformat()}
    return Attempt(case["id"], SOCIAL, "POST", f"/formal/{procedure}/decision", body, "formal.decide")


async def expired_set(world: World) -> Attempt:
    """Somebody opens an old list for somebody new."""
    case = await register_case(world)
    body = {"started_at": "2026-03-02T11:30:00+01:00", "sets": ["al-sop-initial"]}
    path = f"/cases/{case['id']}/identifications"
    return Attempt(case["id"], "demo.njl", "POST", path, body, "identification.record", expired="al-sop-initial")


async def expired_answers(world: World) -> Attempt:
    """The list ended while the page stood open, and its answers come in."""
    case = await register_case(world)
    begun = await start_identification(world, case)
    async with world.api("demo.njl") as api:
        offered = checked(await api.get(f"/cases/{case['id']}/indicator-sets"))
    other = next(one for one in offered if one["id"] not in begun["sets"])
    answers = [{"code": other["indicators"][0]["code"], "answer": "yes"}]
    body = {"set_id": other["id"], "set_version": other["version"], "answers": answers}
    path = f"/identifications/{begun['id']}/observations"
    return Attempt(case["id"], "demo.njl", "PUT", path, body, "identification.record", expired=other["id"])


@pytest.fixture
def ended(world: World) -> Iterator[Callable[[str], None]]:
    """Let a set of indicators end the day before the identifications of these tests; by data alone."""
    state = world.app.state  # type: ignore[attr-defined]
    before = state.program

    def end(set_id: str) -> None:
        def shortened(profile: Profile) -> Profile:
            known = profile.indicator_sets
            if set_id not in known:
                return profile
            short = replace(known[set_id], valid_to=date(2026, 3, 1))
            return replace(profile, indicator_sets={**known, set_id: short})

        loaded = {(one.jurisdiction, one.version): shortened(one) for one in before.profiles}
        state.program = replace(before, profiles=Profiles(loaded))

    yield end
    state.program = before


GUARDIAN: dict[str, Any] = {
    "appointed_at": "2026-03-06T12:00:00+01:00",
    "name": "Luan Kujdestari",
    "relation": "OTHER_RELATIVE",
    "decision_body": "COURT",
}


async def suspected_guardian(world: World) -> Attempt:
    """The one who is under suspicion is recorded as guardian."""
    case = await register_case(world, identity=CHILD)
    body = {**GUARDIAN, "suspected": True}
    return Attempt(case["id"], "demo.njl", "POST", f"/cases/{case['id']}/child/guardians", body, "child.record")


async def exploiting_guardian(world: World) -> Attempt:
    """A parent recruited the child, and a parent becomes the guardian."""
    case = await register_case(world, identity=CHILD)
    await record_exploitation(world, case, recruiter_relationships=["PARENT"])
    body = {**GUARDIAN, "relation": "PARENT"}
    return Attempt(case["id"], "demo.njl", "POST", f"/cases/{case['id']}/child/guardians", body, "child.record")


CASES: list[tuple[Story, int, str, str | None, str]] = [
    (signature_missing, 409, "formal.signature_missing", None, "still waits for the signature of"),
    (signature_with_a_conflict, 403, "formal.stood_aside", None, "You declared a conflict of interest"),
    (seat_with_a_conflict, 422, "formal.officer_cannot", "officers", "cannot interview"),
    (no_means, 422, "formal.means_missing", "result", "needs the means too"),
    (before_its_interview, 422, "formal.decided_before_interview", "decided_at", "before the last interview"),
    (without_an_interview, 409, "formal.no_interview", None, "no decision without an interview"),
    (over_a_signed_one, 422, "formal.decided_before_decision", "decided_at", "before one that was signed earlier"),
    (expired_set, 422, "identification.set_expired", "sets", "Choose a list in force"),
    (expired_answers, 422, "identification.set_expired", "set_id", "Choose a list in force"),
    (suspected_guardian, 422, "guardian.suspected", "suspected", "Somebody suspected"),
    (exploiting_guardian, 422, "guardian.parent_recruited", "relation", "parent"),
]

WRITTEN = (
    "formal_procedure",
    "formal_member",
    "formal_interview",
    "formal_ground",
    "formal_proposal",
    "formal_signature",
    "formal_decision",
    "identification",
    "observation",
    "guardian",
    "guardian_identity",
    "case_event",
    "task",
    "note",
)
"""What an act of these could leave behind."""


async def written(world: World, case_id: str) -> dict[str, list[str]]:
    """Return every row about a case, byte by byte."""
    found: dict[str, list[str]] = {}
    async with world.superuser() as connection:
        for table in (*WRITTEN, "case_file"):
            key = "id" if table == "case_file" else "case_id"
            query = text(f"select md5(t::text) from casework.{table} t where t.{key} = :id order by 1")
            found[table] = list((await connection.execute(query, {"id": case_id})).scalars())
    return found


@pytest.mark.parametrize(
    ("story", "status", "code", "field", "sentence"), CASES, ids=lambda v: getattr(v, "__name__", "")
)
async def test_it_is_refused_with_its_reason_and_nothing_is_lost(
    world: World, ended: Callable[[str], None], story: Story, status: int, code: str, field: str | None, sentence: str
) -> None:
    tried = await story(world)
    before = await written(world, tried.case_id)
    if tried.expired:
        ended(tried.expired)
    async with world.api(tried.login) as api:
        answer = await api.request(tried.method, tried.path, json=tried.body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem.get("field")) == (status, code, field), problem
    assert sentence in problem["detail"], problem["detail"]
    assert await written(world, tried.case_id) == before
    kept = [e for e in await world.audit_entries(tried.action) if e["outcome"] in ("refused", "denied")]
    last = kept[-1]
    assert last["detail"]["code"] == code  # type: ignore[index]
    assert str(last["account_id"]) == (await person_of(world, tried.login))[0]
    if status != 404:
        assert UUID(tried.case_id) in last["case_ids"]  # type: ignore[operator]
    assert last["detail"]["fields"] == ([field] if field else [])  # type: ignore[index]
