"""Risk: `/api/v1/cases/{case_id}/risk-assessments` and what the routing rules then propose."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.api.routing import ConceptRouter, Out, Unit
from app.domain.code_lists import Label
from app.domain.forms.risks import AssessRisk, ObjectToRisk
from app.domain.routing_rules import Advice
from app.services import risks

router = ConceptRouter("/cases/{case_id}/risk-assessments", "risk")


class AssessorOut(Out):
    """Somebody who rates, and what they said so far."""

    org_id: UUID
    account_id: UUID
    kind: str
    confirmed_at: datetime | None
    objected_at: datetime | None
    objection: str | None = None


class RiskOut(Out):
    """An assessment of risk; only a confirmed level holds."""

    id: UUID
    assessed_at: datetime
    purpose: str
    level: str
    immediate_danger: bool
    domains: list[str]
    needs: list[str]
    persons_at_risk: list[str]
    location: str
    proceedings_phase: str | None
    seats: list[str]
    next_review_on: date | None
    state: str
    version: int
    measures: str | None = None
    person_view: str | None = None
    best_interest: str | None = None
    assessors: tuple[AssessorOut, ...] = ()


class AdviceOut(Out):
    """A routing rule that holds: what it proposes, its source, and whether somebody has to confirm it still."""

    rule_id: str
    proposes: dict[str, Any]
    source: str
    to_confirm: bool
    note: str | None


class RisksOut(Out):
    """Every assessment, the newest first. `level`: the one that holds; `levels` and `seats`: what this profile has."""

    level: str | None
    immediate_danger: bool | None
    levels: list[str]
    seats: list[str]
    advice: list[AdviceOut]
    items: list[RiskOut]


def _plain(value: Any) -> Any:
    if isinstance(value, Label):
        return dict(value.texts)
    if hasattr(value, "items"):
        return {key: _plain(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value


def advice_out(one: Advice) -> AdviceOut:
    """Return a rule as the API shows it."""
    rule = one.rule
    return AdviceOut(
        rule_id=rule.id, proposes=_plain(rule.then), source=rule.source, to_confirm=one.to_confirm, note=rule.note
    )


@router.act("POST", "", action="risk.record", status_code=201, summary="Assess the risk")
async def assess(unit: Unit, case_id: UUID, form: AssessRisk) -> RiskOut:
    """A level waits until everybody who rates has said yes; immediate danger counts at once."""
    row = await risks.assess_risk(unit, case_id, form)
    said = form.model_dump(include={"measures", "person_view", "best_interest"})
    return RiskOut.model_validate({**row, **said})


@router.act("POST", "/{risk_id}/confirm", action="risk.confirm", summary="Say yes to a rating, for oneself")
async def confirm(unit: Unit, case_id: UUID, risk_id: UUID) -> RiskOut:
    """With the last yes the level holds."""
    return _brief(await risks.confirm_risk(unit, case_id, risk_id))


@router.act("POST", "/{risk_id}/object", action="risk.confirm", summary="Say why one does not agree with a rating")
async def disagree(unit: Unit, case_id: UUID, risk_id: UUID, form: ObjectToRisk) -> RiskOut:
    """The rating then holds nothing."""
    return _brief(await risks.object_to_risk(unit, case_id, risk_id, form))


def _brief(row: Any) -> RiskOut:
    return RiskOut.model_validate({**row, "measures": None, "person_view": None, "best_interest": None})


@router.act("GET", "", action="risk.read", summary="Assessments of risk, newest first")
async def listed(unit: Unit, case_id: UUID) -> RisksOut:
    """Return every assessment with who rated, the level that holds and what the rules propose."""
    found = await risks.read_risks(unit, case_id)
    items = [
        RiskOut.model_validate(
            {
                **row,
                "assessors": [{**one.row, "objection": one.objection} for one in found.assessors.get(row["id"], ())],
            }
        )
        for row in found.ratings
    ]
    return RisksOut(
        level=found.holds.level if found.holds is not None else None,
        immediate_danger=found.danger,
        levels=list(found.levels),
        seats=list(found.seats),
        advice=[advice_out(one) for one in found.advice],
        items=items,
    )
