"""Pages of the procedures' forms: what a case lacks, what our cases lack, the figure, and forms on paper."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.domain.forms.sop_forms import PaperLanguage, PrintForm, Purpose
from app.domain.policy import DataClass, may
from app.domain.problems import NotFound
from app.domain.profile import Profile
from app.domain.sop_forms import FieldState, FormState
from app.services import paper_forms, sop_forms
from app.services.reference import organisation_names
from app.services.unit_of_work import UnitOfWork
from app.texts import text
from app.web import case_words, dates, forms
from app.web.pages import render, state_of
from app.web.routing import PageRouter, Unit, language_of, redirect

router = PageRouter()

ROWS = 25
_NAMED = 4
"""So many missing fields are named in a row of the work list."""
_ADDRESSES = {
    "registration": ("/cases/{case}/person/edit", "person.correct"),
    "details": ("/cases/{case}/registration", "case.complete"),
    "identification": ("/cases/{case}/identification", "identification.read"),
    "exploitation": ("/cases/{case}/exploitation", "exploitation.read"),
    "information": ("/cases/{case}/information", "information.read"),
    "consents": ("/cases/{case}/consents", "consent.read"),
    "referrals": ("/referrals?box=sent", "referral.read"),
    "close": ("/cases/{case}", "case.read"),
    "formal": ("/cases/{case}/formal", "formal.read"),
}
"""Where a field is filled in, and the action of that page."""

Code = Annotated[str, Path(pattern=r"^F[1-9]$")]
Language = Annotated[PaperLanguage | None, Query()]


@router.page("/forms", action="form.read")
async def missing(request: Request, unit: Unit, form: str = "", state: str = "", after: UUID | None = None) -> Response:
    """The cases our organisation answers for whose forms lack something, with the way to where it is filled in."""
    language, profile = language_of(request, unit), unit.profile
    form = form if form in profile.forms else ""
    closed = state == "closed"
    found = await sop_forms.list_missing(unit, form=form or None, closed=closed, after=after, limit=ROWS)
    kept = {k: v for k, v in (("form", form), ("state", "closed" if closed else "")) if v}
    rows = [_row(one, language) for one in found.cases]
    return render(
        request,
        "sop_forms/list.html",
        unit,
        rows=rows,
        fields=_filter(profile, form, closed, language),
        looked=after is not None or found.next is not None,
        says=text("sop_forms.list.shown", language, n=len(found.cases)) if rows else "",
        next=f"/forms?{urlencode({**kept, 'after': str(found.next)})}" if found.next else "",
        first=f"/forms?{urlencode(kept)}" if after else "",
    )


def _row(one: sop_forms.CaseForms, language: str) -> dict[str, Any]:
    """Return one case with what each of its forms lacks."""
    said = []
    for state in one.forms:
        n = len(state.missing)
        fields = _named(state.missing, language)
        said.append(f"{state.form.code}: {text('sop_forms.list.missing', language, n=n, fields=fields)}")
    codes = ", ".join(state.form.code for state in one.forms)
    first = one.forms[0].form.code
    return {
        "title": text("sop_forms.list.row", language, forms=codes),
        "href": f"/cases/{one.case['id']}/forms#{first}",
        "code": case_words.short_code(one.case["code"]),
        "meta": " · ".join(said),
    }


def _named(lacking: Sequence[FieldState], language: str) -> str:
    """Return the first missing fields by name, and how many more there are."""
    names = [case_words.lower(_label(one, language)) for one in lacking]
    said = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{said} {text('sop_forms.list.more', language, n=more)}" if more > 0 else said


def _filter(profile: Profile, form: str, closed: bool, language: str) -> list[dict[str, Any]]:
    every = [{"value": "", "label": text("sop_forms.list.every", language)}]
    named = [
        {"value": code, "label": f"{code} {one.title.text(language)}"}
        for code, one in profile.forms.items()
        if code in sop_forms.FOLLOWED
    ]
    states = [
        {"value": "" if key == "open" else key, "label": text(f"sop_forms.list.{key}", language)}
        for key in ("open", "closed")
    ]
    return [
        {"name": "form", "kind": "select", "label": text("sop_forms.list.form", language), "options": every + named}
        | {"value": form},
        {"name": "state", "kind": "select", "label": text("sop_forms.list.state", language), "options": states}
        | {"value": "closed" if closed else ""},
    ]


@router.page("/forms/completeness", action="form.figure")
async def figure(request: Request, unit: Unit) -> Response:
    """How complete the forms are: ours, and for the authority every organisation's; counts only."""
    language = language_of(request, unit)
    found = await sop_forms.read_figure(unit)
    names = await organisation_names(unit, [line.org_id for line in found.lines])
    national = may(unit.actor.role, "board.read")
    tables = []
    for code, form in found.forms.items():
        lines = sorted(
            (line for line in found.lines if line.form == code),
            key=lambda line: case_words.organisation(names, line.org_id, language),
        )
        if lines:
            tables.append(_table(code, form.title.text(language), lines, names, language))
    return render(
        request,
        "sop_forms/figure.html",
        unit,
        national=national,
        says=text(
            f"sop_forms.figure.{'national' if national else 'own'}", language, since=dates.day(found.since, language)
        ),
        tables=tables,
    )


