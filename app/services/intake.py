"""Programs that send signals: registered by an administrator, heard by their signature, held to one channel."""

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from sqlalchemy import RowMapping, insert, select, update

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.intake import IntakeSignal, RegisterClient, RegisterKey
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid, NotFound
from app.domain.signals import check_details
from app.services.reference import require_organisation
from app.services.signals import find_signal, signal_row, write_signal
from app.services.unit_of_work import UnitOfWork
from app.storage.intake import intake_client, intake_key
from app.storage.organisations import organisation

_KIND = "intake_client"


@dataclass(frozen=True, slots=True)
class Client:
    """A program with the name of its organisation and its keys, the newest first."""

    row: RowMapping
    keys: Sequence[RowMapping]


async def take_signal(unit: UnitOfWork, form: IntakeSignal, channel: str) -> tuple[RowMapping, bool]:
    """Record what a program sent, under its organisation and its channel; returns (row, whether it is new).

    The same id again returns the signal that stands; with other content it is refused nowhere, for nothing is changed.
    """
    actor = unit.actor
    check_codes(form, unit.profile)
    check_past("received_at", form.received_at, unit.now)
    details = check_details(unit.profile, channel, form.details.answers())
    if form.anonymous and form.reporter_contact is not None:
        raise Invalid.one("reporter_contact", "signal.anonymous_with_contact")
    already = await find_signal(unit, form.id)
    if already is not None:
        unit.audit("intake.record", subject_kind="signal", subject_id=form.id, outcome="repeated")
        return already, False
    await write_signal(
        unit,
        form.id,
        form.model_dump(exclude={"id", "details", "summary", "reporter_contact"})
        | {
            "suspected_forms": list(form.suspected_forms),
            "channel": channel,
            "jurisdiction": actor.jurisdiction,
            "org_id": actor.org_id,
            "account_id": actor.account_id,
        },
        {"summary": form.summary, "reporter_contact": form.reporter_contact, "details": details or None},
    )
    unit.audit("intake.record", subject_kind="signal", subject_id=form.id, version=1, channel=channel)
    return await signal_row(unit, form.id), True


async def list_clients(unit: UnitOfWork) -> list[Client]:
    """Return the programs of the administrator's jurisdiction, the newest first, with their keys."""
    query = (
        select(intake_client, organisation.c.name_sq, organisation.c.name_en)
        .join(organisation, organisation.c.id == intake_client.c.org_id)
        .order_by(intake_client.c.id.desc())
    )
    rows = (await unit.execute(query)).mappings().all()
    keys = (await unit.execute(select(intake_key).order_by(intake_key.c.id.desc()))).mappings().all()
    unit.audit("intake.read", subject_kind=_KIND, shown=len(rows))
    return [Client(row, [key for key in keys if key["client_id"] == row["id"]]) for row in rows]


async def read_client(unit: UnitOfWork, client_id: UUID) -> Client:
    """Return one program with its keys; `NotFound` where it is unknown or another jurisdiction's."""
    query = (
        select(intake_client, organisation.c.name_sq, organisation.c.name_en)
        .join(organisation, organisation.c.id == intake_client.c.org_id)
        .where(intake_client.c.id == client_id)
    )
    row = (await unit.execute(query)).mappings().first()
    if row is None:
        raise NotFound("intake.unknown")
    found = await unit.execute(
        select(intake_key).where(intake_key.c.client_id == client_id).order_by(intake_key.c.id.desc())
    )
    unit.audit("intake.read", subject_kind=_KIND, subject_id=client_id)
    return Client(row, found.mappings().all())


async def register_client(unit: UnitOfWork, form: RegisterClient) -> UUID:
    """Register a program; it can send as soon as it has a key. Returns its id."""
    check_codes(form, unit.profile)
    await require_organisation(unit, form.org_id, "org_id")
    client_id = uuid7()
    await unit.execute(
        insert(intake_client).values(
            id=client_id,
            jurisdiction=unit.actor.jurisdiction,
            org_id=form.org_id,
            name=form.name,
            channel=form.channel,
            created_by=unit.actor.account_id,
        )
    )
    unit.audit(
        "intake.manage", subject_kind=_KIND, subject_id=client_id, version=1, did="register", channel=form.channel
    )
    return client_id


