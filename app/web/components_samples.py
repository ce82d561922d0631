"""Made-up people, cases and days for the living page of components. Nothing here is real."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.web import dates

# The page shows one fixed morning, so that it looks the same every day
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)


class Say:
    """Chooses between the Albanian and the English wording of a sample."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, sq: str, en: str) -> str:
        return sq if self.lang == "sq" else en

    def chip(self, due_at: date, confirm: bool = False, met: datetime | None = None) -> dates.DueChip:
        return dates.due_chip(due_at, NOW, self.lang, confirm, met)


def chips(say: Say) -> list[dates.DueChip]:
    return [
        say.chip(NOW - timedelta(days=2), confirm=True),
        say.chip(NOW + timedelta(hours=5, minutes=15)),
        say.chip(NOW + timedelta(days=1), confirm=True),
        say.chip(date(2026, 11, 26)),
        say.chip(NOW, met=NOW - timedelta(hours=2)),
    ]


def tasks(say: Say) -> list[dict[str, Any]]:
    return [
        {
            "title": say("Njofto njësinë e mbrojtjes së fëmijëve", "Notify the child protection unit"),
            "href": "#c-task",
            "code": "K4M7",
            "meta": say("moshë në dyshim, trajtohet si fëmijë", "age in doubt, treated as a child"),
            "chip": say.chip(NOW - timedelta(hours=1), confirm=True),
        },
        {
            "title": say("Cakto rezultatin e identifikimit fillestar", "Decide the initial identification"),
            "href": "#c-task",
            "code": "R8TD",
            "chip": say.chip(NOW + timedelta(hours=5, minutes=15), confirm=True),
        },
        *(
            {
                "title": say("Regjistrim i orës 09:40", "Registration of 09:40"),
                "href": "#c-task",
                "meta": say("Nuk lexohet më në telefon", "Cannot be read on the phone any more"),
                "way": way,
            }
            for way in ("drafted", "sealed", "sent", "received")
        ),
    ]


def work(say: Say) -> dict[str, Any]:
    return {
        "count_items": [
            {"n": 5, "label": say("Me afat të kaluar", "Past due"), "href": "#c-counts", "late": True},
            {
                "n": 3,
                "label": say("Referime pa përgjigje", "Referrals without an answer"),
                "href": "#c-counts",
                "current": True,
            },
            {"n": 0, "label": say("Raporte që mungojnë", "Missing reports"), "href": "#c-counts", "late": True},
        ],
        "stage_items": [
            {
                "n": 3,
                "label": say("Sinjalizuar", "Signalled"),
                "href": "#c-counts",
                "late": say("1 me vonesë", "1 late"),
            },
            {"n": 14, "label": say("Në ndihmë", "In assistance"), "href": "#c-counts"},
            {"n": 7, "label": say("Riintegrim, ndjekje", "Reintegration"), "href": "#c-counts"},
        ],
    }


def case(say: Say) -> dict[str, Any]:
    status = say("Viktimë e mundshme trafikimi (VMT)", "Potential victim of trafficking (VMT)")
    return {
        "tags": [
            (status, False),
            (say("Viktimë trafikimi (VT)", "Victim of trafficking (VT)"), False),
            (say("Person në rrezik trafikimi", "Person at risk"), True),
            (say("Ende pa vlerësim", "Not assessed yet"), True),
        ],
        "case": {
            "code": "AL-26-T5WN",
            "traits": say("Grua, 25–29 vjeç · arabisht, me përkthyese", "Woman, 25–29 · Arabic, with interpreter"),
            "facts": [
                {"term": say("Statusi", "Status"), "text": status, "tag": "status"},
                {"term": say("Ndihma", "Help"), "text": say("Periudha e reflektimit", "Reflection period")},
                {"term": say("Përgjegjëse", "Responsible"), "text": say("Ju, Qendra Agimi", "You, Qendra Agimi")},
            ],
            "actions": [
                {
                    "label": say("Regjistro shërbim", "Record a service"),
                    "href": "#c-case",
                    "icon": "plus",
                    "primary": True,
                },
                {"label": say("Referim", "Refer"), "href": "#c-case"},
            ],
        },
        "days": [
            {
                "date": say("26 nëntor", "26 November"),
                "when": "ahead",
                "help": [
                    {
                        "title": say("Takim me avokaten", "Meeting the lawyer"),
                        "text": say("Ndihma juridike falas", "Free legal aid"),
                    }
                ],
            },
            {
                "date": say("Sot", "Today"),
                "when": "waits",
                "today": True,
                "status": [
                    {
                        "title": say("Identifikimi formal", "Formal identification"),
                        "text": say("Nuk është kërkuar", "Not asked for"),
                        "open": True,
                    }
                ],
                "help": [{"title": say("Seancë këshillimi", "Counselling"), "text": say("50 minuta", "50 minutes")}],
            },
            {
                "date": say("25 shtator", "25 September"),
                "status": [{"title": say("Viktimë e mundshme (VMT)", "Potential victim (VMT)"), "text": "NJL Berat"}],
                "help": [
                    {
                        "title": say("Pranim në Qendrën Agimi", "Admitted to Qendra Agimi"),
                        "text": say("Kërkuar 09:10, pranuar 10:25", "Asked 09:10, accepted 10:25"),
                    }
                ],
            },
        ],
        "class_items": [
            {
                "title": say("Shëndeti", "Health"),
                "text": say("Pëlqim deri më 24 shkurt 2027", "Consent until 24 February 2027"),
                "state": "open",
                "icon": "heart-pulse",
                "href": "#c-classes",
            },
            {
                "title": say("Puna me rastin", "Casework"),
                "text": say("6 shënime", "6 notes"),
                "state": "open",
                "icon": "clipboard-list",
                "links": [
                    {"label": say("Shërbimet", "Services"), "href": "#c-classes"},
                    {"label": say("Pëlqimet", "Consents"), "href": "#c-classes"},
                ],
            },
            {
                "title": say("Identiteti", "Identity"),
                "text": say("I mbuluar, hapja regjistrohet", "Covered, opening it is logged"),
                "state": "covered",
                "ask": {"label": say("Shfaq emrin", "Show the name"), "href": "#c-classes"},
            },
            {
                "title": say("Çështjet ligjore", "Legal matters"),
                "text": say("E sheh avokatja e rastit", "The case’s lawyer can see it"),
                "state": "locked",
                "ask": {"label": say("Kërko akses", "Ask for access"), "href": "#c-classes"},
            },
            {
                "title": say("Vendndodhja e strehimit", "Location of the shelter"),
                "text": say("E sheh vetëm qendra", "Only the centre can see it"),
                "state": "locked",
            },
        ],
    }


