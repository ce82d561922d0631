"""The decision letter: set once in a language, kept as it was, handed over and explained."""

import base64
import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, insert

from app.domain.durations import parse_duration
from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.formal_identification import HandOverLetter, MakeLetter
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid, NotFound
from app.domain.profile import UnknownEntry
from app.paper import frame_of, typeset_in_thread
from app.services.events import record_event
from app.services.formal_decisions import appeal_until
from app.services.formal_identification import SUBJECT, Procedure, end_team, find, for_act, load, written
from app.services.formal_team import open_to
from app.services.unit_of_work import UnitOfWork
from app.storage.formal_identification import formal_handing_over, formal_letter
from app.texts import text

LETTER = "FORMAL_DECISION"
TABLE = "casework.formal_letter"
_STATES = ("decided", "appealed", "reconsidering")


async def make_letter(unit: UnitOfWork, procedure_id: UUID, form: MakeLetter) -> UUID:
    """Set the letter of the latest decision in a language and keep it; returns its id. Asked again, it is the same
    letter: its bytes never change."""
    found = await for_act(unit, procedure_id, "formal.letter", *_STATES)
    case_id, decision = found.case["id"], found.decision
    if decision is None:
        raise Conflict("formal.not_now.open", case_id=case_id)
    if form.letter_language not in found.profile.languages.ui:
        raise Invalid.one("letter_language", "field.unknown_choice")
    made = next(
        (
            row
            for row in found.letters
            if row["formal_decision_id"] == decision["id"] and row["language"] == form.letter_language
        ),
        None,
    )
    if made is not None:
        unit.audit("formal.letter", subject_kind=SUBJECT, subject_id=procedure_id, cases=[case_id], outcome="repeated")
        return UUID(str(made["id"]))
    try:
        letter = found.profile.letter(LETTER)
    except UnknownEntry as missing:
        raise Conflict("formal.no_letter", case_id=case_id) from missing
    content = await typeset_in_thread(
        "letter", letter_data(found, decision, form.letter_language, unit.now), form.letter_language
    )
    row_id = uuid7()
    sealed = await unit.seal_for_case(case_id, TABLE, row_id, {"content": base64.b64encode(content).decode()})
    await unit.execute(
        insert(formal_letter).values(
            **written(unit, found, row_id),
            **sealed,
            formal_decision_id=decision["id"],
            language=form.letter_language,
            template_version=letter.version,
            sha256=hashlib.sha256(content).hexdigest(),
        )
    )
    unit.audit(
        "formal.letter",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[case_id],
        changed=["letters"],
        step="letter_made",
        letter=str(row_id),
        language=form.letter_language,
    )
    return row_id


def letter_data(found: Procedure, decision: RowMapping, language: str, made_at: datetime) -> dict[str, Any]:
    """Return what is printed: the profile's words for this result, who signed, and the digest of what was signed.

    No name of the person: the letter carries the code, and leaves a line for the name to be written by hand.
    """
    profile = found.profile
    letter = profile.letter(LETTER)
    said = {
        "code": found.case["code"],
        "number": decision["number"],
        "day": _day(decision["decided_at"], profile.timezone),
        "result": profile.label("victim_status", decision["result"], language),
        "appeal": appeal_words(found, language),
        "organisation": profile.formal.name.text(language),
    }
    parts = [
        {
            **({"heading": part.heading.text(language)} if part.heading else {}),
            "paragraphs": [part.text.text(language).format_map(said)],
            "to_confirm": part.code == "APPEAL_TERM" and _appeal_unconfirmed(found),
        }
        for part in letter.parts_for(decision["result"])
        if part.code != "APPEAL_TERM" or said["appeal"]
    ]
    kinds = {one.row["id"]: one.row for one in found.members}
    signed = next(row for row in found.proposals if row["id"] == decision["formal_proposal_id"])
    acts = [act for act in profile.legal_frame if act.code in signed["legal_basis"]]
    signatures = [
        {
            "role": profile.label("organisation_kind", kinds[row["formal_member_id"]]["kind"], language),
            "name": kinds[row["formal_member_id"]][f"name_{language}"],
            "signed": text(
                "formal_identification.letter.signed", language, day=_day(row["signed_at"], profile.timezone)
            ),
        }
        for row in found.signatures_of(decision["formal_proposal_id"])
    ]
    words = {
        key: text(f"formal_identification.letter.{key}", language)
        for key in ("name", "number", "date", "basis", "digest")
    }
    return {
        "frame": frame_of(
            title=letter.title.text(language),
            # the file itself keeps whole seconds
            made_at=made_at.replace(microsecond=0),
            organisation=said["organisation"],
            reference=found.case["code"],
            provisional=text("formal_identification.letter.provisional", language) if letter.status != "found" else "",
            foot=text("formal_identification.letter.foot", language),
        ),
        "addressee": f"{words['name']}: ______________________________",
        "facts": [
            {"label": words["number"], "value": decision["number"]},
            {"label": words["date"], "value": said["day"]},
            {"label": words["basis"], "value": ", ".join(act.title.text(language) for act in acts)},
            {"label": words["digest"], "value": decision["content_sha256"]},
        ],
        "parts": parts,
        "signatures": signatures,
    }


