"""Who acts: the identity of a session, of the program itself or of nobody, taken by the database for one transaction.

Row-level security believes what these functions set and nothing else (`docs/row-security.md`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.actors import Actor
from app.domain.policy import Role
from app.domain.problems import SignInRequired

_ACT_AS_SESSION = text("select * from iam.act_as_session(:hash, cast(:api as uuid))")
_ACT_AS_SYSTEM = text("select * from iam.act_as_system(:jurisdiction)")
_ACT_AS_INTAKE = text("select * from iam.act_as_intake(:key)")
_ACT_AS_NOBODY = text("select iam.act_as_nobody() as at")


@dataclass(frozen=True, slots=True)
class Session:
    """The opaque token of a browser session."""

    token: str

    @property
    def hash(self) -> bytes:
        """SHA-256 of the token: what the database keeps."""
        return hashlib.sha256(self.token.encode()).digest()


@dataclass(frozen=True, slots=True)
class ApiSession:
    """The session that a checked access token names."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class System:
    """The program itself, for what falls due without a person."""

    jurisdiction: str


@dataclass(frozen=True, slots=True)
class IntakeKey:
    """The key of a program whose signature was checked (`app.services.intake_signatures`)."""

    key_id: UUID


Credential = Session | ApiSession | System | IntakeKey | None
"""Who asks; None is nobody yet (the door)."""


async def act_as(
    connection: AsyncConnection, credential: Session | ApiSession
) -> tuple[Actor, datetime] | tuple[None, None]:
    """Take the identity of a session; nothing changes where it has ended."""
    given = {
        "hash": credential.hash if isinstance(credential, Session) else None,
        "api": credential.session_id if isinstance(credential, ApiSession) else None,
    }
    row = (await connection.execute(_ACT_AS_SESSION, given)).mappings().first()
    if row is None:
        return None, None
    actor = Actor(
        account_id=row["account_id"],
        assignment_id=row["assignment_id"],
        org_id=row["org_id"],
        org_code=row["org_code"],
        org_name={"sq": row["org_name_sq"], "en": row["org_name_en"]},
        role=Role(row["role"]),
        jurisdiction=row["jurisdiction"],
        display_name=row["display_name"],
        language=row["language"],
        session_id=row["session_id"],
        session_kind=row["kind"],
        needs_second_factor=row["needs_second_factor"],
        second_factor=row["second_factor"],
        must_change_password=row["must_change_password"],
    )
    return actor, row["at"]


async def identify(connection: AsyncConnection, credential: Credential) -> tuple[Actor | None, datetime, str | None]:
    """Take the identity behind a credential for this transaction; returns who acts, the time and their own language.

    A session that has ended gives nobody, as at the door. Raises SignInRequired where a jurisdiction has no program and
    where a key was revoked.
    """
    if isinstance(credential, (Session, ApiSession)):
        actor, at = await act_as(connection, credential)
        if actor is not None and at is not None:
            return actor, at, actor.language
    elif isinstance(credential, System):
        row = (await connection.execute(_ACT_AS_SYSTEM, {"jurisdiction": credential.jurisdiction})).mappings().first()
        if row is None:
            raise SignInRequired("session.required")
        system = Actor(
            row["account_id"],
            row["assignment_id"],
            row["org_id"],
            "BESA",
            {"sq": "Besa", "en": "Besa"},
            Role.SYSTEM,
            credential.jurisdiction,
            "Besa",
            "sq",
        )
        return system, row["at"], None
    elif isinstance(credential, IntakeKey):
        return await _act_as_intake(connection, credential)
    row = (await connection.execute(_ACT_AS_NOBODY)).mappings().one()
    return None, row["at"], None


async def _act_as_intake(connection: AsyncConnection, credential: IntakeKey) -> tuple[Actor, datetime, None]:
    """Take the identity of a program that sends signals: no role of a person, no data class, no case."""
    row = (await connection.execute(_ACT_AS_INTAKE, {"key": credential.key_id})).mappings().first()
    if row is None:
        raise SignInRequired("intake.refused")
    client = Actor(
        account_id=row["client_id"],
        assignment_id=None,
        org_id=row["org_id"],
        org_code=row["org_code"],
        org_name={"sq": row["org_name_sq"], "en": row["org_name_en"]},
        role=Role.INTAKE,
        jurisdiction=row["jurisdiction"],
        display_name=row["name"],
        language="sq",
        session_kind="intake",
    )
    return client, row["at"], None
