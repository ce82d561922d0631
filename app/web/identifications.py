"""Pages of initial identification: begin, answer, see what the aids say, let others join, decide."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.identification import (
    AddOfficer,
    DecideIdentification,
    StartIdentification,
    StateIntent,
)
from app.domain.policy import DataClass
from app.services import identifications, reference
from app.services.identification_answers import last_observation, notes_of
from app.services.identification_decision import decide_identification
from app.services.identification_officers import people_of
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import dates, forms
from app.web.aid_view import kept_rows
from app.web.identification_view import (
    aid_cards,
    decided_options,
    known_of,
    lists_of,
    next_group,
    questions,
    read_answers,
    shown_set,
)
from app.web.pages import render, state_of
from app.web.refusals import refused_before_options
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()
Wanted = Annotated[str | None, Query(alias="set", max_length=60)]
"""The list to show."""


@router.page("/cases/{case_id}/identification", action="identification.read")
async def listed(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The identifications of a case: the one that goes on first."""
    rows = await identifications.list_identifications(unit, case_id)
    case = await unit.case(case_id, "identification.read")
    ordered = sorted(rows, key=lambda row: row["state"] != "started")
    return render(request, "identification/list.html", unit, case=case, rows=ordered)


@router.page("/cases/{case_id}/identification/new", action="identification.record")
async def new(request: Request, unit: Unit, case_id: UUID, step: int = 0) -> Response:
    """The form that begins one; everything but the time may stay empty."""
    rows = await identifications.list_identifications(unit, case_id)
    case = await unit.case(case_id, "identification.record")
    profile, language, age = unit.profile_of(case), language_of(request, unit), identifications.age_of(case)
    offered = identifications.sets_for(profile, age, unit.now)
    options: dict[str, Any] = {
        "sets": [
            {"value": one.id, "label": one.title.text(language)}
            | ({} if one.id in profile.set_use.default else {"group": text("identification.new.other_sets", language)})
            for one in offered
        ]
    }
    earlier = next((row for row in rows if row["state"] != "started"), None)
    if earlier is not None:
        options["from_identification"] = [
            {"value": str(earlier["id"]), "label": text("identification.new.take_over", language)},
            {"value": "", "label": text("identification.new.afresh", language), "quiet": True},
        ]
    fields = forms.view(
        StartIdentification,
        profile,
        language,
        state_of(request),
        initial={
            "started_at": forms.local(unit.now, profile),
            "place": case["municipality"],
            "interpreter": "needed_absent" if case["interpreter_needed"] else "not_needed",
            "sets": [one for one in profile.set_use.default if one in {chosen.id for chosen in offered}],
            "from_identification": earlier and earlier["id"],
        },
        options=options,
        age=age,
    )
    return render(request, "identification/new.html", unit, case=case, fields=fields, earlier=earlier, step=step)


