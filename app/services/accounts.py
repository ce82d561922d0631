"""The people of an installation: added, suspended, let in again, given roles; by an administrator of their country.

A person belongs to the jurisdiction where they hold or held a role; an administrator of another one cannot tell that
they exist. Nobody administers themself: an administrator could otherwise take a role that reads cases without anybody
else knowing. Every change is versioned, audited by the names of the changed fields, and felt at once.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domain.forms.accounts import AddPerson, ChangePerson, GiveRole
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid, NotFound
from app.services import known_devices, sessions
from app.services.credentials import passwords
from app.services.reference import require_organisation
from app.services.searching import matches
from app.services.unit_of_work import UnitOfWork
from app.storage.accounts import account, assignment, recovery_code, session
from app.storage.organisations import organisation

ONE_TIME_LIFETIME = timedelta(days=7)
"""How long a password made by the program opens the door; then it is made anew."""

A_MOMENT = timedelta(seconds=1)
"""Taken from the midnight a role ends at, it gives the last day."""

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What is not mistaken for each other when read over a telephone."""
_SHOWN = (
    account.c.id,
    account.c.login,
    account.c.display_name,
    account.c.language,
    account.c.active,
    account.c.demonstration,
    account.c.must_change_password,
    account.c.created_at,
    account.c.version,
    account.c.totp_confirmed_at.is_not(None).label("second_factor"),
)
"""What administration sees of an account: no hash and no secret."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account with every role it holds, held or will hold, oldest first."""

    row: RowMapping
    roles: tuple[RowMapping, ...]
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A person with the one-time password, shown this once."""

    person: Person
    password: str = field(repr=False)


def one_time_password() -> str:
    """Return a new password like `7K3M-Q2XD-9HT4-VB5C`: 80 random bits that can be read aloud."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


async def list_people(
    unit: UnitOfWork, *, search: str | None = None, after: UUID | None = None, limit: int = 50
) -> list[Person]:
    """Return a page of the people of the jurisdiction by name; `after` is the last id of the page before."""
    query = select(*_SHOWN).where(_of_jurisdiction(unit))
    if search:
        query = query.where(matches(search, account.c.display_name, account.c.login))
    if after is not None:
        last = select(account.c.display_name, account.c.id).where(account.c.id == after).subquery()
        query = query.where(
            or_(
                account.c.display_name > last.c.display_name,
                and_(account.c.display_name == last.c.display_name, account.c.id > last.c.id),
            )
        )
    rows = (await unit.execute(query.order_by(account.c.display_name, account.c.id).limit(limit))).mappings().all()
    unit.audit("account.read", subject_kind="account", count=len(rows))
    return await _with_roles(unit, rows)


async def read_person(unit: UnitOfWork, account_id: UUID) -> Person:
    """Return one person; `NotFound` for an unknown id and for people of another jurisdiction."""
    found = await _read(unit, account_id)
    unit.audit("account.read", subject_kind="account", subject_id=account_id, version=found.row["version"])
    return found


async def add_person(unit: UnitOfWork, form: AddPerson) -> Admitted:
    """Add an account with its first role and a one-time password that must be changed at the first sign-in.

    Raises Invalid (`account.login_taken` on `login`, `organisation.unknown` on `org_id`).
    """
    account_id, password = uuid7(), one_time_password()
    values = {
        "id": account_id,
        "login": form.login,
        "display_name": form.display_name,
        "language": form.language,
        "created_by": unit.actor.account_id,
        **await _password_values(unit, password),
    }
    made = upsert(account).values(values).on_conflict_do_nothing(index_elements=["login"]).returning(account.c.id)
    if (await unit.execute(made)).first() is None:
        raise Invalid.one("login", "account.login_taken")
    assignment_id = await _give(unit, account_id, form)
    unit.audit(
        "account.manage", subject_kind="account", subject_id=account_id, version=1, step="added",
        changed=["login", "display_name", "language", "password", "roles"], role=form.role.value,
        assignment=str(assignment_id),
    )  # fmt: skip
    return Admitted(await _read(unit, account_id), password)


