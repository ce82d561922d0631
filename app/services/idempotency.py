"""Answers already given: the same request sent twice acts once and gets the same answer.

An answer may tell of a person, so it is kept sealed, for two days, and is given again only while whoever asks still
sees what it told of. An answer that is shown once (a password) is not kept at all: only that it was given.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text

from app.domain.ids import uuid7
from app.domain.problems import Conflict, NotFound
from app.services.unit_of_work import About, UnitOfWork
from app.storage.accounts import idempotency
from app.storage.encryption import associated, seal_json, unseal_json

KEPT = timedelta(days=2)
"""How long an answer can be asked again; a phone without network may send late."""

_TABLE = "iam.idempotency"


NOBODY = About()


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer: HTTP status, the headers that matter, body; `about` names whom the act concerned.

    A `body` of None was shown once and is not kept.
    """

    status: int
    headers: dict[str, str]
    body: bytes | None
    about: About = NOBODY


async def find(unit: UnitOfWork, key: str, request_hash: bytes) -> Answer | None:
    """Return the answer given to `key`, None for the first time; waits for a twin that is still under way.

    Raises `Conflict` where the key was used for another request (`request.key_reused`) or the answer was shown once
    (`request.shown_once`), `NotFound` where what it told of is no longer open to the actor.
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
    if kept["body"] is None:
        raise Conflict("request.shown_once")
    about = _about(kept["about"])
    still = set(map(tuple, await _open(unit, about)))
    closed = [UUID(case) for case, data_class in kept["open"] if (case, data_class) not in still]
    if closed:
        raise NotFound("case.unknown", case_id=closed[0])
    return Answer(row["status"], kept["headers"], base64.b64decode(kept["body"]), about)


async def keep(unit: UnitOfWork, key: str, action: str, request_hash: bytes, answer: Answer) -> None:
    """Store the answer, sealed, in the transaction of the act itself, with whom it concerned."""
    row_id = uuid7()
    about = unit.about
    content = {
        "headers": answer.headers,
        "body": None if answer.body is None else base64.b64encode(answer.body).decode(),
        "about": {
            "cases": [str(one) for one in about.cases],
            "persons": [str(one) for one in about.persons],
            "classes": list(about.classes),
            "subject": None if about.subject_id is None else [about.subject_kind, str(about.subject_id)],
        },
        # an answer without a body tells nothing
        "open": await _open(unit, about) if answer.body else [],
    }
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


async def _open(unit: UnitOfWork, about: About) -> list[list[str]]:
    """Return which of the cases and data classes of an act the actor sees now, as pairs."""
    if not about.cases or not about.classes:
        return []
    pairs = text(
        "select c::text, k from unnest(cast(:cases as uuid[])) c, unnest(cast(:classes as text[])) k"
        " where casework.may_see(c, k)"
    )
    found = await unit.execute(pairs.bindparams(cases=list(about.cases), classes=list(about.classes)))
    return [list(row) for row in found]


def _about(kept: Mapping[str, Any]) -> About:
    kind, subject = kept["subject"] or (None, None)
    return About(
        tuple(map(UUID, kept["cases"])),
        tuple(map(UUID, kept["persons"])),
        tuple(kept["classes"]),
        kind,
        None if subject is None else UUID(subject),
    )


async def forget_old(unit: UnitOfWork) -> int:
    """Delete answers older than `KEPT`; returns how many."""
    result = await unit.execute(delete(idempotency).where(idempotency.c.created_at < unit.now - KEPT))
    return int(result.rowcount)
