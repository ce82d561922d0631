"""Pages of sending somebody on: need, organisation, exactly what they will see, and the sending."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.referrals import ChangeDraft, ChooseClasses, ChooseReceiver, DraftReferral, Need
from app.domain.policy import may
from app.domain.referrals import State
from app.services import providers, referral_views, referrals, risk_standing
from app.services.reference import organisation_names
from app.services.routing_advice import act_of_referral, advice_for, deviations_of
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.texts import text
from app.web import dates, forms
from app.web.consent_words import class_words, consent_line, names_of
from app.web.pages import render, state_of
from app.web.referral_words import ids_of, offer_option, preview_parts, queue_row
from app.web.routing import PageRouter, Unit, language_of, redirect
from app.web.rule_words import deviation_words, rule_lines

router = PageRouter()

_SHOWN = 15
_ENDED_LATELY_DAYS = 14
_FREQUENT = ("SAFETY", "ACCOMMODATION", "BASIC_NEEDS", "HEALTH", "MENTAL_HEALTH", "LANGUAGE", "LEGAL", "GUARDIANSHIP")
"""Needs that are shown first; all others are one tap away."""


@router.page("/referrals", action="referral.read")
async def listed(
    request: Request, unit: Unit, box: referral_views.Box | None = None, after: UUID | None = None
) -> Response:
    """What waits for our answer, what is with us, and what we sent; one box by key where it is named."""
    language = language_of(request, unit)
    limit = 25 if box else _SHOWN
    boxes: tuple[referral_views.Box, ...] = (box,) if box else ("waiting", "with_us", "sent", "ended")
    found = {name: await referral_views.list_referrals(unit, name, after=after, limit=limit) for name in boxes}
    names = await organisation_names(unit, [i for rows in found.values() for i in ids_of(rows)])
    shown = {
        name: [queue_row(row, unit, unit.profile, language, names) for row in rows] for name, rows in found.items()
    }
    lately = [
        row
        for row in found.get("ended", ())
        if row["state"] in (State.REVOKED, State.WITHDRAWN) and row["receiver_account_id"] is not None
        if row["ended_at"] and (unit.now - row["ended_at"]).days < _ENDED_LATELY_DAYS
    ]
    notices = [
        text(
            f"referrals.list.{row['state']}",
            language,
            code=row["minimum"].get("code", ""),
            org=names.get(row["sender_org_id"], {}).get(language, ""),
        )
        for row in lately
    ]
    rows = found[box] if box else ()
    return render(
        request,
        "referrals/list.html",
        unit,
        box=box,
        boxes=shown,
        notices=notices,
        full={name for name, items in found.items() if not box and len(items) == limit},
        next=rows[-1]["id"] if box and len(rows) == limit else None,
    )


async def _need_fields(
    request: Request, unit: UnitOfWork, case: CaseRow, initial: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    profile = unit.profile_of(case)
    fields = forms.view(
        Need,
        profile,
        language_of(request, unit),
        state_of(request),
        initial=initial,
        age=referrals.age_of(case),
    )
    needs = fields["needs"]
    chosen = needs["value"] or []
    first = {**needs, "options": [o for o in needs["options"] if o["value"] in _FREQUENT], "columns": True}
    rest = {
        **needs,
        "id": "more-needs",
        "label": text("referrals.need.others", language_of(request, unit)),
        "options": [o for o in needs["options"] if o["value"] not in _FREQUENT],
        "error": None,
    }
    rest["open"] = any(o["value"] in chosen for o in rest["options"])
    return {**fields, "needs": first, "more_needs": rest}


@router.page("/cases/{case_id}/referrals/new", action="referral.send")
async def new(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The first step: what the person needs."""
    case = await unit.case(case_id, "referral.send")
    unit.audit("referral.send", subject_kind="case", subject_id=case_id, cases=[case_id])
    level = await risk_standing.level_now(unit, case_id)
    if case["immediate_danger"] or unit.profile_of(case).risk_scale.is_high(level):
        danger = "danger"
    else:
        danger = "unknown" if case["immediate_danger"] is None else "none_known"
    initial = {"urgency": case["urgency"], "safety": danger, "purpose": "INITIAL_ASSISTANCE"}
    fields = await _need_fields(request, unit, case, initial)
    return render(
        request, "referrals/need.html", unit, case=case, fields=fields, more_needs=fields["more_needs"], row=None
    )


