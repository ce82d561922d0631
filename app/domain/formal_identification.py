"""The formal identification: who decides together, what an interview and a decision need, what is signed.

Sources: design, casework (`StatusDecision`; "never overwritten; conflict-of-interest check; not recognised keeps VMT
services"); `formal_identification`, `child_participants` and form F3 of the profiles, all of them to confirm. Nothing
here is a number or a name of an organisation: those come from the profile that the case is worked under.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.aid_rules import LegalElements
from app.domain.durations import later, parse_duration
from app.domain.problems import Conflict, FieldError, Invalid
from app.domain.procedures import Appeal, ChildParticipants, SignatureRule, Team
from app.domain.profile import Profile
from app.domain.victim_status import Status

Declaration = Literal["open", "none", "declared"]
"""What a member said about a conflict of interest: nothing yet, none, or that there is one."""
Finding = Literal["present", "not_shown"]
"""What the team found about one element; that it is not shown says nothing about the person."""
Outcome = Literal["open", "carried", "returned"]
"""How the signatures stand: some are missing, the proposal is the decision, or it goes back to the team."""

FORMAT: Final = 1
"""Version of the layout of the signed content; a later layout gets a later number, old ones stay readable."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the team. `kind` is a code of `organisation_kind`; without an account nobody signs here."""

    id: UUID
    kind: str
    account_id: UUID | None
    declaration: Declaration = "open"
    removed: bool = False

    @property
    def takes_part(self) -> bool:
        """True while the member is of the team: not removed, and without a declared conflict."""
        return not self.removed and self.declaration != "declared"

    @property
    def may_act(self) -> bool:
        """True where the member may interview, propose and sign: takes part and declared that there is no conflict."""
        return self.takes_part and self.declaration == "none"


@dataclass(frozen=True, slots=True)
class Vote:
    """One signature: whose, and whether it agrees with the proposal."""

    member_id: UUID
    agrees: bool


@dataclass(frozen=True, slots=True)
class Interview:
    """What the rules ask of one interview; `number` counts from 1 within the procedure."""

    occurred_at: datetime
    number: int
    officer_kinds: frozenset[str]
    child: bool
    guardian: Literal["guardian", "representative", "absent", "not_needed"]
    best_interest: str | None
    further_reason: str | None
    person_asked: bool
    asked_note: str | None


def team_of(profile: Profile, place: Literal["territory", "border"], child: bool) -> Team:
    """Return who decides there for a person of that age."""
    return profile.formal_team(place, "child" if child else "adult")


def required_members(team: Team, members: Iterable[Member]) -> list[Member]:
    """Return the members whose signature is needed: of a required kind, with an account, taking part."""
    return [m for m in members if m.takes_part and m.account_id is not None and m.kind in team.required]


def vacant(team: Team, members: Iterable[Member]) -> tuple[str, ...]:
    """Return the required kinds that nobody who could sign holds, in the order of the profile."""
    held = {member.kind for member in required_members(team, members)}
    return tuple(kind for kind in team.required if kind not in held)


def missing_signatures(team: Team, members: Sequence[Member], votes: Iterable[Vote]) -> tuple[str, ...]:
    """Return the kinds of organisation whose signature is missing: empty seats, and members who have not signed."""
    signed = {vote.member_id for vote in votes}
    waiting = {member.kind for member in required_members(team, members) if member.id not in signed}
    return tuple(kind for kind in team.required if kind in waiting or kind in vacant(team, members))


def outcome(rule: SignatureRule, team: Team, members: Sequence[Member], votes: Iterable[Vote]) -> Outcome:
    """Return how the signatures stand under the profile's rule.

    `all`: the proposal is the decision where every required member signed and none dissents. `majority`: where every
    required member signed and more agree than dissent. Who is not required has no vote.
    """
    given = list(votes)
    if missing_signatures(team, members, given):
        return "open"
    required = {member.id for member in required_members(team, members)}
    yes = sum(1 for vote in given if vote.member_id in required and vote.agrees)
    no = sum(1 for vote in given if vote.member_id in required and not vote.agrees)
    carried = no == 0 if rule == "all" else yes > no
    return "carried" if carried else "returned"


