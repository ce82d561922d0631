"""One whole story, from the first contact to the end of help, as far as it has come today."""

from datetime import datetime, timedelta

from app.demonstration.case_book import Row
from app.demonstration.helping import DAY, admit, close, discharge, hand_over, plan_help, serve, watch_risk
from app.demonstration.identifying import PATTERNS, Findings, identify, identify_formally
from app.demonstration.opening import HOUR, MINUTE, begin, record_exploitation
from app.demonstration.setting import Bed, Shelter, Worker
from app.demonstration.sharing import ask_consent, begin_service, refer
from app.demonstration.tale import Tale


def tell(tale: Tale, findings: Findings) -> dict[str, list[Row]]:
    """Tell a story by its plan; returns the rows of its case by table."""
    plan, rng = tale.plan, tale.rng
    begin(tale)
    pattern = rng.randrange(PATTERNS)
    if plan.result != "NO_INDICATION":
        record_exploitation(tale, tale.later(plan.opened_at, 50 * MINUTE, 80 * MINUTE), pattern)
    decided_at = identify(tale, findings, tale.later(plan.opened_at, 85 * MINUTE, 3 * HOUR), pattern)
    if decided_at is not None:
        _after_decision(tale, decided_at)
    return tale.book.finish()


def _after_decision(tale: Tale, decided_at: datetime) -> None:
    plan, rng = tale.plan, tale.rng
    if plan.result == "NO_INDICATION":
        _end(tale, tale.later(decided_at, 2 * DAY, 12 * DAY), plan.opener, "NO_INDICATION", "NOT_ASSISTED", None)
        return
    asked_at = decided_at + 5 * MINUTE
    if not tale.child and not tale.over(asked_at):
        police = tale.setting.workers.get("DEMO-POLICI-BERAT") if plan.county == "AL-01" else None
        if police is not None and rng.random() < 0.5:
            ask_consent(tale, asked_at, "POLICE", "given", ("milestones", "identification"), police)
        elif rng.random() < 0.6:
            ask_consent(tale, asked_at, "POLICE", "refused")
    shelter, sent_at = tale.shelter(), tale.later(decided_at, HOUR, 40 * HOUR if plan.late else 20 * HOUR)
    if plan.referred and shelter is not None and not tale.over(sent_at):
        row, accepted_at = refer(tale, sent_at, shelter, plan.answer)
        if accepted_at is not None:
            _sheltered(tale, shelter, row, accepted_at)
            return
        if plan.answer != "declined":
            return
    _in_the_community(tale, tale.later(decided_at, DAY, 4 * DAY))


def _sheltered(tale: Tale, shelter: Shelter, row: Row, accepted_at: datetime) -> None:
    """Somebody is taken in where a bed is free, else helped by the shelter as somebody who lives elsewhere."""
    plan = tale.plan
    came_at = tale.later(accepted_at, 2 * HOUR, 30 * HOUR)
    if tale.over(came_at):
        return
    leaves_at = None if plan.stay_days is None else tale.in_office_hours(came_at + plan.stay_days * DAY)
    if leaves_at is not None and tale.over(leaves_at):
        leaves_at = None
    bed = _bed(tale, shelter, came_at, leaves_at)
    begin_service(tale, row, came_at, shelter.worker)
    stay = admit(tale, shelter, bed, came_at, leaves_at, row) if bed else None
    plan_help(tale, came_at, shelter.worker)
    last = leaves_at or tale.now
    spread = max(1.0, (last - came_at) / DAY / 16)
    serve(tale, shelter.worker, came_at + HOUR, last, spread, sheltered=stay is not None)
    watch_risk(tale, shelter.worker, came_at, last)
    by = _pass_on(tale, tale.later(came_at, 10 * DAY, 40 * DAY), leaves_at)
    identify_formally(tale, tale.later(came_at, 20 * DAY, 60 * DAY))
    if leaves_at is None:
        return
    if stay is not None:
        discharge(tale, stay, leaves_at, shelter)
    followed_at = tale.later(leaves_at, 20 * DAY, 45 * DAY)
    if not tale.over(followed_at):
        tale.book.event("FOLLOW_UP_DONE", followed_at, by)
    reason = tale.rng.choices(("COMPLETED", "LEFT_BY_CHOICE", "RETURNED_COUNTRY", "MOVED"), (7, 2, 1, 1))[0]
    outcome = "ASSISTED_SHELTERED" if stay is not None else "ASSISTED_COMMUNITY"
    _end(tale, tale.later(leaves_at, 30 * DAY, 60 * DAY), by, reason, outcome, row)


def _bed(tale: Tale, shelter: Shelter, came_at: datetime, leaves_at: datetime | None) -> Bed | None:
    if tale.plan.bed is not None:
        chosen = next(one for one in shelter.beds if one.label == tale.plan.bed)
        chosen.free_from = datetime.max.date()
        return chosen
    return shelter.take(came_at.date(), leaves_at and leaves_at.date() + timedelta(days=1))


def _pass_on(tale: Tale, at: datetime, before: datetime | None) -> Worker:
    """Pass the case on where the plan says so; returns who answers for it from then on."""
    manager = tale.setting.managers.get(tale.plan.county)
    possible = tale.plan.handed_over and manager is not None and manager.org_id != tale.plan.opener.org_id
    if not possible or manager is None or tale.over(at) or (before is not None and at >= before):
        return tale.plan.opener
    return hand_over(tale, at, manager)


def _in_the_community(tale: Tale, at: datetime) -> None:
    """Help without a shelter: visits, goods, counselling; some weeks or months."""
    plan = tale.plan
    if tale.over(at):
        return
    ends_at = None if plan.stay_days is None else tale.in_office_hours(at + plan.stay_days * DAY / 2)
    serve(tale, plan.opener, tale.in_office_hours(at + DAY), ends_at or tale.now, 6.0, sheltered=False)
    watch_risk(tale, plan.opener, at, ends_at or tale.now)
    if ends_at is not None:
        reason = tale.rng.choices(("COMPLETED", "LEFT_BY_CHOICE", "UNTRACEABLE"), (6, 3, 1))[0]
        _end(tale, ends_at + 10 * DAY, plan.opener, reason, "ASSISTED_COMMUNITY", None)


def _end(tale: Tale, at: datetime, by: Worker, reason: str, outcome: str, open_referral: Row | None) -> None:
    if not tale.over(at):
        close(tale, at, by, reason, outcome, open_referral)
