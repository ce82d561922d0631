"""Proceedings against the person: recorded by milestones, flagged where begun before identification, told, followed.

Legal data: who holds that class of the case. The authority sees how many there are and how old, and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, insert, select, text, update

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.proceedings import (
    RecordNotice,
    RecordOutcome,
    RecordPhase,
    RecordProceeding,
    RetractProceeding,
)
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, NotFound
from app.domain.proceedings import begun_before, check_begun, check_outcome, check_step, notice, outcome_of
from app.services.events import record_event, standing_events
from app.services.notes import keep_note
from app.services.reference import require_organisation
from app.services.referral_steps import case_frame
from app.services.tasks import take_back
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_event
from app.storage.proceedings import proceeding, proceeding_notice, proceeding_step

TABLE = "casework.proceeding"
NOTICE = "casework.proceeding_notice"
LEGAL = DataClass.LEGAL


@dataclass(frozen=True, slots=True)
class Proceeding:
    """Proceedings as they stand. `before`: begun before identification, None while nobody identified the person.

    `details`: the offence in a few words and the body's reference, opened. `taken_back`: recorded by mistake.
    """

    row: RowMapping
    steps: Sequence[RowMapping]
    notices: Sequence[RowMapping]
    details: Mapping[str, str]
    before: bool | None
    phase: str
    outcome: str
    taken_back: bool


@dataclass(frozen=True, slots=True)
class Proceedings:
    """Every one of a case, the newest first, and when the person was identified."""

    case: RowMapping
    identified_on: date | None
    items: Sequence[Proceeding]


async def identified_on(unit: UnitOfWork, case: RowMapping) -> date | None:
    """Return the day of the first standing finding that the person is a victim, None where there is none."""
    kinds = ("INITIAL_ID_DECIDED", "FORMAL_DECIDED", "RECONSIDERED", "RETRACTED")
    query = select(case_event).where(case_event.c.case_id == case["id"], case_event.c.kind.in_(kinds))
    rows = [*(await unit.execute(query)).mappings()]
    replaced = {row["corrects"] for row in rows if row["corrects"] is not None}
    found = [
        row["occurred_at"]
        for row in standing_events(rows)
        if row["id"] not in replaced
        and row["facts"].get("result") == ("VMT" if row["kind"] == "INITIAL_ID_DECIDED" else "VT")
    ]
    zone = ZoneInfo(unit.profile_of(case).timezone)
    return min(found).astimezone(zone).date() if found else None


async def read_proceedings(unit: UnitOfWork, case_id: UUID) -> Proceedings:
    """Return the proceedings against the person with their steps and notices."""
    case = await unit.case(case_id, "proceedings.read")
    found = await _read(unit, case)
    unit.audit("proceedings.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(found.items))
    return found


async def _read(unit: UnitOfWork, case: RowMapping) -> Proceedings:
    rows = await _rows(unit, proceeding, case["id"])
    steps, notices = await _rows(unit, proceeding_step, case["id"]), await _rows(unit, proceeding_notice, case["id"])
    known = await identified_on(unit, case)
    items: list[Proceeding] = []
    for row in reversed(rows):
        own = sorted((s for s in steps if s["proceeding_id"] == row["id"]), key=lambda s: (s["on_day"], s["id"]))
        opened = (await unit.open_for_case(case["id"], TABLE, {**row}, "details"))["details"]
        phases = [s["phase"] for s in own if s["phase"] is not None]
        outcomes = [s["outcome"] for s in own if s["outcome"] is not None]
        items.append(
            Proceeding(
                row=row,
                steps=own,
                notices=[n for n in notices if n["proceeding_id"] == row["id"]],
                details=opened or {},
                before=begun_before(row["begun_on"], known),
                phase=phases[-1] if phases else "UNKNOWN",
                outcome=outcomes[-1] if outcomes else "pending",
                taken_back=any(s["kind"] == "retracted" for s in own),
            )
        )
    return Proceedings(case, known, items)


async def _rows(unit: UnitOfWork, table: Any, case_id: UUID) -> list[RowMapping]:
    return list((await unit.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.id))).mappings())


async def record_proceeding(unit: UnitOfWork, case_id: UUID, form: RecordProceeding) -> UUID:
    """Record that proceedings were begun against the person; the same client-made id again returns the same record.

    Where they were begun before the identification they are flagged at once: telling the body is then due.
    """
    case = await unit.case(case_id, "proceedings.record", lock=True)
    profile = unit.profile_of(case)
    if form.id is not None and any(row["id"] == form.id for row in await _rows(unit, proceeding, case_id)):
        unit.audit(
            "proceedings.record", subject_kind="proceeding", subject_id=form.id, cases=[case_id], outcome="repeated"
        )
        return form.id
    _check_open(case)
    check_codes(form, profile)
    body = await require_organisation(unit, form.body_org_id, "body_org_id")
    said = form.offence != "OTHER" or bool(form.offence_text)
    check_begun(profile, form.kind, form.begun_on, _today(unit, case), body["kind"], said)
    made = form.id or uuid7()
    details = {key: value for key in ("offence_text", "their_reference") if (value := getattr(form, key))}
    await unit.execute(
        insert(proceeding).values(
            id=made,
            jurisdiction=case["jurisdiction"],
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            kind=form.kind,
            begun_on=form.begun_on,
            body_org_id=body["id"],
            offence=form.offence,
            **await unit.seal_for_case(case_id, TABLE, made, {"details": details or None}),
        )
    )
    await _step(unit, case_id, made, "phase", form.begun_on, phase=form.phase, outcome="pending")
    facts = {"begun_on": form.begun_on.isoformat(), "legal_event": form.kind, "offence": form.offence}
    begun = datetime.combine(form.begun_on, time(), ZoneInfo(profile.timezone))
    await _tell(unit, case, "proceedings_begun", begun, made, **facts, phase=form.phase, body_kind=body["kind"])
    if begun_before(form.begun_on, await identified_on(unit, case)):
        await _tell(unit, case, "PROCEEDINGS_FLAGGED", unit.now, made, begun_on=form.begun_on.isoformat())
    _audit(unit, case_id, made, 1, "begun")
    return made


def _check_open(case: RowMapping) -> None:
    if case["state"] == "closed":
        raise Conflict("proceedings.case_closed", case_id=case["id"])


def _today(unit: UnitOfWork, case: RowMapping) -> date:
    return unit.now.astimezone(ZoneInfo(unit.profile_of(case).timezone)).date()


async def _tell(unit: UnitOfWork, case: RowMapping, kind: str, at: datetime, proceeding_id: UUID, **facts: Any) -> None:
    await record_event(
        unit, case, kind, at, data_class=LEGAL, subject_kind="proceeding", subject_id=proceeding_id, **facts
    )


async def _begin(
    unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, expected: int | None
) -> tuple[RowMapping, Proceeding, date | None]:
    """Return case and proceedings for a step, under their version."""
    case = await unit.case(case_id, "proceedings.record", lock=True)
    found = await _read(unit, case)
    item = next((one for one in found.items if one.row["id"] == proceeding_id), None)
    if item is None:
        raise unknown()
    await unit.check_version(proceeding_id, item.row["version"], expected)
    _check_open(case)
    if item.taken_back:
        raise Conflict("proceedings.taken_back")
    return case, item, found.identified_on


def unknown() -> NotFound:
    """Return the refusal of proceedings that are none of this case."""
    return NotFound("proceedings.unknown")


async def record_phase(
    unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, form: RecordPhase, expected: int | None
) -> None:
    """Record the phase that the proceedings have come to."""
    case, item, _ = await _begin(unit, case_id, proceeding_id, expected)
    check_codes(form, unit.profile_of(case))
    check_step(item.row["begun_on"], form.on_day, _today(unit, case))
    await _step(unit, case_id, proceeding_id, "phase", form.on_day, phase=form.phase)
    await _changed(unit, item.row, "phase")


async def record_outcome(
    unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, form: RecordOutcome, expected: int | None
) -> None:
    """Record what became of them: dropped, not punished, acquitted, convicted, or another step on the way."""
    case, item, known = await _begin(unit, case_id, proceeding_id, expected)
    profile = unit.profile_of(case)
    check_codes(form, profile)
    check_outcome(profile, form.event)
    check_step(item.row["begun_on"], form.on_day, _today(unit, case))
    outcome = outcome_of(profile, form.event)
    note_id = await keep_note(unit, case_id, form.note, LEGAL) if form.note else None
    await _step(
        unit, case_id, proceeding_id, "outcome", form.on_day, event=form.event, outcome=outcome, note_id=note_id
    )
    at = datetime.combine(form.on_day, time(), ZoneInfo(profile.timezone))
    before = begun_before(item.row["begun_on"], known)
    await _tell(unit, case, "proceedings_outcome", at, proceeding_id, outcome=outcome, legal_event=form.event,
                before=before)  # fmt: skip
    await _changed(unit, item.row, "outcome")


@dataclass(frozen=True, slots=True)
class NoticePreview:
    """Exactly what a body will be told. `their_reference`: the body's own number, None where it is not known."""

    case: RowMapping
    row: RowMapping
    contents: Mapping[str, Any]
    their_reference: str | None


