"""Pages of the formal decision: read and sign, decide, the letter and its handing over, appeal, reconsideration."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.domain import formal_identification as rules
from app.domain.forms.formal_identification import (
    AppealDecision,
    HandOverLetter,
    MakeLetter,
    Reconsider,
    SignDecision,
    TakeDecision,
)
from app.domain.problems import Conflict
from app.http.callers import caller_of
from app.services import formal_decisions, formal_identification, formal_letters, formal_proposals, signing_code
from app.services.formal_identification import UNDECIDED, Procedure
from app.services.unit_of_work import UnitOfWork
from app.web import dates, forms
from app.web.formal_identification import step_page, still_sees
from app.web.formal_view import kinds_in_words, member_name, missing, t, when
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()


@router.page("/formal/{procedure_id}/sign", action="formal.sign")
async def signing(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """What is signed, who has signed, and the form of one's own signature where it is asked for."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    proposal = found.proposal
    said = _not_asked(unit, found)
    content, digest = [], ""
    if proposal is not None:
        try:
            digest = rules.digest(await formal_proposals.signing_content(unit, found, proposal))
            content = _content_rows(unit, found, proposal, digest, language)
        except Conflict:
            said = "nothing"
    fields = None
    shown_code = None
    if not said:
        fields = forms.view(SignDecision, found.profile, language, state_of(request))
        fields["code"] |= {"autocomplete": "one-time-code", "inputmode": "numeric", "width": 10, "value": ""}
        shown_code = await signing_code.demonstration_code(unit)
    return render(
        request,
        "formal_identification/sign.html",
        unit,
        case=found.case,
        procedure_id=procedure_id,
        content=content,
        grounds=_reasons(unit, found, language),
        signatures=_signature_rows(unit, found, language),
        rule=t(f"sign.rule_{found.profile.formal.signatures}", language),
        said=t(f"sign.{said}", language) if said else "",
        fields=fields,
        shown_code=shown_code,
        digest=digest,
    )


def _reasons(unit: UnitOfWork, found: Procedure, language: str) -> list[dict[str, Any]]:
    """Return what a member has to know before signing: the interviews, and each finding with its reasons."""
    rows = []
    for row in found.interviews:
        number = t("interview.number", language, n=row["number"])
        held = when(unit, found, row["occurred_at"], language)
        rows.append({"term": f"{number}, {held}", "text": found.text("formal_interview", row, "summary")})
    for element, row in found.findings.items():
        said = t(f"choices.finding.{row['finding']}", language)
        reasons = found.text("formal_ground", row, "reasoning")
        rows.append({"term": t(f"choices.element.{element}", language), "text": f"{said}. {reasons}"})
    return rows


def _not_asked(unit: UnitOfWork, found: Procedure) -> str:
    """Return why the actor signs nothing now (a key of the texts), empty where they may sign."""
    own = found.own(unit.actor.account_id)
    if found.proposal is None or found.row["state"] not in UNDECIDED:
        return "nothing"
    if own is None or own.row["kind"] not in found.team.required:
        return "not_asked"
    if own.declaration != "none":
        return "undeclared"
    signed = {row["formal_member_id"] for row in found.signatures_of(found.proposal["id"])}
    return "signed" if own.row["id"] in signed else ""


def _content_rows(
    unit: UnitOfWork, found: Procedure, proposal: Any, digest: str, language: str
) -> list[dict[str, Any]]:
    acts = {act.code: act.title.text(language) for act in found.profile.legal_frame}
    by = next(one for one in found.members if one.row["id"] == proposal["formal_member_id"])
    return [
        {"term": t("sign.result", language), "text": t(f"choices.result.{proposal['result']}", language)},
        {"term": t("sign.reasoning", language), "text": found.text("formal_proposal", proposal, "reasoning")},
        {"term": t("sign.legal_basis", language), "text": ", ".join(acts.get(c, c) for c in proposal["legal_basis"])},
        {"term": t("sign.by", language), "text": member_name(found, by, language)},
        {"term": t("sign.digest", language), "text": " ".join(digest[n : n + 8] for n in range(0, 64, 8))},
    ]


