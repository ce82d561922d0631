"""Counselling and follow-up of a signal, and how many signals came through which channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.signals import RecordCounselling, RecordFollowUp
from app.domain.ids import uuid7
from app.domain.policy import Role
from app.domain.problems import Conflict, Invalid, NotFound
from app.services.signal_steps import TABLE, find_step
from app.services.signals import key_of, may_open, signal_row
from app.services.unit_of_work import UnitOfWork
from app.storage.encryption import associated, seal_json
from app.storage.signals import signal, signal_step


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """How many signals of one channel were received in a month and what became of them; `outcome` None: not decided."""

    channel: str
    month: int
    outcome: str | None
    signals: int


async def record_counselling(unit: UnitOfWork, signal_id: UUID, form: RecordCounselling) -> UUID:
    """Write down counselling given to who reported; returns the step's id. The same id again writes it once."""
    values = {
        "kind": "counselled",
        "counselling": list(form.counselling),
        "topics": list(form.topics),
        "language": form.language,
    }
    return await _record(unit, signal_id, form, values)


async def record_follow_up(unit: UnitOfWork, signal_id: UUID, form: RecordFollowUp) -> UUID:
    """Write down that somebody asked again and what came of it; returns the step's id."""
    if form.next_on is not None and form.next_on < form.happened_at.date():
        raise Invalid.one("next_on", "signal.next_before_step")
    return await _record(
        unit, signal_id, form, {"kind": "followed_up", "outcome": form.outcome, "next_on": form.next_on}
    )


async def _record(
    unit: UnitOfWork, signal_id: UUID, form: RecordCounselling | RecordFollowUp, values: Mapping[str, Any]
) -> UUID:
    check_codes(form, unit.profile)
    row = await signal_row(unit, signal_id)
    if not may_open(unit, row):
        raise NotFound("signal.unknown")
    check_past("happened_at", form.happened_at, unit.now)
    if form.happened_at < row["received_at"]:
        raise Invalid.one("happened_at", "signal.step_before_signal")
    cases = [row["case_id"]] if row["case_id"] is not None else []
    step_id = form.id or uuid7()
    already = await find_step(unit, step_id)
    if already is not None:
        if already["signal_id"] != signal_id:
            raise Conflict("request.id_taken")
        unit.audit("signal.follow", subject_kind="signal", subject_id=signal_id, cases=cases, outcome="repeated")
        return step_id
    note = None
    if form.note is not None:
        note = seal_json(key_of(unit, row), form.note, associated(TABLE, "note", step_id))
    await unit.execute(
        insert(signal_step).values(
            **values,
            id=step_id,
            signal_id=signal_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            happened_at=form.happened_at,
            note=note,
        )
    )
    unit.audit("signal.follow", subject_kind="signal", subject_id=signal_id, cases=cases, step=str(values["kind"]))
    return step_id


async def count_signals(unit: UnitOfWork, year: int, *, until: datetime | None = None) -> Sequence[ChannelCount]:
    """Return counts of a year by channel, month and outcome in the jurisdiction's own time; months as 1 to 12.

    The Responsible Authority counts the whole jurisdiction, an organisation what it took itself. Base: signals
    received, each once, where it was recorded.
    """
    local = func.timezone(unit.profile.timezone, signal.c.received_at)
    month = func.extract("month", local)
    query = (
        select(signal.c.channel, month.label("month"), signal.c.outcome, func.count().label("signals"))
        .where(signal.c.jurisdiction == unit.actor.jurisdiction, func.extract("year", local) == year)
        .group_by(signal.c.channel, month, signal.c.outcome)
        .order_by(signal.c.channel, month, signal.c.outcome)
    )
    if unit.actor.role is not Role.RESPONSIBLE_AUTHORITY:
        query = query.where(signal.c.org_id == unit.actor.org_id)
    if until is not None:
        query = query.where(signal.c.received_at < until)
    found = [ChannelCount(row.channel, int(row.month), row.outcome, row.signals) for row in await unit.execute(query)]
    unit.audit("signal.count", subject_kind="signal", year=year, shown=len(found))
    return found
