"""Cards hear of leaves that begin and end."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_leaves_noticed"
down_revision = "2026_11_26_turns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "leaves",
        sa.Column("noticed", sa.String(length=10), server_default="none", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("leaves", "noticed")