@router.act("/cases/{case_id}/identification/new", action="identification.record")
async def start(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Begin it and go to the questions."""
    form = forms.read(StartIdentification, await request.form(), unit.profile)
    row = await identifications.start_identification(unit, case_id, form)
    return redirect(f"/identifications/{row['id']}", done="identification_started")


@router.page("/identifications/{identification_id}", action="identification.read")
async def read(request: Request, unit: Unit, identification_id: UUID, wanted: Wanted = None) -> Response:
    """The questions of one list with what the aids say; once decided, what was seen and decided."""
    found = await identifications.read_identification(unit, identification_id)
    language = language_of(request, unit)
    context: dict[str, Any] = {"found": found, "row": found.row, "case": found.case}
    chosen = shown_set(unit, found, wanted)
    context["lists_"] = lists_of(unit, found, chosen, language)
    context["notes"] = await notes_of(unit, found.row)
    if found.row["state"] != "started":
        context["chosen"] = chosen
        context["groups"] = questions(unit, found, chosen, language, forms.FormState())
        context["kept"] = kept_rows(unit.profile_of(found.case), found.row["aid_results"], language)
        return render(request, "identification/decided.html", unit, **context)
    state = state_of(request)
    profile = unit.profile_of(found.case)
    context["aid"], context["others"] = await aid_cards(unit, found, language)
    return render(
        request,
        "identification/questions.html",
        unit,
        **context,
        chosen=chosen,
        groups=questions(unit, found, chosen, language, state),
        known=await last_observation(unit, identification_id),
        officers=officer_options(found.officers, unit, language),
        intent=forms.view(StateIntent, profile, language, state, initial={"facts": found.intent_facts}),
    )


@router.act("/identifications/{identification_id}", action="identification.record")
async def answer(request: Request, unit: Unit, identification_id: UUID) -> Response:
    """Write down the answers of one list, whatever is answered so far."""
    given = await request.form()
    form = read_answers(given)
    row = await identifications.answer_indicators(unit, identification_id, form, known=known_of(given))
    if given.get("next") == "decide":
        return redirect(f"/identifications/{identification_id}/decide", done="answers_saved")
    case = await unit.case(row["case_id"], "identification.record")
    place = next_group(unit.profile_of(case).set(form.set_id), form)
    return redirect(f"/identifications/{identification_id}?set={form.set_id}&done=answers_saved#{place}")


@router.act(
    "/identifications/{identification_id}/intent",
    action="identification.record",
    page="/identifications/{identification_id}",
)
async def intent(request: Request, unit: Unit, identification_id: UUID) -> Response:
    """Write down the facts that show an intent to exploit."""
    given = await request.form()
    form = forms.read(StateIntent, given, unit.profile)
    await identifications.state_intent(unit, identification_id, form, forms.version_of(given))
    return redirect(f"/identifications/{identification_id}?set={given.get('set', '')}", done="intent_saved")


@router.page("/identifications/{identification_id}/officers", action="identification.read")
async def officers(request: Request, unit: Unit, identification_id: UUID, org: UUID | None = None) -> Response:
    """Who takes part; letting somebody join says first what they will see and until when."""
    row = await identifications.row_of(unit, identification_id)
    case = await unit.case(row["case_id"], "identification.read")
    rows = await identifications.list_officers(unit, identification_id)
    language = language_of(request, unit)
    every = await reference.organisations(unit)
    joining = next((one for one in every if one["id"] == org), None)
    fields = None
    if joining is not None:
        people = [{"value": str(p["id"]), "label": p["display_name"]} for p in await people_of(unit, joining["id"])]
        whole = {"value": "", "label": text("identification.officers.whole", language), "quiet": True}
        fields = forms.view(
            AddOfficer,
            unit.profile_of(case),
            language,
            state_of(request),
            initial={"org_id": joining["id"], "role": "other", "account_id": ""},
            options={"account_id": [*people, whole], "org_id": [{"value": str(joining["id"]), "label": ""}]},
        )
    return render(
        request,
        "identification/officers.html",
        unit,
        case=case,
        row=row,
        rows=[_officer(one, unit, language) for one in rows],
        joining=joining,
        fields=fields,
        organisations=forms.organisation_choices(every, language),
        name=joining and joining[f"name_{language}"],
    )


@router.act("/identifications/{identification_id}/officers", action="identification.record")
async def join(request: Request, unit: Unit, identification_id: UUID) -> Response:
    """Let them join."""
    form = forms.read(AddOfficer, await request.form(), unit.profile)
    await identifications.add_officer(unit, identification_id, form)
    return redirect(f"/identifications/{identification_id}/officers", done="officer_joined")


@router.page("/identifications/{identification_id}/decide", action="identification.decide")
async def deciding(request: Request, unit: Unit, identification_id: UUID) -> Response:
    """The decision, beside what the aids say."""
    found = await identifications.read_identification(unit, identification_id)
    language = language_of(request, unit)
    whole, others = await aid_cards(unit, found, language)
    profile = unit.profile_of(found.case)
    every = await identifications.list_identifications(unit, found.case["id"])
    options = decided_options(unit, found, every, language)
    fields = forms.view(
        DecideIdentification,
        profile,
        language,
        state_of(request),
        initial={
            "decided_at": forms.local(unit.now, profile),
            "refused_by_person": "no",
            "corrects": "",
            "refused_before": "",
        },
        options=options | {"refused_before": await refused_before_options(unit, found.case, language)},
    )
    return render(
        request,
        "identification/decide.html",
        unit,
        found=found,
        row=found.row,
        case=found.case,
        aid=whole,
        others=others,
        fields=fields,
        earlier=len(options["corrects"]) > 1,
        explain=whole["below"] or fields["override_reason"]["error"] or fields["override_reason"]["value"],
    )


@router.act("/identifications/{identification_id}/decide", action="identification.decide")
async def decide(request: Request, unit: Unit, identification_id: UUID) -> Response:
    """Decide; where the decision ended one's own sight of the case, go home."""
    given = await request.form()
    form = forms.read(DecideIdentification, given, unit.profile)
    row = await decide_identification(unit, identification_id, form, forms.version_of(given))
    still = await unit.may_see(row["case_id"], DataClass.IDENTIFICATION)
    return redirect(f"/identifications/{row['id']}" if still else "/", done="identification_decided")


def _officer(row: RowMapping, unit: UnitOfWork, language: str) -> dict[str, str]:
    organisation = row[f"name_{language}"]
    since = dates.spoken(row["joined_at"], unit.now, language, tz=unit.profile.timezone)
    said = [
        text(f"identification.choices.role.{row['role']}", language),
        *([organisation] if row["display_name"] else []),
        text("identification.officers.since", language, when=since),
    ]
    return {"term": row["display_name"] or organisation, "text": " · ".join(said)}


def officer_options(rows: list[RowMapping], unit: UnitOfWork, language: str) -> list[dict[str, Any]]:
    """Return who may have seen something, the actor first; empty where the actor is the only one."""
    own = [row for row in rows if row["account_id"] == unit.actor.account_id]
    others = [row for row in rows if row["account_id"] != unit.actor.account_id]
    if not others:
        return []
    return [
        {"value": "" if row in own else str(row["id"]), "label": row["display_name"] or row[f"name_{language}"]}
        for row in [*own, *others]
    ]
