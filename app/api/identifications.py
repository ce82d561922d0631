"""Initial identification: `/api/v1/cases/{case_id}/identifications` and `/api/v1/identifications`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy import RowMapping
from starlette.responses import Response

from app.api.routing import After, ConceptRouter, IfMatch, Limit, Listed, Out, Unit, etag
from app.domain.forms.identification import (
    AddOfficer,
    DecideIdentification,
    RecordAnswers,
    StartIdentification,
    StateIntent,
)
from app.domain.indicator_sets import Indicator, IndicatorSet
from app.services import identifications
from app.services.aids import Explanation
from app.services.identification_answers import possible_answers
from app.services.identification_comparison import ORDER, comparable, compare
from app.services.identification_decision import decide_identification
from app.services.refusals import list_refusals
from app.texts import text

of_case = ConceptRouter("/cases", "identification")
router = ConceptRouter("/identifications", "identification")
refusals = ConceptRouter("/refusals", "identification")


class IdentificationOut(Out):
    """An identification without its texts."""

    id: UUID
    case_id: UUID
    org_id: UUID
    account_id: UUID
    kind: str
    started_at: datetime
    recorded_at: datetime
    place: str | None
    border_circumstances: list[str]
    sets: list[str]
    police_present: bool
    interpreter: str
    refused_by_person: str
    state: str
    result: str | None
    decided_at: datetime | None
    decided_by: UUID | None
    superseded_by: UUID | None
    version: int


class OfficerOut(Out):
    """Somebody who takes part; `name` where a person is named."""

    id: UUID
    org_id: UUID
    organisation: str
    organisation_kind: str
    account_id: UUID | None
    name: str | None
    role: str
    joined_at: datetime


class AnswerOut(Out):
    """The answer of one indicator that counts now."""

    set_id: str
    set_version: str
    code: str
    answer: str
    org_id: UUID
    officer_id: UUID | None
    observed_at: datetime


class ObservationOut(AnswerOut):
    """One answer as it was given, with its note."""

    id: UUID
    account_id: UUID
    recorded_at: datetime
    note: str | None = None


class IdentificationOpen(IdentificationOut):
    """An identification with its texts, officers, answers, and what the aids said when it was decided."""

    circumstances: str | None
    intent_facts: str | None
    decision_reason: str | None
    override_reason: str | None
    officers: list[OfficerOut]
    answers: list[AnswerOut]
    aid_results: list[dict[str, Any]]


class ComparedOut(Out):
    """One question in two identifications; an answer is null where it was not asked."""

    set_id: str
    code: str
    question: str
    difference: str
    earlier: str | None
    later: str | None
    other_version: bool


class ComparisonOut(Out):
    """Two identifications of one person, the earlier first; `says` what a difference does not mean."""

    earlier: IdentificationOut
    later: IdentificationOut
    counts: dict[str, int]
    items: list[ComparedOut]
    says: str


class RefusalOut(Out):
    """A notification without identity: an adult refused identification. `standing` false: accepted since."""

    id: UUID
    refused_at: datetime
    reason: str | None
    county: str | None
    sex: str
    citizenship_group: str
    organisation: str
    standing: bool


class AidOut(Out):
    """What one aid says and why; `decides` says who decides, whatever the result."""

    rule_id: str
    title: str
    version: str
    source: str
    source_quote: str | None
    profile_version: str
    branch: str
    result: str | None
    result_label: str | None
    suggested_status: str | None
    suggested_label: str | None
    count: int | None
    threshold: int | None
    counted: list[dict[str, str | None]]
    missing: list[dict[str, str | int | None]]
    elements: dict[str, str]
    dimensions: dict[str, dict[str, int | bool]]
    positive: list[str]
    attention: bool
    hint: str | None
    marks: list[dict[str, str]]
    decides: str


class IndicatorOut(Out):
    """One question with what may be answered."""

    code: str
    group: str
    dimension: str
    strength: str | None
    text: str
    answers: list[str]


class SetOut(Out):
    """An indicator set in the version of the case, with its mark and warning."""

    id: str
    version: str
    title: str
    status: str
    source: str
    warning: str | None
    indicators: list[IndicatorOut]


@of_case.act(
    "POST",
    "/{case_id}/identifications",
    action="identification.record",
    status_code=201,
    summary="Begin an initial identification",
)
async def start(unit: Unit, case_id: UUID, form: StartIdentification, response: Response) -> IdentificationOut:
    """One officer of one organisation is enough; a client-made `id` makes repeating safe."""
    row = await identifications.start_identification(unit, case_id, form)
    response.headers["Location"] = f"/api/v1/identifications/{row['id']}"
    return _out(row, response)


@of_case.act(
    "GET", "/{case_id}/identifications", action="identification.read", summary="List identifications, newest first"
)
async def listed(unit: Unit, case_id: UUID, after: After = None, limit: Limit = 50) -> Listed[IdentificationOut]:
    """Return the identifications of a case without texts."""
    rows = await identifications.list_identifications(unit, case_id, after=after, limit=limit)
    items = [IdentificationOut.model_validate(dict(row)) for row in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


@of_case.act(
    "GET",
    "/{case_id}/indicator-sets",
    action="identification.read",
    summary="Indicator sets that may be opened, in the case's version",
)
async def sets(unit: Unit, case_id: UUID) -> list[SetOut]:
    """Return the questions for a person of that age; unverified sets are not offered."""
    case = await unit.case(case_id, "identification.read")
    unit.audit("identification.read", subject_kind="indicator_set", cases=[case_id])
    age = identifications.age_of(case)
    return [
        _set(chosen, chosen.for_age(age), unit.language)
        for chosen in identifications.sets_for(unit.profile_of(case), age, unit.now)
    ]


@router.act("GET", "/{identification_id}", action="identification.read", summary="Read an identification")
async def read(unit: Unit, identification_id: UUID, response: Response) -> IdentificationOpen:
    """Return it with texts, officers and the answers that count; the read is written down."""
    found = await identifications.read_identification(unit, identification_id)
    etag(response, found.row["version"])
    texts = ("circumstances", "intent_facts", "decision_reason", "override_reason")
    return IdentificationOpen.model_validate(
        {
            **found.row,
            **{name: getattr(found, name) for name in texts},
            "officers": [_officer(row, unit.language) for row in found.officers],
            "answers": [dict(row) for rows in found.answers.values() for row in rows.values()],
        }
    )


@router.act(
    "PUT", "/{identification_id}/observations", action="identification.record", summary="Answer indicators of a set"
)
async def observe(unit: Unit, identification_id: UUID, form: RecordAnswers, response: Response) -> IdentificationOut:
    """Write down what was seen; what is not named stays, what did not change is not written again.

    Every answer is an observation of its own by its author, so no `If-Match` is needed; the latest one counts.
    """
    return _out(await identifications.answer_indicators(unit, identification_id, form), response)


@router.act("GET", "/{identification_id}/observations", action="identification.read", summary="Every answer ever given")
async def observations(
    unit: Unit, identification_id: UUID, after: After = None, limit: Limit = 50
) -> Listed[ObservationOut]:
    """Return the observations with their notes, the latest recorded first."""
    rows = await identifications.list_observations(unit, identification_id, after=after, limit=limit)
    items = [ObservationOut.model_validate({**row, "note": note}) for row, note in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


@router.act("GET", "/{identification_id}/aids", action="identification.read", summary="What the aids say, and why")
async def aids(unit: Unit, identification_id: UUID) -> list[AidOut]:
    """Explain what counts, what is missing, which rule, version and source say so. A person decides."""
    return [_aid(one) for one in await identifications.explain_aids(unit, identification_id, unit.language)]


@router.act(
    "GET",
    "/{identification_id}/comparable",
    action="identification.read",
    summary="Other identifications of the same person",
)
async def others(unit: Unit, identification_id: UUID) -> list[IdentificationOut]:
    """Return those of the person's cases that the caller may read, the newest first."""
    rows = await comparable(unit, identification_id)
    return [IdentificationOut.model_validate(dict(row)) for row in rows]


