"""The data dictionary in docs/ is the one the definitions make, and every field of every form has its words."""

from app.commands.dictionary import OUTPUT, all_forms, document
from app.domain.forms.fields import Form
from app.texts import has_text

HIDDEN = {
    *("id", "case_id", "case_ids", "person_id", "signal_id", "corrects", "same"),
    *("identity", "urgent", "documents", "contacts"),
    *("refresh_token", "assignment_id", "device"),
}
"""Fields that a page never asks: ids and buttons, groups of fields, what only programs send."""


def test_the_dictionary_is_up_to_date() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == document(), "run ./besa dictionary"


def test_every_form_is_found_and_says_what_it_is_for() -> None:
    forms = all_forms()
    assert {"RegisterCase", "RecordSignal", "RecordDelivery"} <= {form.__name__ for form in forms}
    assert all((form.__doc__ or "").strip() and form.__doc__ != Form.__doc__ for form in forms)


def test_every_field_has_a_label() -> None:
    missing = [
        f"{form.concept}.fields.{name}.label ({form.__name__})"
        for form in all_forms()
        for name in form.model_fields
        if name not in HIDDEN and not has_text(f"{form.concept}.fields.{name}.label")
    ]
    assert missing == []
