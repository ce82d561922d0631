"""The formal identification of a person: asked for, read, taken back. The team and the decision have their own modules.

Whoever sees the milestones of a case sees that and when something happened; the procedure itself is of the data class
`identification`, and row-level security shows nothing of it to anybody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping, Table, or_, select, text, update

from app.domain.formal_identification import Member, Vote, team_of
from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.domain.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.domain.procedures import Team
from app.domain.profile import Profile
from app.domain.victim_status import Kind, Status, StatusEvent, check_event
from app.services.case_facts import age_word
from app.services.events import record_event, status_event
from app.services.reflection import interview_allowed
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account
from app.storage.cases import case_event, case_grant
from app.storage.formal_identification import (
    formal_decision,
    formal_declaration,
    formal_ground,
    formal_handing_over,
    formal_interview,
    formal_letter,
    formal_member,
    formal_procedure,
    formal_proposal,
    formal_review,
    formal_signature,
)
from app.storage.organisations import organisation

SUBJECT = "formal_procedure"
_STOOD_ASIDE = text("select casework.stood_aside_from(:given)")
UNDECIDED = ("open", "reconsidering")
"""States in which the team works towards a decision."""
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "formal_procedure": ("wish", "early_reason", "withdrawal_note"),
    "formal_member": ("outside_name",),
    "formal_interview": ("asked_note", "best_interest", "further_reason", "summary"),
    "formal_ground": ("reasoning",),
    "formal_proposal": ("reasoning",),
    "formal_signature": ("dissent",),
    "formal_handing_over": ("note",),
    "formal_review": ("reason",),
}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as stored with names; `declaration` is the latest word on a conflict of interest."""

    row: RowMapping
    declaration: Literal["open", "none", "declared"]

    @property
    def member(self) -> Member:
        """The member as the rules see one."""
        row = self.row
        removed = row["removed_at"] is not None
        return Member(row["id"], row["kind"], row["member_account_id"], self.declaration, removed)


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure with everything that belongs to it, the oldest first; texts stay sealed in the rows.

    `words` holds opened texts by (table, row id, column) once they were opened.
    """

    row: RowMapping
    case: RowMapping
    profile: Profile
    members: Sequence[MemberRow]
    interviews: Sequence[RowMapping]
    grounds: Sequence[RowMapping]
    proposals: Sequence[RowMapping]
    signatures: Sequence[RowMapping]
    decisions: Sequence[RowMapping]
    letters: Sequence[RowMapping]
    handings: Sequence[RowMapping]
    reviews: Sequence[RowMapping]
    words: Mapping[tuple[str, UUID, str], str | None] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The procedure's id."""
        found: UUID = self.row["id"]
        return found

    @property
    def child(self) -> bool:
        """True where the person is treated as a child."""
        return bool(self.case["is_child"])

    @property
    def team(self) -> Team:
        """Who decides, by the profile of the case, the place and the age."""
        return team_of(self.profile, self.row["place_kind"], self.child)

    @property
    def team_members(self) -> list[Member]:
        """The members as the rules see them."""
        return [one.member for one in self.members]

    @property
    def findings(self) -> dict[str, RowMapping]:
        """The latest finding on each element."""
        return {row["element"]: row for row in self.grounds}

    @property
    def proposal(self) -> RowMapping | None:
        """The proposal that waits for signatures, None where there is none."""
        waiting = [p for p in self.proposals if p["state"] == "proposed" and p["round"] == self.row["round"]]
        return waiting[-1] if waiting else None

    @property
    def decision(self) -> RowMapping | None:
        """The decision that stands, None before the first."""
        return self.decisions[-1] if self.decisions else None

    @property
    def letters_now(self) -> list[RowMapping]:
        """The letters of the decision that stands."""
        decision = self.decision
        return [row for row in self.letters if decision is not None and row["formal_decision_id"] == decision["id"]]

    @property
    def handed_over(self) -> RowMapping | None:
        """The last handing over of a letter of the decision that stands, None before it."""
        letters = {row["id"] for row in self.letters_now}
        given = [row for row in self.handings if row["formal_letter_id"] in letters]
        return given[-1] if given else None

    def signatures_of(self, proposal_id: UUID) -> list[RowMapping]:
        """Return the signatures under a proposal."""
        return [row for row in self.signatures if row["formal_proposal_id"] == proposal_id]

    def votes(self, proposal_id: UUID) -> list[Vote]:
        """Return the signatures under a proposal as votes."""
        return [Vote(row["formal_member_id"], row["agrees"]) for row in self.signatures_of(proposal_id)]

    def own(self, account_id: UUID) -> MemberRow | None:
        """Return the membership of an account that is not removed, None where there is none."""
        mine = [m for m in self.members if m.row["member_account_id"] == account_id and m.row["removed_at"] is None]
        return mine[-1] if mine else None

    def text(self, table: str, row: Mapping[str, Any] | RowMapping, column: str) -> str | None:
        """Return an opened text."""
        return self.words.get((table, row["id"], column))


