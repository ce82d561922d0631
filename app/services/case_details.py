"""What a case file says of where and by whom the person was found: completed later, where registering left it open."""

from uuid import UUID

from sqlalchemy import RowMapping, update

from app.domain.forms.cases import CompleteRegistration
from app.domain.forms.fields import check_codes
from app.domain.problems import Conflict
from app.services.unit_of_work import UnitOfWork
from app.storage.cases import case_file


async def complete_registration(
    unit: UnitOfWork, case_id: UUID, form: CompleteRegistration, expected: int | None
) -> RowMapping:
    """Say (or put right) the municipality and who noticed first, under the version of the case. Returns its row.

    Raises Conflict where nothing changes, Invalid for a code the profile does not have.
    """
    case = await unit.case(case_id, "case.complete", lock=True)
    await unit.check_version(case_id, case["version"], expected)
    profile = unit.profile_of(case)
    check_codes(form, profile)
    given = form.model_dump()
    changed = {name: value for name, value in given.items() if value != case[name]}
    if not changed:
        raise Conflict("case.nothing_changed", case_id=case_id)
    values = dict(changed)
    if "municipality" in values:
        values["county"] = profile.places[form.municipality].parent if form.municipality else None
    version = case["version"] + 1
    await unit.execute(update(case_file).where(case_file.c.id == case_id).values(**values, version=version))
    unit.audit(
        "case.complete", subject_kind="case", subject_id=case_id, version=version, cases=[case_id], changed=changed
    )
    return await unit.case(case_id, "case.read")