@router.act(
    "GET", "/{identification_id}/comparison", action="identification.read", summary="Compare with another of the person"
)
async def comparison(unit: Unit, identification_id: UUID, other: Annotated[UUID, Query(alias="with")]) -> ComparisonOut:
    """Return question by question what is the same, changed, new, or asked only in the earlier one. No verdict."""
    found = await compare(unit, identification_id, other, unit.language)
    return ComparisonOut(
        earlier=IdentificationOut.model_validate(dict(found.earlier)),
        later=IdentificationOut.model_validate(dict(found.later)),
        counts={kind: found.count(kind) for kind in ORDER},
        items=[ComparedOut.model_validate(one) for one in found.items],
        says=text("identification.compare.says", unit.language),
    )


@router.act("GET", "/{identification_id}/officers", action="identification.read", summary="Who takes part")
async def officers(unit: Unit, identification_id: UUID) -> list[OfficerOut]:
    """Return the officers in the order they joined."""
    rows = await identifications.list_officers(unit, identification_id)
    return [OfficerOut.model_validate(_officer(row, unit.language)) for row in rows]


@router.act(
    "POST",
    "/{identification_id}/officers",
    action="identification.record",
    status_code=201,
    summary="Let an officer of another organisation join",
)
async def join(unit: Unit, identification_id: UUID, form: AddOfficer) -> dict[str, UUID]:
    """The organisation (or the named person) sees milestones and identification until the decision or `until`."""
    return {"id": await identifications.add_officer(unit, identification_id, form)}


