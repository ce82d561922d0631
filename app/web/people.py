"""Pages of people: who has an account, in which role, and how they get in."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.accounts import AddPerson, ChangePerson, GiveRole
from app.domain.policy import PEOPLE, Role
from app.services import accounts, reference
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import dates, forms
from app.web.device_choices import LANGUAGE_OPTIONS
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

_PAGE = "/people/{account_id}"
Act = Callable[[UnitOfWork, UUID, int | None], Awaitable[Any]]


@router.page("/people", action="account.read")
async def listed(request: Request, unit: Unit, after: UUID | None = None, search: str = "") -> Response:
    """People by name."""
    found = await accounts.list_people(unit, search=search[:100], after=after, limit=25)
    last = found[-1].row["id"] if len(found) == 25 else None
    people = [{"row": one.row, "roles": [role for role in one.roles if _holds(unit, role)]} for one in found]
    return render(request, "people/list.html", unit, people=people, next=last, search=search[:100])


@router.page("/people/new", action="account.manage")
async def new(request: Request, unit: Unit) -> Response:
    """The form of a new person with the first role."""
    unit.quiet = True
    language = language_of(request, unit)
    fields = forms.view(
        AddPerson, unit.profile, language, state_of(request), initial={"language": "sq"},
        options=await _choices(unit, language),
    )  # fmt: skip
    order = ("display_name", "login", "role", "org_id", "valid_from", "valid_to", "language")
    fields["language"]["optional_mark"] = False
    for name in ("display_name", "login"):
        fields[name] |= {"autocomplete": "off", "spellcheck": False}
    return render(request, "people/new.html", unit, fields=[fields[name] for name in order])


@router.act("/people/new", action="account.manage")
async def add(request: Request, unit: Unit) -> Response:
    """Add the person and show the one-time password, this once."""
    form = forms.read(AddPerson, await request.form(), unit.profile)
    return _shown_once(request, unit, await accounts.add_person(unit, form))


@router.page(_PAGE, action="account.read")
async def read(request: Request, unit: Unit, account_id: UUID) -> Response:
    """One person: roles, access, facts."""
    person = await accounts.read_person(unit, account_id)
    language, state = language_of(request, unit), state_of(request)
    choices = await _choices(unit, language)
    facts = forms.view(ChangePerson, unit.profile, language, state, initial=dict(person.row), options=choices)
    role = forms.view(GiveRole, unit.profile, language, state, options=choices)
    return render(
        request,
        "people/read.html",
        unit,
        person=person,
        row=person.row,
        roles=[_role(unit, one, language) for one in person.roles],
        own=account_id == unit.actor.account_id,
        facts=facts,
        role_fields=role,
        language=language,
    )


@router.act("/people/{account_id}/facts", action="account.manage", page=_PAGE)
async def change(request: Request, unit: Unit, account_id: UUID) -> Response:
    """Change name or language."""
    given = await request.form()
    form = forms.read(ChangePerson, given, unit.profile)
    await accounts.change_person(unit, account_id, form, forms.version_of(given))
    return redirect(f"/people/{account_id}", done="person_saved")


@router.act("/people/{account_id}/roles", action="account.manage", page=_PAGE)
async def give_role(request: Request, unit: Unit, account_id: UUID) -> Response:
    """Give one more role."""
    given = await request.form()
    form = forms.read(GiveRole, given, unit.profile)
    await accounts.give_role(unit, account_id, form, forms.version_of(given))
    return redirect(f"/people/{account_id}", done="role_given")


@router.act("/people/{account_id}/roles/{role_id}/end", action="account.manage", page=_PAGE)
async def end_role(request: Request, unit: Unit, account_id: UUID, role_id: UUID) -> Response:
    """End a role now."""
    await accounts.end_role(unit, account_id, role_id, forms.version_of(await request.form()))
    return redirect(f"/people/{account_id}", done="role_ended")


@router.act("/people/{account_id}/suspend", action="account.manage", page=_PAGE)
async def suspend(request: Request, unit: Unit, account_id: UUID) -> Response:
    """Close the account for now."""
    return await _done(request, unit, account_id, accounts.suspend, "person_suspended")


@router.act("/people/{account_id}/reactivate", action="account.manage", page=_PAGE)
async def reactivate(request: Request, unit: Unit, account_id: UUID) -> Response:
    """Open it again."""
    return await _done(request, unit, account_id, accounts.reactivate, "person_reactivated")


@router.act("/people/{account_id}/end-sessions", action="account.manage", page=_PAGE)
async def end_sessions(unit: Unit, account_id: UUID) -> Response:
    """Sign the person out everywhere."""
    await accounts.end_sessions(unit, account_id)
    return redirect(f"/people/{account_id}", done="sessions_ended")


@router.act("/people/{account_id}/reset-password", action="account.manage", page=_PAGE)
async def reset_password(request: Request, unit: Unit, account_id: UUID) -> Response:
    """Make a one-time password and show it, this once."""
    version = forms.version_of(await request.form())
    return _shown_once(request, unit, await accounts.reset_password(unit, account_id, version))


@router.act("/people/{account_id}/reset-second-factor", action="account.manage", page=_PAGE)
async def reset_second_factor(request: Request, unit: Unit, account_id: UUID) -> Response:
    """Disconnect the telephone; the one-time password is shown this once."""
    version = forms.version_of(await request.form())
    return _shown_once(request, unit, await accounts.reset_second_factor(unit, account_id, version))


async def _done(request: Request, unit: UnitOfWork, account_id: UUID, act: Act, notice: str) -> Response:
    await act(unit, account_id, forms.version_of(await request.form()))
    return redirect(f"/people/{account_id}", done=notice)


def _shown_once(request: Request, unit: UnitOfWork, made: accounts.Admitted) -> Response:
    return render(request, "people/once.html", unit, row=made.person.row, password=made.password)


async def _choices(unit: UnitOfWork, language: str) -> dict[str, forms.Options]:
    roles = [{"value": role.value, "label": text(f"roles.{role.value}", language)} for role in Role if role in PEOPLE]
    working = [row for row in await reference.organisations(unit) if row["origin"] != "program"]
    organisations = forms.organisation_choices(working, language)
    by_name = sorted(organisations, key=lambda one: str(one["label"]))
    return {"role": roles, "org_id": by_name, "language": LANGUAGE_OPTIONS}


def _holds(unit: UnitOfWork, role: Any) -> bool:
    return bool(role["valid_from"] <= unit.now and (role["valid_to"] is None or role["valid_to"] > unit.now))


def _role(unit: UnitOfWork, role: Any, language: str) -> dict[str, Any]:
    """Return a role as the page says it: what, where, since when, until when."""
    zone = unit.profile.timezone
    start, end = role["valid_from"], role["valid_to"]
    if end is not None and end <= unit.now:
        says = text("people.roles.ended", language, day=dates.day(end, language, zone))
    else:
        says = text("people.roles.from", language, day=dates.day(start, language, zone))
        if end is not None:
            # The end is the midnight after the last day.
            last = dates.day(end - accounts.A_MOMENT, language, zone)
            says += " · " + text("people.roles.until", language, day=last)
    return {
        "id": role["id"],
        "title": text(f"roles.{role['role']}", language),
        "organisation": role[f"name_{language}"],
        "says": says,
        "over": end is not None and end <= unit.now,
    }
