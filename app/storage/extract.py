"""The de-identified extract that statistics read: no names, no free text, no exact dates, no ids leading back."""

from sqlalchemy import Column, Index, Integer, Numeric, SmallInteger, Table

from app.storage.metadata import code, codes, flag, metadata, moment

extraction = Table(
    "extraction",
    metadata,
    code("jurisdiction"),
    moment("extracted_at"),
    Column("cases", Integer, nullable=False),
    Index("pk_extraction", "jurisdiction", unique=True),
    schema="stats",
)

person_fact = Table(
    "person_fact",
    metadata,
    code("jurisdiction"),
    code("base"),
    Column("year", SmallInteger, nullable=False),
    Column("month", SmallInteger, nullable=False),
    code("sex"),
    code("age"),
    code("citizenship_group"),
    code("main_form", nullable=True),
    codes("forms"),
    code("region", nullable=True),
    code("detection_source", nullable=True),
    flag("without_identity"),
    Index("ix_person_fact_jurisdiction_base_year", "jurisdiction", "base", "year"),
    schema="stats",
)
"""One row per person, base and year: `vmt` (initial identification decided VMT), `vt` (formally identified),
`registered`. `age`: adult, child, unknown at the date of the event; `region`: NUTS 2 or none."""

service_fact = Table(
    "service_fact",
    metadata,
    code("jurisdiction"),
    code("org_code"),
    Column("year", SmallInteger, nullable=False),
    Column("month", SmallInteger, nullable=False),
    code("service_type"),
    code("setting"),
    code("unit"),
    Column("deliveries", Integer, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("quantity", Numeric(12, 2), nullable=False),
    Column("refusals", Integer, nullable=False),
    Index("ix_service_fact_jurisdiction_org_code_year", "jurisdiction", "org_code", "year", "month"),
    schema="stats",
)
"""Services by organisation, month and type, already counted."""

service_persons = Table(
    "service_persons",
    metadata,
    code("jurisdiction"),
    code("org_code"),
    Column("year", SmallInteger, nullable=False),
    Column("month", SmallInteger, nullable=False),
    code("service_type"),
    Column("persons", Integer, nullable=False),
    Index("ix_service_persons_jurisdiction_org_code_year", "jurisdiction", "org_code", "year"),
    schema="stats",
)
"""How many different persons were served, also in totals, which are no sums: `month` 0 is the whole year and
`service_type` '' every type. Disclosure control asks it."""

coverage = Table(
    "coverage",
    metadata,
    code("jurisdiction"),
    Column("year", SmallInteger, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("counties", Integer, nullable=False),
    Index("pk_coverage", "jurisdiction", "year", unique=True),
    schema="stats",
)
"""How much of the country stands behind a year: cases registered, and counties with at least one of them."""

notice_fact = Table(
    "notice_fact",
    metadata,
    code("jurisdiction"),
    Column("year", SmallInteger, nullable=False),
    Column("month", SmallInteger, nullable=False),
    code("sex"),
    code("citizenship_group"),
    code("region", nullable=True),
    flag("accepted_later"),
    Index("ix_notice_fact_jurisdiction_year", "jurisdiction", "year"),
    schema="stats",
)
"""One row per adult who refused identification and year (base `refused`): the first refusal of the year. Who refuses
twice stands once; `accepted_later` says that the person has accepted since."""

time_fact = Table(
    "time_fact",
    metadata,
    code("jurisdiction"),
    Column("year", SmallInteger, nullable=False),
    code("span"),
    code("band"),
    Column("cases", Integer, nullable=False),
    Index("ix_time_fact_jurisdiction_year", "jurisdiction", "year"),
    schema="stats",
)
"""Cases by how long they waited between two events, in bands of days; the year is that of the first event."""

signal_fact = Table(
    "signal_fact",
    metadata,
    code("jurisdiction"),
    Column("year", SmallInteger, nullable=False),
    Column("month", SmallInteger, nullable=False),
    code("channel"),
    code("outcome", nullable=True),
    Column("signals", Integer, nullable=False),
    Index("ix_signal_fact_jurisdiction_year", "jurisdiction", "year"),
    schema="stats",
)
