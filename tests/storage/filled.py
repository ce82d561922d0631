"""A case with one row in every table, written past row-level security, and direct looks at it as one person or another.

Nothing here goes through the program: the statements run as the application role on a connection of its own, so that
what is seen is what PostgreSQL shows and nothing else.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import uuid7
from app.domain.policy import DataClass
from app.services.unit_of_work import Session
from app.storage.cases import case_grant
from app.storage.database import sqlstate
from app.storage.schema import metadata
from tests.world import World

DENIED = "42501"
"""PostgreSQL's state for a missing right and for a row that breaks a policy."""
ALL_CLASSES = tuple(c.value for c in DataClass)
CASE_TABLES = tuple(
    t for t in metadata.sorted_tables if t.schema in ("vault", "casework") and t.name not in ("board_delta", "bed")
)
"""Tables whose rows belong to a case; beds belong to a shelter and counters to a jurisdiction."""
SHAREABLE = tuple(c for c in ALL_CLASSES if c != "shelter_location")
BY_CLASS = ("case_event", "note", "service_delivery")
"""Tables with a row of every data class."""


@dataclass(frozen=True)
class Filled:
    """One case with a row in every table. `rows`: the ids written, by `schema.table`."""

    case_id: UUID
    person_id: UUID
    org_id: UUID
    account_id: UUID
    rows: dict[str, list[UUID]] = field(default_factory=dict)


def name_of(table: Table) -> str:
    """Return `schema.table`."""
    return f"{table.schema}.{table.name}"


def key_of(table: Table) -> str:
    """Return the name of the primary key's column."""
    return next(iter(table.primary_key.columns)).name


def a_value(column: Any) -> Any:
    """Return some value of the column's type."""
    kind = column.type
    if isinstance(kind, UuidType):
        return uuid7()
    if isinstance(kind, ARRAY):
        return [] if not isinstance(kind.item_type, BigInteger) else [1]
    for known, value in (
        (JSONB, {}),
        (LargeBinary, b"sealed"),
        (DateTime, datetime.now(UTC) - timedelta(minutes=1)),
        (Date, date(2026, 1, 1)),
        (Boolean, False),
        ((Integer, SmallInteger, BigInteger, Numeric), 1),
        (Text, f"X-{uuid7().hex[-12:]}"),
    ):
        if isinstance(kind, known):
            return value
    raise AssertionError(f"no value for {column}")


