"""How somebody is helped: a bed, assessments and a plan, services, passing the case on, and how it ends."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.demonstration.case_book import Row, id_at
from app.demonstration.opening import HOUR, MINUTE
from app.demonstration.setting import Bed, Shelter, Worker
from app.demonstration.sharing import complete
from app.demonstration.tale import Tale
from app.domain.deliveries import complete as filled_in
from app.domain.policy import DataClass

DAY = timedelta(days=1)
MOST_SERVICES = 18
"""Services of one story: enough for every table, few enough for a million stories."""

_SHELTERED = (
    "PSYCHOSOCIAL",
    "PSYCHOLOGICAL",
    "HEALTH_CARE",
    "FOOD",
    "CLOTHING_HYGIENE",
    "LEGAL_COUNSELLING",
    "LIFE_SKILLS",
)
_OUTSIDE = ("PSYCHOSOCIAL", "MATERIAL_AID", "LEGAL_COUNSELLING", "TRANSPORT", "SAFETY_PLANNING")
_FOR_CHILDREN = ("EDUCATION_SUPPORT", "LEISURE", "FAMILY_MEDIATION")
_LATER = ("VOCATIONAL_TRAINING", "JOB_COUNSELLING", "EDUCATION_SUPPORT")
_LATE_PHASE = frozenset({"LIFE_SKILLS", "FAMILY_MEDIATION", *_LATER})
_NOTES = ("Erdhi me dëshirë.", "Bisedë e shkurtër; vazhdon javën tjetër.", None, None, None)
_REFUSALS = ("NEEDS_TIME", "DISTRUST_AUTHORITIES", "HAS_SUPPORT")


def admit(tale: Tale, shelter: Shelter, bed: Bed, at: datetime, ends_at: datetime | None, referral: Row) -> Row:
    """Admit somebody to a bed; returns the row of the stay."""
    book, worker = tale.book, shelter.worker
    placement_id = id_at(at)
    row = book.add(
        "casework.placement",
        id=placement_id,
        case_id=tale.case["id"],
        org_id=worker.org_id,
        bed_id=bed.id,
        bed_number=bed.number,
        referral_id=referral["id"],
        account_id=worker.account_id,
        state="admitted",
        starts_on=day_of(tale, at),
        ends_on=None,
        reserved_at=at - 2 * HOUR,
        reserved_until=None,
        admitted_at=at,
        discharged_at=None,
        discharge_reason=None,
        accommodation_after=None,
        override_warnings=[],
        note=None,
        version=2,
    )
    _placed(tale, row, "reserve", at - 2 * HOUR, worker, to_bed=bed)
    _placed(tale, row, "admit", at, worker)
    book.event("ADMITTED", at, worker, subject=("placement", placement_id))
    book.audit("placement.record", at, worker, ("placement", placement_id), version=2, act="admit")
    return row


def discharge(tale: Tale, row: Row, at: datetime, shelter: Shelter) -> None:
    """End a stay; the bed is free from that night on."""
    reason, after = tale.rng.choice(
        (
            ("planned_move", "RENTED"),
            ("to_family", "FAMILY"),
            ("own_choice", "UNKNOWN"),
            ("planned_move", "SEMI_INDEPENDENT"),
        )
    )
    row |= {
        "state": "discharged",
        "ends_on": day_of(tale, at),
        "discharged_at": at,
        "discharge_reason": reason,
        "accommodation_after": after,
        "version": 3,
    }
    _placed(tale, row, "discharge", at, shelter.worker, reason=reason)
    tale.book.event("EXITED", at, shelter.worker, subject=("placement", row["id"]), reason=reason)
    tale.book.audit("placement.record", at, shelter.worker, ("placement", row["id"]), version=3, act="discharge")


def _placed(
    tale: Tale, row: Row, act: str, at: datetime, by: Worker, *, reason: str | None = None, to_bed: Bed | None = None
) -> None:
    tale.book.add(
        "casework.placement_event",
        id=id_at(at),
        placement_id=row["id"],
        case_id=tale.case["id"],
        org_id=by.org_id,
        account_id=by.account_id,
        act=act,
        at=at,
        reason=reason,
        from_bed_id=None,
        to_bed_id=to_bed and to_bed.id,
    )


def day_of(tale: Tale, at: datetime) -> date:
    """Return the day of a moment in the jurisdiction's zone."""
    return at.astimezone(ZoneInfo(tale.setting.profile.timezone)).date()


def plan_help(tale: Tale, at: datetime, by: Worker) -> None:
    """Needs are assessed within a week, a plan is signed within a month and looked at every quarter."""
    late = tale.plan.late
    assessed_at = tale.later(at, 2 * DAY, (12 if late else 6) * DAY)
    signed_at = tale.later(assessed_at, 5 * DAY, (40 if late else 18) * DAY)
    reviewed_at = signed_at + timedelta(days=80)
    for kind, when in (("NEEDS_ASSESSED", assessed_at), ("PLAN_SIGNED", signed_at), ("PLAN_REVIEWED", reviewed_at)):
        if tale.over(when) or (late and tale.rng.random() < 0.25):
            return
        tale.book.event(kind, when, by)