async def change_person(unit: UnitOfWork, account_id: UUID, form: ChangePerson, expected: int | None) -> Person:
    """Change name or language."""
    before = await _changeable(unit, account_id, expected, own=True)
    given = form.model_dump()
    return await _change(unit, before, "changed", [k for k in given if given[k] != before[k]], **given)


async def suspend(unit: UnitOfWork, account_id: UUID, expected: int | None) -> Person:
    """Close an account for now: its sessions end at once and nothing opens it."""
    before = await _changeable(unit, account_id, expected)
    if not before["active"]:
        raise Conflict("account.suspended")
    await sessions.end_all(unit, account_id)
    return await _change(unit, before, "suspended", ["active"], active=False)


async def reactivate(unit: UnitOfWork, account_id: UUID, expected: int | None) -> Person:
    """Open a suspended account again; its old sessions stay ended."""
    before = await _changeable(unit, account_id, expected)
    if before["active"]:
        raise Conflict("account.not_suspended")
    return await _change(unit, before, "reactivated", ["active"], active=True)


async def reset_password(unit: UnitOfWork, account_id: UUID, expected: int | None) -> Admitted:
    """Make a one-time password for somebody who forgot theirs; the second factor stays, every session ends."""
    before = await _changeable(unit, account_id, expected)
    return await _readmit(unit, before, "password_reset", ["password"])


async def reset_second_factor(unit: UnitOfWork, account_id: UUID, expected: int | None) -> Admitted:
    """Let somebody who lost telephone and codes enrol anew.

    The password is made anew as well: for a moment it alone stands between the account and whoever knows it.
    """
    before = await _changeable(unit, account_id, expected)
    await unit.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))
    cleared = {"totp_secret": None, "totp_confirmed_at": None, "totp_last_step": None}
    return await _readmit(unit, before, "second_factor_reset", ["password", "second_factor"], **cleared)


async def end_sessions(unit: UnitOfWork, account_id: UUID) -> int:
    """Sign a person out everywhere, at once; returns how many sessions there were."""
    await _locked(unit, account_id)
    ended = await sessions.end_all(unit, account_id)
    unit.audit("account.manage", subject_kind="account", subject_id=account_id, step="sessions_ended", ended=ended)
    return ended


async def give_role(unit: UnitOfWork, account_id: UUID, form: GiveRole, expected: int | None) -> Person:
    """Give a person one more role; never oneself."""
    before = await _changeable(unit, account_id, expected, refusal="account.own_roles")
    assignment_id = await _give(unit, account_id, form)
    return await _change(
        unit, before, "role_given", ["roles"], detail={"role": form.role.value, "assignment": str(assignment_id)}
    )


async def end_role(unit: UnitOfWork, account_id: UUID, assignment_id: UUID, expected: int | None) -> Person:
    """End a role now: whoever acts under it loses it within the same moment. Never one's own."""
    before = await _changeable(unit, account_id, expected, refusal="account.own_roles")
    own = assignment.c.id == assignment_id, assignment.c.account_id == account_id
    row = (await unit.execute(select(assignment).where(*own).with_for_update())).mappings().first()
    if row is None or row["jurisdiction"] != unit.actor.jurisdiction:
        raise NotFound("assignment.unknown")
    if row["valid_to"] is not None and row["valid_to"] <= unit.now:
        raise Conflict("assignment.ended")
    values = {"valid_to": unit.now, "valid_from": min(row["valid_from"], unit.now), "version": row["version"] + 1}
    await unit.execute(update(assignment).where(*own).values(values))
    detail = {"role": row["role"], "assignment": str(assignment_id)}
    return await _change(unit, before, "role_ended", ["roles"], detail=detail)


def _of_jurisdiction(unit: UnitOfWork) -> ColumnElement[bool]:
    return exists().where(
        assignment.c.account_id == account.c.id,
        assignment.c.jurisdiction == unit.actor.jurisdiction,
        assignment.c.role != "system",
    )


async def _read(unit: UnitOfWork, account_id: UUID) -> Person:
    query = select(*_SHOWN).where(account.c.id == account_id, _of_jurisdiction(unit))
    row = (await unit.execute(query)).mappings().first()
    if row is None:
        raise NotFound("account.unknown")
    return (await _with_roles(unit, [row]))[0]


