"""Long lists of checkboxes under headings: every choice reachable, a chosen one in sight, short lists left alone."""

import re
from typing import Any

import pytest

from app.domain.forms.exploitation import RecordExploitation
from app.jurisdictions.loader import profiles
from app.web import forms
from tests.web.rendering import render


def field(**f: Any) -> str:
    return render('{% from "fields/field.html" import field %}{{ field(f) }}', f={"label": "Etiketa", **f})


def forms_field(language: str = "sq", value: list[str] | None = None) -> dict[str, Any]:
    profile = profiles().current("AL")
    fields = forms.view(RecordExploitation, profile, language, initial={"forms": value or []})
    return fields["forms"]


@pytest.mark.parametrize("language", ["sq", "en"])
def test_every_form_of_exploitation_stands_once(language: str) -> None:
    html = field(**forms_field(language))
    profile = profiles().current("AL")
    given = re.findall(r'name="forms" value="([A-Z_]+)"', html)
    assert sorted(given) == sorted(code.code for code in profile.selectable("form_of_exploitation"))
    assert len(re.findall(r'id="forms"', html)) == 1


def test_a_group_opens_where_something_in_it_is_chosen() -> None:
    html = field(**forms_field(value=["BEG_BY_CHILD"]))
    opened = re.findall(r'<details class="besa-choices__group"( open)?>\s*<summary>([^<]+)', html)
    assert [title for is_open, title in opened if is_open] == ["Lypje e detyruar"]
    assert len(opened) > 5


def test_a_heading_can_be_chosen_where_no_more_is_known() -> None:
    html = field(**forms_field())
    begging = html[html.index("<summary>Lypje e detyruar") :]
    assert begging.index('value="BEG"') < begging.index('value="BEG_BY_CHILD"') < begging.index("</details>")


def test_a_short_list_stays_flat() -> None:
    options = [{"value": str(n), "label": str(n), "group": "G"} for n in range(5)]
    assert "<details" not in field(name="few", kind="checkboxes", options=options)
    assert "<details" not in field(name="one", kind="radios", options=options * 3)
