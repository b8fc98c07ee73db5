"""PostgreSQL tells listeners of every change on a board when its transaction commits."""

from alembic import op

revision = "2026_11_26_changes_told"
down_revision = "2026_11_26_effects"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE FUNCTION tell_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_notify('changes', row_to_json(NEW)::text); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER tell_change AFTER INSERT ON changes"
        " FOR EACH ROW EXECUTE FUNCTION tell_change()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP TRIGGER tell_change ON changes")
    op.execute("DROP FUNCTION tell_change()")
