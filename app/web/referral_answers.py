"""Pages of answering: one referral as its side sees it, with the answer in one tap, and what each side does next."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.referrals import AnswerQuestion, AskQuestion, Complete, Decline, Redirect, Withdraw
from app.domain.policy import may
from app.domain.referrals import AWAITING_ANSWER, Act, Party, State
from app.services import referral_answers, referral_views, referrals
from app.services.reference import organisation_names, organisations
from app.services.referral_views import Referral
from app.services.unit_of_work import UnitOfWork
from app.web import dates, forms
from app.web.pages import render, state_of
from app.web.referral_words import (
    class_fact,
    language_words,
    minimum_facts,
    opens_words,
    state_words,
    steps_rows,
    who_words,
)
from app.web.routing import PageRouter, Unit, csrf_token, language_of, redirect, session_token

router = PageRouter()

_HERE = "/referrals/{referral_id}"


@router.page("/referrals/{referral_id}", action="referral.read")
async def read(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """One referral: the receiver answers, the sender follows."""
    language = language_of(request, unit)
    found = await referral_views.read_referral(unit, referral_id)
    row, profile = found.row, unit.profile
    names = await organisation_names(
        unit, [row["sender_org_id"], row["receiver_org_id"], *(step.row["org_id"] for step in found.steps)]
    )
    state = State(row["state"])
    role = unit.actor.role
    acts = {
        act
        for act in found.possible
        if may(role, "referral.send" if act in (Act.SEND, Act.ANSWER, Act.WITHDRAW) else "referral.answer")
    }
    chip = None
    if state in AWAITING_ANSWER and row["answer_due_at"] is not None:
        chip = dates.due_chip(
            row["answer_due_at"], unit.now, language, row["answer_due_to_confirm"], None, profile.timezone
        )
    case = None
    if await unit.may_see(row["case_id"], "milestones"):
        case = await unit.case(row["case_id"], "referral.read")
    shown = found.minimum or {}
    receiving = found.side is Party.RECEIVER
    other = row["sender_org_id"] if receiving else row["receiver_org_id"]
    answer = None
    if receiving and Act.ACCEPT in acts and found.minimum:
        answer = _answer(request, unit, found, language, chip)
    return render(
        request,
        "referrals/read.html",
        unit,
        row=row,
        found=found,
        case=case,
        receiving=receiving,
        other=names.get(other, {}).get(language, "") if other else "",
        state=state,
        says=state_words(state, receiving, language),
        asked=next((s.message for s in reversed(found.steps) if s.row["act"] == "ask"), None),
        acts=acts,
        due_chip=chip,
        facts=minimum_facts(shown, profile, language) if found.minimum else [],
        opened=[class_fact(c, language) for c in row["shared_classes"]] if found.open_classes else [],
        steps=steps_rows(found, unit, profile, language, names),
        answer=answer,
        fields=await _fields(request, unit, found, acts, language),
    )


def _answer(request: Request, unit: UnitOfWork, found: Referral, language: str, chip: Any) -> dict[str, Any]:
    """Return what the `answer` macro needs: accept in one tap, decline with a reason."""
    row, profile = found.row, unit.profile
    minimum = found.minimum or {}
    state = state_of(request)
    values = state.values
    return {
        "id": "answer",
        "code": minimum["code"],
        "traits": f"{who_words(minimum, profile, language)} · {language_words(minimum, profile, language)}",
        "about": minimum_facts(minimum, profile, language)[3]["text"],
        "chip": chip,
        "accept_url": f"/referrals/{row['id']}/accept",
        "accept_label": None,
        "accept_says": opens_words(row["shared_classes"], language),
        "decline_url": f"/referrals/{row['id']}/decline",
        "reasons": [
            {"value": c.code, "label": c.label.text(language)} for c in profile.selectable("referral_decline_reason")
        ],
        "hidden": [{"name": "version", "value": row["version"]}],
        "csrf_token": csrf_token(session_token(request)),
        "note": True,
        "error": state.error("reason", language) or state.error("note", language),
        "note_value": values.get("note") if values is not None else None,
        "reason_value": values.get("reason") if values is not None else None,
    }


async def _fields(
    request: Request, unit: UnitOfWork, found: Referral, acts: set[Act], language: str
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the fields of every act that can be done here, by act."""
    state, profile = state_of(request), unit.profile
    fields: dict[str, dict[str, dict[str, Any]]] = {}
    if Act.ASK in acts:
        fields["ask"] = forms.view(AskQuestion, profile, language, state)
    if Act.ANSWER in acts:
        fields["answer"] = forms.view(AnswerQuestion, profile, language, state)
    if Act.COMPLETE in acts:
        fields["complete"] = forms.view(Complete, profile, language, state, initial={"outcome": "delivered"})
    if Act.WITHDRAW in acts:
        fields["withdraw"] = forms.view(Withdraw, profile, language, state)
    if Act.REDIRECT in acts:
        sides = {unit.actor.org_id, found.row["sender_org_id"]}
        others = forms.organisation_choices(await organisations(unit, answering=True), language, without=sides)
        fields["redirect"] = forms.view(
            Redirect, profile, language, state, options={"receiver_org_id": others}, prefix=""
        )
    return fields


