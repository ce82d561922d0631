"""Telling people their rights: what was said, in which language; expected at the first contact, never a condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, insert, select

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.information import RecordInformation
from app.domain.ids import uuid7
from app.services.events import record_event
from app.services.unit_of_work import UnitOfWork
from app.storage.consents import information_given

TABLE = "casework.information_given"
RIGHTS = "RIGHTS"


@dataclass(frozen=True, slots=True)
class Given:
    """One time a person was told something, with the note open."""

    row: RowMapping
    note: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """Everything a person was told, the newest first. `rights_explained`: their rights were among it."""

    case: RowMapping
    given: Sequence[Given]
    rights_explained: bool


async def record_information(unit: UnitOfWork, case_id: UUID, form: RecordInformation) -> RowMapping:
    """Record what a person was told; the same client-made id again returns the same record.

    Explaining the rights and telling of a change are events of the case; neither asks for status or cooperation.
    """
    case = await unit.case(case_id, "information.record")
    profile = unit.profile_of(case)
    check_codes(form, profile)
    check_past("given_at", form.given_at, unit.now)
    given_id = form.id or uuid7()
    query = select(information_given).where(information_given.c.id == given_id, information_given.c.case_id == case_id)
    already: RowMapping | None = (await unit.execute(query)).mappings().first()
    if already is not None:
        unit.audit(
            "information.record", subject_kind="information", subject_id=given_id, cases=[case_id], outcome="repeated"
        )
        return already
    await unit.execute(
        insert(information_given).values(
            **form.model_dump(include={"given_at", "language", "interpreter", "child_friendly", "guardian_present"}),
            **await unit.seal_for_case(case_id, TABLE, given_id, {"note": form.note}),
            topics=list(form.topics),
            id=given_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
        )
    )
    of_changes = [t for t in form.topics if profile.code("information_topic", t).attributes.get("change")]
    kinds = [*(["RIGHTS_EXPLAINED"] if RIGHTS in form.topics else []), *(["PERSON_INFORMED"] if of_changes else [])]
    for kind in kinds:
        await record_event(unit, case, kind, form.given_at, subject_kind="information", subject_id=given_id)
    unit.audit(
        "information.record",
        subject_kind="information",
        subject_id=given_id,
        cases=[case_id],
        topics=list(form.topics),
    )
    row: RowMapping = (await unit.execute(query)).mappings().one()
    return row


async def list_information(unit: UnitOfWork, case_id: UUID) -> Told:
    """Return what the person was told, the newest first."""
    case = await unit.case(case_id, "information.read")
    query = (
        select(information_given)
        .where(information_given.c.case_id == case_id)
        .order_by(information_given.c.given_at.desc(), information_given.c.id.desc())
    )
    rows = list((await unit.execute(query)).mappings())
    given = [Given(row, (await unit.open_for_case(case_id, TABLE, row, "note"))["note"]) for row in rows]
    unit.audit("information.read", subject_kind="case", subject_id=case_id, cases=[case_id], shown=len(rows))
    return Told(case, given, any(RIGHTS in row["topics"] for row in rows))
