"""The people of an installation: `/api/v1/accounts`, for administrators."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from app.api.routing import After, ConceptRouter, IfMatch, Limit, Listed, Out, Unit, etag
from app.domain.forms.accounts import AddPerson, ChangePerson, GiveRole
from app.services import accounts

router = ConceptRouter("/accounts", "accounts")

Search = Annotated[str | None, Query(max_length=100, description="Part of the name; ë is found by e, ç by c.")]


class HeldRoleOut(Out):
    """A role of a person, also an ended or a future one."""

    id: UUID
    role: str
    org_id: UUID
    valid_from: datetime
    valid_to: datetime | None


class AccountOut(Out):
    """A person with an account; no secret of it is ever shown."""

    id: UUID
    login: str
    display_name: str
    language: str
    active: bool
    second_factor: bool
    must_change_password: bool
    demonstration: bool
    created_at: datetime
    last_seen_at: datetime | None
    roles: list[HeldRoleOut]
    version: int


class AdmittedOut(AccountOut):
    """A person with the one-time password; it is shown in this answer only."""

    one_time_password: str = Field(examples=["7K3M-Q2XD-9HT4-VB5C"])


class EndedOut(Out):
    """How many sessions were ended."""

    ended: int


@router.act("GET", "", action="account.read", summary="List people by name")
async def listed(unit: Unit, after: After = None, limit: Limit = 50, search: Search = None) -> Listed[AccountOut]:
    """Return the people of the administrator's jurisdiction."""
    found = await accounts.list_people(unit, search=search, after=after, limit=limit)
    items = [_out(person) for person in found]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


@router.act("POST", "", action="account.manage", status_code=201, summary="Add a person", shown_once=True)
async def add(unit: Unit, form: AddPerson, response: Response) -> AdmittedOut:
    """Add an account with its first role; the password in the answer is changed at the first sign-in."""
    made = await accounts.add_person(unit, form)
    response.headers["Location"] = f"/api/v1/accounts/{made.person.row['id']}"
    return _admitted(made, response)


@router.act("GET", "/{account_id}", action="account.read", summary="Read a person")
async def read(unit: Unit, account_id: UUID, response: Response) -> AccountOut:
    """Return one person with every role."""
    return _tagged(await accounts.read_person(unit, account_id), response)


@router.act("PUT", "/{account_id}", action="account.manage", summary="Change name or language")
async def change(unit: Unit, account_id: UUID, form: ChangePerson, version: IfMatch, response: Response) -> AccountOut:
    """Change what may change about a person."""
    return _tagged(await accounts.change_person(unit, account_id, form, version), response)


@router.act("POST", "/{account_id}/suspend", action="account.manage", summary="Suspend a person")
async def suspend(unit: Unit, account_id: UUID, version: IfMatch, response: Response) -> AccountOut:
    """Close the account for now; its sessions end at once."""
    return _tagged(await accounts.suspend(unit, account_id, version), response)


@router.act("POST", "/{account_id}/reactivate", action="account.manage", summary="Let a person in again")
async def reactivate(unit: Unit, account_id: UUID, version: IfMatch, response: Response) -> AccountOut:
    """Open a suspended account."""
    return _tagged(await accounts.reactivate(unit, account_id, version), response)


@router.act(
    "POST",
    "/{account_id}/reset-password",
    action="account.manage",
    summary="Make a one-time password",
    shown_once=True,
)
async def reset_password(unit: Unit, account_id: UUID, version: IfMatch, response: Response) -> AdmittedOut:
    """For somebody who forgot theirs; the second factor stays."""
    return _admitted(await accounts.reset_password(unit, account_id, version), response)


@router.act(
    "POST",
    "/{account_id}/reset-second-factor",
    action="account.manage",
    summary="Take the second factor away",
    shown_once=True,
)
async def reset_second_factor(unit: Unit, account_id: UUID, version: IfMatch, response: Response) -> AdmittedOut:
    """For somebody who lost telephone and recovery codes; the password is made anew as well."""
    return _admitted(await accounts.reset_second_factor(unit, account_id, version), response)


@router.act("POST", "/{account_id}/end-sessions", action="account.manage", summary="Sign a person out everywhere")
async def end_sessions(unit: Unit, account_id: UUID) -> EndedOut:
    """End every session and every API token of a person, at once."""
    return EndedOut(ended=await accounts.end_sessions(unit, account_id))


@router.act("POST", "/{account_id}/roles", action="account.manage", status_code=201, summary="Give a person a role")
async def give_role(unit: Unit, account_id: UUID, form: GiveRole, version: IfMatch, response: Response) -> AccountOut:
    """Give one more role at an organisation, for a time or for good; never to oneself."""
    return _tagged(await accounts.give_role(unit, account_id, form, version), response)


@router.act("POST", "/{account_id}/roles/{role_id}/end", action="account.manage", summary="End a role")
async def end_role(unit: Unit, account_id: UUID, role_id: UUID, version: IfMatch, response: Response) -> AccountOut:
    """End a role now; whoever acts under it loses it at once."""
    return _tagged(await accounts.end_role(unit, account_id, role_id, version), response)


def _facts(person: accounts.Person) -> dict[str, object]:
    roles = [HeldRoleOut.model_validate(dict(role)) for role in person.roles]
    return {**person.row, "roles": roles, "last_seen_at": person.last_seen_at}


def _out(person: accounts.Person) -> AccountOut:
    return AccountOut.model_validate(_facts(person))


def _tagged(person: accounts.Person, response: Response) -> AccountOut:
    etag(response, person.row["version"])
    return _out(person)


def _admitted(made: accounts.Admitted, response: Response) -> AdmittedOut:
    etag(response, made.person.row["version"])
    return AdmittedOut.model_validate({**_facts(made.person), "one_time_password": made.password})
