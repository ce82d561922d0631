"""The door: login and password, the second step, and the way out."""

from collections import Counter
from urllib.parse import quote, urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.domain.forms.accounts import EnrolSecondFactor, SecondFactorCode, SignIn
from app.domain.problems import Invalid, SignInRequired
from app.domain.profile import Profile
from app.http.callers import caller_of, keep_device
from app.http.routes import program_of, request_id_of
from app.services import api_tokens, own_account, sign_in
from app.services.credentials import totp
from app.services.sign_in import SignedIn
from app.services.unit_of_work import UnitOfWork, unit_of_work
from app.texts import text
from app.web import forms
from app.web.device_choices import choice
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, csrf_token, language_of, redirect, session_token
from app.web.session_cookie import give_session, local_path, next_step, take_session

router = PageRouter()


@router.page("/sign-in", action="door.open")
async def door(request: Request, unit: Unit) -> Response:
    """Login and password; in the demonstration also one button for each role."""
    unit.quiet = True
    if unit.signed_in and unit.actor.complete and not unit.program.demonstration:
        return RedirectResponse(_goal(request), 303)
    language = language_of(request)
    fields = forms.view(SignIn, _any_profile(request), language, state_of(request))
    fields["login"] |= {"autocomplete": "username", "spellcheck": False}
    fields["password"] |= {"autocomplete": "current-password"}
    people: dict[str, list[dict[str, str]]] = {}
    made_up = await sign_in.demonstration_people(unit)
    held = Counter((row["jurisdiction"], row["role"]) for row in made_up)
    for row in made_up:
        says = text(f"sign_in.demo.says.{row['role']}", language)
        if held[row["jurisdiction"], row["role"]] > 1:
            says += f" · {row[f'name_{language}']}"
        people.setdefault(row["jurisdiction"], []).append(
            {
                "label": text(f"roles.{row['role']}", language),
                "says": says,
                "action": "/sign-in/demo",
                "name": "person",
                "value": row["login"],
            }
        )
    titles = {code: unit.program.profile(code).title.text(language) for code in people}
    return render(request, "sign_in/door.html", None, fields=fields, people=people, titles=titles, goal=_goal(request))


@router.act("/sign-in", action="session.start", own_units=True)
async def enter(request: Request) -> Response:
    """Check the password; no connection is held while it is hashed."""
    given = await request.form()
    form = forms.read(SignIn, given, _any_profile(request), password=str(given.get("password", "")))
    program, caller, language = program_of(request), caller_of(request), choice(request, "language")
    try:
        checked = await sign_in.check_password(
            program, form.login, form.password, caller, request_id=request_id_of(request), language=language
        )
        async with unit_of_work(
            program, None, "session.start", request_id=request_id_of(request), language=language
        ) as unit:
            made = await sign_in.start_session(unit, checked, caller, held=session_token(request))
            return await _go_on(request, unit, made)
    except SignInRequired as problem:
        # On a page it is an answer that needs a look, not a way to the page one stands on.
        raise Invalid.one("login", "sign_in.wrong_password") from problem


@router.act("/sign-in/demo", action="session.start", page="/sign-in")
async def demonstrate(request: Request, unit: Unit) -> Response:
    """Sign in as somebody made up, second factor included."""
    person = str((await request.form()).get("person", ""))[:200]
    made = await sign_in.demonstrate(unit, person, caller_of(request), held=session_token(request))
    return await _go_on(request, unit, made)


@router.page("/second-factor", action="session.prove")
async def second_factor(request: Request, unit: Unit) -> Response:
    """Ask for the code; who has no telephone connected yet is led to connecting one."""
    unit.quiet = True
    if unit.actor.second_factor:
        return RedirectResponse(next_step(unit.actor, _goal(request)), 303)
    if not await own_account.has_second_factor(unit):
        way = "/password" if unit.actor.must_change_password else "/second-factor/new"
        return RedirectResponse(_with_goal(way, _goal(request)), 303)
    return _ask_code(request, unit, "sign_in/code.html")


@router.act("/second-factor", action="session.prove")
async def prove(request: Request, unit: Unit) -> Response:
    """Pass with the code of the app."""
    form = forms.read(SecondFactorCode, await request.form(), unit.profile)
    return await _go_on(request, unit, await sign_in.prove(unit, form.code, caller_of(request)))


