"""Answers to indicators: each an observation of its own, by whom and when; the latest of an indicator counts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from app.domain.code_lists import Age
from app.domain.forms.fields import check_past
from app.domain.forms.identification import Answer, RecordAnswers
from app.domain.ids import uuid7
from app.domain.indicator_sets import Indicator, IndicatorSet
from app.domain.problems import FieldError, Invalid
from app.domain.profile import Profile
from app.services.identification_officers import join
from app.services.unit_of_work import UnitOfWork
from app.storage.identifications import identification, identification_officer, observation

TABLE = "casework.observation"
NOT_ASKED: Final = "not_asked"
FOUR: Final = ("yes", "no", "unknown", NOT_ASKED)
NONE_YET: Final = UUID(int=0)
"""Stands before every observation: what a page knew that was shown before anything was answered."""


def local_day(profile: Profile, moment: datetime) -> date:
    """Return the day of a moment in the jurisdiction's own time."""
    return moment.astimezone(ZoneInfo(profile.timezone)).date()


def check_in_force(profile: Profile, chosen: IndicatorSet, began: datetime, field: str) -> None:
    """Refuse a set that was not in force on the day the identification began (`identification.set_expired`)."""
    day = local_day(profile, began)
    if chosen.valid_to is not None and day > chosen.valid_to:
        raise Invalid.one(field, "identification.set_expired", set=chosen.id, until=chosen.valid_to.isoformat())
    if chosen.valid_from is not None and day < chosen.valid_from:
        raise Invalid.one(field, "identification.set_not_yet", set=chosen.id, since=chosen.valid_from.isoformat())


def possible_answers(indicator: Indicator) -> tuple[str, ...]:
    """Return what may be answered: yes, no, unknown, not asked; for a question with choices one of them in place of
    yes and no."""
    if indicator.answers:
        return (*(choice.code for choice in indicator.answers), "unknown", NOT_ASKED)
    return FOUR


async def answers_of(unit: UnitOfWork, row_id: UUID, *, until: UUID | None = None) -> dict[str, dict[str, RowMapping]]:
    """Return the latest answer of each indicator as set -> code -> row; `until` leaves out what was recorded after
    that observation."""
    query = (
        select(observation)
        .ext(distinct_on(observation.c.set_id, observation.c.code))
        .where(observation.c.identification_id == row_id)
        .order_by(observation.c.set_id, observation.c.code, observation.c.observed_at.desc(), observation.c.id.desc())
    )
    if until is not None:
        query = query.where(observation.c.id <= until)
    found: dict[str, dict[str, RowMapping]] = {}
    for row in (await unit.execute(query)).mappings():
        found.setdefault(row["set_id"], {})[row["code"]] = row
    return found


def plain(answers: Mapping[str, Mapping[str, RowMapping]]) -> dict[str, dict[str, str]]:
    """Return answers as the aids read them: set -> code -> answer."""
    return {set_id: {code: row["answer"] for code, row in rows.items()} for set_id, rows in answers.items()}


async def last_observation(unit: UnitOfWork, row_id: UUID) -> UUID:
    """Return the observation recorded last, so that a page can say what it was made from."""
    query = select(observation.c.id).where(observation.c.identification_id == row_id)
    found: UUID | None = (await unit.execute(query.order_by(observation.c.id.desc()).limit(1))).scalar()
    return found or NONE_YET


async def record_answers(
    unit: UnitOfWork, case: RowMapping, row: RowMapping, form: RecordAnswers, *, age: Age, known: UUID | None = None
) -> int:
    """Write down what was seen, by code of one set; what did not change is not written again. Returns how many.

    `row` is locked and not decided. `known` is the last observation that the page showed: an answer that was only
    shown there, not given, never overwrites what a colleague has answered since.
    """
    profile = unit.profile_of(case)
    chosen = _set(profile, form)
    if chosen.id not in row["sets"]:
        check_in_force(profile, chosen, row["started_at"], "set_id")
    _check_answers(chosen, age, form)
    observed_at = form.observed_at or unit.now
    check_past("observed_at", observed_at, unit.now)
    own = await join(unit, row["id"], case["id"], unit.now)
    officer_id = await _officer(unit, row["id"], form.officer_id) if form.officer_id else own
    current = (await answers_of(unit, row["id"])).get(chosen.id, {})
    shown = current if known is None else (await answers_of(unit, row["id"], until=known)).get(chosen.id, {})
    new = [one for one in form.answers if one.note is not None or _given(one, current, shown)]
    version = row["version"] + bool(new)
    if new:
        rows = [await _values(unit, case["id"], row["id"], chosen, one, officer_id, observed_at) for one in new]
        await unit.execute(insert(observation), rows)
        sets = list(dict.fromkeys([*row["sets"], chosen.id]))
        await unit.execute(
            update(identification).where(identification.c.id == row["id"]).values(sets=sets, version=version)
        )
    unit.audit(
        "identification.record",
        subject_kind="identification",
        subject_id=row["id"],
        version=version,
        cases=[case["id"]],
        changed=["answers"] if new else [],
        set=chosen.id,
        answers=len(new),
    )
    return len(new)


def _given(one: Answer, current: Mapping[str, RowMapping], shown: Mapping[str, RowMapping]) -> bool:
    def answer(rows: Mapping[str, RowMapping]) -> str:
        return str(rows[one.code]["answer"]) if one.code in rows else NOT_ASKED

    return one.answer != answer(shown) and one.answer != answer(current)


def _set(profile: Profile, form: RecordAnswers) -> IndicatorSet:
    chosen = next((one for one in profile.offered_sets() if one.id == form.set_id), None)
    if chosen is None:
        raise Invalid.one("set_id", "indicator.unknown_set", set=form.set_id)
    if form.set_version != chosen.version:
        raise Invalid.one("set_version", "indicator.other_version", given=form.set_version, needed=chosen.version)
    return chosen


