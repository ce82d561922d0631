"""One step of a referral: the row moves on, the step is kept as a timed event, the story of the case hears of it.

Access follows the state by itself: where a referral is no longer taken on, the database ends what it had opened, and
where it was taken back, nobody owes an answer to it (`casework.follow_referral`).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, func, insert, select, text, update

from app.domain.ids import uuid7
from app.domain.problems import FieldError, Invalid, NotFound, PreconditionRequired
from app.domain.referrals import AWAITING_ANSWER, OPEN, Act, Details, Party, State, step
from app.services.events import record_event
from app.services.unit_of_work import UnitOfWork
from app.storage.encryption import DataKey, associated, seal_json
from app.storage.key_provider import WrappedKey
from app.storage.referrals import referral, referral_event

TABLE = "casework.referral"
EVENTS = "casework.referral_event"

_FIELDS = {"text": "note", "redirected_to": "receiver_org_id"}
"""Names of the rules' fields as the forms have them, where they differ."""

_ANSWERS = {Act.ACCEPT: "accepted", Act.DECLINE: "declined", Act.REDIRECT: "redirected"}


async def find_referral(unit: UnitOfWork, referral_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return a referral the actor may see, None where there is none."""
    query = select(referral).where(referral.c.id == referral_id)
    row: RowMapping | None = (await unit.execute(query.with_for_update() if lock else query)).mappings().first()
    return row


async def the_referral(unit: UnitOfWork, referral_id: UUID, *, lock: bool = False) -> RowMapping:
    """Return a referral; `NotFound` where it is unknown or somebody else's (the two cannot be told apart)."""
    row = await find_referral(unit, referral_id, lock=lock)
    if row is None:
        raise NotFound("referral.unknown")
    return row


def referral_key(unit: UnitOfWork, row: RowMapping) -> DataKey:
    """Return the key under which both sides write to each other."""
    wrapped = WrappedKey(row["key_version"], row["wrapped_key"]) if row["wrapped_key"] else None
    return unit.program.keyring.open("referral", row["id"], wrapped)


async def case_frame(unit: UnitOfWork, case_id: UUID) -> RowMapping:
    """Return what recording an event needs to know of a case, also for a receiver who does not see the case."""
    found = await unit.execute(text("select * from casework.event_frame(:case)"), {"case": case_id})
    row: RowMapping | None = found.mappings().first()
    if row is None:
        raise NotFound("referral.unknown")
    return row


async def side_of(unit: UnitOfWork, row: RowMapping) -> Party | None:
    """Return on which side of a referral the actor's organisation stands, None where it only works with the case."""
    org_id = unit.actor.org_id
    if org_id == row["receiver_org_id"] and row["state"] != State.DRAFTED:
        return Party.RECEIVER
    return Party.SENDER if org_id == row["sender_org_id"] else None


async def may_take_back(unit: UnitOfWork, row: RowMapping) -> bool:
    """True where the actor may withdraw a referral: its sender, and whoever is responsible for the case now."""
    side = await side_of(unit, row)
    if side is not None:
        return side is Party.SENDER
    return bool((await case_frame(unit, row["case_id"]))["responsible_org_id"] == unit.actor.org_id)


async def check_step(
    unit: UnitOfWork, row: RowMapping, act: Act, side: Party | None, details: Details, expected: int | None
) -> None:
    """Refuse a step the state does not allow (409, naming what is possible), then a stale version (412)."""
    if expected is None:
        raise PreconditionRequired("version.required")
    try:
        # Who stands on neither side is told which side acts.
        step(State(row["state"]), act, side or _other_side(act), details)
    except Invalid as wrong:
        renamed = [FieldError(_FIELDS.get(e.field, e.field), e.code, e.params) for e in wrong.errors]
        raise Invalid(renamed) from wrong
    await unit.check_version(row["id"], row["version"], expected)


def _other_side(act: Act) -> Party:
    return Party.RECEIVER if act in (Act.SEND, Act.ANSWER, Act.WITHDRAW) else Party.SENDER


async def advance(
    unit: UnitOfWork,
    row: RowMapping,
    act: Act,
    by: Party,
    *,
    details: Details | None = None,
    values: dict[str, Any] | None = None,
    message: str | None = None,
) -> RowMapping:
    """Take one step of a locked referral and return it as it is then.

    `values` are further columns of the referral, `message` is sealed with the event. The story of the case hears of a
    sending, an answer and an end; a step that opens access is told by its caller once the access is there.
    """
    given = details or Details()
    state = step(State(row["state"]), act, by, given)
    moved: dict[str, Any] = {"state": state.value, **(values or {})}
    if act in _ANSWERS and row["answered_at"] is None:
        moved["answered_at"] = unit.now
    if state not in OPEN:
        moved["ended_at"] = unit.now
    # While the receiver still sees the case, so that status and stage can follow.
    await _tell_case(unit, row, act, state, given)
    await unit.execute(
        update(referral)
        .where(and_(referral.c.id == row["id"], referral.c.version == row["version"]))
        .values(**moved, version=row["version"] + 1)
    )
    await _keep_event(unit, row, act, state, given, message)
    return await the_referral(unit, row["id"])


async def _keep_event(
    unit: UnitOfWork, row: RowMapping, act: Act, state: State, details: Details, message: str | None
) -> None:
    last = select(func.coalesce(func.max(referral_event.c.number), 0)).where(referral_event.c.referral_id == row["id"])
    number = int((await unit.execute(last)).scalar_one()) + 1
    event_id = uuid7()
    sealed = None
    if message is not None:
        sealed = seal_json(referral_key(unit, row), message, associated(EVENTS, "message", event_id))
    await unit.execute(
        insert(referral_event).values(
            id=event_id,
            referral_id=row["id"],
            case_id=row["case_id"],
            act=act.value,
            state=state.value,
            at=unit.now,
            account_id=unit.actor.account_id,
            org_id=unit.actor.org_id,
            reason=details.reason or None,
            message=sealed,
            number=number,
        )
    )


async def _tell_case(unit: UnitOfWork, row: RowMapping, act: Act, state: State, details: Details) -> None:
    was = State(row["state"])
    if was is State.DRAFTED or act in (Act.ACKNOWLEDGE, Act.ASK, Act.ANSWER, Act.START_SERVICE, Act.ACCEPT):
        return
    frame = await case_frame(unit, row["case_id"])
    if act in _ANSWERS and was in AWAITING_ANSWER:
        await answered(unit, frame, row, _ANSWERS[act], details.reason)
    if state not in OPEN:
        await record_event(
            unit, frame, "REFERRAL_ENDED", unit.now, subject_kind="referral", subject_id=row["id"], outcome=state.value
        )


async def answered(unit: UnitOfWork, frame: RowMapping, row: RowMapping, outcome: str, reason: str = "") -> None:
    """Tell the case that its referral was answered; the task that waited for it is met."""
    facts: dict[str, Any] = {"outcome": outcome, **({"reason": reason} if reason else {})}
    await record_event(
        unit, frame, "REFERRAL_ANSWERED", unit.now, subject_kind="referral", subject_id=row["id"], **facts
    )


async def revoke(unit: UnitOfWork, rows: list[RowMapping], reason: str) -> None:
    """End referrals that consent no longer carries, in this transaction; their receivers find them revoked.

    `reason`: withdrawn or refused. Each is written down as a change of its own.
    """
    for row in rows:
        made = await advance(
            unit, row, Act.REVOKE, Party.SYSTEM, details=Details(reason=reason), values={"end_reason": reason}
        )
        unit.audit(
            "consent.record",
            subject_kind="referral",
            subject_id=row["id"],
            version=made["version"],
            cases=[row["case_id"]],
            classes=row["shared_classes"],
            changed=["state", "ended_at", "end_reason"],
            decided="revoked",
            reason=reason,
        )
