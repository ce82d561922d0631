"""Reading the log: who saw whom, what somebody opened, what could have been read. Reading it is written down too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, RowMapping, and_, any_, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import UUID as UuidType

from app.domain.forms.audit import AskLog, check_question, is_id
from app.domain.problems import Invalid, NotFound
from app.services.reference import organisation_names
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account
from app.storage.audit import entry

MOST_COUNTED = 10_000
"""Counting stops here: more entries than this are "more than"."""
MOST_EXPORTED = 10_000
"""Entries in one file; a longer question is asked in parts."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry with the names its ids stand for: the colleague, the organisation, the codes of the cases."""

    row: RowMapping
    who: str | None
    organisation: Mapping[str, str] | None
    codes: tuple[str, ...]
    more_cases: int
    """Cases named by the entry beyond the first codes."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a question found, counted up to `MOST_COUNTED` entries; `more` says that there were more."""

    entries: int
    people: int
    organisations: int
    names_opened: int
    denied: int
    more: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a question is about: a case (with its code and the person behind it), or any id."""

    ids: tuple[UUID, ...]
    case_id: UUID | None = None
    person_id: UUID | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question, its words turned into ids."""

    asked: AskLog
    subject: Subject | None = None
    account_id: UUID | None = None
    account_name: str | None = None

    @property
    def cases(self) -> list[UUID]:
        """The case the question is about: named in the entry that asking leaves."""
        return [self.subject.case_id] if self.subject and self.subject.case_id else []


SHOWN_CODES = 3


async def understand(unit: UnitOfWork, asked: AskLog) -> Question:
    """Turn a question's words into ids. Raises Invalid on its fields, also where a code or a login is unknown."""
    check_question(asked)
    subject = await _subject(unit, asked.about) if asked.about is not None else None
    account_id = name = None
    if asked.account is not None:
        account_id, name = await _account(unit, asked.account)
    return Question(asked, subject, account_id, name)


async def _subject(unit: UnitOfWork, about: str) -> Subject:
    if is_id(about):
        given = UUID(about)
        found = await unit.execute(
            text("select id, code from audit.case_codes(array[cast(:id as uuid)])"), {"id": given}
        )
        row = found.mappings().first()
        if row is None:
            return Subject((given,))
        about = row["code"]
    found = await unit.execute(text("select id, person_id from audit.case_by_code(:code)"), {"code": about})
    row = found.mappings().first()
    if row is None:
        raise Invalid.one("about", "audit.unknown_case")
    return Subject((row["id"],), row["id"], row["person_id"], about)


async def _account(unit: UnitOfWork, given: str) -> tuple[UUID, str]:
    wanted = account.c.id == UUID(given) if is_id(given) else account.c.login == given.lower()
    row = (await unit.execute(select(account.c.id, account.c.display_name).where(wanted))).first()
    if row is None:
        raise Invalid.one("account", "audit.unknown_account")
    return row.id, row.display_name


def _conditions(question: Question) -> list[ColumnElement[bool]]:
    asked = question.asked
    found: list[ColumnElement[bool]] = []
    if question.subject is not None:
        ids = literal(list(question.subject.ids), ARRAY(UuidType(as_uuid=True)))
        found.append(entry.c.id.in_(select(func.audit.about(ids))))
    if question.account_id is not None:
        found.append(entry.c.account_id == question.account_id)
    if asked.since is not None:
        found.append(entry.c.at >= asked.since)
    if asked.until is not None:
        found.append(entry.c.at < asked.until)
    if asked.action is not None:
        found.append(entry.c.action == asked.action)
    if asked.outcome is not None:
        found.append(entry.c.outcome == asked.outcome)
        if asked.outcome != "done":
            found.append(entry.c.outcome != text("'done'"))  # as the partial index says it
    if asked.data_class is not None:
        found.append(literal(asked.data_class) == any_(entry.c.data_classes))
    return found


async def read_log(
    unit: UnitOfWork, question: Question, *, after: UUID | None = None, limit: int = 50, export: bool = False
) -> list[LogEntry]:
    """Return the entries a question finds, the newest first, paged by key."""
    query = select(entry).where(*_conditions(question))
    if after is not None:
        before = select(entry.c.at, entry.c.id).where(entry.c.id == after)
        last = (await unit.execute(before)).first()
        if last is None:
            raise NotFound("audit.unknown_entry")
        query = query.where(tuple_(entry.c.at, entry.c.id) < tuple_(literal(last.at), literal(last.id)))
    rows = (await unit.execute(query.order_by(entry.c.at.desc(), entry.c.id.desc()).limit(limit))).mappings().all()
    _audit(unit, question, "export" if export else "entries", len(rows))
    return await _named(unit, rows)


def _audit(unit: UnitOfWork, question: Question, how: str, shown: int | None = None) -> None:
    asked, subject = question.asked, question.subject
    unit.audit(
        "audit.read",
        subject_kind="account" if question.account_id else "log",
        subject_id=question.account_id,
        cases=question.cases,
        persons=subject.ids if subject is not None and subject.case_id is None else (),
        since=asked.since.isoformat() if asked.since else None,
        until=asked.until.isoformat() if asked.until else None,
        asked_action=asked.action,
        asked_outcome=asked.outcome,
        asked_class=asked.data_class,
        how=how,
        shown=shown,
    )


