"""Recovery and reflection periods, proceedings begun against the person, and deadlines that pause and rise."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem

revision = "0007"
down_revision = "0006"

SQL = Path(__file__).resolve().parents[1] / "sql" / "0007_reflection.sql"
DOWN = Path(__file__).resolve().parents[1] / "sql" / "0007_reflection_down.sql"

CASE, ORG = "casework.case_file.id", "ref.organisation.id"


def _id(name: str, target: str | None = None, *, nullable: bool = False, table: str = "") -> list[SchemaItem]:
    made: list[SchemaItem] = [sa.Column(name, sa.UUID(), nullable=nullable)]
    if target is not None:
        referred = target.split(".")[1]
        made.append(sa.ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}_{referred}"))
    return made


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default and sa.text(f"'{default}'"), nullable=nullable)


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()") if now else None, nullable=nullable
    )


def _key(table: str) -> list[SchemaItem]:
    return [sa.Column("id", sa.UUID(), nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")]


def _written(table: str) -> list[SchemaItem]:
    """Return the columns of every record: its key, its case, and who wrote it."""
    return [
        *_key(table),
        *_id("case_id", CASE, table=table),
        *_id("org_id", ORG, table=table),
        *_id("account_id"),
    ]


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reflection",
        *_written("reflection"),
        _text("jurisdiction"),
        _moment("started_at"),
        _text("basis"),
        sa.Column("foreign_national", sa.Boolean(), nullable=True),
        _moment("explained_at"),
        _text("explained_language"),
        _text("interpreter", default="not_needed"),
        *_id("explained_org_id", ORG, table="reflection"),
        _text("profile_version"),
        _moment("recorded_at", now=True),
        _version(),
        schema="casework",
    )
    op.create_index("ix_reflection_case_id", "reflection", ["case_id"], schema="casework")
    op.create_table(
        "reflection_step",
        *_written("reflection_step"),
        *_id("reflection_id", "casework.reflection.id", table="reflection_step"),
        _text("kind"),
        _moment("at"),
        _moment("until", nullable=True),
        _text("code", nullable=True),
        *_id("note_id", nullable=True),
        _moment("recorded_at", now=True),
        schema="casework",
    )
    op.create_table(
        "proceeding",
        *_written("proceeding"),
        _text("jurisdiction"),
        _text("kind"),
        sa.Column("begun_on", sa.Date(), nullable=False),
        *_id("body_org_id", ORG, table="proceeding"),
        _text("offence"),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        _moment("recorded_at", now=True),
        _version(),
        schema="casework",
    )
    op.create_index("ix_proceeding_case_id", "proceeding", ["case_id"], schema="casework")
    op.create_index("ix_proceeding_jurisdiction", "proceeding", ["jurisdiction", "begun_on"], schema="casework")
    op.create_table(
        "proceeding_step",
        *_written("proceeding_step"),
        *_id("proceeding_id", "casework.proceeding.id", table="proceeding_step"),
        _text("kind"),
        sa.Column("on_day", sa.Date(), nullable=False),
        _text("phase", nullable=True),
        _text("event", nullable=True),
        _text("outcome", nullable=True),
        *_id("note_id", nullable=True),
        _moment("recorded_at", now=True),
        schema="casework",
    )
    op.create_table(
        "proceeding_notice",
        *_written("proceeding_notice"),
        *_id("proceeding_id", "casework.proceeding.id", table="proceeding_notice"),
        *_id("body_org_id", ORG, table="proceeding_notice"),
        _text("channel"),
        _moment("sent_at"),
        _text("person_told"),
        sa.Column("contents", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("their_reference", sa.LargeBinary(), nullable=True),
        _moment("recorded_at", now=True),
        schema="casework",
    )
    for table, column in (
        ("reflection_step", "reflection_id"),
        ("reflection_step", "case_id"),
        ("proceeding_step", "proceeding_id"),
        ("proceeding_step", "case_id"),
        ("proceeding_notice", "proceeding_id"),
        ("proceeding_notice", "case_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column], schema="casework")
    _escalations()
    op.add_column("task", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True), schema="casework")
    op.add_column("referral", sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True), schema="casework")
    _run(SQL)


def _escalations() -> None:
    op.create_table(
        "escalation",
        *_key("escalation"),
        _text("jurisdiction"),
        *_id("case_id", CASE, table="escalation"),
        *_id("task_id", "casework.task.id", table="escalation"),
        *_id("org_id", ORG, table="escalation"),
        _text("rule"),
        _text("event"),
        _moment("due_at"),
        sa.Column("to_confirm", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _moment("raised_at", now=True),
        _text("state", default="raised"),
        _moment("answered_at", nullable=True),
        *_id("answered_by", nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        _moment("ended_at", nullable=True),
        schema="casework",
    )
    raised = sa.text("state = 'raised'")
    op.create_index("ix_escalation_case_id", "escalation", ["case_id"], schema="casework")
    op.create_index("ix_escalation_task_id", "escalation", ["task_id"], schema="casework")
    op.create_index(
        "ix_escalation_raised",
        "escalation",
        ["jurisdiction", "due_at", "id"],
        schema="casework",
        postgresql_where=raised,
    )
    op.create_index(
        "uq_escalation_raised", "escalation", ["task_id"], unique=True, schema="casework", postgresql_where=raised
    )


def _run(path: Path) -> None:
    """Run a file of statements; they are separated by an empty line after a semicolon."""
    for statement in path.read_text(encoding="utf-8").split(";\n\n"):
        op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back."""
    _run(DOWN)
    op.drop_column("referral", "answer_by", schema="casework")
    op.drop_column("task", "paused_at", schema="casework")
    for table in (
        "escalation",
        "proceeding_notice",
        "proceeding_step",
        "proceeding",
        "reflection_step",
        "reflection",
    ):
        op.drop_table(table, schema="casework")