@router.page("/second-factor/recovery", action="session.prove")
async def recovery(request: Request, unit: Unit) -> Response:
    """Ask for a recovery code."""
    unit.quiet = True
    if unit.actor.second_factor or not await own_account.has_second_factor(unit):
        return RedirectResponse(_with_goal("/second-factor", _goal(request)), 303)
    return _ask_code(request, unit, "sign_in/recovery.html")


@router.act("/second-factor/recovery", action="session.prove")
async def recover(request: Request, unit: Unit) -> Response:
    """Pass with a recovery code, which is used up."""
    form = forms.read(SecondFactorCode, await request.form(), unit.profile)
    return await _go_on(request, unit, await sign_in.recover(unit, form.code, caller_of(request)))


@router.page("/second-factor/new", action="session.prove")
async def new_telephone(request: Request, unit: Unit) -> Response:
    """Show what the telephone has to scan."""
    unit.quiet = True
    made = await own_account.enrolment(unit)
    language = language_of(request, unit)
    fields = forms.view(EnrolSecondFactor, unit.profile, language, state_of(request))
    fields["code"] |= {"autocomplete": "one-time-code", "inputmode": "numeric", "width": 10, "value": ""}
    fields["password"] |= {"autocomplete": "current-password", "optional_mark": False}
    return render(
        request,
        "sign_in/telephone.html",
        unit,
        fields=fields,
        replaces=made.replaces,
        # drawn by segno from our own address; its title comes escaped from the texts
        picture=Markup(totp.qr_svg(made.uri, text("sign_in.enrol.picture", language))),  # nosec B704
        secret=totp.typed_secret(made.secret),
        goal=_goal(request),
    )


@router.act("/second-factor/new", action="session.prove")
async def enrol(request: Request, unit: Unit) -> Response:
    """Connect the telephone and show the recovery codes, this once: the answer is a page, nothing leads back to it."""
    given = await request.form()
    form = forms.read(EnrolSecondFactor, given, unit.profile, password=str(given.get("password", "")))
    made = await own_account.enrol(unit, form, caller_of(request))
    response = render(
        request,
        "sign_in/codes.html",
        unit,
        codes=made.codes,
        goal=_goal(request, given),
        csrf_token=csrf_token(made.token),
    )
    give_session(request, response, made.token)
    keep_device(request, response, made.device_token)
    return response


@router.act("/sign-out", action="session.end", page="/account")
async def sign_out(request: Request, unit: Unit) -> Response:
    """End the session."""
    await api_tokens.revoke(unit)
    response = redirect("/sign-in", done="signed_out")
    take_session(request, response)
    return response


@router.act("/lock", action="session.end", page="/account")
async def lock(request: Request, unit: Unit) -> Response:
    """End the session of a screen that somebody left; the sign-in leads back to the page they stood on."""
    await api_tokens.revoke(unit)
    left = urlsplit(request.headers.get("referer", "")).path
    response = redirect(_with_goal("/sign-in", local_path(left)), done="locked")
    take_session(request, response)
    return response


@router.page("/stay", action="session.read")
async def stay(unit: Unit) -> Response:
    """Take a sign of life; asked by the page while somebody works on it."""
    unit.quiet = True
    return Response(status_code=204)


async def _go_on(request: Request, unit: UnitOfWork, made: SignedIn) -> Response:
    actor = await unit.take_identity(made.session)
    response = RedirectResponse(next_step(actor, _goal(request, await request.form())), 303)
    give_session(request, response, made.token)
    keep_device(request, response, made.device_token)
    return response


def _ask_code(request: Request, unit: UnitOfWork, template: str) -> Response:
    fields = forms.view(SecondFactorCode, unit.profile, language_of(request, unit), state_of(request))
    # A code that was refused is never right the second time.
    fields["code"] |= {"autocomplete": "one-time-code", "spellcheck": False, "value": ""}
    return render(request, template, unit, fields=fields, goal=_goal(request))


def _goal(request: Request, given: object = None) -> str:
    """Return where the person wanted to go, as the form or the address says it."""
    form = given or getattr(request.state, "values", None)
    typed = form.get("next") if hasattr(form, "get") else None
    return local_path(str(typed) if typed else request.query_params.get("next"))


def _with_goal(way: str, goal: str) -> str:
    return way if goal == "/" else f"{way}?next={quote(goal, safe='/')}"


def _any_profile(request: Request) -> Profile:
    """Return a profile for forms that hold nothing of any: nobody is signed in yet."""
    return program_of(request).profile("AL")
