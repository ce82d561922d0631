"""Forms of the procedures: `/api/v1/cases/{case_id}/forms` and `/api/v1/forms`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from starlette.responses import Response

from app.api.routing import After, ConceptRouter, Limit, Out, Unit
from app.domain.forms.fields import Moment
from app.domain.forms.sop_forms import PaperLanguage, Purpose
from app.domain.sop_forms import FormState
from app.services import paper_forms, sop_forms

of_case = ConceptRouter("/cases", "forms")
router = ConceptRouter("/forms", "forms")

PDF = {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}}
Code = Annotated[str, Path(pattern=r"^F[1-9]$", examples=["F1"])]
FormCode = Annotated[str | None, Query(pattern=r"^F[1-9]$", description="One form only, such as F2.")]
Since = Annotated[Moment | None, Query(description="Cases opened since then; a year ago where missing.")]
Language = Annotated[PaperLanguage | None, Query(description="Language of the paper; the caller's where missing.")]


class FieldOut(Out):
    """How one field stands; `page` and `data_class` say where it is filled, `reason` why it is on paper."""

    field: str
    required: str
    standing: str
    page: str | None
    data_class: str | None
    reason: str | None


class FormOut(Out):
    """One form begun or due in a case; `missing` names the required fields that are not there."""

    form: str
    version: str
    org_id: UUID
    needed: int
    there: int
    complete: bool
    missing: list[str]
    fields: list[FieldOut]


class CaseFormsOut(Out):
    """The forms of a case."""

    case_id: UUID
    code: str
    forms: list[FormOut]


class MissingOut(Out):
    """A page of the work list; it may be short and have a next one."""

    items: list[CaseFormsOut]
    next: UUID | None


class LineOut(Out):
    """Completeness of one form of one organisation: counts of fields and forms."""

    org_id: UUID
    form: str
    forms: int
    complete: int
    needed: int
    there: int
    percent: int | None


class FigureOut(Out):
    """Completeness by form and organisation, of cases opened since `since`."""

    since: datetime
    lines: list[LineOut]


def _form(state: FormState) -> FormOut:
    return FormOut(
        form=state.form.code,
        version=state.form.version,
        org_id=state.org_id,
        needed=state.needed,
        there=state.there,
        complete=state.complete,
        missing=[lacking.field.field for lacking in state.missing],
        fields=[
            FieldOut(
                field=one.field.field,
                required=one.field.required,
                standing=one.standing.value,
                page=one.kept and one.kept.page,
                data_class=one.kept and one.kept.data_class.value,
                reason=one.reason,
            )
            for one in state.fields
        ],
    )


def _case(found: sop_forms.CaseForms) -> CaseFormsOut:
    return CaseFormsOut(
        case_id=found.case["id"], code=found.case["code"], forms=[_form(state) for state in found.forms]
    )


@of_case.act("GET", "/{case_id}/forms", action="form.read", summary="Read which fields of the forms a case lacks")
async def of_one(unit: Unit, case_id: UUID) -> CaseFormsOut:
    """Presence only: no content is read, and it is told of every data class."""
    return _case(await sop_forms.forms_of_case(unit, case_id))


@of_case.act(
    "GET",
    "/{case_id}/forms/{code}.pdf",
    action="form.print",
    summary="Print a form filled from the case",
    response_class=Response,
    responses=PDF,
)
async def filled(unit: Unit, case_id: UUID, code: Code, purpose: Purpose, language: Language = None) -> Response:
    """One page with what the caller may see; what is locked says so. Written down as an export, with its purpose."""
    return _pdf(await paper_forms.print_filled(unit, case_id, code, purpose, language or unit.language), code)


@router.act("GET", "/missing", action="form.read", summary="List our cases whose forms lack something, newest first")
async def missing(
    unit: Unit, form: FormCode = None, closed: bool = False, after: After = None, limit: Limit = 25
) -> MissingOut:
    """Return the cases the caller's organisation answers for, open ones or closed ones."""
    found = await sop_forms.list_missing(unit, form=form, closed=closed, after=after, limit=limit)
    return MissingOut(items=[_case(one) for one in found.cases], next=found.next)


@router.act("GET", "/completeness", action="form.figure", summary="Read how complete the forms are, by organisation")
async def completeness(unit: Unit, since: Since = None) -> FigureOut:
    """Counts only: of the caller's organisation, for the Responsible Authority of every organisation."""
    found = await sop_forms.read_figure(unit, since)
    return FigureOut(since=found.since, lines=[LineOut.model_validate(line) for line in found.lines])


@router.act(
    "GET",
    "/{code}.pdf",
    action="reference.read",
    summary="Print a blank form for paper use",
    response_class=Response,
    responses=PDF,
)
async def blank(unit: Unit, code: Code, language: Language = None) -> Response:
    """Boxes to tick and lines to write on; it holds no data."""
    return _pdf(await paper_forms.print_blank(unit, code, language or unit.language), code)


def _pdf(document: bytes, code: str) -> Response:
    return Response(
        document, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{code}.pdf"'}
    )
