"""The work each role lands on: due today, waiting for an answer, new. Each part is short and leads to its list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, func, select

from app.domain.ids import least_uuid7
from app.domain.policy import may
from app.services.access_requests import open_requests
from app.services.formal_identification import Procedure
from app.services.formal_overview import my_procedures
from app.services.reference import organisation_names
from app.services.tasks import count_due, list_tasks
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file
from app.storage.referrals import referral
from app.storage.signals import signal

SHOWN = 5
"""Rows of each part; the rest is one link away."""
COUNTED = 100
"""Numbers on a home are counted up to here; more is said as so many and more."""
RECENT = timedelta(days=60)
"""How far back a home looks for what nobody has answered: read by key, it costs the same in the tenth year."""
PROCEDURES = 25
"""At most so many formal identifications of whose team one is: there are a few in a year."""
_WAITING = ("sent", "acknowledged", "info_requested")


@dataclass(frozen=True, slots=True)
class Home:
    """What waits for the actor. Numbers are counted up to `COUNTED`; rows are the first `SHOWN` of each part."""

    due: Sequence[RowMapping] = ()
    due_count: int = 0
    late_count: int = 0
    answers: Sequence[RowMapping] = ()
    answers_count: int = 0
    sent: Sequence[RowMapping] = ()
    signals: Sequence[RowMapping] = ()
    signals_count: int = 0
    requests: Sequence[RowMapping] = ()
    formal: Sequence[Procedure] = ()
    """Formal identifications whose team the actor is of, and that wait for something."""
    names: dict[UUID, dict[str, str]] = field(default_factory=dict)


async def read_home(unit: UnitOfWork) -> Home:
    """Return the home of the actor's role; a role that reads no case gets an empty one."""
    role = unit.actor.role
    if not may(role, "task.read") and not may(role, "signal.read"):
        unit.quiet = True
        return Home()
    # A referral that waits for our answer stands in its own part.
    queue = may(role, "referral.answer")
    due = await list_tasks(unit, limit=SHOWN, answers=not queue) if may(role, "task.read") else []
    answers = await _answers(unit) if queue else []
    sent = await _sent(unit) if may(role, "referral.send") else []
    new = await _signals(unit) if may(role, "signal.triage") else []
    asked = await open_requests(unit, SHOWN) if may(role, "access.grant") else []
    formal = await my_procedures(unit, PROCEDURES) if may(role, "formal.sign") else []
    today = _end_of_today(unit)
    unit.audit(
        "home.read",
        cases=[
            *(row["case_id"] for row in (*due, *answers, *sent, *asked)),
            *(row["case_id"] for row in new if row["case_id"] is not None),
            *(one.case["id"] for one in formal),
        ],
        shown=len(due) + len(answers) + len(sent) + len(new) + len(asked) + len(formal),
    )
    return Home(
        due=due,
        due_count=await count_due(unit, today, COUNTED, answers=not queue) if due else 0,
        late_count=await count_due(unit, unit.now, COUNTED, answers=not queue) if due else 0,
        answers=answers,
        answers_count=await _count_answers(unit) if answers else 0,
        sent=sent,
        signals=new,
        signals_count=await _count_signals(unit) if new else 0,
        requests=asked,
        formal=formal,
        names=await organisation_names(
            unit,
            [
                *(row["sender_org_id"] for row in answers),
                *(row["receiver_org_id"] for row in sent),
                *(row["org_id"] for row in (*new, *asked)),
            ],
        ),
    )


def _end_of_today(unit: UnitOfWork) -> datetime:
    zone = ZoneInfo(unit.profile.timezone)
    return datetime.combine(unit.now.astimezone(zone).date() + timedelta(days=1), time(), zone)


_REFERRAL = (
    referral.c.id,
    referral.c.case_id,
    referral.c.sender_org_id,
    referral.c.receiver_org_id,
    referral.c.purposes,
    referral.c.urgency,
    referral.c.state,
    referral.c.sent_at,
    referral.c.answer_due_at,
    referral.c.answer_due_to_confirm,
    referral.c.minimum,
)


async def _answers(unit: UnitOfWork) -> Sequence[RowMapping]:
    query = (
        select(*_REFERRAL)
        .where(referral.c.receiver_org_id == unit.actor.org_id, referral.c.state.in_(_WAITING))
        .order_by(referral.c.id)
        .limit(SHOWN)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


async def _count_answers(unit: UnitOfWork) -> int:
    few = (
        select(referral.c.id)
        .where(referral.c.receiver_org_id == unit.actor.org_id, referral.c.state.in_(_WAITING))
        .limit(COUNTED)
        .subquery()
    )
    return int((await unit.execute(select(func.count()).select_from(few))).scalar_one())


async def _sent(unit: UnitOfWork) -> Sequence[RowMapping]:
    query = (
        select(*_REFERRAL, case_file.c.code.label("case_code"))
        .outerjoin(case_file, case_file.c.id == referral.c.case_id)
        .where(
            referral.c.sender_org_id == unit.actor.org_id,
            referral.c.id > least_uuid7(unit.now - RECENT),
            referral.c.state.in_(_WAITING),
        )
        .order_by(referral.c.id.desc())
        .limit(SHOWN)
    )
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


_SIGNAL = (
    signal.c.id,
    signal.c.org_id,
    signal.c.channel,
    signal.c.urgency,
    signal.c.received_at,
    signal.c.state,
    signal.c.place,
    signal.c.case_id,
)


async def _signals(unit: UnitOfWork) -> Sequence[RowMapping]:
    query = select(*_SIGNAL).where(*_new_signals(unit)).order_by(signal.c.id.desc()).limit(SHOWN)
    rows: Sequence[RowMapping] = (await unit.execute(query)).mappings().all()
    return rows


def _new_signals(unit: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    """Signals nobody has decided about: our own new ones, and those passed to us without a case yet."""
    own = (signal.c.org_id == unit.actor.org_id) & (signal.c.state == "received")
    passed = (signal.c.passed_to_org_id == unit.actor.org_id) & (signal.c.state == "passed_on")
    recent = signal.c.id > least_uuid7(unit.now - RECENT)
    return (recent, (own | passed) & signal.c.case_id.is_(None))


async def _count_signals(unit: UnitOfWork) -> int:
    few = select(signal.c.id).where(*_new_signals(unit)).limit(COUNTED).subquery()
    return int((await unit.execute(select(func.count()).select_from(few))).scalar_one())
