"""What the living page of components shows: samples, figures and forms. No person, case or figure is real."""

from datetime import date, timedelta
from typing import Any

from app.web import charts, components_samples, dates
from app.web.charts import HIDDEN, Cell, Series
from app.web.components_samples import NOW, Say
from app.web.icons import icon_names

_YEARS = ("2022", "2023", "2024", "2025")


def context(lang: str) -> dict[str, Any]:
    """Return everything `components.html` needs besides the frame of the page, in `lang` (sq or en)."""
    say = Say(lang)
    return {
        "chips": components_samples.chips(say),
        "task_items": components_samples.tasks(say),
        **components_samples.work(say),
        **components_samples.case(say),
        **components_samples.sharing(say),
        **components_samples.indicators(say),
        **components_samples.shelter(say),
        **_figures(say),
        "board": _board(say),
        **_fields(say),
        "icon_list": sorted(icon_names()),
    }


def _figures(say: Say) -> dict[str, Any]:
    rows: list[tuple[str, list[Cell]]] = [
        (say("Gra", "Women"), [22, 26, 31, 28]),
        (say("Burra", "Men"), [6, 7, 8, HIDDEN]),
        (say("Vajza", "Girls"), [34, 38, 35, 41]),
        (say("Djem", "Boys"), [17, 19, 12, HIDDEN]),
    ]
    series = [Series(name, cells) for name, cells in rows]
    table = {
        "caption": say("Viktima të mundshme sipas vitit", "Potential victims by year"),
        "head": [say("Viktima të mundshme", "Potential victims"), *_YEARS],
        "rows": [
            {"label": name, "cells": [{"hidden": True} if cell is HIDDEN else str(cell) for cell in cells]}
            for name, cells in rows
        ],
    }
    return {
        "multiples": {
            "title": say("91 viktima të mundshme, 5 më shumë", "91 potential victims, 5 more"),
            "text": say("Shkalla është e njëjtë në të gjitha pjesët.", "All parts have the same scale."),
            "charts": [
                {"title": name, "svg": charts.bars(f"multiple-{n}", name, _YEARS, cells, say.lang, top=41)}
                for n, (name, cells) in enumerate(rows)
            ],
            "table": table,
        },
        "stacked": {
            "title": say("Të grumbulluara", "Stacked"),
            "svg": charts.stacked("stacked", say("Sipas vitit", "By year"), _YEARS, series, say.lang),
        },
        "grouped": {
            "title": say("Pranë njëra-tjetrës", "Side by side"),
            "svg": charts.grouped("grouped", say("Sipas vitit", "By year"), _YEARS, series[:2], say.lang),
        },
        "lying": {
            "title": say("Emra të gjatë", "Long names"),
            "svg": charts.rows(
                "lying",
                say("Sipas formës", "By form"),
                [
                    say("Shfrytëzim seksual", "Sexual exploitation"),
                    say("Kryerje e detyruar e veprave penale", "Forced criminality"),
                    say("E panjohur ende", "Not known yet"),
                ],
                [41, 12, HIDDEN],
                say.lang,
            ),
        },
        "base": [
            {"term": say("Baza", "Base"), "text": say("Persona me rezultat VMT", "Persons with the outcome VMT")},
            {"term": say("Periudha", "Period"), "text": "2022–2025"},
            {"term": say("Burimi", "Source"), "text": say("Regjistri Besa", "The Besa register")},
        ],
    }


def _board(say: Say) -> dict[str, Any]:
    def row(code: str, what: str, chip: dates.DueChip, status: str) -> list[Any]:
        return [
            {"text": code, "href": "#c-board", "code": True},
            {"text": what, "phone": "Qendra Lisi"},
            "Qendra Lisi",
            {"chip": chip},
            {"text": status, "tag": "status"},
        ]

    answer = say("Përgjigjja e referimit", "Answer to the referral")
    review = say("Rishikimi i planit", "Review of the plan")
    return {
        "caption": say("Raste të hapura, vonesat të parat", "Open cases, late first"),
        "columns": [
            {"label": say("Rasti", "Case")},
            {"label": say("Çfarë pritet", "What is awaited")},
            {"label": say("Nga kush", "From whom"), "wide": True},
            {"label": say("Afati", "Due")},
            {"label": say("Statusi", "Status"), "wide": True},
        ],
        "groups": [
            {
                "title": say("Me afat të kaluar (1)", "Past due (1)"),
                "rows": [row("W2QX", answer, say.chip(NOW - timedelta(days=2)), "VMT")],
            },
            {
                "title": say("Sot dhe nesër (1)", "Today and tomorrow (1)"),
                "rows": [row("N9CE", review, say.chip(date(2026, 11, 24)), "VT")],
            },
        ],
    }


