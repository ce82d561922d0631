"""Beds and placements of a shelter: reserved, admitted, absent, discharged; never two persons in one bed."""

from sqlalchemy import Column, Computed, Date, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import INT8RANGE, ExcludeConstraint

from app.storage.metadata import code, codes, flag, key, metadata, moment, reference, sealed, uuid_column, version

bed = Table(
    "bed",
    metadata,
    key(),
    Column("number", Integer, Identity(always=True), nullable=False, unique=True),
    reference("org_id", "ref.organisation.id", index=True),
    Column("label", Text, nullable=False),
    Column("room", Text),
    codes("attributes"),
    flag("in_use", default=True),
    Column("out_of_use_reason", Text),
    version(),
    Index("uq_bed_org_id_label", "org_id", "label", unique=True),
    schema="casework",
)
"""`number` is unique over all shelters; it makes the exclusion constraint of `placement` need no extension."""

placement = Table(
    "placement",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    reference("org_id", "ref.organisation.id"),
    reference("bed_id", "casework.bed.id"),
    Column("bed_number", Integer, nullable=False),
    reference("referral_id", "casework.referral.id", nullable=True),
    uuid_column("account_id"),
    code("state", default="reserved"),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    moment("reserved_at", now=True),
    moment("reserved_until", nullable=True),
    moment("admitted_at", nullable=True),
    moment("discharged_at", nullable=True),
    code("discharge_reason", nullable=True),
    code("accommodation_after", nullable=True),
    codes("override_warnings"),
    sealed("note"),
    version(),
    Column(
        "nights",
        INT8RANGE,
        Computed(
            "int8range(bed_number::int8 * 1000000 + (starts_on - date '2000-01-01'),"
            " bed_number::int8 * 1000000 + coalesce(ends_on - date '2000-01-01', 999999))",
            persisted=True,
        ),
    ),
    ExcludeConstraint(
        ("nights", "&&"),
        name="ex_placement_one_person_a_bed_a_night",
        using="gist",
        where=text("state in ('reserved', 'admitted', 'absent')"),
    ),
    Index("ix_placement_org_id_state", "org_id", "state"),
    schema="casework",
)
"""`starts_on`: first night; `ends_on`: the day of leaving (its night is free), open while None. `nights` maps
bed and nights to one number line, so that core GiST ranges hold the exclusion without `btree_gist`."""

placement_event = Table(
    "placement_event",
    metadata,
    key(),
    reference("placement_id", "casework.placement.id", index=True),
    reference("case_id", "casework.case_file.id"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    code("act"),
    moment("at", now=True),
    code("reason", nullable=True),
    sealed("note"),
    reference("from_bed_id", "casework.bed.id", nullable=True),
    reference("to_bed_id", "casework.bed.id", nullable=True),
    schema="casework",
)
"""Acts: reserve, admit, leave, return, move, discharge, cancel, expire. `reason`: the code of a discharge; `note`: why,
in somebody's own words."""
