"""Keep leaves, whose turn it is, and what cards wait for."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_24_waiting"
down_revision = "2026_11_23_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaves",
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("begins_at", InstantColumn(), nullable=False),
        sa.Column("ends_at", InstantColumn(), nullable=False),
        sa.Column("delegate", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["delegate"],
            ["users.id"],
            name=op.f("fk_leaves_delegate"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_leaves_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user", "begins_at", name=op.f("pk_leaves")),
    )
    op.create_index("ix_leaves_delegate", "leaves", ["delegate"])
    op.create_table(
        "team_turns",
        sa.Column("team", sa.String(length=60), nullable=False),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("last_at", InstantColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team"], ["teams.id"], name=op.f("fk_team_turns_team"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_team_turns_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team", "user", name=op.f("pk_team_turns")),
    )
    op.create_table(
        "reserved_people",
        sa.Column("command", sa.String(length=200), nullable=False),
        sa.Column("team", sa.String(length=60), nullable=False),
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("command", "team", name=op.f("pk_reserved_people")),
    )
    op.create_index("ix_reserved_people_user", "reserved_people", ["user"])
    op.create_index("ix_reserved_people_card", "reserved_people", ["card"])
    with op.batch_alter_table("cards") as cards:
        cards.add_column(sa.Column("pending", sa.String(length=100), nullable=True))
        cards.add_column(sa.Column("handoff_team", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cards") as cards:
        cards.drop_column("handoff_team")
        cards.drop_column("pending")
    op.drop_table("reserved_people")
    op.drop_table("team_turns")
    op.drop_table("leaves")