def _fields(say: Say) -> dict[str, Any]:
    error = say("Shkruani moshën ose zgjidhni „nuk dihet“", "Enter the age or choose “unknown”")
    unknown = {"value": "unknown", "label": say("Nuk dihet", "Unknown"), "quiet": True}
    return {
        "field_error": {"id": "sample-age", "text": error},
        "field_items": [
            {"name": "sample.age", "kind": "number", "label": say("Mosha", "Age"), "value": "rreth 30", "error": error,
             "hint": say("Në dyshim personi trajtohet si fëmijë.", "In doubt the person is treated as a child.")},
            {"name": "sample.text", "kind": "text", "label": say("Vendi", "Place"), "value": "Berat", "required": True},
            {"name": "sample.note", "kind": "textarea", "label": say("Shënim", "Note"), "max_length": 200,
             "optional_mark": True, "rows": 3},
            {"name": "sample.county", "kind": "select", "label": say("Qarku", "County"), "value": "berat",
             "options": [{"value": "berat", "label": "Berat"}, {"value": "vlore", "label": "Vlorë"}]},
            {"name": "sample.organisation", "kind": "autocomplete", "label": say("Organizata", "Organisation"),
             "options": [{"value": "1", "label": "Qendra Agimi", "group": "Berat"},
                         {"value": "2", "label": "Qendra Lisi", "group": "Elbasan"}]},
            {"name": "sample.danger", "kind": "radios", "label": say("A ka rrezik tani?", "Is there danger now?"),
             "required": True, "error": say("Zgjidhni një përgjigje", "Choose an answer"),
             "options": [{"value": "no", "label": say("Jo", "No")},
                         {"value": "yes", "label": say("Po", "Yes"),
                          "hint": say("Tregojmë menjëherë çfarë të bëni", "We say at once what to do")}, unknown]},
            {"name": "sample.needs", "kind": "checkboxes", "columns": True, "value": ["health"],
             "label": say("Çfarë i duhet personit?", "What does the person need?"),
             "options": [{"value": "health", "label": say("Kujdes mjekësor", "Medical care")},
                         {"value": "bed", "label": say("Vend për të fjetur", "A place to sleep")},
                         {"value": "none", "label": say("Asgjë urgjente", "Nothing urgent"), "quiet": True,
                          "exclusive": True}]},
            {"name": "sample.forms", "kind": "checkboxes", "value": ["beg_1"],
             "label": say("Si u shfrytëzua personi?", "How was the person exploited?"),
             "options": [
                 {"value": f"{group}_{n}" if n else group, "label": label, "group": heading}
                 for group, heading, labels in (
                     ("work", say("Punë e detyruar", "Forced labour"),
                      (say("Punë e detyruar", "Forced labour"), say("Në vendin e punës", "At a workplace"),
                       say("Shitje në rrugë", "Street selling"), say("Tjetër", "Other"))),
                     ("beg", say("Lypje", "Begging"),
                      (say("Lypje", "Begging"), say("Lyp fëmija", "The child begs"),
                       say("Lypet me fëmijën", "Somebody begs with the child"))),
                 )
                 for n, label in enumerate(labels)
             ] + [
                 {"value": "other", "label": say("Tjetër", "Other")},
                 {"value": "unknown", "label": say("Nuk dihet", "Not known"), "quiet": True},
             ]},
            {"name": "sample.safe", "kind": "bool", "value": True,
             "label": say("Mund të telefonohet pa rrezik", "Safe to telephone"),
             "hint": say("Personi e ka thënë vetë.", "The person said so.")},
            {"name": "sample.date", "kind": "date", "label": say("Data", "Date"), "value": "2026-11-24"},
            {"name": "sample.month", "kind": "month", "label": say("Muaji", "Month"), "value": "2026-11"},
            {"name": "sample.moment", "kind": "datetime", "label": say("Kur", "When"), "value": "2026-11-24T11:15"},
        ],
        "summary_rows": [
            {"term": say("Mosha", "Age"), "text": "25–29", "href": "#c-form"},
            {"term": say("Gjuha", "Language"), "text": "", "href": "#c-form"},
            {"term": say("Përgjigjja pritet", "Answer awaited"), "chip": say.chip(NOW + timedelta(days=1))},
        ],
        "form_words": {
            "who": say("Ju dhe njësia juaj. Qendra sheh nevojën, por jo emrin.",
                       "You and your unit. The centre sees the need, not the name."),
            "says": say("Qendra Agimi do ta shohë menjëherë.", "Qendra Agimi will see it at once."),
            "send": say("Dërgo referimin", "Send the referral"), "save": say("Ruaj", "Save"),
            "saved": say("U ruajt në 10:52", "Saved at 10:52"),
        },
        "state_words": {
            "empty": (say("Asgjë nuk pret sot.", "Nothing is waiting today."),
                      say("Këtu shfaqet çdo detyrë me afat.", "Every task with a deadline shows up here.")),
            "net": (say("Pa rrjet që nga 09:12.", "Offline since 09:12."),
                    say("Çdo gjë ruhet e vulosur në telefon.", "Everything is kept sealed on the phone.")),
            "danger": (say("Largohuni në vend të sigurt.", "Go to a safe place."),
                       [say("Telefononi 112.", "Call 112."), say("Formulari pret.", "The form waits.")]),
            "info": say("Përgjigjja pritet deri nesër.", "The answer is awaited by tomorrow."),
            "ok": say("U ruajt.", "Saved."),
            "quiet": say("Identitetet nuk shfaqen.", "Identities are not shown."),
        },
        "log_words": {
            "proof": (say("Regjistri është i plotë.", "The log is whole."),
                      say("Asnjë hyrje nuk ka ndryshuar.", "No entry has changed.")),
            "results": [("ok", say("Lejuar", "Allowed")), ("no", say("Refuzuar", "Denied")),
                        ("glass", say("Emergjencë", "Emergency"))],
        },
    }  # fmt: skip
