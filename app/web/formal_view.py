"""The formal identification in words: how it stands, what comes next and for whom, what lies in the file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.formal_identification import elements_of, missing_signatures, vacant
from app.domain.policy import may
from app.services.exploitations import standing
from app.services.formal_decisions import appeal_until
from app.services.formal_identification import UNDECIDED, MemberRow, Procedure
from app.services.unit_of_work import UnitOfWork
from app.storage.identifications import identification, observation
from app.storage.notes import note
from app.texts import text
from app.web import dates

_SHOWN = 60
"""At most so many notes and observations are offered to rest a finding on; others are named through the interface."""


def t(key: str, language: str, **params: Any) -> str:
    """Return a text of this concept."""
    return text(f"formal_identification.{key}", language, **params)


def kinds_in_words(found: Procedure, kinds: Sequence[str], language: str) -> str:
    """Return kinds of organisation in words."""
    return ", ".join(found.profile.label("organisation_kind", kind, language) for kind in kinds)


def when(unit: UnitOfWork, found: Procedure, at: datetime, language: str) -> str:
    """Return a time as people say it, in the zone of the case."""
    return dates.spoken(at, unit.now, language, tz=found.profile.timezone)


def missing(found: Procedure) -> tuple[str, ...]:
    """Return the kinds whose signature the decision waits for."""
    votes = found.votes(found.proposal["id"]) if found.proposal is not None else []
    return missing_signatures(found.team, found.team_members, votes)


def summary_rows(unit: UnitOfWork, found: Procedure, language: str) -> list[dict[str, Any]]:
    """Return how a procedure stands, each row with the page where it is done."""
    here = f"/formal/{found.id}"
    lead = may(unit.actor.role, "formal.lead")
    empty = vacant(found.team, found.team_members)
    elements = elements_of(found.profile, found.child)
    asked = t(
        "rows.requested_text",
        language,
        when=when(unit, found, found.row["requested_at"], language),
        who=t(f"choices.requested_by.{found.row['requested_by']}", language),
    )
    rows = [
        ("state", t(f"state.{found.row['state']}", language), ""),
        ("requested", asked, ""),
        (
            "team",
            t("rows.team_vacant", language, kinds=kinds_in_words(found, empty, language))
            if empty
            else t("rows.team_complete", language),
            "team",
        ),
        ("interviews", _interviews(unit, found, language), "interview"),
        (
            "grounds",
            t("rows.grounds_text", language, n=len([e for e in elements if e in found.findings]), of=len(elements)),
            "grounds",
        ),
        ("proposal", _proposal(unit, found, language), "proposal"),
    ]
    if found.proposal is not None:
        waiting = missing(found)
        said = t("rows.signatures_missing", language, kinds=kinds_in_words(found, waiting, language))
        rows.append(("signatures", said if waiting else t("rows.signatures_all", language), "sign"))
    rows.append(("decision", _decision(unit, found, language), "decision"))
    if found.decision is not None:
        rows.append(("letter", _letter(unit, found, language), "letter"))
    made = [
        {"term": t(f"rows.{key}", language), "text": said, "href": f"{here}/{page}" if page and lead else None}
        for key, said, page in rows
    ]
    return made + _reviews(unit, found, language)


def _interviews(unit: UnitOfWork, found: Procedure, language: str) -> str:
    if not found.interviews:
        return t("rows.interviews_none", language)
    last = when(unit, found, found.interviews[-1]["occurred_at"], language)
    return t("rows.interviews_text", language, n=len(found.interviews), when=last)


def _proposal(unit: UnitOfWork, found: Procedure, language: str) -> str:
    proposal = found.proposal
    if proposal is None:
        return t("rows.proposal_none", language)
    result = found.profile.label("victim_status", proposal["result"], language)
    return t("rows.proposal_text", language, result=result, when=when(unit, found, proposal["proposed_at"], language))


def _decision(unit: UnitOfWork, found: Procedure, language: str) -> str:
    decision = found.decision
    if decision is None:
        return t("rows.decision_none", language)
    return t(
        "rows.decision_text",
        language,
        result=found.profile.label("victim_status", decision["result"], language),
        when=when(unit, found, decision["decided_at"], language),
        number=decision["number"],
    )


def _letter(unit: UnitOfWork, found: Procedure, language: str) -> str:
    given = found.handed_over
    if given is not None:
        key = "letter_refused" if given["refused_to_take"] else "letter_given"
        return t(f"rows.{key}", language, when=when(unit, found, given["given_at"], language))
    return t("rows.letter_made" if found.letters_now else "rows.letter_none", language)


def _reviews(unit: UnitOfWork, found: Procedure, language: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    until, rule = appeal_until(found), found.profile.formal.appeal
    if until is not None and rule is not None and found.row["state"] == "decided":
        key = "appeal_until" if rule.status == "found" else "appeal_unconfirmed"
        said = t(f"rows.{key}", language, when=dates.day(until, language, tz=found.profile.timezone))
        rows.append({"term": t("rows.appeal", language), "text": said})
    for row in found.reviews:
        moment = when(unit, found, row["occurred_at"], language)
        if row["kind"] == "appeal":
            key = "appeal_late" if row["late"] else "appeal_made"
            rows.append({"term": t("rows.appeal", language), "text": t(f"rows.{key}", language, when=moment)})
        else:
            rows.append({"term": t("rows.reconsideration", language), "text": moment})
    return rows


def next_steps(unit: UnitOfWork, found: Procedure, language: str) -> list[dict[str, Any]]:
    """Return what comes next: for the actor where they are of the team, else what the team does."""
    here = f"/formal/{found.id}"
    steps = [(step, f"{here}/{page}") for step, page in _steps(unit, found)]
    return [{"title": t(f"next.{step}", language), "href": href} for step, href in steps]


def _steps(unit: UnitOfWork, found: Procedure) -> list[tuple[str, str]]:
    state = found.row["state"]
    if state == "appealed":
        return [("reconsider", "reconsideration")]
    if state == "decided":
        return _letter_steps(found)
    if state not in UNDECIDED:
        return []
    own = found.own(unit.actor.account_id)
    if own is not None and own.declaration == "open":
        return [("declare", "conflict")]
    steps: list[tuple[str, str]] = [("team", "team")] if vacant(found.team, found.team_members) else []
    if not found.interviews:
        return [*steps, ("interview", "interview")]
    if any(element not in found.findings for element in elements_of(found.profile, found.child)):
        return [*steps, ("grounds", "grounds")]
    if found.proposal is None:
        return [*steps, ("propose", "proposal")]
    if not missing(found):
        return [*steps, ("decide", "decision")]
    signed = {row["formal_member_id"] for row in found.signatures_of(found.proposal["id"])}
    mine = own is not None and own.row["kind"] in found.team.required and own.row["id"] not in signed
    return [*steps, ("sign" if mine else "wait", "sign")]


def _letter_steps(found: Procedure) -> list[tuple[str, str]]:
    if not found.letters_now:
        return [("letter", "letter")]
    return [("hand_over", "letter")] if found.handed_over is None else []


def member_name(found: Procedure, one: MemberRow, language: str) -> str:
    """Return who a member is: a colleague's name, the name written for an officer outside, or the organisation."""
    row = one.row
    return str(row["display_name"] or found.text("formal_member", row, "outside_name") or row[f"name_{language}"])


