"""Everything that can happen in a case or fall due has its words, in both languages."""

import ast
from pathlib import Path

import pytest

import app.services
from app.domain.case_tracks import STATUS_KINDS
from app.domain.milestones import BY_HAND, REVEAL_REVIEWED
from app.domain.policy import Role
from app.jurisdictions.loader import profiles
from app.texts import LANGUAGES, has_text, text
from app.web.case_words import event_title, lower, short_code, status_short, task_do, task_href, task_what, who

SERVICES = Path(app.services.__file__).parent
PROFILES = profiles().all()


def _literals(node: ast.expr) -> set[str]:
    """Return the texts an expression can be: a literal, either side of a conditional, the values of a table."""
    if isinstance(node, ast.IfExp):
        return _literals(node.body) | _literals(node.orelse)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
        return {kind for value in node.value.values for kind in _literals(value)}
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def recorded_kinds() -> set[str]:
    """Return every kind of event that a service names when it records one."""
    found: set[str] = set()
    for file in SERVICES.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record_event" and len(node.args) > 2:
                found |= _literals(node.args[2])
    return found


def test_every_event_that_services_record_has_a_name() -> None:
    kinds = recorded_kinds()
    assert {"FIRST_CONTACT", "handed_over", "identity_revealed", "consent_withdrawn", "SERVICE_DELIVERED"} <= kinds
    unknown = {language: text("events.unknown", language) for language in LANGUAGES}
    for profile in PROFILES:
        nameless = {
            kind
            for kind in kinds
            for language in LANGUAGES
            if event_title(kind, profile, language) == unknown[language]
        }
        assert nameless == set()


def test_what_can_fall_due_says_what_to_do_and_what_is_awaited() -> None:
    events = {rule.to_event for profile in PROFILES for rule in profile.deadline_rules.values()} | {REVEAL_REVIEWED}
    for event in events:
        assert has_text(f"tasks.do.{event}") and has_text(f"tasks.what.{event}"), event
    assert {task_do("SOMETHING", language) for language in LANGUAGES} == {
        "Shëno hapin që pritet",
        "Record the awaited step",
    }
    assert task_what(None, "en") == "The awaited step"


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: f"{p.jurisdiction} {p.version}")
def test_milestones_and_statuses_are_codes_of_the_profile(profile: object) -> None:
    found = next(p for p in PROFILES if p is profile)
    assert all(found.code_list("case_event").get(code) is not None for code in BY_HAND)
    assert all(has_text(f"glossary.status.{code}") for code in found.status_labels)
    own = {kind for kind in STATUS_KINDS if kind.isupper()} - {"APPEALED", "RECONSIDERED", "RETRACTED"}
    assert all(found.code_list("case_event").get(code) is not None for code in own)
    assert status_short("VMT", found, "sq") == {"text": "VMT", "tag": "status"}
    assert status_short("AT_RISK", found, "en")["tag"] == "plain"


@pytest.mark.parametrize(
    ("sex", "is_child", "in_doubt", "band", "words"),
    [
        ("FEMALE", False, False, "Y5_25_29", "Grua, 25–29 vjeç"),
        ("MALE", True, False, "Y5_10_14", "Djalë, 10–14 vjeç"),
        ("FEMALE", True, True, "Y5_15_17", "Vajzë, moshë në dyshim, trajtohet si fëmijë"),
        ("UNKNOWN", True, False, "AGE_UNKNOWN", "Fëmijë, mosha e panjohur"),
        ("UNKNOWN", False, False, "ADULT", "Person i rritur"),
    ],
)
def test_who_it_is_without_a_name(sex: str, is_child: bool, in_doubt: bool, band: str, words: str) -> None:
    row = {"sex": sex, "is_child": is_child, "age_in_doubt": in_doubt, "age_group": band}
    assert who(row, profiles().current("AL"), "sq") == words


def test_words_in_the_middle_of_a_line() -> None:
    assert lower("Arabisht") == "arabisht"
    assert lower("NJL Berat") == "NJL Berat"
    assert short_code("AL-26-R8TD7K") == "R8TD7K"


@pytest.mark.parametrize(
    ("event", "role", "leads_to"),
    [
        ("INITIAL_ID_DECIDED", Role.MOBILE_UNIT_OFFICER, "/cases/1/identification"),
        ("INITIAL_ID_DECIDED", Role.RESPONSIBLE_AUTHORITY, "/cases/1"),
        ("REFERRAL_SENT", Role.CASE_MANAGER, "/cases/1/referrals/new"),
        ("REFERRAL_SENT", Role.SHELTER_STAFF, "/cases/1"),
        ("REFERRAL_ANSWERED", Role.SHELTER_STAFF, "/referrals/2"),
        ("NEEDS_ASSESSED", Role.CASE_MANAGER, "/cases/1/milestones?code=NEEDS_ASSESSED"),
        ("NEEDS_ASSESSED", Role.SHELTER_STAFF, "/cases/1"),
        ("reveal_reviewed", Role.MOBILE_UNIT_OFFICER, "/cases/1/milestones?code=reveal_reviewed"),
        ("REPORT_SUBMITTED", Role.MOBILE_UNIT_OFFICER, "/cases/1"),
    ],
)
def test_a_task_leads_to_where_its_reader_can_do_it(event: str, role: Role, leads_to: str) -> None:
    assert task_href({"event": event, "case_id": 1, "subject_id": 2}, role) == leads_to
