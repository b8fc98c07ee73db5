"""Find what waits for people without reading every card; let senders follow what they asked for."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_26_web"
down_revision = "2026_11_26_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("created_at", InstantColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card"], ["cards.id"], name=op.f("fk_follow_ups_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_follow_ups")),
    )
    asked = sa.text("open = 1 AND pending IS NOT NULL")
    op.create_index(
        "ix_cards_pending", "cards", ["updated_at"], sqlite_where=asked, postgresql_where=asked
    )
    handed = sa.text("open = 1 AND handoff_team IS NOT NULL")
    op.create_index(
        "ix_cards_handoff", "cards", ["handoff_team"], sqlite_where=handed, postgresql_where=handed
    )


def downgrade() -> None:
    op.drop_index("ix_cards_handoff", "cards")
    op.drop_index("ix_cards_pending", "cards")
    op.drop_table("follow_ups")
