"""Sending somebody on: the need, the receiver, exactly what they will see and on which basis, and the sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, insert, select, text, update

from app.domain.code_lists import Age
from app.domain.consent import NEVER_SHARED
from app.domain.deadlines import applies, due
from app.domain.forms.fields import check_codes
from app.domain.forms.referrals import ChangeDraft, ChooseClasses, ChooseReceiver, DraftReferral
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, FieldError, Invalid, PreconditionRequired
from app.domain.profile import Profile
from app.domain.referrals import Act, Details, Party, State, check_answer_by, check_openable, check_sharing
from app.services.consent_ledger import lock_sharing
from app.services.events import facts_of, record_event
from app.services.reference import require_organisation
from app.services.referral_steps import TABLE, advance, check_step, find_referral, side_of, the_referral
from app.services.routing_advice import check_receiver
from app.services.sharing import Cover, Covered, bases_of, cover_of
from app.services.unit_of_work import CaseRow, UnitOfWork
from app.storage.organisations import organisation
from app.storage.referrals import referral


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly what a receiver will see, with the real values of the minimum data set.

    `minimum` is seen from the sending on, `after` only between acceptance and end, each class with the entry of the
    ledger that carries it; `never` is not shared. `uncovered` was chosen and nothing carries it: the referral cannot be
    sent like this. `could` is carried by the ledger and was not chosen. `answer_due_at` as if it were sent now.
    """

    row: RowMapping
    receiver: RowMapping | None
    minimum: Mapping[str, Any]
    after: tuple[Covered, ...]
    uncovered: tuple[DataClass, ...]
    could: tuple[DataClass, ...]
    never: tuple[DataClass, ...]
    words: tuple[RowMapping, ...]
    purpose: str
    answer_due_at: datetime | None
    answer_due_to_confirm: bool


def age_of(case: CaseRow) -> Age:
    """Return how the person's age counts for codes that are for children or adults only."""
    return "child" if case["is_child"] else "adult"


def minimum_of(case: CaseRow, row: CaseRow) -> dict[str, Any]:
    """Return the minimum data set: what a receiver has to know in order to say yes or no, and nothing more."""
    return {
        "code": case["code"],
        "age_group": case["age_group"],
        "child": case["is_child"],
        "sex": case["sex"],
        "languages": list(case["languages"]),
        "interpreter": case["interpreter_needed"],
        "needs": list(row["needs"]),
        "services": list(row["requested_services"]),
        "urgency": row["urgency"],
        "safety": row["safety"],
    }


def answer_due(
    profile: Profile, case: CaseRow, at: datetime, chosen: datetime | None = None
) -> tuple[datetime | None, bool]:
    """Return until when an answer is expected to a referral sent at `at`, and whether that is to be confirmed.

    What the sender has chosen needs no confirmation.
    """
    if chosen is not None:
        return chosen, False
    facts = facts_of(case)
    found = [
        (moment, rule.status != "found")
        for rule in profile.deadline_rules.values()
        if rule.from_event == "REFERRAL_SENT" and rule.to_event == "REFERRAL_ANSWERED"
        if rule.bound == "max" and applies(rule, facts, at.date())
        if (moment := due(rule, at, profile.timezone)) is not None
    ]
    return min(found, default=(None, True), key=lambda pair: pair[0])


async def draft_referral(unit: UnitOfWork, case_id: UUID, form: DraftReferral) -> RowMapping:
    """Begin a referral: need first; the receiver and what is shared may follow. Nobody sees a draft but its sender.

    The same client-made id again returns the same draft. Where a receiver is named and no class, everything that the
    ledger carries for that receiver is chosen.
    """
    case = await _open_case(unit, case_id)
    check_codes(form, unit.profile_of(case), age=age_of(case))
    referral_id = form.id or uuid7()
    already = await find_referral(unit, referral_id)
    if already is not None:
        if already["case_id"] != case_id:
            raise Conflict("request.id_taken")
        unit.audit(
            "referral.send", subject_kind="referral", subject_id=referral_id, cases=[case_id], outcome="repeated"
        )
        return already
    values = await _draft_values(unit, case, referral_id, form)
    _, wrapped = unit.program.keyring.new_data_key("referral", referral_id)
    await unit.execute(
        insert(referral).values(
            **values,
            id=referral_id,
            jurisdiction=case["jurisdiction"],
            case_id=case_id,
            sender_org_id=unit.actor.org_id,
            sender_account_id=unit.actor.account_id,
            wrapped_key=wrapped.blob,
            key_version=wrapped.version,
        )
    )
    unit.audit("referral.send", subject_kind="referral", subject_id=referral_id, version=1, cases=[case_id])
    return await the_referral(unit, referral_id)


async def change_draft(unit: UnitOfWork, referral_id: UUID, form: ChangeDraft, expected: int | None) -> RowMapping:
    """Change a draft as a whole, under its version."""
    row, case = await _draft(unit, referral_id, expected)
    check_codes(form, unit.profile_of(case), age=age_of(case))
    return await _change(unit, row, await _draft_values(unit, case, referral_id, form))