def _table(
    code: str, title: str, lines: list[sop_forms.Line], names: case_words.Names, language: str
) -> dict[str, Any]:
    def cells(line: sop_forms.Line) -> list[str]:
        def share(there: int, of: int) -> str:
            return text(
                "sop_forms.figure.of",
                language,
                there=dates.number(there, language),
                needed=dates.number(of, language),
            )

        percent = "–" if line.percent is None else f"{line.percent}\N{NO-BREAK SPACE}%"
        return [percent, share(line.there, line.needed), share(line.complete, line.forms)]

    rows: list[dict[str, Any]] = [
        {"label": case_words.organisation(names, one.org_id, language), "cells": cells(one)} for one in lines
    ]
    if len(lines) > 1:
        total = sop_forms.total(lines)
        rows.append({"label": text("sop_forms.figure.total", language), "cells": cells(total), "total": True})
    head = [text(f"sop_forms.figure.{key}", language) for key in ("organisation", "percent", "fields", "complete")]
    return {"id": code, "title": f"{code} {title}", "table": {"caption": title, "head": head, "rows": rows}}


@router.page("/forms/blank", action="reference.read")
async def blanks(request: Request, unit: Unit) -> Response:
    """The blank forms, in each language of the jurisdiction's papers."""
    unit.quiet = True
    language, profile = language_of(request, unit), unit.profile
    items = [
        {
            "title": f"{form.code} {form.title.text(language)}",
            "links": [
                {
                    "label": text(f"sop_forms.paper_language.in_{one}", language),
                    "href": f"/forms/{form.code}.pdf?language={one}",
                }
                for one in paper_forms.languages_of(profile)
            ],
        }
        for form in paper_forms.printable(profile)
    ]
    return render(request, "sop_forms/blank.html", unit, items=items)


@router.page("/forms/{code}.pdf", action="reference.read")
async def blank(request: Request, unit: Unit, code: Code, language: Language = None) -> Response:
    """One blank form."""
    document = await paper_forms.print_blank(unit, code, language or language_of(request, unit))
    return _pdf(document, code)


@router.page("/cases/{case_id}/forms", action="form.read")
async def of_case(request: Request, unit: Unit, case_id: UUID) -> Response:
    """Every form of a case with what is missing, and the way to where it is filled in."""
    language = language_of(request, unit)
    found = await sop_forms.forms_of_case(unit, case_id)
    names = await organisation_names(unit, [state.org_id for state in found.forms])
    profile = unit.profile_of(found.case)
    held = {state.form.code for state in found.forms}
    return render(
        request,
        "sop_forms/case.html",
        unit,
        case=found.case,
        forms=[_form(unit, found, state, names, language) for state in found.forms],
        elsewhere=[
            {
                "title": f"{form.code} {form.title.text(language)}",
                "text": text(f"sop_forms.reason.{sop_forms.ON_PAPER[code]}", language),
                "href": "" if code in paper_forms.NEVER else f"/forms/{code}.pdf?language={language}",
            }
            for code, form in profile.forms.items()
            if code in sop_forms.ON_PAPER and code not in held
        ],
    )