async def preview_notice(unit: UnitOfWork, case_id: UUID, proceeding_id: UUID) -> NoticePreview:
    """Return exactly what the competent body would be told now, before anything is sent."""
    case = await unit.case(case_id, "proceedings.record")
    found = await _read(unit, case)
    item = next((one for one in found.items if one.row["id"] == proceeding_id), None)
    if item is None:
        raise unknown()
    unit.audit("proceedings.read", subject_kind="proceeding", subject_id=proceeding_id, cases=[case_id])
    return _preview(unit, case, item, found.identified_on)


def _preview(unit: UnitOfWork, case: RowMapping, item: Proceeding, known: date | None) -> NoticePreview:
    theirs = item.details.get("their_reference")
    contents = notice(unit.profile_of(case), case["code"], case["status"], known, theirs is not None)
    return NoticePreview(case, item.row, contents, theirs)


async def record_notice(
    unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, form: RecordNotice, expected: int | None
) -> UUID:
    """Record that the competent body was told, when, how, and exactly what; the task that waited for it is met."""
    case, item, known = await _begin(unit, case_id, proceeding_id, expected)
    check_past("sent_at", form.sent_at, unit.now)
    told = _preview(unit, case, item, known)
    made = uuid7()
    await unit.execute(
        insert(proceeding_notice).values(
            id=made,
            proceeding_id=proceeding_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            body_org_id=item.row["body_org_id"],
            channel=form.channel,
            sent_at=form.sent_at,
            person_told=form.person_told,
            contents=dict(told.contents),
            **await unit.seal_for_case(case_id, NOTICE, made, {"their_reference": told.their_reference}),
        )
    )
    await _tell(unit, case, "COMPETENT_BODY_NOTIFIED", form.sent_at, proceeding_id, channel=form.channel)
    await _changed(unit, item.row, "notice")
    return made


