"""The one field of every form, in every kind: what was typed stays, errors stand where they belong."""

from html.parser import HTMLParser
from typing import Any

import pytest

from tests.web.rendering import page, render

KINDS = ("text", "textarea", "number", "select", "autocomplete", "radios", "checkboxes", "bool", "date", "month",
         "datetime")  # fmt: skip
OPTIONS = [
    {"value": "a", "label": "A"},
    {"value": "b", "label": "B", "hint": "more"},
    {"value": "unknown", "label": "Nuk dihet", "quiet": True, "exclusive": True},
]


class _Elements(HTMLParser):
    """All start tags with their attributes, by id too."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def by_id(self, wanted: str) -> tuple[str, dict[str, str | None]]:
        return next((tag, attrs) for tag, attrs in self.found if attrs.get("id") == wanted)

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.found if tag in tags]


def field(**f: Any) -> str:
    return render('{% from "fields/field.html" import field %}{{ field(f) }}', f={"label": "Etiketa", **f})


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_has_a_label_and_its_error_is_tied_to_it(kind: str) -> None:
    html = field(name="person.age", kind=kind, options=OPTIONS, hint="Ndihmë", error="Gabim këtu")
    elements = _Elements(html)
    tag, control = elements.by_id("person-age")
    assert tag in ("input", "select", "textarea")
    assert control["name"] == "person.age"
    described = next(attrs["aria-describedby"] for attrs in elements.of("fieldset", "input", "select", "textarea")
                     if attrs.get("aria-describedby"))  # fmt: skip
    assert described is not None
    assert "person-age-error" in described.split()
    for name in described.split():
        assert elements.by_id(name)
    assert "Gabim këtu" in html
    assert "Ndihmë" in html
    assert "person-age" in {attrs.get("for") for attrs in elements.of("label")}
    assert len({attrs["id"] for _, attrs in elements.found if "id" in attrs}) == sum(
        1 for _, attrs in elements.found if "id" in attrs
    )


@pytest.mark.parametrize("kind", ["text", "number", "textarea", "date", "month", "datetime"])
def test_typed_text_stays_and_is_escaped(kind: str) -> None:
    html = field(name="note", kind=kind, value='rreth 30 "<script>')
    assert "<script>" not in html
    assert "rreth 30 &#34;&lt;script&gt;" in html


def test_a_password_is_never_given_back() -> None:
    assert "hunter2" not in field(name="secret", kind="password", value="hunter2")


@pytest.mark.parametrize(
    ("kind", "value", "chosen"),
    [
        ("radios", "b", ["b"]),
        ("radios", None, []),
        ("radios", "not one of them", []),
        ("checkboxes", ["a", "unknown"], ["a", "unknown"]),
        ("checkboxes", ("b",), ["b"]),
        ("checkboxes", "a", ["a"]),
    ],
)
def test_what_was_chosen_stays_chosen(kind: str, value: Any, chosen: list[str]) -> None:
    html = field(name="pick", kind=kind, value=value, options=OPTIONS)
    assert [attrs["value"] for attrs in _Elements(html).of("input") if "checked" in attrs] == chosen


def test_a_select_keeps_its_choice_within_groups_and_starts_empty() -> None:
    options = [{"value": "1", "label": "Agimi", "group": "Berat"}, {"value": "2", "label": "Pa grup"}]
    elements = _Elements(field(name="org", kind="autocomplete", value="1", options=options))
    assert [attrs["value"] for attrs in elements.of("option") if "selected" in attrs] == ["1"]
    assert [attrs["value"] for attrs in elements.of("option")] == ["", "2", "1"]
    assert [attrs["label"] for attrs in elements.of("optgroup")] == ["Berat"]
    with_own_empty = field(name="org", kind="select", options=[{"value": "", "label": "Të gjithë"}])
    assert len(_Elements(with_own_empty).of("option")) == 1


@pytest.mark.parametrize(
    ("value", "ticked"), [(True, True), ("true", True), ("on", True), (False, False), (None, False)]
)
def test_a_yes_or_no_box_keeps_its_tick(value: Any, ticked: bool) -> None:
    box = _Elements(field(name="safe", kind="bool", value=value)).of("input")[0]
    assert ("checked" in box) == ticked
    assert box["value"] == "true"


def test_a_long_text_is_counted_and_never_cut() -> None:
    html = field(name="note", kind="textarea", max_length=200, value="x" * 300)
    area = _Elements(html).of("textarea")[0]
    assert "maxlength" not in area
    assert area["data-count"] == "200"
    assert "Deri në 200 shkronja." in html


def test_a_hidden_field_is_only_a_value() -> None:
    assert field(name="id", kind="hidden", value="7") == '<input type="hidden" id="id" name="id" value="7">'


def test_the_summary_says_the_same_words_and_leads_to_the_field() -> None:
    f = {"name": "person.age", "kind": "number", "label": "Mosha", "error": "Shkruani moshën"}
    html = page("base.html", errors=[{"id": "person-age", "text": f["error"]}])
    assert '<a href="#person-age">Shkruani moshën</a>' in html
    assert "<title>Gabim: " in html
    assert 'id="person-age"' in field(**f)


def test_a_page_without_anybody_signed_in_has_no_rooms_no_name_and_no_key() -> None:
    html = page("base.html")
    assert "besa-tabbar" not in html
    assert "data-draft-key" not in html
    assert "<dialog" not in html
    assert "data-exit" in html
    assert "<title>Faqe – Besa</title>" in html
