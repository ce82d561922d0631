"""Pages of consent: the ledger, the words to read, the answer, the sheet on paper, and taking a yes back."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.consents import RecordConsent, WithdrawConsent
from app.domain.problems import FieldError, Invalid
from app.services import consent_texts, consents
from app.services.guardians import standing_guardian
from app.services.reference import organisation_names, organisations
from app.services.unit_of_work import UnitOfWork
from app.web import forms
from app.web.consent_words import consent_line, names_of, recipient_words, unasked_line, what_words
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

_ASKED = ("purpose", "recipient_org_id", "recipient_kind", "recipient_country", "data_classes")
_CURRENT = ("given", "refused", "not_asked")


@router.page("/cases/{case_id}/consents", action="consent.read")
async def listed(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The ledger: yes, not now, not asked yet."""
    language = language_of(request, unit)
    ledger = await consents.list_consents(unit, case_id)
    profile = unit.profile_of(ledger.case)
    names = await names_of(unit, [entry.row for entry in ledger.entries])

    def line(entry: consents.Entry) -> dict[str, Any]:
        limits = entry.opened["conditions"]
        return consent_line(entry.row, entry.state, unit, profile, language, names, case_id=case_id, limits=limits)

    now = [line(entry) for entry in ledger.entries if entry.state in _CURRENT]
    now += [unasked_line(purpose, profile, language, case_id) for purpose in ledger.unasked]
    earlier = [line(entry) for entry in ledger.entries if entry.state not in _CURRENT]
    return render(request, "consents/list.html", unit, case=ledger.case, lines=now, earlier=earlier)


