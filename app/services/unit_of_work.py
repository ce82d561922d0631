"""One use case, one transaction, with its audit entries: nothing is done that is not also written down.

The transaction acts under the identity of a session, so that row-level security sees the actor; refusals roll
back and are written down in a transaction of their own.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from app.domain.actors import Actor
from app.domain.ids import uuid7
from app.domain.policy import ACTIONS, DataClass, Reach, may
from app.domain.problems import (
    Forbidden,
    Invalid,
    NotFound,
    PreconditionRequired,
    Problem,
    SignInRequired,
    StaleVersion,
)
from app.domain.profile import Profile
from app.services.identities import ApiSession, Credential, Session, System, act_as, identify
from app.services.program import Program
from app.storage import audit as audit_table
from app.storage.batches import write_batch
from app.storage.cases import case_file, case_key
from app.storage.encryption import DataKey, associated, seal_json, unseal_json
from app.storage.key_provider import WrappedKey

_WRITE = text("select casework.write(cast(:batch as jsonb))")

CaseRow = RowMapping | Mapping[str, Any]
"""A case file's row, read from the database or just written."""


@dataclass(frozen=True, slots=True)
class About:
    """Whom an act concerned, as its entries in the log say it."""

    cases: tuple[UUID, ...] = ()
    persons: tuple[UUID, ...] = ()
    classes: tuple[str, ...] = ()
    subject_kind: str | None = None
    subject_id: UUID | None = None


class UnauditedAct(RuntimeError):
    """A use case ended without an audit entry: a defect of the program, never of its user."""


