"""The own account: roles, devices, password, recovery codes, language."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.forms.accounts import ChangePassword, ChooseLanguage, ConfirmPassword
from app.http.callers import caller_of
from app.services import own_account, sessions
from app.services.unit_of_work import Session
from app.web import forms
from app.web.device_choices import LANGUAGE_OPTIONS, keep
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect
from app.web.session_cookie import give_session, local_path, next_step

router = PageRouter()


@router.page("/account", action="session.list")
async def account(request: Request, unit: Unit) -> Response:
    """Everything about the own account on one page."""
    language = language_of(request, unit)
    fields = forms.view(
        ChooseLanguage, unit.profile, language, state_of(request), initial={"language": unit.actor.language},
        options={"language": LANGUAGE_OPTIONS},
    )  # fmt: skip
    return render(
        request,
        "account/read.html",
        unit,
        roles=await sessions.live_assignments(unit, unit.actor.account_id),
        sessions=await sessions.list_own(unit),
        second_factor=await own_account.has_second_factor(unit),
        codes_left=await own_account.codes_left(unit),
        fields=fields,
        made_up=unit.program.demonstration and await own_account.is_demonstration(unit),
        language=language,
    )


@router.act("/account/sessions/end-others", action="session.revoke", page="/account")
async def end_others(unit: Unit) -> Response:
    """Sign every other device out."""
    unit.audit("session.revoke", ended=await sessions.end_others(unit))
    return redirect("/account", done="sessions_ended")


@router.act("/account/sessions/{session_id}/end", action="session.revoke", page="/account")
async def end_session(unit: Unit, session_id: UUID) -> Response:
    """Sign one device out."""
    await sessions.end_one(unit, session_id)
    return redirect("/account", done="session_ended")


@router.act("/account/roles/{assignment_id}", action="session.switch", page="/account")
async def switch(request: Request, unit: Unit, assignment_id: UUID) -> Response:
    """Go on in another role."""
    token = await sessions.switch(unit, assignment_id)
    response = redirect("/", done="role_switched")
    give_session(request, response, token)
    return response


@router.act("/account/language", action="language.choose", page="/account")
async def choose_language(request: Request, unit: Unit) -> Response:
    """Keep the language for this person and on this device."""
    form = forms.read(ChooseLanguage, await request.form(), unit.profile)
    await own_account.choose_language(unit, form.language)
    response = redirect("/account", done="language_saved")
    keep(request, response, "language", form.language)
    return response


@router.page("/password", action="credential.change")
async def password(request: Request, unit: Unit) -> Response:
    """The form of a new password; the first one is chosen here as well."""
    unit.quiet = True
    if unit.program.demonstration and await own_account.is_demonstration(unit):
        return RedirectResponse("/account", 303)
    fields = forms.view(ChangePassword, unit.profile, language_of(request, unit), state_of(request))
    for name, filled in (("current", "current-password"), ("new", "new-password"), ("again", "new-password")):
        fields[name]["autocomplete"] = filled
    goal = local_path(request.query_params.get("next"))
    return render(request, "account/password.html", unit, fields=fields, goal=goal)


@router.act("/password", action="credential.change")
async def change_password(request: Request, unit: Unit) -> Response:
    """Set the new password."""
    given = await request.form()
    typed = {name: str(given.get(name, "")) for name in ChangePassword.model_fields}
    form = forms.read(ChangePassword, given, unit.profile, **typed)
    token = await own_account.change_password(unit, form, caller_of(request))
    actor = await unit.take_identity(Session(token))
    goal = local_path(str(given.get("next", "")))
    response = redirect(next_step(actor, "/account" if goal == "/" and actor.complete else goal), "password_changed")
    give_session(request, response, token)
    return response


@router.page("/account/recovery-codes", action="credential.renew")
async def recovery_codes(request: Request, unit: Unit) -> Response:
    """Ask the password again before new codes are made."""
    unit.quiet = True
    fields = forms.view(ConfirmPassword, unit.profile, language_of(request, unit), state_of(request))
    fields["password"]["autocomplete"] = "current-password"
    return render(request, "account/codes.html", unit, fields=fields)


@router.act("/account/recovery-codes", action="credential.renew")
async def renew_codes(request: Request, unit: Unit) -> Response:
    """Make new codes and show them, this once."""
    given = await request.form()
    form = forms.read(ConfirmPassword, given, unit.profile, password=str(given.get("password", "")))
    codes = await own_account.renew_codes(unit, form.password, caller_of(request))
    return render(request, "sign_in/codes.html", unit, codes=codes, goal="/account")
