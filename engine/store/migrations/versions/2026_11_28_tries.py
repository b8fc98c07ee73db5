"""Keep how often a step of an automation has failed, and when it is tried next."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_28_tries"
down_revision = "2026_11_27_discarded"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "automation_runs", sa.Column("tries", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("automation_runs", sa.Column("next_try_at", InstantColumn(), nullable=True))


def downgrade() -> None:
    op.drop_column("automation_runs", "next_try_at")
    op.drop_column("automation_runs", "tries")
