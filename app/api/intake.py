"""The intake of programs: `/api/v1/intake/signals` by signed requests, `/api/v1/intake/clients` for administrators."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.api.routing import ConceptRouter, IfMatch, Out, Unit, etag
from app.domain.forms.intake import IntakeSignal, RegisterClient, RegisterKey
from app.services import intake

router = ConceptRouter("/intake", "intake")


class TakenOut(Out):
    """A signal that was taken; `repeated` where it had been taken before."""

    id: UUID
    channel: str
    state: str
    repeated: bool


class KeyOut(Out):
    """A public key with the id that requests name in `Besa-Key`."""

    id: UUID
    key_id: str
    public_key: str
    registered_at: datetime
    revoked_at: datetime | None


class ClientOut(Out):
    """A program that sends signals of one channel for one organisation."""

    id: UUID
    name: str
    org_id: UUID
    channel: str
    created_at: datetime
    ended_at: datetime | None
    version: int
    keys: list[KeyOut]


@router.act("POST", "/signals", action="intake.record", status_code=201, summary="Send a signal (signed request)")
async def take(unit: Unit, form: IntakeSignal, response: Response) -> TakenOut:
    """Take a signal of the program's channel; the program's own `id` makes sending again safe (then 200).

    The request is signed with a registered Ed25519 key, in the headers `Besa-Key`, `Besa-Timestamp`, `Besa-Nonce` and
    `Besa-Signature`; the signed lines are described in `docs/intake.md`. No bearer token is needed.
    """
    row, new = await intake.take_signal(unit, form, await intake.channel_of(unit))
    if not new:
        response.status_code = 200
    return TakenOut(id=row["id"], channel=row["channel"], state=row["state"], repeated=not new)


@router.act("GET", "/clients", action="intake.read", summary="Programs that send signals")
async def clients(unit: Unit) -> list[ClientOut]:
    """Return the programs of the administrator's jurisdiction with their public keys."""
    return [_client(one) for one in await intake.list_clients(unit)]


@router.act("POST", "/clients", action="intake.manage", status_code=201, summary="Register a program")
async def register(unit: Unit, form: RegisterClient, response: Response) -> ClientOut:
    """Register it for one organisation and one channel; it can send once it has a key."""
    found = await intake.read_client(unit, await intake.register_client(unit, form))
    response.headers["Location"] = f"/api/v1/intake/clients/{found.row['id']}"
    etag(response, found.row["version"])
    return _client(found)


@router.act("GET", "/clients/{client_id}", action="intake.read", summary="Read a program")
async def client(unit: Unit, client_id: UUID, response: Response) -> ClientOut:
    """Return one program with its keys."""
    found = await intake.read_client(unit, client_id)
    etag(response, found.row["version"])
    return _client(found)


@router.act("POST", "/clients/{client_id}/keys", action="intake.manage", status_code=201, summary="Register a key")
async def key(unit: Unit, client_id: UUID, form: RegisterKey) -> KeyOut:
    """Register a public key; the answer holds the id that requests name."""
    return _key(await intake.register_key(unit, client_id, form))


@router.act(
    "POST",
    "/clients/{client_id}/keys/{key_id}/revocation",
    action="intake.manage",
    status_code=204,
    summary="Revoke a key",
)
async def revoke(unit: Unit, client_id: UUID, key_id: UUID) -> None:
    """Revoke it for good; its next request is refused."""
    await intake.revoke_key(unit, client_id, key_id)


@router.act("POST", "/clients/{client_id}/end", action="intake.manage", status_code=204, summary="End a program")
async def end(unit: Unit, client_id: UUID, version: IfMatch) -> None:
    """Let it send no more; what it sent stays."""
    await intake.end_client(unit, client_id, version)


def _client(found: intake.Client) -> ClientOut:
    return ClientOut.model_validate({**found.row, "keys": [_key(one) for one in found.keys]})


def _key(row: Any) -> KeyOut:
    return KeyOut.model_validate({**row, "public_key": base64.b64encode(bytes(row["public_key"])).decode()})
