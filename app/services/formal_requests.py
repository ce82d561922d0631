"""The person asks for formal identification, and may take it back at any time before the decision."""

from uuid import UUID

from sqlalchemy import RowMapping, insert, select

from app.domain.forms.fields import check_codes, check_past
from app.domain.forms.formal_identification import RequestFormal, WithdrawFormal
from app.domain.ids import uuid7
from app.domain.problems import Conflict, FieldError, Invalid
from app.domain.profile import Profile
from app.domain.victim_status import Kind
from app.services.formal_identification import (
    SUBJECT,
    UNDECIDED,
    end_team,
    for_act,
    reflecting_at,
    set_state,
    tell,
)
from app.services.unit_of_work import UnitOfWork
from app.storage.formal_identification import formal_procedure


async def request_formal(unit: UnitOfWork, case_id: UUID, form: RequestFormal) -> UUID:
    """Write down that the person asks for formal identification; returns the procedure's id.

    An adult asks in person; for a child whoever the profile lets ask, never somebody under suspicion. The same
    client-made id again is the same request.
    """
    case = await unit.case(case_id, "formal.request", lock=True)
    if case["state"] == "closed":
        raise Conflict("case.already_closed", case_id=case_id)
    profile = unit.profile_of(case)
    row_id = form.id or uuid7()
    query = select(formal_procedure.c.case_id).where(formal_procedure.c.id == row_id)
    if (await unit.execute(query)).scalar() == case_id:
        unit.audit("formal.request", subject_kind=SUBJECT, subject_id=row_id, cases=[case_id], outcome="repeated")
        return row_id
    check_codes(form, profile)
    check_past("requested_at", form.requested_at, unit.now)
    await _check_request(unit, case, profile, form)
    sealed = await unit.seal_for_case(
        case_id, "casework.formal_procedure", row_id, {"wish": form.wish, "early_reason": form.early_reason}
    )
    await unit.execute(
        insert(formal_procedure).values(
            **sealed,
            id=row_id,
            case_id=case_id,
            org_id=unit.actor.org_id,
            account_id=unit.actor.account_id,
            recorded_at=unit.now,
            requested_at=min(form.requested_at, unit.now),
            requested_by=form.requested_by,
            form=form.form,
            place_kind=form.place_kind,
            officer_sex=form.officer_sex,
            language=form.language,
            interpreter=form.interpreter,
        )
    )
    await tell(
        unit, case, Kind.FORMAL_REQUESTED, form.requested_at, row_id, field_name="requested_at", by=form.requested_by
    )
    unit.audit("formal.request", subject_kind=SUBJECT, subject_id=row_id, version=1, cases=[case_id])
    return row_id


async def _check_request(unit: UnitOfWork, case: RowMapping, profile: Profile, form: RequestFormal) -> None:
    errors: list[FieldError] = []
    child = bool(case["is_child"])
    allowed = profile.formal.requested_by.get("child" if child else "adult", ("person",))
    if form.requested_by not in allowed:
        code = "formal.not_for_child" if child else "formal.own_request"
        errors.append(FieldError("requested_by", code, {}))
    if form.requested_by in ("guardian", "representative") and form.requester_suspected == "yes":
        errors.append(FieldError("requester_suspected", "formal.requester_suspected", {}))
    if form.requested_at < case["opened_at"]:
        errors.append(FieldError("requested_at", "formal.before_case", {}))
    if not form.early_reason and await reflecting_at(unit, case["id"], form.requested_at):
        errors.append(FieldError("early_reason", "formal.early_reason_missing", {}))
    if errors:
        raise Invalid(errors)
    going_on = select(formal_procedure.c.id).where(
        formal_procedure.c.case_id == case["id"], formal_procedure.c.state.in_((*UNDECIDED, "appealed"))
    )
    if (await unit.execute(going_on)).first() is not None:
        raise Conflict("formal.goes_on", case_id=case["id"])


async def withdraw_formal(unit: UnitOfWork, procedure_id: UUID, form: WithdrawFormal) -> None:
    """Write down that the person takes the request back. The status stays, the help goes on; the team sees no more."""
    found = await for_act(unit, procedure_id, "formal.request", "open")
    check_codes(form, found.profile)
    check_past("withdrawn_at", form.withdrawn_at, unit.now)
    sealed = await unit.seal_for_case(
        found.case["id"], "casework.formal_procedure", procedure_id, {"withdrawal_note": form.withdrawal_note}
    )
    await tell(unit, found.case, Kind.FORMAL_WITHDRAWN, form.withdrawn_at, procedure_id, field_name="withdrawn_at")
    version = await set_state(
        unit,
        found,
        **sealed,
        state="withdrawn",
        withdrawn_at=min(form.withdrawn_at, unit.now),
        withdrawal_form=form.withdrawal_form,
    )
    unit.audit(
        "formal.request",
        subject_kind=SUBJECT,
        subject_id=procedure_id,
        version=version,
        cases=[found.case["id"]],
        changed=["state"],
        step="withdrawn",
    )
    await end_team(unit, procedure_id)