async def read_entry(unit: UnitOfWork, entry_id: UUID) -> LogEntry:
    """Return one entry. Raises NotFound."""
    row = (await unit.execute(select(entry).where(entry.c.id == entry_id))).mappings().first()
    if row is None:
        raise NotFound("audit.unknown_entry")
    unit.audit("audit.read", subject_kind="entry", subject_id=entry_id)
    return (await _named(unit, [row]))[0]


async def _named(unit: UnitOfWork, rows: Sequence[RowMapping]) -> list[LogEntry]:
    """Put names to the ids of some entries: three queries, however many entries."""
    people = await account_names(unit, (row["account_id"] for row in rows))
    organisations = await organisation_names(unit, (row["org_id"] for row in rows))
    codes = await case_codes(unit, {case for row in rows for case in row["case_ids"][:SHOWN_CODES]})
    return [
        LogEntry(
            row,
            people.get(row["account_id"]),
            organisations.get(row["org_id"]),
            tuple(codes[case] for case in row["case_ids"][:SHOWN_CODES] if case in codes),
            max(0, len(row["case_ids"]) - SHOWN_CODES),
        )
        for row in rows
    ]


async def account_names(unit: UnitOfWork, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of colleagues by account."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = await unit.execute(select(account.c.id, account.c.display_name).where(account.c.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}


async def case_codes(unit: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the codes of cases: the pseudonym, and nothing else of the file."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = await unit.execute(text("select id, code from audit.case_codes(cast(:ids as uuid[]))"), {"ids": wanted})
    return {row.id: row.code for row in rows}


async def count_log(unit: UnitOfWork, question: Question, *, alone: bool = False) -> Counts:
    """Count what a question finds; `alone` where nothing else leaves the entry that asking leaves."""
    columns = (entry.c.account_id, entry.c.org_id, entry.c.outcome, entry.c.data_classes)
    found = (
        select(*columns)
        .where(*_conditions(question))
        .order_by(entry.c.at.desc(), entry.c.id.desc())
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    opened = and_(literal("identity") == any_(found.c.data_classes), found.c.outcome == "done")
    query = select(
        func.count(),
        func.count(found.c.account_id.distinct()),
        func.count(found.c.org_id.distinct()),
        func.count().filter(opened),
        func.count().filter(found.c.outcome == "denied"),
    ).select_from(found)
    total, people, organisations, names, denied = (await unit.execute(query)).one()
    if alone:
        _audit(unit, question, "counts")
    return Counts(min(total, MOST_COUNTED), people, organisations, names, denied, total > MOST_COUNTED)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody to whom a case was open: a colleague or a whole organisation, on which basis, in which classes."""

    row: RowMapping
    who: str | None
    organisation: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Readable:
    """What could have been read between two moments, whether or not it was.

    About a case: `holders`. Of a colleague: `cases` (rows of id, code, data_classes, bases) and `nationwide`, true
    where a role of theirs follows the milestones of every case of the country.
    """

    holders: tuple[Holder, ...] = ()
    cases: tuple[RowMapping, ...] = ()
    nationwide: bool = False


async def could_have_been_read(
    unit: UnitOfWork, question: Question, *, after: UUID | None = None, limit: int = 100
) -> Readable:
    """Answer the question after a breach: to whom a case was open, or what to a colleague, between two moments.

    Raises Invalid where the question names neither a case nor a colleague, both, or no two moments.
    """
    asked = question.asked
    for name in ("since", "until"):
        if getattr(asked, name) is None:
            raise Invalid.one(name, "field.missing")
    about_case = question.subject is not None and question.subject.case_id is not None
    if about_case is (question.account_id is not None):
        raise Invalid.one("about", "audit.case_or_colleague")
    given: dict[str, Any] = {"since": asked.since, "until": asked.until}
    if question.subject is not None and question.subject.case_id is not None:
        readable = Readable(holders=await _holders(unit, {**given, "case": question.subject.case_id}))
        _audit(unit, question, "could_read", len(readable.holders))
        return readable
    given |= {"account": question.account_id, "before": after, "most": limit}
    rows = await unit.execute(
        text("select * from audit.could_be_read_by(:account, :since, :until, cast(:before as uuid), :most)"), given
    )
    readable = Readable(cases=tuple(rows.mappings()), nationwide=await _nationwide(unit, given))
    _audit(unit, question, "could_be_read_by", len(readable.cases))
    return readable


async def _holders(unit: UnitOfWork, given: Mapping[str, Any]) -> tuple[Holder, ...]:
    found = await unit.execute(text("select * from audit.could_read(:case, :since, :until)"), given)
    rows = list(found.mappings())
    people = await account_names(unit, (row["account_id"] for row in rows))
    organisations = await organisation_names(unit, (row["org_id"] for row in rows))
    return tuple(Holder(row, people.get(row["account_id"]), organisations.get(row["org_id"])) for row in rows)


async def _nationwide(unit: UnitOfWork, given: Mapping[str, Any]) -> bool:
    query = text(
        """select exists (select 1 from iam.assignment a join iam.role r on r.role = a.role
        where a.account_id = :account and r.national and a.jurisdiction = :jurisdiction and a.valid_from < :until
          and (a.valid_to is null or a.valid_to > :since))"""
    )
    bound = {k: given[k] for k in ("account", "since", "until")} | {"jurisdiction": unit.actor.jurisdiction}
    return bool((await unit.execute(query, bound)).scalar())