def watch_risk(tale: Tale, by: Worker, first: datetime, last: datetime) -> None:
    """Where the profile asks for it (Kosovo), the risk is looked at again about every four weeks."""
    if not tale.book.happened("RISK_ASSESSED"):
        return
    at = tale.later(first, 20 * DAY, 28 * DAY)
    while at < min(last, tale.now):
        tale.book.event("RISK_ASSESSED", at, by)
        at = tale.later(at, 22 * DAY, 29 * DAY)


def serve(tale: Tale, by: Worker, first: datetime, last: datetime, every: float, *, sheltered: bool) -> None:
    """Deliver services from `first` on about `every` days until `last`; a refusal now and then changes nothing else."""
    kinds = [*(_SHELTERED if sheltered else _OUTSIDE), *(_FOR_CHILDREN if tale.child else _LATER)]
    at, count = first, 0
    while at < min(last, tale.now) and count < MOST_SERVICES:
        service = tale.rng.choice(kinds)
        if service not in _LATE_PHASE or at - first > 20 * DAY:
            _deliver(tale, by, service, at, refused=count > 0 and tale.rng.random() < 0.05)
            count += 1
        at = tale.in_office_hours(at + timedelta(days=tale.rng.uniform(0.4, 1.6) * every))
    if sheltered and count:
        _nights(tale, by, first, min(last, tale.now))


def _nights(tale: Tale, by: Worker, first: datetime, last: datetime) -> None:
    """Nights are written down once a month, at its end or at the end of the stay."""
    begin, end = day_of(tale, first), day_of(tale, last)
    while begin < end:
        following = date(begin.year + begin.month // 12, begin.month % 12 + 1, 1)
        until = min(following, end)
        at = datetime.combine(until, datetime.min.time(), last.tzinfo) - 3 * HOUR
        if at > first:
            _deliver(tale, by, "ACCOMMODATION", min(at, last), quantity=(until - begin).days)
        begin = until


def _deliver(
    tale: Tale, by: Worker, service_type: str, at: datetime, *, quantity: int = 1, refused: bool = False
) -> None:
    book, profile = tale.book, tale.setting.profile
    started = at - tale.plan.opened_at
    phase = "INITIAL" if started < 30 * DAY else "LONG_TERM"
    whole = filled_in(
        profile.code("service_type", service_type), unit=None, setting=None, phase=None, default_phase=phase
    )
    delivery_id, table = id_at(at), "casework.service_delivery"
    book.add(
        table,
        id=delivery_id,
        case_id=tale.case["id"],
        jurisdiction=profile.jurisdiction,
        org_id=by.org_id,
        account_id=by.account_id,
        group_id=delivery_id,
        service_type=service_type,
        package=None,
        phase=whole.phase,
        setting=whole.setting,
        delivered_on=day_of(tale, at),
        recorded_at=at,
        quantity=Decimal(quantity),
        unit=whole.unit,
        outcome="refused" if refused else "delivered",
        refusal_reason=tale.rng.choice(_REFUSALS) if refused else None,
        data_class=whole.data_class.value,
        note=book.seal(table, delivery_id, "note", tale.rng.choice(_NOTES)),
        corrects=None,
        superseded_by=None,
        correction_reason=None,
    )
    if refused:
        return
    if not book.happened("FIRST_SERVICE_DELIVERED"):
        book.event("FIRST_SERVICE_DELIVERED", at, by)
    subject = ("delivery", delivery_id)
    book.event("SERVICE_DELIVERED", at, by, data_class=whole.data_class, subject=subject, service_type=service_type)


def hand_over(tale: Tale, at: datetime, to: Worker) -> Worker:
    """Pass the responsibility on to the municipality; the sender goes on working with the case."""
    book, case, by = tale.book, tale.case, tale.plan.opener
    classes = [c.value for c in DataClass if c is not DataClass.SHELTER_LOCATION]
    book.grant(to.org_id, classes, "care_team", at, by, reason="hand_over")
    book.move_tasks(by.org_id, to)
    book.event("handed_over", at, by, to_org=str(to.org_id), keeps=True)
    case.update(responsible_org_id=to.org_id, responsible_account_id=to.account_id)
    book.audit("case.hand_over", at, by, ("case", case["id"]), version=tale.changed(), classes=classes)
    return to


def close(tale: Tale, at: datetime, by: Worker, reason: str, outcome: str, open_referral: Row | None) -> None:
    """Close the case with its reason; nothing is left open and what was due is cancelled."""
    book, case = tale.book, tale.case
    if open_referral is not None and tale.plan.shelter:
        complete(tale, open_referral, at - 10 * MINUTE, tale.setting.shelters[tale.plan.shelter].worker)
    book.pause_tasks(at)
    book.event("CLOSED", at, by, reason=reason, assistance_outcome=outcome)
    book.add(
        "casework.closure",
        id=id_at(at),
        case_id=case["id"],
        org_id=by.org_id,
        account_id=by.account_id,
        reason=reason,
        closed_at=at,
        assistance_outcome=outcome,
        not_assisted_reason="LEFT" if outcome == "NOT_ASSISTED" else None,
        accommodation_after=None,
        follow_up_agreed=False,
        follow_up_on=None,
        note=None,
    )
    case.update(state="closed", closed_at=at, closure_reason=reason)
    book.audit(
        "case.close",
        at,
        by,
        ("case", case["id"]),
        version=tale.changed(),
        changed=["state", "closed_at"],
        reason=reason,
    )