async def retract_proceeding(
    unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, form: RetractProceeding, expected: int | None
) -> None:
    """Take back a record made by mistake; it stays readable and counts no longer."""
    case, item, _ = await _begin(unit, case_id, proceeding_id, expected)
    note_id = await keep_note(unit, case_id, form.reason, LEGAL)
    query = select(case_event).where(case_event.c.case_id == case_id, case_event.c.subject_id == proceeding_id)
    for event in standing_events((await unit.execute(query)).mappings()):
        await take_back(unit, case, event, note_id)
    await _step(unit, case_id, proceeding_id, "retracted", _today(unit, case), note_id=note_id)
    await _changed(unit, item.row, "retracted")


async def _step(unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, kind: str, on_day: date, **values: Any) -> None:
    await unit.execute(
        insert(proceeding_step).values(
            id=uuid7(),
            proceeding_id=proceeding_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            kind=kind,
            on_day=on_day,
            **values,
        )
    )


async def _changed(unit: UnitOfWork, row: RowMapping, step: str) -> None:
    version = row["version"] + 1
    await unit.execute(update(proceeding).where(proceeding.c.id == row["id"]).values(version=version))
    _audit(unit, row["case_id"], row["id"], version, step)


def _audit(unit: UnitOfWork, case_id: UUID, proceeding_id: UUID, version: int, step: str) -> None:
    unit.audit(
        "proceedings.record",
        subject_kind="proceeding",
        subject_id=proceeding_id,
        version=version,
        cases=[case_id],
        changed=[step],
        step=step,
    )


# -- across cases -----------------------------------------------------------------------------------------------------


async def flag_proceedings(unit: UnitOfWork, limit: int = 200) -> int:
    """Flag proceedings that the later identification turned out to be after; returns how many. Run by the program.

    Who identifies need not see legal data: the program learns of which case there are some, and reminds who does.
    """
    query = text("select case_id, proceeding_id from casework.proceedings_to_flag(:zone, :most)")
    rows = (await unit.execute(query, {"zone": unit.profile.timezone, "most": limit})).mappings().all()
    for row in rows:
        await _tell(unit, await case_frame(unit, row["case_id"]), "PROCEEDINGS_FLAGGED", unit.now, row["proceeding_id"])
    if rows:
        unit.audit(
            "system.maintain", cases=[row["case_id"] for row in rows], duty="flag_proceedings", flagged=len(rows)
        )
    return len(rows)


@dataclass(frozen=True, slots=True)
class After:
    """Key of the last row of the page before."""

    oldest_on: date
    case_id: UUID


async def list_open(unit: UnitOfWork, *, after: After | None = None, limit: int = 25) -> Sequence[RowMapping]:
    """Return for the authority of which identified persons proceedings are pending: how many, how old, no content."""
    unit.require("board.read")
    query = text("select * from casework.proceedings_board(:zone, :after, :after_case, :most)")
    given = {
        "zone": unit.profile.timezone,
        "after": after and after.oldest_on,
        "after_case": after and after.case_id,
        "most": limit,
    }
    rows: Sequence[RowMapping] = (await unit.execute(query, given)).mappings().all()
    unit.audit("board.read", cases=[row["case_id"] for row in rows], shown=len(rows), view="proceedings")
    return rows


async def count_outcomes(unit: UnitOfWork, since: date | None = None, until: date | None = None) -> list[RowMapping]:
    """Return proceedings against identified persons counted by outcome and by whether they were begun before
    identification, of those begun from `since` on and before `until`: rows of outcome, begun_before, proceedings,
    persons. For the authority's board and for statistics (the program itself)."""
    query = text("select * from casework.proceedings_counts(:zone, :since, :until)")
    given = {"zone": unit.profile.timezone, "since": since, "until": until}
    return list((await unit.execute(query, given)).mappings())
