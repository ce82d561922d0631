"""Tokens and the session behind them: `/api/v1/tokens`, `/api/v1/session`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request

from app.api.routing import ConceptRouter, Out, Unit, language_of
from app.domain.forms.accounts import RefreshRequest, TokenRequest
from app.http.callers import caller_of
from app.http.routes import program_of, request_id_of
from app.services import api_tokens, sessions, sign_in
from app.services.unit_of_work import unit_of_work

router = ConceptRouter("/tokens", "tokens")
session_router = ConceptRouter("/session", "tokens")


class TokenOut(Out):
    """A pair of tokens; neither is shown again."""

    access_token: str = Field(description="Send it as `Authorization: Bearer`; it is good for `expires_in` seconds.")
    token_type: str = "Bearer"
    expires_in: int = Field(examples=[600])
    refresh_token: str = Field(description="Good once, for the next pair.")
    refresh_expires_at: datetime
    session_id: UUID


class RoleOut(Out):
    """A role the caller holds now."""

    id: UUID
    role: str
    org_id: UUID
    org_code: str
    valid_to: datetime | None


class SessionOut(Out):
    """Who the caller is."""

    session_id: UUID | None
    account_id: UUID
    display_name: str
    language: str
    role: str
    jurisdiction: str
    org_id: UUID
    org_code: str
    org_name: dict[str, str]
    data_classes: list[str] = Field(description="The classes of case data this role can ever see.")
    second_factor: bool
    must_change_password: bool
    roles: list[RoleOut] = Field(description="Every role the caller holds; `id` may be asked for at sign-in.")


@router.act(
    "POST", "", action="session.start", status_code=201, own_units=True, summary="Sign in a program",
    responses={429: {"description": "Too many wrong attempts; `Retry-After` says when to try again."}},
)  # fmt: skip
async def issue(request: Request, form: TokenRequest) -> TokenOut:
    """Return tokens for login, password and, where the role needs it, the code of the second factor."""
    program, caller, language = program_of(request), caller_of(request), language_of(request)
    checked = await sign_in.check_password(
        program, form.login, form.password, caller, request_id=request_id_of(request), language=language
    )
    async with unit_of_work(
        program, None, "session.start", request_id=request_id_of(request), language=language
    ) as unit:
        return _pair(await api_tokens.issue(unit, checked, form, caller))


@router.act("POST", "/refresh", action="session.refresh", own_units=True, summary="Renew the tokens")
async def refresh(request: Request, form: RefreshRequest) -> TokenOut:
    """Return the next pair; a refresh token that comes a second time ends the session."""
    async with unit_of_work(
        program_of(request), None, "session.refresh", request_id=request_id_of(request), language=language_of(request)
    ) as unit:
        return _pair(await api_tokens.refresh(unit, form.refresh_token))


@router.act("DELETE", "/current", action="session.end", status_code=204, summary="Sign out")
async def revoke(unit: Unit) -> None:
    """End the session; every token of it is void at once."""
    await api_tokens.revoke(unit)


@session_router.act("GET", "", action="session.read", summary="Who am I")
async def who(unit: Unit) -> SessionOut:
    """Return the caller's account, role and organisation."""
    unit.quiet = True
    actor = unit.actor
    roles = await sessions.live_assignments(unit, actor.account_id)
    facts: dict[str, Any] = {
        name: getattr(actor, name)
        for name in (
            "session_id", "account_id", "display_name", "language", "jurisdiction", "org_id", "org_code",
            "second_factor", "must_change_password",
        )
    }  # fmt: skip
    return SessionOut(
        **facts,
        role=actor.role.value,
        org_name=dict(actor.org_name),
        data_classes=sorted(actor.classes),
        roles=[RoleOut.model_validate(dict(row)) for row in roles],
    )


def _pair(made: api_tokens.TokenPair) -> TokenOut:
    return TokenOut.model_validate(made)
