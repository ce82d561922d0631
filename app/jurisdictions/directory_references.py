"""What places and organisations say about each other and about the code lists."""

import re

from app.jurisdictions.build import ProfileFiles
from app.jurisdictions.faults import Faults
from app.jurisdictions.schema.directory import OrganisationFile, PlaceFile
from app.jurisdictions.shared_references import codes_of, doubles

_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?$")
_LEVEL_ABOVE = {"country": None, "nuts2": "country", "county": "country", "region": "country"}


def check_directory(files: ProfileFiles, faults: Faults) -> None:
    """Check `places.yaml` and `organisations.yaml` of one profile version."""
    places = {unit.code: unit for unit in files.places.units}
    _check_places(files, places, faults)
    _check_organisations(files, places, faults)


def _check_places(files: ProfileFiles, places: dict[str, PlaceFile], faults: Faults) -> None:
    name = f"{files.folder}/places.yaml"
    if files.places.country_code != files.profile.jurisdiction:
        faults.add(name, "country_code", f"the profile is of {files.profile.jurisdiction}")
    for code in doubles(unit.code for unit in files.places.units):
        faults.add(name, f"units.{code}", "the code stands more than once")
    for level, stated in files.places.counts.items():
        there = sum(unit.level == level for unit in files.places.units)
        if there != stated:
            faults.add(name, f"counts.{level}", f"{stated} is stated, {there} are there")
    for unit in files.places.units:
        entry = f"units.{unit.code}"
        above = places.get(unit.parent) if unit.parent else None
        expected = _LEVEL_ABOVE.get(unit.level, "county" if "county" in files.places.counts else "region")
        if unit.parent is not None and above is None:
            faults.add(name, entry, f"parent {unit.parent!r} is not a place")
        elif (above.level if above else None) != expected:
            faults.add(name, entry, f"a {unit.level} belongs to a {expected}")
        if unit.nuts2 and (unit.nuts2 not in places or places[unit.nuts2].level != "nuts2"):
            faults.add(name, entry, f"nuts2 {unit.nuts2!r} is not a statistical region")


def _check_organisations(files: ProfileFiles, places: dict[str, PlaceFile], faults: Faults) -> None:
    name = f"{files.folder}/organisations.yaml"
    file = files.organisations
    if file.jurisdiction != files.profile.jurisdiction:
        faults.add(name, "jurisdiction", f"the profile is of {files.profile.jurisdiction}")
    known = {entry.code for entry in file.organisations}
    for code in doubles(entry.code for entry in file.organisations):
        faults.add(name, f"organisations.{code}", "the code stands more than once")
    for group in file.printed_groups:
        for code in set(group.codes) - known:
            faults.add(name, f"printed_groups.{group.printed}", f"{code!r} is not an organisation")
        if group.code_prefix and not any(code.startswith(group.code_prefix) for code in known):
            faults.add(name, f"printed_groups.{group.printed}", f"no code begins with {group.code_prefix!r}")
    for collision in file.alias_collisions:
        for code in set(collision.codes) - known:
            faults.add(name, f"alias_collisions.{collision.printed}", f"{code!r} is not an organisation")
    kinds = {value.code: value for value in files.shared.lists["organisation_kind"].values}
    for entry in file.organisations:
        kind = kinds.get(entry.kind)
        where = f"organisations.{entry.code}"
        if kind is None or kind.group or files.profile.jurisdiction not in kind.valid_for:
            faults.add(name, where, f"{entry.kind!r} is not a kind of organisation of {files.profile.jurisdiction}")
        _check_links(files, entry, known, faults)
        _check_seat(entry, places, f"{files.folder}/organisations.yaml", faults)


def _check_links(files: ProfileFiles, entry: OrganisationFile, known: set[str], faults: Faults) -> None:
    name, where = f"{files.folder}/organisations.yaml", f"organisations.{entry.code}"
    linked = [entry.parent, *entry.member_of, *entry.responsible, *entry.successors]
    for code in {code for code in linked if code is not None} - known:
        faults.add(name, where, f"{code!r} is not an organisation")
    chosen = {
        "shelter_attribute": entry.admits,
        "service_type": entry.services,
        "risk_level": entry.risk_levels,
    }
    for list_id, codes in chosen.items():
        for code in set(codes) - codes_of(files.shared, list_id):
            faults.add(name, where, f"{code!r} is not in {list_id}")
    acts = [day for act in entry.legal_basis for day in (act.since, act.until)]
    for day in (entry.valid_from, entry.valid_to, *acts):
        if day is not None and not _DATE.match(day):
            faults.add(name, where, f"{day!r} is not a year, a month or a date")


def _check_seat(entry: OrganisationFile, places: dict[str, PlaceFile], name: str, faults: Faults) -> None:
    where = f"organisations.{entry.code}"
    seats = {"county": entry.county, "region": entry.region, "municipality": entry.municipality}
    for level, code in seats.items():
        if code is not None and (code not in places or places[code].level != level):
            faults.add(name, where, f"{code!r} is not a {level}")
    for code in entry.serves_counties:
        if code not in places or places[code].level != "county":
            faults.add(name, where, f"{code!r} is not a county")
    above = entry.county or entry.region
    seat = places.get(entry.municipality) if entry.municipality else None
    if seat is not None and above is not None and seat.parent != above:
        faults.add(name, where, f"{seat.code} does not lie in {above}")
