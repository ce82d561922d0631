"""Pages of a shelter: the day, beds, reservations, one stay, the month sheet."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.deliveries import RecordDelivery
from app.domain.forms.placements import AddBed, ChangeBed, Discharge, MoveBed, PlacementStep, ReserveBed
from app.domain.placements import State, possible
from app.domain.problems import Invalid, NotFound
from app.services import beds, deliveries, placements
from app.services.best_interest import covering
from app.services.routing_advice import advice_on_stay
from app.services.shelter_day import NIGHTS, Day, shelter_day
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect
from app.web.rule_words import deviation_words, rule_lines

router = PageRouter()

QUICK = ("FOOD", "PSYCHOLOGICAL", "LEGAL_COUNSELLING", "LIFE_SKILLS", "CHILDCARE", "TRANSPORT", "HEALTH_CARE")
"""What a shelter records most; everything else is one click away."""


@router.page("/shelter", action="placement.read")
async def day(request: Request, unit: Unit, names: int = 1) -> Response:
    """Who is here, who is coming, what was given, which bed is free."""
    language, state = language_of(request, unit), state_of(request)
    today = await shelter_day(unit, names=bool(names))
    fields = forms.view(
        RecordDelivery, unit.profile, language, state, initial={"quantity": 1, "delivered_on": today.day}
    )
    chosen = state.values.getlist("case_ids") if state.values else []
    services = [
        {"value": code, "label": unit.profile.label("service_type", code, language), "checked": _typed(state, code)}
        for code in QUICK
    ]
    people = [
        {"value": str(g.placement["case_id"]), "label": g.name, "checked": str(g.placement["case_id"]) in chosen}
        for g in today.guests
    ]
    return render(
        request,
        "shelter/day.html",
        unit,
        today=today,
        names=names,
        presence=_presence(unit, today, language),
        services=services,
        people=people,
        fields=fields,
        plan=_plan(unit, today, language),
        tonight=_tonight(today, language),
    )


def _typed(state: forms.FormState, code: str) -> bool:
    return state.values is not None and state.values.get("service_type") == code


def _presence(unit: UnitOfWork, today: Day, language: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"p{number}",
            "name": f"presence.{guest.placement['id']}",
            "label": guest.name,
            "more": text("shelter.day.bed", language, label=guest.bed),
            "value": "in" if guest.placement["state"] == State.ADMITTED else "out",
            "version": guest.placement["version"],
            "placement": guest.placement["id"],
        }
        for number, guest in enumerate(today.guests)
    ]


def _plan(unit: UnitOfWork, today: Day, language: str) -> dict[str, Any]:
    nights = [today.day + timedelta(days=n) for n in range(NIGHTS)]
    return {
        "label": text("shelter.day.plan", language),
        "nights": [
            {
                "label": text("shelter.day.tonight", language) if n == today.day else dates.night(n, language),
                "current": n == today.day,
            }
            for n in nights
        ],
        "beds": [{"label": bed["label"], "spans": _spans(bed, today, nights, language)} for bed in today.beds],
    }


def _spans(bed: RowMapping, today: Day, nights: list[date], language: str) -> list[dict[str, Any]]:
    if not bed["in_use"]:
        return [{"nights": len(nights), "kind": "out", "text": _out_of_use(bed, language)}]
    stays = sorted((row for row in today.held if row["bed_id"] == bed["id"]), key=lambda row: row["starts_on"])
    spans: list[dict[str, Any]] = []
    for night in nights:
        stay = next(
            (s for s in stays if s["starts_on"] <= night and (s["ends_on"] is None or night < s["ends_on"])), None
        )
        key = stay["id"] if stay else None
        if spans and spans[-1]["key"] == key:
            spans[-1]["nights"] += 1
            continue
        kind = "free" if stay is None else "held" if stay["state"] == State.RESERVED else "here"
        spans.append(
            {
                "key": key,
                "nights": 1,
                "kind": kind,
                "text": today.names.get(stay["case_id"]) if stay else None,
                "before": stay is not None and stay["starts_on"] < nights[0],
                "after": stay is not None and (stay["ends_on"] is None or stay["ends_on"] > nights[-1]),
            }
        )
    return spans


def _out_of_use(bed: RowMapping, language: str) -> str:
    return text(f"placements.choices.out_of_use_reason.{bed['out_of_use_reason']}", language)


def _tonight(today: Day, language: str) -> list[dict[str, Any]]:
    return [
        {"label": bed["label"], "kind": span["kind"], "text": span["text"]}
        for bed in today.beds
        for span in _spans(bed, today, [today.day], language)
    ]


@router.act("/shelter/presence", action="placement.record", page="/shelter")
async def presence(request: Request, unit: Unit) -> Response:
    """Note who left and who came back; only what changed is written."""
    given = await request.form()
    unit.quiet = not any(name.startswith("presence.") for name in given)
    changed = 0
    for name, value in given.items():
        if not name.startswith("presence."):
            continue
        try:
            placement_id = UUID(name.removeprefix("presence."))
        except ValueError:
            raise NotFound("placement.unknown") from None
        row, _ = await placements.read_placement(unit, placement_id)
        wanted = {"in": "return", "out": "leave"}.get(str(value))
        here = row["state"] == State.ADMITTED
        if wanted is None or here is (value == "in"):
            continue
        version = str(given.get(f"version.{placement_id}", ""))
        await placements.take_step(
            unit, placement_id, PlacementStep(act=wanted), int(version) if version.isdigit() else None
        )
        changed += 1
    return redirect("/shelter", done="presence_saved" if changed else None)


@router.act("/shelter/services", action="service.record", page="/shelter")
async def record(request: Request, unit: Unit) -> Response:
    """Record one service for everybody chosen."""
    given = await request.form()
    if not given.getlist("case_ids"):
        raise Invalid.one("case_ids", "delivery.nobody_chosen")
    await deliveries.record_delivery(unit, forms.read(RecordDelivery, given, unit.profile))
    return redirect("/shelter", done="services_saved")


@router.page("/shelter/beds", action="bed.read")
async def list_beds(request: Request, unit: Unit) -> Response:
    """Every bed, and the form of a new one."""
    language = language_of(request, unit)
    fields = forms.view(AddBed, unit.profile, language, state_of(request))
    return render(request, "shelter/beds.html", unit, beds=await beds.list_beds(unit), fields=fields)


@router.act("/shelter/beds", action="bed.manage")
async def add_bed(request: Request, unit: Unit) -> Response:
    """Add a bed."""
    await beds.add_bed(unit, forms.read(AddBed, await request.form(), unit.profile))
    return redirect("/shelter/beds", done="bed_saved")


@router.page("/shelter/beds/{bed_id}", action="bed.manage")
async def one_bed(request: Request, unit: Unit, bed_id: UUID) -> Response:
    """The form of a bed."""
    row = await beds.one_bed(unit, bed_id)
    unit.audit("bed.read", subject_kind="bed", subject_id=bed_id)
    fields = forms.view(ChangeBed, unit.profile, language_of(request, unit), state_of(request), initial=dict(row))
    return render(request, "shelter/bed.html", unit, bed=row, fields=fields)


@router.act("/shelter/beds/{bed_id}", action="bed.manage")
async def change_bed(request: Request, unit: Unit, bed_id: UUID) -> Response:
    """Change a bed."""
    given = await request.form()
    await beds.change_bed(unit, bed_id, forms.read(ChangeBed, given, unit.profile), forms.version_of(given))
    return redirect("/shelter/beds", done="bed_saved")


@router.page("/shelter/reserve", action="placement.record")
async def reserve(request: Request, unit: Unit, case: UUID) -> Response:
    """The form of a reservation."""
    row = await unit.case(case, "case.read")
    language = language_of(request, unit)
    free = [{"value": str(b["id"]), "label": b["label"]} for b in await beds.list_beds(unit) if b["in_use"]]
    fields = forms.view(
        ReserveBed,
        unit.profile,
        language,
        state_of(request),
        initial={"starts_on": placements.today(unit), "hours": 24},
        options={"bed_id": free},
    )
    said = await advice_on_stay(unit, row)
    profile = unit.profile_of(row)
    return render(
        request,
        "shelter/reserve.html",
        unit,
        case=row,
        fields=fields,
        against=deviation_words(said.deviations, profile, language),
        rules=rule_lines(said.advice, profile, language),
        owes=row["is_child"] and await covering(unit, case, unit.now) is None,
    )


@router.act("/shelter/reserve", action="placement.record")
async def hold(request: Request, unit: Unit, case: UUID) -> Response:
    """Hold the bed."""
    form = forms.read(ReserveBed, await request.form(), unit.profile, case_id=case)
    row = await placements.reserve_bed(unit, form)
    return redirect(f"/placements/{row['id']}", done="bed_reserved")


@router.page("/placements/{placement_id}", action="placement.read")
async def stay(request: Request, unit: Unit, placement_id: UUID) -> Response:
    """One stay: what can be done now, and what was done."""
    row, events = await placements.read_placement(unit, placement_id)
    language, state = language_of(request, unit), state_of(request)
    labels = {b["id"]: b["label"] for b in await beds.list_beds(unit)}
    others = [{"value": str(i), "label": label} for i, label in labels.items() if i != row["bed_id"]]
    codes = await placements.case_codes(unit, [row["case_id"]])
    leave = forms.view(Discharge, unit.profile, language, state)
    why = leave.pop("best_interest_reason")
    owes = False
    approvals: tuple[str, ...] = ()
    readable = await unit.may_see(row["case_id"], "milestones")
    if readable:
        case = await unit.case(row["case_id"], "case.read")
        owes = case["is_child"] and await covering(unit, case["id"], unit.now) is None
        approvals = (await advice_on_stay(unit, case)).approvals
    leave["approvals"]["options"] = [o for o in leave["approvals"]["options"] if o["value"] in approvals]
    if not approvals:
        del leave["approvals"]
    return render(
        request,
        "shelter/stay.html",
        unit,
        stay=row,
        events=events,
        code=codes.get(row["case_id"]),
        readable=readable,
        labels=labels,
        acts=[str(act) for act in possible(State(row["state"]))],
        move=forms.view(MoveBed, unit.profile, language, state, options={"bed_id": others}),
        leave=leave,
        why=why if owes else None,
    )


def _back(placement_id: UUID) -> Response:
    return redirect(f"/placements/{placement_id}", done="stay_saved")


@router.act("/placements/{placement_id}/steps", action="placement.record", page="/placements/{placement_id}")
async def take_step(request: Request, unit: Unit, placement_id: UUID) -> Response:
    """Admit, leave, return, cancel."""
    given: FormData = await request.form()
    form = forms.read(PlacementStep, given, unit.profile)
    await placements.take_step(unit, placement_id, form, forms.version_of(given))
    return _back(placement_id)


@router.act("/placements/{placement_id}/move", action="placement.record", page="/placements/{placement_id}")
async def move(request: Request, unit: Unit, placement_id: UUID) -> Response:
    """Move to another bed."""
    given = await request.form()
    await placements.move_bed(unit, placement_id, forms.read(MoveBed, given, unit.profile), forms.version_of(given))
    return _back(placement_id)


@router.act("/placements/{placement_id}/discharge", action="placement.record", page="/placements/{placement_id}")
async def discharge(request: Request, unit: Unit, placement_id: UUID) -> Response:
    """End the stay."""
    given = await request.form()
    form = forms.read(Discharge, given, unit.profile)
    await placements.discharge(unit, placement_id, form, forms.version_of(given))
    return _back(placement_id)


def _month(given: str | None, unit: UnitOfWork) -> date:
    try:
        return date.fromisoformat(f"{given}-01")
    except ValueError:
        return placements.today(unit).replace(day=1)


@router.page("/shelter/month", action="service.read")
async def month(request: Request, unit: Unit, month: str | None = None) -> Response:
    """The month sheet: what was delivered, day by day."""
    first = _month(month, unit)
    language = language_of(request, unit)
    rows = await deliveries.month_sheet(unit, first)
    following = (first + timedelta(days=31)).replace(day=1)
    days = [first + timedelta(days=n) for n in range((following - first).days)]
    sheet = {
        "title": f"{text('shelter.month.title', language)} {first:%m.%Y}",
        "days": [{"label": d.day, "weekend": d.weekday() >= 5} for d in days],
        "rows": [
            {
                "label": unit.profile.label("service_type", row.service_type, language),
                "cells": [_number(row.days[d.day]) if d.day in row.days else None for d in days],
                "total": _number(row.quantity),
            }
            for row in rows
        ],
    }
    previous = (first - timedelta(days=1)).replace(day=1)
    return render(
        request,
        "shelter/month.html",
        unit,
        sheet=sheet,
        rows=rows,
        first=f"{first:%Y-%m}",
        previous=f"{previous:%Y-%m}",
        following=f"{following:%Y-%m}",
    )


def _number(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


@router.page("/shelter/month.csv", action="service.read")
async def month_csv(request: Request, unit: Unit, month: str | None = None) -> Response:
    """The month sheet for a spreadsheet."""
    first = _month(month, unit)
    language = language_of(request, unit)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [text(f"shelter.month.{c}", language) for c in ("service", "unit", "quantity", "deliveries", "refusals")]
    )
    for row in await deliveries.month_sheet(unit, first):
        service = unit.profile.label("service_type", row.service_type, language)
        measure = unit.profile.label("service_unit", row.unit, language)
        writer.writerow([service, measure, _number(row.quantity), row.deliveries, row.refusals])
    headers = {"Content-Disposition": f'attachment; filename="month-{first:%Y-%m}.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