@router.act(
    "PUT", "/{identification_id}/intent", action="identification.record", summary="Facts that show an intent to exploit"
)
async def intent(
    unit: Unit, identification_id: UUID, form: StateIntent, version: IfMatch, response: Response
) -> IdentificationOut:
    """Write them down where nobody has been exploited yet; the ILO aid reads that they are there."""
    return _out(await identifications.state_intent(unit, identification_id, form, version), response)


@router.act("POST", "/{identification_id}/decision", action="identification.decide", summary="Decide")
async def decide(
    unit: Unit, identification_id: UUID, form: DecideIdentification, version: IfMatch, response: Response
) -> IdentificationOut:
    """Decide with the officer's own reason; the status of the person follows, and the team's access ends."""
    return _out(await decide_identification(unit, identification_id, form, version), response)


@refusals.act("GET", "", action="refusal.read", summary="Notifications without identity, newest first")
async def refused(unit: Unit, after: After = None, limit: Limit = 50) -> Listed[RefusalOut]:
    """Return that adults refused identification, and of whom nothing but group and place."""
    rows = await list_refusals(unit, after=after, limit=limit)
    items = [RefusalOut.model_validate({**row, "organisation": row[f"name_{unit.language}"]}) for row in rows]
    return Listed(items=items, next=items[-1].id if len(items) == limit else None)


def _out(row: RowMapping, response: Response) -> IdentificationOut:
    etag(response, row["version"])
    return IdentificationOut.model_validate(dict(row))


def _officer(row: RowMapping, language: str) -> dict[str, Any]:
    return {**row, "organisation": row[f"name_{language}"], "name": row["display_name"]}


def _set(chosen: IndicatorSet, indicators: tuple[Indicator, ...], language: str) -> SetOut:
    return SetOut(
        id=chosen.id,
        version=chosen.version,
        title=chosen.title.text(language),
        status=chosen.status,
        source=chosen.source,
        warning=chosen.warning.text(language) if chosen.warning else None,
        indicators=[
            IndicatorOut(
                code=one.code,
                group=one.group,
                dimension=one.dimension,
                strength=one.strength,
                text=one.text.text(language),
                answers=list(possible_answers(one)),
            )
            for one in indicators
        ],
    )


def _aid(one: Explanation) -> AidOut:
    plain = {name: getattr(one, name) for name in AidOut.model_fields}
    listed = {
        "counted": [{"source": c.source, "version": c.version, "code": c.code, "text": c.text} for c in one.counted],
        "missing": [{"what": m.what, "name": m.name, "more": m.more, "text": m.text} for m in one.missing],
        "marks": [{"of": m.of, "mark": m.mark, "text": m.text} for m in one.marks],
        "dimensions": {
            name: {"strong": s.strong, "medium": s.medium, "weak": s.weak, "positive": s.positive}
            for name, s in one.dimensions.items()
        },
    }
    return AidOut.model_validate({**plain, **listed})
