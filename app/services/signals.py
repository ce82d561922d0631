"""What people do with signals: record, read, list, triage, pass on. Steps and counts stand beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, insert, or_, select, update

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.signals import RecordSignal, TriageSignal
from app.domain.ids import uuid7
from app.domain.policy import Role
from app.domain.problems import Conflict, Invalid, NotFound
from app.domain.signals import check_details
from app.services.reference import require_organisation
from app.services.signal_steps import Step, steps_of
from app.services.unit_of_work import UnitOfWork
from app.storage.encryption import DataKey, associated, seal_json, unseal_json
from app.storage.key_provider import WrappedKey
from app.storage.signals import signal

TABLE = "casework.signal"
_CLOSED = ("summary", "reporter_contact", "outcome_note", "details", "wrapped_key")
"""Columns that no list reads."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal with its narrative open: for the organisation that took it and the one it was passed to."""

    row: RowMapping
    summary: str | None
    reporter_contact: str | None
    outcome_note: str | None
    details: dict[str, Any] | None = None
    steps: tuple[Step, ...] = ()


async def record_signal(unit: UnitOfWork, form: RecordSignal) -> RowMapping:
    """Record a signal under the actor's organisation; the same client-made id again returns the same signal."""
    actor = unit.actor
    check_codes(form, unit.profile)
    check_past("received_at", form.received_at, unit.now)
    details = check_details(unit.profile, form.channel, form.details.answers())
    if form.anonymous and form.reporter_contact is not None:
        raise Invalid.one("reporter_contact", "signal.anonymous_with_contact")
    signal_id = form.id or uuid7()
    already = await find_signal(unit, signal_id)
    if already is not None:
        cases = [] if already["case_id"] is None else [already["case_id"]]
        unit.audit("signal.record", subject_kind="signal", subject_id=signal_id, cases=cases, outcome="repeated")
        return already
    await write_signal(
        unit,
        signal_id,
        form.model_dump(exclude={"id", "details", "summary", "reporter_contact"})
        | {
            "suspected_forms": list(form.suspected_forms),
            "jurisdiction": actor.jurisdiction,
            "org_id": actor.org_id,
            "account_id": actor.account_id,
        },
        {"summary": form.summary, "reporter_contact": form.reporter_contact, "details": details or None},
    )
    unit.audit("signal.record", subject_kind="signal", subject_id=signal_id, version=1, channel=form.channel)
    return await signal_row(unit, signal_id)


async def write_signal(
    unit: UnitOfWork, signal_id: UUID, values: Mapping[str, Any], texts: Mapping[str, object | None]
) -> None:
    """Insert a signal; what is in `texts` is sealed under a key of its own. Audits nothing."""
    data_key, wrapped = unit.program.keyring.new_data_key("signal", signal_id)
    sealed = {
        column: None if text is None else seal_json(data_key, text, associated(TABLE, column, signal_id))
        for column, text in texts.items()
    }
    keys = {"wrapped_key": wrapped.blob, "key_version": wrapped.version}
    await unit.execute(insert(signal).values(**values, **sealed, **keys, id=signal_id))


async def find_signal(unit: UnitOfWork, signal_id: UUID, *, lock: bool = False) -> RowMapping | None:
    query = select(signal).where(signal.c.id == signal_id)
    found = await unit.execute(query.with_for_update() if lock else query)
    row: RowMapping | None = found.mappings().first()
    return row


async def signal_row(unit: UnitOfWork, signal_id: UUID, *, lock: bool = False) -> RowMapping:
    row = await find_signal(unit, signal_id, lock=lock)
    if row is None:
        raise NotFound("signal.unknown")
    return row


def may_open(unit: UnitOfWork, row: RowMapping) -> bool:
    """The narrative is for the organisation that took the signal and the one it was passed to."""
    return unit.actor.org_id in (row["org_id"], row["passed_to_org_id"])


async def read_signal(unit: UnitOfWork, signal_id: UUID) -> Signal:
    """Return one signal; the narrative stays closed to the Responsible Authority, which only follows."""
    row = await signal_row(unit, signal_id)
    unit.audit("signal.read", subject_kind="signal", subject_id=signal_id, cases=_case_of(row))
    if not may_open(unit, row):
        return Signal(row, None, None, None)
    data_key = key_of(unit, row)

    def opened(column: str) -> Any:
        value = row[column]
        return None if value is None else unseal_json(data_key, value, associated(TABLE, column, signal_id))

    return Signal(
        row,
        opened("summary"),
        opened("reporter_contact"),
        opened("outcome_note"),
        opened("details") or {},
        await steps_of(unit, row, data_key),
    )