def _check_answers(chosen: IndicatorSet, age: Age, form: RecordAnswers) -> None:
    errors = list(_answer_errors(chosen, age, form.answers))
    if errors:
        raise Invalid(errors)


def _answer_errors(chosen: IndicatorSet, age: Age, answers: Iterable[Answer]) -> Iterable[FieldError]:
    seen: set[str] = set()
    for number, one in enumerate(answers):
        indicator = chosen.get(one.code)
        if indicator is None:
            params = {"code": one.code, "set": chosen.id, "version": chosen.version}
            yield FieldError(f"answers.{number}.code", "indicator.unknown_code", params)
        elif not indicator.applies(age):
            yield FieldError(f"answers.{number}.code", "indicator.other_age", {"code": one.code})
        elif one.answer not in possible_answers(indicator):
            yield FieldError(f"answers.{number}.answer", "indicator.unknown_answer", {"answer": one.answer})
        if one.code in seen:
            yield FieldError(f"answers.{number}.code", "indicator.twice", {"code": one.code})
        seen.add(one.code)


async def _officer(unit: UnitOfWork, row_id: UUID, officer_id: UUID) -> UUID:
    query = select(identification_officer.c.id).where(
        identification_officer.c.id == officer_id, identification_officer.c.identification_id == row_id
    )
    if (await unit.execute(query)).first() is None:
        raise Invalid.one("officer_id", "identification.unknown_officer")
    return officer_id


async def _values(
    unit: UnitOfWork,
    case_id: UUID,
    row_id: UUID,
    chosen: IndicatorSet,
    one: Answer,
    officer_id: UUID | None,
    observed_at: datetime,
) -> dict[str, Any]:
    observation_id = uuid7()
    return {
        **await unit.seal_for_case(case_id, TABLE, observation_id, {"note": one.note}),
        "id": observation_id,
        "identification_id": row_id,
        "case_id": case_id,
        "set_id": chosen.id,
        "set_version": chosen.version,
        "code": one.code,
        "answer": one.answer,
        "org_id": unit.actor.org_id,
        "account_id": unit.actor.account_id,
        "officer_id": officer_id,
        "observed_at": observed_at,
        "recorded_at": unit.now,
    }


async def take_over(unit: UnitOfWork, case: RowMapping, from_id: UUID, row_id: UUID) -> int:
    """Take over what was answered in an earlier identification of the same case; returns how many answers.

    When and by whom each was seen stays; notes are sealed anew under their new place. Answers of a set that is no
    longer in force stay where they are.
    """
    profile = unit.profile_of(case)
    query = select(identification.c.id).where(
        identification.c.id == from_id, identification.c.case_id == case["id"], identification.c.id != row_id
    )
    if (await unit.execute(query)).first() is None:
        raise Invalid.one("from_identification", "identification.not_of_case")
    began = (await unit.execute(select(identification.c.started_at).where(identification.c.id == row_id))).scalar_one()
    day = local_day(profile, began)
    versions = {chosen.id: chosen for chosen in profile.offered_sets() if chosen.in_force(day)}
    rows: list[dict[str, Any]] = []
    for set_id, answers in (await answers_of(unit, from_id)).items():
        chosen = versions.get(set_id)
        for row in answers.values():
            if chosen is None or row["set_version"] != chosen.version or row["answer"] == NOT_ASKED:
                continue
            note = (await unit.open_for_case(case["id"], TABLE, dict(row), "note"))["note"]
            answer = Answer(code=row["code"], answer=row["answer"], note=note)
            rows.append(await _values(unit, case["id"], row_id, chosen, answer, row["officer_id"], row["observed_at"]))
    if rows:
        await unit.execute(insert(observation), rows)
    present = (await unit.execute(select(identification.c.sets).where(identification.c.id == row_id))).scalar_one()
    sets = list(dict.fromkeys([*present, *(one["set_id"] for one in rows)]))
    await unit.execute(update(identification).where(identification.c.id == row_id).values(sets=sets))
    return len(rows)


async def list_observations(
    unit: UnitOfWork, row: RowMapping, *, after: UUID | None = None, limit: int = 50
) -> Sequence[tuple[RowMapping, str | None]]:
    """Return every observation of an identification with its note open, the latest recorded first, by key."""
    await unit.case(row["case_id"], "identification.read")
    query = select(observation).where(observation.c.identification_id == row["id"])
    if after is not None:
        query = query.where(observation.c.id < after)
    rows = (await unit.execute(query.order_by(observation.c.id.desc()).limit(limit))).mappings().all()
    found = [
        (one, (await unit.open_for_case(row["case_id"], TABLE, dict(one), "note"))["note"] if one["note"] else None)
        for one in rows
    ]
    unit.audit(
        "identification.read",
        subject_kind="identification",
        subject_id=row["id"],
        cases=[row["case_id"]],
        observations=len(found),
    )
    return found


async def notes_of(unit: UnitOfWork, row: RowMapping) -> dict[tuple[str, str], list[tuple[RowMapping, str]]]:
    """Return the notes beside answers as (set, code) -> (observation, note), as recorded. Audits nothing."""
    query = (
        select(observation)
        .where(observation.c.identification_id == row["id"], observation.c.note.is_not(None))
        .order_by(observation.c.id)
    )
    found: dict[tuple[str, str], list[tuple[RowMapping, str]]] = {}
    for one in (await unit.execute(query)).mappings().all():
        note = (await unit.open_for_case(row["case_id"], TABLE, dict(one), "note"))["note"]
        found.setdefault((one["set_id"], one["code"]), []).append((one, note))
    return found
