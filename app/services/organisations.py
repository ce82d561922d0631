"""Organisations of the mechanism, as an administrator keeps them: those of the profile and those added here."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, func, insert, or_, select, update

from app.domain.forms.fields import check_codes
from app.domain.forms.organisations import AddOrganisation, ChangeOrganisation
from app.domain.ids import uuid7
from app.domain.problems import Conflict, Invalid, NotFound
from app.services.searching import matches
from app.services.unit_of_work import UnitOfWork
from app.storage.organisations import organisation

COUNTY_LEVELS = ("county", "region")
"""What a profile calls the places an organisation may belong to."""
_KEPT_HERE = frozenset({"answers_referrals", "languages", "active"})
"""What the profile never brings anew; any other change makes the entry this installation's own."""


async def list_organisations(
    unit: UnitOfWork,
    *,
    search: str | None = None,
    kind: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[RowMapping]:
    """Return a page of the jurisdiction's organisations by Albanian name; `after` is the last id of the page before."""
    query = select(organisation).where(
        organisation.c.jurisdiction == unit.actor.jurisdiction, organisation.c.origin != "program"
    )
    if search:
        aliases = func.array_to_string(organisation.c.aliases, " ")
        query = query.where(
            matches(search, organisation.c.name_sq, organisation.c.name_en, organisation.c.code, aliases)
        )
    if kind:
        query = query.where(organisation.c.kind == kind)
    if after is not None:
        last = select(organisation.c.name_sq, organisation.c.id).where(organisation.c.id == after).subquery()
        later = organisation.c.name_sq > last.c.name_sq
        query = query.where(or_(later, and_(organisation.c.name_sq == last.c.name_sq, organisation.c.id > last.c.id)))
    rows = await unit.execute(query.order_by(organisation.c.name_sq, organisation.c.id).limit(limit))
    found = list(rows.mappings())
    unit.audit("organisation.read", subject_kind="organisation", count=len(found))
    return found


async def read_organisation(unit: UnitOfWork, org_id: UUID) -> RowMapping:
    """Return one organisation of the jurisdiction; `NotFound` otherwise."""
    row = await _find(unit, org_id)
    unit.audit("organisation.read", subject_kind="organisation", subject_id=org_id, version=row["version"])
    return row


async def add_organisation(unit: UnitOfWork, form: AddOrganisation) -> RowMapping:
    """Add an organisation of this installation. Raises Invalid (`organisation.code_taken` on `code`)."""
    _check(unit, form, {})
    org_id = uuid7()
    code = form.code or f"ORG-{org_id.hex[-8:].upper()}"
    taken = select(organisation.c.id).where(
        organisation.c.jurisdiction == unit.actor.jurisdiction, organisation.c.code == code
    )
    if (await unit.execute(taken)).first() is not None:
        raise Invalid.one("code", "organisation.code_taken")
    values = _values(form) | {"id": org_id, "code": code, "jurisdiction": unit.actor.jurisdiction, "origin": "local"}
    await unit.execute(insert(organisation).values(values))
    unit.audit(
        "organisation.manage", subject_kind="organisation", subject_id=org_id, version=1, step="added",
        changed=_values(form),
    )  # fmt: skip
    return await _find(unit, org_id)


async def change_organisation(
    unit: UnitOfWork, org_id: UUID, form: ChangeOrganisation, expected: int | None
) -> RowMapping:
    """Change facts; one that is no longer active ends the access of its people at once."""
    before = await _find(unit, org_id, lock=True)
    await unit.check_version(org_id, before["version"], expected)
    if org_id == unit.actor.org_id and not form.active:
        raise Conflict("organisation.own")
    given = _values(form)
    changed = sorted(name for name in given if given[name] != before[name])
    _check(unit, form, {name: before[name] for name in given if name not in changed})
    origin = before["origin"] if set(changed) <= _KEPT_HERE or before["origin"] != "profile" else "changed"
    values = given | {"origin": origin, "version": before["version"] + 1}
    await unit.execute(update(organisation).where(organisation.c.id == org_id).values(values))
    unit.audit(
        "organisation.manage", subject_kind="organisation", subject_id=org_id, version=values["version"],
        changed=changed, step="changed",
    )  # fmt: skip
    return await _find(unit, org_id)


async def _find(unit: UnitOfWork, org_id: UUID, *, lock: bool = False) -> RowMapping:
    query = select(organisation).where(
        organisation.c.id == org_id,
        organisation.c.jurisdiction == unit.actor.jurisdiction,
        organisation.c.origin != "program",
    )
    row: RowMapping | None = (await unit.execute(query.with_for_update() if lock else query)).mappings().first()
    if row is None:
        raise NotFound("organisation.not_found")
    return row


def _values(form: ChangeOrganisation) -> dict[str, Any]:
    facts = {name: getattr(form, name) for name in ChangeOrganisation.model_fields}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}


def _check(unit: UnitOfWork, form: ChangeOrganisation, unchanged: dict[str, Any]) -> None:
    """Check the codes; what stands there already is kept, also where it could not be chosen today."""
    profile = unit.profile
    try:
        check_codes(form, profile)
    except Invalid as problem:
        errors = [error for error in problem.errors if error.field not in unchanged]
        if errors:
            raise Invalid(errors) from None
    if form.county is not None and "county" not in unchanged and profile.places[form.county].level not in COUNTY_LEVELS:
        raise Invalid.one("county", "field.unknown_place")