async def choose_receiver(
    unit: UnitOfWork, referral_id: UUID, form: ChooseReceiver, expected: int | None
) -> RowMapping:
    """Name the receiver of a draft; what is shared becomes what the ledger carries for that receiver."""
    row, case = await _draft(unit, referral_id, expected)
    org = await _receiver(unit, case["id"], form.receiver_org_id)
    await check_receiver(unit, case, dict(row), org, form.deviation_reason, referral_id)
    covered = await cover_of(unit, case, org)
    shared = [c.value for c in covered.classes]
    return await _change(unit, row, {"receiver_org_id": org["id"], "shared_classes": shared})


async def choose_classes(unit: UnitOfWork, referral_id: UUID, form: ChooseClasses, expected: int | None) -> RowMapping:
    """Choose what the receiver of a draft may open after accepting."""
    row, case = await _draft(unit, referral_id, expected)
    if row["receiver_org_id"] is None:
        raise Invalid.one("receiver_org_id", "field.missing")
    org = await _receiver(unit, case["id"], row["receiver_org_id"])
    await _check_reach(unit, case, await cover_of(unit, case, org), form.data_classes)
    return await _change(unit, row, {"shared_classes": list(form.data_classes)})


async def preview_referral(unit: UnitOfWork, referral_id: UUID) -> Preview:
    """Return exactly what the receiver of a draft will see, before and after accepting, and never."""
    row = await the_referral(unit, referral_id)
    case = await unit.case(row["case_id"], "referral.send")
    _check_drafted(row)
    chosen = frozenset(DataClass(c) for c in row["shared_classes"])
    receiver: RowMapping | None = None
    covered = Cover((), ())
    if row["receiver_org_id"] is not None:
        receiver = await _receiver(unit, case["id"], row["receiver_org_id"])
        covered = await cover_of(unit, case, receiver)
    due_at, to_confirm = answer_due(unit.profile_of(case), case, unit.now, row["answer_by"])
    unit.audit(
        "referral.send", subject_kind="referral", subject_id=referral_id, cases=[case["id"]], classes=["milestones"]
    )
    return Preview(
        row=row,
        receiver=receiver,
        minimum=minimum_of(case, row),
        after=tuple(one for one in covered.covered if one.data_class in chosen),
        uncovered=tuple(c for c in DataClass if c in chosen and c not in covered.classes),
        could=tuple(c for c in covered.classes if c not in chosen),
        never=tuple(c for c in DataClass if c not in chosen),
        words=covered.words,
        purpose=covered.purpose,
        answer_due_at=due_at,
        answer_due_to_confirm=to_confirm,
    )


async def send_referral(unit: UnitOfWork, referral_id: UUID, expected: int | None) -> RowMapping:
    """Send a draft to the receiver's queue: the answer is due from now on.

    Refused where a class is carried neither by consent nor by another recorded basis, naming each.
    """
    row = await the_referral(unit, referral_id)
    case = await _open_case(unit, row["case_id"])
    at = await lock_sharing(unit, case["id"])
    row = await the_referral(unit, referral_id, lock=True)
    await check_step(unit, row, Act.SEND, await side_of(unit, row), Details(), expected)
    if row["receiver_org_id"] is None:
        raise Invalid.one("receiver_org_id", "field.missing")
    check_answer_by(row["answer_by"], unit.now)
    org = await _receiver(unit, case["id"], row["receiver_org_id"])
    covered = await cover_of(unit, case, org, at)
    requested = [DataClass(c) for c in row["shared_classes"]]
    check_openable(requested)
    check_sharing(requested, covered.ledger, covered.receiver, at, bool(case["is_child"]), covered.purpose)
    return await put_in_queue(
        unit,
        row,
        case,
        "referral.send",
        minimum=minimum_of(case, row),
        bases=bases_of(covered, requested),
    )


async def put_in_queue(unit: UnitOfWork, row: RowMapping, case: CaseRow, action: str, **values: Any) -> RowMapping:
    """Send a draft: its receiver owes an answer from now on, the case hears of it, `action` stands in the log.

    `values` are columns that change with it. Returns the referral as it was sent.
    """
    due_at, to_confirm = answer_due(unit.profile_of(case), case, unit.now, row["answer_by"])
    values |= {"sent_at": unit.now, "answer_due_at": due_at, "answer_due_to_confirm": to_confirm}
    sent = await advance(unit, row, Act.SEND, Party.SENDER, values=values)
    await record_event(
        unit,
        case,
        "REFERRAL_SENT",
        unit.now,
        subject_kind="referral",
        subject_id=row["id"],
        due_org_id=row["receiver_org_id"],
        due_at=row["answer_by"],
        urgency=row["urgency"],
    )
    unit.audit(
        action,
        subject_kind="referral",
        subject_id=row["id"],
        version=sent["version"],
        cases=[row["case_id"]],
        classes=row["shared_classes"],
        changed=["state", *values],
        decided="send",
        receiver=str(row["receiver_org_id"]),
    )
    return sent