def a_row(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole row: what is given, and some value for every other column that must have one."""
    row = {name: value for name, value in given.items() if name in table.columns}
    for column in table.columns:
        needed = not column.nullable and column.server_default is None and column.identity is None
        if needed and column.name not in row and column.computed is None:
            row[column.name] = uuid7() if column.primary_key else a_value(column)
    return row


async def fill(world: World, *, org: str = "DEMO-NJL-BERAT", login: str = "demo.njl", **case: Any) -> Filled:
    """Write a case with a row in every table, opened by `login`, without any grant but its shelter's bed."""
    org_id = await world.organisation(org)
    async with world.superuser() as connection:
        account_id = await one(connection, "select id from iam.account where login = :login", login=login)
        made = Filled(uuid7(), uuid7(), org_id, account_id)
        bed = a_row(metadata.tables["casework.bed"], {"org_id": org_id, "label": f"B-{uuid7().hex[-8:]}"})
        await connection.execute(insert(metadata.tables["casework.bed"]).values(bed))
        number = await one(connection, "select number from casework.bed where id = :id", id=bed["id"])
        other = a_row(metadata.tables["vault.person"], {"jurisdiction": "AL", "org_id": org_id})
        await connection.execute(insert(metadata.tables["vault.person"]).values(other))
        given: dict[str, Any] = {
            "jurisdiction": "AL",
            "case_id": made.case_id,
            "person_id": made.person_id,
            "other_id": other["id"],
            "org_id": org_id,
            "account_id": account_id,
            "opened_org_id": org_id,
            "opened_by": account_id,
            "responsible_org_id": org_id,
            "member_org_id": org_id,
            "sender_org_id": org_id,
            "sender_account_id": account_id,
            "receiver_org_id": org_id,
            "worker_org_id": org_id,
            "explained_org_id": org_id,
            "body_org_id": org_id,
            "created_by": account_id,
            "granted_by": account_id,
            "denied_by": account_id,
            "bed_id": bed["id"],
            "bed_number": number,
            "nights": None,
        }
        ended = datetime.now(UTC) - timedelta(days=1)
        special: dict[str, dict[str, Any]] = {
            "vault.person": {"id": made.person_id},
            "casework.case_file": {"id": made.case_id, **case},
            # an ended grant and an ended denial: rows that open and close nothing
            "casework.case_grant": {"valid_from": ended, "valid_to": ended, "basis": "opening", "account_id": None},
            "casework.case_denial": {"valid_from": ended, "valid_to": ended, "account_id": None},
            "casework.referral": {"state": "drafted"},
        }
        for table in CASE_TABLES:
            columns = {k: v for k, v in given.items() if k != "nights"} | special.get(name_of(table), {})
            classes: Sequence[str | None] = ALL_CLASSES if table.name in BY_CLASS else (None,)
            for data_class in classes:
                row = a_row(table, columns | ({"data_class": data_class} if data_class else {}))
                await connection.execute(insert(table).values(row))
                made.rows.setdefault(name_of(table), []).append(row[key_of(table)])
                given[f"{table.name}_id"] = row[key_of(table)] if table.name != "person" else made.person_id
    return made


async def one(connection: AsyncConnection, statement: str, **given: Any) -> Any:
    """Return the one value of a statement."""
    return (await connection.execute(text(statement), given)).scalar_one()


async def run(world: World, statement: str, **given: Any) -> None:
    """Run a statement as the superuser: the world as it happens to be, not an act of anybody."""
    async with world.superuser() as connection:
        await connection.execute(text(statement), given)


async def grant(
    world: World,
    made: Filled,
    *,
    org: str | None = None,
    login: str | None = None,
    classes: Sequence[str] = ALL_CLASSES,
    since: timedelta = timedelta(hours=-1),
    until: timedelta | None = None,
    basis: str = "care_team",
) -> UUID:
    """Give access past every check; `since` and `until` are seen from now."""
    grant_id = uuid7()
    holder = "(select id from ref.organisation where code = :org and jurisdiction in ('AL', 'XK') limit 1)"
    await run(
        world,
        f"""insert into casework.case_grant (id, case_id, org_id, account_id, data_classes, basis, granted_by,
          valid_from, valid_to) values (:id, :case, {holder if org else "null"},
          (select id from iam.account where login = :login), :classes, :basis, :by, now() + :since, now() + :until)""",
        id=grant_id,
        case=made.case_id,
        org=org or "",
        login=login or "",
        classes=list(classes),
        basis=basis,
        by=made.account_id,
        since=since,
        until=until,
    )
    return grant_id


@asynccontextmanager
async def acting(world: World, login: str, *, second_factor: bool = True) -> AsyncIterator[AsyncConnection]:
    """A transaction of the application role under the identity of a demonstration person."""
    token = await world.token(login, second_factor=second_factor)
    async with world.program.database.begin() as connection:
        found = await connection.execute(
            text("select account_id from iam.act_as_session(:hash, null)"), {"hash": Session(token).hash}
        )
        assert found.scalar() is not None, f"{login} cannot act"
        yield connection


async def seen(connection: AsyncConnection, made: Filled) -> dict[str, int]:
    """Return how many of the case's rows this transaction sees, by `schema.table`, tables with none left out."""
    counts = {}
    for table in CASE_TABLES:
        statement = f"select count(*) from {name_of(table)} where {key_of(table)} = any(:ids)"
        count = await one(connection, statement, ids=made.rows[name_of(table)])
        if count:
            counts[name_of(table)] = count
    return counts


async def refused(connection: AsyncConnection, statement: Any, given: Any = None) -> str | None:
    """Run a statement in a savepoint; return the state PostgreSQL refused it with, None where it ran.

    An update that finds no row it may touch counts as refused (`nothing`): the row is not there for this actor.
    """
    savepoint = await connection.begin_nested()
    try:
        result = await connection.execute(statement if not isinstance(statement, str) else text(statement), given)
    except DBAPIError as error:
        await savepoint.rollback()
        return sqlstate(error) or "unknown"
    await savepoint.rollback()
    return "nothing" if result.rowcount == 0 else None


async def me(connection: AsyncConnection) -> tuple[Any, Any]:
    """Return (account, organisation) of who acts."""
    return await one(connection, "select iam.actor()"), await one(connection, "select iam.org()")


async def grant_as(connection: AsyncConnection, made: Filled, **given: Any) -> str | None:
    """Try to write a grant as who acts; return how it was refused."""
    account, org = await me(connection)
    row = {"case_id": made.case_id, "org_id": org, "data_classes": list(SHAREABLE), "granted_by": account, **given}
    if row.get("account_id"):
        row["org_id"] = None
    return await refused(connection, insert(case_grant).values(a_row(case_grant, row)))


async def referred(world: World, *, state: str, shared: Sequence[str], to: str = "DEMO-URA") -> Filled:
    """A case referred to a shelter, every shared class backed by a consent."""
    made = await fill(world)
    await grant(world, made, org="DEMO-NJL-BERAT", classes=SHAREABLE)
    await run(
        world,
        """update casework.consent set answer = 'given', data_classes = :classes where case_id = :case""",
        case=made.case_id,
        classes=list(SHAREABLE),
    )
    await run(
        world,
        """update casework.referral r set state = :state, shared_classes = :shared, bases = (select jsonb_agg(
            jsonb_build_object('data_class', c, 'consent_id', k.id)) from unnest(cast(:shared as text[])) c,
            casework.consent k where k.case_id = r.case_id),
          receiver_org_id = (select id from ref.organisation where code = :to) where case_id = :case""",
        case=made.case_id,
        state=state,
        shared=list(shared),
        to=to,
    )
    return made
