"""Pages of the administrator: programs that send signals, and their public keys."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.intake import RegisterClient, RegisterKey
from app.services import intake, reference
from app.services.intake import Client
from app.web import forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/intake", action="intake.read")
async def listed(request: Request, unit: Unit) -> Response:
    """The programs, the newest first."""
    language = language_of(request, unit)
    found = [
        {"row": one.row, "name": one.row[f"name_{language}"], "state": _state(one)}
        for one in await intake.list_clients(unit)
    ]
    return render(request, "intake/list.html", unit, clients=found)


@router.page("/intake/new", action="intake.manage")
async def new(request: Request, unit: Unit) -> Response:
    """The form of a new program."""
    unit.quiet = True
    language = language_of(request, unit)
    organisations = [
        {"value": str(one["id"]), "label": one[f"name_{language}"]} for one in await reference.organisations(unit)
    ]
    fields = forms.view(RegisterClient, unit.profile, language, state_of(request), options={"org_id": organisations})
    return render(request, "intake/new.html", unit, fields=fields)


@router.act("/intake/new", action="intake.manage")
async def register(request: Request, unit: Unit) -> Response:
    """Register it."""
    form = forms.read(RegisterClient, await request.form(), unit.profile)
    return redirect(f"/intake/{await intake.register_client(unit, form)}", done="intake_saved")


@router.page("/intake/{client_id}", action="intake.read")
async def read(request: Request, unit: Unit, client_id: UUID) -> Response:
    """One program with its keys."""
    found = await intake.read_client(unit, client_id)
    language = language_of(request, unit)
    fields: dict[str, Any] = forms.view(RegisterKey, unit.profile, language, state_of(request))
    fields["public_key"] |= {"spellcheck": False, "autocomplete": "off", "rows": 4}
    return render(
        request,
        "intake/read.html",
        unit,
        row=found.row,
        keys=found.keys,
        name=found.row[f"name_{language}"],
        state=_state(found),
        fields=fields,
    )


@router.act("/intake/{client_id}/keys", action="intake.manage", page="/intake/{client_id}")
async def key(request: Request, unit: Unit, client_id: UUID) -> Response:
    """Register a public key."""
    form = forms.read(RegisterKey, await request.form(), unit.profile)
    await intake.register_key(unit, client_id, form)
    return redirect(f"/intake/{client_id}", done="intake_key_saved")


@router.act("/intake/{client_id}/keys/{key_id}/revoke", action="intake.manage", page="/intake/{client_id}")
async def revoke(request: Request, unit: Unit, client_id: UUID, key_id: UUID) -> Response:
    """Revoke a key."""
    await intake.revoke_key(unit, client_id, key_id)
    return redirect(f"/intake/{client_id}", done="intake_key_revoked")


@router.act("/intake/{client_id}/end", action="intake.manage", page="/intake/{client_id}")
async def end(request: Request, unit: Unit, client_id: UUID) -> Response:
    """Let it send no more."""
    await intake.end_client(unit, client_id, forms.version_of(await request.form()))
    return redirect(f"/intake/{client_id}", done="intake_ended")


def _state(found: Client) -> str:
    if found.row["ended_at"] is not None:
        return "ended"
    return "active" if any(key["revoked_at"] is None for key in found.keys) else "no_key"
