"""Pages of the formal identification: how it stands, the request, the team, interviews, findings, the proposal."""

from typing import Any, Literal
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain.formal_identification import elements_of
from app.domain.forms.formal_identification import (
    ProposeDecision,
    RecordGround,
    RecordInterview,
    RequestFormal,
    WithdrawFormal,
)
from app.domain.policy import DataClass, may
from app.domain.problems import NotFound
from app.services import (
    formal_findings,
    formal_identification,
    formal_overview,
    formal_proposals,
    formal_requests,
)
from app.services.formal_identification import UNDECIDED, Procedure
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.formal_view import (
    evidence_options,
    ground_rows,
    member_name,
    next_steps,
    summary_rows,
    t,
    when,
)
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()
Age = Literal["adult", "child"]


def step_page(
    request: Request,
    unit: UnitOfWork,
    found: Procedure,
    step: str,
    fields: list[dict[str, Any]],
    *,
    notes: list[str] | None = None,
    says: str = "",
    address: str = "",
    possible: bool = True,
    **context: Any,
) -> Response:
    """Show one step of a procedure: what it is, what to know, one form, what will happen."""
    language = language_of(request, unit)
    return render(
        request,
        "formal_identification/step.html",
        unit,
        case=found.case,
        back=f"/cases/{found.case['id']}/formal",
        address=address or request.url.path,
        title=t(f"{step}.title", language),
        text=t(f"{step}.text", language, code=found.case["code"]),
        notes=notes or [],
        fields=fields,
        says=says or t(f"{step}.says", language),
        save=t(f"{step}.save", language),
        possible=possible,
        impossible=t("not_possible", language, state=t(f"state.{found.row['state']}", language)),
        **context,
    )


@router.page("/cases/{case_id}/formal", action="formal.read")
async def overview(request: Request, unit: Unit, case_id: UUID) -> Response:
    """How the formal identification stands and what comes next; without a procedure the dates alone."""
    language = language_of(request, unit)
    found = await formal_overview.read_overview(unit, case_id)
    profile = unit.profile_of(found.case)
    procedures = [
        {
            "row": one.row,
            "rows": summary_rows(unit, one, language),
            "next": next_steps(unit, one, language) if may(unit.actor.role, "formal.lead") else [],
            "decision": one.decision,
            "title": t(
                "overview.current" if n == 0 else "overview.earlier",
                language,
                when=when(unit, one, one.row["requested_at"], language),
            ),
            "mine": one.own(unit.actor.account_id) is not None,
        }
        for n, one in enumerate(found.procedures)
    ]
    current = found.procedures[0].row["state"] if found.procedures else None
    goes_on = current in (*UNDECIDED, "appealed") or found.status.status.value == "VT"
    return render(
        request,
        "formal_identification/overview.html",
        unit,
        found=found,
        case=found.case,
        procedures=procedures,
        steps=[
            {
                "term": case_words.event_title(row["kind"], profile, language),
                "text": " · ".join(
                    part
                    for part in (
                        _said(row, profile, language),
                        dates_of(unit, row["occurred_at"], language, profile.timezone),
                    )
                    if part
                ),
            }
            for row in found.events
        ],
        may_request=found.sees
        and not goes_on
        and found.case["state"] != "closed"
        and may(unit.actor.role, "formal.request"),
    )


def _said(row: Any, profile: Any, language: str) -> str:
    result = row["facts"].get("result")
    return profile.label("victim_status", result, language) if result else ""


def dates_of(unit: UnitOfWork, at: Any, language: str, zone: str) -> str:
    """Return a time of the overview as people say it."""
    return dates.spoken(at, unit.now, language, tz=zone)


