"""Keep when a card does something by itself next, so that workers find what is due.

Cards from before have none until they next change; their own timers do meanwhile.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_30_acting"
down_revision = "2026_11_30_attempts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cards", sa.Column("acts_at", InstantColumn(), nullable=True))
    op.create_index(
        "ix_cards_acting",
        "cards",
        ["acts_at"],
        sqlite_where=sa.text("acts_at IS NOT NULL"),
        postgresql_where=sa.text("acts_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_cards_acting", "cards")
    op.drop_column("cards", "acts_at")