def member_rows(unit: UnitOfWork, found: Procedure, language: str) -> list[dict[str, Any]]:
    """Return the members in words, then the seats that are still empty."""
    rows = []
    for one in found.members:
        if one.row["removed_at"] is not None:
            said = t("team.left", language)
        elif one.row["member_account_id"] is None:
            said = t("team.outside", language)
        else:
            said = t(f"team.declared_{one.declaration}", language)
        kind = found.profile.label("organisation_kind", one.row["kind"], language)
        rows.append(
            {
                "id": one.row["id"],
                "term": member_name(found, one, language),
                "text": f"{one.row[f'name_{language}']} · {kind} · {said}",
                "may_leave": one.member.takes_part,
            }
        )
    for kind in vacant(found.team, found.team_members):
        label = found.profile.label("organisation_kind", kind, language)
        rows.append({"id": None, "term": t("team.seat", language), "text": label, "may_leave": False})
    return rows


async def evidence_options(unit: UnitOfWork, found: Procedure, language: str) -> list[dict[str, Any]]:
    """Return what lies in the file, to rest a finding on: situations, indicators seen, interviews, identifications,
    notes by their date alone."""
    profile, case_id = found.profile, found.case["id"]

    def option(kind: str, row_id: UUID, **said: Any) -> dict[str, Any]:
        return {"value": f"{kind}:{row_id}", "label": t(f"grounds.evidence.{kind}", language, **said)}

    options = [
        option(
            "exploitation",
            row["id"],
            what=", ".join(profile.label("form_of_exploitation", one, language) for one in row["forms"]),
        )
        for row in await standing(unit, case_id)
    ]
    options += [
        option("formal_interview", row["id"], n=row["number"], when=when(unit, found, row["occurred_at"], language))
        for row in found.interviews
    ]
    begun = select(identification.c.id, identification.c.started_at).where(identification.c.case_id == case_id)
    options += [
        option("identification", row["id"], when=when(unit, found, row["started_at"], language))
        for row in (await unit.execute(begun.order_by(identification.c.id))).mappings()
    ]
    seen = (
        select(observation.c.id, observation.c.set_id, observation.c.code)
        .where(observation.c.case_id == case_id, observation.c.answer.not_in(("no", "unknown", "not_asked")))
        .order_by(observation.c.id)
        .limit(_SHOWN)
    )
    for row in (await unit.execute(seen)).mappings():
        chosen = profile.indicator_sets.get(row["set_id"])
        indicator = chosen.indicators.get(row["code"]) if chosen else None
        options.append(
            option("observation", row["id"], what=indicator.text.text(language) if indicator else row["code"])
        )
    noted = select(note.c.id, note.c.written_at).where(note.c.case_id == case_id).order_by(note.c.id.desc())
    options += [
        option("note", row["id"], when=when(unit, found, row["written_at"], language))
        for row in (await unit.execute(noted.limit(_SHOWN))).mappings()
    ]
    return options


def ground_rows(found: Procedure, language: str) -> list[dict[str, Any]]:
    """Return the findings in words, element by element."""
    rows = []
    for element in elements_of(found.profile, found.child):
        row = found.findings.get(element)
        said = t("grounds.not_yet", language)
        if row is not None:
            rests = t("grounds.rests_on", language, n=len(row["evidence"]))
            said = f"{t('choices.finding.' + row['finding'], language)} · {rests}"
        rows.append(
            {
                "term": t(f"choices.element.{element}", language),
                "text": said,
                "href": f"/formal/{found.id}/grounds?element={element}",
            }
        )
    return rows
