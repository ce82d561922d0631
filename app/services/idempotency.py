"""Answers already given: the same request sent twice acts once and gets the same answer."""

import base64
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, text

from app.domain.ids import uuid7
from app.domain.problems import Conflict
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import idempotency
from app.storage.encryption import associated, seal_json, unseal_json

KEPT = timedelta(days=2)
"""How long an answer can be asked again; a phone without network may send late."""

_TABLE = "iam.idempotency"


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer: HTTP status, the headers that matter, body."""

    status: int
    headers: dict[str, str]
    body: bytes


async def find(unit: UnitOfWork, key: str, request_hash: bytes) -> Answer | None:
    """Return the answer given to `key`, None for the first time; waits for a twin that is still under way.

    Raises `Conflict` where the key was used for another request.
    """
    account = unit.actor.account_id
    await unit.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"idempotency:{account}:{key}"}
    )
    query = select(idempotency).where(idempotency.c.account_id == account, idempotency.c.idempotency_key == key)
    row = (await unit.execute(query)).mappings().first()
    if row is None:
        return None
    if row["request_hash"] != request_hash:
        raise Conflict("request.key_reused")
    kept = unseal_json(
        unit.program.keyring.installation_key("idempotency"), row["response"], associated(_TABLE, "response", row["id"])
    )
    return Answer(row["status"], kept["headers"], base64.b64decode(kept["body"]))


async def keep(unit: UnitOfWork, key: str, action: str, request_hash: bytes, answer: Answer) -> None:
    """Store the answer, sealed, in the transaction of the act itself."""
    row_id = uuid7()
    content = {"headers": answer.headers, "body": base64.b64encode(answer.body).decode()}
    place = associated(_TABLE, "response", row_id)
    await unit.execute(
        insert(idempotency).values(
            id=row_id,
            account_id=unit.actor.account_id,
            idempotency_key=key,
            action=action,
            request_hash=request_hash,
            status=answer.status,
            response=seal_json(unit.program.keyring.installation_key("idempotency"), content, place),
        )
    )


async def forget_old(unit: UnitOfWork) -> int:
    """Delete answers older than `KEPT`; returns how many."""
    result = await unit.execute(delete(idempotency).where(idempotency.c.created_at < unit.now - KEPT))
    return int(result.rowcount)