@router.page("/cases/{case_id}/formal/new", action="formal.request")
async def new(request: Request, unit: Unit, case_id: UUID) -> Response:
    """The form of the person's own request."""
    language, state = language_of(request, unit), state_of(request)
    case = await unit.case(case_id, "formal.request")
    profile = unit.profile_of(case)
    unit.audit("formal.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    age: Age = "child" if case["is_child"] else "adult"
    reflecting = await formal_identification.reflecting_at(unit, case_id, unit.now)
    asking = [
        {"value": who, "label": t(f"choices.requested_by.{who}", language)}
        for who in profile.formal.requested_by.get(age, ("person",))
    ]
    fields = forms.view(
        RequestFormal,
        profile,
        language,
        state,
        initial={
            "requested_at": forms.local(unit.now, profile),
            "place_kind": "territory",
            "language": next(iter(case["languages"]), None),
            "interpreter": "needed_absent" if case["interpreter_needed"] else "not_needed",
            "officer_sex": "not_asked",
            "requester_suspected": "not_asked",
            "requested_by": "person" if age == "adult" else None,
        },
        options={"requested_by": asking},
        age=age,
    )
    fields["early_reason"]["optional_mark"] = False
    order = ["requested_at", "requested_by"]
    order += ["requester_suspected"] if case["is_child"] else []
    order += ["form", "place_kind", "officer_sex", "language", "interpreter", "wish"]
    order += ["early_reason"] if reflecting or fields["early_reason"]["error"] else []
    notes = [t(f"request.{age}", language), *([t("request.reflecting", language)] if reflecting else [])]
    return render(
        request,
        "formal_identification/step.html",
        unit,
        case=case,
        back=f"/cases/{case_id}/formal",
        address=f"/cases/{case_id}/formal/new",
        title=t("request.title", language),
        text=t("request.text", language, code=case["code"]),
        notes=notes,
        fields=[fields[name] for name in order],
        says=t("request.says", language),
        save=t("request.save", language),
        possible=case["state"] != "closed",
        impossible=text("problems.case.already_closed", language),
    )


@router.act("/cases/{case_id}/formal/new", action="formal.request")
async def request_formal(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Record the request and go to the team."""
    form = forms.read(RequestFormal, await request.form(), unit.profile)
    made = await formal_requests.request_formal(unit, case_id, form)
    return redirect(f"/formal/{made}/team", done="formal_requested")


async def still_sees(unit: UnitOfWork, procedure_id: UUID) -> bool:
    """True where the actor still sees the procedure after an act that may have ended it."""
    try:
        case_id = (await formal_identification.find(unit, procedure_id))["case_id"]
    except NotFound:
        return False
    return await unit.may_see(case_id, DataClass.IDENTIFICATION)


@router.page("/formal/{procedure_id}/interview", action="formal.lead")
async def interview(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """The form of an interview; what a child, a further one or the person's own time needs is asked."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    reflecting = await formal_identification.reflecting_at(unit, found.case["id"], unit.now)
    able = [
        {"value": str(one.row["id"]), "label": f"{member_name(found, one, language)} · {one.row[f'name_{language}']}"}
        for one in found.members
        if one.member.may_act
    ]
    kinds = [
        {"value": code, "label": found.profile.label("interview_kind", code, language)}
        for code in ("FORMAL_IDENTIFICATION", "CHILD_FRIENDLY")
    ]
    own = found.own(unit.actor.account_id)
    fields = forms.view(
        RecordInterview,
        found.profile,
        language,
        state_of(request),
        initial={
            "occurred_at": forms.local(unit.now, found.profile),
            "officers": [str(own.row["id"])] if own is not None else [],
            "kind": "CHILD_FRIENDLY" if found.child else "FORMAL_IDENTIFICATION",
            "interpreter": found.row["interpreter"],
            "setting": None,
            "guardian": None if found.child else "not_needed",
        },
        options={"officers": able, "kind": kinds},
        age="child" if found.child else "adult",
    )
    order = ["occurred_at", "officers", "kind", "setting", "interpreter"]
    order += ["guardian", "child_friendly_room", "audiovisual", "best_interest"] if found.child else ["audiovisual"]
    order += ["further_reason"] if found.interviews else []
    wanted = reflecting or fields["person_asked_earlier"]["error"] or fields["asked_note"]["error"]
    order += ["person_asked_earlier", "asked_note"] if wanted else []
    for name in ("kind", "guardian", "best_interest", "further_reason", "asked_note"):
        fields[name]["optional_mark"] = False
    notes = [t("interview.child", language)] if found.child else []
    notes += [t("interview.again", language)] if found.interviews else []
    notes += [t("interview.reflecting", language)] if reflecting else []
    return step_page(
        request,
        unit,
        found,
        "interview",
        [fields[name] for name in [*order, "summary"]],
        notes=notes,
        possible=found.row["state"] in UNDECIDED,
        done_title=t("interview.held", language),
        done=[
            {
                "term": t("interview.number", language, n=row["number"]),
                "text": when(unit, found, row["occurred_at"], language)
                + (f" · {t('interview.early', language)}" if row["person_asked_earlier"] else ""),
            }
            for row in found.interviews
        ],
        who_sees=t("interview.who_sees", language),
    )


@router.act("/formal/{procedure_id}/interview", action="formal.lead")
async def record_interview(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Record it and go to the findings."""
    form = forms.read(RecordInterview, await request.form(), unit.profile)
    await formal_findings.record_interview(unit, procedure_id, form)
    return redirect(f"/formal/{procedure_id}/grounds", done="formal_interview_saved")


@router.page("/formal/{procedure_id}/grounds", action="formal.lead")
async def grounds(request: Request, unit: Unit, procedure_id: UUID, element: str = "") -> Response:
    """The findings, and the form of the one that is chosen: the first without a finding where none is."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    elements = elements_of(found.profile, found.child)
    state = state_of(request)
    typed = str(state.values.get("element", "")) if state.values is not None else element
    chosen = typed if typed in elements else next((e for e in elements if e not in found.findings), elements[0])
    evidence = await evidence_options(unit, found, language)
    before = found.findings.get(chosen)
    fields = forms.view(
        RecordGround,
        found.profile,
        language,
        state,
        initial={
            "element": chosen,
            "finding": before["finding"] if before else None,
            "reasoning": found.text("formal_ground", before, "reasoning") if before else None,
            "evidence": before["evidence"] if before else [],
        },
        options={"evidence": evidence},
    )
    fields["evidence"]["kind"] = "checkboxes"
    shown = [fields["finding"], fields["reasoning"]]
    if evidence:
        shown.append(fields["evidence"])
    notes = [t("grounds.child", language)] if found.child else []
    notes += [] if evidence else [t("grounds.evidence_none", language)]
    return step_page(
        request,
        unit,
        found,
        "grounds",
        shown,
        notes=notes,
        possible=found.row["state"] in UNDECIDED,
        done_title=t("grounds.choose", language),
        done=ground_rows(found, language),
        part=t("grounds.one", language, element=t(f"choices.element.{chosen}", language)),
        hidden={"element": chosen},
    )


@router.act("/formal/{procedure_id}/grounds", action="formal.lead")
async def record_ground(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Record the finding and go to the next element."""
    form = forms.read(RecordGround, await request.form(), unit.profile)
    await formal_findings.record_ground(unit, procedure_id, form)
    return redirect(f"/formal/{procedure_id}/grounds", done="formal_ground_saved")


@router.page("/formal/{procedure_id}/proposal", action="formal.lead")
async def proposal(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """The form of a proposal."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    acts = [{"value": act.code, "label": act.title.text(language)} for act in found.profile.legal_frame]
    fields = forms.view(ProposeDecision, found.profile, language, state_of(request), options={"legal_basis": acts})
    fields["legal_basis"]["kind"] = "checkboxes"
    notes = [t("overview.keeps", language)]
    notes += [t("proposal.replaces", language)] if found.proposal is not None else []
    return step_page(
        request,
        unit,
        found,
        "proposal",
        [fields[name] for name in ("result", "reasoning", "legal_basis")],
        notes=notes,
        possible=found.row["state"] in UNDECIDED,
        done_title=t("rows.grounds", language),
        done=ground_rows(found, language),
    )


@router.act("/formal/{procedure_id}/proposal", action="formal.lead")
async def propose(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Propose and go to the signing."""
    form = forms.read(ProposeDecision, await request.form(), unit.profile)
    await formal_proposals.propose(unit, procedure_id, form)
    return redirect(f"/formal/{procedure_id}/sign", done="formal_proposed")


@router.page("/formal/{procedure_id}/withdrawal", action="formal.request")
async def withdrawal(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """The person takes the request back: no reason is needed."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    fields = forms.view(
        WithdrawFormal,
        found.profile,
        language,
        state_of(request),
        initial={"withdrawn_at": forms.local(unit.now, found.profile)},
    )
    return step_page(
        request,
        unit,
        found,
        "withdraw",
        [fields[name] for name in ("withdrawn_at", "withdrawal_form", "withdrawal_note")],
        possible=found.row["state"] == "open",
    )


@router.act("/formal/{procedure_id}/withdrawal", action="formal.request")
async def withdraw(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Record the withdrawal."""
    form = forms.read(WithdrawFormal, await request.form(), unit.profile)
    case_id = (await formal_identification.find(unit, procedure_id))["case_id"]
    await formal_requests.withdraw_formal(unit, procedure_id, form)
    still = await unit.may_see(case_id, DataClass.IDENTIFICATION)
    return redirect(f"/cases/{case_id}/formal" if still else "/", done="formal_withdrawn")