def _day(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).strftime("%d.%m.%Y")


def _appeal_unconfirmed(found: Procedure) -> bool:
    rule = found.profile.formal.appeal
    return rule is not None and rule.status != "found"


def appeal_words(found: Procedure, language: str) -> str:
    """Return how long the person may appeal, in words; empty where the profile knows no number."""
    rule = found.profile.formal.appeal
    if rule is None or rule.duration is None:
        return ""
    length = parse_duration(rule.duration)
    parts = (("months", length.months), ("days", length.days))
    return " ".join(text(f"formal_identification.span.{key}", language, n=n) for key, n in parts if n)


async def read_letter(unit: UnitOfWork, procedure_id: UUID, letter_id: UUID) -> tuple[RowMapping, bytes]:
    """Return a letter's row and its very bytes; the read is written down."""
    row = await find(unit, procedure_id)
    case = await unit.case(row["case_id"], "formal.letter")
    found = await load(unit, row, case)
    letter = next((one for one in found.letters if one["id"] == letter_id), None)
    if letter is None:
        raise NotFound("formal.unknown_letter", case_id=case["id"])
    kept = await unit.open_for_case(case["id"], TABLE, dict(letter), "content")
    unit.audit(
        "formal.letter", subject_kind="formal_letter", subject_id=letter_id, cases=[case["id"]], step="letter_read"
    )
    return letter, base64.b64decode(str(kept["content"]))


async def hand_over(unit: UnitOfWork, procedure_id: UUID, form: HandOverLetter) -> UUID:
    """Write down when, how and to whom a letter was handed over, and whether it was explained; returns the entry's id.

    The time to appeal counts from here. What the team sees of the case ends with that time.
    """
    found = await for_act(unit, procedure_id, "formal.letter", *_STATES)
    case_id, decision = found.case["id"], found.decision
    letter = next((row for row in found.letters if row["id"] == form.letter_id), None)
    if letter is None or decision is None:
        raise Invalid.one("letter_id", "formal.unknown_letter")
    check_codes(form, found.profile)
    check_past("given_at", form.given_at, unit.now)
    own = next(d for d in found.decisions if d["id"] == letter["formal_decision_id"])
    if form.given_at < own["decided_at"].replace(second=0, microsecond=0):
        raise Invalid.one("given_at", "formal.given_before_decision")
    given_at = min(max(form.given_at, own["decided_at"]), unit.now)
    row_id = uuid7()
    await unit.execute(
        insert(formal_handing_over).values(
            **written(unit, found, row_id),
            **await unit.seal_for_case(case_id, "casework.formal_handing_over", row_id, {"note": form.hand_over_note}),
            formal_letter_id=form.letter_id,
            given_at=given_at,
            way=form.way,
            recipient=form.recipient,
            language=form.explained_in,
            interpreter=form.interpreter,
            explained=form.explained,
            refused_to_take=form.refused_to_take,
        )
    )
    await record_event(
        unit,
        found.case,
        "FORMAL_LETTER_GIVEN",
        given_at,
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        explained=form.explained,
        refused=form.refused_to_take,
    )
    unit.audit(
        "formal.letter",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        cases=[case_id],
        changed=["handings"],
        step="handed_over",
        letter=str(form.letter_id),
        recipient=form.recipient,
    )
    if found.row["state"] == "decided":
        await _end_team_later(unit, await load(unit, found.row, found.case))
    return row_id


async def _end_team_later(unit: UnitOfWork, found: Procedure) -> None:
    """Give the team's sight of the case an end: the time to appeal, at once where the profile knows no number."""
    until = appeal_until(found)
    everybody = {
        one.row["member_account_id"]
        for one in found.members
        if one.member.takes_part and one.row["member_account_id"] is not None
    }
    await end_team(unit, found.id, keep=await _open_until(unit, found, everybody, until))


async def _open_until(unit: UnitOfWork, found: Procedure, accounts: set[UUID], until: datetime | None) -> list[UUID]:
    if until is None or until <= unit.now:
        return []
    return [await open_to(unit, found, account_id, until) for account_id in sorted(accounts)]
