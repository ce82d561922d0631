"""Pages of the team of a formal identification: named, taken out, and each member's word on a conflict of interest."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.formal_identification import DeclareConflict, NameMember
from app.services import formal_identification, formal_team
from app.services.identification_officers import people_of
from app.web import forms
from app.web.formal_identification import step_page, still_sees
from app.web.formal_view import member_rows, t
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/formal/{procedure_id}/team", action="formal.lead")
async def team(request: Request, unit: Unit, procedure_id: UUID, org: UUID | None = None) -> Response:
    """Who decides together; naming somebody says first what they will see."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    offered = await formal_team.organisations_for(unit, found)
    joining = next((one for one in offered if one["id"] == org), None)
    fields = None
    if joining is not None:
        people = [{"value": str(p["id"]), "label": p["display_name"]} for p in await people_of(unit, joining["id"])]
        nobody = {"value": "", "label": t("team.nobody", language), "quiet": True}
        fields = forms.view(
            NameMember,
            found.profile,
            language,
            state_of(request),
            initial={"org_id": joining["id"], "account_id": people[0]["value"] if len(people) == 1 else ""},
            options={"account_id": [*people, nobody], "org_id": [{"value": str(joining["id"]), "label": ""}]},
        )
    return render(
        request,
        "formal_identification/team.html",
        unit,
        case=found.case,
        here=f"/formal/{procedure_id}",
        rows=member_rows(unit, found, language),
        unconfirmed=found.profile.formal.status != "found",
        joining=joining,
        name=joining and joining[f"name_{language}"],
        fields=fields,
        organisations=[
            {
                "value": str(one["id"]),
                "label": one[f"name_{language}"],
                "group": found.profile.label("organisation_kind", one["kind"], language),
            }
            for one in offered
        ],
        going_on=found.row["state"] != "withdrawn",
    )


@router.act("/formal/{procedure_id}/team", action="formal.lead")
async def name_member(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Name a member."""
    form = forms.read(NameMember, await request.form(), unit.profile)
    await formal_team.name_member(unit, procedure_id, form)
    return redirect(f"/formal/{procedure_id}/team", done="formal_member_named")


@router.act(
    "/formal/{procedure_id}/members/{member_id}/removal", action="formal.lead", page="/formal/{procedure_id}/team"
)
async def remove_member(request: Request, unit: Unit, procedure_id: UUID, member_id: UUID) -> Response:
    """Take a member out."""
    await formal_team.remove_member(unit, procedure_id, member_id)
    still = await still_sees(unit, procedure_id)
    return redirect(f"/formal/{procedure_id}/team" if still else "/", done="formal_member_removed")


@router.page("/formal/{procedure_id}/conflict", action="formal.lead")
async def conflict(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """One question to each member, before anything else."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    own = found.own(unit.actor.account_id)
    fields = forms.view(DeclareConflict, found.profile, language, state_of(request))
    notes = [t("conflict.note", language)]
    if own is None:
        notes = [t("conflict.not_member", language)]
    elif own.declaration == "none":
        notes = [t("conflict.said", language), *notes]
    shown = [fields["answer"], fields["conflict_reason"]] if own is not None else []
    return step_page(request, unit, found, "conflict", shown, notes=notes)


@router.act("/formal/{procedure_id}/conflict", action="formal.lead")
async def declare(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Write the member's own word down; who has a conflict goes home."""
    form = forms.read(DeclareConflict, await request.form(), unit.profile)
    case_id = (await formal_identification.find(unit, procedure_id))["case_id"]
    await formal_team.declare(unit, procedure_id, form)
    if form.answer == "declared":
        return redirect("/", done="formal_stood_aside")
    return redirect(f"/cases/{case_id}/formal", done="formal_declared")