def _signature_rows(unit: UnitOfWork, found: Procedure, language: str) -> list[dict[str, Any]]:
    proposal = found.proposal
    if proposal is None:
        return []
    given = {row["formal_member_id"]: row for row in found.signatures_of(proposal["id"])}
    rows = []
    for one in found.members:
        if not one.member.takes_part or one.row["kind"] not in found.team.required or one.member.account_id is None:
            continue
        row = given.get(one.row["id"])
        said = t("sign.waits", language)
        if row is not None:
            said = f"{t('sign.agrees' if row['agrees'] else 'sign.dissents', language)} · " + when(
                unit, found, row["signed_at"], language
            )
        rows.append({"term": member_name(found, one, language), "text": said})
    return rows


@router.act("/formal/{procedure_id}/sign", action="formal.sign")
async def sign(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Sign."""
    form = forms.read(SignDecision, await request.form(), unit.profile)
    stands = await formal_decisions.sign(unit, procedure_id, form, caller_of(request))
    return redirect(f"/formal/{procedure_id}/sign", done=f"formal_signed_{stands}")


@router.page("/formal/{procedure_id}/signed-content/file", action="formal.read")
async def signed_content(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """The very document that is signed, to keep or to check elsewhere."""
    _, _, content = await formal_proposals.signed_content(unit, procedure_id)
    kept = {"Content-Disposition": f'attachment; filename="{procedure_id}.json"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/json", headers=kept)


@router.page("/formal/{procedure_id}/decision", action="formal.decide")
async def deciding(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """What the decision will be, or whose signature is missing."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    notes, shown = [], []
    if found.proposal is not None:
        waiting = missing(found)
        if waiting:
            notes.append(t("decision.missing", language, kinds=kinds_in_words(found, waiting, language)))
        else:
            result = t(f"choices.result.{found.proposal['result']}", language)
            notes.append(t("decision.will_be", language, result=result))
            fields = forms.view(
                TakeDecision,
                found.profile,
                language,
                state_of(request),
                initial={"decided_at": forms.local(unit.now, found.profile)},
            )
            shown = [fields["decided_at"]]
    elif found.decision is not None:
        taken = when(unit, found, found.decision["decided_at"], language)
        result = t(f"choices.result.{found.decision['result']}", language)
        notes.append(t("decision.taken", language, when=taken, result=result))
    else:
        notes.append(t("sign.nothing", language))
    return step_page(request, unit, found, "decision", shown, notes=notes)


@router.act("/formal/{procedure_id}/decision", action="formal.decide")
async def decide(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Take the decision and go to the letter."""
    form = forms.read(TakeDecision, await request.form(), unit.profile)
    await formal_decisions.decide(unit, procedure_id, form)
    return redirect(f"/formal/{procedure_id}/letter", done="formal_decided")


@router.page("/formal/{procedure_id}/letter", action="formal.letter")
async def letter(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """The letters of the decision that stands, and their handing over."""
    language, state = language_of(request, unit), state_of(request)
    found = await formal_identification.read_procedure(unit, procedure_id)
    made = found.letters_now
    known = {row["language"] for row in made}
    offered = [
        {"value": code, "label": found.profile.label("language", code, language)}
        for code in found.profile.languages.ui
        if code not in known
    ]
    make = forms.view(MakeLetter, found.profile, language, state, options={"letter_language": offered})[
        "letter_language"
    ]
    title = found.profile.letters.get(formal_letters.LETTER)
    return render(
        request,
        "formal_identification/letter.html",
        unit,
        case=found.case,
        procedure_id=procedure_id,
        decided=found.decision is not None,
        unconfirmed=title is None or title.status != "found",
        letters=[
            {
                "href": f"/formal/{procedure_id}/letters/{row['id']}/file",
                "title": _letter_title(unit, found, row, language),
            }
            for row in made
        ],
        make=make if make["options"] else None,
        hand=_hand_fields(unit, found, made, language, state) if made else None,
        handed=[
            {
                "term": t("rows.letter", language),
                "text": t(
                    "letters.handed_text",
                    language,
                    when=when(unit, found, row["given_at"], language),
                    recipient=t(f"choices.recipient.{row['recipient']}", language),
                    way=t(f"choices.way.{row['way']}", language),
                ),
            }
            for row in found.handings
        ],
    )


def _letter_title(unit: UnitOfWork, found: Procedure, row: Any, language: str) -> str:
    said = found.profile.label("language", row["language"], language)
    said = said.lower() if language == "sq" else said
    return t("letters.open", language, spoken=said, when=when(unit, found, row["recorded_at"], language))


def _hand_fields(
    unit: UnitOfWork, found: Procedure, made: list[Any], language: str, state: forms.FormState
) -> list[dict[str, Any]]:
    options = {
        "letter_id": [{"value": str(row["id"]), "label": _letter_title(unit, found, row, language)} for row in made]
    }
    fields = forms.view(
        HandOverLetter,
        found.profile,
        language,
        state,
        initial={
            "letter_id": str(made[-1]["id"]),
            "given_at": forms.local(unit.now, found.profile),
            "explained_in": found.row["language"] or made[-1]["language"],
            "interpreter": found.row["interpreter"],
        },
        options=options,
    )
    return [
        fields[name]
        for name in (
            "letter_id",
            "given_at",
            "way",
            "recipient",
            "explained_in",
            "interpreter",
            "explained",
            "refused_to_take",
            "hand_over_note",
        )
    ]


@router.act("/formal/{procedure_id}/letter", action="formal.letter")
async def make_letter(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Make the letter in a language."""
    form = forms.read(MakeLetter, await request.form(), unit.profile)
    await formal_letters.make_letter(unit, procedure_id, form)
    return redirect(f"/formal/{procedure_id}/letter", done="formal_letter_made")


@router.act("/formal/{procedure_id}/handing-over", action="formal.letter", page="/formal/{procedure_id}/letter")
async def hand_over(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Record the handing over; whose sight of the case it ended goes home."""
    form = forms.read(HandOverLetter, await request.form(), unit.profile)
    await formal_letters.hand_over(unit, procedure_id, form)
    still = await still_sees(unit, procedure_id)
    return redirect(f"/formal/{procedure_id}/letter" if still else "/", done="formal_handed_over")


@router.page("/formal/{procedure_id}/letters/{letter_id}/file", action="formal.letter")
async def letter_file(request: Request, unit: Unit, procedure_id: UUID, letter_id: UUID) -> Response:
    """The letter as it was made first."""
    row, content = await formal_letters.read_letter(unit, procedure_id, letter_id)
    kept = {"Content-Disposition": f'inline; filename="{row["language"]}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=kept)


@router.page("/formal/{procedure_id}/appeal", action="formal.letter")
async def appealing(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """The person's appeal."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    fields = forms.view(
        AppealDecision,
        found.profile,
        language,
        state_of(request),
        initial={"appealed_at": forms.local(unit.now, found.profile), "appealed_by": "person"},
    )
    until, rule = formal_decisions.appeal_until(found), found.profile.formal.appeal
    notes = []
    if until is not None and rule is not None:
        key = "appeal_until" if rule.status == "found" else "appeal_unconfirmed"
        notes.append(t(f"rows.{key}", language, when=dates.day(until, language, tz=found.profile.timezone)))
    return step_page(
        request,
        unit,
        found,
        "appeal",
        [fields[name] for name in ("appealed_at", "appealed_by", "appeal_reason")],
        notes=notes,
        possible=found.row["state"] == "decided",
    )


@router.act("/formal/{procedure_id}/appeal", action="formal.letter")
async def appeal(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Record the appeal."""
    form = forms.read(AppealDecision, await request.form(), unit.profile)
    await formal_decisions.appeal(unit, procedure_id, form)
    case_id = (await formal_identification.find(unit, procedure_id))["case_id"]
    return redirect(f"/cases/{case_id}/formal", done="formal_appealed")


@router.page("/formal/{procedure_id}/reconsideration", action="formal.lead")
async def reconsidering(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Why the team decides anew."""
    language = language_of(request, unit)
    found = await formal_identification.read_procedure(unit, procedure_id)
    fields = forms.view(
        Reconsider,
        found.profile,
        language,
        state_of(request),
        initial={"reopened_at": forms.local(unit.now, found.profile)},
    )
    return step_page(
        request,
        unit,
        found,
        "reconsider",
        [fields[name] for name in ("reopened_at", "review_reason")],
        possible=found.row["state"] in ("decided", "appealed"),
    )


@router.act("/formal/{procedure_id}/reconsideration", action="formal.lead")
async def reconsider(request: Request, unit: Unit, procedure_id: UUID) -> Response:
    """Begin it."""
    form = forms.read(Reconsider, await request.form(), unit.profile)
    await formal_decisions.reconsider(unit, procedure_id, form)
    case_id = (await formal_identification.find(unit, procedure_id))["case_id"]
    return redirect(f"/cases/{case_id}/formal", done="formal_reopened")