async def register_key(unit: UnitOfWork, client_id: UUID, form: RegisterKey) -> RowMapping:
    """Register a public key of a program; returns its row with the id that requests name."""
    row = await _client(unit, client_id)
    if row["ended_at"] is not None:
        raise Conflict("intake.ended")
    public = public_key(form.public_key)
    known = await unit.execute(select(intake_key.c.id).where(intake_key.c.public_key == public))
    if known.first() is not None:
        raise Invalid.one("public_key", "intake.key_known")
    key_id = uuid7()
    await unit.execute(
        insert(intake_key).values(
            id=key_id,
            client_id=client_id,
            key_id=f"{row['jurisdiction'].lower()}-{secrets.token_hex(6)}",
            public_key=public,
            registered_by=unit.actor.account_id,
        )
    )
    unit.audit("intake.manage", subject_kind="intake_key", subject_id=key_id, did="register_key", client=str(client_id))
    found = await unit.execute(select(intake_key).where(intake_key.c.id == key_id))
    made: RowMapping = found.mappings().one()
    return made


async def revoke_key(unit: UnitOfWork, client_id: UUID, key_id: UUID) -> None:
    """Revoke a key for good; the next request made with it is refused."""
    await _client(unit, client_id)
    revoked = await unit.execute(
        update(intake_key)
        .where(intake_key.c.id == key_id, intake_key.c.client_id == client_id, intake_key.c.revoked_at.is_(None))
        .values(revoked_at=unit.now, revoked_by=unit.actor.account_id)
        .returning(intake_key.c.id)
    )
    if revoked.first() is None:
        raise NotFound("intake.key_unknown")
    unit.audit("intake.manage", subject_kind="intake_key", subject_id=key_id, did="revoke_key", client=str(client_id))


async def end_client(unit: UnitOfWork, client_id: UUID, expected: int | None) -> None:
    """Let a program send no more; what it sent stays."""
    row = await _client(unit, client_id, lock=True)
    await unit.check_version(client_id, row["version"], expected)
    if row["ended_at"] is not None:
        raise Conflict("intake.ended")
    await unit.execute(
        update(intake_client)
        .where(intake_client.c.id == client_id)
        .values(ended_at=unit.now, version=row["version"] + 1)
    )
    unit.audit(
        "intake.manage",
        subject_kind=_KIND,
        subject_id=client_id,
        version=row["version"] + 1,
        changed=["ended_at"],
        did="end",
    )


async def channel_of(unit: UnitOfWork) -> str:
    """Return the channel that the acting program is held to."""
    found = await unit.execute(select(intake_client.c.channel).where(intake_client.c.id == unit.actor.account_id))
    channel: str | None = found.scalar()
    if channel is None:
        raise NotFound("intake.unknown")
    return channel


async def _client(unit: UnitOfWork, client_id: UUID, *, lock: bool = False) -> RowMapping:
    query = select(intake_client).where(intake_client.c.id == client_id)
    found = await unit.execute(query.with_for_update() if lock else query)
    row: RowMapping | None = found.mappings().first()
    if row is None:
        raise NotFound("intake.unknown")
    return row


def public_key(given: str) -> bytes:
    """Return the 32 bytes of an Ed25519 public key written as PEM or base64; raises `Invalid` for anything else.

    A private key pasted by mistake is refused before it is looked at, with a word on what to do about it.
    """
    said = given.strip()
    if "PRIVATE KEY" in said:
        raise Invalid.one("public_key", "intake.private_key")
    try:
        if said.startswith("-----BEGIN"):
            loaded = load_pem_public_key(said.encode())
            if not isinstance(loaded, Ed25519PublicKey):
                raise Invalid.one("public_key", "intake.not_a_key")
            return loaded.public_bytes(Encoding.Raw, PublicFormat.Raw)
        raw = base64.b64decode(said, validate=True)
        return Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.Raw, PublicFormat.Raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise Invalid.one("public_key", "intake.not_a_key") from error
