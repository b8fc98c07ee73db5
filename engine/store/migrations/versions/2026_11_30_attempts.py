"""Keep attempts to sign in, and what comes without an account, for all processes together."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_30_attempts"
down_revision = "2026_11_29_short"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("moments", sa.Text(), nullable=False),
        sa.Column("ends_at", InstantColumn(), nullable=False),
    )
    op.create_index("ix_attempts_ends_at", "attempts", ["ends_at"])


def downgrade() -> None:
    op.drop_table("attempts")
