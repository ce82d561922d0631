"""Every field of every form has a place in the program or a reason why not; the profile says what must be there."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.procedures import Form
from app.domain.sop_forms import KEPT, WHOLE_ON_PAPER, Facts, FormState, Kept, OnPaper, Standing, evaluate, where
from app.jurisdictions.loader import profiles
from app.texts import LANGUAGES, catalogue

SQL = (Path(__file__).parents[2] / "migrations" / "sql" / "0010_sop_forms.sql").read_text(encoding="utf-8")
ORG = UUID(int=1)
FORMS = [(j, form) for j in profiles().jurisdictions() for form in profiles().current(j).forms.values()]


def state_of(form: Form, present: set[str], *conditions: str) -> FormState:
    return evaluate(form, Facts(form.code, ORG, frozenset(present), frozenset(conditions)))


def form_of(code: str, jurisdiction: str = "AL") -> Form:
    return profiles().current(jurisdiction).forms[code]


@pytest.mark.parametrize(("jurisdiction", "form"), FORMS, ids=lambda v: getattr(v, "code", v))
def test_every_field_is_kept_somewhere_or_says_why_not(jurisdiction: str, form: Form) -> None:
    unmapped = [f.field for f in form.fields if where(form.code, f.field) == OnPaper("unmapped")]
    assert unmapped == []
    if form.code in KEPT:
        assert set(KEPT[form.code]) == {f.field for f in form.fields}
    else:
        assert form.code in WHOLE_ON_PAPER


@pytest.mark.parametrize("code", sorted(KEPT))
def test_the_database_is_asked_for_exactly_the_fields_that_are_kept(code: str) -> None:
    part = next(p for p in SQL.split("select c.id, ")[1:] if p.startswith(f"'{code}'"))
    asked = set(re.findall(r"'([a-z_]+)'", part.split("], null)")[0])) | set(
        re.findall(r"then '([a-z_]+)' end", part.split("], null)")[0])
    )
    kept = {field for field, place in KEPT[code].items() if isinstance(place, Kept)}
    known = {f.field for f in form_of(code).fields}
    assert asked & known == kept


@pytest.mark.parametrize("code", sorted(KEPT))
def test_every_condition_of_a_kept_field_can_hold(code: str) -> None:
    part = next(p for p in SQL.split("select c.id, ")[1:] if p.startswith(f"'{code}'"))
    conditions = {f.required for f in form_of(code).fields if isinstance(where(code, f.field), Kept)}
    conditions |= {k.only_if for k in KEPT[code].values() if isinstance(k, Kept) and k.only_if}
    for condition in conditions - {"always", "optional", "adult", "child"}:
        assert f"then '{condition}' end" in part, condition


def test_nothing_there_is_all_missing_and_everything_there_is_complete() -> None:
    form = form_of("F2")
    nothing = state_of(form, set(), "adult")
    assert (nothing.there, nothing.complete) == (0, False)
    assert nothing.needed == len(nothing.missing) > 10
    everything = state_of(form, {f.field for f in form.fields}, "adult")
    assert everything.complete
    assert everything.there == everything.needed == nothing.needed


def test_optional_fields_and_fields_on_paper_are_not_counted() -> None:
    form = form_of("F1")
    bare, rich = state_of(form, set(), "adult"), state_of(form, {"suspected_forms", "accompanied_by"}, "adult")
    assert (bare.needed, bare.there) == (rich.needed, rich.there)
    standing = {one.field.field: one.standing for one in rich.fields}
    assert standing["suspected_forms"] is Standing.THERE
    assert standing["requested_services"] is Standing.OPTIONAL
    assert standing["accompanied_by"] is standing["safe_contact"] is Standing.ON_PAPER


@pytest.mark.parametrize(
    ("code", "field", "condition"),
    [
        ("F1", "decline_reason", "if_declined"),
        ("F1", "answered_at", "on_answer"),
        ("F1", "signal_channel", "signal"),
        ("F2", "border_circumstance", "if_border"),
        ("F3", "means", "adult"),
        ("F3", "signatures", "procedure"),
        ("F6", "witness_role", "if_oral"),
        ("F6", "recipient", "if_sharing"),
        ("F6", "told_purpose", "asked"),
        ("F8", "follow_up_on", "if_agreed"),
        ("F8", "not_assisted_reason", "if_not_assisted"),
    ],
)
def test_a_condition_decides_whether_a_field_is_asked_for(code: str, field: str, condition: str) -> None:
    form = form_of(code)

    def standing(present: set[str], *conditions: str) -> Standing:
        return next(o.standing for o in state_of(form, present, *conditions).fields if o.field.field == field)

    assert standing(set()) is Standing.NOT_APPLICABLE
    assert standing(set(), condition) is Standing.MISSING
    assert standing({field}, condition) is Standing.THERE
    # there though nobody asked for it: no fault, and no merit
    assert standing({field}) is Standing.OPTIONAL


def test_a_childs_view_is_asked_of_a_child_who_was_asked() -> None:
    form = form_of("F6")
    view = {c: state_of(form, set(), *c).missing for c in (("child", "asked"), ("adult", "asked"), ("child",))}
    named = {c: "child_view" in {m.field.field for m in missing} for c, missing in view.items()}
    assert named == {("child", "asked"): True, ("adult", "asked"): False, ("child",): False}


def test_every_field_has_its_name_in_every_language_of_the_papers() -> None:
    for _, form in FORMS:
        for one in form.fields:
            entry = catalogue()[f"sop_forms.field.{one.field}"]
            assert all(entry.get(language) for language in (*LANGUAGES, "sr")), one.field
