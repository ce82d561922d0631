"""Services delivered to a person, one row each; a correction is a new row."""

from sqlalchemy import Column, Date, Index, Numeric, Table

from app.storage.metadata import code, key, metadata, moment, reference, sealed, uuid_column

service_delivery = Table(
    "service_delivery",
    metadata,
    key(),
    reference("case_id", "casework.case_file.id", index=True),
    code("jurisdiction"),
    reference("org_id", "ref.organisation.id"),
    uuid_column("account_id"),
    uuid_column("group_id", nullable=True),
    code("service_type"),
    code("package", nullable=True),
    code("phase"),
    code("setting"),
    Column("delivered_on", Date, nullable=False),
    moment("recorded_at", now=True),
    Column("quantity", Numeric(8, 2), nullable=False),
    code("unit"),
    code("outcome", default="delivered"),
    code("refusal_reason", nullable=True),
    code("data_class", default="casework"),
    sealed("note"),
    uuid_column("corrects", nullable=True),
    uuid_column("superseded_by", nullable=True),
    code("correction_reason", nullable=True),
    Index("ix_service_delivery_org_id_delivered_on", "org_id", "delivered_on"),
    schema="casework",
)
"""`outcome`: delivered, refused, void (a correction that takes the record back). `group_id` joins the records
made in one group entry."""
