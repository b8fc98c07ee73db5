"""Keep the runs of automations, which cards are connected, and what led to events."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_26_automations"
down_revision = "2026_11_26_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_links",
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("child", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_card_links_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("card", "field", "child", name=op.f("pk_card_links")),
    )
    op.create_index("ix_card_links_child", "card_links", ["child"])
    op.create_table(
        "automation_runs",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("pipe", sa.String(length=100), nullable=False),
        sa.Column("automation", sa.String(length=100), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=True),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("failed_step", sa.Integer(), nullable=True),
        sa.Column("began_at", InstantColumn(), nullable=False),
        sa.Column("ended_at", InstantColumn(), nullable=True),
        sa.ForeignKeyConstraint(["pipe"], ["pipes.id"], name=op.f("fk_automation_runs_pipe")),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_automation_runs_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation_runs")),
    )
    op.create_index("ix_automation_runs_pipe_began", "automation_runs", ["pipe", "began_at"])
    op.create_index("ix_automation_runs_card_began", "automation_runs", ["card", "began_at"])
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("chain", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.drop_column("chain")
    op.drop_table("automation_runs")
    op.drop_table("card_links")