async def _rows(unit: UnitOfWork, table: Table, procedure_id: UUID) -> list[RowMapping]:
    query = select(table).where(table.c.formal_procedure_id == procedure_id).order_by(table.c.id)
    return list((await unit.execute(query)).mappings())


async def _members(unit: UnitOfWork, procedure_id: UUID) -> list[MemberRow]:
    query = (
        select(
            formal_member,
            organisation.c.code.label("org_code"),
            organisation.c.name_sq,
            organisation.c.name_en,
            account.c.display_name,
        )
        .join(organisation, organisation.c.id == formal_member.c.member_org_id)
        .outerjoin(account, account.c.id == formal_member.c.member_account_id)
        .where(formal_member.c.formal_procedure_id == procedure_id)
        .order_by(formal_member.c.id)
    )
    rows = list((await unit.execute(query)).mappings())
    said = {row["formal_member_id"]: row["answer"] for row in await _rows(unit, formal_declaration, procedure_id)}
    # An officer outside the program declares nothing here, and nothing here is theirs to sign.
    return [MemberRow(row, said.get(row["id"], "open" if row["member_account_id"] else "none")) for row in rows]


async def find(unit: UnitOfWork, procedure_id: UUID) -> RowMapping:
    """Return a procedure's row; `NotFound` where it is unknown or not the actor's to see.

    Who stood aside from it by a declared conflict is told that, `Forbidden`: they know it, and nobody else is told.
    """
    query = select(formal_procedure).where(formal_procedure.c.id == procedure_id)
    row: RowMapping | None = (await unit.execute(query)).mappings().first()
    if row is None:
        aside = (await unit.execute(_STOOD_ASIDE, {"given": procedure_id})).scalar_one()
        raise NotFound("formal.unknown") if aside is None else Forbidden("formal.stood_aside", case_id=aside)
    return row


async def load(unit: UnitOfWork, row: RowMapping, case: RowMapping) -> Procedure:
    """Return a procedure with everything that belongs to it, texts sealed. Audits nothing."""
    row_id = row["id"]
    return Procedure(
        row=row,
        case=case,
        profile=unit.profile_of(case),
        members=await _members(unit, row_id),
        interviews=await _rows(unit, formal_interview, row_id),
        grounds=await _rows(unit, formal_ground, row_id),
        proposals=await _rows(unit, formal_proposal, row_id),
        signatures=await _rows(unit, formal_signature, row_id),
        decisions=await _rows(unit, formal_decision, row_id),
        letters=await _rows(unit, formal_letter, row_id),
        handings=await _rows(unit, formal_handing_over, row_id),
        reviews=await _rows(unit, formal_review, row_id),
    )


async def for_act(unit: UnitOfWork, procedure_id: UUID, action: str, *states: str, member: bool = False) -> Procedure:
    """Return a procedure for a change by `action`, the case locked: one act on a procedure after the other.

    `states`: those in which the act is possible, any where none is given. `member`: only for members of the team who
    declared that they have no conflict of interest.
    """
    case = await unit.case((await find(unit, procedure_id))["case_id"], action, lock=True)
    found = await load(unit, await find(unit, procedure_id), case)
    if case["state"] == "closed":
        raise Conflict("case.already_closed", case_id=case["id"])
    if states and found.row["state"] not in states:
        raise Conflict(f"formal.not_now.{found.row['state']}", case_id=case["id"])
    if member:
        acting_member(unit, found)
    return found


def acting_member(unit: UnitOfWork, found: Procedure) -> MemberRow:
    """Return the actor's own membership; `Forbidden` for who is no member or has not said there is no conflict."""
    own = found.own(unit.actor.account_id)
    if own is None:
        raise Forbidden("formal.not_member", case_id=found.case["id"])
    if own.declaration == "declared":
        raise Forbidden("formal.conflict_declared", case_id=found.case["id"])
    if own.declaration == "open":
        raise Forbidden("formal.conflict_undeclared", case_id=found.case["id"])
    return own