def _form(
    unit: UnitOfWork, found: sop_forms.CaseForms, state: FormState, names: case_words.Names, language: str
) -> dict[str, Any]:
    code, case_id = state.form.code, found.case["id"]
    whose = case_words.organisation(names, state.org_id, language)
    filled = code in paper_forms.FILLED and may(unit.actor.role, "form.print")
    return {
        "code": code,
        "title": f"{code} {state.form.title.text(language)}",
        "says": text("sop_forms.case.says", language, there=state.there, needed=state.needed),
        "whose": text("sop_forms.case.whose", language, organisation=whose),
        "complete": state.complete,
        "to_confirm": state.form.status != "found",
        "missing": _missing(unit, found, state.missing, whose, language),
        "fields": [
            {
                "term": _label(one, language),
                "text": text(f"sop_forms.standing.{one.standing.value}", language)
                + (f". {text(f'sop_forms.reason.{one.reason}', language)}" if one.reason else ""),
            }
            for one in state.fields
        ],
        "print": f"/cases/{case_id}/forms/{code}" if filled else "",
        "blank": f"/forms/{code}.pdf?language={language}",
    }


def _missing(
    unit: UnitOfWork, found: sop_forms.CaseForms, lacking: Sequence[FieldState], whose: str, language: str
) -> list[dict[str, Any]]:
    """Return the missing fields by the page that fills them in; where that is locked, who does."""
    by_page: dict[str, list[FieldState]] = {}
    for one in lacking:
        if one.kept is not None:
            by_page.setdefault(one.kept.page, []).append(one)
    rows = []
    for page, states in by_page.items():
        address, action = _ADDRESSES[page]
        classes = {one.kept.data_class for one in states if one.kept is not None}
        opens = classes <= found.classes | {DataClass.MILESTONES} and may(unit.actor.role, action)
        row = {
            "term": text(f"sop_forms.page.{page}", language),
            "text": ", ".join(case_words.lower(_label(one, language)) for one in states),
        }
        if opens:
            row["href"] = address.format(case=found.case["id"])
        else:
            row["locked"] = text("sop_forms.case.locked", language, organisation=whose)
        rows.append(row)
    return rows


def rows_of(found: sop_forms.CaseForms, language: str) -> list[dict[str, Any]]:
    """Return the forms of a case as rows of its page: how far each is, and the way to what is missing."""
    return [
        {
            "title": f"{state.form.code} {state.form.title.text(language)}",
            "href": f"/cases/{found.case['id']}/forms#{state.form.code}",
            "meta": text("sop_forms.case.complete", language)
            if state.complete
            else text("sop_forms.case.says", language, there=state.there, needed=state.needed),
        }
        for state in found.forms
    ]


@router.page("/cases/{case_id}/forms/{code}.pdf", action="form.print")
async def filled(
    request: Request, unit: Unit, case_id: UUID, code: Code, purpose: Purpose, language: Language = None
) -> Response:
    """One form filled from the case."""
    wanted = language or language_of(request, unit)
    return _pdf(await paper_forms.print_filled(unit, case_id, code, purpose, wanted), code)


@router.page("/cases/{case_id}/forms/{code}", action="form.print")
async def ask(request: Request, unit: Unit, case_id: UUID, code: Code) -> Response:
    """What is it printed for, and in which language."""
    language = language_of(request, unit)
    found = await sop_forms.forms_of_case(unit, case_id)
    profile = unit.profile_of(found.case)
    if code not in paper_forms.FILLED or code not in profile.forms:
        raise NotFound("form.unknown")
    offered = paper_forms.languages_of(profile)
    fields = forms.view(
        PrintForm,
        profile,
        language,
        state_of(request),
        initial={"language": language},
        options={
            "language": [
                {"value": one, "label": text(f"sop_forms.paper_language.in_{one}", language)} for one in offered
            ]
        },
    )
    return render(
        request,
        "sop_forms/print.html",
        unit,
        case=found.case,
        form=f"{code} {profile.forms[code].title.text(language)}",
        code=code,
        ready=code in {state.form.code for state in found.forms},
        fields=fields,
    )


@router.act("/cases/{case_id}/forms/{code}", action="form.print")
async def choose(request: Request, unit: Unit, case_id: UUID, code: Code) -> Response:
    """Go on to the paper with its purpose; the printing itself is written down there."""
    form = forms.read(PrintForm, await request.form(), unit.profile)
    await unit.case(case_id, "form.print")
    unit.audit("form.read", subject_kind="case", subject_id=case_id, cases=[case_id])
    return redirect(f"/cases/{case_id}/forms/{code}.pdf?purpose={form.purpose}&language={form.language}")


def _label(one: FieldState, language: str) -> str:
    return text(f"sop_forms.field.{one.field.field}", language)


def _pdf(document: bytes, code: str) -> Response:
    return Response(
        document, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{code}.pdf"'}
    )


__all__ = ["router", "rows_of"]
