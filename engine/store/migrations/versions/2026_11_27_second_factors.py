"""Keep second factors, where sessions are, when they were proved, and when passwords expire."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_27_second_factors"
down_revision = "2026_11_27_versions"
branch_labels = None
depends_on = None

_ADDED = ("way", "used_at", "proved_at", "address", "agent")


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("added_at", InstantColumn(), nullable=False),
        sa.Column("confirmed_at", InstantColumn(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_second_factors_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_second_factors")),
    )
    op.add_column("users", sa.Column("password_ends_at", InstantColumn(), nullable=True))
    for column in (
        sa.Column("way", sa.String(length=10), nullable=False, server_default="password"),
        sa.Column("used_at", InstantColumn(), nullable=True),
        sa.Column("proved_at", InstantColumn(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("agent", sa.String(length=300), nullable=False, server_default=""),
    ):
        op.add_column("sessions", column)
    op.execute("UPDATE sessions SET used_at = created_at")
    with op.batch_alter_table("sessions") as batch:
        batch.alter_column("used_at", existing_type=InstantColumn(), nullable=False)


def downgrade() -> None:
    op.drop_table("second_factors")
    with op.batch_alter_table("users") as batch:
        batch.drop_column("password_ends_at")
    with op.batch_alter_table("sessions") as batch:
        for name in _ADDED:
            batch.drop_column(name)
