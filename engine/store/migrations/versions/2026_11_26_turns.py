"""Webhooks of automations have their turn from the event on."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_26_turns"
down_revision = "2026_11_26_web"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery_turns",
        sa.Column("delivery", sa.String(length=40), nullable=False),
        sa.Column("run", sa.String(length=200), nullable=False),
        sa.Column("endpoint", sa.String(length=40), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.PrimaryKeyConstraint("delivery", name=op.f("pk_delivery_turns")),
    )
    op.create_index(
        "ix_delivery_turns_lane", "delivery_turns", ["endpoint", "card", "sequence", "position"]
    )
    op.create_index("ix_delivery_turns_run", "delivery_turns", ["run"])


def downgrade() -> None:
    op.drop_table("delivery_turns")
