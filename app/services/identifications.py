"""Initial identification: begun by one officer, answered by several, read by those who work on it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update

from app.domain.code_lists import Age
from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.identification import AddOfficer, RecordAnswers, StartIdentification, StateIntent
from app.domain.ids import uuid7
from app.domain.indicator_sets import IndicatorSet
from app.domain.problems import Conflict, FieldError, Invalid, NotFound
from app.domain.profile import Profile
from app.services import identification_answers, identification_officers
from app.services.aids import Explanation, aid_input, explain, results
from app.services.case_facts import age_word
from app.services.events import record_event
from app.services.identification_answers import answers_of, check_in_force, local_day, plain, take_over
from app.services.identification_officers import join, officers_of
from app.services.unit_of_work import UnitOfWork
from app.storage.identifications import identification

TABLE = "casework.identification"
SEALED = ("circumstances", "intent_facts", "decision_reason", "override_reason")
SHOWN = tuple(column for column in identification.c if column.name not in SEALED)


@dataclass(frozen=True, slots=True)
class Identification:
    """An identification with its texts open, its officers and the answers that count (set -> code -> answer row)."""

    row: RowMapping
    case: RowMapping
    circumstances: str | None
    intent_facts: str | None
    decision_reason: str | None
    override_reason: str | None
    officers: list[RowMapping]
    answers: dict[str, dict[str, RowMapping]]


def age_of(case: RowMapping) -> Age:
    """Return the age that forms and aids ask for: whoever may be a child is one."""
    return "child" if case["is_child"] else "adult"


def sets_for(
    profile: Profile, age: Age, began: datetime | None = None, opened: Collection[str] = ()
) -> tuple[IndicatorSet, ...]:
    """Return the sets an officer may open for a person of that age; unverified sets are not among them.

    With `began`, those in force on the day the identification began, and those it has `opened`: they stay readable.
    """
    day = None if began is None else local_day(profile, began)
    return tuple(
        chosen
        for chosen in profile.offered_sets()
        if chosen.for_age(age) and (day is None or chosen.in_force(day) or chosen.id in opened)
    )


async def start_identification(unit: UnitOfWork, case_id: UUID, form: StartIdentification) -> RowMapping:
    """Open the checklist; the officer who does is the first to take part. The same id again returns the same one.

    Nothing waits for the police: one officer of one organisation is enough, others may join later.
    """
    case = await unit.case(case_id, "identification.record")
    if case["state"] == "closed":
        raise Conflict("case.already_closed", case_id=case_id)
    profile, age = unit.profile_of(case), age_of(case)
    check_codes(form, profile, age=age)
    check_past("started_at", form.started_at, unit.now)
    row_id = form.id or uuid7()
    already = await find(unit, row_id)
    if already is not None:
        if already["case_id"] != case_id:
            raise Conflict("request.id_taken")
        unit.audit(
            "identification.record",
            subject_kind="identification",
            subject_id=row_id,
            cases=[case_id],
            outcome="repeated",
        )
        return already
    sets = _sets(profile, age, form)
    sealed = await unit.seal_for_case(case_id, TABLE, row_id, {"circumstances": form.circumstances})
    await unit.execute(
        insert(identification).values(
            **sealed,
            id=row_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            started_at=form.started_at,
            place=form.place,
            border_circumstances=list(form.border_circumstances),
            sets=sets,
            police_present=form.police_present,
            interpreter=form.interpreter,
        )
    )
    await join(unit, row_id, case_id, form.started_at)
    if form.from_identification is not None:
        await take_over(unit, case, form.from_identification, row_id)
    await record_event(
        unit,
        case,
        "INITIAL_ID_STARTED",
        form.started_at,
        subject_kind="identification",
        subject_id=row_id,
        age=age_word(case["is_child"], case["age_group"]),
        police_present=form.police_present,
    )
    unit.audit("identification.record", subject_kind="identification", subject_id=row_id, version=1, cases=[case_id])
    return await row_of(unit, row_id)


def _sets(profile: Profile, age: Age, form: StartIdentification) -> list[str]:
    offered = {chosen.id: chosen for chosen in sets_for(profile, age)}
    for one in form.sets:
        if one not in offered:
            raise Invalid([FieldError("sets", "indicator.unknown_set", {"set": one})])
        check_in_force(profile, offered[one], form.started_at, "sets")
    day = local_day(profile, form.started_at)
    usual = [one for one in profile.set_use.default if one in offered and offered[one].in_force(day)]
    return list(dict.fromkeys(form.sets)) or usual


async def find(unit: UnitOfWork, row_id: UUID, *, lock: bool = False) -> RowMapping | None:
    """Return an identification's row, None where it does not exist or is not the actor's to see."""
    query = select(identification).where(identification.c.id == row_id)
    found = await unit.execute(query.with_for_update() if lock else query)
    row: RowMapping | None = found.mappings().first()
    return row


async def row_of(unit: UnitOfWork, row_id: UUID, *, lock: bool = False) -> RowMapping:
    """Return an identification's row; `NotFound` where it is unknown or somebody else's."""
    row = await find(unit, row_id, lock=lock)
    if row is None:
        raise NotFound("identification.unknown")
    return row


async def open_row(unit: UnitOfWork, row_id: UUID, action: str) -> tuple[RowMapping, RowMapping]:
    """Return (case, row locked) of an identification that is not decided yet, for a change by `action`."""
    row = await row_of(unit, row_id)
    case = await unit.case(row["case_id"], action)
    if row["state"] != "started":
        raise Conflict("identification.decided", case_id=case["id"])
    if case["state"] == "closed":
        raise Conflict("case.already_closed", case_id=case["id"])
    row = await row_of(unit, row_id, lock=True)
    if row["state"] != "started":
        raise Conflict("identification.decided", case_id=case["id"])
    return case, row


async def list_identifications(
    unit: UnitOfWork, case_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> Sequence[RowMapping]:
    """Return the identifications of a case without texts, the newest first, paged by key."""
    await unit.case(case_id, "identification.read")
    query = select(*SHOWN).where(identification.c.case_id == case_id)
    if after is not None:
        query = query.where(identification.c.id < after)
    found = await unit.execute(query.order_by(identification.c.id.desc()).limit(limit))
    rows: Sequence[RowMapping] = found.mappings().all()
    unit.audit("identification.read", subject_kind="identification", cases=[case_id], shown=len(rows))
    return rows


async def read_identification(unit: UnitOfWork, row_id: UUID) -> Identification:
    """Return one identification with its texts, officers and answers; the read is written down."""
    row = await row_of(unit, row_id)
    case = await unit.case(row["case_id"], "identification.read")
    opened = await unit.open_for_case(case["id"], TABLE, dict(row), *SEALED)
    unit.audit("identification.read", subject_kind="identification", subject_id=row_id, cases=[case["id"]])
    return Identification(
        row=row, case=case, **opened, officers=await officers_of(unit, row_id), answers=await answers_of(unit, row_id)
    )


async def state_intent(unit: UnitOfWork, row_id: UUID, form: StateIntent, expected: int | None) -> RowMapping:
    """Write down the facts that show an intent to exploit, under the version; None takes them back."""
    case, row = await open_row(unit, row_id, "identification.record")
    await unit.check_version(row_id, row["version"], expected)
    sealed = await unit.seal_for_case(case["id"], TABLE, row_id, {"intent_facts": form.facts})
    version = row["version"] + 1
    await unit.execute(update(identification).where(identification.c.id == row_id).values(**sealed, version=version))
    await join(unit, row_id, case["id"], unit.now)
    unit.audit(
        "identification.record",
        subject_kind="identification",
        subject_id=row_id,
        version=version,
        cases=[case["id"]],
        changed=["intent_facts"],
    )
    return await row_of(unit, row_id)


async def answer_indicators(
    unit: UnitOfWork, row_id: UUID, form: RecordAnswers, *, known: UUID | None = None
) -> RowMapping:
    """Write down what was seen, by indicators of one set; several officers may do so one after another.

    Only what changed is written; `known` is the last observation a page showed, so that an answer merely shown there
    never overwrites a colleague's. Returns the identification's row.
    """
    case, row = await open_row(unit, row_id, "identification.record")
    await identification_answers.record_answers(unit, case, row, form, age=age_of(case), known=known)
    return await row_of(unit, row_id)


async def add_officer(unit: UnitOfWork, row_id: UUID, form: AddOfficer) -> UUID:
    """Let an organisation, or one named person of it, join; returns the officer's id."""
    case, row = await open_row(unit, row_id, "identification.record")
    return await identification_officers.add_officer(unit, case, row, form)