class UnitOfWork:
    """The transaction of one use case."""

    def __init__(
        self,
        program: Program,
        connection: AsyncConnection,
        actor: Actor | None,
        now: datetime,
        request_id: UUID,
        language: str,
    ) -> None:
        self.program = program
        self.connection = connection
        self._actor = actor
        self.now = now
        """The transaction's time in the database: the one clock of the program."""
        self.request_id = request_id
        self.language = language
        self._entries: list[dict[str, Any]] = []
        self._waiting: list[tuple[str, Mapping[str, Any]]] = []
        self._cases_met: dict[UUID, None] = {}
        self.quiet = False
        """True for acts that touch nobody's data (reference lists, the sign-in page)."""
        self.stands = False
        """True where a refusal must not undo what was written before it: attempts counted, a stolen token ended."""

    @property
    def actor(self) -> Actor:
        """Who acts; raises `SignInRequired` where nobody is signed in."""
        if self._actor is None:
            raise SignInRequired("session.required")
        return self._actor

    @property
    def signed_in(self) -> bool:
        """True where somebody is signed in."""
        return self._actor is not None

    @property
    def profile(self) -> Profile:
        """The current profile of the actor's jurisdiction; a case's own version comes from `profile_of`."""
        return self.program.profile(self.actor.jurisdiction)

    def profile_of(self, case: CaseRow) -> Profile:
        """The profile version a case is worked under."""
        return self.program.profile(case["jurisdiction"], case["profile_version"])

    async def take_identity(self, session: Session | ApiSession) -> Actor:
        """Act under a session that was started, or whose token was looked up, in this transaction.

        Raises `SignInRequired` where it has ended.
        """
        actor, _ = await act_as(self.connection, session)
        if actor is None:
            raise SignInRequired("session.required")
        self._actor = actor
        return actor

    @property
    def cases_met(self) -> tuple[UUID, ...]:
        """The cases that were looked up here and are the actor's to see: whom a refused attempt was about."""
        return tuple(self._cases_met)

    # -- policy ---------------------------------------------------------------------------------------------------

    def require(self, action: str) -> Actor | None:
        """Check the declared policy: role, second factor, first password. Raises the refusal."""
        rule = ACTIONS[action]
        if rule.reach is Reach.OPEN:
            return self._actor
        actor = self.actor
        if not may(actor.role, action):
            raise Forbidden("policy.role", role=actor.role.value)
        if rule.second_factor and actor.needs_second_factor and not actor.second_factor:
            raise Forbidden("policy.second_factor")
        if rule.second_factor and actor.must_change_password:
            raise Forbidden("policy.change_password")
        return actor

    async def may_see(self, case_id: UUID, data_class: DataClass | str) -> bool:
        """True where the actor may see this data class of this case now; asks the database, which decides."""
        found = await self.connection.execute(
            text("select casework.may_see(:case, :class)"), {"case": case_id, "class": str(data_class)}
        )
        return bool(found.scalar())

    async def visible_classes(self, case_id: UUID) -> frozenset[DataClass]:
        """Return every data class of the case that the actor may see now."""
        found = await self.connection.execute(
            text("select c from unnest(cast(:classes as text[])) c where casework.may_see(:case, c)"),
            {"case": case_id, "classes": [c.value for c in DataClass]},
        )
        return frozenset(DataClass(row[0]) for row in found)

    async def case(self, case_id: UUID, action: str, *, lock: bool = False) -> RowMapping:
        """Return the case file's row for `action`.

        `NotFound` where the id is unknown or the case is not the actor's (the two cannot be told apart);
        `Forbidden` where the case is seen but not the data class the action needs. `lock` for a change of the row.
        """
        rule = ACTIONS[action]
        wanted = (rule.data_class or DataClass.MILESTONES).value
        query = select(
            case_file, text("casework.may_see(case_file.id, :class) as class_open").bindparams(**{"class": wanted})
        ).where(case_file.c.id == case_id)
        row = (await self.connection.execute(query.with_for_update() if lock else query)).mappings().first()
        if row is None:
            raise NotFound("case.unknown", case_id=case_id)
        if not row["class_open"]:
            raise Forbidden("case.class_locked", data_class=wanted, case_id=case_id)
        self._cases_met[case_id] = None
        return row

    # -- versions -------------------------------------------------------------------------------------------------

    async def check_version(self, subject_id: UUID, current: int, expected: int | None) -> None:
        """Compare `If-Match` with the present version; says what changed since and by which organisation."""
        if expected is None:
            raise PreconditionRequired("version.required")
        if expected == current:
            return
        rows = await self.connection.execute(
            text("select * from audit.changes_since(:subject, :since)"), {"subject": subject_id, "since": expected}
        )
        changes = [
            {"version": r["subject_version"], "at": r["at"].isoformat(), "fields": list(r["changed"])}
            for r in rows.mappings()
        ]
        raise StaleVersion("version.stale", current=current, expected=expected, changes=changes)

    # -- encryption -----------------------------------------------------------------------------------------------

    async def case_data_key(self, case_id: UUID) -> DataKey:
        """Return the data key of a case the actor may see; `NotFound` otherwise."""
        row = (await self.connection.execute(select(case_key).where(case_key.c.case_id == case_id))).mappings().first()
        if row is None:
            raise NotFound("case.unknown")
        wrapped = WrappedKey(row["key_version"], row["wrapped_key"]) if row["wrapped_key"] else None
        return self.program.keyring.open("case", case_id, wrapped)

    async def seal_for_case(
        self, case_id: UUID, table: str, row_id: UUID, values: Mapping[str, object]
    ) -> dict[str, bytes | None]:
        """Return `values` sealed under the case's key, by column; None stays None."""
        if all(value is None for value in values.values()):
            return dict.fromkeys(values)
        data_key = await self.case_data_key(case_id)
        return {
            column: None if value is None else seal_json(data_key, value, associated(table, column, row_id))
            for column, value in values.items()
        }

    async def open_for_case(self, case_id: UUID, table: str, row: Mapping[str, Any], *columns: str) -> dict[str, Any]:
        """Return the opened values of sealed `columns` of a row that has an `id`; None stays None."""
        if all(row[column] is None for column in columns):
            return dict.fromkeys(columns)
        data_key = await self.case_data_key(case_id)
        return {
            column: None
            if row[column] is None
            else unseal_json(data_key, row[column], associated(table, column, row["id"]))
            for column in columns
        }

    # -- audit ----------------------------------------------------------------------------------------------------

    def audit(
        self,
        action: str,
        *,
        subject_kind: str | None = None,
        subject_id: UUID | None = None,
        version: int | None = None,
        cases: Iterable[UUID] = (),
        persons: Iterable[UUID] = (),
        classes: Iterable[str] = (),
        changed: Iterable[str] = (),
        outcome: str = "done",
        purpose: str | None = None,
        **detail: str | int | bool | list[str] | None,
    ) -> None:
        """Write down one act, read or refusal; `detail` holds codes and counts, never personal data."""
        rule = ACTIONS[action]
        given = list(classes) or ([rule.data_class.value] if rule.data_class else [])
        actor = self._actor
        self._entries.append(
            {
                "id": uuid7(),
                "account_id": actor and actor.account_id,
                "assignment_id": actor and actor.assignment_id,
                "org_id": actor and actor.org_id,
                "role": actor and actor.role.value,
                "jurisdiction": actor and actor.jurisdiction,
                "action": action,
                "outcome": outcome,
                "purpose": purpose,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "subject_version": version,
                "case_ids": list(dict.fromkeys(cases)),
                "person_ids": list(dict.fromkeys(persons)),
                "data_classes": sorted({str(c) for c in given}),
                "changed": sorted(changed),
                "detail": detail,
                "request_id": self.request_id,
            }
        )

    @property
    def about(self) -> About:
        """Whom the acts of this unit concerned so far; the subject is that of the first one that has one."""
        subject: dict[str, Any] = next((entry for entry in self._entries if entry["subject_id"] is not None), {})
        return About(
            tuple(dict.fromkeys(one for entry in self._entries for one in entry["case_ids"])),
            tuple(dict.fromkeys(one for entry in self._entries for one in entry["person_ids"])),
            tuple(sorted({one for entry in self._entries for one in entry["data_classes"]})),
            subject.get("subject_kind"),
            subject.get("subject_id"),
        )

    def audit_repeated(self, action: str, about: About) -> None:
        """Write down that an act came again and did nothing: it names whom the first one did."""
        self.audit(
            action,
            outcome="repeated",
            subject_kind=about.subject_kind,
            subject_id=about.subject_id,
            cases=about.cases,
            persons=about.persons,
            classes=about.classes,
        )

    async def finish(self) -> None:
        """Write the entries; the transaction commits right after. Raises `UnauditedAct` where there is none."""
        if not self._entries and not self.quiet:
            raise UnauditedAct("a unit of work ended without an audit entry")
        for entry in self._entries:
            self.add(audit_table.entry, **entry)
        await self.flush()

    # -- statements -----------------------------------------------------------------------------------------------

    def add(self, table: Table, **values: Any) -> None:
        """Insert a row with the next flush: rows that wait together cost one round trip to the database."""
        self._waiting.append((table.fullname, values))

    async def flush(self) -> None:
        """Write the rows that wait, in their order; row-level security judges each of them."""
        if self._waiting:
            batch = write_batch(self._waiting)
            self._waiting = []
            await self.connection.execute(_WRITE, {"batch": batch})

    async def execute(self, statement: ClauseElement, parameters: Any = None) -> Any:
        """Run one statement in this transaction, after the rows that wait."""
        await self.flush()
        # the overloads of `execute` speak of Executable, which a plain clause is not declared to be
        return await self.connection.execute(statement, parameters)  # type: ignore[call-overload]


