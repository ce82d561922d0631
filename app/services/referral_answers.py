"""Answering a referral: the receiver's steps, the sender's answer and withdrawal, and what ends by itself."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select

from app.domain.forms.fields import check_codes
from app.domain.forms.referrals import AnswerQuestion, AskQuestion, Complete, Decline, Redirect, Withdraw
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, Forbidden, Invalid
from app.domain.referrals import (
    AWAITING_ANSWER,
    TAKEN_ON,
    Act,
    Details,
    Party,
    State,
    TakenOn,
    check_first_yes,
)
from app.services.consent_ledger import lock_sharing
from app.services.reference import require_organisation
from app.services.referral_steps import (
    TABLE,
    advance,
    answered,
    case_frame,
    check_step,
    find_referral,
    may_take_back,
    referral_key,
    side_of,
    the_referral,
)
from app.services.referrals import kept_away, organisation_row, put_in_queue
from app.services.sharing import Cover, bases_of, cover_of
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_grant
from app.storage.encryption import associated, seal_json
from app.storage.referrals import referral


async def acknowledge_referral(unit: UnitOfWork, referral_id: UUID, expected: int | None) -> RowMapping:
    """The receiver has opened it: the answer is pending."""
    return await _answer(unit, referral_id, Act.ACKNOWLEDGE, expected)


async def ask_sender(unit: UnitOfWork, referral_id: UUID, form: AskQuestion, expected: int | None) -> RowMapping:
    """Ask the sender something before answering; the question is sealed under the referral's own key."""
    details = Details(text=form.question)
    return await _answer(unit, referral_id, Act.ASK, expected, details, message=form.question)


async def answer_receiver(
    unit: UnitOfWork, referral_id: UUID, form: AnswerQuestion, expected: int | None
) -> RowMapping:
    """The sender answers the receiver's question."""
    details = Details(text=form.answer)
    return await _answer(unit, referral_id, Act.ANSWER, expected, details, message=form.answer, action="referral.send")


async def decline_referral(unit: UnitOfWork, referral_id: UUID, form: Decline, expected: int | None) -> RowMapping:
    """Decline with a reason, so that another place is found quickly."""
    check_codes(form, unit.profile)
    details = Details(reason=form.reason, text=form.note or "")
    values = {"decline_reason": form.reason}
    return await _answer(unit, referral_id, Act.DECLINE, expected, details, values, form.note)


async def start_service(unit: UnitOfWork, referral_id: UUID, expected: int | None) -> RowMapping:
    """The service has begun; the time from sending to here is measured."""
    return await _answer(unit, referral_id, Act.START_SERVICE, expected)


async def complete_referral(unit: UnitOfWork, referral_id: UUID, form: Complete, expected: int | None) -> RowMapping:
    """End the service with feedback to the sender; what the referral had opened closes."""
    row = await the_referral(unit, referral_id, lock=True)
    feedback = seal_json(referral_key(unit, row), form.feedback, associated(TABLE, "feedback", referral_id))
    values = {"outcome": form.outcome, "feedback": feedback}
    return await _answer(unit, referral_id, Act.COMPLETE, expected, Details(text=form.feedback), values)


async def _answer(
    unit: UnitOfWork,
    referral_id: UUID,
    act: Act,
    expected: int | None,
    details: Details | None = None,
    values: dict[str, Any] | None = None,
    message: str | None = None,
    action: str = "referral.answer",
) -> RowMapping:
    """Take a step that opens nothing. Asking acknowledges first what nobody had opened yet."""
    row = await the_referral(unit, referral_id, lock=True)
    given = details or Details()
    side = await side_of(unit, row)
    if act is Act.ASK and row["state"] == State.SENT:
        await check_step(unit, row, Act.ACKNOWLEDGE, side, Details(), expected)
        row = await advance(unit, row, Act.ACKNOWLEDGE, Party.RECEIVER)
    else:
        await check_step(unit, row, act, side, given, expected)
    by = Party.SENDER if act is Act.ANSWER else Party.RECEIVER
    made = await advance(unit, row, act, by, details=given, values=values, message=message)
    _audit(unit, action, made, act, values or {})
    return made