def elements_of(profile: Profile, child: bool) -> tuple[str, ...]:
    """Return the elements of the offence that need a finding: for a child never the means."""
    body = next((rule.body for rule in profile.aids.values() if isinstance(rule.body, LegalElements)), None)
    every: tuple[str, ...] = body.required["child" if child else "adult"] if body else ("act", "purpose")
    return tuple(element for element in every if not (child and element == "means"))


def check_interview(given: Interview, requested_at: datetime, reflecting: bool, asked: ChildParticipants) -> None:
    """Refuse an interview that the procedure does not allow; raises Invalid naming every field.

    Inside the person's own time it needs their recorded request; a further one a reason; a child's somebody of child
    protection, a guardian or representative, and a note on the best interest.
    """
    errors: list[FieldError] = []
    if given.occurred_at < requested_at:
        errors.append(FieldError("occurred_at", "formal.interview_before_request", {}))
    if not given.officer_kinds:
        errors.append(FieldError("officers", "formal.no_officer", {}))
    if reflecting and not (given.person_asked and (given.asked_note or "").strip()):
        field = "asked_note" if given.person_asked else "person_asked_earlier"
        errors.append(FieldError(field, "formal.inside_reflection", {}))
    if given.number > 1 and not (given.further_reason or "").strip():
        errors.append(FieldError("further_reason", "formal.further_reason_missing", {}))
    if given.child:
        if not given.officer_kinds & set(asked.required):
            errors.append(FieldError("officers", "formal.child_protection_missing", {}))
        if asked.guardian_or_representative and given.guardian not in ("guardian", "representative"):
            errors.append(FieldError("guardian", "formal.guardian_missing", {}))
        if not (given.best_interest or "").strip():
            errors.append(FieldError("best_interest", "formal.best_interest_missing", {}))
    if errors:
        raise Invalid(errors)


def check_proposal(result: str, elements: Sequence[str], findings: Mapping[str, str], interviews: int) -> None:
    """Refuse a proposal without its interview or its grounds; raises Conflict or Invalid on `result`.

    VT needs every element present, of an adult the means among them. A proposal not to recognise needs a finding on
    each element too: what was looked at and why it is not shown.
    """
    if not interviews:
        raise Conflict("formal.no_interview")
    for element in elements:
        found = findings.get(element)
        if element == "means" and result == Status.VT and found != "present":
            raise Invalid.one("result", "formal.means_missing")
        if found is None:
            raise Invalid.one("result", "formal.ground_missing", element=element)
        if result == Status.VT and found != "present":
            raise Invalid.one("result", "formal.element_not_shown", element=element)


def check_decided_at(
    decided_at: datetime, interviews: Iterable[datetime], signed: Iterable[datetime], decisions: Iterable[datetime]
) -> None:
    """Refuse a decision dated before its last interview, its last signature or an earlier decision; raises Invalid."""
    for moments, code in (
        (interviews, "formal.decided_before_interview"),
        (signed, "formal.decided_before_signature"),
        (decisions, "formal.decided_before_decision"),
    ):
        last = max(moments, default=None)
        if last is not None and decided_at < last:
            raise Invalid.one("decided_at", code)


def appeal_until(rule: Appeal | None, handed_over_at: datetime, timezone: str) -> datetime | None:
    """Return when the time to appeal ends, counted from the handing over; None where the profile knows no number."""
    if rule is None or rule.duration is None:
        return None
    return later(handed_over_at, parse_duration(rule.duration), ZoneInfo(timezone))


def moment(at: datetime) -> str:
    """Return a point in time as the signed content writes it: UTC, microseconds, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_digest(words: str | None) -> str | None:
    """Return the SHA-256 of a text (UTF-8) in hexadecimal, None for no text: what stands in place of sealed words."""
    return None if words is None else hashlib.sha256(words.encode()).hexdigest()


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed: JSON, keys sorted, UTF-8 as it is, no spaces. Raises ValueError for NaN."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return written.encode()


def digest(content: bytes) -> str:
    """Return the SHA-256 of the signed bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
