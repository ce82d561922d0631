"""Forms of the procedures on paper: blank, to be filled by hand, and filled from a case, as far as one may see it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from app.domain.problems import Conflict, NotFound
from app.domain.procedures import Form, FormField
from app.domain.profile import Profile
from app.domain.sop_forms import OnPaper, where
from app.domain.victim_status import INITIAL_RESULTS
from app.paper import frame_of, typeset_to_fit
from app.services.paper_values import Values, gather, moment
from app.services.sop_forms import forms_of_case
from app.services.unit_of_work import UnitOfWork
from app.texts import text

FILLED = ("F1", "F2")
"""Forms that the program fills; others are printed blank."""
NEVER = ("F9",)
"""Made from figures, never by hand."""
_BOXES = (20, 12, 8)
"""More choices than these are a line to write on and not boxes to tick; the most that leave the form on its page."""
_LONG = 240
"""So many letters of a longer text are printed; the whole stands in the program."""

SECTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "F1": (
        ("sending", "case_pseudonym"),
        ("person", "age_group"),
        ("concern", "urgency"),
        ("basis", "authorisation"),
        ("receiver", "referral_purpose"),
        ("answer", "referral_status"),
    ),
    "F2": (
        ("meeting", "case_pseudonym"),
        ("seen", "checklist"),
        ("exploitation", "acts"),
        ("decision", "aid_results"),
    ),
    "F6": (("asked", "case_pseudonym"), ("told", "told_purpose"), ("after", "withdrawn_at")),
}
"""Form -> (section, the field it begins with); a form that is not named has one section."""


async def print_blank(unit: UnitOfWork, code: str, language: str) -> bytes:
    """Return a blank form as PDF: boxes to tick, lines to write on, nothing about anybody. Raises NotFound."""
    unit.quiet = True
    profile = unit.profile
    form = _form(profile, code)
    language = _language(profile, language)
    foot = text("sop_forms.paper.foot_blank", language, code=code, version=form.version)
    candidates = [_cells(form, profile, language, None, most) for most in _BOXES]
    return await _set(form, profile, language, candidates, unit, foot=foot)


async def print_filled(unit: UnitOfWork, case_id: UUID, code: str, purpose: str, language: str) -> bytes:
    """Return a form filled from a case as PDF, written down as an export with its purpose.

    Only data classes the actor sees are read; the rest prints as locked. The case's code stands in place of a name.
    Raises NotFound for an unknown form, Conflict for one the program does not fill or that has nothing in this case.
    """
    case = await unit.case(case_id, "form.print")
    profile = unit.profile_of(case)
    form = _form(profile, code)
    if code not in FILLED:
        raise Conflict("form.not_printable", case_id=case_id)
    found = await forms_of_case(unit, case_id)
    state = next((state for state in found.forms if state.form.code == code), None)
    if state is None:
        raise Conflict("form.nothing_to_print", case_id=case_id)
    language = _language(profile, language)
    values = await gather(unit, case, profile, code, found.classes, language)
    cells = _cells(form, profile, language, values, _BOXES[-1])
    lacking = {one.field.field for one in state.missing}
    # what is missing gets a line, to be written by hand
    cells = [cell | {"state": "write"} if _is_empty(cell) and cell["field"] in lacking else cell for cell in cells]
    used = {kept.data_class for field in form.fields if not isinstance(kept := where(code, field.field), OnPaper)}
    unit.audit(
        "form.print",
        subject_kind="case",
        subject_id=case_id,
        cases=[case_id],
        classes=sorted(c.value for c in used & found.classes),
        purpose=purpose,
        form=code,
        language=language,
    )
    actor = unit.actor
    foot = text(
        "sop_forms.paper.foot",
        language,
        role=text(f"roles.{actor.role.value}", language),
        organisation=actor.org_name.get(language) or actor.org_name["sq"],
        when=moment(unit.now, profile),
        purpose=text(f"sop_forms.choices.purpose.{purpose}", language),
    )
    return await _set(form, profile, language, [cells], unit, foot=foot, reference=case["code"])


def printable(profile: Profile) -> list[Form]:
    """Return the forms that can be printed blank, in the order of the profile."""
    return [form for code, form in profile.forms.items() if code not in NEVER]


def languages_of(profile: Profile) -> tuple[str, ...]:
    """Return the languages in which this jurisdiction's forms are printed."""
    return profile.languages.forms