def _audit(unit: UnitOfWork, action: str, row: RowMapping, act: Act, changed: dict[str, Any]) -> None:
    unit.audit(
        action,
        subject_kind="referral",
        subject_id=row["id"],
        version=row["version"],
        cases=[row["case_id"]],
        changed={"state", *changed},
        decided=act.value,
    )


async def accept_referral(unit: UnitOfWork, referral_id: UUID, expected: int | None) -> RowMapping:
    """Take the person on: what the ledger carries at this moment opens, class by class, and nothing else.

    A class whose basis has ended since the sending does not open; one that has an end closes at that end by itself.
    """
    row = await the_referral(unit, referral_id)
    at = await lock_sharing(unit, row["case_id"])
    row = await the_referral(unit, referral_id, lock=True)
    await check_step(unit, row, Act.ACCEPT, await side_of(unit, row), Details(), expected)
    frame = await case_frame(unit, row["case_id"])
    covered = await cover_of(unit, frame, await organisation_row(unit, row["receiver_org_id"]), at)
    classes = [c for c in covered.classes if c.value in row["shared_classes"]]
    if DataClass.MILESTONES not in classes:
        classes = []
    values: dict[str, Any] = {
        "receiver_account_id": unit.actor.account_id,
        "shared_classes": [c.value for c in classes],
        "bases": bases_of(covered, classes),
    }
    made = await advance(unit, row, Act.ACCEPT, Party.RECEIVER, values=values)
    await _open(unit, made, covered, classes)
    await _check_first_yes(unit, row)
    await answered(unit, frame, row, "accepted")
    unit.audit(
        "referral.answer",
        subject_kind="referral",
        subject_id=referral_id,
        version=made["version"],
        cases=[row["case_id"]],
        classes=values["shared_classes"],
        changed=["state", *values],
        decided="accept",
    )
    return made


async def _check_first_yes(unit: UnitOfWork, row: RowMapping) -> None:
    """Refuse where another organisation has given the place meanwhile; what was just opened is undone with it.

    Asked after opening: before it the receiver sees no other referral of the case, and where nothing opens there is
    nobody a bed could be held for. The case is held (`lock_sharing`), so that of two at once one comes second.
    """
    query = select(referral.c.needs, referral.c.answered_at).where(
        referral.c.case_id == row["case_id"],
        referral.c.id != row["id"],
        referral.c.receiver_org_id != unit.actor.org_id,
        referral.c.state.in_([s.value for s in TAKEN_ON]),
    )
    others = (await unit.execute(query)).all()
    check_first_yes(State(row["state"]), row["needs"], row["sent_at"], [TakenOn(*other) for other in others])


async def _open(unit: UnitOfWork, row: RowMapping, covered: Cover, classes: list[DataClass]) -> None:
    """Grant the shared classes to the receiver, each until the end of the entry it rests on."""
    by_end: dict[datetime | None, list[str]] = defaultdict(list)
    for one in covered.covered:
        if one.data_class in classes:
            by_end[one.valid_to].append(one.data_class.value)
    for end, opened in by_end.items():
        await unit.execute(
            insert(case_grant).values(
                id=uuid7(),
                case_id=row["case_id"],
                org_id=unit.actor.org_id,
                data_classes=opened,
                basis="referral",
                source_id=row["id"],
                valid_to=end,
                granted_by=unit.actor.account_id,
            )
        )


