"""The page of risk: what holds, who rated, what the rules propose; and the assessment itself."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.risks import AssessRisk, ObjectToRisk
from app.domain.policy import may
from app.domain.risk_levels import levels_of, seats_of
from app.services import risks
from app.services.identification_officers import people_of
from app.services.reference import organisations
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect
from app.web.rule_words import rule_lines

router = PageRouter()
MORE = ("needs", "persons_at_risk", "location", "proceedings_phase", "best_interest")
"""Fields that most assessments leave empty: folded away."""


@router.page("/cases/{case_id}/risk", action="risk.read")
async def read(request: Request, unit: Unit, case_id: UUID) -> Response:
    """What holds now, and every assessment."""
    found = await risks.read_risks(unit, case_id)
    language = language_of(request, unit)
    profile = unit.profile_of(found.case)
    called = {org_id: case_words.organisation(found.names, org_id, language) for org_id in found.names}
    awaited = None
    for row in found.ratings:
        mine = [
            one
            for one in found.assessors.get(row["id"], ())
            if one.row["account_id"] == unit.actor.account_id
            and one.row["confirmed_at"] is None
            and one.row["objected_at"] is None
        ]
        if mine and row["state"] == "proposed" and may(unit.actor.role, "risk.confirm"):
            awaited = row
    return render(
        request,
        "risks/read.html",
        unit,
        case=found.case,
        found=found,
        called=called,
        awaited=awaited,
        objection=forms.view(ObjectToRisk, profile, language, state_of(request)),
        scale=profile.risk_scale,
        rules=rule_lines(found.advice, profile, language),
    )


@router.page("/cases/{case_id}/risk/new", action="risk.record")
async def new(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The form: danger first; the level and who rates it where the jurisdiction has a scale."""
    case = await unit.case(case_id, "risk.record")
    unit.audit("risk.record", subject_kind="case", subject_id=case_id, cases=[case_id])
    profile, language, state = unit.profile_of(case), language_of(request, unit), state_of(request)
    levels = levels_of(profile)
    fields = forms.view(
        AssessRisk,
        profile,
        language,
        state,
        initial={
            "assessed_at": forms.local(unit.now, profile),
            "level": "NOT_RATED" if len(levels) == 1 else None,
            "immediate_danger": bool(case["immediate_danger"]),
            "purpose": "PERIODIC",
            "location": "in_country",
        },
        options={
            "level": [{"value": one, "label": profile.label("risk_level", one, language)} for one in levels],
        },
        age="child" if case["is_child"] else "adult",
    )
    seats = await _seats(unit, case, language, state.values)
    return render(
        request,
        "risks/new.html",
        unit,
        case=case,
        fields=fields,
        scaled=len(levels) > 1,
        seats=seats,
        seats_error=state.error("assessors", language),
        kinds=", ".join(one["kind"] for one in seats),
        more=[name for name in MORE if name != "best_interest" or case["is_child"]],
    )


async def _seats(unit: UnitOfWork, case: RowMapping, language: str, given: FormData | None) -> list[dict[str, Any]]:
    """Return who has to rate: for each kind of organisation its people, or that it is the reader's own."""
    profile = unit.profile_of(case)
    orgs = await organisations(unit)
    own = next((org["kind"] for org in orgs if org["id"] == unit.actor.org_id), None)
    typed = [str(value) for value in given.getlist("seat")] if given is not None else []
    found: list[dict[str, Any]] = []
    for number, kind in enumerate(seats_of(profile, case["is_child"])):
        label = profile.label("organisation_kind", kind, language)
        if kind == own:
            found.append({"kind": label, "yours": text("risks.new.seat_yours", language, kind=label)})
            continue
        people = [
            {"value": f"{org['id']}:{one['id']}", "label": f"{one['display_name']}, {org[f'name_{language}']}"}
            for org in orgs
            if org["kind"] == kind
            for one in await people_of(unit, org["id"])
        ]
        chosen = next((one["value"] for one in people if one["value"] in typed), "")
        field = {
            "name": "seat",
            "id": f"seat-{number}",
            "kind": "select",
            "label": text("risks.new.seat", language, kind=label),
            "options": people,
            "value": chosen,
        }
        found.append({"kind": label, "yours": None, "field": field})
    return found


def _assessors(given: FormData) -> list[dict[str, str]]:
    pairs = [str(value).partition(":") for value in given.getlist("seat") if ":" in str(value)]
    return [{"org_id": org_id, "account_id": account_id} for org_id, _, account_id in pairs]


@router.act("/cases/{case_id}/risk/new", action="risk.record")
async def assess(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Keep the assessment."""
    given = await request.form()
    form = forms.read(AssessRisk, given, unit.profile, assessors=_assessors(given))
    await risks.assess_risk(unit, case_id, form)
    return redirect(f"/cases/{case_id}/risk", done="risk_recorded")


@router.act("/cases/{case_id}/risk/{risk_id}/confirm", action="risk.confirm", page="/cases/{case_id}/risk")
async def confirm(request: Request, unit: Unit, case_id: UUID, risk_id: UUID) -> Response:
    """Say yes."""
    await risks.confirm_risk(unit, case_id, risk_id)
    return redirect(f"/cases/{case_id}/risk", done="risk_word_given")


@router.act("/cases/{case_id}/risk/{risk_id}/object", action="risk.confirm", page="/cases/{case_id}/risk")
async def disagree(request: Request, unit: Unit, case_id: UUID, risk_id: UUID) -> Response:
    """Say why not."""
    form = forms.read(ObjectToRisk, await request.form(), unit.profile)
    await risks.object_to_risk(unit, case_id, risk_id, form)
    return redirect(f"/cases/{case_id}/risk", done="risk_word_given")