@asynccontextmanager
async def unit_of_work(
    program: Program,
    credential: Credential,
    action: str,
    *,
    request_id: UUID | None = None,
    language: str | None = None,
) -> AsyncIterator[UnitOfWork]:
    """Open the transaction of one use case, check that the actor's role holds `action`, and commit with its entries.

    A `Problem` raised inside rolls everything back and is written down as refused; where the unit `stands`, it is
    committed with the entries the use case wrote, and the refusal raised afterwards.
    """
    request = request_id or uuid7()
    refused: Problem | None = None
    subject: UnitOfWork | None = None
    try:
        async with program.database.begin() as connection:
            actor, now, own_language = await identify(connection, credential)
            subject = UnitOfWork(program, connection, actor, now, request, language or own_language or "sq")
            subject.require(action)
            try:
                yield subject
            except Problem as problem:
                if not subject.stands:
                    raise
                refused = problem
            await subject.finish()
    except Problem as problem:
        await _refusal(program, credential, action, request, problem, subject.cases_met if subject else ())
        raise
    if refused is not None:
        raise refused


async def _refusal(
    program: Program, credential: Credential, action: str, request: UUID, problem: Problem, met: Sequence[UUID]
) -> None:
    """Keep the refused attempt, naming the cases it was about; where the database is away nothing keeps it."""
    if problem.status in (401, 428, 503):
        return
    outcome = "denied" if isinstance(problem, (Forbidden, NotFound)) else "refused"
    fields = [e.field for e in problem.errors] if isinstance(problem, Invalid) else [problem.field or ""]
    async with program.database.begin() as connection:
        actor, now, _ = await identify(connection, credential)
        unit = UnitOfWork(program, connection, actor, now, request, "sq")
        case_id = problem.params.get("case_id")
        unit.audit(
            action,
            outcome=outcome,
            cases=[*met, case_id] if isinstance(case_id, UUID) else met,
            code=problem.code,
            fields=[f for f in fields if f][:20],
        )
        await unit.finish()


__all__ = [
    "About",
    "ApiSession",
    "CaseRow",
    "Credential",
    "Session",
    "System",
    "UnauditedAct",
    "UnitOfWork",
    "unit_of_work",
]