async def list_officers(unit: UnitOfWork, row_id: UUID) -> list[RowMapping]:
    """Return who takes part, in the order they joined."""
    return await identification_officers.list_officers(unit, await row_of(unit, row_id))


async def list_observations(
    unit: UnitOfWork, row_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> Sequence[tuple[RowMapping, str | None]]:
    """Return every answer ever given with its note, the latest recorded first, paged by key."""
    row = await row_of(unit, row_id)
    return await identification_answers.list_observations(unit, row, after=after, limit=limit)


async def explain_aids(unit: UnitOfWork, row_id: UUID, language: str) -> list[Explanation]:
    """Return what each offered aid says to the answers of an identification and the situations of its case."""
    row = await row_of(unit, row_id)
    case = await unit.case(row["case_id"], "identification.read")
    found = await explanations(unit, case, row, await answers_of(unit, row_id), language)
    unit.audit(
        "identification.read", subject_kind="identification", subject_id=row_id, cases=[case["id"]], aids=len(found)
    )
    return found


async def explanations(
    unit: UnitOfWork,
    case: RowMapping,
    row: RowMapping,
    answers: dict[str, dict[str, RowMapping]],
    language: str,
) -> list[Explanation]:
    """Return the aids in words for answers already read. Audits nothing."""
    profile = unit.profile_of(case)
    given = await aid_input(unit, case, plain(answers), intent_stated=row["intent_facts"] is not None)
    return [explain(profile, result, given.answers, language) for result in results(profile, given)]
