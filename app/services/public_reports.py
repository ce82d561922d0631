"""Reports of the public: taken without a sign-in, laid into the queue of the helpline, and nothing said back.

The reporter's network is counted at the door and stands nowhere else: neither with the report nor in the log.
"""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select

from app.domain.forms.fields import check_codes
from app.domain.forms.signals import PublicReport
from app.domain.ids import uuid7
from app.domain.policy import ACTIONS
from app.domain.problems import NotFound, Unavailable
from app.domain.profile import Profile
from app.domain.signals import PublicReport as ReportRules
from app.services import report_limits
from app.services.program import Program
from app.services.signals import find_signal, write_signal
from app.services.unit_of_work import System, UnitOfWork, unit_of_work
from app.storage.accounts import assignment
from app.storage.organisations import organisation

ACTION = "report.public"
QUICKEST = timedelta(seconds=3)
"""Nobody reads the page and writes in less; what comes faster is kept and marked, never thrown away."""
_LETTERS = "ACDEFGHJKLMNPQRTUVWXY3479"
"""Letters of a reference that are not taken for one another when they are read out."""


def rules_of(program: Program, jurisdiction: str) -> tuple[Profile, ReportRules]:
    """Return the current profile and its rules of the public form; `NotFound` where the jurisdiction has none."""
    if jurisdiction not in program.profiles.jurisdictions():
        raise NotFound("report.nowhere")
    profile = program.profile(jurisdiction)
    if profile.public_report is None:
        raise NotFound("report.nowhere")
    return profile, profile.public_report


async def take_report(
    program: Program, jurisdiction: str, form: PublicReport, *, address: str, request_id: UUID | None = None
) -> str:
    """Lay a report into the helpline's queue; returns the reference to show, the same one for the same form again.

    `address` is the network that is counted, and forgotten. Raises `Invalid`, `TooManyRequests` (`report.too_many`),
    `Unavailable` (`report.no_queue`) where nobody could read it.
    """
    profile, rules = rules_of(program, jurisdiction)
    check_codes(form, profile)
    async with unit_of_work(program, None, ACTION, request_id=request_id) as door:
        door.quiet = True
        await report_limits.count(door, address)
    async with unit_of_work(program, System(jurisdiction), ACTION, request_id=request_id) as unit:
        return await _take(unit, rules, form)


async def _take(unit: UnitOfWork, rules: ReportRules, form: PublicReport) -> str:
    signal_id = form.id or uuid7()
    already = await find_signal(unit, signal_id)
    if already is not None and already["reference"] is not None and already["channel"] == rules.channel:
        unit.audit(ACTION, subject_kind="signal", subject_id=signal_id, outcome="repeated")
        return str(already["reference"])
    if already is not None:
        signal_id = uuid7()
    reference = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))
    danger = {"now": True, "not_now": False, "unknown": None}[form.danger]
    contact = [part for part in (form.contact, form.safe_how) if part] if form.may_contact == "yes" else []
    said = [part for part in (form.what, form.where) if part]
    await write_signal(
        unit,
        signal_id,
        {
            "jurisdiction": unit.actor.jurisdiction,
            "org_id": await _queue(unit, rules),
            "account_id": unit.actor.account_id,
            "channel": rules.channel,
            "source": "SELF" if form.who == "self" else None,
            "received_at": unit.now,
            "anonymous": not contact,
            "place": form.place,
            "urgency": rules.urgency_in_danger if danger else rules.urgency_otherwise,
            "immediate_danger": danger,
            "child_suspected": {"child": True, "adult": False}.get(form.who),
            "reference": reference,
            "maybe_automatic": looks_automatic(form, unit.now),
        },
        {"summary": "\n\n".join(said), "reporter_contact": "; ".join(contact) or None},
    )
    unit.audit(ACTION, subject_kind="signal", subject_id=signal_id, version=1, channel=rules.channel)
    return reference


def looks_automatic(form: PublicReport, now: datetime) -> bool:
    """True where the hidden box was filled in, or the form came back sooner than anybody writes. People decide."""
    if form.website or form.id is None:
        return True
    shown = datetime.fromtimestamp((form.id.int >> 80) / 1000, UTC)
    return now - shown < QUICKEST


async def _queue(unit: UnitOfWork, rules: ReportRules) -> UUID:
    """Return the organisation whose people decide about signals: named by the profile, or another of its kind.

    One at which somebody may decide about signals comes before one at which nobody does.
    """
    deciding = exists().where(
        assignment.c.org_id == organisation.c.id,
        assignment.c.role.in_(sorted(role.value for role in ACTIONS["signal.triage"].roles)),
        assignment.c.valid_to.is_(None) | (assignment.c.valid_to > unit.now),
    )
    query = select(organisation.c.id, organisation.c.code, deciding.label("staffed")).where(
        organisation.c.jurisdiction == unit.actor.jurisdiction,
        organisation.c.active.is_(True),
        (organisation.c.kind == rules.queue_kind) | organisation.c.code.in_(rules.queue),
    )
    order = {code: place for place, code in enumerate(rules.queue)}
    found = sorted(
        (await unit.execute(query)).all(), key=lambda row: (not row.staffed, order.get(row.code, len(order)), row.code)
    )
    if not found:
        raise Unavailable("report.no_queue")
    return UUID(str(found[0].id))