def _form(profile: Profile, code: str) -> Form:
    form = profile.forms.get(code)
    if form is None or code in NEVER:
        raise NotFound("form.unknown")
    return form


def _language(profile: Profile, language: str) -> str:
    return language if language in profile.languages.forms else profile.languages.forms[0]


async def _set(
    form: Form,
    profile: Profile,
    language: str,
    candidates: list[list[dict[str, Any]]],
    unit: UnitOfWork,
    *,
    foot: str,
    reference: str = "",
) -> bytes:
    organisation = unit.actor.org_name.get(language) or unit.actor.org_name["sq"] if reference else ""
    data = {
        "frame": frame_of(
            title=f"{form.code}. {form.title.text(language)}",
            made_at=unit.now,
            organisation=organisation or text("sop_forms.paper.mechanism", language),
            reference=reference,
            provisional=profile.warning.text(language) if profile.warning is not None else "",
            foot=foot,
        ),
        "to_confirm": form.status != "found",
        "how": text("sop_forms.paper.how" if not reference else "sop_forms.paper.how_filled", language),
        "signature": not reference or form.code == "F2",
    }
    documents = [{**data, "sections": _sections(form, cells, language)} for cells in candidates]
    return await typeset_to_fit("sop-form", documents, language)


def _sections(form: Form, cells: Iterable[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    begins = {field: section for section, field in SECTIONS.get(form.code, ())}
    sections: list[dict[str, Any]] = []
    for cell in cells:
        section = begins.get(cell["field"])
        if section is not None or not sections:
            title = text(f"sop_forms.section.{section}", language) if section is not None else ""
            sections.append({"title": title, "cells": []})
        sections[-1]["cells"].append(cell)
    return sections


def _cells(form: Form, profile: Profile, language: str, values: Values | None, most: int) -> list[dict[str, Any]]:
    return [_cell(form.code, field, profile, language, values, most) for field in form.fields]


def _cell(
    code: str, field: FormField, profile: Profile, language: str, values: Values | None, most: int
) -> dict[str, Any]:
    """Return one field: what is known of it, that it is locked, or room to write."""
    cell: dict[str, Any] = {
        "field": field.field,
        "label": text(f"sop_forms.field.{field.field}", language),
        "required": field.required == "always",
        "wide": field.type == "text_long",
        "state": "write",
        "text": "",
        "boxes": [],
        "lines": 2 if field.type in ("text_long", "goal_list") else 1,
    }
    kept = where(code, field.field)
    if values is not None and not isinstance(kept, OnPaper):
        if kept.data_class not in values.classes:
            return cell | {"state": "locked"}
        said = values.texts.get(field.field, "")
        shown = f"{said[:_LONG].rstrip()} … {text('sop_forms.paper.cut', language)}" if len(said) > _LONG else said
        return cell | {"state": "value", "text": shown}
    boxes = _boxes(code, field, profile, language, most)
    return cell | {"boxes": boxes, "wide": cell["wide"] or sum(len(box) for box in boxes) > 60}


def _is_empty(cell: Mapping[str, Any]) -> bool:
    return bool(cell["state"] == "value") and not cell["text"]


def _boxes(form: str, field: FormField, profile: Profile, language: str, most: int) -> list[str]:
    if field.type == "bool":
        return [text(f"paper.{answer}", language) for answer in ("yes", "no")]
    if field.list is None or field.list not in profile.code_lists:
        return []
    codes = profile.selectable(field.list)
    if field.list == "age_group":
        codes = tuple(code for code in codes if code.attributes.get("set") == "five_year")
    if (form, field.field) == ("F2", "result"):
        codes = tuple(code for code in codes if code.code in INITIAL_RESULTS)
    return [code.label.text(language) for code in codes] if len(codes) <= most else []