async def redirect_referral(unit: UnitOfWork, referral_id: UUID, form: Redirect, expected: int | None) -> RowMapping:
    """Pass a referral on: a new one to the organisation that suits better, linked, and the sender finds both.

    Only what the person agreed to for the new receiver goes along, often nothing beyond the minimum data set; the
    sender can ask the person and send anew. Returns the referral that was passed on.
    """
    row = await the_referral(unit, referral_id)
    at = await lock_sharing(unit, row["case_id"])
    row = await the_referral(unit, referral_id, lock=True)
    side = await side_of(unit, row)
    new_id = form.id or uuid7()
    details = Details(redirected_to=new_id)
    if row["state"] == State.SENT:
        await check_step(unit, row, Act.ACKNOWLEDGE, side, Details(), expected)
        row = await advance(unit, row, Act.ACKNOWLEDGE, Party.RECEIVER)
    else:
        await check_step(unit, row, Act.REDIRECT, side, details, expected)
    org = await require_organisation(unit, form.receiver_org_id, "receiver_org_id", answering=True)
    if org["id"] in (unit.actor.org_id, row["sender_org_id"]):
        raise Invalid.one("receiver_org_id", "referral.redirected_back")
    if await kept_away(unit, row["case_id"], org["id"]):
        raise Invalid.one("receiver_org_id", "referral.kept_away")
    if await find_referral(unit, new_id) is not None:
        raise Conflict("request.id_taken")
    frame = await case_frame(unit, row["case_id"])
    await _pass_on(unit, row, frame, org, new_id, await cover_of(unit, frame, org, at))
    made = await advance(
        unit,
        row,
        Act.REDIRECT,
        Party.RECEIVER,
        details=details,
        values={"redirected_to": new_id},
        message=form.note,
    )
    _audit(unit, "referral.answer", made, Act.REDIRECT, {"redirected_to": new_id})
    return made


async def _pass_on(
    unit: UnitOfWork, row: RowMapping, frame: RowMapping, org: RowMapping, new_id: UUID, covered: Cover
) -> None:
    classes = [c for c in covered.classes if c.value in row["shared_classes"]]
    _, wrapped = unit.program.keyring.new_data_key("referral", new_id)
    copied = ("jurisdiction", "case_id", "purposes", "needs", "requested_services", "urgency", "safety", "minimum")
    await unit.execute(
        insert(referral).values(
            **{column: row[column] for column in copied},
            id=new_id,
            sender_org_id=unit.actor.org_id,
            sender_account_id=unit.actor.account_id,
            receiver_org_id=org["id"],
            shared_classes=[c.value for c in classes] if DataClass.MILESTONES in classes else [],
            bases=bases_of(covered, classes),
            redirected_from=row["id"],
            wrapped_key=wrapped.blob,
            key_version=wrapped.version,
        )
    )
    new = await the_referral(unit, new_id, lock=True)
    await put_in_queue(unit, new, frame, "referral.answer")


async def withdraw_referral(unit: UnitOfWork, referral_id: UUID, form: Withdraw, expected: int | None) -> RowMapping:
    """Take a referral back, by the sender or by the person's wish; what it had opened closes at once."""
    row = await the_referral(unit, referral_id, lock=True)
    if not await may_take_back(unit, row):
        raise Forbidden("referral.only_sender", possible=())
    by = Party.PERSON if form.by_person and row["state"] != State.DRAFTED else Party.SENDER
    await check_step(unit, row, Act.WITHDRAW, by, Details(), expected)
    reason = "person" if form.by_person else "sender"
    values = {"end_reason": reason}
    made = await advance(unit, row, Act.WITHDRAW, by, details=Details(reason=reason), values=values)
    _audit(unit, "referral.send", made, Act.WITHDRAW, values)
    return made


async def expire_referrals(unit: UnitOfWork, limit: int = 200) -> int:
    """End referrals that nobody answered in time; returns how many. Run by the program itself (`system.maintain`).

    Only where the time is certain: confirmed, or chosen by the sender. Past a deadline that is to be confirmed a
    referral stays open and is shown as overdue. What was owed stays owed: the task remains for the Responsible
    Authority's board.
    """
    query = (
        select(referral)
        .where(referral.c.state.in_([s.value for s in AWAITING_ANSWER]), referral.c.answer_due_at <= unit.now)
        .where(referral.c.answer_due_to_confirm.is_(False))
        .order_by(referral.c.answer_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list((await unit.execute(query)).mappings())
    for row in rows:
        made = await advance(unit, row, Act.EXPIRE, Party.SYSTEM, values={"end_reason": "unanswered"})
        unit.audit(
            "system.maintain",
            subject_kind="referral",
            subject_id=row["id"],
            version=made["version"],
            cases=[row["case_id"]],
            changed=["state", "ended_at", "end_reason"],
            decided="expire",
        )
    if not rows:
        unit.quiet = True
    return len(rows)
