"""Show people their dates in a time zone of their choice."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_profile"
down_revision = "2026_11_26_leaves_noticed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("time_zone", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_column("time_zone")