async def opened(unit: UnitOfWork, found: Procedure) -> Procedure:
    """Return the procedure with its texts open."""
    parts: Iterable[tuple[str, Sequence[RowMapping]]] = (
        ("formal_procedure", [found.row]),
        ("formal_member", [one.row for one in found.members]),
        ("formal_interview", found.interviews),
        ("formal_ground", found.grounds),
        ("formal_proposal", found.proposals),
        ("formal_signature", found.signatures),
        ("formal_handing_over", found.handings),
        ("formal_review", found.reviews),
    )
    words: dict[tuple[str, UUID, str], str | None] = {}
    for table, rows in parts:
        for row in rows:
            texts = await unit.open_for_case(found.case["id"], f"casework.{table}", dict(row), *_TEXTS[table])
            words |= {(table, row["id"], column): said for column, said in texts.items()}
    return Procedure(
        **{name: getattr(found, name) for name in Procedure.__dataclass_fields__ if name != "words"}, words=words
    )


async def read_procedure(unit: UnitOfWork, procedure_id: UUID) -> Procedure:
    """Return one procedure with its texts; the read is written down."""
    row = await find(unit, procedure_id)
    case = await unit.case(row["case_id"], "formal.read")
    found = await opened(unit, await load(unit, row, case))
    unit.audit(
        "formal.read",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        version=row["version"],
        cases=[case["id"]],
        classes=[DataClass.MILESTONES.value, DataClass.IDENTIFICATION.value],
    )
    return found


async def status_events(unit: UnitOfWork, case_id: UUID) -> list[StatusEvent]:
    kinds = [kind.value for kind in Kind]
    rows = await unit.execute(select(case_event).where(case_event.c.case_id == case_id, case_event.c.kind.in_(kinds)))
    return [status_event(row) for row in rows.mappings()]


async def reflecting_at(unit: UnitOfWork, case_id: UUID, at: datetime) -> bool:
    """True where the person's own time of recovery and reflection goes on at `at`."""
    return not await interview_allowed(unit, case_id, at, person_asked=False)


async def tell(
    unit: UnitOfWork,
    found: RowMapping,
    kind: Kind,
    at: datetime,
    procedure_id: UUID,
    *,
    field_name: str,
    result: str | None = None,
    **facts: Any,
) -> UUID:
    """Record a step of the status after its rules; everything else follows from it. Returns the event's id.

    `field_name` is the form's field that the time stands in, so that a refusal lands there.
    """
    moment = min(at, unit.now)
    reasoned = result is not None
    wanted = None if result is None else Status(result)
    new = StatusEvent(uuid7(), kind, moment, unit.now, wanted, "given" if reasoned else "")
    try:
        check_event(await status_events(unit, found["id"]), new, unit.now)
    except Invalid as wrong:
        raise Invalid([FieldError(field_name, e.code, e.params) for e in wrong.errors]) from wrong
    except Conflict as order:
        raise Conflict(order.code, field_name, **{**order.params, "case_id": found["id"]}) from order
    told = facts if result is None else {**facts, "result": result, "reasoned": True}
    return await record_event(
        unit,
        found,
        kind.value,
        moment,
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        age=age_word(found["is_child"], found["age_group"]),
        **told,
    )


async def tell_aside(unit: UnitOfWork, found: Procedure, kind: str, at: datetime | None = None, **facts: Any) -> None:
    """Record a step inside the procedure (our own code): for who sees the identification alone."""
    await record_event(
        unit,
        found.case,
        kind,
        at or unit.now,
        data_class=DataClass.IDENTIFICATION,
        subject_kind=SUBJECT,
        subject_id=found.id,
        **facts,
    )


def written(unit: UnitOfWork, found: Procedure, row_id: UUID) -> dict[str, Any]:
    """Return the columns every row of a procedure begins with."""
    return {
        "id": row_id,
        "case_id": found.case["id"],
        "org_id": unit.actor.org_id,
        "account_id": unit.actor.account_id,
        "recorded_at": unit.now,
        "formal_procedure_id": found.id,
    }


async def set_state(unit: UnitOfWork, found: Procedure, **values: Any) -> int:
    """Change the procedure's row; returns its new version."""
    version = int(found.row["version"]) + 1
    await unit.execute(
        update(formal_procedure).where(formal_procedure.c.id == found.id).values(**values, version=version)
    )
    return version


async def end_team(
    unit: UnitOfWork, procedure_id: UUID, *, account_id: UUID | None = None, keep: Sequence[UUID] = ()
) -> None:
    """End what the procedure opened to its team, or to one member, but the grants `keep`; the last thing of an act."""
    which = [case_grant.c.account_id == account_id] if account_id is not None else []
    await unit.execute(
        update(case_grant)
        .where(
            case_grant.c.source_id == procedure_id,
            case_grant.c.basis == "team",
            or_(case_grant.c.valid_to.is_(None), case_grant.c.valid_to > unit.now),
            case_grant.c.id.not_in(keep),
            *which,
        )
        .values(valid_to=unit.now)
    )