@router.act("/referrals/{referral_id}/accept", action="referral.answer", page=_HERE)
async def accept(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Take the person on."""
    given = await request.form()
    await referral_answers.accept_referral(unit, referral_id, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}", done="referral_accepted")


@router.act("/referrals/{referral_id}/decline", action="referral.answer", page=_HERE)
async def decline(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Decline with a reason."""
    given = await request.form()
    form = forms.read(Decline, given, unit.profile)
    await referral_answers.decline_referral(unit, referral_id, form, forms.version_of(given))
    return redirect("/referrals", done="referral_declined")


@router.act("/referrals/{referral_id}/acknowledge", action="referral.answer", page=_HERE)
async def acknowledge(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Say that it was received."""
    given = await request.form()
    await referral_answers.acknowledge_referral(unit, referral_id, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}", done="referral_moved")


@router.act("/referrals/{referral_id}/question", action="referral.answer", page=_HERE)
async def question(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Ask the sender."""
    given = await request.form()
    form = forms.read(AskQuestion, given, unit.profile)
    await referral_answers.ask_sender(unit, referral_id, form, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}", done="referral_moved")


@router.act("/referrals/{referral_id}/answer", action="referral.send", page=_HERE)
async def answer(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Answer the receiver."""
    given = await request.form()
    form = forms.read(AnswerQuestion, given, unit.profile)
    await referral_answers.answer_receiver(unit, referral_id, form, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}", done="referral_moved")


@router.act("/referrals/{referral_id}/redirect", action="referral.answer", page=_HERE)
async def pass_on(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Pass it on to an organisation that suits better."""
    given = await request.form()
    form = forms.read(Redirect, given, unit.profile)
    await referral_answers.redirect_referral(unit, referral_id, form, forms.version_of(given))
    return redirect("/referrals", done="referral_passed_on")


@router.act("/referrals/{referral_id}/start", action="referral.answer", page=_HERE)
async def start(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Say that the service has begun."""
    given = await request.form()
    await referral_answers.start_service(unit, referral_id, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}", done="referral_moved")


@router.act("/referrals/{referral_id}/complete", action="referral.answer", page=_HERE)
async def complete(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Complete with feedback."""
    given = await request.form()
    form = forms.read(Complete, given, unit.profile)
    await referral_answers.complete_referral(unit, referral_id, form, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}", done="referral_completed")


@router.act("/referrals/{referral_id}/withdraw", action="referral.send", page=_HERE)
async def withdraw(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Take it back, or throw a draft away."""
    given = await request.form()
    row = await referral_answers.withdraw_referral(
        unit, referral_id, forms.read(Withdraw, given, unit.profile), forms.version_of(given)
    )
    if row["sent_at"] is None:
        return redirect(f"/cases/{row['case_id']}", done="referral_discarded")
    return redirect(f"/referrals/{referral_id}", done="referral_withdrawn")


@router.act("/referrals/{referral_id}/again", action="referral.send", page=_HERE)
async def again(unit: Unit, referral_id: UUID) -> Response:
    """Begin anew with the same need."""
    row = await referrals.send_again(unit, referral_id)
    return redirect(f"/referrals/{row['id']}/receiver", done="referral_begun")