async def _with_roles(unit: UnitOfWork, rows: Iterable[RowMapping]) -> list[Person]:
    people = list(rows)
    ids = [row["id"] for row in people]
    query = (
        select(assignment, organisation.c.name_sq, organisation.c.name_en)
        .join(organisation, organisation.c.id == assignment.c.org_id)
        .where(assignment.c.account_id.in_(ids), assignment.c.jurisdiction == unit.actor.jurisdiction)
        .order_by(assignment.c.id)
    )
    roles = (await unit.execute(query)).mappings().all()
    seen = select(session.c.account_id, func.max(session.c.last_seen_at)).where(session.c.account_id.in_(ids))
    last = {row[0]: row[1] for row in await unit.execute(seen.group_by(session.c.account_id))}
    return [Person(row, tuple(r for r in roles if r["account_id"] == row["id"]), last.get(row["id"])) for row in people]


async def _changeable(
    unit: UnitOfWork, account_id: UUID, expected: int | None, *, own: bool = False, refusal: str = "account.own"
) -> RowMapping:
    """Return the row, locked, at the version that was seen; `own` where people may do it to themselves."""
    row = await _locked(unit, account_id)
    if not own and account_id == unit.actor.account_id:
        raise Conflict(refusal)
    await unit.check_version(account_id, row["version"], expected)
    return row


async def _locked(unit: UnitOfWork, account_id: UUID) -> RowMapping:
    query = select(*_SHOWN).where(account.c.id == account_id, _of_jurisdiction(unit))
    row: RowMapping | None = (await unit.execute(query.with_for_update(of=account))).mappings().first()
    if row is not None:
        return row
    # The database locks only what the administrator may change: nobody who works in another country as well.
    if (await unit.execute(query)).first() is not None:
        raise Conflict("account.elsewhere")
    raise NotFound("account.unknown")


async def _change(
    unit: UnitOfWork,
    before: RowMapping,
    step: str,
    changed: list[str],
    *,
    detail: dict[str, Any] | None = None,
    **values: Any,
) -> Person:
    version = before["version"] + 1
    await unit.execute(update(account).where(account.c.id == before["id"]).values(version=version, **values))
    unit.audit(
        "account.manage", subject_kind="account", subject_id=before["id"], version=version, changed=changed, step=step,
        **(detail or {}),
    )  # fmt: skip
    return await _read(unit, before["id"])


async def _readmit(unit: UnitOfWork, before: RowMapping, step: str, changed: list[str], **values: Any) -> Admitted:
    if before["demonstration"]:
        raise Conflict("demonstration.no_password")
    password = one_time_password()
    await sessions.end_all(unit, before["id"])
    await known_devices.forget(unit, before["id"])
    person = await _change(unit, before, step, changed, **await _password_values(unit, password), **values)
    return Admitted(person, password)


async def _password_values(unit: UnitOfWork, password: str) -> dict[str, Any]:
    return {
        "password_hash": await passwords.hash_password(password),
        "password_expires_at": unit.now + ONE_TIME_LIFETIME,
        "must_change_password": True,
    }


async def _give(unit: UnitOfWork, account_id: UUID, form: GiveRole) -> UUID:
    await require_organisation(unit, form.org_id, "org_id")
    zone = ZoneInfo(unit.profile.timezone)
    start = unit.now if form.valid_from is None else max(_midnight(form.valid_from, zone), unit.now)
    end = None if form.valid_to is None else _midnight(form.valid_to + timedelta(days=1), zone)
    if end is not None and end <= start:
        raise Invalid.one("valid_to", "field.reversed" if form.valid_from else "assignment.over")
    same = select(assignment.c.id).where(
        assignment.c.account_id == account_id,
        assignment.c.role == form.role.value,
        assignment.c.org_id == form.org_id,
        or_(assignment.c.valid_to.is_(None), assignment.c.valid_to > start),
    )
    if (await unit.execute(same)).first() is not None:
        raise Conflict("assignment.held")
    assignment_id = uuid7()
    await unit.execute(
        insert(assignment).values(
            id=assignment_id,
            account_id=account_id,
            org_id=form.org_id,
            role=form.role.value,
            jurisdiction=unit.actor.jurisdiction,
            valid_from=start,
            valid_to=end,
            created_by=unit.actor.account_id,
        )
    )
    return assignment_id


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