def sharing(say: Say) -> dict[str, Any]:
    change = {"label": say("Ndryshoje me personin", "Change it with the person"), "href": "#c-consent"}
    return {
        "consent_items": [
            {
                "state": "given",
                "what": say("Po: shëndeti për Qendrën Agimi", "Yes: health, for Qendra Agimi"),
                "how": say("Sot në 10:55, arabisht me përkthyese, teksti 1.2", "Today at 10:55, in Arabic, text 1.2"),
                "do": {"label": say("Tërhiqe", "Withdraw"), "href": "#c-consent"},
            },
            {
                "state": "not",
                "what": say("Jo tani: njoftimi i policisë", "Not now: notifying the police"),
                "how": say("Nuk ndahet asgjë, ndihma vazhdon njësoj", "Nothing is shared, the help goes on"),
                "do": change,
            },
            {
                "state": "unasked",
                "what": say("Ende pa pyetur: baza kombëtare e të dhënave", "Not asked yet: the national database"),
                "do": change,
            },
        ],
        "answer_item": {
            "id": "answer-1",
            "code": "R8TD",
            "traits": say("grua, arabisht me përkthyese", "woman, Arabic with interpreter"),
            "about": say("Strehim dhe kujdes mjekësor, urgjente", "Shelter and medical care, urgent"),
            "chip": say.chip(NOW + timedelta(days=1), confirm=True),
            "accept_url": "#c-answer",
            "accept_label": say("Prano, shtrati 4B", "Accept, bed 4B"),
            "decline_url": "#c-answer",
            "note": True,
            "reasons": [
                {"value": "full", "label": say("Nuk ka vend", "No free place")},
                {"value": "profile", "label": say("Nuk i përshtatet qendrës", "Not the right centre")},
            ],
        },
        "preview_parts": [
            {
                "kind": "now",
                "title": say("Tani, para se të pranojë", "Now, before accepting"),
                "text": say("Sa për të thënë po ose jo", "Enough to say yes or no"),
                "facts": [
                    {"term": say("Kodi", "Code"), "text": "AL-26-R8TD", "code": True},
                    {"term": say("Nevoja", "Need"), "text": say("Strehim, kujdes mjekësor", "Shelter, medical care")},
                ],
            },
            {
                "kind": "after",
                "title": say("Pasi të pranojë", "After accepting"),
                "text": say("Vetëm sa zgjat shërbimi", "Only while the service lasts"),
                "facts": [
                    {
                        "term": say("Shëndeti", "Health"),
                        "text": say("Ilaçet, alergjitë", "Medicines, allergies"),
                        "note": say("Bazë: pëlqimi i sotëm", "Basis: today’s consent"),
                    }
                ],
            },
            {
                "kind": "never",
                "title": say("Nuk e sheh", "Never"),
                "text": say("Pa pëlqim nuk ndahet", "Not shared without consent"),
                "facts": [
                    {
                        "term": say("Identifikimi", "Identification"),
                        "text": say("Treguesit dhe ajo që personi tregoi", "Indicators and what the person told"),
                    }
                ],
            },
        ],
    }


