"""Functions, row-level security, grants and triggers (`migrations/sql/0002_*.sql`)."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).resolve().parents[1] / "sql"
FILES = ("0002_functions.sql", "0002_policies.sql")


def upgrade() -> None:
    """Apply; statements are separated by an empty line after a semicolon."""
    for name in FILES:
        for statement in (SQL / name).read_text(encoding="utf-8").split(";\n\n"):
            op.get_bind().exec_driver_sql(statement) if not op.get_context().as_sql else op.execute(statement)


def downgrade() -> None:
    """Take back: policies and triggers go with their tables' settings, functions are dropped."""
    op.execute("drop trigger refuse_change on audit.entry")
    op.execute("drop trigger refuse_truncate on audit.entry")
    op.execute(
        """do $$ declare p record; begin
        for p in select schemaname, tablename, policyname from pg_policies
          where schemaname in ('ref', 'iam', 'vault', 'casework', 'audit') loop
          execute format('drop policy %I on %I.%I', p.policyname, p.schemaname, p.tablename);
        end loop;
        for p in select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relrowsecurity and n.nspname in ('ref', 'iam', 'vault', 'casework', 'audit') loop
          execute format('alter table %I.%I no force row level security', p.nspname, p.relname);
          execute format('alter table %I.%I disable row level security', p.nspname, p.relname);
        end loop;
        for p in select f.oid::regprocedure as name from pg_proc f join pg_namespace n on n.oid = f.pronamespace
          where n.nspname in ('iam', 'vault', 'casework', 'audit') loop
          execute format('drop function if exists %s cascade', p.name);
        end loop; end $$"""
    )
    op.execute(
        """do $$ declare s text; begin
        foreach s in array array['ref', 'iam', 'vault', 'casework', 'audit', 'stats'] loop
          execute format('revoke all on all tables in schema %I from besa_app, besa_stats', s);
          execute format('revoke all on all sequences in schema %I from besa_app, besa_stats', s);
          execute format('revoke all on schema %I from besa_app, besa_stats', s);
        end loop; end $$"""
    )
    op.execute("delete from iam.secret where name = 'acting'")
    op.execute("revoke all on public.alembic_version from besa_app")
    op.execute("revoke all on schema public from besa_app")
