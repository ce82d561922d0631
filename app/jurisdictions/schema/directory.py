"""Form of the places and the directory of organisations."""

from typing import Literal

from pydantic import Field

from app.domain.code_lists import Status
from app.domain.profile import PlaceLevel
from app.jurisdictions.schema.base import Jurisdiction, Key, Many, Strict, Text, Version


class PlaceFile(Strict):
    """A unit of `places.yaml`."""

    code: Key
    level: PlaceLevel
    name_sq: Text
    name_en: Text
    name_sr: Text | None = None
    parent: Key | None
    nuts2: Key | None = None
    nuts3: Key | None = None
    seat: Text | None = None
    geonames_id: int | None = None
    geonames_admin1: Text | None = None
    name_source: Text | None = None
    aliases: Many[Text] = ()
    note: Text | None = None
    status: Status | None = None


class PlacesFile(Strict):
    """`places.yaml`."""

    id: Key
    country_code: Jurisdiction
    version: Version
    levels: Many[dict[str, str]]
    sources: Many[Text]
    rules: Many[Text]
    counts: dict[PlaceLevel, int]
    units: Many[PlaceFile]


class LegalBasisFile(Strict):
    """An act that an institution rests on, with the days between which it held where they are known."""

    act: Text
    since: Text | None = Field(default=None, alias="from")
    until: Text | None = Field(default=None, alias="to")


class OrganisationFile(Strict):
    """An entry of `organisations.yaml`; `kind` is a code of `organisation_kind`."""

    code: Key
    kind: Key
    name_sq: Text
    name_en: Text
    name_sr: Text | None = None
    aliases: Many[Text]
    parent: Key | None
    county: Key | None = None
    region: Key | None = None
    municipality: Key | None = None
    valid_from: Text | None
    valid_to: Text | None
    legal_basis: Many[LegalBasisFile] = ()
    source: Many[Text] = Field(min_length=1)
    status: Literal["planned", "historical"] | None = None
    units: Many[Text] = ()
    members: Many[Text] = ()
    member_of: Many[Key] = ()
    chair: Text | None = None
    ownership: Literal["state", "non_state"] | None = None
    capacity: int | None = None
    staff_paid_by_state: int | None = None
    admits: Many[Key] = ()
    admits_ages: Many[Literal["adult", "child"]] = ()
    services: Many[Key] = ()
    risk_levels: Many[Key] = ()
    serves_counties: Many[Key] = ()
    channel: Text | None = None
    signal_channel: bool = False
    responsible: Many[Key] = ()
    successors: Many[Key] = ()
    postings: Many[Text] = ()
    note: Text | None = None


class PrintedGroupFile(Strict):
    """What the plans print that is a group of organisations or no body at all."""

    printed: Text
    codes: Many[Key]
    code_prefix: Text | None
    meaning: Text
    source: Text


class AliasCollisionFile(Strict):
    """An abbreviation with two meanings."""

    printed: Text
    codes: Many[Key]
    source: Text


class OrganisationsFile(Strict):
    """`organisations.yaml`."""

    jurisdiction: Jurisdiction
    version: Version
    organisations: Many[OrganisationFile]
    printed_groups: Many[PrintedGroupFile] = ()
    alias_collisions: Many[AliasCollisionFile] = ()