def indicators(say: Say) -> dict[str, Any]:
    return {
        "indicator_group": {"title": say("Dokumentet", "Documents"), "done": say("1 nga 2", "1 of 2")},
        "indicator_items": [
            {
                "name": "sample.documents",
                "text": say("Dokumentet ia mban dikush tjetër.", "Somebody else keeps the documents."),
                "value": "yes",
            },
            {
                "name": "sample.threat",
                "text": say("E kanë kërcënuar personin ose familjen e tij.", "The person or family was threatened."),
                "hint": say("Edhe me fjalë ose me telefon.", "By words or telephone too."),
            },
        ],
        "aid_item": {
            "id": "aid-1",
            "title": say("Çfarë shihet deri tani", "What is seen so far"),
            "result": say("4 tregues të pranishëm", "4 indicators present"),
            "says": say("Dyshimi i arsyeshëm kërkon të paktën 3.", "Reasonable suspicion asks for at least 3."),
            "you": say("Vendosni ju, me arsyen tuaj.", "You decide, with your reason."),
            "present_title": say("Të pranishëm", "Present"),
            "present": [say("Dokumentet ia mban dikush tjetër.", "Somebody else keeps the documents.")],
            "elements_title": say("Elementet ligjore", "Legal elements"),
            "elements": [
                {"term": say("Veprimi", "Act"), "text": say("i pranishëm", "present")},
                {"term": say("Mjeti", "Means"), "text": say("i pranishëm", "present")},
                {"term": say("Qëllimi", "Purpose"), "text": say("ende pa tregues", "no indicator yet"), "open": True},
            ],
            "open_title": say("Ende e hapur", "Still open"),
            "open": [say("Puna dhe pagesa: 6 tregues nuk janë pyetur.", "Work and pay: 6 indicators not asked.")],
            "source": say("Lista e treguesve 0.1.0 (e përkohshme)", "Indicator list 0.1.0 (provisional)"),
        },
    }


def shelter(say: Say) -> dict[str, Any]:
    return {
        "presence_items": [
            {"id": "p1", "name": "presence.1", "label": "Arta", "more": say("Dhoma 1", "Room 1"), "value": "in"},
            {"id": "p2", "name": "presence.2", "label": "Dafina", "more": say("Dhoma 2", "Room 2"), "value": "out"},
        ],
        "service_picks": {
            "name": "sample_service",
            "legend": say("Çfarë", "What"),
            "options": [
                {"value": "food", "label": say("Ushqim", "Food")},
                {"value": "skills", "label": say("Shkathtësi jetësore", "Life skills"), "checked": True},
            ],
        },
        "people_picks": {
            "name": "sample_people",
            "legend": say("Kush", "Who"),
            "many": True,
            "all_label": say("Zgjidh të gjithë të pranishmit", "Choose everyone present"),
            "options": [
                {"value": "1", "label": "Arta", "checked": True},
                {"value": "2", "label": "Besiana", "checked": True},
                {"value": "3", "label": "Dafina"},
            ],
        },
        "says": (say("Regjistro", "Record"), say("Regjistro për 1 person", "Record for 1 person"),
                 say("Regjistro për %s veta", "Record for %s people")),
        "bed_plan_item": {
            "label": say("Plani i shtretërve, 7 net", "Bed plan, 7 nights"),
            "nights": [
                {"label": dates.night(date(2026, 11, 24) + timedelta(days=n), say.lang), "current": n == 0}
                for n in range(7)
            ],
            "beds": [
                {"label": "1A", "room": True, "spans": [
                    {"nights": 7, "kind": "here", "text": "Arta", "before": True, "after": True}]},
                {"label": "4B", "room": True, "spans": [
                    {"nights": 1, "kind": "held", "text": "R8TD"}, {"nights": 6, "kind": "free"}]},
                {"label": "5B", "spans": [{"nights": 3, "kind": "out"}, {"nights": 4, "kind": "free"}]},
            ],
        },
        "tonight_beds": [
            {"label": "1A", "kind": "here", "text": "Arta"},
            {"label": "3B", "kind": "free"},
            {"label": "4B", "kind": "held", "text": say("R8TD, deri në 18:00", "R8TD, until 18:00")},
            {"label": "5B", "kind": "out"},
        ],
        "month_sheet": {
            "title": dates.month(date(2026, 11, 1), say.lang).capitalize(),
            "days": [{"label": str(n), "weekend": n in (21, 22)} for n in range(16, 25)],
            "rows": [
                {"label": say("Net qëndrimi", "Nights"), "cells": [8, 8, 8, 8, 7, 7, 7, 7, 7], "total": 181},
                {"label": say("Këshillim", "Counselling"), "cells": [2, 0, 3, 1, 2, 0, None, 2, 1], "total": 29},
            ],
        },
    }  # fmt: skip