async def send_again(unit: UnitOfWork, referral_id: UUID) -> RowMapping:
    """Begin a new draft with the need of a referral that was declined, expired, withdrawn or revoked."""
    row = await the_referral(unit, referral_id)
    if row["state"] not in (State.DECLINED, State.EXPIRED, State.WITHDRAWN, State.REVOKED):
        raise Conflict("referral.still_open", possible=())
    case = await _open_case(unit, row["case_id"])
    opened = await unit.open_for_case(case["id"], TABLE, dict(row), "message")
    form = DraftReferral(
        needs=tuple(row["needs"]),
        purpose=row["purposes"][0],
        requested_services=tuple(row["requested_services"]),
        urgency=row["urgency"],
        safety=row["safety"],
        message=opened["message"],
    )
    return await draft_referral(unit, case["id"], form)


async def _open_case(unit: UnitOfWork, case_id: UUID) -> RowMapping:
    case = await unit.case(case_id, "referral.send")
    if case["state"] == "closed":
        raise Conflict("referral.case_closed", case_id=case_id)
    return case


def _check_drafted(row: RowMapping) -> None:
    if row["state"] != State.DRAFTED:
        raise Conflict(f"referral.state.{row['state']}", possible=())


async def _draft(unit: UnitOfWork, referral_id: UUID, expected: int | None) -> tuple[RowMapping, RowMapping]:
    """Return a draft of the actor's organisation, locked, with its case; refused where it was sent or has changed."""
    row = await the_referral(unit, referral_id, lock=True)
    case = await _open_case(unit, row["case_id"])
    if expected is None:
        raise PreconditionRequired("version.required")
    _check_drafted(row)
    if row["sender_org_id"] != unit.actor.org_id:
        raise Conflict("referral.not_our_draft")
    await unit.check_version(referral_id, row["version"], expected)
    return row, case


async def _receiver(unit: UnitOfWork, case_id: UUID, org_id: UUID) -> RowMapping:
    org = await require_organisation(unit, org_id, "receiver_org_id", answering=True)
    if org_id == unit.actor.org_id:
        raise Invalid.one("receiver_org_id", "referral.to_self")
    if await kept_away(unit, case_id, org_id):
        raise Invalid.one("receiver_org_id", "referral.kept_away")
    return org


async def _check_reach(unit: UnitOfWork, case: RowMapping, covered: Cover, wanted: tuple[str, ...]) -> None:
    """Refuse to draft a class that the sender does not see and the ledger does not carry: nobody could say why."""
    seen = await unit.visible_classes(case["id"])
    errors = [
        FieldError(f"data_classes.{c}", "referral.beyond_consent", {"data_class": c})
        for c in wanted
        if DataClass(c) in NEVER_SHARED or (DataClass(c) not in seen and DataClass(c) not in covered.classes)
    ]
    if errors:
        raise Invalid(errors)


async def _draft_values(
    unit: UnitOfWork, case: RowMapping, referral_id: UUID, form: DraftReferral | ChangeDraft
) -> dict[str, Any]:
    check_answer_by(form.answer_by, unit.now)
    shared: list[str] = list(form.data_classes)
    if form.receiver_org_id is not None:
        org = await _receiver(unit, case["id"], form.receiver_org_id)
        asked = {"needs": form.needs, "urgency": form.urgency, "purposes": [form.purpose]}
        await check_receiver(unit, case, asked, org, form.deviation_reason, referral_id)
        covered = await cover_of(unit, case, org)
        await _check_reach(unit, case, covered, form.data_classes)
        shared = shared or [c.value for c in covered.classes]
    else:
        await _check_reach(unit, case, Cover((), ()), form.data_classes)
    return {
        "receiver_org_id": form.receiver_org_id,
        "purposes": [form.purpose],
        "needs": list(form.needs),
        "requested_services": list(form.requested_services),
        "urgency": form.urgency,
        "safety": form.safety,
        "shared_classes": shared,
        "answer_by": form.answer_by,
        **await unit.seal_for_case(case["id"], TABLE, referral_id, {"message": form.message}),
    }


async def _change(unit: UnitOfWork, row: RowMapping, values: dict[str, Any]) -> RowMapping:
    await unit.execute(
        update(referral)
        .where(and_(referral.c.id == row["id"], referral.c.version == row["version"]))
        .values(**values, version=row["version"] + 1)
    )
    unit.audit(
        "referral.send",
        subject_kind="referral",
        subject_id=row["id"],
        version=row["version"] + 1,
        cases=[row["case_id"]],
        changed=values,
    )
    return await the_referral(unit, row["id"])


async def kept_away(unit: UnitOfWork, case_id: UUID, org_id: UUID) -> bool:
    """True where a denial keeps an organisation from the case: a referral would lie unseen in its queue."""
    found = await unit.execute(text("select casework.kept_away(:case, :org)"), {"case": case_id, "org": org_id})
    return bool(found.scalar())


async def organisation_row(unit: UnitOfWork, org_id: UUID) -> RowMapping:
    """Return an organisation, also one that is no longer active."""
    found = await unit.execute(select(organisation).where(organisation.c.id == org_id))
    row: RowMapping = found.mappings().one()
    return row
