"""Signed decisions prove themselves: whoever has the published document and the stored hashes needs no Besa to check.

Nothing of the program's own hashing is used here: only `json` and `hashlib`, as docs/formal-identification.md says.
"""

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import text

from tests.formal_stories import POLICE, SOCIAL, act, decided, now, proposed, sign, whole
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def canonical(document: object) -> bytes:
    """Return a document in the canonical form of the documentation: keys sorted, UTF-8, no spaces, no NaN."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


async def published(world: World, procedure: str, proposal: str | None = None) -> bytes:
    """Return the bytes that the interface publishes."""
    async with world.api(SOCIAL) as api:
        asked = {"proposal": proposal} if proposal else {}
        answer = await api.get(f"/formal/{procedure}/signed-content", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.content


async def stored(world: World, procedure: str) -> list[tuple[str, str]]:
    """Return (proposal, hash) of every signature as the database keeps them, past any interface."""
    query = text(
        "select formal_proposal_id::text, content_sha256 from casework.formal_signature"
        " where formal_procedure_id = :id order by id"
    )
    async with world.superuser() as connection:
        return [(row[0], row[1]) for row in await connection.execute(query, {"id": procedure})]


async def test_every_stored_signature_is_recomputed_from_what_is_published(world: World) -> None:
    """Two proposals, one sent back with a dissent and one decided: four signatures, each under its own document."""
    _, procedure = await proposed(world)
    await sign(world, procedure, SOCIAL)
    await sign(world, procedure, POLICE, "dissents", dissent="Mungon një dëshmi: «ë, ç, €».")
    await act(world, procedure, "proposals", result="VT", reasoning="Përsëri, të gjitha.", legal_basis=["PC_110A"])
    await sign(world, procedure, SOCIAL)
    await sign(world, procedure, POLICE)
    await act(world, procedure, "decision", decided_at=now())
    signatures = await stored(world, procedure)
    assert len(signatures) == 4 and len({proposal for proposal, _ in signatures}) == 2
    documents: dict[str, Any] = {}
    for proposal, kept in signatures:
        content = await published(world, procedure, proposal)
        documents[proposal] = json.loads(content)
        assert canonical(documents[proposal]) == content
        assert sha256(content) == sha256(canonical(documents[proposal])) == kept
    found = await whole(world, procedure)
    [decision] = found["decisions"]
    assert decision["content_sha256"] == sha256(await published(world, procedure))
    for one in found["proposals"]:
        assert documents[one["id"]]["proposal"]["reasoning_sha256"] == sha256(one["reasoning"].encode())


async def test_one_character_more_less_or_other_breaks_every_signature(world: World) -> None:
    _, procedure = await decided(world)
    content = await published(world, procedure)
    kept = {one for _, one in await stored(world, procedure)}
    assert kept == {sha256(content)}
    for at in range(0, len(content), max(1, len(content) // 400)):
        other = bytes([content[at] ^ 1])
        assert sha256(content[:at] + other + content[at + 1 :]) not in kept
        assert sha256(content[:at] + content[at + 1 :]) not in kept
        assert sha256(content[:at] + b" " + content[at:]) not in kept

    # Each value of the document is under the signature, however deep it lies
    document = json.loads(content)
    leaves = list(_leaves(document))
    assert len(leaves) > 30
    for path in leaves:
        assert sha256(canonical(_changed(document, path))) not in kept, path


async def test_what_is_kept_is_sealed_and_what_was_signed_cannot_be_changed_by_the_program(world: World) -> None:
    """The role of the program may neither change nor delete a signature or a decision."""
    _, procedure = await decided(world)
    attempts = (
        "update casework.formal_signature set content_sha256 = repeat('0', 64) where formal_procedure_id = :id",
        "update casework.formal_decision set content_sha256 = repeat('0', 64) where formal_procedure_id = :id",
        "delete from casework.formal_signature where formal_procedure_id = :id",
        "delete from casework.formal_decision where formal_procedure_id = :id",
    )
    before = await stored(world, procedure)
    async with world.acting(SOCIAL, "formal.read") as unit:
        unit.quiet = True
        for statement in attempts:
            savepoint = await unit.connection.begin_nested()
            with pytest.raises(Exception, match="permission denied"):
                await unit.connection.execute(text(statement), {"id": procedure})
            await savepoint.rollback()
    assert await stored(world, procedure) == before


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*path, at))
    else:
        yield path


def _changed(document: Any, path: tuple[str | int, ...]) -> Any:
    """Return the document with one value replaced."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = "changed" if inner[path[-1]] != "changed" else "other"
    return copy