def key_of(unit: UnitOfWork, row: RowMapping) -> DataKey:
    """Return the data key of a signal."""
    return unit.program.keyring.open("signal", row["id"], WrappedKey(row["key_version"], row["wrapped_key"]))


def _case_of(row: RowMapping) -> list[UUID]:
    return [row["case_id"]] if row["case_id"] is not None else []


async def list_signals(
    unit: UnitOfWork, *, state: str | None = None, after: UUID | None = None, limit: int = 50
) -> Sequence[RowMapping]:
    """Return the newest signals of the actor's organisation and those passed to it, newest first, by key.

    The Responsible Authority sees every signal of the jurisdiction, without narrative.
    """
    query = select(*(c for c in signal.c if c.name not in _CLOSED)).order_by(signal.c.id.desc())
    if unit.actor.role is not Role.RESPONSIBLE_AUTHORITY:
        org_id = unit.actor.org_id
        query = query.where(or_(signal.c.org_id == org_id, signal.c.passed_to_org_id == org_id))
    if state is not None:
        query = query.where(signal.c.state == state)
    if after is not None:
        query = query.where(signal.c.id < after)
    rows = (await unit.execute(query.limit(limit))).mappings().all()
    unit.audit(
        "signal.read",
        subject_kind="signal",
        cases=[r["case_id"] for r in rows if r["case_id"] is not None],
        shown=len(rows),
        signals=[str(r["id"]) for r in rows],
    )
    found: Sequence[RowMapping] = rows
    return found


async def triage_signal(unit: UnitOfWork, signal_id: UUID, form: TriageSignal, expected: int | None) -> RowMapping:
    """Decide what becomes of a signal; guarded by its version. Passing on names the organisation that takes it."""
    check_codes(form, unit.profile)
    row = await signal_row(unit, signal_id, lock=True)
    if not may_open(unit, row):
        raise NotFound("signal.unknown")
    await unit.check_version(signal_id, row["version"], expected)
    if row["case_id"] is not None:
        raise Conflict("signal.has_case", case_id=row["case_id"])
    if form.outcome == "passed_on":
        if form.passed_to_org_id is None:
            raise Invalid.one("passed_to_org_id", "field.missing")
        if form.passed_to_org_id == unit.actor.org_id:
            raise Invalid.one("passed_to_org_id", "signal.passed_to_self")
        await require_organisation(unit, form.passed_to_org_id, "passed_to_org_id", answering=True)
    elif form.passed_to_org_id is not None:
        raise Invalid.one("passed_to_org_id", "signal.pass_without_outcome")
    if form.outcome == "case_opened":
        raise Invalid.one("outcome", "signal.open_by_registering")
    data_key = key_of(unit, row)
    note = form.note
    values = {
        "state": "passed_on" if form.outcome == "passed_on" else "triaged",
        "outcome": form.outcome,
        "passed_to_org_id": form.passed_to_org_id,
        "counselling": list(form.counselling),
        "outcome_note": None
        if note is None
        else seal_json(data_key, note, associated(TABLE, "outcome_note", signal_id)),
        "triaged_at": unit.now,
        "triaged_by": unit.actor.account_id,
    }
    await _change(unit, row, values)
    unit.audit(
        "signal.triage",
        subject_kind="signal",
        subject_id=signal_id,
        version=row["version"] + 1,
        changed=values,
        decided=form.outcome,
    )
    return await signal_row(unit, signal_id)


async def attach_case(unit: UnitOfWork, signal_id: UUID, case_id: UUID) -> RowMapping:
    """Name the case a signal led to; part of registering a person from a signal."""
    row = await signal_row(unit, signal_id, lock=True)
    if not may_open(unit, row):
        raise NotFound("signal.unknown")
    if row["case_id"] is not None:
        raise Conflict("signal.has_case", case_id=row["case_id"])
    await _change(
        unit,
        row,
        {
            "state": "triaged",
            "outcome": "case_opened",
            "case_id": case_id,
            "triaged_at": unit.now,
            "triaged_by": unit.actor.account_id,
        },
    )
    return row


async def _change(unit: UnitOfWork, row: RowMapping, values: dict[str, Any]) -> None:
    await unit.execute(
        update(signal)
        .where(and_(signal.c.id == row["id"], signal.c.version == row["version"]))
        .values(**values, version=row["version"] + 1)
    )