@router.act("/cases/{case_id}/referrals/new", action="referral.send")
async def begin(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Save the draft, so that nothing is lost, and go on to who can help."""
    given = await request.form()
    form = forms.read(DraftReferral, given, unit.profile)
    row = await referrals.draft_referral(unit, case_id, form)
    return redirect(f"/referrals/{row['id']}/receiver")


@router.page("/referrals/{referral_id}/need", action="referral.send")
async def need(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """The first step again, with what was said."""
    found = await referral_views.read_referral(unit, referral_id)
    row = found.row
    if row["state"] != State.DRAFTED:
        return redirect(f"/referrals/{referral_id}")
    case = await unit.case(row["case_id"], "referral.send")
    names = ("needs", "requested_services", "urgency", "safety")
    initial = {**{name: row[name] for name in names}, "purpose": row["purposes"][0], "message": found.message}
    if row["answer_by"] is not None:
        initial["answer_by"] = forms.local(row["answer_by"], unit.profile_of(case))
    fields = await _need_fields(request, unit, case, initial)
    return render(
        request, "referrals/need.html", unit, case=case, fields=fields, more_needs=fields["more_needs"], row=row
    )


@router.act("/referrals/{referral_id}/need", action="referral.send")
async def change(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Keep the need; receiver and classes stay as they were chosen."""
    given = await request.form()
    found = await referral_views.read_referral(unit, referral_id)
    form = forms.read(
        ChangeDraft,
        given,
        unit.profile,
        receiver_org_id=found.row["receiver_org_id"],
        data_classes=found.row["shared_classes"],
    )
    await referrals.change_draft(unit, referral_id, form, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}/receiver")


@router.page("/referrals/{referral_id}/receiver", action="referral.send")
async def receiver(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """The second step: who can help, the suitable first, with reasons."""
    language = language_of(request, unit)
    found = await referral_views.read_referral(unit, referral_id)
    if found.row["state"] != State.DRAFTED:
        return redirect(f"/referrals/{referral_id}")
    case = await unit.case(found.row["case_id"], "referral.send")
    offers = await providers.list_providers(unit, referral_id)
    initial = {"receiver_org_id": found.row["receiver_org_id"]}
    profile = unit.profile_of(case)
    advice = await advice_for(unit, case, act_of_referral(dict(found.row)))
    against = {
        o.org["id"]: deviation_words(
            deviations_of(advice, found.row["needs"], o.org["kind"], o.org["admits"]), profile, language
        )
        for o in offers
    }
    fields = forms.view(
        ChooseReceiver,
        unit.profile_of(case),
        language,
        state_of(request),
        initial=initial,
        options={"receiver_org_id": []},
    )
    return render(
        request,
        "referrals/receiver.html",
        unit,
        case=case,
        row=found.row,
        fitting=_choices(fields["receiver_org_id"], "fits", [o for o in offers if o.fits], language, against),
        others=_choices(fields["receiver_org_id"], "others", [o for o in offers if not o.fits], language, against),
        deviation=fields["deviation_reason"] if any(against.values()) else None,
        rules=rule_lines([one for one in advice if one.holds], profile, language),
    )


def _choices(
    field: dict[str, Any], name: str, offers: list[providers.Offer], language: str, against: Mapping[UUID, list[str]]
) -> dict[str, Any] | None:
    """Return providers as one group of choices; both groups name the same answer, so that one is chosen."""
    if not offers:
        return None
    first = name == "fits"
    return {
        **field,
        "id": field["name"] if first else f"{field['name']}-{name}",
        "kind": "radios",
        "label": text(f"referrals.receiver.{name}", language),
        "options": [offer_option(offer, language, against[offer.org["id"]]) for offer in offers],
        "error": field["error"] if first else None,
    }


@router.act("/referrals/{referral_id}/receiver", action="referral.send")
async def choose(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Name the receiver and show what they will see."""
    given = await request.form()
    form = forms.read(ChooseReceiver, given, unit.profile)
    await referrals.choose_receiver(unit, referral_id, form, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}/preview")


@router.page("/referrals/{referral_id}/preview", action="referral.send")
async def preview(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """The third step: exactly what the receiver will see, the consent behind it, and the sending."""
    language = language_of(request, unit)
    draft = await referral_views.read_referral(unit, referral_id)
    if draft.row["state"] != State.DRAFTED:
        return redirect(f"/referrals/{referral_id}")
    if draft.row["receiver_org_id"] is None:
        return redirect(f"/referrals/{referral_id}/receiver")
    found = await referrals.preview_referral(unit, referral_id)
    case = await unit.case(found.row["case_id"], "referral.send")
    profile = unit.profile_of(case)
    name = found.receiver[f"name_{language}"] if found.receiver is not None else ""
    fields = forms.view(
        ChooseClasses,
        profile,
        language,
        state_of(request),
        initial={"data_classes": found.row["shared_classes"]},
        concept="referrals",
        options={"data_classes": _class_options(found, language)},
    )
    return render(
        request,
        "referrals/preview.html",
        unit,
        case=case,
        row=found.row,
        receiver_name=name,
        parts=preview_parts(found, draft.message, unit, profile, language),
        lines=await _consent_lines(unit, found, case, language, name),
        uncovered=class_words(list(found.uncovered), language),
        fields=fields,
        due=_due_words(found, unit, profile.timezone, language),
        ledger=may(unit.actor.role, "consent.read"),
    )


def _class_options(found: referrals.Preview, language: str) -> list[dict[str, Any]]:
    known = [one.data_class for one in found.after] + list(found.could) + list(found.uncovered)
    return [
        {"value": str(c), "label": text(f"consents.choices.data_classes.{c}", language)}
        for c in sorted(known, key=_order)
    ]


def _order(data_class: str) -> int:
    return ("milestones", "identity", "casework", "identification", "health", "legal").index(data_class)


async def _consent_lines(
    unit: UnitOfWork, found: referrals.Preview, case: CaseRow, language: str, name: str
) -> list[dict[str, Any]]:
    """Return what the ledger says about the receiver, and the way to ask where it says nothing."""
    may_ask = may(unit.actor.role, "consent.record")
    words = [word for word in found.words if word["purpose"] == found.purpose]
    names = await names_of(unit, words)
    profile = unit.profile_of(case)
    lines = []
    for word in words:
        state = str(word["answer"])
        if word["withdrawn_at"] is not None:
            state = "withdrawn"
        elif word["valid_to"] is not None and word["valid_to"] <= unit.now:
            state = "over"
        lines.append(consent_line(word, state, unit, profile, language, names, case_id=case["id"], changes=may_ask))
    if not found.after:
        asking: dict[str, Any] = {
            "state": "unasked",
            "what": text("referrals.preview.unasked", language, recipient=name),
            "how": text("referrals.preview.unasked_how", language),
        }
        query = f"purpose={found.purpose}&recipient_org_id={found.row['receiver_org_id']}"
        query += "&data_classes=milestones&data_classes=identity"
        if may_ask:
            href = f"/cases/{case['id']}/consents/ask?{query}&referral={found.row['id']}"
            asking["do"] = {"label": text("consents.list.ask", language), "href": href}
        lines.insert(0, asking)
    return lines


def _due_words(found: referrals.Preview, unit: UnitOfWork, zone: str, language: str) -> str:
    if found.answer_due_at is None:
        return text("referrals.preview.no_due", language)
    return text(
        "referrals.preview.due",
        language,
        when=dates.spoken(found.answer_due_at, unit.now, language, zone, until=True),
        confirm=text("referrals.preview.confirm", language) if found.answer_due_to_confirm else "",
    )


@router.act("/referrals/{referral_id}/classes", action="referral.send", page="/referrals/{referral_id}/preview")
async def choose_classes(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Change what is shared after accepting, and show it again."""
    given = await request.form()
    form = forms.read(ChooseClasses, given, unit.profile)
    await referrals.choose_classes(unit, referral_id, form, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}/preview")


@router.act("/referrals/{referral_id}/send", action="referral.send", page="/referrals/{referral_id}/preview")
async def send(request: Request, unit: Unit, referral_id: UUID) -> Response:
    """Send exactly what was shown."""
    given = await request.form()
    await referrals.send_referral(unit, referral_id, forms.version_of(given))
    return redirect(f"/referrals/{referral_id}", done="referral_sent")
