"""Keep discarded drafts for a day, so that they can be had back."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_27_discarded"
down_revision = "2026_11_27_language"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("discarded_at", InstantColumn, nullable=True))


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM drafts WHERE discarded_at IS NOT NULL"))
    with op.batch_alter_table("drafts") as batch:
        batch.drop_column("discarded_at")
