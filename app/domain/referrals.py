"""Referrals: from a draft to the answer, the service and the feedback, and who sees what on the way.

Source: design, casework ("Life cycles": Referral); the code list referral_status, whose codes each state maps to.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.consent import NEVER_SHARED, Consent, Receiver, covering
from app.domain.policy import DataClass
from app.domain.problems import Conflict, FieldError, Forbidden, Invalid
from app.domain.providers import SHELTER_NEED


class State(StrEnum):
    """The stored state of a referral."""

    DRAFTED = "drafted"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    IN_SERVICE = "in_service"
    COMPLETED = "completed"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Act(StrEnum):
    """What can be done with a referral; each act is kept as an event with its time."""

    SEND = "send"
    ACKNOWLEDGE = "acknowledge"
    ASK = "ask"
    ANSWER = "answer"
    ACCEPT = "accept"
    DECLINE = "decline"
    REDIRECT = "redirect"
    START_SERVICE = "start_service"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"
    EXPIRE = "expire"


class Party(StrEnum):
    """Who acts: the sending or the receiving organisation, the program itself, or the person (recorded by staff)."""

    SENDER = "sender"
    RECEIVER = "receiver"
    SYSTEM = "system"
    PERSON = "person"


STATUS_CODE: Final[Mapping[State, str]] = {
    State.DRAFTED: "DRAFT",
    State.SENT: "SENT",
    State.ACKNOWLEDGED: "RECEIVED",
    State.INFO_REQUESTED: "INFO_REQUESTED",
    State.ACCEPTED: "ACCEPTED",
    State.IN_SERVICE: "ACCEPTED",
    State.COMPLETED: "COMPLETED",
    State.DECLINED: "DECLINED",
    State.REDIRECTED: "REDIRECTED",
    State.WITHDRAWN: "CANCELLED",
    State.REVOKED: "CANCELLED",
    State.EXPIRED: "NOT_ANSWERED",
}
"""The code of referral_status for each state; CANCELLED is told apart by its cause, which is the state."""

AWAITING_ANSWER: Final = frozenset({State.SENT, State.ACKNOWLEDGED, State.INFO_REQUESTED})
TAKEN_ON: Final = frozenset({State.ACCEPTED, State.IN_SERVICE})
OPEN: Final = AWAITING_ANSWER | TAKEN_ON | {State.DRAFTED}

MINIMUM_DATA_SET: Final = frozenset(
    {"code", "age_group", "child", "sex", "languages", "interpreter", "needs", "services", "urgency", "safety"}
)
"""What the receiver sees before accepting, nothing more; none of it says who the person is. `child`: treated as one."""

POLICE_KINDS: Final = frozenset({"POLICE", "POLICE_ANTI_TRAFFICKING", "BORDER_POLICE"})


def sharing_purpose(kind: str) -> str:
    """Return the consent purpose that sharing with an organisation of `kind` needs (code list consent_purpose)."""
    if kind in POLICE_KINDS:
        return "POLICE"
    return "PROSECUTION" if kind == "PROSECUTION" else "REFERRAL_NAMED_BODY"


_BY: Mapping[Act, frozenset[Party]] = {
    Act.SEND: frozenset({Party.SENDER}),
    Act.ACKNOWLEDGE: frozenset({Party.RECEIVER}),
    Act.ASK: frozenset({Party.RECEIVER}),
    Act.ANSWER: frozenset({Party.SENDER}),
    Act.ACCEPT: frozenset({Party.RECEIVER}),
    Act.DECLINE: frozenset({Party.RECEIVER}),
    Act.REDIRECT: frozenset({Party.RECEIVER}),
    Act.START_SERVICE: frozenset({Party.RECEIVER}),
    Act.COMPLETE: frozenset({Party.RECEIVER}),
    Act.WITHDRAW: frozenset({Party.SENDER, Party.PERSON}),
    Act.REVOKE: frozenset({Party.SYSTEM}),
    Act.EXPIRE: frozenset({Party.SYSTEM}),
}

_TO: Mapping[Act, State] = {
    Act.SEND: State.SENT,
    Act.ACKNOWLEDGE: State.ACKNOWLEDGED,
    Act.ASK: State.INFO_REQUESTED,
    Act.ANSWER: State.ACKNOWLEDGED,
    Act.ACCEPT: State.ACCEPTED,
    Act.DECLINE: State.DECLINED,
    Act.REDIRECT: State.REDIRECTED,
    Act.START_SERVICE: State.IN_SERVICE,
    Act.COMPLETE: State.COMPLETED,
    Act.WITHDRAW: State.WITHDRAWN,
    Act.REVOKE: State.REVOKED,
    Act.EXPIRE: State.EXPIRED,
}

_ALWAYS_TO_END = (Act.WITHDRAW, Act.REVOKE)
_FROM: Mapping[State, tuple[Act, ...]] = {
    State.DRAFTED: (Act.SEND, Act.WITHDRAW),
    State.SENT: (Act.ACKNOWLEDGE, Act.ACCEPT, Act.DECLINE, Act.EXPIRE, *_ALWAYS_TO_END),
    State.ACKNOWLEDGED: (Act.ASK, Act.ACCEPT, Act.DECLINE, Act.REDIRECT, Act.EXPIRE, *_ALWAYS_TO_END),
    State.INFO_REQUESTED: (Act.ANSWER, Act.ACCEPT, Act.DECLINE, Act.REDIRECT, Act.EXPIRE, *_ALWAYS_TO_END),
    State.ACCEPTED: (Act.START_SERVICE, Act.COMPLETE, Act.REDIRECT, *_ALWAYS_TO_END),
    State.IN_SERVICE: (Act.COMPLETE, Act.REDIRECT, *_ALWAYS_TO_END),
}

OTHER_REASON: Final = "OTHER"
"""The decline reason that needs a text (code list referral_decline_reason)."""


@dataclass(frozen=True, slots=True)
class Details:
    """What an act brings with it: a reason code, a text (question, answer or feedback), the new referral."""

    reason: str = ""
    text: str = ""
    redirected_to: UUID | None = None


def possible(state: State, by: Party | None = None) -> tuple[Act, ...]:
    """Return the acts that `state` allows, to `by` alone where given."""
    return tuple(act for act in _FROM.get(state, ()) if by is None or by in _BY[act])


def step(state: State, act: Act, by: Party, details: Details | None = None) -> State:
    """Return the state after `act`.

    Raises Conflict `referral.state.<state>` where the state does not allow the act, its sentence and
    `params["possible"]` saying what is possible now; Forbidden where the act belongs to the other side; Invalid
    where a decline has no reason, a redirection no new referral, a completion no feedback.
    """
    if act not in _FROM.get(state, ()):
        raise Conflict(f"referral.state.{state}", possible=tuple(map(str, possible(state, by))))
    if by not in _BY[act]:
        side = next(party for party in Party if party in _BY[act])
        raise Forbidden(f"referral.only_{side}", possible=tuple(map(str, possible(state, by))))
    _check_details(act, details or Details())
    return _TO[act]


def _check_details(act: Act, details: Details) -> None:
    if act is Act.DECLINE and not details.reason.strip():
        raise Invalid.one("reason", "referral.decline_reason_missing")
    if act is Act.DECLINE and details.reason == OTHER_REASON and not details.text.strip():
        raise Invalid.one("text", "referral.reason_text_missing")
    if act is Act.REDIRECT and details.redirected_to is None:
        raise Invalid.one("redirected_to", "referral.redirected_to_missing")
    if act is Act.ASK and not details.text.strip():
        raise Invalid.one("text", "referral.question_missing")
    if act is Act.ANSWER and not details.text.strip():
        raise Invalid.one("text", "referral.answer_missing")
    if act is Act.COMPLETE and not details.text.strip():
        raise Invalid.one("text", "referral.feedback_missing")


def is_unanswered(state: State, answer_due: datetime, now: datetime) -> bool:
    """True where the answer is past due: it is shown so to sender, receiver and authority, and nobody is blocked."""
    return state in AWAITING_ANSWER and now >= answer_due


def lapses(state: State, answer_due: datetime, to_confirm: bool, now: datetime) -> bool:
    """True where an unanswered referral expires by itself: past a deadline that is certain, because it is confirmed or
    because the sender chose it. One that is to be confirmed ends nothing: the sender may withdraw or send it elsewhere.
    """
    return is_unanswered(state, answer_due, now) and not to_confirm


def check_answer_by(answer_by: datetime | None, now: datetime) -> None:
    """Refuse to want an answer by a moment that has passed. Raises Invalid."""
    if answer_by is not None and answer_by <= now:
        raise Invalid.one("answer_by", "referral.answer_by_past")


def minimum_visible(state: State) -> bool:
    """True where the receiver sees the minimum data set: from the sending until the end."""
    return state in AWAITING_ANSWER | TAKEN_ON


def visible(state: State, shared: Collection[DataClass]) -> frozenset[DataClass]:
    """Return the data classes the receiver may open: none before acceptance, `shared` after it, none after the end.

    Before acceptance there is only the minimum data set, see `minimum_visible`.
    """
    return frozenset(shared) - NEVER_SHARED if state in TAKEN_ON else frozenset()


def check_openable(requested: Collection[DataClass]) -> None:
    """Refuse to share anything of a case without its milestones: the receiver could not open it. Raises Invalid."""
    if requested and DataClass.MILESTONES not in requested:
        raise Invalid.one("data_classes", "referral.milestones_first")


def check_sharing(
    requested: Collection[DataClass],
    consents: Collection[Consent],
    receiver: Receiver,
    now: datetime,
    is_child: bool,
    purpose: str = "REFERRAL_NAMED_BODY",
) -> Mapping[DataClass, UUID]:
    """Return for each requested class the ledger entry that covers it, consent or another recorded basis.

    Raises Invalid naming every class that nothing covers, one error for each on the field `data_classes.<class>`
    (design, casework: "A referral carries no data class that neither consent nor another recorded basis covers").
    """
    errors: list[FieldError] = []
    entries: dict[DataClass, UUID] = {}
    for data_class in (known for known in DataClass if known in requested):
        entry = covering(consents, purpose, receiver, data_class, now, is_child)
        if data_class in NEVER_SHARED:
            errors.append(FieldError(f"data_classes.{data_class}", "referral.shelter_location", {}))
        elif entry is None:
            params = {"data_class": str(data_class)}
            errors.append(FieldError(f"data_classes.{data_class}", "referral.beyond_consent", params))
        else:
            entries[data_class] = entry.id
    if errors:
        raise Invalid(errors)
    return entries


def check_first_yes(state: State, needs: Collection[str], sent_at: datetime, taken_on: Iterable["TakenOn"]) -> None:
    """Refuse a second yes to one question: a person sleeps in one place, and an empty bed kept for them helps nobody.

    Of the referrals for a place to stay that waited at the same time, the first acceptance stands. One that was sent
    after the other was accepted is a move to a better place; it can be accepted while the person still stays.
    Raises Conflict `referral.place_found`, naming what is possible instead.
    """
    if SHELTER_NEED in needs and any(SHELTER_NEED in other.needs and other.accepted_at > sent_at for other in taken_on):
        instead = (act for act in possible(state, Party.RECEIVER) if act is not Act.ACCEPT)
        raise Conflict("referral.place_found", possible=tuple(map(str, instead)))


@dataclass(frozen=True, slots=True)
class TakenOn:
    """Another referral of the same case that was accepted and goes on."""

    needs: Collection[str]
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Timing:
    """The times a referral is measured by; None where it has not come so far."""

    sent_at: datetime | None = None
    answered_at: datetime | None = None
    service_at: datetime | None = None

    @property
    def seconds_to_answer(self) -> float | None:
        """Seconds from sending to acceptance, decline or redirection."""
        return _seconds(self.sent_at, self.answered_at)

    @property
    def seconds_to_service(self) -> float | None:
        """Seconds from sending to the first service."""
        return _seconds(self.sent_at, self.service_at)


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()


def timing(events: Iterable[tuple[Act, datetime]]) -> Timing:
    """Return when the referral was sent, first answered and first served."""
    first: dict[str, datetime] = {}
    for act, at in sorted(events, key=lambda event: event[1]):
        if act is Act.SEND:
            first.setdefault("sent_at", at)
        elif act in (Act.ACCEPT, Act.DECLINE, Act.REDIRECT):
            first.setdefault("answered_at", at)
        elif act is Act.START_SERVICE:
            first.setdefault("service_at", at)
    return Timing(**first)