@router.page("/cases/{case_id}/consents/ask", action="consent.record")
async def ask(request: Request, unit: Unit, case_id: UUID) -> Response:
    """For what, for whom and which data: then the words to be read can be shown."""
    case = await unit.case(case_id, "consent.record")
    unit.audit("consent.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    language = language_of(request, unit)
    given: dict[str, Any] = {name: request.query_params.get(name) for name in _ASKED if name != "data_classes"}
    given["data_classes"] = request.query_params.getlist("data_classes")
    fields = forms.view(
        RecordConsent,
        unit.profile_of(case),
        language,
        initial=given,
        options={"recipient_org_id": await _recipients(unit, language)},
        age="child" if case["is_child"] else "adult",
    )
    referral = request.query_params.get("referral")
    return render(request, "consents/ask.html", unit, case=case, fields=fields, referral=referral)


@router.page("/cases/{case_id}/consents/new", action="consent.record")
async def new(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The words to read aloud, and the form of the answer."""
    case = await unit.case(case_id, "consent.record")
    profile, language = unit.profile_of(case), language_of(request, unit)
    unit.audit("consent.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    asked = await _asked(request, unit)
    child = bool(case["is_child"])
    initial: dict[str, Any] = {
        **asked,
        "given_at": forms.local(unit.now, profile),
        "language": case["languages"][0] if case["languages"] else None,
        "interpreter": "present" if case["interpreter_needed"] else "not_needed",
        "text_version": consent_texts.current(),
        "basis": "CHILD_GUARDIAN" if child else "ADULT_CONSENT",
        **(await _guardian(unit, case_id) if child else {}),
    }
    fields = forms.view(
        RecordConsent,
        profile,
        language,
        state_of(request),
        initial=initial,
        options={"recipient_org_id": await _recipients(unit, language)},
        age="child" if child else "adult",
    )
    for name in ("form", "language", "interpreter", "basis", "assent"):
        # A yes needs them, so the page does not say that they may be left empty.
        fields[name]["optional_mark"] = False
    names = await organisation_names(unit, [asked["recipient_org_id"]])
    sheet = _sheet(unit, asked, language, recipient_words(asked, profile, language, names), child)
    return render(
        request,
        "consents/new.html",
        unit,
        case=case,
        fields=fields,
        asked=asked,
        what=what_words(asked, profile, language, names),
        sheet=sheet,
        query=request.url.query,
    )


@router.act("/cases/{case_id}/consents/new", action="consent.record")
async def record(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep the answer; within a referral go back to what the receiver will see."""
    form = forms.read(RecordConsent, await request.form(), unit.profile)
    await consents.record_consent(unit, case_id, form)
    referral = request.query_params.get("referral", "")
    if _is_id(referral):
        return redirect(f"/referrals/{referral}/preview", done="consent_recorded")
    return redirect(f"/cases/{case_id}/consents", done="consent_recorded")


@router.page("/cases/{case_id}/consents/sheet", action="consent.read")
async def paper(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The same words on paper, with a place for the answer; a code and no name."""
    case = await unit.case(case_id, "consent.read")
    language = language_of(request, unit)
    unit.audit("consent.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    asked = await _asked(request, unit)
    names = await organisation_names(unit, [asked["recipient_org_id"]])
    recipient = recipient_words(asked, unit.profile_of(case), language, names)
    sheet = _sheet(unit, asked, language, recipient, bool(case["is_child"]))
    return render(request, "consents/sheet.html", unit, case=case, sheet=sheet, query=request.url.query)


@router.page("/cases/{case_id}/consents/{consent_id}/withdraw", action="consent.record")
async def confirm(request: Request, unit: Unit, case_id: UUID, consent_id: UUID) -> Response:
    """What ends with the withdrawal, before it is done."""
    language = language_of(request, unit)
    case = await unit.case(case_id, "consent.record")
    entry = await consents.read_consent(unit, case_id, consent_id)
    ending = await consents.what_ends(unit, case_id, consent_id)
    profile = unit.profile_of(case)
    names = await organisation_names(unit, [entry.row["recipient_org_id"], *(r["receiver_org_id"] for r in ending)])
    line = consent_line(entry.row, entry.state, unit, profile, language, names, case_id=case_id, changes=False)
    fields = forms.view(WithdrawConsent, profile, language, state_of(request))
    receivers = [names[r["receiver_org_id"]][language] for r in ending]
    return render(
        request, "consents/withdraw.html", unit, case=case, entry=entry, line=line, fields=fields, receivers=receivers
    )


@router.act("/cases/{case_id}/consents/{consent_id}/withdraw", action="consent.record")
async def withdraw(request: Request, unit: Unit, case_id: UUID, consent_id: UUID) -> Response:
    """Take the yes back."""
    given = await request.form()
    form = forms.read(WithdrawConsent, given, unit.profile)
    await consents.withdraw_consent(unit, case_id, consent_id, form, forms.version_of(given))
    return redirect(f"/cases/{case_id}/consents", done="consent_withdrawn")


async def _recipients(unit: UnitOfWork, language: str) -> forms.Options:
    return forms.organisation_choices(await organisations(unit), language, without={unit.actor.org_id})


async def _asked(request: Request, unit: UnitOfWork) -> dict[str, Any]:
    """Return what the person is asked, from the address: codes and the id of an organisation, nothing personal."""
    query = request.query_params
    org = query.get("recipient_org_id", "")
    asked: dict[str, Any] = {name: query.get(name) or None for name in _ASKED}
    asked["recipient_org_id"] = UUID(org) if _is_id(org) else None
    asked["data_classes"] = [one for one in query.getlist("data_classes") if one in consent_texts.classes()]
    asked["purpose"] = query.get("purpose") or "REFERRAL_NAMED_BODY"
    for list_id, name in (("organisation_kind", "recipient_kind"), ("country", "recipient_country")):
        if asked[name] is not None and not unit.profile.is_selectable(list_id, asked[name]):
            raise Invalid([FieldError(name, "field.unknown_code", {"code": asked[name], "list": list_id})])
    return asked


async def _guardian(unit: UnitOfWork, case_id: UUID) -> dict[str, Any]:
    """Return the guardian who stands for the child, to be offered; nothing where the identity is closed."""
    guardian = await standing_guardian(unit, case_id)
    if guardian is None or guardian.name is None:
        return {}
    unit.audit(
        "consent.read",
        subject_kind="guardian",
        subject_id=guardian.row["id"],
        cases=[case_id],
        classes=["casework", "identity"],
    )
    relation = {"PARENT": "parent", "LEGAL_REPRESENTATIVE": "legal_representative"}.get(guardian.row["relation"])
    return {
        "guardian_name": guardian.name,
        "guardian_relation": relation or "guardian",
        "guardian_appointment": guardian.decision_number,
    }


def _sheet(unit: UnitOfWork, asked: dict[str, Any], language: str, recipient: str, child: bool) -> consent_texts.Sheet:
    return consent_texts.sheet(
        consent_texts.current(),
        asked["purpose"],
        language,
        jurisdiction=unit.actor.jurisdiction,
        recipient=recipient or "…………………",
        classes=asked["data_classes"],
        child=child,
    )


def _is_id(given: str) -> bool:
    try:
        UUID(given)
    except ValueError:
        return False
    return True
